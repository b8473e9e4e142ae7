"""How pictures are drawn: one font loaded by path, units on axes, told apart in grey, SVG and PNG of the same figure.

A character that the font has not is an error, never a box.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from experiments.report.document import Picture
from experiments.report.subset_font import FONT
from sim.errors import RunError

FAMILY = font_manager.FontProperties(fname=str(FONT)).get_name()
WIDTH, HEIGHT = 4.2, 2.9
DPI = 160
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (8, 2)), (0, (4, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "*")
INKS = ("#1b1b1b", "#0b6e4f", "#8c4a12", "#5b3f8c", "#6a6a6a", "#1f4e8c", "#a02c5a")
"""Arms by place, as many as there are: dark inks, always with a line style and a marker of their own."""
FILLS = ("#2f2f2f", "#9a9a9a", "#d9d9d9", "#5f7f73", "#c3b299", "#efefef")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "")
MISSING = re.compile("Glyph .* missing from")

RC: Any = {
    "font.family": [FAMILY],
    "font.size": 9.0, "axes.titlesize": 10.0, "axes.labelsize": 9.0, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#555555",
    "axes.linewidth": 0.7, "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True,
    "lines.linewidth": 1.6, "lines.markersize": 4.0, "legend.frameon": False, "svg.fonttype": "none",
    "svg.hashsalt": "linli", "axes.unicode_minus": True, "hatch.linewidth": 0.6, "figure.facecolor": "white",
}


@contextmanager
def drawing() -> Iterator[None]:
    """Our font and style; a missing glyph raises RunError."""
    _register()
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.filterwarnings("error", message=MISSING.pattern)
        try:
            yield
        except UserWarning as warning:
            raise RunError(f"the report's font cannot write its pictures: {warning}") from warning


@cache
def _register() -> None:
    font_manager.fontManager.addfont(str(FONT))


def figure(height: float = HEIGHT, width: float = WIDTH) -> tuple[Figure, Any]:
    """A figure narrow enough for a phone, with one pair of axes."""
    made = Figure(figsize=(width, height), layout="constrained")
    return made, made.subplots()


def finish(made: Figure, name: str, caption: str, alt: str) -> Picture:
    """The picture as SVG (text as text, in the page's font) and PNG."""
    drawn, points = StringIO(), BytesIO()
    made.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    made.savefig(points, format="png", dpi=DPI, metadata={"Software": None})
    return Picture(name, _inline(drawn.getvalue(), name), points.getvalue(), caption, alt)


def _inline(svg: str, name: str) -> str:
    """The svg element alone, its ids its own within a page, scaled by its place."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", svg)
    return svg.strip()


def legend_below(made: Figure, axes: Any, columns: int) -> None:
    """The legend under the axes, where it hides nothing."""
    made.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, handlelength=2.6,
                columnspacing=1.2)


@cache
def glyphs() -> frozenset[int]:
    """The code points that the font has."""
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(Path(FONT)).getBestCmap())


def width_of(text: str, size: float) -> float:
    """Width of a text in points."""
    font = font_manager.FontProperties(fname=str(FONT))
    return float(TextPath((0, 0), text, size=size, prop=font).get_extents().width)


def ink(place: int) -> dict[str, Any]:
    """Line and marker of the arm at a place."""
    return {"color": INKS[place % len(INKS)], "linestyle": LINES[place % len(LINES)],
            "marker": MARKERS[place % len(MARKERS)]}


def even(values: Sequence[float | None]) -> list[float]:
    """Values for matplotlib, gaps kept as not-a-number."""
    return [float("nan") if value is None else float(value) for value in values]
