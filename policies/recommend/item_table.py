"""What policies with a learned table of SKU by SKU share: scores from the member's own purchases and popularity."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import LogView, Policy
from policies.recommend.baskets import UNITY
from policies.recommend.exploration import Exploration
from policies.recommend.new_products import checked_places, with_new
from policies.tables import matrix

Table = npt.NDArray[np.int64]
MOST_COUNTED = 20
"""Packs of one SKU that count as liking it; more is appetite."""


class ItemTable(Policy):
    """Slates by a learned table of weights, mixed with popularity; what is bought may be bought again.

    Score of SKU i = personal_weight x sum_j(bought_j w_ji) / (sum_j bought_j + caution) + popularity_i, where w is the
    learned table in thousandths and popularity the packs sold in all shops over those of the best seller, 0 to 1000:
    whole numbers, so the same bytes on every machine, ties by SKU. The more is known of a member, the more personal
    the slate: who has bought nothing lately, and everybody before anything is learned, gets one of popularity.

    Parameters
    ----------
    personal_weight
        weight of the member's own purchases against popularity, whole, at least 0; G.
    caution
        packs of history at which the personal part counts half, whole, at least 1; G.
    explored
        places kept for new products (:mod:`policies.recommend.new_products`), 0 to SLATE_LENGTH - 2; G.
    epsilon, exploration_seed
        chance that a slot explores, and which draws (:mod:`policies.recommend.exploration`).
    """

    point = "recommend"

    def __init__(
        self, personal_weight: int, caution: int, explored: int, epsilon: float, exploration_seed: int
    ) -> None:
        """Raises ValueError outside those limits."""
        if personal_weight < 0 or caution < 1:
            raise ValueError(f"personal_weight {personal_weight} or caution {caution} too small")
        self._personal_weight, self._caution = int(personal_weight), int(caution)
        self._explored = checked_places(explored)
        self._exploration = Exploration(epsilon, exploration_seed)
        self._weights = np.zeros((0, 0), np.int32)

    @abstractmethod
    def learned(self, log: LogView) -> npt.NDArray[np.int32]:
        """Return the table, (SKU bought, SKU shown) in thousandths, as large as the SKUs seen; (0, 0) before that."""

    def fit(self, log: LogView) -> None:
        """Learn the table."""
        self._weights = self.learned(log)

    def state(self) -> dict[str, np.ndarray]:
        """Return the table, (SKU bought, SKU shown), in thousandths."""
        return {"weights": self._weights.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over a table."""
        self._weights = np.array(state["weights"], np.int32)

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with a slate for every member."""
        bought = np.clip(matrix(observation, "bought"), 0, MOST_COUNTED).astype(np.int64)
        score = self._personal_weight * self._personal(bought) + popularity(observation)
        return self._exploration.slates(observation, with_new(observation, -score, self._explored))

    def _personal(self, bought: Table) -> Table:
        learned = min(bought.shape[1], len(self._weights))
        if not learned:
            return np.zeros_like(bought)
        known = self._weights[:learned, :learned].astype(np.float64)
        raw = np.zeros(bought.shape)
        raw[:, :learned] = bought[:, :learned].astype(np.float64) @ known  # whole numbers below 2^53: exact
        return raw.astype(np.int64) // (bought.sum(axis=1, keepdims=True) + self._caution)


def popularity(observation: pa.Table) -> Table:
    """Packs sold in all shops over those of the best seller, in thousandths, (row, SKU)."""
    sales = matrix(observation, "network_sales").astype(np.int64)
    best = np.maximum(sales.max(axis=1, keepdims=True, initial=0), 1)
    return np.asarray(sales * UNITY // best)
