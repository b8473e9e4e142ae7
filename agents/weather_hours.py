"""Hours within a day of known mean temperature, rain and humidity.

Hours stand in the order of the business day here: first 23:00 of the eve, then 0 to 22 (:func:`by_clock` turns them).

* temperature: the way from the day before to the day after, bent at the day's middle and centred, plus an AR(1)
  less the line between its ends, centred; neither moves the day's mean.
* rain of a wet day falls in hours of a two-state Markov chain, at least one, shared out by gamma weights.
* relative humidity falls by ``humidity_slope`` for every degree above the day's mean; such an AR(1) is added.
* wind: the root of the speed has an annual and a daily harmonic and an AR(1); negative roots are calms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.streams import Key, uniform
from sim.variates import gamma_array, normal_array

Floats = npt.NDArray[np.float64]
Ordinals = npt.NDArray[np.int64]
HOURS = 24
CLOCK = np.concatenate([[23], np.arange(23)])
"""Clock hour of each place in the business day."""


@dataclass(frozen=True)
class HourParams:
    """Figures of the hours: ``*_sd`` of the stationary AR(1) and ``*_phi`` its correlation from hour to hour.

    ``rain_p01``, ``rain_p11``: chance of a wet hour after a dry and after a wet one, on a wet day; ``rain_shape`` of
    the gamma weights. ``humidity_slope`` % per K. ``wind`` (5,): constant, cos, sin of the year, cos, sin of the day,
    in root metres per second.
    """

    temperature_sd: float
    temperature_phi: float
    rain_p01: float
    rain_p11: float
    rain_shape: float
    humidity_slope: float
    humidity_sd: float
    humidity_phi: float
    wind: Floats
    wind_sd: float
    wind_phi: float


WIND = ("const", "cos1", "sin1", "day_cos", "day_sin")


def hour_params(hours: Mapping[str, float]) -> HourParams:
    """The figures from the table's record ``hours``."""
    plain = {name: value for name, value in hours.items() if not name.startswith("wind_mean_")}
    return HourParams(wind=np.array([hours[f"wind_mean_{name}"] for name in WIND]), **plain)


def by_clock(hours: Floats) -> Floats:
    """Columns from business order to clock hours 0 to 22, the eve's 23:00 last."""
    return np.roll(hours, -1, axis=1)


def ramp(mean: Floats) -> Floats:
    """What the days' means around each day add to its hours, centred: [days, 24] from the means of days + 2."""
    before, after = np.diff(mean)[:-1], np.diff(mean)[1:]
    place = (np.arange(HOURS) - (HOURS - 1) / 2) / HOURS
    way = np.where(place < 0, before[:, None], after[:, None]) * place
    return np.asarray(way - way.mean(1, keepdims=True))


def autoregressive(noise: Floats, phi: float) -> Floats:
    """Rows of a stationary AR(1) of variance 1 from independent normals [days, hours]."""
    lag = np.subtract.outer(np.arange(noise.shape[1]), np.arange(noise.shape[1]))
    weight = np.where(lag >= 0, phi ** np.maximum(lag, 0), 0.0)
    weight[:, 1:] *= np.sqrt(1.0 - phi**2)
    return np.asarray(noise @ weight.T)


def _settle() -> Floats:
    line = np.linspace(0.0, 1.0, HOURS)
    bridge = np.eye(HOURS)
    bridge[:, 0] -= 1.0 - line
    bridge[:, -1] -= line
    return (np.eye(HOURS) - 1.0 / HOURS) @ bridge


SETTLE = _settle()
"""Takes a row of hours less the line from its first to its last, then less its mean: days join without a step."""


def centred(values: Floats) -> Floats:
    """Rows less their means."""
    return np.asarray(values - values.mean(1, keepdims=True))


class Hours:
    """Draws the hours of days; ``key`` is the stream's, ``place`` tells cities apart."""

    def __init__(self, params: HourParams, key: Key, place: int) -> None:
        self._params, self._key, self._place = params, key, place

    def _noise(self, ordinals: Ordinals, what: int) -> Floats:
        return np.asarray(normal_array(self._key, ordinals[:, None], self._place, np.arange(HOURS)[None, :], what))

    def temperature(self, ordinals: Ordinals, around: Floats) -> Floats:
        """What the hours differ from the usual shape of their day, K: [days, 24] from the means of days + 2."""
        params = self._params
        noise = autoregressive(self._noise(ordinals, 0), params.temperature_phi)
        return ramp(around) + params.temperature_sd * (noise @ SETTLE.T)

    def humidity(self, ordinals: Ordinals, mean: Floats, above: Floats) -> Floats:
        """Relative humidity, %: from the day's mean and how much each hour is warmer than its day."""
        params = self._params
        noise = autoregressive(self._noise(ordinals, 1), params.humidity_phi) @ SETTLE.T
        values = mean[:, None] + params.humidity_slope * above + params.humidity_sd * noise
        return np.clip(values, 5.0, 100.0)

    def rain(self, ordinals: Ordinals, amount: Floats) -> Floats:
        """Rain by hour, mm; its sum over the day is ``amount``."""
        params, days, hours = self._params, ordinals[:, None], np.arange(HOURS)[None, :]
        u = uniform(self._key, days, self._place, hours, 2)
        wet = np.zeros(u.shape, bool)
        wet[:, 0] = u[:, 0] < params.rain_p01 / (1.0 + params.rain_p01 - params.rain_p11)
        for hour in range(1, HOURS):
            wet[:, hour] = u[:, hour] < np.where(wet[:, hour - 1], params.rain_p11, params.rain_p01)
        none = np.flatnonzero(~wet.any(1))
        wet[none, np.floor(HOURS * uniform(self._key, ordinals[none], self._place, 0, 3)).astype(np.int64)] = True
        weight = wet * np.maximum(gamma_array(self._key, params.rain_shape, days, self._place, hours, 4), 1e-9)
        return np.asarray(amount[:, None] * weight / weight.sum(1, keepdims=True))

    def wind(self, ordinals: Ordinals, slow: Floats) -> Floats:
        """Wind speed, m/s; ``slow`` holds the annual terms of each day."""
        params = self._params
        noise = autoregressive(self._noise(ordinals, 5), params.wind_phi)
        root = (slow @ params.wind[:3])[:, None] + wind_day() @ params.wind[3:] + params.wind_sd * noise
        return np.asarray(np.maximum(root, 0.0) ** 2)


def wind_day() -> Floats:
    """Columns cos, sin of the daily cycle, in business order: float64[24, 2]."""
    angle = 2.0 * np.pi * CLOCK / HOURS
    return np.column_stack([np.cos(angle), np.sin(angle)])
