"""`linli status`: how far an experiment is, also while it is running."""

from __future__ import annotations

import time
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="status",
    summary="say how far an experiment is: cells done, failed, missing and being lived",
    positionals=("DIR",),
    details="DIR is what linli compare wrote, or is writing.",
)


def prepare(call: Call) -> Any:
    """The experiment that lies in DIR."""
    from pathlib import Path

    from experiments.experiment import read_experiment

    if call.pairs:
        raise InputError([Problem(key, "linli status takes no values") for key, _ in call.pairs])
    if not call.positionals:
        raise InputError(Problem("DIR", "is missing; give the directory of an experiment"))
    return read_experiment(Path(call.positionals[0]).expanduser().absolute())


def execute(call: Call, prepared: Any) -> Answer:
    """Counts cells and says which are being lived."""
    from experiments.experiment import status_of

    status = status_of(prepared)
    data = status.as_json()
    lines = [f"{data['experiment']}: {data['done']} of {data['cells']} cells done, {data['failed']} failed, "
             f"{data['missing']} missing, {data['seconds']:.1f} s in finished cells"]
    for one in data["running"]:
        lines.append(f"running: {one['arm']}, replication {one['replication'] + 1}, for "
                     f"{max(0.0, time.time() - one['since']):.0f} s, {one['lived']} of up to {one['of']} days, process "
                     f"{one['pid']} on {one['host']}")
    lines += [f"failed: {one['arm']}, replication {one['replication'] + 1}: {one['failure']}"
              for one in data["failures"]]
    if data["html"] is not None and not data["missing"]:
        lines.append(f"report {data['html']}")
    elif not data["running"]:
        lines.append(f"to go on: linli resume {prepared.path}")
    return Answer(data, "\n".join(lines), (status.outdated_said(),) if status.outdated else ())
