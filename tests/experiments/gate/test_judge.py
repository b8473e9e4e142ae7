"""The gate's statistics keep their promise on draws whose truth is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from experiments.bootstrap import bca
from experiments.config.compose import compose
from experiments.gate import conclude
from experiments.gate.judge import Pairs, above, holm, judge
from sim.streams import key
from sim.variates import normal_array

TRIALS, PAIRS = 600, 10


@cache
def rules():
    return compose("gate", []).config.gate


def draws(name: str, *shape: int) -> np.ndarray:
    flat = normal_array(key(7, f"tests.gate.{name}"), 0, np.arange(int(np.prod(shape))))
    return np.asarray(flat).reshape(shape)


def everything(gain: float, spread: np.ndarray) -> dict[str, Pairs]:
    """Every metric of the default rules, better by `gain` standard deviations, with its own doubt."""
    found = {}
    for at, (name, rule) in enumerate(rules().metrics.items()):
        unit = (rule.margin or 0.02) / 3.0
        sign = -1.0 if name in ("loss_rate", "refund_rate", "excursion_minutes") or name.endswith("_hours") else 1.0
        base = 1.0 + 0.01 * np.arange(PAIRS)
        found[name] = Pairs(list(base + sign * unit * (gain + spread[at])), list(base))
    return found


def test_a_test_by_hand() -> None:
    # mean 2, sd 1, n 3: t = 2 sqrt(3) = 3.4641; one-sided p with 2 degrees of freedom
    assert above([1.0, 2.0, 3.0]) == pytest.approx(stats.t.sf(3.4641016, 2))
    assert above([0.0, 0.0]) == 1.0 and above([1.0, 1.0]) == 0.0 and above([-1.0, -1.0]) == 1.0


def test_holm_by_hand() -> None:
    # 3 x 0.01, then 2 x 0.03, then 1 x 0.04 but never below its forerunner
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03}) == pytest.approx({"b": 0.03, "c": 0.06, "a": 0.06})
    assert holm({}) == {}


def test_the_bootstrap_interval_covers_and_is_always_the_same() -> None:
    samples = draws("bca", 200, 15)
    inside = 0
    for sample in samples:
        low, high = bca(list(sample), 0.9)
        inside += low <= 0.0 <= high
    assert 0.8 < inside / 200 < 0.95
    assert bca(list(samples[0]), 0.9) == bca(list(samples[0]), 0.9)
    assert bca([1.0, 1.0, 1.0], 0.9) is None and bca([1.0, 2.0], 0.9) is None


def test_without_an_effect_a_goal_is_found_better_as_often_as_alpha_says() -> None:
    none = draws("null", TRIALS, PAIRS)
    wrong = sum(above(row) <= 0.05 for row in none)
    low, high = stats.binom.interval(0.999, TRIALS, 0.05)
    assert low <= wrong <= high


def test_without_an_effect_a_gate_seldom_fails_or_passes_and_with_one_it_passes_as_often_as_power_says() -> None:
    spread = draws("gate", TRIALS // 6, len(rules().metrics), PAIRS)
    verdicts = {gain: [conclude(judge(rules(), everything(gain, row)), [])[0] for row in spread] for gain in (0.0, 1.5)}
    trials = len(spread)
    bound = stats.binom.ppf(0.999, trials, 0.05)
    assert verdicts[0.0].count("fail") <= bound and verdicts[0.0].count("pass") <= bound
    # one of two goals must be found at Holm's stricter half of alpha: power of a one-sided paired t test
    power = stats.nct.sf(stats.t.isf(0.025, PAIRS - 1), PAIRS - 1, 1.5 * np.sqrt(PAIRS))
    at_least = 1.0 - (1.0 - power) ** 2
    assert verdicts[1.5].count("pass") >= stats.binom.ppf(0.001, trials, at_least) - 1


def test_an_arm_with_a_known_effect_is_found_as_often_as_the_power_of_its_test() -> None:
    rows = draws("power", TRIALS, PAIRS) + 0.8
    found = sum(above(row) <= 0.05 for row in rows)
    power = stats.nct.sf(stats.t.isf(0.05, PAIRS - 1), PAIRS - 1, 0.8 * np.sqrt(PAIRS))
    low, high = stats.binom.interval(0.999, TRIALS, power)
    assert low <= found <= high


def status(name: str, arm: list[float], baseline: list[float], **given) -> str:
    pairs = {metric: Pairs([], []) for metric in rules().metrics} | {name: Pairs(arm, baseline)}
    return next(found for found in judge(rules(), pairs, **given) if found.name == name).status


BASE = [10.0, 11.0, 9.0, 10.5, 9.5, 10.0, 11.0, 9.0]


@pytest.mark.parametrize(("name", "shift", "expected"), [
    ("contribution_margin", 1.0, "better"), ("contribution_margin", 0.0, "not shown"),
    ("contribution_margin", -1.0, "worse"), ("loss_rate", -1.0, "better"), ("loss_rate", 1.0, "worse"),
    ("gmv", -0.1, "non-inferior"), ("gmv", -0.4, "inferior"), ("gmv", -0.2, "not shown"),
    ("nps_true", -1.0, "non-inferior"), ("nps_true", -3.0, "inferior"),
    ("refund_rate", 1.0, "worse"), ("refund_rate", -1.0, "not worse"), ("refund_rate", 0.0, "not worse"),
])
def test_each_role_reads_the_same_difference_in_its_own_way(name: str, shift: float, expected: str) -> None:
    noise = [0.01, -0.01, 0.02, -0.02, 0.01, -0.01, 0.02, -0.02]
    arm = [base + shift + part for base, part in zip(BASE, noise, strict=True)]
    assert status(name, arm, BASE) == expected


def test_what_is_equal_in_every_replication_is_neither_better_nor_worse() -> None:
    for name, expected in (("contribution_margin", "not shown"), ("gmv", "non-inferior"), ("refund_rate", "not worse")):
        assert status(name, BASE, BASE) == expected
    assert status("gmv", [], []) == "no data"
