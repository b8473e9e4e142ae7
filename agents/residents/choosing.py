"""The fused kernel of a session: what visitors look at, open, wish and take, shop by shop.

Columns go in as named groups, so that a further term of the utility adds a field to a group and a line to `_worth`.
Numba loses writes into an array of a group, so whatever is written stands by itself. A plain reference stands beside
the tests.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from agents.residents.expectation import expected
from sim import variates
from sim.jit import device, kernel, range_parallel

NO_SKU = -1
NOT_SEEN = -1
APP, WALK_IN = 0, 1
EVERYONE, INFANTS, PETS = 0, 1, 2
MONTHS = 36
PET_BIT = 8
LISTING_DRAW, TAB_DRAW = 1_000, 100_000
"""Items of the stream of looks: places of a slate, then SKUs of the listing, then its tabs (categories)."""

Array = Any


class People(NamedTuple):
    """Residents' columns, a row a household."""

    ids: Array
    heads: Array
    children: Array
    elders: Array
    child_born: Array
    scenes: Array
    taste: Array
    price_coef: Array
    belief: Array
    memory: Array
    stock: Array


class Needs(NamedTuple):
    """What households eat of each category, and today's temperature.

    ``buyers`` (category) who has a use for it; ``by_month`` (month of age, category) what a child eats of it, relative
    to its full rate; ``cycle`` (category) days a pack lasts three persons (or the one child or pet); ``factor``
    (category) today's need relative to the mean; ``coolness`` (category); ``heat`` log need of cooling goods today;
    ``cooling`` the attribute of taste that tells who longs for them, -1 for none; ``spread`` of that longing;
    ``child_portion, elder_portion`` of an adult's.
    """

    buyers: Array
    by_month: Array
    cycle: Array
    factor: Array
    coolness: Array
    heat: float
    cooling: int
    spread: float
    child_portion: float
    elder_portion: float


class Goods(NamedTuple):
    """Columns over SKUs, and the listing: ``tab_sku[tab_start[c] : tab_start[c + 1]]`` are the SKUs of category c.

    ``number`` counts from 1 within the category; ``cooler`` is a SKU's coolness above its category's; ``reference``
    (category) the inclusive value of its list at reference prices for the mean household; ``storable`` (category).
    """

    category: Array
    number: Array
    attributes: Array
    fresh: Array
    belief_slot: Array
    cooler: Array
    tab_start: Array
    tab_sku: Array
    reference: Array
    storable: Array


class ShopDay(NamedTuple):
    """Today's tables by shop and SKU, most of them by channel before, and by shop and category.

    ``lean`` is what moves the wish for a category;
    ``price_log`` is the price as it is perceived, in logs over the reference price; ``worth`` whatever else a SKU is
    worth to everybody today; ``deal`` how far it lies below its usual price, in logs.
    """

    listed: Array
    price_log: Array
    worth: Array
    deal: Array
    lean: Array


class Rules(NamedTuple):
    """Scalars of ``conf/params/residents.yaml`` by their names there; ``slate_length`` places come before the list."""

    slate_length: int
    examine_share: float
    browse_share: float
    shelf_look: float
    taste_weight: float
    quality_weight: float
    memory_weight: float
    familiarity: float
    category_scale: float
    category_outside: float
    home_stock_weight: float
    second_pack: float
    forward_buying: float
    click_base: float
    click_slope: float


@device
def months_of(day, born):  # type: ignore[no-untyped-def]
    """Age in months of a child under three, else -1."""
    days = day - born
    return min(days * 12 // 365, MONTHS - 1) if 0 <= days < 1095 else -1


@device
def appetite(people, needs, row, c, months):  # type: ignore[no-untyped-def]
    """What a household eats of category ``c`` a day, in days of a household of three (or of the child, the pet)."""
    if needs.buyers[c] == INFANTS:
        return needs.by_month[months, c] if months >= 0 else 0.0
    if needs.buyers[c] == PETS:
        return 1.0 if people.scenes[row] & PET_BIT else 0.0
    young, old = people.children[row], people.elders[row]
    return (people.heads[row] - young - old + needs.child_portion * young + needs.elder_portion * old) / 3.0


@device
def craving_of(people, needs, row):  # type: ignore[no-untyped-def]
    """Today's log need of a wholly cooling product: the heat times the household's latent longing."""
    if needs.cooling < 0:
        return 0.0
    return needs.heat * max(0.0, 1.0 + needs.spread * people.taste[row, needs.cooling])


@device
def logistic(x):  # type: ignore[no-untyped-def]
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + variates.exp(-x))


@kernel
def eat(day, people, needs, stock, out_urge):  # type: ignore[no-untyped-def]
    """Let a day pass in every larder; whoever runs out buys a pack elsewhere.

    ``stock`` (household, category) in days of supply is changed; ``out_urge`` is filled with how far the larder has
    run down, -0.5 (full) to 0.5 (empty), over the categories that the household eats.
    """
    for i in range_parallel(out_urge.size):
        months = months_of(day, people.child_born[i])
        craving = craving_of(people, needs, i)
        low, many = 0.0, 0
        for c in range(needs.cycle.size):
            eaten = appetite(people, needs, i, c, months)
            if eaten <= 0.0:
                continue
            eaten *= needs.factor[c]
            if craving > 0.0 and needs.coolness[c] > 0.0:
                eaten *= variates.exp(craving * needs.coolness[c])
            left = stock[i, c] - eaten
            if left < 0.0:
                left = max(left + needs.cycle[c], 0.0)
            stock[i, c] = left
            low += 1.0 - min(left / needs.cycle[c], 1.0)
            many += 1
        out_urge[i] = low / max(many, 1) - 0.5


@device
def _look(key, day, entity, shop, walks, slate, j, goods, shops, rules, out_place):  # type: ignore[no-untyped-def]
    """Note the place of every SKU that the visitor looks at, in the slate first."""
    look = 1.0
    for place in range(slate.shape[1]):
        sku = slate[j, place]
        if sku == NO_SKU:
            break
        if variates.uniform(key[0], key[1], day, entity, place, 0) < look:
            out_place[j, sku] = place
        look *= rules.examine_share
    for c in range(goods.tab_start.size - 1):
        if not walks:
            opens = variates.uniform(key[0], key[1], day, entity, TAB_DRAW + c, 0)
            if opens >= rules.browse_share:
                continue
        look = rules.shelf_look if walks else 1.0
        for t in range(goods.tab_start[c], goods.tab_start[c + 1]):
            sku = goods.tab_sku[t]
            if not shops.listed[shop, sku]:
                continue
            u = variates.uniform(key[0], key[1], day, entity, LISTING_DRAW + sku, 0)
            if out_place[j, sku] == NOT_SEEN and u < look:
                out_place[j, sku] = rules.slate_length + t
            if not walks:
                look *= rules.examine_share


@device
def _worth(people, goods, shops, rules, row, channel, shop, sku, craving, before):  # type: ignore[no-untyped-def]
    """Utility of a SKU but for the Gumbel whim; ``before`` is the number of the SKU last bought in the category."""
    value = shops.worth[channel, shop, sku] + people.price_coef[row] * shops.price_log[channel, shop, sku]
    for k in range(goods.attributes.shape[1]):
        value += rules.taste_weight * people.taste[row, k] * goods.attributes[sku, k]
    if goods.fresh[sku]:
        hoped = expected(people.belief, people.memory, row, goods.belief_slot[sku], sku, rules.memory_weight)
        value += rules.quality_weight * hoped
    if before == goods.number[sku]:
        value += rules.familiarity
    return value + craving * goods.cooler[sku]


@kernel
def choose(  # type: ignore[no-untyped-def]
    look_key, click_key, choice_key, outside_key, pack_key, day, start, rows, channel, slate,
    people, needs, goods, shops, rules, last, on_hand,
    out_place, out_click, out_sku, out_packs, out_missed, out_missed_packs,
):
    """Let visitors look, open and buy, shop by shop in parallel, visitor by visitor in order.

    ``start`` (shops + 1) delimits each shop's visitors in ``rows`` (resident rows, in order of arrival). Per visitor:
    ``channel`` and ``slate`` (SKUs from the top, -1 ends it). Place k of the slate is looked at with chance
    ``examine_share`` ** k. Behind it, who uses the app opens the tab of a category with chance ``browse_share`` and
    looks down it likewise; in the shop each product on the shelf meets the eye with chance ``shelf_look``.

    For each category that the household eats: a nested logit. Whether to buy is decided by one uniform against the
    logistic of the category's worth, where the inclusive value of what was looked at enters with ``category_scale``;
    which one by Gumbel draws. Who finds the first wish of the shop's shelf missing takes the best that is there, if
    the category is still worth it. ``on_hand`` (shop, SKU) falls with every pack sold over the counter; app orders do
    not touch it. ``last`` (household, category) remembers what was taken. SKUs that are not listed (a group-buy's) are
    looked at and opened, not chosen.

    Fills, per visitor and SKU, ``out_place`` (place in slate and listing, -1: not looked at) and ``out_click``, and per
    visitor and category ``out_sku``, ``out_packs`` (-1, 0: nothing), ``out_missed``, ``out_missed_packs`` (first wish
    not on the shelf).
    """
    for shop in range_parallel(start.size - 1):
        for j in range(start[shop], start[shop + 1]):
            row = rows[j]
            entity = people.ids[row]
            walks = channel[j] == WALK_IN
            _look(look_key, day, entity, shop, walks, slate, j, goods, shops, rules, out_place)
            months = months_of(day, people.child_born[row])
            craving = craving_of(people, needs, row)
            for c in range(needs.cycle.size):
                if appetite(people, needs, row, c, months) <= 0.0:
                    continue
                wish, best, wish_value, best_value = NO_SKU, NO_SKU, 0.0, 0.0
                everything, there = 0.0, 0.0
                for t in range(goods.tab_start[c], goods.tab_start[c + 1]):
                    sku = goods.tab_sku[t]
                    if out_place[j, sku] == NOT_SEEN:
                        continue
                    value = _worth(people, goods, shops, rules, row, channel[j], shop, sku, craving, last[row, c])
                    above = value - goods.reference[c]
                    if not walks:
                        u = variates.uniform(click_key[0], click_key[1], day, entity, sku, 0)
                        out_click[j, sku] = u < logistic(rules.click_base + rules.click_slope * above)
                    if not shops.listed[shop, sku]:
                        continue
                    share = variates.exp(above)
                    value += variates.gumbel(choice_key[0], choice_key[1], day, entity, sku, 0)
                    everything += share
                    if wish == NO_SKU or value > wish_value:
                        wish, wish_value = sku, value
                    if not walks or on_hand[shop, sku] > 0:
                        there += share
                        if best == NO_SKU or value > best_value:
                            best, best_value = sku, value
                if wish == NO_SKU:
                    continue
                wanted = goods.reference[c] + shops.lean[shop, c] + craving * needs.coolness[c]
                wanted -= rules.category_outside + rules.home_stock_weight * people.stock[row, c] / 7.0
                u = variates.uniform(outside_key[0], outside_key[1], day, entity, c, 0)
                if u >= logistic(wanted + rules.category_scale * variates.log(everything)):
                    continue
                if best != wish and (
                    best == NO_SKU or u >= logistic(wanted + rules.category_scale * variates.log(there))
                ):
                    best = NO_SKU
                packs = 1
                extra = rules.second_pack * max(0, people.heads[row] - 2)
                if best != NO_SKU and goods.storable[c]:
                    extra += rules.forward_buying * shops.deal[channel[j], shop, best]
                if variates.uniform(pack_key[0], pack_key[1], day, entity, c, 0) < extra:
                    packs = 2
                if walks and wish != best:
                    out_missed[j, c] = wish
                    out_missed_packs[j, c] = packs
                if best == NO_SKU:
                    continue
                if walks:
                    short = packs - on_hand[shop, best]
                    if short > 0:
                        if wish == best:
                            out_missed[j, c] = best
                            out_missed_packs[j, c] = short
                        packs -= short
                    on_hand[shop, best] -= packs
                else:
                    out_click[j, best] = True
                last[row, c] = goods.number[best]
                out_sku[j, c] = best
                out_packs[j, c] = packs
