"""What is promoted decides as it did, and a file that was changed anywhere is refused."""

from __future__ import annotations

import pytest

from policies import registry
from policies.artifact import load, loads
from policies.errors import RefusedArtifact
from policies.synthetic import observation


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_policy_can_be_promoted_and_decides_as_before(name: str, artifacts, tmp_path) -> None:
    loaded = load(*artifacts.write(tmp_path, name))
    asked = observation(loaded.contract.name, 20, label="other")
    before = registry.create(name)
    before.restore(artifacts.trained(name).state)
    assert loaded.policy.decide(asked).equals(before.decide(asked))
    assert (loaded.manifest.policy, loaded.rows, loaded.gate["verdict"]) == (name, 8, "pass")


def test_equal_input_gives_equal_bytes(artifacts) -> None:
    first, second = (artifacts.build(artifacts.trained("recommend.association")) for _ in range(2))
    assert first == second


def test_a_flipped_byte_anywhere_is_found(artifacts) -> None:
    content = artifacts.build(artifacts.trained("price.one_price", rows=2))
    unseen = []
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        try:
            loads(bytes(changed), artifacts.trusted)
        except RefusedArtifact:
            continue
        unseen.append(place)
    assert unseen == []
