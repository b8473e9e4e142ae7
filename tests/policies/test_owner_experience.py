"""The owner's rule by hand, and what holds whatever the owner is like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import registry
from policies.replenish.owner_experience import expectation
from policies.synthetic import observation
from sim.contracts.decisions import DECISION_POINTS

OWNER = {
    "on_hand": [0],
    "on_order": [0],
    "sales": np.array([[0, 0, 4, 8]]),
    "stock_out": np.zeros((1, 4), bool),
    "days_known": [2],
    "prior_daily": [6.0],
    "life_days": [36_500.0],
    "lead_days": [1.0],
    "case_packs": [1],
    "smoothing": [0.5],
    "stock_adjustment": [0.25],
    "supply_line_weight": [0.5],
    "cover_days": [2.0],
    "pull_to_mean": [0.0],
}


def _asked(**columns: Any) -> pa.Table:
    return observation("replenish", 1, **{**OWNER, **columns})


def _order(name: str = "replenish.owner_experience", **columns: Any) -> int:
    return int(registry.create(name).decide(_asked(**columns))["packs"][0].as_py())


def test_the_expectation_is_smoothed_over_known_days_only() -> None:
    assert expectation(_asked())[0] == 6.5  # 6 -> 5 -> 6.5
    assert expectation(_asked(days_known=[0]))[0] == 6.0
    assert expectation(_asked(smoothing=[0.0]))[0] == 6.0


def test_the_expectation_is_drawn_to_the_mean() -> None:
    assert expectation(_asked(pull_to_mean=[1.0]))[0] == 6.0  # (4 + 8) / 2
    assert expectation(_asked(pull_to_mean=[0.5]))[0] == 6.25
    assert expectation(_asked(pull_to_mean=[1.0], days_known=[0]))[0] == 6.0


def test_the_order_anchors_on_sales_and_adjusts_for_stock() -> None:
    assert _order() == 10  # 6.5 + 0.25 x (13 - 0) = 9.75
    assert _order(on_hand=[13]) == 7  # 6.5: stock as desired
    assert _order(on_hand=[10], on_order=[10]) == 6  # 6.5 + 0.25 x (13 - 10 - 5) = 6
    assert _order(on_hand=[100]) == 0


def test_perishable_stock_counts_less() -> None:
    assert _order(on_hand=[13], life_days=[1.0]) == 8  # half is expected to spoil: 6.5 + 0.25 x 6.5 = 8.125


def test_orders_are_the_nearest_number_of_cases() -> None:
    assert _order(case_packs=[6]) == 12  # 9.75 is 1.6 cases
    assert _order(case_packs=[8]) == 8
    assert _order(case_packs=[12], on_hand=[20], on_order=[0]) == 0  # 4.75 packs, and stock lasts


def test_a_selling_shelf_gets_a_case() -> None:
    assert _order(case_packs=[24]) == 24  # 9.75 packs round to none, 0 < 13
    assert _order(case_packs=[24], on_hand=[12]) == 24
    assert _order(case_packs=[24], on_hand=[12], on_order=[1]) == 0
    assert _order(case_packs=[24], prior_daily=[0.0], sales=np.zeros((1, 4), np.int64)) == 0


@pytest.mark.parametrize("name", registry.names("replenish"))
def test_orders_are_whole_cases_within_the_contract(name: str) -> None:
    for scale in (0, 1, 1_000, 100_000):
        asked = observation("replenish", 200, scale=scale)
        packs = registry.create(name).decide(asked)["packs"].to_numpy()
        assert (packs % asked["case_packs"].to_numpy() == 0).all()
        assert packs.min() >= 0 and packs.max() <= 100_000


@pytest.mark.parametrize("name", registry.names("replenish"))
@settings(max_examples=40, deadline=None)
@given(on_hand=st.integers(0, 200), more=st.integers(0, 50))
def test_more_on_the_shelf_never_means_a_larger_order(name: str, on_hand: int, more: int) -> None:
    assert _order(name, on_hand=[on_hand + more], case_packs=[5]) <= _order(name, on_hand=[on_hand], case_packs=[5])


def test_base_stock_fills_up_to_the_target() -> None:
    # m H = 6 x 2, z(0.95) = 1.645: 12 + 1.645 x sqrt(12) = 17.7, rounded up 18
    assert _order("replenish.base_stock") == 18
    assert _order("replenish.base_stock", on_hand=[5], on_order=[4]) == 9
    assert _order("replenish.base_stock", days_known=[0], prior_daily=[6.0]) == 18
    assert _order("replenish.base_stock", on_hand=[18]) == 0


def test_what_was_expected_is_said_and_may_be_left_out() -> None:
    point = DECISION_POINTS["replenish"]
    asked = _asked()
    for name in ("owner_experience", "base_stock", "age_aware"):
        said = registry.create(f"replenish.{name}").decide(asked)
        assert 0.0 < said["expected"][0].as_py() < 10.0
        assert point.problems(asked, said) == []
        assert point.problems(asked, said.drop_columns("expected")) == []
        schema = pa.schema([field for field in point.decision if field.name != "expected_quantiles"])
        unsaid = pa.table({**{c: said[c] for c in ("shop", "sku", "packs")}, "expected": pa.nulls(1, pa.float64())})
        assert point.problems(asked, unsaid.cast(schema)) == []
        wrong = said.set_column(3, point.decision.field("expected"), pa.array([-1.0]))
        assert point.problems(asked, wrong) == ["expected: below 0 in row 0"]
    assert point.problems(asked, said.drop_columns("packs")) == ["column packs is missing"]


def test_an_owner_carries_what_pays_for_its_case() -> None:
    slow = {"sales": np.ones((1, 4), int), "days_known": [4], "prior_daily": [1.0], "life_days": [4.0]}
    priced = {"price_fen": [1600], "cost_fen": [1000]}
    assert _order(**slow, **priced, case_packs=[6]) == 6  # four sold bring 64 yuan, the case costs 60
    assert _order(**slow, **priced, case_packs=[7]) == 0


def test_an_owner_tries_again_what_the_last_weeks_do_not_tell_of() -> None:
    gone = {"sales": np.zeros((1, 4), int), "stock_out": np.ones((1, 4), bool), "days_known": [4]}
    priced = {"price_fen": [1600], "cost_fen": [1000], "life_days": [4.0], "case_packs": [6]}
    assert _order(**gone, **priced, prior_daily=[2.0]) > 0
    assert _order(**gone, **priced, prior_daily=[0.5]) == 0
