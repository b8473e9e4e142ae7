"""The Chinese working calendar: weekends, statutory holidays and the make-up workdays that pay for them.

Facts come from the package chinesecalendar, which knows the years that the State Council has announced. A
whole horizon is checked before a run starts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from chinese_calendar.constants import holidays, in_lieu_days, workdays

from sim.errors import InputError, Problem

FIRST_DATE = dt.date(min(holidays).year, 1, 1)
LAST_DATE = dt.date(max(holidays).year, 12, 31)


@dataclass(frozen=True)
class DayInfo:
    """Columns over the days of a horizon, index 0 being its first date; read-only.

    ``date`` datetime64[D]; ``weekday`` int64, 0 Monday to 6 Sunday; ``is_off`` True on weekends and
    holidays without work; ``holiday`` the English name of the holiday or of the one a make-up workday
    belongs to, else empty; ``makeup_workday`` True on a weekend day that is worked; ``in_lieu`` True on a
    day off in exchange for one.
    """

    date: npt.NDArray[np.datetime64]
    weekday: npt.NDArray[np.int64]
    is_off: npt.NDArray[np.bool_]
    holiday: npt.NDArray[np.str_]
    makeup_workday: npt.NDArray[np.bool_]
    in_lieu: npt.NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Number of days."""
        return len(self.date)


def is_day_off(day: dt.date) -> bool:
    """Whether nobody works on a date; in years that the State Council has not announced yet, on weekends."""
    return day not in workdays and (day.weekday() >= 5 or day in holidays)


def check_horizon(first: dt.date, last: dt.date) -> None:
    """Raises InputError, naming the last usable date, unless the calendar knows all of first..last."""
    problems = []
    if last < first:
        problems.append(Problem("days", f"the horizon ends on {last}, before it starts on {first}"))
    if first < FIRST_DATE:
        problems.append(Problem("start", f"{first} lies before the first day the Chinese calendar knows, {FIRST_DATE}"))
    if max(first, last) > LAST_DATE:
        path, day = ("start", first) if first > LAST_DATE else ("days", last)
        message = f"the horizon reaches {day}; the Chinese calendar knows days up to {LAST_DATE}"
        problems.append(Problem(path, message))
    if problems:
        raise InputError(problems)


def day_info(first: dt.date, last: dt.date) -> DayInfo:
    """The columns for first..last, both included. Raises InputError outside the calendar's years."""
    check_horizon(first, last)
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    weekday = np.array([day.weekday() for day in days], np.int64)
    makeup = np.array([day in workdays for day in days])
    columns = {
        "date": np.array(days, "datetime64[D]"),
        "weekday": weekday,
        "is_off": np.array([is_day_off(day) for day in days]),
        "holiday": np.array([holidays.get(day) or workdays.get(day) or "" for day in days], np.str_),
        "makeup_workday": makeup,
        "in_lieu": np.array([day in in_lieu_days for day in days]),
    }
    for values in columns.values():
        values.setflags(write=False)
    return DayInfo(**columns)
