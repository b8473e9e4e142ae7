"""The `key=value` pairs and positionals of a verb without a configuration: what is missing, unknown or given twice."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.cli.arguments import Call
from experiments.cli.verb import Verb
from experiments.libraries import lacking
from experiments.nearest import nearest
from sim.errors import InputError, Problem


def given(call: Call, verb: Verb, needed: Sequence[str] = ()) -> dict[str, str]:
    """The positionals and pairs by name; of the positionals all are needed, of the pairs those in `needed`.

    Raises InputError with every problem, libraries that the verb needs and are not here among them.
    """
    meanings = dict(verb.keys)
    found = dict(zip(verb.positionals, call.positionals, strict=False))
    problems = [Problem(name, "is missing") for name in verb.positionals if not found.get(name)]
    seen: set[str] = set()
    for key, value in call.pairs:
        if key not in meanings:
            problems.append(Problem(key, "no such key", nearest(key, meanings)))
        elif key in seen:
            problems.append(Problem(key, "is given twice"))
        elif not value.strip():
            problems.append(Problem(key, "has no value"))
        seen.add(key)
        found.setdefault(key, value)
    problems += [Problem(key, f"is missing: {meanings[key]}") for key in needed if key not in seen]
    problems += lacking(f"linli {verb.name}", "serve", *verb.serving)
    if problems:
        raise InputError(problems)
    return found
