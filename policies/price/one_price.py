"""One price for everyone."""

from __future__ import annotations

import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, values


class OnePrice(Policy):
    """The list price, whoever buys and whatever lies on the shelf."""

    point = "price"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with the reference price of every cell."""
        shop, sku, price = (values(observation, name) for name in ("shop", "sku", "reference_fen"))
        return answer("price", shop=shop, sku=sku, price_fen=price)
