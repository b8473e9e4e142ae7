"""One quantity over time, a line an arm, with the interval over replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import matplotlib.dates as dates

from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.figures import number
from experiments.report.words import Words
from experiments.statistics import Estimate


def path(
    name: str,
    series: Mapping[str, Sequence[Estimate]],
    first: date,
    step: int,
    left_out: int,
    words: Words,
    *,
    factor: float = 1.0,
) -> Picture:
    """``series``: an estimate every ``step`` days from ``first`` for each arm; ``left_out`` days count in no metric."""
    made, axes = canvas.figure()
    when = [first + timedelta(days=step * place) for place in range(max(map(len, series.values())))]
    for place, (arm, found) in enumerate(series.items()):
        mean = canvas.even([_times(one.mean, factor) for one in found])
        low, high = (canvas.even([_times(getattr(one, end), factor) for one in found]) for end in ("low", "high"))
        look = canvas.ink(place)
        every = max(1, len(mean) // 8)
        axes.fill_between(when, low, high, color=look["color"], alpha=0.14, linewidth=0)
        axes.plot(when, mean, label=arm, markevery=(place * every // 3, every), **look)
    if left_out:
        axes.axvspan(first, first + timedelta(days=left_out), color="#bbbbbb", alpha=0.25, linewidth=0,
                     label=words("paths.left_out"))
    axes.set_ylabel(words(f"paths.units.{name}"))
    axes.set_title(words(f"paths.titles.{name}"), loc="left")
    if name != "trust":
        axes.set_ylim(0, _top(series, factor))
    locator = dates.AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.DateFormatter("%m-%d"))
    axes.set_xlim(first, when[-1])
    axes.set_xlabel(words("paths.axis", year=first.year))
    canvas.legend_below(made, axes, 4)
    title = words(f"paths.titles.{name}")
    last = words.join([words("paths.last", arm=arm, value=_shown(found[-1], factor)) for arm, found in series.items()])
    return canvas.finish(made, f"path-{name}", words(f"paths.captions.{name}"),
                         words("paths.alt", title=title, unit=words(f"paths.units.{name}"), last=last))


def _top(series: Mapping[str, Sequence[Estimate]], factor: float) -> float:
    """Highest value shown: bands of few replications may run out of the picture, means never do."""
    several = [one for found in series.values() for one in found if one.mean is not None]
    mean = max(one.mean or 0.0 for one in several)
    return factor * min(1.05 * max(one.high or one.mean or 0.0 for one in several), 2.0 * mean)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _shown(found: Estimate, factor: float) -> str:
    return number(_times(found.mean, factor))
