"""Order lines: paid ahead, delivered, handed over, refunded or left behind. A line is one pack, so it has one fate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.ledger import Account, Ledger
from agents.world import World
from sim.state import Frame

Ids = npt.NDArray[np.int64]
Lines = dict[str, npt.NDArray[np.integer]]
ORDINARY = -1
"""Candidate id of a line that belongs to no group-buy."""
NOT_YET = np.int32(1 << 30)
"""Due day of a line whose group is still open."""

_LINE = {
    "line": np.int64,
    "order": np.int64,
    "member": np.int64,
    "shop": np.int32,
    "sku": np.int32,
    "fen": np.int64,
    "due_day": np.int32,
    "candidate": np.int64,
}
_COUNTERS = ("line", "order", "basket", "claim", "candidate")


def turn_of(member: Ids, sku: Ids) -> Ids:
    """Return 0 for the first row of a (member, SKU), 1 for the second and so on.

    With it every row has a draw of its own that no other member's rows can move, as a running line id would.
    """
    order = np.lexsort((sku, member))
    new = np.ones(len(order), bool)
    new[1:] = (member[order][1:] != member[order][:-1]) | (sku[order][1:] != sku[order][:-1])
    position = np.arange(len(order))
    first = np.maximum.accumulate(np.where(new, position, 0))
    turn = np.empty(len(order), np.int64)
    turn[order] = position - first
    return turn


class Counters:
    """Next free number of every document kind; part of the state."""

    def __init__(self, world: World) -> None:
        self._frame = world.ports.state.new(Frame("counters", {"next": np.int64}, capacity=len(_COUNTERS)))

    def populate(self) -> None:
        """Start every kind at zero."""
        self._frame.add(next=np.zeros(len(_COUNTERS), np.int64))

    def take(self, kind: str, many: int) -> Ids:
        """Return ``many`` new numbers of ``kind``."""
        row = _COUNTERS.index(kind)
        first = int(self._frame["next"][row])
        self._frame["next"][row] = first + many
        return np.arange(first, first + many, dtype=np.int64)


class OrderBook:
    """Open order lines (paid, not at the shop yet) and reserved packs (at the shop, not handed over yet)."""

    def __init__(self, world: World, ledger: Ledger, counters: Counters) -> None:
        self._world, self._ledger, self._counters = world, ledger, counters
        self.open = world.ports.state.new(Frame("order_lines", dict(_LINE)))
        pieces = {**_LINE, "life_used": np.float64, "lot": np.int64, "since_day": np.int32, "arrival_hour": np.float64}
        self.reserved = world.ports.state.new(Frame("reserved", pieces))

    def populate(self) -> None:
        """Start without orders."""

    def place(
        self,
        day: int,
        hour: npt.NDArray[np.float64],
        *,
        basket: Ids,
        member: Ids,
        shop: Ids,
        sku: Ids,
        fen: Ids,
        due_day: Ids,
        candidate: Ids,
    ) -> None:
        """Take paid lines of one pack each; ``basket`` numbers the baskets 0.. and gives each its order id."""
        if not len(member):
            return
        orders = self._counters.take("order", int(basket.max()) + 1)[basket]
        lines = self._counters.take("line", len(member))
        row = {"line": lines, "order": orders, "member": member, "shop": shop, "sku": sku, "fen": fen}
        self.open.add(None, **row, due_day=due_day, candidate=candidate)
        one = np.ones(len(lines), np.int64)
        events = {**row, "packs": one, "due_day": due_day, "candidate": candidate}
        self._world.emit("order_line", "app", day, hour, events)
        payment = {"member": member, "shop": shop, "document": lines, "fen": fen, "channel": ["order"] * len(lines)}
        self._world.emit("payment", "app", day, hour, payment)
        self._ledger.post(day, 22.0, Account.RESIDENTS, Account.ESCROW, "order", shop, fen)

    def due(self, day: int) -> npt.NDArray[np.int64]:
        """Return the rows of open lines due on ``day``, in the order of their line ids."""
        rows = np.flatnonzero(self.open["due_day"] == day)
        return rows[np.argsort(self.open["line"][rows], kind="stable")]

    def closed(self) -> npt.NDArray[np.int64]:
        """Return the SKU of every open line with a promised day, today or later: what suppliers are asked for."""
        return self.open["sku"][self.open["due_day"] < NOT_YET].astype(np.int64)

    def refund(self, day: int, hour: float, rows: npt.NDArray[np.int64], reason: str) -> None:
        """Give the money of open lines back and close them."""
        if not len(rows):
            return
        lines = {name: self.open[name][rows].copy() for name in ("line", "member", "shop", "sku", "fen")}
        self.pay_back(day, hour, lines, reason)
        self._close(rows)

    def pay_back(self, day: int, hour: float, lines: Lines, reason: str) -> None:
        """End ``lines`` by giving their money back out of escrow."""
        many = len(lines["line"])
        columns = {name: lines[name] for name in ("member", "shop", "fen")}
        self._world.emit(
            "refund", "app", day, hour, {**columns, "document": lines["line"], "reason": [reason] * many}
        )
        self._ledger.post(
            day, hour, Account.ESCROW, Account.RESIDENTS, f"refund_{reason}", lines["shop"], lines["fen"]
        )
        self.end(day, np.full(many, hour), lines, reason)

    def end(self, day: int, hour: npt.NDArray[np.float64], lines: Lines, how: str) -> None:
        """Record the one end of each line."""
        many = len(lines["line"])
        columns = {name: lines[name] for name in ("line", "member", "shop", "sku", "fen")}
        self._world.emit(
            "line_end", "shop", day, hour, {**columns, "packs": np.ones(many, np.int64), "end": [how] * many}
        )

    def reserve(
        self,
        day: int,
        rows: npt.NDArray[np.int64],
        *,
        hour: npt.NDArray[np.float64],
        life_used: npt.NDArray[np.float64],
        lot: Ids,
    ) -> None:
        """Move open lines whose pack arrived in good state at ``hour`` to the pick-up room."""
        kept = {name: self.open[name][rows].copy() for name in _LINE}
        since = np.full(len(rows), day)
        self.reserved.add(len(rows), **kept, life_used=life_used, lot=lot, since_day=since, arrival_hour=hour)
        self._close(rows)

    def _close(self, rows: npt.NDArray[np.int64]) -> None:
        mask = np.ones(self.open.count, bool)
        mask[rows] = False
        self.open.keep(mask)
