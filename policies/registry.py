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
from typing import Any

from policies.base import Policy
from policies.errors import PolicyError, UnknownPolicy, WrongParameters
from sim.contracts.decisions import DECISION_POINTS

ENTRY_POINT_GROUP = "linli.policies"

_BUILT_IN = {
    "replenish.owner_experience": "policies.replenish.owner_experience:OwnerExperience",
    "replenish.base_stock": "policies.replenish.base_stock:BaseStock",
    "replenish.age_aware": "policies.replenish.age_aware:AgeAware",
    "procure.plan": "policies.procure.plan:Plan",
    "procure.to_order": "policies.procure.to_order:ToOrder",
    "recommend.one_list": "policies.recommend.one_list:OneList",
    "recommend.popularity": "policies.recommend.popularity:Popularity",
    "recommend.association": "policies.recommend.association:Association",
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
        inspect.signature(maker).bind(**params)
        return maker(**params)
    except (TypeError, ValueError) as error:
        raise WrongParameters(f"{name}: {error}") from error


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
