"""Arrow observations as NumPy arrays, and NumPy answers as decision tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sim.contracts.decisions import DECISION_POINTS


def values(observation: pa.Table, name: str) -> npt.NDArray[Any]:
    """Return one column, a value a row."""
    return np.asarray(observation[name].combine_chunks().to_numpy(zero_copy_only=False))


def matrix(observation: pa.Table, name: str) -> npt.NDArray[Any]:
    """Return a list column whose lists are equally long as (row, item). Raises ValueError when they are
    not."""
    lists = observation[name].combine_chunks()
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    if not len(lengths):
        return np.zeros((0, 0), lists.type.value_type.to_pandas_dtype())
    if (lengths != lengths[0]).any():
        raise ValueError(
            f"{name}: lists of {lengths.min()} to {lengths.max()} items, equally long ones are needed"
        )
    flat = lists.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.reshape(len(lengths), int(lengths[0])))


def ragged(observation: pa.Table, name: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return a list column as all its items one after the other, and the length of each list."""
    lists = observation[name].combine_chunks()
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    return np.asarray(lists.flatten().to_numpy(zero_copy_only=False)), lengths


def lists_of(items: npt.NDArray[Any], lengths: npt.NDArray[np.int64], kind: pa.ListType) -> pa.ListArray:
    """Return ``items`` cut into lists of ``lengths``, as an Arrow column of type ``kind``."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(items, kind.value_type), type=kind)


def answer(point: str, **columns: Any) -> pa.Table:
    """Return the decision table of ``point`` from arrays, one for each of its columns; nullable ones may be
    left out."""
    contract = DECISION_POINTS[point].decision
    schema = pa.schema([field for field in contract if not field.nullable or field.name in columns])
    arrays = [
        columns[field.name]
        if isinstance(columns[field.name], pa.Array)
        else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
