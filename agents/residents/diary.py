"""The true record of who ordered today, whoever the firm took them for; empty again at the border."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.world import World

Ids = npt.NDArray[np.int64]


class Diary:
    """Collects one entry an order or till receipt."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._today: list[Ids] = []

    def note(self, residents: Ids) -> None:
        """Note one order or receipt for each entry of ``residents``."""
        self._today.append(residents.astype(np.int64))

    def write(self, day: int) -> None:
        """Record the day's orders by household and start afresh."""
        resident, orders = np.unique(np.concatenate([np.zeros(0, np.int64), *self._today]), return_counts=True)
        self._today.clear()
        columns = {"day": np.full(len(resident), day), "resident": resident, "orders": orders}
        self._world.record_truth("resident_day", day, 22.9, columns)
