"""Metrics: one module a group of definitions, each a function of a window of the logs."""

from __future__ import annotations

from typing import Any

from experiments.metrics import (
    association,
    bullwhip,
    coldchain,
    customers,
    effects,
    fairness,
    forecast,
    groups,
    loss,
    money,
    stock,
    voice,
    work,
)
from experiments.metrics.measure import Measure, Metric
from experiments.metrics.window import Window

METRICS: dict[str, Measure] = {
    measure.name: measure
    for module in (loss, stock, customers, groups, voice, money, work, coldchain, effects, forecast, bullwhip, fairness,
                   association)
    for measure in module.MEASURES
}
"""Every metric by name, in the order in which reports print them."""


def compute(window: Window) -> dict[str, Metric]:
    """Every metric of the window.

    Where a figure does not exist (no known customers in a replay, no shelves in an arm that orders ahead), its value
    is None and the reason is said.
    """
    return {name: measure(window) for name, measure in METRICS.items()}


def tables(window: Window) -> dict[str, list[dict[str, Any]]]:
    """What one figure cannot say: waste by place and reason, what bullwhip is made of, counts behind associations."""
    return {
        "loss_by_node_and_reason": [row._asdict() for row in loss.by_node_and_reason(window)],
        "bullwhip": [row._asdict() for row in bullwhip.swings(window)],
        "association": association.counts(window),
    }
