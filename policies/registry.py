"""Policies by name. A name is ``<decision point>.<policy>``; its code is imported when it is first asked for.

Packages outside linli add theirs by an entry point of the group ``linli.policies``::

    [project.entry-points."linli.policies"]
    "recommend.mine" = "my_package.recommend:Mine"
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, NamedTuple, get_args

from policies.base import Policy
from policies.errors import PolicyError, UnknownPolicy, WrongParameters
from sim.contracts.decisions import DECISION_POINTS

ENTRY_POINT_GROUP = "linli.policies"
PLAIN = (bool, int, float, str)
"""What a parameter can be: values that a configuration and a file can hold."""

_BUILT_IN = {
    "forecast.seasonal_naive": "policies.forecast.baselines:SeasonalNaive",
    "forecast.moving_average": "policies.forecast.baselines:MovingAverage",
    "forecast.weekday_mean": "policies.forecast.weekday_mean:WeekdayMean",
    "forecast.lightgbm": "policies.forecast.learned:LightGBM",
    "replenish.owner_experience": "policies.replenish.owner_experience:OwnerExperience",
    "replenish.base_stock": "policies.replenish.base_stock:BaseStock",
    "replenish.age_aware": "policies.replenish.age_aware:AgeAware",
    "procure.plan": "policies.procure.plan:Plan",
    "procure.to_order": "policies.procure.to_order:ToOrder",
    "recommend.one_list": "policies.recommend.one_list:OneList",
    "recommend.popularity": "policies.recommend.popularity:Popularity",
    "recommend.association": "policies.recommend.association:Association",
    "recommend.bpr": "policies.recommend.bpr:Bpr",
    "recommend.ease": "policies.recommend.ease:Ease",
    "price.one_price": "policies.price.one_price:OnePrice",
    "campaign.open_all": "policies.campaign.open_all:OpenAll",
    "campaign.affinity": "policies.campaign.affinity:Affinity",
    "service.head_office": "policies.service.claims:HeadOffice",
    "service.instant": "policies.service.claims:Instant",
    "route.milk_run": "policies.route.milk_run:MilkRun",
    "route.optimised": "policies.route.optimised:Optimised",
}


def names(point: str | None = None) -> tuple[str, ...]:
    """Return all policies' names in alphabetical order, or those of one decision point."""
    known = sorted({*_BUILT_IN, *_installed()})
    return tuple(known if point is None else (name for name in known if name.split(".")[0] == point))


def create(name: str, **params: Any) -> Policy:
    """Return a new policy.

    Raises
    ------
    UnknownPolicy
        when there is none of that name.
    WrongParameters
        when the policy does not take ``params``, or refuses a value.
    """
    maker = _load(name)
    try:
        return maker(**params)
    except (TypeError, ValueError) as error:
        raise WrongParameters(f"{name}: {error}") from error


def cannot_learn(policy: str | object) -> str | None:
    """Return why a policy (or the one of that name) cannot learn in this environment, None where it can."""
    found = _load(policy) if isinstance(policy, str) else policy
    missing = [module for module in getattr(found, "learns_by", ()) if find_spec(module) is None]
    if not missing:
        return None
    remedy = getattr(found, "install", Policy.install)
    return f"learns by {', '.join(missing)}, not installed here: make install in a clone, {remedy} elsewhere"


class Parameter(NamedTuple):
    """A constructor parameter: the types it may have, and its default (None: it must be given)."""

    kinds: tuple[type, ...]
    default: Any


def parameters(name: str) -> dict[str, Parameter]:
    """Return the parameters that a policy takes, by name. Raises UnknownPolicy when there is none of that name.

    A parameter without a type that says otherwise may be any number, truth value or text.
    """
    maker = _load(name)
    is_class = isinstance(maker, type)
    signature = inspect.signature(getattr(maker, "__init__") if is_class else maker, eval_str=True)  # noqa: B009
    taken = list(signature.parameters.values())[is_class:]  # without self
    return {
        one.name: Parameter(_kinds(one.annotation), None if one.default is one.empty else one.default)
        for one in taken
    }


def _kinds(annotation: Any) -> tuple[type, ...]:
    """The plain types that a value of this annotation may have; a whole number will do for a number."""
    named = set(get_args(annotation) or (annotation,))
    kinds = tuple(kind for kind in PLAIN if kind in named)
    return (int, *kinds) if kinds == (float,) else kinds or PLAIN


def _load(name: str) -> Callable[..., Policy]:
    place = _BUILT_IN.get(name) or _installed().get(name)
    if place is None:
        near = get_close_matches(name, names(), n=1)
        raise UnknownPolicy(name, near[0] if near else None)
    module, _, attribute = place.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PolicyError(f"{name}: cannot load {place}: {error}") from error
    maker: Callable[..., Policy] = found
    return maker


@cache
def _installed() -> dict[str, str]:
    """Name to import string of the policies that installed packages add."""
    found: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name.split(".")[0] not in DECISION_POINTS or "." not in entry.name:
            raise PolicyError(f"entry point {entry.name!r}: a policy's name is <decision point>.<policy>")
        if entry.name in _BUILT_IN or entry.name in found:
            raise PolicyError(f"entry point {entry.name!r}: the name is taken")
        found[entry.name] = entry.value
    return found
