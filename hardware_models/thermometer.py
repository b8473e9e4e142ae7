"""Temperature loggers with lag, bias, drift, noise, steps, drop-outs, a battery and a clock; and their gateways.

Arrays are over (device, sample). Draws are keyed by (day, device, sample): a device keeps its bias for life.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.streams import Key, uniform
from sim.variates import exp_array, log_array, normal_array

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]

_OWN = 2**31  # items from here on belong to the device, not to a sample


@dataclass(frozen=True)
class Thermometer:
    """A device's data sheet.

    ``lag_seconds`` time to 63 %; ``accuracy_k`` and ``noise_k`` one sigma; ``drift_k_year`` one sigma of the drift a
    year; ``resolution_k``; ``dropout_share`` of samples that are lost; ``battery_days`` from full to empty (a device is
    up to so old on day 0), after which nobody notices for ``swap_days``, 0 where it is fed; ``skew_seconds`` one sigma
    of the clock's error.
    """

    lag_seconds: float
    accuracy_k: float
    noise_k: float
    drift_k_year: float
    resolution_k: float
    dropout_share: float
    battery_days: float
    swap_days: float
    skew_seconds: float


@dataclass(frozen=True)
class Gateway:
    """Sends readings on: on ``outage_day`` of days it is offline once, ``outage_hours`` in the mean, and buffers.

    A share ``resend_share`` of readings is sent a second time ``resend_minutes`` later.
    """

    outage_day: float
    outage_hours: float
    resend_share: float
    resend_minutes: float


class Errors(NamedTuple):
    """What a device adds to what it sees, K (device, sample); whether a sample exists; its clock's error in hours."""

    added_k: Floats
    taken: Flags
    skew_hours: Floats


class Transmission(NamedTuple):
    """Readings as they arrive: device row and sample (a repeated one stands twice), hours after sampling."""

    row: Ids
    sample: Ids
    delay_hours: Floats


def errors(sensor: Thermometer, key: Key, day: int, device: Ids, samples: int) -> Errors:
    """Return the errors of ``device`` (ids) in ``samples`` samples of ``day``."""
    own, sample = device[:, None], np.arange(samples)[None, :]
    life = max(sensor.battery_days, 1e-9)
    old = day + life * uniform(key, 0, own, _OWN + 2)
    bias = sensor.accuracy_k * normal_array(key, 0, own, _OWN)
    bias = bias + sensor.drift_k_year * old / 365.25 * normal_array(key, 0, own, _OWN + 1)
    skew = sensor.skew_seconds / 3600.0 * normal_array(key, 0, device, _OWN + 3)
    noise = sensor.noise_k * normal_array(key, day, own, sample)
    empty = np.mod(old, life + sensor.swap_days) >= life
    taken = (uniform(key, day, own, sample, 1) >= sensor.dropout_share) & ~empty
    return Errors(bias + noise, taken, skew)


def lag_kept(sensor: Thermometer, hours: float | Floats) -> Floats:
    """Share of the gap between reading and truth that is left after ``hours``."""
    if sensor.lag_seconds <= 0:
        return np.zeros(np.shape(hours))
    return exp_array(-np.asarray(hours, np.float64) * 3600.0 / sensor.lag_seconds)


def lagged(sensor: Thermometer, true_c: Floats, hours: Floats) -> Floats:
    """First-order lag of ``true_c`` (device, sample) sampled at ``hours``, holding each value until the next."""
    seen = true_c.copy()
    kept = lag_kept(sensor, np.diff(hours, axis=1))
    for i in range(1, true_c.shape[1]):
        seen[:, i] = true_c[:, i - 1] + (seen[:, i - 1] - true_c[:, i - 1]) * kept[:, i - 1]
    return seen


def shown(sensor: Thermometer, seen_c: Floats, added_k: Floats) -> Floats:
    """What the display says: with the device's error, in its steps."""
    return np.asarray(np.rint((seen_c + added_k) / sensor.resolution_k) * sensor.resolution_k)


def arrivals(gateway: Gateway, key: Key, day: int, station: Ids, hours: Floats) -> Floats:
    """Hours after sampling at which samples taken at ``hours`` (device, sample) arrive by gateway ``station`` (device).

    A gateway that comes back sends what it kept, the newest first.
    """
    out = uniform(key, day, station, 0, 1) < gateway.outage_day
    begin = -1.0 + 24.0 * uniform(key, day, station, 0, 2)
    length = -gateway.outage_hours * log_array(uniform(key, day, station, 0, 3))
    end = (begin + length)[:, None]
    kept = out[:, None] & (hours >= begin[:, None]) & (hours < end)
    queue = (end - hours) / np.maximum(length, 1e-9)[:, None] * 2.0 / 60.0
    return np.where(kept, end - hours + queue, 0.0)


def transmit(gateway: Gateway, key: Key, day: int, device: Ids, taken: Flags, delay_hours: Floats) -> Transmission:
    """Return what arrives of the samples ``taken``: each once, some a second time later."""
    row, sample = np.nonzero(taken)
    again = uniform(key, day, device[row], sample, 4) < gateway.resend_share
    delay = delay_hours[row, sample]
    return Transmission(
        np.concatenate([row, row[again]]),
        np.concatenate([sample, sample[again]]),
        np.concatenate([delay, delay[again] + gateway.resend_minutes / 60.0]),
    )
