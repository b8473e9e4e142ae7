"""Moments by which a record of weather and the generator are compared: from days of hours, however they came about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.weather import Weather, load_weather_params
from sim.clock import Clock
from sim.streams import Streams

Floats = npt.NDArray[np.float64]
Hourly = dict[str, Floats]

START = "1960-01-01"
YEARS = 20
LEAST_HOURS = 20
WET_MM, WET_HOUR_MM = 0.5, 0.1
LAGS = (1, 3, 6, 24, 48, 72)


def generated(station: str, years: int = YEARS) -> tuple[npt.NDArray[np.datetime64], Hourly]:
    """Dates and hours (business order) of so many years from the generator."""
    dates = np.arange(np.datetime64(START), np.datetime64(START) + 365 * years)
    weather = Weather(load_weather_params(station), Streams(11), Clock(dates[0].astype(object)))
    days = [weather.day(d) for d in range(len(dates))]
    columns = {"temp": "hourly_c", "rain": "hourly_mm", "rh": "hourly_rh", "wind": "hourly_wind"}
    return dates, {
        name: np.roll(np.array([getattr(day, field) for day in days]), 1, axis=1) for name, field in columns.items()
    }


def moments(dates: npt.NDArray[np.datetime64], hourly: Hourly) -> dict[str, list[float]]:
    """Means and sd of daily temperature by month, means by hour, wet shares, spells, hourly autocorrelation.

    ``hourly`` holds temp (degC), rain (mm/h), rh (%), wind (m/s) as [days, 24] from 23:00 of the eve; NaN is unknown.
    """
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    temp, rain = hourly["temp"], hourly["rain"]
    known = np.asarray(np.isfinite(rain).all(axis=1))
    daily = np.where(known, np.nansum(rain, axis=1), np.nan)
    wet = daily >= WET_MM
    mean = _daily(temp)

    def by_month(values: Floats) -> list[float]:
        return [float(np.nanmean(values[month == m])) for m in range(12)]

    return {
        "temp_mean_month": by_month(mean),
        "temp_sd_month": [float(np.nanstd(mean[month == m])) for m in range(12)],
        "temp_hour": np.nanmean(temp, axis=0).tolist(),
        "temp_step_sd": [float(np.nanstd(np.diff(temp.ravel())))],
        "temp_lag": autocorrelation(_anomaly(dates, temp)),
        "wet_day_month": by_month(np.where(known, wet.astype(np.float64), np.nan)),
        "rain_month_mm": by_month(daily),
        "wet_hour_share": [float((rain[known] >= WET_HOUR_MM).mean())],
        "wet_hours_a_wet_day": [float((rain[wet] >= WET_HOUR_MM).sum(1).mean())],
        "wet_spell_days": [_spell(wet, known)],
        "dry_spell_days": [_spell(~wet, known)],
        "rh_month": by_month(_daily(hourly["rh"])),
        "rh_hour": np.nanmean(hourly["rh"], axis=0).tolist(),
        "wind_month": by_month(_daily(hourly["wind"])),
        "wind_hour": np.nanmean(hourly["wind"], axis=0).tolist(),
        "wind_sd": [float(np.nanstd(hourly["wind"]))],
    }


def _daily(hours: Floats) -> Floats:
    """Means of days with at least 20 known hours; NaN for others."""
    enough = np.isfinite(hours).sum(1) >= LEAST_HOURS
    found = np.full(len(hours), np.nan)
    found[enough] = np.nanmean(hours[enough], axis=1)
    return found


def _anomaly(dates: npt.NDArray[np.datetime64], temp: Floats) -> Floats:
    """Hours less the mean of their month and hour, in one row."""
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    usual = np.stack([np.nanmean(temp[month == m], axis=0) for m in range(12)])
    return np.asarray((temp - usual[month]).ravel())


def autocorrelation(values: Floats, lags: tuple[int, ...] = LAGS) -> list[float]:
    """Correlation of a series with itself so many steps later, unknown values left out."""
    found = []
    for lag in lags:
        both = np.isfinite(values[lag:]) & np.isfinite(values[:-lag])
        found.append(float(np.corrcoef(values[lag:][both], values[:-lag][both])[0, 1]))
    return found


def _spell(inside: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> float:
    """Mean length of a run of days, d; runs are cut where a day is unknown."""
    inside = inside & known
    starts = inside & ~np.concatenate([[False], inside[:-1]])
    return float(inside.sum() / max(int(starts.sum()), 1))
