"""What a metric is: a named function of a window of the logs, with unit, direction and labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from experiments.metrics.window import Window


class Metric(NamedTuple):
    """A figure of one run; `value` is None where it does not exist, and `reason` then says why."""

    name: str
    unit: str
    value: float | None
    reason: str | None = None


class Undefined(Exception):
    """Raised by a measure whose figure does not exist in the window; the text is the reason."""


@dataclass(frozen=True)
class Measure:
    """How a metric is computed and read.

    `better` is `neither` for what is reported and never judged. `slow` marks what needs a year to show: a shorter
    window prints its figure without a verdict.
    """

    name: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    en: str
    zh: str
    of: Callable[[Window], float]
    slow: bool = False

    def __call__(self, window: Window) -> Metric:
        """The figure of this window."""
        try:
            return Metric(self.name, self.unit, float(self.of(window)))
        except Undefined as undefined:
            return Metric(self.name, self.unit, None, str(undefined))


def ratio(part: float, whole: float, nothing: str) -> float:
    """`part / whole`; Undefined with the reason `nothing` when the whole is zero."""
    if not whole:
        raise Undefined(nothing)
    return part / whole
