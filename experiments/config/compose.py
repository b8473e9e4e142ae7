"""From `key=value` pairs to one validated configuration and its digest.

Group choices go to Hydra's compose, values to the pydantic tree as dotted paths; all that is wrong is said at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from experiments.config.checks import check
from experiments.config.groups import choices, conf_dir, groups_of
from experiments.config.messages import problems_of
from experiments.config.model import CompareConfig, Horizon, RunConfig
from experiments.config.paths import assign, leaves
from experiments.config.values import once, parse_as
from experiments.nearest import nearest
from sim.errors import InputError, Problem

ROOTS: dict[str, type[Horizon]] = {"run": RunConfig, "compare": CompareConfig}
"""The verbs that have a root configuration (`conf/<verb>.yaml`), and its model."""

Config = TypeVar("Config", bound=BaseModel, covariant=True)


@dataclass(frozen=True)
class Composed(Generic[Config]):
    """A validated configuration: the model, the digest of all it holds, and the choice made in each group."""

    verb: str
    config: Config
    digest: str
    groups: dict[str, str]

    def plain(self) -> dict[str, Any]:
        """The configuration as JSON's types."""
        return self.config.model_dump(mode="json")


def compose(verb: str, pairs: Iterable[tuple[str, str]]) -> Composed[Any]:
    """The configuration of `verb` with these `key=value` pairs; InputError with every problem there is."""
    root, groups = ROOTS[verb], groups_of(verb)
    problems: list[Problem] = []
    given = once(pairs, problems)
    for group in groups.keys() & given.keys():
        choice, known = given.pop(group), choices(group)
        if choice in known:
            groups[group] = choice
        else:
            problems.append(Problem(group, f"no such choice '{choice}'; there are {', '.join(known)}",
                                    nearest(choice, known)))
    base = _hydra(verb, groups)
    valid = leaves(root, base)
    values = _values(given, valid, [*valid, *groups], problems)
    config, refused = _validated(root, base, values, [*valid, *groups], problems)
    if config is not None:
        problems += check(config, refused)
    if problems or config is None:
        raise InputError(problems)
    return Composed(verb, config, digest_of(verb, config), groups)


def digest_of(verb: str, config: BaseModel) -> str:
    """blake2b over the canonical JSON of a validated configuration, as 32 hexadecimal digits."""
    text = json.dumps({"verb": verb, "config": config.model_dump(mode="json")}, sort_keys=True,
                      separators=(",", ":"), ensure_ascii=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _values(given: Mapping[str, str], valid: Mapping[str, Any], names: list[str],
            problems: list[Problem]) -> dict[str, Any]:
    """The parsed values of the paths that exist; the others are problems."""
    values = {}
    for path, raw in given.items():
        if path in valid:
            values[path] = parse_as(raw, valid[path])
        elif below := [name for name in valid if name.startswith(f"{path}.")]:
            problems.append(Problem(path, f"is a section; give one of its values: {', '.join(below)}"))
        else:
            problems.append(Problem(path, "no such key", nearest(path, names)))
    return values


def _validated(root: type[Horizon], base: dict[str, Any], values: dict[str, Any], names: list[str],
               problems: list[Problem]) -> tuple[Horizon | None, set[str]]:
    """The model, and the paths whose values were refused and left at their defaults so that the rest can be checked."""
    try:
        return _model(root, base, values, problems), set()
    except ValidationError as error:
        found = problems_of(error, names)
    problems += found
    refused = {path for path in values for problem in found if f"{problem.path}.".startswith(f"{path}.")}
    try:
        return _model(root, base, {path: values[path] for path in values.keys() - refused}, []), refused
    except ValidationError:
        return None, refused


def _model(root: type[Horizon], base: dict[str, Any], values: Mapping[str, Any], problems: list[Problem]) -> Horizon:
    data = json.loads(json.dumps(base))
    for path, value in values.items():
        assign(data, path, value)
    if root is CompareConfig:
        data["arms"] = _arms(data["scenarios"], problems)
    # JSON's strict mode takes a date or path as text and a list as a tuple, but no text or truth value as a number.
    return root.model_validate_json(json.dumps(data), strict=True)


def _arms(scenarios: Any, problems: list[Problem]) -> dict[str, Any]:
    """The packaged configuration of each scenario that is named; a name that there is not is a problem."""
    known = choices("scenario")
    arms = {}
    for name in scenarios if isinstance(scenarios, list) else []:
        if name in known:
            arms[name] = _hydra(f"scenario/{name}", {})["scenario"]
        elif isinstance(name, str):
            problems.append(Problem("scenarios", f"no such scenario '{name}'; there are {', '.join(known)}",
                                    nearest(name, known)))
    return arms


def _hydra(name: str, groups: Mapping[str, str]) -> dict[str, Any]:
    """A file of the packaged configuration with these choices, composed by Hydra, as plain values."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = hydra_compose(name, [f"{group}={choice}" for group, choice in groups.items()])
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
