"""Fused kernels over residents: who comes, who joins a group-buy.

Each element of an output is written by one iteration, draws are keyed, so results do not depend on the number of
threads. Plain references stand beside the tests.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.residents.choosing import APP, WALK_IN
from agents.residents.expectation import expected
from sim import variates
from sim.jit import kernel, range_parallel


class Hazard(NamedTuple):
    """Scalars of the day's hazard of coming: rows of ``conf/params``, and whether it rains (0 where it does not)."""

    trust_mean: float
    trust_slope: float
    habit_weight: float
    loyalty_cap: float
    need_weight: float
    message_lift: float
    message_fatigue: float
    app_share: float
    rain_app: float
    rain_visit: float


@kernel
def visits(  # type: ignore[no-untyped-def]
    open_key, channel_key, hour_key, day, ids, shop, status, rate, trust, habit, messages, urge, log_hazard,
    rules, app_cdf, walk_cdf, out_hour, out_channel,
):
    """Decide who comes today, by which channel and at what hour.

    Columns of n residents: ``ids, shop, rate, trust``, ``status`` (only 0, active, come), ``habit`` remembered visits,
    ``messages`` remembered, ``urge`` how far the larder has run down. ``log_hazard`` (shop) is the day's log hazard of
    the mean resident; ``rules`` a `Hazard`; ``app_cdf`` and ``walk_cdf`` (24) cumulated shares by hour. What trust and
    habit add is capped together; messages remind, and tire when many are remembered. Fills ``out_hour`` (nan: does not
    come) and ``out_channel``.
    """
    for i in range_parallel(ids.size):
        entity = ids[i]
        by_app = variates.uniform(channel_key[0], channel_key[1], day, entity, 0, 0) < rules.app_share
        loyalty = rules.trust_slope * (trust[i] - rules.trust_mean) + rules.habit_weight * habit[i]
        loyalty = min(max(loyalty, -rules.loyalty_cap), rules.loyalty_cap)
        told = rules.message_lift * messages[i] * variates.exp(-rules.message_fatigue * messages[i])
        weather = rules.rain_app if by_app else rules.rain_visit
        total = log_hazard[shop[i]] + loyalty + rules.need_weight * urge[i] + told + weather
        hazard = rate[i] * variates.exp(total)
        comes = variates.uniform(open_key[0], open_key[1], day, entity, 0, 0) < 1.0 - variates.exp(-hazard)
        out_channel[i] = APP if by_app else WALK_IN
        out_hour[i] = np.nan
        if comes and status[i] == 0:
            u = variates.uniform(hour_key[0], hour_key[1], day, entity, 0, 0)
            hour = 0
            while hour < 23 and u >= (app_cdf[hour] if by_app else walk_cdf[hour]):
                hour += 1
            fraction = variates.uniform(hour_key[0], hour_key[1], day, entity, 0, 1)
            out_hour[i] = hour + fraction


@kernel
def join(  # type: ignore[no-untyped-def]
    see_key, choice_key, outside_key, day, rows, candidate, noticed, number_of, ids, fatigue, taste, price_coef, belief,
    belief_slot, memory, sku_of, attributes_of, price_log_of, appeal_of, fresh_of, herding_of, open_share,
    fatigue_weight, taste_weight, quality_weight, memory_weight, outside,
    out_joins,
):
    """Decide which members read a group-buy's message, or saw it anyway, and join.

    One row a (member, candidate) pair: ``rows`` resident rows, ``candidate`` rows of the candidate columns ``*_of``;
    ``noticed`` whether the member saw the group by another way than the message. ``number_of`` is the stable candidate
    id that keys the draws.
    ``out_joins`` is filled with 1 or 0.
    """
    for i in range_parallel(rows.size):
        row, c = rows[i], candidate[i]
        entity = ids[row]
        number = number_of[c]
        reads = 1.0 if noticed[i] else open_share * variates.exp(-fatigue_weight * fatigue[row])
        out_joins[i] = 0
        if variates.uniform(see_key[0], see_key[1], day, entity, number, 0) < reads:
            value = appeal_of[c] + herding_of[c] + price_coef[row] * price_log_of[c]
            for k in range(taste.shape[1]):
                value += taste_weight * taste[row, k] * attributes_of[c, k]
            if fresh_of[c]:
                sku = sku_of[c]
                value += quality_weight * expected(belief, memory, row, belief_slot[sku], sku, memory_weight)
            value += variates.gumbel(choice_key[0], choice_key[1], day, entity, number, 0)
            nothing = outside + variates.gumbel(outside_key[0], outside_key[1], day, entity, number, 0)
            if value > nothing:
                out_joins[i] = 1
