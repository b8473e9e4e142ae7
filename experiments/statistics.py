"""Means with their doubt, and differences of arms paired by replication.

Replications are independent, arms of one replication share every random number; so a difference is taken within each
replication and its spread between them, by Student's t. With replications paired at random instead the spread would be
that of both arms together, which says how many replications pairing saves (common random numbers, Law 2015, ch. 11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95


class Estimate(NamedTuple):
    """A mean over `n` replications, their standard deviation, and the t interval; None where n does not allow it."""

    n: int
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


class Paired(NamedTuple):
    """A mean difference, paired by replication.

    `correlation` is that of the paired values (None when either does not vary). `unpaired` is the number of
    replications that independent runs would have needed for the same standard error (None when that has no end,
    because every difference is the same).
    """

    estimate: Estimate
    correlation: float | None
    unpaired: int | None


def estimate(values: Sequence[float], level: float = LEVEL) -> Estimate:
    """Mean and two-sided t interval of independent values; an interval needs two."""
    n = len(values)
    if n == 0:
        return Estimate(0, None, None, None, None)
    sample = np.asarray(values, np.float64)
    if n == 1:
        return Estimate(1, float(sample[0]), None, None, None)
    # Equal values have their own mean and no spread, which a sum of floats need not give.
    mean = float(sample[0]) if (sample == sample[0]).all() else float(sample.mean())
    sd = math.sqrt(float(((sample - mean) ** 2).sum()) / (n - 1))
    half = float(stats.t.ppf(0.5 + level / 2.0, n - 1)) * sd / math.sqrt(n)
    return Estimate(n, mean, sd, mean - half, mean + half)


def paired(arm: Sequence[float], baseline: Sequence[float], level: float = LEVEL) -> Paired:
    """`arm` less `baseline`, replication by replication (equal lengths, same order)."""
    if len(arm) != len(baseline):
        raise ValueError(f"{len(arm)} values are paired with {len(baseline)}")
    differences = estimate([a - b for a, b in zip(arm, baseline, strict=True)], level)
    own, other = estimate(arm, level), estimate(baseline, level)
    if differences.sd is None or own.sd is None or other.sd is None:
        return Paired(differences, None, None)
    correlation = float(np.corrcoef(arm, baseline)[0, 1]) if own.sd > 0 and other.sd > 0 else None
    needed = differences.n * (own.sd**2 + other.sd**2) / differences.sd**2 if differences.sd > 0 else math.inf
    unpaired = math.ceil(needed * (1.0 - 1e-9)) if math.isfinite(needed) else None
    return Paired(differences, correlation, unpaired)
