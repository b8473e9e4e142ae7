"""Parts that add up, one bar an arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.figures import number


def stacked(name: str, arms: Sequence[str], parts: Mapping[str, Sequence[float]], axis: str, caption: str,
            alt: str) -> Picture:
    """``parts``: for each part the amount of every arm; below zero they hang down."""
    made, axes = canvas.figure(height=1.3 + 0.45 * len(arms) + 0.2 * ((len(parts) + 1) // 2))
    rows = np.arange(len(arms))
    up, down = np.zeros(len(arms)), np.zeros(len(arms))
    for place, (label, amounts) in enumerate(parts.items()):
        values = np.asarray(amounts, np.float64)
        start = np.where(values >= 0, up, down)
        axes.barh(rows, values, left=start, height=0.62, label=label, edgecolor="#222222", linewidth=0.6,
                  color=canvas.FILLS[place % len(canvas.FILLS)], hatch=canvas.HATCHES[place % len(canvas.HATCHES)])
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    for row, (total, end) in enumerate(zip(up + down, up, strict=True)):
        axes.annotate(number(float(total)), (end, row), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(rows, arms)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    if (down < 0).any():
        axes.axvline(0.0, color="#222222", linewidth=0.8)
    axes.margins(x=0.14)
    if not (down < 0).any():
        axes.set_xlim(left=0)
    axes.set_xlabel(axis)
    canvas.legend_below(made, axes, 2)
    return canvas.finish(made, name, caption, alt)
