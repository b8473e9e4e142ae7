"""Which rows are questions that a decision point takes, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from policies.tables import lists_of
from sim.contracts.point import DecisionPoint

Mask = npt.NDArray[np.bool_]
REPEATED = "another row has the same"


class Fault(NamedTuple):
    """What is wrong in a column, and in which rows."""

    column: str
    message: str
    rows: Mask


def lengths_of(point: DecisionPoint, question: pa.Table) -> dict[str, int]:
    """Return how long the lists of each column are in a question that the twin asked, where all are equally long.

    A column that is aligned with another has lists of any length.
    """
    fixed = [field for field in point.observation if pa.types.is_list(field.type) and not _aligned(field)]
    return {field.name: int(pc.list_value_length(question[field.name])[0].as_py()) for field in fixed}


def column_problems(point: DecisionPoint, given: pa.Schema) -> list[str]:
    """Return a line for each column that is missing, of another type, there twice, or none of the contract's."""
    names = given.names
    found = []
    for field in point.observation:
        if field.name not in names:
            found.append(f"column {field.name} is missing")
        elif names.count(field.name) > 1:
            found.append(f"column {field.name} stands {names.count(field.name)} times")
        elif not _same_type(given.field(field.name).type, field.type):
            found.append(f"column {field.name} is {given.field(field.name).type}, not {field.type}")
    wanted = point.observation.names
    return [*found, *(f"column {name} is none of {point.name}" for name in dict.fromkeys(names) if name not in wanted)]


def _same_type(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether the values are of the same type; files name and mark the items of lists in more than one way."""
    if pa.types.is_list(wanted):
        return bool(pa.types.is_list(given) and given.value_type == wanted.value_type)
    return bool(given == wanted)


def faults(point: DecisionPoint, rows: pa.Table, lengths: Mapping[str, int]) -> list[Fault]:
    """Return what is wrong with ``rows``, whose columns are the contract's; keys are for :func:`repeated`.

    Parameters
    ----------
    lengths
        how long the lists of a column have to be: see :func:`lengths_of`.
    """
    found = []
    for field in point.observation:
        column = rows[field.name].combine_chunks()
        for message, mask in _wrong_values(field, column, rows, lengths):
            if mask.any():
                found.append(Fault(field.name, message, mask))
    return found


def _wrong_values(
    field: pa.Field, column: pa.Array, rows: pa.Table, lengths: Mapping[str, int]
) -> Iterator[tuple[str, Mask]]:
    missing = _plain(pc.is_null(column))
    if not field.nullable:
        yield "is null", missing
    if not pa.types.is_list(field.type):
        yield from ((message, _plain(mask) & ~missing) for message, mask in _wrong_numbers(field, column))
        return
    parents, items = pc.list_parent_indices(column), pc.list_flatten(column)
    wrong = [("holds a null", pc.is_null(items)), *_wrong_numbers(field, items)]
    for message, mask in wrong:
        held = np.zeros(len(column), np.bool_)
        held[parents.filter(mask).to_numpy()] = True
        yield (message if message.startswith("holds") else f"holds a number that {message}"), held
    own = _lengths(column)
    if _aligned(field):
        wanted = _lengths(rows[_aligned(field)].combine_chunks())
        yield f"is not as long as {_aligned(field)}", (own != wanted) & ~missing
    elif field.name in lengths:
        yield f"must hold {lengths[field.name]} items", (own != lengths[field.name]) & ~missing


def _wrong_numbers(field: pa.Field, values: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Which values are not finite, or outside the limits of the column."""
    metadata = field.metadata or {}
    if pa.types.is_floating(values.type):
        yield "is not finite", pc.invert(pc.is_finite(values))
    for bound, compare, word in ((b"low", pc.less, "at least"), (b"high", pc.greater, "at most")):
        if bound in metadata:
            limit = float(metadata[bound])
            own = limit if pa.types.is_floating(values.type) else int(limit)
            yield f"must be {word} {limit:g}", compare(values, pa.scalar(own, values.type))


def repeated(point: DecisionPoint, keys: pa.Table) -> Mask:
    """Return which rows share their key with another; rows with a null in it share it with none."""
    whole = np.ones(keys.num_rows, np.bool_)
    for name in point.key:
        whole &= ~_plain(pc.is_null(keys[name]))
    places = np.flatnonzero(whole)
    columns = [keys[name].to_numpy()[places] if whole.all() else
               keys[name].take(pa.array(places)).to_numpy() for name in point.key]
    order = np.lexsort(columns)
    same = np.ones(max(0, len(order) - 1), np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    shared = np.zeros(keys.num_rows, np.bool_)
    shared[places[order[1:][same]]] = shared[places[order[:-1][same]]] = True
    return shared


def question_of(point: DecisionPoint, rows: pa.Table) -> pa.Table:
    """Return rows without faults as the twin would ask them: the contract's columns in its order, under its schema."""
    return pa.Table.from_arrays([_as(rows[field.name].combine_chunks(), field.type) for field in point.observation],
                                schema=point.observation)


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_list(kind) or column.null_count:
        return column.cast(kind)
    return lists_of(pc.list_flatten(column).to_numpy(zero_copy_only=False), _lengths(column), kind)


def _lengths(column: pa.Array) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
    return found


def _aligned(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"aligned", b"").decode())


def _plain(mask: Any) -> Mask:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False) if isinstance(mask, pa.Array)
                      else pc.fill_null(mask, False).to_numpy(), np.bool_)
