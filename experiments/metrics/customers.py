"""Whether customers come back: once by the ids the firm resolves, once by the households that only the twin knows.

A month is a calendar month that lies wholly in the window; where none does, blocks of 28 days from the window's first
day stand in. Several months are pooled: a customer counts once in each. All registered count, engaged or not; who did
not order in a month is in neither figure of that month, and `active_share` says how many those are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window
from sim.grouping import group

BLOCK_DAYS = 28
NO_MONTH = "needs a calendar month or 28 days"
NOBODY = "no customers are known"
FIRM, TRUE = ("customer_day", "member"), ("resident_day", "resident")
Month = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Customers of a month in rising order, and how many orders each gave."""


def repurchase_rate(window: Window) -> float:
    """Customers with two or more orders in the month over those with one or more, by the ids the firm knows."""
    return _repurchase(window, *FIRM)


def repurchase_rate_true(window: Window) -> float:
    """Households with two or more orders in the month over those with one or more, whoever the firm took them for."""
    return _repurchase(window, *TRUE)


def repurchase_measurement(window: Window) -> float:
    """Monthly repurchase as the firm sees it less the true one: what resolving ids does to the figure."""
    return repurchase_rate(window) - repurchase_rate_true(window)


def next_month_return(window: Window) -> float:
    """Customers of a month who order in the next one too, over the customers of all months but the last."""
    return _return(window, *FIRM)


def next_month_return_true(window: Window) -> float:
    """As the return next month, of true households."""
    return _return(window, *TRUE)


def active_share(window: Window) -> float:
    """Customers of a month over the members registered when it began, by the ids the firm knows."""
    months = _months(window, *FIRM)
    members = sum(_registered(window, first) for first, _ in months_of(window))
    return ratio(sum(len(who) for who, _ in months), members, NOBODY)


def orders_per_customer(window: Window) -> float:
    """Orders a month of a customer who orders at all, by the ids the firm knows."""
    months = _months(window, *FIRM)
    return ratio(sum(int(orders.sum()) for _, orders in months), sum(len(who) for who, _ in months), NOBODY)


def months_of(window: Window) -> list[tuple[int, int]]:
    """First and last day of each month that counts."""
    firsts = [day for day in range(window.first_day, window.last_day + 2) if window.date(day).day == 1]
    months = [(first, following - 1) for first, following in zip(firsts, firsts[1:], strict=False)]
    if months:
        return months
    return [(first, first + BLOCK_DAYS - 1)
            for first in range(window.first_day, window.last_day - BLOCK_DAYS + 2, BLOCK_DAYS)]


def _registered(window: Window, day: int) -> int:
    """Members when ``day`` opens: those of the first opening, and who joined, less who left, since."""
    rows = window.log.read("registration")
    before = np.asarray(window.clock.day_of(rows["event_time"].to_numpy())) < day
    status = rows["status"].to_numpy()[before]
    return (window.registered or 0) + int((status == "joined").sum() - (status == "left").sum())


def _repurchase(window: Window, table: str, customer: str) -> float:
    months = _months(window, table, customer)
    again = sum(int((orders >= 2).sum()) for _, orders in months)
    return ratio(again, sum(len(who) for who, _ in months), NOBODY)


def _return(window: Window, table: str, customer: str) -> float:
    months = _months(window, table, customer)
    if len(months) < 2:
        raise Undefined("needs two months")
    pairs = list(zip(months, months[1:], strict=False))
    back = sum(len(np.intersect1d(now, later, assume_unique=True)) for (now, _), (later, _) in pairs)
    return ratio(back, sum(len(now) for (now, _), _ in pairs), NOBODY)


def _months(window: Window, table: str, customer: str) -> list[Month]:
    """Customers and their orders, month by month."""
    return window.once(f"months of {table}", lambda: _by_month(window, table, customer))


def _by_month(window: Window, table: str, customer: str) -> list[Month]:
    if window.registered is None:
        raise Undefined(NOBODY)
    rows, months = window.table(table), months_of(window)
    if not months:
        raise Undefined(NO_MONTH)
    found = []
    for first, last in months:
        inside = (rows["day"] >= first) & (rows["day"] <= last)
        customers = group(rows[customer][inside])
        orders = np.bincount(customers.of_row, rows["orders"][inside], minlength=customers.size).astype(np.int64)
        found.append((customers.keys[0], orders))
    return found


MEASURES = (
    Measure("repurchase_rate", "share", "higher", "monthly repurchase", "月复购率", repurchase_rate, slow=True),
    Measure("repurchase_rate_true", "share", "higher", "monthly repurchase, true", "月复购率（真实）",
            repurchase_rate_true, slow=True),
    Measure("repurchase_measurement", "share", "neither", "repurchase seen less true", "复购率测量偏差",
            repurchase_measurement, slow=True),
    Measure("next_month_return", "share", "higher", "return next month", "次月回购率", next_month_return, slow=True),
    Measure("next_month_return_true", "share", "higher", "return next month, true", "次月回购率（真实）",
            next_month_return_true, slow=True),
    Measure("active_share", "share", "higher", "members who order in a month", "月活跃会员占比", active_share,
            slow=True),
    Measure("orders_per_customer", "1/month", "higher", "orders of a customer who orders", "月均订单数",
            orders_per_customer, slow=True),
)
