"""One cell after the other, in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

from experiments.cells import Cell, Record, sharing
from experiments.executors.running import mark
from experiments.executors.tally import Tally
from experiments.runner import Past, live_cell


def records(cells: Sequence[Cell], directory: Path, tally: Tally) -> Generator[Record, None, None]:
    """An executor, see `experiments.executors.Executor`: in the order of the cells."""
    for several in sharing(cells):
        with tempfile.TemporaryDirectory(prefix="linli-") as folder:
            past = Past(Path(folder) / "start", kept=len(several) > 1)
            for cell in several:
                tally.begin(cell, lives_past=not past.lived)
                record = _record(cell, directory, past, tally)
                tally.end(cell)
                yield record


def _record(cell: Cell, directory: Path, past: Past, tally: Tally) -> Record:
    with mark(directory, cell) as marked:

        def lived(days: int) -> None:
            marked(days)
            tally.lived(cell.arm, cell.replication, days)

        return live_cell(cell, directory, past, lived)
