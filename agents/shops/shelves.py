"""Shelves: one cell a (shop, SKU) the shop lists. The day's steps run the phases that labs run too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.cold.places import nominal_c
from agents.cold.rooms import Rooms
from agents.ledger import Account, Ledger
from agents.stock import cells, lots, phases
from agents.stock.lots import Lots
from agents.stock.programme import Ageing, Stock, Today, run_day
from agents.supply.hub import Consignment
from agents.world import World
from hardware_models.thermal import decay_rate
from sim.state import Frame
from sim.streams import uniform
from sim.variates import binomial_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Shelves:
    """Stock for sale in all shops.

    Parameters
    ----------
    shop, sku
        the cells, sorted by (shop, sku).
    prior_daily
        packs a day the owner expected of each cell before opening.
    """

    def __init__(self, world: World, ledger: Ledger, rooms: Rooms, shop: Ids, sku: Ids, prior_daily: Floats) -> None:
        self._world, self._ledger, self._rooms = world, ledger, rooms
        self._first_cells = (shop, sku, prior_daily)
        columns = {
            "shop": np.int32,
            "sku": np.int32,
            "prior_daily": np.float64,
            "ordered": np.int64,
            "price_fen": np.int64,
            "tag_fen": np.int64,
            **cells.columns(),
        }
        self.frame = world.ports.state.new(Frame("shelf", columns, capacity=len(shop)))
        self._damage = world.ports.streams.declare("shops.shelves.damage")
        self._spoilage = world.ports.streams.declare("shops.shelves.spoilage")
        self._received_hour = np.full(len(shop), np.nan)

    def populate(self) -> None:
        """Open every shop with some days of expected sales on the shelf, half a day old."""
        shop, sku, prior = self._first_cells
        world, goods = self._world, self._world.catalogue
        stocked = world.factors(0).stocks_shelves & ~goods.premium_candidate[sku]
        opening = np.where(stocked, np.rint(prior * world.params.owners.first_stock_days), 0).astype(np.int32)
        rate = decay_rate(world.kinetics(), nominal_c(world, 0, "shelf"))[sku]
        fresh = Lots(opening, np.where(opening > 0, 0.5 * rate, 0.0), np.where(opening > 0, np.int64(0), lots.NO_LOT))
        stock = lots.receive_with(lots.empty(len(shop), cells.SLOTS), fresh)
        self.frame.add(
            shop=shop.astype(np.int32),
            sku=sku.astype(np.int32),
            prior_daily=prior,
            ordered=np.zeros(len(shop), np.int64),
            price_fen=goods.price_fen[sku],
            tag_fen=goods.price_fen[sku],
            **stock._asdict(),
        )

    @property
    def on_hand(self) -> Ids:
        """Packs for sale in each cell."""
        return phases.held(self.frame["packs"])

    def rows_of(self, shop: Ids, sku: Ids) -> npt.NDArray[np.int64]:
        """Return the cell row of every (shop, sku); the shop must list the SKU."""
        width = np.int64(self._world.catalogue.n)
        keys = self.frame["shop"].astype(np.int64) * width + self.frame["sku"]
        return np.searchsorted(keys, np.asarray(shop, np.int64) * width + sku)

    def set_prices(self, rows: Ids, price_fen: Ids) -> None:
        """Set the day's prices of cells ``rows``, in the app and on the shelf's tags."""
        self.frame["price_fen"][rows] = price_fen
        self.frame["tag_fen"][rows] = price_fen

    def life_at(self, hour: float) -> Floats:
        """Return the life used at ``hour`` of what lies in each slot, (cell, slot)."""
        frame, until = self.frame, np.full(len(self.frame), hour)
        used = np.empty(frame["packs"].shape)
        used[:] = self._rooms.life("shelf", frame["shop"], frame["sku"], np.full(len(frame), -1.0), until)[:, None]
        came = np.where(np.isnan(self._received_hour), -1.0, self._received_hour)
        used[:, 0] = self._rooms.life("shelf", frame["shop"], frame["sku"], came, until)
        return np.asarray(frame["life_used"] + used)

    def looks(self, hour: float) -> Floats:
        """Return how good what lies in each cell looks at ``hour``, 0 to 1: one less the mean life used, 1 if empty."""
        packs = self.frame["packs"]
        mean = (packs * self.life_at(hour)).sum(axis=1) / np.maximum(packs.sum(axis=1), 1)
        return np.asarray(np.clip(1.0 - mean, 0.0, 1.0))

    def take_off(self, packs: npt.NDArray[np.int32]) -> None:
        """Remove ``packs`` (cell, slot) from the shelves; the caller says where they went."""
        cells.keep(self.frame, lots.without(cells.lots_of(self.frame), packs))

    def order(self, day: int, packs: Ids) -> None:
        """Note the owners' orders (one a cell) and tell the hub."""
        self.frame["ordered"][...] = packs
        rows = np.flatnonzero(packs)
        columns = {"shop": self.frame["shop"][rows], "sku": self.frame["sku"][rows], "packs": packs[rows]}
        self._world.emit("shop_order", "owner", day, -1.0, columns)

    def receive(self, day: int, hour: Floats, goods: Consignment) -> None:
        """Put delivered packs on the shelf at ``hour`` (one a piece); bruised ones are thrown away and not paid.

        The owner pays the transfer price for what is put on the shelf.
        """
        world = self._world
        rows = self.rows_of(goods.shop, goods.sku)
        share = np.where(world.catalogue.fresh[goods.sku], world.params.owners.damage_share, 0.0)
        damaged = binomial_array(self._damage, goods.packs, share, day, goods.shop, goods.sku, goods.lot)
        sound = goods.packs - damaged
        arrivals = _merged(len(self.frame), rows, sound, goods.life_used, goods.lot)
        stock = self._stock()
        run_day(("receive",), stock, self._today(deliveries=arrivals))
        cells.keep(self.frame, stock.lots)
        self._received_hour[rows] = hour
        self.frame["ordered"][rows] = 0
        delivered = np.zeros(len(self.frame), np.int64)
        np.add.at(delivered, rows, goods.packs)
        received = np.flatnonzero(delivered)
        moved = {
            "shop": self.frame["shop"][received],
            "sku": self.frame["sku"][received],
            "packs": delivered[received],
            "move": ["deliver"] * len(received),
        }
        world.emit("stock_move", "shop", day, self._received_hour[received], moved)
        self.throw_away(day, hour, rows, damaged, "damaged", node="shop")
        value = sound * world.catalogue.wholesale_fen[goods.sku]
        self._ledger.post(day, 20.0, Account.OWNERS, Account.PLATFORM, "transfer", goods.shop, value)

    def sell(self, day: int, cell: Ids, packs: Ids) -> phases.Pieces:
        """Issue what the lines (cell, packs) bought, oldest first; return from which slot each line was served."""
        wanted = np.zeros(len(self.frame), np.int64)
        np.add.at(wanted, cell, packs)
        stock = self._stock()
        flows = run_day(("serve",), stock, self._today(demand=wanted[:, None]))
        pieces = phases.assign(flows.taken, cell, packs, fifo=True)
        cells.keep(self.frame, stock.lots)
        return pieces

    def age(self, day: int) -> None:
        """Close the day: ageing at shelf temperature since the morning or the arrival; what spoiled is thrown away.

        What the hub could not send lapses: tomorrow's order replaces it.
        """
        world, frame = self._world, self.frame
        frame["ordered"][...] = 0
        before = cells.lots_of(frame)
        after = np.where(before.packs > 0, self.life_at(23.0), 0.0)
        entity = frame["shop"].astype(np.int64)[:, None]
        item = (frame["sku"].astype(np.int64)[:, None] << 8) + np.arange(cells.SLOTS)[None, :]
        draws = uniform(self._spoilage, day, entity, item)
        stock = self._stock()
        ageing = Ageing(after, world.params.costs.pack_life_log_sd, draws)
        flows = run_day(("spoil", "age"), stock, self._today(ageing=ageing))
        cells.keep(frame, stock.lots)
        gone = phases.held(flows.wasted)
        rows = np.flatnonzero(gone)
        self.throw_away(day, np.full(len(rows), 22.5), rows, gone[rows], "spoiled", node="shop")
        self._received_hour[:] = np.nan

    def ageing(self, hour: Floats, cell: Ids, slot: Ids) -> Floats:
        """Life that packs in ``slot`` of ``cell`` use until ``hour`` since the opening border, or since they came."""
        came = np.where(slot == 0, self._received_hour[cell], np.nan)
        since, until = np.where(np.isnan(came), -1.0, came), np.broadcast_to(hour, came.shape)
        return self._rooms.life("shelf", self.frame["shop"][cell], self.frame["sku"][cell], since, until)

    def throw_away(self, day: int, hour: Floats, rows: Ids, packs: Ids, reason: str, *, node: str) -> None:
        """Record waste of ``packs`` in cells ``rows``."""
        some = np.flatnonzero(packs)
        sku = self.frame["sku"][rows[some]].astype(np.int64)
        columns = {
            "shop": self.frame["shop"][rows[some]],
            "sku": sku,
            "packs": packs[some],
            "cost_fen": packs[some] * self._world.catalogue.farm_gate_fen[sku],
            "node": [node] * len(some),
            "reason": [reason] * len(some),
        }
        self._world.emit("waste", "shop", day, np.asarray(hour)[some], columns)

    def _stock(self) -> Stock:
        return Stock(cells.lots_of(self.frame), np.zeros((len(self.frame), 1), np.int32))

    def _today(
        self,
        demand: npt.NDArray[np.integer] | None = None,
        deliveries: Lots | None = None,
        ageing: Ageing | None = None,
    ) -> Today:
        none = np.zeros((len(self.frame), 0), np.int64)
        asked = none if demand is None else demand
        return Today(asked, lambda stock: none.sum(axis=1), 1, True, False, deliveries=deliveries, ageing=ageing)


def _merged(cell_count: int, rows: Ids, packs: Ids, life_used: Floats, lot: Ids) -> Lots:
    """Lots arriving at once in a cell become one: summed packs, pack-weighted mean life used, the oldest lot's id."""
    total = np.zeros(cell_count, np.int64)
    np.add.at(total, rows, packs)
    weighted = np.zeros(cell_count)
    np.add.at(weighted, rows, packs * life_used)
    oldest = np.full(cell_count, np.iinfo(np.int64).max)
    some = packs > 0
    np.minimum.at(oldest, rows[some], lot[some])
    full = total > 0
    return Lots(
        total.astype(np.int32),
        np.where(full, weighted / np.maximum(total, 1), 0.0),
        np.where(full, oldest, lots.NO_LOT),
    )
