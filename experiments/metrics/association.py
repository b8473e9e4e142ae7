"""Who buys milk powder and also buys baby food: nothing links the two but the households that need both.

Confidence is the share of baskets (or of customers in a week, in a month) with milk powder that hold baby food too;
lift is that over the share of all baskets (or customers) that hold baby food. Baskets count unknown buyers; weeks and
months need a known one. Reported, never judged: the source's 70 % says neither which share nor of whom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.reducers.trade import ALL, kinds_of
from experiments.metrics.customers import NO_MONTH, months_of
from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window

FROM, TO = "milk_powder", "baby_food"
WEEK = 7
NOT_BOUGHT, NOT_EITHER = "nobody bought milk powder", "nobody bought baby food"


class Together(NamedTuple):
    """How many hold anything, milk powder, baby food, and both."""

    whole: int
    first: int
    second: int
    both: int

    @property
    def confidence(self) -> float:
        """Both over milk powder."""
        return ratio(self.both, self.first, NOT_BOUGHT)

    @property
    def lift(self) -> float:
        """Confidence over the share of all that hold baby food."""
        return ratio(self.confidence * self.whole, self.second, NOT_EITHER)


def association_basket(window: Window) -> float:
    """Baskets with milk powder that hold baby food too, over baskets with milk powder."""
    return in_baskets(window).confidence


def association_week(window: Window) -> float:
    """Customers who in one week buy milk powder and baby food, over those who buy milk powder."""
    return in_weeks(window).confidence


def association_month(window: Window) -> float:
    """Customers who in one month buy milk powder and baby food, over those who buy milk powder."""
    return in_months(window).confidence


def association_lift_basket(window: Window) -> float:
    """Confidence by basket over the share of all baskets with baby food."""
    return in_baskets(window).lift


def association_lift_week(window: Window) -> float:
    """Confidence by week over the share of the week's customers who buy baby food."""
    return in_weeks(window).lift


def association_lift_month(window: Window) -> float:
    """Confidence by month over the share of the month's customers who buy baby food."""
    return in_months(window).lift


def counts(window: Window) -> list[dict[str, int | str]]:
    """What the figures are made of: how many baskets, customers in weeks and customers in months, where they exist."""
    found: list[dict[str, int | str]] = []
    for by, of in (("basket", in_baskets), ("week", in_weeks), ("month", in_months)):
        try:
            found.append({"by": by, **of(window)._asdict()})
        except Undefined:
            continue
    return found


def in_baskets(window: Window) -> Together:
    """Baskets of the window."""
    rows, (one, other) = window.table("pair_day"), _kinds(window)

    def baskets(first: int, second: int) -> int:
        return int(rows["baskets"][(rows["first"] == first) & (rows["second"] == second)].sum())

    return Together(baskets(ALL, ALL), baskets(one, one), baskets(other, other), baskets(*sorted((one, other))))


def in_weeks(window: Window) -> Together:
    """Customers of each seven days from the window's first, added up."""
    return window.once("together in weeks", lambda: _in_weeks(window))


def in_months(window: Window) -> Together:
    """Customers of each month, added up."""
    return window.once("together in months", lambda: _customers(window, months_of(window), NO_MONTH))


def _in_weeks(window: Window) -> Together:
    firsts = range(window.first_day, window.last_day - WEEK + 2, WEEK)
    return _customers(window, [(first, first + WEEK - 1) for first in firsts], "needs a week")


def _kinds(window: Window) -> tuple[int, int]:
    names, _ = kinds_of(window.catalogue)
    if FROM not in names or TO not in names:
        raise Undefined("the goods have no milk powder or no baby food")
    return names.index(FROM), names.index(TO)


def _customers(window: Window, spans: list[tuple[int, int]], too_short: str) -> Together:
    if not spans:
        raise Undefined(too_short)
    rows, (one, other) = window.table("customer_day"), _kinds(window)
    counts = np.zeros(4, np.int64)
    for first, last in spans:
        inside = np.flatnonzero((rows["day"] >= first) & (rows["day"] <= last))
        if not len(inside):
            continue
        inside = inside[np.argsort(rows["member"][inside], kind="stable")]
        member = rows["member"][inside]
        new = np.flatnonzero(np.append(True, member[1:] != member[:-1]))
        bought = np.bitwise_or.reduceat(rows["kinds"][inside], new)
        has, too = ((bought >> kind) & 1 == 1 for kind in (one, other))
        counts += [len(bought), has.sum(), too.sum(), (has & too).sum()]
    return Together(*counts.tolist())


MEASURES = (
    Measure("association_basket", "share", "neither", "milk powder to baby food, by basket", "奶粉→辅食关联（同单）",
            association_basket),
    Measure("association_week", "share", "neither", "milk powder to baby food, by week", "奶粉→辅食关联（同周）",
            association_week),
    Measure("association_month", "share", "neither", "milk powder to baby food, by month", "奶粉→辅食关联（同月）",
            association_month),
    Measure("association_lift_basket", "ratio", "neither", "lift by basket", "关联提升度（同单）",
            association_lift_basket),
    Measure("association_lift_week", "ratio", "neither", "lift by week", "关联提升度（同周）", association_lift_week),
    Measure("association_lift_month", "ratio", "neither", "lift by month", "关联提升度（同月）",
            association_lift_month),
)
