"""Cells: what an experiment is made of, and the records of those that are finished.

A cell is an arm in one replication. Its key is a digest of all that determines its result (configuration, code,
libraries); what is finished lies in a file of that name, so that a stopped experiment goes on where it was. Nothing
heavy is imported here: `linli status` reads cells while they are being lived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from sys import float_info
from typing import Any, NamedTuple

from experiments.config.compose import digest_of
from experiments.config.model import CompareConfig, RunConfig
from experiments.files import read_json
from experiments.provenance import versions
from sim.errors import InputError, Problem

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
        return key_of(digest_of("run", self.config), versions())

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.arm}, replication {self.replication + 1}"

    def record_in(self, directory: Path) -> Path:
        """Where its record lies once it is finished."""
        return directory / f"{self.key}.json"


def key_of(config_digest: str, made_by: Mapping[str, str]) -> str:
    """The key of a cell with this configuration, made by these versions."""
    what = {"config": config_digest, **made_by}
    for name in ("cpus", "revision"):
        del what[name]
    return blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()


def cells_of(config: CompareConfig) -> list[Cell]:
    """The cells of a comparison, the arms of one replication beside each other."""
    return [Cell(arm, replication, config.arm(arm, replication))
            for replication in range(config.replications) for arm in config.scenarios]


def sharing(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells of each replication that have one past: it is the same before the start in every arm."""
    by_past = groupby(cells, lambda cell: (cell.replication, cell.config.scenario.demand))
    return [list(several) for _, several in by_past]


def records_in(directory: Path, keys: Sequence[str]) -> dict[str, Record]:
    """The records that lie there, by key. Raises InputError that names every damaged one."""
    found, damaged = {}, []
    for key in keys:
        path = directory / f"{key}.json"
        if path.exists():
            record = read_record(path)
            if record is None:
                damaged.append(Problem(str(path), "is damaged; delete it, and the same line computes this cell again"))
            else:
                found[key] = record
    if damaged:
        raise InputError(damaged)
    return found


def read_record(path: Path) -> Record | None:
    """The record in a file, None where there is none, or it holds none or another's."""
    try:
        found = read_json(path)
    except (OSError, ValueError):
        return None
    return found if found.get("key") == path.stem and _is_whole(found) else None


def _is_whole(record: Record) -> bool:
    """Whether a record says which cell it is of, and what its figures are or why there are none."""
    names = isinstance(record.get("arm"), str), isinstance(record.get("replication"), int)
    if not all(names) or not _is_number(record.get("seconds")):
        return False
    if "result" not in record:
        return isinstance(record.get("failure"), str)
    result = record["result"]
    if not isinstance(result, dict) or not all(isinstance(result.get(part), dict) for part in ("metrics", "versions")):
        return False
    return all(isinstance(figure, dict) and "reason" in figure and "value" in figure
               and (figure["value"] is None or _is_number(figure["value"])) for figure in result["metrics"].values())


def _is_number(value: Any) -> bool:
    """Whether a value is a number that a figure can be: neither NaN nor infinite."""
    return isinstance(value, int | float) and abs(value) <= float_info.max
