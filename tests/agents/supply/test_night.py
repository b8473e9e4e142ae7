"""The night as a whole: supplier by supplier, with crews, pickers and a market that are not endless."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.ledger import Account, Ledger
from agents.supply.farms import Farms
from sim.twin import Twin

BUSY = {"city__shops": 3, "city__members": 150, "days": 6, "world__residents__visit_rate": 0.12,
        "world__supply__expected_packs_member_day": 0.5}  # fmt: skip


@pytest.fixture(scope="module")
def usual(twins: Any) -> Twin:
    return twins.lived("preorder", **BUSY)


def test_each_supplier_gets_one_list_and_farms_deliver_no_more(twins: Any, usual: Twin) -> None:
    orders, harvest = twins.rows(usual, "purchase_order"), twins.rows(usual, "harvest")
    of = twins.part(usual, Farms).of
    names = np.where(of < 0, "warehouse", np.char.add("farm-", of.astype(str)))
    assert (orders["supplier"] == names[orders["sku"]]).all() and len(set(orders["supplier"])) > 3
    keys = set(zip(orders["day"], orders["sku"], strict=True))
    assert len(keys) == len(orders["sku"])
    asked = dict(zip(zip(orders["day"], orders["sku"], strict=True), orders["packs"], strict=True))
    for day, sku, farm, packs in zip(*(harvest[name] for name in ("day", "sku", "farm", "packs")), strict=True):
        assert packs <= asked[day, sku] and farm == of[sku]


def test_title_changes_at_the_gate_in_the_morning_and_before_the_hub(twins: Any, usual: Twin) -> None:
    harvest, sorting = twins.rows(usual, "harvest"), twins.rows(usual, "sorting")
    rules = twins.world(usual).params.supply
    farms = harvest["farm"] >= 0
    assert (harvest["hour"][farms] >= rules.harvest_start_hour + rules.precool_hours).all()
    left = dict(zip(harvest["lot"], harvest["event_time"], strict=True))
    assert all(left[lot] < at for lot, at in zip(sorting["lot"], sorting["event_time"], strict=True))


def test_pickers_who_go_home_leave_orders_short(twins: Any, usual: Twin) -> None:
    few = twins.lived("preorder", world__supply__picker_shift_hours=0.01, **BUSY)
    short, usually = (np.sum(twins.rows(twin, "line_end")["end"] == "short") for twin in (few, usual))
    assert short > 3 * usually + 10
    able = few.ports.log.read("transit").to_pandas()
    daily = able[(able.shop >= 0) & (able.move == "depart")].groupby(able.event_time.dt.date).packs.sum()
    world = twins.world(few)
    assert daily.max() <= 0.01 * world.params.costs.picker_packs_hour * 20


def test_a_farms_account_is_what_it_was_paid_less_what_it_paid(twins: Any, usual: Twin) -> None:
    days, harvest = twins.rows(usual, "farm_day"), twins.rows(usual, "harvest")
    posted, warehouse = twins.rows(usual, "posting"), harvest["cost_fen"][harvest["farm"] < 0].sum()
    income = (days["revenue_fen"] + days["spot_fen"] - days["cost_fen"]).sum()
    assert twins.part(usual, Ledger).balance(Account.SUPPLIERS) == income + warehouse
    spent = posted["fen"][np.isin(posted["reason"], ["growing", "crew", "pre-cooling"])].sum()
    assert spent == days["cost_fen"].sum() > 0
    contracted = np.unique(twins.part(usual, Farms).of[twins.part(usual, Farms).sku])
    assert sorted(set(days["farm"])) == contracted.tolist()
    assert (days["late_lots"] <= days["lots"]).all() and days["lots"].sum() > 0


def test_what_the_spot_market_takes_moves_no_resident(twins: Any, usual: Twin) -> None:
    twin = twins.lived("preorder", world__supply__graded_spot_share=0.0, **BUSY)
    assert not (twins.rows(twin, "sorting")["to_spot"]).any() and twins.rows(usual, "sorting")["to_spot"].any()
    for table in ("order_line", "line_end", "exposure"):
        one, other = twins.rows(twin, table), twins.rows(usual, table)
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], err_msg=f"{table}.{name}")
