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
