"""The figures of a comparison: every arm's estimates, the paired differences, and what may be concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.config.model import CompareConfig
from experiments.decompose import Decomposition, decompose
from experiments.metrics import METRICS
from experiments.statistics import Estimate, Paired, estimate, paired
from sim.errors import RunError

SLOW_DAYS, SLOW_BURN_IN_DAYS = 364, 56
"""What is slow to show gets no verdict from less than 52 weeks after 8 weeks of burn-in."""


class Row(NamedTuple):
    """One metric: the estimate of every arm, the differences from the baseline, the verdict on each, and the parts."""

    name: str
    arms: dict[str, Estimate]
    differences: dict[str, Paired]
    verdicts: dict[str, str]
    reason: str | None
    parts: Decomposition


class Comparison(NamedTuple):
    """What a comparison found; `failures` are the records of cells that failed, `seconds` what all cells took.

    `cells` are the records of those that did not, by arm and replication.
    """

    config: CompareConfig
    rows: list[Row]
    failures: list[dict[str, Any]]
    seconds: float
    cells: Mapping[tuple[str, int], Mapping[str, Any]]

    @property
    def others(self) -> list[str]:
        """The arms that are held against the baseline."""
        return [arm for arm in self.config.scenarios if arm != self.config.baseline]

    def row(self, name: str) -> Row | None:
        """The row of a metric, None where there is no such metric."""
        return next((row for row in self.rows if row.name == name), None)

    def values(self, arm: str, name: str) -> dict[int, float]:
        """A metric's figures by replication, where they exist."""
        metrics = {r: record["result"]["metrics"].get(name) for (of, r), record in self.cells.items() if of == arm}
        return {r: found["value"] for r, found in sorted(metrics.items()) if found and found["value"] is not None}

    def details(self, arm: str) -> list[dict[str, Any]]:
        """What the cells of an arm kept for pictures, in the order of replications."""
        return [self.cells[arm, r]["detail"] for r in range(self.config.replications) if (arm, r) in self.cells]

    def as_json(self, paths: Mapping[str, Path]) -> dict[str, Any]:
        """The answer of `linli compare --json`; see `docs/cli-json.md`. `paths` say where the report lies."""
        return {
            "experiment": self.config.experiment.name,
            "baseline": self.config.baseline,
            "replications": self.config.replications,
            "metrics": {row.name: _row_as_json(row) for row in self.rows},
            "failures": [{name: record[name] for name in ("arm", "replication", "failure")}
                         for record in self.failures],
            **{name: str(path) for name, path in paths.items()},
        }


def evaluate(config: CompareConfig, records: Sequence[Mapping[str, Any]]) -> Comparison:
    """The figures of all metrics from the records of the cells.

    Differences use the replications in which arm and baseline both have the figure. Raises RunError when there is none.
    """
    done = {(record["arm"], record["replication"]): record for record in records if "result" in record}
    failures = [dict(record) for record in records if "failure" in record]
    others = [arm for arm in config.scenarios if arm != config.baseline]
    if not any((arm, r) in done and (config.baseline, r) in done for arm in others for r in range(config.replications)):
        first = failures[0]
        raise RunError(f"no pair of arms was finished; {len(failures)} cells failed, the first is {first['arm']}, "
                       f"replication {first['replication'] + 1}: {first['failure']}")
    rows = [_row(config, done, name) for name in METRICS]
    return Comparison(config, rows, failures, sum(record["seconds"] for record in records), done)


def verdict(config: CompareConfig, name: str, difference: Paired) -> str:
    """`better`, `worse` or `inconclusive` by the interval, `equal` where no replication differs, `-` if unsayable."""
    measure, found = METRICS[name], difference.estimate
    if found.low is None or found.high is None or measure.better == "neither":
        return "-"
    if measure.slow and not long_enough(config):
        return "-"
    if found.low == found.high == 0.0:
        return "equal"
    if found.low <= 0.0 <= found.high:
        return "inconclusive"
    return "better" if (found.low > 0.0) == (measure.better == "higher") else "worse"


def long_enough(config: CompareConfig) -> bool:
    """Whether the horizon allows a verdict on what is slow to show."""
    return config.days - config.left_out_days >= SLOW_DAYS and config.burn_in_days >= SLOW_BURN_IN_DAYS


def _row(config: CompareConfig, done: Mapping[tuple[str, int], Mapping[str, Any]], name: str) -> Row:
    values: dict[str, dict[int, float]] = {arm: {} for arm in config.scenarios}
    reasons = []
    for (arm, replication), record in done.items():
        figure = record["result"]["metrics"][name]
        if figure["value"] is None:
            reasons.append(f"{arm}: {figure['reason']}")
        else:
            values[arm][replication] = figure["value"]
    base = values[config.baseline]
    differences = {}
    for arm in config.scenarios:
        if arm != config.baseline:
            both = sorted(values[arm].keys() & base.keys())
            differences[arm] = paired([values[arm][r] for r in both], [base[r] for r in both])
    return Row(
        name,
        {arm: estimate([by[r] for r in sorted(by)]) for arm, by in values.items()},
        differences,
        {arm: verdict(config, name, difference) for arm, difference in differences.items()},
        "; ".join(dict.fromkeys(reasons)) or None,
        decompose(values),
    )


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "unit": METRICS[row.name].unit,
        "arms": {arm: {"mean": found.mean, "low": found.low, "high": found.high} for arm, found in row.arms.items()},
        "differences": {
            arm: {"mean": found.estimate.mean, "low": found.estimate.low, "high": found.estimate.high,
                  "correlation": found.correlation}
            for arm, found in row.differences.items()
        },
        "parts": row.parts.as_json(),
    }
