"""Columns of the files of a recording, and one clear message for each thing that is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

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
            known = [name for name in (*names, *optional) if name in present]
            table = file.read(columns=known)
    except (pa.ArrowException, OSError) as error:
        raise InputError(Problem("data", f"{path}: not readable as Parquet: {error}")) from error
    found = Gathering()
    found.get(lambda: require(path, present, names))
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
        numbers(path, table, name, whole=False)


def dates_of(path: Path, table: pa.Table) -> npt.NDArray[np.datetime64]:
    """The column dt as datetime64[D]. Raises InputError naming file, column and row."""
    try:
        date = table["dt"].cast(pa.date32())
    except pa.ArrowException as error:
        raise InputError(Problem("data", f"{path}: column dt holds no dates: {error}")) from error
    if date.null_count:
        row = int(np.flatnonzero(date.is_null().to_numpy())[0])
        raise InputError(Problem("data", f"{path}: column dt, row {row}: empty"))
    return date.to_numpy().astype("datetime64[D]")


def id_columns(path: Path, names: tuple[str, ...]) -> list[Integers]:
    """Whole-number columns of a CSV file. Raises InputError naming file, column and row."""
    try:
        with path.open("rb") as stream:
            table = pa_csv.read_csv(stream)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(Problem("data", f"{path}: not readable as CSV: {error}")) from error
    require(path, table.column_names, names)
    found = Gathering()
    columns = [found.get(lambda name=name: numbers(path, table, name, whole=True)) for name in names]  # type: ignore[misc]
    found.done()
    return [column for column in columns if column is not None]


def require(path: Path, present: list[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """``names``, if all are ``present``; else InputError with the nearest name for each that is missing."""
    problems = []
    for name in names:
        if name not in present:
            close = difflib.get_close_matches(name, present, 1)
            problems.append(Problem("data", f"{path}: column {name} is missing", close[0] if close else None))
    if problems:
        raise InputError(problems)
    return names


def numbers(path: Path, table: pa.Table, name: str, whole: bool) -> npt.NDArray[Any]:
    """A column as int64 (``whole``, from 0 to 2^31 - 1) or float64 with NaN where empty.

    Raises InputError naming file, column and row when it holds anything else.
    """
    column = table[name]
    kind = column.type
    if not (pa.types.is_integer(kind) or not whole and (pa.types.is_floating(kind) or pa.types.is_decimal(kind))):
        wanted = "whole numbers" if whole else "numbers"
        raise InputError(Problem("data", f"{path}: column {name} holds {kind}, not {wanted}"))
    if not whole:
        return column.cast(pa.float64()).fill_null(float("nan")).to_numpy()
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise InputError(Problem("data", f"{path}: column {name}, row {row}: empty"))
    values = column.cast(pa.int64()).to_numpy()
    outside = np.flatnonzero((values < 0) | (values >= 2**31))
    if len(outside):
        message = f"{path}: column {name}, row {outside[0]}: {values[outside[0]]} is not in 0 to 2^31 - 1"
        raise InputError(Problem("data", message))
    return values
