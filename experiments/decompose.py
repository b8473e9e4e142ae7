"""What a claim is made of: fulfilment, S, P and F, from arms that add one after the other.

traditional -> preorder (fulfilment) -> preorder_s (S) -> preorder_sp (P) -> spf (F). Each step is the paired difference
of two arms within the replications in which all of them have the figure, so that the steps add up to the whole. Steps
whose arm a comparison lacks are taken together and named. The effect of a step is its effect *after* those before it:
in another order it can differ, and where the comparison also has `spf_stock` that difference is measured for
fulfilment, whose effect there comes last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from experiments.statistics import Estimate, Paired, paired

PATH = (("fulfilment", "preorder"), ("S", "preorder_s"), ("P", "preorder_sp"), ("F", "spf"))
"""What is added, and the arm that adds it, after the arm `FIRST`."""
FIRST, LAST, BESIDE = "traditional", "spf", "spf_stock"
ORDER_MATTERS = ("Each step is measured after the ones before it; with another order the shares can differ. Only the "
                 "whole does not depend on the order.")
"""Stands beside every decomposition."""
Values = Mapping[str, Mapping[int, float]]
"""A metric's figure by arm and replication."""


class Step(NamedTuple):
    """What one system adds, or several that cannot be told apart.

    `difference` is later less earlier arm; `factor` later over earlier as a geometric mean with its interval (None
    where a figure is not above zero), for claims that speak of a ratio.
    """

    systems: tuple[str, ...]
    earlier: str
    later: str
    difference: Paired
    factor: Estimate | None


class Decomposition(NamedTuple):
    """Steps in order, the whole, and what is missing.

    `missing` says which arms the comparison lacks and which steps are therefore together; `interaction` is the effect
    of fulfilment with all systems on less that with all off (None without `spf_stock` or without `preorder`).
    """

    steps: tuple[Step, ...]
    whole: Step | None
    missing: tuple[str, ...]
    interaction: Paired | None
    replications: int

    def as_json(self) -> dict[str, Any]:
        """Steps as plain objects; see `docs/cli-json.md`."""
        return {
            "steps": [_step_as_json(step) for step in self.steps],
            "whole": None if self.whole is None else _step_as_json(self.whole),
            "missing": list(self.missing),
            "interaction": None if self.interaction is None else _estimate_as_json(self.interaction.estimate),
            "replications": self.replications,
            "note": ORDER_MATTERS,
        }


def decompose(values: Values) -> Decomposition:
    """The steps between those arms of the path that have the figure."""
    arms = [arm for arm in (FIRST, *(arm for _, arm in PATH)) if values.get(arm)]
    both = sorted(set.intersection(*(set(values[arm]) for arm in arms))) if arms else []
    steps = tuple(_step(values, both, earlier, later) for earlier, later in pairwise(arms))
    whole = _step(values, both, FIRST, LAST) if arms[:1] == [FIRST] and arms[-1:] == [LAST] else None
    return Decomposition(steps if both else (), whole if both else None, _missing(values, arms), _interaction(values),
                         len(both))


def _step(values: Values, replications: Sequence[int], earlier: str, later: str) -> Step:
    before, after = ([values[arm][r] for r in replications] for arm in (earlier, later))
    return Step(_between(earlier, later), earlier, later, paired(after, before), _factor(before, after))


def _between(earlier: str, later: str) -> tuple[str, ...]:
    """The systems that the path adds between two of its arms."""
    arms = [FIRST, *(arm for _, arm in PATH)]
    return tuple(system for system, _ in PATH[arms.index(earlier) : arms.index(later)])


def _factor(before: Sequence[float], after: Sequence[float]) -> Estimate | None:
    if min([*before, *after], default=0.0) <= 0.0:
        return None
    logs = paired([math.log(one) for one in after], [math.log(one) for one in before]).estimate
    low, mean, high = (None if one is None else math.exp(one) for one in (logs.low, logs.mean, logs.high))
    return Estimate(logs.n, mean, logs.sd, low, high)


def _missing(values: Values, arms: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each gap in the path."""
    path = [FIRST, *(arm for _, arm in PATH)]
    found = [f"the arm {arm} is missing" + ("" if arm not in values else " its figure") for arm in path
             if arm not in arms]
    for earlier, later in pairwise(arms):
        together = _between(earlier, later)
        if len(together) > 1:
            found.append(f"{', '.join(together[:-1])} and {together[-1]} cannot be told apart")
    return tuple(found)


def _interaction(values: Values) -> Paired | None:
    arms = (FIRST, PATH[0][1], BESIDE, LAST)
    if not all(values.get(arm) for arm in arms):
        return None
    both = sorted(set.intersection(*(set(values[arm]) for arm in arms)))
    if not both:
        return None
    off, on = ([values[later][r] - values[earlier][r] for r in both] for earlier, later in
               ((FIRST, PATH[0][1]), (BESIDE, LAST)))
    return paired(on, off)


def _step_as_json(step: Step) -> dict[str, Any]:
    return {
        "systems": list(step.systems), "earlier": step.earlier, "later": step.later,
        "difference": _estimate_as_json(step.difference.estimate),
        "factor": None if step.factor is None else _estimate_as_json(step.factor),
    }  # fmt: skip


def _estimate_as_json(found: Estimate) -> dict[str, float | None]:
    return {"mean": found.mean, "low": found.low, "high": found.high}
