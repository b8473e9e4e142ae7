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

from experiments.config.arms import arms_of, named_in, paths_of
from experiments.config.checks import check
from experiments.config.gating import GateConfig
from experiments.config.groups import choices, conf_dir, groups_of
from experiments.config.messages import problems_of
from experiments.config.model import CompareConfig, RunConfig, ScenarioConfig
from experiments.config.paths import assign, determining, free, leaves
from experiments.config.tuning import TuneConfig
from experiments.config.values import once, parse, parse_as
from experiments.nearest import nearest
from sim.errors import InputError, Problem

ROOTS: dict[str, type[BaseModel]] = {"run": RunConfig, "compare": CompareConfig, "gate": GateConfig,
                                     "tune": TuneConfig}
"""The verbs that have a root configuration (`conf/<verb>.yaml`), and its model."""

Config = TypeVar("Config", bound=BaseModel, covariant=True)


@dataclass(frozen=True)
class Composed(Generic[Config]):
    """A validated configuration: the model, the digest of all that determines figures, the choice in each group.

    `origin` is the digest of the snapshot whose past it was forked from, None where it lives its own.
    """

    verb: str
    config: Config
    digest: str
    groups: dict[str, str]
    origin: str | None = None

    def plain(self) -> dict[str, Any]:
        """The configuration as JSON's types."""
        return self.config.model_dump(mode="json")


def compose(
    verb: str, pairs: Iterable[tuple[str, str]], *, over: Mapping[str, Any] | None = None, beside: Iterable[str] = ()
) -> Composed[Any]:
    """The configuration of `verb` with these `key=value` pairs; InputError with every problem there is.

    `over` is a plain configuration that they are given over instead of the packaged one; `beside` are keys that the
    verb takes besides its configuration, named where a key is unknown.
    """
    root, groups = ROOTS[verb], groups_of(verb)
    chosen: set[str] = set()
    problems: list[Problem] = []
    given = once(pairs, problems)
    for group in groups.keys() & given.keys():
        choice, known = given.pop(group), choices(group)
        if choice in known:
            groups[group] = choice
            chosen.add(group)
        else:
            problems.append(Problem(group, f"no such choice '{choice}'; there are {', '.join(known)}",
                                    nearest(choice, known)))
    if over is None:
        base = _hydra(verb, {group: groups[group] for group in chosen})
        groups = {group: str(base[group]["name"]) for group in groups}
    else:
        base = _laid_over(over, groups, chosen)
    valid, freely = leaves(root, base), free(root)
    if root is CompareConfig:
        varied = named_in(given)
        valid |= paths_of(varied)
        freely |= {f"arms.{name}.{path}" for name in varied for path in free(ScenarioConfig)}
    names = [*valid, *groups, *beside]
    values = _values(verb, given, valid, names, freely, problems)
    config, refused = _validated(root, base, values, names, problems)
    if config is not None:
        problems += check(config, refused)
    if problems or config is None:
        raise InputError(problems)
    return Composed(verb, config, digest_of(verb, config), groups)


def digest_of(verb: str, config: BaseModel, origin: str | None = None) -> str:
    """blake2b over the canonical JSON of what determines figures in a configuration, as 32 hexadecimal digits.

    `origin` is the digest of the snapshot that it was forked from, if it was.
    """
    what = {"verb": verb, "config": determining(config), **({"from": origin} if origin else {})}
    text = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _laid_over(plain: Mapping[str, Any], groups: dict[str, str], chosen: set[str]) -> dict[str, Any]:
    """A plain configuration with the groups that were chosen anew; notes in `groups` which the others are."""
    base = json.loads(json.dumps(plain))
    for group in groups:
        if group in chosen:
            base[group] = _hydra(f"{group}/{groups[group]}", {})[group]
        else:
            groups[group] = base[group]["name"]
    return base


def _values(verb: str, given: Mapping[str, str], valid: Mapping[str, Any], names: list[str],
            freely: set[str], problems: list[Problem]) -> dict[str, Any]:
    """The parsed values of the paths that exist, and of those below `freely`; the others are problems."""
    values = {}
    for path, raw in given.items():
        if path in valid:
            values[path] = parse_as(raw, valid[path])
        elif path.rpartition(".")[0].rpartition(".")[0] in freely:
            values[path] = parse(raw)
        elif path in freely or path.rpartition(".")[0] in freely:
            problems.append(Problem(path, "is a section; give one of its values: "
                                          f"{path}{'' if path not in freely else '.POINT'}.NAME"))
        elif below := [name for name in valid if name.startswith(f"{path}.")]:
            more = f" and {len(below) - 8} more (linli config {verb})" if len(below) > 8 else ""
            problems.append(Problem(path, f"is a section; give one of its values: {', '.join(below[:8])}{more}"))
        else:
            same_arm = [f"arms.{arm}." for arm in named_in([path])]
            near = [name for name in names if name.startswith(tuple(same_arm))] if same_arm else names
            problems.append(Problem(path, "no such key", nearest(path, near)))
    return values


def _validated(root: type[BaseModel], base: dict[str, Any], values: dict[str, Any], names: list[str],
               problems: list[Problem]) -> tuple[BaseModel | None, set[str]]:
    """The model, and the paths whose values were refused and left at their defaults so that the rest can be checked."""
    try:
        return _model(root, base, values, problems), set()
    except ValidationError as error:
        found = problems_of(error, names)
    problems += found
    refused = {path for path in values for problem in found
               if f"{problem.path}.".startswith(f"{path}.") or path.startswith(f"{problem.path}.")}
    try:
        return _model(root, base, {path: values[path] for path in values.keys() - refused}, []), refused
    except ValidationError:
        return None, refused


def _model(root: type[BaseModel], base: dict[str, Any], values: Mapping[str, Any],
           problems: list[Problem]) -> BaseModel:
    data = json.loads(json.dumps(base))
    for path, value in values.items():
        assign(data, path, value)
    if root is CompareConfig:
        # a line may compare some of the arms that an experiment's file describes
        kept = {*named_in(values), *map(str, data["scenarios"])} if isinstance(data["scenarios"], list) else set()
        described = {name: arm for name, arm in data.get("arms", {}).items() if name in kept}
        data["arms"] = arms_of(data["scenarios"], described,
                               lambda name: _hydra(f"scenario/{name}", {})["scenario"], problems)
    # JSON's strict mode takes a date or path as text and a list as a tuple, but no text or truth value as a number.
    return root.model_validate_json(json.dumps(data), strict=True)


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
