"""Lives arms: one for `linli run`, or as a cell of an experiment, which gives a record.

The past before the start is the same in every arm, so the cells of a replication live it once and fork from there.
Which cells are lived, where and in what order is for `experiments.executors` to say.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.catalogue import Catalogue, generic_catalogue, load_catalogue
from experiments.build import build
from experiments.cells import Cell, Record
from experiments.config.compose import digest_of
from experiments.config.model import RunConfig
from experiments.detail import detail_of
from experiments.economics import economics
from experiments.metrics import compute, tables
from experiments.metrics.window import Window
from experiments.past import write_config
from experiments.provenance import versions
from experiments.replayed import demand_report, recorded
from experiments.results import SNAPSHOT
from experiments.trained import FOLDER, Answers, keep_trained
from sim.contracts.events import aggregates
from sim.errors import InputError, Problem
from sim.twin import Twin

Progress = Callable[[float, float, str], None]
AGGREGATES = (*aggregates.TABLES, "group_buy", "owner_action")
"""The event tables that metrics read: a run keeps them."""


def run_arm(
    config: RunConfig,
    directory: Path | None = None,
    progress: Progress | None = None,
    *,
    snapshot_day: int | None = None,
    resume_from: Path | None = None,
    origin: str | None = None,
) -> dict[str, Any]:
    """Live an arm to its end and return its result; see `result_of`.

    `directory` gets the tables that metrics read (`events/`), and with `snapshot_day` (days after the start) the twin
    as it was when that day opened (`snapshot/`), with its configuration. With `resume_from` the arm goes on from such a
    snapshot; `origin` is the digest of the one that it was forked from, if it was. Raises InputError when the snapshot
    day lies outside the days to live or the snapshot cannot be used.
    """
    twin = build(config)
    if resume_from is not None:
        twin.restore(resume_from, fork=True)
    first, end = twin.day, _end(config)
    if first > end:
        raise InputError(Problem("days", f"end before the snapshot's day {first - config.burn_in_days}"))
    if snapshot_day is not None and directory is not None:
        border = config.burn_in_days + snapshot_day
        if not first <= border <= end:
            raise InputError(Problem("snapshot_day", f"{snapshot_day} lies outside the days to live"))
        _live(twin, border, first, end, progress)
        twin.save(directory / SNAPSHOT)
        write_config(directory / SNAPSHOT, config, origin)
    _live(twin, end, first, end, progress)
    if directory is not None:
        twin.ports.log.write_parquet(directory / "events", AGGREGATES)
    return result_of(config, twin)


def result_of(config: RunConfig, twin: Twin) -> dict[str, Any]:
    """What an arm lived to its end shows: `digest, metrics, tables, demand, seed, config_digest, versions, phases`.

    `tables` hold what one figure cannot say, `phases` are seconds each; `demand` says how a replay's offer compares
    with what was recorded, else it is empty.
    """
    window = _window(config, twin, config.left_out_days)
    metrics = {name: {"value": metric.value, "unit": metric.unit, "reason": metric.reason}
               for name, metric in compute(window).items()}
    hectares = float(twin.ports.state["farms"]["area_ha"].sum())
    livelihoods = [one.as_json() for one in economics(window, config.world, hectares)]
    return {"digest": twin.digest(), "metrics": metrics, "tables": {**tables(window), "economics": livelihoods},
            "demand": demand_report(config, twin), "seed": config.seed,
            "config_digest": digest_of("run", config), "versions": versions(), "phases": dict(twin.programme.seconds)}


def live_cell(cell: Cell, directory: Path, past: Past, lived: Callable[[int], None]) -> Record:
    """Live a cell to its end; what goes wrong in it is its record. Every executor makes records here.

    `directory` is where the experiment keeps its records; `lived` is told the number of days lived so far, of the past
    and the cell's own. The first replication's policies are kept beside them (see `experiments.trained`).
    Raises InputError for a mistake in the configuration.
    """
    started, config, days = time.monotonic(), cell.config, 0
    outcome: dict[str, Any]

    def count(_: int) -> None:
        nonlocal days
        days += 1
        lived(days)

    try:
        twin = build(config)
        decisions, answers = twin.regimes[-1].decisions, Answers()
        if cell.replication == 0:
            decisions.listener = answers
        past.bring(twin, config.burn_in_days, count)
        twin.run(config.days, count)
        if cell.replication == 0:
            keep_trained(directory / FOLDER / cell.arm, cell.key, decisions, answers)
        outcome = {"result": result_of(config, twin), "detail": _detail(config, twin, trace=cell.replication == 0)}
    except InputError:
        raise
    except Exception as error:
        outcome = {"failure": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {"arm": cell.arm, "replication": cell.replication, "key": cell.key,
            "seconds": time.monotonic() - started, **outcome}


class Past:
    """The burn-in that the cells of a replication share: the first lives it, the others fork from where it ended."""

    def __init__(self, path: Path, *, kept: bool) -> None:
        """`path` is where it lies once lived; it is written only when it is to be `kept` for others."""
        self._path, self._kept = path, kept

    @property
    def lived(self) -> bool:
        """Whether it lies there to be forked from."""
        return self._path.exists()

    def bring(self, twin: Twin, days: int, lived: Callable[[int], None]) -> None:
        """Take a fresh twin to the border after `days` days."""
        if self.lived:
            twin.restore(self._path, fork=True)
            return
        twin.run(days, lived)
        if self._kept and days:
            twin.save(self._path)


def _detail(config: RunConfig, twin: Twin, *, trace: bool) -> dict[str, Any]:
    """What a report draws of an arm lived to its end."""
    lived, counted = (_window(config, twin, skipped) for skipped in (0, config.left_out_days))
    return detail_of(lived, counted, trace=trace)


def _window(config: RunConfig, twin: Twin, skipped: int) -> Window:
    """The days from the start on, without the first `skipped`."""
    hours = config.world.owners.closing_hour - config.world.owners.opening_hour
    members = None if config.scenario.demand == "replay" else config.city.shops * config.city.members
    return Window(twin.ports.log, twin.ports.evaluation, _catalogue(config), twin.ports.clock,
                  config.burn_in_days + skipped, _end(config) - 1, hours, members)


def _live(twin: Twin, until: int, first: int, end: int, progress: Progress | None) -> None:
    """Run to the border that opens day `until`, saying how much of `first` to `end` is done."""

    def say(_: int = 0) -> None:
        if progress is not None:
            progress(twin.day - first, end - first, str(twin.ports.clock.date(twin.day)))

    say()
    twin.run(until - twin.day, say)


def _end(config: RunConfig) -> int:
    """How many days an arm lives in all."""
    return config.burn_in_days + config.days


def _catalogue(config: RunConfig) -> Catalogue:
    series = recorded(config)
    if series is None:
        return load_catalogue()
    return generic_catalogue(series.product_id, series.category)
