"""Where an answer goes: text, or one JSON object that nothing else can get between."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from experiments.jsonable import to_json
from sim.errors import Problem, RunError


class Output:
    """Standard output and standard error of one command.

    With JSON, descriptor 1 is moved aside at the start and what anybody prints, C libraries included, goes to standard
    error; the object alone is written to where descriptor 1 pointed. `keep_aside` leaves it so at the end, for a
    process that is about to end and may still flush; otherwise it is put back.
    """

    def __init__(self, as_json: bool, keep_aside: bool) -> None:
        """Moves nothing yet: entering does."""
        self._as_json = as_json
        self._keep_aside = keep_aside
        self._aside: int | None = None
        self._lost = False

    def __enter__(self) -> Output:
        """Moves descriptor 1 aside when the answer is to be JSON; one that is closed leads to nowhere."""
        _open_closed_ones()
        if self._as_json:
            _flush()
            self._aside = os.dup(1)
            os.dup2(2, 1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Flushes, and puts descriptor 1 back unless the process ends now."""
        _flush()
        if self._aside is not None:
            if not self._keep_aside:
                os.dup2(self._aside, 1)
            os.close(self._aside)

    def text_or_json(self, text: str, data: Mapping[str, Any]) -> None:
        """The answer."""
        try:
            if self._aside is None:
                _backslash_what_cannot_be_encoded()
                print(text, flush=True)
            else:
                _write_all(self._aside, (to_json(data) + "\n").encode(errors="backslashreplace"))
        except BrokenPipeError:
            self._nobody_reads()
        except OSError as error:
            self._lost = True
            self._nobody_reads()
            raise RunError(f"standard output cannot be written to ({error.strerror})") from None

    def problems(self, problems: Iterable[Problem]) -> None:
        """What is wrong: one line each on standard error, or as JSON the only output."""
        found = list(problems)
        if self._aside is not None and not self._lost:
            try:
                self.text_or_json("", {"errors": [problem._asdict() for problem in found]})
            except RunError as error:
                self.notes([*map(str, found), str(error)])
        else:
            self.notes(str(problem) for problem in found)

    def notes(self, lines: Iterable[str]) -> None:
        """Remarks on standard error."""
        try:
            for line in lines:
                print(line, file=sys.stderr, flush=True)
        except OSError:
            to_nowhere(2)

    def _nobody_reads(self) -> None:
        to_nowhere(1 if self._aside is None else self._aside)


def _flush() -> None:
    """Empties Python's buffers; what nobody reads any more is dropped."""
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            to_nowhere(descriptor)


def _open_closed_ones() -> None:
    """Without this a result file would get the number of a closed descriptor, and what is printed would land in it."""
    for descriptor, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            to_nowhere(descriptor)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(descriptor, "r" if descriptor == 0 else "w", closefd=False))


def to_nowhere(descriptor: int) -> None:
    """What is written to the descriptor from now on is dropped, and nothing can be read from it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content):]


def _backslash_what_cannot_be_encoded() -> None:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
