"""Embarrassingly shallow autoencoder: which SKUs a member buys, told linearly by the others they buy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from policies.base import LogView
from policies.recommend.baskets import UNITY, together
from policies.recommend.item_table import ItemTable

Floats = npt.NDArray[np.float64]


def solve(gram: Floats, ridge: float) -> Floats:
    """Return the weights B (from, to) with the least ||X - X B||^2 + ridge ||B||^2 and a diagonal of zeros.

    In closed form (Steck 2019, "Embarrassingly shallow autoencoders for sparse data", WWW '19): with
    P = (gram + ridge I)^-1 is B_ij = -P_ij / P_jj off the diagonal.

    Parameters
    ----------
    gram
        X'X, (item, item), for X with a row a user (or basket).
    ridge
        the penalty, above 0.
    """
    inverse = np.linalg.inv(gram + ridge * np.eye(len(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


class Ease(ItemTable):
    """Slates by EASE on member-week baskets of the last weeks, mixed with popularity; new products explored.

    The closed form keeps an item from telling itself, because films are watched once. Groceries are bought again:
    nothing bought is masked, and a SKU tells itself with weight ``repeat``.

    Parameters
    ----------
    ridge
        penalty on the weights, in baskets, above 0; G.
    repeat
        weight of a SKU's own past purchases, at least 0, 1 for the sum of what perfect substitutes would tell; G.
    personal_weight, caution, explored, epsilon, exploration_seed
        see :class:`~policies.recommend.item_table.ItemTable`.
    """

    def __init__(
        self,
        ridge: float = 50.0,
        repeat: float = 1.0,
        personal_weight: int = 10,
        caution: int = 3,
        explored: int = 2,
        epsilon: float = 0.05,
        exploration_seed: int = 0,
    ) -> None:
        """Raises ValueError outside those limits."""
        super().__init__(personal_weight, caution, explored, epsilon, exploration_seed)
        if not (ridge > 0 and 0 <= repeat <= 1_000):
            raise ValueError(f"ridge {ridge} is not above 0, or repeat {repeat} not in 0..1000")
        self._ridge, self._repeat = float(ridge), float(repeat)

    def learned(self, log: LogView) -> npt.NDArray[np.int32]:
        """Solve for the weights."""
        gram = together(log)
        if not len(gram):
            return np.zeros((0, 0), np.int32)
        weights = np.rint(UNITY * solve(gram, self._ridge)).astype(np.int32)
        np.fill_diagonal(weights, round(UNITY * self._repeat))
        return weights
