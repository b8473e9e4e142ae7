"""What the pictures of the fits share: the ``--pictures DIR`` option, the look, the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DATA, FITTED, OTHER = "#444444", "#c8553d", "#2e6f9e"
OPTION = "--pictures"


def pictures_asked(arguments: list[str]) -> tuple[list[str], Path | None]:
    """The other arguments, and the directory for pictures if one is asked for. Raises InputError without one."""
    if OPTION not in arguments:
        return arguments, None
    at = arguments.index(OPTION)
    if at + 1 == len(arguments):
        raise InputError(Problem(OPTION, "needs a directory"))
    directory = Path(arguments[at + 1])
    directory.mkdir(parents=True, exist_ok=True)
    return arguments[:at] + arguments[at + 2 :], directory


def panels(rows: int, columns: int, title: str) -> tuple[Figure, list[Any]]:
    """A figure of small panels, and the panels row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.6 * columns, 2.6 * rows), layout="constrained")
    figure.suptitle(title, fontsize=10)
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axis in axes:
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def label(axis: Any, title: str, x: str, y: str) -> None:
    """Title and axes with units."""
    axis.set_title(title, fontsize=8)
    axis.set_xlabel(x, fontsize=7)
    axis.set_ylabel(y, fontsize=7)


def save(figure: Figure, path: Path) -> None:
    """Write a small PNG without a time stamp, so that the same figures give the same file."""
    figure.savefig(path, dpi=80, metadata={"Software": None})
