"""`linli config`: the composed configuration of a verb, its groups and choices."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="config",
    summary="print the configuration that key=value pairs compose, with the groups and their choices",
    positionals=("[run|compare|gate|tune]",),
    root="run",
    details="Without an argument it is the configuration of linli run.",
)


def prepare(call: Call) -> Any:
    """The composed configuration of the verb that is asked for."""
    from experiments.config.compose import ROOTS, compose
    from experiments.nearest import nearest

    verb = call.positionals[0] if call.positionals else "run"
    if verb not in ROOTS:
        raise InputError(Problem(verb, f"has no configuration; there are {', '.join(ROOTS)}", nearest(verb, ROOTS)))
    return compose(verb, call.pairs)


def execute(call: Call, prepared: Any) -> Answer:
    """The configuration as YAML, followed by the groups as remarks."""
    import yaml

    from experiments.config.groups import choices

    data = {
        "verb": prepared.verb,
        "config_digest": prepared.digest,
        "config": prepared.plain(),
        "groups": {group: {"choice": choice, "choices": list(choices(group))}
                   for group, choice in prepared.groups.items()},
    }
    text = yaml.safe_dump(data["config"], sort_keys=False, allow_unicode=True, width=110).rstrip()
    remarks = [f"# digest: {prepared.digest}",
               *(f"# {group}={entry['choice']}  (of {' '.join(entry['choices'])})"
                 for group, entry in data["groups"].items())]
    return Answer(data, "\n".join([text, *remarks]))
