"""Daily aggregates: full rows re-reduced equal what is stored, and small logs with figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents import reducers
from agents.reducers import REDUCERS, Sums
from sim.contracts.events import EVENT_TABLES
from sim.log import STAMP
from sim.twin import Twin

WIDTH = len(STAMP)


@pytest.mark.parametrize("arm", ["traditional", "preorder", "spf", "spf_stock", "mix"])
@pytest.mark.parametrize("reducer", REDUCERS, ids=lambda one: one.output)
def test_full_rows_reduce_to_the_stored_aggregates(week: dict[str, Twin], arm: str, reducer: Any) -> None:
    twin = week[arm]
    log, clock = twin.ports.log, twin.ports.clock

    def of_day(table: str, day: int) -> pa.Table:
        rows = log.read(table)
        arrived = rows["arrival_time"].to_numpy().astype("datetime64[s]")
        return rows.filter(pa.array(np.asarray(clock.day_of(arrived)) == day))

    total = 0
    for day in range(twin.day):
        columns = reducer.reduce(day, {name: of_day(name, day) for name in reducer.inputs})
        stored = of_day(reducer.output, day)
        total += stored.num_rows
        for name in stored.column_names[WIDTH:]:
            again = pa.array(columns[name], stored.schema.field(name).type)
            assert again.equals(stored[name].combine_chunks()), (day, name)
    assert total > 0


def table(name: str, **columns: list[Any]) -> pa.Table:
    """Rows of an event table; columns left out are zero or empty."""
    schema = EVENT_TABLES[name]
    many = len(next(iter(columns.values()), []))
    for field in schema:
        blank = "" if pa.types.is_string(field.type) else 0
        columns.setdefault(field.name, [blank] * many)
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def reduced(reducer: Any, **tables: pa.Table) -> dict[str, list[Any]]:
    (one,) = (found for found in REDUCERS if found.reduce is reducer)
    whole = {name: tables.get(name, table(name)) for name in one.inputs}
    return {name: np.asarray(values).tolist() for name, values in one.reduce(5, whole).items()}


def test_goods_of_a_sku_by_hand() -> None:
    figures = reduced(
        reducers.reduce_sku_day,
        harvest=table("harvest", sku=[3, 7, 3], packs=[10, 4, 5], cost_fen=[1000, 800, 500]),
        field_loss=table("field_loss", sku=[9], packs=[2], cost_fen=[60]),
        waste=table("waste", sku=[3, 3, 7], packs=[1, 2, 1], cost_fen=[100, 200, 200], node=["hub", "shop", "pickup"]),
        pos_sale=table("pos_sale", sku=[3, 3], packs=[2, 1]),
        line_end=table("line_end", sku=[7, 7, 3], packs=[1, 1, 1], end=["handed_over", "short", "handed_over"]),
        stock_count=table("stock_count", sku=[3, 3, 7], on_hand=[4, 3, 1], reserved=[0, 1, 0]),
        quality_refund=table("quality_refund", sku=[7], cost_fen=[50]),
    )
    expected = {
        "day": [5, 5, 5], "sku": [3, 7, 9], "receipts": [15, 4, 0], "field_loss": [0, 0, 2],
        "waste_hub": [1, 0, 0], "waste_road": [0, 0, 0], "waste_shop": [2, 0, 0], "waste_pickup": [0, 1, 0],
        "sold": [4, 1, 0], "held": [8, 1, 0], "receipts_fen": [1500, 800, 0], "waste_fen": [300, 200, 0],
        "field_loss_fen": [0, 0, 60], "refunded_cost_fen": [0, 50, 0],
    }  # fmt: skip
    assert figures == expected


def test_demand_and_sales_of_a_cell_by_hand() -> None:
    figures = reduced(
        reducers.reduce_shop_day,
        order_line=table("order_line", shop=[1, 1, 0], sku=[2, 2, 2], packs=[1, 1, 1]),
        shop_order=table("shop_order", shop=[0], sku=[4], packs=[12]),
        pos_sale=table("pos_sale", shop=[0, 0], sku=[4, 4], packs=[1, 2], fen=[500, 1000]),
        line_end=table(
            "line_end", shop=[1, 1, 0, 0], sku=[2, 2, 2, 2], packs=[1] * 4, fen=[300, 300, 300, 300],
            end=["handed_over", "short", "unclaimed", "group_failed"],
        ),
        stock_move=table("stock_move", shop=[0], sku=[4], packs=[11], move=["deliver"]),
        quality_refund=table("quality_refund", shop=[1], sku=[2], packs=[1], fen=[150]),
        stock_out=table("stock_out", shop=[0, 0], sku=[4, 4], hours=[1.5, 3.0]),
    )  # fmt: skip
    assert figures == {
        "day": [5, 5, 5], "shop": [0, 0, 1], "sku": [2, 4, 2], "ordered": [1, 0, 2], "requested": [0, 12, 0],
        "sold": [0, 3, 0], "handed_over": [0, 0, 1], "short": [0, 0, 1], "unclaimed": [1, 0, 0],
        "received": [0, 11, 0], "revenue_fen": [300, 1500, 300], "refund_fen": [0, 0, 150],
        "stock_out_hours": [0.0, 4.5, 0.0],
    }  # fmt: skip


def test_orders_of_members_by_hand() -> None:
    """A basket of two lines is one order; an unknown buyer counts for nobody; till and app documents are told apart."""
    figures = reduced(
        reducers.reduce_customer_day,
        pos_sale=table("pos_sale", basket=[0, 0, 1, 2], member=[8, 8, 8, -1]),
        order_line=table("order_line", order=[0, 0, 1], member=[8, 8, 9]),
    )
    assert figures == {"day": [5, 5], "member": [8, 9], "orders": [3, 1]}


def test_postings_by_hand() -> None:
    figures = reduced(
        reducers.reduce_money_day,
        posting=table(
            "posting", shop=[0, 1, 0], debit=["residents", "residents", "platform"],
            credit=["escrow", "escrow", "workers"], reason=["order", "order", "crew"], fen=[100, 250, 40],
        ),
    )  # fmt: skip
    assert figures == {
        "day": [5, 5], "debit": ["platform", "residents"], "credit": ["workers", "escrow"],
        "reason": ["crew", "order"], "fen": [40, 350],
    }  # fmt: skip


def test_a_day_without_rows_reduces_to_no_rows() -> None:
    for reducer in REDUCERS:
        figures = reduced(reducer.reduce)
        assert all(values == [] for values in figures.values()) and set(figures) == set(
            EVENT_TABLES[reducer.output].names[WIDTH:]
        )


def test_sums_accept_keys_in_place_of_columns() -> None:
    sums = Sums("sku")
    rows = table("harvest", sku=[1, 2], packs=[3, 4])
    sums.add("packs", rows, "packs", sku=np.array([6, 6]))
    assert {k: v.tolist() for k, v in sums.columns({"packs": int}).items()} == {"sku": [6], "packs": [7]}
