"""The truck bodies of the fleet, from the sourced cold-chain figures."""

from __future__ import annotations

from agents.sourced import load_table
from agents.world import World
from hardware_models.reefer import Body, Load, drive, steady_air
from hardware_models.thermal import Floats, Kinetics, life_used
from hardware_models.thermometer import Thermometer


def body_of(world: World, day: int) -> Body:
    """Return the fleet's body: a cooling unit with setpoint where supply is on, an insulated box where it is off."""
    rules, table = world.params.supply, load_table("coldchain")
    active = world.factors(day).systems.cold_chain
    return Body(
        wall_w_k=float(table["body_k_normal"]) * float(table["van_body_area"]),
        unit_w=float(table["unit_capacity_0C"]) if active else 0.0,
        setpoint_c=rules.setpoint_c,
        spread_k=rules.spread_k if active else 0.0,
        air_tau_hours=rules.air_tau_minutes / 60.0,
        cargo_tau_hours=rules.cargo_tau_hours,
        passive_share=rules.pull_up_share,
        door_share=rules.door_mixing_share,
    )


def carry(body: Body, load: Load, ambient_c: float, hours: float, kinetics: Kinetics) -> tuple[Load, Floats]:
    """Drive ``hours`` with closed doors; return the load after it and the life its goods used, by SKU."""
    target = steady_air(body, load, ambient_c)
    used = life_used(kinetics, load.cargo_c, target, body.cargo_tau_hours, hours)
    return drive(body, load, ambient_c, hours), used


def unit_watts(body: Body, ambient_c: float) -> float:
    """Return the power the unit draws to take out what comes through the walls at the setpoint, W."""
    heat = min(body.unit_w, max(0.0, body.wall_w_k * (ambient_c - body.setpoint_c)))
    return heat / float(load_table("coldchain")["unit_cop"])


def thermometer() -> Thermometer:
    """Return the truck's air thermometer: a DS18B20 steel probe behind a radio gateway."""
    table = load_table("coldchain")
    return Thermometer(
        lag_seconds=float(table["ds18b20_probe_t63"]),
        accuracy_k=float(table["ds18b20_acc"]) / 2.0,
        noise_k=0.0625,
        resolution_k=0.0625,
        dropout_share=float(table["logger_dropout"]),
        resend_share=float(table["logger_dropout"]),
        resend_minutes=float(table["logger_interval"]),
    )
