"""What reaches the firm from outside at 23:00: the weather service's forecasts and the search index."""

from __future__ import annotations

import numpy as np

from agents.weather import LONGEST_LEAD_DAYS
from agents.world import World
from sim.variates import exp_array

HOUR = -1.0
FORECAST_DAYS = 7


class Bulletin:
    """Publishes forecasts and searches, the same in every arm."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, day: int) -> None:
        """Log the weather of yesterday and the forecasts made then, and how often each category was searched for."""
        world, issued = self._world, day - 1
        leads = np.arange(min(FORECAST_DAYS, LONGEST_LEAD_DAYS) + 1)
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
