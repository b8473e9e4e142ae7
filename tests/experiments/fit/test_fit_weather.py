"""The weather figures come out of the record again, and the generator has the record's moments."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pytest

from agents.sourced import load_records
from agents.weather import Weather, load_weather_params
from experiments.fit import weather as fitting
from sim.clock import Clock
from sim.streams import Streams


@pytest.fixture(scope="module")
def record() -> fitting.Days:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (root / "weather_cn5_hourly").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared weather at {root}; set LINLI_DATA")
        pytest.skip(f"no shared weather at {root}")
    return fitting.read_days(root)


def test_committed_figures_are_what_the_script_fits(record: fitting.Days) -> None:
    committed = load_records("weather")
    fitted = fitting.fit(record)
    assert set(committed) == set(fitted) | {"forecast"}
    for name, fields in fitted.items():
        assert set(fields) == set(committed[name])
        for field, value in fields.items():
            assert committed[name][field].value == pytest.approx(value, rel=6e-4, abs=1e-6), (name, field)


def test_simulated_moments_match_the_record(record: fitting.Days) -> None:
    truth = Weather(load_weather_params(), Streams(11), Clock(dt.date(1960, 1, 1)))
    n = 365 * 30
    days = [truth.day(d) for d in range(n)]
    dates = np.datetime64("1960-01-01") + np.arange(n)
    mean, rain = np.array([day.mean_c for day in days]), np.array([day.rain_mm for day in days])
    swing = np.array([np.ptp(day.hourly_c) for day in days])
    rh = np.array([day.rh for day in days])

    def season(when: np.ndarray) -> np.ndarray:
        return when.astype("datetime64[M]").astype(int) % 12 // 3

    known = np.isfinite(record.rain)
    for quarter in range(4):
        here, there = season(dates) == quarter, season(record.dates) == quarter
        real = np.nanmean(record.mean[there])
        assert mean[here].mean() == pytest.approx(real, abs=1.0)
        assert mean[here].std() == pytest.approx(np.nanstd(record.mean[there]), rel=0.2)
        wet = record.rain[there & known] >= fitting.WET_MM
        assert (rain[here] > 0).mean() == pytest.approx(wet.mean(), abs=0.07)
        assert rain[here].mean() == pytest.approx(record.rain[there & known].mean(), rel=0.35)
        full = np.isfinite(record.hourly).all(1) & there
        assert swing[here].mean() == pytest.approx(np.ptp(record.hourly[full], axis=1).mean(), abs=2.0)
        assert rh[here].mean() == pytest.approx(np.nanmean(record.rh[there]), abs=4.0)
    assert rain.mean() == pytest.approx(record.rain[known].mean(), rel=0.15)


def test_the_record_is_business_days_with_july_2014_mostly_dryness_unknown(record: fitting.Days) -> None:
    july = (record.dates >= np.datetime64("2014-07-01")) & (record.dates <= np.datetime64("2014-07-31"))
    assert np.isnan(record.rain[july]).sum() > 20
    assert np.isfinite(record.mean[july]).all()
