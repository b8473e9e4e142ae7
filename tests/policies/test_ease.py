"""EASE: the closed form, and slates of a network whose members buy again."""

from __future__ import annotations

import numpy as np
import pytest

from policies.recommend.baskets import UNITY
from policies.recommend.ease import Ease, solve
from policies.synthetic import SKUS, SyntheticLog, observation


def test_two_items_by_hand() -> None:
    weights = solve(np.array([[8.0, 3.0], [3.0, 4.0]]), 2.0)
    np.testing.assert_allclose(weights, [[0.0, 0.3], [0.5, 0.0]])


def test_each_column_is_the_ridge_regression_on_the_other_items() -> None:
    holds = np.array([[(row * 7 + column * column) % 3 == 0 for column in range(6)] for row in range(40)], float)
    gram, ridge = holds.T @ holds, 5.0
    weights = solve(gram, ridge)
    for column in range(6):
        others = np.arange(6) != column
        known = gram[np.ix_(others, others)] + ridge * np.eye(5)
        np.testing.assert_allclose(weights[others, column], np.linalg.solve(known, gram[others, column]), atol=1e-12)
        assert weights[column, column] == 0.0


def test_a_sku_tells_itself_by_repeat_and_others_by_what_was_learned() -> None:
    policy = Ease(repeat=0.4)
    policy.fit(SyntheticLog())
    weights = policy.state()["weights"]
    assert weights.shape == (SKUS, SKUS) and (np.diag(weights) == 0.4 * UNITY).all()
    assert len(np.unique(weights)) > SKUS


def test_what_was_bought_before_is_shown_again() -> None:
    policy = Ease(epsilon=0.0)
    policy.fit(SyntheticLog())
    bought = np.zeros((1, SKUS), np.int64)
    bought[0, 17] = 5
    asked = observation(
        "recommend", 1, offered=np.ones((1, SKUS), bool), is_new=np.zeros((1, SKUS), bool), bought=bought,
        network_sales=np.arange(SKUS)[None, ::-1] * 10,
    )  # fmt: skip
    assert policy.decide(asked)["slate"][0].as_py()[0] == 17


def test_a_new_resident_sees_what_is_popular() -> None:
    policy = Ease(epsilon=0.0)
    asked = observation("recommend", 20, bought=np.zeros((20, SKUS), np.int64))
    before = policy.decide(asked)
    policy.fit(SyntheticLog())
    assert policy.decide(asked).equals(before)


def test_more_explored_slots_lower_the_propensity() -> None:
    asked = observation("recommend", 300)
    lowest = [
        min(min(one) for one in Ease(epsilon=epsilon).decide(asked)["propensity"].to_pylist())
        for epsilon in (0.0, 0.1, 0.5)
    ]
    assert lowest[0] == 1.0 and 0.0 < lowest[1] < lowest[2] < 0.5


@pytest.mark.parametrize("wrong", [{"ridge": 0.0}, {"repeat": -1.0}, {"epsilon": 2.0}, {"explored": 99}])
def test_impossible_parameters_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Ease(**wrong)  # type: ignore[arg-type]
