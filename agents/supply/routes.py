"""From the hub to the shops: trucks load at the docks, drive their stops, return. A SimPy process each truck.

SimPy decides when things happen; `agents.supply.under_way` says how warm it was then.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import simpy

from agents.cold.rooms import Rooms
from agents.observe import table_of
from agents.shops.owners import Owners
from agents.supply.breakdowns import Breakdowns
from agents.supply.under_way import LATEST_HOUR, Delivery, Timetable, UnderWay
from agents.world import World

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

__all__ = ["LATEST_HOUR", "Delivery", "Routes", "travel_hours"]


def travel_hours(world: World, km: float, hour: float) -> float:
    """Hours that ``km`` of city road take when one leaves at ``hour``; slower from 7 to 9 and from 17 to 19 h."""
    rules, left, now, spent = world.params.supply, km, hour, 0.0
    while left > 1e-12:
        rush = 7.0 <= now % 24.0 < 9.0 or 17.0 <= now % 24.0 < 19.0
        speed = rules.city_kmh / (rules.rush_factor if rush else 1.0)
        span = min(left / speed, np.floor(now) + 1.0 - now)
        left, now, spent = left - span * speed, now + span, spent + span
    return spent


class Routes:
    """Plans the day's routes by decision and drives them."""

    def __init__(self, world: World, owners: Owners, rooms: Rooms) -> None:
        self._world, self._owners = world, owners
        self._breakdowns = Breakdowns(world)
        self._under_way = UnderWay(world, rooms, self._breakdowns)

    def deliver(self, day: int, sorted_hour: float, ready_hour: float, kg: Floats) -> Delivery:
        """Bring ``kg`` (shop, sku) to the shops; shops without goods are not visited.

        Goods have aged until ``sorted_hour``; from ``ready_hour`` on, when they are picked, trucks load.
        A shop that needs more than a truck's payload gets a convoy: all its trucks drive, and are paid, together.
        """
        world, load = self._world, kg.sum(axis=1)
        shops = np.flatnonzero(load > 0)
        if not len(shops):
            return Delivery.none(world)
        plan = world.decide("route", day, -1.0, self._observation(day, ready_hour, shops, load)).table
        shop, truck = plan["shop"].to_numpy().astype(np.int64), plan["truck"].to_numpy().astype(np.int64)
        order = np.lexsort((shop, plan["position"].to_numpy(), truck))
        timetable = Timetable.of(truck[order], shop[order], sorted_hour)
        env = simpy.Environment(initial_time=ready_hour)
        docks = simpy.Resource(env, world.docks)
        for row in range(len(timetable.truck)):
            env.process(self._drive(env, docks, day, row, timetable))
        env.run()
        return self._under_way.goods_of(day, timetable, kg)

    def _observation(self, day: int, ready_hour: float, shops: Ids, load: Floats) -> pa.Table:
        rules, costs, places = self._world.params.supply, self._world.params.costs, self._owners.places
        n = len(shops)
        return table_of(
            "route",
            shop=shops,
            day=np.full(n, day),
            x_km=places[shops, 0],
            y_km=places[shops, 1],
            load_kg=load[shops],
            truck_capacity_kg=np.full(n, costs.truck_payload_kg),
            ready_hour=np.full(n, ready_hour + rules.loading_minutes / 60.0),
            due_hour=np.full(n, rules.due_hour),
            detour=np.full(n, rules.detour),
            kmh=np.full(n, rules.city_kmh),
            stop_minutes=np.full(n, rules.stop_minutes),
            truck_cost_km=np.full(n, (costs.truck_day_cost + costs.driver_day) / max(costs.truck_km_cost, 0.01)),
        )

    def _drive(
        self, env: simpy.Environment, docks: simpy.Resource, day: int, row: int, timetable: Timetable
    ) -> Generator[simpy.Event, Any, None]:
        world, rules = self._world, self._world.params.supply
        with docks.request() as dock:
            yield dock
            timetable.load_at[row] = env.now
            yield env.timeout(rules.loading_minutes / 60.0)
        here, places = np.zeros(2), self._owners.places
        stops = timetable.shop[row]
        for position in range(int((stops >= 0).sum())):
            there = places[stops[position]]
            km = float(np.hypot(*(there - here))) * rules.detour
            here = there
            stands = self._breakdowns.engine(day, int(timetable.truck[row]), env.now)
            yield env.timeout(stands)
            timetable.stand_hours[row, position] = stands
            hours = travel_hours(world, km, env.now)
            yield env.timeout(hours)
            timetable.km[row, position], timetable.drive_hours[row, position] = km, hours
            timetable.arrive[row, position] = env.now
            yield env.timeout(rules.stop_minutes / 60.0)
        home = float(np.hypot(*here)) * rules.detour
        timetable.home_km[row] = home
        timetable.back_at[row] = env.now + travel_hours(world, home, env.now)
