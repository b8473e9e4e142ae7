"""What came out, in plain words and one picture an arm: the first thing to be read."""

from __future__ import annotations

from experiments.evaluate import Comparison, Row, long_enough
from experiments.metrics import METRICS
from experiments.report.document import Block, Card, Cards, Picture, Pictures, Section, Table, Text
from experiments.report.figures import NONE, between, mean, metric, with_interval
from experiments.report.pictures.forest import Line, forest
from experiments.report.words import Words

HEADLINE = ("loss_rate", "contribution_margin", "gmv", "fill_rate", "turnover", "repurchase_rate",
            "group_success_candidates", "nps", "owner_income", "delivery_cost_per_order", "refund_rate")
"""What is shown first; all other metrics are folded away."""


MANY = 1000
"""Replications beyond which nobody would ask how many more."""


def in_short(found: Comparison, words: Words) -> Section:
    """A card an arm, the forest of the headline, and the headline's figures."""
    config = found.config
    rows = [row for row in found.rows if row.name in HEADLINE]
    rows.sort(key=lambda row: HEADLINE.index(row.name))
    arms = [[arm, words.of("arms", arm)] for arm in config.scenarios]
    blocks: list[Block] = [
        Text(words("short.question", arms=words.join_and(found.others), baseline=config.baseline)),
        Table(words("short.arms"), [words("short.arm"), words("short.stands_for")], arms, left=2),
        Cards([_card(rows, arm, config.baseline, words) for arm in found.others])]
    blocks.append(arms_table(rows, found, words, words("short.table")))
    blocks.append(Text(words("short.reading", days=config.days - config.left_out_days), note=True))
    if not long_enough(config):
        slow = words.join_apart([words.metric(row.name) for row in rows if METRICS[row.name].slow])
        blocks.append(Text(words("short.too_short", slow=slow)))
    known = _known(found, words)
    blocks += [Text(known)] if known is not None else []
    pictures = [drawn for arm in found.others if (drawn := _forest(rows, arm, config.baseline, words)) is not None]
    blocks += [Pictures(pictures)] if pictures else []
    return Section("short", words("short.title"), blocks)


def _known(found: Comparison, words: Words) -> str | None:
    """Repurchase by all orders, where most of the measured difference comes from which buyers are known."""
    baseline = found.config.baseline
    seen, true, known = (found.row(name) for name in ("repurchase_rate", "repurchase_rate_true",
                                                      "repurchase_measurement"))
    assert seen is not None and true is not None and known is not None
    parts = []
    for arm in found.others:
        gain, real, measured = (row.differences[arm].estimate for row in (seen, true, known))
        if gain.mean is not None and abs(measured.mean or 0.0) > abs(real.mean or 0.0):
            parts.append(words("short.known_arm", arm=arm, last=mean(true.arms[arm], true.name),
                               real=with_interval(real, true.name, words, signed=True),
                               seen=mean(gain, seen.name, signed=True)))
    if not parts:
        return None
    return words("short.known", baseline=baseline, first=mean(true.arms[baseline], true.name),
                 parts=words("semicolon").join(parts))


def all_metrics(found: Comparison, words: Words) -> list[Table]:
    """Arms of every metric, differences of those that have one: tables to fold away."""
    tables = [arms_table(found.rows, found, words, words("all.arms"))]
    for arm in found.others:
        header = [words("all.metric"), words("all.unit"), words("all.verdict"), words("all.difference"),
                  words("all.interval"), words("all.correlation"), words("all.unpaired")]
        tables.append(Table(words("all.differences", arm=arm, baseline=found.config.baseline), header,
                            [_difference(row, arm, words) for row in found.rows
                             if row.differences[arm].estimate.mean is not None], left=3))
    return tables


def arms_table(rows: list[Row], found: Comparison, words: Words, caption: str) -> Table:
    """Every arm's mean and interval."""
    arms = found.config.scenarios
    return Table(caption, [words("all.metric"), words("all.unit"), *arms],
                 [[words.metric(row.name), words.unit(METRICS[row.name].unit),
                   *(with_interval(row.arms[arm], row.name, words) for arm in arms)] for row in rows], left=2)


def _difference(row: Row, arm: str, words: Words) -> list[str]:
    paired = row.differences[arm]
    return [words.metric(row.name), words.unit_of_difference(METRICS[row.name].unit),
            words.table("verdicts")[row.verdicts[arm]],
            mean(paired.estimate, row.name, signed=True),
            between(paired.estimate, row.name, words, signed=True),
            NONE if paired.correlation is None else f"{paired.correlation:.2f}".replace("-", "−"),
            NONE if paired.unpaired is None else str(paired.unpaired) if paired.unpaired <= MANY else f">{MANY:,}"]


def _card(rows: list[Row], arm: str, baseline: str, words: Words) -> Card:
    """What got better, what got worse, what cannot be said."""
    by = {verdict: [row for row in rows if row.verdicts[arm] == verdict] for verdict in ("better", "worse")}
    lines = [words(f"short.{verdict}", what=words("semicolon").join([_instead(row, arm, baseline, words)
                                                                      for row in several]))
             for verdict, several in by.items() if several]
    unsure = [words.metric(row.name) for row in rows if row.verdicts[arm] in ("inconclusive", "equal")]
    silent = [words.metric(row.name) for row in rows
              if row.verdicts[arm] == "-" and row.differences[arm].estimate.mean is not None]
    lines += [words("short.inconclusive", what=words.join_apart(unsure))] if unsure else []
    lines += [words("short.silent", what=words.join_apart(silent))] if silent else []
    better, worse = len(by["better"]), len(by["worse"])
    tone = "open" if not better and not worse else "good" if not worse else "bad" if not better else "open"
    return Card(words("short.card", arm=arm, baseline=baseline),
                words("short.tally", better=better, worse=worse, open=len(unsure)), tone, lines)


def _instead(row: Row, arm: str, baseline: str, words: Words) -> str:
    figure = words.amount(metric(row.arms[arm].mean, row.name), words.unit(METRICS[row.name].unit))
    return words("short.instead", metric=words.metric(row.name), arm=figure,
                 baseline=metric(row.arms[baseline].mean, row.name))


def _forest(rows: list[Row], arm: str, baseline: str, words: Words) -> Picture | None:
    lines = []
    for row in rows:
        found, base = row.differences[arm].estimate, row.arms[baseline].mean
        if found.mean is None or found.low is None or found.high is None or not base:
            continue
        share = 100.0 / abs(base)
        figure = words.amount(mean(found, row.name, signed=True), words.unit_of_difference(METRICS[row.name].unit))
        label = words("forest.label", metric=words.metric(row.name), figure=figure,
                      verdict=words.table("verdicts")[row.verdicts[arm]])
        lines.append(Line(label, found.mean * share, found.low * share, found.high * share, row.verdicts[arm]))
    return forest(f"forest-{arm}", lines, arm, baseline, words) if lines else None
