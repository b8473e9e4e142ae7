"""Picture of a summer with heat waves: ``python -m experiments.fit.season --pictures DIR``.

Nothing is fitted here: the season's figures are guesses (``conf/params/season.yaml``). The picture shows what they
make of the fitted weather of Shanghai.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import numpy as np

from agents.catalogue import load_catalogue
from agents.params import SeasonParams
from agents.season import Season, Signals
from agents.weather import Weather, load_weather_params
from experiments.fit.pictures import DATA, FITTED, OTHER, label, panels, pictures_asked, save
from sim.clock import Clock
from sim.errors import InputError, Problem
from sim.streams import Streams

START, DAYS, LEAD, SEED = dt.date(2026, 6, 15), 78, 4, 5


def draw(directory: Path) -> None:
    """Write ``season.png``: one summer's daily means with and without heat waves, forecasts and searches."""
    rules = SeasonParams.model_validate({})
    found = {}
    for name, season in (("hot", Season(True, ())), ("usual", Season(False, ()))):
        streams = Streams(SEED)
        weather = Weather(load_weather_params(), streams, Clock(START), heat=season.waves(rules, streams))
        found[name] = weather, Signals(season, rules, load_catalogue(), weather, streams, START)
    (hot, signals), (usual, _) = found["hot"], found["usual"]
    days = np.arange(DAYS)
    figure, axes = panels(2, 1, f"A summer in Shanghai from {START:%d %B}, season=summer_fruit, seed {SEED}")
    mean = [hot.day(int(d)).mean_c for d in days]
    axes[0].plot(days, [usual.day(int(d)).mean_c for d in days], color=DATA, linewidth=1, label="without heat waves")
    axes[0].plot(days, mean, color=FITTED, linewidth=1, label="true")
    told = [hot.forecast(int(d) - LEAD, LEAD).mean_c for d in days]
    axes[0].plot(days, told, ":", color=OTHER, linewidth=1, label=f"forecast {LEAD} days before")
    axes[0].axhline(rules.heat_above_c, color=DATA, linewidth=0.5)
    label(axes[0], "daily mean temperature; heat is felt above the thin line", "day", "degC")
    categories = load_catalogue().categories
    buzz = np.exp([signals.buzz(int(d)) for d in days])
    for name, colour in (("melons", FITTED), ("drinks", OTHER), ("pets", DATA)):
        axes[1].plot(days, buzz[:, categories.index(name)], color=colour, linewidth=1, label=name)
    label(axes[1], "searches", "day", "of usual")
    for axis in axes:
        axis.legend(fontsize=6, frameon=False, ncols=3)
    figure.set_size_inches(7.2, 4.8)
    save(figure, directory / "season.png")


def main() -> None:
    """Draw the picture."""
    _, directory = pictures_asked(sys.argv[1:])
    if directory is None:
        raise InputError(Problem("--pictures", "nothing is fitted here; give a directory for the picture"))
    draw(directory)


if __name__ == "__main__":
    main()
