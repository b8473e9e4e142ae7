"""Age-aware ordering: what it makes of a forecast, and what it refuses to put on a shelf."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import registry
from policies.replenish.age_aware import AgeAware, ahead
from policies.synthetic import observation
from sim.contracts.decisions import FORECAST_DAYS, QUANTILE_LEVELS

DAYS = 28
CELL = {
    "day": [28],
    "on_hand": [0],
    "on_order": [0],
    "sales": np.full((1, DAYS), 10),
    "stock_out": np.zeros((1, DAYS), bool),
    "days_known": [DAYS],
    "prior_daily": [10.0],
    "life_days": [36_500.0],
    "lead_days": [1.0],
    "case_packs": [1],
    "price_fen": [1585],
    "cost_fen": [1000],
}


def _asked(**columns: Any) -> pa.Table:
    """A cell whose forecast is the mean of its sales, with an upper quantile twice as high."""
    cell = {**CELL, **columns}
    mean = np.repeat(np.mean(cell["sales"], axis=1, keepdims=True), FORECAST_DAYS, axis=1)
    spread = np.linspace(0.0, 2.0, len(QUANTILE_LEVELS))
    told = {"forecast": mean, "forecast_quantiles": (mean[:, :, None] * spread).reshape(1, -1)}
    return observation("replenish", 1, **{**told, **cell})


def _order(policy: AgeAware | None = None, **columns: Any) -> int:
    return int((policy or AgeAware()).decide(_asked(**columns))["packs"][0].as_py())


def test_days_ahead_count_as_forecast_and_those_beyond_as_their_mean() -> None:
    week = np.array([[8.0, 15.0, 15.0, 8.0, 8.0, 8.0, 8.0]])
    assert ahead(week, np.array([2.5]))[0] == 8 + 15 + 7.5
    assert ahead(week, np.array([14.0]))[0] == 140.0


def test_a_higher_forecast_moves_the_order() -> None:
    higher = np.full((1, FORECAST_DAYS), 10.0)
    higher[0, 1] = 18.0
    assert _order(forecast=higher) > _order()


def test_without_a_dispersion_the_forecasts_own_interval_is_the_safety() -> None:
    # the .95 quantile is 20, so a day's variance is (10 / 1.645)^2: 20 + 1.645 x sqrt(2 x 36.96) = 34.14
    assert _order(AgeAware(dispersion=0.0)) == 34


def test_it_says_what_the_order_was_made_by() -> None:
    said = AgeAware().decide(_asked())
    assert said["expected"][0].as_py() == 10.0
    assert said["expected_quantiles"][0].as_py() == [0.0, 5.0, 10.0, 15.0, 20.0]


def test_durable_goods_are_ordered_to_the_highest_service() -> None:
    # D = 20, z(0.95) = 1.645: 20 + 1.645 x sqrt(1.5 x 20) = 29.01
    assert _order() == 29
    assert _order(on_hand=[9], on_order=[10]) == 10
    assert _order(on_hand=[40]) == 0


def test_short_lives_lower_the_target_and_discount_stock() -> None:
    fresh = [_order(life_days=[life]) for life in (2.0, 4.0, 10.0, 36_500.0)]
    assert fresh == sorted(fresh) and fresh[0] < fresh[-1]
    full, short = (_order(on_hand=[20], life_days=[life]) for life in (36_500.0, 2.0))
    assert _order(life_days=[2.0]) - short < 20 <= _order() - full


def test_no_more_is_held_than_sells_in_time() -> None:
    assert (
        _order(life_days=[0.5], prior_daily=[10.0]) <= 15
    )  # 10 a day x (1 day of lead + half a day of life)


def test_a_case_that_outlasts_its_goods_is_left() -> None:
    slow = {"sales": np.full((1, DAYS), 1), "prior_daily": [1.0], "case_packs": [12]}
    assert _order(**slow, life_days=[4.0]) == 0  # 4 of 12 would sell
    assert _order(**slow, life_days=[8.0]) == 12
    assert _order(**slow, life_days=[36_500.0]) == 12
    assert _order(AgeAware(least_sold_share=0.0), **slow, life_days=[4.0]) == 12
    assert _order(**slow, life_days=[8.0], on_hand=[5]) == 0


def test_a_price_below_cost_is_served_least() -> None:
    assert _order(price_fen=[900]) == 20  # the median of demand
    assert _order(price_fen=[0], cost_fen=[0]) == 20


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 20.0), st.integers(0, 30), st.integers(1, 24))
def test_longer_lives_never_mean_smaller_orders_on_an_empty_shelf(life: float, daily: int, case: int) -> None:
    cell = {"sales": np.full((1, DAYS), daily), "prior_daily": [float(daily)], "case_packs": [case]}
    assert _order(**cell, life_days=[life]) <= _order(**cell, life_days=[life * 1.5])


def test_it_wastes_less_than_the_owner_on_slow_fresh_goods() -> None:
    slow = {"sales": np.full((1, DAYS), 1), "prior_daily": [1.0], "case_packs": [10], "life_days": [4.0]}
    slow |= {"price_fen": [2500], "cost_fen": [1000]}  # four of ten sold pay for the case
    owner = registry.create("replenish.owner_experience").decide(_asked(**slow))["packs"][0].as_py()
    assert owner == 10
    assert _order(**slow) == 0
