"""What the members of a shop know of its goods: usual prices, how dear the shop is, and what the others buy.

One row a (shop, SKU), kept by the shop's members together: neighbours talk, and a row a household would not fit into
memory. All members of a shop meet the same prices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.world import World
from sim.state import Frame

Floats = npt.NDArray[np.float64]


class Seen(NamedTuple):
    """What members have in mind: usual log price and popularity, (shop, SKU), price image, (shop, category)."""

    usual: Floats
    popularity: Floats
    image: Floats


class Hearsay:
    """Columns ``usual`` (log of the price remembered over the reference price), ``image`` (the same, much slower: what
    makes members buy elsewhere), ``sold`` (packs that the others bought, fading).
    """

    def __init__(self, world: World) -> None:
        self._world = world
        size = world.shops * world.catalogue.n
        columns = {name: np.float64 for name in ("usual", "image", "sold")}
        self._frame = world.ports.state.new(Frame("hearsay", columns, capacity=size))
        goods = world.catalogue
        weight = np.where(goods.premium_candidate, 0.0, goods.base_weight)
        total = np.bincount(goods.category_id, weight, len(goods.categories))[goods.category_id]
        self._share = weight / np.where(total > 0, total, 1.0)
        self._category_share = weight / max(weight.sum(), 1e-9)

    def populate(self) -> None:
        """Start with reference prices in mind and nothing sold."""
        self._frame.add(n=self._world.shops * self._world.catalogue.n)

    def morning(self, day: int, price_log: Floats) -> Seen:
        """Let members meet today's prices (log over reference, (shop, SKU)); return what they had in mind before.

        The prices a shop opens with are known.
        """
        rules, frame = self._world.params.residents, self._frame
        usual, image, sold = (frame[name].reshape(price_log.shape) for name in ("usual", "image", "sold"))
        if day == 0:
            usual[...] = price_log
        sold *= 0.5 ** (1.0 / rules.popular_days)
        seen = Seen(usual.copy(), self._popularity(sold), self.by_category(image))
        usual += (1.0 - 0.5 ** (1.0 / rules.price_memory_days)) * (price_log - usual)
        image += (1.0 - 0.5 ** (1.0 / rules.price_image_days)) * (price_log - image)
        return seen

    def dearness(self) -> Floats:
        """How dear each shop seems to its members on the whole, log over reference prices."""
        image = self._frame["image"].reshape(self._world.shops, self._world.catalogue.n)
        return np.asarray(image @ self._category_share)

    def note(self, shop: npt.NDArray[np.int64], sku: npt.NDArray[np.int64], packs: npt.NDArray[np.int64]) -> None:
        """Let the others see what was bought."""
        np.add.at(self._frame["sold"], shop * self._world.catalogue.n + sku, packs.astype(np.float64))

    def by_category(self, values: Floats) -> Floats:
        """Means of (shop, SKU) over each category's ordinary SKUs by weight, (shop, category)."""
        goods = self._world.catalogue
        table = np.zeros((goods.n, len(goods.categories)))
        table[np.arange(goods.n), goods.category_id] = self._share
        return np.asarray(values @ table)

    def _popularity(self, sold: Floats) -> Floats:
        """Share of each SKU in its category's sales above its expected share; few sales say little."""
        goods, prior = self._world.catalogue, self._world.params.residents.popular_prior_packs
        table = np.zeros((goods.n, len(goods.categories)))
        table[np.arange(goods.n), goods.category_id] = 1.0
        total = (sold @ table)[:, goods.category_id]
        return np.asarray((sold + prior * self._share) / np.maximum(total + prior, 1e-9) - self._share)
