"""A recording as the log that a policy would have seen: the twin's own tables, cut off at a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.bulletin import calendar_rows
from agents.demand.replay import FIRST_HOUR, LAST_HOUR, list_cities, read_replay
from agents.outlook import Cells, forecast
from sim.contracts.events import EVENT_TABLES
from sim.errors import InputError, Problem

Ids = npt.NDArray[np.int64]
OPEN_HOURS = float(LAST_HOUR - FIRST_HOUR)
OPENING_DAYS = 7
"""Recorded days from which a series' first expectation is taken; nothing is forecast before they are over."""


@dataclass(frozen=True)
class Recording:
    """Series of all stores: (series) store and product as numbers from 0, (series, day) packs sold and hours without
    stock."""

    first: dt.date
    shop: Ids
    sku: Ids
    sold: Ids
    stock_out_hours: npt.NDArray[np.int8]

    @property
    def days(self) -> int:
        """Number of recorded days."""
        return self.sold.shape[1]

    def question(self, day: int) -> pa.Table:
        """The observation of the point ``forecast`` before recorded ``day``."""
        known = np.full(len(self.shop), day)
        opening = self.sold[:, :OPENING_DAYS].mean(axis=1)
        nothing = np.zeros(len(self.shop), np.int64)
        return forecast(AsOf(self, day), day, Cells(self.shop, self.sku, known, opening, nothing))

    @cached_property
    def calendar(self) -> pa.Table:
        """The event `calendar` as it was said before each day."""
        said = [calendar_rows(day, self.first + dt.timedelta(days=day), OPEN_HOURS) for day in range(self.days + 1)]
        columns = {name: np.concatenate([one[name] for one in said]) for name in said[0]}
        return _events("calendar", columns)


@dataclass(frozen=True)
class AsOf:
    """What had been recorded before a day, as tables of the event log.

    Weather is recorded by city and as it came; what had been forecast is not known, so there is none here. Neither are
    discounts and promotions: that they were planned by the eve is not recorded either.
    """

    recording: Recording
    day: int

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the rows of ``table`` that had arrived before the day."""
        first = max(0, since_day or 0)
        if table == "shop_day":
            return self._shop_day(first)
        if table == "calendar":
            a_day = self.recording.calendar.num_rows // (self.recording.days + 1)
            return self.recording.calendar.slice(first * a_day, max(0, self.day + 1 - first) * a_day)
        return EVENT_TABLES[table].empty_table()

    def _shop_day(self, first: int) -> pa.Table:
        known = self.recording
        sold, empty = known.sold[:, first : self.day], known.stock_out_hours[:, first : self.day]
        cell, day = np.nonzero((sold > 0) | (empty > 0))
        return _events("shop_day", {
            "day": day + first, "shop": known.shop[cell], "sku": known.sku[cell], "sold": sold[cell, day],
            "stock_out_hours": empty[cell, day],
        })  # fmt: skip


def _events(table: str, columns: dict[str, Any]) -> pa.Table:
    """Rows of an event table; columns left out are zero, stamps are the first second there is."""
    schema, rows = EVENT_TABLES[table], len(next(iter(columns.values())))
    made = []
    for field in schema:
        blank: Any = [""] * rows if pa.types.is_string(field.type) else np.zeros(rows, np.int64)
        values = np.asarray(columns[field.name]) if field.name in columns else blank
        array = pa.array(values)
        made.append(array.cast(field.type))
    return pa.Table.from_arrays(made, schema=schema)


def read_recording(directory: Path, unit: float) -> Recording:
    """Every city of a FreshRetailNet-format directory; ``unit`` is the sale that counts one pack.

    Raises InputError for all that :func:`agents.demand.replay.read_replay` refuses, for cities recorded on other days,
    and where a sale is no whole number of units.
    """
    cities = [read_replay(directory, city, unit) for city in list_cities(directory)]
    dates = cities[0].dates
    if any(not np.array_equal(one.dates, dates) for one in cities):
        raise InputError(Problem("data", "the cities are not recorded on the same days"))
    sold = np.concatenate([one.sale for one in cities]) / unit
    if np.abs(sold - np.rint(sold)).max(initial=0.0) > 1e-3:
        raise InputError(Problem("unit", f"sales are no whole multiples of {unit:g}"))
    store = np.concatenate([one.store_id[one.shop] for one in cities])
    product = np.concatenate([one.product_id[one.sku] for one in cities])
    return Recording(
        first=cities[0].first_date,
        shop=np.unique(store, return_inverse=True)[1].astype(np.int64),
        sku=np.unique(product, return_inverse=True)[1].astype(np.int64),
        sold=np.rint(sold).astype(np.int64),
        stock_out_hours=np.concatenate([one.stockout_hours for one in cities]),
    )
