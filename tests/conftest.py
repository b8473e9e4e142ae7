"""Artifacts without a twin and a gate: a policy that learned from a made-up log and answered a made-up question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Promoted(NamedTuple):
    """An artifact's file, and the folder with the public key that verifies it."""

    file: Path
    trust: Path


class Artifacts:
    """Makes artifacts of registered policies through the public API, signed by a key that is the same in every test."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from policies.artifact.keys import key_id

        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.trusted = {key_id(self.key.public_key()): self.key.public_key()}

    def trained(self, name: str, rows: int = 8, **params: Any) -> Any:
        """A policy after it learned, with its answer to a question of so many rows."""
        from policies import registry
        from policies.artifact.making import Trained
        from policies.synthetic import SyntheticLog, observation

        policy = registry.create(name, **params)
        policy.fit(SyntheticLog())
        question = observation(policy.point, rows)
        return Trained(name, policy.params(), policy.state(), question, policy.decide(question))

    def build(self, trained: Any) -> bytes:
        """The bytes of a trained policy's artifact."""
        from policies.artifact.making import Evidence, build
        from policies.artifact.manifest import Origin

        gate = {"verdict": "pass", "arm": "candidate", "baseline": "traditional", "gate": "demo", "metrics": {}}
        evidence = Evidence(json.dumps(gate).encode(), b"# Gate: pass\n", b"{}\n")
        origin = Origin(experiment="0" * 32, arm="candidate", baseline="traditional", gate="demo")
        return build(trained, evidence, origin, created="2026-03-02", key=self.key)

    def write(self, folder: Path, name: str, rows: int = 8, **params: Any) -> Promoted:
        """The artifact of a registered policy as a file in `folder`, its public key in `folder/trust`."""
        return self.put(folder, self.trained(name, rows, **params))

    def put(self, folder: Path, trained: Any) -> Promoted:
        """The artifact of a trained policy as a file in `folder`, its public key in `folder/trust`."""
        from policies.artifact.keys import public_pem

        (folder / "trust").mkdir(exist_ok=True)
        (folder / "trust" / "linli.pub.pem").write_bytes(public_pem(self.key.public_key()))
        file = folder / f"{trained.policy}.linli"
        file.write_bytes(self.build(trained))
        return Promoted(file, folder / "trust")


@pytest.fixture(scope="session")
def artifacts() -> Artifacts:
    """What makes artifacts."""
    return Artifacts()
