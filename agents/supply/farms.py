"""Farms: contracted suppliers near the city and far away, each with a crew, pre-cooling chambers and land."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.supply.ripening import Crops, crops_of, is_crop
from agents.world import World
from sim.state import Frame
from sim.streams import uniform

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
NO_FARM = -1
"""Farm id of goods that are called off from the warehouse."""


class Farms:
    """The contracted farms: local ones have the ids 0 .. L-1, remote ones follow.

    A category has one local and one remote farm, so every SKU that grows has one: its contract is the expected demand.
    Fresh goods that do not grow in fields, and candidates nobody expects ordinary sales of, come from the warehouse.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        goods, rules = world.catalogue, world.params.supply
        grown = goods.fresh & is_crop(goods.kinetics) & (world.expected_daily > 0)
        remote = grown & (goods.origin == "remote")
        local = grown & (goods.origin == "local")
        self.of: Ids = np.where(
            local,
            goods.category_id % rules.local_farms,
            np.where(remote, rules.local_farms + goods.category_id % rules.remote_farms, NO_FARM),
        )
        """Farm id by SKU."""
        self.sku: Ids = np.flatnonzero(local | remote)
        """SKUs with a farm; the rows of ``crops`` and of the fields."""
        self.crops: Crops = crops_of(goods.kinetics[self.sku])
        self.contract = world.expected_daily[self.sku]
        """Packs a day that the contracts were sized for, by row."""
        self.frame = world.ports.state.new(
            Frame(
                "farms",
                {
                    "id": np.int64,
                    "remote": np.bool_,
                    "distance_km": np.float64,
                    "crew": np.int64,
                    "chambers": np.int64,
                    "area_ha": np.float64,
                },
                capacity=rules.local_farms + rules.remote_farms,
            )
        )
        self._places = world.ports.streams.declare("supply.farms.distance")

    def populate(self) -> None:
        """Draw the distances and size crew, chambers and land for the contracts."""
        rules, many = self._world.params.supply, self.frame.capacity
        ids = np.arange(many)
        remote = ids >= rules.local_farms
        near = np.where(remote, rules.remote_km_near, rules.farm_km_near)
        far = np.where(remote, rules.remote_km_far, rules.farm_km_far)
        kg = self.contract * self._world.catalogue.pack_mass_g[self.sku] / 1000.0
        farm = self.of[self.sku]
        hours = np.bincount(farm, kg / self.crops.crew_kg_h, many) * rules.crew_slack
        batches = np.floor(self.picking_hours / max(rules.precool_hours, 0.5)) + 1.0
        chambers = np.bincount(farm, kg, many) / (rules.precool_batch_kg * batches)
        area = np.bincount(farm, kg / self.crops.yield_t_ha, many) * 365.0 / 1000.0
        self.frame.add(
            id=ids,
            remote=remote,
            distance_km=near + np.maximum(far - near, 0.0) * uniform(self._places, 0, ids),
            crew=np.maximum(np.ceil(hours / self.picking_hours), 1).astype(np.int64),
            chambers=np.maximum(np.ceil(chambers), 1).astype(np.int64),
            area_ha=area * (1.0 + rules.overplant_share),
        )

    @property
    def picking_hours(self) -> float:
        """Hours of a crew's morning."""
        rules = self._world.params.supply
        return rules.harvest_end_hour - rules.harvest_start_hour

    @property
    def is_remote(self) -> npt.NDArray[np.bool_]:
        """Whether a SKU comes from a remote farm, by SKU."""
        return np.asarray(self.of >= self._world.params.supply.local_farms)

    @property
    def lead_days(self) -> Floats:
        """Days that head office counts from the order to the hub, by SKU: the coming night, or the remote promise."""
        return np.where(self.is_remote, 1.0 + self._world.params.supply.remote_promise_days, 1.0)

    @property
    def promise_days(self) -> Ids:
        """Days from an order to the pick-up that members are promised, by SKU: 1 is the next day."""
        return np.where(self.is_remote, self._world.params.supply.remote_order_days, 1).astype(np.int64)

    def by_sku(self, values: npt.NDArray[np.float64]) -> Floats:
        """Spread ``values`` (one a row) over all SKUs, 0 elsewhere."""
        out = np.zeros(self._world.catalogue.n)
        out[self.sku] = values
        return out
