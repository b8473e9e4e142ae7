"""A command line taken apart: a verb, `key=value` pairs, positionals and `--flags`.

`key=value` is split at the first `=`; the value may hold anything else. Everything after `--` is a positional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.cli.verb import FLAGS, VALUES, VERBS, load
from experiments.libraries import lacking
from experiments.nearest import nearest
from sim.errors import Problem

MOST_WORKERS = 64


class Call(NamedTuple):
    """What a verb was called with; `out` is None where the flag was not given, `workers` is 1 there."""

    verb: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    positionals: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    out: str | None = None
    workers: int = 1

    @property
    def help(self) -> bool:
        """Whether `--help` was asked for."""
        return "--help" in self.flags


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the answer, and any error before it, is to be JSON."""
    return "--json" in (arguments[:arguments.index("--")] if "--" in arguments else arguments)


def parse(arguments: Sequence[str]) -> tuple[Call, list[Problem]]:
    """The call and what is wrong with its form; the verb is empty when it is missing or unknown."""
    problems: list[Problem] = []
    rest, values, flags = _flags(arguments, problems)
    if not rest:
        if "--help" not in flags:
            problems.append(Problem("", f"no verb given; there are {', '.join(VERBS)} (linli --help says more)"))
        return Call(flags=flags), problems
    verb, *words = rest
    if verb not in VERBS:
        problems.append(Problem(verb, f"no such verb; there are {', '.join(VERBS)}", nearest(verb, VERBS)))
        return Call(flags=flags), problems
    pairs, positionals = _words(words, problems)
    accepted = load(verb).VERB
    for flag in sorted(flags - {"--json", "--help", *accepted.flags}):
        problems.append(Problem(flag, f"linli {verb} takes no such flag"))
    for word in positionals[len(accepted.positionals):]:
        problems.append(Problem(word, f"linli {verb} takes no such argument; values are given as key=value"))
    return Call(verb, pairs, positionals, flags, values.get("--out"), _workers(values, problems)), problems


def _flags(arguments: Sequence[str], problems: list[Problem]) -> tuple[list[str], dict[str, str], frozenset[str]]:
    """The words that are no flags, the values of the flags that take one, and all flags."""
    rest: list[str] = []
    flags: set[str] = set()
    values: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        if not word.isprintable() and _undecodable(word):
            problems.append(Problem(ascii(word), "is not valid UTF-8"))
        elif word == "--":
            rest += words
        elif not word.startswith("-") or word == "-":
            rest.append(word)
        else:
            name, equals, value = word.partition("=")
            name = "--help" if name == "-h" else name
            if name not in FLAGS:
                problems.append(Problem(name, "no such flag", nearest(name, FLAGS)))
                continue
            flags.add(name)
            if name in VALUES:
                values[name] = value if equals else next(words, "")
                if not values[name]:
                    problems.append(Problem(name, f"needs a {'directory' if VALUES[name] == 'DIR' else 'number'}"))
                    del values[name]
            elif equals:
                problems.append(Problem(name, "takes no value"))
    return rest, values, frozenset(flags)


def _workers(values: Mapping[str, str], problems: list[Problem]) -> int:
    """How many workers `--workers` asks for; 1 where it is not given or wrong."""
    raw = values.get("--workers", "1")
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:9]) <= MOST_WORKERS:
        problems.append(Problem("--workers", f"must be a whole number from 1 to {MOST_WORKERS}, not '{raw}'"))
        return 1
    if int(raw) > 1:
        problems += lacking("more than one", "parallel", "ray", path="--workers")
    return int(raw)


def _undecodable(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return True
    return False


def _words(words: Sequence[str], problems: list[Problem]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Pairs and positionals; a path before the first `=` makes a word a positional."""
    pairs, positionals = [], []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or "/" in key:
            positionals.append(word)
        elif key:
            pairs.append((key, value))
        else:
            problems.append(Problem(word, "has no key before the '='"))
    return tuple(pairs), tuple(positionals)
