"""Decisions by file: questions from Parquet to Parquet, the rows that are none beside, with the reason."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from policies.errors import NoDecision, WrongQuestions
from policies.serving.process import About, PolicyProcess
from policies.serving.rows import REPEATED, Fault, Mask, column_problems, faults, question_of, repeated

BATCH_ROWS = 16_384
REASON = "reason"
"""The column of rejects that says what is wrong; ``row`` before it counts the file's rows from 0."""


class Scored(NamedTuple):
    """How many rows a file has, how many were decided and how many rejected."""

    rows: int
    decided: int
    rejected: int


def rejects_beside(target: Path) -> Path:
    """Return where the rejected rows go: ``out.parquet`` has ``out.rejects.parquet`` beside it."""
    name = target.name.removesuffix(".parquet")
    return target.with_name(f"{name}.rejects.parquet")


def check_questions(source: Path, about: About) -> None:
    """Raise WrongQuestions when the file is no Parquet file with exactly the columns of the policy's questions."""
    try:
        with pq.ParquetFile(source) as file:
            problems = column_problems(about.point, file.schema_arrow)
    except (pa.ArrowException, OSError) as error:
        raise WrongQuestions([f"cannot be read as Parquet: {' '.join(str(error).split())}"]) from None
    if problems:
        raise WrongQuestions(problems)


def score(
    source: Path, target: Path, policy: PolicyProcess, progress: Callable[[int, int], None] | None = None
) -> Scored:
    """Decide every row of ``source`` that is a question, into ``target``; the others go beside it.

    Where the point is row-wise the file is read in batches, and only its keys as a whole; else it is one question.
    Both files are there whole or not at all; the second only where a row was rejected. ``progress`` is told how many
    rows of how many are done.

    Raises
    ------
    WrongQuestions
        when the file does not have the columns, or cannot be read to its end.
    NoDecision
        when the policy does not answer, or wrongly.
    OSError
        when a file cannot be written.
    """
    check_questions(source, policy.about)
    point = policy.about.point
    decided = rejected = done = 0
    with pq.ParquetFile(source) as file, _Writer(target) as answers, _Writer(rejects_beside(target)) as rejects:
        total = file.metadata.num_rows
        with _reading():
            shared = repeated(point, file.read(columns=list(point.key)))
        for rows in _parts(file, point.row_wise):
            wrong = [*faults(point, rows, policy.about.lengths),
                     *_shared(point.key, shared[done : done + rows.num_rows])]
            bad = np.logical_or.reduce([np.zeros(rows.num_rows, np.bool_), *(fault.rows for fault in wrong)])
            if bad.any():
                rejects.write(_rejected(rows, bad, wrong, done))
            if not bad.all():
                question = question_of(point, rows.filter(pa.array(~bad)))
                answers.write(policy.decide(question))
            done += rows.num_rows
            decided, rejected = done - rejected - int(bad.sum()), rejected + int(bad.sum())
            if progress is not None:
                progress(done, total)
        if not decided:
            required = [field for field in point.decision if not field.nullable]
            answers.write(pa.schema(required).empty_table())
        rejects.finish()
        answers.finish()
    return Scored(done, decided, rejected)


def _parts(file: pq.ParquetFile, row_wise: bool) -> Iterator[pa.Table]:
    with _reading():
        if not row_wise:
            yield file.read()
            return
        for batch in file.iter_batches(BATCH_ROWS):
            yield pa.Table.from_batches([batch])


@contextmanager
def _reading() -> Iterator[None]:
    """Within, what goes wrong is the file's fault."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise WrongQuestions([f"cannot be read to its end: {' '.join(str(error).split())}"]) from None


def _shared(key: tuple[str, ...], rows: Mask) -> list[Fault]:
    return [Fault(", ".join(key), REPEATED, rows)] if rows.any() else []


def _rejected(rows: pa.Table, bad: Mask, wrong: list[Fault], first: int) -> pa.Table:
    """The rejected rows as they came, with their number in the file and all that is wrong with each."""
    places = np.flatnonzero(bad)
    reasons: dict[int, list[str]] = {int(place): [] for place in places}
    for fault in wrong:
        for place in np.flatnonzero(fault.rows):
            reasons[int(place)].append(f"{fault.column}: {fault.message}")
    kept = rows.take(pa.array(places)).replace_schema_metadata(None)
    numbered = kept.append_column("row", pa.array(places + first, pa.int64()))
    return numbered.append_column(REASON, pa.array(["; ".join(reasons[int(place)]) for place in places], pa.string()))


class _Writer:
    """A Parquet file that takes its place when it is finished; without it nothing is left."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._writer: pq.ParquetWriter | None = None
        self._path = ""

    def __enter__(self) -> _Writer:
        return self

    def write(self, rows: pa.Table) -> None:
        """Add rows; all have the columns of the first."""
        if self._writer is None:
            descriptor, self._path = tempfile.mkstemp(prefix=f".{self._target.name[:40]}.", dir=self._target.parent)
            os.close(descriptor)
            self._writer = pq.ParquetWriter(self._path, rows.schema.remove_metadata())
        if not rows.schema.equals(self._writer.schema, check_metadata=False):
            raise NoDecision(f"answers some rows with {', '.join(self._writer.schema.names)}, "
                             f"others with {', '.join(rows.schema.names)}")
        self._writer.write_table(rows.replace_schema_metadata(None))

    def finish(self) -> None:
        """Put the file in its place, if anything was written."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self._path, 0o666 & ~mask)
            os.replace(self._path, self._target)
            self._path = ""

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            with suppress(OSError, pa.ArrowException):  # on a full disk its last bytes cannot be written either
                self._writer.close()
        if self._path:
            os.unlink(self._path)
