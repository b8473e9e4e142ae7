"""Conservation of goods and money, exact, checked at every border."""

from __future__ import annotations

import numpy as np

from agents.ledger import Account, Ledger
from agents.orders import OrderBook
from agents.reducers.goods import ON_THE_ROAD
from agents.shops.shelves import Shelves
from agents.supply.hub import Hub
from agents.supply.transit import Transit
from agents.supply.water import Water
from agents.world import World
from sim.errors import RunError
from sim.state import Frame


class Conservation:
    """Counts stock at the border and compares it with what the day's events say must be there."""

    def __init__(
        self, world: World, ledger: Ledger, book: OrderBook, transit: Transit, hub: Hub, shelves: Shelves, water: Water
    ) -> None:
        self._world, self._ledger, self._book = world, ledger, book
        self._transit, self._hub, self._shelves = transit, hub, shelves
        self._water = water
        columns = {"packs": np.int64, "water_mg": np.int64}
        self._held = world.ports.state.new(Frame("held", columns, capacity=world.catalogue.n))

    def populate(self) -> None:
        """Note the opening stock."""
        self._held.add(packs=self._stock())

    def _stock(self) -> np.ndarray:
        skus = self._world.catalogue.n
        shelf = np.zeros(skus, np.int64)
        np.add.at(shelf, self._shelves.frame["sku"], self._shelves.on_hand)
        reserved = np.bincount(self._book.reserved["sku"], minlength=skus)
        return np.asarray(self._transit.packs + self._hub.on_hand + shelf + reserved, np.int64)

    def count(self, day: int) -> None:
        """Shops and hub count their stock at 23:00; head office knows what is on the road."""
        world, shelf = self._world, self._shelves.frame
        shape = (world.shops, world.catalogue.n)
        reserved = np.zeros(shape, np.int64)
        np.add.at(reserved, (self._book.reserved["shop"], self._book.reserved["sku"]), 1)
        on_hand, on_order, listed = (np.zeros(shape, np.int64) for _ in range(3))
        place = shelf["shop"], shelf["sku"]
        on_hand[place], on_order[place], listed[place] = self._shelves.on_hand, shelf["ordered"], 1
        shop, sku = np.nonzero(listed + reserved)
        columns = {"on_hand": on_hand[shop, sku], "on_order": on_order[shop, sku], "reserved": reserved[shop, sku]}
        world.emit("stock_count", "shop", day, 22.9, {"shop": shop, "sku": sku, **columns})
        skus = np.arange(shape[1])
        nothing = np.zeros(shape[1], np.int64)
        hub = {"shop": np.full(shape[1], -1), "sku": skus, "on_hand": self._hub.on_hand}
        world.emit("stock_count", "hub", day, 22.9, {**hub, "on_order": nothing, "reserved": nothing})
        road, sku = self._transit.packs, np.flatnonzero(self._transit.packs)
        columns = {"shop": np.full(len(sku), ON_THE_ROAD), "sku": sku, "on_hand": road[sku]}
        world.emit("stock_count", "lorry", day, 22.9, {**columns, "on_order": nothing[sku], "reserved": nothing[sku]})

    def check(self, day: int) -> None:
        """Raise RunError unless goods and money of the closed day balance exactly."""
        self._check_goods(day)
        self._check_money(day)

    def _check_goods(self, day: int) -> None:
        rows = self._world.ports.log.read("sku_day", since_day=day)
        flow = rows["receipts"].to_numpy() - rows["sold"].to_numpy() - rows["spot"].to_numpy()
        for node in ("hub", "road", "shop", "pickup"):
            flow = flow - rows[f"waste_{node}"].to_numpy()
        expected = self._held["packs"].copy()
        np.add.at(expected, rows["sku"].to_numpy(), flow)
        held = self._stock()
        wrong = np.flatnonzero(expected != held)
        if len(wrong):
            sku = int(wrong[0])
            name = self._world.catalogue.code[sku]
            raise RunError(
                f"day {day}: goods are not conserved for {len(wrong)} SKUs, first {name}: "
                f"{expected[sku]} packs expected, {held[sku]} held"
            )
        self._held["packs"][...] = held
        np.add.at(self._held["water_mg"], rows["sku"].to_numpy(), rows["water_mg"].to_numpy())
        if (self._held["water_mg"] != self._water.account["mg"]).any():
            raise RunError(f"day {day}: the account of water does not hold what goods gave off")

    def _check_money(self, day: int) -> None:
        total = sum(self._ledger.balance(account) for account in Account)
        escrow = int(self._book.open["fen"].sum() + self._book.reserved["fen"].sum())
        if total != 0:
            raise RunError(f"day {day}: accounts sum to {total} fen instead of 0")
        if self._ledger.balance(Account.ESCROW) != escrow:
            held = self._ledger.balance(Account.ESCROW)
            raise RunError(f"day {day}: {held} fen in escrow, open and reserved lines are worth {escrow}")
