"""The signature: a DSSE envelope around an in-toto statement that names every other entry and its SHA-256.

Sources: "DSSE: Dead Simple Signing Envelope", protocol v1.0.2 (secure-systems-lab/dsse); "in-toto Attestation
Framework", Statement v1 (in-toto/attestation).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policies.artifact.canonical import from_json, to_json
from policies.artifact.keys import Trusted, key_id
from policies.errors import RefusedArtifact

ENTRY = "signature.dsse.json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:linli:promoted-policy:v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def digest(content: bytes) -> str:
    """Return the SHA-256 as 64 hexadecimal digits."""
    return sha256(content).hexdigest()


def sign(entries: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """Return the envelope that signs these entries."""
    payload = to_json(_statement(entries))
    return _envelope(payload, key_id(key.public_key()), key.sign(_pre_authentication(payload)))


def verify(entries: Mapping[str, bytes], trusted: Trusted) -> str:
    """Return the id of the trusted key that signed exactly these entries (the envelope is one of them).

    Raises
    ------
    RefusedArtifact
        when nobody signed, nobody who is trusted did, or an entry is not the one that was signed.
    """
    if ENTRY not in entries:
        raise RefusedArtifact(f"is not signed: there is no {ENTRY} in it")
    payload, signer, signature = _opened(entries[ENTRY])
    if signer not in trusted:
        raise RefusedArtifact(f"is signed by the key {signer}, which is not trusted")
    try:
        trusted[signer].verify(signature, _pre_authentication(payload))
    except InvalidSignature:
        raise RefusedArtifact(f"the signature is not the one of key {signer}") from None
    if _envelope(payload, signer, signature) != entries[ENTRY]:
        raise RefusedArtifact(f"{ENTRY}: is not in canonical form")
    _check_subjects(payload, {name: content for name, content in entries.items() if name != ENTRY})
    return signer


def _statement(entries: Mapping[str, bytes]) -> dict[str, Any]:
    subjects = [{"name": name, "digest": {"sha256": digest(content)}} for name, content in entries.items()]
    return {"_type": STATEMENT_TYPE, "predicateType": PREDICATE_TYPE, "predicate": {}, "subject": subjects}


def _check_subjects(payload: bytes, entries: Mapping[str, bytes]) -> None:
    wanted = to_json(_statement(entries))
    if payload == wanted:
        return
    signed = from_json("the signed statement", payload).get("subject")
    by_name = {one.get("name"): one.get("digest") for one in signed if isinstance(one, dict)} if isinstance(
        signed, list) else {}
    for name, content in entries.items():
        if name not in by_name:
            raise RefusedArtifact(f"{name}: is not signed")
        if by_name[name] != {"sha256": digest(content)}:
            raise RefusedArtifact(f"{name}: is not what was signed (SHA-256 {digest(content)})")
    missing = [str(name) for name in by_name if name not in entries]
    raise RefusedArtifact(f"{missing[0]}: was signed and is missing" if missing else
                          "the signed statement is not one of a promoted policy")


def _pre_authentication(payload: bytes) -> bytes:
    """What is signed: the payload and its type, each with its length before it."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _envelope(payload: bytes, signer: str, signature: bytes) -> bytes:
    return to_json({
        "payloadType": PAYLOAD_TYPE,
        "payload": b64encode(payload).decode(),
        "signatures": [{"keyid": signer, "sig": b64encode(signature).decode()}],
    })


def _opened(envelope: bytes) -> tuple[bytes, str, bytes]:
    """Payload, key id and signature of an envelope."""
    found = from_json(ENTRY, envelope)
    try:
        (signed,) = found["signatures"]
        payload, signature = (b64decode(text, validate=True) for text in (found["payload"], signed["sig"]))
        signer, kind = signed["keyid"], found["payloadType"]
    except (KeyError, TypeError, ValueError):
        raise RefusedArtifact(f"{ENTRY}: is no DSSE envelope with one signature") from None
    if kind != PAYLOAD_TYPE or not isinstance(signer, str):
        raise RefusedArtifact(f"{ENTRY}: is no DSSE envelope of an in-toto statement")
    return payload, signer, signature
