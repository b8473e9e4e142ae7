"""Fit the weather generator to the hours of every station: ``python -m experiments.fit.weather [DATA_DIR]``.

Reads ``DATA_DIR/weather_cn5_hourly/hourly.parquet`` and writes ``conf/params/weather_<station>.yaml``; with
``--pictures DIR`` it draws data against generator instead. Gaps of the record are named by file, row and column and
left out. The equations stand in ``agents/weather.py`` and ``agents/weather_hours.py``.

Days are business days, 23:00 to 23:00, with at least 20 hours of temperature; the rain of a day counts only with 20
hours of rain. A day is wet from 0.5 mm, an hour from 0.1 mm. Where the rain is not known (four fifths of July 2014 in
Shanghai) the temperature counts with the mean wet share.

Two years are little for twelve months: the transition probabilities of a month are shrunk to those of the
year by 10 pseudo-days, its mean amount by 10 pseudo-days. Ranges are the central 95 % of 60 refits in
which blocks of 20 days are weighted by their number in a draw with replacement (by address, so that the
figures come out again).
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from scipy.optimize import brentq
from scipy.special import digamma

from agents.weather import STATIONS, annual_terms, hour_terms
from agents.weather_hours import CLOCK, SETTLE, WIND, centred, ramp, wind_day
from experiments.fit.params import data_dir, params_path
from experiments.fit.pictures import pictures_asked
from experiments.fit.weather_moments import generated, moments
from experiments.fit.weather_pictures import draw
from sim.errors import InputError, Problem
from sim.streams import integers, key

Floats = npt.NDArray[np.float64]

WET_MM = 0.5
WET_HOUR_MM = 0.1
SMOOTHEST = 0.98
MOMENTS = Path(__file__).with_name("weather_moments.yaml")
"""Committed moments of the records, for tests without the data."""
LEAST_HOURS = 20
PSEUDO_DAYS = 10.0
BLOCK_DAYS = 20
REFITS = 60
SOURCE = "fitted to weather_cn5_hourly, {station} 2013-2014 (UCI PM2.5 Data of Five Chinese Cities)"
COLUMNS = ("temp_c", "rh_pct", "cum_wind_mps", "precip_mm_h")

FORECAST = {
    "temperature_sd_1d": (1.0, 0.7, 1.6, "K", "error of the daily mean one day ahead"),
    "temperature_growth": (0.56, 0.4, 0.7, "-", "power of the lead: three times the error at seven days"),
    "rain_miss_1d": (
        0.15,
        0.08,
        0.25,
        "share",
        "wet days forecast dry one day ahead; false alarms keep the wet share",
    ),
    "rain_miss_step": (0.04, 0.02, 0.07, "share/d", "growth of the miss a day of lead, up to a half"),
}


HOUR_UNITS = {"temperature_sd": "K", "rain_p01": "probability", "rain_p11": "probability", "humidity_slope": "%/K",
              "humidity_sd": "%", "wind": "root m/s", "wind_sd": "root m/s"}  # fmt: skip


@dataclass(frozen=True)
class Days:
    """Business days of the record: dates; temperature, rain (mm), relative humidity and wind (m/s) by hour of the
    business day [days, 24], first 23:00 of the eve, NaN where missing; mean temperature, rain in mm and mean relative
    humidity, NaN where too few hours are known."""

    dates: npt.NDArray[np.datetime64]
    hourly: Floats
    hourly_rain: Floats
    hourly_rh: Floats
    hourly_wind: Floats
    mean: Floats
    rain: Floats
    rh: Floats


def read_record(data: Path) -> pa.Table:
    """The record of all stations. Raises InputError naming file and column."""
    path = data / "weather_cn5_hourly" / "hourly.parquet"
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(Problem("DATA_DIR", f"{path}: not readable as Parquet: {error}")) from error
    problems = []
    for name in ("city", "time", *COLUMNS):
        if name not in table.column_names:
            close = difflib.get_close_matches(name, table.column_names, 1)
            problems.append(Problem("DATA_DIR", f"{path}: column {name} is missing", close[0] if close else None))
        elif name in COLUMNS and not pa.types.is_floating(table[name].type):
            problems.append(Problem("DATA_DIR", f"{path}: column {name} holds {table[name].type}, not numbers"))
        elif name == "time" and not pa.types.is_timestamp(table[name].type):
            problems.append(Problem("DATA_DIR", f"{path}: column time holds {table[name].type}, not times"))
    if problems:
        raise InputError(problems)
    return table


def gaps(data: Path, table: pa.Table) -> list[str]:
    """Each run of rows without a number, as file, rows and column; they are left out of every fit."""
    path, found = data / "weather_cn5_hourly" / "hourly.parquet", []
    for name in COLUMNS:
        missing = np.concatenate([[False], ~np.isfinite(table[name].to_numpy()), [False]]).astype(np.int8)
        starts, ends = np.flatnonzero(np.diff(missing) == 1), np.flatnonzero(np.diff(missing) == -1) - 1
        runs = zip(starts, ends, strict=True)
        found += [f"{path}: rows {first} to {last}: column {name} is empty" for first, last in runs]
    return found


def read_days(data: Path, station: str = STATIONS[0]) -> Days:
    """The record of a station as gapless business days; a day without enough hours is NaN."""
    table = read_record(data)
    table = table.filter(pc.equal(pc.utf8_lower(table["city"]), station))
    time = table["time"].to_numpy().astype("datetime64[h]") + np.timedelta64(1, "h")
    day = time.astype("datetime64[D]")
    hour = (time - day).astype(np.int64)
    dates = np.arange(day.min(), day.max() + 1)
    columns = {name: table[name].to_numpy().astype(np.float64) for name in COLUMNS}
    columns["cum_wind_mps"] = wind_of(columns["cum_wind_mps"])
    grid = {}
    for name, numbers in columns.items():
        values = np.full((len(dates), 24), np.nan)
        values[(day - dates[0]).astype(np.int64), hour] = numbers
        grid[name] = values
    known = {name: np.isfinite(values).sum(1) >= LEAST_HOURS for name, values in grid.items()}
    mean = {name: np.full(len(dates), np.nan) for name in grid}
    for name, values in grid.items():
        mean[name][known[name]] = np.nanmean(values[known[name]], axis=1)
    return Days(
        dates, grid["temp_c"], grid["precip_mm_h"], grid["rh_pct"], grid["cum_wind_mps"], mean["temp_c"],
        mean["precip_mm_h"] * 24.0, mean["rh_pct"],
    )  # fmt: skip


def wind_of(cumulated: Floats) -> Floats:
    """Hourly wind speeds from the record's sums, which start anew when the direction changes."""
    step = np.diff(cumulated, prepend=0.0)
    return np.asarray(np.where(step > 0, step, cumulated))


def _least_squares(x: Floats, y: Floats, weight: Floats) -> Floats:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])


def gamma_shape(amounts: Floats, weight: Floats) -> float:
    """Maximum likelihood shape of a gamma distribution: log k - digamma(k) = log mean - mean log."""
    gap = np.log(np.average(amounts, weights=weight)) - np.average(np.log(amounts), weights=weight)
    return float(brentq(lambda k: np.log(k) - digamma(k) - gap, 1e-2, 1e2))


def _fit_rain(days: Days, weight: Floats) -> dict[str, dict[str, float]]:
    known = np.isfinite(days.rain)
    wet = known & (days.rain >= WET_MM)
    months = days.dates.astype("datetime64[M]").astype(np.int64) % 12
    pair = known & np.concatenate([[False], known[:-1]])
    eve_wet = np.concatenate([[False], wet[:-1]])

    def share(rows: npt.NDArray[np.bool_], prior: float) -> float:
        return float((weight[rows & wet].sum() + prior * PSEUDO_DAYS) / (weight[rows].sum() + PSEUDO_DAYS))

    after = {"p01": pair & ~eve_wet, "p11": pair & eve_wet}
    year = {name: float(weight[rows & wet].sum() / weight[rows].sum()) for name, rows in after.items()}
    mean_mm = float(np.average(days.rain[wet], weights=weight[wet]))
    rows = {"rain": {"shape": gamma_shape(days.rain[wet], weight[wet])}}
    for month in range(12):
        here = wet & (months == month)
        total, count = float(weight[here] @ days.rain[here]), float(weight[here].sum())
        rows[f"rain_{month + 1:02d}"] = {
            **{name: share(eve & (months == month), year[name]) for name, eve in after.items()},
            "mean_mm": (total + PSEUDO_DAYS * mean_mm) / (count + PSEUDO_DAYS),
        }
    return rows


def fit(days: Days, weight: Floats | None = None) -> dict[str, dict[str, float]]:
    """The generator's figures from the record, days weighted by ``weight`` (default: 1 each), laid out like
    the packaged table."""
    weight = np.ones(len(days.dates)) if weight is None else weight
    known, rain_known = np.isfinite(days.mean), np.isfinite(days.rain)
    wet = (days.rain >= WET_MM).astype(np.float64)
    wet[~rain_known] = np.average(wet[rain_known], weights=weight[rain_known])
    terms = annual_terms(days.dates)
    slow = terms[:, :3]
    x = np.column_stack([terms, wet[:, None] * slow])
    mean = _least_squares(x[known], days.mean[known], weight[known])
    residual = np.where(known, days.mean - x @ mean, np.nan)
    sd = _least_squares(slow[known], np.abs(residual[known]) * np.sqrt(np.pi / 2), weight[known])
    z = residual / (slow @ sd)
    spread = np.sqrt(np.average(z[known] ** 2, weights=weight[known]))
    sd, z = sd * spread, z / spread
    pair = known & np.concatenate([[False], known[:-1]])
    eve = np.concatenate([[0.0], z[:-1]])
    phi = float(np.average(z[pair] * eve[pair], weights=weight[pair]))

    around = np.concatenate([days.mean[:1], days.mean, days.mean[-1:]])
    way = np.nan_to_num(ramp(around))
    rows = np.flatnonzero(rain_known & np.isfinite(days.hourly).all(1))
    shape = centred(days.hourly[rows]) - way[rows]
    basis = (hour_terms()[CLOCK][None, :, :, None] * slow[rows][:, None, None, :]).reshape(-1, 12)
    heavy = np.repeat(weight[rows], 24)
    dry = np.repeat(wet[rows] == 0, 24)
    diurnal = _least_squares(basis[dry], shape.ravel()[dry], heavy[dry])
    expected, rainy = (basis @ diurnal)[~dry], heavy[~dry]
    amplitude = float((rainy * expected) @ shape.ravel()[~dry] / ((rainy * expected) @ expected))
    usual = (basis @ diurnal).reshape(-1, 24) * np.where(wet[rows] > 0, amplitude, 1.0)[:, None]

    humid = known & np.isfinite(days.rh)
    xh = np.column_stack([terms, wet, np.nan_to_num(z)])[humid]
    humidity = _least_squares(xh, days.rh[humid], weight[humid])
    humidity_sd = np.sqrt(np.average((days.rh[humid] - xh @ humidity) ** 2, weights=weight[humid]))

    annual = ("const", "cos1", "sin1")
    temperature = dict(zip((f"mean_{name}" for name in (*annual, "cos2", "sin2")), mean, strict=False))
    temperature |= dict(zip((f"wet_{name}" for name in annual), mean[5:], strict=True))
    temperature |= dict(zip((f"sd_{name}" for name in annual), sd, strict=True)) | {"phi": phi}
    names = [f"h{h}_{name}" for h in ("cos1", "sin1", "cos2", "sin2") for name in annual]
    return {
        "temperature": temperature,
        "diurnal": dict(zip(names, diurnal, strict=True)) | {"wet_amplitude": amplitude},
        "humidity": dict(zip((f"mean_{name}" for name in (*annual, "cos2", "sin2")), humidity, strict=False))
        | {"wet": humidity[5], "z": humidity[6], "sd": float(humidity_sd)},
        **_fit_rain(days, weight),
        "hours": {
            **dict(zip(("temperature_sd", "temperature_phi"), _centred_ar(shape - usual, weight[rows]), strict=True)),
            **_fit_rain_hours(days, weight),
            **_fit_humidity_hours(days, weight),
            **_fit_wind(days, slow, weight),
        },
    }


def _centred_ar(values: Floats, weight: Floats) -> tuple[float, float]:
    """Sd and correlation of an AR(1) which, settled, has the variance and lag of ``values`` less their means.

    Hours smoother than any AR(1) within a day get the correlation 0.98 and the variance.
    """
    values = centred(values)
    square = weight @ (values**2).mean(1)
    ratio = float(weight @ (values[:, 1:] * values[:, :-1]).mean(1) / square)

    def moments(phi: float) -> tuple[float, float]:
        lag = np.abs(np.subtract.outer(np.arange(24), np.arange(24)))
        cov = SETTLE @ phi**lag @ SETTLE.T
        return float(np.diag(cov).mean()), float(np.diag(cov, 1).mean())

    def excess(phi: float) -> float:
        return moments(phi)[1] / moments(phi)[0] - ratio

    phi = float(brentq(excess, 0.0, SMOOTHEST)) if excess(SMOOTHEST) > 0 else SMOOTHEST
    return float(np.sqrt(square / weight.sum() / moments(phi)[0])), phi


def _fit_rain_hours(days: Days, weight: Floats) -> dict[str, float]:
    rows = np.flatnonzero((days.rain >= WET_MM) & np.isfinite(days.hourly_rain).all(1))
    amount, heavy = days.hourly_rain[rows], weight[rows]
    wet = amount >= WET_HOUR_MM
    before, now = wet[:, :-1], wet[:, 1:]
    many = wet.sum(1) >= 6
    share = amount / np.maximum((amount * wet).sum(1) / np.maximum(wet.sum(1), 1), 1e-9)[:, None]
    cells = wet & many[:, None]
    return {
        "rain_p01": float((heavy @ (~before & now).sum(1)) / (heavy @ (~before).sum(1))),
        "rain_p11": float((heavy @ (before & now).sum(1)) / (heavy @ before.sum(1))),
        "rain_shape": gamma_shape(share[cells], np.repeat(heavy[:, None], 24, 1)[cells]),
    }


def _fit_humidity_hours(days: Days, weight: Floats) -> dict[str, float]:
    rows = np.flatnonzero(np.isfinite(days.hourly).all(1) & np.isfinite(days.hourly_rh).all(1))
    above, moist = centred(days.hourly[rows]), centred(days.hourly_rh[rows])
    slope = float((weight[rows] @ (above * moist).sum(1)) / (weight[rows] @ (above**2).sum(1)))
    sd, phi = _centred_ar(moist - slope * above, weight[rows])
    return {"humidity_slope": slope, "humidity_sd": sd, "humidity_phi": phi}


def _fit_wind(days: Days, slow: Floats, weight: Floats) -> dict[str, float]:
    rows = np.flatnonzero(np.isfinite(days.hourly_wind).all(1))
    root = np.sqrt(days.hourly_wind[rows])
    x = np.concatenate([np.repeat(slow[rows][:, None, :], 24, 1), np.repeat(wind_day()[None], len(rows), 0)], axis=2)
    heavy = weight[rows]
    mean = _least_squares(x.reshape(-1, 5), root.ravel(), np.repeat(heavy, 24))
    rest = root - x @ mean
    variance = float(heavy @ (rest**2).mean(1) / heavy.sum())
    lag = float(heavy @ (rest[:, 1:] * rest[:, :-1]).mean(1) / heavy.sum())
    named = {f"wind_mean_{name}": float(value) for name, value in zip(WIND, mean, strict=True)}
    return {**named, "wind_sd": float(np.sqrt(variance)), "wind_phi": lag / variance}


def hours_of(days: Days) -> tuple[npt.NDArray[np.datetime64], dict[str, Floats]]:
    """Dates and hours of a record, as `moments` takes them."""
    hourly = {"temp": days.hourly, "rain": days.hourly_rain, "rh": days.hourly_rh, "wind": days.hourly_wind}
    return days.dates, hourly


def record_moments(records: Mapping[str, Days]) -> dict[str, dict[str, list[float]]]:
    """The moments of each station's record, rounded as they are committed."""
    found = {station: moments(*hours_of(days)) for station, days in records.items()}
    return {s: {name: [_rounded(v) for v in values] for name, values in one.items()} for s, one in found.items()}


def _unit(record: str, field: str) -> str:
    if record == "hours":
        return HOUR_UNITS.get(field.partition("_")[0] if field.startswith("wind_mean") else field, "-")
    if record == "humidity":
        return "% per unit" if field == "z" else "%"
    if record.startswith("rain_"):
        return "mm" if field == "mean_mm" else "probability"
    if field in ("phi", "wet_amplitude", "shape"):
        return "-"
    return "degC" if field == "mean_const" else "K"


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def ranges(days: Days) -> dict[tuple[str, str], tuple[float, float]]:
    """The central 95 % of every figure over the weighted refits."""
    block = np.arange(len(days.dates)) // BLOCK_DAYS
    n = int(block[-1]) + 1
    draws: dict[tuple[str, str], list[float]] = {}
    for refit in range(REFITS):
        drawn = integers(key(0, "fit.weather"), n, refit, np.arange(n))
        for record, fields in fit(days, np.bincount(drawn, minlength=n)[block].astype(np.float64)).items():
            for field, value in fields.items():
                draws.setdefault((record, field), []).append(float(value))
    return {name: (float(low), float(high)) for name, (low, high) in _quantiles(draws).items()}


def _quantiles(draws: dict[tuple[str, str], list[float]]) -> dict[tuple[str, str], Floats]:
    return {name: np.quantile(values, [0.025, 0.975]) for name, values in draws.items()}


def table(days: Days, station: str) -> dict[str, dict[str, object]]:
    """The rows of ``conf/params/weather_<station>.yaml``."""
    limits = ranges(days)
    result: dict[str, dict[str, object]] = {}
    for record, fields in fit(days).items():
        result[record] = {"source": SOURCE.format(station=station.capitalize())}
        for field, value in fields.items():
            low, high = limits[record, field]
            result[record][field] = {
                "value": _rounded(value),
                "low": _rounded(min(low, value)),
                "high": _rounded(max(high, value)),
                "unit": _unit(record, field),
                "grade": "D",
            }
    result["forecast"] = {"source": "guess"}
    for field, (value, low, high, unit, note) in FORECAST.items():
        leaf = {"value": value, "low": low, "high": high, "unit": unit, "grade": "G", "note": note}
        result["forecast"][field] = leaf
    return result


def main() -> None:
    """Write the tables, or draw the pictures."""
    arguments, pictures = pictures_asked(sys.argv[1:])
    data = data_dir(arguments)
    for line in gaps(data, read_record(data)):
        print(f"{line}; left out", file=sys.stderr)
    records = {station: read_days(data, station) for station in STATIONS}
    if pictures is not None:
        for station, days in records.items():
            draw(station, moments(*hours_of(days)), moments(*generated(station)), pictures)
        return
    head = "# Written by `python -m experiments.fit.weather DATA_DIR`; equations: agents/weather*.py\n"
    for station in STATIONS:
        rows = table(records[station], station)
        text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
        (params_path() / f"weather_{station}.yaml").write_text(head + text, encoding="utf-8")
    text = yaml.safe_dump(record_moments(records), sort_keys=False, width=110, default_flow_style=None)
    head = "# Moments of the record, written by `python -m experiments.fit.weather`.\n"
    MOMENTS.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
