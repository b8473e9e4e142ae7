"""The night on farms and motorways: picking, pre-cooling, line-haul, unloading. A SimPy process each load."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import simpy

from agents.supply.bodies import Load, carry, start
from agents.supply.farms import NO_FARM, Farms
from agents.world import World
from hardware_models.thermal import decay_rate, life_used, relax

Floats = npt.NDArray[np.float64]
OPENING_HOUR = -1.0
LORRY, LORRIES_A_FARM = 10_000, 64
"""Lorry ids begin here, so many for each supplier; trucks are numbered from 0."""
LEG_HOURS = 6.0
"""On a long haul the ambient temperature is looked up so often."""


@dataclass
class Convoy:
    """The loads of one supplier in one night.

    ``gate_hour`` is when the last one left (change of title), ``hub_hour`` when the last one was unloaded and sorted,
    nan for a remote farm. ``at_gate`` and ``at_hub``: mean life used by its loads since picking, by SKU.
    ``cooling_kwh`` took pre-cooling, ``lorry_kwh`` the lorries' units. ``loads`` are the lorries as they leave a remote
    farm, or as they reach the hub.
    """

    farm: int
    km: float
    kg: float
    lorries: float
    gate_hour: float = OPENING_HOUR
    hub_hour: float = np.nan
    at_gate: Floats = field(default_factory=lambda: np.zeros(0))
    at_hub: Floats = field(default_factory=lambda: np.zeros(0))
    cooling_kwh: float = 0.0
    lorry_kwh: float = 0.0
    loads: list[Load] = field(default_factory=list)


class Haul:
    """One night's loads on their way to the hub's docks."""

    def __init__(self, world: World, farms: Farms, day: int) -> None:
        self._world, self._farms, self._day = world, farms, day
        self._env = simpy.Environment(initial_time=OPENING_HOUR)
        self._docks = simpy.Resource(self._env, world.docks)

    def bring(
        self, kg: Floats, crew_hours: Floats, warehouse_kg: Floats, arrivals: dict[int, tuple[float, float]]
    ) -> tuple[list[Convoy], dict[int, float]]:
        """Pick, cool, drive and unload.

        Parameters
        ----------
        kg
            picked by SKU, from farms.
        crew_hours
            what picking took, by farm.
        warehouse_kg
            called off by SKU.
        arrivals
            long hauls that reach the hub today: number -> (hour, kg).

        Returns the convoys, and by number the hour at which each long haul is sorted.
        """
        env, rules, ready = self._env, self._world.params.supply, dict.fromkeys(arrivals, OPENING_HOUR)
        convoys = [self._farm(int(farm), kg, crew_hours) for farm in np.unique(self._farms.of[kg > 0])]
        if warehouse_kg.sum() > 0:
            convoys.append(self._warehouse(warehouse_kg))
        for number, (hour, mass) in arrivals.items():
            for _ in self._lorries(mass):
                env.process(self._arrive(number, hour, ready))
        env.run()
        for convoy in convoys:
            convoy.hub_hour += rules.sort_hours
        return convoys, {number: hour + rules.sort_hours for number, hour in ready.items()}

    def _lorries(self, mass: float) -> range:
        return range(max(1, int(np.ceil(mass / self._world.params.costs.truck_payload_kg))))

    def _share(self, mass: float) -> float:
        """Lorries to pay: part loads share one, and pay for a least part of it."""
        whole, part = divmod(mass / self._world.params.costs.truck_payload_kg, 1.0)
        return whole + (max(part, self._world.params.supply.part_load_floor) if part > 0 else 0.0)

    def _farm(self, farm: int, kg: Floats, crew_hours: Floats) -> Convoy:
        world, costs, frame = self._world, self._world.params.costs, self._farms.frame
        mass = float(kg[self._farms.of == farm].sum())
        nothing = np.zeros(world.catalogue.n)
        km = float(frame["distance_km"][farm])
        convoy = Convoy(farm, km, mass, self._share(mass), at_gate=nothing, at_hub=nothing)
        chambers = simpy.Resource(self._env, int(frame["chambers"][farm]))
        many, picking = self._lorries(mass), float(crew_hours[farm] / max(1, frame["crew"][farm]))
        share = np.where(self._farms.of == farm, kg, 0.0) / len(many)
        for number in many:
            picked = picking * (number + 1) / len(many)
            self._env.process(self._load(convoy, chambers, picked, share, number, len(many)))
        begin = world.params.supply.harvest_start_hour
        drop_k = max(0.0, world.ambient_c(self._day, begin) - world.params.supply.precool_c)
        convoy.cooling_kwh = mass * costs.produce_heat_capacity * drop_k / 3600.0 / costs.precool_cop
        return convoy

    def _load(
        self, convoy: Convoy, chambers: simpy.Resource, picked_after: float, kg: Floats, number: int, loads: int
    ) -> Generator[simpy.Event, Any, None]:
        world, rules, env = self._world, self._world.params.supply, self._env
        kinetics, begin = world.kinetics(), rules.harvest_start_hour
        field_c = world.ambient_c(self._day, begin)
        yield env.timeout(begin + picked_after - env.now)
        with chambers.request() as place:
            yield place
            used = life_used(kinetics, field_c, field_c, 1.0, env.now - begin)
            hours = float(np.ceil(kg.sum() / rules.precool_batch_kg)) * rules.precool_hours
            yield env.timeout(hours)
        used = used + life_used(kinetics, field_c, rules.precool_c, rules.precool_tau_hours, hours)
        cold = relax(field_c, rules.precool_c, rules.precool_tau_hours, hours)
        convoy.gate_hour = max(convoy.gate_hour, env.now)
        convoy.at_gate = convoy.at_gate + used / loads
        load = self._loaded(convoy.farm, number, kg, np.array(cold))
        if self._farms.frame["remote"][convoy.farm]:
            convoy.loads.append(load)
            hours = 2.0 * convoy.km / rules.remote_kmh
            self.report_trip(load.vehicle, convoy.km, float(kg.sum()), hours, env.now)
            return
        on_road = yield from self._drive(convoy, number, load, kg)
        convoy.at_hub = convoy.at_hub + (used + on_road) / loads

    def _loaded(self, farm: int, number: int, kg: Floats, goods_c: Floats) -> Load:
        air_c = self._world.ambient_c(self._day, min(self._env.now, 22.0))
        vehicle = np.array([LORRY + (farm + 1) * LORRIES_A_FARM + number])
        remote = farm != NO_FARM and bool(self._farms.frame["remote"][farm])
        return start(self._world, self._day, vehicle, kg[None, :], goods_c, np.array([air_c]), long_haul=remote)

    def _drive(
        self, convoy: Convoy, number: int, load: Load, kg: Floats
    ) -> Generator[simpy.Event, Any, Floats]:
        """Drive to the hub, wait for a dock, unload; return the life used by SKU."""
        world, env, rules, kinetics = self._world, self._env, self._world.params.supply, self._world.kinetics()
        left, road = env.now, convoy.km / rules.haul_kmh
        yield env.timeout(road)
        load, on_road = carry(load, self._ambient(), road, kinetics)
        arrived = env.now
        yield from self._unload()
        unloading = rules.unload_minutes / 60.0
        load, waiting = carry(load, self._ambient(), env.now - arrived - unloading, kinetics)
        load, at_dock = carry(load, self._ambient(), unloading, kinetics, door_open=True)
        convoy.hub_hour = float(np.fmax(convoy.hub_hour, env.now))
        convoy.loads.append(load)
        convoy.lorry_kwh += float(load.kwh.sum())
        vehicle = np.array([LORRY + (convoy.farm + 1) * LORRIES_A_FARM + number])
        world.emit("energy", "meters", self._day, 22.9, {"place": ["lorry"], "node": vehicle, "kwh": load.kwh})
        self.report_trip(vehicle, convoy.km, float(kg.sum()), env.now - left + road, env.now + road)
        return on_road[0] + waiting[0] + at_dock[0]

    def report_trip(self, vehicle: npt.NDArray[np.int64], km: float, kg: float, hours: float, back: float) -> None:
        """Record a lorry's way there and back."""
        columns = {"leg": ["linehaul"], "vehicle": vehicle, "vehicles": [1], "km": [2.0 * km], "kg": [kg],
                   "hours": [hours], "stops": [1]}
        self._world.emit("trip", "lorry", self._day, min(back, 22.9), columns)

    def _ambient(self) -> float:
        return self._world.ambient_c(self._day, min(self._env.now, 22.0))

    def _warehouse(self, kg: Floats) -> Convoy:
        world, rules, mass = self._world, self._world.params.supply, float(kg.sum())
        rested = decay_rate(world.kinetics(), world.catalogue.t_opt_c) * rules.warehouse_age_days
        lorries, leaves = self._share(mass), rules.warehouse_hour
        convoy = Convoy(NO_FARM, rules.warehouse_km, mass, lorries, leaves, at_gate=rested, at_hub=rested)
        many = self._lorries(mass)
        for number in many:
            self._env.process(self._from_warehouse(convoy, kg / len(many), number, len(many)))
        return convoy

    def _from_warehouse(
        self, convoy: Convoy, kg: Floats, number: int, loads: int
    ) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(self._world.params.supply.warehouse_hour - self._env.now)
        best = np.where(np.isfinite(self._world.catalogue.t_opt_c), self._world.catalogue.t_opt_c, 20.0)
        load = self._loaded(convoy.farm, number, kg, best[None, :])
        on_road = yield from self._drive(convoy, number, load, kg)
        convoy.at_hub = convoy.at_hub + on_road / loads

    def _arrive(self, number: int, hour: float, ready: dict[int, float]) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(max(0.0, hour - self._env.now))
        yield from self._unload()
        ready[number] = max(ready[number], self._env.now)

    def _unload(self) -> Iterator[simpy.Event]:
        with self._docks.request() as dock:
            yield dock
            yield self._env.timeout(self._world.params.supply.unload_minutes / 60.0)


def long_leg(world: World, load: Load, start: float, end: float) -> tuple[Load, Floats]:
    """Drive a lorry from ``start`` to ``end`` (hours since midnight of day 0, within one business day).

    Returns the load after it and the life its goods used, by SKU. The road is as warm as the city.
    """
    day = int(np.floor((start + 1.0) / 24.0))
    used, now = np.zeros(world.catalogue.n), start
    while now < end - 1e-9:
        until = min(now + LEG_HOURS, end)
        ambient_c = world.ambient_c(day, now - 24.0 * day)
        load, leg = carry(load, ambient_c, until - now, world.kinetics())
        used, now = used + leg[0], until
    return load, used
