"""One lot from field to hand: temperatures true and sensed, and the life it has used."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.words import Words

PLACE_SIZE = 8.0
POINTS_AN_INCH, AXES_SHARE = 72.0, 0.86
"""For a picture's width in points, and the part of it that its axes take."""
GAP = 3.0
"""Points between the names of two places."""


def temperatures(name: str, lot: Mapping[str, Any], arm: str, words: Words) -> Picture:
    """True air and core temperature beside what thermometers said, until the first evening in a shop."""
    made, axes = canvas.figure(height=3.3)
    lot = _until_shop(lot)
    hours = lot["hours"]
    if lot["sensed"]:
        axes.plot(*zip(*lot["sensed"], strict=True), linestyle="", marker="x", markersize=4, color="#8c4a12",
                  label=words("lot.sensed"))
    axes.plot(hours, lot["air_c"], linestyle="", color="#6a6a6a", marker="s", markersize=6, markerfacecolor="white",
              markeredgewidth=1.4, label=words("lot.air"))
    axes.plot(hours, lot["core_c"], color="#111111", linewidth=2.0, marker="o", label=words("lot.core"))
    axes.set_ylabel(words("lot.temperature_axis"))
    _places(axes, lot, words)
    axes.set_title(words("lot.temperature_title"), loc="left", pad=16)
    canvas.legend_below(made, axes, 2)
    goods = lot["sku"][words.language]
    return canvas.finish(made, name, words("lot.temperature_caption", sku=goods, arm=arm),
                         words("lot.temperature_alt", sku=goods, low=f"{min(lot['core_c']):.0f}",
                               high=f"{max(lot['core_c']):.0f}"))


def _until_shop(lot: Mapping[str, Any]) -> Mapping[str, Any]:
    """The lot's way up to its first point in a shop: later ones would squeeze the way there."""
    stop = lot["place"].index("shop") + 1 if "shop" in lot["place"] else len(lot["place"])
    end = lot["hours"][stop - 1]
    return {**lot, **{name: lot[name][:stop] for name in ("place", "hours", "air_c", "core_c")},
            "sensed": [pair for pair in lot["sensed"] if pair[0] <= end]}


def life(name: str, lot: Mapping[str, Any], arm: str, words: Words) -> Picture:
    """Share of life used, and the packs that are still there."""
    made, axes = canvas.figure(height=3.3)
    hours = lot["hours"]
    used = [100.0 * value for value in lot["life_used"]]
    most = max(lot["packs"]) or 1
    axes.plot(hours, used, color="#111111", linewidth=2.0, marker="o", label=words("lot.life"))
    axes.plot(hours, [100.0 * packs / most for packs in lot["packs"]], color="#0b6e4f", linestyle="--",
              drawstyle="steps-post", label=words("lot.packs"))
    axes.axhline(100.0, color="#8c4a12", linewidth=1.0, linestyle=":", label=words("lot.limit"))
    axes.set_ylim(0, max(105.0, 1.05 * max(used)))
    axes.set_ylabel(words("lot.life_axis"))
    _places(axes, lot, words)
    axes.set_title(words("lot.life_title"), loc="left", pad=16)
    canvas.legend_below(made, axes, 2)
    goods = lot["sku"][words.language]
    return canvas.finish(made, name, words("lot.life_caption", sku=goods, arm=arm),
                         words("lot.life_alt", sku=goods, used=f"{used[-1]:.0f}"))


def _places(axes: Any, lot: Mapping[str, Any], words: Words) -> None:
    """Where the lot was, as bands with names above them; a name that would touch the one before is left out.

    A point is the state at the end of a stage, so a band reaches back to the point before.
    """
    hours, end = lot["hours"], lot["hours"][-1] or 1.0
    points = canvas.WIDTH * POINTS_AN_INCH * AXES_SHARE / end
    start, taken = 0, 0.0
    for number, (place, run) in enumerate(groupby(lot["place"])):
        stop = start + len(list(run))
        first, last = hours[max(0, start - 1)], hours[stop - 1]
        if number % 2:
            axes.axvspan(first, last, color="#bbbbbb", alpha=0.22, linewidth=0)
        name, middle = words.of("places", place), (first + last) / 2
        half = canvas.width_of(name, PLACE_SIZE) / 2
        if last > first and points * middle - half >= taken:
            axes.annotate(name, (middle, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
                          textcoords="offset points", ha="center", fontsize=PLACE_SIZE, color="#444444")
            taken = points * middle + half + GAP
        start = stop
    axes.set_xlim(0, 1.01 * end)
    axes.set_xlabel(words("lot.axis", start=lot["from"].replace("T", " ")))
