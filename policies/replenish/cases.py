"""From packs wanted to cases ordered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from policies.replenish.rules import round_to_case

MOST_PACKS = 100_000
REVIEW_DAYS = 1.0
"""Owners order every night."""

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


def never_empty(wanted: Floats, position: Floats, needed: Floats, case: Ids) -> Ids:
    """Return ``wanted`` in the nearest number of cases, but one case rather than none for a shelf that sells.

    A shelf gets its one case when ``position`` (stock and what is on order) is below ``needed``, the sales
    expected until an order of tomorrow would arrive. All in packs, one value a cell.
    """
    nearest = round_to_case(np.minimum(wanted, MOST_PACKS), case)
    return capped(np.where((nearest == 0) & (position < needed), case, nearest), case)


def capped(packs: Ids, case: Ids) -> Ids:
    """Return ``packs`` cut to the whole cases that the contract allows."""
    return np.minimum(packs, MOST_PACKS // case * case)
