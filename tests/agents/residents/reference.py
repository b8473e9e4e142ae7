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


def visits(keys, day, columns, log_hazard, rules, app_cdf, walk_cdf):
    """Hour (nan: does not come) and channel of every resident; ``columns`` in the order of the kernel."""
    hours, channels = [], []
    for entity, shop, how, *row in zip(*columns, strict=True):
        pace, faith, habit, messages, urge = map(float, row)
        by_app = draw(keys["channel"], day, entity) < rules.app_share
        loyalty = rules.trust_slope * (faith - rules.trust_mean) + rules.habit_weight * habit
        loyalty = min(max(loyalty, -rules.loyalty_cap), rules.loyalty_cap)
        told = rules.message_lift * messages * exp(-rules.message_fatigue * messages)
        total = float(log_hazard[shop]) + loyalty + rules.need_weight * urge + told
        hazard = pace * exp(total + (rules.rain_app if by_app else rules.rain_visit))
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


def months_of(day, born):
    """Age of a child under three in whole months, else -1."""
    age = int(day) - int(born)
    return min(12 * age // 365, 35) if 0 <= age < 3 * 365 else -1


def appetite(people, needs, row, c, months):
    """What household ``row`` eats of category ``c`` a day."""
    who = int(needs.buyers[c])
    if who == 1:
        return float(needs.by_month[months, c]) if months >= 0 else 0.0
    if who == 2:
        return 1.0 if int(people.scenes[row]) & 8 else 0.0
    heads, young, old = (int(column[row]) for column in (people.heads, people.children, people.elders))
    return (heads - young - old + needs.child_portion * young + needs.elder_portion * old) / 3.0


def craving(people, needs, row):
    """Log need today of a wholly cooling product."""
    if needs.cooling < 0:
        return 0.0
    return needs.heat * max(0.0, 1.0 + needs.spread * float(people.taste[row, needs.cooling]))


def eat(day, people, needs, stock):
    """Larders after a day, and how far they have run down."""
    stock, urges = stock.copy(), []
    for row in range(len(stock)):
        months, longing, low, many = months_of(day, people.child_born[row]), craving(people, needs, row), 0.0, 0
        for c, cycle in enumerate(needs.cycle):
            eaten = appetite(people, needs, row, c, months) * needs.factor[c]
            if eaten <= 0:
                continue
            if longing > 0 and needs.coolness[c] > 0:
                eaten *= exp(longing * needs.coolness[c])
            left = float(stock[row, c]) - eaten
            if left < 0:
                left = max(left + cycle, 0.0)
            stock[row, c] = left
            low += 1.0 - min(left / cycle, 1.0)
            many += 1
        urges.append(low / max(many, 1) - 0.5)
    return stock, np.array(urges, np.float32)


def looks(key, day, entity, shop, walks, slate, goods, shops, rules):
    """Places of the SKUs that a visitor looks at: in the slate, else behind it in the listing."""
    places, look = {}, 1.0
    for place, sku in enumerate(slate):
        if sku == NO_SKU:
            break
        if draw(key, day, entity, place) < look:
            places[int(sku)] = place
        look *= rules.examine_share
    for c in range(len(goods.tab_start) - 1):
        if not walks and draw(key, day, entity, 100_000 + c) >= rules.browse_share:
            continue
        look = rules.shelf_look if walks else 1.0
        for t in range(goods.tab_start[c], goods.tab_start[c + 1]):
            sku = int(goods.tab_sku[t])
            if not shops.listed[shop, sku]:
                continue
            if draw(key, day, entity, 1_000 + sku) < look:
                places.setdefault(sku, rules.slate_length + t)
            if not walks:
                look *= rules.examine_share
    return places


def worth(people, goods, shops, rules, row, channel, shop, sku, longing, before):
    """Utility of a SKU but for the whim."""
    where = channel, shop, sku
    value = float(shops.worth[where]) + float(people.price_coef[row]) * float(shops.price_log[where])
    for part in taste_value(people.taste[row], goods.attributes[sku], rules.taste_weight):
        value += part
    if goods.fresh[sku]:
        slot = goods.belief_slot[sku]
        value += rules.quality_weight * expected(
            people.belief[row, slot], people.memory[row], sku, rules.memory_weight
        )
    if before == goods.number[sku]:
        value += rules.familiarity
    return value + longing * goods.cooler[sku]


def logistic(x):
    return 1.0 / (1.0 + exp(-x))


def log(x):
    return float(log_array(np.float64(x)))


def choose(keys, day, visitors, people, needs, goods, shops, rules, last, on_hand):
    """Places, clicks, what each visitor takes and misses by category, what is left and what is remembered.

    ``visitors``: a dict of columns, in order of arrival shop by shop; the others are the kernel's own groups.
    """
    left, last = on_hand.copy(), last.copy()
    count, categories = len(visitors["row"]), len(needs.cycle)
    sku, missed = (np.full((count, categories), NO_SKU, np.int64) for _ in range(2))
    packs, missed_packs = (np.zeros((count, categories), np.int64) for _ in range(2))
    place = np.full((count, len(goods.category)), -1, np.int16)
    click = np.zeros(place.shape, bool)
    for j in range(count):
        row, shop = visitors["row"][j], visitors["shop"][j]
        entity, walks = people.ids[row], visitors["channel"][j] == WALK_IN
        seen = looks(keys["look"], day, entity, shop, walks, visitors["slate"][j], goods, shops, rules)
        for one, where in seen.items():
            place[j, one] = where
        months, longing = months_of(day, people.child_born[row]), craving(people, needs, row)
        for c in range(categories):
            if appetite(people, needs, row, c, months) <= 0:
                continue
            whims, shares = {}, {}
            for one in goods.tab_sku[goods.tab_start[c] : goods.tab_start[c + 1]]:
                if one not in seen:
                    continue
                value = worth(people, goods, shops, rules, row, int(walks), shop, one, longing, last[row, c])
                above = value - goods.reference[c]
                if not walks:
                    chance = logistic(rules.click_base + rules.click_slope * above)
                    click[j, one] = draw(keys["click"], day, entity, one) < chance
                if shops.listed[shop, one]:
                    shares[one] = exp(above)
                    whims[one] = value + gumbel(keys["choice"], day, entity, one)
            if not whims:
                continue
            there = [one for one in whims if not walks or left[shop, one] > 0]
            wish, best = max(whims, key=whims.get), max(there, key=whims.get, default=NO_SKU)
            wanted = goods.reference[c] + shops.lean[shop, c] + longing * needs.coolness[c]
            wanted -= rules.category_outside + rules.home_stock_weight * float(people.stock[row, c]) / 7.0
            u = draw(keys["outside"], day, entity, c)
            if u >= logistic(wanted + rules.category_scale * log(sum(shares.values()))):
                continue
            rest = sum(shares[one] for one in there)
            if best != wish and (not there or u >= logistic(wanted + rules.category_scale * log(rest))):
                best = NO_SKU
            twice = rules.second_pack * max(0, int(people.heads[row]) - 2)
            if best != NO_SKU and goods.storable[c]:
                twice += rules.forward_buying * shops.deal[int(walks), shop, best]
            asks = 2 if draw(keys["pack"], day, entity, c) < twice else 1
            if walks and wish != best:
                missed[j, c], missed_packs[j, c] = wish, asks
            if best == NO_SKU:
                continue
            got = min(asks, int(left[shop, best])) if walks else asks
            if got < asks and wish == best:
                missed[j, c], missed_packs[j, c] = best, asks - got
            if walks:
                left[shop, best] -= got
            else:
                click[j, best] = True
            last[row, c], sku[j, c], packs[j, c] = goods.number[best], best, got
    return place, click, sku, packs, missed, missed_packs, left, last


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
