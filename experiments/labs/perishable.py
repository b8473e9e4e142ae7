"""The lab `perishable`: one perishable item, keyed random demand, replications as the cells of one run.

Sources: De Moor, Gijsbrechts and Boute (2022), EJOR 301(2), with the settings of viso_jax; Hendrix et al.
(2019) for the waste-conscious rule and its profit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationInfo, field_validator

from agents.stock.params import StockDay, check_fixed_life
from agents.stock.phases import Sums, held
from agents.stock.programme import Stock, Today, charge, run_day
from experiments.labs.parameters import Days, Horizon, LabParameters, Packs, Price, whole_prices
from policies.replenish import rules
from sim.streams import key
from sim.variates import gamma_array, poisson_array

ACCOUNTS = ("order_cost", "shortage_cost", "waste_cost", "holding_cost", "revenue")
MOST_DEMAND = 100
"""Gamma demand of a day is cut here, as published."""
MOST_ORDERED = 10
"""Packs of an order with ``base_stock``, as published."""
DRAWS = 500_000
"""Demands drawn at a time."""

Positive = Annotated[float, Field(gt=0, le=100_000)]


class PerishableParameters(LabParameters):
    """Keys and values of ``conf/lab/perishable.yaml``; money is a unit's (a unit-day's for holding).

    ``demand`` and ``max_order`` None are those of the rule's published model: gamma and at most `MOST_ORDERED` packs
    for ``base_stock``, Poisson and no limit for ``waste_conscious``.
    """

    lifetime_days: Days
    lead_time_days: Days
    issuing: Literal["fifo", "lifo"]
    demand: Literal["gamma", "poisson"] | None
    demand_shape: Annotated[float, Field(ge=1e-3, le=100_000)]
    demand_scale: Positive
    demand_mean: Positive
    demand_rounding: Literal["nearest", "down"]
    order_cost: Price
    shortage_cost: Price
    waste_cost: Price
    holding_cost: Price
    revenue: Price
    discount: Annotated[float, Field(gt=0, le=1)]
    rule: Literal["base_stock", "waste_conscious"]
    base_stock: Packs
    max_order: Packs | None
    burn_in_days: Annotated[int, Field(ge=0, le=20_000)]
    days: Horizon
    replications: Annotated[int, Field(ge=1, le=100_000)]
    seed: Annotated[int, Field(ge=0)]
    day: StockDay

    @field_validator("day")
    @classmethod
    def _possible(cls, value: StockDay, info: ValidationInfo) -> StockDay:
        problem = check_fixed_life(value, info.data.get("lifetime_days", 2))
        if problem is not None:
            raise ValueError(problem)
        return value


def run(parameters: PerishableParameters) -> dict[str, Any]:
    """Means over replications and their standard errors.

    ``return``: discounted revenue less costs over the days after burn-in; ``profit_per_day``: revenue x sold
    less order cost x ordered, undiscounted. ``service``: sold over demanded; ``waste``: wasted over ordered,
    each of a replication; ``held_mean``: what stood there at the phase ``hold``.
    """
    prices, scale = whole_prices({account: getattr(parameters, account) for account in ACCOUNTS})
    cells = parameters.replications
    stock = Stock.empty(cells, parameters.lifetime_days, parameters.lead_time_days)
    totals = {name: np.zeros(cells, np.int64) for name in ("demanded", "sold", "ordered", "wasted", "held")}
    returned = np.zeros(cells)
    order = _rule(parameters)
    for day, demand in enumerate(_demand(parameters)):
        today = Today(demand[:, None], order, parameters.lead_time_days, parameters.issuing == "fifo", True)
        flows = run_day(parameters.day.phases, stock, today)
        counted = day - parameters.burn_in_days
        if counted < 0:
            continue
        amounts = charge(parameters.day.charges, prices, flows)
        gain = sum((amount if account == "revenue" else -amount for account, amount in amounts.items()), np.int64(0))
        returned += parameters.discount**counted * gain
        for name, total in totals.items():
            total += held(flows.wasted) if name == "wasted" else getattr(flows, name)
    profit = prices["revenue"] * totals["sold"] - prices["order_cost"] * totals["ordered"]
    return_mean, return_se = _mean(returned / scale)
    profit_mean, profit_se = _mean(profit / (scale * parameters.days))
    return {
        "return_mean": return_mean,
        "return_se": return_se,
        "profit_per_day_mean": profit_mean,
        "profit_per_day_se": profit_se,
        "service": _share(totals["sold"], totals["demanded"]),
        "waste": _share(totals["wasted"], totals["ordered"]),
        "held_mean": _mean(totals["held"] / parameters.days)[0],
    }


def _demand(parameters: PerishableParameters) -> Iterator[npt.NDArray[np.int64]]:
    """Packs wanted in every replication, day after day; each draw has the address (day, replication)."""
    stream, replications = key(parameters.seed, "lab.perishable.demand"), np.arange(parameters.replications)
    published = "poisson" if parameters.rule == "waste_conscious" else "gamma"
    poisson = (parameters.demand or published) == "poisson"
    horizon, block = parameters.burn_in_days + parameters.days, max(1, DRAWS // parameters.replications)
    for first in range(0, horizon, block):
        days = np.arange(first, min(first + block, horizon))[:, None]
        if poisson:
            yield from poisson_array(stream, parameters.demand_mean, days, replications)
            continue
        amount = parameters.demand_scale * gamma_array(stream, parameters.demand_shape, days, replications)
        whole = np.rint(amount) if parameters.demand_rounding == "nearest" else np.floor(amount)
        yield from np.clip(whole, 0, MOST_DEMAND).astype(np.int64)


def _rule(parameters: PerishableParameters) -> Callable[[Stock], Sums]:
    target, most = parameters.base_stock, parameters.max_order

    def base_stock(stock: Stock) -> Sums:
        return rules.at_most(rules.base_stock(stock.position, target), MOST_ORDERED if most is None else most)

    def waste_conscious(stock: Stock) -> Sums:
        transit, oldest = held(stock.in_transit), stock.lots.packs[:, -1]
        wanted = rules.waste_conscious(stock.on_hand, transit, oldest, target, parameters.demand_mean)
        return wanted if most is None else rules.at_most(wanted, most)

    return waste_conscious if parameters.rule == "waste_conscious" else base_stock


def _mean(values: npt.NDArray[np.float64]) -> tuple[float, float | None]:
    """Mean over replications and its standard error; one replication has none."""
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return float(values.mean()), error


def _share(part: Sums, whole: Sums) -> float | None:
    """Mean over replications of part / whole; those without a whole are left out, None where that is all."""
    some = whole > 0
    return float((part[some] / whole[some]).mean()) if some.any() else None
