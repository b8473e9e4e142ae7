"""The labs `cooling`, `shelf_life` and `reefer`: closed forms of the cold chain, by the twin's own physics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from experiments.labs.parameters import LabParameters
from hardware_models.reefer import Body, Energy, advance
from hardware_models.thermal import Kinetics, decay_rate, q10_rate, relax
from sim.variates import log_array

Celsius = Annotated[float, Field(ge=-100, le=300)]
Hours = Annotated[float, Field(ge=0, le=10_000)]
JOULE_A_KWH = 3.6e6
STEP_SECONDS = 900.0
CARGO_J_K = 1_000.0 * 3_890.0
"""A tonne of produce."""


class CoolingParameters(LabParameters):
    """Keys and values of ``conf/lab/cooling.yaml``: a body in ``ambient`` air with one time constant."""

    start: Celsius
    ambient: Celsius
    tau_hours: Annotated[float, Field(gt=0, le=10_000)]
    hours: Hours


def cooling(parameters: CoolingParameters) -> dict[str, Any]:
    """Hours until half and seven eighths of the way are cooled, and the temperature after ``hours``."""
    half = parameters.tau_hours * float(log_array(np.float64(2.0)))
    temperature = relax(parameters.start, parameters.ambient, parameters.tau_hours, parameters.hours)
    return {"half_hours": half, "seven_eighths_hours": 3.0 * half, "temperature": temperature}


class ShelfLifeParameters(LabParameters):
    """Keys and values of ``conf/lab/shelf_life.yaml``: ``q10`` belongs to law q10, ``ea_kj`` to arrhenius."""

    law: Literal["q10", "arrhenius"]
    reference_days: Annotated[float, Field(gt=0, le=100_000)]
    reference_c: Annotated[float, Field(ge=-100, le=100)]
    q10: Annotated[float, Field(ge=1, le=100)]
    ea_kj: Annotated[float, Field(ge=0, le=300)]
    temperatures: tuple[Annotated[float, Field(ge=-100, le=100)], ...]

    @field_validator("temperatures", mode="before")
    @classmethod
    def _one_temperature(cls, value: Any) -> Any:
        if value == []:
            raise ValueError("must hold at least one temperature, such as [0, 8, 20]")
        return tuple(value) if isinstance(value, list) else (value,)


def shelf_life(parameters: ShelfLifeParameters) -> dict[str, Any]:
    """Days of shelf life at each temperature."""
    at = np.array(parameters.temperatures)
    if parameters.law == "q10":
        days = parameters.reference_days / q10_rate(parameters.q10, parameters.reference_c, at)
    else:
        days = 1.0 / decay_rate(_kinetics(parameters), at)
    return {"days": days.tolist()}


def _kinetics(parameters: ShelfLifeParameters) -> Kinetics:
    life, reference, ea = parameters.reference_days, parameters.reference_c, parameters.ea_kj
    return Kinetics(np.array([life]), np.array([reference]), np.array([ea]), np.array([-np.inf]), 0.0)


class ReeferParameters(LabParameters):
    """Keys and values of ``conf/lab/reefer.yaml``: K value in W/m2K, surface in m2, capacity in W, times."""

    ambient: Celsius
    setpoint: Celsius
    body_k: Annotated[float, Field(ge=0, le=100)]
    body_area: Annotated[float, Field(ge=0, le=10_000)]
    unit_watts: Annotated[float, Field(ge=0, le=1e6)]
    door_seconds: Annotated[float, Field(ge=0, le=86_400)]
    door_w_k: Annotated[float, Field(ge=0, le=1e5)]
    hours: Annotated[float, Field(ge=0, le=1_000)]


def reefer(parameters: ReeferParameters) -> dict[str, Any]:
    """Heat (kWh) of a body that starts at its setpoint, with its door open first and closed then, ``hours`` in all."""
    body = Body(
        wall_w_k=np.array([parameters.body_k * parameters.body_area]),
        door_w_k=np.array([parameters.door_w_k]),
        unit_w=np.array([parameters.unit_watts]),
        hold_c=np.array([parameters.setpoint]),
        air_j_k=np.array([8e4]),
        film_w_k=np.array([300.0]),
        inner_w_k=np.array([250.0]),
        surface_j_k=np.array([0.2 * CARGO_J_K]),
        core_j_k=np.array([0.8 * CARGO_J_K]),
    )
    load = np.full((1, 3), parameters.setpoint)
    whole = parameters.hours * 3600.0
    opened = min(parameters.door_seconds, whole)
    flows = []
    for seconds, door in ((opened, True), (whole - opened, False)):
        steps = int(np.ceil(seconds / STEP_SECONDS))
        for _ in range(steps):
            span = np.array([seconds / steps])
            load, flow = advance(
                body, load, np.array([parameters.ambient]), span, np.array([door]), np.array([True])
            )
            flows.append(flow)
    walls, doors, unit, stored = (_sum(flows, name) for name in Energy._fields)
    return {
        "energy_in": walls + doors,
        "energy_out": unit,
        "stored": stored,
        "residual": walls + doors - unit - stored,
    }


def _sum(flows: list[Energy], name: str) -> float:
    return sum((float(getattr(flow, name)[0]) for flow in flows), 0.0) / JOULE_A_KWH
