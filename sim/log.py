"""The event log: append-only Arrow tables, partitioned by the business day on which a row *arrived*.

The log knows no retail: table schemas are injected. Every table starts with the four columns of ``STAMP``;
a row is identified by (source, sequence). Reading is as-of: a row is visible once its arrival time has passed.

Schema metadata that the log understands:

``panel_key``
    the column whose value decides whether a row belongs to the fixed panel (detail level ``panel``)
``delivery``
    ``at-least-once`` when a source may resend; repeated (source, sequence) rows then fall out on reading
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.clock import Clock
from sim.digest import digest_table
from sim.errors import ContractError, InputError, Problem
from sim.streams import Key, uniform

STAMP = (
    pa.field("event_time", pa.timestamp("s"), nullable=False),
    pa.field("arrival_time", pa.timestamp("s"), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("sequence", pa.int64(), nullable=False),
)
EVENT_KEY = ("source", "sequence")
RESENT_DAYS = 2
"""A source repeats a row so many days after its first arrival at most."""
Detail = Literal["all", "panel", "recent", "none"]
RECENT_DAYS = 3
"""Closed days of which detail ``recent`` keeps the rows."""


@dataclass(frozen=True)
class Reducer:
    """Derives the daily rows of one aggregate table from the complete rows of the day.

    ``reduce`` receives the day and its rows of each table in ``inputs`` and returns the columns of ``output`` (without
    the stamp). It is the only way from rows to aggregates, so full rows read back later reduce to the same.
    """

    output: str
    inputs: tuple[str, ...]
    reduce: Callable[[int, Mapping[str, pa.Table]], Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """The fixed share of entities whose rows are kept under detail ``panel``: the same entities in every run."""

    key: Key
    share: float

    def contains(self, entities: np.ndarray) -> np.ndarray:
        """Return which ``entities`` (ids) belong to the panel, as booleans of the same length; -1 never does."""
        ids = entities.astype(np.int64)
        return (ids >= 0) & (uniform(self.key, 0, np.maximum(ids, 0)) < self.share)


class EventLog:
    """Typed event tables in memory, one Arrow table a (table, arrival day).

    Parameters
    ----------
    schemas
        table name to schema; every schema begins with ``STAMP``.
    clock
        translates times to business days.
    detail
        table name to ``all`` (default), ``panel``, ``recent`` (rows of the last RECENT_DAYS closed days only) or
        ``none``; applied when a day is closed, after the reducers.
    reducers
        run in order when a day is closed.
    panel
        needed when any table has detail ``panel``.
    source_of_aggregates
        the source name stamped on reduced rows.
    """

    def __init__(
        self,
        schemas: Mapping[str, pa.Schema],
        clock: Clock,
        *,
        detail: Mapping[str, Detail] | None = None,
        reducers: Sequence[Reducer] = (),
        panel: Panel | None = None,
        source_of_aggregates: str = "reducer",
    ) -> None:
        self._schemas = dict(schemas)
        self._clock = clock
        self._detail: dict[str, Detail] = dict(detail or {})
        self._reducers = tuple(reducers)
        self._panel = panel
        self._aggregator = source_of_aggregates
        self._open: dict[tuple[str, int], list[pa.Table]] = {}
        self._closed: dict[str, dict[int, pa.Table]] = {name: {} for name in self._schemas}
        self._sequence: dict[str, int] = {}
        self._border: int | None = None  # days before it are closed
        self._check_construction()
        self._fields = {
            name: {field.name: (field.type, field.nullable) for field in list(schema)[len(STAMP) :]}
            for name, schema in self._schemas.items()
        }

    def _check_construction(self) -> None:
        problems = [
            Problem(f"log.{name}", "a table's schema must begin with event_time, arrival_time, source, sequence")
            for name, schema in self._schemas.items()
            if tuple(schema)[: len(STAMP)] != STAMP
        ]
        for name, level in self._detail.items():
            if name not in self._schemas:
                problems.append(Problem(f"log.detail.{name}", "no such event table"))
            elif level == "panel" and (self._panel is None or b"panel_key" not in (self._schemas[name].metadata or {})):
                problems.append(Problem(f"log.detail.{name}", "this table has no panel: choose all, recent or none"))
        if problems:
            raise InputError(problems)

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        """Table name to schema."""
        return dict(self._schemas)

    def append(
        self,
        table: str,
        source: str,
        event_time: np.datetime64 | np.ndarray,
        columns: Mapping[str, Any],
        *,
        arrival_time: np.datetime64 | np.ndarray | None = None,
        sequence: np.ndarray | None = None,
    ) -> None:
        """Append rows that ``source`` emitted.

        Parameters
        ----------
        event_time, arrival_time
            datetime64[s], scalar or one a row; arrival defaults to the event time.
        columns
            the table's columns beside the stamp, all of one length.
        sequence
            only for a source that resends rows it has already numbered; otherwise the log numbers them.

        Raises
        ------
        ContractError
            when columns are missing, unknown, of unequal length or do not fit the schema's type, when a row arrives
            before it happens or on a day that is closed; nothing is appended then.
        """
        schema = self._schema(table)
        arrays = self._arrays(table, columns)
        rows = len(arrays[0]) if arrays else 0
        if rows == 0:
            return
        happened = _moments(f"{table}.event_time", event_time, rows)
        arrived = happened if arrival_time is None else _moments(f"{table}.arrival_time", arrival_time, rows)
        if (arrived < happened).any():
            raise ContractError(f"{table}: a row arrives before it happens")
        days = np.asarray(self._clock.day_of(arrived))
        if self._border is not None and days.min() < self._border:
            raise ContractError(f"{table}: rows arrive on day {days.min()}, which is closed")
        if sequence is not None and np.shape(sequence) != (rows,):
            raise ContractError(f"{table}.sequence: {np.shape(sequence)} numbers for {rows} rows")
        numbers = self._number(source, rows) if sequence is None else np.asarray(sequence, np.int64)
        stamp = [
            pa.array(happened.copy(), pa.timestamp("s")),
            pa.array(arrived.copy(), pa.timestamp("s")),
            pa.repeat(pa.scalar(source, pa.string()), rows),
            pa.array(numbers),
        ]
        whole = pa.Table.from_arrays([*stamp, *arrays], schema=schema)
        self._file_by_arrival(table, whole, days)

    def _schema(self, table: str) -> pa.Schema:
        if table not in self._schemas:
            raise ContractError(f"no event table {table!r}; the log has {', '.join(sorted(self._schemas))}")
        return self._schemas[table]

    def _arrays(self, table: str, columns: Mapping[str, Any]) -> list[pa.Array]:
        fields = self._fields[table]
        if fields.keys() != columns.keys():
            missing, unknown = sorted(fields.keys() - columns.keys()), sorted(columns.keys() - fields.keys())
            raise ContractError(f"{table}: missing columns {missing}, unknown columns {unknown}")
        arrays = []
        for name, (kind, _) in fields.items():
            try:
                value = columns[name]
                if isinstance(value, pa.ChunkedArray):
                    value = value.combine_chunks()
                arrays.append(value.cast(kind) if isinstance(value, pa.Array) else pa.array(value, kind))
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise ContractError(f"{table}.{name}: {error}") from error
        if len({len(array) for array in arrays}) > 1:
            lengths = {name: len(array) for name, array in zip(fields, arrays, strict=True)}
            raise ContractError(f"{table}: columns of unequal length {lengths}")
        for (name, (_, nullable)), array in zip(fields.items(), arrays, strict=True):
            if not nullable and array.null_count:
                raise ContractError(f"{table}.{name}: null where the contract allows none")
        return arrays

    def _number(self, source: str, rows: int) -> np.ndarray:
        first = self._sequence.get(source, 0)
        self._sequence[source] = first + rows
        return np.arange(first, first + rows, dtype=np.int64)

    def _file_by_arrival(self, table: str, rows: pa.Table, days: np.ndarray) -> None:
        first, last = int(days.min()), int(days.max())
        if first == last:
            parts = {first: rows}
        else:
            parts = {int(day): rows.filter(pa.array(days == day)) for day in np.unique(days)}
        for day, part in parts.items():
            self._open.setdefault((table, day), []).append(part)

    def close_day(self, day: int) -> None:
        """Reduce the day's rows to aggregates, then drop what the detail levels do not keep.

        Days are closed in order; rows can no longer arrive on a closed day. Raises ContractError for a day that is
        closed already.
        """
        if self._border is not None and day < self._border:
            raise ContractError(f"day {day} is closed already")
        end = self._clock.at(day, 23.0) - np.timedelta64(1, "s")
        for name in self._schemas:
            if (name, day) in self._open:  # whole columns, for all reducers that read them
                self._open[name, day] = [self._of_day(name, day).combine_chunks()]
        for reducer in self._reducers:
            columns = reducer.reduce(day, {name: self._seen(name, day, day) for name in reducer.inputs})
            self.append(reducer.output, self._aggregator, end, columns)
        for name in self._schemas:
            rows = self._kept(name, self._of_day(name, day))
            self._open.pop((name, day), None)
            if rows.num_rows:
                self._closed[name][day] = rows.combine_chunks()
            if self._detail.get(name) == "recent":
                self._closed[name] = {one: kept for one, kept in self._closed[name].items() if one > day - RECENT_DAYS}
        self._border = day + 1

    def _of_day(self, table: str, day: int) -> pa.Table:
        parts = self._open.get((table, day))
        if parts:
            return pa.concat_tables(parts)
        return self._closed[table].get(day, self._schemas[table].empty_table())

    def _kept(self, table: str, rows: pa.Table) -> pa.Table:
        level = self._detail.get(table, "all")
        if level in ("all", "recent") or rows.num_rows == 0:
            return rows
        if level == "none" or self._panel is None:
            return rows.slice(0, 0)
        column = self._schemas[table].metadata[b"panel_key"].decode()
        return rows.filter(pa.array(self._panel.contains(rows[column].to_numpy())))

    def keeps(self, table: str, entities: np.ndarray) -> np.ndarray:
        """Return which rows of ``table`` about ``entities`` (its panel key) are kept once their day is closed.

        Who writes rows that are dear to make may ask first.
        """
        level = self._detail.get(table, "all")
        if level in ("all", "recent"):
            return np.ones(len(entities), bool)
        if level == "none" or self._panel is None:
            return np.zeros(len(entities), bool)
        return self._panel.contains(entities)

    def read(self, table: str, *, as_of: np.datetime64 | None = None, since_day: int | None = None) -> pa.Table:
        """Return the rows that had arrived by ``as_of`` (inclusive), in arrival-day order, repeated rows once.

        ``since_day`` limits the answer to rows that arrived on that business day or later.
        """
        self._schema(table)
        last = None if as_of is None else int(self._clock.day_of(as_of))
        return self._seen(table, since_day, last, as_of)

    def _seen(self, table: str, first: int | None, last: int | None, as_of: np.datetime64 | None = None) -> pa.Table:
        """Rows that arrived on days ``first`` to ``last``, without those that had arrived before."""
        schema = self._schemas[table]
        resent = (schema.metadata or {}).get(b"delivery") == b"at-least-once"
        days = set(self._closed[table]) | {day for name, day in self._open if name == table}
        # a repeated row is known by its first arrival, which may lie before the days asked for
        start = first - RESENT_DAYS if resent and first is not None else first
        chosen = sorted(d for d in days if (start is None or start <= d) and (last is None or d <= last))
        rows = pa.concat_tables([self._of_day(table, day) for day in chosen]) if chosen else schema.empty_table()
        if as_of is not None and chosen and chosen[-1] == last:
            moment = pa.scalar(as_of.astype("datetime64[s]").item(), pa.timestamp("s"))
            rows = rows.filter(pc.less_equal(rows["arrival_time"], moment))
        if not resent:
            return rows
        rows = _first_of_each(rows)
        if first is None:
            return rows
        opens = pa.scalar(self._clock.opens(first).item(), pa.timestamp("s"))
        return rows.filter(pc.greater_equal(rows["arrival_time"], opens))

    def digest(self) -> str:
        """Digest of every row of every table, independent of the order of appending across sources."""
        parts = {name: digest_table(self.read(name), EVENT_KEY) for name in sorted(self._schemas)}
        return digest_table(pa.table({"table": list(parts), "digest": list(parts.values())}), ("table",))

    def save(self, directory: Path) -> None:
        """Write every table as an Arrow file with the partition it belongs to, into an existing directory."""
        manifest: dict[str, Any] = {"sequence": self._sequence, "border": self._border, "partitions": {}}
        for name, schema in self._schemas.items():
            closed = [(day, True) for day in sorted(self._closed[name])]
            waiting = [(day, False) for day in sorted(day for table, day in self._open if table == name)]
            manifest["partitions"][name] = [
                {"day": day, "closed": is_closed, "rows": self._of_day(name, day).num_rows}
                for day, is_closed in (*closed, *waiting)
            ]
            with pa.OSFile(str(directory / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for day, _ in (*closed, *waiting):
                    writer.write_table(self._of_day(name, day))
        (directory / "log.json").write_text(json.dumps(manifest, sort_keys=True), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Replace the content by what :meth:`save` wrote, memory-mapped. Raises InputError when it does not fit."""
        try:
            manifest = json.loads((directory / "log.json").read_text(encoding="utf-8"))
            tables = {
                name: pa.ipc.open_file(pa.memory_map(str(directory / f"{name}.arrow"))).read_all()
                for name in self._schemas
            }
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError([Problem(str(directory), f"not a readable event log: {error}")]) from error
        wrong = [name for name, rows in tables.items() if rows.schema != self._schemas[name]]
        if wrong or set(manifest["partitions"]) != set(self._schemas):
            raise InputError([Problem(str(directory), f"written with other table schemas: {wrong or 'table set'}")])
        short = [n for n, r in tables.items() if r.num_rows != sum(p["rows"] for p in manifest["partitions"][n])]
        if short:
            raise InputError([Problem(str(directory), f"damaged: rows are missing in {', '.join(short)}")])
        self._sequence, self._border = dict(manifest["sequence"]), manifest["border"]
        self._open, self._closed = {}, {name: {} for name in self._schemas}
        for name, rows in tables.items():
            start = 0
            for part in manifest["partitions"][name]:
                piece = rows.slice(start, part["rows"])
                start += part["rows"]
                if part["closed"]:
                    self._closed[name][part["day"]] = piece
                else:
                    self._open[(name, part["day"])] = [piece]

    def write_parquet(self, directory: Path, tables: Iterable[str] | None = None) -> None:
        """Write ``directory/<table>/day=<arrival day>.parquet``, readable by DuckDB and pandas."""
        for name in tables if tables is not None else self._schemas:
            for day, rows in sorted(self._closed[name].items()):
                folder = directory / name
                folder.mkdir(parents=True, exist_ok=True)
                pq.write_table(rows, folder / f"day={day:05d}.parquet", compression="zstd")


def _moments(where: str, moments: Any, rows: int) -> np.ndarray:
    """Return ``moments`` (scalar or one a row) as datetime64[s], one a row; ContractError when they are not."""
    given = np.asarray(moments, dtype="datetime64[s]")
    if given.shape not in ((), (rows,)):
        raise ContractError(f"{where}: {given.shape} moments for {rows} rows")
    if np.isnat(given).any():
        raise ContractError(f"{where}: null where the contract allows none")
    return np.broadcast_to(given, rows)


def _first_of_each(rows: pa.Table) -> pa.Table:
    """Keep the first arrival of each (source, sequence)."""
    if rows.num_rows == 0:
        return rows
    indexed = rows.append_column("_row", pa.array(np.arange(rows.num_rows)))
    ordered = indexed.sort_by([("arrival_time", "ascending"), ("_row", "ascending")])
    position = ordered.select(list(EVENT_KEY)).append_column("_at", ordered["_row"])
    first = position.group_by(list(EVENT_KEY), use_threads=False).aggregate([("_at", "first")])
    return rows.take(pa.array(np.sort(first["_at_first"].to_numpy())))
