"""From the hub to the shops: trucks load at the docks, drive their stops, open doors. A SimPy process each truck."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import simpy

from agents.observe import table_of
from agents.shops.owners import Owners
from agents.supply.bodies import body_of, carry, thermometer, unit_watts
from agents.world import World
from hardware_models.reefer import Body, Load, open_door
from hardware_models.thermal import Kinetics
from hardware_models.thermometer import transmit

Floats = npt.NDArray[np.float64]
LATEST_HOUR = 22.0
"""A truck that is still on its way at 22:00 unloads then: the day closes at 23:00."""


@dataclass
class Delivery:
    """One day's routes: arrival hour by shop (nan: none came), life used on the road (shop, SKU), and what it took.

    ``km`` counts the way back to the hub.
    """

    arrival_hour: Floats
    life_used: Floats
    trucks: int = 0
    km: float = 0.0
    cooling_kwh: float = 0.0
    stops: list[tuple[int, int, int, float, float, float, float]] = field(default_factory=list)
    """(truck, shop, position, hour, km, true air degC, true cargo degC) in the order of events."""


class Routes:
    """Plans the day's routes by decision and drives them."""

    def __init__(self, world: World, owners: Owners) -> None:
        self._world = world
        self._owners = owners
        self._sensor_key = world.ports.streams.declare("supply.routes.thermometer")

    def deliver(self, day: int, ready_hour: float, load_kg: Floats, cargo_c: float) -> Delivery:
        """Bring ``load_kg`` by shop to the shops; shops without goods are not visited."""
        shops = np.flatnonzero(load_kg > 0)
        delivery = Delivery(
            np.full(self._world.shops, np.nan), np.zeros((self._world.shops, self._world.catalogue.n))
        )
        plan = self._world.decide("route", day, -1.0, self._observation(day, shops, load_kg)).table
        env = simpy.Environment(initial_time=ready_hour)
        docks = simpy.Resource(env, self._world.params.supply.hub_docks)
        trucks, shop, position = (plan[name].to_numpy() for name in ("truck", "shop", "position"))
        for truck in np.unique(trucks):
            mine = np.flatnonzero(trucks == truck)
            stops = shop[mine][np.lexsort((shop[mine], position[mine]))]
            env.process(self._drive(env, docks, day, int(truck), stops, cargo_c, delivery))
        env.run()
        delivery.trucks = len(np.unique(trucks))
        self._report(day, delivery)
        return delivery

    def _observation(self, day: int, shops: npt.NDArray[np.int64], load_kg: Floats) -> pa.Table:
        payload, places = self._world.params.costs.truck_payload_kg, self._owners.places
        return table_of(
            "route",
            shop=shops,
            day=np.full(len(shops), day),
            x_km=places[shops, 0],
            y_km=places[shops, 1],
            load_kg=load_kg[shops],
            truck_capacity_kg=np.full(len(shops), payload),
        )

    def _drive(
        self,
        env: simpy.Environment,
        docks: simpy.Resource,
        day: int,
        truck: int,
        stops: npt.NDArray[np.int64],
        cargo_c: float,
        delivery: Delivery,
    ) -> Generator[simpy.Event, Any, None]:
        world, rules = self._world, self._world.params.supply
        body, kinetics = body_of(world, day), world.kinetics()
        with docks.request() as dock:
            yield dock
            yield env.timeout(rules.loading_minutes / 60.0)
        load = Load(air_c=world.ambient_c(day, env.now), cargo_c=cargo_c)
        used = np.zeros(world.catalogue.n)
        here, places = np.zeros(2), self._owners.places
        for position, shop in enumerate(stops):
            km = float(np.hypot(*(places[shop] - here))) * rules.detour
            here = places[shop]
            hours = km / rules.city_kmh
            load, used = self._leg(body, load, day, env.now, hours, kinetics, used)
            yield env.timeout(hours)
            delivery.km += km
            delivery.cooling_kwh += unit_watts(body, world.ambient_c(day, env.now)) * hours / 1000.0
            delivery.arrival_hour[shop] = min(env.now, LATEST_HOUR)
            delivery.life_used[shop] = used
            delivery.stops.append(
                (truck, int(shop), position, min(env.now, LATEST_HOUR), km, load.air_c, load.cargo_c)
            )
            load = open_door(body, load, world.ambient_c(day, env.now), rules.door_seconds)
            yield env.timeout(rules.stop_minutes / 60.0)
        delivery.km += float(np.hypot(*here)) * rules.detour

    def _leg(
        self, body: Body, load: Load, day: int, hour: float, hours: float, kinetics: Kinetics, used: Floats
    ) -> tuple[Load, Floats]:
        after, on_road = carry(body, load, self._world.ambient_c(day, hour), hours, kinetics)
        return after, used + on_road

    def _report(self, day: int, delivery: Delivery) -> None:
        if not delivery.stops:
            return
        truck, shop, position, hour, km, air, cargo = (
            np.array(column) for column in zip(*delivery.stops, strict=True)
        )
        world = self._world
        order = np.lexsort((position, truck))
        truck, shop, position, hour, km, air, cargo = (
            c[order] for c in (truck, shop, position, hour, km, air, cargo)
        )
        seconds = np.full(len(truck), world.params.supply.door_seconds)
        columns = {"truck": truck, "shop": shop, "position": position, "door_seconds": seconds, "km": km}
        world.emit("stop", "truck", day, hour, columns)
        world.record_truth("air", day, hour, {"truck": truck, "shop": shop, "air_c": air, "cargo_c": cargo})
        for one in np.unique(truck):
            self._telemetry(day, int(one), air[truck == one], hour[truck == one])

    def _telemetry(self, day: int, truck: int, air: Floats, hour: Floats) -> None:
        sent = transmit(thermometer(), self._sensor_key, day, truck, air, hour)
        clock = self._world.ports.clock
        happened = clock.at(day, hour[sent.sample])
        arrived = np.minimum(clock.at(day, hour[sent.sample] + sent.delay_hours), clock.at(day, 22.9))
        self._world.ports.log.append(
            "telemetry",
            f"truck-{truck}",
            happened,
            {"truck": np.full(len(sent.sample), truck), "reading_c": sent.reading_c},
            arrival_time=np.maximum(arrived, happened),
            sequence=day * 10_000 + sent.sample,
        )
