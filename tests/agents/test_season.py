"""Heat waves, false alarms and searches: addressed by date, equal in all arms, nothing in an ordinary season."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from agents.catalogue import load_catalogue
from agents.params import SeasonParams
from agents.season import HeatWaves, Season, Signals, category_cooling
from agents.weather import Weather, load_weather_params
from sim.clock import Clock
from sim.streams import Streams

RULES = SeasonParams.model_validate({})
YEARS = np.arange(dt.date(1900, 1, 1).toordinal(), dt.date(2020, 1, 1).toordinal())


def summer(rules: SeasonParams = RULES, seed: int = 1, *, heat: bool = True) -> tuple[Weather, Signals]:
    start, streams = dt.date(2026, 6, 15), Streams(seed)
    season = Season(heat, ("melons", "berries") if heat else ())
    weather = Weather(load_weather_params(), streams, Clock(start), heat=season.waves(rules, streams))
    return weather, Signals(season, rules, load_catalogue(), weather, streams, start)


def certain(**rules: Any) -> SeasonParams:
    return SeasonParams.model_validate(rules)


def test_waves_rise_stay_and_fall() -> None:
    rules = certain(wave_week_chance=1.0, wave_shift_sd=0.0, wave_shift_c=6.0, wave_plateau_days=1.0)
    shift = HeatWaves(rules, Streams(1)).shift(YEARS)
    june = [i for i, one in enumerate(YEARS) if dt.date.fromordinal(int(one)).month == 6]
    steps = {round(float(value), 6) for value in shift[june]}
    assert steps == {0.0, 2.0, 4.0, 6.0}
    assert not HeatWaves(rules, Streams(1)).alarm(YEARS, 7).any()


def test_waves_come_as_often_as_their_chance_and_only_in_summer() -> None:
    waves = HeatWaves(RULES, Streams(3))
    shift, alarm = waves.shift(YEARS), waves.alarm(YEARS, 7)
    month = np.array([dt.date.fromordinal(int(one)).month for one in YEARS])
    assert not shift[(month < 6) | (month > 10)].any() and not alarm[(month < 6) | (month > 10)].any()
    hot = (shift > 0).astype(int)
    onsets = (np.diff(hot) == 1).sum() / 120
    weeks = 83 / 7
    assert 0.5 * weeks * RULES.wave_week_chance < onsets <= 1.1 * weeks * RULES.wave_week_chance  # neighbours merge
    assert shift.max() == pytest.approx(RULES.wave_shift_c, abs=4 * RULES.wave_shift_sd)
    assert (alarm > 0).any()


def test_a_date_needs_no_other_date() -> None:
    waves = HeatWaves(RULES, Streams(3))
    some = YEARS[40_000:40_400]
    whole = waves.shift(some)
    assert [float(waves.shift(np.array([one]))[0]) for one in some[::37]] == whole[::37].tolist()


def test_a_false_alarm_fades_as_the_day_draws_near() -> None:
    waves = HeatWaves(RULES, Streams(3))
    full = waves.alarm(YEARS, 7)
    for lead, share in ((1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0)):
        np.testing.assert_allclose(waves.alarm(YEARS, lead), share * full)


def test_a_season_leaves_other_draws_alone() -> None:
    hot, _ = summer()
    cool, quiet = summer(heat=False)
    shift = np.array([hot.day(d).mean_c - cool.day(d).mean_c for d in range(70)])
    assert (shift > -1e-9).all() and shift.max() > 1.0
    assert [hot.day(d).rain_mm for d in range(70)] == [cool.day(d).rain_mm for d in range(70)]
    assert not quiet.buzz(30).any() and (quiet.candidate_weight == 1.0).all()


def test_searches_rise_before_the_heat_and_for_what_cools() -> None:
    goods = load_catalogue()
    rules = certain(buzz_noise=0.0)
    cooling, melons = category_cooling(goods), goods.categories.index("melons")
    assert cooling[melons] > 0.5 and cooling[goods.categories.index("pets")] == 0.0
    before, calm = [], []
    for seed in range(12):
        weather, signals = summer(rules, seed)
        buzz = np.array([signals.buzz(d) for d in range(70)])
        assert (buzz[:, cooling == 0] == 0).all()
        ratio = buzz[buzz[:, melons] > 0]
        np.testing.assert_allclose(ratio / ratio[:, [melons]], np.tile(cooling / cooling[melons], (len(ratio), 1)))
        ahead = np.array([max(weather.day(d + k).mean_c for k in range(1, 5)) for d in range(70)])
        before += buzz[ahead > 32, melons].tolist()
        calm += buzz[ahead < 27, melons].tolist()
    assert np.mean(before) > 3 * np.mean(calm) + 0.1


def test_the_heat_of_a_day_is_what_exceeds_comfort() -> None:
    weather, signals = summer()
    means = [weather.day(d).mean_c for d in range(60)]
    assert [signals.heat(d) for d in range(60)] == [max(0.0, mean - RULES.heat_above_c) for mean in means]


def test_candidates_come_mostly_from_the_season(twins: Any) -> None:
    def shares(season: str) -> float:
        twin = twins.fresh(season=season, city__shops=40, city__members=2, start="2026-06-15", days=7)
        twin.run(7)
        rows = twin.ports.log.read("group_buy")
        goods = load_catalogue()
        fruit = np.isin(goods.category, ["melons", "berries", "orchard_fruit", "tropical_fruit"])
        return float(fruit[rows["sku"].to_numpy()].mean())

    premium = load_catalogue().premium_candidate
    assert premium.sum() == 15
    assert shares("summer_fruit") > 0.65 > 0.6 > shares("ordinary")


def test_the_firm_reads_forecasts_and_searches(twins: Any) -> None:
    twin = twins.fresh(season="summer_fruit")
    twin.run(3)
    told = twin.ports.log.read("weather_forecast").to_pandas()
    assert len(told) == 3 * 8 and (told.groupby("lead").size() == 3).all()
    assert set(told[told.lead == 1].target_day) == {0, 1, 2}
    index = twin.ports.log.read("search_index").to_pandas()
    assert len(index) == 3 * len(load_catalogue().categories) and (index["index"] > 0).all()
