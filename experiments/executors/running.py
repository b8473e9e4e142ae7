"""Which cells are being lived right now, written beside the records by whoever lives them.

A mark is a small file under an exclusive lock. The lock ends with its process, however that ends, so a mark that nobody
holds is what a killed process left, and is told apart without process numbers. `linli status` and whoever waits for
workers read marks; no figure depends on them, and where files cannot be locked there are none.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from experiments.cells import Cell

SUFFIX = ".running"
_EVERY_SECONDS = 0.2
_SIZE = 512
"""Every version of a mark is as long, so that it is replaced by one write."""


@contextmanager
def mark(directory: Path, cell: Cell) -> Iterator[Callable[[int], None]]:
    """Within, `cell` is marked as being lived in this process; call what it gives with the days lived so far."""
    path = directory / f"{cell.key}{SUFFIX}"
    descriptor = _locked(path)
    if descriptor is None:
        yield lambda days: None
        return
    about: dict[str, Any] = {"arm": cell.arm, "replication": cell.replication, "key": cell.key, "pid": os.getpid(),
                             "host": socket.gethostname()[:64], "since": time.time()}
    written = float("-inf")

    def lived(days: int) -> None:
        nonlocal written
        now = time.monotonic()
        if now - written >= _EVERY_SECONDS:
            written = now
            with suppress(OSError):  # a full disk is for the record to report
                os.pwrite(descriptor, json.dumps({**about, "lived": days}).ljust(_SIZE).encode(), 0)

    lived(0)
    try:
        yield lived
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def marks(directory: Path) -> list[dict[str, Any]]:
    """What is being lived: `arm, replication, key, pid, host, since` (seconds of the epoch) and days `lived`."""
    found = []
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        with suppress(OSError, ValueError), path.open("rb") as file:
            if not _held(file.fileno()):
                continue
            about = json.loads(file.read())
            if isinstance(about, dict):
                found.append(about)
    return found


def sweep(directory: Path) -> None:
    """Take away the marks that killed processes left."""
    for path in directory.glob(f"*{SUFFIX}"):
        with suppress(OSError), path.open("rb") as file:
            if not _held(file.fileno()):
                path.unlink()


def _locked(path: Path) -> int | None:
    """A new mark's descriptor; None where another process lives the same cell or nothing can be locked."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        return None
    for _ in range(5):  # a reader may hold it for a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError:
            time.sleep(0.01)
    os.close(descriptor)
    return None


def _held(descriptor: int) -> bool:
    """Whether a process holds the lock of an open mark."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
