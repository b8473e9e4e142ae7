"""What a household expects of fresh goods, by category and quality tier, and what it remembers of single products.

A belief is learned as a Kalman filter with bounded evidence learns: the next pack's gain is 1 / (prior + seen + 1), and
``seen`` stops counting at a bound, so that nobody stops learning. Belief and evidence share 16 bits; so do the
product and the quality of a remembered one. Goods that do not age are always as expected and need no belief.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.catalogue import Catalogue
from agents.params import VoiceParams

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Packed = npt.NDArray[np.uint16]
TIERS = 2
MEMORIES = 3
"""Products that a household remembers singly."""
MOST_EVIDENCE = 15
NOTHING = 0
"""An empty memory."""
_BELIEF_STEPS, _QUALITY_STEPS = 4095, 63


def slots(goods: Catalogue) -> Ids:
    """Return the belief that each SKU falls under, (SKU): one a fresh category and tier, -1 for ambient goods."""
    categories = np.unique(goods.category_id[goods.fresh])
    place = np.searchsorted(categories, goods.category_id) * TIERS + goods.tier
    return np.where(goods.fresh, place, -1).astype(np.int64)


def width(goods: Catalogue) -> int:
    """Number of beliefs a household holds; at least one, so that the column exists."""
    return max(1, TIERS * len(np.unique(goods.category_id[goods.fresh])))


def pack(quality: npt.ArrayLike, evidence: npt.ArrayLike = 0) -> Packed:
    """Return beliefs of ``quality`` (0 to 1) resting on ``evidence`` packs (0 to MOST_EVIDENCE)."""
    steps = np.rint(np.asarray(quality, np.float64) * _BELIEF_STEPS).astype(np.int64)
    return np.asarray((steps << 4) | np.asarray(evidence, np.int64)).astype(np.uint16)


def quality_of(belief: Packed) -> Floats:
    """Return the expected quality, 0 to 1."""
    return np.asarray((belief >> 4) / _BELIEF_STEPS)


def remembered(memory: Packed) -> float:
    """Return the mean quality of all products that households remember, nan where none does."""
    kept = memory[memory != NOTHING]
    return float((kept & 63).mean() / _QUALITY_STEPS) if len(kept) else float("nan")


def expected_of(belief: Packed, memory: Packed, sku: Ids, slot: Ids, weight: float) -> Floats:
    """Return what ``agents.residents.expectation.expected`` gives, for row i of ``belief, memory`` and ``sku[i]``."""
    quality = quality_of(belief[np.arange(len(sku)), slot])
    for k in range(MEMORIES):
        kept = memory[:, k].astype(np.int64)
        mine = (kept != NOTHING) & ((kept >> 6) - 1 == sku)
        quality = np.where(mine, quality + weight * ((kept & 63) / _QUALITY_STEPS - quality), quality)
    return quality


def learn(column: Packed, row: Ids, slot: Ids, quality: Floats, rules: VoiceParams, weight: float = 1.0) -> None:
    """Let each distinct (row, slot) of ``column`` learn from ``quality``; ``weight`` below 1 is hearsay."""
    old = column[row, slot]
    seen = (old & 15).astype(np.int64)
    gain = weight / (rules.belief_prior_packs + seen + 1.0)
    belief = quality_of(old)
    new = np.clip(belief + gain * (quality - belief), 0.0, 1.0)
    more = np.minimum(seen + (weight >= 1.0), rules.belief_most_evidence)
    column[row, slot] = pack(new, more)


def remember(column: Packed, row: Ids, sku: Ids, quality: Floats, weight: float) -> None:
    """Note ``quality`` of each (row, SKU); the product tasted longest ago gives way to a new one.

    Rows of one resident are noted in their order; a product known already is averaged with ``weight`` for the new.
    """
    turn = _turns(row)
    for now in range(int(turn.max(initial=-1)) + 1):
        mine = np.flatnonzero(turn == now)
        who, what = row[mine], sku[mine]
        kept = column[who].astype(np.int64)
        hit = (kept != NOTHING) & ((kept >> 6) - 1 == what[:, None])
        known = hit.any(axis=1)
        place = np.where(known, hit.argmax(axis=1), MEMORIES - 1)
        before = (kept[np.arange(len(mine)), place] & 63) / _QUALITY_STEPS
        value = np.where(known, before + weight * (quality[mine] - before), quality[mine])
        fresh = ((what + 1) << 6) | np.rint(np.clip(value, 0.0, 1.0) * _QUALITY_STEPS).astype(np.int64)
        for k in range(MEMORIES - 1, 0, -1):
            kept[:, k] = np.where(place >= k, kept[:, k - 1], kept[:, k])
        kept[:, 0] = fresh
        column[who] = kept.astype(np.uint16)


def _turns(row: Ids) -> Ids:
    """0 for the first entry of each row, 1 for its second and so on."""
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], row[order])
    turn = np.empty(len(row), np.int64)
    turn[order] = np.arange(len(row)) - first
    return turn
