"""Bought before, then popular."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.recommend.slates import slates
from policies.tables import matrix


class Popularity(Policy):
    """What the member bought before, most packs first; then by packs sold in all shops, ties by SKU.

    The strongest simple baseline in grocery, where people buy again what they bought (Li et al. 2023, "A next
    basket recommendation reality check", ACM TOIS 41(4)).
    """

    point = "recommend"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with a slate for every member."""
        own = matrix(observation, "bought").astype(np.int64) << 31
        return slates(observation, -(own + matrix(observation, "network_sales").astype(np.int64)))
