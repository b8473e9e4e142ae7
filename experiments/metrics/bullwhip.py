"""How much more orders swing than demand: CV^2 of orders over CV^2 of demand, weekday removed, by echelon.

From each series its weekday means are taken out, so that a shop that orders twice for the weekend is not called
nervous. Series are pooled with their mean demand as weight: a Poisson series then counts the same whether it sells much
or little. Reported, never required. Of what makes a ratio the log shows one part: weekly sums take out what
comes from batching days and filling cases. Rule, promotions, gaming and waste need an arm that switches each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, Undefined
from experiments.metrics.window import Columns, Window
from sim.grouping import group

WEEK = 7
LEAST_DAYS = 4 * WEEK
NO_ORDERS = "no shop orders stock"
Series = npt.NDArray[np.float64]


class Swing(NamedTuple):
    """The ratio of one echelon by day and by week, None where undefined: by shop and SKU, at the hub by SKU."""

    echelon: str
    daily: float | None
    weekly: float | None


def bullwhip_shop(window: Window) -> float:
    """CV^2 of what owners order for a shelf over CV^2 of what it sells, by shop and SKU, weekday removed."""
    return swing(*_at_shops(window), window)


def bullwhip_hub(window: Window) -> float:
    """CV^2 of what head office asks of suppliers over CV^2 of what customers buy or order, by SKU, weekday removed."""
    rows = window.shop_day
    bought = _by_sku(window, rows, rows["sold"] + rows["ordered"])
    return swing(_by_sku(window, window.sku_day, window.sku_day["purchased"]), bought, window)


def bullwhip_hub_own(window: Window) -> float:
    """CV^2 of what head office asks of suppliers over CV^2 of what shops and members ask of the hub, by SKU."""
    rows = window.shop_day
    asked = _by_sku(window, rows, rows["requested"] + rows["ordered"])
    return swing(_by_sku(window, window.sku_day, window.sku_day["purchased"]), asked, window)


def swings(window: Window) -> list[Swing]:
    """The ratios of both echelons and what is left of them by week."""
    orders, sales = _at_shops(window)
    goods, rows = window.sku_day, window.shop_day
    purchased = _by_sku(window, goods, goods["purchased"])
    bought = _by_sku(window, rows, rows["sold"] + rows["ordered"])
    return [
        Swing("shop", _or_none(orders, sales, window), _or_none(_weeks(orders), _weeks(sales), None)),
        Swing("hub", _or_none(purchased, bought, window), _or_none(_weeks(purchased), _weeks(bought), None)),
    ]


def swing(orders: Series, demand: Series, window: Window | None) -> float:
    """Pooled CV^2 of `orders` over that of `demand`, (series, days); a window says which days fall on one weekday."""
    if orders.shape[1] < (LEAST_DAYS if window is not None else LEAST_DAYS // WEEK):
        raise Undefined(f"needs {LEAST_DAYS} days")
    both = (orders.mean(axis=1) > 0) & (demand.mean(axis=1) > 0)
    if not both.any():
        raise Undefined(NO_ORDERS)
    orders, demand = orders[both], demand[both]
    weight = demand.mean(axis=1)
    own, theirs = (float((weight * _cv2(one, window)).sum()) for one in (orders, demand))
    if theirs == 0.0:
        raise Undefined("demand does not vary")
    return own / theirs


def _cv2(series: Series, window: Window | None) -> Series:
    """Squared coefficient of variation of each series about its weekday means."""
    days = series.shape[1]
    groups = [np.arange(first, days, WEEK) for first in range(WEEK)] if window is not None else [np.arange(days)]
    left = sum(((series[:, one] - series[:, one].mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for one in groups)
    return np.asarray(left / (days - len(groups)) / series.mean(axis=1) ** 2)


def _or_none(orders: Series, demand: Series, window: Window | None) -> float | None:
    try:
        return swing(orders, demand, window)
    except Undefined:
        return None


def _weeks(series: Series) -> Series:
    whole = series.shape[1] // WEEK
    return series[:, : whole * WEEK].reshape(len(series), whole, WEEK).sum(axis=2)


def _at_shops(window: Window) -> tuple[Series, Series]:
    """Packs ordered for and sold from each shelf, (shelf, day)."""
    rows = window.shop_day
    cell = window.once("shelf of each row", lambda: group(rows["shop"], rows["sku"]).of_row)
    return _series(window, cell, rows, rows["requested"]), _series(window, cell, rows, rows["sold"])


def _by_sku(window: Window, rows: Columns, packs: npt.NDArray[np.int64]) -> Series:
    return _series(window, rows["sku"].astype(np.int64), rows, packs, window.catalogue.n)


def _series(
    window: Window, row: npt.NDArray[np.integer], rows: Columns, packs: npt.NDArray[np.int64], many: int | None = None
) -> Series:
    cells = int(row.max(initial=-1)) + 1 if many is None else many
    place = row.astype(np.int64) * window.days + (rows["day"] - window.first_day)
    return np.bincount(place, packs, cells * window.days).reshape(cells, window.days).astype(np.float64)


MEASURES = (
    Measure("bullwhip_shop", "ratio", "lower", "bullwhip of shops", "牛鞭效应（门店）", bullwhip_shop),
    Measure("bullwhip_hub", "ratio", "lower", "bullwhip of the hub", "牛鞭效应（集配仓）", bullwhip_hub),
    Measure("bullwhip_hub_own", "ratio", "lower", "bullwhip the hub adds", "牛鞭效应（集配仓自身）", bullwhip_hub_own),
)
