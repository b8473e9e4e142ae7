"""Fused kernels over residents. Each element of an output is written by one iteration, draws are keyed, so results do
not depend on the number of threads. Plain references stand beside the tests.
"""

from __future__ import annotations

import numpy as np

from agents.residents.expectation import expected
from sim import variates
from sim.jit import kernel, range_parallel

NO_SKU = -1
APP, WALK_IN = 0, 1


@kernel
def visits(  # type: ignore[no-untyped-def]
    open_key, channel_key, hour_key, day, ids, status, rate, trust, log_hazard, trust_mean, trust_slope, trust_cap,
    app_share, rain_app, rain_visit, app_cdf, walk_cdf, out_hour, out_channel,
):
    """Decide who comes today, by which channel and at what hour.

    ``ids, status, rate, trust`` are columns of n residents; only those of status 0, active, come. ``log_hazard`` is the
    day's log hazard at mean trust; ``app_cdf`` and ``walk_cdf`` (24) cumulated shares by hour. Fills ``out_hour`` (nan:
    does not come) and ``out_channel``.
    """
    for i in range_parallel(ids.size):
        entity = ids[i]
        by_app = variates.uniform(channel_key[0], channel_key[1], day, entity, 0, 0) < app_share
        loyalty = min(max(trust_slope * (trust[i] - trust_mean), -trust_cap), trust_cap)
        hazard = rate[i] * variates.exp(log_hazard + loyalty + (rain_app if by_app else rain_visit))
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
def choose(  # type: ignore[no-untyped-def]
    look_key, choice_key, outside_key, pack_key, day, start, rows, ids, channel, slate, on_hand, price_log, listed,
    appeal, attributes, category, fresh, infant_only, has_infant, taste, price_coef, belief,
    belief_slot, memory, stock, heads, examine, shelf_look, taste_weight, quality_weight, memory_weight, outside,
    stock_weight, second_pack,
    out_sku, out_packs, out_missed, out_missed_packs, out_seen,
):
    """Let visitors look at their slates and buy, shop by shop in parallel, visitor by visitor in order.

    ``start`` (shops + 1) delimits each shop's visitors in ``rows`` (resident rows, in order of arrival). Per visitor:
    ``channel`` and ``slate`` (K SKUs from the top, -1 ends it); place k is looked at with chance ``examine`` ** k, in
    the shop, where the goods lie before one's eyes, at least ``shelf_look``. ``price_log`` (shop, SKU) is the log of
    price over list price. ``on_hand`` (shop, SKU) falls with every pack sold over the counter;
    app orders do not touch it. A SKU that the shop does not list (a group-buy's) is looked at and not chosen. For each
    category the best of the examined SKUs competes with buying nothing; a visitor in the shop whose first wish is not
    on the shelf takes the best that is, if it beats nothing.

    Fills, per visitor and category, ``out_sku`` and ``out_packs`` (-1 and 0: nothing), ``out_missed`` and
    ``out_missed_packs`` (first wish not on the shelf), and ``out_seen``: a bit for each place looked at.
    """
    for shop in range_parallel(start.size - 1):
        categories = stock.shape[1]
        for j in range(start[shop], start[shop + 1]):
            row = rows[j]
            entity = ids[row]
            walks = channel[j] == WALK_IN
            wish = np.full(categories, NO_SKU)
            wish_value = np.empty(categories)
            best = np.full(categories, NO_SKU)
            best_value = np.empty(categories)
            for c in range(categories):
                nothing = outside + stock_weight * stock[row, c] / 7.0
                nothing += variates.gumbel(outside_key[0], outside_key[1], day, entity, c, 0)
                wish_value[c] = nothing
                best_value[c] = nothing
            look = 1.0
            for place in range(slate.shape[1]):
                sku = slate[j, place]
                if sku == NO_SKU:
                    break
                chance = max(look, shelf_look) if walks else look
                looked = variates.uniform(look_key[0], look_key[1], day, entity, place, 0) < chance
                look *= examine
                if not looked:
                    continue
                out_seen[j] |= np.int64(1) << place
                if not listed[shop, sku] or (infant_only[sku] and not has_infant[row]):
                    continue
                c = category[sku]
                value = appeal[sku] + price_coef[row] * price_log[shop, sku]
                for k in range(taste.shape[1]):
                    value += taste_weight * taste[row, k] * attributes[sku, k]
                if fresh[sku]:
                    value += quality_weight * expected(belief, memory, row, belief_slot[sku], sku, memory_weight)
                value += variates.gumbel(choice_key[0], choice_key[1], day, entity, sku, 0)
                if value > wish_value[c]:
                    wish_value[c] = value
                    wish[c] = sku
                there = not walks or on_hand[shop, sku] > 0
                if there and value > best_value[c]:
                    best_value[c] = value
                    best[c] = sku
            for c in range(categories):
                packs = 1
                extra = second_pack * max(0, heads[row] - 2)
                if variates.uniform(pack_key[0], pack_key[1], day, entity, c, 0) < extra:
                    packs = 2
                if walks and wish[c] != NO_SKU and wish[c] != best[c]:
                    out_missed[j, c] = wish[c]
                    out_missed_packs[j, c] = packs
                if best[c] != NO_SKU:
                    if walks:
                        short = packs - on_hand[shop, best[c]]
                        if short > 0:
                            if wish[c] == best[c]:
                                out_missed[j, c] = best[c]
                                out_missed_packs[j, c] = short
                            packs -= short
                        on_hand[shop, best[c]] -= packs
                    out_sku[j, c] = best[c]
                    out_packs[j, c] = packs


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
