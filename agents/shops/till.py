"""The till: what the shelf gives is sold, paid and logged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ledger import Account, Ledger
from agents.orders import Counters
from agents.residents.identity import Identity
from agents.shops.pickup import Handed
from agents.shops.shelves import Shelves
from agents.world import World

Ids = npt.NDArray[np.int64]
UNKNOWN_MEMBER = -1


@dataclass(frozen=True)
class Purchases:
    """Lines at the counter, one row a SKU in a basket, in the order of buying; each basket's rows stand together."""

    basket: Ids
    hour: npt.NDArray[np.float64]
    member: Ids
    shop: Ids
    sku: Ids
    packs: Ids
    unit_fen: Ids


class Till:
    """Sells from the shelves. The buyer's money is the owner's, who has paid the transfer price for the goods."""

    def __init__(self, world: World, ledger: Ledger, counters: Counters, shelves: Shelves, identity: Identity) -> None:
        self._world, self._ledger, self._counters, self._shelves = world, ledger, counters, shelves
        self._identity = identity

    def sell(self, day: int, lines: Purchases) -> Handed:
        """Take the packs from the shelves (they must be there), log and post the sales; return what went home."""
        cell = self._shelves.rows_of(lines.shop, lines.sku)
        life_before = self._shelves.frame["life_used"].copy()
        pieces = self._shelves.sell(day, cell, lines.packs)
        if len(cell):
            self._record(day, lines)
        line = pieces.line
        checked = life_before[cell[line], pieces.slot]
        return Handed(
            lines.member[line],
            lines.shop[line],
            lines.sku[line],
            pieces.packs.astype(np.int64),
            lines.unit_fen[line] * pieces.packs,
            checked + self._shelves.ageing(lines.hour[line], cell[line], pieces.slot),
            checked,
        )

    def _record(self, day: int, lines: Purchases) -> None:
        fen = lines.unit_fen * lines.packs
        first, basket = np.unique(lines.basket, return_index=True, return_inverse=True)[1:]
        receipt = self._counters.take("basket", len(first))
        customer, card = self._identity.at_till(day, lines.member)
        goods = {"member": customer, "shop": lines.shop, "sku": lines.sku, "packs": lines.packs, "fen": fen}
        self._world.emit("pos_sale", "till", day, lines.hour, {"basket": receipt[basket], **goods})
        total = np.zeros(len(first), np.int64)
        np.add.at(total, basket, fen)
        payment = {"member": customer[first], "shop": lines.shop[first], "document": receipt, "fen": total}
        self._world.emit("payment", "till", day, lines.hour[first], {**payment, "channel": ["till"] * len(first)})
        seen = first[card[first] >= 0]
        sight = {"touchpoint": card[seen], "kind": ["card"] * len(seen), "shop": lines.shop[seen]}
        self._world.emit("sighting", "till", day, lines.hour[seen], {**sight, "document": receipt[basket[seen]]})
        self._ledger.post(day, 22.0, Account.RESIDENTS, Account.OWNERS, "till", lines.shop, fen)
