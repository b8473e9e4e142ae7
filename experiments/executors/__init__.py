"""Executors live the cells of an experiment: one after the other here, or in the processes of Ray.

Both call `experiments.runner.live_cell` and give back its records as they come; keys, records and files are the same,
to the bit. What is missing, what is written and when to stop is decided here, once for both. An executor is imported
when it is needed: Ray is not where one process is enough.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from experiments.cells import Cell, Record, records_in
from experiments.executors.running import sweep
from experiments.executors.tally import Tally
from experiments.files import write_json
from sim.errors import RunError

if TYPE_CHECKING:
    from experiments.runner import Progress


class Executor(Protocol):
    """What lives cells."""

    def __call__(self, cells: Sequence[Cell], directory: Path, tally: Tally) -> Generator[Record, None, None]:
        """The records of the cells as each is finished, in any order; a cell that fails is a record too.

        `directory` is where records are kept. Closing the generator ends what is still being lived and leaves nothing
        of it. Raises InputError for a mistake in the configuration.
        """


def run_cells(
    cells: Sequence[Cell],
    directory: Path,
    progress: Progress | None = None,
    *,
    retry_failed: bool = False,
    fail_fast: bool = False,
    workers: int = 1,
) -> list[Record]:
    """The records of all cells, in their order; those that lie in `directory` are not computed again.

    With `retry_failed` recorded failures are computed again. `workers` is how many cells are lived at once, more than
    one by Ray; within `experiments.executors.cluster.cluster` several calls share its processes. Raises InputError for
    a mistake in the configuration or a damaged record and, with `fail_fast`, RunError at the first failure.
    """
    directory.mkdir(parents=True, exist_ok=True)
    keys = [cell.key for cell in cells]
    records = records_in(directory, keys)
    missing = [cell for cell, key in zip(cells, keys, strict=True)
               if key not in records or (retry_failed and "failure" in records[key])]
    if not missing:
        return [records[key] for key in keys]
    sweep(directory)
    with closing(_executor(workers)(missing, directory, Tally(missing, progress))) as finished:
        for record in finished:
            write_json(directory / f"{record['key']}.json", record)
            records[record["key"]] = record
            if fail_fast and "failure" in record:
                raise RunError(f"{record['arm']}, replication {record['replication'] + 1}: {record['failure']}")
    return [records[key] for key in keys]


def _executor(workers: int) -> Executor:
    if workers > 1:
        from experiments.executors import ray

        return partial(ray.records, workers=workers)
    from experiments.executors import serial

    return serial.records
