"""The business day: day D runs from 23:00 of the eve to 23:00, and every instant of it belongs to D.

Source: the order cut-off of community group-buying; orders closed at 23:00 are picked in the night and
handed over on D.
"""

from __future__ import annotations

import datetime as dt
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

OPENING_HOUR = -1.0
CLOSING_HOUR = 23.0
_SECONDS_A_DAY = 86_400
_SECONDS_AN_HOUR = 3_600

Instants = NDArray[np.datetime64]


class Clock:
    """Days counted from `start` (day 0) and their hours.

    >>> clock = Clock(dt.date(2025, 6, 2))
    >>> str(clock.at(0, -1.0)), str(clock.at(0, 16.5)), clock.day_of(clock.at(0, 23.0))
    ('2025-06-01T23:00:00', '2025-06-02T16:30:00', 1)
    """

    def __init__(self, start: dt.date) -> None:
        self.start = dt.date(start.year, start.month, start.day)
        self._midnight = np.datetime64(self.start, "s")

    def __repr__(self) -> str:
        return f"Clock({self.start.isoformat()})"

    def date(self, day: int) -> dt.date:
        """The calendar date on which business day `day` trades and closes."""
        return self.start + dt.timedelta(days=int(day))

    @overload
    def day_of(self, instant: dt.date | np.datetime64) -> int: ...
    @overload
    def day_of(self, instant: Instants) -> NDArray[np.int64]: ...
    def day_of(self, instant: dt.date | np.datetime64 | Instants) -> int | NDArray[np.int64]:
        """The business day of an instant; an array gives an array. 23:00:00 belongs to the day that opens
        then.

        A date without an hour stands for the business day that closes on it, so that `day_of(date(d)) == d`.
        """
        if isinstance(instant, dt.date) and not isinstance(instant, dt.datetime):
            return (instant - self.start).days
        times = np.asarray(instant, dtype="datetime64[s]")
        seconds = (times - self._midnight).astype(np.int64) + _SECONDS_AN_HOUR
        days = seconds // _SECONDS_A_DAY
        return int(days) if days.ndim == 0 else days

    @overload
    def at(self, day: int, hour: float) -> np.datetime64: ...
    @overload
    def at(self, day: ArrayLike, hour: ArrayLike) -> Instants: ...
    def at(self, day: ArrayLike, hour: ArrayLike) -> np.datetime64 | Instants:
        """The instants `hour` on the date of `day`, to the nearest second, as datetime64[s]; both
        broadcast.

        -1.0 is 23:00 of the eve (the opening border), 23.0 the closing border.
        """
        seconds = np.rint(np.asarray(hour, np.float64) * _SECONDS_AN_HOUR).astype(np.int64)
        offset = np.asarray(day, np.int64) * _SECONDS_A_DAY + seconds
        instants: np.datetime64 | Instants = self._midnight + offset.astype("timedelta64[s]")
        return instants

    def hour_of(self, instant: ArrayLike, day: ArrayLike) -> NDArray[np.float64]:
        """The hour of an instant counted on the date of `day`: the inverse of `at`."""
        seconds = (np.asarray(instant, "datetime64[s]") - self._midnight).astype(np.int64)
        return np.asarray((seconds - np.asarray(day, np.int64) * _SECONDS_A_DAY) / _SECONDS_AN_HOUR)

    @overload
    def opens(self, day: int) -> np.datetime64: ...
    @overload
    def opens(self, day: ArrayLike) -> Instants: ...
    def opens(self, day: ArrayLike) -> np.datetime64 | Instants:
        """The border that opens `day`: 23:00 of the eve."""
        return self.at(day, OPENING_HOUR)

    @overload
    def closes(self, day: int) -> np.datetime64: ...
    @overload
    def closes(self, day: ArrayLike) -> Instants: ...
    def closes(self, day: ArrayLike) -> np.datetime64 | Instants:
        """The border that closes `day`: 23:00 on its date, the first instant of the next day."""
        return self.at(day, CLOSING_HOUR)
