"""What is promoted decides as it did, and a file that was changed anywhere is refused."""

from __future__ import annotations

from typing import Any

import pytest

from policies import registry
from policies.artifact import load
from policies.synthetic import observation

QUICK: dict[str, dict[str, Any]] = {"recommend.bpr": {"epochs": 1}}
"""Parameters for those that would learn long: what is promoted need not be good."""


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_policy_can_be_promoted_and_decides_as_before(name: str, artifacts, tmp_path) -> None:
    trained = artifacts.trained(name, **QUICK.get(name, {}))
    loaded = load(*artifacts.put(tmp_path, trained))
    asked = observation(loaded.contract.name, 20, label="other")
    before = registry.create(name, **QUICK.get(name, {}))
    before.restore(trained.state)
    assert loaded.policy.decide(asked).equals(before.decide(asked))
    assert (loaded.manifest.policy, loaded.rows, loaded.gate["verdict"]) == (name, 8, "pass")


def test_equal_input_gives_equal_bytes(artifacts) -> None:
    first, second = (artifacts.build(artifacts.trained("recommend.association")) for _ in range(2))
    assert first == second

