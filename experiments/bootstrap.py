"""The BCa bootstrap interval of a mean (Efron 1987, "Better bootstrap confidence intervals", JASA 82).

Resamples are drawn by address, so that the same values have the same interval everywhere; `scipy.stats.bootstrap`
draws from a generator with a state of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from sim.streams import key, uniform

RESAMPLES = 4000


def bca(values: Sequence[float], level: float) -> tuple[float, float] | None:
    """The two-sided interval of the mean; None below three values or where they do not vary."""
    sample = np.asarray(values, np.float64)
    n = len(sample)
    if n < 3 or (sample == sample[0]).all():
        return None
    draws = uniform(key(0, "experiments.bootstrap"), 0, np.arange(RESAMPLES)[:, None], np.arange(n)[None, :])
    means = np.sort(sample[(draws * n).astype(np.int64)].mean(axis=1))
    mean = sample.mean()
    below = np.clip(((means < mean).sum() + 0.5 * (means == mean).sum()) / RESAMPLES, 1 / RESAMPLES, 1 - 1 / RESAMPLES)
    bias = stats.norm.ppf(below)
    left_out = (sample.sum() - sample) / (n - 1)
    spread = left_out.mean() - left_out
    acceleration = (spread**3).sum() / (6.0 * (spread**2).sum() ** 1.5)
    z = bias + stats.norm.ppf([0.5 - level / 2.0, 0.5 + level / 2.0])
    low, high = np.quantile(means, stats.norm.cdf(bias + z / (1.0 - acceleration * z)))
    return float(low), float(high)
