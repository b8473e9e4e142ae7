"""Exploration: now and then a slot shows something else, with a known chance, so that the log can tell what it led to.

With chance ``epsilon`` a slot takes a uniform draw among the SKUs on offer that do not stand above it, else the next
best of them. With n such SKUs the chance of the next best is therefore 1 - epsilon + epsilon / n, of every other
epsilon / n: the propensity of the slot, given the slots above. Their product is the propensity of the whole slate.

Draws have an address (member, day, slot, SKU): whether a slot explores does not depend on the offer, and among the
SKUs left the one with the smallest number wins, so that a further SKU changes a slot only by winning it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.recommend.slates import in_order, places
from policies.tables import answer, lists_of, matrix, values
from sim import streams
from sim.contracts.decisions import FLOAT_LIST, INT_LIST
from sim.contracts.slates import SLATE_LENGTH

Ids = npt.NDArray[np.int64]
_IDS = np.int64(1) << 32
"""Addresses are 32 bits wide: members whose ids agree in them share their draws."""


class Explored(NamedTuple):
    """Slates with their propensities, (row, slot); only the first ``lengths`` slots of a row hold something."""

    sku: Ids
    propensity: npt.NDArray[np.float64]
    lengths: Ids


class Exploration:
    """Chance and draws of exploration.

    Parameters
    ----------
    epsilon
        chance that a slot is drawn, 0 to 1; 0 shows the plain slate, every slot with propensity 1.
    seed
        another seed, other draws.
    """

    def __init__(self, epsilon: float, seed: int) -> None:
        """Raises ValueError outside those limits."""
        if not 0.0 <= epsilon <= 1.0:
            raise ValueError(f"epsilon is {epsilon}, not in 0..1")
        if not 0 <= seed < _IDS:
            raise ValueError(f"exploration_seed is {seed}, not in 0..{_IDS - 1}")
        self._epsilon = float(epsilon)
        self._whether, self._which = (
            streams.key(int(seed), f"policies.recommend.exploration.{name}") for name in ("whether", "which")
        )

    def slates(self, observation: pa.Table, key: Ids) -> pa.Table:
        """Answer with the explored slate of each member; the next best is by rising ``key``, ties by SKU."""
        member, day = values(observation, "member"), values(observation, "day")
        made = self.explore(member, day, matrix(observation, "offered"), key)
        filled = np.arange(made.sku.shape[1]) < made.lengths[:, None]
        return answer(
            "recommend",
            member=member,
            slate=lists_of(made.sku[filled], made.lengths, INT_LIST),
            propensity=lists_of(made.propensity[filled], made.lengths, FLOAT_LIST),
        )

    def explore(self, member: Ids, day: Ids, offered: npt.NDArray[np.bool_], key: Ids) -> Explored:
        """Return slates and propensities; ``offered`` and ``key`` (row, SKU)."""
        order = in_order(key, offered)
        many = offered.sum(axis=1).astype(np.int64)
        lengths = np.minimum(many, SLATE_LENGTH)
        sku = order[:, :SLATE_LENGTH].astype(np.int64)
        left = np.maximum(many[:, None] - np.arange(sku.shape[1]), 1)
        propensity = np.minimum(1.0 - self._epsilon + self._epsilon / left, 1.0)  # the sum may round above 1
        drawn = self._drawn(member, day, sku.shape[1]) & (np.arange(sku.shape[1]) < lengths[:, None])
        rows = np.flatnonzero(drawn.any(axis=1))
        if len(rows):
            place = np.where(offered[rows], places(order[rows]), order.shape[1])
            sku[rows], best = self._redraw(member[rows], day[rows], drawn[rows], place)
            propensity[rows] = np.where(best, propensity[rows], self._epsilon / left[rows])
        return Explored(sku, propensity, lengths)

    def _drawn(self, member: Ids, day: Ids, slots: int) -> npt.NDArray[np.bool_]:
        """Which slots explore, (row, slot)."""
        if self._epsilon == 0.0:
            return np.zeros((len(member), slots), bool)
        at = member[:, None] % _IDS
        return np.asarray(streams.uniform(self._whether, day[:, None], at, np.arange(slots)) < self._epsilon)

    def _redraw(
        self, member: Ids, day: Ids, drawn: npt.NDArray[np.bool_], place: Ids
    ) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """Fill slates slot by slot; ``place`` (row, SKU) in the plain order, SKUs not on offer at its end.

        Returns the SKUs and whether each was the next best, (row, slot).
        """
        rows, skus = place.shape
        left = place.copy()
        sku = np.zeros(drawn.shape, np.int64)
        best = np.zeros(drawn.shape, bool)
        every = np.arange(rows)
        for slot in range(drawn.shape[1]):
            plain = left.argmin(axis=1)
            sku[:, slot] = plain
            who = np.flatnonzero(drawn[:, slot])
            lot = streams.uniform(
                self._which, day[who, None], member[who, None] % _IDS, slot, np.arange(skus)[None, :]
            )
            sku[who, slot] = np.where(left[who] < skus, lot, 2.0).argmin(axis=1)
            best[:, slot] = sku[:, slot] == plain
            left[every, sku[:, slot]] = skus
        return sku, best
