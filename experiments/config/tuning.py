"""What a tuning may hold: a policy, the parameters to search and their bounds, the metric, the trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Self

from pydantic import Field, model_validator

from experiments.config.model import Horizon, Plain, ScenarioConfig, Section
from experiments.config.parameters import misfits, reason_against
from experiments.config.paths import derived
from experiments.nearest import nearest
from sim.errors import Problem

MOST_CORNERS = 256


class Dimension(Section):
    """A parameter's values: `choices`, or all between `low` and `high`, evenly or (`log`) evenly by ratio."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Plain, ...] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.choices is not None:
            if self.low is not None or self.high is not None or self.log or len(self.choices) < 2:
                raise ValueError("has either two choices or more, or low and high")
            return self
        if self.low is None or self.high is None:
            raise ValueError("needs low and high, or choices")
        if self.low >= self.high:
            raise ValueError(f"low must be below high, {self.low:g} is not below {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be more than 0 where log is true, not {self.low:g}")
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values at the edge, a whole number as one."""
        if self.choices is not None:
            return self.choices
        return tuple(int(end) if end.is_integer() else end for end in map(float, (self.low or 0, self.high or 0)))

    def holds(self, value: Any) -> bool:
        """Whether a value lies within."""
        if self.choices is not None:
            return value in self.choices
        low, high = self.ends
        return bool(low <= value <= high)


class Guard(Section):
    """By how much a metric may be worse than with the parameters that are there: in its unit, or a share of it."""

    margin: float | None = Field(default=None, ge=0)
    relative_margin: float | None = Field(default=None, ge=0, lt=1)


class Search(Section):
    """What is searched: parameters of the policy at a decision point, for the best mean of a metric.

    A trial whose figures are worse than the first one's by more than a guardrail's margin cannot win.
    """

    name: str = derived()
    point: str
    policy: str
    metric: str
    space: dict[str, Dimension] = Field(min_length=1)
    guardrails: dict[str, Guard] = {}


class TuneConfig(Horizon):
    """An arm, and the search in it. All trials live the seeds `seed` to `seed + replications - 1`; the winner is
    compared with the parameters that were there on the `fresh_replications` seeds after those."""

    scenario: ScenarioConfig
    tune: Search
    trials: int = Field(ge=2, le=10_000)
    replications: int = Field(ge=1, le=1_000)
    fresh_replications: int = Field(ge=2, le=10_000)

    def _scenarios(self) -> Iterable[ScenarioConfig]:
        return (self.scenario,)

    def arm(self, name: str, params: Mapping[str, Any]) -> ScenarioConfig:
        """The scenario with the policy at its point and these parameters over those that it gives."""
        search = self.tune
        plain = self.scenario.model_dump(mode="json")
        plain["name"] = name
        plain["policies"][search.point] = search.policy
        plain["params"][search.point] = {**plain["params"].get(search.point, {}), **params}
        return ScenarioConfig.model_validate(plain)


def check_search(config: TuneConfig) -> list[Problem]:
    """All that is wrong with a search: no such policy or metric, parameters and bounds that the policy refuses."""
    from experiments.metrics import METRICS
    from policies import registry
    from sim.contracts.decisions import DECISION_POINTS

    search, problems = config.tune, []
    for path, name in (("tune.metric", search.metric), *((f"tune.guardrails.{one}", one) for one in search.guardrails)):
        if name not in METRICS:
            problems.append(Problem(path, f"no such metric '{name}'", nearest(name, METRICS)))
        elif METRICS[name].better == "neither":
            problems.append(Problem(path, f"{name} is neither better high nor low"))
    if search.point not in DECISION_POINTS:
        points = ", ".join(DECISION_POINTS)
        return [*problems, Problem("tune.point", f"no such decision point '{search.point}'; there are {points}",
                                   nearest(search.point, DECISION_POINTS))]
    known = registry.names(search.point)
    if search.policy not in known:
        return [*problems, Problem("tune.policy", f"no such policy '{search.policy}'; there are {', '.join(known)}",
                                   nearest(search.policy, known))]
    if reason := registry.cannot_learn(search.policy):
        problems.append(Problem("tune.policy", f"{search.policy} {reason}"))
    return [*problems, *_space(config)]


def _space(config: TuneConfig) -> list[Problem]:
    from policies import registry

    search, path = config.tune, "tune.space"
    taken = registry.parameters(search.policy)
    base = dict(config.scenario.params.get(search.point, {}))
    problems = misfits(search.policy, taken, {name: space.ends[0] for name, space in search.space.items()}, path)
    problems += misfits(search.policy, taken, {name: space.ends[-1] for name, space in search.space.items()}, path)
    problems = list(dict.fromkeys(problems))
    if problems:
        return problems
    for name, space in search.space.items():
        alone = [reason for end in space.ends if (reason := reason_against(search.policy, {**base, name: end}))]
        problems += [Problem(f"{path}.{name}", alone[0])] if alone else []
        start = base.get(name, taken[name].default)
        if start is None or not space.holds(start):
            problems.append(Problem(f"{path}.{name}", f"does not hold {start}, the value that is there and where the "
                                                      "search begins"))
    corners = product(*(space.ends for space in search.space.values()))
    for _, corner in zip(range(0 if problems else MOST_CORNERS), corners, strict=False):
        reason = reason_against(search.policy, {**base, **dict(zip(search.space, corner, strict=True))})
        if reason:
            return [Problem(path, f"holds values that do not go together: {reason}")]
    return problems
