"""Who a customer seems to be: the id under which each touchpoint files a household.

The app knows the account, whose id is the member's. The till knows a card if one is shown, the group chat a contact.
Cards and contacts have numbers of their own that say nothing of the account. With one identity (F1) a card or contact
is linked to the account with the same phone when it is seen; some phones are shared with the household next door and
lead to its account. Without it, and for whoever shows no card, the till files what it sees.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.residents.population import Residents
from agents.world import World
from sim.streams import Key, uniform, words

Ids = npt.NDArray[np.int64]
ANONYMOUS = -1
CARDS, CONTACTS = 1 << 30, 1 << 31
"""Ids of cards lie in 2^30 .. 2^31 - 1, of contacts in 2^31 .. 2^31 + 2^30 - 1; accounts below."""
CARD_SEEN, CARD_LINKED, CONTACT_SEEN, CONTACT_LINKED, UNSUBSCRIBED = 1, 2, 4, 8, 16
_HALF = 0x7FFF
_KINDS = {"card": (CARDS, CARD_SEEN, CARD_LINKED), "wecom": (CONTACTS, CONTACT_SEEN, CONTACT_LINKED)}


def disguised(key: Key, ids: Ids) -> Ids:
    """Return a number below 2^30 for each id below 2^30, different for different ids (a Feistel network)."""
    left, right = ids >> 15 & _HALF, ids & _HALF
    for turn in range(4):
        mixed = words(key, 0, right, turn)[..., 0].astype(np.int64) & _HALF
        left, right = right, left ^ mixed
    return (left << 15) | right


class Identity:
    """Files what is seen under the ids that the channels know, and links them where the firm can."""

    def __init__(self, world: World, residents: Residents) -> None:
        self._world, self._residents = world, residents
        declare = world.ports.streams.declare
        self._numbers = {"card": declare("identity.card"), "wecom": declare("identity.contact")}
        self._holds, self._shows, self._phone = (declare(f"identity.{name}") for name in ("holds", "shows", "phone"))

    def at_till(self, day: int, member: Ids) -> tuple[Ids, Ids]:
        """Return the id that the till files each buyer under, and the card shown; -1 where it learns neither."""
        filed, card = np.full((2, len(member)), ANONYMOUS, np.int64)
        rules = self._world.params.voice
        known = np.flatnonzero(member >= 0)
        who = member[known]
        shown = uniform(self._holds, 0, who) < rules.card_share
        shown &= uniform(self._shows, day, who) < rules.card_shown
        filed[known[shown]], card[known[shown]] = self._filed(day, "card", who[shown])
        return filed, card

    def in_chat(self, day: int, member: Ids) -> tuple[Ids, Ids]:
        """Return the id that the group chat files each writer under, and the writer's contact."""
        return self._filed(day, "wecom", member)

    def _filed(self, day: int, kind: str, member: Ids) -> tuple[Ids, Ids]:
        """The id to file under, and the touchpoint's own; new touchpoints and links are logged."""
        base, seen, linked = _KINDS[kind]
        touch = self._residents.frame["touch"]
        number = base + disguised(self._numbers[kind], member)
        row = self._residents.rows_of(member)
        one, first = np.unique(row, return_index=True)
        new = first[touch[one] & seen == 0]
        touch[row[new]] |= np.uint8(seen)
        truth = {"touchpoint": number[new], "resident": member[new]}
        self._world.record_truth("identity", day, 22.9, truth)
        if not self._world.factors(day).systems.identity:
            return number, number
        account = self._account(kind, member)
        fresh = first[(touch[one] & linked == 0) & (account[first] != ANONYMOUS)]
        touch[row[fresh]] |= np.uint8(linked)
        link = {"touchpoint": number[fresh], "member": account[fresh], "reason": ["same_phone"] * len(fresh)}
        self._world.emit("identity_link", "head office", day, 22.9, link)
        return np.where((touch[row] & linked != 0) & (account != ANONYMOUS), account, number), number

    def _account(self, kind: str, member: Ids) -> Ids:
        """The account with the phone that the touchpoint was registered with, -1 where no account has it."""
        rules = self._world.params.voice
        draw = uniform(self._phone, 0, member, _KINDS[kind][1])
        neighbour = member ^ 1
        shared = draw < rules.phone_shared
        own = draw < rules.phone_shared + rules.phone_same
        there = self._residents.known(neighbour)
        return np.where(shared & there, neighbour, np.where(own, member, ANONYMOUS))
