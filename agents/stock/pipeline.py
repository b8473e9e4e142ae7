"""What is ordered and not yet arrived: packs in transit by the number of arrivals still to wait.

``in_transit`` is ``int32`` packs (cell, place); place 0 arrives at the next arrival of its cell. An order
with a lead time of L days is pushed to place L - 1: placed in the morning before that day's arrival it comes
the same evening with L = 1, placed in the evening it comes the next morning.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.stock.phases import Packs


def push(in_transit: Packs, orders: npt.NDArray[np.integer], lead_time: int | npt.NDArray[np.integer]) -> Packs:
    """In transit after ``orders`` (one a cell) with ``lead_time`` (for all or one a cell; 1 .. places)."""
    lead = np.broadcast_to(np.asarray(lead_time, np.int64), orders.shape)
    if (lead < 1).any() or (lead > in_transit.shape[1]).any():
        raise ValueError(f"lead times must lie in 1 .. {in_transit.shape[1]}")
    after = in_transit.copy()
    after[np.arange(len(orders)), lead - 1] += orders.astype(np.int32)
    return after


def pop(in_transit: Packs) -> tuple[Packs, Packs]:
    """What arrives now (one number a cell), and what is still in transit, one arrival nearer."""
    after = np.zeros_like(in_transit)
    after[:, :-1] = in_transit[:, 1:]
    return in_transit[:, 0].copy(), after
