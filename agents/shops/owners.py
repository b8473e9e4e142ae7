"""Shop owners as columns: how each orders by experience, and where the shop lies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.world import World
from sim.state import Frame
from sim.streams import uniform
from sim.variates import normal_array

_HABITS = ("smoothing", "stock_adjustment", "supply_line_weight", "cover_days")


class Owners:
    """One row a shop. The ordering habits are the owner's own; the owner's observation shows them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = world.ports.streams.declare("shops.owners")
        habits = dict.fromkeys((*_HABITS, "pull_to_mean"), np.float64)
        self.frame = world.ports.state.new(
            Frame("owners", {"id": np.int32, "x_km": np.float64, "y_km": np.float64, **habits}, capacity=world.shops)
        )

    def populate(self) -> None:
        """Draw every owner's habits (normal, kept inside 0..1, cover at least half a day) and the shop's place."""
        world, rules = self._world, self._world.params.owners
        shops = np.arange(world.shops)
        columns: dict[str, npt.NDArray[np.float64]] = {}
        for draw, habit in enumerate(_HABITS):
            mean, sd = getattr(rules, habit), getattr(rules, f"{habit}_sd")
            value = mean + sd * normal_array(self._key, 0, shops, draw)
            columns[habit] = np.maximum(value, 0.5) if habit == "cover_days" else np.clip(value, 0.0, 1.0)
        radius = world.params.supply.estate_radius_km * np.sqrt(uniform(self._key, 0, shops, 10))
        angle = 2.0 * np.pi * uniform(self._key, 0, shops, 11)
        self.frame.add(
            None,
            id=shops.astype(np.int32),
            x_km=np.round(radius * np.cos(angle), 3),
            y_km=np.round(radius * np.sin(angle), 3),
            pull_to_mean=np.full(world.shops, rules.pull_to_mean),
            **columns,
        )

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """Kilometres east and north of the hub, (shop, 2)."""
        return np.column_stack([self.frame["x_km"], self.frame["y_km"]])
