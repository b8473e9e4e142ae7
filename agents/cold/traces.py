"""One local fruit lot a week followed from the field to the shop: the truth, for the evaluation log only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.cold.rooms import Rooms
from agents.orders import OrderBook
from agents.shops.shelves import Shelves
from agents.supply.haul import Convoy
from agents.supply.hub import Arrivals, Consignment
from agents.supply.under_way import Delivery
from agents.world import World
from hardware_models.thermal import relax
from sim.state import Frame
from sim.streams import uniform

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
EVERY_DAYS = 7
FRUIT = ("melons", "berries", "orchard_fruit", "tropical_fruit")


class Traces:
    """Which lots are followed, and where they were."""

    def __init__(self, world: World, rooms: Rooms, shelves: Shelves, book: OrderBook) -> None:
        self._world, self._rooms, self._shelves, self._book = world, rooms, shelves, book
        self._lots = world.ports.state.new(Frame("traced", {"lot": np.int64}))
        self._choice = world.ports.streams.declare("cold.traces")

    def populate(self) -> None:
        """Nothing is followed yet."""

    def choose(self, day: int, came: Arrivals, convoys: Sequence[Convoy], on_plant: Floats) -> None:
        """Follow one of today's local fruit lots, and note where it has been so far."""
        goods = self._world.catalogue
        fruit = (goods.origin[came.sku] == "local") & np.isin(goods.category[came.sku], FRUIT)
        rows = np.flatnonzero(fruit & (came.packs > 0))
        if day % EVERY_DAYS or not len(rows):
            return
        row = int(rows[np.argmin(uniform(self._choice, day, came.sku[rows]))])
        self._lots.add(1, lot=came.lot[row])
        rules, sku, packs = self._world.params.supply, int(came.sku[row]), int(came.packs[row])
        begin, gate = rules.harvest_start_hour, float(came.picked_at[row]) - 24.0 * day
        field_c = self._world.ambient_c(day, begin)
        cold = relax(field_c, rules.precool_c, rules.precool_tau_hours, rules.precool_hours)
        lot = int(came.lot[row])
        self._note(day, begin, lot, sku, "field", -1, field_c, field_c, float(on_plant[sku]), packs)
        self._note(day, gate, lot, sku, "farm", -1, rules.precool_c, cold, float(came.at_gate[row]), packs)
        load = next(convoy.loads[-1] for convoy in convoys if convoy.farm == came.farm[row])
        zone, unloaded = load.zone_of[sku], float(came.hour[row]) - rules.sort_hours
        air, core = float(load.air_c()[0, zone]), float(load.core_c()[0, zone])
        self._note(day, unloaded, lot, sku, "lorry", -1, air, core, float(came.life_used[row]), packs)

    def leave(self, day: int, hour: float, goods: Consignment, delivery: Delivery) -> None:
        """Note followed lots when they leave the hub and when a truck brings them to a shop."""
        for row in np.flatnonzero(np.isin(goods.lot, self._lots["lot"])):
            lot, sku, shop = int(goods.lot[row]), int(goods.sku[row]), int(goods.shop[row])
            packs, life = int(goods.packs[row]), float(goods.life_used[row])
            air, core = self._rooms.temperature("hub", -1, np.array([sku]), hour)
            self._note(day, hour, lot, sku, "hub", -1, float(air[0]), float(core[0]), life, packs)
            at, truck = float(delivery.arrival_hour[shop]), int(delivery.truck_of[shop])
            air_c, core_c = float(delivery.air_c[shop, sku]), float(delivery.core_c[shop, sku])
            life += float(delivery.life_used[shop, sku])
            self._note(day, at, lot, sku, "truck", truck, air_c, core_c, life, packs)

    def evening(self, day: int) -> None:
        """Note what is left of followed lots on shelves and in pick-up rooms."""
        frame, waiting = self._shelves.frame, self._book.reserved
        followed = self._lots["lot"]
        for cell, slot in zip(*np.nonzero(np.isin(frame["lot"], followed) & (frame["packs"] > 0)), strict=True):
            lot, sku, shop = int(frame["lot"][cell, slot]), int(frame["sku"][cell]), int(frame["shop"][cell])
            air, core = self._rooms.temperature("shelf", shop, np.array([sku]), 22.75)
            life, packs = float(frame["life_used"][cell, slot]), int(frame["packs"][cell, slot])
            self._note(day, 22.75, lot, sku, "shop", shop, float(air[0]), float(core[0]), life, packs)
        for row in np.flatnonzero(np.isin(waiting["lot"], followed)):
            lot, sku, shop = int(waiting["lot"][row]), int(waiting["sku"][row]), int(waiting["shop"][row])
            air, core = self._rooms.temperature("pickup", shop, np.array([sku]), 22.75)
            life = float(waiting["life_used"][row])
            self._note(day, 22.75, lot, sku, "shop", shop, float(air[0]), float(core[0]), life, 1)

    def _note(
        self, day: int, hour: float, lot: int, sku: int, place: str, node: int, air: float, core: float, life: float,
        packs: int,
    ) -> None:  # fmt: skip
        columns = {"lot": [lot], "sku": [sku], "place": [place], "node": [node], "air_c": [air], "core_c": [core],
                   "life_used": [life], "packs": [packs]}
        self._world.record_truth("lot_path", day, min(hour, 22.9), columns)
