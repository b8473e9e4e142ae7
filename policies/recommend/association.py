"""What goes with what the member buys."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import LogView, Policy
from policies.recommend.baskets import UNITY, similarity
from policies.recommend.slates import in_order, places, slates
from policies.tables import matrix
from sim.contracts.decisions import SLATE_LENGTH

Table = npt.NDArray[np.int64]
MOST_COUNTED = 20
"""Packs of one SKU that count as liking it; more is appetite."""


class Association(Policy):
    """Slates by item-item association with the member's own purchases, mixed with popularity; new products
    explored.

    Score of SKU i = personal_weight x sum_j(bought_j s_ij) / (sum_j bought_j + caution) + popularity_i, where
    s is the learned similarity (see :mod:`policies.recommend.baskets`) and popularity the packs sold in all
    shops over those of the best seller, both 0 to 1000 in whole numbers: same bytes on every machine, ties by
    SKU. The more is known of a member, the more personal the slate; before anything is learned it is one of
    popularity.

    New premium products have no purchases to learn from, so no score tells who would like them: the
    ``explored`` best of them stand from the third place on for members who bought anything in the last weeks,
    in the last places for everybody else.

    Parameters
    ----------
    personal_weight
        weight of the member's own purchases against popularity, whole, at least 0; G.
    caution
        packs of history at which the personal part counts half, whole, at least 1; G.
    explored
        places kept for new products, 0 to SLATE_LENGTH - 2; G.
    shrinkage
        baskets that the similarity of rare pairs is shrunk by, at least 0; G.
    """

    point = "recommend"

    def __init__(
        self, personal_weight: int = 10, caution: int = 3, explored: int = 2, shrinkage: float = 10.0
    ) -> None:
        """Raises ValueError outside those limits."""
        if personal_weight < 0 or caution < 1 or shrinkage < 0:
            raise ValueError(
                f"personal_weight {personal_weight}, caution {caution} or shrinkage {shrinkage} too small"
            )
        if not 0 <= explored <= SLATE_LENGTH - 2:
            raise ValueError(f"explored is {explored}, not in 0..{SLATE_LENGTH - 2}")
        self._personal_weight, self._caution = int(personal_weight), int(caution)
        self._explored, self._shrinkage = int(explored), float(shrinkage)
        self._similarity = np.zeros((0, 0), np.int32)

    def fit(self, log: LogView) -> None:
        """Learn which SKUs go together."""
        self._similarity = similarity(log, self._shrinkage)

    def state(self) -> dict[str, np.ndarray]:
        """Return the similarity, (SKU, SKU), in thousandths."""
        return {"similarity": self._similarity.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over a similarity."""
        self._similarity = np.array(state["similarity"], np.int32)

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with a slate for every member."""
        offered, new = matrix(observation, "offered"), matrix(observation, "is_new")
        bought = np.clip(matrix(observation, "bought"), 0, MOST_COUNTED).astype(np.int64)
        score = self._personal_weight * self._personal(bought) + _popularity(observation)
        return slates(observation, self._with_new(-score, offered, new, bought.sum(axis=1) > 0))

    def _personal(self, bought: Table) -> Table:
        skus = bought.shape[1]
        learned = min(skus, len(self._similarity))
        if not learned:
            return np.zeros_like(bought)
        known = self._similarity[:learned, :learned].astype(np.float64)
        raw = np.zeros(bought.shape)
        raw[:, :learned] = bought[:, :learned].astype(np.float64) @ known  # whole numbers below 2^53: exact
        return raw.astype(np.int64) // (bought.sum(axis=1, keepdims=True) + self._caution)

    def _with_new(
        self,
        key: Table,
        offered: npt.NDArray[np.bool_],
        new: npt.NDArray[np.bool_],
        repeat: npt.NDArray[np.bool_],
    ) -> Table:
        """Return the key that puts new products behind the second place, or last; the others by ``key``."""
        fresh, old = offered & new, offered & ~new
        rank_new, rank_old = places(in_order(key, fresh)), places(in_order(key, old))
        explored = fresh & (rank_new < self._explored)
        length = np.minimum(offered.sum(axis=1, keepdims=True), SLATE_LENGTH)
        kept = length - explored.sum(axis=1, keepdims=True)
        before = np.where(repeat[:, None], np.minimum(kept, 2), kept)
        step = 2 * SLATE_LENGTH  # room between two old places for every new one
        last = step * (1 + key.shape[1])
        return np.where(
            explored, step * before - SLATE_LENGTH + rank_new, np.where(old, step * rank_old, last)
        )


def _popularity(observation: pa.Table) -> Table:
    sales = matrix(observation, "network_sales").astype(np.int64)
    best = np.maximum(sales.max(axis=1, keepdims=True, initial=0), 1)
    return np.asarray(sales * UNITY // best)
