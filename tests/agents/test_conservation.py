"""Goods and money are conserved exactly, recomputed from the log alone, in every arm and under drawn configurations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.conservation import Conservation
from agents.ledger import Account, Ledger
from agents.params import WorldParams
from agents.sourced import load_table
from agents.stock import phases
from sim.errors import RunError
from sim.twin import Twin

Table = dict[str, np.ndarray]


def opening(twin: Twin) -> np.ndarray:
    """Packs on every shelf, (shop, SKU), of a twin that has not run; nothing else holds goods then."""
    shelf = twin.ports.state["shelf"]
    table = np.zeros((shelf["shop"].max() + 1, shelf["sku"].max() + 1), np.int64)
    table[shelf["shop"], shelf["sku"]] = phases.held(shelf["packs"])
    assert not twin.ports.state["hub"]["packs"].any() and not len(twin.ports.state["reserved"])
    return table


def by_day(rows: Table, days: int, shape: tuple[int, ...], *keys: str, mask: Any = slice(None)) -> np.ndarray:
    """Packs of ``rows[mask]`` by business day and ``keys``."""
    table = np.zeros((days, *shape), np.int64)
    np.add.at(table, (rows["day"][mask], *(rows[key][mask] for key in keys)), rows["packs"][mask])
    return table


def check_goods(twins: Any, twin: Twin, start: np.ndarray) -> None:
    """What was there and came is what left and stays: over the network, and on every shelf, on every day."""
    days, (shops, skus) = twin.day, start.shape
    tables = ("harvest", "pos_sale", "line_end", "waste", "spot_sale", "stock_move", "stock_count")
    rows = {name: twins.rows(twin, name) for name in tables}
    count = rows["stock_count"]
    handed = rows["line_end"]["end"] == "handed_over"
    flow = by_day(rows["harvest"], days, (skus,), "sku") - by_day(rows["pos_sale"], days, (skus,), "sku")
    flow -= by_day(rows["line_end"], days, (skus,), "sku", mask=handed) + by_day(rows["waste"], days, (skus,), "sku")
    flow -= by_day(rows["spot_sale"], days, (skus,), "sku", mask=rows["spot_sale"]["node"] == "hub")
    held = by_day({**count, "packs": count["on_hand"] + count["reserved"]}, days, (skus,), "sku")
    np.testing.assert_array_equal(held, start.sum(axis=0) + np.cumsum(flow, axis=0))

    cell, place = (shops, skus), ("shop", "sku")
    thrown = rows["waste"]["node"] == "shop"
    flow = by_day(rows["stock_move"], days, cell, *place) - by_day(rows["pos_sale"], days, cell, *place)
    flow -= by_day(rows["waste"], days, cell, *place, mask=thrown)
    on_shelf = count["shop"] >= 0
    held = by_day({**count, "packs": count["on_hand"]}, days, cell, *place, mask=on_shelf)
    np.testing.assert_array_equal(held, start + np.cumsum(flow, axis=0))
    for rows_of_one in rows.values():
        assert all((rows_of_one[name] >= 0).all() for name in ("packs",) if name in rows_of_one)


def check_money(twins: Any, twin: Twin) -> None:
    """Balances are the sum of all postings; what residents paid less what came back is what they are short of."""
    ledger, posted = twins.part(twin, Ledger), twins.rows(twin, "posting")
    assert (posted["fen"] > 0).all()
    names = [account.name.lower() for account in Account]
    balances = [ledger.balance(account) for account in Account]
    got, gave = ([posted["fen"][posted[side] == name].sum() for name in names] for side in ("credit", "debit"))
    assert balances == [int(one - other) for one, other in zip(got, gave, strict=True)] and sum(balances) == 0

    paid, back = twins.rows(twin, "payment"), twins.rows(twin, "refund")
    assert ledger.balance(Account.RESIDENTS) == back["fen"].sum() - paid["fen"].sum()
    ends, sold = twins.rows(twin, "line_end"), twins.rows(twin, "pos_sale")
    assert paid["fen"][paid["channel"] == "till"].sum() == sold["fen"].sum()
    ordered = paid["fen"][paid["channel"] == "order"].sum()
    assert ledger.balance(Account.ESCROW) == ordered - ends["fen"].sum() >= 0
    harvest = twins.rows(twin, "harvest")
    farms, spot = twins.rows(twin, "farm_report"), twins.rows(twin, "spot_sale")
    at_farms = spot["fen"][spot["node"] == "farm"].sum()
    assert ledger.balance(Account.SUPPLIERS) == harvest["cost_fen"].sum() + at_farms - farms["cost_fen"].sum()
    assert -ledger.balance(Account.SPOT_MARKET) == spot["fen"].sum()
    goods = twins.world(twin).catalogue
    np.testing.assert_array_equal(harvest["cost_fen"], harvest["packs"] * goods.farm_gate_fen[harvest["sku"]])
    moved, waste = twins.rows(twin, "stock_move"), twins.rows(twin, "waste")
    bruised = np.where((waste["node"] == "shop") & (waste["reason"] == "damaged"), waste["packs"], 0)
    transfer = posted["fen"][posted["reason"] == "transfer"].sum()
    delivered = (moved["packs"] * goods.wholesale_fen[moved["sku"]]).sum()
    assert transfer == delivered - (bruised * goods.wholesale_fen[waste["sku"]]).sum()


def lived_and_checked(twins: Any, arm: str, **values: Any) -> Twin:
    twin = twins.fresh(arm, **values)
    start = opening(twin)
    config = twins.config(arm, **values)
    twin.run(config.burn_in_days + config.days)
    check_goods(twins, twin, start)
    check_money(twins, twin)
    return twin


BUSY = {"city__shops": 3, "city__members": 60, "world__residents__visit_rate": 0.1}


@pytest.mark.parametrize("arm", ["traditional", "preorder", "spf", "spf_stock", "mix"])
def test_every_arm_conserves_goods_and_money(twins: Any, arm: str) -> None:
    twin = lived_and_checked(twins, arm, days=8, burn_in_days=3, **BUSY)
    assert all(len(twin.ports.log.read(table)) for table in ("harvest", "waste", "payment"))


def extreme_values() -> st.SearchStrategy[dict[str, float]]:
    """Some parameters of the world at the low or the high end of their rows."""
    rows = {
        f"world.{room}.{name}": (row, model.annotation)
        for room, field in WorldParams.model_fields.items()
        for name, model in field.annotation.model_fields.items()  # type: ignore[union-attr]
        for row in [load_table(field.annotation.table)[name]]  # type: ignore[union-attr]
        if row.low is not None and row.high is not None and row.low != row.high
    }

    def value(path: str, high: bool) -> Any:
        row, kind = rows[path]
        return (kind or float)(row.high if high else row.low)

    one = st.tuples(st.sampled_from(sorted(rows)), st.booleans())
    return st.lists(one, max_size=12).map(lambda picks: {path: value(path, high) for path, high in picks})


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arm=st.sampled_from(["traditional", "preorder", "spf", "spf_stock", "mix"]),
    shops=st.integers(1, 4),
    members=st.integers(5, 60),
    seed=st.integers(0, 2**40),
    days=st.integers(3, 6),
    burn_in=st.integers(0, 2),
    busy=st.booleans(),
    extremes=extreme_values(),
)
def test_drawn_configurations_conserve_goods_and_money(
    twins: Any, arm: str, shops: int, members: int, seed: int, days: int, burn_in: int, busy: bool,
    extremes: dict[str, float],
) -> None:  # fmt: skip
    values = {path.replace(".", "__"): value for path, value in extremes.items()}
    if busy:
        values |= {"world__residents__visit_rate": 0.3, "world__groupbuys__appeal_mean": 1.0}
    values |= {"city__shops": shops, "city__members": members, "seed": seed, "days": days, "burn_in_days": burn_in}
    lived_and_checked(twins, arm, **values)


def test_a_pack_or_a_fen_out_of_nothing_stops_the_run(twins: Any) -> None:
    twin = twins.fresh("preorder", **BUSY)
    twin.run(2)
    twin.ports.state["hub"]["packs"][7, 0] += 1
    twin.ports.state["hub"]["lot"][7, 0] = 1
    with pytest.raises(RunError, match="goods are not conserved for 1 SKUs"):
        twin.run(1)
    twin = twins.fresh("preorder", **BUSY)
    twin.run(2)
    twin.ports.state["ledger"]["balance"][Account.WORKERS] += 1
    with pytest.raises(RunError, match="accounts sum to 1 fen"):
        twin.run(1)
    twin = twins.fresh("preorder", **BUSY)
    twin.run(2)
    twin.ports.state["ledger"]["balance"][[Account.ESCROW, Account.PLATFORM]] += [1, -1]
    with pytest.raises(RunError, match="in escrow"):
        twin.run(1)
    assert twins.part(twin, Conservation)
