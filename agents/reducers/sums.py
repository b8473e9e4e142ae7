"""Adding up amounts by key columns: what every reducer is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sim.grouping import group

Columns = Mapping[str, Any]
Tables = Mapping[str, pa.Table]
MINUTES_A_DAY = 1440
_OPENING_SECOND = 23 * 3600


class Sums:
    """Adds up amounts by integer key columns; keys appear in rising order, each once."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._parts: list[tuple[str, list[npt.NDArray[Any]], npt.NDArray[Any]]] = []

    def add(self, name: str, rows: pa.Table, amount: str | npt.NDArray[Any], **keys: npt.NDArray[Any]) -> None:
        """Add ``amount`` (a column of ``rows`` or an array) under ``name``; ``keys`` replaces key columns."""
        values = rows[amount].to_numpy() if isinstance(amount, str) else amount
        self._parts.append((name, [keys[k] if k in keys else rows[k].to_numpy() for k in self._keys], values))

    def columns(self, names: Mapping[str, type]) -> dict[str, npt.NDArray[Any]]:
        """Return the key columns and one column a name (int or float sums)."""
        parts = zip(*(keys for _, keys, _ in self._parts), strict=True)
        groups = group(*(np.concatenate(several) for several in parts))
        out: dict[str, npt.NDArray[Any]] = dict(zip(self._keys, groups.keys, strict=True))
        for name, kind in names.items():
            out[name] = np.zeros(groups.size, np.float64 if kind is float else np.int64)
        first = 0
        for name, _, values in self._parts:
            np.add.at(out[name], groups.of_row[first : first + len(values)], values)
            first += len(values)
        return out


def of_day(day: int, columns: Columns) -> Columns:
    """``columns`` with the business day before them."""
    many = len(next(iter(columns.values())))
    return {"day": np.full(many, day, np.int32), **columns}


def where(rows: pa.Table, column: str, *values: str) -> pa.Table:
    """The rows whose ``column`` is one of ``values``."""
    return rows.filter(pc.is_in(rows[column], value_set=pa.array(values)))


def grouped(rows: pa.Table, keys: list[str], amounts: list[str]) -> dict[str, Any]:
    """Sums of ``amounts`` by text or number ``keys``, in rising order of the keys."""
    summed = rows.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in amounts])
    summed = summed.sort_by([(key, "ascending") for key in keys])
    columns: dict[str, Any] = {key: summed[key].combine_chunks() for key in keys}
    return columns | {name: summed[f"{name}_sum"].to_numpy() for name in amounts}


def minutes(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Whole minutes from the opening border, 23:00 of the eve, to each row's event, 0 to 1439."""
    second = rows["event_time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    return (second - _OPENING_SECOND) % 86_400 // 60
