"""Runs arms: one for `linli run`, the cells of a comparison one after the other.

A cell is an arm in one replication. Its key is a digest of all that determines its result (configuration, code,
libraries); what is finished lies in a file of that name, so that a stopped comparison goes on where it was. The past
before the start is the same in every arm, so the cells of a replication live it once and fork from there.
"""

from __future__ import annotations

import json
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from agents.catalogue import Catalogue, generic_catalogue, load_catalogue
from experiments.build import build
from experiments.config.compose import digest_of
from experiments.config.model import RunConfig
from experiments.detail import detail_of
from experiments.economics import economics
from experiments.metrics import compute, tables
from experiments.metrics.window import Window
from experiments.past import write_config
from experiments.provenance import versions
from experiments.replayed import demand_report, recorded
from experiments.results import SNAPSHOT, write_json
from sim.contracts.events import aggregates
from sim.errors import InputError, Problem, RunError
from sim.twin import Twin

Progress = Callable[[float, float, str], None]
AGGREGATES = (*aggregates.TABLES, "group_buy", "owner_action")
"""The event tables that metrics read: a run keeps them."""


class Cell(NamedTuple):
    """One arm in one replication."""

    arm: str
    replication: int
    config: RunConfig

    @property
    def key(self) -> str:
        """A digest of all that determines the result."""
        what = {"config": digest_of("run", self.config), **versions()}
        for name in ("cpus", "revision"):
            del what[name]
        return blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).hexdigest()


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


def run_cells(
    cells: Sequence[Cell],
    directory: Path,
    progress: Progress | None = None,
    *,
    retry_failed: bool = False,
    fail_fast: bool = False,
) -> list[dict[str, Any]]:
    """The records of all cells, in their order; those that lie in `directory` are not computed again.

    A record has `arm, replication, key, seconds`, `result` and `detail` (see `experiments.detail`), or `failure` and
    `trace` where the cell failed. With `retry_failed` recorded failures are computed again. Raises InputError for a
    mistake in the configuration and, with `fail_fast`, RunError at the first failure.
    """
    directory.mkdir(parents=True, exist_ok=True)
    keys = [cell.key for cell in cells]
    records = {key: record for key in keys if (record := _read(directory / f"{key}.json")) is not None}
    missing = [cell for cell, key in zip(cells, keys, strict=True)
               if key not in records or (retry_failed and "failure" in records[key])]
    report = _Report(sum(cell.config.days for cell in missing) + sum(
        several[0].config.burn_in_days for several in _sharing(missing)), progress)
    for several in _sharing(missing):
        with tempfile.TemporaryDirectory(prefix="linli-") as folder:
            past = _Past(Path(folder) / "start", kept=len(several) > 1)
            for cell in several:
                record = _record(cell, past, report)
                write_json(directory / f"{cell.key}.json", record)
                records[cell.key] = record
                if fail_fast and "failure" in record:
                    raise RunError(f"{cell.arm}, replication {cell.replication + 1}: {record['failure']}")
    return [records[key] for key in keys]


class _Past:
    """The burn-in that the cells of a replication share: the first lives it, the others fork from where it ended."""

    def __init__(self, path: Path, *, kept: bool) -> None:
        self._path, self._kept = path, kept

    def bring(self, twin: Twin, days: int, lived: Callable[[int], None]) -> None:
        """Take a fresh twin to the border after `days` days."""
        if self._path.exists():
            twin.restore(self._path, fork=True)
            return
        twin.run(days, lived)
        if self._kept and days:
            twin.save(self._path)


class _Report:
    """Adds up the days lived over the cells for the progress line."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self._what = ""

    def begin(self, what: str) -> None:
        self._what = what
        self._say()

    def lived(self, _: int) -> None:
        self._done += 1
        self._say()

    def skip(self, days: int) -> None:
        """Count days that a failed cell will not live."""
        self._done += days

    def _say(self) -> None:
        if self._progress is not None:
            self._progress(self._done, self._total, self._what)


def _sharing(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells of each replication that have one past."""
    by_past = groupby(cells, lambda cell: (cell.replication, cell.config.scenario.demand))
    return [list(several) for _, several in by_past]


def _record(cell: Cell, past: _Past, report: _Report) -> dict[str, Any]:
    """Live a cell; what goes wrong in it is its record."""
    started, config = time.monotonic(), cell.config
    outcome: dict[str, Any]
    report.begin(f"{cell.arm}, replication {cell.replication + 1}")
    lived = 0
    try:
        twin = build(config)
        past.bring(twin, config.burn_in_days, report.lived)
        for _ in range(config.days):
            twin.run(1, report.lived)
            lived += 1
        outcome = {"result": result_of(config, twin), "detail": _detail(config, twin, trace=cell.replication == 0)}
    except InputError:
        raise
    except Exception as error:
        report.skip(config.days - lived)
        outcome = {"failure": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {"arm": cell.arm, "replication": cell.replication, "key": cell.key,
            "seconds": time.monotonic() - started, **outcome}


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


def _read(path: Path) -> dict[str, Any] | None:
    """A record, or None where none was written."""
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
