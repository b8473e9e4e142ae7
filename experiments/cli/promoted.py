"""What the verbs that use a promoted policy share: its file, the trusted keys, and what a refusal ends with."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InputError, Problem, RefusedError

if TYPE_CHECKING:
    from policies.artifact import Loaded
    from policies.serving.process import PolicyProcess

TRUST = ("trust", "a public key in PEM, or a directory of them (*.pem): whose signature is trusted")
"""The key of the verbs and what it means."""


class Promoted(NamedTuple):
    """The file of a policy and the keys that are trusted."""

    file: Path
    trust: Path


def promoted(words: Mapping[str, str]) -> Promoted:
    """FILE and trust= of a verb, both there to be read. InputError when one is not."""
    from policies.artifact.keys import read_trust
    from policies.errors import WrongKey

    problems, file, trust = [], Path(words["FILE"]), Path(words["trust"])
    if not file.is_file():
        problems.append(Problem(words["FILE"], "is no file" if file.exists() else "there is no such file"))
    try:
        read_trust(trust)
    except WrongKey as error:
        problems.append(Problem("trust", str(error)))
    if problems:
        raise InputError(problems)
    return Promoted(file, trust)


def new_file(word: str, *beside: Path) -> Path:
    """Where a verb will write a file that is not there yet, nor is any `beside` it. InputError when it cannot be."""
    path = Path(word)
    for one in (path, *beside):
        if os.path.lexists(one):
            raise InputError(Problem(str(one), "is there already and is not overwritten"))
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(Problem(word, f"cannot be written to {folder}"))
    return path


def opened(of: Promoted) -> Loaded:
    """The policy in the file. Raises RefusedError with the reason where it may not be used."""
    from policies.artifact import load

    with _refused(of.file):
        return load(of.file, of.trust)


def started(of: Promoted, seconds: float) -> PolicyProcess:
    """The policy in a process of its own, which may take so long over a question; raises as `opened` does."""
    from policies.artifact.container import MOST_BYTES
    from policies.artifact.keys import read_trust
    from policies.serving.process import PolicyProcess

    with _refused(of.file):
        with of.file.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        return PolicyProcess(content, read_trust(of.trust), seconds)


@contextmanager
def _refused(file: Path) -> Iterator[None]:
    from policies.errors import RefusedArtifact, WrongKey

    try:
        yield
    except RefusedArtifact as error:
        raise RefusedError(Problem(str(file), f"refused: {error}")) from None
    except WrongKey as error:
        raise InputError(Problem("trust", str(error))) from None
    except OSError as error:
        raise InputError(Problem(str(file), f"cannot be read ({error.strerror})")) from None
