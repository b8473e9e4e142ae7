"""The question of a forecast, from a log as it had arrived: the twin's own, or that of a recording."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.tables import table_of
from sim.contracts.decisions import FORECAST_DAYS, HISTORY_DAYS

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
USUAL = 1.0
"""Searches for goods of which no index was published."""


class Past(Protocol):
    """A log as of a moment."""

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the rows that had arrived by the moment, on ``since_day`` or later."""
        ...


class Cells(NamedTuple):
    """What is forecast, one entry a row: shop, SKU, days since the opening, packs a day expected then, category."""

    shop: Ids
    sku: Ids
    days_known: Ids
    prior_daily: Floats
    category: Ids


def forecast(past: Past, day: int, cells: Cells) -> pa.Table:
    """The observation of the point ``forecast`` before business ``day``: ``past`` is the log at 23:00 of its eve."""
    count = len(cells.shop)
    shops, skus = int(cells.shop.max(initial=-1)) + 1, int(cells.sku.max(initial=-1)) + 1
    sales, empty = (
        by_shop_and_sku(past, day, HISTORY_DAYS, shops, skus, name)[cells.shop, cells.sku]
        for name in ("sold", "stock_out_hours")
    )
    calendar = _calendar(past, day)
    temperature, rain = (_weather(past, day, name) for name in ("mean_c", "rain_mm"))

    def all_rows(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.broadcast_to(values, (count, len(values)))

    return table_of(
        "forecast",
        shop=cells.shop,
        sku=cells.sku,
        day=np.full(count, day),
        sales=sales,
        stock_out_hours=empty,
        open_hours=np.full(count, calendar["open_hours"][-1]),
        days_known=np.minimum(cells.days_known, HISTORY_DAYS),
        prior_daily=cells.prior_daily.copy(),
        was_off=all_rows(calendar["is_off"][:HISTORY_DAYS]),
        is_off=all_rows(calendar["is_off"][HISTORY_DAYS:]),
        weekday=all_rows(calendar["weekday"][HISTORY_DAYS:]),
        temp_c=all_rows(temperature),
        rain_mm=all_rows(rain),
        search=_searches(past, day, cells.category),
    )


def by_shop_and_sku(past: Past, day: int, days: int, shops: int, skus: int, column: str) -> npt.NDArray[Any]:
    """Return ``column`` of the daily shop aggregates of the ``days`` before ``day``, (shop, SKU, days), newest last."""
    rows = past.read("shop_day", since_day=max(0, day - days))
    values = rows[column].to_numpy()
    shop, sku = rows["shop"].to_numpy(), rows["sku"].to_numpy()
    history = np.zeros((shops, skus, days), values.dtype)
    asked = (shop < shops) & (sku < skus)
    history[shop[asked], sku[asked], (rows["day"].to_numpy() - (day - days))[asked]] = values[asked]
    return history


def _calendar(past: Past, day: int) -> dict[str, npt.NDArray[Any]]:
    """Columns of the calendar from 28 days before ``day`` to 6 after it; what lies before the log is no day off."""
    rows = past.read("calendar", since_day=max(0, day - HISTORY_DAYS))
    place = rows["target_day"].to_numpy() - (day - HISTORY_DAYS)
    told = {}
    for name in ("weekday", "is_off", "open_hours"):
        values = rows[name].to_numpy(zero_copy_only=False)
        told[name] = np.zeros(HISTORY_DAYS + FORECAST_DAYS, values.dtype)
        told[name][place] = values
    return told


def _weather(past: Past, day: int, name: str) -> Floats:
    """What is forecast for ``day`` and the days after it; the last measurement where nothing was."""
    rows = past.read("weather_forecast", since_day=max(0, day - 1))
    if not rows.num_rows:
        return np.zeros(FORECAST_DAYS)
    newest = rows.filter(pc.equal(rows["arrival_time"], pc.max(rows["arrival_time"])))
    values, ahead = newest[name].to_numpy(), newest["target_day"].to_numpy() - day
    told = np.full(FORECAST_DAYS, values[np.argmin(newest["lead"].to_numpy())])
    coming = (ahead >= 0) & (ahead < FORECAST_DAYS)
    told[ahead[coming]] = values[coming]
    return told


def _searches(past: Past, day: int, category: Ids) -> Floats:
    rows = past.read("search_index", since_day=day)
    index = np.full(int(category.max(initial=0)) + 1, USUAL)
    known = rows["category"].to_numpy() < len(index)
    index[rows["category"].to_numpy()[known]] = rows["index"].to_numpy()[known]
    return np.asarray(index[category])
