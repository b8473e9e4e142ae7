"""Digests of columns and tables: equal content gives an equal digest, wherever and in whatever order it was
written.

A digest covers canonical bytes (name, type, shape, little-endian values), never file bytes. It is promised
on one machine type and one lock: floats count to the last bit, and 0.0 differs from -0.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Hash = Any  # hashlib's objects have no public type
_SIZE = 32


def _head(digest: Hash, *parts: object) -> None:
    digest.update(("\x1f".join(str(part) for part in parts) + "\x1e").encode())


def _update(digest: Hash, name: str, array: NDArray[Any]) -> None:
    if array.dtype.hasobject:
        raise TypeError(f"column {name}: Python objects have no canonical bytes; not numbers, dates or text")
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    _head(digest, name, plain.dtype.str, array.shape)
    digest.update(plain.reshape(-1).view(np.uint8).data if plain.size else b"")


def digest_array(name: str, array: NDArray[Any]) -> str:
    """Hexadecimal digest of one named array. Raises TypeError for an array of Python objects."""
    digest = blake2b(digest_size=_SIZE)
    _update(digest, name, array)
    return str(digest.hexdigest())


def digest_columns(columns: Mapping[str, NDArray[Any]], order_by: Sequence[str] | None = None) -> str:
    """Hexadecimal digest of named arrays; the order in which they are given does not matter.

    With `order_by` all arrays are columns of one table, whose rows are first sorted (stably) by those
    columns. Raises TypeError for arrays of Python objects, KeyError for an unknown name in `order_by`.

    >>> a = {"id": np.array([2, 1]), "v": np.array([0.5, 0.25])}
    >>> b = {"v": np.array([0.25, 0.5]), "id": np.array([1, 2])}
    >>> digest_columns(a, order_by=["id"]) == digest_columns(b, order_by=["id"])
    True
    """
    rows: NDArray[np.intp] | None = None
    if order_by:
        rows = np.lexsort([columns[name] for name in reversed(order_by)])
    digest = blake2b(digest_size=_SIZE)
    for name in sorted(columns):
        array = np.asarray(columns[name])
        _update(digest, name, array if rows is None else array[rows])
    return str(digest.hexdigest())


def digest_table(table: pa.Table, keys: Sequence[str]) -> str:
    """Hexadecimal digest of an Arrow table, its rows sorted (stably) by `keys`, its columns by name.

    Chunks, dictionaries, offsets and the bytes under nulls do not matter; types do (a dictionary counts as
    its values). Metadata does not. Raises KeyError for an unknown key, TypeError for a type without
    canonical bytes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = [name for name in keys if name not in table.column_names]
    if missing:
        raise KeyError(f"no such column: {', '.join(missing)}")
    plain = {name: _decoded(table.column(name), pa) for name in sorted(table.column_names)}
    if keys and table.num_rows:
        rows = pc.sort_indices(pa.table({name: plain[name] for name in keys}), [(name, "ascending") for name in keys])
        plain = {name: column.take(rows) for name, column in plain.items()}
    digest = blake2b(digest_size=_SIZE)
    _head(digest, "table", table.num_rows)
    for name, column in plain.items():
        _update_arrow(digest, name, column.combine_chunks(), pa, pc)
    return str(digest.hexdigest())


def _decoded(column: pa.ChunkedArray, pa: Any) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _update_arrow(digest: Hash, name: str, array: Any, pa: Any, pc: Any) -> None:
    kind = array.type
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], kind)
    _head(digest, name, kind, len(array), array.null_count)
    if array.null_count:
        _update(digest, "null", array.is_null().to_numpy(zero_copy_only=False))
        array = array.drop_null()
    if pa.types.is_null(kind):
        return
    if pa.types.is_boolean(kind):
        _update(digest, "bool", array.to_numpy(zero_copy_only=False))
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_binary(kind, pa):
        content = array.cast(pa.large_binary())
        _update(digest, "length", pc.binary_length(content).to_numpy(zero_copy_only=False).astype(np.int64))
        offsets = np.frombuffer(content.buffers()[1], np.int64)[content.offset : content.offset + len(content) + 1]
        data = content.buffers()[2]
        if data is not None and len(content):
            digest.update(memoryview(data)[int(offsets[0]) : int(offsets[-1])])
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        _update(digest, "length", pc.list_value_length(array).to_numpy(zero_copy_only=False).astype(np.int64))
        _update_arrow(digest, "values", array.flatten(), pa, pc)
    elif pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            _update_arrow(digest, kind.field(i).name, pc.struct_field(array, [i]), pa, pc)
    elif pa.types.is_primitive(kind):
        _update(digest, "value", array.to_numpy(zero_copy_only=False))
    else:
        raise TypeError(f"column {name}: {kind} has no canonical bytes here")


def _is_binary(kind: Any, pa: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))
