"""What can go wrong with a policy: its name, its parameters, its promises, its file, the questions it is asked."""

from __future__ import annotations

from collections.abc import Iterable


class PolicyError(ValueError):
    """Base of every error that `policies` raises on purpose."""


class UnknownPolicy(PolicyError):
    """There is no policy of that name.

    Attributes
    ----------
    name
        what was asked for.
    nearest
        the most similar name there is, None when none is similar.
    """

    def __init__(self, name: str, nearest: str | None = None) -> None:
        """``name`` as asked for, ``nearest`` as offered."""
        self.name, self.nearest = name, nearest
        hint = f" (did you mean {nearest!r}?)" if nearest is not None else ""
        super().__init__(f"no policy {name!r}{hint}")

    def __reduce__(self) -> tuple[type[UnknownPolicy], tuple[str, str | None]]:
        """Pickles with its parts, so that a worker's error arrives whole."""
        return type(self), (self.name, self.nearest)


class WrongParameters(PolicyError):
    """A policy was given parameters it does not take, or values it refuses."""


class WrongKey(PolicyError):
    """There is no key where one was named, or none that can be used."""


class RefusedArtifact(PolicyError):
    """A file is no promoted policy that may be used here; the text is the reason, in one line."""


class NoDecision(PolicyError):
    """A promoted policy gave no answer that may be used; the text is the reason, in one line.

    Attributes
    ----------
    late
        whether it was because the time was up.
    """

    def __init__(self, reason: str, *, late: bool = False) -> None:
        """``reason``: why there is none."""
        super().__init__(reason)
        self.late = late


class WrongQuestions(PolicyError):
    """A file holds no questions of a decision point; ``problems`` has a line for each thing that is wrong."""

    def __init__(self, problems: Iterable[str]) -> None:
        """``problems``: everything that was found."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ConformanceError(PolicyError):
    """A policy breaks what the decision port promises the twin; ``problems`` has one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        """``problems``: everything that was found."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[ConformanceError], tuple[tuple[str, ...]]]:
        """Pickles with its problems."""
        return type(self), (self.problems,)
