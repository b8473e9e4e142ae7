"""How often the gate finds an arm better than itself, on seeds that share nothing.

Each gate holds so many runs of one arm against as many others of the same arm with other seeds. Nothing differs but
chance, so each goal may be found better in a share alpha of the gates, and the count lies in a binomial interval around
it. `python -m experiments.gate.against_itself DIR 60 8 2` does so for 60 gates of 8 pairs of runs of 2 days, and keeps
its cells in DIR, so that it can go on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scipy import stats

from experiments.cells import Cell
from experiments.cli.progress import Progress
from experiments.config.compose import compose
from experiments.executors import run_cells
from experiments.gate import PASS, conclude
from experiments.gate.judge import Pairs, above, judge
from experiments.metrics import METRICS


def against_itself(directory: Path, gates: int, pairs: int, days: int) -> list[str]:
    """Live the runs that are missing, and return a line for each goal and one for the verdicts."""
    config = compose("run", [("city", "tiny"), ("scenario", "traditional"), ("days", str(days))]).config
    rules = compose("gate", []).config.gate
    cells = [Cell("same", number, config.model_copy(update={"seed": number})) for number in range(2 * gates * pairs)]
    records = run_cells(cells, directory, Progress("against itself"), fail_fast=True)
    figures = [record["result"]["metrics"] for record in records]
    better, verdicts = dict.fromkeys((name for name, rule in rules.metrics.items() if rule.role == "goal"), 0), []
    for gate in range(gates):
        own = figures[2 * gate * pairs:2 * (gate + 1) * pairs]
        split = {name: _pairs(name, own) for name in rules.metrics}
        verdicts.append(conclude(judge(rules, split), [])[0])
        for name in better:
            sign = -1.0 if METRICS[name].better == "lower" else 1.0
            found = [sign * (one - other) for one, other in zip(split[name].arm, split[name].baseline, strict=True)]
            better[name] += above(found) <= rules.alpha
    low, high = stats.binom.interval(0.99, gates, rules.alpha)
    lines = [f"{name}: better in {count} of {gates} gates of {pairs} pairs ({count / gates:.3f}); "
             f"alpha {rules.alpha:g} allows {low:g} to {high:g} (99 %)" for name, count in better.items()]
    return [*lines, f"verdicts: {', '.join(f'{verdicts.count(one)} {one}' for one in sorted(set(verdicts)))}; "
                    f"{verdicts.count(PASS) / gates:.3f} passed"]


def _pairs(name: str, figures: list[dict[str, dict[str, float]]]) -> Pairs:
    """Every second run against its neighbour, where both have the figure."""
    values = [figure[name]["value"] for figure in figures]
    both = [(one, other) for one, other in zip(values[::2], values[1::2], strict=True)
            if one is not None and other is not None]
    return Pairs([one for one, _ in both], [other for _, other in both])


if __name__ == "__main__":
    print("\n".join(against_itself(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:5]))))
