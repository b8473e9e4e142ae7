"""`linli run`: one arm, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather
from sim.errors import InputError, Problem

VERB = Verb(
    name="run",
    summary="compute one arm and print its metrics",
    flags=("--out",),
    root="run",
    details="A replay also takes data=DIR source_city=ID. snapshot_day=N keeps the twin as it stands N days after the\n"
            "start; from=DIR days=M goes on from such a snapshot until M days after the start.",
)
BESIDE = ("from", "snapshot_day")
"""Keys that say where a run begins and what it keeps; they are no part of its configuration."""
WORTH_PREDICTING = 10_000
"""Residents from which on the memory and disk of a run are worth a line before it starts."""


class Prepared(NamedTuple):
    """What is to be run, where its result goes, the snapshot it goes on from, and the day of the one it keeps."""

    composed: Any
    target: Path
    snapshot: Path | None
    snapshot_day: int | None


def prepare(call: Call) -> Prepared:
    """The composed configuration and the directory for the result; see `Prepared`."""
    from experiments.results import check_out, locate

    (composed, snapshot, snapshot_day), _ = gather(lambda: _composed(call.pairs), lambda: check_out(call.out))
    return Prepared(composed, locate(composed.digest, call.out), snapshot, snapshot_day)


def _composed(pairs: Sequence[tuple[str, str]]) -> tuple[Any, Path | None, int | None]:
    """The configuration, alone or going on from a snapshot; InputError with every problem there is."""
    from experiments.config.compose import compose
    from experiments.config.values import once
    from experiments.past import FIXED, check_fixed, going_on, other_demand, read_past

    problems: list[Problem] = []
    own = once([pair for pair in pairs if pair[0] in BESIDE], problems)
    rest = [pair for pair in pairs if pair[0] not in BESIDE]
    past, day, composed = None, None, None
    try:
        day = _whole(own["snapshot_day"]) if "snapshot_day" in own else None
    except InputError as error:
        problems += error.problems
    try:
        past = read_past(Path(own["from"]).expanduser().absolute()) if "from" in own else None
    except InputError as error:
        problems += error.problems
    if past is not None:
        fixed = check_fixed(dict(rest))
        problems += fixed
        rest = [pair for pair in rest if pair[0] not in {problem.path for problem in fixed}]
    try:
        composed = compose("run", rest, over=None if past is None else past.config.model_dump(mode="json"),
                           beside=BESIDE)
        config = composed.config
        if past is not None:
            composed = going_on(past, composed)
        problems += _outside(day, 0 if past is None else past.day, config.days)
    except InputError as error:
        # without the snapshot that was meant only what was given can be judged; with it what is fixed is only
        # wrong where another kind of demand would need it
        problems += [problem for problem in error.problems if "from" not in own or problem.path in dict(rest)
                     or (past is not None and problem.path not in FIXED)]
        if past is not None and any(problem.path in FIXED for problem in error.problems):
            problems.append(other_demand(past))
    if problems or composed is None:
        raise InputError(problems)
    lived_before = config.days - composed.config.days
    return composed, None if past is None else past.path, None if day is None else day - lived_before


def _whole(raw: str) -> int:
    from experiments.config.messages import shown
    from experiments.config.values import parse

    value = parse(raw)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(Problem("snapshot_day", f"must be a whole number, not {shown(value)}"))
    return value


def _outside(day: int | None, first: int, days: int) -> list[Problem]:
    if day is None or first <= day <= days:
        return []
    return [Problem("snapshot_day", f"counts from the start: must be between {first} and days, {days}, not {day}")]


def execute(call: Call, prepared: Prepared) -> Answer:
    """Computes the arm, keeps its result, and says how it compares with one that lay there."""
    from experiments.cli.spared import spare_pandas, spare_scipy

    spare_pandas()
    spare_scipy()
    from experiments.cli.progress import Progress, announce
    from experiments.cli.table import metric_lines, phase_lines
    from experiments.provenance import versions
    from experiments.results import keep, marker
    from experiments.runner import run_arm
    from experiments.sizing import predict, shortage

    composed, config = prepared.composed, prepared.composed.config
    if config.city.shops * config.city.members >= WORTH_PREDICTING:
        need = predict(config, prepared.snapshot_day is not None)
        announce(f"needs {need.said()}", *shortage(need))
    fixed = {"seed": config.seed, "config_digest": composed.digest, "versions": versions()}
    kept = keep(prepared.target, marker(composed), lambda directory: {
        **run_arm(config, directory, progress=Progress(config.scenario.name), snapshot_day=prepared.snapshot_day,
                  resume_from=prepared.snapshot, origin=composed.origin), **fixed})
    data = {**kept.result, "results": kept.path, "earlier": kept.earlier, "snapshot": kept.snapshot}
    lines = [*metric_lines(kept.result["metrics"]), *_demand_lines(kept.result["demand"]),
             *phase_lines(kept.result["phases"]), f"digest {kept.result['digest']}", f"results {kept.path}"]
    if kept.snapshot is not None:
        lines.append(f"snapshot {kept.snapshot}")
    return Answer(data, "\n".join(lines), kept.notes)


def _demand_lines(demand: dict[str, Any]) -> list[str]:
    """How a replay's offer compares with what was recorded."""
    if not demand:
        return []
    return [
        f"recorded demand {demand['recorded']:.1f}, offered {demand['offered']:.1f} in the data's unit: rounding error "
        f"{demand['error']:+.1f} ({demand['relative_error']:+.2e}), standard deviation {demand['error_sd']:.1f}",
        f"packs in the series {demand['packs']}, offered to the shelves {demand['packs_at_shelves']}",
        f"stock-out share of the hours 6 to 22 as recorded {demand['recorded_stockout_hours_share']:.4f}: sales of "
        f"{demand['censored_days']} days of a series ({demand['censored_packs']} packs) are a lower bound of demand; "
        f"scaled up by {demand['scaled_up']:.1f}",
        f"recorded prices {demand['discount']:.3f} of list on average; {demand['given_away_packs']} packs given away "
        f"(discount 0), {demand['promoted_days']} days of a series under promotion",
        f"weather {'as recorded' if demand['recorded_weather'] else 'of the generator: the data has none'}",
    ]
