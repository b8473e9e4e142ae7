"""Water that goods give off: a mass account of its own, beside the packs.

Transpiration is driven by the vapour pressure deficit of the room: a source's rate (% of mass a day at its temperature
and the product's best humidity) is scaled by the deficit of the room over that of the source. Packs stay packs; what
they weigh less is in this account, in milligrams.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.cold.rooms import Rooms
from agents.orders import OrderBook
from agents.shops.shelves import Shelves
from agents.sourced import load_records
from agents.supply.hub import Hub
from agents.supply.ripening import is_crop
from agents.supply.transit import Transit
from agents.world import World
from sim.errors import RunError
from sim.state import Frame
from sim.variates import exp_array

Floats = npt.NDArray[np.float64]
DEFAULT_C, DEFAULT_RH = 10.0, 90.0
"""Where the guess for products without a source holds."""


def vapour_deficit_kpa(celsius: float | Floats, rh_pct: float | Floats) -> Floats:
    """Vapour pressure deficit of air, kPa, by Tetens' formula over water."""
    c = np.asarray(celsius, np.float64)
    saturated = 0.6108 * exp_array(17.27 * c / (c + 237.3))
    return np.asarray(saturated * (1.0 - np.asarray(rh_pct) / 100.0))


class Water:
    """Water lost so far by SKU; every day adds what the packs in stock give off where they lie."""

    def __init__(
        self, world: World, rooms: Rooms, transit: Transit, hub: Hub, shelves: Shelves, book: OrderBook
    ) -> None:
        self._world, self._rooms, self._transit = world, rooms, transit
        self._hub, self._shelves, self._book = hub, shelves, book
        self.account = world.ports.state.new(Frame("water", {"mg": np.int64}, capacity=world.catalogue.n))
        self._share_a_kpa = self._rates()

    def populate(self) -> None:
        """Start with nothing lost."""
        self.account.add(self._world.catalogue.n)

    def _rates(self) -> Floats:
        """Share of mass a day and kPa of deficit, by SKU; 0 for all but produce, which is not sealed."""
        goods, records = self._world.catalogue, load_records("postharvest")
        default = self._world.params.supply.water_loss_pct_d / vapour_deficit_kpa(DEFAULT_C, DEFAULT_RH)
        rates = np.zeros(goods.n)
        produce = is_crop(goods.kinetics) | (goods.kinetics == "generic_produce")
        for sku in np.flatnonzero(goods.fresh & produce):
            rows = records[str(goods.kinetics[sku])]
            if "water_loss_pct_d" in rows and "water_loss_t_c" in rows:
                best = rows["rh_opt_pct"].value or DEFAULT_RH
                deficit = float(vapour_deficit_kpa(float(rows["water_loss_t_c"]), best))
                rates[sku] = float(rows["water_loss_pct_d"]) / deficit
            else:
                rates[sku] = float(default)
        return rates / 100.0

    def evaporate(self, day: int) -> None:
        """Let a day's water go from what is held tonight: packs sold today have taken theirs home."""
        world, rules = self._world, self._world.params.supply
        skus, shelf = world.catalogue.n, self._shelves.frame
        on_shelf = np.bincount(shelf["sku"], self._shelves.on_hand, skus)
        waiting = np.bincount(self._book.reserved["sku"], minlength=skus)
        hub_c, shop_rh = self._rooms.mean_c("hub"), rules.shop_rh_pct
        places = (
            ("road", self._transit.packs, hub_c, rules.hub_rh_pct),
            ("hub", self._hub.on_hand, hub_c, rules.hub_rh_pct),
            ("shop", on_shelf, self._rooms.mean_c("shelf"), shop_rh),
            ("pickup", waiting, self._rooms.mean_c("pickup"), shop_rh),
        )
        for node, packs, celsius, humidity in places:
            share = np.minimum(self._share_a_kpa * vapour_deficit_kpa(celsius, humidity), 1.0)
            mg = np.rint(packs * world.catalogue.pack_mass_g * 1000.0 * share).astype(np.int64)
            self._lose(day, node, mg, (packs * world.catalogue.pack_mass_g * 1000).astype(np.int64))

    def _lose(self, day: int, node: str, mg: npt.NDArray[np.int64], held_mg: npt.NDArray[np.int64]) -> None:
        if (mg < 0).any() or (mg > held_mg).any():
            raise RunError(f"day {day}: goods at node {node} lose more water than they weigh")
        rows = np.flatnonzero(mg)
        self._world.emit(
            "water_loss", node, day, 22.9, {"sku": rows, "mg": mg[rows], "node": [node] * len(rows)}
        )
        self.account["mg"][rows] += mg[rows]
