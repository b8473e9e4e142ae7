"""An insulated truck body with or without a cooling unit, its doors and its cargo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hardware_models.thermal import relax

REFERENCE_DOOR_SECONDS = 120.0


@dataclass(frozen=True)
class Body:
    """What the body is.

    Attributes
    ----------
    wall_w_k
        wall heat loss, K value times surface, W/K
    unit_w
        cooling capacity at the working point, W; 0 for a passive body
    setpoint_c, spread_k
        thermostat, and how much warmer the load's place is than the thermostat, K
    air_tau_hours, cargo_tau_hours
        time constants of air and cargo
    passive_share
        without a unit: steady air temperature between cargo (0) and ambient (1)
    door_share
        share of the gap to ambient that the air takes over in 120 s of open door; linear in time up to all of it
        (Tian et al. 2017, Int. J. Refrigeration 73:175)
    """

    wall_w_k: float
    unit_w: float
    setpoint_c: float
    spread_k: float
    air_tau_hours: float
    cargo_tau_hours: float
    passive_share: float
    door_share: float


@dataclass(frozen=True)
class Load:
    """True temperatures in the body, degC."""

    air_c: float
    cargo_c: float


def steady_air(body: Body, load: Load, ambient_c: float) -> float:
    """Air temperature that the body tends to: setpoint, or what the unit can hold, or the passive compromise."""
    if body.unit_w <= 0:
        return load.cargo_c + body.passive_share * (ambient_c - load.cargo_c)
    reachable = ambient_c - body.unit_w / body.wall_w_k
    return max(min(body.setpoint_c, ambient_c), reachable) + body.spread_k


def drive(body: Body, load: Load, ambient_c: float, hours: float) -> Load:
    """Return the load after ``hours`` with closed doors; cargo follows the air's steady temperature."""
    target = steady_air(body, load, ambient_c)
    return Load(
        air_c=relax(load.air_c, target, body.air_tau_hours, hours),
        cargo_c=relax(load.cargo_c, target, body.cargo_tau_hours, hours),
    )


def open_door(body: Body, load: Load, ambient_c: float, seconds: float) -> Load:
    """Return the load after the door stood open: ambient air mixes in."""
    mixed = min(1.0, body.door_share * seconds / REFERENCE_DOOR_SECONDS)
    return replace(load, air_c=load.air_c + mixed * (ambient_c - load.air_c))
