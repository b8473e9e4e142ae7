"""The firm's customer file: what it knows of each member, kept at every border from the day's rows of the log.

Policies ask for a member's purchases, messages and claims. Reading them out of weeks of rows would need all rows of
all members for ever; the file holds as much as is asked, in bounded columns, so that the log may keep a panel only. It
holds nothing that the rows do not say: members are filed under the ids that the rows carry.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.world import MEMBERS_A_SHOP, World
from sim.grouping import group
from sim.state import Frame

Ids = npt.NDArray[np.int64]
PURCHASES = 16
"""Last purchases remembered, one a (day, SKU): about two months of an ordinary member."""
PURCHASE_DAYS = 56
MESSAGE_DAYS = 14
WEEKS = 8
"""Weeks of orders and claims, the current one among them."""
NO_SKU = np.uint16(0xFFFF)
_LIMIT = 255
"""What a count of one byte holds; more is as much."""


class Entries(NamedTuple):
    """Counts by (row of the file, SKU), in rising order."""

    row: Ids
    sku: Ids
    packs: Ids


class Customers:
    """One row a member who ever registered, sorted by id."""

    def __init__(self, world: World, capacity: int) -> None:
        """``capacity``: members at the start."""
        self._world = world
        columns: dict[str, Any] = {
            "id": np.int64,
            "bought_sku": (np.uint16, PURCHASES),
            "bought_day": (np.uint16, PURCHASES),
            "bought_packs": (np.uint8, PURCHASES),
            "next": np.uint8,
            "messages": (np.uint8, MESSAGE_DAYS),
            "orders": (np.uint8, WEEKS),
            "claims": (np.uint8, WEEKS),
        }
        self.frame = world.ports.state.new(Frame("customers", columns, capacity=capacity))

    def populate(self) -> None:
        """File the members registered at the start."""
        self._file(np.sort(self._world.ports.state["residents"]["id"]))

    def _file(self, ids: Ids) -> None:
        many = len(ids)
        self.frame.add(
            many,
            id=ids,
            bought_sku=np.full((many, PURCHASES), NO_SKU),
            bought_day=np.zeros((many, PURCHASES), np.uint16),
            bought_packs=np.zeros((many, PURCHASES), np.uint8),
            next=np.zeros(many, np.uint8),
            messages=np.zeros((many, MESSAGE_DAYS), np.uint8),
            orders=np.zeros((many, WEEKS), np.uint8),
            claims=np.zeros((many, WEEKS), np.uint8),
        )

    def note(self, day: int) -> None:
        """File what the rows of ``day`` say, before the log closes it; the oldest day and week are forgotten."""
        frame = self.frame
        if not frame.count:
            return
        self._join(day)
        following = day + 1
        frame["messages"][:, day % MESSAGE_DAYS] = 0
        if following % 7 == 0:
            week = following // 7 % WEEKS
            frame["orders"][:, week] = 0
            frame["claims"][:, week] = 0
        bought = [self._rows(day, table) for table in ("pos_sale", "order_line")]
        self._remember(day, self._entries(bought))
        self._count("messages", day % MESSAGE_DAYS, self._rows(day, "message")["member"].to_numpy())
        week = day // 7 % WEEKS
        self._count("claims", week, self._rows(day, "claim")["member"].to_numpy())
        for rows, document in zip(bought, ("basket", "order"), strict=True):
            self._count("orders", week, _signed_by(rows, document))

    def _rows(self, day: int, table: str) -> pa.Table:
        return self._world.ports.log.read(table, since_day=day)

    def _join(self, day: int) -> None:
        """Take newcomers in, at their place in the order of ids."""
        rows = self._rows(day, "registration")
        joined = rows["member"].to_numpy()[rows["status"].to_numpy(zero_copy_only=False) == "joined"]
        new = joined[~_rows_of(self.frame, joined)[1]]
        if len(new):
            self._file(new)
            self.frame.sort("id")

    def _entries(self, tables: list[pa.Table]) -> Entries:
        """Packs by (known member, SKU) over ``tables``."""
        member = np.concatenate([rows["member"].to_numpy() for rows in tables])
        sku = np.concatenate([rows["sku"].to_numpy() for rows in tables]).astype(np.int64)
        packs = np.concatenate([rows["packs"].to_numpy() for rows in tables])
        row, known = _rows_of(self.frame, member)
        entries = group(row[known], sku[known])
        total = np.zeros(entries.size, np.int64)
        np.add.at(total, entries.of_row, packs[known])
        row, sku = entries.keys
        return Entries(row, sku, total)

    def _remember(self, day: int, entries: Entries) -> None:
        """Overwrite the oldest purchases; of more than fit, the SKUs with the lowest ids of the day give way."""
        frame, many = self.frame, len(entries.row)
        first = np.searchsorted(entries.row, entries.row)
        last = np.searchsorted(entries.row, entries.row, side="right")
        turn = np.arange(many) - first
        kept = last - first - turn <= PURCHASES
        row = entries.row[kept]
        place = (frame["next"][row] + turn[kept]) % PURCHASES
        frame["bought_sku"][row, place] = entries.sku[kept].astype(np.uint16)
        frame["bought_day"][row, place] = day
        frame["bought_packs"][row, place] = np.minimum(entries.packs[kept], _LIMIT).astype(np.uint8)
        (who,), index = group(entries.row)
        frame["next"][who] = ((frame["next"][who] + np.bincount(index)) % PURCHASES).astype(np.uint8)

    def _count(self, column: str, place: int, member: Ids) -> None:
        row, known = _rows_of(self.frame, member)
        (who,), index = group(row[known])
        now = self.frame[column][who, place] + np.bincount(index, minlength=len(who))
        self.frame[column][who, place] = np.minimum(now, _LIMIT).astype(np.uint8)


def bought(world: World, day: int, members: Ids) -> npt.NDArray[np.int32]:
    """Return packs bought in the PURCHASE_DAYS before ``day``, (member, SKU); zeros for who is not in the file."""
    frame = world.ports.state["customers"]
    packs = np.zeros((len(members), world.catalogue.n), np.int32)
    row, known = _rows_of(frame, members)
    mine = np.flatnonzero(known)
    sku, when = frame["bought_sku"][row[mine]], frame["bought_day"][row[mine]].astype(np.int64)
    member, place = np.nonzero((sku != NO_SKU) & (when >= day - PURCHASE_DAYS))
    np.add.at(packs, (mine[member], sku[member, place]), frame["bought_packs"][row[mine[member]], place])
    return packs


def messages(world: World, members: Ids) -> Ids:
    """Return messages sent to each member in the MESSAGE_DAYS before today."""
    return _sum(world, "messages", members)


def orders(world: World, members: Ids) -> Ids:
    """Return orders and till receipts of each member in this week and the WEEKS - 1 before, until last night."""
    return _sum(world, "orders", members)


def claims(world: World, members: Ids) -> Ids:
    """Return claims of each member in this week and the WEEKS - 1 before, until last night."""
    return _sum(world, "claims", members)


def members_of(world: World, shops: Ids) -> list[Ids]:
    """Return the members on each shop's register, rising ids."""
    ids = world.ports.state["customers"]["id"]
    first = np.searchsorted(ids, shops * MEMBERS_A_SHOP)
    last = np.searchsorted(ids, (shops + 1) * MEMBERS_A_SHOP)
    return [ids[a:b].copy() for a, b in zip(first, last, strict=True)]


def _sum(world: World, column: str, members: Ids) -> Ids:
    frame = world.ports.state["customers"]
    row, known = _rows_of(frame, members)
    if not frame.count:
        return np.zeros(len(members), np.int64)
    return np.where(known, frame[column][row].sum(axis=1, dtype=np.int64), 0)


def _rows_of(frame: Frame, members: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """The row of each of ``members`` and whether it is in the file; a row of others means nothing."""
    ids = frame["id"]
    if not len(ids):
        return np.zeros(len(members), np.int64), np.zeros(len(members), bool)
    row = np.minimum(np.searchsorted(ids, members), len(ids) - 1)
    return row, ids[row] == members


def _signed_by(rows: pa.Table, document: str) -> Ids:
    """The member of each distinct document in ``rows``, -1 where none is known."""
    return group(rows[document].to_numpy(), rows["member"].to_numpy()).keys[1]
