"""Paired differences of many metrics on one scale: per cent of the baseline's mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.lines import Line2D

from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.words import Words

LONGEST = 150.0
"""Beyond so many per cent a bar ends in an arrow, so that the short ones can still be read."""
SHAPES = {"better": ("o", True), "worse": ("s", True), "inconclusive": ("D", False), "equal": ("|", True),
          "-": ("x", True)}


class Line(NamedTuple):
    """One metric: its label with the figures in words, the difference and its interval in per cent, the verdict."""

    label: str
    mean: float
    low: float
    high: float
    verdict: str


def forest(name: str, lines: Sequence[Line], arm: str, baseline: str, words: Words) -> Picture:
    """A row a metric: label above, interval below."""
    made, axes = canvas.figure(height=0.9 + 0.42 * len(lines))
    span = min(LONGEST, max(10.0, *(max(abs(line.low), abs(line.high)) for line in lines)) * 1.08)
    for row, line in enumerate(lines):
        shape, filled = SHAPES[line.verdict]
        color = "#555555" if line.verdict in ("-", "inconclusive") else "#111111"
        low, high = max(line.low, -span), min(line.high, span)
        axes.plot([low, high], [row, row], color=color, linewidth=1.8, linestyle="-" if line.verdict != "-" else ":")
        if abs(line.mean) <= span:
            axes.plot([line.mean], [row], shape, color=color, markerfacecolor=color if filled else "white",
                      markersize=6)
        for end, beyond, sign in ((-span, line.low < -span, "<"), (span, line.high > span, ">")):
            if beyond:
                axes.plot([end], [row], sign, color=color, markersize=5, clip_on=False)
        axes.annotate(line.label, (0.0, row), xycoords=("axes fraction", "data"), xytext=(0, 6),
                      textcoords="offset points", fontsize=8.5, va="bottom", ha="left",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
    axes.axvline(0.0, color="#111111", linewidth=0.8, zorder=1)
    axes.set_xlim(-span * 1.02, span * 1.02)
    axes.set_ylim(len(lines) - 0.45, -0.85)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(words("forest.axis", arm=arm, baseline=baseline))
    shown = [verdict for verdict in SHAPES if any(line.verdict == verdict for line in lines)]
    keys = [Line2D([], [], linestyle="", marker=SHAPES[verdict][0], color="#111111",
                   markerfacecolor="#111111" if SHAPES[verdict][1] else "white",
                   label=words.table("verdicts")[verdict]) for verdict in shown]
    made.legend(handles=keys, loc="outside lower center", ncols=len(keys), handletextpad=0.2, columnspacing=1.0)
    return canvas.finish(made, name, words("forest.caption", arm=arm, baseline=baseline),
                         words("forest.alt", arm=arm, baseline=baseline, number=len(lines)))
