"""Which SKUs the same members buy in the same week."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import LogView

WEEK_SECONDS = 7 * 86_400
WEEKS_LEARNED = 8
UNITY = 1000
"""A similarity of 1, as an integer."""
_BLOCK = 1 << 16


def similarity(log: LogView, shrinkage: float) -> npt.NDArray[np.int32]:
    """Return the item-item cosine of member-week baskets, (SKU, SKU), as integers with ``UNITY`` for 1.

    A basket holds the SKUs that one member bought in one week, over the counter or ahead, in the last weeks
    of the log. With n_i the baskets that hold i and n_ij those that hold both, the similarity is n_ij /
    (sqrt(n_i n_j) + shrinkage): rare pairs count less (Sarwar, Karypis, Konstan and Riedl 2001, "Item-based
    collaborative filtering recommendation algorithms", WWW10). An SKU is wholly similar to itself. Empty (0,
    0) before the first sale to a known member.
    """
    both = together(log)
    alone = np.sqrt(np.diag(both))
    cosine = both / np.maximum(alone[:, None] * alone[None, :] + shrinkage, 1.0)
    whole = np.rint(UNITY * cosine).astype(np.int32)
    np.fill_diagonal(whole, UNITY)
    return whole


def together(log: LogView) -> npt.NDArray[np.float64]:
    """Count the member-week baskets of the last weeks that hold both SKUs, (SKU, SKU); (0, 0) before the first."""
    member, week, sku = purchases(log)
    return _co_bought(member, week, sku) if len(member) else np.zeros((0, 0))


def purchases(log: LogView) -> tuple[npt.NDArray[np.int64], ...]:
    """Member, week back from the newest row, and SKU of what known members bought in the last weeks."""
    columns = ["event_time", "member", "sku"]
    rows = pa.concat_tables([log.read(table).select(columns) for table in ("order_line", "pos_sale")])
    member, sku = (rows[name].to_numpy().astype(np.int64) for name in ("member", "sku"))
    second = rows["event_time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    if not len(second):
        return member, second, sku
    week = (second.max() - second) // WEEK_SECONDS
    use = (member >= 0) & (week < WEEKS_LEARNED)
    return member[use], week[use], sku[use]


def _co_bought(
    member: npt.NDArray[np.int64], week: npt.NDArray[np.int64], sku: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Count the baskets that hold both SKUs, (SKU, SKU): whole numbers, so that no order of summing
    matters."""
    skus = int(sku.max()) + 1
    basket = np.unique(member * WEEKS_LEARNED + week, return_inverse=True)[1]
    pair = np.unique(basket * skus + sku)
    basket, sku = pair // skus, pair % skus
    together = np.zeros((skus, skus))
    for start in range(0, int(basket[-1]) + 1, _BLOCK):
        low, high = np.searchsorted(basket, [start, start + _BLOCK])
        holds = np.zeros((_BLOCK, skus))
        holds[basket[low:high] - start, sku[low:high]] = 1.0
        together += holds.T @ holds
    return together
