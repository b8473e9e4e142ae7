"""Whether an owner, a truck and a farm can live on a district: what each takes and spends a month, against elsewhere.

A month has 365 / 12 days. Figures are means over the window and over all owners, trucks and farms of an arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, Literal, NamedTuple

import numpy as np

from agents.params import WorldParams
from agents.sourced import load_table
from experiments.metrics import money
from experiments.metrics.measure import Undefined
from experiments.metrics.window import Window
from experiments.statistics import Estimate, estimate

DAYS_A_MONTH = 365.0 / 12.0
FEN_A_YUAN = 100.0


class Livelihood(NamedTuple):
    """One of many alike in a month, CNY: what comes in, what goes out by name, what could be had elsewhere.

    ``who`` is owner, truck or farm, ``many`` how many there are (trucks: that drive on a mean day). ``cause`` says what
    alone would close the gap if it went away; ``small`` where nothing that is spent would: too little comes in.
    ``spread`` is what is left over several replications, None for a single one.
    """

    who: str
    many: float
    revenue: float
    costs: dict[str, float]
    elsewhere: float
    cause: str | None
    spread: Estimate | None = None

    @property
    def left(self) -> float:
        """What is left of the revenue."""
        return self.revenue - sum(self.costs.values())

    @property
    def lives(self) -> bool:
        """Whether what is left is at least what could be had elsewhere."""
        return self.cause is None

    @property
    def verdict(self) -> Literal["lives", "dies", "undecided"]:
        """As `lives`; undecided where what could be had elsewhere lies within the interval of what is left."""
        low, high = (None, None) if self.spread is None else (self.spread.low, self.spread.high)
        if low is not None and high is not None and low < self.elsewhere < high:
            return "undecided"
        return "lives" if self.lives else "dies"

    def as_json(self) -> dict[str, Any]:
        """The figures of a single replication with what follows from them."""
        figures = self._asdict()
        del figures["spread"]
        return {**figures, "left": self.left, "lives": self.lives}


def economics(window: Window, world: WorldParams, hectares: float) -> list[Livelihood]:
    """The owner, the truck and the farm of one cell; one that the logs do not show is left out.

    ``hectares`` are under contract, over all farms.
    """
    found = (_owner(window, world), _truck(window, world), _farm(window, world, hectares))
    return [one for one in found if one is not None]


def mean(cells: Sequence[Iterable[Mapping[str, Any]]]) -> list[Livelihood]:
    """The means over the replications of an arm, from `Livelihood.as_json` of each."""
    by_who: dict[str, list[Mapping[str, Any]]] = {}
    for cell in cells:
        for one in cell:
            by_who.setdefault(one["who"], []).append(one)
    return [
        _judged(
            who,
            fmean(one["many"] for one in several),
            fmean(one["revenue"] for one in several),
            {name: fmean(one["costs"][name] for one in several) for name in several[0]["costs"]},
            fmean(one["elsewhere"] for one in several),
        )._replace(spread=estimate([one["left"] for one in several]))
        for who, several in by_who.items()
    ]


def _judged(who: str, many: float, revenue: float, costs: dict[str, float], elsewhere: float) -> Livelihood:
    lacks = elsewhere - (revenue - sum(costs.values()))
    if lacks <= 0:
        return Livelihood(who, many, revenue, costs, elsewhere, None)
    name, most = max(costs.items(), key=lambda item: item[1], default=("small", 0.0))
    return Livelihood(who, many, revenue, costs, elsewhere, name if most >= lacks else "small")


def _owner(window: Window, world: WorldParams) -> Livelihood | None:
    """Margin, commission and other trade of a shop less waste and rent; elsewhere: a shop assistant's wage."""
    rows, postings = window.table("owner_day"), window.money_day
    if not len(rows["shop"]):
        return None
    shops = len(np.unique(rows["shop"]))
    month = DAYS_A_MONTH / window.days / shops / FEN_A_YUAN
    rent = float(postings["fen"][postings["reason"] == "rent"].sum())
    took = float(rows["margin_fen"].sum() + rows["commission_fen"].sum() + rows["other_fen"].sum()) + rent
    costs = {"waste": float(rows["waste_fen"].sum()) * month, "rent": rent * month}
    return _judged("owner", shops, took * month, costs, world.owners.outside_wage_day * DAYS_A_MONTH)


def _truck(window: Window, world: WorldParams) -> Livelihood | None:
    """What pick-up spares against delivery to the door, less kilometres and driver; elsewhere: hire by the day.

    Every order counts, unknown buyers' too; None in a replay, which knows no orders. Nobody pays a
    district's truck by the order: the saving an order (`operations.lastmile_saving`) is the most that consolidated
    delivery can be worth.
    """
    rows, costs = window.table("fleet_day"), world.costs
    city = rows["leg"] == "city"
    if not city.any() or not rows["trucks"][city].sum():
        return None
    trucks = float(rows["trucks"][city].sum()) / window.days
    month = DAYS_A_MONTH / window.days / trucks
    saving = float(load_table("operations")["lastmile_saving"])
    spent = {
        "kilometres": float(rows["km"][city].sum()) * costs.truck_km_cost * month,
        "driver": float(rows["trucks"][city].sum()) * costs.driver_day * month,
    }
    try:
        spared = money.orders(window) * saving
    except Undefined:
        return None
    return _judged("truck", trucks, spared * month, spent, costs.truck_day_cost * DAYS_A_MONTH)


def _farm(window: Window, world: WorldParams, hectares: float) -> Livelihood | None:
    """What company and spot market pay a farm less what it bears; elsewhere: what so much land brings."""
    rows = window.table("farm_day")
    if not len(rows["farm"]):
        return None
    farms = len(np.unique(rows["farm"]))
    month = DAYS_A_MONTH / window.days / farms / FEN_A_YUAN
    took = float(rows["revenue_fen"].sum() + rows["spot_fen"].sum()) * month
    costs = {"growing and picking": float(rows["cost_fen"].sum()) * month}
    return _judged("farm", farms, took, costs, world.costs.farm_income_ha_month * hectares / farms)
