"""The statistics of a gate: one-sided tests of paired differences, and what follows for each metric.

Every metric is turned so that more is better. The *gain* of a replication is the arm's figure less the baseline's; the
*slack* is its margin. A goal is better when gains are shown to be above 0; a guardrail is non-inferior when gain plus
slack is shown to be above 0 (a margin relative to the baseline enters by replication, so that its doubt counts); what
is watched, and every goal, has deteriorated when gain plus slack is shown to be below 0. Tests are Student's t on the
paired values; Holm's step-down keeps the chance of any false "better", of any false "deteriorated", and of any false
"inferior" below alpha each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from experiments.bootstrap import bca
from experiments.config.gating import GateRules, MetricRule
from experiments.metrics import METRICS
from experiments.statistics import Estimate, estimate


class Finding(NamedTuple):
    """What the pairs say of one metric.

    `difference` is the arm less the baseline with the interval whose ends are the one-sided bounds (1 - 2 alpha);
    `differences` are those that it is the mean of. `margin` is the margin in the metric's unit. `p` is that of the
    claim that the role needs (better, non-inferior, worse), `adjusted` after Holm, None for a guardrail.
    """

    name: str
    rule: MetricRule
    arm: float | None
    baseline: float | None
    difference: Estimate
    differences: Sequence[float]
    level: float
    margin: float | None
    p: float | None
    adjusted: float | None
    status: str

    @property
    def bca(self) -> tuple[float, float] | None:
        """The interval of the difference by the bootstrap."""
        return bca(self.differences, self.level)

    @property
    def unit(self) -> str:
        """The metric's unit."""
        return METRICS[self.name].unit


class Pairs(NamedTuple):
    """A metric's figures in the replications in which both arms have it; `reason` says why where there are none."""

    arm: Sequence[float]
    baseline: Sequence[float]
    reason: str | None = None


GOOD = ("better", "non-inferior", "not worse")
BAD = ("worse", "inferior")


def judge(rules: GateRules, pairs: Mapping[str, Pairs], *, long_enough: bool = True) -> list[Finding]:
    """A finding for each metric of the rules, in their order.

    Statuses: goals `better`, `worse`, `not shown`; guardrails `non-inferior`, `inferior`, `not shown`; watched
    `not worse`, `worse`; and `no data` or `too short` (a slow metric on a short horizon) for each.
    """
    gains = {name: _gains(name, rule, pairs[name]) for name, rule in rules.metrics.items()}
    usable = {name for name, (gain, _) in gains.items()
              if len(gain) >= 2 and (long_enough or not METRICS[name].slow)}
    goals = [name for name, rule in rules.metrics.items() if rule.role == "goal" and name in usable]
    guarded = [name for name, rule in rules.metrics.items() if rule.role == "guardrail" and name in usable]
    watched = [name for name, rule in rules.metrics.items() if rule.role != "guardrail" and name in usable]
    better = {name: above(gains[name][0]) for name in goals}
    kept = {name: above(gains[name][0] + gains[name][1]) for name in guarded}
    lost = {name: above(-gains[name][0] - gains[name][1]) for name in [*watched, *guarded]}
    won = holm(better)
    fallen = holm({name: lost[name] for name in watched}) | holm({name: lost[name] for name in guarded})
    found = []
    for name, rule in rules.metrics.items():
        p, adjusted = None, None
        if name not in usable:
            status = "no data" if len(gains[name][0]) < 2 else "too short"
        elif rule.role == "guardrail":
            p = kept[name]
            status = "non-inferior" if p <= rules.alpha else "inferior" if fallen[name] <= rules.alpha else "not shown"
        elif fallen[name] <= rules.alpha:
            p, adjusted, status = lost[name], fallen[name], "worse"
        elif rule.role == "watched":
            p, adjusted, status = lost[name], fallen[name], "not worse"
        else:
            p, adjusted = better[name], won[name]
            status = "better" if adjusted <= rules.alpha else "not shown"
        found.append(_finding(rules, name, pairs[name], gains[name][1], p, adjusted, status))
    return found


def above(values: Sequence[float] | np.ndarray) -> float:
    """The one-sided p-value that the mean is above 0, by Student's t; values that do not vary leave no doubt."""
    found = estimate(list(values))
    assert found.mean is not None and found.sd is not None
    if found.sd == 0.0:
        return 0.0 if found.mean > 0 else 1.0
    return float(stats.t.sf(found.mean / (found.sd / math.sqrt(found.n)), found.n - 1))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted by Holm's step-down (Holm 1979): those at most alpha are rejected together at level alpha."""
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(p, key=lambda name: (p[name], name))):
        largest = max(largest, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = largest
    return adjusted


def _gains(name: str, rule: MetricRule, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Gain and slack by replication."""
    arm, baseline = (np.asarray(values, np.float64) for values in (pairs.arm, pairs.baseline))
    sign = -1.0 if METRICS[name].better == "lower" else 1.0
    slack = np.full(len(arm), rule.margin or 0.0) + (rule.relative_margin or 0.0) * np.abs(baseline)
    return sign * (arm - baseline), slack


def _finding(rules: GateRules, name: str, pairs: Pairs, slack: np.ndarray, p: float | None, adjusted: float | None,
             status: str) -> Finding:
    differences = [a - b for a, b in zip(pairs.arm, pairs.baseline, strict=True)]
    level = 1.0 - 2.0 * rules.alpha
    rule = rules.metrics[name]
    has_margin = rule.margin is not None or rule.relative_margin is not None
    return Finding(name, rule, estimate(pairs.arm).mean, estimate(pairs.baseline).mean, estimate(differences, level),
                   differences, level, float(slack.mean()) if has_margin and len(slack) else None,
                   p, adjusted, status)
