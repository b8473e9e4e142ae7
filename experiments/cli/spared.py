"""Keeps pyarrow and numba from importing what nothing here uses: it takes a fifth of a short command's time."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType


class _Hidden:
    """A finder that stands before all others and does not find one package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name == self._package:
            raise ModuleNotFoundError("hidden for a moment", name=name)


@contextmanager
def _without(package: str) -> Iterator[None]:
    hidden = _Hidden(package)
    sys.meta_path.insert(0, hidden)
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)


def spare_pandas() -> None:
    """Let pyarrow look for pandas once, as it does at its first conversion, while there is none to find.

    It remembers that for conversions; what needs pandas (`to_pandas`) looks again.
    """
    import pyarrow

    if "pandas" not in sys.modules:
        with _without("pandas"):
            pyarrow.array([0])


def spare_scipy() -> None:
    """Let numba look once for SciPy's linear algebra, which no kernel calls, while there is none to find."""
    import sim.jit  # noqa: F401  (it must set numba's cache folder before numba loads more)

    if "scipy.linalg" not in sys.modules:
        with _without("scipy.linalg"):
            importlib.import_module("numba.np.arraymath")
