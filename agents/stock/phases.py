"""What may happen to stock in a day, as pure functions over columns.

A *cell* is a node x SKU in the twin and a replication in a lab. Its stock is a row of ``int32`` packs over
*slots*; slot k holds what arrived k days ago, so slot 0 is the newest. With a fixed life of m days there are
m slots and what is left in the last one is wasted (`expire`); without, the last slot gathers everything that
is older. Every function returns new arrays and changes none of its arguments. Packs are ``int32``, sums over
slots ``int64``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Packs = npt.NDArray[np.int32]
Sums = npt.NDArray[np.int64]


class Pieces(NamedTuple):
    """Which slot served which order line: one row a piece, in the order of lines, then of issuing.

    ``line`` is the row of the line in the arrays given to `assign`, ``slot`` the slot its ``packs`` came
    from.
    """

    line: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    packs: Packs


def held(packs: Packs) -> Sums:
    """Packs on hand in each cell."""
    sums: Sums = packs.sum(axis=1, dtype=np.int64)
    return sums


def issue(packs: Packs, quantity: npt.NDArray[np.integer], fifo: bool) -> Packs:
    """Packs taken from each slot to serve ``quantity`` of each cell, oldest first (``fifo``) or newest first.

    Where less is on hand than wanted, all of it is taken; what was sold is ``taken.sum(axis=1)``.
    """
    ordered = packs[:, ::-1] if fifo else packs
    behind = np.cumsum(ordered, axis=1, dtype=np.int64) - ordered
    taken = np.clip(quantity.astype(np.int64)[:, None] - behind, 0, ordered).astype(np.int32)
    return np.ascontiguousarray(taken[:, ::-1]) if fifo else taken


def receive(packs: Packs, arrivals: npt.NDArray[np.integer], slot: int = 0) -> Packs:
    """Stock after ``arrivals`` (one number a cell) came in at the age of ``slot`` days."""
    after = packs.copy()
    after[:, slot] += arrivals.astype(np.int32)
    return after


def expire(packs: Packs) -> Packs:
    """Packs in their last day (fixed life): what stands in the last slot, all else 0."""
    gone = np.zeros_like(packs)
    gone[:, -1] = packs[:, -1]
    return gone


def age(packs: Packs, fixed_life: bool) -> Packs:
    """Stock one day older.

    With ``fixed_life`` the last slot must be empty (take `expire` away first; `ValueError` otherwise);
    without, the last slot gathers what is older.
    """
    if fixed_life and packs[:, -1].any():
        raise ValueError("packs in their last day must be wasted before ageing")
    after = np.zeros_like(packs)
    after[:, 1:] = packs[:, :-1]
    after[:, -1] += packs[:, -1]
    return after


def assign(taken: Packs, line_cell: npt.NDArray[np.integer], line_packs: npt.NDArray[np.integer], fifo: bool) -> Pieces:
    """Tell every order line from which slots it is served.

    ``taken`` (cell, slot) is what `issue` took with the same ``fifo``; line i wants ``line_packs[i]`` of cell
    ``line_cell[i]``. The lines of a cell are served in row order, slot by slot in issuing order; where less
    was taken than wanted, the last lines go short; what no line wants is in no piece.
    """
    cells, slots = taken.shape
    rows = np.argsort(line_cell, kind="stable")
    cell, want = line_cell[rows].astype(np.int64), line_packs[rows].astype(np.int64)
    wanted = np.zeros(cells, np.int64)
    np.add.at(wanted, cell, want)
    given = np.minimum(wanted, held(taken))
    # Lay the packs that change hands on one axis, cell after cell: both the lines and the slots cut it into
    # intervals.
    start = np.cumsum(given) - given
    reached = np.cumsum(want) - (np.cumsum(wanted) - wanted)[cell]
    line_end = start[cell] + np.minimum(reached, given[cell])
    slot_of = np.arange(slots - 1, -1, -1) if fifo else np.arange(slots)
    slot_end = (
        start[:, None] + np.minimum(np.cumsum(taken[:, slot_of], axis=1, dtype=np.int64), given[:, None])
    ).ravel()
    ends = np.union1d(line_end, slot_end)
    ends = ends[ends > 0]
    begins = np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if ends.size else ends
    line = rows[np.searchsorted(line_end, begins, side="right")]
    slot = slot_of[np.searchsorted(slot_end, begins, side="right") % slots]
    order = np.argsort(line, kind="stable")
    return Pieces(line[order].astype(np.int64), slot[order], (ends - begins)[order].astype(np.int32))
