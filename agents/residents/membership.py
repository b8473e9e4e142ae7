"""Who stays a member: lapsing, coming back, leaving, unsubscribing, and newcomers whom members bring along."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.residents import staying
from agents.residents.experience import Felt
from agents.residents.identity import UNSUBSCRIBED
from agents.residents.population import Residents
from agents.residents.trust import Rivals
from agents.world import MEMBERS_A_SHOP, World
from sim.streams import uniform

Ids = npt.NDArray[np.int64]
HOUR = 22.6
_MOVED_IN = 3
"""Families that may move into a shop's estate on one day."""


class Membership:
    """Moves members between active, lapsed and left, and registers newcomers while the estate has room."""

    def __init__(self, world: World, residents: Residents, rivals: Rivals, members: Ids) -> None:
        """``members``: households by shop at the start, which set how many an estate has room for."""
        self._world, self._residents, self._rivals = world, residents, rivals
        declare = world.ports.streams.declare
        stays = declare("membership.stays")
        self._stays = stays.k0, stays.k1
        self._recruits, self._moves, self._tires = (
            declare(f"membership.{name}") for name in ("recruits", "moves", "tires")
        )
        self._room = np.floor(members * (1.0 + world.params.voice.reserve_share)).astype(np.int64)
        self._start = members

    def step(self, day: int) -> None:
        """Let a day's hazards act; whoever changes is logged."""
        frame, rules = self._residents.frame, self._world.params
        before = frame["status"].copy()
        staying.step(
            self._stays,
            day,
            frame["id"],
            before,
            self._within_cap(frame["trust"]),
            rules.voice.lapse_rate,
            rules.voice.return_rate,
            rules.voice.leave_rate,
            rules.voice.stay_slope,
            rules.residents.trust_mean,
            self._rivals.pull,
            frame["status"],
        )
        changed = np.flatnonzero(before != frame["status"])
        names = np.array(["returned", "lapsed", "left"])
        self._log(day, frame["id"][changed], frame["shop"][changed], names[frame["status"][changed]].tolist())

    def _within_cap(self, trust: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Trust as far as it counts: what it does to staying is limited like what it does to visits."""
        rules, slope = self._world.params.residents, self._world.params.voice.stay_slope
        reach = rules.trust_cap / slope if slope > 0 else 1.0
        return np.clip(trust, rules.trust_mean - reach, rules.trust_mean + reach).astype(np.float32)

    def unsubscribe(self, day: int) -> None:
        """Members who remember many messages may forbid more of them."""
        frame, rules = self._residents.frame, self._world.params.voice
        tired = np.flatnonzero((frame["fatigue"] >= 1.0) & (frame["touch"] & UNSUBSCRIBED == 0))
        ids = frame["id"][tired]
        chance = rules.unsubscribe_rate * frame["fatigue"][tired].astype(np.float64)
        stops = uniform(self._tires, day, ids) < chance
        frame["touch"][tired[stops]] |= np.uint8(UNSUBSCRIBED)
        self._log(day, ids[stops], frame["shop"][tired[stops]], ["unsubscribed"] * int(stops.sum()))

    def grow(self, day: int, felt: Felt) -> None:
        """Pleased members bring neighbours along, others move in; numbers go on counting and are never used twice."""
        frame, rules = self._residents.frame, self._world.params.voice
        pleased = felt.row[felt.gap >= 0]
        ids = frame["id"][pleased]
        bring = uniform(self._recruits, day, ids) < rules.recruit_share
        shops = np.repeat(np.arange(self._world.shops), _MOVED_IN)
        slot = np.tile(np.arange(_MOVED_IN), self._world.shops)
        moves = uniform(self._moves, day, shops, slot) < rules.move_in_rate * self._start[shops] / _MOVED_IN
        shop = np.sort(np.concatenate([ids[bring] // MEMBERS_A_SHOP, shops[moves]]))
        many = np.bincount(frame["shop"], minlength=self._world.shops)
        number = many[shop] + np.arange(len(shop)) - np.searchsorted(shop, shop)
        fits = number < np.minimum(self._room[shop], MEMBERS_A_SHOP)
        shop, number = shop[fits], number[fits]
        if len(shop):
            self._residents.register(shop, number, day)
            self._log(day, shop * MEMBERS_A_SHOP + number, shop, ["joined"] * len(shop))

    def _log(self, day: int, ids: Ids, shop: Ids, status: list[str]) -> None:
        self._world.emit("registration", "app", day, HOUR, {"member": ids, "shop": shop, "status": status})
