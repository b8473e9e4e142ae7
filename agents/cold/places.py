"""The fixed places of the network: what they are made of, which SKU stands where, and what they aim at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agents.sourced import load_table
from agents.world import World, chilled

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]

HUB_PLACES = ("hub", "hub_chilled", "hub_cool")
"""The one room of a hub without the cold chain, and the two of a hub with it."""
SHOP_PLACES = ("case", "rack", "cold_room", "freezer")
PLACES = (*HUB_PLACES, *SHOP_PLACES)
Where = Literal["hub", "shelf", "pickup"]
DESIGN_C = 32.0
"""Surroundings that units are sized for, degC."""


@dataclass(frozen=True)
class Units:
    """Every place of the network, one row each: the hub's three, then each shop's by place.

    ``place`` index in `PLACES`, ``node`` shop id or -1, ``w_k`` and ``door_w_k`` heat gain closed and through an open
    door, ``j_k`` heat capacity of air and fabric, ``unit_w`` cooling capacity (0: none), ``spread_k`` of goods above
    the air, ``limit_c`` what readings are judged by (infinite: by nothing).
    """

    place: Ids
    node: Ids
    setpoint_c: Floats
    w_k: Floats
    door_w_k: Floats
    j_k: Floats
    unit_w: Floats
    spread_k: Floats
    limit_c: Floats

    def rows(self, place: str) -> Ids:
        """Rows of one kind of place, in the order of shops."""
        return np.flatnonzero(self.place == PLACES.index(place))


def units(world: World) -> Units:
    """Return the network's places, built from ``conf/params/rooms.yaml``."""
    rules, shops = world.params.rooms, world.shops
    case_spread = float(load_table("coldchain")["display_case_spread"])
    air, hub_w, hub_j = 1000.0 * rules.rack_tau_hours * 3600.0, rules.hub_w_k_shop * shops, rules.hub_kj_k_shop * shops
    hub_door = 10.0 * rules.room_door_w_k
    kinds = {
        "hub": (rules.hub_setpoint_c, hub_w, hub_door, hub_j, rules.goods_spread_k),
        "hub_chilled": (rules.hub_chilled_setpoint_c, hub_w / 2, hub_door / 2, hub_j / 2, rules.goods_spread_k),
        "hub_cool": (rules.hub_cool_setpoint_c, hub_w / 2, hub_door / 2, hub_j / 2, rules.goods_spread_k),
        "case": (rules.case_setpoint_c, rules.case_w_k, 0.0, rules.case_kj_k, case_spread),
        "rack": (rules.indoor_c, 1000.0, 0.0, air / 1000.0, 0.0),
        "cold_room": (
            rules.cold_room_setpoint_c, rules.cold_room_w_k, rules.room_door_w_k, rules.cold_room_kj_k,
            rules.goods_spread_k,
        ),
        "freezer": (
            rules.freezer_setpoint_c, rules.freezer_w_k, 0.0,
            rules.freezer_w_k * rules.freezer_tau_hours * 3.6, 0.0,
        ),
    }  # fmt: skip
    names = [*HUB_PLACES, *(name for name in SHOP_PLACES for _ in range(shops))]
    setpoint, w_k, door, kj, spread = (np.array([kinds[name][i] for name in names]) for i in range(5))
    opened = {"hub": rules.hub_open_share, "hub_chilled": rules.hub_open_share, "hub_cool": rules.hub_open_share}
    share = np.array([opened.get(name, 0.1) for name in names])
    cooled = np.array([name != "rack" for name in names])
    unit = rules.unit_margin * (w_k + share * door) * (DESIGN_C - setpoint) * cooled
    return Units(
        np.array([PLACES.index(name) for name in names]),
        np.concatenate([np.full(len(HUB_PLACES), -1), np.tile(np.arange(shops), len(SHOP_PLACES))]),
        setpoint, w_k, door, kj * 1000.0, unit, spread, np.array([limit_of(name) for name in names]),
    )  # fmt: skip


def limit_of(place: str) -> float:
    """Return what readings of a place or a vehicle's zone are judged by, degC; infinite where there is no limit."""
    rows = load_table("rooms")
    if place in ("hub_cool", "cool"):
        return float(rows["limit_cool_c"])
    if place == "freezer":
        return float(rows["limit_freezer_c"])
    return np.inf if place == "rack" else float(rows["limit_chilled_c"])


def hub_places(world: World, day: int) -> tuple[str, str]:
    """Return where chilled goods and where all others stand at the hub."""
    return ("hub_chilled", "hub_cool") if world.factors(day).systems.cold_chain else ("hub", "hub")


def place_of(world: World, day: int, where: Where) -> Ids:
    """Return in which place (index in `PLACES`) each SKU stands on the shelf, in the pick-up room or at the hub."""
    cold, other = {"shelf": ("case", "rack"), "pickup": ("cold_room", "rack"), "hub": hub_places(world, day)}[where]
    frozen = cold if where == "hub" else "freezer"
    at = np.where(chilled(world), PLACES.index(cold), PLACES.index(other))
    return np.where(world.catalogue.storage == "frozen", PLACES.index(frozen), at)


def nominal_c(world: World, day: int, where: Where) -> Floats:
    """Return what goods of each SKU should be at by the devices' settings, degC: what a planner knows."""
    made = units(world)
    first = np.array([made.rows(place)[0] for place in PLACES])
    at = first[place_of(world, day, where)]
    return np.asarray(made.setpoint_c[at] + made.spread_k[at])
