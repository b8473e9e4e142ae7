"""The working calendar against the shared table of 2019 to 2026, and horizons it does not know."""

import csv
import datetime as dt
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from agents.calendar import LAST_DATE, check_horizon, day_info
from sim.errors import InputError


def test_national_day_week_of_2024() -> None:
    info = day_info(dt.date(2024, 9, 28), dt.date(2024, 10, 13))
    off = {str(day) for day in info.date[info.is_off]}
    assert "2024-10-07" in off and "2024-10-08" not in off
    assert [str(day) for day in info.date[info.makeup_workday]] == ["2024-09-29", "2024-10-12"]
    assert info.holiday[3] == "National Day" and info.holiday[0] == ""
    assert info.weekday[0] == 5 and info.n == 16


def test_every_day_agrees_with_the_shared_table() -> None:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = root / "cn_calendar" / "cn_calendar_2019_2026.csv.gz"
    if not path.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared calendar at {path}; set LINLI_DATA")
        pytest.skip(f"no shared calendar at {path}")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    info = day_info(dt.date(2019, 1, 1), dt.date(2026, 12, 31))
    assert [row["date"] for row in rows] == [str(day) for day in info.date]
    assert [row["is_off"] == "True" for row in rows] == info.is_off.tolist()
    assert [row["makeup_workday"] == "True" for row in rows] == info.makeup_workday.tolist()
    assert [row["in_lieu"] == "True" for row in rows] == info.in_lieu.tolist()
    assert [row["holiday_name"] for row in rows] == info.holiday.tolist()


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (dt.date(2026, 12, 1), dt.date(2027, 1, 3), "days: the horizon reaches 2027-01-03"),
        (dt.date(2031, 1, 1), dt.date(2031, 1, 3), "start: the horizon reaches 2031-01-01"),
        (dt.date(1999, 1, 1), dt.date(2005, 1, 3), "2004-01-01"),
        (dt.date(2024, 2, 1), dt.date(2024, 1, 1), "ends on 2024-01-01"),
    ],
)
def test_a_horizon_outside_the_calendar_is_refused(first: dt.date, last: dt.date, message: str) -> None:
    with pytest.raises(InputError, match=message):
        day_info(first, last)


def test_the_last_usable_date_is_named() -> None:
    check_horizon(LAST_DATE, LAST_DATE)
    with pytest.raises(InputError, match=str(LAST_DATE)):
        check_horizon(LAST_DATE, LAST_DATE + dt.timedelta(days=1))


def test_columns_are_read_only() -> None:
    info = day_info(dt.date(2024, 1, 1), dt.date(2024, 1, 7))
    assert np.array_equal(info.weekday, np.arange(7))
    with pytest.raises(ValueError, match="read-only"):
        info.is_off[0] = False
