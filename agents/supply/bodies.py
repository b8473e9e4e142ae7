"""Vehicles with goods in them: compartments, true temperatures, the life goods use up, and the unit's electricity.

`start` loads vehicles, `carry` lets time pass, `unload` takes goods off; what they pass on is opaque to callers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from agents.sourced import load_table
from agents.world import World, chilled
from hardware_models.reefer import AIR, CORE, SURFACE, Body, follow
from hardware_models.thermal import Floats, Kinetics, decay_rate
from sim.streams import uniform

STEP_HOURS = 0.25
"""Longest step; rates of ageing are taken at its ends, which errs by less than 1e-3 of the life used."""
JOULE_A_KWH = 3.6e6
ONE, CHILLED, COOL = "one", "chilled", "cool"
STATE = 10
"""Numbers that one vehicle's load is packed into: zones, vehicle, 2 masses, 6 temperatures."""
LEAST_CARGO_KG = 5.0
"""Crates and pallets that stay in an empty compartment."""


@dataclass(frozen=True)
class Load:
    """Vehicles under way and what is in them.

    ``temperature`` (vehicle x zone, 3) in degC, vehicle after vehicle; ``zone_of`` (sku) where each SKU stands;
    ``kwh`` (vehicle) what the units drew so far, ``mass_kg`` (vehicle, zone).
    """

    body: Body
    temperature: Floats
    zones: tuple[str, ...]
    zone_of: npt.NDArray[np.int64]
    kwh: Floats
    vehicle: npt.NDArray[np.int64]
    mass_kg: Floats

    def air_c(self) -> Floats:
        """Mean air temperature (vehicle, zone), degC."""
        return self.temperature[:, AIR].reshape(-1, len(self.zones))

    def core_c(self) -> Floats:
        """Temperature of the cargo's core (vehicle, zone), degC."""
        return self.temperature[:, CORE].reshape(-1, len(self.zones))


def zones_of(world: World, day: int) -> tuple[str, ...]:
    """Return the compartments of lorries and trucks: two with the cold chain, else one for all goods."""
    return (CHILLED, COOL) if world.factors(day).systems.cold_chain else (ONE,)


def start(
    world: World,
    day: int,
    vehicle: npt.NDArray[np.int64],
    kg: Floats,
    goods_c: Floats,
    air_c: Floats,
    *,
    long_haul: bool = False,
) -> Load:
    """Load ``kg`` (vehicle, sku) that is ``goods_c`` (vehicle, sku or broadcast) warm into ``vehicle`` (ids).

    A ``long_haul`` goes in a carrier's cooled lorry with two compartments whatever the arm: nobody sends fresh goods
    for days in an uncooled one.

    ``air_c`` (vehicle): the air in the body before it is cooled. Goods of one compartment meet at their mean.
    """
    zones = (CHILLED, COOL) if long_haul else zones_of(world, day)
    zone_of = np.where(chilled(world), 0, len(zones) - 1)
    shape = (len(vehicle), len(zones))
    warm, mass = np.zeros(shape), np.zeros(shape)
    heat = kg * np.broadcast_to(goods_c, kg.shape)
    for zone in range(len(zones)):
        mine = zone_of == zone
        mass[:, zone], warm[:, zone] = kg[:, mine].sum(axis=1), heat[:, mine].sum(axis=1)
    cargo = np.where(mass > 0, warm / np.where(mass > 0, mass, 1.0), air_c[:, None])
    temperature = np.stack([np.broadcast_to(air_c[:, None], shape), cargo, cargo], axis=2).reshape(-1, 3)
    body, nothing = _body(world, vehicle, zones, mass), np.zeros(len(vehicle))
    return Load(body, temperature, zones, zone_of, nothing, vehicle, mass)


def carry(
    load: Load,
    ambient_c: float | Floats,
    hours: float | Floats,
    kinetics: Kinetics,
    *,
    door_open: bool = False,
    running: bool | npt.NDArray[np.bool_] = True,
) -> tuple[Load, Floats]:
    """Let ``hours`` pass (one number, or one a vehicle); return the load then and the life used (vehicle, sku).

    ``running`` says which units have power.
    """
    vehicles, zones = len(load.kwh), len(load.zones)
    each = np.broadcast_to(np.asarray(hours, np.float64), (vehicles,))
    if not (each > 0).any():
        return load, np.zeros((vehicles, len(load.zone_of)))
    steps = int(np.ceil(each.max() / STEP_HOURS))
    seconds, ambient, power = (
        np.repeat(np.broadcast_to(value, (vehicles,)), zones) for value in (each / steps * 3600.0, ambient_c, running)
    )
    opened = np.full(vehicles * zones, door_open)
    path, energy = follow(load.body, load.temperature, ambient, seconds, opened, power, steps)
    rate = _rates(load, path, kinetics)
    used = (rate[:, :-1] + rate[:, 1:]).sum(axis=1) / 2.0 * (each / steps / 24.0)[:, None]
    drawn = energy.unit.reshape(vehicles, zones).sum(axis=1)
    kwh = drawn / float(load_table("coldchain")["unit_cop"]) / JOULE_A_KWH
    return replace(load, temperature=path[:, -1], kwh=load.kwh + kwh), used


def unload(world: World, load: Load, kg_left: Floats) -> Load:
    """Return the load after goods were taken off; ``kg_left`` (vehicle, sku)."""
    mass = np.stack([kg_left[:, load.zone_of == zone].sum(axis=1) for zone in range(len(load.zones))], axis=1)
    return replace(load, body=load.body._replace(**_cargo(world, mass)), mass_kg=mass)


def packed(load: Load) -> Floats:
    """Return the load of a single vehicle as `STATE` numbers, for a column."""
    out = np.zeros(STATE)
    zones = len(load.zones)
    out[:2] = zones, load.vehicle[0]
    out[2 : 2 + zones] = load.mass_kg[0]
    out[4 : 4 + 3 * zones] = load.temperature.reshape(-1)
    return out


def unpacked(world: World, state: Floats) -> Load:
    """Return the load that was `packed`, its meter at 0."""
    many, vehicle = int(state[0]), np.array([int(state[1])])
    zones = (CHILLED, COOL) if many == 2 else (ONE,)
    mass = state[None, 2 : 2 + many].copy()
    temperature = state[4 : 4 + 3 * many].reshape(many, 3).copy()
    zone_of = np.where(chilled(world), 0, many - 1)
    return Load(_body(world, vehicle, zones, mass), temperature, zones, zone_of, np.zeros(1), vehicle, mass)


def unit_watts(world: World) -> float:
    """Return the cooling capacity of a vehicle, W: wall loss at 0/30 degC with its margin, doors, and pull-down."""
    rules, table = world.params.supply, load_table("coldchain")
    walls = float(table["body_k_normal"]) * rules.body_m2 * 30.0 * float(table["unit_capacity_margin"])
    doors = rules.door_w_k * 30.0 * rules.unit_stops_hour * rules.door_seconds / 3600.0
    return walls + doors + rules.body_air_kj_k * 1000.0 * 30.0 / (rules.pull_down_hours * 3600.0)


def _rates(load: Load, path: Floats, kinetics: Kinetics) -> Floats:
    """Life used a day (vehicle, moment, sku): goods of the surface and of the core, by mass.

    ``path`` (vehicle x zone, moment, 3) are temperatures.
    """
    by_zone = path.reshape(len(load.kwh), len(load.zones), -1, 3)[:, load.zone_of]
    nodes = np.moveaxis(by_zone[..., [SURFACE, CORE]], 1, -1)
    rate = decay_rate(kinetics, nodes)
    surface = load.body.surface_j_k[0] / (load.body.surface_j_k[0] + load.body.core_j_k[0])
    return np.asarray(surface * rate[:, :, 0] + (1.0 - surface) * rate[:, :, 1])


def _body(world: World, vehicle: npt.NDArray[np.int64], zones: tuple[str, ...], mass: Floats) -> Body:
    """Compartments share walls, doors and air equally; the unit's capacity too."""
    rules, table, n = world.params.supply, load_table("coldchain"), mass.size
    age = 2.0 * rules.body_age_years * uniform(world.key("supply.bodies.age"), 0, vehicle)
    k = float(table["body_k_normal"]) * (1.0 + float(table["k_ageing_per_year"]) / 100.0 * age)
    active = zones != (ONE,)
    holds = {CHILLED: rules.chilled_setpoint_c, COOL: rules.cool_setpoint_c, ONE: 0.0}
    return Body(
        wall_w_k=np.repeat(k * rules.body_m2 / len(zones), len(zones)),
        door_w_k=np.full(n, rules.door_w_k / len(zones)),
        unit_w=np.full(n, unit_watts(world) / len(zones) if active else 0.0),
        hold_c=np.tile([holds[zone] + rules.spread_k for zone in zones], len(vehicle)),
        air_j_k=np.full(n, rules.body_air_kj_k * 1000.0 / len(zones)),
        **_cargo(world, mass),
    )


def _cargo(world: World, mass: Floats) -> dict[str, Floats]:
    rules = world.params.supply
    kg = np.maximum(mass.reshape(-1), LEAST_CARGO_KG)
    heat = kg * world.params.costs.produce_heat_capacity * 1000.0
    return {
        "film_w_k": kg * rules.cargo_film_w_kg_k,
        "inner_w_k": kg * rules.cargo_inner_w_kg_k,
        "surface_j_k": heat * rules.surface_share,
        "core_j_k": heat * (1.0 - rules.surface_share),
    }
