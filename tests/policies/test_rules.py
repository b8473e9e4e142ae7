"""The ordering rules on hand-worked cases, and what holds for every position."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.replenish import rules

POSITION = np.array([0, 4, 5, 6, 12])


def test_base_stock_fills_the_gap() -> None:
    np.testing.assert_array_equal(rules.base_stock(POSITION, 6), [6, 2, 1, 0, 0])


def test_reorder_rules_trigger_at_the_reorder_point_itself() -> None:
    np.testing.assert_array_equal(rules.reorder_point_up_to(POSITION, 5, 10), [10, 6, 5, 0, 0])
    np.testing.assert_array_equal(rules.reorder_quantity(POSITION, 5, 3), [3, 3, 3, 0, 0])


def test_periodic_orders_from_day_zero() -> None:
    assert [int(rules.periodic(day, 3, 7)) for day in range(7)] == [7, 0, 0, 7, 0, 0, 7]


def test_waste_conscious_adds_the_waste_to_expect() -> None:
    order = rules.waste_conscious([8, 8, 8, 12], [2, 2, 2, 0], [0, 5, 7, 9], 14, 5.0)
    np.testing.assert_array_equal(order, [4, 4, 6, 6])
    np.testing.assert_array_equal(rules.waste_conscious([8], [0], [7], 8, 5.5), [2])


def test_orders_are_cut_and_rounded_to_cases() -> None:
    np.testing.assert_array_equal(rules.at_most([0, 9, 11], 10), [0, 9, 10])
    np.testing.assert_array_equal(rules.round_to_case([4.9, 5.0, 14.9], 10), [0, 10, 10])
    np.testing.assert_array_equal(rules.round_to_case([0.0, 0.1, 10.0], 10, "up"), [0, 10, 10])
    np.testing.assert_array_equal(rules.round_to_case([9.9, 10.0], [10, 5], "down"), [0, 10])


def test_sterman_orders_the_expected_demand_in_equilibrium() -> None:
    # desired stock = stock + beta x supply line: nothing to adjust
    assert rules.anchoring_and_adjustment(8.0, 20.0, 20.0 - 0.34 * 16, 16.0) == pytest.approx(8.0)
    assert rules.anchoring_and_adjustment(8.0, 20.0, 10.0, 0.0) == pytest.approx(8.0 + 0.26 * 10)
    assert rules.anchoring_and_adjustment(8.0, 0.0, 100.0, 100.0) == 0.0


def test_expectation_and_order_move_part_of_the_way() -> None:
    assert rules.smoothed(10.0, 20.0) == pytest.approx(13.6)
    assert rules.pulled_to_mean(20.0, 10.0, 0.4) == pytest.approx(16.0)
    assert rules.pulled_to_mean(20.0, 10.0, 0.0) == 20.0


@given(st.integers(-50, 200), st.integers(0, 100), st.integers(0, 50), st.integers(0, 30))
def test_orders_are_never_negative_and_reach_the_target(position: int, s: int, above: int, oldest: int) -> None:
    target = s + above
    for order in (
        rules.base_stock(position, target),
        rules.reorder_point_up_to(position, s, target),
        rules.reorder_quantity(position, s, above),
        rules.waste_conscious(position, 0, oldest, target, 4.0),
    ):
        assert order.dtype == np.int64
        assert order >= 0
    assert position + rules.base_stock(position, target) >= target
    assert position + rules.reorder_point_up_to(position, s, target) >= s
    assert rules.waste_conscious(position, 0, oldest, target, 4.0) >= rules.base_stock(position, target)
