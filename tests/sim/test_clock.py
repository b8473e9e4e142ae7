"""The business day runs from 23:00 of the eve to 23:00, and instants and hours convert both ways."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import Clock

CLOCK = Clock(dt.date(2025, 6, 2))


def test_borders_and_dates():
    assert CLOCK.date(0) == dt.date(2025, 6, 2) and CLOCK.date(30) == dt.date(2025, 7, 2)
    assert str(CLOCK.opens(1)) == "2025-06-02T23:00:00" and CLOCK.closes(0) == CLOCK.opens(1)
    assert CLOCK.opens(1).dtype == "datetime64[s]"


def test_the_border_belongs_to_the_day_it_opens():
    second = np.timedelta64(1, "s")
    assert CLOCK.day_of(CLOCK.closes(4)) == 5 and CLOCK.day_of(CLOCK.closes(4) - second) == 4


@pytest.mark.parametrize(
    "instant", [dt.datetime(2025, 6, 3, 22, 59, 59), np.datetime64("2025-06-03T22:59"), dt.date(2025, 6, 3)]
)
def test_day_of_takes_what_calendars_give(instant):
    assert CLOCK.day_of(instant) == 1 and isinstance(CLOCK.day_of(instant), int)


@given(day=st.integers(-400, 4000), second=st.integers(-3600, 82_799))
def test_an_hour_of_a_day_lies_in_that_day(day, second):
    instant = CLOCK.at(day, second / 3600)
    assert CLOCK.day_of(instant) == day
    assert CLOCK.hour_of(instant, day) * 3600 == pytest.approx(second, abs=1e-6)


def test_hours_are_vectorised():
    hours = np.array([[-1.0, 0.0], [16.5, 22.9999]])
    instants = CLOCK.at(np.array([[0], [1]]), hours)
    expected = [["2025-06-01T23:00:00", "2025-06-02T00:00:00"], ["2025-06-03T16:30:00", "2025-06-03T23:00:00"]]
    assert instants.astype(str).tolist() == expected
    assert CLOCK.day_of(instants).tolist() == [[0, 0], [1, 2]]
    assert repr(CLOCK) == "Clock(2025-06-02)"
