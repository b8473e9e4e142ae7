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
from agents.demand.files import SHOWN, Gathering, dates_of, id_columns, ids, named, numbers, read_table
from sim.errors import InputError, Problem
from sim.streams import Key, uniform

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAILY, STORES, PRODUCTS = "daily.parquet", "stores.csv", "products.csv"
_IDS = ("store_id", "product_id")
_DAILY_COLUMNS = (*_IDS, "dt", "sale", "stockout_hours_6_22", "discount")
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
    read = {"dt": lambda _: dates_of(path, table), **dict.fromkeys(_IDS, lambda name: ids(path, table, name))}
    for name in table.column_names:
        column = read.get(name, lambda name: numbers(path, table, name))
        columns[name] = found.get(lambda column=column, name=name: column(name))  # type: ignore[misc]
    found.done()
    columns.setdefault(ACTIVITY, np.zeros(table.num_rows))
    columns["row"] = np.arange(table.num_rows)
    return {name: values for name, values in columns.items() if values is not None}


def _value_problems(path: Path, rows: dict[str, npt.NDArray[Any]]) -> list[Problem]:
    hours, flag = rows["stockout_hours_6_22"], rows[ACTIVITY]
    checks = (
        *((name, ~(np.abs(rows[name]) < np.inf), "is not a number") for name in ("sale", "discount")),
        *((name, rows[name] < 0, "is negative") for name in ("sale", "discount")),
        ("stockout_hours_6_22", ~np.isin(hours, np.arange(_HOURS_COUNTED + 1)),
         f"is no whole number from 0 to {_HOURS_COUNTED}"),
        (ACTIVITY, ~np.isin(flag, (0, 1)), "is neither 0 nor 1"),
    )
    problems = []
    for name, wrong, what in checks:
        values = rows[name]
        problems += named(path, name, np.flatnonzero(wrong),
                          lambda at, values=values, what=what: (_where(rows, at), _said(values[at], what)))  # type: ignore[misc]
    return problems


def _where(rows: dict[str, npt.NDArray[Any]], at: int) -> str:
    """Which row of the file it is, and whose."""
    return f"row {rows['row'][at]} (store {rows['store_id'][at]}, product {rows['product_id'][at]}, {rows['dt'][at]})"


def _said(value: float, what: str) -> str:
    return "empty or not a number" if np.isnan(value) else f"{value:g} {what}"


def _grid_problems(
    path: Path, rows: dict[str, npt.NDArray[Any]], place: Integers, series: Integers, dates: npt.NDArray[np.datetime64]
) -> list[Problem]:
    """Dates that a series has not, and rows that say a date of a series once more."""
    gaps = np.flatnonzero(np.bincount(place, minlength=len(series) * len(dates)) == 0)
    order = np.argsort(place, kind="stable")
    again = np.sort(order[1:][place[order][1:] == place[order][:-1]])

    def gap(at: int) -> tuple[str, str]:
        store, product = series[at // len(dates)] >> 32, series[at // len(dates)] & 0xFFFFFFFF
        return f"store {store}, product {product}", f"{dates[at % len(dates)]} has no row (a gap in the dates)"

    return [*named(path, "dt", gaps, gap),
            *named(path, "dt", again, lambda at: (_where(rows, at), "this date is there already"))]


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
    series, cell = np.unique((rows["store_id"] << 32) | rows["product_id"], return_inverse=True)
    dates = np.arange(rows["dt"].min(), rows["dt"].max() + np.timedelta64(1, "D"))
    place = cell * len(dates) + (rows["dt"] - dates[0]).astype(np.int64)
    shape = (len(series), len(dates))
    problems += _grid_problems(path, rows, place, series, dates)
    found.problems += problems
    store_id, shop = np.unique(series >> 32, return_inverse=True)
    product_id, sku = np.unique(series & 0xFFFFFFFF, return_inverse=True)
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
    large = np.flatnonzero(rows["sale"] > _MOST_PACKS * scale[cell])
    if len(large):
        raise InputError(named(path, "sale", large, lambda at: (
            _where(rows, at), f"{rows['sale'][at]:g} is too many packs of {scale[cell[at]]:g}")))
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
    order = np.argsort(product, kind="stable")
    found = np.minimum(np.searchsorted(product[order], product_id), len(product) - 1)
    missing = product_id[product[order][found] != product_id]
    if len(missing):
        some = ", ".join(str(item) for item in missing[:SHOWN])
        raise InputError(Problem("data", f"{path}: column product_id lacks {len(missing)} sold products: {some}"))
    return category[order][found]
