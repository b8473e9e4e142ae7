"""Promotion: what a gate let pass becomes one signed file, if it still is what the gate judged."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.build import decisions_of
from experiments.config.gating import GateConfig, check_rules
from experiments.files import read_json
from experiments.gate import PASS, as_json, decide
from experiments.gate.evidence import CELLS, open_experiment, read_evidence
from experiments.gate.page import page
from experiments.jsonable import to_json
from experiments.nearest import nearest
from experiments.trained import FOLDER, about, read_trained
from sim.contracts.decisions import DECISION_POINTS
from sim.decisions import Decisions
from sim.errors import InputError, Problem, RefusedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from policies.artifact.making import Evidence, Trained
    from policies.artifact.manifest import Origin

GATE, CONFIG = "gate.json", "config.json"
DIGESTS = ("config_digest", "evidence_digest")
WHICH = ("directory", *DIGESTS)
"""What a gate says of the experiment that it judged: where it lay, its configuration and its records."""
OF_THE_MOMENT = ("stale", "revision")
"""What a gate says of the code that asks it, and not of the cells: it may be another by now."""


class _Gated(NamedTuple):
    """What lies in a gate's directory: its decision, where the experiment lay, and the rules."""

    decision: dict[str, Any]
    experiment: str
    rules: GateConfig


class Passed(NamedTuple):
    """A policy that passed a gate as its arm's part at one decision point, with the gate's evidence."""

    trained: Trained
    evidence: Evidence
    origin: Origin


def passed(directory: Path, point: str | None, experiment: str | None) -> Passed:
    """What the gate in `directory` let pass, at one decision point (by default the one that tells its arms apart).

    The gate is decided again on the experiment's records: what it says must be what lies there, and is the evidence.
    `experiment` is where that lies now, if it was moved. Raises InputError when something is missing, damaged or
    ambiguous, and RefusedError when the gate did not pass or the records are no longer those that it judged.
    """
    from policies.artifact.making import Evidence
    from policies.artifact.manifest import Origin

    gate, place, rules = _gated(directory)
    arm, baseline = gate["arm"], gate["baseline"]
    if gate["verdict"] != PASS:
        raise RefusedError(Problem(str(directory), f"the gate did not pass: {gate['verdict']}"))
    judged = open_experiment(experiment or place)
    evidence = read_evidence(judged, (arm, baseline))
    if (judged.digest, evidence.digest) != tuple(gate["experiment"][name] for name in DIGESTS):
        raise RefusedError(Problem(str(judged.directory), "holds other records than the gate judged; gate it anew"))
    decision = decide(judged, evidence, rules, arm, baseline)
    again = to_json(as_json(decision)) + "\n"
    if _of_the_cells(json.loads(again)) != _of_the_cells(gate):
        raise RefusedError(Problem(str(directory / GATE), "is not what the gate says of these records; gate them anew"))
    own, other = (decisions_of(judged.config.arms[name], judged.config.world) for name in (arm, baseline))
    chosen = point_of(own, other, point)
    folder = judged.directory / CELLS / FOLDER / arm
    found = about(folder)[chosen]
    if found.reason is not None:
        raise RefusedError(Problem(str(folder / chosen), found.reason))
    if (found.cell, found.policy, found.params) != (evidence.records[arm, 0]["key"], *said_by(own, chosen)):
        raise RefusedError(Problem(str(folder / chosen), "is not the policy of the cell that the gate judged; compute "
                                                         "the experiment again in another directory"))
    origin = Origin(experiment=judged.digest, arm=arm, baseline=baseline, gate=rules.gate.title)
    return Passed(read_trained(folder / chosen, found),
                  Evidence(again.encode(), page(decision).encode(), (judged.directory / CONFIG).read_bytes()), origin)


def _gated(directory: Path) -> _Gated:
    """What a gate wrote into a directory. Raises InputError when something is missing, damaged or none of its own."""
    gate, config = (_read(directory / name) for name in (GATE, CONFIG))
    try:
        words = [gate["arm"], gate["baseline"], gate["verdict"], *(gate["experiment"][name] for name in WHICH)]
        plain = {**config["config"], **config.get("shown", {})}
        rules = GateConfig.model_validate_json(json.dumps(plain), strict=True)
    except (KeyError, TypeError, ValueError):
        words, rules = [None], None
    if rules is None or check_rules(rules) or not all(isinstance(word, str) for word in words):
        raise InputError(Problem(str(directory / GATE), "is no gate's decision, or one of another version of linli"))
    return _Gated(gate, gate["experiment"]["directory"], rules)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read ({error.strerror}); give a directory that linli gate wrote"
                                 )) from None
    except ValueError:
        raise InputError(Problem(str(path), "is damaged; gate the experiment anew")) from None


def _of_the_cells(gate: Mapping[str, Any]) -> dict[str, Any]:
    """What a gate says of the cells that it judged, wherever they lie and whoever asks."""
    said = {name: value for name, value in gate.items() if name not in OF_THE_MOMENT}
    return {**said, "experiment": {**gate["experiment"], "directory": None}}


def point_of(own: Decisions, other: Decisions, point: str | None) -> str:
    """The decision point that is named, or the one at which two arms have different policies or parameters.

    Raises InputError when there is no such point, more or fewer than one, or both arms have the same there: then a gate
    says nothing of it.
    """
    if point is not None and point not in DECISION_POINTS:
        raise InputError(Problem("point", f"'{point}' is no decision point; there are {', '.join(DECISION_POINTS)}",
                                 nearest(point, DECISION_POINTS)))
    differ = [name for name in DECISION_POINTS if said_by(own, name) != said_by(other, name)]
    if point is not None and point not in differ:
        message = f"both arms have {own.policy_name(point)} at {point}: the gate says nothing of it"
        raise InputError(Problem("point", message))
    if point is None and len(differ) != 1:
        listed = ", ".join(f"{name} ({own.policy_name(name)})" for name in differ) or "none"
        raise InputError(Problem("point", f"is needed: the decision points at which the arms differ are {listed}"))
    return point if point is not None else differ[0]


def said_by(decisions: Decisions, point: str) -> tuple[str, dict[str, Any]]:
    """Name and parameters of the policy asked first at a point."""
    policy: Any = decisions.policy(point)
    return decisions.policy_name(point), policy.params()


def promote(what: Passed, file: Path, key: Ed25519PrivateKey, created: str) -> Mapping[str, Any]:
    """Write the signed file and return what it is; see `docs/cli-json.md`.

    It is there whole or not at all, and takes no other file's place. Raises RefusedError when what was trained does not
    decide as it did in the twin, and InputError when the file cannot be written.
    """
    from policies.artifact.keys import key_id
    from policies.artifact.making import build
    from policies.artifact.signature import digest
    from policies.errors import RefusedArtifact

    try:
        content = build(what.trained, what.evidence, what.origin, created=created, key=key)
    except RefusedArtifact as error:
        raise RefusedError(Problem(what.trained.policy, f"cannot be promoted: {error}")) from None
    _write_new(file, content)
    return {"file": file, "digest": digest(content), "key_id": key_id(key.public_key()), "bytes": len(content),
            "policy": what.trained.policy, "params": dict(what.trained.params), "created": created,
            "golden_rows": what.trained.question.num_rows, **what.origin.model_dump()}


def _write_new(file: Path, content: bytes) -> None:
    """A hard link takes no other file's place: the file is written beside it first."""
    from experiments.files import write_bytes

    beside = file.with_name(f".{file.name[:40]}.{os.getpid()}")
    try:
        write_bytes(beside, content)
        try:
            os.link(beside, file)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        raise InputError(Problem(str(file), "is there already and is not overwritten")) from None
    except OSError as error:
        raise InputError(Problem(str(file), f"cannot be written ({error.strerror})")) from None
