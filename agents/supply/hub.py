"""The hub: receives and sorts the night's goods, keeps what is left over, and shares goods out to lines and shops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.cold.rooms import Rooms
from agents.ledger import Account
from agents.stock import cells, lots, phases
from agents.stock.lots import Lots
from agents.stock.params import PhaseName
from agents.stock.programme import Ageing, Stock, Today, run_day
from agents.supply.market import SpotMarket
from agents.world import World
from sim.state import Frame
from sim.streams import uniform
from sim.variates import binomial_array

Ids = npt.NDArray[np.int64]
LOTS_A_DAY = np.int64(1 << 16)
"""Room for so many SKUs in a day's lot ids, so that one more SKU renames no lot."""
OPENING_HOUR, CLOSING_HOUR = -1.0, 23.0


@dataclass(frozen=True)
class Requests:
    """What the hub is asked for, one row an order line or a shop's order of a SKU, in the order of service.

    ``line`` is the order line id, -1 for a shop's stock order.
    """

    line: Ids
    shop: Ids
    sku: Ids
    packs: Ids


@dataclass(frozen=True)
class Consignment:
    """What leaves the hub: one row a piece of one lot for one request (``request`` is the row asked)."""

    request: Ids
    line: Ids
    shop: Ids
    sku: Ids
    packs: Ids
    life_used: npt.NDArray[np.float64]
    lot: Ids


@dataclass(frozen=True)
class Arrivals:
    """Lots that are unloaded and sorted today, one row a lot.

    ``at_gate`` is the life used when title changed, ``life_used`` after sorting; ``hour`` of the day when sorted;
    ``picked_at`` and ``promised_at`` in hours since midnight of day 0; ``harvest_day`` tells lots of a SKU apart.
    """

    lot: Ids
    farm: Ids
    sku: Ids
    packs: Ids
    at_gate: npt.NDArray[np.float64]
    life_used: npt.NDArray[np.float64]
    hour: npt.NDArray[np.float64]
    harvest_day: Ids
    picked_at: npt.NDArray[np.float64]
    promised_at: npt.NDArray[np.float64]

    def only(self, mask: npt.NDArray[np.bool_]) -> Arrivals:
        """Return the rows where ``mask`` holds."""
        return Arrivals(*(getattr(self, name)[mask] for name in Arrivals.__dataclass_fields__))


class Hub:
    """Stock of all SKUs in its rooms. Fresh goods age there by the hour; every loss is an event."""

    def __init__(self, world: World, market: SpotMarket, rooms: Rooms) -> None:
        self._world, self._market, self._rooms = world, market, rooms
        self.stock = world.ports.state.new(Frame("hub", cells.columns(), capacity=world.catalogue.n))
        self._defects = world.ports.streams.declare("supply.hub.defects")
        self._spoilage = world.ports.streams.declare("supply.hub.spoilage")
        self._rested = OPENING_HOUR  # the hour to which the older slots are aged; at a border everything is
        self._aged_to = np.full(world.catalogue.n, OPENING_HOUR)  # the same for the newest slot, by SKU

    def populate(self) -> None:
        """Start empty."""
        for_all = lots.empty(self._world.catalogue.n, cells.SLOTS)
        self.stock.add(**for_all._asdict())

    @property
    def on_hand(self) -> Ids:
        """Packs at the hub by SKU."""
        return phases.held(self.stock["packs"])

    def receive(self, day: int, goods: Arrivals) -> None:
        """Sort lots and store what is sound: out come defects, partly fit for the spot market, and what has spoiled."""
        for one in np.unique(goods.harvest_day)[::-1]:
            self._receive_lots(day, goods.only(goods.harvest_day == one))

    def _receive_lots(self, day: int, goods: Arrivals) -> None:
        """Lots of one harvest day: one a SKU."""
        world, catalogue, rules = self._world, self._world.catalogue, self._world.params.supply
        share = np.where(catalogue.fresh[goods.sku], rules.defect_share, 0.0)
        defects = binomial_array(self._defects, goods.packs, share, day, goods.sku, goods.harvest_day)
        to_spot = np.floor(defects * rules.graded_spot_share + 0.5).astype(np.int64)
        sound = (goods.packs - defects).astype(np.int32)
        draws = uniform(self._spoilage, day, goods.sku, goods.harvest_day, 1)
        spoiled = lots.spoil(sound, goods.at_gate, goods.life_used, world.params.costs.pack_life_log_sd, draws)
        columns = {
            "farm": goods.farm,
            "sku": goods.sku,
            "lot": goods.lot,
            "packs": goods.packs,
            "graded_out": defects,
            "to_spot": to_spot,
            "picked": world.ports.clock.at(0, goods.picked_at),
            "promised": world.ports.clock.at(0, goods.promised_at),
        }
        world.emit("sorting", "hub", day, goods.hour, columns)
        kept = (sound - spoiled).astype(np.int32)
        none = lots.empty(catalogue.n, 1)
        arrivals = Lots(none.packs[:, 0], none.life_used[:, 0], none.lot[:, 0])
        arrivals.packs[goods.sku] = kept
        arrivals.life_used[goods.sku] = np.where(kept > 0, goods.life_used, 0.0)
        arrivals.lot[goods.sku] = np.where(kept > 0, goods.lot, lots.NO_LOT)
        stock = Stock(cells.lots_of(self.stock), np.zeros((catalogue.n, 1), np.int32))
        run_day(("receive",), stock, self._today(deliveries=arrivals))
        cells.keep(self.stock, stock.lots)
        self._aged_to[goods.sku] = np.maximum(self._aged_to[goods.sku], goods.hour)
        hour = float(goods.hour.max())
        place = np.full(len(goods.sku), -1)
        self._market.sell(day, hour, Account.PLATFORM, "hub", place, goods.sku, to_spot, rules.graded_price_share)
        self._waste(day, hour, "damaged", self._by_sku(goods.sku, defects - to_spot))
        self._waste(day, hour, "spoiled", self._by_sku(goods.sku, spoiled.astype(np.int64)))

    def _by_sku(self, sku: Ids, packs: Ids) -> Ids:
        out = np.zeros(self._world.catalogue.n, np.int64)
        np.add.at(out, sku, packs)
        return out

    def share_out(self, requests: Requests) -> Consignment:
        """Take what is asked for from stock, oldest first; when a SKU runs short the last requests go without."""
        wanted = np.zeros(self._world.catalogue.n, np.int64)
        np.add.at(wanted, requests.sku, requests.packs)
        before = cells.lots_of(self.stock)
        taken = phases.issue(before.packs, wanted, fifo=True)
        pieces = phases.assign(taken, requests.sku, requests.packs, fifo=True)
        sku = requests.sku[pieces.line]
        consignment = Consignment(
            request=pieces.line,
            line=requests.line[pieces.line],
            shop=requests.shop[pieces.line],
            sku=sku,
            packs=pieces.packs.astype(np.int64),
            life_used=before.life_used[sku, pieces.slot].copy(),
            lot=before.lot[sku, pieces.slot].copy(),
        )
        cells.keep(self.stock, lots.without(before, taken))
        return consignment

    def rest(self, day: int, hour: float) -> None:
        """Let the stock age until ``hour``, from the opening border or since it was sorted; spoiled packs go."""
        self._spoil(day, hour, hour, ("spoil",), 2)
        self._rested = max(hour, self._rested)
        self._aged_to = np.maximum(self._aged_to, hour)

    def age(self, day: int) -> None:
        """Close the day: age to 23:00, throw spoiled packs away, offer old ones on the spot market."""
        self._spoil(day, 22.5, CLOSING_HOUR, ("spoil", "age"), 0)
        self._clear(day)
        self._rested, self._aged_to = OPENING_HOUR, np.full(self._world.catalogue.n, OPENING_HOUR)

    def _spoil(self, day: int, hour: float, until: float, names: tuple[PhaseName, ...], draw: int) -> None:
        world = self._world
        skus, before = np.arange(world.catalogue.n), cells.lots_of(self.stock)
        used = np.empty(before.packs.shape)
        here, end = np.zeros(len(skus), np.int64), np.full(len(skus), until)
        used[:] = self._rooms.life("hub", here, skus, np.full(len(skus), self._rested), end)[:, None]
        used[:, 0] = self._rooms.life("hub", here, skus, self._aged_to, end)
        after = np.where(before.packs > 0, before.life_used + used, 0.0)
        draws = uniform(self._spoilage, day, skus[:, None], np.arange(cells.SLOTS)[None, :], draw)
        stock = Stock(before, np.zeros((len(skus), 1), np.int32))
        today = self._today(ageing=Ageing(after, world.params.costs.pack_life_log_sd, draws))
        flows = run_day(names, stock, today)
        cells.keep(self.stock, stock.lots)
        self._waste(day, hour, "spoiled", phases.held(flows.wasted))

    def _clear(self, day: int) -> None:
        """Offer packs that have used much of their life on the spot market, which takes a part of them."""
        rules, before = self._world.params.supply, cells.lots_of(self.stock)
        old = np.where(before.life_used >= rules.clearance_life, before.packs, 0)
        sold = phases.issue(old, np.floor(phases.held(old) * rules.surplus_take_share).astype(np.int64), fifo=True)
        cells.keep(self.stock, lots.without(before, sold))
        skus = np.arange(self._world.catalogue.n)
        place = np.full(len(skus), -1)
        self._market.sell(
            day, 22.5, Account.PLATFORM, "hub", place, skus, phases.held(sold), rules.surplus_price_share
        )

    def _today(self, deliveries: Lots | None = None, ageing: Ageing | None = None) -> Today:
        none = np.zeros((self._world.catalogue.n, 1), np.int64)
        return Today(none, lambda stock: none[:, 0], 1, True, False, deliveries=deliveries, ageing=ageing)

    def _waste(self, day: int, hour: float, reason: str, packs: Ids) -> None:
        rows = np.flatnonzero(packs)
        columns = {
            "shop": np.full(len(rows), -1),
            "sku": rows,
            "packs": packs[rows],
            "cost_fen": packs[rows] * self._world.catalogue.farm_gate_fen[rows],
            "node": ["hub"] * len(rows),
            "reason": [reason] * len(rows),
        }
        self._world.emit("waste", "hub", day, hour, columns)


def ration(wanted: Ids, available: Ids) -> Ids:
    """Share ``available[sku]`` packs among shops that want ``wanted[shop, sku]`` in proportion, in whole packs.

    Largest remainders first, ties to the lower shop row; nobody gets more than wanted.
    """
    asked = wanted.sum(axis=0)
    short = asked > available
    exact = wanted * np.where(short, available, asked) / np.maximum(asked, 1)
    whole = np.floor(exact).astype(np.int64)
    left = np.where(short, available, asked) - whole.sum(axis=0)
    order = np.argsort(-(exact - whole), axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(wanted))[:, None], axis=0)
    return np.minimum(whole + (rank < left[None, :]), wanted)
