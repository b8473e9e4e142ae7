"""Tuning: the parameters of one policy that do best in an arm, and what they are worth on seeds that chose nothing.

Every trial lives the same seeds, so trials differ by their parameters alone; the first has those that are there. The
best of many trials is partly luck: its figure is not reported as an effect. The winner is compared with what was there
on fresh seeds, as any experiment is, and a gate can judge that comparison.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cells import Cell
from experiments.config.compose import Composed, digest_of
from experiments.config.model import CompareConfig, ExperimentConfig, Horizon, RunConfig
from experiments.config.tuning import TuneConfig
from experiments.executors import run_cells
from experiments.files import write_json, write_text
from experiments.metrics import METRICS
from experiments.results import claim, marker
from experiments.runner import Progress
from experiments.tune.study import Direction, Study, Tried, alone, open_study
from policies import registry
from sim.errors import RunError

THERE, TUNED, TRIAL = "default", "tuned", "trial"
WINNER = "winner"
"""The folder of the comparison on fresh seeds: an experiment like any other."""


def tune(config: TuneConfig, directory: Path, progress: Progress | None = None, *, workers: int = 1) -> dict[str, Any]:
    """Do the trials that are missing, compare the winner on fresh seeds, and return the answer of `linli tune`.

    Raises RunError when a cell fails or the metric has no figure, InputError when another process tunes here.
    """
    search = config.tune
    taken = registry.parameters(search.policy)
    whole = frozenset(name for name in search.space if float not in taken[name].kinds)
    given = config.scenario.params.get(search.point, {})
    there = {name: given.get(name, taken[name].default) for name in search.space}
    direction: Direction = "minimize" if METRICS[search.metric].better == "lower" else "maximize"
    with alone(directory):
        study = open_study(directory, config, whole, direction)
        missing = range(len(study.done()), config.trials)
        with _processes(workers if missing else 1):
            for number in missing:
                # the first trial's cells lie there by now
                base = _figures(config, directory, there, None, workers) if number else {}
                _trial(study, config, directory, there, base, _part(progress, config, number), workers)
            tried = study.done()[:config.trials]
            best = _best(config, tried)
            last = _part(progress, config, config.trials)
            fresh = _fresh(config, best, directory, last, workers) if best.number else None
        return _keep(config, directory, tried, best, fresh)


def _processes(workers: int) -> AbstractContextManager[Any]:
    """Worker processes that all trials share: starting Ray takes longer than a small trial."""
    if workers == 1:
        return nullcontext()
    from experiments.executors.cluster import cluster

    return cluster(workers)


def _trial(study: Study, config: TuneConfig, directory: Path, there: Mapping[str, Any],
           base: dict[str, list[float]], progress: Progress | None, workers: int) -> None:
    """One trial: ask, live its cells, tell."""
    trial = study.ask(there)
    found = _figures(config, directory, study.suggest(trial), progress, workers)
    excess = {name: _excess(config, name, found[name], (base or found)[name]) for name in config.tune.guardrails}
    study.tell(trial, float(np.mean(found[config.tune.metric])), excess)


def _figures(config: TuneConfig, directory: Path, params: Mapping[str, Any], progress: Progress | None,
             workers: int) -> dict[str, list[float]]:
    """The metric and those of the guardrails by replication."""
    shared = {field: getattr(config, field) for field in Horizon.model_fields}
    arm = config.arm(TRIAL, params)
    cells = [Cell(TRIAL, replication, RunConfig(scenario=arm, **{**shared, "seed": config.seed + replication}))
             for replication in range(config.replications)]
    records = run_cells(cells, directory / "cells", progress, retry_failed=True, fail_fast=True, workers=workers)
    found: dict[str, list[float]] = {}
    for name in (config.tune.metric, *config.tune.guardrails):
        figures = [record["result"]["metrics"][name] for record in records]
        reason = next((figure["reason"] for figure in figures if figure["value"] is None), None)
        if reason is not None:
            raise RunError(f"{name} has no figure in a trial with {_said(params)}: {reason}")
        found[name] = [figure["value"] for figure in figures]
    return found


def _excess(config: TuneConfig, name: str, found: Sequence[float], base: Sequence[float]) -> float:
    """By how much the mean is worse than at first beyond the margin; not above 0 where the guardrail is kept."""
    guard, sign = config.tune.guardrails[name], -1.0 if METRICS[name].better == "lower" else 1.0
    slack = (guard.margin or 0.0) + (guard.relative_margin or 0.0) * abs(float(np.mean(base)))
    return -sign * float(np.mean(found) - np.mean(base)) - slack


def _best(config: TuneConfig, tried: Sequence[Tried]) -> Tried:
    """The best trial that keeps the guardrails; the earliest among equals. The first keeps them by definition."""
    sign = -1.0 if METRICS[config.tune.metric].better == "lower" else 1.0
    return max((trial for trial in tried if trial.feasible), key=lambda trial: (sign * trial.value, -trial.number))


def _fresh(config: TuneConfig, best: Tried, directory: Path, progress: Progress | None,
           workers: int) -> dict[str, Any]:
    """The winner against what was there, on the seeds after those of the trials."""
    from experiments.compare import compare

    shared = {field: getattr(config, field) for field in Horizon.model_fields}
    shared["seed"] = config.seed + config.replications
    experiment = CompareConfig(
        experiment=ExperimentConfig(name=f"tune_{config.tune.name}"), baseline=THERE, scenarios=(THERE, TUNED),
        replications=config.fresh_replications,
        arms={THERE: config.arm(THERE, {}), TUNED: config.arm(TUNED, best.params)}, **shared)
    target = directory / WINNER
    claim(target, marker(Composed("compare", experiment, digest_of("compare", experiment), {})))
    data, _ = compare(experiment, target, retry_failed=True, fail_fast=True, workers=workers, progress=progress)
    metrics = {}
    for name, found in data["metrics"].items():
        difference, means = found["differences"][TUNED], {arm: found["arms"][arm]["mean"] for arm in (THERE, TUNED)}
        metrics[name] = {"unit": found["unit"], **means, **{key: difference[key] for key in ("mean", "low", "high")}}
    return {"directory": str(target), "report": data["html"], "seed": experiment.seed,
            "replications": experiment.replications, "metrics": metrics}


def _keep(config: TuneConfig, directory: Path, tried: Sequence[Tried], best: Tried,
          fresh: dict[str, Any] | None) -> dict[str, Any]:
    """Write `trials.csv` and `tune.json`, and return the latter's content."""
    search = config.tune
    data = {
        "point": search.point,
        "policy": search.policy,
        "metric": search.metric,
        "unit": METRICS[search.metric].unit,
        "trials": [{"number": trial.number, "params": trial.params, "value": trial.value, "feasible": trial.feasible,
                    "excess": trial.excess} for trial in tried],
        "best": {"number": best.number, "params": best.params, "value": best.value},
        "line": [f"arms.{TUNED}.params.{search.point}.{name}={value}" for name, value in best.params.items()],
        "fresh": fresh,
    }
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    exceeded = [f"{name}_excess" for name in search.guardrails]
    table.writerow(["trial", *search.space, search.metric, *exceeded, "feasible"])
    for trial in tried:
        table.writerow([trial.number, *(trial.params[name] for name in search.space), trial.value,
                        *(trial.excess[name] for name in search.guardrails), str(trial.feasible).lower()])
    write_text(directory / "trials.csv", text.getvalue())
    write_json(directory / "tune.json", data)
    return data


def _part(progress: Progress | None, config: TuneConfig, number: int) -> Progress | None:
    """A trial's part of the progress of the whole: all days of the trials and of the fresh comparison."""
    if progress is None:
        return None
    days = config.days + config.burn_in_days
    one, last = config.replications * days, config.fresh_replications * 2 * days
    total = config.trials * one + last
    own = last if number == config.trials else one
    label = "fresh seeds" if number == config.trials else f"trial {number + 1} of {config.trials}"

    def say(done: float, of: float, what: str) -> None:
        progress(number * one + (own * done / of if of else 0.0), total, f"{label}, {what}")

    return say


def _said(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in params.items())
