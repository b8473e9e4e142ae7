"""How the arms went over time, and where goods were lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from experiments.evaluate import Comparison
from experiments.report.document import Block, Fold, Pictures, Section, Table, Text
from experiments.report.figures import mean, number
from experiments.report.pictures.paths import path
from experiments.report.pictures.stacked import stacked
from experiments.report.words import Words
from experiments.statistics import Estimate, estimate

WEEK = 7
MOST_DAYS = 70
"""Beyond so many days a point is a week."""
MOST_PARTS = 6
LEAST_REST = 1e-6
"""A share of receipts below which a difference of sums is rounding."""
FEN_A_THOUSAND_YUAN = 100_000.0

Series = list[float | None]


def over_time(found: Comparison, words: Words) -> Section:
    """Loss, orders, sales, stock and trust."""
    config = found.config
    arms = [arm for arm in config.scenarios if found.details(arm)]
    first = date.fromisoformat(found.details(arms[0])[0]["start"])
    step = 1 if config.days <= MOST_DAYS else WEEK
    pictures = []
    if config.days >= 2 * WEEK:
        lost = {arm: _estimates([_loss(detail["daily"]) for detail in found.details(arm)]) for arm in arms}
        pictures.append(path("loss", lost, first, WEEK, config.left_out_days, words))
    for name, column, factor in (("orders", "orders", 1.0), ("sales", "revenue_fen", 1 / FEN_A_THOUSAND_YUAN),
                                 ("stock", "stock_fen", 1 / FEN_A_THOUSAND_YUAN), ("trust", "trust", 1.0)):
        series = {arm: _estimates([_means(detail["daily"][column], step) for detail in found.details(arm)])
                  for arm in arms}
        if config.days > 1 and any(one.mean for found_here in series.values() for one in found_here):
            pictures.append(path(name, series, first, step, config.left_out_days, words, factor=factor))
    intro = words("paths.intro_week" if step == WEEK else "paths.intro_day")
    if config.left_out_days:
        intro = words("glue").join([intro, words("paths.grey")])
    blocks: list[Block] = [Text(intro), Pictures(pictures)] if pictures else [Text(words("paths.too_short"))]
    return Section("paths", words("paths.title"), blocks)


def losses(found: Comparison, words: Words) -> Section:
    """Per cent of receipts lost by node and reason, stacked by arm."""
    rates = {arm: rate for arm in found.config.scenarios if (rate := _rates(found, arm))}
    arms = list(rates)
    kinds = {kind for rate in rates.values() for kind in rate}
    if not kinds:
        return Section("losses", words("losses.title"), [Text(words("losses.none"))])
    order = sorted(kinds, key=lambda kind: -max(rate.get(kind, 0.0) for rate in rates.values()))
    label = {kind: words("losses.part", node=words.of("nodes", kind[0]), reason=words.of("reasons", kind[1]))
             for kind in order}
    shown = order if len(order) <= MOST_PARTS else order[: MOST_PARTS - 1]
    parts = {label[kind]: [rates[arm].get(kind, 0.0) for arm in arms] for kind in shown}
    if len(order) > len(shown):
        parts[words("losses.rest")] = [sum(rates[arm].get(kind, 0.0) for kind in order[len(shown):]) for arm in arms]
    totals = words.join([words("losses.total", arm=arm, value=number(sum(rates[arm].values()))) for arm in arms])
    picture = stacked("losses", arms, parts, words("losses.axis"), words("losses.caption"),
                      words("losses.alt", totals=totals, first=label[order[0]]))
    rows = [[words.of("nodes", kind[0]), words.of("reasons", kind[1]),
             *(number(rates[arm].get(kind, 0.0)) for arm in arms)] for kind in order]
    rows.append([words("losses.whole"), "", *(number(sum(rates[arm].values())) for arm in arms)])
    table = Table(words("losses.table"), [words("losses.node"), words("losses.reason"), *arms], rows, left=2)
    blocks: list[Block] = [Text(words("losses.intro")), Pictures([picture]), Fold(words("losses.table"), [table])]
    field = _with_field(found, words)
    return Section("losses", words("losses.title"), [*blocks, Text(field)] if field else blocks)


def _with_field(found: Comparison, words: Words) -> str:
    """The loss rates of the arms with what fell in the field; empty where there is none."""
    row = found.row("chain_loss_rate")
    assert row is not None
    figures = [words("losses.in_arm", arm=arm, value=words("per_cent", value=mean(one, row.name)))
               for arm, one in row.arms.items() if one.mean is not None]
    return words("losses.field", figures=words.join_and(figures)) if figures else ""


def _rates(found: Comparison, arm: str) -> dict[tuple[str, str], float]:
    """Mean over replications of what was lost by place and reason, refunds included, per cent of receipts."""
    refunds = found.values(arm, "loss_rate_refunds")
    rates: dict[tuple[str, str], float] = {}
    for replication, refunded in refunds.items():
        tables = found.cells[arm, replication]["result"]["tables"]
        parts = {(row["node"], row["reason"]): row["share"] for row in tables["loss_by_node_and_reason"]}
        rest = found.values(arm, "loss_rate").get(replication, 0.0) - sum(parts.values()) - refunded
        unnamed = {("other", "other"): rest} if rest > LEAST_REST else {}
        for kind, share in {**parts, ("refunds", "quality"): refunded, **unnamed}.items():
            rates[kind] = rates.get(kind, 0.0) + 100.0 * share / len(refunds)
    return rates


def _loss(daily: dict[str, list[float]]) -> Series:
    """Lost over received, per cent, week by week."""
    lost, received = (_blocks(daily[name], WEEK, np.sum) for name in ("lost_fen", "received_fen"))
    return [None if not whole else 100.0 * part / whole for part, whole in zip(lost, received, strict=True)]


def _means(values: list[float], step: int) -> Series:
    return [*_blocks(values, step, np.mean)]


def _blocks(values: list[float], step: int, of: Callable[..., Any]) -> list[float]:
    """One figure for every ``step`` whole days."""
    whole = len(values) // step * step
    return [float(value) for value in of(np.asarray(values[:whole], np.float64).reshape(-1, step), axis=1)]


def _estimates(several: list[Series]) -> list[Estimate]:
    """An estimate over replications at every place."""
    return [estimate([value for value in at if value is not None]) for at in zip(*several, strict=True)]
