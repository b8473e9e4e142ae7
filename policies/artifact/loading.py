"""From a file to a policy that may decide: everything is checked, in this order, before anything of it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from policies import registry
from policies.artifact import signature
from policies.artifact.canonical import from_arrow, from_json, plain_json, to_arrow
from policies.artifact.container import MOST_BYTES, unpack
from policies.artifact.keys import Trusted, read_trust
from policies.artifact.manifest import Manifest, known_contract, read_manifest
from policies.artifact.weights import ARRAYS, from_entries, is_model
from policies.base import Policy
from policies.errors import RefusedArtifact
from sim.contracts.point import DecisionPoint

MANIFEST, CONTRACT, PARAMS = "manifest.json", "contract.json", "params.json"
QUESTION, ANSWER = "golden/question.arrow", "golden/answer.arrow"
GATE, GATE_TEXT, EXPERIMENT = "evidence/gate.json", "evidence/gate.md", "evidence/experiment.json"
NEEDED = (MANIFEST, CONTRACT, PARAMS, QUESTION, ANSWER, GATE, GATE_TEXT, EXPERIMENT, signature.ENTRY)
"""Every artifact has these; weights only where the policy learned something."""


@dataclass(frozen=True)
class Loaded:
    """A promoted policy that was verified.

    Attributes
    ----------
    manifest
        what the artifact says of itself.
    policy
        made from its parameters and weights; it gave the golden answer again.
    contract
        of its decision point.
    digest
        SHA-256 of the file, 64 hexadecimal digits.
    key_id
        of the trusted key that signed it.
    params
        the policy's parameters.
    gate
        the gate's verdict and figures, as in ``gate.json``.
    question
        the golden question.
    """

    manifest: Manifest
    policy: Policy
    contract: DecisionPoint
    digest: str
    key_id: str
    params: Mapping[str, Any]
    gate: Mapping[str, Any]
    question: pa.Table

    @property
    def rows(self) -> int:
        """Rows of the golden question."""
        return int(self.question.num_rows)


def load(path: str | Path, trust: str | Path) -> Loaded:
    """Return the policy in an artifact, verified by the public keys in ``trust`` (a PEM file or a folder of them).

    Raises
    ------
    RefusedArtifact
        with the first reason not to use it, in one line.
    WrongKey
        when ``trust`` names no public keys.
    OSError
        when the file cannot be read.
    """
    trusted = read_trust(trust)
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RefusedArtifact(f"has more than {MOST_BYTES:,} bytes")
    return loads(content, trusted)


def loads(content: bytes, trusted: Trusted) -> Loaded:
    """Return the policy in the bytes of an artifact; see :func:`load`."""
    entries = unpack(content)
    _check_entries(entries)
    key_id = signature.verify(entries, trusted)
    listed = {name: part for name, part in entries.items() if name not in (MANIFEST, signature.ENTRY)}
    manifest = read_manifest(from_json(MANIFEST, entries[MANIFEST]), listed)
    contract = known_contract(manifest.contract, from_json(CONTRACT, entries[CONTRACT]))
    gate = plain_json(GATE, entries[GATE])
    params = from_json(PARAMS, entries[PARAMS])
    policy = _policy(manifest.policy, contract, params, entries)
    question = _ask_golden(policy, contract, entries)
    return Loaded(manifest, policy, contract, signature.digest(content), key_id, params, gate, question)


def _check_entries(entries: Mapping[str, bytes]) -> None:
    for name in entries:
        if name not in NEEDED and name != ARRAYS and not is_model(name):
            raise RefusedArtifact(f"{name}: no artifact has such an entry")
    for name in NEEDED:
        if name not in entries:
            raise RefusedArtifact("is not signed: there is no signature in it" if name == signature.ENTRY
                                  else f"{name}: is missing")


def _policy(name: str, contract: DecisionPoint, params: Mapping[str, Any], entries: Mapping[str, bytes]) -> Policy:
    """The policy as it was when it was promoted."""
    state = from_entries(entries)
    try:
        policy = registry.create(name, **params)
    except Exception as error:  # a policy may be third-party code
        raise RefusedArtifact(f"its policy cannot be made here: {_line(error)}") from error
    if policy.point != contract.name:
        raise RefusedArtifact(f"{name} answers {policy.point}, not {contract.name}")
    try:
        policy.restore(state)
    except Exception as error:  # a policy may be third-party code
        raise RefusedArtifact(f"{name} does not take its weights over: {_line(error)}") from error
    return policy


def _ask_golden(policy: Policy, contract: DecisionPoint, entries: Mapping[str, bytes]) -> pa.Table:
    """The golden question, answered to the bit as they were when the policy was promoted."""
    question = from_arrow(QUESTION, entries[QUESTION], contract.observation)
    if not question.num_rows:
        raise RefusedArtifact(f"{QUESTION}: asks nothing")
    by = [(name, "ascending") for name in contract.key]
    try:
        answer = policy.decide(question)
        problems = contract.problems(question, answer)
    except Exception as error:  # a policy may be third-party code
        raise RefusedArtifact(f"the golden question made the policy raise {_line(error)}") from error
    if problems:
        raise RefusedArtifact(f"the golden question got an answer that breaks the contract: {problems[0]}")
    wanted, answer = from_arrow(ANSWER, entries[ANSWER], answer.schema).sort_by(by), answer.sort_by(by)
    if to_arrow(answer) != to_arrow(wanted):
        raise RefusedArtifact("the golden question got another answer than when it was promoted"
                              f"{_where(answer, wanted)}")
    return question


def _where(answer: Any, wanted: Any) -> str:
    differ = [name for name in wanted.column_names if not answer[name].equals(wanted[name])]
    return f" (column {', '.join(differ)})" if differ else ""


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
