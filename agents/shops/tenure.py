"""Whether owners stay: every week each weighs eight weeks of income against what could be earned elsewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.shops.owners import Owners
from agents.world import World
from sim.streams import uniform
from sim.variates import exp_array

Floats = npt.NDArray[np.float64]
REVIEW_EVERY_DAYS = 7
DAYS_A_MONTH = 365.0 / 12.0
FARTHEST = 3.0
"""Income counts within this many outside wages of the wage: beyond, nobody leaves sooner or stays longer for it."""


def leaving_chance(income: Floats, wage: float, month: float, weight: float, days: float) -> Floats:
    """Chance of leaving within ``days``: a hazard that is ``month`` (a share a month) where income equals the wage.

    hazard = -ln(1 - month) exp(weight (wage - income) / wage); ``income`` and ``wage`` in the same unit. Proportional
    hazards (Cox 1972) with the gap of income as the only covariate; ``month`` and ``weight`` are guesses.
    """
    gap = np.clip((wage - np.asarray(income, np.float64)) / wage, -FARTHEST, FARTHEST)
    rate = -np.log1p(-month) * exp_array(weight * gap)
    return np.asarray(1.0 - exp_array(-rate * days / DAYS_A_MONTH))


class Tenure:
    """Owners who give up, and successors who begin.

    An owner who leaves serves out what was ordered before; nothing new is ordered at the shop, nor for its shelf, until
    a successor comes. What lies on the shelf stays there, ages, and is the successor's.
    """

    def __init__(self, world: World, owners: Owners) -> None:
        self._world, self._owners = world, owners
        self._leaves = world.ports.streams.declare("shops.tenure.leaves")

    def review(self, day: int) -> None:
        """At 23:00 of the eve: successors begin; on every seventh day owners weigh whether to go on."""
        owners, world = self._owners.frame, self._world
        came = np.flatnonzero((owners["open_from"] == day) & (owners["generation"] > 0))
        self._log(day, came, "joined")
        if day == 0 or day % REVIEW_EVERY_DAYS or not world.ports.state["residents"].count:
            return
        rules = world.params.owners
        served = day - owners["open_from"]
        income = self.income(day)
        chance = leaving_chance(
            income, rules.outside_wage_day, rules.leave_month, rules.leave_income_weight, REVIEW_EVERY_DAYS
        )
        draws = uniform(self._leaves, day, owners["id"], owners["generation"])
        gone = np.flatnonzero((served >= rules.leave_first_days) & (draws < chance)).astype(np.int64)
        self._owners.leave(gone, day + rules.successor_days)
        self._log(day, gone, "left")

    def income(self, day: int) -> Floats:
        """Return each owner's mean income a day (CNY) over the last weeks or since the owner came, (shop)."""
        world, owners = self._world, self._owners.frame
        since = np.maximum(owners["open_from"], day - world.params.owners.leave_income_days)
        rows = world.past(day, -1.0).read("owner_day", since_day=max(0, int(since.min())))
        shop = rows["shop"].to_numpy()
        mine = rows["day"].to_numpy() >= since[shop]
        earned = np.zeros(world.shops)
        for name, sign in (("margin_fen", 1), ("commission_fen", 1), ("other_fen", 1), ("waste_fen", -1)):
            np.add.at(earned, shop[mine], sign * rows[name].to_numpy()[mine])
        return np.asarray(earned / 100.0 / np.maximum(day - since, 1))

    def _log(self, day: int, shops: npt.NDArray[np.int64], action: str) -> None:
        self._world.emit("owner_action", "owner", day, -1.0, {"shop": shops, "action": [action] * len(shops)})
