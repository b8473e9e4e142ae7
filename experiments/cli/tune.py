"""`linli tune`: the best parameters of one policy in an arm, and what they are worth on fresh seeds."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather

VERB = Verb(
    name="tune",
    summary="search the best parameters of one policy, and compare the winner on fresh seeds",
    flags=("--out", "--workers"),
    resumes=True,
    root="tune",
    details="What is finished is kept: the same command goes on from it, with the same trials.",
)


def prepare(call: Call) -> Any:
    """The composed configuration and the directory of the tuning."""
    from experiments.config.compose import compose
    from experiments.results import check_out, locate
    from experiments.tune.study import need_optuna

    composed, _, _ = gather(lambda: compose("tune", call.pairs), lambda: check_out(call.out), need_optuna)
    if composed.config.scenario.demand == "replay":
        from experiments.build import check_recording
        from experiments.config.model import Horizon, RunConfig

        shared = {field: getattr(composed.config, field) for field in Horizon.model_fields}
        check_recording(RunConfig(scenario=composed.config.scenario, **shared))
    return composed, locate(composed.digest, call.out)


def execute(call: Call, prepared: Any) -> Answer:
    """Does what is missing, and prints the trials, the best of them, and its worth on fresh seeds."""
    from experiments.cli.progress import Progress
    from experiments.cli.spared import spare_pandas, spare_scipy
    from experiments.results import claim, marker
    from experiments.tune import tune

    spare_pandas()
    spare_scipy()
    composed, target = prepared
    claim(target, marker(composed))
    data = tune(composed.config, target, Progress(f"tune {composed.config.tune.name}"), workers=call.workers)
    return Answer({**data, "results": target}, "\n".join([*_lines(data), f"results {target}"]))


def _lines(data: dict[str, Any]) -> list[str]:
    from experiments.cli.table import figure

    names = list(data["best"]["params"])
    rows = [["trial", *names, data["metric"], "guardrails"]]
    rows += [[str(trial["number"]), *(figure(trial["params"][name]) for name in names), figure(trial["value"]),
              "kept" if trial["feasible"] else "exceeded"] for trial in data["trials"]]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    if data["fresh"] is None:
        return [*lines, "no trial that keeps the guardrails is better than the parameters that are there"]
    found, metric = data["fresh"], data["metric"]
    worth = found["metrics"][metric]
    return [*lines,
            f"best: trial {data['best']['number']}, {' '.join(data['line'])}",
            f"on {found['replications']} fresh seeds: {metric} {figure(worth['tuned'])} instead of "
            f"{figure(worth['default'])} {data['unit']}, {worth['mean']:+.6g} (95 % interval {worth['low']:+.6g} to "
            f"{worth['high']:+.6g})",
            f"report {found['report']}"]
