"""An experiment as it lies in a directory: what it is, which of its cells are finished, and which are being lived.

Nothing heavy is imported here: an experiment can be looked at while it is running.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.cells import Cell, Record, cells_of, read_record
from experiments.config.compose import ROOTS, Composed, digest_of
from experiments.executors.running import marks
from experiments.files import read_json
from experiments.provenance import versions
from sim.errors import InputError, Problem

CELLS = "cells"
"""The folder of an experiment that holds the records of its cells."""
_CELLS_OF: Mapping[str, Callable[[Any], list[Cell]]] = {"compare": cells_of}
"""The verbs whose experiments are made of cells."""
_BESIDE_KEY = ("cpus", "revision")


class Experiment(NamedTuple):
    """What lies in a directory: its configuration and the cells that this makes."""

    path: Path
    composed: Composed[Any]
    cells: list[Cell]


def read_experiment(path: Path) -> Experiment:
    """The experiment in the directory `path`.

    Raises InputError when there is none, when it is of a verb without cells, or when this version of linli cannot read
    its configuration.
    """
    if not path.is_dir():
        raise InputError(Problem(str(path), "is no directory; give the one that linli compare wrote"
                                 if path.exists() else "does not exist; give the directory that linli compare wrote"))
    try:
        marker = read_json(path / "config.json")
        verb, digest = marker["verb"], marker["config_digest"]
    except (OSError, ValueError, KeyError):
        raise InputError(Problem(str(path), "holds no experiment (no config.json of ours in it)")) from None
    if verb not in _CELLS_OF:
        raise InputError(Problem(str(path), f"holds the result of linli {verb}, which has no cells to go on from"))
    try:
        plain = {**marker["config"], **marker.get("shown", {})}
        config = ROOTS[verb].model_validate_json(json.dumps(plain), strict=True)
        same = digest_of(verb, config) == digest
        composed: Composed[Any] = Composed(verb, config, digest, dict(marker["groups"]))
    except (KeyError, TypeError, ValueError, ValidationError):
        same = False
    if not same:
        raise InputError(Problem(str(path / "config.json"), "is damaged or of another version of linli, whose results "
                                 "are others too: give its values to linli compare anew, with another --out"))
    return Experiment(path, composed, _CELLS_OF[verb](config))


class Status(NamedTuple):
    """How far an experiment is.

    `finished` are the records of its cells, `running` the marks of those that are being lived (see
    `experiments.executors.running`). `outdated` counts the records of cells that were finished with other code or
    libraries and so have other keys; `changed` says what, each as it was then and is now.
    """

    experiment: Experiment
    finished: list[Record]
    running: list[dict[str, Any]]
    outdated: int
    changed: dict[str, tuple[str, str]]

    @property
    def failures(self) -> list[Record]:
        """The records of the cells that failed."""
        return [record for record in self.finished if "failure" in record]

    @property
    def missing(self) -> int:
        """How many cells are not finished."""
        return len(self.experiment.cells) - len(self.finished)

    def as_json(self) -> dict[str, Any]:
        """The answer of `linli status --json`; see `docs/cli-json.md`."""
        html = self.experiment.path / "report.html"
        composed = self.experiment.composed
        return {
            "verb": composed.verb,
            "experiment": composed.config.experiment.name,
            "directory": str(self.experiment.path),
            "config_digest": composed.digest,
            "cells": len(self.experiment.cells),
            "done": len(self.finished) - len(self.failures),
            "failed": len(self.failures),
            "missing": self.missing,
            "seconds": sum(record["seconds"] for record in self.finished),
            "running": self.running,
            "failures": [{name: record[name] for name in ("arm", "replication", "failure")}
                         for record in self.failures],
            "outdated": self.outdated,
            "changed": {name: {"then": then, "now": now} for name, (then, now) in self.changed.items()},
            "html": str(html) if html.exists() else None,
        }

    def outdated_said(self) -> str:
        """What to know about records that no longer count; empty where there are none."""
        if not self.outdated:
            return ""
        what = ", ".join(name if name == "code" else f"{name} {then}, now {now}"
                         for name, (then, now) in sorted(self.changed.items())) or "unknown"
        return (f"{self.outdated} cells were finished with other code or libraries ({what}): their keys differ, "
                "so they are computed again")


def status_of(experiment: Experiment) -> Status:
    """How far `experiment` is now."""
    folder = experiment.path / CELLS
    keys = {cell.key: cell for cell in experiment.cells}
    finished = [record for key in keys if (record := read_record(folder / f"{key}.json")) is not None]
    wanted = {(cell.arm, cell.replication) for cell in experiment.cells} - {_about(record) for record in finished}
    strangers = [record for path in sorted(folder.glob("*.json")) if path.stem not in keys
                 if (record := read_record(path)) is not None and _about(record) in wanted]
    return Status(experiment, finished, _running(folder, keys), len({_about(record) for record in strangers}),
                  _changed(strangers))


def _about(record: Record) -> tuple[str, int]:
    return record["arm"], record["replication"]


def _running(folder: Path, keys: Mapping[str, Cell]) -> list[dict[str, Any]]:
    """The marks of this experiment's cells, with the days there are to live at most (`of`: past and own)."""
    return [{**mark, "of": keys[mark["key"]].config.burn_in_days + keys[mark["key"]].config.days}
            for mark in marks(folder) if mark["key"] in keys]


def _changed(records: list[Record]) -> dict[str, tuple[str, str]]:
    """What made most of the `records` other than one of now would be."""
    then = Counter(tuple(sorted(record["result"]["versions"].items())) for record in records if "result" in record)
    if not then:
        return {}
    before, now = dict(then.most_common(1)[0][0]), versions()
    names = [name for name in before.keys() | now.keys() if name not in _BESIDE_KEY]
    return {name: (before.get(name, "none"), now.get(name, "none"))
            for name in names if before.get(name) != now.get(name)}
