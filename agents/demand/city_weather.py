"""The recorded weather of a city, and the twin's weather that follows it in a replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.demand.files import Gathering, dates_of, ids, named, numbers, read_table
from agents.weather import DayWeather, Weather
from sim.errors import InputError, Problem

Floats = npt.NDArray[np.float64]
FILE = "city_weather.parquet"
_COLUMNS = ("city_id", "dt", "precip_mm", "temp_c", "rh_pct", "wind_level")
_LIMITS = {"precip_mm": (0.0, 1000.0), "temp_c": (-60.0, 60.0), "rh_pct": (0.0, 100.0), "wind_level": (0.0, 20.0)}


@dataclass(frozen=True)
class CityWeather:
    """Daily figures from ``first`` on, read-only float64[days]: mean degC, mm, % and wind level."""

    first: np.datetime64
    temp_c: Floats
    precip_mm: Floats
    rh_pct: Floats
    wind_level: Floats


def read_city_weather(directory: Path, city_id: int, dates: npt.NDArray[np.datetime64]) -> CityWeather | None:
    """The weather of ``dates`` (rising, without a gap) in one city; None when the data has no weather file.

    Raises InputError naming file, column and row: a date missing or twice, an empty or impossible figure.
    """
    path = directory / FILE
    if not path.exists():
        return None
    table = read_table(path, _COLUMNS)
    found = Gathering()
    cities = found.get(lambda: ids(path, table, "city_id"))
    when = found.get(lambda: dates_of(path, table))
    columns = {name: found.get(lambda name=name: numbers(path, table, name)) for name in _LIMITS}  # type: ignore[misc]
    found.done()
    city, date = np.asarray(cities), np.asarray(when)
    rows = np.flatnonzero((city == city_id) & (date >= dates[0]) & (date <= dates[-1]))
    if not len(rows):
        message = f"{path}: city {city_id} has no row from {dates[0]} to {dates[-1]}"
        raise InputError(Problem("data", message))
    place = (date[rows] - dates[0]).astype(np.int64)
    problems = _date_problems(path, city_id, dates, place, rows)
    figures: dict[str, Any] = {}
    for name, (low, high) in _LIMITS.items():
        values = np.asarray(columns[name])[rows]
        problems += _value_problems(path, city_id, name, values, (low, high), date[rows], rows)
        figures[name] = values
    if problems:
        raise InputError(problems)
    for name, values in figures.items():
        column = np.empty(len(dates))
        column[place] = values
        column.setflags(write=False)
        figures[name] = column
    return CityWeather(dates[0], **figures)


def _date_problems(
    path: Path, city_id: int, dates: npt.NDArray[np.datetime64], place: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
) -> list[Problem]:  # fmt: skip
    count = np.bincount(place, minlength=len(dates))
    again = np.flatnonzero(count > 1)

    def gap(day: int) -> tuple[str, str]:
        before = rows[place < day]
        where = f"after row {before[-1]}" if len(before) else "before its first row"
        return where, f"city {city_id} has no row for {dates[day]} (a gap in the weather)"

    return [*named(path, "dt", np.flatnonzero(count == 0), gap),
            *named(path, "dt", again,
                   lambda day: (f"row {rows[place == day][1]}", f"city {city_id} has {dates[day]} twice"))]


def _value_problems(
    path: Path, city_id: int, name: str, values: Floats, limits: tuple[float, float],
    date: npt.NDArray[np.datetime64], rows: npt.NDArray[np.int64],
) -> list[Problem]:  # fmt: skip
    wrong = np.flatnonzero(~((values >= limits[0]) & (values <= limits[1])))
    return named(path, name, wrong, lambda at: (
        f"row {rows[at]} (city {city_id}, {date[at]})",
        "empty" if np.isnan(values[at]) else f"{values[at]:g} is not in {limits[0]:g} to {limits[1]:g}"))


class RecordedWeather(Weather):
    """Weather whose days are the recorded ones: their mean, rain and humidity with the generator's shape of the day.

    Forecasts err about the recorded days as they do about generated ones. Beyond the recording, where only a forecast
    can look, the generator goes on alone. The recorded wind is kept, but nothing in the twin feels wind.
    """

    def __init__(self, recording: CityWeather, *generator: Any, **options: Any) -> None:
        """``generator`` and ``options`` are what :class:`Weather` takes."""
        super().__init__(*generator, **options)
        self._recording = recording
        self._first = recording.first.astype("datetime64[D]").item().toordinal()

    def day(self, d: int) -> DayWeather:
        """The recorded weather of business day ``d``, of the date it ends on."""
        generated = super().day(d)
        row = self._start + int(d) - self._first
        if not 0 <= row < len(self._recording.temp_c):
            return generated
        mean = float(self._recording.temp_c[row])
        rain, rh = float(self._recording.precip_mm[row]), float(self._recording.rh_pct[row])
        hourly = generated.hourly_c + (mean - generated.mean_c)
        wet = generated.rain_mm > 0
        hourly_mm = generated.hourly_mm * (rain / generated.rain_mm) if wet else np.full(24, rain / 24.0)
        hourly_rh = np.clip(generated.hourly_rh + (rh - generated.hourly_rh.mean()), 0.0, 100.0)
        for values in (hourly, hourly_mm, hourly_rh):
            values.setflags(write=False)
        return DayWeather(mean, hourly, rain, rh, hourly_mm, hourly_rh, generated.hourly_wind)
