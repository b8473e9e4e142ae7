"""The one small exception tree: what a user can mend, what failed while running, and rows that break a contract."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong, where it is, and the nearest name that would have been right.

    `path` is the dotted path, file or argument the message is about; empty when it is about the whole.
    """

    path: str
    message: str
    nearest: str | None = None

    def __str__(self) -> str:
        """`path: message (did you mean 'nearest'?)` on one line."""
        place = f"{self.path}: " if self.path else ""
        hint = f" (did you mean '{self.nearest}'?)" if self.nearest is not None else ""
        return " ".join(f"{place}{self.message}{hint}".split("\n"))


class LinliError(Exception):
    """Base of every error that linli raises on purpose."""


class _ProblemError(LinliError):
    """An error that carries problems; its text is one line each."""

    def __init__(self, problems: Iterable[Problem] | Problem | str) -> None:
        """Takes one problem, several, or a bare message without a path."""
        if isinstance(problems, str):
            problems = Problem("", problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[_ProblemError], tuple[tuple[Problem, ...]]]:
        """Pickles with its problems, so that a worker's error arrives whole."""
        return type(self), (self.problems,)


class InputError(_ProblemError):
    """Wrong use or configuration: the user can mend it. The command line ends with exit code 2."""


class ContractError(_ProblemError):
    """Rows were refused because they break the contract of their table; the problems name them."""


class RefusedError(_ProblemError):
    """Something was handed in rightly and is refused for what it is. The command line ends with exit code 1."""


class RunError(LinliError):
    """A run itself failed. The command line ends with exit code 1 and names the file with the trace."""
