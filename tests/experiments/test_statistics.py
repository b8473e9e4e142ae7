"""Intervals, pairing and the runs it saves, against figures worked out by hand and against their promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.statistics import estimate, paired
from sim.streams import key
from sim.variates import normal_array


def test_an_interval_by_hand() -> None:
    # mean 4, squares 4 + 0 + 4 = 8 over 2, sd 2; t(0.975, 2) = 4.302653, half = 4.302653 * 2 / sqrt(3) = 4.968275
    found = estimate([2.0, 4.0, 6.0])
    assert (found.n, found.mean, found.sd) == (3, 4.0, 2.0)
    assert found.low == pytest.approx(4.0 - 4.968275, abs=1e-6)
    assert found.high == pytest.approx(4.0 + 4.968275, abs=1e-6)


def test_a_pairing_by_hand() -> None:
    # differences 1, 2, 3: mean 2, sd 1; variances of the arms 7/3 and 1/3, so unpaired 3 * (7/3 + 1/3) / 1 = 8
    found = paired([2.0, 4.0, 5.0], [1.0, 2.0, 2.0])
    assert (found.estimate.mean, found.estimate.sd) == (2.0, 1.0)
    assert found.estimate.high == pytest.approx(2.0 + 4.302653 / math.sqrt(3), abs=1e-6)
    assert found.correlation == pytest.approx(0.9449111825)
    assert found.unpaired == 8


def test_the_same_arms_differ_by_exactly_nothing() -> None:
    values = [0.1, 0.3, 0.7]
    found = paired(values, values)
    assert found.estimate[1:] == (0.0, 0.0, 0.0, 0.0)
    assert found.correlation == pytest.approx(1.0)
    assert found.unpaired is None


def test_a_constant_shift_has_no_spread_and_a_constant_arm_no_correlation() -> None:
    assert estimate([0.1] * 3)[1:] == (0.1, 0.0, 0.1, 0.1)
    assert paired([1.0, 2.0], [1.0, 1.0]).correlation is None


def test_too_few_replications_have_no_interval() -> None:
    assert estimate([]) == (0, None, None, None, None)
    assert estimate([3.0]) == (1, 3.0, None, None, None)
    assert paired([3.0], [1.0])[1:] == (None, None)
    with pytest.raises(ValueError, match="2 values are paired with 1"):
        paired([1.0, 2.0], [1.0])


def test_what_unpaired_runs_would_have_cost_follows_from_the_correlation() -> None:
    # equal variances and correlation rho: var(difference) = 2 (1 - rho) var, so pairing saves by 1 / (1 - rho)
    trials, rho = 4000, 0.9
    common, own, other = (normal_array(key(5, "test"), 0, np.arange(trials), draw) for draw in range(3))
    arm, baseline = (math.sqrt(rho) * common + math.sqrt(1 - rho) * noise for noise in (own, other))
    found = paired(arm.tolist(), baseline.tolist())
    assert found.unpaired == pytest.approx(trials / (1 - rho), rel=0.1)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    trials, n, effect = 2000, 5, 0.3
    draw = normal_array(key(11, "test"), 0, np.arange(trials)[:, None], np.arange(n)[None, :])
    covered = sum(found.low <= effect <= found.high for row in draw for found in [estimate((effect + row).tolist())])
    assert stats.binomtest(covered, trials, 0.95).pvalue > 0.001
