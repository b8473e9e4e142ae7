"""What any forecast has to beat: last week again, and the mean of last week."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.forecast.answers import forecast, normal
from policies.tables import matrix, values
from sim.contracts.decisions import FORECAST_DAYS

WEEK = 7


class SeasonalNaive(Policy):
    """Every day sells what the same weekday sold last; before there is one, what was expected at the opening.

    Its errors were those from week to week (Hyndman and Athanasopoulos 2021, "Forecasting: principles and practice",
    section 5.2). Days with an empty shelf count as they sold.
    """

    point = "forecast"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row."""
        sales, known = _known_sales(observation)
        last, seen = sales[:, -WEEK:], known[:, -WEEK:]
        mean = np.where(seen, last, values(observation, "prior_daily")[:, None])[:, np.arange(FORECAST_DAYS) % WEEK]
        errors = sales[:, WEEK:] - sales[:, :-WEEK]
        return forecast(observation, mean, normal(mean, errors, known[:, :-WEEK]))


class MovingAverage(Policy):
    """Every day sells the mean of the last ``window_days`` known days; before there is one, what was expected at the
    opening.

    Days with an empty shelf count as they sold.
    """

    point = "forecast"

    def __init__(self, window_days: int = WEEK) -> None:
        """Raises ValueError unless ``window_days`` is at least 1."""
        if window_days < 1:
            raise ValueError(f"window_days {window_days} is below 1")
        self._window = window_days

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row."""
        sales, known = _known_sales(observation)
        days = sales.shape[1]
        prior = values(observation, "prior_daily")
        before = np.stack([_mean(sales, known, day, self._window, prior) for day in range(days + 1)], axis=1)
        mean = np.repeat(before[:, -1:], FORECAST_DAYS, axis=1)
        return forecast(observation, mean, normal(mean, sales - before[:, :-1], known))


def _mean(sales: np.ndarray, known: np.ndarray, day: int, window: int, prior: np.ndarray) -> np.ndarray:
    """The mean of the known ones of the ``window`` days before ``day``, ``prior`` where there is none."""
    span = slice(max(0, day - window), day)
    count = known[:, span].sum(axis=1)
    total = np.where(known[:, span], sales[:, span], 0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), prior))


def _known_sales(observation: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Sales and which of the days lie after the opening, (row, day)."""
    sales = matrix(observation, "sales").astype(np.int64)
    days = sales.shape[1]
    known = np.arange(days)[None, :] >= days - np.clip(values(observation, "days_known"), 0, days)[:, None]
    return sales, known
