"""What a configuration must meet beyond each value's own limits: files that exist, days the calendar knows."""

from __future__ import annotations

import os
from datetime import timedelta

from pydantic import BaseModel

from agents.calendar import check_horizon
from experiments.config.gating import GateConfig, check_rules
from experiments.config.model import CompareConfig, Horizon, RunConfig, ScenarioConfig
from experiments.config.parameters import wrong_parameters
from experiments.config.tuning import TuneConfig, check_search
from experiments.nearest import nearest
from sim.errors import InputError, Problem


def check(config: BaseModel, refused: set[str]) -> list[Problem]:
    """The problems of a configuration whose values are each valid.

    Paths in `refused` were given wrongly and stand at their defaults here: nothing is said about those.
    """
    problems: list[Problem] = []
    if isinstance(config, Horizon):
        problems += [*_data(config), *_horizon(config, refused), *_policies(config)]
    if isinstance(config, CompareConfig):
        problems += _arms(config)
    if isinstance(config, TuneConfig):
        problems += check_search(config)
    if isinstance(config, GateConfig):
        problems += check_rules(config)
    return [problem for problem in problems if problem.path not in refused]


def _data(config: Horizon) -> list[Problem]:
    problems = []
    if config.data is not None and not os.path.exists(config.data):
        problems.append(Problem("data", f"no such file or directory: {config.data}"))
    if any(scenario.demand == "replay" for scenario in _scenarios(config).values()):
        problems += [Problem(path, "is needed where demand is replayed (data=DIR source_city=ID)")
                     for path in ("data", "source_city") if getattr(config, path) is None]
    return problems


def _policies(config: Horizon) -> list[Problem]:
    """Policies that nobody registered, for another decision point, or that cannot learn here; wrong parameters."""
    from policies import registry

    problems = []
    for path, scenario in _scenarios(config).items():
        problems += wrong_parameters(scenario, f"{path}.params")
        for point, name in scenario.policies.model_dump().items():
            known = registry.names(point) if name is not None else ()
            if name is not None and name not in known:
                message = f"no such policy '{name}'; there are {', '.join(known)}"
                problems.append(Problem(f"{path}.policies.{point}", message, nearest(name, known)))
            elif name is not None and (reason := registry.cannot_learn(name)):
                problems.append(Problem(f"{path}.policies.{point}", f"{name} {reason}"))
    return problems


def _scenarios(config: Horizon) -> dict[str, ScenarioConfig]:
    """The scenarios of a configuration by their paths."""
    if isinstance(config, CompareConfig):
        return {f"arms.{name}": arm for name, arm in config.arms.items()}
    return {"scenario": config.scenario} if isinstance(config, RunConfig | TuneConfig) else {}


def _horizon(config: Horizon, refused: set[str]) -> list[Problem]:
    return [*_settling(config, refused), *_calendar(config, refused)]


def _settling(config: Horizon, refused: set[str]) -> list[Problem]:
    if "days" in refused or config.left_out_days < config.days:
        return []
    return [Problem("settle_days", f"leaves no day that counts: must be below days, {config.days}")]


def _calendar(config: Horizon, refused: set[str]) -> list[Problem]:
    days = 1 if "days" in refused else config.days
    if config.start is None:
        return []
    burn_in_days = 0 if "burn_in_days" in refused else config.burn_in_days
    try:
        first = config.start - timedelta(days=burn_in_days)
        last = config.start + timedelta(days=days - 1)
    except OverflowError:
        return [Problem("days", f"{max(days, burn_in_days)} days from {config.start} leave the calendar")]
    try:
        check_horizon(first, last)
    except InputError as error:
        return list(error.problems)
    return []


def _arms(config: CompareConfig) -> list[Problem]:
    problems = []
    if config.baseline not in config.scenarios:
        problems.append(Problem("baseline", f"'{config.baseline}' is not among the scenarios "
                                f"{', '.join(config.scenarios)}", nearest(config.baseline, config.scenarios)))
    twice = sorted({name for name in config.scenarios if config.scenarios.count(name) > 1})
    return problems + [Problem("scenarios", f"'{name}' is given twice") for name in twice]
