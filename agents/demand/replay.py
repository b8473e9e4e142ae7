"""Replay of recorded sales: FreshRetailNet-format files as series of shop and product, in whole packs.

The format is a directory with ``daily.parquet`` (store_id, product_id, dt, sale, stockout_hours_6_22,
discount and, if there, activity_flag), ``stores.csv`` (store_id, city_id), ``products.csv`` (product_id,
first_category_id and more) and, if there, ``city_weather.parquet``. Sales are normalised by their owner; a
pack scale per series, by default its smallest positive sale, turns them into packs, and stochastic rounding
by address makes them whole without bias. What the rounding adds is reported.

What is replayed is what was sold: on a day with stock-out hours true demand was higher by an unknown
amount, so recorded sales are a lower bound of it (:meth:`ReplaySeries.scaled_up` guesses the rest by the
hourly profile). A discount of 0 means given away: in the data it marks two products, in every store and on
every day, that sell thirteen times the average. The products are anonymous:
``agents.catalogue.generic_catalogue`` gives them the storage kinetics of generic produce and one price.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.demand.city_weather import CityWeather, read_city_weather
from agents.demand.files import SHOWN, Gathering, dates_of, id_columns, numbers, read_table
from sim.errors import InputError, Problem
from sim.streams import Key, uniform

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAILY, STORES, PRODUCTS = "daily.parquet", "stores.csv", "products.csv"
_DAILY_COLUMNS = ("store_id", "product_id", "dt", "sale", "stockout_hours_6_22", "discount")
ACTIVITY = "activity_flag"
FIRST_HOUR, LAST_HOUR = 6, 22
_HOURS_COUNTED = LAST_HOUR - FIRST_HOUR  # the range of stockout_hours_6_22
_SNAP = 1e-5  # relative; recorded sales are 32-bit floats of tenths, so a ratio this near a whole number is one
_MOST_PACKS = 1e9


@dataclass(frozen=True)
class RoundingReport:
    """What rounding to packs did, in the input's own unit of sale (packs times the series' scale).

    ``cell_input``, ``cell_offered``: float64[cells] sums over the days; ``cell_bound`` the largest error
    that any draw could have caused. ``error`` = offered - input in total, ``relative_error`` over the
    input, ``error_sd`` its standard deviation over draws (its mean is 0), ``bound`` the largest total error
    any draw could have caused.
    """

    cell_input: Floats
    cell_offered: Floats
    cell_bound: Floats
    input: float
    offered: float
    error: float
    relative_error: float
    error_sd: float
    bound: float


@dataclass(frozen=True)
class ReplaySeries:
    """Recorded daily sales of one city: cells (shop x product with a series) by days, read-only.

    ``store_id`` [shops] and ``product_id`` [skus] are the rising ids that occur; ``category`` [skus] the
    first category. ``shop`` and ``sku`` [cells] index into them, cells in rising order of (store, product).
    ``sale``, ``discount`` (price over list, 1 none) float64[cells, days]; ``stockout_hours`` int8[cells,
    days], of the 16 hours from 6 to 22; ``promoted`` bool[cells, days], all False where the data says nothing of it.
    ``dates`` datetime64[D][days] has no gap. ``scale`` float64[cells]: the sale that counts one pack. ``weather`` of
    the same days, None where the data has none.
    """

    city_id: int
    dates: npt.NDArray[np.datetime64]
    store_id: Integers
    product_id: Integers
    category: Integers
    shop: Integers
    sku: Integers
    sale: Floats
    stockout_hours: npt.NDArray[np.int8]
    discount: Floats
    promoted: npt.NDArray[np.bool_]
    scale: Floats
    weather: CityWeather | None

    @property
    def cells(self) -> int:
        """Number of series."""
        return len(self.shop)

    @property
    def days(self) -> int:
        """Number of recorded days."""
        return len(self.dates)

    @property
    def first_date(self) -> dt.date:
        """The date of day 0."""
        return dt.date.fromisoformat(str(self.dates[0]))

    @property
    def stockout_share(self) -> float:
        """Recorded share of hours 6 to 22 without stock, over all series and days."""
        return float(self.stockout_hours.sum(dtype=np.int64)) / (_HOURS_COUNTED * self.stockout_hours.size)

    def expected(self, day: int, days: int = 7) -> Floats:
        """Mean packs a day of each cell over ``days`` from recorded day ``day`` on: what an opening is sized for."""
        mean: Floats = self.sale[:, day : day + days].mean(axis=1) / self.scale
        return mean

    def prices(self, day: int, list_fen: Integers) -> Integers:
        """The price of each cell on recorded day ``day``, fen a pack: ``list_fen`` [cells] at the recorded discount."""
        return np.rint(list_fen * self.discount[:, day]).astype(np.int64)

    def scaled_up(self, profile: Floats, most: float) -> ReplaySeries:
        """The series with the sales of days with stock-out hours scaled up to a whole day of stock.

        The hours without stock are taken for the last ones before 22 o'clock, since shelves run empty towards the
        evening; a day's sale is divided by the share of ``profile`` (24 hours, sum 1) that the others have, at most
        multiplied by ``most``. A day without any sale stays one.
        """
        hours = np.arange(_HOURS_COUNTED + 1)
        gone = np.array([profile[LAST_HOUR - n : LAST_HOUR].sum() for n in hours])
        lift = np.minimum(1.0 / np.maximum(1.0 - gone, 1.0 / most), most)
        sale = self.sale * lift[self.stockout_hours]
        sale.setflags(write=False)
        return replace(self, sale=sale)

    def packs(self, key: Key, day: int) -> npt.NDArray[np.int32]:
        """Whole packs wanted on recorded day ``day``: int32[cells].

        floor(sale / scale), and one more with the chance of the fraction; the uniform is addressed by date,
        store and product, so that no other series moves a draw.
        """
        whole, fraction = _split(self.sale[:, day] / self.scale)
        u = uniform(key, self._ordinal(day), self.store_id[self.shop], self.product_id[self.sku])
        return whole + (u < fraction).astype(np.int32)

    def all_packs(self, key: Key) -> npt.NDArray[np.int32]:
        """Whole packs wanted on every recorded day: int32[cells, days], column d equal to ``packs(key,
        d)``.
        """
        return np.stack([self.packs(key, day) for day in range(self.days)], axis=1)

    def rounding(self, key: Key, first: int = 0, last: int | None = None) -> RoundingReport:
        """What rounding does to days first..last (excluded; default: all), against the recorded sales."""
        stop = self.days if last is None else last
        offered = np.zeros(self.cells, np.int64)
        for day in range(first, stop):
            offered += self.packs(key, day)
        sale = self.sale[:, first:stop]
        _, fraction = _split(sale / self.scale[:, None])
        worst = np.where(fraction > 0, np.maximum(fraction, 1 - fraction), 0.0).sum(1) * self.scale
        variance = (fraction * (1 - fraction)).sum(1) * self.scale**2
        cell_input, cell_offered = sale.sum(1), offered * self.scale
        total, given = float(cell_input.sum()), float(cell_offered.sum())
        # tiny shares beside whole packs are dropped as noise of 32-bit input; the bound has to hold for them too
        cell_bound = worst + 2 * _SNAP * np.maximum(cell_input, self.scale)
        return RoundingReport(
            cell_input=cell_input,
            cell_offered=cell_offered,
            cell_bound=cell_bound,
            input=total,
            offered=given,
            error=given - total,
            relative_error=(given - total) / total if total else 0.0,
            error_sd=float(np.sqrt(variance.sum())),
            bound=float(cell_bound.sum()),
        )

    def _ordinal(self, day: int) -> int:
        return self.first_date.toordinal() + day


def _split(ratio: Floats) -> tuple[npt.NDArray[np.int32], Floats]:
    whole = np.floor(ratio + _SNAP * np.maximum(ratio, 1.0))
    fraction = ratio - whole
    return whole.astype(np.int32), np.where(fraction < _SNAP * np.maximum(ratio, 1.0), 0.0, fraction)


def _directory(directory: Path) -> Path:
    if not directory.is_dir():
        what = "is no directory" if directory.exists() else "there is no such directory"
        raise InputError(Problem("data", f"{directory}: {what}"))
    missing = [name for name in (DAILY, STORES, PRODUCTS) if not (directory / name).is_file()]
    if missing:
        raise InputError([Problem("data", f"{directory / name}: there is no such file") for name in missing])
    return directory


def _stores(directory: Path) -> tuple[Integers, Integers]:
    store, city = id_columns(directory / STORES, ("store_id", "city_id"))
    return store, city


def list_cities(directory: Path) -> tuple[int, ...]:
    """The city ids of a FreshRetailNet-format directory, rising. Raises InputError when it cannot be read."""
    _, city = _stores(_directory(Path(directory)))
    return tuple(np.unique(city).tolist())


def _daily(path: Path) -> dict[str, npt.NDArray[Any]]:
    table = read_table(path, _DAILY_COLUMNS, (ACTIVITY,))
    found, columns = Gathering(), {}
    for name in table.column_names:
        if name == "dt":
            columns[name] = found.get(lambda: dates_of(path, table))
        else:
            whole = name not in ("sale", "discount")
            columns[name] = found.get(lambda name=name, whole=whole: numbers(path, table, name, whole=whole))  # type: ignore[misc]
    found.done()
    columns.setdefault(ACTIVITY, np.zeros(table.num_rows, np.int64))
    columns["row"] = np.arange(table.num_rows)
    return {name: values for name, values in columns.items() if values is not None}


def _value_problems(path: Path, rows: dict[str, npt.NDArray[Any]]) -> list[Problem]:
    problems = []
    checks = (
        ("sale", ~np.isfinite(rows["sale"]), "is not a number"),
        ("sale", rows["sale"] < 0, "is negative"),
        ("discount", ~np.isfinite(rows["discount"]), "is not a number"),
        ("discount", rows["discount"] < 0, "is negative"),
        ("stockout_hours_6_22", rows["stockout_hours_6_22"] > _HOURS_COUNTED, f"is above {_HOURS_COUNTED}"),
        (ACTIVITY, rows[ACTIVITY] > 1, "is neither 0 nor 1"),
    )
    for name, wrong, what in checks:
        found = np.flatnonzero(wrong)
        for at in found[:SHOWN]:
            place = f"store {rows['store_id'][at]}, product {rows['product_id'][at]}, {rows['dt'][at]}"
            message = f"{path}: column {name}, row {rows['row'][at]} ({place}): {rows[name][at]:g} {what}"
            problems.append(Problem("data", message))
        if len(found) > SHOWN:
            problems.append(Problem("data", f"{path}: column {name}: {len(found) - SHOWN} more rows like these"))
    return problems


def _grid_problems(path: Path, count: Integers, ids: Integers, dates: npt.NDArray[np.datetime64]) -> list[Problem]:
    problems = []
    wrong = np.argwhere(count != 1)
    for cell, day in wrong[:SHOWN]:
        series = f"store {ids[cell] >> 32}, product {ids[cell] & 0xFFFFFFFF}"
        what = "has no row (a gap in the dates)" if count[cell, day] == 0 else f"has {count[cell, day]} rows"
        problems.append(Problem("data", f"{path}: column dt: {series}: {dates[day]} {what}"))
    if len(wrong) > SHOWN:
        problems.append(Problem("data", f"{path}: column dt: {len(wrong) - SHOWN} more gaps or repeated dates"))
    return problems


def read_replay(directory: Path, city_id: int, pack_scale: float | None = None) -> ReplaySeries:
    """The recorded series of one city.

    ``pack_scale`` is the sale that counts one pack; None takes the smallest positive sale of each series (1
    for a series without any). Raises InputError naming file, column and row: missing directory, file or
    column, unreadable content, unknown city, sales that are negative or no number, dates with gaps or
    repeated.
    """
    directory = _directory(Path(directory))
    found, path = Gathering(), directory / DAILY
    stores = found.get(lambda: _stores(directory))
    recorded_rows = found.get(lambda: _daily(path))
    found.get(lambda: id_columns(directory / PRODUCTS, ("product_id", "first_category_id")))
    found.done()
    assert stores is not None and recorded_rows is not None
    (store, city), rows = stores, recorded_rows
    if city_id not in city:
        known = [str(item) for item in np.unique(city)]
        nearest = min(known, key=lambda item: abs(int(item) - city_id)) if known else None
        message = f"no city {city_id} in {directory / STORES}; it has {', '.join(known)}"
        raise InputError(Problem("source_city", message, nearest))
    if pack_scale is not None and not 0 < pack_scale < float("inf"):
        raise InputError(Problem("pack_scale", f"must be above 0, not {pack_scale}"))
    chosen = np.isin(rows["store_id"], store[city == city_id])
    rows = {name: values[chosen] for name, values in rows.items()}
    if not len(rows["row"]):
        raise InputError(Problem("source_city", f"{path} has no row for a store of city {city_id}"))
    problems = _value_problems(path, rows)
    ids, cell = np.unique((rows["store_id"] << 32) | rows["product_id"], return_inverse=True)
    dates = np.arange(rows["dt"].min(), rows["dt"].max() + np.timedelta64(1, "D"))
    place = cell * len(dates) + (rows["dt"] - dates[0]).astype(np.int64)
    shape = (len(ids), len(dates))
    problems += _grid_problems(path, np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape), ids, dates)
    found.problems += problems
    store_id, shop = np.unique(ids >> 32, return_inverse=True)
    product_id, sku = np.unique(ids & 0xFFFFFFFF, return_inverse=True)
    category = found.get(lambda: _categories(directory / PRODUCTS, product_id))
    weather = found.get(lambda: read_city_weather(directory, city_id, dates))
    found.done()
    assert category is not None
    grid = {name: np.empty(shape[0] * shape[1]) for name in ("sale", "discount", "stockout_hours_6_22", ACTIVITY)}
    for name, values in grid.items():
        values[place] = rows[name]
    sale = grid["sale"].reshape(shape)
    smallest = np.where(sale > 0, sale, np.inf).min(1)
    scale = np.where(np.isfinite(smallest), smallest, 1.0) if pack_scale is None else np.full(shape[0], pack_scale)
    large = np.argwhere(sale > _MOST_PACKS * scale[:, None])
    if len(large):
        number, day = large[0]
        series = f"store {ids[number] >> 32}, product {ids[number] & 0xFFFFFFFF}, {dates[day]}"
        message = f"{path}: column sale ({series}): {sale[number, day]:g} is too many packs of {scale[number]:g}"
        raise InputError(Problem("data", message))
    columns = {
        "dates": dates,
        "store_id": store_id,
        "product_id": product_id,
        "category": category,
        "shop": shop,
        "sku": sku,
        "sale": sale,
        "stockout_hours": grid["stockout_hours_6_22"].reshape(shape).astype(np.int8),
        "discount": grid["discount"].reshape(shape),
        "promoted": grid[ACTIVITY].reshape(shape) > 0,
        "scale": scale,
    }
    for values in columns.values():
        values.setflags(write=False)
    return ReplaySeries(city_id=int(city_id), weather=weather, **columns)


def _categories(path: Path, product_id: Integers) -> Integers:
    product, category = id_columns(path, ("product_id", "first_category_id"))
    if not len(product):
        raise InputError(Problem("data", f"{path}: no rows"))
    order = np.argsort(product, kind="stable")
    found = np.minimum(np.searchsorted(product[order], product_id), len(product) - 1)
    missing = product_id[product[order][found] != product_id]
    if len(missing):
        named = ", ".join(str(item) for item in missing[:SHOWN])
        raise InputError(Problem("data", f"{path}: column product_id lacks {len(missing)} sold products: {named}"))
    return category[order][found]
