"""Groups of rows that have the same whole-number keys, fast for millions of rows.

NumPy's own ``unique`` hashes or sorts whole rows; here the keys of a row become one number, and where these lie close
together a table of them replaces the sort.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
_DENSE = 4
"""A table of all possible keys is used while it has at most so many places a row."""


class Groups(NamedTuple):
    """``keys``: one array a key column with the distinct keys in rising order; ``of_row``: the group of each row."""

    keys: tuple[Ids, ...]
    of_row: Ids

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(self.keys[0])


def group(*columns: npt.NDArray[np.integer[Any]]) -> Groups:
    """Group rows by one or more integer columns of equal length, the first being the slowest to change.

    Raises ValueError when the keys of a row do not fit 63 bits together.

    >>> groups = group(np.array([2, 1, 2]), np.array([7, 7, 7]))
    >>> [key.tolist() for key in groups.keys], groups.of_row.tolist()
    ([[1, 2], [7, 7]], [1, 0, 1])
    """
    wide = [np.asarray(column, np.int64) for column in columns]
    if not len(wide[0]):
        return Groups(tuple(wide), np.zeros(0, np.int64))
    lows = [int(column.min()) for column in wide]
    spans = [int(column.max()) - low + 1 for column, low in zip(wide, lows, strict=True)]
    places = 1
    for span in spans:
        places *= span
    if places >= 1 << 63:
        raise ValueError(f"keys of spans {spans} do not fit one number")
    code = wide[0] - lows[0]
    for column, low, span in zip(wide[1:], lows[1:], spans[1:], strict=True):
        code = code * span + (column - low)
    distinct, index = _by_table(code, places) if places <= _DENSE * len(code) + 1024 else _by_sorting(code)
    return Groups(_decoded(distinct, lows, spans), index)


def _by_table(code: Ids, places: int) -> tuple[Ids, Ids]:
    there = np.zeros(places, bool)
    there[code] = True
    number = np.cumsum(there) - 1
    return np.flatnonzero(there), number[code]


def _by_sorting(code: Ids) -> tuple[Ids, Ids]:
    order = np.argsort(code, kind="stable")
    sorted_code = code[order]
    new = np.ones(len(code), bool)
    new[1:] = sorted_code[1:] != sorted_code[:-1]
    index = np.empty(len(code), np.int64)
    index[order] = np.cumsum(new) - 1
    return sorted_code[new], index


def _decoded(code: Ids, lows: list[int], spans: list[int]) -> tuple[Ids, ...]:
    keys: list[Ids] = []
    for low, span in zip(lows[:0:-1], spans[:0:-1], strict=True):
        keys.append(code % span + low)
        code = code // span
    return (code + lows[0], *reversed(keys))
