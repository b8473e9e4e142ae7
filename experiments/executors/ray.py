"""Several cells at once, in the worker processes of Ray.

A task is one cell. Ray itself retries nothing: what goes wrong in a cell is its record, and a cell whose worker died is
begun anew here, a bounded number of times.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from experiments.cells import Cell, Record
from experiments.executors.cluster import cluster
from experiments.executors.order import Order, Task
from experiments.executors.running import marks, sweep
from experiments.executors.tally import Tally
from experiments.executors.worker import live
from sim.errors import RunError

MOST_DEATHS = 3
"""So many workers may die of one cell before that is its record."""
_LOOK_SECONDS = 0.2
_FAREWELL_SECONDS = 5.0


def records(cells: Sequence[Cell], directory: Path, tally: Tally, *, workers: int) -> Generator[Record, None, None]:
    """An executor, see `experiments.executors.Executor`: `workers` cells at a time, each as it is finished."""
    tally.note(f"starting {workers} workers")
    with tempfile.TemporaryDirectory(prefix="linli-") as folder, cluster(workers) as ray:
        crew = _Crew(ray, directory, workers)
        order = Order(cells, Path(folder))
        try:
            while order or crew.tasks:
                while len(crew.tasks) < workers and (task := order.take()) is not None:
                    tally.begin(task.cell, lives_past=task.opens)
                    crew.begin(task)
                for task, found in crew.finished():
                    order.ended(task)
                    if found is None:
                        order.again(task)
                        continue
                    tally.end(task.cell)
                    yield found
                for about in marks(directory):
                    tally.lived(about["arm"], about["replication"], about["lived"])
        finally:
            crew.end()


class _Crew:
    """The tasks that are in workers' hands."""

    def __init__(self, ray: Any, directory: Path, workers: int) -> None:
        self.tasks: dict[Any, Task] = {}
        self._ray, self._directory = ray, directory
        self._threads = max(1, len(os.sched_getaffinity(0)) // workers)
        self._live = ray.remote(max_retries=0, num_cpus=1)(live)

    def begin(self, task: Task) -> None:
        cell = task.cell
        self.tasks[self._live.remote(cell, cell.key, self._directory, task.past, task.shared, self._threads)] = task

    def finished(self) -> list[tuple[Task, Record | None]]:
        """The tasks that ended since the last look, with their records, or None where the cell is to be begun anew."""
        done, _ = self._ray.wait(list(self.tasks), num_returns=1, timeout=_LOOK_SECONDS)
        return [(task, self._result(ref, task)) for ref in done if (task := self.tasks.pop(ref))]

    def _result(self, ref: Any, task: Task) -> Record | None:
        from ray import exceptions

        died = (exceptions.WorkerCrashedError, exceptions.OutOfMemoryError, exceptions.NodeDiedError,
                exceptions.ObjectLostError)
        try:
            record: Record = self._ray.get(ref)
            return record
        except exceptions.RayTaskError as error:
            raise error.cause from None
        except died as error:
            task.deaths += 1
            return _buried(task, error) if task.deaths >= MOST_DEATHS else None
        except exceptions.RayError as error:
            raise RunError(f"Ray failed while {task.cell.name} was lived ({type(error).__name__}: {error})") from error

    def end(self) -> None:
        """End what is still being lived: cells are interrupted, so that they leave nothing; then killed if they go on.

        Ray calls a task over as soon as it is told to interrupt it; that it is can be seen by its mark.
        """
        for force in (False, True):
            for ref in self.tasks:
                self._ray.cancel(ref, force=force)
            if self._gone():
                break
        if self.tasks:
            sweep(self._directory)

    def _gone(self) -> bool:
        """Whether the marks of all tasks are gone within some seconds."""
        keys = {task.cell.key for task in self.tasks.values()}
        until = time.monotonic() + _FAREWELL_SECONDS
        while keys & {about["key"] for about in marks(self._directory)}:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def _buried(task: Task, error: Exception) -> Record:
    """The record of a cell that no worker survived."""
    why = f"{type(error).__name__}: {task.deaths} workers died of it, one after the other"
    return {"arm": task.cell.arm, "replication": task.cell.replication, "key": task.cell.key, "seconds": 0.0,
            "failure": why, "trace": str(error)}
