"""Daily and hourly weather of one city, drawn by address: no generator state, any day at any time.

The generator, with th = 2 pi (day of year - 1) / 365.25 and X the day's wet flag:

* rain occurrence: X is a two-state Markov chain with p01 and p11 by month. One uniform u a day decides: u
  below both probabilities is wet, u above both is dry whatever the eve was; only in between the eve counts.
  So the chain is found exactly by looking back to the last decisive day. The amount is gamma with one shape
  and a mean by month.
* daily mean: two annual harmonics, a wet-day shift (with one harmonic), and sd(th) Z, Z an AR(1). Z is the
  sum phi^k e(d - k) over 40 keyed innovations, scaled to variance 1 (what is cut off is phi^80 of the
  variance).
* hours: the daily mean plus two daily harmonics whose size varies over the year, smaller on wet days, and what
  ``agents/weather_hours.py`` adds; rain, humidity and wind by hour likewise.
* relative humidity: two annual harmonics, a wet-day shift, a slope on Z and noise, held in 10..100 %.

Figures, fitted to two years of hours of each station, are in ``conf/params/weather_<station>.yaml``
(``experiments/fit/weather.py``). The days of this model are business days, 23:00 to 23:00. Draws are addressed by the
calendar date, so a run that starts later sees the same weather on a date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agents.sourced import load_records
from agents.weather_hours import HourParams, Hours, by_clock, hour_params
from sim.clock import Clock
from sim.streams import Streams, uniform
from sim.variates import gamma_array, normal_array

Floats = npt.NDArray[np.float64]

MEMORY_DAYS = 40  # innovations in Z; phi below 0.8 leaves less than 2e-8 of the variance out
LOOK_BACK_DAYS = 64  # days searched for a decisive uniform; the chance that none is there is below 1e-9
LONGEST_LEAD_DAYS = 15
STATIONS = ("shanghai", "chengdu", "beijing")
_BLOCK_DAYS = 64


class HeatPath(Protocol):
    """Shifts of the daily mean by calendar date, as a season has them; ordinals are ``date.toordinal()``."""

    def shift(self, ordinals: npt.NDArray[np.int64]) -> Floats:
        """The shift of each date's true daily mean, K."""

    def alarm(self, ordinals: npt.NDArray[np.int64], lead: int) -> Floats:
        """What a forecast made ``lead`` days ahead shows in vain above the truth, K."""


class _NoHeat(HeatPath):
    def shift(self, ordinals: npt.NDArray[np.int64]) -> Floats:
        return np.zeros(len(ordinals))

    def alarm(self, ordinals: npt.NDArray[np.int64], lead: int) -> Floats:
        return np.zeros(len(ordinals))


NO_HEAT: HeatPath = _NoHeat()
"""The weather as it was fitted."""


@dataclass(frozen=True)
class WeatherParams:
    """The generator's figures.

    ``mean`` (5,): constant, cos th, sin th, cos 2 th, sin 2 th in degC; ``wet_shift`` (3,): constant, cos
    th, sin th in K; ``sd`` (3,) likewise in K; ``phi`` lag-one correlation of Z. ``diurnal`` (4, 3) in K:
    rows cos, sin of one and of two daily cycles, columns constant, cos th, sin th; ``wet_amplitude`` its
    factor on wet days. ``p01``, ``p11``, ``mean_mm`` (12,) by month; ``shape`` of the gamma amounts.
    ``humidity`` (5,) in %, ``humidity_wet`` %, ``humidity_z`` % per unit of Z, ``humidity_sd`` %. Forecast:
    ``forecast_sd_c`` K at one day, growing as lead to the power ``forecast_growth``; ``forecast_miss``
    chance that a wet day is forecast dry at one day, growing by ``forecast_miss_step`` a day up to a half.
    """

    mean: Floats
    wet_shift: Floats
    sd: Floats
    phi: float
    diurnal: Floats
    wet_amplitude: float
    p01: Floats
    p11: Floats
    mean_mm: Floats
    shape: float
    humidity: Floats
    humidity_wet: float
    humidity_z: float
    humidity_sd: float
    forecast_sd_c: float
    forecast_growth: float
    forecast_miss: float
    forecast_miss_step: float
    hours: HourParams


def weather_params(rows: Mapping[str, Mapping[str, float]]) -> WeatherParams:
    """The figures from rows of plain numbers, laid out as in ``conf/params/weather_shanghai.yaml``."""
    temperature, diurnal, humidity = rows["temperature"], rows["diurnal"], rows["humidity"]
    months = [rows[f"rain_{month:02d}"] for month in range(1, 13)]
    forecast, annual = rows["forecast"], ("const", "cos1", "sin1")
    return WeatherParams(
        mean=np.array([temperature[f"mean_{name}"] for name in (*annual, "cos2", "sin2")]),
        wet_shift=np.array([temperature[f"wet_{name}"] for name in annual]),
        sd=np.array([temperature[f"sd_{name}"] for name in annual]),
        phi=temperature["phi"],
        diurnal=np.array([[diurnal[f"h{h}_{name}"] for name in annual] for h in ("cos1", "sin1", "cos2", "sin2")]),
        wet_amplitude=diurnal["wet_amplitude"],
        p01=np.array([month["p01"] for month in months]),
        p11=np.array([month["p11"] for month in months]),
        mean_mm=np.array([month["mean_mm"] for month in months]),
        shape=rows["rain"]["shape"],
        humidity=np.array([humidity[f"mean_{name}"] for name in (*annual, "cos2", "sin2")]),
        humidity_wet=humidity["wet"],
        humidity_z=humidity["z"],
        humidity_sd=humidity["sd"],
        forecast_sd_c=forecast["temperature_sd_1d"],
        forecast_growth=forecast["temperature_growth"],
        forecast_miss=forecast["rain_miss_1d"],
        forecast_miss_step=forecast["rain_miss_step"],
        hours=hour_params(rows["hours"]),
    )


def load_weather_params(station: str = STATIONS[0]) -> WeatherParams:
    """The packaged figures of one of `STATIONS`."""
    records = load_records(f"weather_{station}")
    return weather_params(
        {record: {field: float(row) for field, row in fields.items()} for record, fields in records.items()}
    )


@dataclass(frozen=True)
class DayWeather:
    """Weather of one business day, read-only.

    ``hourly_c`` float64[24] in degC is indexed by the clock hour of the day's date, 0 to 22; its last
    element, also index -1, is the hour from 23:00 of the eve. ``mean_c`` is its mean; ``rain_mm`` the day's
    sum; ``rh`` the mean relative humidity in percent. ``hourly_mm``, ``hourly_rh`` and ``hourly_wind`` (m/s) have the
    same order as ``hourly_c``.
    """

    mean_c: float
    hourly_c: Floats
    rain_mm: float
    rh: float
    hourly_mm: Floats
    hourly_rh: Floats
    hourly_wind: Floats

    def at(self, hour: float) -> float:
        """Temperature in degC in the hour that begins at or before ``hour`` (-1.0 up to 23.0, the
        closing border).
        """
        if not -1.0 <= hour <= 23.0:
            raise ValueError(f"hour {hour} lies outside the business day, -1 to 23")
        return float(self.hourly_c[min(int(np.floor(hour)), 22)])


def annual_terms(dates: npt.NDArray[np.datetime64]) -> Floats:
    """Columns 1, cos th, sin th, cos 2 th, sin 2 th of each date: float64[days, 5]."""
    day = (dates - dates.astype("datetime64[Y]")).astype("timedelta64[D]").astype(np.int64)
    angle = 2.0 * np.pi * day / 365.25
    ones = np.ones(len(dates))
    return np.column_stack([ones, np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])


def hour_terms() -> Floats:
    """Columns cos, sin of one and of two cycles a day at clock hours 0..23: float64[24, 4]."""
    angle = 2.0 * np.pi * np.arange(24) / 24.0
    return np.column_stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])


@dataclass(frozen=True)
class _Block:
    mean_c: Floats
    hourly_c: Floats
    rain_mm: Floats
    rh: Floats
    hourly_mm: Floats
    hourly_rh: Floats
    hourly_wind: Floats


class Weather:
    """The true weather of one city and head office's forecast of it.

    ``place`` tells cities apart in the address of a draw. Raises LinliError when ``streams`` has given out
    the weather's streams before.
    """

    def __init__(self, params: WeatherParams, streams: Streams, clock: Clock, place: int = 0,
                 heat: HeatPath = NO_HEAT) -> None:
        self._params = params
        self._start = clock.start.toordinal()
        self._place, self._heat = place, heat
        names = ("occurrence", "amount", "temperature", "humidity", "forecast")
        self._keys = {name: streams.declare(f"weather.{place}.{name}") for name in names}
        self._hours = Hours(params.hours, streams.declare(f"weather.{place}.hours"), place)
        self._blocks: dict[int, _Block] = {}
        self._forecasts: dict[tuple[int, int], DayWeather] = {}

    def day(self, d: int) -> DayWeather:
        """The true weather of business day ``d``."""
        number, row = divmod(self._start + int(d), _BLOCK_DAYS)
        if number not in self._blocks:
            self._blocks[number] = self._draw(number * _BLOCK_DAYS, _BLOCK_DAYS)
        block = self._blocks[number]
        return DayWeather(
            float(block.mean_c[row]), block.hourly_c[row], float(block.rain_mm[row]), float(block.rh[row]),
            block.hourly_mm[row], block.hourly_rh[row], block.hourly_wind[row],
        )  # fmt: skip

    def forecast(self, issued_day: int, lead: int) -> DayWeather:
        """What is forecast on ``issued_day`` for day ``issued_day + lead``; lead 0 is the truth.

        The error of a target day is a sum of keyed steps, one for each day still to come, so that forecasts
        improve as the day draws near and two forecasts of one day agree as far as they share knowledge.
        Raises ValueError unless 0 <= lead <= 15.
        """
        if not 0 <= lead <= LONGEST_LEAD_DAYS:
            raise ValueError(f"lead {lead} lies outside 0 to {LONGEST_LEAD_DAYS} days")
        if lead == 0:
            return self.day(issued_day)
        if (issued_day, lead) not in self._forecasts:
            self._forecasts[issued_day, lead] = self._forecast(issued_day, lead)
        return self._forecasts[issued_day, lead]

    def _forecast(self, issued_day: int, lead: int) -> DayWeather:
        truth = self.day(issued_day + lead)
        params, key = self._params, self._keys["forecast"]
        target = self._start + issued_day + lead
        steps = np.arange(1, lead + 1)
        variance = params.forecast_sd_c**2 * steps ** (2 * params.forecast_growth)
        noise = normal_array(key, target + 1 - steps, self._place, target)
        error = float(np.sum(np.sqrt(np.diff(variance, prepend=0.0)) * noise))
        error += float(self._heat.alarm(np.array([target]), lead)[0])
        rain = self._forecast_rain(truth.rain_mm, target, lead)
        hourly_mm = truth.hourly_mm if rain == truth.rain_mm else np.full(24, rain / 24.0)
        drier = params.hours.humidity_slope * error
        hourly, hourly_rh = truth.hourly_c + error, np.clip(truth.hourly_rh + drier, 5.0, 100.0)
        for values in (hourly, hourly_mm, hourly_rh):
            values.setflags(write=False)
        rh = min(max(truth.rh + drier, 10.0), 100.0)
        return DayWeather(truth.mean_c + error, hourly, rain, rh, hourly_mm, hourly_rh, truth.hourly_wind)

    def usual_hours(self) -> tuple[Floats, Floats]:
        """What growers plan by: the hours of a usual year's days, degC, (366, 3, 24), and the weights of the three.

        Three daily means, at -1.73, 0 and +1.73 standard deviations (Gauss-Hermite), stand for the spread between
        years; wet and dry days are mixed by their share of the month. Heat waves are no part of it.
        """
        params = self._params
        dates = np.datetime64("2024-01-01", "D") + np.arange(366)
        months = dates.astype("datetime64[M]").astype(np.int64) % 12
        wet = (params.p01 / (1.0 + params.p01 - params.p11))[months]
        terms = annual_terms(dates)
        slow = terms[:, :3]
        mean = terms @ params.mean + wet * (slow @ params.wet_shift)
        size = 1.0 - wet + wet * params.wet_amplitude
        shape = size[:, None] * (slow @ params.diurnal.T @ hour_terms().T)
        spread = np.maximum(slow @ params.sd, 0.1)[:, None] * np.sqrt(3.0) * np.array([-1.0, 0.0, 1.0])
        return (mean[:, None] + spread)[:, :, None] + shape[:, None, :], np.array([1.0, 4.0, 1.0]) / 6.0

    def _forecast_rain(self, truth_mm: float, target: int, lead: int) -> float:
        params, key = self._params, self._keys["forecast"]
        month = dt.date.fromordinal(target).month - 1
        miss = min(params.forecast_miss + params.forecast_miss_step * (lead - 1), 0.5)
        wet_share = float(params.p01[month] / (1.0 + params.p01[month] - params.p11[month]))
        false_alarm = min(miss * wet_share / (1.0 - wet_share), 0.5)
        u = float(uniform(key, target, self._place, 0, 1))
        if u >= (miss if truth_mm > 0 else false_alarm):
            return truth_mm
        if truth_mm > 0:
            return 0.0
        amount = gamma_array(key, params.shape, target, self._place, 0, 2) * params.mean_mm[month] / params.shape
        return float(amount)

    def _wet(self, first: int, n: int, months: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        params = self._params
        days = np.arange(first - LOOK_BACK_DAYS, first + n)
        u = uniform(self._keys["occurrence"], days, self._place)
        after_dry, after_wet = u < params.p01[months], u < params.p11[months]
        wet = np.zeros(len(days), np.bool_)
        for row in range(1, len(days)):
            wet[row] = after_wet[row] if wet[row - 1] else after_dry[row]
        return wet[LOOK_BACK_DAYS:]

    def _anomaly(self, first: int, n: int) -> Floats:
        phi = self._params.phi
        days = np.arange(first - MEMORY_DAYS + 1, first + n)
        noise = normal_array(self._keys["temperature"], days, self._place)
        z, weight = np.zeros(n), 1.0
        for lag in range(MEMORY_DAYS):
            start = MEMORY_DAYS - 1 - lag
            z += weight * noise[start : start + n]
            weight *= phi
        scale: float = np.sqrt((1.0 - phi**2) / (1.0 - phi ** (2 * MEMORY_DAYS)))
        return z * scale

    def _draw(self, first: int, days: int) -> _Block:
        """The block of ``days`` days from ordinal ``first``; a day more on either side is drawn for their means."""
        params, place, first, n = self._params, self._place, first - 1, days + 2
        ordinals = np.arange(first - LOOK_BACK_DAYS, first + n)
        dates = np.datetime64(dt.date.fromordinal(first), "D") + (ordinals - first)
        months = dates.astype("datetime64[M]").astype(np.int64) % 12
        wet, z = self._wet(first, n, months), self._anomaly(first, n)
        dates, months, ordinals = dates[-n:], months[-n:], ordinals[-n:]
        terms = annual_terms(dates)
        slow = terms[:, :3]
        amount = gamma_array(self._keys["amount"], params.shape, ordinals, place) / params.shape
        mean = terms @ params.mean + wet * (slow @ params.wet_shift) + np.maximum(slow @ params.sd, 0.1) * z
        mean += self._heat.shift(ordinals)
        shape = slow @ params.diurnal.T @ hour_terms().T
        above = np.where(wet, params.wet_amplitude, 1.0)[:, None] * shape
        noise = normal_array(self._keys["humidity"], ordinals, place)
        rh = terms @ params.humidity + params.humidity_wet * wet + params.humidity_z * z + params.humidity_sd * noise
        rain, rh = np.where(wet, amount * params.mean_mm[months], 0.0)[1:-1], np.clip(rh, 10.0, 100.0)[1:-1]
        ordinals, hours = ordinals[1:-1], self._hours
        above = np.roll(above, 1, axis=1)[1:-1] + hours.temperature(ordinals, mean)
        mean = mean[1:-1]
        in_order = (
            mean[:, None] + above, hours.rain(ordinals, rain), hours.humidity(ordinals, rh, above),
            hours.wind(ordinals, slow[1:-1]),
        )  # fmt: skip
        hourly_c, hourly_mm, hourly_rh, hourly_wind = map(by_clock, in_order)
        for values in (hourly_c, hourly_mm, hourly_rh, hourly_wind):
            values.setflags(write=False)
        return _Block(mean, hourly_c, rain, rh, hourly_mm, hourly_rh, hourly_wind)
