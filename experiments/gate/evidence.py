"""What a gate judges: the finished cells of two arms of an experiment, read from its directory and checked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from experiments.cells import Cell, Record, cells_of, key_of, read_record
from experiments.config.compose import digest_of
from experiments.config.model import CompareConfig
from experiments.experiment import CELLS, read_experiment
from experiments.gate.judge import Pairs
from experiments.nearest import nearest
from sim.errors import InputError, Problem

UNMEASURED = {"value": None, "reason": "the code that made the records does not measure it"}


class Experiment(NamedTuple):
    """An experiment's directory, its configuration, and the digest that names it."""

    directory: Path
    config: CompareConfig
    digest: str

    def arms(self, arm: str | None, baseline: str | None) -> tuple[str, str]:
        """The two arms to judge: the baseline of the experiment and its one other arm unless they are named."""
        known, problems = self.config.scenarios, []
        base = self.config.baseline if baseline is None else baseline
        others = [name for name in known if name != base]
        chosen = arm if arm is not None else others[0] if len(others) == 1 else None
        for path, name in (("arm", chosen), ("baseline", base)):
            if name is not None and name not in known:
                problems.append(Problem(path, f"'{name}' is no arm of the experiment; there are {', '.join(known)}",
                                        nearest(name, known)))
        if chosen is None:
            problems.append(Problem("arm", f"is needed: one of {', '.join(others)}"))
        elif chosen == base:
            problems.append(Problem("arm", f"is the baseline, '{base}', itself"))
        if problems or chosen is None:
            raise InputError(problems)
        return chosen, base


class Evidence(NamedTuple):
    """The records of two arms, all made by one version of the code.

    `failed` are cells without a result, `digest` that of the records' keys, `versions` those that made them.
    """

    records: Mapping[tuple[str, int], Record]
    failed: tuple[str, ...]
    mixed: tuple[str, ...]
    versions: Mapping[str, str]
    digest: str

    def pairs(self, arm: str, baseline: str, metric: str) -> Pairs:
        """A metric's figures in the replications that both arms have it in."""
        found: list[tuple[float, float]] = []
        reasons: list[str] = []
        for replication in sorted(r for of, r in self.records if of == arm):
            if (baseline, replication) not in self.records:
                continue
            figures = (self.records[of, replication]["result"]["metrics"] for of in (arm, baseline))
            both = [measured.get(metric, UNMEASURED) for measured in figures]
            if all(figure["value"] is not None for figure in both):
                found.append((both[0]["value"], both[1]["value"]))
            else:
                reasons += [figure["reason"] for figure in both if figure["value"] is None]
        return Pairs([a for a, _ in found], [b for _, b in found], "; ".join(dict.fromkeys(reasons)) or None)


def open_experiment(path: str) -> Experiment:
    """The experiment in a directory that `linli compare` wrote; InputError when it is none or is damaged."""
    found = read_experiment(Path(path).absolute())
    return Experiment(found.path, found.composed.config, found.composed.digest)


def read_evidence(experiment: Experiment, arms: tuple[str, str]) -> Evidence:
    """The records of these arms. InputError that names all which are damaged or not what their file's name says.

    An experiment that was gone on with after the code changed holds several versions' records: those of the version
    with the most pairs are taken, of this one among equals; `mixed` names cells that only another version finished.
    """
    cells = {(cell.arm, cell.replication): cell for cell in cells_of(experiment.config) if cell.arm in arms}
    found = [record for record in _records(experiment.directory / CELLS)
             if (record["arm"], record["replication"]) in cells]
    problems = [problem for record in found if (problem := _damage(record, cells))]
    if problems:
        raise InputError(problems)
    by_code: dict[str, dict[tuple[str, int], Record]] = {}
    for record in found:
        if "result" in record:
            by_code.setdefault(record["result"]["versions"]["code"], {})[record["arm"], record["replication"]] = record
    code = _most_pairs(by_code, arms)
    records = by_code.get(code, {})
    elsewhere = {at for group in by_code.values() for at in group} - records.keys()
    missing = [cell.name for at, cell in cells.items() if at not in records and at not in elsewhere]
    keys = json.dumps([experiment.digest, sorted(record["key"] for record in records.values())])
    versions = next(iter(records.values()))["result"]["versions"] if records else {}
    return Evidence(records, tuple(missing), tuple(cells[at].name for at in sorted(elsewhere)), versions,
                    blake2b(keys.encode(), digest_size=16).hexdigest())


def _records(directory: Path) -> list[Record]:
    found = {path: read_record(path) for path in sorted(directory.glob("[!.]*.json"))}
    damaged = [path for path, record in found.items() if record is None]
    if damaged:
        raise InputError(Problem(str(path), "is damaged; delete it and compare anew") for path in damaged)
    return [record for record in found.values() if record is not None]


def _damage(record: Record, cells: Mapping[tuple[str, int], Cell]) -> Problem | None:
    """Where a record is not of the experiment's configuration, or not of the key that it is filed under."""
    if "result" not in record:
        return None
    cell, result = cells[record["arm"], record["replication"]], record["result"]
    expected = digest_of("run", cell.config)
    try:
        same = result["config_digest"] == expected and result["seed"] == cell.config.seed
        same = same and key_of(expected, result["versions"]) == record["key"]
    except (KeyError, TypeError):
        same = False
    if same:
        return None
    return Problem(f"{CELLS}/{record['key']}.json", f"is not the result of {cell.name}: digests differ; delete it and "
                                                    "compare anew")


def _most_pairs(by_code: Mapping[str, Mapping[tuple[str, int], Any]], arms: tuple[str, str]) -> str:
    from experiments.provenance import code_digest

    def pairs(code: str) -> int:
        return sum(count == 2 for count in Counter(replication for _, replication in by_code[code]).values())

    return max(by_code, key=lambda code: (pairs(code), code == code_digest(), code), default="")
