"""A signed file that does not fit this reader is refused, each with its own reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from policies.artifact import load, loading, loads, signature
from policies.artifact.canonical import from_arrow, to_arrow, to_json
from policies.artifact.container import pack, unpack
from policies.artifact.keys import key_id, new_pair, private_pem, public_pem, read_private, read_trust
from policies.artifact.loading import ANSWER, CONTRACT, GATE, MANIFEST, PARAMS, QUESTION
from policies.artifact.manifest import Origin, manifest
from policies.artifact.weights import ARRAYS, from_entries, to_entries
from policies.errors import RefusedArtifact, WrongKey
from sim.contracts.decisions import DECISION_POINTS

Entries = dict[str, Any]


@pytest.fixture(scope="module")
def good(artifacts) -> bytes:
    return artifacts.build(artifacts.trained("recommend.association", rows=3))


def signed(artifacts, entries: Entries, key: Any = None, *, listed: bool = True) -> bytes:
    """An archive of these entries, listed in the manifest and signed like a good one."""
    entries = {name: content for name, content in entries.items() if name != signature.ENTRY}
    if listed:
        said = json.loads(entries[MANIFEST])
        rest = {name: content for name, content in entries.items() if name != MANIFEST}
        point = DECISION_POINTS["recommend"]
        again = manifest("x", point, "", Origin(**said["origin"]), rest).plain()
        entries[MANIFEST] = to_json({**said, "entries": again["entries"]})
    return pack({**entries, signature.ENTRY: signature.sign(entries, key or artifacts.key)})


def edited(name: str, **values: Any) -> Callable[[Entries], Entries]:
    return lambda entries: {**entries, name: to_json({**json.loads(entries[name]), **values})}


def put(name: str, content: bytes) -> Callable[[Entries], Entries]:
    return lambda entries: {**entries, name: content}


def without(name: str) -> Callable[[Entries], Entries]:
    return lambda entries: {one: content for one, content in entries.items() if one != name}


def weights(**arrays: np.ndarray) -> Callable[[Entries], Entries]:
    return put(ARRAYS, to_entries(arrays)[ARRAYS])


def other_answer(entries: Entries) -> Entries:
    point = DECISION_POINTS["recommend"]
    answer = pa.ipc.open_stream(entries[ANSWER]).read_all()
    turned = [row[::-1] for row in answer["slate"].to_pylist()]
    changed = answer.set_column(1, answer.schema.field("slate"), pa.array(turned, point.decision.field("slate").type))
    return {**entries, ANSWER: to_arrow(changed)}


def no_question(entries: Entries) -> Entries:
    point = DECISION_POINTS["recommend"]
    question = from_arrow(QUESTION, entries[QUESTION], point.observation)
    return {**entries, QUESTION: to_arrow(question.slice(0, 0))}


@pytest.mark.parametrize(("change", "reason"), [
    (put("readme.txt", b"hello"), "readme.txt: no artifact has such an entry"),
    (put("onnx/../x.onnx", b""), "leads out of the archive"),
    (without(PARAMS), "params.json: is missing"),
    (edited(MANIFEST, format="linli.policy/9"), "is of the format 'linli.policy/9'; this version of linli reads"),
    (edited(MANIFEST, mood="good"), "manifest.json: mood: extra inputs are not permitted"),
    (edited(MANIFEST, policy="recommend.asociation"), r"no policy 'recommend.asociation' \(did you mean"),
    (edited(MANIFEST, policy="price.one_price"), "price.one_price: .*takes|unexpected keyword"),
    (edited(MANIFEST, contract={"name": "weather", "version": "1.0"}), "answers the decision point 'weather'; this"),
    (edited(MANIFEST, contract={"name": "recommend", "version": "9.0"}), "answers version 9.0 of the contract"),
    (edited(CONTRACT, row_wise=False), "contract.json: is not version .* of recommend as this linli has it"),
    (put(CONTRACT, b"{}\n"), "contract.json: is no contract"),
    (put(PARAMS, b'{"caution":3}'), "params.json: is not in canonical form"),
    (put(PARAMS, b"{"), "params.json: is no JSON"),
    (put(PARAMS, b"[" * 100_000), "params.json: is no JSON"),
    (put(PARAMS, to_json([])), "params.json: is no JSON object"),
    (put(GATE, b'{"p": NaN}'), "evidence/gate.json: is no JSON"),
    (edited(PARAMS, caution=0), "recommend.association: .*caution 0"),
    (edited(PARAMS, mood=1), "unexpected keyword argument 'mood'"),
    (weights(similarity=np.array([[1.0, np.nan]])), "weights.safetensors: similarity holds NaN"),
    (weights(other=np.zeros(2)), "recommend.association does not take its weights over: KeyError"),
    (put(ARRAYS, b"weights"), "weights.safetensors: is no safetensors file"),
    (put("onnx/scores.onnx", b"model"), "onnx/scores.onnx: is no ONNX model"),
    (put(QUESTION, b"rows"), "golden/question.arrow: is no Arrow stream"),
    (put(QUESTION, to_arrow(pa.table({"member": [1]}))), "golden/question.arrow: its columns are not the contract's"),
    (no_question, "golden/question.arrow: asks nothing"),
    (other_answer, r"the golden question got another answer than when it was promoted \(column slate\)"),
])
def test_what_does_not_fit_is_refused_with_its_reason(good, artifacts, change, reason: str) -> None:
    with pytest.raises(RefusedArtifact, match=reason) as caught:
        loads(signed(artifacts, change(unpack(good))), artifacts.trusted)
    assert "\n" not in str(caught.value)


def test_signing_again_what_is_good_gives_the_same_file(good, artifacts) -> None:
    assert signed(artifacts, unpack(good)) == good


def test_what_is_not_signed_as_it_stands_is_refused(good, artifacts, tmp_path) -> None:
    entries, other = unpack(good), read_private(new_pair(tmp_path)[0])
    stranger = signed(artifacts, entries, other)
    with pytest.raises(RefusedArtifact, match=f"signed by the key {key_id(other.public_key())}, which is not trusted"):
        loads(stranger, artifacts.trusted)
    forged = json.loads(unpack(stranger)[signature.ENTRY])
    forged["signatures"][0]["keyid"] = next(iter(artifacts.trusted))
    with pytest.raises(RefusedArtifact, match="the signature is not the one of key"):
        loads(pack({**entries, signature.ENTRY: to_json(forged)}), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"params\.json: is not what was signed \(SHA-256"):
        loads(pack({**entries, PARAMS: b"{}\n"}), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match="is not signed: there is no signature in it"):
        loads(pack(without(signature.ENTRY)(entries)), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"weights\.safetensors: was signed and is missing"):
        loads(pack(without(ARRAYS)(entries)), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"onnx/more\.onnx: is not signed"):
        loads(pack({**entries, "onnx/more.onnx": b""}), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"manifest\.json: does not list the entries"):
        loads(signed(artifacts, {**entries, PARAMS: b"{}\n"}, listed=False), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"signature\.dsse\.json: is not in canonical form"):
        loads(pack({**entries, signature.ENTRY: entries[signature.ENTRY] + b"\n"}), artifacts.trusted)
    with pytest.raises(RefusedArtifact, match=r"signature\.dsse\.json: is no DSSE envelope"):
        loads(pack({**entries, signature.ENTRY: b"{}\n"}), artifacts.trusted)


def test_a_flipped_byte_anywhere_is_found(good, artifacts) -> None:
    """With weights, so that every kind of entry but a model is there; a model's bytes are covered like theirs."""
    unseen = []
    for place in range(0, len(good)):
        if place % 7 and good[place] == 0:
            continue  # of long runs of zeros a seventh
        changed = bytearray(good)
        changed[place] ^= 1 << place % 8
        try:
            loads(bytes(changed), artifacts.trusted)
        except RefusedArtifact:
            continue
        unseen.append(place)
    assert unseen == []


def test_a_file_that_is_too_large_is_not_read(good, artifacts, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(loading, "MOST_BYTES", 1000)
    file = tmp_path / "large"
    file.write_bytes(good)
    (tmp_path / "key.pem").write_bytes(public_pem(artifacts.key.public_key()))
    with pytest.raises(RefusedArtifact, match="has more than 1,000 bytes"):
        load(file, tmp_path / "key.pem")


def test_keys_are_never_overwritten_and_the_private_one_is_its_owner_s(tmp_path) -> None:
    private, public, name = new_pair(tmp_path)
    assert private.stat().st_mode & 0o777 == 0o600
    assert read_private(private).public_key() == read_trust(public)[name]
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(FileExistsError):
        new_pair(tmp_path)
    private.unlink()
    with pytest.raises(FileExistsError):
        new_pair(tmp_path)
    assert not private.exists()
    assert public.read_bytes() == before[1]


def test_trust_is_public_keys_and_nothing_else(artifacts, tmp_path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    pem, elliptic = public_pem(artifacts.key.public_key()), ec.generate_private_key(ec.SECP256R1())
    place, other = tmp_path / "one.pem", new_pair(tmp_path / ".." / tmp_path.name)[1].read_bytes()
    for content, reason in [
        (private_pem(artifacts.key), "holds a private key; whoever only verifies needs the public one"),
        (b"hello", "holds no public key in PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nabcd\n-----END PUBLIC KEY-----\n", "holds a public key that is damaged"),
        (public_pem(elliptic.public_key()), "holds a public key that is not Ed25519"),
        (bytes(70_000), "is too large for a file of keys"),
    ]:
        place.write_bytes(content)
        with pytest.raises(WrongKey, match=reason):
            read_trust(place)
    place.write_bytes(pem + b"# another\n" + other)
    assert len(read_trust(place)) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongKey, match=r"holds no \*\.pem file with a public key"):
        read_trust(tmp_path / "empty")
    with pytest.raises(WrongKey, match="cannot be read"):
        read_trust(tmp_path / "nowhere")
    with pytest.raises(WrongKey, match="holds no private key in PEM"):
        read_private(place)


def test_a_state_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(RefusedArtifact, match="the state's names holds <U1; only numbers and truth values"):
        to_entries({"names": np.array(["a"])})
    with pytest.raises(RefusedArtifact, match=r"the state's \.\./a\.onnx cannot be the name of a file"):
        to_entries({"../a.onnx": np.zeros(1, np.uint8)})
    kept = {"b": np.array(True), "c": np.zeros((0, 3), np.float32), "a": np.arange(6).reshape(2, 3).T}
    found = from_entries(to_entries(kept))
    assert {key: (value.dtype, value.tolist()) for key, value in found.items()} == {
        key: (value.dtype, value.tolist()) for key, value in kept.items()}
