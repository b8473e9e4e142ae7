"""The shop's group chat in Chinese: who writes, about what in the writer's own life, with noise and irony.

Who writes and what about is drawn for all; sentences are built only for rows that the log will keep.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.residents import staying
from agents.residents.experience import Felt
from agents.residents.identity import Identity
from agents.residents.phrases import PHRASES, Topic, sentence
from agents.residents.population import Residents
from agents.residents.who import Scene
from agents.world import World
from sim.streams import integers, uniform

Ids = npt.NDArray[np.int64]
HOUR = 21.5
HOT_C = 30.0
"""Day maximum from which people speak of the heat, degC."""
_DRAWS = 6


class Chat:
    """Writes the day's messages of members."""

    def __init__(self, world: World, residents: Residents, identity: Identity) -> None:
        self._world, self._residents, self._identity = world, residents, identity
        declare = world.ports.streams.declare
        writes = declare("chat.writes")
        self._writes = writes.k0, writes.k1
        self._topic, self._words = declare("chat.topic"), declare("chat.words")

    def write(self, day: int, felt: Felt) -> None:
        """Let a keyed share of the active members write one message each, at most so many a shop."""
        frame, rules = self._residents.frame, self._world.params.voice
        picked = np.zeros(len(frame), np.int8)
        staying.pick(self._writes, day, frame["id"], frame["status"], rules.chat_share, picked)
        row = np.flatnonzero(picked)
        ids, shop = frame["id"][row], frame["shop"][row]
        order = np.lexsort((uniform(self._topic, day, ids, 1), shop))
        place = np.arange(len(row)) - np.searchsorted(shop[order], shop[order])
        row = np.sort(row[order[place < rules.chat_most]])
        member = frame["id"][row]
        topic = self._topics(day, row, felt)
        filed, contact = self._identity.in_chat(day, member)
        kept = np.flatnonzero(self._world.ports.log.keeps("chat", filed))
        words = integers(self._words, 1 << 16, day, member[kept, None], np.arange(_DRAWS))
        text = [sentence(Topic(one), draws) for one, draws in zip(topic[kept].tolist(), words.tolist(), strict=True)]
        shop = frame["shop"][row[kept]]
        self._world.emit("chat", "group chat", day, HOUR, {"member": filed[kept], "shop": shop, "text": text})
        sight = {"touchpoint": contact[kept], "kind": ["wecom"] * len(kept), "shop": shop}
        self._world.emit("sighting", "group chat", day, HOUR, {**sight, "document": np.full(len(kept), -1)})

    def _topics(self, day: int, row: Ids, felt: Felt) -> Ids:
        """What each writer speaks of: today's goods if they moved them, else life at home, else anything."""
        frame, rules = self._residents.frame, self._world.params.voice
        draw = uniform(self._topic, day, frame["id"][row])
        topic = np.full(len(row), Topic.SMALL_TALK, np.int64)
        life = self._life(day, row)
        topic = np.where((life >= 0) & (draw < rules.chat_life), life, topic)
        gap = np.full(len(frame), np.nan)
        gap[felt.row] = felt.gap
        moved = gap[row]
        ironic = uniform(self._topic, day, frame["id"][row], 2) < rules.chat_irony
        topic = np.where(moved >= 0, Topic.PRAISE, topic)
        topic = np.where(moved < 0, np.where(ironic, Topic.IRONY, Topic.COMPLAINT), topic)
        noise = uniform(self._topic, day, frame["id"][row], 3) < rules.chat_noise
        anything = integers(self._topic, len(PHRASES), day, frame["id"][row], 4)
        return np.where(noise, anything, topic)

    def _life(self, day: int, row: Ids) -> Ids:
        """The topic that a household's own life suggests, -1 for none; of several, the last named here."""
        frame, hot = self._residents.frame, self._world.weather.day(day).hourly_c.max() >= HOT_C
        scenes = frame["scenes"][row]
        topic = np.full(len(row), Topic.HEAT if hot else -1, np.int64)
        for scene, about in (
            (Scene.VEGETARIAN, Topic.GREENS), (Scene.PET, Topic.PET), (Scene.LOW_SUGAR, Topic.LOW_SUGAR),
            (Scene.FITNESS, Topic.FITNESS),
        ):  # fmt: skip
            topic[scenes & int(scene) != 0] = about
        topic[frame["children"][row] > 0] = Topic.SCHOOL
        topic[self._residents.has_infant(day)[row]] = Topic.INFANT
        return topic
