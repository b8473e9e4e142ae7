"""Harvest to order: exactly what was ordered is picked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.procure.plan import daily, days_afar, grossed_up, guessed
from policies.tables import answer, values

MOST_LATE_DAYS = 30.0


class ToOrder(Policy):
    """The closed orders less what the hub holds, grossed up for the share that sorting will take out (S1).

    What comes from afar is promised to members for a later day, but lorries come late: beside the closed orders it is
    picked to forecast, the mean packs asked for on the days until it is there that no closed order covers, reckoned
    ``late_days`` (0 or more) beyond the farm's promise. Where head office does not see the closed orders (-1), it
    guesses like ``procure.plan``.
    """

    point = "procure"

    def __init__(self, late_days: float = 1.0) -> None:
        if not 0.0 <= late_days <= MOST_LATE_DAYS:
            raise ValueError(f"late_days, {late_days:g}, must lie between 0 and {MOST_LATE_DAYS:g}")
        self._late_days = late_days

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with the packs to harvest or buy of each SKU."""
        ordered = values(observation, "ordered")
        afar = days_afar(observation)
        covered = values(observation, "order_days") - 1.0
        ahead = np.where(afar > 0, np.maximum(afar + self._late_days - covered, 0.0), 0.0) * daily(observation)
        wanted = np.where(ordered >= 0, ordered + ahead, guessed(observation))
        packs = grossed_up(observation, wanted)
        return answer("procure", sku=values(observation, "sku"), packs=packs)
