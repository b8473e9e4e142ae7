"""Worker processes of Ray, started for one experiment and ended with it.

Nothing of Ray is used but its core: tasks, and knowing that a process died. A cluster that runs already is joined when
`RAY_ADDRESS` names it (Ray's own convention); it must see the same files and have the same libraries.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_STORE_BYTES = 80 * 1024 * 1024
"""The least that Ray takes: records pass through it, columns do not."""
_LONGEST_FOLDER = 40
"""Ray's sockets lie below it, and the path of a socket has at most 107 bytes."""


@contextmanager
def cluster(workers: int) -> Iterator[Any]:
    """The `ray` module, connected to `workers` processes; within another `cluster` it is the same one.

    Raises RunError when Ray cannot be started.
    """
    import ray

    if ray.is_initialized():
        yield ray
        return
    from sim.errors import RunError

    folder = _folder()
    try:
        with _terminates_as_before():
            try:
                _start(ray, workers, folder)
            except Exception as error:
                raise RunError(f"Ray could not be started ({type(error).__name__}: {error})") from error
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _start(ray: Any, workers: int, folder: Path) -> None:
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    with _from_our_root():
        if os.environ.get("RAY_ADDRESS"):
            ray.init(**quiet)
            return
        # a token of this run's own: Ray would write one into the home directory, which may not be ours to write to
        if not any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
            os.environ["RAY_AUTH_TOKEN"] = os.urandom(32).hex()
        ray.init(num_cpus=workers, num_gpus=0, include_dashboard=False, object_store_memory=_STORE_BYTES,
                 _temp_dir=str(folder), _node_ip_address="127.0.0.1", **quiet)


@contextmanager
def _from_our_root() -> Iterator[None]:
    """Ray puts the working directory before all else on its workers' path: there they must find this very code."""
    before = Path.cwd()
    os.chdir(_ROOT)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _terminates_as_before() -> Iterator[None]:
    """Ray takes SIGTERM for itself; give it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _folder() -> Path:
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="linli-", dir=usual if len(usual) < _LONGEST_FOLDER - 14 else "/tmp"))
