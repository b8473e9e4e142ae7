"""The rules of a gate: which metrics must rise, which may not fall by more than what, and what the data must be."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from experiments.config.groups import choices, conf_dir
from experiments.config.model import Section
from experiments.config.paths import derived, presentation
from experiments.nearest import nearest
from sim.errors import Problem


class MetricRule(Section):
    """What a metric is for. A margin is in the metric's unit, a relative one a share of the baseline's figure.

    `goal`: must be better, at least one of them. `guardrail`: must be shown not to be worse by more than its margin.
    `watched`: must not be shown to be worse (by more than its margin, if it has one).
    """

    role: Literal["goal", "guardrail", "watched"]
    margin: float | None = Field(default=None, ge=0)
    relative_margin: float | None = Field(default=None, ge=0, lt=1)
    reason: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = [margin for margin in (self.margin, self.relative_margin) if margin is not None]
        if len(given) > 1:
            raise ValueError("has both margin and relative_margin; give one")
        if self.role == "goal" and given:
            raise ValueError("is a goal, which has no margin")
        if self.role == "guardrail" and not (given and given[0] > 0):
            raise ValueError("is a guardrail, which needs a margin or relative_margin above 0")
        return self


class GateRules(Section):
    """`alpha` is the chance of a one-sided error (of all goals together, of each guardrail, of all that is watched
    together); `replications` how many pairs there must be."""

    name: str = derived()
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    replications: int = Field(default=8, ge=2, le=10_000)
    metrics: dict[str, MetricRule]

    @property
    def title(self) -> str:
        """The name, and that the rules are others than its file's, where a line changed them."""
        if self.name not in choices("gate"):
            return self.name
        import yaml

        written = yaml.safe_load((conf_dir() / "gate" / f"{self.name}.yaml").read_text(encoding="utf-8"))
        return self.name if GateRules.model_validate(written) == self else f"{self.name}, changed"


class GateConfig(Section):
    """Which arm is held against which; left out, the experiment's baseline and its one other arm."""

    gate: GateRules
    arm: str | None = None
    baseline: str | None = None
    language: Literal["en", "zh"] = presentation(default="en")


def check_rules(config: GateConfig) -> list[Problem]:
    """Metrics that there are not or that nobody can judge, and a gate without a goal."""
    from experiments.metrics import METRICS

    problems = []
    for name in config.gate.metrics:
        path = f"gate.metrics.{name}"
        if name not in METRICS:
            near = nearest(name, METRICS)
            problems.append(Problem(path, "no such metric", near and f"gate.metrics.{near}"))
        elif METRICS[name].better == "neither":
            problems.append(Problem(path, "is neither better high nor low: it cannot be judged"))
    if not any(rule.role == "goal" for rule in config.gate.metrics.values()):
        problems.append(Problem("gate.metrics", "has no goal: nothing could ever pass"))
    return problems
