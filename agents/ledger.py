"""The ledger: every fen has a giver and a receiver; balances are columns, entries are events."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.world import World
from sim.state import Frame


class Account(IntEnum):
    """Who can hold money. ``ESCROW`` holds what residents paid ahead until goods are handed over."""

    RESIDENTS = 0
    ESCROW = 1
    PLATFORM = 2
    OWNERS = 3
    SUPPLIERS = 4
    CARRIERS = 5
    WORKERS = 6
    SERVICES = 7
    LANDLORDS = 8
    OTHER_TRADE = 9
    SPOT_MARKET = 10


class Ledger:
    """Balances in fen by account. A payment out of one account is a receipt of another, so they sum to zero."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = world.ports.state.new(Frame("ledger", {"balance": np.int64}, capacity=len(Account)))

    def populate(self) -> None:
        """Open every account at zero."""
        self._accounts.add(balance=np.zeros(len(Account), np.int64))

    def balance(self, account: Account) -> int:
        """Return the balance of ``account`` in fen."""
        return int(self._accounts["balance"][account])

    def post(
        self,
        day: int,
        hour: float,
        debit: Account,
        credit: Account,
        reason: str,
        shop: npt.NDArray[np.integer[Any]] | int,
        fen: npt.NDArray[np.integer[Any]] | int,
    ) -> None:
        """Move ``fen`` (one amount a shop, or one for the network with shop -1) from ``debit`` to ``credit``.

        Amounts are summed by shop before they are logged; amounts of zero leave no entry. Negative amounts are a
        mistake of the caller: ValueError.
        """
        shops, amounts = np.atleast_1d(np.asarray(shop)), np.atleast_1d(np.asarray(fen, np.int64))
        if len(amounts) == 0:
            return
        if amounts.min() < 0:
            raise ValueError(f"{reason}: a negative amount; post it the other way round")
        shops = np.broadcast_to(shops, amounts.shape)
        places, row = np.unique(shops, return_inverse=True)
        sums = np.zeros(len(places), np.int64)
        np.add.at(sums, row, amounts)
        places, sums = places[sums > 0], sums[sums > 0]
        if not len(sums):
            return
        total = int(sums.sum())
        self._accounts["balance"][debit] -= total
        self._accounts["balance"][credit] += total
        columns = {
            "shop": places,
            "debit": [debit.name.lower()] * len(sums),
            "credit": [credit.name.lower()] * len(sums),
            "reason": [reason] * len(sums),
            "fen": sums,
        }
        self._world.emit("posting", "ledger", day, hour, columns)
