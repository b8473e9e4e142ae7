"""What came out, in plain words and one picture an arm: the first thing to be read."""

from __future__ import annotations

from experiments.evaluate import Comparison, Row, long_enough
from experiments.metrics import METRICS
from experiments.report.document import Block, Card, Cards, Picture, Pictures, Section, Table, Text
from experiments.report.figures import NONE, between, metric, with_interval
from experiments.report.pictures.forest import Line, forest
from experiments.report.words import Words

HEADLINE = ("loss_rate", "contribution_margin", "gmv", "fill_rate", "turnover", "repurchase_rate",
            "group_success_candidates", "nps", "owner_income", "delivery_cost_per_order", "refund_rate")
"""What is shown first; all other metrics are folded away."""


def in_short(found: Comparison, words: Words) -> Section:
    """A card an arm, the forest of the headline, and the headline's figures."""
    config = found.config
    rows = [row for row in found.rows if row.name in HEADLINE]
    rows.sort(key=lambda row: HEADLINE.index(row.name))
    blocks: list[Block] = [Text(words("short.question", arms=words.join(found.others), baseline=config.baseline))]
    blocks.append(Cards([_card(rows, arm, config.baseline, words) for arm in found.others]))
    if not long_enough(config):
        slow = words.join([words.metric(row.name) for row in rows if METRICS[row.name].slow])
        blocks.append(Text(words("short.too_short", slow=slow)))
    pictures = [drawn for arm in found.others if (drawn := _forest(rows, arm, config.baseline, words)) is not None]
    blocks += [Pictures(pictures)] if pictures else []
    blocks += [arms_table(rows, found, words, words("short.table")), Text(words("short.reading"), note=True)]
    return Section("short", words("short.title"), blocks)


def all_metrics(found: Comparison, words: Words) -> list[Table]:
    """Arms and differences of every metric: tables to fold away."""
    tables = [arms_table(found.rows, found, words, words("all.arms"))]
    for arm in found.others:
        header = [words("all.metric"), words("all.unit"), words("all.verdict"), words("all.difference"),
                  words("all.interval"), words("all.correlation"), words("all.unpaired")]
        tables.append(Table(words("all.differences", arm=arm, baseline=found.config.baseline), header,
                            [_difference(row, arm, words) for row in found.rows], left=3))
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
            metric(paired.estimate.mean, row.name, signed=True),
            between(paired.estimate, row.name, words, signed=True),
            NONE if paired.correlation is None else f"{paired.correlation:.2f}".replace("-", "−"),
            NONE if paired.unpaired is None else str(paired.unpaired)]


def _card(rows: list[Row], arm: str, baseline: str, words: Words) -> Card:
    """What got better, what got worse, what cannot be said."""
    by = {verdict: [row for row in rows if row.verdicts[arm] == verdict] for verdict in ("better", "worse")}
    lines = [words(f"short.{verdict}", what=words.join([_instead(row, arm, baseline, words) for row in several]))
             for verdict, several in by.items() if several]
    unsure = [words.metric(row.name) for row in rows if row.verdicts[arm] in ("inconclusive", "equal")]
    silent = [words.metric(row.name) for row in rows
              if row.verdicts[arm] == "-" and row.differences[arm].estimate.mean is not None]
    lines += [words("short.inconclusive", what=words.join(unsure))] if unsure else []
    lines += [words("short.silent", what=words.join(silent))] if silent else []
    better, worse = len(by["better"]), len(by["worse"])
    tone = "open" if not better and not worse else "good" if not worse else "bad" if not better else "open"
    return Card(words("short.card", arm=arm, baseline=baseline),
                words("short.tally", better=better, worse=worse, open=len(unsure)), tone, lines)


def _instead(row: Row, arm: str, baseline: str, words: Words) -> str:
    unit = words.unit(METRICS[row.name].unit)
    return words("short.instead", metric=words.metric(row.name), unit=unit, arm=metric(row.arms[arm].mean, row.name),
                 baseline=metric(row.arms[baseline].mean, row.name))


def _forest(rows: list[Row], arm: str, baseline: str, words: Words) -> Picture | None:
    lines = []
    for row in rows:
        found, base = row.differences[arm].estimate, row.arms[baseline].mean
        if found.mean is None or found.low is None or found.high is None or not base:
            continue
        share = 100.0 / abs(base)
        label = words("forest.label", metric=words.metric(row.name),
                      unit=words.unit_of_difference(METRICS[row.name].unit),
                      value=metric(found.mean, row.name, signed=True),
                      verdict=words.table("verdicts")[row.verdicts[arm]])
        lines.append(Line(label, found.mean * share, found.low * share, found.high * share, row.verdicts[arm]))
    return forest(f"forest-{arm}", lines, arm, baseline, words) if lines else None
