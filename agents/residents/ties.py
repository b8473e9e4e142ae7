"""Who knows whom in an estate: a small world (Watts and Strogatz 1998), computed from ids and never stored.

Members of a shop stand in a row by their number. Each knows the TIES members before it, as neighbours do; with chance
``rewire`` a tie leads to any earlier member instead. So the ties of those who are there never change when somebody
joins, and the newcomer knows somebody at once. News run along a neighbourly tie both ways, along a shortcut to its end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.world import MEMBERS_A_SHOP
from sim.streams import Key, uniform

Ids = npt.NDArray[np.int64]
TIES = 3
NOBODY = -1
_TARGET = 16
"""First draw number of a shortcut's end."""


def known_to(key: Key, rewire: float, ids: Ids) -> Ids:
    """Return whom each of ``ids`` knows, (member, TIES), -1 where the row of members ends."""
    number = ids % MEMBERS_A_SHOP
    found = np.empty((len(ids), TIES), np.int64)
    for k in range(TIES):
        target = number - 1 - k
        far = uniform(key, 0, ids, k) < rewire
        anywhere = np.floor(uniform(key, 0, ids, _TARGET + k) * number).astype(np.int64)
        target = np.where(far, np.minimum(anywhere, number - 1), target)
        found[:, k] = np.where(target >= 0, ids - number + target, NOBODY)
    return found


def listeners(key: Key, rewire: float, ids: Ids) -> Ids:
    """Return whom the news of each of ``ids`` reach, (member, 2 TIES), -1 for nobody; later ids may not exist yet."""
    later = np.full((len(ids), TIES), NOBODY, np.int64)
    for k in range(TIES):
        other = ids + 1 + k
        near = (uniform(key, 0, other, k) >= rewire) & (other // MEMBERS_A_SHOP == ids // MEMBERS_A_SHOP)
        later[:, k] = np.where(near, other, NOBODY)
    return np.concatenate([known_to(key, rewire, ids), later], axis=1)
