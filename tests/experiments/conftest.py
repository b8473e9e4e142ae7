"""One Ray for all tests of the project.

Starting Ray takes some seconds, so the first test that asks for `ray_cluster` starts two worker processes for whichever
pytest-xdist process it runs in, and all others join them: `linli ... --workers 2` does so by itself within the fixture
(the environment names the cluster), and so do subprocesses that inherit the environment. It ends with the test session.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAD = Path(__file__).with_name("ray_head.py")
PATIENCE_SECONDS = 120


@pytest.fixture(scope="session")
def ray_cluster(tmp_path_factory):
    """The address of a running Ray with two workers; while it is in use, the environment names it."""
    in_xdist = "PYTEST_XDIST_WORKER" in os.environ
    shared = tmp_path_factory.getbasetemp().parent if in_xdist else tmp_path_factory.getbasetemp()
    session = os.getppid() if in_xdist else os.getpid()
    with (shared / "ray.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        about = shared / "ray.json"
        if not about.exists():
            start(about, session)
    found = json.loads(about.read_text())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            patch.setenv(name, value)
        yield found["RAY_ADDRESS"]


def start(about: Path, session: int) -> None:
    """Start the process that keeps Ray until `session` ends, and wait until it wrote `about`."""
    log = about.with_suffix(".log")
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": os.urandom(32).hex()}
    with log.open("w") as output:
        head = subprocess.Popen([sys.executable, str(HEAD), str(about), str(session)], env=environment,
                                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    until = time.monotonic() + PATIENCE_SECONDS
    while not about.exists():
        if head.poll() is not None or time.monotonic() > until:
            head.kill()
            raise RuntimeError(f"Ray did not start: {log.read_text()}")
        time.sleep(0.1)
