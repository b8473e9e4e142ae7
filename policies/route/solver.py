"""Vehicle routes by PyVRP's iterated local search: an iteration limit and a seed, so that a run is repeatable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """Stops to serve from place 0, the depot.

    ``distance`` (n + 1, n + 1) whole numbers; ``load`` (n) and ``capacity`` in the same unit; ``vehicle_cost`` for each
    vehicle used, in the unit of distance. With ``duration`` (minutes, stops included in the place they start from) a
    route that takes longer than ``shift`` costs ``late_cost`` a minute more.
    """

    distance: Ids
    load: Ids
    capacity: int
    vehicle_cost: int = 0
    duration: Ids | None = None
    shift: int = 0
    late_cost: int = 0


class Plan(NamedTuple):
    """Distance of all routes, and the stops (1 is the first) of each route in the order of service."""

    distance: int
    routes: list[list[int]]


def solve(task: Task, iterations: int, seed: int) -> Plan:
    """Return the best plan found in ``iterations``. Raises ValueError where a load exceeds the capacity."""
    if len(task.load) == 0:
        return Plan(0, [])
    if task.load.max() > task.capacity:
        raise ValueError(f"a load of {task.load.max()} exceeds the capacity of {task.capacity}")
    from pyvrp import Model
    from pyvrp import solve as search
    from pyvrp.stop import MaxIterations

    model = Model()
    places = [model.add_location(0, 0) for _ in range(len(task.distance))]
    depot = model.add_depot(places[0])
    for place, load in zip(places[1:], task.load, strict=True):
        model.add_client(place, delivery=int(load))
    limits: dict[str, Any] = {}
    if task.duration is not None:
        limits = {"shift_duration": task.shift, "max_overtime": 100_000, "unit_overtime_cost": task.late_cost}
    fleet: dict[str, Any] = {"capacity": task.capacity, "fixed_cost": task.vehicle_cost, **limits}
    model.add_vehicle_type(len(task.load), start_depot=depot, end_depot=depot, **fleet)
    minutes = np.zeros_like(task.distance) if task.duration is None else task.duration
    between = 1 - np.eye(len(minutes), dtype=np.int64)
    distances: Any = task.distance * between
    durations: Any = minutes * between
    stated = model.data().replace(distance_matrices=[distances], duration_matrices=[durations])
    found = search(stated, MaxIterations(iterations), seed=seed, collect_stats=False, display=False)
    routes = [[visit.idx + 1 for visit in route if visit.is_client()] for route in found.best.routes()]
    return Plan(int(found.best.distance()), routes)
