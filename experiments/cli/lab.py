"""`linli lab NAME`: a model with a known answer, computed by the twin's own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="lab",
    summary="compute a model with a known answer",
    positionals=("NAME", "[FILE]"),
    names="lab",
)


def prepare(call: Call) -> Callable[[], dict[str, Any]]:
    """The lab with its parameters."""
    from experiments.config.groups import choices

    if not call.positionals:
        raise InputError(Problem("NAME", f"is missing; there are {', '.join(choices('lab'))}"))
    from experiments.labs import LABS, prepare_lab

    name, *files = call.positionals
    if files and name in LABS and "file" not in LABS[name].model.model_fields:
        raise InputError(Problem(files[0], f"the lab {name} reads no file; values are given as key=value"))
    return prepare_lab(name, [*(("file", file) for file in files), *call.pairs])


def execute(call: Call, prepared: Callable[[], dict[str, Any]]) -> Answer:
    """The lab's figures."""
    from experiments.cli.table import figure

    data = prepared()
    width = max(len(name) for name in data)
    return Answer(data, "\n".join(f"{name:<{width}}  {figure(value)}" for name, value in data.items()))
