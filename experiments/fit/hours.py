"""Fit the profiles of the day and the week: ``python -m experiments.fit.hours [DATA_DIR]``.

Reads ``DATA_DIR/freshretailnet50k`` and writes ``conf/params/hours.yaml``; with ``--pictures DIR`` it draws
data against fit instead.

* Hours: sales of a series on a day in hour h have mean a p(h), a free for every series and day, over its in-stock hours
  (Poisson likelihood by alternating p and a). Plain means over in-stock hours would be wrong: what sells out is
  what sells well, and then it is missing from the evening.
* Week: sales of a series have mean a w(weekday) over days without a stock-out hour that are neither statutory holidays
  nor make-up workdays; the holiday lift is the same with the holidays as an eighth kind of day, against the mean of
  the week. Promotions fall into it as they fell, and days that sold out are missing, most of them good ones.

Ranges are the central 95 % over refits with whole stores drawn with replacement, by address. The profiles of app orders
and pick-up have no data here: guesses around the stated peaks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import yaml

from agents.calendar import day_info
from agents.demand.hours import WEEKDAYS
from experiments.fit.hours_pictures import draw
from experiments.fit.params import data_dir, params_path
from experiments.fit.pictures import pictures_asked
from sim.streams import integers, key

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Fit = Callable[[Floats, Floats, Floats | None], dict[str, float]]

ROUNDS = 12
REFITS = 100
DELIVERY_HOUR = 16
NOON = 12
HOLIDAY = 7
SOURCE = "fitted to freshretailnet50k (Dingdong, Chinese cities, 2024-03-28..2024-06-25, CC BY 4.0)"
APP_SOURCE = "guess; the peak from 19 to 22 h is the model specification's (G)"
PICKUP_SOURCE = "guess; the peak from 18 to 20 h is qdjiaoyu.cn's (C)"

# Shares in percent by clock hour; hour 23 is that of the eve.
APP_ORDERS = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 1.5, 3, 4, 4.5, 5, 5, 5.5, 4, 3.5, 3.5, 4, 5, 7, 11, 12.5, 11.5, 6.3, 0.5)
PICKUP = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 17, 27, 25, 14, 6, 2, 0)


def profile(sale: Floats, seen: Floats, weight: Floats | None = None) -> Floats:
    """Column shares p (summing to 1) of sale[row, column] ~ Poisson(a(row) p(column)) over the seen cells.

    ``seen`` is 0 or 1 by cell, ``weight`` (default 1) counts a row so many times. Rows without sales tell nothing.
    """
    sale = sale * seen
    total = sale.sum(1)
    weight = np.ones(len(sale)) if weight is None else weight
    columns = weight @ sale
    p = np.full(sale.shape[1], 1.0 / sale.shape[1])
    for _ in range(ROUNDS):
        rate = weight * total / np.maximum(seen @ p, 1e-12)
        p = columns / np.maximum(rate @ seen, 1e-12)
        p /= p.sum()
    return p


def read_hours(data: Path) -> tuple[Floats, Floats, Integers]:
    """Hourly sales, in-stock flags and store of every recorded series and day: [rows, 24], [rows, 24], [rows]."""
    table = pq.read_table(data / "freshretailnet50k" / "hourly.parquet")
    sale = np.column_stack([table[f"h{hour:02d}"].to_numpy().astype(np.float64) for hour in range(24)])
    out = (table["stockout_bits"].to_numpy()[:, None] >> np.arange(24)) & 1
    return sale, 1.0 - out, table["store_id"].to_numpy().astype(np.int64)


def read_week(data: Path) -> tuple[Floats, Floats, Integers]:
    """Sums of in-stock sales and numbers of in-stock days by series and kind of day (weekday, or holiday: column 7),
    and the store of each series: [series, 8], [series, 8], [series]."""
    names = ["store_id", "product_id", "dt", "sale", "stockout_hours_6_22"]
    table = pq.read_table(data / "freshretailnet50k" / "daily.parquet", columns=names)
    date = table["dt"].to_numpy().astype("datetime64[D]")
    info = day_info(date.min().astype(object), date.max().astype(object))
    kind = np.where(info.holiday == "", info.weekday, np.where(info.is_off, HOLIDAY, -1))
    day = kind[(date - info.date[0]).astype(np.int64)]
    use = (table["stockout_hours_6_22"].to_numpy() == 0) & (day >= 0)
    ids = table["store_id"].to_numpy().astype(np.int64) << 32 | table["product_id"].to_numpy().astype(np.int64)
    series, row = np.unique(ids, return_inverse=True)
    cell, size = (row * 8 + day)[use], len(series) * 8
    sold = table["sale"].to_numpy()[use].astype(np.float64)
    sale: Floats = np.bincount(cell, weights=sold, minlength=size).astype(np.float64)
    days: Floats = np.bincount(cell, minlength=size).astype(np.float64)
    return sale.reshape(-1, 8), days.reshape(-1, 8), np.asarray(series >> 32, np.int64)


def fit_hours(sale: Floats, seen: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Hour shares h00..h23 and the shares before delivery and before noon; the eve's hour 23 opens the day."""
    p = profile(sale, seen, weight)
    result = {f"h{hour:02d}": float(p[hour]) for hour in range(24)}
    for name, until in (("before_delivery_share", DELIVERY_HOUR), ("morning_share", NOON)):
        result[name] = float(p[:until].sum() + p[23])
    return result


def fit_week(sale: Floats, days: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Weekday factors mon..sun around 1, and the log lift of statutory holidays over the mean of the week."""
    total = sale.sum(1)
    weight = np.ones(len(sale)) if weight is None else weight
    w = np.ones(8)
    columns = weight @ sale
    for _ in range(ROUNDS):
        rate = weight * total / np.maximum(days @ w, 1e-12)
        w = columns / (rate @ days)
        w /= w[:7].mean()
    return dict(zip(WEEKDAYS, w.tolist(), strict=False)) | {"holiday_lift": float(np.log(w[HOLIDAY]))}


def _ranges(fit: Fit, sale: Floats, seen: Floats, store: Integers) -> dict[str, tuple[float, float]]:
    stores, row = np.unique(store, return_inverse=True)
    draws = []
    for refit in range(REFITS):
        drawn = integers(key(0, "fit.hours"), len(stores), refit, np.arange(len(stores)))
        draws.append(fit(sale, seen, np.bincount(drawn, minlength=len(stores))[row].astype(np.float64)))
    quantile = {name: np.quantile([draw[name] for draw in draws], [0.025, 0.975]) for name in draws[0]}
    return {name: (float(low), float(high)) for name, (low, high) in quantile.items()}


def _rows(values: dict[str, float], limits: dict[str, tuple[float, float]]) -> dict[str, dict[str, object]]:
    unit = {"holiday_lift": "log"} | dict.fromkeys(WEEKDAYS, "of the weekly mean")
    rows: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        low, high = limits[name]
        number = {"value": value, "low": min(low, value), "high": max(high, value)}
        rows[name] = {k: float(f"{v:.4g}") for k, v in number.items()}
        rows[name] |= {"unit": unit.get(name, "share of the day"), "grade": "D"}
    return rows


def _guesses(shares: tuple[float, ...], sure: range, grade: str) -> dict[str, object]:
    rows: dict[str, object] = {}
    for hour, percent in enumerate(shares):
        share = percent / 100
        spread = {"value": share, "low": round(share / 2, 5), "high": round(share * 1.5, 5)}
        rows[f"h{hour:02d}"] = spread | {"unit": "share of the day", "grade": grade if hour in sure else "G"}
    return rows


def table(data: Path) -> dict[str, dict[str, object]]:
    """The rows of ``conf/params/hours.yaml``."""
    hours, week = read_hours(data), read_week(data)
    by_hour = _rows(fit_hours(*hours[:2]), _ranges(fit_hours, *hours))
    by_day = _rows(fit_week(*week[:2]), _ranges(fit_week, *week))
    session = {name: by_hour.pop(name) for name in ("before_delivery_share", "morning_share")}
    session["holiday_lift"] = by_day.pop("holiday_lift")
    return {
        "sales_hour": {"source": SOURCE, **by_hour},
        "sales_weekday": {"source": SOURCE, **by_day},
        "session": {"source": SOURCE, **session},
        "app_order_hour": {"source": APP_SOURCE, **_guesses(APP_ORDERS, range(0), "G")},
        "pickup_hour": {"source": PICKUP_SOURCE, **_guesses(PICKUP, range(18, 20), "C")},
    }


def main() -> None:
    """Write the table, or draw the picture."""
    arguments, pictures = pictures_asked(sys.argv[1:])
    data = data_dir(arguments)
    if pictures is not None:
        draw(read_hours(data)[:2], read_week(data)[:2], pictures)
        return
    rows = table(data)
    head = "# Written by `python -m experiments.fit.hours DATA_DIR`. Hours are clock hours; h23 is that of the eve.\n"
    text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    (params_path() / "hours.yaml").write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
