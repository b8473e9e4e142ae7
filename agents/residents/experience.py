"""An evening's experience: what arrived against what was expected, and what failed to arrive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.residents import beliefs, trust
from agents.residents.population import Residents
from agents.shops.pickup import Handed
from agents.world import World

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Felt:
    """How the day was, one row a resident who got something: frame row, mean gap of quality to expectation."""

    row: Ids
    gap: Floats

    @classmethod
    def nothing(cls) -> Felt:
        """Return the feelings of a day on which nobody got anything."""
        return cls(np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True)
class Tasted:
    """Mean quality of a resident's fresh packs of one SKU today, one row a (resident, SKU), in rising order."""

    row: Ids
    sku: Ids
    packs: Ids
    quality: Floats


class Experience:
    """Turns packs and let-downs into beliefs, memories and trust."""

    def __init__(self, world: World, residents: Residents) -> None:
        self._world, self._residents = world, residents
        self._slots = beliefs.slots(world.catalogue)

    def tasted(self, got: Handed) -> Tasted:
        """Sum today's packs up by resident and SKU; fresh goods only, ambient ones are as expected."""
        mine = np.flatnonzero(self._world.catalogue.fresh[got.sku])
        width = np.int64(self._world.catalogue.n)
        key = self._residents.rows_of(got.member[mine]) * width + got.sku[mine]
        entry, index = np.unique(key, return_inverse=True)
        packs = np.zeros(len(entry), np.int64)
        np.add.at(packs, index, got.packs[mine])
        quality = np.clip(1.0 - got.life_used[mine], 0.0, 1.0)
        mean = np.bincount(index, got.packs[mine] * quality, len(entry)) / np.maximum(packs, 1)
        return Tasted(entry // width, entry % width, packs, mean)

    def judge(self, what: Tasted) -> Felt:
        """Compare, move trust by the mean gap over a resident's packs, then learn and remember."""
        frame, rules = self._residents.frame, self._world.params
        if not len(what.row):
            return Felt.nothing()
        slot, weight = self._slots[what.sku], rules.voice.memory_weight
        belief, memory = frame["belief"], frame["memory"]
        gap = what.quality - beliefs.expected_of(belief[what.row], memory[what.row], what.sku, slot, weight)
        row, index = np.unique(what.row, return_inverse=True)
        mean = np.bincount(index, gap * what.packs) / np.bincount(index, what.packs)
        frame["trust"][row] = trust.surprised(frame["trust"][row].astype(np.float64), mean, rules.residents)
        self._learn(what, slot)
        beliefs.remember(memory, what.row, what.sku, what.quality, weight)
        return Felt(row, mean)

    def _learn(self, what: Tasted, slot: Ids) -> None:
        """One lesson a (resident, belief): the mean over the SKUs that fall under it."""
        column = self._residents.frame["belief"]
        key = what.row * np.int64(column.shape[1]) + slot
        entry, index = np.unique(key, return_inverse=True)
        mean = np.bincount(index, what.quality * what.packs) / np.bincount(index, what.packs)
        beliefs.learn(column, entry // column.shape[1], entry % column.shape[1], mean, self._world.params.voice)

    def disappoint(self, member: Ids, size: float) -> None:
        """Lower the trust of each of ``member`` once, as goods ``size`` (0 to 1) below what was expected would."""
        row = self._residents.rows_of(np.unique(member))
        level = self._residents.frame["trust"][row].astype(np.float64)
        worse = trust.surprised(level, np.full(len(row), -size), self._world.params.residents)
        self._residents.frame["trust"][row] = worse
