"""What the kernel of choice is told: the goods, the rules, and today's shops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.params import WorldParams
from agents.residents import beliefs, choosing, needs
from agents.residents.hearsay import Hearsay, Seen
from agents.season import category_cooling
from agents.world import World
from sim.contracts.slates import SLATE_LENGTH
from sim.variates import exp_array, log_array

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def appeal(world: World) -> Floats:
    """What every SKU is worth to everybody at the quality that is expected at first: from its weight, and if fresh."""
    goods, rules = world.catalogue, world.params.residents
    weights = np.where(goods.base_weight > 0, goods.base_weight, 1.0)
    return np.asarray(rules.popularity_weight * log_array(weights) + np.where(goods.fresh, rules.fresh_appeal, 0.0))


def expected_worth(world: World) -> Floats:
    """What the quality expected at first is worth in each SKU: `appeal` holds it, so kernels count what lies above."""
    rules = world.params.residents
    return np.where(world.catalogue.fresh, rules.quality_weight * rules.belief_start, 0.0)


def goods_of(world: World) -> choosing.Goods:
    """Return the columns over SKUs and the listing, a tab a category."""
    goods, rules = world.catalogue, world.params.residents
    order = np.argsort(goods.category_id, kind="stable")
    start = np.searchsorted(goods.category_id[order], np.arange(len(goods.categories) + 1))
    number = np.empty(goods.n, np.uint8)
    number[order] = 1 + np.arange(goods.n) - start[goods.category_id[order]]
    ordinary = np.where(goods.premium_candidate, 0.0, exp_array(appeal(world)))
    total = np.bincount(goods.category_id, ordinary, len(goods.categories))
    cooling = goods.attributes[:, needs.COOLING]
    return choosing.Goods(
        goods.category_id,
        number,
        np.ascontiguousarray(goods.attributes),
        goods.fresh,
        beliefs.slots(goods),
        cooling - category_cooling(goods)[goods.category_id],
        start,
        order,
        np.where(total > 0, log_array(np.maximum(total, 1e-300)), 0.0),
        np.asarray(needs.by_category(goods, goods.cycle_days) >= rules.storable_days),
    )


def rules_of(params: WorldParams) -> choosing.Rules:
    """Return the kernel's scalars from their rows."""
    rows = {**vars(params.residents), **vars(params.voice)}
    named = {name: float(rows[name]) for name in choosing.Rules._fields if name != "slate_length"}
    return choosing.Rules(slate_length=SLATE_LENGTH, **named)


class Offer:
    """What the shops of a network offer today, as their members see it."""

    def __init__(self, world: World, hearsay: Hearsay) -> None:
        self._world, self._hearsay = world, hearsay
        self._appeal = appeal(world) - expected_worth(world)
        nothing = np.zeros((world.shops, world.catalogue.n))
        self._seen = Seen(nothing, nothing, np.zeros((world.shops, len(world.catalogue.categories))))
        self._worth, self._lean = nothing, self._seen.image

    def open(self, day: int, price: Floats) -> None:
        """Let members meet today's prices, fen (shop, SKU), and the day make its scene."""
        world, rules = self._world, self._world.params.residents
        self._seen = self._hearsay.morning(day, self._over_reference(price))
        scene = self._appeal + needs.occasion(world, day)
        self._worth = scene + rules.social_weight * self._seen.popularity
        self._lean = needs.log_need(world, day) - rules.price_switch * self._seen.image

    def of(self, listed: Flags, price: Floats, tag: Floats, looks: Floats) -> choosing.ShopDay:
        """Return today's tables of a session.

        ``listed`` (shop, SKU) tells what may be bought ordinarily, ``price`` and ``tag`` what it costs in the app and
        on the shelf, fen, ``looks`` how good the packs on the shelf look, 0 to 1. Only a share of a change from the
        usual price is noticed; a price below the usual is a deal.
        """
        rules, goods = self._world.params.residents, self._world.catalogue
        change = np.stack([self._over_reference(one) - self._seen.usual for one in (price, tag)])
        deal = np.maximum(-change, 0.0)
        worth = self._worth + rules.deal_weight * deal
        worth[choosing.WALK_IN] += rules.looks_weight * np.where(goods.fresh, looks - rules.belief_start, 0.0)
        perceived = self._seen.usual + rules.price_notice * change
        return choosing.ShopDay(listed, perceived, worth, deal, self._lean)

    def _over_reference(self, price: Floats) -> Floats:
        return log_array(price / self._world.catalogue.price_fen)
