"""A comparison in columns for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from experiments.evaluate import Comparison
from experiments.metrics import METRICS
from experiments.report.figures import between, mean, metric
from experiments.report.sections.closing import limits
from experiments.report.words import Words


def table(found: Comparison) -> str:
    """The differences in columns, and what stands against them."""
    config, words, blocks = found.config, Words(found.config.language), []
    for arm in found.others:
        rows = [[words("all.metric"), words("all.unit"), config.baseline, arm, words("all.difference"),
                 words("all.interval"), words("all.verdict")]]
        for row in found.rows:
            difference = row.differences[arm].estimate
            if difference.mean is None and row.arms[arm].mean is None and row.arms[config.baseline].mean is None:
                continue
            rows.append([row.name, words.unit(METRICS[row.name].unit), metric(row.arms[config.baseline].mean, row.name),
                         metric(row.arms[arm].mean, row.name), mean(difference, row.name, signed=True),
                         between(difference, row.name, words, signed=True), words.table("verdicts")[row.verdicts[arm]]])
        blocks.append(_columns(rows))
    return "\n\n".join([*blocks, "\n".join(limits(found, words))])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Columns of text: names to the left, figures to the right."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    left = {0, 1, len(widths) - 1}
    lines = []
    for row in rows:
        padded = [(cell, " " * (width - _width(cell))) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cell + space if i in left else space + cell
                               for i, (cell, space) in enumerate(padded)).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    """Places that a text takes in a terminal."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
