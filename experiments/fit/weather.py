"""Fit the weather generator to the hours of Shanghai: ``python -m experiments.fit.weather [DATA_DIR]``.

Reads ``DATA_DIR/weather_cn5_hourly/hourly.parquet`` and writes ``conf/params/weather.yaml``. The equations
stand in ``agents/weather.py``. Days are business days, 23:00 to 23:00, with at least 20 hours of
temperature; the rain of a day counts only with 20 hours of rain. A day is wet from 0.5 mm. Where the rain
is not known (four fifths of July 2014) the temperature counts with the mean wet share.

Two years are little for twelve months: the transition probabilities of a month are shrunk to those of the
year by 10 pseudo-days, its mean amount by 10 pseudo-days. Ranges are the central 95 % of 200 refits in
which blocks of 20 days are weighted by their number in a draw with replacement (by address, so that the
figures come out again).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from scipy.optimize import brentq
from scipy.special import digamma

from agents.weather import annual_terms, hour_terms
from experiments.fit.params import data_dir, params_path
from sim.streams import integers, key

Floats = npt.NDArray[np.float64]

CITY = "Shanghai"
WET_MM = 0.5
LEAST_HOURS = 20
PSEUDO_DAYS = 10.0
BLOCK_DAYS = 20
REFITS = 200
SOURCE = "fitted to weather_cn5_hourly, Shanghai 2013-01-29..2014-12-31 (UCI PM2.5 Data of Five Chinese Cities)"

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


@dataclass(frozen=True)
class Days:
    """Business days of the record: dates, temperature by clock hour [days, 24] (last column: 23:00 of the
    eve; NaN where missing), mean temperature, rain in mm (NaN where too few hours) and mean relative
    humidity."""

    dates: npt.NDArray[np.datetime64]
    hourly: Floats
    mean: Floats
    rain: Floats
    rh: Floats


def read_days(data: Path) -> Days:
    """The record of the city as gapless business days; a day without enough hours is NaN."""
    path = data / "weather_cn5_hourly" / "hourly.parquet"
    table = pq.read_table(path, columns=["city", "time", "temp_c", "rh_pct", "precip_mm_h"])
    table = table.filter(pc.equal(table["city"], CITY))
    time = table["time"].to_numpy().astype("datetime64[h]") + np.timedelta64(1, "h")
    day = time.astype("datetime64[D]")
    hour = ((time - day).astype(np.int64) - 1) % 24
    dates = np.arange(day.min(), day.max() + 1)
    grid = {}
    for name in ("temp_c", "rh_pct", "precip_mm_h"):
        values = np.full((len(dates), 24), np.nan)
        values[(day - dates[0]).astype(np.int64), hour] = table[name].to_numpy()
        grid[name] = values
    known = {name: np.isfinite(values).sum(1) >= LEAST_HOURS for name, values in grid.items()}
    mean = {name: np.full(len(dates), np.nan) for name in grid}
    for name, values in grid.items():
        mean[name][known[name]] = np.nanmean(values[known[name]], axis=1)
    return Days(dates, grid["temp_c"], mean["temp_c"], mean["precip_mm_h"] * 24.0, mean["rh_pct"])


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

    rows = np.flatnonzero(rain_known & np.isfinite(days.hourly).all(1))
    shape = days.hourly[rows] - days.mean[rows, None]
    basis = (hour_terms()[None, :, :, None] * slow[rows][:, None, None, :]).reshape(-1, 12)
    heavy = np.repeat(weight[rows], 24)
    dry = np.repeat(wet[rows] == 0, 24)
    diurnal = _least_squares(basis[dry], shape.ravel()[dry], heavy[dry])
    expected, rainy = (basis @ diurnal)[~dry], heavy[~dry]
    amplitude = float((rainy * expected) @ shape.ravel()[~dry] / ((rainy * expected) @ expected))

    humid = known & np.isfinite(days.rh)
    xh = np.column_stack([slow, wet, np.nan_to_num(z)])[humid]
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
        "humidity": dict(zip((f"mean_{name}" for name in annual), humidity, strict=False))
        | {"wet": humidity[3], "z": humidity[4], "sd": float(humidity_sd)},
        **_fit_rain(days, weight),
    }


def _unit(record: str, field: str) -> str:
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


def table(days: Days) -> dict[str, dict[str, object]]:
    """The rows of ``conf/params/weather.yaml``."""
    limits = ranges(days)
    result: dict[str, dict[str, object]] = {}
    for record, fields in fit(days).items():
        result[record] = {"source": SOURCE}
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
    """Write the table."""
    rows = table(read_days(data_dir(sys.argv[1:])))
    head = "# Written by `python -m experiments.fit.weather DATA_DIR`; equations: agents/weather.py.\n"
    text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    (params_path() / "weather.yaml").write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
