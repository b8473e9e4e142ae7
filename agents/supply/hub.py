"""The hub: receives and sorts the night's goods, keeps what is left over, and shares goods out to lines and shops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.stock import cells, lots, phases
from agents.stock.lots import Lots
from agents.stock.programme import Ageing, Stock, Today, run_day
from agents.world import World
from hardware_models.thermal import decay_rate
from sim.state import Frame
from sim.streams import uniform
from sim.variates import binomial_array

Ids = npt.NDArray[np.int64]
LOTS_A_DAY = np.int64(1 << 16)
"""Room for so many SKUs in a day's lot ids, so that one more SKU renames no lot."""


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


class Hub:
    """Stock of all SKUs in one cold room. Fresh goods age there; every loss is an event."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.stock = world.ports.state.new(Frame("hub", cells.columns(), capacity=world.catalogue.n))
        self._defects = world.ports.streams.declare("supply.hub.defects")
        self._spoilage = world.ports.streams.declare("supply.hub.spoilage")

    def populate(self) -> None:
        """Start empty."""
        for_all = lots.empty(self._world.catalogue.n, cells.SLOTS)
        self.stock.add(**for_all._asdict())

    @property
    def on_hand(self) -> Ids:
        """Packs at the hub by SKU."""
        return phases.held(self.stock["packs"])

    def receive(self, day: int, hour: float, packs: Ids, life_used: npt.NDArray[np.float64]) -> None:
        """Sort what came from field and warehouse: take out defects and what spoiled on the way, store the rest."""
        world, goods = self._world, self._world.catalogue
        skus = np.arange(goods.n)
        lot = day * LOTS_A_DAY + skus
        here = np.flatnonzero(packs)
        receipt = {
            "sku": here,
            "packs": packs[here],
            "cost_fen": packs[here] * goods.farm_gate_fen[here],
            "lot": lot[here],
        }
        world.emit("harvest", "supplier", day, min(hour, 22.0), receipt)
        share = np.where(goods.fresh, world.params.supply.defect_share, 0.0)
        defects = binomial_array(self._defects, packs, share, day, skus)
        sound = (packs - defects).astype(np.int32)
        draws = uniform(self._spoilage, day, skus, 0, 1)
        spread = world.params.costs.pack_life_log_sd
        spoiled = lots.spoil(sound, np.zeros(goods.n), life_used, spread, draws).astype(np.int64)
        arrivals = Lots((sound - spoiled).astype(np.int32), np.where(sound > spoiled, life_used, 0.0), lot)
        stock = Stock(cells.lots_of(self.stock), np.zeros((goods.n, 1), np.int32))
        run_day(("receive",), stock, self._today(deliveries=arrivals))
        cells.keep(self.stock, stock.lots)
        self._waste(day, min(hour, 22.0), "damaged", defects)
        self._waste(day, min(hour, 22.0), "spoiled", spoiled)

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

    def age(self, day: int) -> None:
        """Close the day: a day's ageing at room temperature, spoiled packs thrown away."""
        world = self._world
        rate = decay_rate(world.kinetics(), world.params.supply.hub_temperature_c)
        before = cells.lots_of(self.stock)
        after = np.where(before.packs > 0, before.life_used + rate[:, None], 0.0)
        skus = np.arange(world.catalogue.n)
        draws = uniform(self._spoilage, day, skus[:, None], np.arange(cells.SLOTS)[None, :])
        stock = Stock(before, np.zeros((len(skus), 1), np.int32))
        today = self._today(ageing=Ageing(after, world.params.costs.pack_life_log_sd, draws))
        flows = run_day(("spoil", "age"), stock, today)
        cells.keep(self.stock, stock.lots)
        self._waste(day, 22.5, "spoiled", phases.held(flows.wasted))

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
