"""A thermometer with lag, bias, noise and steps, and a gateway that loses and resends readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.streams import Key, uniform
from sim.variates import exp_array, normal_array

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Thermometer:
    """A device's data sheet: time constant (s), accuracy and noise (K, one sigma), resolution (K), drop-out share."""

    lag_seconds: float
    accuracy_k: float
    noise_k: float
    resolution_k: float
    dropout_share: float
    resend_share: float
    resend_minutes: float


class Transmission(NamedTuple):
    """Readings as they arrive: index into the samples (a repeated one stands twice), degC, hours after sampling."""

    sample: npt.NDArray[np.int64]
    reading_c: Floats
    delay_hours: Floats


def lagged(true_c: Floats, hours: Floats, lag_seconds: float) -> Floats:
    """First-order lag of ``true_c`` sampled at ``hours`` (rising), holding each value until the next sample."""
    seen = np.empty_like(true_c)
    if not len(true_c):
        return seen
    seen[0] = true_c[0]
    kept = exp_array(-np.diff(hours) * 3600.0 / lag_seconds)
    for i in range(1, len(true_c)):
        seen[i] = true_c[i - 1] + (seen[i - 1] - true_c[i - 1]) * kept[i - 1]
    return seen


def transmit(sensor: Thermometer, key: Key, day: int, device: int, true_c: Floats, hours: Floats) -> Transmission:
    """Return what the gateway delivers of the readings taken at ``hours``: some lost, some sent a second time later.

    Draws are keyed by (day, device, sample): the bias belongs to the device and is the same every day.
    """
    samples = np.arange(len(true_c))
    bias = sensor.accuracy_k * float(normal_array(key, 0, device, 2**31))
    noise = sensor.noise_k * normal_array(key, day, device, samples)
    raw = lagged(true_c, hours, sensor.lag_seconds) + bias + noise
    reading = np.rint(raw / sensor.resolution_k) * sensor.resolution_k
    arrived = samples[uniform(key, day, device, samples, 1) >= sensor.dropout_share]
    again = arrived[uniform(key, day, device, arrived, 2) < sensor.resend_share]
    order = np.concatenate([arrived, again])
    delay = np.concatenate([np.zeros(len(arrived)), np.full(len(again), sensor.resend_minutes / 60.0)])
    return Transmission(order, reading[order], delay)
