"""Demand behind the sales of a shelf: the shape of the week, and days on which the shelf was empty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from policies.forecast.weekday_mean import WEEK, WeekdayMean, daily_demand, shape_of_week
from policies.synthetic import observation
from policies.tables import matrix
from sim.contracts.events import EVENT_TABLES

DAYS = 28
FLAT = np.ones(WEEK)
CELL = {"day": [28], "sales": np.full((1, DAYS), 10), "stock_out_hours": np.zeros((1, DAYS)), "days_known": [DAYS],
        "prior_daily": [10.0]}  # fmt: skip


def _asked(**columns: Any) -> pa.Table:
    return observation("forecast", 1, **{**CELL, **columns})


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
    sales, empty = np.full((1, DAYS), 10), np.zeros((1, DAYS))
    sales[0, 5::2], empty[0, 5::2] = 2, 4.0
    assert daily_demand(_asked(sales=sales, stock_out_hours=empty), FLAT)[0] == pytest.approx(10.0)
    assert daily_demand(_asked(sales=sales), FLAT)[0] < 7.0


def test_what_sold_before_the_shelf_was_empty_counts_at_least() -> None:
    sales, empty = np.full((1, DAYS), 10), np.zeros((1, DAYS))
    sales[0, -1], empty[0, -1] = 30, 4.0
    assert daily_demand(_asked(sales=sales, stock_out_hours=empty), FLAT)[0] > 10.5


def test_a_shelf_that_was_always_empty_is_tried_again() -> None:
    asked = _asked(sales=np.zeros((1, DAYS), int), stock_out_hours=np.ones((1, DAYS)), prior_daily=[6.0])
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


def test_the_week_that_was_learned_shapes_the_days_ahead() -> None:
    policy = WeekdayMean()
    policy.fit(_Sold([100, 100, 100, 100, 100, 180, 180] * 6))
    mean = matrix(policy.decide(_asked(day=[32])), "mean")[0]  # day 4 of the week
    assert (mean[[1, 2]] > 1.2 * mean[0]).all()
    assert mean.mean() == pytest.approx(daily_demand(_asked(day=[32]), policy._shape)[0])
