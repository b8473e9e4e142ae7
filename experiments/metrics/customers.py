"""Whether customers come back, and whether group-buys of premium new products succeed.

A month is a calendar month that lies wholly in the window; where none does, blocks of 28 days from the window's first
day stand in. Several months are pooled: a customer counts once in each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window

BLOCK_DAYS = 28
NO_MONTH = "needs a calendar month or 28 days"
NOBODY = "no customers are known"
Flags = npt.NDArray[np.bool_]


def repurchase_rate(window: Window) -> float:
    """Customers with two or more orders in the month over those with one or more, by the ids the firm knows."""
    once = again = 0
    for orders in _orders_by_month(window):
        once += len(orders)
        again += sum(count >= 2 for count in orders.values())
    return ratio(again, once, NOBODY)


def next_month_return(window: Window) -> float:
    """Customers of a month who order in the next one too, over the customers of all months but the last."""
    months = _orders_by_month(window)
    if len(months) < 2:
        raise Undefined("needs two months")
    pairs = list(zip(months, months[1:], strict=False))
    return ratio(sum(len(now.keys() & later.keys()) for now, later in pairs), sum(len(now) for now, _ in pairs), NOBODY)


def group_success_candidates(window: Window) -> float:
    """Group-buys that met their minimum over candidates; one that was not opened did not succeed."""
    _, succeeded, candidates = _groups(window)
    return ratio(succeeded, candidates, "no candidates were decided")


def group_success_opened(window: Window) -> float:
    """Group-buys that met their minimum over those opened."""
    opened, succeeded, _ = _groups(window)
    return ratio(succeeded, opened, "no group-buys were opened and decided")


def months_of(window: Window) -> list[tuple[int, int]]:
    """First and last day of each month that counts."""
    firsts = [day for day in range(window.first_day, window.last_day + 2) if window.date(day).day == 1]
    months = [(first, following - 1) for first, following in zip(firsts, firsts[1:], strict=False)]
    if months:
        return months
    return [(first, first + BLOCK_DAYS - 1)
            for first in range(window.first_day, window.last_day - BLOCK_DAYS + 2, BLOCK_DAYS)]


def _orders_by_month(window: Window) -> list[dict[int, int]]:
    """Orders of each customer, month by month."""
    rows, months = window.customer_day, months_of(window)
    if not months:
        raise Undefined(NO_MONTH)
    found = []
    for first, last in months:
        inside = (rows["day"] >= first) & (rows["day"] <= last)
        member, index = np.unique(rows["member"][inside], return_inverse=True)
        orders = np.bincount(index, rows["orders"][inside], minlength=len(member)).astype(np.int64)
        found.append(dict(zip(member.tolist(), orders.tolist(), strict=True)))
    return found


def _groups(window: Window) -> tuple[int, int, int]:
    """Opened, succeeded and all candidates that came up before the first that is still open at the window's end.

    Leaving out only those still open would count the unopened of the last days and not the opened ones.
    """
    rows = window.group_buy
    day_of = {status: dict(zip(rows["candidate"][rows["status"] == status].tolist(),
                               rows["day"][rows["status"] == status].tolist(), strict=True))
              for status in ("opened", "not_opened", "succeeded", "failed")}
    opened, decided = day_of["opened"], day_of["succeeded"].keys() | day_of["failed"].keys()
    until = min((day for candidate, day in opened.items() if candidate not in decided), default=window.last_day + 1)
    settled = {candidate for candidate, day in opened.items() if day < until}
    passed = sum(day < until for day in day_of["not_opened"].values())
    return len(settled), len(settled & day_of["succeeded"].keys()), len(settled) + passed


MEASURES = (
    Measure("repurchase_rate", "share", "higher", "monthly repurchase", "月复购率", repurchase_rate, slow=True),
    Measure("next_month_return", "share", "higher", "return next month", "次月回购率", next_month_return, slow=True),
    Measure("group_success_candidates", "share", "higher", "group-buys succeeding, of candidates",
            "成团率（候选）", group_success_candidates),
    Measure("group_success_opened", "share", "higher", "group-buys succeeding, of opened",
            "成团率（开团）", group_success_opened),
)
