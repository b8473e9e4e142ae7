"""In which order workers live cells that share pasts.

The first cell of a replication lives the past, writes it down and goes on; the others fork from it, in any worker, once
it lies there. Forks go first, so that pasts are used up; the next replication is opened when there is nothing to fork.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.cells import Cell, sharing


class Task:
    """A cell to be lived in a worker; `past` is where its past lies or is to be written, if it is `shared`."""

    def __init__(self, cell: Cell, past: Path, *, shared: bool) -> None:
        """A cell that nobody has begun."""
        self.cell, self.past, self.shared = cell, past, shared
        self.opens = False
        self.deaths = 0


class Order:
    """What is waiting, and which of it can begin."""

    def __init__(self, cells: Sequence[Cell], folder: Path) -> None:
        """All `cells` wait; pasts will be written into `folder`."""
        self._waiting: list[Task] = []
        self._opening: set[Path] = set()
        for number, several in enumerate(sharing(cells)):
            shared = len(several) > 1 and several[0].config.burn_in_days > 0
            self._waiting += [Task(cell, folder / f"{number}", shared=shared) for cell in several]

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting)

    def take(self) -> Task | None:
        """The next that can begin; None where all that wait must do so for a past that is being lived."""
        ready = (task for task in self._waiting if task.shared and task.past.exists())
        to_open = (task for task in self._waiting if task.past not in self._opening)
        task = next(ready, None) or next(to_open, None)
        if task is not None:
            self._waiting.remove(task)
            task.opens = not (task.shared and task.past.exists())
            if task.shared and task.opens:
                self._opening.add(task.past)
        return task

    def ended(self, task: Task) -> None:
        """A task is over, well or not: if it left no past, another may live it."""
        if task.opens:
            self._opening.discard(task.past)

    def again(self, task: Task) -> None:
        """A task whose worker died waits again, before all others."""
        self._waiting.insert(0, task)
