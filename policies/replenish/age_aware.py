"""Base-stock on a forecast of demand that knows how long the goods keep."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import Policy
from policies.replenish import rules
from policies.replenish.cases import MOST_PACKS, REVIEW_DAYS, capped
from policies.tables import answer, lists_of, matrix, values
from sim.contracts.decisions import FLOAT_LIST, QUANTILE_LEVELS

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


class AgeAware(Policy):
    """Order up to a newsvendor's target; count what will spoil as gone; take no case that outlasts its goods.

    1. Demand: the mean of the forecast, day by day; beyond the days that it covers, their mean.
    2. Target over H = lead time + one day of review: D + z sqrt(V), D the demand ahead, V its variance, z the
       normal quantile of the critical ratio u / (u + o). V is dispersion x D or, with a dispersion of 0, what the
       forecast says: the sum over days of ((upper quantile - mean) / its normal quantile)^2. A pack too few
       costs its margin u = price - cost; a pack too many costs o = cost / max(1, life in days), the share of
       its life that a day on the shelf takes. The ratio stays between ``least_service`` and ``most_service``.
       The target never exceeds what sells within lead time and life.
    3. Stock counts less its expected spoilage: half of the packs are gone after ``life_days`` and a pack
       waits half of H on average, stock x 2^(-H / 2 / life). The shelf's ages are not observed, so this is a
       mean.
    4. Cases: as many full ones as fit below the target; one more where the rest is half a case or more and
       all of it sells within its life. A shelf that would run dry gets one case when at least
       ``least_sold_share`` of it sells within its life.

    Sources: base-stock with spoilage, Broekmeulen and van Donselaar (2009), "A heuristic to manage perishable
    inventory with batch ordering, positive lead-times, and time-varying demand", Computers and Operations
    Research 36(11); critical ratio, Arrow, Harris and Marschak (1951).

    Parameters
    ----------
    dispersion
        variance of a day's demand over its mean (1: Poisson), G; 0 takes the forecast's own quantiles.
    least_service, most_service
        limits of the critical ratio, in (0, 1); G.
    least_sold_share
        share of a lone case that must sell within its life, 0 to 1; G. The shop alone breaks even at cost /
        price (0.63 at a mark-up of 1.585), shop and head office together sooner, because the farm gate is
        cheaper; 0 keeps every shelf filled, 1 leaves slow goods to pre-orders.
    """

    point = "replenish"

    def __init__(
        self,
        dispersion: float = 1.5,
        least_service: float = 0.5,
        most_service: float = 0.95,
        least_sold_share: float = 0.5,
    ) -> None:
        """Raises ValueError outside those limits."""
        if not 0.0 < least_service <= most_service < 1.0:
            raise ValueError(
                f"0 < least_service {least_service} <= most_service {most_service} < 1 does not hold"
            )
        if dispersion < 0.0 or not 0.0 <= least_sold_share <= 1.0:
            raise ValueError(
                f"dispersion {dispersion} negative or least_sold_share {least_sold_share} not in 0..1"
            )
        self._dispersion, self._least_sold_share = dispersion, least_sold_share
        self._service = least_service, most_service

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with whole cases for every cell."""
        names = ("on_hand", "on_order", "lead_days", "life_days")
        on_hand, on_order, lead, life = (values(observation, name) for name in names)
        horizon = lead + REVIEW_DAYS
        forecast = matrix(observation, "forecast")
        quantiles = matrix(observation, "forecast_quantiles").reshape(*forecast.shape, len(QUANTILE_LEVELS))
        daily, mean = forecast.mean(axis=1), ahead(forecast, horizon)
        sells = daily * life
        target = mean + self._quantiles(observation) * np.sqrt(self._variance(forecast, quantiles, mean, horizon))
        target = np.clip(np.minimum(target, daily * lead + sells), 0.0, MOST_PACKS)
        position = on_hand * np.exp2(-0.5 * horizon / life) + on_order
        packs = self._cases(observation, target, position, mean, sells)
        shop, sku = values(observation, "shop"), values(observation, "sku")
        said = lists_of(quantiles[:, 0].reshape(-1), np.full(len(shop), len(QUANTILE_LEVELS)), FLOAT_LIST)
        return answer(
            "replenish", shop=shop, sku=sku, packs=packs, expected=forecast[:, 0], expected_quantiles=said
        )

    def _variance(self, forecast: Floats, quantiles: Floats, mean: Floats, horizon: Floats) -> Floats:
        if self._dispersion > 0.0:
            return np.asarray(self._dispersion * mean)
        upper = NormalDist().inv_cdf(QUANTILE_LEVELS[-1])
        return ahead(((quantiles[:, :, -1] - forecast) / upper) ** 2, horizon)

    def _quantiles(self, observation: pa.Table) -> Floats:
        price, cost = (values(observation, name).astype(np.float64) for name in ("price_fen", "cost_fen"))
        under = np.maximum(price - cost, 0.0)
        over = cost / np.maximum(1.0, values(observation, "life_days"))
        both = under + over
        ratio = np.clip(np.where(both > 0, under / np.where(both > 0, both, 1.0), 0.5), *self._service)
        distinct, row = np.unique(ratio, return_inverse=True)
        normal = NormalDist()
        return np.array([normal.inv_cdf(one) for one in distinct.tolist()])[row]

    def _cases(
        self, observation: pa.Table, target: Floats, position: Floats, mean: Floats, sells: Floats
    ) -> Ids:
        case = values(observation, "case_packs").astype(np.int64)
        gap = np.maximum(0.0, target - position)
        full = rules.round_to_case(gap, case, "down")
        in_time = position + full + case <= sells
        more = (gap - full >= 0.5 * case) & in_time
        dry = (full == 0) & (position < mean) & (np.minimum(sells, case) >= self._least_sold_share * case)
        return capped(full + np.where(more | dry, case, 0), case)


def ahead(by_day: Floats, days: Floats) -> Floats:
    """Return the sum of ``by_day`` (row, day ahead) over the next ``days`` (whole and broken), one a row.

    Days beyond those that are given count with their mean.
    """
    covered = by_day.shape[1]
    total = by_day.mean(axis=1) * np.maximum(0.0, days - covered)
    for step in range(covered):
        total = total + by_day[:, step] * np.clip(days - step, 0.0, 1.0)
    return np.asarray(total)
