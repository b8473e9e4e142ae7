"""The night at the farm and on the motorway: picking, pre-cooling, line-haul, unloading. A SimPy process each load."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import simpy

from agents.params import SupplyParams
from agents.supply.bodies import body_of, carry
from agents.world import World
from hardware_models.reefer import Load
from hardware_models.thermal import life_used, relax

PRECOOL_TAU_HOURS = 0.75
"""Forced-air pre-cooling: seven-eighths cooling (three half-lives) in about 1.5 h."""


@dataclass
class Haul:
    """What the night brought to the hub: life used by SKU, the hour of the last unloading, and what it took."""

    life_used: npt.NDArray[np.float64]
    ready_hour: float
    trucks: int = 0
    crew_hours: float = 0.0
    cooling_kwh: float = 0.0
    loads: list[Load] = field(default_factory=list)


def bring_to_hub(world: World, day: int, kg: npt.NDArray[np.float64], crew_kg_h: npt.NDArray[np.float64]) -> Haul:
    """Harvest ``kg`` by SKU at dawn, pre-cool it, drive it to the hub and unload it.

    Goods from the warehouse come with the same lorries. Life used is that of the last load, the warmest wait; the
    lots of one night are one lot a SKU.
    """
    rules, costs = world.params.supply, world.params.costs
    haul = Haul(np.zeros(len(kg)), rules.harvest_end_hour)
    total = float(kg.sum())
    if total <= 0:
        return haul
    haul.crew_hours = float((kg / crew_kg_h).sum())
    haul.trucks = int(np.ceil(total / costs.truck_payload_kg))
    picked_hours = min(
        haul.crew_hours / max(1.0, rules.crew_size * total / 1000.0),
        rules.harvest_end_hour - rules.harvest_start_hour,
    )
    env = simpy.Environment(initial_time=rules.harvest_start_hour)
    chamber, docks = simpy.Resource(env, 1), simpy.Resource(env, rules.hub_docks)
    for number in range(haul.trucks):
        share = (number + 1) / haul.trucks
        env.process(_one_load(env, world, day, haul, chamber, docks, picked_hours * share))
    env.run()
    drop_k = max(0.0, world.ambient_c(day, rules.harvest_start_hour) - rules.precool_c)
    haul.cooling_kwh = total * costs.produce_heat_capacity * drop_k / 3600.0 / costs.precool_cop
    return haul


def _one_load(
    env: simpy.Environment,
    world: World,
    day: int,
    haul: Haul,
    chamber: simpy.Resource,
    docks: simpy.Resource,
    picked_after: float,
) -> Generator[simpy.Event, Any, None]:
    rules, kinetics = world.params.supply, world.kinetics()
    field_c = world.ambient_c(day, rules.harvest_start_hour)
    yield env.timeout(picked_after)
    with chamber.request() as place:
        yield place
        waited = env.now - rules.harvest_start_hour
        used = life_used(kinetics, field_c, field_c, 1.0, waited)
        hours = max(rules.precool_hours, _batches(rules, world) * rules.precool_hours)
        yield env.timeout(hours)
    used = used + life_used(kinetics, field_c, rules.precool_c, PRECOOL_TAU_HOURS, hours)
    cold = relax(field_c, rules.precool_c, PRECOOL_TAU_HOURS, hours)
    body = body_of(world, day)
    load = Load(air_c=world.ambient_c(day, env.now), cargo_c=cold)
    road = rules.farm_km / rules.haul_kmh
    yield env.timeout(road)
    after, on_road = carry(body, load, world.ambient_c(day, env.now), road, kinetics)
    used = used + on_road
    with docks.request() as dock:
        yield dock
        yield env.timeout(rules.unload_minutes / 60.0)
    haul.life_used = np.maximum(haul.life_used, used)
    haul.ready_hour = max(haul.ready_hour, env.now + rules.sort_hours)
    haul.loads.append(after)


def _batches(rules: SupplyParams, world: World) -> int:
    """Batches of the pre-cooling room that one lorry load fills."""
    return int(np.ceil(world.params.costs.truck_payload_kg / rules.precool_batch_kg))
