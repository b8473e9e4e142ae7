"""Where a result comes from."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

_DISTRIBUTIONS = ("linli", "numpy", "scipy", "numba", "pyarrow", "simpy", "mesa")


def versions() -> dict[str, str]:
    """The versions that a digest is promised for: ours, Python's, the machine's type, the libraries that compute."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
