"""A shop freezer's air: compressor cycles and defrosts, calibrated on the logged freezers of the sourced table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.sourced import load_table
from sim.variates import exp_array, log_array

Floats = npt.NDArray[np.float64]

CYCLE_SD_K, DEFROST_EVERY_HOURS, DEFROST_PEAK_C, LINE_C = 1.06, 41.0, 2.0, -15.0
"""Of the notes beside ``coldchain.freezer_cycle_min`` and ``freezer_defrost_min``: sd of a cycle, time between two
defrosts, the middle of the peaks of -2 to +6 degC, and the line that the minutes are counted above."""


@dataclass(frozen=True)
class Freezer:
    """``mean_c`` of the cycles; minutes of a cycle and of the defrost heater; ``recovery_minutes`` time constant."""

    mean_c: float
    cycle_minutes: float
    heat_minutes: float
    recovery_minutes: float


def calibrated(mean_c: float, heat_minutes: float) -> Freezer:
    """Return the freezer whose defrosts stay above -15 degC for as long as those that were logged."""
    table = load_table("coldchain")
    rise = DEFROST_PEAK_C - mean_c
    below = (LINE_C - mean_c) / rise
    left = float(table["freezer_defrost_min"]) - heat_minutes * (1.0 - below)
    recovery = max(left, 1.0) / float(log_array(np.float64(1.0 / below)))
    return Freezer(mean_c, float(table["freezer_cycle_min"]), heat_minutes, recovery)


def air_c(freezer: Freezer, hours: Floats, phase: Floats) -> Floats:
    """Air temperature at ``hours`` since the beginning of time; ``phase`` in 0 to 1 tells freezers apart.

    Cycles are saw-teeth, whose standard deviation is their height over the root of twelve.
    """
    minutes = hours * 60.0
    tooth = np.mod(minutes / freezer.cycle_minutes + phase * 97.0, 1.0) - 0.5
    since = np.mod(minutes + phase * DEFROST_EVERY_HOURS * 60.0, DEFROST_EVERY_HOURS * 60.0)
    rise = DEFROST_PEAK_C - freezer.mean_c
    falling = rise * exp_array(-np.maximum(since - freezer.heat_minutes, 0.0) / freezer.recovery_minutes)
    extra = np.where(since < freezer.heat_minutes, rise * since / freezer.heat_minutes, falling)
    calm = 1.0 - extra / rise
    return np.asarray(freezer.mean_c + extra + calm * tooth * CYCLE_SD_K * np.sqrt(12.0))
