"""The evening of the residents: they judge the day, speak of it, and decide whether they stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.residents.aftersale import AfterSale
from agents.residents.chat import Chat
from agents.residents.diary import Diary
from agents.residents.experience import Experience, Felt
from agents.residents.membership import Membership
from agents.residents.population import Residents
from agents.residents.staying import ACTIVE
from agents.residents.surveys import Surveys
from agents.residents.talk import Talk
from agents.residents.trust import Rivals
from agents.shops.pickup import Handed, LetDowns
from agents.world import World


@dataclass
class Evening:
    """Calls what residents do after the last session, in its order; empty again at the border."""

    world: World
    residents: Residents
    experience: Experience
    aftersale: AfterSale
    rivals: Rivals
    talk: Talk
    surveys: Surveys
    chat: Chat
    membership: Membership
    diary: Diary
    let_down: LetDowns
    felt: Felt = field(default_factory=Felt.nothing)

    def judge(self, day: int, handed: Sequence[Handed]) -> None:
        """Residents judge the packs of the day, and what they came or asked for in vain, and some speak of it."""
        failures = self.let_down.take()
        if not self.residents.frame.count:
            return
        what, self.felt = self.aftersale.experience(day, handed)
        losses = self.world.params.voice
        for kind, members in failures.items():
            self.experience.disappoint(members, getattr(losses, f"{kind}_loss"))
        self.talk.of_goods(day, what, self.felt)
        self.surveys.after_hand_over(day, self.felt)
        self.surveys.by_season(day)
        self.surveys.review(day, what, self.felt)

    def close(self, day: int) -> None:
        """Late in the evening they chat; some lapse, return, leave or forbid messages, others join; rivals respond."""
        frame = self.residents.frame
        if frame.count:
            self.chat.write(day, self.felt)
            self.membership.step(day)
            self.membership.unsubscribe(day)
            trust = frame["trust"][frame["status"] == ACTIVE]
            if len(trust):
                self.rivals.respond(float(np.mean(trust, dtype=np.float64)))
            self.surveys.record_truth(day)
            self.membership.grow(day, self.felt)
        self.diary.write(day)
        self.felt = Felt.nothing()
