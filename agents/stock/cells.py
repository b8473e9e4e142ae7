"""Cells kept in a frame: the columns behind the pure phases."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.stock.lots import Lots
from sim.state import Frame

SLOTS = 16
"""Days of arrivals told apart at one place; older packs share the last slot (no fresh lot lives longer on a shelf)."""


def columns(slots: int = SLOTS) -> dict[str, Any]:
    """Columns that a frame needs to hold lots: packs, life used and lot id by slot."""
    return {"packs": (np.int32, slots), "life_used": (np.float64, slots), "lot": (np.int64, slots)}


def lots_of(frame: Frame) -> Lots:
    """Return the frame's lots (views)."""
    return Lots(frame["packs"], frame["life_used"], frame["lot"])


def keep(frame: Frame, lots: Lots) -> None:
    """Write ``lots`` back into the frame's columns."""
    for name, values in lots._asdict().items():
        frame[name][...] = values
