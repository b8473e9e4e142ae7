"""The nearest valid name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, valid: Iterable[str], at_least: float = 0.6) -> str | None:
    """The valid name most like `name`, or None when none is `at_least` that similar (0 to 1).

    Dotted names are compared as a whole and by their last part, so that `shops` finds `city.shops`.
    Ties go to the first in alphabetical order.
    """
    best, best_score = None, at_least
    for candidate in sorted(valid):
        score = max(_similarity(name, candidate),
                    0.99 * _similarity(name.rpartition(".")[2], candidate.rpartition(".")[2]))
        if score > best_score or (best is None and score == best_score):
            best, best_score = candidate, score
    return best


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()
