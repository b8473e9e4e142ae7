"""Places for new products: nobody bought them yet, so no score tells who would like them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.recommend.slates import in_order, places
from policies.tables import matrix
from sim.contracts.slates import SLATE_LENGTH

Table = npt.NDArray[np.int64]


def with_new(observation: pa.Table, key: Table, explored: int) -> Table:
    """Return a key that keeps places for new products and orders all others by ``key``, (row, SKU).

    The ``explored`` best of them (by ``key``) stand from the third place on for members who bought anything in the
    last weeks, in the last places for everybody else; other new products stand behind everything.
    """
    offered, new = matrix(observation, "offered"), matrix(observation, "is_new")
    repeat = matrix(observation, "bought").sum(axis=1) > 0
    fresh, old = offered & new, offered & ~new
    rank_new, rank_old = places(in_order(key, fresh)), places(in_order(key, old))
    chosen = fresh & (rank_new < explored)
    length = np.minimum(offered.sum(axis=1, keepdims=True), SLATE_LENGTH)
    kept = length - chosen.sum(axis=1, keepdims=True)
    before = np.where(repeat[:, None], np.minimum(kept, 2), kept)
    step = 2 * SLATE_LENGTH  # room between two old places for every new one
    last = step * (1 + key.shape[1])
    return np.where(chosen, step * before - SLATE_LENGTH + rank_new, np.where(old, step * rank_old, last))


def checked_places(explored: int) -> int:
    """Return ``explored``. Raises ValueError where it leaves no place for what is known."""
    if not 0 <= explored <= SLATE_LENGTH - 2:
        raise ValueError(f"explored is {explored}, not in 0..{SLATE_LENGTH - 2}")
    return int(explored)
