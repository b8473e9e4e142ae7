"""The `key=value` pairs and positionals of a verb without a configuration: what is missing, unknown or given twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Verb
from experiments.libraries import lacking
from experiments.nearest import nearest
from sim.errors import InputError, Problem

Words = dict[str, str]
"""Positionals and pairs by name."""


def given(call: Call, verb: Verb, *looks: Callable[[Words], Any], needed: Sequence[str] = ()) -> list[Any]:
    """The positionals and pairs by name, then what each look finds in them.

    Of the positionals all are needed, of the pairs those in `needed`. Raises InputError with every problem: those of
    the words, libraries that the verb needs and are not here, and those of the looks, as far as there is what they look
    at.
    """
    words, problems = _words(call, verb, needed)
    missing = lacking(f"linli {verb.name}", "serve", *verb.serving)
    if missing:  # whatever looks at files or keys would need them
        raise InputError([*problems, *missing])
    found: list[Any] = [words]
    for look in looks:
        try:
            found.append(look(words))
        except InputError as error:
            problems += error.problems
        except KeyError:
            if not problems:  # otherwise it is a word that is missing, and said
                raise
    if problems:
        raise InputError(problems)
    return found


def _words(call: Call, verb: Verb, needed: Sequence[str]) -> tuple[Words, list[Problem]]:
    """The words by name, and those that are missing, unknown, empty or given twice."""
    meanings = dict(verb.keys)
    found = {name: word for name, word in zip(verb.positionals, call.positionals, strict=False) if word}
    problems = [Problem(name, "is missing") for name in verb.positionals if name not in found]
    seen: set[str] = set()
    for key, value in call.pairs:
        if key not in meanings:
            problems.append(Problem(key, "no such key", nearest(key, meanings)))
        elif key in seen:
            problems.append(Problem(key, "is given twice"))
        elif not value.strip():
            problems.append(Problem(key, "has no value"))
        else:
            found[key] = value
        seen.add(key)
    problems += [Problem(key, f"is missing: {meanings[key]}") for key in needed if key not in seen]
    return found, problems
