"""The arms of a comparison: packaged scenarios, and variants of them given as `arms.<name>.<value of a scenario>`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from experiments.config.groups import choices
from experiments.config.model import ScenarioConfig
from experiments.config.paths import leaves
from experiments.nearest import nearest
from sim.errors import Problem

OF = "of"
"""The value of a variant that names the packaged scenario it varies; an arm with a scenario's own name varies that."""


def paths_of(names: Iterable[str]) -> dict[str, Any]:
    """Every path that a value of these arms can be given to, with its type."""
    below = {OF: str, **leaves(ScenarioConfig, {})}
    return {f"arms.{name}.{path}": kind for name in names for path, kind in below.items()}


def named_in(paths: Iterable[str]) -> set[str]:
    """The arms that paths such as `arms.<name>.s` are about."""
    return {parts[1] for path in paths if len(parts := path.split(".")) > 2 and parts[0] == "arms"}


def arms_of(scenarios: Any, given: Mapping[str, Mapping[str, Any]], load: Callable[[str], dict[str, Any]],
            problems: list[Problem]) -> dict[str, Any]:
    """The plain configuration of every arm: the packaged one that `load` reads, with what was given over it.

    A name that there is not, or that cannot name an arm, is a problem.
    """
    known = choices("scenario")
    names = [name for name in scenarios if isinstance(name, str)] if isinstance(scenarios, list) else []
    problems += [Problem(f"arms.{name}", f"is not among the scenarios {', '.join(names)}", nearest(name, names))
                 for name in given if name not in names]
    arms = {}
    for name in names:
        variant = dict(given.get(name, {}))
        of = variant.pop(OF, name)
        if of in known and (name in known or name.replace("-", "_").isidentifier()):
            arms[name] = _merged(load(of), {**variant, "name": name})
        elif of in known:
            problems.append(Problem("scenarios", f"'{name}' cannot name an arm: letters, digits, - and _ can"))
        elif OF in given.get(name, {}):
            problems.append(Problem(f"arms.{name}.{OF}", f"no such scenario '{of}'; there are {', '.join(known)}",
                                    nearest(str(of), known)))
        else:
            problems.append(Problem("scenarios", f"no such scenario '{name}'; there are {', '.join(known)} "
                                    f"(arms.{name}.{OF}=SCENARIO makes it a variant of one)", nearest(name, known)))
    return arms


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _merged(base[name], value) if isinstance(value, Mapping) and isinstance(base.get(name), Mapping)
            else value for name, value in over.items()}
    return {**base, **both}
