"""Monthly repurchase as the order-frequency law alone makes it.

A household orders at a rate that is gamma distributed over households (shape k, mean m a month) and else without
memory; orders in a month are then negative binomial, and of the households with one or more orders the share with two
or more follows from m and k (Ehrenberg's repeat buying; Schmittlein, Bemmaor and Morrison 1985).
"""

from __future__ import annotations

import math

from scipy.optimize import brentq


def repurchase(mean: float, shape: float) -> float:
    """Share of a month's customers who order at least twice; ``shape`` infinite: all households alike.

    ``mean`` is in orders a household and month, above 0.
    """
    if math.isinf(shape):
        none, once = math.exp(-mean), mean * math.exp(-mean)
    else:
        none = (shape / (shape + mean)) ** shape
        once = none * shape * mean / (shape + mean)
    return (1.0 - none - once) / (1.0 - none)


def needed(share: float, shape: float) -> float:
    """Mean orders a household and month at which the repurchase is ``share`` (between 0 and 1)."""
    return math.exp(brentq(lambda power: repurchase(math.exp(power), shape) - share, -7.0, 16.0))
