"""What goes with what the member buys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from policies.base import LogView
from policies.recommend.baskets import similarity
from policies.recommend.item_table import ItemTable


class Association(ItemTable):
    """Slates by item-item association with the member's own purchases, mixed with popularity; new products explored.

    The table of :class:`~policies.recommend.item_table.ItemTable` is the learned similarity (see
    :mod:`policies.recommend.baskets`).

    Parameters
    ----------
    shrinkage
        baskets that the similarity of rare pairs is shrunk by, at least 0; G.
    personal_weight, caution, explored, epsilon, exploration_seed
        see :class:`~policies.recommend.item_table.ItemTable`.
    """

    def __init__(
        self,
        personal_weight: int = 10,
        caution: int = 3,
        explored: int = 2,
        shrinkage: float = 10.0,
        epsilon: float = 0.0,
        exploration_seed: int = 0,
    ) -> None:
        """Raises ValueError outside those limits."""
        super().__init__(personal_weight, caution, explored, epsilon, exploration_seed)
        if not shrinkage >= 0:
            raise ValueError(f"shrinkage is {shrinkage}, below 0")
        self._shrinkage = float(shrinkage)

    def learned(self, log: LogView) -> npt.NDArray[np.int32]:
        """Learn which SKUs go together."""
        return similarity(log, self._shrinkage)
