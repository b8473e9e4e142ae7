"""How many days of an experiment are lived, over all the cells that are under way."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.cells import Cell, sharing
from experiments.runner import Progress


class Tally:
    """Adds up the days lived for the progress line."""

    def __init__(self, cells: Sequence[Cell], progress: Progress | None) -> None:
        """Counts what is to be lived: the days of all `cells`, and each shared past once."""
        pasts = sum(several[0].config.burn_in_days for several in sharing(cells))
        self._total = sum(cell.config.days for cell in cells) + pasts
        self._progress = progress
        self._finished = 0
        self._worth: dict[str, int] = {}
        self._lived: dict[str, int] = {}

    def begin(self, cell: Cell, *, lives_past: bool) -> None:
        """A cell begins (anew), with the past before its start or from there."""
        self._worth[cell.name] = cell.config.days + (cell.config.burn_in_days if lives_past else 0)
        self._lived[cell.name] = 0
        self._say()

    def lived(self, cell: Cell, days: int) -> None:
        """So many days of a cell are lived by now."""
        if days != self._lived[cell.name]:
            self._lived[cell.name] = days
            self._say()

    def end(self, cell: Cell) -> None:
        """A cell is finished; the days that a failed one did not live count too."""
        del self._lived[cell.name]
        self._finished += self._worth.pop(cell.name)

    def _say(self) -> None:
        if self._progress is not None:
            done = min(self._finished + sum(self._lived.values()), self._total)
            self._progress(done, self._total, "; ".join(self._lived))
