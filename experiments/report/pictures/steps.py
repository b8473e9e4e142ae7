"""From the first arm to the last, step by step: where a figure starts, what each step adds, where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.economics import Livelihood
from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.figures import number
from experiments.statistics import Estimate

LOOKS = {"lives": ("#9a9a9a", ""), "dies": ("white", "////"), "undecided": ("white", "....")}
"""Colour and hatching of a bar by whether what is left is enough."""


def waterfall(name: str, first: tuple[str, float], steps: Sequence[tuple[str, Estimate]], last: tuple[str, float],
              axis: str, caption: str, alt: str) -> Picture:
    """Bars for the two ends, floating bars with 95 % intervals for the steps between."""
    made, axes = canvas.figure(height=0.95 + 0.36 * (len(steps) + 2))
    labels, level = [first[0], *(label for label, _ in steps), last[0]], first[1]
    axes.barh(0, first[1], height=0.6, color="#d9d9d9", edgecolor="#222222", linewidth=0.6)
    ends = [first[1]]
    for row, (_, found) in enumerate(steps, start=1):
        mean = found.mean or 0.0
        axes.barh(row, mean, left=level, height=0.6, color="#9a9a9a" if mean < 0 else "white", hatch="////",
                  edgecolor="#222222", linewidth=0.6)
        if found.low is not None and found.high is not None:
            axes.plot([level + found.low, level + found.high], [row, row], color="#111111", linewidth=1.4,
                      marker="|", markersize=7)
        axes.plot([level + mean] * 2, [row, row + 1], color="#777777", linewidth=0.7)
        reach = max(level, level + mean, level + (found.high or mean))
        axes.annotate(number(mean, signed=True), (reach, row), xytext=(5, 0), textcoords="offset points", va="center")
        level += mean
        ends.append(level)
    axes.barh(len(steps) + 1, last[1], height=0.6, color="#d9d9d9", edgecolor="#222222", linewidth=0.6)
    for row, value in ((0, first[1]), (len(steps) + 1, last[1])):
        axes.annotate(number(value), (max(value, 0.0), row), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.axvline(0.0, color="#222222", linewidth=0.8)
    _amounts(axes, axis, below=min(*ends, last[1]) < 0)
    return canvas.finish(made, name, caption, alt)


def livings(name: str, own: Mapping[str, Livelihood], elsewhere: float, axis: str, mark: str, caption: str,
            alt: str) -> Picture:
    """What is left to one of many in every arm, and a line for what could be had elsewhere."""
    made, axes = canvas.figure(height=1.35 + 0.38 * len(own))
    for row, one in enumerate(own.values()):
        color, hatch = LOOKS[one.verdict]
        axes.barh(row, one.left, height=0.58, color=color, hatch=hatch, edgecolor="#222222", linewidth=0.6)
        reach = max(one.left, 0.0)
        if one.spread is not None and one.spread.low is not None and one.spread.high is not None:
            axes.plot([one.spread.low, one.spread.high], [row, row], color="#111111", linewidth=1.4, marker="|",
                      markersize=7)
            reach = max(reach, one.spread.high)
        axes.annotate(number(one.left), (reach, row), xytext=(5, 0), textcoords="offset points", va="center",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    axes.axvline(elsewhere, color="#111111", linestyle="--", linewidth=1.4, label=mark)
    axes.axvline(0.0, color="#222222", linewidth=0.8)
    axes.set_yticks(range(len(own)), [*own])
    axes.invert_yaxis()
    _amounts(axes, axis, below=min(one.left for one in own.values()) < 0)
    canvas.legend_below(made, axes, 1)
    return canvas.finish(made, name, caption, alt)


def _amounts(axes: Any, label: str, *, below: bool) -> None:
    """An axis of amounts with room for the figures at the ends of bars; it begins at zero unless some lie below."""
    axes.grid(axis="y", visible=False)
    axes.use_sticky_edges = False
    axes.margins(x=0.2)
    if not below:
        axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.set_xlabel(label)


def _tick(value: float) -> str:
    """An amount on an axis, without an exponent."""
    return f"{value:,.0f}".replace("-", "−") if float(value).is_integer() else f"{value:g}".replace("-", "−")
