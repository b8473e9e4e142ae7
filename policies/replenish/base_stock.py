"""Base-stock on the moving average: what a shop's software does before anybody tunes it."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.replenish import rules
from policies.replenish.cases import MOST_PACKS, REVIEW_DAYS, never_empty
from policies.tables import answer, matrix, values


class BaseStock(Policy):
    """Order up to S = m H + z sqrt(m H): mean demand over lead time and review, and safety for Poisson
    demand.

    m is the plain mean of the last known days (before the first sale, what was expected at the opening), H
    the lead time plus one day of review, z the standard normal quantile of ``service``. Neither the goods'
    life nor days of empty shelves are looked at (Silver, Pyke and Thomas 2017, "Inventory and production
    management in supply chains", chapter 6). Orders are whole cases, the nearest number, and a selling
    shelf gets at least one.

    Parameters
    ----------
    service
        probability of no stock-out in a cycle, in (0, 1).
    window_days
        days of the moving average, at least 1.
    """

    point = "replenish"

    def __init__(self, service: float = 0.95, window_days: int = 14) -> None:
        """Raises ValueError outside those limits."""
        if not 0.0 < service < 1.0 or window_days < 1:
            raise ValueError(f"service {service} not between 0 and 1, or window_days {window_days} below 1")
        self._z, self._window = NormalDist().inv_cdf(service), window_days

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with whole cases for every cell."""
        names = ("on_hand", "on_order", "prior_daily", "days_known", "lead_days", "case_packs")
        on_hand, on_order, prior, known, lead, case = (values(observation, name) for name in names)
        sales = matrix(observation, "sales")
        window = np.clip(known, 0, min(self._window, sales.shape[1]))
        recent = np.arange(sales.shape[1]) >= sales.shape[1] - window[:, None]
        total = np.where(recent, sales, 0).sum(axis=1, dtype=np.int64)
        expected = np.where(window > 0, total / np.maximum(window, 1), prior)
        mean = expected * (lead + REVIEW_DAYS)
        target = np.ceil(np.clip(mean + self._z * np.sqrt(mean), 0.0, MOST_PACKS))
        position = on_hand + on_order
        wanted = rules.base_stock(position, target).astype(np.float64)
        packs = never_empty(wanted, position, mean, case.astype(np.int64))
        shop, sku = values(observation, "shop"), values(observation, "sku")
        return answer("replenish", shop=shop, sku=sku, packs=packs, expected=expected)
