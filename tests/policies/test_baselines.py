"""The baselines on hand-worked cases: procurement, slates, prices, campaigns, claims, routes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import registry
from policies.synthetic import observation
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.slates import SLATE_LENGTH


def _decide(name: str, asked: pa.Table, **params: Any) -> dict[str, list[Any]]:
    decision = registry.create(name, **params).decide(asked)
    assert DECISION_POINTS[name.split(".")[0]].problems(asked, decision) == []
    return decision.to_pydict()


def _procure(**columns: Any) -> pa.Table:
    usual = {
        "hub_on_hand": [0],
        "in_transit": [0],
        "lead_days": [1.0],
        "order_days": [1.0],
        "ordered": [-1],
        "asked": np.array([[9, 9, 9, 4, 8]]),
        "days_known": [2],
        "prior_daily": [10.0],
        "cover_days": [1.5],
        "defect_share": [0.0],
    }
    return observation("procure", 1, **{**usual, **columns})


def test_the_plan_is_the_mean_of_reported_days_times_cover_less_the_hub() -> None:
    assert _decide("procure.plan", _procure())["packs"] == [9]  # (4 + 8) / 2 x 1.5
    assert _decide("procure.plan", _procure(hub_on_hand=[3]))["packs"] == [6]
    assert _decide("procure.plan", _procure(hub_on_hand=[30]))["packs"] == [0]
    assert _decide("procure.plan", _procure(defect_share=[0.1]))["packs"] == [10]
    assert _decide("procure.plan", _procure(days_known=[0]))["packs"] == [15]


def test_the_plan_covers_the_orders_that_head_office_sees() -> None:
    assert _decide("procure.plan", _procure(ordered=[20]))["packs"] == [20]
    assert _decide("procure.plan", _procure(ordered=[20], hub_on_hand=[15]))["packs"] == [5]


@settings(max_examples=40, deadline=None)
@given(st.integers(-1, 9))
def test_the_plan_does_not_shrink_to_the_orders(ordered: int) -> None:
    assert _decide("procure.plan", _procure(ordered=[ordered]))["packs"] == [9]


def test_to_order_picks_what_was_ordered_and_no_more() -> None:
    assert _decide("procure.to_order", _procure(ordered=[20], hub_on_hand=[3]))["packs"] == [17]
    assert _decide("procure.to_order", _procure(ordered=[18], defect_share=[0.1]))["packs"] == [20]
    assert _decide("procure.to_order", _procure(ordered=[0]))["packs"] == [0]


def test_goods_from_afar_are_picked_to_forecast_and_what_is_on_the_road_counts() -> None:
    assert _decide("procure.plan", _procure(lead_days=[3.0]))["packs"] == [21]  # 6 x (1.5 + 2)
    assert _decide("procure.plan", _procure(lead_days=[3.0], in_transit=[12], hub_on_hand=[4]))["packs"] == [5]
    afar = {"lead_days": [3.0], "ordered": [5]}
    assert _decide("procure.to_order", _procure(**afar))["packs"] == [23]  # 5 + 6 x (2 days and a late one)
    assert _decide("procure.to_order", _procure(**afar, in_transit=[20]))["packs"] == [3]


def test_orders_that_reach_ahead_need_no_forecast() -> None:
    afar = {"lead_days": [3.0], "ordered": [5]}
    assert _decide("procure.to_order", _procure(**afar, order_days=[2.0]))["packs"] == [17]
    assert _decide("procure.to_order", _procure(**afar, order_days=[3.0]))["packs"] == [11]  # the late day alone
    assert _decide("procure.to_order", _procure(**afar, order_days=[5.0]))["packs"] == [5]
    assert _decide("procure.to_order", _procure(ordered=[5]))["packs"] == [5]
    on_time = registry.create("procure.to_order", late_days=0.0)
    assert on_time.decide(_procure(**afar, order_days=[3.0]))["packs"].to_pylist() == [5]
    with pytest.raises(ValueError, match="late_days"):
        registry.create("procure.to_order", late_days=-1.0)


def test_to_order_guesses_where_orders_are_hidden() -> None:
    assert _decide("procure.to_order", _procure(ordered=[-1]))["packs"] == [9]


def _recommend(rows: int = 1, **columns: Any) -> pa.Table:
    skus = 5
    usual = {
        "offered": np.ones((rows, skus), bool),
        "is_new": np.zeros((rows, skus), bool),
        "network_sales": np.tile([5, 9, 9, 0, 7], (rows, 1)),
        "bought": np.zeros((rows, skus), np.int64),
    }
    return observation("recommend", rows, **{**usual, **columns})


def test_one_list_is_by_sales_then_sku_for_everyone() -> None:
    bought = np.array([[0, 0, 0, 9, 0], [9, 0, 0, 0, 0]])
    assert _decide("recommend.one_list", _recommend(2, bought=bought))["slate"] == [[1, 2, 4, 0, 3]] * 2


def test_one_list_appends_new_products_and_hides_what_is_not_offered() -> None:
    new = np.array([[False, True, False, False, False]])
    offered = np.array([[True, True, False, True, True]])
    assert _decide("recommend.one_list", _recommend(is_new=new, offered=offered))["slate"] == [[4, 0, 3, 1]]


def test_slates_end_at_their_length() -> None:
    for name in registry.names("recommend"):
        for slate in _decide(name, observation("recommend", 40))["slate"]:
            assert 1 <= len(slate) <= SLATE_LENGTH
        everything = observation("recommend", 3, offered=np.ones((3, 26), bool))
        assert [len(slate) for slate in _decide(name, everything)["slate"]] == [SLATE_LENGTH] * 3


def test_popularity_puts_what_was_bought_first() -> None:
    bought = np.array([[0, 0, 1, 3, 0]])
    assert _decide("recommend.popularity", _recommend(bought=bought))["slate"] == [[3, 2, 1, 4, 0]]


def test_one_price_is_the_reference() -> None:
    asked = observation("price", 30)
    assert _decide("price.one_price", asked)["price_fen"] == asked["reference_fen"].to_pylist()


def test_open_all_writes_to_everyone() -> None:
    asked = observation("campaign", 9)
    answer = _decide("campaign.open_all", asked)
    assert answer["open"] == [True] * 9
    assert answer["audience"] == asked["members"].to_pylist()


def test_claims_wait_at_head_office_and_not_at_the_owner() -> None:
    asked = observation("service", 3)
    slow, instant = (_decide(name, asked) for name in ("service.head_office", "service.instant"))
    assert (slow["refund_percent"], slow["wait_days"]) == ([100] * 3, [3] * 3)
    assert (instant["refund_percent"], instant["wait_days"]) == ([100] * 3, [0] * 3)
    assert _decide("service.head_office", asked, wait_days=7, refund_percent=50)["wait_days"] == [7] * 3


def _circle(shops: int, load: float = 100.0) -> pa.Table:
    bearing = 2 * np.pi * (np.arange(shops) + 0.5) / shops - np.pi
    return observation(
        "route", shops, x_km=5 * np.cos(bearing), y_km=5 * np.sin(bearing), load_kg=np.full(shops, load)
    )


def test_milk_runs_sweep_round_the_hub() -> None:
    answer = _decide("route.milk_run", _circle(14))
    assert answer["truck"] == [0] * 6 + [1] * 6 + [2] * 2
    assert answer["position"] == [*range(6), *range(6), 0, 1]
    assert _decide("route.milk_run", _circle(4), shops_per_truck=2)["truck"] == [0, 0, 1, 1]


def test_a_run_that_is_too_heavy_is_cut() -> None:
    assert _decide("route.milk_run", _circle(7, 500.0))["truck"] == [0, 0, 0, 1, 1, 1, 2]


def test_a_shop_heavier_than_a_truck_gets_a_truck_of_its_own() -> None:
    assert _decide("route.milk_run", _circle(3, 2_000.0))["truck"] == [0, 1, 2]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 9), st.floats(1.0, 900.0))
def test_no_truck_is_overloaded_or_stops_twice_at_a_place(shops: int, length: int, load: float) -> None:
    answer = _decide("route.milk_run", _circle(shops, load), shops_per_truck=length)
    stops = np.bincount(answer["truck"])
    assert stops.max() <= length
    assert (stops * load <= 1_500.0).all() or load > 1_500.0
    assert len(set(zip(answer["truck"], answer["position"], strict=True))) == shops


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("route.milk_run", {"shops_per_truck": 0}),
        ("service.instant", {"refund_percent": 101}),
        ("campaign.affinity", {"reach": -1}),
        ("recommend.association", {"explored": SLATE_LENGTH}),
        ("recommend.association", {"caution": 0}),
        ("replenish.base_stock", {"service": 1.0}),
        ("replenish.age_aware", {"least_service": 0.9, "most_service": 0.8}),
        ("replenish.age_aware", {"dispersion": -0.1}),
        ("forecast.moving_average", {"window_days": 0}),
    ],
)
def test_values_out_of_range_are_refused(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(params))):
        registry.create(name, **params)
