"""City trucks between hub and shops: true temperatures along their timetable, life used, energy, and what probes say.

All trucks go through their day together, stop by stop: columns over trucks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agents.cold.loggers import gateway, truck_probe
from agents.cold.rooms import Rooms
from agents.sourced import load_table
from agents.supply.bodies import Load, carry, start, unload
from agents.supply.breakdowns import Breakdowns
from agents.world import World
from hardware_models.thermometer import arrivals, errors, lagged, shown, transmit

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
LATEST_HOUR = 22.0
"""A truck that is still on its way at 22:00 unloads then: the day closes at 23:00."""


@dataclass
class Timetable:
    """When trucks do what; arrays over trucks, or (truck, position) with shop -1 where a truck has no more stops."""

    truck: Ids
    shop: Ids
    sorted_hour: float
    load_at: Floats
    km: Floats
    stand_hours: Floats
    drive_hours: Floats
    arrive: Floats
    home_km: Floats
    back_at: Floats

    @classmethod
    def of(cls, truck: Ids, shop: Ids, sorted_hour: float) -> Timetable:
        """An empty timetable for stops (truck, shop) in the order of service, truck by truck."""
        trucks, first, count = np.unique(truck, return_index=True, return_counts=True)
        table = np.full((len(trucks), int(count.max())), -1, np.int64)
        row = np.searchsorted(trucks, truck)
        table[row, np.arange(len(truck)) - first[row]] = shop
        n, stops = table.shape
        km, stand, drive, arrive = np.zeros((4, n, stops))
        load_at, home_km, back_at = np.zeros((3, n))
        return cls(trucks, table, sorted_hour, load_at, km, stand, drive, arrive, home_km, back_at)


@dataclass
class Delivery:
    """One day's routes: arrival hour by shop (nan: none came), life used since the goods were ready (shop, SKU).

    ``km`` counts the ways back to the hub; ``core_c``, ``air_c`` (shop, SKU) are the truth at the truck's door.
    """

    arrival_hour: Floats
    life_used: Floats
    core_c: Floats
    air_c: Floats
    truck_of: Ids
    trucks: int = 0
    km: float = 0.0
    cooling_kwh: float = 0.0
    readings: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    """By truck: hours and what its probe beside chilled goods read."""

    @classmethod
    def none(cls, world: World) -> Delivery:
        """Nothing is driven."""
        used, core, air = np.zeros((3, world.shops, world.catalogue.n))
        return cls(np.full(world.shops, np.nan), used, core, air, np.full(world.shops, -1, np.int64))


@dataclass
class _Course:
    """Air by time: hours (truck) and air (truck, zone) at each moment looked at."""

    hour: list[Floats] = field(default_factory=list)
    air_c: list[Floats] = field(default_factory=list)

    def note(self, hour: Floats, load: Load) -> None:
        self.hour.append(hour.copy())
        self.air_c.append(load.air_c())


class UnderWay:
    """Temperatures, events and readings of city trucks."""

    def __init__(self, world: World, rooms: Rooms, breakdowns: Breakdowns) -> None:
        self._world, self._rooms, self._breakdowns = world, rooms, breakdowns
        self._sensors = world.ports.streams.declare("supply.routes.thermometer")

    def goods_of(self, day: int, plan: Timetable, kg: Floats) -> Delivery:
        """Live through the timetable with ``kg`` (shop, sku) aboard."""
        world, rules, kinetics = self._world, self._world.params.supply, self._world.kinetics()
        delivery = Delivery.none(world)
        skus = np.arange(world.catalogue.n)
        there = plan.shop >= 0
        aboard = np.where(there[:, :, None], kg[np.maximum(plan.shop, 0)], 0.0)
        left = aboard.sum(axis=1)
        used = self._waited(plan, skus)
        _, goods_c = self._rooms.temperature("hub", -1, skus, plan.sorted_hour)
        load = start(world, day, plan.truck, left, goods_c[None, :], self._ambient(day, plan.load_at))
        course, down_until = _Course(), np.full(len(plan.truck), -np.inf)
        course.note(plan.load_at, load)
        now = plan.load_at.copy()
        fails = self._breakdowns.units(day, plan.truck)

        def go(hours: Floats, *, door: bool = False, powered: bool = True) -> None:
            nonlocal load, used, now, down_until
            clock = np.minimum(now, LATEST_HOUR).astype(np.int64)
            failed = np.where(hours > 0, fails[np.arange(len(now)), clock], 0.0)
            if failed.any():
                fails[np.arange(len(now)), clock] = np.where(failed > 0, 0.0, fails[np.arange(len(now)), clock])
                down_until = np.where(failed > 0, np.maximum(down_until, now + failed), down_until)
                self._report_units(day, plan.truck, now, failed)
            running = (now >= down_until) & powered
            load, more = carry(load, self._ambient(day, now), hours, kinetics, door_open=door, running=running)
            used, now = used + more, now + hours
            course.note(now, load)

        go(np.full(len(now), rules.loading_minutes / 60.0), door=True)
        for position in range(plan.shop.shape[1]):
            here = there[:, position]
            go(plan.stand_hours[:, position], powered=False)
            go(plan.drive_hours[:, position])
            self._arrived(delivery, plan, position, load, used)
            opened = min(rules.door_seconds / 3600.0, rules.stop_minutes / 60.0)
            go(np.where(here, opened, 0.0), door=True)
            left = left - aboard[:, position]
            load = unload(world, load, left)
            go(np.where(here, rules.stop_minutes / 60.0 - opened, 0.0))
        self._report(day, plan, kg, load, delivery)
        self._send(day, plan, course, load, delivery)
        return delivery

    def _ambient(self, day: int, hour: Floats) -> Floats:
        """Outdoor temperature at each hour."""
        hourly = self._world.weather.day(day).hourly_c
        return np.asarray(hourly[np.minimum(np.floor(hour), 22).astype(np.int64)])

    def _waited(self, plan: Timetable, skus: Ids) -> Floats:
        """Life used at the hub from the hour goods are ready until loading begins (truck, sku)."""
        trucks, n = len(plan.truck), len(skus)
        sku, last = np.tile(skus, trucks), np.minimum(plan.load_at, LATEST_HOUR).repeat(n)
        first = np.full(trucks * n, plan.sorted_hour)
        return self._rooms.life("hub", np.zeros(trucks * n, np.int64), sku, first, last).reshape(trucks, n)

    def _arrived(self, delivery: Delivery, plan: Timetable, position: int, load: Load, used: Floats) -> None:
        here = plan.shop[:, position] >= 0
        shop = plan.shop[here, position]
        delivery.arrival_hour[shop] = np.minimum(plan.arrive[here, position], LATEST_HOUR)
        delivery.life_used[shop] = used[here]
        delivery.truck_of[shop] = plan.truck[here]
        delivery.core_c[shop] = load.core_c()[here][:, load.zone_of]
        delivery.air_c[shop] = load.air_c()[here][:, load.zone_of]

    def _report_units(self, day: int, truck: Ids, hour: Floats, failed: Floats) -> None:
        rows = np.flatnonzero(failed)
        columns = {"place": ["truck"] * len(rows), "node": truck[rows], "what": ["unit"] * len(rows),
                   "minutes": failed[rows] * 60.0}
        self._world.emit("breakdown", "truck", day, np.minimum(hour[rows], LATEST_HOUR), columns)

    def _report(self, day: int, plan: Timetable, kg: Floats, load: Load, delivery: Delivery) -> None:
        """Stops, trips, engine failures, energy, and the truth at the doors."""
        world, rules = self._world, self._world.params.supply
        row, position = np.nonzero(plan.shop >= 0)
        shop, truck = plan.shop[row, position], plan.truck[row]
        hour = np.minimum(plan.arrive[row, position], LATEST_HOUR)
        seconds, km = np.full(len(row), rules.door_seconds), plan.km[row, position]
        world.emit("stop", "truck", day, hour,
                   {"truck": truck, "shop": shop, "position": position, "door_seconds": seconds, "km": km})
        stood = np.flatnonzero(plan.stand_hours[row, position])
        world.emit("breakdown", "truck", day, hour[stood],
                   {"place": ["truck"] * len(stood), "node": truck[stood], "what": ["engine"] * len(stood),
                    "minutes": plan.stand_hours[row, position][stood] * 60.0})
        carried = np.bincount(row, kg[shop].sum(axis=1), len(plan.truck))
        convoy = np.maximum(np.ceil(carried / world.params.costs.truck_payload_kg - 1e-9), 1.0).astype(np.int64)
        driven = (plan.km.sum(axis=1) + plan.home_km) * convoy
        world.emit("trip", "truck", day, np.minimum(plan.back_at, 22.9),
                   {"leg": ["city"] * len(convoy), "vehicle": plan.truck, "vehicles": convoy, "km": driven,
                    "kg": carried, "hours": (plan.back_at - plan.load_at) * convoy,
                    "stops": (plan.shop >= 0).sum(axis=1)})
        delivery.trucks, delivery.km = int(convoy.sum()), float(driven.sum())
        delivery.cooling_kwh = float((load.kwh * convoy).sum())
        world.emit("energy", "meters", day, 22.9,
                   {"place": ["truck"] * len(convoy), "node": plan.truck, "kwh": load.kwh * convoy})
        zones = len(load.zones)
        first = np.array([np.flatnonzero(load.zone_of == z)[0] if (load.zone_of == z).any() else 0
                          for z in range(zones)])
        world.record_truth("air", day, hour.repeat(zones),
                           {"truck": truck.repeat(zones), "shop": shop.repeat(zones),
                            "zone": np.tile(np.array(load.zones), len(row)),
                            "air_c": delivery.air_c[shop][:, first].reshape(-1),
                            "cargo_c": delivery.core_c[shop][:, first].reshape(-1)})

    def _send(self, day: int, plan: Timetable, course: _Course, load: Load, delivery: Delivery) -> None:
        """Probes read each zone's air every few minutes; gateways send that on."""
        world, zones = self._world, len(load.zones)
        step = float(load_table("coldchain")["telematics_interval"]) / 60.0
        moment, air = np.stack(course.hour, axis=1), np.stack(course.air_c, axis=2)
        samples = int(np.ceil((moment[:, -1] - moment[:, 0]).max() / step)) + 1
        hours = moment[:, :1] + step * np.arange(samples)[None, :]
        true = np.stack([np.interp(hours[t], moment[t], air[t, z]) for t in range(len(hours)) for z in range(zones)])
        truck, zone = plan.truck.repeat(zones), np.tile(np.arange(zones), len(hours))
        hours, device = hours.repeat(zones, axis=0), truck * 4 + zone
        sheet = truck_probe(world)
        error = errors(sheet, self._sensors, day, device, samples)
        reading = shown(sheet, lagged(sheet, true, hours), error.added_k)
        taken = error.taken & (hours <= moment[:, -1].repeat(zones)[:, None]) & (hours < LATEST_HOUR)
        delay = arrivals(gateway(world), self._sensors, day, truck, hours)
        sent = transmit(gateway(world), self._sensors, day, device, taken, delay)
        clock = world.ports.clock
        at = hours[sent.row, sent.sample]
        happened = clock.at(day, np.clip(at + error.skew_hours[sent.row], -1.0, 22.99))
        world.ports.log.append(
            "telemetry",
            "trucks",
            happened,
            {"truck": truck[sent.row], "zone": np.array(load.zones)[zone[sent.row]],
             "reading_c": reading[sent.row, sent.sample]},
            arrival_time=np.maximum(clock.at(day, at + sent.delay_hours), happened),
            sequence=(np.int64(day) << 40) + device[sent.row] * 4096 + sent.sample,
        )
        chilled = load.zone_of.min()
        for row in range(0, len(device), zones):
            kept = taken[row + chilled]
            delivery.readings[int(truck[row])] = (hours[row][kept], reading[row + chilled][kept])
