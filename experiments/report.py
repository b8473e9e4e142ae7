"""A comparison for readers: Markdown with everything, and columns for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from experiments.config.model import CompareConfig
from experiments.evaluate import Comparison, Row, long_enough
from experiments.metrics import METRICS
from experiments.provenance import versions
from experiments.statistics import LEVEL, Estimate

SHORT = ("Too short for a verdict on what takes a year to show ({slow}): that needs 52 weeks after 8 weeks of burn-in. "
         "What is shown of these is no evidence either way.")
ALWAYS = ("Intervals are those of the replications of this model at these parameters: they hold no doubt about the "
          "parameters, and nothing is adjusted for looking at many metrics at once.")


def markdown(found: Comparison) -> str:
    """The whole report."""
    config = found.config
    title = f"# {config.experiment.name}: {', '.join(_others(config))} against {config.baseline}"
    lines = [title, "", _setting(config), "", "## Arms", "", f"Mean over replications and {LEVEL:.0%} interval.", ""]
    lines += _pipe(["metric", "unit", *config.scenarios],
                   [[_label(row), _unit(row), *(_interval(row.arms[arm], row) for arm in config.scenarios)]
                    for row in found.rows])
    for arm in _others(config):
        lines += ["", f"## {arm} less {config.baseline}", "",
                  "Differences within replications; correlation of the paired values; replications that independent "
                  "runs would have needed for an interval as narrow.", ""]
        lines += _pipe(["metric", "unit", "difference", "correlation", "unpaired", "verdict"],
                       [_difference(row, arm) for row in found.rows])
    lines += ["", "## What this can and cannot say", "", *(f"- {line}" for line in _limits(found))]
    missing = [f"- {_label(row)}: {row.reason}" for row in found.rows if row.reason]
    if missing:
        lines += ["", "## Figures that do not exist", "", *missing]
    lines += ["", "## Where this comes from", "", f"All cells together took {found.seconds:.0f} s.", ""]
    lines += _pipe(["what", "version"], [[name, text] for name, text in versions().items()])
    return "\n".join(lines) + "\n"


def table(found: Comparison) -> str:
    """The differences in columns."""
    config, blocks = found.config, []
    for arm in _others(config):
        rows = [["metric", "unit", config.baseline, arm, "difference", f"{LEVEL:.0%} interval", "verdict"]]
        for row in found.rows:
            difference = row.differences[arm].estimate
            if difference.mean is None and row.arms[arm].mean is None and row.arms[config.baseline].mean is None:
                continue
            low, high = _signed(difference.low, row), _signed(difference.high, row)
            bounds = "" if difference.low is None else f"{low} to {high}"
            rows.append([row.name, _unit(row), _figure(row.arms[config.baseline].mean, row),
                         _figure(row.arms[arm].mean, row), _signed(difference.mean, row), bounds, row.verdicts[arm]])
        blocks.append(_columns(rows))
    return "\n\n".join([*blocks, "\n".join(_limits(found))])


def _setting(config: CompareConfig) -> str:
    counted = config.days - config.left_out_days
    text = (f"{config.city.shops} shops with {config.city.members} members each ({config.city.name}), season "
            f"{config.season.name}, {config.replications} replications with seeds {config.seed} to "
            f"{config.seed + config.replications - 1}.")
    if config.start is not None:
        first = config.start + timedelta(days=config.left_out_days)
        last = config.start + timedelta(days=config.days - 1)
        text += f" {counted} days count, {first} to {last}"
    else:
        text += f" {counted} days count"
    return (f"{text}, after {config.burn_in_days} days of burn-in in the traditional mode, lived once a replication, "
            f"and {config.left_out_days} days in which each arm works off what that left.")


def _limits(found: Comparison) -> list[str]:
    lines = [f"{record['arm']}, replication {record['replication'] + 1} failed and counts nowhere: {record['failure']}"
             for record in found.failures]
    if not long_enough(found.config):
        slow = ", ".join(measure.en for measure in METRICS.values() if measure.slow)
        lines.append(SHORT.format(slow=slow))
    return [*lines, ALWAYS]


def _difference(row: Row, arm: str) -> list[str]:
    paired = row.differences[arm]
    correlation = "-" if paired.correlation is None else f"{paired.correlation:.2f}"
    unpaired = "-" if paired.unpaired is None else str(paired.unpaired)
    found = paired.estimate
    text = _signed(found.mean, row)
    if found.low is not None:
        text += f" ({_signed(found.low, row)} to {_signed(found.high, row)})"
    return [_label(row), _unit(row), text, correlation, unpaired, row.verdicts[arm]]


def _interval(found: Estimate, row: Row) -> str:
    if found.low is None:
        return _figure(found.mean, row)
    return f"{_figure(found.mean, row)} ({_figure(found.low, row)} to {_figure(found.high, row)})"


def _figure(value: float | None, row: Row) -> str:
    """Two decimals, none from 1000 on; a share in per cent."""
    if value is None:
        return "-"
    scaled = value * 100.0 if METRICS[row.name].unit == "share" else value
    return f"{scaled:.2f}" if abs(scaled) < 1000 else f"{scaled:.0f}"


def _signed(value: float | None, row: Row) -> str:
    return _figure(value, row) if value is None or value < 0 else f"+{_figure(value, row)}"


def _unit(row: Row) -> str:
    unit = METRICS[row.name].unit
    return "%" if unit == "share" else unit


def _label(row: Row) -> str:
    measure = METRICS[row.name]
    return f"{measure.en} {measure.zh}"


def _others(config: CompareConfig) -> list[str]:
    return [arm for arm in config.scenarios if arm != config.baseline]


def _pipe(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Columns of text: names to the left, figures to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    left = {0, 1, len(widths) - 1}
    return "\n".join("  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
                     for row in rows)
