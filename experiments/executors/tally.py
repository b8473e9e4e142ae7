"""How many days of an experiment are lived, over all the cells that are under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.cells import Cell, sharing

if TYPE_CHECKING:
    from experiments.runner import Progress


class Tally:
    """Adds up the days lived for the progress line."""

    def __init__(self, cells: Sequence[Cell], progress: Progress | None) -> None:
        """Counts what is to be lived: the days of all `cells`, and each shared past once."""
        pasts = sum(several[0].config.burn_in_days for several in sharing(cells))
        self._total = sum(cell.config.days for cell in cells) + pasts
        self._progress = progress
        self._finished = 0
        self._worth: dict[tuple[str, int], int] = {}
        self._lived: dict[tuple[str, int], int] = {}

    def begin(self, cell: Cell, *, lives_past: bool) -> None:
        """A cell begins (anew), with the past before its start or from there."""
        about = cell.arm, cell.replication
        self._worth[about] = cell.config.days + (cell.config.burn_in_days if lives_past else 0)
        self._lived[about] = 0
        self._say()

    def lived(self, arm: str, replication: int, days: int) -> None:
        """So many days of a cell that began are lived by now."""
        if self._lived.get((arm, replication), days) != days:
            self._lived[arm, replication] = days
            self._say()

    def end(self, cell: Cell) -> None:
        """A cell is finished; the days that a failed one did not live count too."""
        about = cell.arm, cell.replication
        del self._lived[about]
        self._finished += self._worth.pop(about)

    def note(self, what: str) -> None:
        """Something else is being done."""
        if self._progress is not None:
            self._progress(self._finished, self._total, what)

    def _say(self) -> None:
        if self._progress is not None:
            done = min(self._finished + sum(self._lived.values()), self._total)
            what = "; ".join(f"{arm}, replication {replication + 1}" for arm, replication in self._lived)
            self._progress(done, self._total, what)
