"""Which policy decides at each point of an arm, with which parameters."""

from __future__ import annotations

from experiments.config.model import ScenarioConfig

FALLBACKS = {
    "forecast": "forecast.moving_average",
    "replenish": "replenish.owner_experience",
    "procure": "procure.plan",
    "recommend": "recommend.one_list",
    "price": "price.one_price",
    "campaign": "campaign.open_all",
    "service": "service.head_office",
    "route": "route.milk_run",
}
"""With every factor off: the owner's experience, head office's guess, one list, one price."""

S_ON = {
    "forecast": "forecast.weekday_mean",
    "replenish": "replenish.age_aware",
    "procure": "procure.to_order",
    "service": "service.instant",
    "route": "route.optimised",
}
P_ON = {"recommend": "recommend.association", "campaign": "campaign.affinity"}


def chosen(scenario: ScenarioConfig) -> dict[str, str]:
    """The policies that an arm puts over the baselines: the stronger ones where a factor is on, and those it names."""
    named = {point: name for point, name in scenario.policies.model_dump().items() if name is not None}
    return {**(S_ON if scenario.s else {}), **(P_ON if scenario.p else {}), **named}


def decider(scenario: ScenarioConfig, point: str) -> str:
    """The policy asked first at a point."""
    return chosen(scenario).get(point, FALLBACKS[point])
