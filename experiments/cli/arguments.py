"""A command line taken apart: a verb, `key=value` pairs, positionals and `--flags`.

`key=value` is split at the first `=`; the value may hold anything else. Everything after `--` is a positional.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from experiments.cli.verb import FLAGS, VERBS, load
from experiments.nearest import nearest
from sim.errors import Problem


class Call(NamedTuple):
    """What a verb was called with; `out` is None where the flag was not given."""

    verb: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    positionals: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    out: str | None = None

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
    rest, flags, out = _flags(arguments, problems)
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
    return Call(verb, pairs, positionals, flags, out), problems


def _flags(arguments: Sequence[str], problems: list[Problem]) -> tuple[list[str], frozenset[str], str | None]:
    """The words that are no flags, the flags, and the directory of `--out`."""
    rest: list[str] = []
    flags: set[str] = set()
    out = None
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
            if name == "--out":
                out = value if equals else next(words, "")
                if not out:
                    problems.append(Problem(name, "needs a directory"))
            elif equals:
                problems.append(Problem(name, "takes no value"))
    return rest, frozenset(flags), out or None


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
