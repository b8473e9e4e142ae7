"""The residents' kernels once more, as plain Python: one draw, one resident, one SKU after another.

Draws come from `sim.streams.uniform`, `exp` and the Gumbel transform from the array fronts, so the numbers are the
kernels' own and results must be equal, not close.
"""

from __future__ import annotations

import math

import numpy as np

from sim.streams import Key, uniform
from sim.variates import exp_array, log_array

NO_SKU = -1
APP, WALK_IN = 0, 1


def exp(x: float) -> float:
    return float(exp_array(np.float64(x)))


def draw(key: Key, day: int, entity: int, item: int = 0, number: int = 0) -> float:
    return float(uniform(key, day, int(entity), int(item), number))


def gumbel(key: Key, day: int, entity: int, item: int) -> float:
    return -float(log_array(-float(log_array(draw(key, day, entity, item)))))


def visits(keys, day, ids, status, rate, trust, log_hazard, trust_mean, trust_slope, trust_cap, app_share, rain_app,
           rain_visit, app_cdf, walk_cdf):
    """Hour (nan: does not come) and channel of every resident."""
    hours, channels = [], []
    for entity, how, pace, faith in zip(ids, status, rate, trust, strict=True):
        by_app = draw(keys["channel"], day, entity) < app_share
        loyalty = min(max(trust_slope * (float(faith) - trust_mean), -trust_cap), trust_cap)
        hazard = float(pace) * exp(log_hazard + loyalty + (rain_app if by_app else rain_visit))
        hour = math.nan
        if how == 0 and draw(keys["open"], day, entity) < 1.0 - exp(-hazard):
            cdf = app_cdf if by_app else walk_cdf
            u = draw(keys["hour"], day, entity)
            clock = next((h for h in range(23) if u < cdf[h]), 23)
            hour = clock + draw(keys["hour"], day, entity, 0, 1)
        hours.append(hour)
        channels.append(APP if by_app else WALK_IN)
    return np.array(hours), np.array(channels, np.int8)


def expected(belief, memory, sku, weight):
    """Quality expected of ``sku``: 12 of 16 bits of the belief, drawn to what is remembered of the product itself."""
    quality = (int(belief) >> 4) / 4095.0
    for kept in memory:
        if kept and (int(kept) >> 6) == sku + 1:
            quality += weight * ((int(kept) & 63) / 63.0 - quality)
    return quality


def taste_value(taste, attributes, weight):
    """Sum in the order of the attributes: float addition does not commute with regrouping."""
    return [weight * float(t) * float(a) for t, a in zip(taste, attributes, strict=True)]


def choose(keys, day, people, goods, visitors, on_hand, rules):
    """What each visitor buys and misses, by category, and what is left on the shelves.

    ``people``, ``goods``, ``visitors``, ``rules``: plain dicts; visitors in order of arrival shop by shop.
    """
    left = on_hand.copy()
    count, categories = len(visitors["row"]), people["stock"].shape[1]
    sku, missed = (np.full((count, categories), NO_SKU, np.int64) for _ in range(2))
    packs, missed_packs = (np.zeros((count, categories), np.int64) for _ in range(2))
    seen = np.zeros(count, np.int64)
    for j in range(count):
        row, shop = visitors["row"][j], visitors["shop"][j]
        entity, walks = people["id"][row], visitors["channel"][j] == WALK_IN
        values = _values(keys, day, people, goods, visitors["slate"][j], seen, j, row, shop, entity, walks, rules)
        for c in range(categories):
            nothing = rules["outside"] + rules["stock_weight"] * float(people["stock"][row, c]) / 7.0
            nothing += gumbel(keys["outside"], day, entity, c)
            mine = [(value, one) for value, one in values if goods["category"][one] == c and value > nothing]
            wish = _best(mine)
            best = _best([(value, one) for value, one in mine if not walks or left[shop, one] > 0])
            twice = rules["second_pack"] * max(0, int(people["heads"][row]) - 2)
            wanted = 2 if draw(keys["pack"], day, entity, c) < twice else 1
            if walks and wish != best:
                missed[j, c], missed_packs[j, c] = wish, wanted
            if best == NO_SKU:
                continue
            got = min(wanted, int(left[shop, best])) if walks else wanted
            if got < wanted and wish == best:
                missed[j, c], missed_packs[j, c] = best, wanted - got
            if walks:
                left[shop, best] -= got
            sku[j, c], packs[j, c] = best, got
    return sku, packs, missed, missed_packs, seen, left


def _best(mine):
    """The SKU of the highest value, the first of equal ones."""
    return max(mine, key=lambda pair: pair[0])[1] if mine else NO_SKU


def _values(keys, day, people, goods, slate, seen, j, row, shop, entity, walks, rules):
    """Value of every SKU that the visitor looks at and could use, in the order of the slate."""
    found, look = [], 1.0
    for place, one in enumerate(slate):
        if one == NO_SKU:
            break
        chance = max(look, rules["shelf_look"]) if walks else look
        looked = draw(keys["look"], day, entity, place) < chance
        look *= rules["examine"]
        if not looked:
            continue
        seen[j] |= 1 << place
        useless = goods["infant_only"][one] and not people["has_infant"][row]
        if useless or not goods["listed"][shop, one]:
            continue
        value = float(goods["appeal"][one]) + float(people["price_coef"][row]) * float(goods["price_log"][shop, one])
        for part in taste_value(people["taste"][row], goods["attributes"][one], rules["taste_weight"]):
            value += part
        if goods["fresh"][one]:
            value += rules["quality_weight"] * expected(
                people["belief"][row, goods["slot"][one]], people["memory"][row], one, rules["memory_weight"]
            )
        value += gumbel(keys["choice"], day, entity, one)
        found.append((value, one))
    return found


def join(keys, day, rows, candidate, seen, number_of, people, of, open_share, fatigue_weight, taste_weight,
         quality_weight, memory_weight, outside):
    """1 for every (member, candidate) that sees the group, or reads of it, and joins. ``of``: columns by candidate."""
    joins = []
    for row, c, noticed in zip(rows, candidate, seen, strict=True):
        entity, number = people["id"][row], number_of[c]
        reads = 1.0 if noticed else open_share * exp(-fatigue_weight * float(people["fatigue"][row]))
        value = float(of["appeal"][c]) + float(of["herding"][c])
        value += float(people["price_coef"][row]) * float(of["price_log"][c])
        for part in taste_value(people["taste"][row], of["attributes"][c], taste_weight):
            value += part
        if of["fresh"][c]:
            slot = of["slot"][of["sku"][c]]
            value += quality_weight * expected(
                people["belief"][row, slot], people["memory"][row], of["sku"][c], memory_weight
            )
        value += gumbel(keys["choice"], day, entity, number)
        nothing = outside + gumbel(keys["outside"], day, entity, number)
        joins.append(int(draw(keys["see"], day, entity, number) < reads and value > nothing))
    return np.array(joins, np.int8)
