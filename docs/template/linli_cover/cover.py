"""Order up to some days of cover, never more than keeps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, matrix, values

MOST_PACKS = 100_000
"""The contract's upper limit of an order."""


class Cover(Policy):
    """Order up to the demand of the lead time and ``cover_days``, or of the goods' half-life where that is shorter.

    Daily demand is the mean of the last ``days`` days on which the shelf was not empty at any hour: a day with a
    stock-out says less than was asked for. A case is ordered when at least half of it is missing.
    """

    point = "replenish"

    def __init__(self, cover_days: float = 2.0, days: int = 14) -> None:
        """Take days of cover (at least 0) and how many days to look back (1 to 28); else raise ValueError."""
        if not cover_days >= 0 or not 1 <= days <= 28:
            raise ValueError("cover_days must be at least 0, days from 1 to 28")
        self.cover_days, self.days = cover_days, days

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with whole cases for every shop and SKU."""
        cover = values(observation, "lead_days") + np.minimum(self.cover_days, values(observation, "life_days"))
        position = values(observation, "on_hand") + values(observation, "on_order")
        case = values(observation, "case_packs")
        cases = np.floor((self._daily(observation) * cover - position) / case + 0.5)
        packs = np.clip(cases * case, 0, MOST_PACKS).astype(np.int64)
        return answer("replenish", shop=values(observation, "shop"), sku=values(observation, "sku"), packs=packs)

    def _daily(self, observation: pa.Table) -> np.ndarray:
        """Packs a day; what the owner expected at the opening where no day says anything."""
        sales, stock_out = (matrix(observation, name)[:, -self.days:] for name in ("sales", "stock_out"))
        ago = np.arange(sales.shape[1])[::-1]
        counts = (ago < values(observation, "days_known")[:, None]) & ~stock_out
        mean = (sales * counts).sum(axis=1) / np.maximum(1, counts.sum(axis=1))
        return np.where(counts.any(axis=1), mean, values(observation, "prior_daily"))
