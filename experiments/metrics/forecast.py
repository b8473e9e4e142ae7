"""How near the ordering policies' expectations come: of what was sold, as the firm sees it, and of what was asked for.

Sales are a lower bound of demand where a shelf ran empty; the figures named `_true` use what only the twin knows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Columns, Window

NOT_SAID = "no policy said what it expected"
NOTHING_SOLD, NOTHING_ASKED = "nothing was sold", "nothing was asked for"
NO_QUANTILES = "no policy said quantiles"
MOST_SHOPS = 1 << 16
Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


def forecast_wape(window: Window) -> float:
    """Absolute errors by shop, SKU and day over packs sold at the counter."""
    _, expected, sold = _said(window)
    return ratio(float(np.abs(expected - sold).sum()), float(sold.sum()), NOTHING_SOLD)


def forecast_bias(window: Window) -> float:
    """Packs expected less packs sold at the counter, over packs sold."""
    _, expected, sold = _said(window)
    return ratio(float((expected - sold).sum()), float(sold.sum()), NOTHING_SOLD)


def forecast_wape_true(window: Window) -> float:
    """Absolute errors by shop, SKU and day over packs asked for at the counter, met or not."""
    expected, asked = _expected_and_asked(window)
    return ratio(float(np.abs(expected - asked).sum()), float(asked.sum()), NOTHING_ASKED)


def forecast_bias_true(window: Window) -> float:
    """Packs expected less packs asked for at the counter, over packs asked for."""
    expected, asked = _expected_and_asked(window)
    return ratio(float((expected - asked).sum()), float(asked.sum()), NOTHING_ASKED)


def forecast_pinball(window: Window) -> float:
    """Pinball loss, mean of the levels .05 to .95, of the quantiles that orders were made by, over packs sold there."""
    intervals = _intervals(window)
    return ratio(float(intervals["pinball"].sum()), float(intervals["sold"].sum()), NOTHING_SOLD)


def forecast_coverage(window: Window) -> float:
    """Share of (shop, SKU, day) on which what was sold lies within the 90 % interval that the order was made by."""
    intervals = _intervals(window)
    return float(intervals["covered"].mean())


def _intervals(window: Window) -> Columns:
    """What was sold and how the quantiles stand to it, where a policy said quantiles."""
    rows = window.shop_day
    said = rows["intervals"] > 0
    if not said.any():
        raise Undefined(NO_QUANTILES)
    return {name: rows[name][said] for name in ("pinball", "covered", "sold")}


def _said(window: Window) -> tuple[Ids, Floats, Floats]:
    """Address, expected and sold packs of each (day, shop, SKU) for which a policy said what it expected."""
    return window.once("said", lambda: _find_said(window))


def _find_said(window: Window) -> tuple[Ids, Floats, Floats]:
    rows = window.shop_day
    said = rows["forecasts"] > 0
    if not said.any():
        raise Undefined(NOT_SAID)
    return _address(window, rows)[said], rows["expected"][said], rows["sold"][said].astype(np.float64)


def _expected_and_asked(window: Window) -> tuple[Floats, Floats]:
    """Expected and truly asked packs of each (day, shop, SKU) for which a policy said what it expected."""
    return window.once("asked where said", lambda: _find_asked(window))


def _find_asked(window: Window) -> tuple[Floats, Floats]:
    cell, expected, _ = _said(window)
    order = np.argsort(cell, kind="stable")
    asked = window.table("asked_day")
    theirs = _address(window, asked)
    place = np.minimum(np.searchsorted(cell, theirs, sorter=order), len(cell) - 1)
    known = cell[order][place] == theirs
    offered = np.bincount(place[known], asked["offered"][known], len(cell))
    return expected[order], offered.astype(np.float64)


def _address(window: Window, rows: Columns) -> Ids:
    day, shop, sku = (rows[name].astype(np.int64) for name in ("day", "shop", "sku"))
    return (day * MOST_SHOPS + shop) * window.catalogue.n + sku


MEASURES = (
    Measure("forecast_wape", "share", "lower", "forecast error of sales", "预测加权误差", forecast_wape),
    Measure("forecast_bias", "share", "neither", "forecast bias of sales", "预测偏差", forecast_bias),
    Measure("forecast_wape_true", "share", "lower", "forecast error of demand", "预测加权误差（真实）",
            forecast_wape_true),
    Measure("forecast_bias_true", "share", "neither", "forecast bias of demand", "预测偏差（真实）",
            forecast_bias_true),
    Measure("forecast_pinball", "share", "lower", "pinball loss of forecasts", "分位损失", forecast_pinball),
    Measure("forecast_coverage", "share", "neither", "coverage of 90 % intervals", "区间覆盖率", forecast_coverage),
)
