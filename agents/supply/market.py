"""The spot market: takes what is below grade or without an order, at a price below the farm gate's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.ledger import Account, Ledger
from agents.world import World

Ids = npt.NDArray[np.int64]


class SpotMarket:
    """Sales on the spot: a downgrade with a value, not waste."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def price_fen(self, sku: Ids, share: float) -> Ids:
        """Spot price of a pack at ``share`` of the farm gate, fen."""
        return np.rint(self._world.catalogue.farm_gate_fen[sku] * share).astype(np.int64)

    def sell(
        self, day: int, hour: float, seller: Account, node: str, farm: Ids, sku: Ids, packs: Ids, share: float
    ) -> None:
        """Sell ``packs`` (one row a SKU) at ``share`` of the farm gate; the money is the seller's."""
        some = np.flatnonzero(packs)
        if not len(some):
            return
        farm, sku, packs = farm[some], sku[some], packs[some].astype(np.int64)
        fen = packs * self.price_fen(sku, share)
        columns = {
            "farm": farm,
            "sku": sku,
            "packs": packs,
            "cost_fen": packs * self._world.catalogue.farm_gate_fen[sku],
            "fen": fen,
            "node": [node] * len(some),
        }
        self._world.emit("spot_sale", node, day, hour, columns)
        self._ledger.post(day, hour, Account.SPOT_MARKET, seller, "spot sale", -1, int(fen.sum()))
