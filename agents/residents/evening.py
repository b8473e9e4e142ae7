"""The evening of the residents: they judge the day, speak of it, and decide whether they stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agents.residents.aftersale import AfterSale
from agents.residents.experience import Experience
from agents.residents.population import Residents
from agents.residents.trust import Rivals
from agents.shops.pickup import Handed, LetDowns
from agents.world import World


class Evening:
    """Calls what residents do after the last session, in its order; it has no state of its own."""

    def __init__(
        self,
        world: World,
        residents: Residents,
        experience: Experience,
        aftersale: AfterSale,
        rivals: Rivals,
        let_down: LetDowns,
    ) -> None:
        self._world, self._residents, self._rivals = world, residents, rivals
        self._experience, self._aftersale, self._let_down = experience, aftersale, let_down

    def judge(self, day: int, handed: Sequence[Handed]) -> None:
        """Residents judge the packs of the day, and what they came or asked for in vain."""
        failures = self._let_down.take()
        if not self._residents.frame.count:
            return
        self._aftersale.experience(day, handed)
        losses = self._world.params.voice
        for kind, members in failures.items():
            self._experience.disappoint(members, getattr(losses, f"{kind}_loss"))

    def rivals_respond(self, day: int) -> None:
        """Other retailers see how the network is trusted."""
        trust = self._residents.frame["trust"]
        if len(trust):
            self._rivals.respond(float(np.mean(trust, dtype=np.float64)))
