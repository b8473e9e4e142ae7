"""Owners who give up, and how long owners and head office work."""

from __future__ import annotations

import numpy as np

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window

DAYS_A_MONTH = 365.25 / 12.0
MINUTES_AN_HOUR = 60.0


def owner_churn(window: Window) -> float:
    """Owners who gave up their shop a month, over the shops."""
    known = window.table("owner_day")["shop"]
    if not len(known):
        raise Undefined("owners' days are not logged")
    left = int((window.table("owner_action")["action"] == "left").sum())
    return left / (len(np.unique(known)) * window.days / DAYS_A_MONTH)


def head_office_hours(window: Window) -> float:
    """Head office's working time a day, all tasks."""
    return _hours(window, "head_office")


def owner_hours(window: Window) -> float:
    """An owner's working time a day, all tasks."""
    return ratio(_hours(window, "owner"), len(np.unique(window.shop_day["shop"])), "no shop traded")


def _hours(window: Window, who: str) -> float:
    rows = window.table("labour_day")
    if not len(rows["minutes"]):
        raise Undefined("no working time is logged")
    return float(rows["minutes"][rows["who"] == who].sum()) / MINUTES_AN_HOUR / window.days


MEASURES = (
    Measure("owner_churn", "share/month", "lower", "owners leaving", "店主流失率", owner_churn, slow=True),
    Measure("head_office_hours", "h/d", "lower", "head office's work", "总部工时", head_office_hours),
    Measure("owner_hours", "h/shop/d", "lower", "an owner's work", "店主工时", owner_hours),
)
