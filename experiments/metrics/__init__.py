"""Metrics: one module a group of definitions, each a function of a window of the logs."""

from __future__ import annotations

from agents.catalogue import Catalogue
from experiments.metrics import customers, loss, money, stock
from experiments.metrics.measure import Measure, Metric
from experiments.metrics.window import Window
from sim.clock import Clock
from sim.log import EventLog

METRICS: dict[str, Measure] = {
    measure.name: measure
    for measure in (*loss.MEASURES, *stock.MEASURES, *customers.MEASURES, *money.MEASURES)
}
"""Every metric by name, in the order in which reports print them."""


def compute(
    log: EventLog,
    evaluation: EventLog,
    catalogue: Catalogue,
    clock: Clock,
    first_day: int,
    last_day: int,
    *,
    opening_hours: float,
) -> dict[str, Metric]:
    """Every metric over the business days `first_day` to `last_day`, both included; shops open `opening_hours` a day.

    Where a figure does not exist (no known customers in a replay, no shelves in an arm that orders ahead), its value
    is None and the reason is said.
    """
    window = Window(log, evaluation, catalogue, clock, first_day, last_day, opening_hours)
    return {name: measure(window) for name, measure in METRICS.items()}
