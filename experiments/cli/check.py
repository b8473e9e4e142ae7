"""`linli check`: whether a policy keeps what the decision port promises the twin, for its author."""

from __future__ import annotations

from typing import Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

STEP_SECONDS = 60.0
"""Longest that a step may take, a few questions or a fit on a small log: what imports much takes its time."""

VERB = Verb(
    name="check",
    summary="check a policy of your own: does it keep what the decision port promises?",
    positionals=("module:Class",),
    details="key=value are parameters of its constructor. The current directory is on the path; a registered policy\n"
            "is checked by its name. The policy is asked in a process of its own: one that hangs, crashes or prints\n"
            "is reported. A step may take 60 s, or LINLI_DECIDE_SECONDS. Exit 0: it conforms; 1: it does not.",
)


class Prepared(NamedTuple):
    """The policy, its parameters, and how long a step may take."""

    policy: str
    params: dict[str, Any]
    seconds: float


def prepare(call: Call) -> Prepared:
    """What is to be checked; see `Prepared`."""
    from experiments.config.values import once, parse
    from experiments.limits import decide_seconds

    problems: list[Problem] = []
    params = {key: parse(raw) for key, raw in once(call.pairs, problems).items()}
    seconds = STEP_SECONDS
    try:
        seconds = decide_seconds(STEP_SECONDS)
    except InputError as error:
        problems += error.problems
    if not call.positionals:
        problems.append(Problem("module:Class", "is missing; name a class such as my_package.rules:OneCase"))
    if problems:
        raise InputError(problems)
    return Prepared(call.positionals[0], params, seconds)


def execute(call: Call, prepared: Prepared) -> Answer:
    """The verdict, with a line for every problem."""
    from experiments.checking import check_apart

    checked = check_apart(prepared.policy, prepared.params, prepared.seconds)
    verdict = "refused" if checked.problems else "conforms"
    data = {"policy": prepared.policy, "params": prepared.params, "verdict": verdict, "point": checked.point,
            "version": checked.version, "cases": checked.cases, "unfinished": checked.unfinished or None,
            "problems": [{"step": step, "message": what} for step, what in checked.problems]}
    if not checked.problems:
        return Answer(data, f"{prepared.policy} conforms to {checked.point} {checked.version}: {checked.cases} cases")
    return Answer(data, "\n".join(_lines(checked.problems, checked.unfinished)), code=1)


def _lines(problems: list[tuple[str, str]], unfinished: str) -> list[str]:
    """A line for each thing that is wrong, with the steps it shows in."""
    steps: dict[str, list[str]] = {}
    for step, what in problems:
        steps.setdefault(what, []).append(step)
    lines = []
    for what, where in steps.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        lines.append(f"{where[0]}{more}: {what}" if where[0] else what)
    return [*lines, *([f"{unfinished}: the check ended here"] if unfinished else [])]
