"""What runs in a worker process. It must stand in a module of its own: workers import it by name.

Nothing heavy is imported before the number of threads is set.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from experiments.cells import Cell, Record
from sim.errors import RunError

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def live(cell: Cell, key: str, directory: Path, past: Path, kept: bool, threads: int) -> Record:
    """The record of a cell lived in this process with `threads` threads; see `experiments.runner.live_cell`.

    Raises InputError for a mistake in the configuration, and RunError when the code or libraries here are not those
    that the `key` of the cell was made from.
    """
    _use(threads)
    if cell.key != key:
        raise RunError(f"the workers of Ray run other code or libraries than this process: {Path(__file__).parents[2]} "
                       f"with {sys.executable}")
    from experiments.executors.running import mark

    with mark(directory, cell) as lived:
        from experiments.runner import Past, live_cell

        return live_cell(cell, directory, Past(past, kept=kept), lived)


def _use(threads: int) -> None:
    """Let each library that computes take so many threads; no figure depends on how many they are."""
    if "numba" not in sys.modules:
        os.environ.update(dict.fromkeys(THREADS, str(threads)))
    import pyarrow

    pyarrow.set_cpu_count(threads)
