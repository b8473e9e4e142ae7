"""Pictures of the weather fit: the record of each station against twenty years of the generator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.fit.pictures import DATA, FITTED, label, panels, save
from experiments.fit.weather_moments import LAGS

MONTHS = np.arange(1, 13)
HOURS = np.arange(24)


def draw(station: str, data: Mapping[str, list[float]], model: Mapping[str, list[float]], directory: Path) -> None:
    """Write ``weather_<station>.png`` from the moments of the record and of the generator."""
    figure, axes = panels(2, 4, f"{station.capitalize()} 2013-2014 (grey) and 20 generated years (red)")
    clock = np.argsort(np.concatenate([[23], np.arange(23)]))
    lines = (
        ("temp_mean_month", MONTHS, "daily mean temperature", "month", "degC"),
        ("temp_sd_month", MONTHS, "its standard deviation", "month", "K"),
        ("temp_hour", HOURS, "temperature by hour, all year", "hour", "degC"),
        ("temp_lag", np.array(LAGS), "autocorrelation of hourly anomaly", "lag, h", "-"),
        ("wet_day_month", MONTHS, "days with 0.5 mm or more", "month", "share"),
        ("rain_month_mm", MONTHS, "rain a day", "month", "mm"),
        ("rh_hour", HOURS, "relative humidity by hour", "hour", "%"),
        ("wind_hour", HOURS, "wind by hour", "hour", "m/s"),
    )
    for axis, (name, x, title, below, unit) in zip(axes, lines, strict=True):
        for found, colour, style in ((data, DATA, "o-"), (model, FITTED, "s--")):
            values = np.array(found[name])
            values = values[clock] if name.endswith("_hour") else values
            axis.plot(x, values, style, color=colour, markersize=3, linewidth=1)
        if name != "temp_hour" and name != "rh_hour":
            axis.set_ylim(bottom=min(0.0, *axis.get_ylim()))
        label(axis, title, below, unit)
    save(figure, directory / f"weather_{station}.png")
