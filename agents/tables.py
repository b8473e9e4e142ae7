"""Observation tables from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from sim.contracts.decisions import DECISION_POINTS


def table_of(point: str, **columns: Any) -> pa.Table:
    """Return an observation table with the columns in the contract's order and types."""
    schema = DECISION_POINTS[point].observation
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind) and isinstance(values, np.ndarray):
        rows, width = values.shape
        offsets = pa.array(np.arange(rows + 1, dtype=np.int64) * width, pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.array(values.ravel(), kind.value_type), type=kind)
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, kind)
