"""Keeps a Ray of two workers for as long as a test session lives: ray_head.py FILE PROCESS."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from experiments.executors.cluster import cluster


def main(about: Path, session: int) -> None:
    """Write to `about` what must stand in the environment of who joins, then wait for the end of `session`."""
    with cluster(2) as ray:
        joins = {"RAY_ADDRESS": ray.get_runtime_context().gcs_address,
                 **{name: os.environ[name] for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")}}
        draft = about.with_suffix(".draft")
        draft.write_text(json.dumps(joins))
        draft.rename(about)
        while lives(session):
            time.sleep(0.5)


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
