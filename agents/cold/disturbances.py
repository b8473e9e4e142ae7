"""What goes wrong in fixed places: doors left ajar and units that fail. Each by its address, the same in every arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.cold.places import PLACES, Floats, Ids, Units
from agents.world import World
from sim.streams import Key, uniform
from sim.variates import log_array


class Disturbance(NamedTuple):
    """At which hour of the day something begins (nan: not today) and how many hours it lasts if nobody acts."""

    hour: Floats
    hours: Floats


def device(units: Units) -> Ids:
    """The id of each place: node and kind, so that one more shop renames none."""
    return (units.node + 1) * 16 + units.place


def doors_left(world: World, key: Key, day: int, units: Units) -> Disturbance:
    """Doors that somebody leaves ajar today, from 8 to 21 h; noticed in passing."""
    rules = world.params.rooms
    return _drawn(key, day, units, np.where(units.door_w_k > 0, rules.door_left_day, 0.0), 8.0, 13.0,
                  rules.door_notice_hours, 0)


def failures(world: World, key: Key, day: int, units: Units) -> Disturbance:
    """Units that trip or fail today, at any hour; an unwatched failure is found and mended in its own time."""
    rules = world.params.rooms
    return _drawn(key, day, units, np.where(units.unit_w > 0, rules.failure_day, 0.0), -1.0, 24.0,
                  rules.failure_hours, 8)


def restartable(world: World, key: Key, day: int, units: Units) -> Floats:
    """1 where a restart mends today's failure, 0 where it needs a technician."""
    return (uniform(key, day, device(units), 0, 16) < world.params.rooms.restart_share).astype(np.float64)


def response_hours(world: World, key: Key, day: int, units: Units, hour: float) -> Floats:
    """Hours until somebody acts on an alarm of ``hour``."""
    rules = world.params.rooms
    step = int(round((hour + 1.0) * 60.0))
    factor = 1.0 if 7.0 <= hour < 22.0 else rules.night_factor
    return -rules.response_minutes / 60.0 * factor * log_array(uniform(key, day, device(units), step, 17))


def _drawn(key: Key, day: int, units: Units, chance: Floats, first: float, span: float, mean: float, draw: int
           ) -> Disturbance:
    assert len(PLACES) <= 16
    ids = device(units)
    happens = uniform(key, day, ids, 0, draw) < chance
    hour = first + span * uniform(key, day, ids, 0, draw + 1)
    lasts = -mean * log_array(uniform(key, day, ids, 0, draw + 2))
    return Disturbance(np.where(happens, hour, np.nan), np.where(happens, lasts, 0.0))
