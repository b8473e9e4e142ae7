"""The weather generator: any day from its address alone, and the moments its figures promise."""

import datetime as dt

import numpy as np
import pytest

from agents.weather import (
    LONGEST_LEAD_DAYS,
    STATIONS,
    HeatPath,
    Weather,
    annual_terms,
    load_weather_params,
)
from sim.clock import Clock
from sim.errors import LinliError
from sim.streams import Streams

START = dt.date(2024, 6, 1)


def weather(seed: int = 1, start: dt.date = START) -> Weather:
    return Weather(load_weather_params(), Streams(seed), Clock(start))


def test_a_day_needs_no_other_day() -> None:
    ordered, single = weather(), weather()
    late = [ordered.day(d) for d in range(200)][-1]
    alone = single.day(199)
    assert alone.hourly_c.tobytes() == late.hourly_c.tobytes()
    assert (alone.mean_c, alone.rain_mm, alone.rh) == (late.mean_c, late.rain_mm, late.rh)


def test_weather_belongs_to_the_date() -> None:
    assert weather(start=START).day(40).mean_c == weather(start=START + dt.timedelta(days=33)).day(7).mean_c


def test_another_seed_and_another_place_have_other_weather() -> None:
    streams, clock, params = Streams(1), Clock(START), load_weather_params()
    here, there = Weather(params, streams, clock), Weather(params, streams, clock, place=1)
    assert len({here.day(0).mean_c, there.day(0).mean_c, weather(2).day(0).mean_c}) == 3


def test_one_place_has_one_weather() -> None:
    streams = Streams(1)
    Weather(load_weather_params(), streams, Clock(START))
    with pytest.raises(LinliError, match="declared twice"):
        Weather(load_weather_params(), streams, Clock(START))


def test_hours_average_to_the_day_and_peak_in_the_afternoon() -> None:
    days = [weather().day(d) for d in range(60)]
    for day in days:
        assert day.hourly_c.mean() == pytest.approx(day.mean_c, abs=1e-9)
        assert 10.0 <= day.rh <= 100.0 and day.rain_mm >= 0.0
        assert day.at(-1.0) == day.hourly_c[23] and day.at(16.5) == day.hourly_c[16]
        assert day.at(23.0) == day.hourly_c[22]
    assert 12 <= np.argmax(np.mean([day.hourly_c for day in days], axis=0)) <= 16
    with pytest.raises(ValueError, match="outside the business day"):
        days[0].at(23.5)


def test_simulated_moments_are_those_of_the_figures() -> None:
    params, truth = load_weather_params(), weather(start=dt.date(1950, 1, 1))
    n = 365 * 40
    days = [truth.day(d) for d in range(n)]
    dates = np.datetime64("1950-01-01") + np.arange(n)
    month = dates.astype("datetime64[M]").astype(int) % 12
    mean, rain = np.array([day.mean_c for day in days]), np.array([day.rain_mm for day in days])
    wet = rain > 0
    share = params.p01 / (1.0 + params.p01 - params.p11)
    simulated = np.array([wet[month == m].mean() for m in range(12)])
    assert np.abs(simulated - share).max() < 0.065
    wet_mean = np.array([rain[wet & (month == m)].mean() for m in range(12)])
    assert np.allclose(wet_mean, params.mean_mm, rtol=0.15)
    terms = annual_terms(dates)
    z = (mean - terms @ params.mean - wet * (terms[:, :3] @ params.wet_shift)) / (terms[:, :3] @ params.sd)
    assert z.mean() == pytest.approx(0.0, abs=0.04)
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(z[1:], z[:-1])[0, 1] == pytest.approx(params.phi, abs=0.02)
    assert np.corrcoef(z[5:], z[:-5])[0, 1] == pytest.approx(params.phi**5, abs=0.03)


def test_forecast_errors_grow_with_lead_and_are_unbiased() -> None:
    params, truth = load_weather_params(), weather(3)
    spread = []
    for lead in (1, 3, 7):
        errors = np.array([truth.forecast(d, lead).mean_c - truth.day(d + lead).mean_c for d in range(250)])
        assert abs(errors.mean()) < 4 * errors.std() / np.sqrt(80)
        spread.append(errors.std())
        assert errors.std() == pytest.approx(params.forecast_sd_c * lead**params.forecast_growth, rel=0.2)
    assert spread[0] < spread[1] < spread[2]
    misses = {
        lead: np.mean([truth.forecast(d, lead).rain_mm == 0 for d in range(250) if truth.day(d + lead).rain_mm > 0])
        for lead in (1, 7)
    }
    assert misses[1] < misses[7] <= 0.55
    forecast_wet = np.mean([truth.forecast(d, 3).rain_mm > 0 for d in range(250)])
    assert forecast_wet == pytest.approx(np.mean([truth.day(d + 3).rain_mm > 0 for d in range(250)]), abs=0.1)


def test_forecasts_of_one_day_draw_near_the_truth_together() -> None:
    truth = weather(5)
    two = np.array([truth.forecast(d, 2).mean_c - truth.day(d + 2).mean_c for d in range(200)])
    one = np.array([truth.forecast(d + 1, 1).mean_c - truth.day(d + 2).mean_c for d in range(200)])
    assert np.corrcoef(two, one)[0, 1] > 0.4
    assert abs(np.corrcoef(two - one, one)[0, 1]) < 0.2
    assert truth.forecast(7, 0).mean_c == truth.day(7).mean_c
    with pytest.raises(ValueError, match="lead"):
        truth.forecast(0, LONGEST_LEAD_DAYS + 1)


class ThreeHotDays(HeatPath):
    """6 K more from 11 to 13 June 2024, and 4 K in vain in every forecast."""

    def shift(self, ordinals: np.ndarray) -> np.ndarray:
        first = dt.date(2024, 6, 11).toordinal()
        return 6.0 * ((ordinals >= first) & (ordinals <= first + 2))

    def alarm(self, ordinals: np.ndarray, lead: int) -> np.ndarray:
        return np.full(len(ordinals), 4.0)


def test_a_heat_wave_shifts_its_dates_only() -> None:
    hot = Weather(load_weather_params(), Streams(1), Clock(START), heat=ThreeHotDays())
    cool = weather()
    shift = [hot.day(d).mean_c - cool.day(d).mean_c for d in range(9, 14)]
    assert shift == pytest.approx([0.0, 6.0, 6.0, 6.0, 0.0], abs=1e-9)
    assert hot.day(11).rain_mm == cool.day(11).rain_mm
    assert hot.forecast(0, 2).mean_c == pytest.approx(cool.forecast(0, 2).mean_c + 4.0)


@pytest.mark.parametrize("station", STATIONS)
def test_hours_add_up_to_their_day(station: str) -> None:
    truth = Weather(load_weather_params(station), Streams(4), Clock(START))
    for d in range(0, 200, 7):
        day = truth.day(d)
        assert day.hourly_c.mean() == pytest.approx(day.mean_c, abs=1e-9)
        assert day.hourly_mm.sum() == pytest.approx(day.rain_mm, abs=1e-9) and (day.hourly_mm >= 0).all()
        assert (day.hourly_rh >= 5).all() and (day.hourly_rh <= 100).all() and (day.hourly_wind >= 0).all()
        assert len({len(day.hourly_c), len(day.hourly_mm), len(day.hourly_rh), len(day.hourly_wind)}) == 1


def test_days_pass_into_one_another() -> None:
    days = [weather().day(d) for d in range(120)]
    pairs = zip(days[:-1], days[1:], strict=True)
    at_border = [abs(after.hourly_c[-1] - before.hourly_c[22]) for before, after in pairs]
    within = [abs(day.hourly_c[1] - day.hourly_c[0]) for day in days]
    assert np.mean(at_border) < 4 * np.mean(within) and np.mean(at_border) < 2.0


def test_a_rainy_hour_is_moist_and_a_hot_hour_dry() -> None:
    days = [weather(2).day(d) for d in range(200)]
    above = np.concatenate([day.hourly_c - day.mean_c for day in days])
    moist = np.concatenate([day.hourly_rh - day.hourly_rh.mean() for day in days])
    assert np.corrcoef(above, moist)[0, 1] < -0.5
    wet = [day.rh for day in days if day.rain_mm > 0]
    dry = [day.rh for day in days if day.rain_mm == 0]
    assert np.mean(wet) > np.mean(dry)
