"""Cells: what an experiment is made of, and the records of those that are finished.

A cell is an arm in one replication. Its key is a digest of all that determines its result (configuration, code,
libraries); what is finished lies in a file of that name, so that a stopped experiment goes on where it was. Nothing
heavy is imported here: `linli status` reads cells while they are being lived.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from experiments.config.compose import digest_of
from experiments.config.model import CompareConfig, RunConfig
from experiments.provenance import versions

Record = dict[str, Any]
"""`arm, replication, key, seconds` with `result` and `detail`, or with `failure` and `trace` where the cell failed."""


class Cell(NamedTuple):
    """One arm in one replication."""

    arm: str
    replication: int
    config: RunConfig

    @property
    def key(self) -> str:
        """A digest of all that determines the result."""
        what = {"config": digest_of("run", self.config), **versions()}
        for name in ("cpus", "revision"):
            del what[name]
        return blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.arm}, replication {self.replication + 1}"

    def record_in(self, directory: Path) -> Path:
        """Where its record lies once it is finished."""
        return directory / f"{self.key}.json"


def cells_of(config: CompareConfig) -> list[Cell]:
    """The cells of a comparison, the arms of one replication beside each other."""
    return [Cell(arm, replication, config.arm(arm, replication))
            for replication in range(config.replications) for arm in config.scenarios]


def sharing(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells of each replication that have one past: it is the same before the start in every arm."""
    by_past = groupby(cells, lambda cell: (cell.replication, cell.config.scenario.demand))
    return [list(several) for _, several in by_past]


def read_record(path: Path) -> Record | None:
    """A record, or None where none was written."""
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
