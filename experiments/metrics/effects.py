"""What slates lead to: clicks, orders, and how evenly the goods are shown."""

from __future__ import annotations

import numpy as np

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window

NOT_SHOWN = "no slate was shown"


def click_rate(window: Window) -> float:
    """SKUs opened over SKUs seen in slates."""
    rows = window.table("effect_day")
    return ratio(float(rows["clicks"].sum()), float(rows["exposures"].sum()), NOT_SHOWN)


def conversion_rate(window: Window) -> float:
    """SKUs seen in slates that the same member ordered on the same day, over SKUs seen."""
    rows = window.table("effect_day")
    return ratio(float(rows["orders"].sum()), float(rows["exposures"].sum()), NOT_SHOWN)


def exposure_diversity(window: Window) -> float:
    """Share of the assortment that would be seen as evenly: e to the entropy of exposures by SKU over the SKUs."""
    rows = window.table("exposure_day")
    seen = np.bincount(rows["sku"], rows["exposures"], minlength=window.catalogue.n)
    if not seen.sum():
        raise Undefined(NOT_SHOWN)
    share = seen[seen > 0] / seen.sum()
    return float(np.exp(-(share * np.log(share)).sum()) / window.catalogue.n)


MEASURES = (
    Measure("click_rate", "share", "higher", "clicks of SKUs seen", "点击率", click_rate),
    Measure("conversion_rate", "share", "higher", "orders of SKUs seen", "转化率", conversion_rate),
    Measure("exposure_diversity", "share", "higher", "evenness of what is shown", "曝光多样性", exposure_diversity),
)
