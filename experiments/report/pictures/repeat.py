"""What repurchase a mean order frequency makes, for several spreads of households."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.report import canvas
from experiments.report.document import Picture
from experiments.report.repurchase import repurchase
from experiments.report.words import Words

LEAST, MOST = 0.1, 60.0


def repeat(shapes: Sequence[float], levels: Mapping[str, float], points: Mapping[str, tuple[float, float]],
           words: Words) -> Picture:
    """Curves for ``shapes``, claimed ``levels`` as lines, and the arms' (orders a month, repurchase) as points."""
    made, axes = canvas.figure(height=3.6)
    means = np.geomspace(LEAST, MOST, 160)
    for place, shape in enumerate(shapes):
        label = words("repurchase.all_alike") if math.isinf(shape) else words("repurchase.shape", shape=f"{shape:g}")
        axes.plot(means, [100 * repurchase(float(mean), shape) for mean in means], label=label,
                  color=canvas.ink(place)["color"], linestyle=canvas.ink(place)["linestyle"])
    for label, level in levels.items():
        axes.axhline(100 * level, color="#555555", linewidth=0.8)
        low = level < 0.5  # the curves pass a low level on the left and a high one on the right
        axes.annotate(label, (MOST if low else LEAST, 100 * level), xytext=(-3 if low else 3, 2),
                      textcoords="offset points", fontsize=8.5, ha="right" if low else "left")
    for place, (arm, (mean, share)) in enumerate(points.items()):
        axes.plot([mean], [100 * share], canvas.ink(place)["marker"], color="#111111", markersize=7,
                  markerfacecolor="white", markeredgewidth=1.6, label=arm)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    axes.set_xticks([], minor=True)
    axes.set_xlim(LEAST, MOST)
    axes.set_ylim(0, 100)
    axes.set_xlabel(words("repurchase.axis"))
    axes.set_ylabel(words("repurchase.y_axis"))
    canvas.legend_below(made, axes, 2)
    return canvas.finish(made, "repurchase", words("repurchase.caption"), words("repurchase.alt"))
