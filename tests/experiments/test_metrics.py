"""Every metric on logs written by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from agents.catalogue import load_catalogue
from agents.reducers import reducers_of
from agents.reducers.trade import kinds_of
from experiments.metrics import METRICS, Metric, compute, tables
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
    pack_mass_g=np.array([500, 250, 1000]), price_fen=np.array([150, 350, 1200]),
    code=np.array(["peach", "blueberry", "rice"]), category=np.array(["fruit", "fruit", "pantry"]))


DESIGN = {
    "loss_rate", "chain_loss_rate", "shop_loss_rate", "loss_rate_mass", "turnover", "stock_days", "repurchase_rate",
    "repurchase_rate_true", "next_month_return", "group_success_candidates", "group_success_opened", "nps",
    "nps_relationship", "fill_rate", "stockout_hours_share", "gmv", "contribution_margin", "refund_rate",
    "delivery_cost_per_order", "bullwhip_shop", "bullwhip_hub", "excursion_minutes", "owner_income", "owner_churn",
    "head_office_hours", "forecast_wape", "click_rate", "conversion_rate",
}
"""The names that the command line promises."""


class Logs:
    """Two empty logs over `days` days from a Monday, rows added one by one."""

    def __init__(self, start: dt.date = START) -> None:
        self.clock = Clock(start)
        self.log, self.truth = EventLog(EVENT_TABLES, self.clock), EventLog(TRUTH_TABLES, self.clock)

    def row(self, table: str, day: int, hour: float = 12.0, **columns: object) -> None:
        log = self.log if table in EVENT_TABLES else self.truth
        schema = log.schemas[table]
        blank = {field.name: "" if pa.types.is_string(field.type) else 0 for field in schema} | {"day": day}
        given = {name: [columns.pop(name, blank[name])] for name in schema.names[4:]}
        assert not columns
        log.append(table, "test", self.clock.at(day, hour), given)

    def window(self, first_day: int = 0, last_day: int = 9) -> Window:
        return Window(self.log, self.truth, GOODS, self.clock, first_day, last_day, 14.0, registered=10)

    def metrics(self, first_day: int, last_day: int) -> dict[str, Metric]:
        return compute(self.window(first_day, last_day))

    def values(self, first_day: int = 0, last_day: int = 9) -> dict[str, float | None]:
        return {name: metric.value for name, metric in self.metrics(first_day, last_day).items()}


def test_an_empty_log_has_no_figures_and_says_why() -> None:
    found = Logs().metrics(0, 9)
    assert list(found) == list(METRICS)
    nothing = {"gmv": 0.0, "group_candidates": 0.0, "group_opened": 0.0}
    assert {name: metric.value for name, metric in found.items() if metric.value is not None} == nothing
    assert all(metric.reason for name, metric in found.items() if name not in nothing)
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


def test_loss_by_place_and_reason_adds_up_and_a_downgrade_is_no_waste() -> None:
    logs = Logs()
    logs.row("sku_day", 0, sku=FRESH, receipts=100, receipts_fen=10_000, waste_hub=4, waste_shop=6, waste_fen=1000,
             spot=5, spot_cost_fen=500, spot_fen=200)
    for sku, node, reason, packs in ((FRESH, "hub", "damaged", 3), (FRESH, "hub", "spoiled", 1),
                                     (FRESH, "shop", "spoiled", 4), (FRESH, "shop", "taken_off", 2),
                                     (AMBIENT, "shop", "damaged", 9)):
        logs.row("waste_day", 0, sku=sku, node=node, reason=reason, packs=packs, cost_fen=100 * packs)
    found = logs.values()
    assert found["loss_rate"] == 0.1
    assert (found["loss_rate_damaged"], found["loss_rate_spoiled"], found["loss_rate_taken_off"]) == (0.03, 0.05, 0.02)
    assert found["downgrade_rate"] == 0.03
    assert tables(logs.window())["loss_by_node_and_reason"] == [
        {"node": "hub", "reason": "damaged", "packs": 3, "cost_fen": 300, "share": 0.03},
        {"node": "hub", "reason": "spoiled", "packs": 1, "cost_fen": 100, "share": 0.01},
        {"node": "shop", "reason": "spoiled", "packs": 4, "cost_fen": 400, "share": 0.04},
        {"node": "shop", "reason": "taken_off", "packs": 2, "cost_fen": 200, "share": 0.02},
    ]


def test_loss_of_shops_is_over_what_came_to_them() -> None:
    logs = Logs()
    logs.row("sku_day", 0, sku=FRESH, receipts=90, receipts_fen=9000, waste_shop=6, waste_pickup=4, waste_fen=1000)
    logs.row("shop_day", 0, shop=1, sku=FRESH, received=50, handed_over=30)
    logs.row("shop_day", 0, shop=1, sku=AMBIENT, received=500)
    assert logs.values()["shop_loss_rate"] == pytest.approx(1000 / (5000 + 3000 + 400))


def test_stock_is_measured_over_the_day_and_turns_with_the_cost_of_goods_sold() -> None:
    logs = Logs()
    for day in range(10):
        logs.row("sku_day", day, sku=FRESH, sold=16, pack_minutes=40 * 1440, transit_minutes=8 * 1440)
        logs.row("sku_day", day, sku=AMBIENT, sold=100, pack_minutes=1440)
    found = logs.values()
    # 1600 fen sold a day; a stock of 40 packs, 8 of them on the road, at 100 fen
    assert (found["stock_days"], found["stock_days_without_transit"]) == (4000 / 1600, 3200 / 1600)
    assert found["turnover"] == pytest.approx(365 * 1600 / 4000)
    assert found["turnover_without_transit"] == pytest.approx(365 * 1600 / 3200)


def test_a_day_of_rows_becomes_stock_from_farm_gate_to_hand_over() -> None:
    """20 packs change title at 05:00, 16 are sold at 17:00, 4 thrown away at 22:00: 12 h of 16 and 17 h of 4 packs."""
    logs = Logs()
    logs.log = EventLog(EVENT_TABLES, logs.clock, reducers=reducers_of(GOODS))
    logs.row("harvest", 0, 5.0, sku=FRESH, packs=20, cost_fen=2000)
    for hour, move in ((9.0, "depart"), (11.0, "arrive")):
        logs.row("transit", 0, hour, sku=FRESH, packs=20, move=move)
    logs.row("pos_sale", 0, 17.0, sku=FRESH, packs=16, member=-1, fen=1600)
    logs.row("waste", 0, 22.0, sku=FRESH, packs=4, cost_fen=400, node="shop", reason="spoiled")
    logs.log.close_day(0)
    found = logs.metrics(0, 0)
    assert found["stock_days"].value == pytest.approx((12 * 16 + 17 * 4) / 24 / 16)
    assert found["stock_days_without_transit"].value == pytest.approx((12 * 16 + 17 * 4 - 2 * 20) / 24 / 16)


def test_fill_rate_joins_shelves_and_pre_orders_and_counts_no_substitute() -> None:
    logs = Logs()
    logs.row("shop_day", 0, shop=0, sku=FRESH, handed_over=45, short=5, sold=40, received=40)
    logs.row("asked_day", 0, shop=0, sku=FRESH, offered=50, unmet=12)
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
    assert months_of(logs.window(0, 70)) == [(7, 36), (37, 67)]
    found = logs.values(0, 70)
    assert found["repurchase_rate"] == 2 / 4
    assert found["next_month_return"] == 1 / 2
    assert found["active_share"] == 4 / 20
    logs.row("registration", 6, member=12, status="joined")   # before April
    logs.row("registration", 36, member=12, status="left")    # before May
    logs.row("registration", 20, member=3, status="lapsed")   # still registered
    logs.row("registration", 40, member=13, status="joined")  # too late for May
    assert logs.values(0, 70)["active_share"] == 4 / 21
    unknown = Window(logs.log, logs.truth, GOODS, logs.clock, 0, 70, 14.0)
    assert compute(unknown)["repurchase_rate"].reason == "no customers are known"
    assert found["orders_per_customer"] == 6 / 4


def test_the_firm_takes_one_household_for_two_customers_and_sees_less_repurchase() -> None:
    logs = Logs()
    for day, member, resident in ((0, 10, 1), (5, 11, 1), (6, 20, 2), (7, 30, 3), (40, 10, 1)):
        logs.row("customer_day", day, member=member, orders=1)
        logs.row("resident_day", day, resident=resident, orders=1)
    found = logs.values(0, 55)
    assert (found["repurchase_rate"], found["repurchase_rate_true"]) == (0.0, 1 / 4)
    assert found["repurchase_measurement"] == -1 / 4
    assert (found["next_month_return"], found["next_month_return_true"]) == (1 / 4, 1 / 3)


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

    def say(day: int, candidate: int, status: str, packs: int = 0) -> None:
        logs.row("group_buy", day, candidate=candidate, sku=LIGHT, status=status, packs=packs, joiners=packs)

    say(0, 1, "opened")       # before the window
    say(1, 1, "succeeded", 90)
    say(1, 2, "opened")
    say(2, 2, "succeeded", 12)
    say(1, 3, "not_opened")
    say(2, 4, "opened")
    say(3, 4, "failed", 4)
    say(3, 5, "not_opened")
    say(4, 6, "opened")       # still open at the end of the window
    say(4, 7, "not_opened")
    say(5, 6, "succeeded")
    found = logs.values(1, 4)
    assert found["group_success_candidates"] == 1 / 4
    assert found["group_success_opened"] == 1 / 2
    assert (found["group_candidates"], found["group_opened"]) == (7 * 4 / 4, 7 * 2 / 4)
    assert (found["group_joiners"], found["group_portions"]) == (16 / 2, 12 / 4)
    assert found["group_margin"] == pytest.approx(12 * (GOODS.price_fen[LIGHT] - 200) / 100 / 4)
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
    for first, baskets in ((-1, 4), (-1, 1), (2, 5)):
        logs.row("pair_day", 0, first=first, second=first, baskets=baskets)
    found = logs.values(0, 1)
    assert found["gmv"] == 1000.0
    assert found["contribution_margin"] == (60_000 + 40_000 - 30_000 - 8_000 - 4_000 - 2_000 - 1_000 - 500) / 100
    assert found["delivery_cost_per_order"] == 120.0 / 5
    assert found["refund_cost_per_order"] == 10.0 / 5
    assert found["refund_rate"] == 1_000 / 100_000


def test_an_owner_s_income_counts_goods_when_they_are_sold_or_thrown_away() -> None:
    logs = Logs()
    for shop in (3, 8):
        logs.row("owner_day", 0, shop=shop, margin_fen=7_000, commission_fen=3_000, other_fen=5_000, waste_fen=1_500)
    logs.row("money_day", 0, debit="owners", credit="platform", reason="transfer", fen=9_000_000)
    assert logs.values(0, 1)["owner_income"] == pytest.approx(2 * 135 / 4)


def test_nps_of_those_who_answered_and_of_everyone() -> None:
    logs = Logs()
    for day in (0, 1):
        logs.row("nps_day", day, survey="transaction", answers=10, promoters=8, detractors=1)
        logs.row("satisfaction", day, shop=day, promoters=30, detractors=40, households=100)
    logs.row("nps_day", 1, survey="relationship", answers=4, promoters=2, detractors=1)
    found = logs.values()
    assert (found["nps"], found["nps_relationship"], found["nps_true"]) == (70.0, 25.0, -10.0)


def test_owners_who_leave_and_hours_of_work() -> None:
    logs = Logs()
    for shop in range(4):
        logs.row("owner_day", 0, shop=shop, margin_fen=10_000 * shop, commission_fen=500, other_fen=-200, waste_fen=300)
        logs.row("shop_day", 0, shop=shop)
    for action in ("joined", "left"):
        logs.row("owner_action", 3, shop=2, action=action)
    logs.row("labour_day", 0, who="head_office", task="calls", minutes=90)
    logs.row("labour_day", 5, who="head_office", task="plans", minutes=210)
    logs.row("labour_day", 5, who="owner", task="till", minutes=1200)
    found = logs.values()
    assert found["owner_churn"] == pytest.approx(1 / 4 / (10 / (365.25 / 12)))
    assert (found["head_office_hours"], found["owner_hours"]) == (0.5, 0.5)
    # incomes of 0, 100, 200 and 300 yuan: the worst tenth of four is one
    assert found["fairness_owners"] == 0.0


def test_fairness_is_how_the_worst_tenth_fares_beside_the_mean() -> None:
    logs = Logs()
    for member in range(20):
        dear = member < 2
        logs.row("customer_day", 0, member=member, orders=1, fen=125 if dear else 100, list_fen=100)
    for farm, fen in ((1, 300), (2, 100)):
        logs.row("farm_day", 0, farm=farm, revenue_fen=fen, spot_fen=20, cost_fen=20)
    found = logs.values()
    assert found["fairness_residents"] == pytest.approx(0.8 / ((2 * 0.8 + 18) / 20))
    assert found["fairness_suppliers"] == 100 / 200


def test_thermometers_and_meters() -> None:
    logs = Logs()
    # twelve, ten and two hours at 4, 6 and 15 C: 6.439 C (published); a place without a reading only uses energy
    for place, hours, kinetic in (("truck", 12, 4.0), ("case", 10, 6.0), ("rack", 2, 15.0), ("freezer", 0, 99.0)):
        logs.row("cold_day", 0, place=place, sensor_minutes=60.0 * hours, excursion_minutes=6.0, kinetic_c=kinetic,
                 kwh=5.0)
    found = logs.values()
    assert found["kinetic_temperature"] == pytest.approx(6.439, abs=5e-4)
    assert found["excursion_minutes"] == 24.0
    assert found["energy"] == 2.0


def test_clicks_orders_and_how_evenly_goods_are_shown() -> None:
    logs = Logs()
    for day in (0, 1):
        logs.row("effect_day", day, policy="one list", exposures=100, clicks=10, orders=4)
        logs.row("exposure_day", day, sku=day, exposures=50)
    found = logs.values()
    assert (found["click_rate"], found["conversion_rate"]) == (0.1, 0.04)
    assert found["exposure_diversity"] == pytest.approx(2 / GOODS.n)


def test_forecasts_of_what_was_sold_and_of_what_was_asked_for() -> None:
    logs = Logs()
    logs.row("shop_day", 0, shop=1, sku=FRESH, forecasts=1, expected=12.0, sold=10, intervals=1, pinball=2.0, covered=1)
    logs.row("shop_day", 0, shop=0, sku=LIGHT, forecasts=1, expected=3.0, sold=6, intervals=1, pinball=1.0, covered=0)
    logs.row("shop_day", 1, shop=0, sku=LIGHT, forecasts=0, expected=0.0, sold=9)
    logs.row("asked_day", 0, shop=0, sku=LIGHT, offered=7)
    logs.row("asked_day", 0, shop=1, sku=FRESH, offered=13, unmet=3)
    logs.row("asked_day", 1, shop=0, sku=LIGHT, offered=9)
    found = logs.metrics(0, 9)
    assert (found["forecast_wape"].value, found["forecast_bias"].value) == (5 / 16, -1 / 16)
    assert (found["forecast_wape_true"].value, found["forecast_bias_true"].value) == (5 / 20, -5 / 20)
    assert (found["forecast_pinball"].value, found["forecast_coverage"].value) == (3 / 16, 0.5)
    logs = Logs()
    logs.row("shop_day", 0, shop=1, sku=FRESH, forecasts=1, expected=12.0, sold=10)
    for name in ("forecast_pinball", "forecast_coverage"):
        assert logs.metrics(0, 9)[name].reason == "no policy said quantiles"


def test_bullwhip_has_the_weekday_taken_out() -> None:
    logs, weeks = Logs(), 4
    # sales swing by 1 about 10 on Mondays to Saturdays and sell 20 on Sundays; orders swing by 3
    sold, asked = ([10 + size * (-1) ** (day // 7) + 10 * (day % 7 == 6) for day in range(7 * weeks)]
                   for size in (1, 3))
    for day in range(7 * weeks):
        logs.row("shop_day", day, shop=2, sku=FRESH, sold=sold[day], requested=asked[day])
        logs.row("shop_day", day, shop=2, sku=LIGHT, sold=5)  # nobody orders it: counts nowhere
        logs.row("sku_day", day, sku=FRESH, purchased=2 * asked[day])
    found = logs.metrics(0, 27)
    assert found["bullwhip_shop"].value == pytest.approx(9.0)
    assert found["bullwhip_hub"].value == pytest.approx(9.0)
    assert found["bullwhip_hub_own"].value == pytest.approx(1.0)
    assert tables(logs.window(0, 27))["bullwhip"][0] == {"echelon": "shop", "daily": pytest.approx(9.0),
                                                         "weekly": pytest.approx(9.0)}
    assert logs.metrics(0, 26)["bullwhip_shop"].reason == "needs 28 days"


def test_association_by_basket_week_and_month() -> None:
    goods = replace(GOODS, category=np.array(["milk_powder", "baby_food", "pantry"]))
    names, kind = kinds_of(goods)
    powder, food = names.index("milk_powder"), names.index("baby_food")
    assert kind.tolist() == [powder, food, names.index("pantry")]
    logs = Logs()
    one, other = sorted((powder, food))
    for first, second, baskets in ((-1, -1, 100), (powder, powder, 10), (food, food, 20), (one, other, 4)):
        logs.row("pair_day", 0, first=first, second=second, baskets=baskets)
    # member 1 buys both in the first week, member 2 in two weeks, member 3 powder only, members 4 to 8 neither
    bought = ((0, 1, powder), (2, 1, food), (0, 2, powder), (9, 2, food), (20, 3, powder))
    for day, member, what in (*bought, *((1, member, names.index("pantry")) for member in range(4, 9))):
        logs.row("customer_day", day, member=member, orders=1, kinds=1 << what)
    window = Window(logs.log, logs.truth, goods, logs.clock, 0, 27, 14.0, registered=8)
    found = {name: metric.value for name, metric in compute(window).items()}
    assert (found["association_basket"], found["association_lift_basket"]) == (0.4, 0.4 * 100 / 20)
    # weeks: 7 customers in the first, member 2 in the second, member 3 in the third
    assert (found["association_week"], found["association_lift_week"]) == (1 / 3, pytest.approx(1 / 3 * 9 / 2))
    assert tables(window)["association"] == [
        {"by": "basket", "whole": 100, "first": 10, "second": 20, "both": 4},
        {"by": "week", "whole": 9, "first": 3, "second": 2, "both": 1},
        {"by": "month", "whole": 8, "first": 3, "second": 2, "both": 2},
    ]
    assert (found["association_month"], found["association_lift_month"]) == (2 / 3, pytest.approx(2 / 3 * 8 / 2))


def test_the_registry_says_unit_direction_and_both_languages() -> None:
    assert METRICS.keys() >= DESIGN
    for name, measure in METRICS.items():
        assert measure.name == name
        assert measure.better in ("lower", "higher", "neither")
        assert measure.unit and measure.en and measure.zh
        assert measure.of.__doc__ or name.startswith("loss_rate_")
