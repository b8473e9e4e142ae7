"""Haul and routes: order of arrival, queues at the docks, truck bodies, doors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents.shops.owners import Owners
from agents.supply.bodies import body_of, carry
from agents.supply.farms import NO_FARM, Farms
from agents.supply.haul import Convoy, Haul
from agents.supply.routes import LATEST_HOUR, Delivery, Routes
from agents.world import Factors, World
from hardware_models.reefer import Load, drive, open_door
from sim.decisions import Decided

HEAVY = 30_000.0


@pytest.fixture(scope="module")
def world(twins: Any) -> World:
    return twins.world(twins.fresh("spf", city__shops=8, start="2026-07-13"))


def passive(world: World) -> World:
    return replace(world, factors_from=((0, Factors.of("pre_order", 1.0, s=False, p=False, f=False)),))


def changed(world: World, **supply: float) -> World:
    rules = world.params.supply.model_copy(update=supply)
    return replace(world, params=world.params.model_copy(update={"supply": rules}))


@pytest.fixture(scope="module")
def farms(twins: Any, world: World) -> Farms:
    found = twins.part(twins.fresh("spf", city__shops=8, start="2026-07-13"), Farms)
    found._world = world
    return found


def harvest(farms: Farms, kg: float) -> tuple[np.ndarray, np.ndarray]:
    """``kg`` of each crop, and crew hours by farm that one worker needs half a morning for."""
    out = np.zeros(farms._world.catalogue.n)
    out[farms.sku] = kg
    return out, np.full(farms.frame.count, 2.0)


def haul(world: World, farms: Farms, kg: float, crew: int = 1) -> list[Convoy]:
    farms.frame["crew"][...] = crew
    return Haul(world, farms, 0).bring(*harvest(farms, kg), np.zeros(world.catalogue.n), {})[0]


def ready(convoys: list[Convoy]) -> float:
    return max(convoy.hub_hour for convoy in convoys)


def test_an_empty_night_takes_nothing(world: World, farms: Farms) -> None:
    nothing = np.zeros(world.catalogue.n)
    assert Haul(world, farms, 0).bring(nothing, np.zeros(farms.frame.count), nothing, {}) == ([], {})


def test_one_load_is_ready_after_its_legs(world: World, farms: Farms) -> None:
    rules, roomy = world.params.supply, changed(world, hub_docks=9)
    for convoy in haul(roomy, farms, 5.0, crew=2):
        km = farms.frame["distance_km"][convoy.farm]
        legs = 1.0 + rules.precool_hours + km / rules.haul_kmh + rules.unload_minutes / 60
        assert convoy.hub_hour == pytest.approx(rules.harvest_start_hour + legs + rules.sort_hours)
        assert convoy.gate_hour == pytest.approx(rules.harvest_start_hour + 1.0 + rules.precool_hours)
        fresh = world.catalogue.fresh
        assert (convoy.at_hub[fresh] > convoy.at_gate[fresh]).all() and (convoy.at_gate[fresh] > 0).all()
        assert not convoy.at_hub[~fresh].any() and convoy.lorries == rules.part_load_floor


def test_lorries_queue_for_the_cold_room_and_the_docks(world: World, farms: Farms) -> None:
    slow = changed(world, unload_minutes=180.0, precool_hours=0.5)
    one, many = (ready(haul(changed(slow, hub_docks=docks), farms, HEAVY / 12)) for docks in (1, 8))
    assert one > many + 3.0
    assert ready(haul(changed(world, precool_hours=3.0), farms, 50.0)) > ready(haul(world, farms, 50.0)) + 1.0
    farms.frame["chambers"][...] = 1
    single = ready(haul(world, farms, HEAVY / 12))
    farms.frame["chambers"][...] = 30
    assert ready(haul(world, farms, HEAVY / 12)) < single - 3.0
    farms.frame["chambers"][...] = 1


def test_more_goods_are_never_ready_earlier_nor_fresher(world: World, farms: Farms) -> None:
    nights = [haul(world, farms, kg) for kg in (5.0, 50.0, 200.0, 1000.0)]
    assert (np.diff([ready(night) for night in nights]) >= 0).all()
    for less, more in zip(nights, nights[1:], strict=False):
        for one, other in zip(less, more, strict=True):
            assert (other.at_gate >= one.at_gate - 1e-12).all() or len(other.loads) > len(one.loads)


def test_warehouse_goods_come_early_and_have_lain_a_while(world: World, farms: Farms) -> None:
    kg = np.where(farms.of == NO_FARM, 10.0, 0.0)
    none = np.zeros(world.catalogue.n)
    (convoy,), _ = Haul(world, farms, 0).bring(none, np.zeros(farms.frame.count), kg, {})
    rules = world.params.supply
    way = rules.warehouse_km / rules.haul_kmh + rules.unload_minutes / 60 + rules.sort_hours
    assert convoy.farm == NO_FARM and convoy.hub_hour == pytest.approx(rules.warehouse_hour + way)
    fresh = world.catalogue.fresh
    assert (convoy.at_hub[fresh] > 0).all() and not convoy.at_hub[~fresh].any()


def test_passive_bodies_use_more_life_than_cooled_ones_in_the_heat(world: World) -> None:
    kinetics, load = world.kinetics(), Load(air_c=30.0, cargo_c=8.0)
    fresh = world.catalogue.fresh & (world.catalogue.t_chill_c < 6.0)
    active, box = body_of(world, 0), body_of(passive(world), 0)
    assert active.unit_w > 0 == box.unit_w
    after_active, used_active = carry(active, load, 30.0, 4.0, kinetics)
    after_box, used_box = carry(box, load, 30.0, 4.0, kinetics)
    assert (used_box[fresh] > 1.1 * used_active[fresh]).all()
    assert after_box.cargo_c > after_active.cargo_c and after_box.air_c > after_active.air_c
    assert not used_box[~world.catalogue.fresh].any()
    assert drive(box, load, 30.0, 0.0) == load


def test_an_open_door_warms_the_air_and_not_the_cargo(world: World) -> None:
    body, load = body_of(world, 0), Load(air_c=5.0, cargo_c=6.0)
    short, longer = (open_door(body, load, 30.0, seconds) for seconds in (60.0, 240.0))
    assert 5.0 < short.air_c < longer.air_c <= 30.0 and short.cargo_c == longer.cargo_c == 6.0
    assert open_door(body, load, 30.0, 36_000.0).air_c == pytest.approx(30.0)
    assert open_door(body, load, -5.0, 120.0).air_c < 5.0


class Planned:
    """A world whose route decision is given."""

    def __init__(self, world: World, truck: list[int], position: list[int]) -> None:
        self.plan, self.asked = (truck, position), world

    def __call__(self, point: str, observation: pa.Table) -> Decided:
        shops = observation["shop"].to_numpy()
        truck, position = (np.array(part, np.int32)[shops] for part in self.plan)
        return Decided(pa.table({"shop": shops, "truck": truck, "position": position}), "planned", ())


@pytest.fixture
def driven(twins: Any) -> Any:
    """Drives a given plan over eight shops; returns the delivery and the log."""

    def drive_plan(truck: list[int], position: list[int], load: np.ndarray | None = None, **supply: float) -> Any:
        rules = {f"world__supply__{name}": value for name, value in supply.items()}
        twin = twins.fresh("spf", city__shops=8, start="2026-07-13", **rules)
        world, owners = twins.world(twin), twins.part(twin, Owners)
        world.ports.decide = Planned(world, truck, position)
        world.ports.streams._declared.discard("supply.routes.thermometer")
        routes = Routes(world, owners)
        delivery = routes.deliver(0, 10.0, np.full(8, 50.0) if load is None else load, 8.0)
        return delivery, world

    return drive_plan


def test_stops_are_reached_in_the_planned_order(driven: Any) -> None:
    delivery, world = driven([0, 0, 0, 0, 1, 1, 1, 1], [3, 2, 1, 0, 0, 1, 2, 3])
    arrival, rules = delivery.arrival_hour, world.params.supply
    assert arrival[3] < arrival[2] < arrival[1] < arrival[0] and arrival[4] < arrival[5] < arrival[6] < arrival[7]
    assert arrival.min() >= 10.0 + rules.loading_minutes / 60 and delivery.trucks == 2
    first, *rest = sorted(delivery.stops, key=lambda stop: (stop[0], stop[2]))
    assert first[1] == 3
    owners = world.ports.state["owners"]
    home = rules.detour * sum(np.hypot(owners["x_km"][shop], owners["y_km"][shop]) for shop in (0, 7))
    assert delivery.km == pytest.approx(sum(stop[4] for stop in delivery.stops) + home)
    gap = arrival[2] - arrival[3]
    assert gap == pytest.approx(rules.stop_minutes / 60 + rest[0][4] / rules.city_kmh)
    fresh = world.catalogue.fresh
    assert (delivery.life_used[0][fresh] > delivery.life_used[3][fresh]).all()
    stops = world.ports.log.read("stop").to_pandas()
    assert stops.sort_values(["truck", "event_time"]).shop.tolist() == [3, 2, 1, 0, 4, 5, 6, 7]


def test_shops_without_goods_are_not_visited(driven: Any) -> None:
    load = np.array([50.0, 0, 50, 0, 50, 0, 50, 0])
    delivery, _ = driven([0] * 8, list(range(8)), load)
    assert np.isnan(delivery.arrival_hour[load == 0]).all() and not delivery.life_used[load == 0].any()
    assert len(delivery.stops) == 4


def test_trucks_queue_for_the_docks(driven: Any) -> None:
    plan = list(range(8)), [0] * 8
    one, _ = driven(*plan, hub_docks=1, loading_minutes=30.0)
    eight, _ = driven(*plan, hub_docks=4, loading_minutes=30.0)
    assert np.sort(one.arrival_hour)[-1] > np.sort(eight.arrival_hour)[-1] + 1.0
    assert (one.arrival_hour >= eight.arrival_hour - 1e-9).all()


def test_a_truck_in_the_heat_comes_with_warmer_air_at_each_door(driven: Any) -> None:
    delivery, world = driven([0] * 8, list(range(8)))
    air = world.ports.evaluation.read("air").to_pandas()
    ambient = world.ambient_c(0, 12.0)
    assert ambient > 22.0 and air.air_c.between(world.params.supply.setpoint_c, ambient + 1).all()
    assert len(world.ports.log.read("telemetry")) >= 6
    assert isinstance(delivery, Delivery)


def test_a_late_truck_unloads_before_the_day_closes(driven: Any) -> None:
    delivery, _ = driven([0] * 8, list(range(8)), city_kmh=15.0, stop_minutes=15.0, loading_minutes=30.0, detour=1.6)
    assert np.nanmax(delivery.arrival_hour) <= LATEST_HOUR
