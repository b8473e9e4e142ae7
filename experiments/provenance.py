"""Where a result comes from."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_DISTRIBUTIONS = ("linli", "numpy", "scipy", "numba", "pyarrow", "simpy", "mesa")
_ROOT = Path(__file__).resolve().parents[1]
_COMPUTES = ("sim", "hardware_models", "agents", "policies", "experiments/build.py", "experiments/deciders.py",
             "experiments/detail.py", "experiments/metrics", "experiments/runner.py", "conf/params")


@cache
def versions() -> dict[str, str]:
    """The versions that a digest is promised for: ours, Python's, the machine's type, the libraries that compute.

    `code` is a digest of the sources and parameters that determine a result, `revision` the commit they were checked
    out from (where there is one), `cpus` the processors that this process may use.
    """
    found = {"python": platform.python_version(), "machine": platform.machine(), "cpus": str(_cpus()),
             "code": code_digest(), "revision": _revision()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def code_digest() -> str:
    """blake2b over every source and parameter file that determines a result, as 32 hexadecimal digits."""
    digest = blake2b(digest_size=16)
    for part in _COMPUTES:
        path = _ROOT / part
        files = [path] if path.is_file() else [file for kind in ("*.py", "*.yaml") for file in path.rglob(kind)]
        for file in sorted(files):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(_ROOT).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _revision() -> str:
    """The commit of the checkout these files lie in, or "unknown" for an installed copy."""
    if not (_ROOT / ".git").exists():
        return "unknown"
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=_ROOT, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
