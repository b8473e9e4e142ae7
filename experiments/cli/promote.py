"""`linli promote GATE_DIR FILE`: a policy that passed its gate as one signed file."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="promote",
    summary="write a policy that passed its gate as one signed file",
    positionals=("GATE_DIR", "FILE"),
    keys=(("key", "the private key to sign with, a PEM file that linli keys new wrote"),
          ("point", "the decision point, where the arm and its baseline differ at more than one"),
          ("created", "the date the file bears (today, or $SOURCE_DATE_EPOCH): equal input gives equal bytes"),
          ("experiment", "where the experiment lies, if it was moved since the gate")),
    serving=("cryptography", "safetensors"),
    details="GATE_DIR is what linli gate wrote. Exit 1 when the gate did not pass, or the experiment's records or the\n"
            "trained policy are not those that it judged. FILE is never overwritten.",
)


def prepare(call: Call) -> Any:
    """What passed, the file, the key and the date."""
    words, file, key, created, _ = given(
        call, VERB, lambda words: _new_file(words["FILE"]), lambda words: _key(words["key"]),
        lambda words: _created(words.get("created")), lambda words: _directory(words["GATE_DIR"]), needed=("key",))
    return words, file, key, created


def execute(call: Call, prepared: Any) -> Answer:
    """Checks what passed and writes the file."""
    from experiments.promote import passed, promote

    words, file, key, created = prepared
    what = passed(Path(words["GATE_DIR"]), words.get("point"), words.get("experiment"))
    data = dict(promote(what, file, key, created))
    return Answer(data, f"{data['policy']} from {data['arm']} (gate {data['gate']}) -> {file}\n"
                        f"signed by {data['key_id']}\ndigest    {data['digest']}")


def _directory(word: str) -> None:
    if not Path(word).is_dir():
        raise InputError(Problem(word, "is no directory; give one that linli gate wrote"))


def _new_file(word: str) -> Path:
    file = Path(word)
    if os.path.lexists(file):
        raise InputError(Problem(word, "is there already and is not overwritten"))
    if not file.absolute().parent.is_dir():
        raise InputError(Problem(word, f"there is no directory {file.parent}"))
    return file


def _key(word: str) -> Any:
    from policies.artifact.keys import read_private
    from policies.errors import WrongKey

    try:
        return read_private(word)
    except WrongKey as error:
        raise InputError(Problem("key", str(error))) from None


def _created(word: str | None) -> str:
    """The date, given or of today in UTC; SOURCE_DATE_EPOCH stands in for today (reproducible-builds.org)."""
    try:
        if word is not None:
            return date.fromisoformat(word).isoformat()
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        return (datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)).date().isoformat()
    except (ValueError, OverflowError, OSError):
        name = "created" if word is not None else "SOURCE_DATE_EPOCH"
        raise InputError(Problem(name, "must be a date such as 2026-03-02" if word is not None else
                                 "must be a number of seconds")) from None
