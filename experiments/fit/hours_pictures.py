"""Picture of the profiles of the day and the week: the data's plain means, the fit with its range, the guesses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.demand.hours import WEEKDAYS
from agents.sourced import Sourced, load_records
from experiments.fit.pictures import DATA, FITTED, OTHER, label, panels, save

Floats = npt.NDArray[np.float64]


def draw(hours: tuple[Floats, Floats], week: tuple[Floats, Floats], directory: Path) -> None:
    """Write ``hours.png`` from sales and in-stock flags by hour, and sales and days by kind of day."""
    figure, axes = panels(1, 3, "Dingdong fresh stores, 12 Chinese cities, spring 2024 (FreshRetailNet-50K)")
    records, clock = load_records("hours"), np.arange(24)
    sale, seen = hours
    plain = (sale * seen).sum(0) / np.maximum(seen.sum(0), 1.0)
    axes[0].plot(clock, 100 * plain / plain.sum(), "o", color=DATA, markersize=3, label="mean of in-stock hours")
    _fitted(axes[0], clock, [records["sales_hour"][f"h{hour:02d}"] for hour in clock], 100.0)
    label(axes[0], "sales by hour", "clock hour", "% of the day")
    by_day, days = week
    mean = by_day.sum(0)[:7] / days.sum(0)[:7]
    axes[1].plot(np.arange(7), mean / mean.mean(), "o", color=DATA, markersize=3, label="mean of days in stock")
    _fitted(axes[1], np.arange(7), [records["sales_weekday"][day] for day in WEEKDAYS], 1.0)
    lift = np.exp(float(records["session"]["holiday_lift"]))
    axes[1].axhline(lift, color=OTHER, linestyle=":", linewidth=1, label=f"statutory holiday, {lift:.2f}")
    axes[1].set_ylim(0.5, 1.5)
    axes[1].set_xticks(np.arange(7), [day.capitalize() for day in WEEKDAYS])
    label(axes[1], "sales by weekday", "", "of the weekly mean")
    for name, colour in (("app_order_hour", OTHER), ("pickup_hour", FITTED)):
        rows = [records[name][f"h{hour:02d}"] for hour in clock]
        axes[2].step(clock, [100 * float(row) for row in rows], where="mid", color=colour, linewidth=1,
                     label=name.replace("_", " "))  # fmt: skip
    label(axes[2], "guesses: app orders and pick-up", "clock hour", "% of the day")
    for axis in axes:
        axis.legend(fontsize=6, frameon=False)
    save(figure, directory / "hours.png")


def _fitted(axis, x: npt.NDArray[np.int64], rows: list[Sourced], scale: float) -> None:  # type: ignore[no-untyped-def]
    value = np.array([float(row) for row in rows])
    low, high = (np.array([bound(row) for row in rows]) for bound in (_low, _high))
    axis.errorbar(x, scale * value, scale * np.array([value - low, high - value]), fmt="s-", color=FITTED, markersize=3,
                  linewidth=1, capsize=2, label="fitted, 95 %")  # fmt: skip


def _low(row: Sourced) -> float:
    return float(row) if row.low is None else row.low


def _high(row: Sourced) -> float:
    return float(row) if row.high is None else row.high


