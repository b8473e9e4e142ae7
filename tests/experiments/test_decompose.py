"""A claim taken apart into fulfilment, S, P and F."""

from __future__ import annotations

import math

import pytest

from experiments.config.compose import compose
from experiments.decompose import PATH, decompose

VALUES = {
    "traditional": {0: 0.20, 1: 0.22, 2: 0.18},
    "preorder": {0: 0.10, 1: 0.11, 2: 0.09},
    "preorder_s": {0: 0.06, 1: 0.08, 2: 0.04},
    "preorder_sp": {0: 0.05, 1: 0.07, 2: 0.03},
    "spf": {0: 0.05, 1: 0.06, 2: 0.04},
    "spf_stock": {0: 0.09, 1: 0.10, 2: 0.08},
}


def test_steps_add_up_to_the_whole_and_factors_multiply() -> None:
    found = decompose(VALUES)
    assert [step.systems for step in found.steps] == [("fulfilment",), ("S",), ("P",), ("F",)]
    assert [step.difference.estimate.mean for step in found.steps] == pytest.approx([-0.10, -0.04, -0.01, 0.0])
    assert found.missing == () and found.replications == 3
    assert sum(step.difference.estimate.mean or 0.0 for step in found.steps) == pytest.approx(-0.15)
    assert found.whole is not None and found.whole.difference.estimate.mean == pytest.approx(-0.15)
    assert found.whole.factor is not None
    assert math.prod(step.factor.mean for step in found.steps) == pytest.approx(found.whole.factor.mean)  # type: ignore
    assert found.steps[0].factor is not None and found.steps[0].factor.mean == pytest.approx(0.5)
    # fulfilment takes 0.10, 0.11 and 0.09 with the systems off, 0.04 each with them on
    assert found.interaction is not None and found.interaction.estimate.mean == pytest.approx(0.06)


def test_steps_whose_arm_is_missing_are_taken_together_and_named() -> None:
    found = decompose({arm: VALUES[arm] for arm in ("spf", "preorder", "traditional")})
    assert [step.systems for step in found.steps] == [("fulfilment",), ("S", "P", "F")]
    assert found.missing == ("the arm preorder_s is missing", "the arm preorder_sp is missing",
                             "S, P and F cannot be told apart")
    assert found.interaction is None
    found = decompose({arm: VALUES[arm] for arm in ("preorder", "preorder_s")})
    assert [step.systems for step in found.steps] == [("S",)] and found.whole is None


def test_replications_count_where_all_arms_have_the_figure() -> None:
    values = {"traditional": {0: 2.0, 1: 3.0, 2: 9.0}, "preorder": {0: 1.0, 1: 1.5}, "spf": {}}
    found = decompose(values)
    assert found.replications == 2 and found.whole is None
    assert found.steps[0].difference.estimate.mean == pytest.approx(-1.25)
    assert "the arm spf is missing its figure" in found.missing
    assert decompose({"spf": {}, "traditional": {0: 1.0}}).steps == ()
    assert decompose({}).steps == () and decompose({"traditional": {0: 1.0}, "spf": {1: 2.0}}).whole is None


def test_figures_that_are_not_above_zero_have_no_factor() -> None:
    found = decompose({"traditional": {0: -1.0, 1: 2.0}, "spf": {0: 1.0, 1: 2.0}})
    assert found.steps[0].factor is None and found.whole is not None


@pytest.mark.parametrize("arm", [arm for _, arm in PATH])
def test_every_arm_of_the_path_is_a_scenario_and_adds_one_thing(arm: str) -> None:
    arms = ["traditional", *(name for _, name in PATH)]
    before = compose("run", (("scenario", arms[arms.index(arm) - 1]),)).config.scenario
    now = compose("run", (("scenario", arm),)).config.scenario
    differ = {name for name in ("fulfilment", "s", "p", "f") if getattr(before, name) != getattr(now, name)}
    assert len(differ) == 1
