"""How the worst-off tenth fares beside the average: 1 is even, 0 is nothing for them, below 0 they pay.

The share of the worst decile is read off people, not off a curve: of n, the ceil(n / 10) that fare worst. A Gini
coefficient would lose its meaning where an income is negative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, Undefined
from experiments.metrics.window import Window
from sim.grouping import group

WORST_SHARE = 10


def fairness_residents(window: Window) -> float:
    """List price over price paid, of the tenth of customers who pay dearest over the mean of all."""
    rows = window.table("customer_day")
    customers = group(rows["member"])
    paid, listed = (np.bincount(customers.of_row, rows[name], minlength=customers.size) for name in ("fen", "list_fen"))
    return _worst_tenth(listed[paid > 0] / paid[paid > 0], "no customers are known")


def fairness_owners(window: Window) -> float:
    """Income of the tenth of owners who earn least, over the mean: margin, commission and other trade less waste."""
    rows = window.table("owner_day")
    income = rows["margin_fen"] + rows["commission_fen"] + rows["other_fen"] - rows["waste_fen"]
    return _worst_tenth(_by(rows["shop"], income), "owners' days are not logged")


def fairness_suppliers(window: Window) -> float:
    """Revenue less cost of the tenth of suppliers who earn least, over the mean."""
    rows = window.table("farm_day")
    return _worst_tenth(_by(rows["farm"], rows["revenue_fen"] + rows["spot_fen"] - rows["cost_fen"]),
                        "suppliers' days are not logged")


def _by(who: npt.NDArray[np.integer], fen: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    _, index = np.unique(who, return_inverse=True)
    return np.bincount(index, fen).astype(np.float64)


def _worst_tenth(fares: npt.NDArray[np.float64], nobody: str) -> float:
    if not len(fares):
        raise Undefined(nobody)
    mean = float(fares.mean())
    if mean <= 0:
        raise Undefined("there is nothing to share out on the whole")
    worst = np.sort(fares)[: -(-len(fares) // WORST_SHARE)]
    return float(worst.mean()) / mean


MEASURES = (
    Measure("fairness_residents", "ratio", "higher", "fairness over residents", "居民公平性", fairness_residents),
    Measure("fairness_owners", "ratio", "higher", "fairness over owners", "店主公平性", fairness_owners),
    Measure("fairness_suppliers", "ratio", "higher", "fairness over suppliers", "供应商公平性", fairness_suppliers),
)
