"""`linli resume`: goes on with the experiment that lies in a directory."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, load
from sim.errors import InputError, Problem

VERB = Verb(
    name="resume",
    summary="go on with a stopped or partly failed experiment, from its directory alone",
    positionals=("DIR",),
    flags=("--workers", "--retry-failed", "--fail-fast"),
    resumes=True,
    details="DIR is what linli compare wrote. The answer is that of linli compare.",
)


def prepare(call: Call) -> Any:
    """The experiment that lies in DIR, checked like the command that began it."""
    import os
    from pathlib import Path

    from experiments.experiment import read_experiment

    if call.pairs:
        raise InputError([Problem(key, "cannot be given: an experiment goes on with the values it has")
                          for key, _ in call.pairs])
    if not call.positionals:
        raise InputError(Problem("DIR", "is missing; give the directory of an experiment"))
    experiment = read_experiment(Path(call.positionals[0]).expanduser().absolute())
    if not os.access(experiment.path, os.W_OK | os.X_OK):
        raise InputError(Problem(str(experiment.path), "cannot be written to"))
    load(experiment.composed.verb).check(experiment.composed)
    return experiment


def execute(call: Call, prepared: Any) -> Answer:
    """Says what no longer counts, then does what the verb that began the experiment does."""
    from experiments.cli.progress import announce
    from experiments.experiment import status_of

    status = status_of(prepared)
    if status.outdated:
        announce(status.outdated_said())
    if status.running:
        announce(f"process {status.running[0]['pid']} on {status.running[0]['host']} is living cells of it too: "
                 "some may be computed twice")
    answer: Answer = load(prepared.composed.verb).execute(call, (prepared.composed, prepared.path))
    return answer
