"""Harvest to order: exactly what was ordered is picked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.procure.plan import daily, days_afar, grossed_up, guessed
from policies.tables import answer, values


class ToOrder(Policy):
    """The closed orders less what the hub holds, grossed up for the share that sorting will take out (S1).

    What comes from afar cannot wait for the orders: it is picked to forecast, for the closed orders and the mean packs
    asked for on the days until it is there. Where head office does not see the closed orders
    (-1), it guesses like ``procure.plan``.
    """

    point = "procure"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with the packs to harvest or buy of each SKU."""
        ordered = values(observation, "ordered")
        ahead = days_afar(observation) * daily(observation)
        wanted = np.where(ordered >= 0, ordered + ahead, guessed(observation))
        packs = grossed_up(observation, wanted)
        return answer("procure", sku=values(observation, "sku"), packs=packs)
