"""Demand behind the sales of a shelf: the shape of the week, and days on which the shelf was empty."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from policies.base import LogView, Policy
from policies.forecast.answers import forecast, normal
from policies.tables import matrix, values
from sim.contracts.decisions import FORECAST_DAYS

Floats = npt.NDArray[np.float64]
WEEK = 7
WEEKS_LEARNED = 8
PRIOR_WEEKS = 2.0
"""Weeks without any weekday pattern that the learned pattern is mixed with."""
HALF_LIFE_DAYS = 14.0
"""Age at which a day of sales counts half (G)."""
PRIOR_DAYS = 1.0
"""What was expected at the opening weighs as much as one day of sales."""


class WeekdayMean(Policy):
    """A mean of the last weeks, each sale taken by its weekday's share, times the share of the day that is forecast.

    See :func:`daily_demand` for the mean and for days with an empty shelf; the shape of the week, one for the whole
    network, is what :meth:`fit` learns.
    """

    point = "forecast"

    def __init__(self) -> None:
        """Every day of the week is alike until it has learned."""
        self._shape = np.ones(WEEK)

    def fit(self, log: LogView) -> None:
        """Learn the shape of the week from the network's counter sales."""
        self._shape = shape_of_week(log)

    def state(self) -> dict[str, np.ndarray]:
        """Return the shape of the week."""
        return {"shape_of_week": self._shape.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over a shape of the week."""
        self._shape = np.array(state["shape_of_week"], np.float64)

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row."""
        sales = matrix(observation, "sales")
        days = sales.shape[1]
        today = values(observation, "day").astype(np.int64)[:, None]
        daily = daily_demand(observation, self._shape)[:, None]
        mean = daily * self._shape[(today + np.arange(FORECAST_DAYS)) % WEEK]
        known = np.arange(days) >= days - values(observation, "days_known")[:, None]
        telling = known & (matrix(observation, "stock_out_hours") == 0)
        errors = sales - daily * self._shape[(today + np.arange(days) - days) % WEEK]
        return forecast(observation, mean, normal(mean, errors, telling))


def shape_of_week(log: LogView) -> Floats:
    """Return demand by business day modulo 7, mean 1, from the network's counter sales of the last weeks."""
    rows = log.read("shop_day").select(["day", "sold"])
    if not rows.num_rows:
        return np.ones(WEEK)
    last = pc.max(rows["day"]).as_py()
    first = max(pc.min(rows["day"]).as_py(), last - WEEK * WEEKS_LEARNED + 1)
    day = rows["day"].to_numpy() - first
    total = np.zeros(last - first + 1, np.int64)
    recent = day >= 0
    np.add.at(total, day[recent], rows["sold"].to_numpy()[recent])
    slot = (np.arange(len(total)) + first) % WEEK
    days = np.bincount(slot, minlength=WEEK)
    mean = total.sum() / len(total)
    if mean <= 0:
        return np.ones(WEEK)
    sums = np.zeros(WEEK, np.int64)
    np.add.at(sums, slot, total)
    shape = (sums / mean + PRIOR_WEEKS) / (days + PRIOR_WEEKS)
    return np.asarray(shape * WEEK / shape.sum())


def daily_demand(observation: pa.Table, shape: Floats) -> Floats:
    """Return the mean demand of a day with an average weekday, packs by cell.

    Sales are divided by their weekday's share in ``shape`` and averaged with weights that halve every
    ``HALF_LIFE_DAYS``; what was expected at the opening counts as one day. Days with a stock-out are left out
    of a first mean; then they count with what sold or that mean, whichever is more, because at least so much
    was wanted (a first step of the expectation-maximisation for censored sales; Nahmias 1994, "Demand
    estimation in lost sales inventory systems", Naval Research Logistics 41).
    """
    sales, empty = matrix(observation, "sales"), matrix(observation, "stock_out_hours") > 0
    days = sales.shape[1]
    known = np.clip(values(observation, "days_known"), 0, days)
    today, prior = values(observation, "day").astype(np.int64), values(observation, "prior_daily")
    age_weight = np.exp2(-np.arange(days, 0, -1) / HALF_LIFE_DAYS)
    plain = [sales[:, at] / shape[(today - days + at) % WEEK] for at in range(days)]
    weight = [np.where(at >= days - known, age_weight[at], 0.0) for at in range(days)]
    total, mass = PRIOR_DAYS * prior, np.full(len(prior), PRIOR_DAYS)
    for at in range(days):
        counted = np.where(empty[:, at], 0.0, weight[at])
        total, mass = total + counted * plain[at], mass + counted
    first = total / mass
    for at in range(days):
        censored = np.where(empty[:, at], weight[at], 0.0)
        total, mass = total + censored * np.maximum(plain[at], first), mass + censored
    return np.asarray(total / mass)
