"""Shop owners as columns: how each orders by experience, where the shop lies, and whether somebody keeps it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.world import World
from sim.state import Frame
from sim.streams import uniform
from sim.variates import normal_array

Ids = npt.NDArray[np.int64]
_HABITS = ("smoothing", "stock_adjustment", "supply_line_weight", "cover_days")


class Owners:
    """One row a shop. The ordering habits are the owner's own; the owner's observation shows them.

    ``open_from`` is the business day from which the shop is kept: a later day than today means that its owner left and
    the successor has not come yet. ``generation`` counts the owners of the shop; ``groups_opened`` and
    ``groups_succeeded`` are what this owner has seen of group-buys, ``hygiene`` how clean the shop is kept, 0 to 1.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = world.ports.streams.declare("shops.owners")
        habits = dict.fromkeys((*_HABITS, "pull_to_mean", "hygiene"), np.float64)
        counts = dict.fromkeys(("open_from", "generation", "groups_opened", "groups_succeeded"), np.int32)
        self.frame = world.ports.state.new(
            Frame(
                "owners",
                {"id": np.int32, "x_km": np.float64, "y_km": np.float64, **habits, **counts},
                capacity=world.shops,
            )
        )

    def populate(self) -> None:
        """Draw every first owner's habits and the shop's place."""
        world = self._world
        shops = np.arange(world.shops)
        radius = world.params.supply.estate_radius_km * np.sqrt(uniform(self._key, 0, shops, 10))
        angle = 2.0 * np.pi * uniform(self._key, 0, shops, 11)
        nothing = np.zeros(world.shops, np.int32)
        self.frame.add(
            None,
            id=shops.astype(np.int32),
            x_km=np.round(radius * np.cos(angle), 3),
            y_km=np.round(radius * np.sin(angle), 3),
            pull_to_mean=np.full(world.shops, world.params.owners.pull_to_mean),
            open_from=nothing,
            generation=nothing,
            groups_opened=nothing,
            groups_succeeded=nothing,
            **self._habits(shops, nothing),
        )

    def _habits(self, shops: Ids, generation: npt.NDArray[np.integer]) -> dict[str, npt.NDArray[np.float64]]:
        """Habits of the ``generation``-th owner of ``shops``: normal, kept inside 0..1, cover at least half a day."""
        rules = self._world.params.owners
        columns: dict[str, npt.NDArray[np.float64]] = {}
        for draw, habit in enumerate(_HABITS):
            mean, sd = getattr(rules, habit), getattr(rules, f"{habit}_sd")
            value = mean + sd * normal_array(self._key, generation, shops, draw)
            columns[habit] = np.maximum(value, 0.5) if habit == "cover_days" else np.clip(value, 0.0, 1.0)
        clean = rules.hygiene_mean + rules.hygiene_sd * normal_array(self._key, generation, shops, len(_HABITS))
        return {**columns, "hygiene": np.clip(clean, 0.0, 1.0)}

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """Kilometres east and north of the hub, (shop, 2)."""
        return np.column_stack([self.frame["x_km"], self.frame["y_km"]])

    def leave(self, shops: Ids, back: int) -> None:
        """Close ``shops`` until business day ``back``, when successors with habits of their own take over."""
        frame = self.frame
        frame["open_from"][shops] = back
        frame["generation"][shops] += 1
        for name in ("groups_opened", "groups_succeeded"):
            frame[name][shops] = 0
        for habit, values in self._habits(shops, frame["generation"][shops]).items():
            frame[habit][shops] = values
