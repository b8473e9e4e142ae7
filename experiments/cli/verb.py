"""What a verb is: a file of this folder with `VERB`, `prepare(call)` and `execute(call, prepared)`.

`prepare` only looks: it raises InputError with all that is wrong with the input. `execute` does the work and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

from sim.errors import InputError, Problem

VERBS = ("config", "run", "compare", "resume", "status", "gate", "tune", "backtest", "lab", "check", "keys", "promote",
         "verify", "score", "serve")

FLAGS = {
    "--help": "say how the verb is called",
    "--json": "print one JSON object on standard output and nothing else there",
    "--out": "write to this directory instead of results/<config digest>",
    "--retry-failed": "compute the recorded failures again",
    "--fail-fast": "stop at the first failure",
    "--workers": "live so many cells at once, in processes of Ray (1: one after the other, without Ray)",
}
VALUES = {"--out": "DIR", "--workers": "N"}
"""The flags that take a value, and how it is called."""

T = TypeVar("T")


class Verb(NamedTuple):
    """How a verb is called: names of its positionals, flags beside --json and --help, whether it resumes.

    `root` is the root configuration that its `key=value` pairs belong to, `names` the folder of the packaged
    configuration with the files its positional may name, where there is one. `keys` are the pairs of a verb without a
    configuration: what each means. `serving` are the libraries for serving that the verb cannot do without.
    """

    name: str
    summary: str
    positionals: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    resumes: bool = False
    root: str | None = None
    names: str | None = None
    details: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    serving: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What a verb found: as JSON, as text, remarks for standard error, and the exit code."""

    data: dict[str, Any]
    text: str
    notes: tuple[str, ...] = ()
    code: int = 0


def load(name: str) -> Any:
    """The module of a verb."""
    return import_module(f"experiments.cli.{name}")


def gather(*looks: Callable[[], Any]) -> list[Any]:
    """What each look returns; when some raise InputError, one InputError with the problems of all."""
    found: list[Any] = []
    problems: list[Problem] = []
    for look in looks:
        try:
            found.append(look())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def overview() -> str:
    """The text of `linli --help`."""
    verbs = [load(name).VERB for name in VERBS]
    return "\n".join([
        "linli: a digital twin of a community group-buying network",
        "",
        "usage: linli VERB [ARGUMENT ...] [key=value ...] [--flag ...]",
        "",
        "verbs (linli VERB --help says more):",
        *_columns([(verb.name, verb.summary) for verb in verbs]),
        "",
        "flags of every verb:",
        *_columns([(flag, FLAGS[flag]) for flag in ("--help", "--json")]),
    ])


def help_of(verb: Verb) -> str:
    """The text of `linli VERB --help`."""
    from experiments.config.groups import choices, groups_of

    words = ["linli", verb.name, *verb.positionals, "[key=value ...]", *(f"[{_shown(flag)}]" for flag in verb.flags)]
    lines = [f"usage: {' '.join(words)} [--json]", "", verb.summary]
    if verb.details:
        lines += ["", verb.details]
    if verb.names is not None:
        lines += ["", f"names: {' '.join(choices(verb.names))}"]
    if verb.root is not None:
        lines += ["", "choices (the default in brackets):"]
        lines += _columns([(f"{group}=", f"[{choice}] {' '.join(choices(group))}")
                           for group, choice in groups_of(verb.root).items()])
        lines += ["", f"every other key: linli config {verb.root}"]
    if verb.keys:
        lines += ["", "keys:", *_columns([(f"{key}=", meaning) for key, meaning in verb.keys])]
    lines += ["", "flags:", *_columns([(_shown(flag), FLAGS[flag]) for flag in (*verb.flags, "--json")])]
    return "\n".join(lines)


def _shown(flag: str) -> str:
    return f"{flag} {VALUES[flag]}" if flag in VALUES else flag


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"  {left:<{width}}  {right}" for left, right in rows]
