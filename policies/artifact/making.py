"""From a trained policy to the bytes of its artifact: equal input gives equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policies.artifact import loading, signature
from policies.artifact.canonical import to_arrow, to_json
from policies.artifact.container import pack
from policies.artifact.keys import key_id
from policies.artifact.manifest import Origin, describe, manifest
from policies.artifact.weights import to_entries
from sim.contracts.decisions import DECISION_POINTS


@dataclass(frozen=True)
class Trained:
    """A policy as it stood at the end of an arm: all that it is, and a question that it answered there.

    Attributes
    ----------
    policy
        its name in the registry.
    params, state
        what :meth:`policies.base.Policy.params` and ``state`` return.
    question, answer
        tables of its decision point.
    """

    policy: str
    params: Mapping[str, Any]
    state: Mapping[str, np.ndarray]
    question: pa.Table
    answer: pa.Table


@dataclass(frozen=True)
class Evidence:
    """What a policy passed: the gate's figures as JSON and for people, and the experiment's configuration."""

    gate: bytes
    text: bytes
    experiment: bytes


def build(
    trained: Trained, evidence: Evidence, origin: Origin, *, created: str, key: Ed25519PrivateKey
) -> bytes:
    """Return the artifact of a trained policy, signed with ``key`` and verified by reading it back.

    Parameters
    ----------
    created
        the date that it shall bear, such as 2026-03-02.

    Raises
    ------
    RefusedArtifact
        when it could not be loaded: a state that cannot be kept, an operator off the list, a golden answer that the
        policy does not give again.
    """
    point = DECISION_POINTS[trained.policy.split(".")[0]]
    entries = {
        loading.CONTRACT: to_json(describe(point)),
        loading.PARAMS: to_json(dict(trained.params)),
        **to_entries(trained.state),
        loading.QUESTION: to_arrow(trained.question),
        loading.ANSWER: to_arrow(trained.answer),
        loading.GATE: evidence.gate,
        loading.GATE_TEXT: evidence.text,
        loading.EXPERIMENT: evidence.experiment,
    }
    head = {loading.MANIFEST: to_json(manifest(trained.policy, point, created, origin, entries).plain())}
    signed = {**head, **entries}
    content = pack({**signed, signature.ENTRY: signature.sign(signed, key)})
    loading.loads(content, {key_id(key.public_key()): key.public_key()})
    return content
