"""Word of mouth: what members tell their ties of goods they tasted and of groups they joined."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.residents import beliefs, ties
from agents.residents.experience import Felt, Tasted
from agents.residents.population import Residents
from agents.world import World
from sim.streams import uniform

Ids = npt.NDArray[np.int64]


class Talk:
    """Lets news run along ties."""

    def __init__(self, world: World, residents: Residents) -> None:
        self._world, self._residents = world, residents
        declare = world.ports.streams.declare
        self._ties, self._speaks, self._tells = (declare(f"talk.{name}") for name in ("ties", "speaks", "tells"))
        self._slots = beliefs.slots(world.catalogue)

    def of_goods(self, day: int, what: Tasted, felt: Felt) -> None:
        """Some tell what they got, the more surprised the likelier; it is hearsay to those who hear it."""
        frame, rules = self._residents.frame, self._world.params.voice
        chance = rules.talk_share + rules.talk_extreme * np.abs(felt.gap)
        speaks = uniform(self._speaks, day, frame["id"][felt.row]) < np.minimum(chance, 1.0)
        entry = np.flatnonzero(np.isin(what.row, felt.row[speaks]))
        heard = ties.listeners(self._ties, rules.tie_rewire, frame["id"][what.row[entry]])
        place, tie = np.nonzero(self._residents.known(heard))
        row = self._residents.rows_of(heard[place, tie])
        column = frame["belief"]
        width = np.int64(column.shape[1])
        key, index = np.unique(row * width + self._slots[what.sku[entry[place]]], return_inverse=True)
        said = np.bincount(index, what.quality[entry[place]], len(key)) / np.bincount(index, minlength=len(key))
        beliefs.learn(column, key // width, key % width, said, rules, weight=rules.hearsay_weight)

    def of_group(self, day: int, member: Ids, candidate: Ids) -> tuple[Ids, Ids]:
        """Return (member, candidate) pairs that hear of a group from one who joined it today."""
        rules = self._world.params.voice
        heard = ties.listeners(self._ties, rules.tie_rewire, member)
        told = uniform(self._tells, day, member[:, None], candidate[:, None] & 0xFFFFFFFF, np.arange(heard.shape[1]))
        joiner, tie = np.nonzero(self._residents.known(heard) & (told < rules.tell_share))
        return heard[joiner, tie], candidate[joiner]
