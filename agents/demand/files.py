"""Columns of the files of a recording, and one clear message for each thing that is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sim.errors import InputError, Problem

Integers = npt.NDArray[np.int64]
SHOWN = 5
"""Wrong rows that are named one by one."""


Found = TypeVar("Found")


class Gathering:
    """Collects what is wrong over several reads, so that all of it is said at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def get(self, read: Callable[[], Found]) -> Found | None:
        """What ``read`` returns; None, and its problems kept, where it refuses."""
        try:
            return read()
        except InputError as error:
            self.problems += error.problems
            return None

    def done(self) -> None:
        """Raise InputError with all that was found, if anything was."""
        if self.problems:
            raise InputError(self.problems)


def read_table(path: Path, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> pa.Table:
    """Columns of a Parquet file: those in ``names``, and those of ``optional`` that it has.

    Raises InputError naming the file when it is unreadable, and the columns that are missing.
    """
    try:
        with pq.ParquetFile(path) as file:
            present = file.schema_arrow.names
            known = [name for name in (*names, *optional) if present.count(name) == 1]
            table = file.read(columns=known)
    except (pa.ArrowException, OSError) as error:
        raise InputError(Problem("data", f"{path}: not readable as Parquet: {error}")) from error
    found = Gathering()
    found.get(lambda: require(path, present, names, optional))
    if found.problems:  # and what is wrong with the columns that are there
        for name in table.column_names:
            found.get(lambda name=name: _look_at(path, table, name))  # type: ignore[misc]
    found.done()
    return table


def _look_at(path: Path, table: pa.Table, name: str) -> None:
    """Raise InputError where a column could hold no figures or dates at all."""
    if name == "dt":
        dates_of(path, table)
    elif not (pa.types.is_integer(table[name].type) or pa.types.is_floating(table[name].type)):
        numbers(path, table, name)


def dates_of(path: Path, table: pa.Table) -> npt.NDArray[np.datetime64]:
    """The column dt as datetime64[D]. Raises InputError naming file, column and rows."""
    try:
        date = table["dt"].cast(pa.date32())
    except pa.ArrowException as error:
        raise InputError(Problem("data", f"{path}: column dt holds no dates: {error}")) from error
    _refuse(path, "dt", np.flatnonzero(date.is_null().to_numpy()), lambda _: "empty")
    return date.to_numpy().astype("datetime64[D]")


def id_columns(path: Path, names: tuple[str, ...]) -> list[Integers]:
    """Whole-number columns of a CSV file with at least one row, the first without a repeated number.

    Raises InputError naming file, column and row.
    """
    try:  # one thread: then the reader says which row it cannot split
        with path.open("rb") as stream:
            table = pa_csv.read_csv(stream, pa_csv.ReadOptions(use_threads=False))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(Problem("data", f"{path}: not readable as CSV: {error}")) from error
    require(path, table.column_names, names)
    if not table.num_rows:
        raise InputError(Problem("data", f"{path}: no rows"))
    found = Gathering()
    columns = [found.get(lambda name=name: ids(path, table, name)) for name in names]  # type: ignore[misc]
    if columns[0] is not None:
        found.get(lambda: _once(path, names[0], columns[0]))  # type: ignore[arg-type]
    found.done()
    return [column for column in columns if column is not None]


def require(path: Path, present: list[str], names: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Raise InputError for each of ``names`` that is not ``present``, with the nearest name, and each that is twice."""
    problems = []
    for name in (*names, *optional):
        if present.count(name) > 1:
            problems.append(Problem("data", f"{path}: column {name} is there {present.count(name)} times"))
        elif name in names and name not in present:
            close = difflib.get_close_matches(name, present, 1)
            problems.append(Problem("data", f"{path}: column {name} is missing", close[0] if close else None))
    if problems:
        raise InputError(problems)


def numbers(path: Path, table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """A column of figures as float64 with NaN where empty. Raises InputError when it holds anything else."""
    kind = table[name].type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise InputError(Problem("data", f"{path}: column {name} holds {kind}, not numbers"))
    return np.asarray(table[name].cast(pa.float64()).fill_null(float("nan")).to_numpy())


def ids(path: Path, table: pa.Table, name: str) -> Integers:
    """A column of whole numbers from 0 to 2^31 - 1. Raises InputError naming file, column and rows."""
    column = table[name]
    if not pa.types.is_integer(column.type):
        raise InputError(Problem("data", f"{path}: column {name} holds {column.type}, not whole numbers"))
    _refuse(path, name, np.flatnonzero(column.is_null().to_numpy()), lambda _: "empty")
    values = column.cast(pa.int64()).to_numpy()
    outside = np.flatnonzero((values < 0) | (values >= 2**31))
    _refuse(path, name, outside, lambda row: f"{values[row]} is not in 0 to 2^31 - 1")
    return np.asarray(values)


def named(path: Path, column: str, wrong: Integers, say: Callable[[int], tuple[str, str]]) -> list[Problem]:
    """A problem for each of the first of ``wrong``, and one that counts the others; ``say``: where it is, and what."""
    said = (say(int(at)) for at in wrong[:SHOWN])
    problems = [Problem("data", f"{path}: column {column}, {where}: {what}") for where, what in said]
    if len(wrong) > SHOWN:
        problems.append(Problem("data", f"{path}: column {column}: {len(wrong) - SHOWN} more rows like these"))
    return problems


def _refuse(path: Path, column: str, rows: Integers, what: Callable[[int], str]) -> None:
    if len(rows):
        raise InputError(named(path, column, rows, lambda row: (f"row {row}", what(row))))


def _once(path: Path, column: str, values: Integers) -> None:
    """Raise InputError for rows whose number stands in an earlier row already."""
    _, first, which = np.unique(values, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(len(values)))
    _refuse(path, column, again, lambda row: f"{values[row]} stands in row {first[which[row]]} already")
