"""The pick-up room: pre-ordered packs wait for their members; some spoil, some are never fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agents.cold.rooms import Rooms
from agents.ledger import Account, Ledger
from agents.orders import Ids, OrderBook, turn_of
from agents.stock import lots
from agents.supply.hub import Consignment
from agents.world import World
from sim.streams import uniform


@dataclass(frozen=True)
class Handed:
    """Packs that reached residents, one row a pack or a line: who, what, what was paid, and how much life was used.

    ``life_used`` is what was used at the hand-over, ``life_checked`` at the last moment when bad packs were taken out
    (the closing border, or the arrival since): between the two a pack may have spoiled unseen.
    """

    member: Ids
    shop: Ids
    sku: Ids
    packs: Ids
    fen: Ids
    life_used: npt.NDArray[np.float64]
    life_checked: npt.NDArray[np.float64]

    @classmethod
    def together(cls, parts: Sequence[Handed]) -> Handed:
        """Return the rows of all ``parts``, in their order."""
        if not parts:
            none, no_life = np.zeros(0, np.int64), np.zeros(0)
            return cls(none, none, none, none, none, no_life, no_life)
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


@dataclass
class LetDowns:
    """Members whom the shop let down today, by how; taken every evening."""

    short: list[Ids] = field(default_factory=list)
    late: list[Ids] = field(default_factory=list)
    missed: list[Ids] = field(default_factory=list)

    def take(self) -> dict[str, Ids]:
        """Return the members of each kind and forget them."""
        taken = {kind: np.concatenate([np.zeros(0, np.int64), *rows]) for kind, rows in vars(self).items()}
        for rows in vars(self).values():
            rows.clear()
        return taken


class PickUp:
    """Reserved packs from arrival to hand-over."""

    def __init__(self, world: World, ledger: Ledger, book: OrderBook, rooms: Rooms) -> None:
        self._world, self._ledger, self._book, self._rooms = world, ledger, book, rooms
        self.let_down = LetDowns()
        self._damage = world.ports.streams.declare("shops.pickup.damage")
        self._spoilage = world.ports.streams.declare("shops.pickup.spoilage")
        self._shows = world.ports.streams.declare("shops.pickup.shows")

    def receive(self, day: int, hour: npt.NDArray[np.float64], goods: Consignment) -> None:
        """Store delivered packs of lines; bruised ones and lines that the hub could not serve are refunded."""
        world, book = self._world, self._book
        share = np.where(world.catalogue.fresh[goods.sku], world.params.owners.damage_share, 0.0)
        due = book.due(day)
        rows = due[np.searchsorted(book.open["line"][due], goods.line)]
        member = book.open["member"][rows]
        bruised = uniform(self._damage, day, member, goods.sku, turn_of(member, goods.sku)) < share
        self._waste(day, hour[bruised], goods.shop[bruised], goods.sku[bruised], "damaged")
        sound = ~bruised
        book.reserve(day, rows[sound], hour=hour[sound], life_used=goods.life_used[sound], lot=goods.lot[sound])
        never = book.due(day)
        self.let_down.short.append(book.open["member"][never].copy())
        book.refund(day, 20.0, never, "short")

    def hand_over(self, day: int) -> Handed:
        """Members come in the hours of pick-up and take all that waits for them.

        Who does not come, or comes before the truck, comes again tomorrow.
        """
        world, waiting = self._world, self._book.reserved
        rules, rain = world.params.residents, world.weather.day(day).rain_mm
        opens, closes = world.params.owners.pickup_first_hour, world.params.owners.pickup_last_hour
        absent = rules.no_show
        if rain >= rules.rain_threshold_mm:
            absent = min(1.0, absent * rules.no_show_rain_factor)
        comes = uniform(self._shows, day, waiting["member"]) >= absent
        hour = opens + (closes - opens) * uniform(self._shows, day, waiting["member"], 0, 1)
        there = (waiting["since_day"] < day) | (waiting["arrival_hour"] <= hour)
        self.let_down.late.append(waiting["member"][comes & ~there].copy())
        comes &= there
        rows = np.flatnonzero(comes)
        rows = rows[np.argsort(waiting["line"][rows], kind="stable")]
        taken = {name: waiting[name][rows].copy() for name in ("line", "member", "shop", "sku", "fen", "life_used")}
        aged = taken["life_used"] + self._ageing(day, hour)[rows]
        self._book.end(day, hour[rows], taken, "handed_over")
        self._earn(day, taken["shop"], taken["fen"])
        waiting.keep(~comes)
        return Handed(
            taken["member"],
            taken["shop"].astype(np.int64),
            taken["sku"].astype(np.int64),
            np.ones(len(rows), np.int64),
            taken["fen"],
            aged,
            taken["life_used"],
        )

    def _ageing(self, day: int, hour: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        """Life that waiting packs use until ``hour`` since the opening border, or since they came today."""
        waiting = self._book.reserved
        since = np.where(waiting["since_day"] == day, waiting["arrival_hour"], -1.0)
        until = np.broadcast_to(np.asarray(hour, np.float64), since.shape)
        return self._rooms.life("pickup", waiting["shop"], waiting["sku"], since, until)

    def _earn(self, day: int, shop: Ids, fen: Ids) -> None:
        """Money held for a line becomes the platform's; the owner gets the commission, rounded down a shop and day."""
        self._ledger.post(day, 21.0, Account.ESCROW, Account.PLATFORM, "sale", shop, fen)
        sums = np.zeros(self._world.shops, np.int64)
        np.add.at(sums, shop, fen)
        per_mille = np.int64(round(self._world.params.owners.commission * 1000))
        self._ledger.post(
            day, 21.0, Account.PLATFORM, Account.OWNERS, "commission", np.arange(len(sums)), sums * per_mille // 1000
        )

    def close(self, day: int) -> None:
        """Give up what waited too long, then let the rest age; spoiled packs are thrown away and refunded."""
        world, waiting = self._world, self._book.reserved
        late = day - waiting["since_day"] + 1 >= world.params.owners.unclaimed_days
        self._drop(day, late, "unclaimed")
        before = waiting["life_used"].copy()
        after = before + self._ageing(day, 23.0)
        ones = np.ones(waiting.count, np.int32)
        member, sku = waiting["member"], waiting["sku"].astype(np.int64)
        draws = uniform(self._spoilage, day, member, sku, turn_of(member, sku))
        gone = lots.spoil(ones, before, after, world.params.costs.pack_life_log_sd, draws) > 0
        waiting["life_used"][...] = after
        self._drop(day, gone, "spoiled")

    def _drop(self, day: int, gone: npt.NDArray[np.bool_], reason: str) -> None:
        """Throw packs away. Unclaimed ones stay paid (the member did not come), spoiled ones are paid back."""
        waiting = self._book.reserved
        rows = np.flatnonzero(gone)
        lines = {name: waiting[name][rows].copy() for name in ("line", "member", "shop", "sku", "fen")}
        hour = np.full(len(rows), 22.5)
        self._waste(day, hour, lines["shop"], lines["sku"], reason)
        if reason == "unclaimed":
            self._book.end(day, hour, lines, "unclaimed")
            self._earn(day, lines["shop"], lines["fen"])
        else:
            self._book.pay_back(day, 22.5, lines, "spoiled_waiting")
        waiting.keep(~gone)

    def _waste(self, day: int, hour: npt.NDArray[np.float64], shop: Ids, sku: Ids, reason: str) -> None:
        columns = {
            "shop": shop,
            "sku": sku,
            "packs": np.ones(len(sku), np.int64),
            "cost_fen": self._world.catalogue.farm_gate_fen[sku],
            "node": ["pickup"] * len(sku),
            "reason": [reason] * len(sku),
        }
        self._world.emit("waste", "shop", day, hour, columns)
