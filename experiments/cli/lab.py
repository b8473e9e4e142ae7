"""`linli lab NAME`: a model with a known answer, computed by the twin's own code."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="lab",
    summary="compute a model with a known answer",
    positionals=("NAME",),
)


def prepare(call: Call) -> dict[str, Any]:
    """The lab's parameters as plain values; the lab itself knows which it takes."""
    from experiments.config.values import once, parse

    problems: list[Problem] = []
    given = once(call.pairs, problems)
    if not call.positionals:
        problems.append(Problem("", "no lab given (linli lab NAME key=value ...)"))
    if problems:
        raise InputError(problems)
    return {key: parse(raw) for key, raw in given.items()}


def execute(call: Call, prepared: dict[str, Any]) -> Answer:
    """The lab's figures."""
    from experiments.cli.table import figure
    from experiments.labs import run_lab

    data = run_lab(call.positionals[0], prepared)
    width = max(len(name) for name in data)
    return Answer(data, "\n".join(f"{name:<{width}}  {figure(value)}" for name, value in data.items()))
