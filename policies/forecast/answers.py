"""Forecasts as decision tables: means and sorted quantiles of the days ahead."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.tables import answer, lists_of, values
from sim.contracts.decisions import FLOAT_LIST, FORECAST_DAYS, QUANTILE_LEVELS

Floats = npt.NDArray[np.float64]
MOST_PACKS = 1e9
NORMAL_QUANTILES = np.array([NormalDist().inv_cdf(level) for level in QUANTILE_LEVELS])


def forecast(observation: pa.Table, mean: Floats, quantiles: Floats) -> pa.Table:
    """Return the decision for ``mean`` (row, day ahead) and ``quantiles`` (row, day ahead, level), in any order."""
    levels = len(QUANTILE_LEVELS)
    return answer(
        "forecast",
        shop=values(observation, "shop"),
        sku=values(observation, "sku"),
        mean=_column(mean, FORECAST_DAYS),
        quantiles=_column(np.sort(quantiles, axis=2), FORECAST_DAYS * levels),
    )


def normal(mean: Floats, errors: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Return quantiles about ``mean`` as normal errors would have them, (row, day ahead, level).

    Their variance is that of the ``errors`` (row, past day) on ``known`` days about 0, at least Poisson's. One more day
    with Poisson's variance is counted, so that a row that is known for few days has one, too.
    """
    squares = np.where(known, errors**2, 0.0).sum(axis=1)
    variance = np.maximum(mean, ((squares + mean.mean(axis=1)) / (known.sum(axis=1) + 1))[:, None])
    return np.asarray(mean[:, :, None] + NORMAL_QUANTILES * np.sqrt(variance)[:, :, None])


def _column(figures: Floats, length: int) -> pa.ListArray:
    flat = np.clip(figures, 0.0, MOST_PACKS).reshape(-1)
    return lists_of(flat, np.full(len(figures), length, np.int64), FLOAT_LIST)
