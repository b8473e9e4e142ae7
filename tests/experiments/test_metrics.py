"""Every metric on logs written by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from agents.catalogue import load_catalogue
from experiments.metrics import METRICS, Metric, compute
from experiments.metrics.customers import months_of
from experiments.metrics.window import Window
from sim.clock import Clock
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES
from sim.log import EventLog

START = dt.date(2026, 3, 2)
# SKU 0 and 1 are fresh, 2 is not; a pack costs 100, 200, 1000 fen at the farm gate and weighs 500, 250, 1000 g.
FRESH, LIGHT, AMBIENT = 0, 1, 2
GOODS = load_catalogue()
GOODS = replace(
    GOODS, sku=np.arange(3), fresh=np.array([True, True, False]), farm_gate_fen=np.array([100, 200, 1000]),
    pack_mass_g=np.array([500, 250, 1000]))
DEFAULTS = {name: {field.name: 0 for field in EVENT_TABLES[name]} for name in ("sku_day", "shop_day", "customer_day")}


class Logs:
    """Two empty logs over `days` days from a Monday, rows added one by one."""

    def __init__(self, start: dt.date = START) -> None:
        self.clock = Clock(start)
        self.log, self.truth = EventLog(EVENT_TABLES, self.clock), EventLog(TRUTH_TABLES, self.clock)

    def row(self, table: str, day: int, **columns: object) -> None:
        log = self.log if table in EVENT_TABLES else self.truth
        defaults = DEFAULTS.get(table, {})
        schema = log.schemas[table]
        columns = {**defaults, **({"day": day} if "day" in schema.names else {}), **columns}
        given = {name: [columns[name]] for name in schema.names[4:]}
        log.append(table, "test", self.clock.at(day, 12.0), given)

    def metrics(self, first_day: int, last_day: int) -> dict[str, Metric]:
        return compute(self.log, self.truth, GOODS, self.clock, first_day, last_day, opening_hours=14.0)

    def values(self, first_day: int = 0, last_day: int = 9) -> dict[str, float | None]:
        return {name: metric.value for name, metric in self.metrics(first_day, last_day).items()}


def test_an_empty_log_has_no_figures_and_says_why() -> None:
    found = Logs().metrics(0, 9)
    assert list(found) == list(METRICS)
    money = {"gmv"}
    assert {name for name, metric in found.items() if metric.value is not None} == money
    assert all(metric.reason for name, metric in found.items() if name not in money)
    assert found["repurchase_rate"].reason == "needs a calendar month or 28 days"
    assert found["stockout_hours_share"].reason == "no shelf is stocked"


def test_loss_counts_fresh_goods_at_cost_within_the_window_only() -> None:
    logs = Logs()
    logs.row("sku_day", 0, sku=FRESH, receipts=1000, receipts_fen=100_000, waste_hub=500, waste_fen=50_000)
    for day in (1, 2):
        logs.row("sku_day", day, sku=FRESH, receipts=100, receipts_fen=10_000, waste_hub=4, waste_road=1, waste_shop=6,
                 waste_pickup=2, waste_fen=1300, field_loss=20, field_loss_fen=2000, refunded_cost_fen=150)
        logs.row("sku_day", day, sku=LIGHT, receipts=40, receipts_fen=8000, waste_shop=5, waste_fen=1000)
        logs.row("sku_day", day, sku=AMBIENT, receipts=10, receipts_fen=10_000, waste_shop=9, waste_fen=9000)
    logs.row("sku_day", 3, sku=FRESH, receipts=1, receipts_fen=100, waste_hub=1, waste_fen=100)
    found = logs.values(1, 2)
    assert found["loss_rate"] == (1300 + 150 + 1000) / 18_000
    assert found["chain_loss_rate"] == (1300 + 150 + 1000 + 2000) / (18_000 + 2000)
    nodes = {"hub": 400, "road": 100, "shop": 600 + 1000, "pickup": 200, "refunds": 150}
    for node, fen in nodes.items():
        assert found[f"loss_rate_{node}"] == pytest.approx(fen / 18_000)
    assert sum(found[f"loss_rate_{node}"] for node in nodes) == pytest.approx(found["loss_rate"])
    # by mass: 13 packs and 1.5 refunded of 500 g, 5 of 250 g, of 100 x 500 g + 40 x 250 g
    assert found["loss_rate_mass"] == pytest.approx((14.5 * 500 + 5 * 250) / (50_000 + 10_000))


def test_loss_of_shops_is_over_what_came_to_them() -> None:
    logs = Logs()
    logs.row("sku_day", 0, sku=FRESH, receipts=90, receipts_fen=9000, waste_shop=6, waste_pickup=4, waste_fen=1000)
    logs.row("shop_day", 0, shop=1, sku=FRESH, received=50, handed_over=30)
    logs.row("shop_day", 0, shop=1, sku=AMBIENT, received=500)
    assert logs.values()["shop_loss_rate"] == pytest.approx(1000 / (5000 + 3000 + 400))


def test_stock_of_a_day_is_what_it_closed_with_and_half_of_what_left() -> None:
    logs = Logs()
    for day in range(10):
        logs.row("sku_day", day, sku=FRESH, receipts=20, sold=16, waste_shop=4, held=30)
        logs.row("sku_day", day, sku=AMBIENT, sold=100, held=1)
    found = logs.values()
    # 1600 fen sold a day; stock 30 + (16 + 4) / 2 = 40 packs at 100 fen
    assert found["stock_days"] == pytest.approx(4000 / 1600)
    assert found["turnover"] == pytest.approx(365 * 1600 / 4000)


def test_goods_that_come_and_go_on_one_day_are_held_for_half_of_it() -> None:
    logs = Logs()
    logs.row("sku_day", 0, sku=FRESH, receipts=20, sold=20)
    assert logs.values()["stock_days"] == 0.5


def test_fill_rate_joins_shelves_and_pre_orders_and_counts_no_substitute() -> None:
    logs = Logs()
    logs.row("shop_day", 0, shop=0, sku=FRESH, handed_over=45, short=5, sold=40, received=40)
    logs.row("offered", 0, shop=0, sku=FRESH, packs=50)
    logs.row("unmet", 0, shop=0, sku=FRESH, packs=12, substituted=2)
    found = logs.values()
    assert found["fill_rate"] == (50 - 12 + 45) / (50 + 45 + 5)
    assert found["fill_rate_preorder"] == 45 / 50


def test_stock_out_share_is_over_the_hours_of_stocked_cells() -> None:
    logs = Logs()
    logs.row("shop_day", 0, shop=0, sku=FRESH, sold=3, stock_out_hours=7.0)
    logs.row("shop_day", 1, shop=0, sku=FRESH, received=3)
    logs.row("shop_day", 1, shop=1, sku=FRESH, stock_out_hours=14.0)
    logs.row("shop_day", 1, shop=1, sku=LIGHT, handed_over=3)
    assert logs.values(0, 1)["stockout_hours_share"] == pytest.approx(21.0 / (2 * 2 * 14.0))


def test_repurchase_is_by_calendar_month_and_pools_whole_months_only() -> None:
    logs = Logs(dt.date(2026, 3, 25))
    # 25 to 31 March and 1 to 3 June are no whole months; April (day 7 to 36) and May (37 to 67) are
    for day, member, orders in ((0, 1, 5), (7, 1, 1), (36, 1, 1), (36, 2, 1), (37, 2, 2), (40, 3, 1), (68, 4, 9)):
        logs.row("customer_day", day, member=member, orders=orders)
    window = Window(logs.log, logs.truth, GOODS, logs.clock, 0, 70, 14.0)
    assert months_of(window) == [(7, 36), (37, 67)]
    found = logs.values(0, 70)
    assert found["repurchase_rate"] == 2 / 4
    assert found["next_month_return"] == 1 / 2


def test_without_a_whole_month_blocks_of_28_days_stand_in() -> None:
    logs = Logs()
    for day, member in ((7, 1), (34, 1), (34, 2), (35, 2)):
        logs.row("customer_day", day, member=member, orders=1)
    found = logs.metrics(7, 35)
    assert found["repurchase_rate"].value == 1 / 2
    assert (found["next_month_return"].value, found["next_month_return"].reason) == (None, "needs two months")
    assert logs.metrics(8, 34)["repurchase_rate"].reason == "needs a calendar month or 28 days"


def test_a_candidate_that_was_not_opened_did_not_succeed_and_the_undecided_wait() -> None:
    logs = Logs()

    def say(day: int, candidate: int, status: str) -> None:
        logs.row("group_buy", day, candidate=candidate, shop=0, sku=0, status=status, packs=0, joiners=0)

    say(0, 1, "opened")       # before the window
    say(1, 1, "succeeded")
    say(1, 2, "opened")
    say(2, 2, "succeeded")
    say(1, 3, "not_opened")
    say(2, 4, "opened")
    say(3, 4, "failed")
    say(3, 5, "not_opened")
    say(4, 6, "opened")       # still open at the end of the window
    say(4, 7, "not_opened")
    say(5, 6, "succeeded")
    found = logs.values(1, 4)
    assert found["group_success_candidates"] == 1 / 4
    assert found["group_success_opened"] == 1 / 2
    assert logs.values(1, 5)["group_success_candidates"] == 2 / 6


def test_money_that_stays_in_the_network_and_what_owners_have_of_it() -> None:
    logs = Logs()
    for debit, credit, reason, fen in (
        ("residents", "escrow", "order", 90_000), ("escrow", "residents", "refund_short", 5_000),
        ("escrow", "platform", "sale", 60_000), ("platform", "owners", "commission", 6_000),
        ("residents", "owners", "till", 40_000), ("owners", "platform", "transfer", 25_000),
        ("platform", "suppliers", "goods", 30_000), ("platform", "carriers", "trucks", 8_000),
        ("platform", "workers", "drivers", 4_000), ("platform", "workers", "crew", 2_000),
        ("platform", "residents", "refund_quality", 1_000), ("owners", "landlords", "rent", 10_000),
        ("other_trade", "owners", "other trade", 20_000), ("platform", "services", "cooling", 500),
    ):
        logs.row("money_day", 0, debit=debit, credit=credit, reason=reason, fen=fen)
    for shop in (3, 8):
        logs.row("shop_day", 0, shop=shop, sku=FRESH, revenue_fen=50_000, refund_fen=500)
    logs.row("customer_day", 0, member=1, orders=3)
    logs.row("customer_day", 1, member=1, orders=1)
    found = logs.values(0, 1)
    assert found["gmv"] == 1000.0
    assert found["contribution_margin"] == (60_000 + 40_000 - 30_000 - 8_000 - 4_000 - 2_000 - 1_000 - 500) / 100
    assert found["delivery_cost_per_order"] == 120.0 / 4
    assert found["refund_rate"] == 1_000 / 100_000
    # commission 60, till 400, other trade 200 less transfer 250 and rent 100 yuan: 310 over two shops and two days
    assert found["owner_income"] == pytest.approx(310 / 4)


def test_the_registry_says_unit_direction_and_both_languages() -> None:
    for name, measure in METRICS.items():
        assert measure.name == name
        assert measure.better in ("lower", "higher")
        assert measure.unit and measure.en and measure.zh
        assert measure.of.__doc__ or name.startswith("loss_rate_")
