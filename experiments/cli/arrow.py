"""Keeps pyarrow from importing pandas, which nothing here uses and which takes a tenth of a short command's time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType


class _NoPandas:
    """A finder that stands before all others and finds no pandas."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("hidden for a moment", name=name)


def spare_pandas() -> None:
    """Let pyarrow look for pandas once, as it does at its first conversion, while there is none to find.

    It remembers that for conversions; what needs pandas (`to_pandas`) looks again.
    """
    import pyarrow

    if "pandas" in sys.modules:
        return
    hidden = _NoPandas()
    sys.meta_path.insert(0, hidden)
    try:
        pyarrow.array([0])
    finally:
        sys.meta_path.remove(hidden)
