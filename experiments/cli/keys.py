"""`linli keys new DIR`: a key pair to sign promoted policies with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="keys",
    summary="make a key pair to sign promoted policies with",
    positionals=("new", "DIR"),
    serving=("cryptography",),
    details="Writes DIR/linli.key.pem (Ed25519, PKCS8, not encrypted, readable by its owner alone) to sign with, and\n"
            "DIR/linli.pub.pem to hand to whoever verifies. A key that is there already is never overwritten.",
)


def prepare(call: Call) -> Path:
    """The directory for the keys."""
    (words,) = given(call, VERB)
    if words["new"] != "new":
        raise InputError(Problem(words["new"], "no such action; there is new", "new"))
    from policies.artifact.keys import PRIVATE, PUBLIC

    directory = Path(words["DIR"])
    if directory.exists() and not directory.is_dir():
        raise InputError(Problem(words["DIR"], "is no directory"))
    there = [name for name in (PRIVATE, PUBLIC) if (directory / name).is_symlink() or (directory / name).exists()]
    if there:
        raise InputError(Problem(str(directory / there[0]), "is there already and is not overwritten; "
                                                            "name another directory"))
    return directory


def execute(call: Call, prepared: Path) -> Answer:
    """Makes the pair."""
    from policies.artifact.keys import new_pair

    try:
        prepared.mkdir(parents=True, exist_ok=True)
        private, public, key_id = new_pair(prepared)
    except OSError as error:
        raise InputError(Problem(str(prepared), f"cannot be written to ({error.strerror})")) from None
    data: dict[str, Any] = {"private": private, "public": public, "key_id": key_id}
    return Answer(data, f"key id      {key_id}\nprivate key {private} (keep it to yourself)\n"
                        f"public key  {public} (for trust= of whoever verifies)")
