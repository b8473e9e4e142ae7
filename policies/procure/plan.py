"""Harvest to plan: head office guesses what the shops will sell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, matrix, values

MOST_PACKS = 10_000_000


class Plan(Policy):
    """Head office's guess: what was asked for on a mean day x cover days, less what the hub holds or expects.

    The mean runs over the days that the shops' reports cover since the opening; before the first report it is
    what was expected at the opening. Where head office sees the closed orders (its own group-buys), it asks for
    at least these. Goods from afar are picked to forecast: their cover grows by the days of promise beyond one
    night, and what is on the road counts as stock. What it asks for is grossed up for the share that sorting will
    take out, and rounded up to whole packs.
    """

    point = "procure"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with the packs to harvest or buy of each SKU."""
        wanted = np.maximum(guessed(observation), values(observation, "ordered"))
        return answer("procure", sku=values(observation, "sku"), packs=grossed_up(observation, wanted))


def guessed(observation: pa.Table) -> npt.NDArray[np.float64]:
    """Return the packs that head office wants to see at the hub or on the road, by row."""
    return np.asarray(daily(observation) * (values(observation, "cover_days") + days_afar(observation)))


def daily(observation: pa.Table) -> npt.NDArray[np.float64]:
    """Return the mean packs asked for on a reported day, or what was expected before the first report, by row."""
    asked = matrix(observation, "asked")
    known = np.clip(values(observation, "days_known"), 0, asked.shape[1])
    reported = np.arange(asked.shape[1]) >= asked.shape[1] - known[:, None]
    total = np.where(reported, asked, 0).sum(axis=1, dtype=np.int64)
    return np.where(known > 0, total / np.maximum(known, 1), values(observation, "prior_daily"))


def days_afar(observation: pa.Table) -> npt.NDArray[np.float64]:
    """Return the days that goods take beyond the coming night, by row."""
    return np.maximum(values(observation, "lead_days") - 1.0, 0.0)


def grossed_up(observation: pa.Table, wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the packs to ask for so that, after sorting, ``wanted`` packs lie at the hub or come."""
    there = values(observation, "hub_on_hand") + values(observation, "in_transit")
    gap = np.maximum(0.0, wanted - there)
    sound = 1.0 - np.clip(values(observation, "defect_share"), 0.0, 0.99)
    return np.minimum(np.ceil(gap / sound), MOST_PACKS).astype(np.int64)
