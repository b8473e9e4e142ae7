"""Vehicles that fail under way, by the address of vehicle and hour: the same hour fails in every arm, driven or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.world import World
from sim.streams import uniform
from sim.variates import log_array

Floats = npt.NDArray[np.float64]


class Breakdowns:
    """Engines and cooling units of city trucks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = world.ports.streams.declare("supply.breakdowns")

    def engine(self, day: int, vehicle: int, hour: float) -> float:
        """Hours that the vehicle stands because its engine fails in the clock hour of ``hour``; mostly 0."""
        rules = self._world.params.supply
        failed = self._fails(day, np.array([vehicle]), np.array([hour]), rules.engine_failure_hour, 0)
        return float(failed[0]) * rules.engine_repair_hours

    def units(self, day: int, vehicle: npt.NDArray[np.int64]) -> Floats:
        """Hours for which cooling units fail when they run in a clock hour (vehicle, 0 to 23); mostly 0."""
        rules = self._world.params.supply
        if not self._world.factors(day).systems.cold_chain:
            return np.zeros((len(vehicle), 24))
        hours = np.arange(24.0)[None, :]
        return self._fails(day, vehicle[:, None], hours, rules.unit_failure_hour, 2) * rules.unit_repair_hours

    def _fails(self, day: int, vehicle: npt.NDArray[np.int64], hour: Floats, chance: float, draw: int) -> Floats:
        """Multiples of the mean repair time, 0 where nothing fails."""
        clock = np.floor(hour).astype(np.int64) + 1
        fails = uniform(self._key, day, vehicle, clock, draw) < chance
        return np.where(fails, -log_array(uniform(self._key, day, vehicle, clock, draw + 1)), 0.0)
