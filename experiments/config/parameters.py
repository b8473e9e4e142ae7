"""Whether the policies of an arm take the parameters that it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.config.messages import shown
from experiments.nearest import nearest
from sim.errors import Problem

if TYPE_CHECKING:
    from experiments.config.model import ScenarioConfig
    from policies.registry import Parameter

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def wrong_parameters(scenario: ScenarioConfig, prefix: str) -> list[Problem]:
    """A problem for each parameter that the deciding policy does not take; `prefix` is the path of `params`."""
    if not scenario.params:
        return []
    from experiments.deciders import FALLBACKS, decider
    from policies import registry
    from policies.errors import UnknownPolicy

    problems = []
    for point, given in scenario.params.items():
        path = f"{prefix}.{point}"
        if point not in FALLBACKS:
            near, known = nearest(point, FALLBACKS), ", ".join(FALLBACKS)
            problems += [Problem(f"{path}.{name}", f"no such decision point '{point}'; there are {known}",
                                 near and f"{prefix}.{near}.{name}") for name in given]
            continue
        policy = decider(scenario, point)
        try:
            taken = registry.parameters(policy)
        except UnknownPolicy:  # said of the policy itself
            continue
        found = misfits(policy, taken, given, path)
        problems += found or _refused(policy, given, path)
    return problems


def misfits(policy: str, taken: Mapping[str, Parameter], given: Mapping[str, Any], path: str) -> list[Problem]:
    """Names that the policy does not take, and values of another type."""
    problems = []
    for name, value in given.items():
        if name not in taken:
            near = nearest(name, taken)
            known = f"it takes {', '.join(taken)}" if taken else "it takes none"
            problems.append(Problem(f"{path}.{name}", f"{policy} takes no such parameter; {known}",
                                    near and f"{path}.{near}"))
        elif type(value) not in taken[name].kinds:
            words = [_WORDS[kind] for kind in taken[name].kinds if not (kind is int and float in taken[name].kinds)]
            problems.append(Problem(f"{path}.{name}", f"must be {' or '.join(words)}, not {shown(value)}"))
    return problems


def _refused(policy: str, given: Mapping[str, Any], path: str) -> list[Problem]:
    """Values that the policy refuses: each that it refuses by itself, else those that do not go together."""
    alone = [Problem(f"{path}.{name}", reason) for name, value in given.items()
             if (reason := reason_against(policy, {name: value}))]
    together = None if alone else reason_against(policy, given)
    return alone if together is None else [Problem(path, together)]


def reason_against(policy: str, given: Mapping[str, Any]) -> str | None:
    """Why a policy refuses these parameters, None where it takes them."""
    from policies import registry
    from policies.errors import WrongParameters

    try:
        registry.create(policy, **given)
    except WrongParameters as error:
        return str(error)
    return None
