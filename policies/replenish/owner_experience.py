"""How a shop owner orders: by experience, anchored on what sold lately, adjusted for what stands on the
shelf."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import Policy
from policies.replenish import rules
from policies.replenish.cases import REVIEW_DAYS, never_empty
from policies.tables import answer, matrix, values

Floats = npt.NDArray[np.float64]


class OwnerExperience(Policy):
    """Anchoring and adjustment with the owner's own habits, which stand in the observation.

    1. Expectation: from what was expected at the opening, smoothed over the known sales, day by day, with the
       owner's ``smoothing``; then drawn to the plain mean of the known days by ``pull_to_mean``. Days on
       which the shelf was empty count as they sold: owners do not see what they did not sell.
    2. Stock: what is counted, less what is expected to spoil. A pack waits half of the cover period on
       average, and half of the packs are gone after ``life_days``: stock x 2^(-cover / 2 / life).
    3. Order: expectation + stock_adjustment x (cover_days x expectation - stock - supply_line_weight x on
       order).
    4. Cases: the nearest number; one rather than none where stock and what is on order do not last until an
       order of tomorrow arrives, because an owner does not leave a selling shelf empty.
    5. Carrying: none of a product of which a case does not pay for itself, that is where what sells within
       ``life_days`` brings less than the case costs. What sells is the mean of the days on which the shelf
       never stood empty, or what was expected at the opening where there was none: so the owner tries such
       a product again when the last weeks tell nothing of it.

    Source: Sterman (1989), "Modeling managerial behavior: misperceptions of feedback in a dynamic decision
    making experiment", Management Science 35(3); pull to the mean: Schweitzer and Cachon (2000), Management
    Science 46(3).
    """

    point = "replenish"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with whole cases for every cell."""
        names = ("on_hand", "on_order", "cover_days", "life_days", "lead_days", "case_packs")
        on_hand, on_order, cover, life, lead, case = (values(observation, name) for name in names)
        expected = expectation(observation)
        order = rules.anchoring_and_adjustment(
            expected,
            cover * expected,
            on_hand * np.exp2(-0.5 * cover / life),
            on_order,
            values(observation, "stock_adjustment"),
            values(observation, "supply_line_weight"),
        )
        packs = never_empty(order, on_hand + on_order, expected * (lead + REVIEW_DAYS), case.astype(np.int64))
        packs = np.where(pays(observation), packs, 0)
        shop, sku = values(observation, "shop"), values(observation, "sku")
        return answer("replenish", shop=shop, sku=sku, packs=packs, expected=expected)


def expectation(observation: pa.Table) -> Floats:
    """Return the packs a day that each owner expects to sell."""
    sales = matrix(observation, "sales")
    days = sales.shape[1]
    known = np.clip(values(observation, "days_known"), 0, days)
    prior, smoothing = values(observation, "prior_daily"), values(observation, "smoothing")
    expected, total = prior.astype(np.float64), np.zeros(len(prior))
    for day in range(days):
        seen = day >= days - known
        expected = np.where(seen, rules.smoothed(expected, sales[:, day], smoothing), expected)
        total += np.where(seen, sales[:, day], 0)
    mean = np.where(known > 0, total / np.maximum(known, 1), prior)
    return rules.pulled_to_mean(expected, mean, values(observation, "pull_to_mean"))


def pays(observation: pa.Table) -> npt.NDArray[np.bool_]:
    """Return where a case sells for at least its cost before half of it is spoiled."""
    sales, empty = matrix(observation, "sales"), matrix(observation, "stock_out")
    days = sales.shape[1]
    known = np.clip(values(observation, "days_known"), 0, days)
    telling = (np.arange(days)[None, :] >= days - known[:, None]) & ~empty
    counted = telling.sum(axis=1)
    mean = np.where(telling, sales, 0).sum(axis=1) / np.maximum(counted, 1)
    daily = np.where(counted > 0, mean, values(observation, "prior_daily"))
    names = ("life_days", "price_fen", "case_packs", "cost_fen")
    life, price, case, cost = (values(observation, name) for name in names)
    return np.asarray(daily * life * price >= case * cost)
