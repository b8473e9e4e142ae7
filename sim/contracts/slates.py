"""When a recommendation is refused: slates hold offered SKUs, and propensities belong to their slots."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sim.contracts.point import any_by_row, rows_named

SLATE_LENGTH = 12
"""Places of a slate: about what a phone shows in the first three screens (G)."""


def slates_hold_offered_skus(observation: pa.Table, decision: pa.Table) -> list[str]:
    """Every slate has 1 to SLATE_LENGTH different SKUs, all of them offered to that member."""
    lengths = pc.list_value_length(decision["slate"])
    wrong = pc.or_(pc.less(lengths, 1), pc.greater(lengths, SLATE_LENGTH))
    if pc.any(wrong).as_py():
        return [f"slate: not 1 to {SLATE_LENGTH} SKUs in {rows_named(wrong)}"]
    order = pc.index_in(decision["member"], observation["member"].combine_chunks())
    offered = observation["offered"].combine_chunks()
    skus = len(offered.flatten()) // max(1, len(offered))
    parent = pc.list_parent_indices(decision["slate"].combine_chunks())
    shown = decision["slate"].combine_chunks().flatten()
    known = pc.and_(pc.greater_equal(shown, 0), pc.less(shown, skus))
    if not pc.all(known, min_count=0).as_py():
        return [f"slate: no such SKU in {rows_named(any_by_row(parent, pc.invert(known), decision.num_rows))}"]
    row = pc.cast(pc.take(order, parent), pa.int64())
    flat = pc.add(pc.multiply(row, pa.scalar(skus, pa.int64())), pc.cast(shown, pa.int64()))
    not_offered = pc.invert(pc.take(offered.flatten(), flat))
    found = []
    if pc.any(not_offered).as_py():
        found.append(
            f"slate: a SKU not on offer in {rows_named(any_by_row(parent, not_offered, decision.num_rows))}"
        )
    shows = pa.table({"row": parent, "sku": shown}).group_by(["row", "sku"], use_threads=False)
    counted = shows.aggregate([([], "count_all")])
    repeated = counted.filter(pc.greater(counted["count_all"], 1))["row"]
    if len(repeated):
        rows = pc.is_in(pa.array(range(decision.num_rows), parent.type), value_set=repeated.combine_chunks())
        found.append(f"slate: a SKU stands twice in {rows_named(rows)}")
    return found


def propensities_belong_to_slots(observation: pa.Table, decision: pa.Table) -> list[str]:
    """Where propensities are given, every slot of the slate has one in (0, 1]."""
    if "propensity" not in decision.column_names:
        return []
    given = decision["propensity"].combine_chunks()
    other = pc.not_equal(pc.list_value_length(given), pc.list_value_length(decision["slate"].combine_chunks()))
    if pc.any(other).as_py():
        return [f"propensity: not one a slot of the slate in {rows_named(pc.fill_null(other, False))}"]
    value = given.flatten()
    valid = pc.fill_null(pc.and_(pc.greater(value, 0.0), pc.less_equal(value, 1.0)), False)
    if pc.all(valid, min_count=0).as_py():
        return []
    rows = any_by_row(pc.list_parent_indices(given), pc.invert(valid), decision.num_rows)
    return [f"propensity: not above 0 and at most 1 in {rows_named(rows)}"]
