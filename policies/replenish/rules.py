"""Ordering rules of inventory theory as pure array functions, one value a cell (node x SKU or replication).

The twin's policies and the labs call the same rules. *Position* is stock on hand plus in transit. Orders are
whole packs (``int64``, never negative); only the behavioural rule of Sterman answers in fractions, to be
rounded to cases afterwards.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Orders = NDArray[np.int64]
Floats = NDArray[np.float64]


def base_stock(position: ArrayLike, target: ArrayLike) -> Orders:
    """Order up to ``target`` at every review: max(0, S - position)."""
    return np.maximum(0, np.asarray(target, np.int64) - np.asarray(position, np.int64))


def reorder_point_up_to(position: ArrayLike, reorder_point: ArrayLike, target: ArrayLike) -> Orders:
    """(s, S): where the position is at or below ``reorder_point``, order up to ``target``."""
    return np.where(np.asarray(position) <= np.asarray(reorder_point), base_stock(position, target), 0)


def reorder_quantity(position: ArrayLike, reorder_point: ArrayLike, quantity: ArrayLike) -> Orders:
    """(R, Q): where the position is at or below ``reorder_point``, order ``quantity`` once."""
    due = np.asarray(position) <= np.asarray(reorder_point)
    return np.where(due, np.asarray(quantity, np.int64), 0)


def periodic(day: int, every_days: ArrayLike, quantity: ArrayLike) -> Orders:
    """From day 0, order ``quantity`` every ``every_days`` days whatever is on hand."""
    return np.where(day % np.asarray(every_days) == 0, np.asarray(quantity, np.int64), 0)


def waste_conscious(
    stock: ArrayLike, in_transit: ArrayLike, oldest: ArrayLike, target: ArrayLike, demand_mean: ArrayLike
) -> Orders:
    """Base-stock that makes up for the waste to expect today (Hendrix et al. 2019).

    q = max(0, S - stock - in transit + max(0, oldest - demand mean)), where ``oldest`` are the packs in their
    last day. A fractional mean counts in whole packs, rounded down, as in the published runs of the model
    (viso_jax).
    """
    waste = np.maximum(0, np.asarray(oldest, np.int64) - np.floor(np.asarray(demand_mean)).astype(np.int64))
    position = np.asarray(stock, np.int64) + np.asarray(in_transit, np.int64)
    return base_stock(position - waste, target)


def at_most(order: ArrayLike, max_order: ArrayLike) -> Orders:
    """Orders cut to ``max_order`` packs."""
    return np.minimum(np.asarray(order, np.int64), np.asarray(max_order, np.int64))


def round_to_case(order: ArrayLike, case: ArrayLike, rounding: Literal["nearest", "up", "down"] = "nearest") -> Orders:
    """Orders as whole cases of ``case`` packs (at least 1), in packs; halves go up."""
    cases = np.asarray(order, np.float64) / np.asarray(case)
    if rounding == "nearest":
        whole = np.floor(cases + 0.5)
    else:
        whole = np.ceil(cases) if rounding == "up" else np.floor(cases)
    return whole.astype(np.int64) * np.asarray(case, np.int64)


def anchoring_and_adjustment(
    expected: ArrayLike,
    desired: ArrayLike,
    stock: ArrayLike,
    supply_line: ArrayLike,
    stock_adjustment: ArrayLike = 0.26,
    supply_line_weight: ArrayLike = 0.34,
) -> Floats:
    """How people order: anchor on expected demand, adjust for the gap in stock, forget part of the pipeline.

    max(0, expected + alpha_s (desired - stock - beta supply_line)), a fraction of packs. The defaults are the
    means of Sterman (1989), "Modeling managerial behavior", Management Science 35(3), per review period.
    """
    gap = np.asarray(desired, np.float64) - np.asarray(stock) - np.asarray(supply_line_weight) * supply_line
    return np.asarray(np.maximum(0.0, np.asarray(expected) + np.asarray(stock_adjustment) * gap))


def smoothed(expected: ArrayLike, observed: ArrayLike, smoothing: ArrayLike = 0.36) -> Floats:
    """Expected demand after one more observation, by exponential smoothing (mean weight of Sterman 1989)."""
    anchor = np.asarray(expected, np.float64)
    return np.asarray(anchor + np.asarray(smoothing) * (np.asarray(observed) - anchor))


def pulled_to_mean(order: ArrayLike, mean: ArrayLike, weight: ArrayLike) -> Floats:
    """Orders drawn towards the mean demand: (1 - weight) order + weight mean (Schweitzer and Cachon 2000)."""
    anchor = np.asarray(order, np.float64)
    return np.asarray(anchor + np.asarray(weight) * (np.asarray(mean) - anchor))
