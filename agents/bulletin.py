"""What the firm learns at 23:00: forecasts of the weather, the search index, the calendar of the days to come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from agents.calendar import is_day_off
from agents.weather import LONGEST_LEAD_DAYS
from agents.world import World
from sim.contracts.decisions import FORECAST_DAYS
from sim.variates import exp_array

HOUR = -1.0
WEATHER_DAYS = 7


def calendar_rows(day: int, first: dt.date, open_hours: float) -> dict[str, Any]:
    """Columns of the event `calendar` that are said before business ``day``, which is the date ``first``."""
    dates = [first + dt.timedelta(days=ahead) for ahead in range(FORECAST_DAYS)]
    return {
        "target_day": day + np.arange(FORECAST_DAYS),
        "weekday": np.array([date.weekday() for date in dates]),
        "is_off": np.array([is_day_off(date) for date in dates]),
        "open_hours": np.full(FORECAST_DAYS, open_hours),
    }


class Bulletin:
    """Publishes forecasts and searches, the same in every arm."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, day: int) -> None:
        """Log yesterday's weather and the forecasts made then, searches for each category, and the calendar."""
        world, issued = self._world, day - 1
        leads = np.arange(min(WEATHER_DAYS, LONGEST_LEAD_DAYS) + 1)
        told = [world.weather.forecast(issued, int(lead)) for lead in leads]
        columns = {
            "target_day": issued + leads,
            "lead": leads,
            "mean_c": np.array([one.mean_c for one in told]),
            "max_c": np.array([float(one.hourly_c.max()) for one in told]),
            "rain_mm": np.array([one.rain_mm for one in told]),
            "rh": np.array([one.rh for one in told]),
        }
        world.emit("weather_forecast", "weather service", day, HOUR, columns)
        names = world.catalogue.categories
        index = {"category": np.arange(len(names)), "index": exp_array(world.buzz(issued))}
        world.emit("search_index", "search engine", day, HOUR, index)
        rules = world.params.owners
        coming = calendar_rows(day, world.ports.clock.date(day), rules.closing_hour - rules.opening_hour)
        world.emit("calendar", "head office", day, HOUR, coming)
