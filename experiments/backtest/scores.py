"""How forecasts stand to what was sold, and how sure a difference between two forecasters is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.contracts.decisions import QUANTILE_LEVELS

Floats = npt.NDArray[np.float64]
MEDIAN = QUANTILE_LEVELS.index(0.5)


@dataclass
class Scores:
    """Sums over the forecasts of one policy; absolute errors by store and day, of all series and of those in stock.

    The figure that absolute errors judge is the median, which makes them least (Gneiting 2011, "Making and evaluating
    point forecasts", JASA 106); bias is judged on the mean.
    """

    stores: int
    days: int
    error: Floats = field(init=False)
    sold: Floats = field(init=False)
    mean_error: float = 0.0
    bias: float = 0.0
    pinball: Floats = field(init=False)
    covered: int = 0
    rows: int = 0

    def __post_init__(self) -> None:
        """Nothing is counted yet."""
        self.error, self.sold = (np.zeros((2, self.stores, self.days)) for _ in range(2))
        self.pinball = np.zeros(len(QUANTILE_LEVELS))

    def add(self, day: int, store: npt.NDArray[np.int64], mean: Floats, quantiles: Floats, sold: Floats,
            in_stock: npt.NDArray[np.bool_]) -> None:  # fmt: skip
        """Count forecasts (series) and (series, level) of ``day`` against what was ``sold``."""
        error = np.abs(quantiles[:, MEDIAN] - sold)
        for kind, some in enumerate((np.ones(len(sold), bool), in_stock)):
            self.error[kind, :, day] += np.bincount(store[some], error[some], self.stores)
            self.sold[kind, :, day] += np.bincount(store[some], sold[some], self.stores)
        self.mean_error += float(np.abs(mean - sold).sum())
        self.bias += float((mean - sold).sum())
        short = sold[:, None] - quantiles
        levels = np.array(QUANTILE_LEVELS)
        self.pinball += np.maximum(levels * short, (levels - 1.0) * short).sum(axis=0)
        self.covered += int(((quantiles[:, 0] <= sold) & (sold <= quantiles[:, -1])).sum())
        self.rows += len(sold)

    def figures(self) -> dict[str, Any]:
        """The figures of this policy; None where nothing was sold."""
        total, in_stock = (float(one.sum()) for one in self.sold)
        return {
            "wape": _over(float(self.error[0].sum()), total),
            "wape_in_stock": _over(float(self.error[1].sum()), in_stock),
            "wape_of_mean": _over(self.mean_error, total),
            "bias": _over(self.bias, total),
            "pinball": {f"{level:g}": _over(float(loss), total)
                        for level, loss in zip(QUANTILE_LEVELS, self.pinball, strict=True)},
            "coverage_90": _over(float(self.covered), float(self.rows)),
        }


def difference(own: Scores, other: Scores, kind: int) -> dict[str, float | None]:
    """WAPE of one less that of another (``kind`` 0 of all, 1 of those in stock), with a 95 % t interval.

    Errors of a day are alike in all stores and those of a store on all days, so the variance of the ratio is clustered
    both ways: that between days plus that between stores less that between single store-days (Cameron, Gelbach and
    Miller 2011, "Robust inference with multiway clustering", JBES 29), at least the larger of the two; degrees of
    freedom those of the fewer clusters.
    """
    total = float(own.sold[kind].sum())
    if total <= 0:
        return {"mean": None, "low": None, "high": None}
    gap = own.error[kind] - other.error[kind]
    ratio = float(gap.sum()) / total
    rest = (gap - ratio * own.sold[kind]) / total
    active = own.sold[kind] > 0
    days, stores = rest.sum(axis=0)[active.any(axis=0)], rest.sum(axis=1)[active.any(axis=1)]
    fewest = min(len(days), len(stores))
    if fewest < 2:
        return {"mean": ratio, "low": None, "high": None}
    by_day, by_store = (_spread(one) for one in (days, stores))
    variance = max(by_day + by_store - float((rest**2).sum()), by_day, by_store)
    from scipy.stats import t

    half = float(t.ppf(0.975, fewest - 1)) * variance**0.5
    return {"mean": ratio, "low": ratio - half, "high": ratio + half}


def _spread(sums: Floats) -> float:
    return float((sums**2).sum()) * len(sums) / (len(sums) - 1)


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
