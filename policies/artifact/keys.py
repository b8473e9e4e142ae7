"""Ed25519 keys: a pair to sign with, and the public keys that a reader trusts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from policies.errors import WrongKey

PRIVATE, PUBLIC = "linli.key.pem", "linli.pub.pem"
_BEGIN, _END = b"-----BEGIN PUBLIC KEY-----", b"-----END PUBLIC KEY-----"
_MOST_BYTES = 1 << 16
"""Of a file with keys: what is larger is something else."""

Trusted = Mapping[str, Ed25519PublicKey]
"""Public keys by key id."""


def key_id(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo, as 64 hexadecimal digits."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def private_pem(key: Ed25519PrivateKey) -> bytes:
    """Return a private key as PKCS8 in PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """Return a public key as SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def new_pair(directory: Path) -> tuple[Path, Path, str]:
    """Make a pair in ``directory``: the private key, which its owner alone may read, the public key, the key id.

    Raises
    ------
    FileExistsError
        when either file is there already; then nothing is written.
    """
    key = Ed25519PrivateKey.generate()
    private, public = directory / PRIVATE, directory / PUBLIC
    _write_new(private, private_pem(key), 0o600)
    try:
        _write_new(public, public_pem(key.public_key()), 0o644)
    except OSError:
        private.unlink()
        raise
    return private, public, key_id(key.public_key())


def _write_new(path: Path, content: bytes, rights: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, rights)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def read_private(path: str | Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file. Raises WrongKey when there is none that can sign."""
    content = _content(Path(path))
    try:
        found = load_pem_private_key(content, password=None)
    except TypeError:
        raise WrongKey(f"{path}: the key is encrypted; give one that is not") from None
    except (ValueError, UnsupportedAlgorithm):
        raise WrongKey(f"{path}: holds no private key in PEM; linli keys new DIR makes one") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise WrongKey(f"{path}: is no Ed25519 key; linli keys new DIR makes one")
    return found


def read_trust(path: str | Path) -> dict[str, Ed25519PublicKey]:
    """Return the public keys in a PEM file, or in all ``*.pem`` files of a folder, by key id.

    Raises
    ------
    WrongKey
        when there is none, when one is not Ed25519, or a private key lies there: those are not for readers.
    """
    place = Path(path)
    files = sorted(place.glob("*.pem")) if place.is_dir() else [place]
    found = {key_id(key): key for file in files for key in _public_keys(file)}
    if not found:
        raise WrongKey(f"{path}: holds no *.pem file with a public key")
    return found


def _public_keys(file: Path) -> Iterator[Ed25519PublicKey]:
    content = _content(file)
    if b"PRIVATE KEY-----" in content:
        raise WrongKey(f"{file}: holds a private key; whoever only verifies needs the public one ({PUBLIC})")
    if _BEGIN not in content:
        raise WrongKey(f"{file}: holds no public key in PEM")
    for part in content.split(_BEGIN)[1:]:
        try:
            key = load_pem_public_key(_BEGIN + part.partition(_END)[0] + _END + b"\n")
        except (ValueError, UnsupportedAlgorithm):
            raise WrongKey(f"{file}: holds a public key that is damaged") from None
        if not isinstance(key, Ed25519PublicKey):
            raise WrongKey(f"{file}: holds a public key that is not Ed25519")
        yield key


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise WrongKey(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > _MOST_BYTES:
        raise WrongKey(f"{path}: is too large for a file of keys")
    return content
