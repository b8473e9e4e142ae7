"""What a learned forecast looks at: a row's own last four weeks, relative to their level, and the day that is forecast.

Everything is relative to the row's rate, so that series of any size share one model. A day counts with the share of its
opening hours on which there was stock: sales over such shares are what the shelf would have sold in all of them, the
maximum-likelihood rate of Poisson demand whenever it was watched (days before the opening count with nothing).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.contracts.decisions import HISTORY_DAYS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LAGS = 7
WINDOWS = (3, 7, 14)
WEEK = 7
LEAST_RATE = 0.02
"""Packs a day that a row without any sale is taken to sell, so that ratios stay finite."""


class Past(NamedTuple):
    """Of each row the last 28 days, newest last: packs sold, share of the day on sale, whether it was a day off."""

    sold: Floats
    on_sale: Floats
    was_off: Flags


def rate_of(past: Past) -> Floats:
    """Packs a day by row, were there always stock; half a day of the least rate is counted with it."""
    return np.asarray((past.sold.sum(axis=1) + 0.5 * LEAST_RATE) / (past.on_sale.sum(axis=1) + 0.5))


def features(
    past: Past, rate: Floats, step: npt.NDArray[np.int64], weekday: npt.NDArray[np.int64], is_off: Flags
) -> npt.NDArray[np.float32]:
    """Return (row, feature) for the day ``step`` days ahead, with its ``weekday`` and whether it ``is_off``."""
    sold, on_sale = past.sold, past.on_sale
    level = rate[:, None]
    relative = (sold + (1.0 - on_sale) * level) / level  # what was not watched sold as usual
    same = (np.arange(HISTORY_DAYS)[None, :] % WEEK) == (step % WEEK)[:, None]
    columns = [step, weekday, is_off, np.log(rate)]
    columns += [relative[:, HISTORY_DAYS - lag] for lag in range(1, LAGS + 1)]
    columns += [_share(past, rate, np.arange(HISTORY_DAYS)[None, :] >= HISTORY_DAYS - days, 1.0) for days in WINDOWS]
    columns += [_share(past, rate, same, 1.0), relative[np.arange(len(rate)), HISTORY_DAYS - WEEK + step % WEEK]]
    columns += [_share(past, rate, past.was_off, 2.0)]
    columns += [np.sqrt(((relative - 1.0) ** 2).mean(axis=1)), on_sale[:, -1], on_sale[:, -WEEK:].mean(axis=1)]
    columns += [(sold[:, -WEEK:] == 0).mean(axis=1), on_sale.mean(axis=1)]
    return np.stack(columns, axis=1).astype(np.float32)


def _share(past: Past, rate: Floats, days: Flags, prior_days: float) -> Floats:
    """Sales on some days over the rate, with some days at the rate counted besides."""
    sold = np.where(days, past.sold, 0.0).sum(axis=1)
    on_sale = np.where(days, past.on_sale, 0.0).sum(axis=1)
    return np.asarray((sold / rate + prior_days) / (on_sale + prior_days))
