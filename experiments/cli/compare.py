"""`linli compare`: an experiment's scenarios against its baseline, paired by replication."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather

VERB = Verb(
    name="compare",
    summary="compare an experiment's scenarios with its baseline, paired, with intervals",
    flags=("--out", "--workers", "--retry-failed", "--fail-fast"),
    resumes=True,
    root="compare",
    details="What is finished is kept: the same command, or linli resume DIR, goes on from it.\n"
            "language=zh writes the report in Chinese.",
)


def prepare(call: Call) -> Any:
    """The composed configuration and the directory of the experiment."""
    from experiments.config.compose import compose
    from experiments.results import check_out, locate

    composed, _ = gather(lambda: compose("compare", call.pairs), lambda: check_out(call.out))
    check(composed)
    return composed, locate(composed.digest, call.out)


def check(composed: Any) -> None:
    """InputError where an arm replays what cannot be read or does not cover its days."""
    replays = [name for name, arm in composed.config.arms.items() if arm.demand == "replay"]
    if replays:
        from experiments.build import check_recording

        check_recording(composed.config.arm(replays[0], 0))


def execute(call: Call, prepared: Any) -> Answer:
    """Computes the cells that are missing and prints the comparison; exit 1 when a cell failed."""
    from experiments.cli.progress import Progress
    from experiments.cli.spared import spare_pandas, spare_scipy
    from experiments.compare import compare
    from experiments.results import claim, marker

    spare_pandas()
    spare_scipy()
    composed, target = prepared
    claim(target, marker(composed))
    data, text = compare(composed.config, target, retry_failed="--retry-failed" in call.flags,
                         fail_fast="--fail-fast" in call.flags, workers=call.workers,
                         progress=Progress(composed.config.experiment.name))
    notes = tuple(f"{cell['arm']}, replication {cell['replication'] + 1} failed: {cell['failure']}"
                  for cell in data["failures"])
    return Answer(data, f"{text}\nreport {data['html']}", notes, code=1 if notes else 0)
