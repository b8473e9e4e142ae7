"""What the thermometers say: minutes above the limit, mean kinetic temperature, energy.

These are readings, with the sensors' faults; places without a sensor do not appear.
"""

from __future__ import annotations

import numpy as np

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Columns, Window
from hardware_models.thermal import GAS_CONSTANT, KELVIN

KINETIC_J_MOL = 83_140.0
"""Activation energy of the mean kinetic temperature, as pharmacopoeias fix it (USP <1079>: 83.144 kJ/mol)."""
MINUTES_A_DAY = 1440.0
NO_READINGS = "no thermometer was read"


def excursion_minutes(window: Window) -> float:
    """Minutes that a thermometer reads above its limit on a day."""
    rows = window.table("cold_day")
    above, read = (float(rows[name].sum()) for name in ("excursion_minutes", "sensor_minutes"))
    return ratio(above * MINUTES_A_DAY, read, NO_READINGS)


def kinetic_temperature(window: Window) -> float:
    """Mean kinetic temperature of all readings: the constant temperature that would age goods as much."""
    rows = _read(window)
    weight = rows["sensor_minutes"] / rows["sensor_minutes"].sum()
    slope = KINETIC_J_MOL / GAS_CONSTANT
    mean = float((weight * np.exp(-slope / (rows["kinetic_c"] + KELVIN))).sum())
    return float(-slope / np.log(mean) - KELVIN)


def energy(window: Window) -> float:
    """Electrical energy of rooms and vehicles a day."""
    rows = window.table("cold_day")
    if not len(rows["kwh"]):
        raise Undefined("no meter was read")
    return float(rows["kwh"].sum()) / window.days


def _read(window: Window) -> Columns:
    rows = window.table("cold_day")
    read = rows["sensor_minutes"] > 0
    if not read.any():
        raise Undefined(NO_READINGS)
    return {name: values[read] for name, values in rows.items()}


MEASURES = (
    Measure("excursion_minutes", "min/d", "lower", "minutes above the limit", "超温时长", excursion_minutes),
    Measure("kinetic_temperature", "degC", "lower", "mean kinetic temperature", "平均动力学温度", kinetic_temperature),
    Measure("energy", "kWh/d", "lower", "electrical energy", "用电量", energy),
)
