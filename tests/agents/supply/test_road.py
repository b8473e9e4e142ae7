"""Haul and routes: order of arrival, queues at the docks, truck bodies, doors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents.cold.rooms import Rooms
from agents.shops.owners import Owners
from agents.supply.bodies import Load, carry, packed, start, unit_watts, unpacked
from agents.supply.farms import NO_FARM, Farms
from agents.supply.haul import Convoy, Haul
from agents.supply.routes import LATEST_HOUR, Delivery, Routes, travel_hours
from agents.world import Factors, World
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
    """``kg`` of each local crop, and crew hours by farm that one worker needs half a morning for."""
    out = np.zeros(farms._world.catalogue.n)
    out[farms.sku[~farms.is_remote[farms.sku]]] = kg
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


def test_several_lorries_carry_the_mean_life_used_of_their_loads(world: World, farms: Farms) -> None:
    roomy = changed(world, hub_docks=99)
    farms.frame["chambers"][...] = 99
    none, sku = np.zeros(world.catalogue.n), farms.sku[~farms.is_remote[farms.sku]][0]

    def convoy(lorries: int) -> Convoy:
        kg = np.where(np.arange(len(none)) == sku, lorries * world.params.costs.truck_payload_kg, 0.0)
        return Haul(roomy, farms, 0).bring(kg, np.zeros(farms.frame.count), none, {})[0][0]

    one, three = convoy(1), convoy(3)
    farms.frame["chambers"][...] = 1
    assert len(three.loads) == 3
    assert three.at_gate[sku] == pytest.approx(one.at_gate[sku], rel=1e-9)
    assert three.at_hub[sku] == pytest.approx(one.at_hub[sku], rel=0.02)  # bodies differ a little in their walls


def test_warehouse_goods_come_early_and_have_lain_a_while(world: World, farms: Farms) -> None:
    kg = np.where(farms.of == NO_FARM, 10.0, 0.0)
    none = np.zeros(world.catalogue.n)
    (convoy,), _ = Haul(world, farms, 0).bring(none, np.zeros(farms.frame.count), kg, {})
    rules = world.params.supply
    way = rules.warehouse_km / rules.haul_kmh + rules.unload_minutes / 60 + rules.sort_hours
    assert convoy.farm == NO_FARM and convoy.hub_hour == pytest.approx(rules.warehouse_hour + way)
    fresh = world.catalogue.fresh
    assert (convoy.at_hub[fresh] > 0).all() and not convoy.at_hub[~fresh].any()


def loaded(world: World, kg: float, goods_c: float, air_c: float) -> Load:
    masses = np.where(world.catalogue.fresh, kg / world.catalogue.fresh.sum(), 0.0)[None, :]
    return start(world, 0, np.array([3]), masses, np.array(goods_c), np.array([air_c]))


def test_passive_bodies_use_more_life_than_cooled_ones_in_the_heat(world: World) -> None:
    kinetics = world.kinetics()
    cold = world.catalogue.fresh & (world.catalogue.t_opt_c < 6.0)
    reefer, box = loaded(world, 300.0, 8.0, 30.0), loaded(passive(world), 300.0, 8.0, 30.0)
    assert (reefer.body.unit_w > 0).all() and not box.body.unit_w.any()
    assert reefer.zones == ("chilled", "cool") and box.zones == ("one",)
    after, used = carry(reefer, 33.0, 4.0, kinetics)
    after_box, used_box = carry(box, 33.0, 4.0, kinetics)
    assert (used_box[0][cold] > 1.1 * used[0][cold]).all()
    assert after_box.core_c()[0, 0] > after.core_c()[0, 0]
    assert after_box.air_c()[0, 0] > after.air_c()[0, 0] + 1.0
    assert after.kwh[0] > 0 == after_box.kwh[0]
    assert not used_box[0][~world.catalogue.fresh].any()
    still, nothing = carry(box, 33.0, 0.0, kinetics)
    assert still is box and not nothing.any()


def test_two_zones_keep_their_own_temperatures(world: World) -> None:
    load = loaded(world, 600.0, 8.0, 20.0)
    load, _ = carry(load, 25.0, 6.0, world.kinetics())
    rules = world.params.supply
    holds = [rules.chilled_setpoint_c + rules.spread_k, rules.cool_setpoint_c + rules.spread_k]
    assert load.air_c()[0, 0] == pytest.approx(holds[0], abs=1e-6)
    assert 8.0 < load.air_c()[0, 1] < holds[1] + 1e-6


def test_the_unit_is_sized_as_such_units_are(world: World) -> None:
    assert 2000.0 < unit_watts(world) < 6000.0


def test_rush_hours_slow_a_truck_down(world: World) -> None:
    rules = world.params.supply
    assert travel_hours(world, 11.0, 12.0) == pytest.approx(11.0 / rules.city_kmh)
    assert travel_hours(world, 11.0, 17.0) == pytest.approx(11.0 / rules.city_kmh * rules.rush_factor)
    half = travel_hours(world, 22.0, 16.5)
    assert half == pytest.approx(0.5 + (22.0 - 0.5 * rules.city_kmh) / rules.city_kmh * rules.rush_factor)
    assert travel_hours(world, 0.0, 12.0) == 0.0


def test_a_load_packed_over_a_border_travels_on_as_before(world: World) -> None:
    for there in (world, passive(world)):
        load, _ = carry(loaded(there, 400.0, 8.0, 20.0), 25.0, 1.0, there.kinetics())
        after, used = carry(unpacked(there, packed(load)), 30.0, 2.0, there.kinetics())
        same, as_much = carry(load, 30.0, 2.0, there.kinetics())
        np.testing.assert_array_equal(after.temperature, same.temperature)
        np.testing.assert_array_equal(used, as_much)


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
        for stream in ("supply.routes.thermometer", "supply.breakdowns"):
            world.ports.streams._declared.discard(stream)
        rooms = twins.part(twin, Rooms)
        rooms.run(0)
        routes = Routes(world, owners, rooms)
        fresh = world.catalogue.fresh
        share = fresh / fresh.sum()
        delivery = routes.deliver(0, 10.0, 10.0, (np.full(8, 50.0) if load is None else load)[:, None] * share)
        return delivery, world

    return drive_plan


def test_stops_are_reached_in_the_planned_order(driven: Any) -> None:
    delivery, world = driven([0, 0, 0, 0, 1, 1, 1, 1], [3, 2, 1, 0, 0, 1, 2, 3])
    arrival, rules = delivery.arrival_hour, world.params.supply
    assert arrival[3] < arrival[2] < arrival[1] < arrival[0] and arrival[4] < arrival[5] < arrival[6] < arrival[7]
    assert arrival.min() >= 10.0 + rules.loading_minutes / 60 and delivery.trucks == 2
    stops = world.ports.log.read("stop").to_pandas().sort_values(["truck", "position"])
    owners = world.ports.state["owners"]
    home = rules.detour * sum(np.hypot(owners["x_km"][shop], owners["y_km"][shop]) for shop in (0, 7))
    assert delivery.km == pytest.approx(stops.km.sum() + home)
    gap = arrival[2] - arrival[3]
    assert gap == pytest.approx(rules.stop_minutes / 60 + stops.km.iloc[1] / rules.city_kmh)
    fresh = world.catalogue.fresh
    assert (delivery.life_used[0][fresh] > delivery.life_used[3][fresh]).all()
    assert stops.sort_values(["truck", "event_time"]).shop.tolist() == [3, 2, 1, 0, 4, 5, 6, 7]


def test_shops_without_goods_are_not_visited(driven: Any) -> None:
    load = np.array([50.0, 0, 50, 0, 50, 0, 50, 0])
    delivery, _ = driven([0] * 8, list(range(8)), load)
    assert np.isnan(delivery.arrival_hour[load == 0]).all() and not delivery.life_used[load == 0].any()
    assert (delivery.truck_of >= 0).sum() == 4


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
    setting = world.params.supply.chilled_setpoint_c
    assert ambient > 22.0 and air.air_c.between(setting, ambient + 1).all()
    assert set(air.zone) == {"chilled", "cool"} and len(air) == 16
    telemetry = world.ports.log.read("telemetry").to_pandas()
    assert telemetry.reading_c.between(air.air_c.min() - 5.0, ambient + 5.0).all()
    assert len(telemetry) >= 60 and set(telemetry.zone) == {"chilled", "cool"}
    assert isinstance(delivery, Delivery)


def test_a_late_truck_unloads_before_the_day_closes(driven: Any) -> None:
    delivery, _ = driven([0] * 8, list(range(8)), city_kmh=15.0, stop_minutes=15.0, loading_minutes=30.0, detour=1.6)
    assert np.nanmax(delivery.arrival_hour) <= LATEST_HOUR


def test_a_larger_city_has_docks_for_its_districts(world: World) -> None:
    docks = world.params.supply.hub_docks
    assert [replace(world, shops=shops).docks for shops in (1, 12, 13, 1000)] == [docks, docks, 2 * docks, 84 * docks]
