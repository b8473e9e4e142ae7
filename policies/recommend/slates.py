"""From scores to slates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.tables import answer, lists_of, matrix, values
from sim.contracts.decisions import INT_LIST
from sim.contracts.slates import SLATE_LENGTH

Table = npt.NDArray[np.int64]


def in_order(key: Table, offered: npt.NDArray[np.bool_]) -> Table:
    """Return each row's SKUs by rising ``key``, those on offer first, ties by SKU: (row, place)."""
    last = np.iinfo(np.int64).max
    return np.argsort(np.where(offered, key, last), axis=1, kind="stable")


def places(order: Table) -> Table:
    """Return the place of every SKU in ``order``: the inverse permutation, row by row."""
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    return place


def slates(observation: pa.Table, key: Table) -> pa.Table:
    """Answer with the first SLATE_LENGTH SKUs on offer of each member by rising ``key``, ties by SKU."""
    offered = matrix(observation, "offered")
    order = in_order(key, offered)[:, :SLATE_LENGTH]
    lengths = np.minimum(offered.sum(axis=1), SLATE_LENGTH).astype(np.int64)
    shown = order[np.arange(order.shape[1]) < lengths[:, None]]
    member = values(observation, "member")
    return answer("recommend", member=member, slate=lists_of(shown, lengths, INT_LIST))
