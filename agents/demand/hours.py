"""When in the day and in the week people buy: profiles from ``conf/params/hours.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from agents.sourced import Sourced, load_records

Floats = npt.NDArray[np.float64]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """Profiles, read-only.

    ``sales``, ``app_orders``, ``pickup`` float64[24]: share of a business day's in-stock sales, app orders, pick-ups
    in each clock hour; each sums to 1 and is indexed by clock hour, so that index -1 (23) is the hour from 23:00 of
    the eve. ``weekday`` float64[7]: sales of Monday to Sunday relative to their mean, outside holidays and make-up
    days. ``before_delivery`` share of sales before 16:00, ``morning`` before 12:00; ``holiday_lift`` log of sales on a
    statutory holiday over the mean of the week.
    """

    sales: Floats
    app_orders: Floats
    pickup: Floats
    weekday: Floats
    before_delivery: float
    morning: float
    holiday_lift: float


def _profile(fields: Mapping[str, Sourced], names: list[str], total: float) -> Floats:
    values = np.array([float(fields[name]) for name in names])
    values *= total / values.sum()
    values.setflags(write=False)
    return values


@cache
def load_hours() -> Hours:
    """The packaged profiles, read once in a process."""
    records = load_records("hours")
    hours = [f"h{hour:02d}" for hour in range(24)]
    session = records["session"]
    return Hours(
        sales=_profile(records["sales_hour"], hours, 1.0),
        app_orders=_profile(records["app_order_hour"], hours, 1.0),
        pickup=_profile(records["pickup_hour"], hours, 1.0),
        weekday=_profile(records["sales_weekday"], list(WEEKDAYS), 7.0),
        before_delivery=float(session["before_delivery_share"]),
        morning=float(session["morning_share"]),
        holiday_lift=float(session["holiday_lift"]),
    )
