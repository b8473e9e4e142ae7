"""Age-aware ordering: what demand it sees behind the sales, and what it refuses to put on a shelf."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import registry
from policies.replenish.age_aware import AgeAware
from policies.replenish.demand import WEEK, ahead, daily_demand, shape_of_week
from policies.synthetic import observation
from sim.contracts.events import EVENT_TABLES

DAYS = 28
FLAT = np.ones(WEEK)
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
    return observation("replenish", 1, **{**CELL, **columns})


def _order(policy: AgeAware | None = None, **columns: Any) -> int:
    return int((policy or AgeAware()).decide(_asked(**columns))["packs"][0].as_py())


class _Sold:
    """A log with network sales by day and nothing else."""

    def __init__(self, sold: list[int], first: int = 0) -> None:
        self._sold, self._first = np.asarray(sold), first

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        schema = EVENT_TABLES[table]
        rows = len(self._sold)
        known = {"day": np.arange(rows) + self._first, "sold": self._sold}
        time = np.zeros(rows, "datetime64[s]")
        columns = []
        for one in schema:
            usual: Any = time if pa.types.is_timestamp(one.type) else np.zeros(rows, int)
            usual = ["x"] * rows if pa.types.is_string(one.type) else usual
            columns.append(pa.array(known.get(one.name, usual), one.type))
        return pa.Table.from_arrays(columns, schema=schema)


def test_steady_sales_are_the_demand() -> None:
    assert daily_demand(_asked(), FLAT)[0] == pytest.approx(10.0)


def test_before_the_first_sale_demand_is_what_was_expected() -> None:
    assert daily_demand(_asked(days_known=[0], prior_daily=[3.5]), FLAT)[0] == 3.5


def test_days_of_empty_shelves_do_not_lower_demand() -> None:
    sales, empty = np.full((1, DAYS), 10), np.zeros((1, DAYS), bool)
    sales[0, 5::2], empty[0, 5::2] = 2, True
    assert daily_demand(_asked(sales=sales, stock_out=empty), FLAT)[0] == pytest.approx(10.0)
    assert daily_demand(_asked(sales=sales), FLAT)[0] < 7.0


def test_what_sold_before_the_shelf_was_empty_counts_at_least() -> None:
    sales, empty = np.full((1, DAYS), 10), np.zeros((1, DAYS), bool)
    sales[0, -1], empty[0, -1] = 30, True
    assert daily_demand(_asked(sales=sales, stock_out=empty), FLAT)[0] > 10.5


def test_a_shelf_that_was_always_empty_is_tried_again() -> None:
    asked = _asked(sales=np.zeros((1, DAYS), int), stock_out=np.ones((1, DAYS), bool), prior_daily=[6.0])
    assert daily_demand(asked, FLAT)[0] == pytest.approx(6.0)


def test_the_shape_of_the_week_is_learned_and_shrunk() -> None:
    week = [100, 100, 100, 100, 100, 150, 150]
    shape = shape_of_week(_Sold(week * 6))
    assert shape.mean() == pytest.approx(1.0)
    assert 1.2 < shape[5] == shape[6] < 150 / (800 / 7)
    assert (shape[:5] < 1.0).all()
    np.testing.assert_allclose(np.roll(shape_of_week(_Sold(week * 6, first=2)), -2), shape)
    np.testing.assert_array_equal(shape_of_week(_Sold([])), FLAT)
    np.testing.assert_array_equal(shape_of_week(_Sold([0] * 20)), FLAT)


def test_only_the_last_weeks_shape_the_week() -> None:
    old, new = [90, 10, 10, 10, 10, 10, 10] * 8, [10, 10, 10, 10, 10, 10, 90] * 8
    np.testing.assert_array_equal(shape_of_week(_Sold(old + new)), shape_of_week(_Sold(new, first=56)))


def test_sales_are_compared_on_the_same_weekday() -> None:
    shape = np.array([0.8, 0.8, 0.8, 0.8, 0.8, 1.5, 1.5])
    sales = np.rint(10 * shape[np.arange(DAYS) % WEEK])[None, :].astype(int)
    assert daily_demand(_asked(sales=sales), shape)[0] == pytest.approx(10.0)
    friday = ahead(
        np.array([10.0]), np.array([32]), np.array([2.5]), shape
    )  # day 4 of the week, 5, half of 6
    assert friday[0] == pytest.approx(8 + 15 + 7.5)
    assert ahead(np.array([10.0]), np.array([32]), np.array([100.0]), FLAT)[0] == pytest.approx(1000.0)


def test_the_week_that_was_learned_moves_the_order() -> None:
    policy = AgeAware()
    policy.fit(_Sold([100, 100, 100, 100, 100, 180, 180] * 6))
    assert _order(policy, day=[33]) > _order(policy, day=[28])


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
