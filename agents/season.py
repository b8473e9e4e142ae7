"""The time of year's own events: heat waves and false alarms, what is searched for, which candidates come up.

Everything here is addressed by the calendar date, the same in every arm and whatever anybody decides. A heat wave
acts on the true weather; a false alarm only on forecasts; searches follow forecasts. None of them moves a demand by
itself: what heat and buzz do to a need is the residents' law.

* Each week of high summer has at most one event: a heat wave sets in (``wave_week_chance``) or is falsely forecast
  (``false_alarm_chance``). It starts on a uniform day of the week, rises over ``wave_onset_days``, stays for a plateau
  (geometric, mean ``wave_plateau_days``, at least one day), falls over ``wave_end_days``. Where two overlap the
  stronger shift holds.
* Forecasts show a false alarm in full from ``alarm_fade_days`` + 1 days ahead on, and less as the day draws near.
* buzz(d, c) = (1 - m) sum over k of m^k (``buzz_per_k`` cool(c) H(d - k) + ``buzz_noise`` z), H the largest excess of
  the means forecast on day d for its next ``buzz_look_days`` over ``heat_above_c``, cool(c) the mean cooling attribute
  of the category's goods (not below 0), m = ``buzz_memory``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.catalogue import Catalogue
from agents.catalogue_checks import ATTRIBUTES
from agents.params import SeasonParams
from agents.weather import NO_HEAT, HeatPath, Weather
from sim.streams import Key, Streams, uniform
from sim.variates import normal_array

Floats = npt.NDArray[np.float64]
Ordinals = npt.NDArray[np.int64]

HOT_FROM, HOT_UNTIL = (6, 10), (9, 1)
"""Month and day between which a heat wave may set in."""
MOST_WEEKS = 6
"""Weeks that a heat wave may reach back; the plateau is cut to fit."""
BUZZ_DAYS = 14
"""Days of buzz remembered; 0.8 ** 14 is 4 %."""
_WEEK = 7


class HeatWaves(HeatPath):
    """Heat waves and false alarms of one city, by calendar date."""

    def __init__(self, rules: SeasonParams, streams: Streams) -> None:
        self._rules = rules
        self._key: Key = streams.declare("season.waves")
        self._false: dict[int, float] = {}

    def shift(self, ordinals: Ordinals) -> Floats:
        """The shift of each date's true daily mean, K."""
        return self._shape(ordinals, come=True)

    def alarm(self, ordinals: Ordinals, lead: int) -> Floats:
        """What a forecast made ``lead`` days ahead shows in vain above the truth, K."""
        fading = min(1.0, lead / (self._rules.alarm_fade_days + 1))
        new = np.array([one for one in ordinals.tolist() if one not in self._false], np.int64)
        if len(new):
            self._false.update(zip(new.tolist(), self._shape(new, come=False).tolist(), strict=True))
        return fading * np.array([self._false[one] for one in ordinals.tolist()])

    def _shape(self, ordinals: Ordinals, come: bool) -> Floats:
        best = np.zeros(len(ordinals))
        for back in range(MOST_WEEKS):
            week = ordinals // _WEEK - back
            best = np.maximum(best, self._wave(ordinals, week, come))
        return best

    def _wave(self, ordinals: Ordinals, week: Ordinals, come: bool) -> Floats:
        """The shift that the event of ``week`` gives each date, K."""
        rules, key = self._rules, self._key
        u = uniform(key, 0, week, 0)
        wave = u < rules.wave_week_chance
        false = ~wave & (u < rules.wave_week_chance + rules.false_alarm_chance * (1.0 - rules.wave_week_chance))
        onset, end = max(rules.wave_onset_days, 0.0), max(rules.wave_end_days, 0.0)
        first = week * _WEEK + np.floor(_WEEK * uniform(key, 0, week, 1)).astype(np.int64)
        stay = 1.0 - 1.0 / max(rules.wave_plateau_days, 1.0)
        extra = np.floor(np.log(uniform(key, 0, week, 2)) / np.log(stay)) if stay > 0 else np.zeros(len(week))
        plateau = np.minimum(1.0 + extra, (MOST_WEEKS - 1) * _WEEK - onset - end)
        height = np.maximum(rules.wave_shift_c + rules.wave_shift_sd * normal_array(key, 0, week, 3), 0.0)
        day = ordinals - first + 1.0
        rise = day / (onset + 1.0)
        fall = (onset + plateau + end + 1.0 - day) / (end + 1.0)
        shape = np.clip(np.minimum(rise, fall), 0.0, 1.0) * height
        return np.where((wave if come else false) & _is_hot(first), shape, 0.0)


def _is_hot(ordinals: Ordinals) -> npt.NDArray[np.bool_]:
    dates = [dt.date.fromordinal(int(one)) for one in ordinals]
    return np.array([HOT_FROM <= (date.month, date.day) < HOT_UNTIL for date in dates], bool)


@dataclass(frozen=True)
class Season:
    """What the season does to a twin: ``heat`` says whether it has heat waves and buzz of its own.

    ``favoured`` names the categories from which most candidates come; empty means all alike.
    """

    heat: bool
    favoured: tuple[str, ...]

    def waves(self, rules: SeasonParams, streams: Streams) -> HeatPath:
        """The heat of this season's weather; none in an ordinary one."""
        return HeatWaves(rules, streams) if self.heat else NO_HEAT


class Signals:
    """Heat and buzz by business day, as the world tells them."""

    def __init__(
        self, season: Season, rules: SeasonParams, goods: Catalogue, weather: Weather, streams: Streams, start: dt.date
    ) -> None:
        self._season, self._rules, self._weather = season, rules, weather
        self._start = start.toordinal()
        self._key = streams.declare("season.buzz")
        self._categories = np.arange(len(goods.categories))
        self._cooling = category_cooling(goods)
        self._fresh: dict[int, Floats] = {}
        favoured = np.isin(goods.category, season.favoured)
        self.candidate_weight: Floats = np.where(favoured, rules.season_candidate_weight, 1.0)
        """(SKU) how likely each premium SKU is as a candidate, relative to the others."""

    def heat(self, day: int) -> float:
        """How much the day's true mean temperature exceeds what people feel as heat, K; 0 on other days."""
        return max(0.0, self._weather.day(day).mean_c - self._rules.heat_above_c)

    def buzz(self, day: int) -> Floats:
        """Log of searches by category over their usual level on ``day``; zeros in an ordinary season."""
        if not self._season.heat:
            return np.zeros(len(self._categories))
        memory = self._rules.buzz_memory
        parts = [memory**back * self._new(day - back) for back in range(BUZZ_DAYS)]
        return np.asarray((1.0 - memory) * np.sum(parts, axis=0))

    def _new(self, day: int) -> Floats:
        if day not in self._fresh:
            rules = self._rules
            ahead = [self._weather.forecast(day, lead).mean_c for lead in range(1, int(rules.buzz_look_days) + 1)]
            excess = max(0.0, max(ahead) - rules.heat_above_c)
            noise = normal_array(self._key, self._start + day, self._categories)
            self._fresh[day] = rules.buzz_per_k * self._cooling * excess + rules.buzz_noise * noise
        return self._fresh[day]


def category_cooling(goods: Catalogue) -> Floats:
    """Mean cooling attribute of each category's goods, not below 0: float64[categories]."""
    values = goods.attributes[:, ATTRIBUTES.index("cooling")]
    many = np.bincount(goods.category_id, minlength=len(goods.categories))
    return np.asarray(np.maximum(np.bincount(goods.category_id, values, len(goods.categories)) / many, 0.0))
