"""Routes by optimisation: few trucks and short ways within payload and time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import Policy
from policies.route.solver import Task, solve
from policies.tables import answer

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

MOST_STOPS = 100
"""Stops of one problem; more are cut into sectors by bearing."""
LEAST_ITERATIONS = 100
ITERATIONS_A_STOP = 5
"""Enough: on fifty random instances of a dozen shops 40 iterations found plans as good as 300."""
METRES = 1000


class Optimised(Policy):
    """Vehicle routes with capacity by iterated local search (PyVRP): truck days and kilometres, late minutes dear.

    A truck is late when it stands at its last shop after the hour the shops are due. More than `MOST_STOPS` shops are
    cut into sectors of equal numbers by their bearing from the hub, so that a thousand are planned in seconds. A shop
    whose load alone exceeds the payload gets a route of its own.

    Parameters
    ----------
    iterations
        of the search, at most: a limit of work, not of time, so that a plan is repeatable. A few stops take
        `ITERATIONS_A_STOP` each. Several sectors share them, but each gets `LEAST_ITERATIONS` (or all, if fewer).
    late_km
        kilometres that a minute late is worth; grade G, 0.5 to 5.
    """

    point = "route"

    def __init__(self, iterations: int = 300, late_km: float = 1.0, seed: int = 1) -> None:
        """Raises ValueError below one iteration, for a negative price of lateness or a negative seed."""
        if iterations < 1 or late_km < 0 or seed < 0:
            raise ValueError(f"iterations is {iterations}, late_km {late_km}, seed {seed}: at least 1, 0 and 0")
        self._iterations, self._late_km, self._seed = iterations, late_km, seed

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with truck and place for every shop; trucks are numbered in order of bearing from 0."""
        named = {name: observation[name].to_numpy() for name in observation.column_names}
        shop = named["shop"]
        bearing = np.array([math.atan2(y, x) for x, y in zip(named["x_km"], named["y_km"], strict=True)])
        order = np.lexsort((shop, bearing))
        truck, position = np.zeros(len(shop), np.int64), np.zeros(len(shop), np.int64)
        number = 0
        sectors = max(1, math.ceil(len(order) / MOST_STOPS))
        iterations = min(self._iterations, max(LEAST_ITERATIONS, self._iterations // sectors))
        for sector in np.array_split(order, sectors):
            for route in self._routes({name: column[sector] for name, column in named.items()}, iterations):
                truck[sector[route]], position[sector[route]] = number, np.arange(len(route))
                number += 1
        return answer("route", shop=shop.tolist(), truck=truck.tolist(), position=position.tolist())

    def _routes(self, stops: dict[str, Floats], iterations: int) -> list[Ids]:
        """The stops of each route by row, in the order of their first stop."""
        fits = np.flatnonzero(stops["load_kg"] <= stops["truck_capacity_kg"])
        alone = [np.array([row]) for row in np.flatnonzero(stops["load_kg"] > stops["truck_capacity_kg"])]
        if not len(fits):
            return alone
        enough = min(iterations, ITERATIONS_A_STOP * len(fits))
        found = solve(self._task({name: column[fits] for name, column in stops.items()}), enough, self._seed)
        return sorted([*(fits[np.array(route) - 1] for route in found.routes), *alone], key=lambda route: int(route[0]))

    def _task(self, stops: dict[str, Floats]) -> Task:
        x, y = np.append(0.0, stops["x_km"]), np.append(0.0, stops["y_km"])
        km = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * stops["detour"][0]
        minutes = km / stops["kmh"][0] * 60.0
        minutes[1:] += stops["stop_minutes"][:, None]
        minutes[:, 0] = 0.0  # the way home makes nobody wait
        shift = 60.0 * max(float(stops["due_hour"].min() - stops["ready_hour"].max()), 0.0)
        return Task(
            distance=np.rint(km * METRES).astype(np.int64),
            load=np.ceil(stops["load_kg"] * 10.0 - 1e-6).astype(np.int64),
            capacity=int(math.floor(stops["truck_capacity_kg"].min() * 10.0)),
            vehicle_cost=int(round(stops["truck_cost_km"][0] * METRES)),
            duration=np.rint(minutes).astype(np.int64),
            shift=int(shift),
            late_cost=int(round(self._late_km * METRES)),
        )
