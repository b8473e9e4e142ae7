"""The twin: components, decisions and a day's programme over one state and two logs, a business day at a time.

At the border between two days everything is columns and rows, so that is where a twin is saved, restored and forked.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from sim import snapshot
from sim.clock import Clock
from sim.decisions import Decided, Decisions
from sim.digest import digest_columns
from sim.errors import InputError, LinliError, Problem
from sim.log import EventLog
from sim.state import State
from sim.streams import Streams


@dataclass(frozen=True)
class Phase:
    """One step of the business day: when it happens (hour of the day, -1 is 23:00 of the eve) and what it calls."""

    hour: float
    name: str
    call: Callable[[int], None]


class Programme:
    """The phases of a day in clock order; the visible execution plan, with the time each phase took.

    Raises LinliError when a phase stands before one with an earlier hour, or two phases share a name.
    """

    def __init__(self, phases: Iterable[Phase]) -> None:
        self.phases = tuple(phases)
        self.seconds = {phase.name: 0.0 for phase in self.phases}
        if len(self.seconds) != len(self.phases):
            raise LinliError("two phases of the programme share a name")
        for earlier, later in zip(self.phases, self.phases[1:], strict=False):
            if later.hour < earlier.hour:
                raise LinliError(f"{later.name} ({later.hour:g} h) stands after {earlier.name} ({earlier.hour:g} h)")

    def run(self, day: int) -> None:
        """Call every phase for ``day``."""
        for phase in self.phases:
            started = time.perf_counter()
            phase.call(day)
            self.seconds[phase.name] += time.perf_counter() - started


class Component(Protocol):
    """A part of the world. It declares its columns when it is made and fills them once, in a fresh twin."""

    def populate(self) -> None:
        """Give the columns their first values; not called when a snapshot is restored."""
        ...


@dataclass
class Regime:
    """Which decisions hold from a day on; ``learn_every`` days apart they learn again (0: only when they take over)."""

    from_day: int
    decisions: Decisions
    learn_every: int = 0


@dataclass
class Ports:
    """What components need of the twin: clock, keyed streams, the columns, the two logs and the decision port."""

    clock: Clock
    streams: Streams
    state: State
    log: EventLog
    evaluation: EventLog
    decide: Callable[[str, pa.Table], Decided] = field(init=False)


@dataclass(frozen=True)
class AsOf:
    """The event log as it was at a moment: the only view of the past that policies get."""

    log: EventLog
    moment: np.datetime64

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the rows of ``table`` that had arrived by the moment."""
        return self.log.read(table, as_of=self.moment, since_day=since_day)


class Twin:
    """Runs business days.

    Parameters
    ----------
    ports
        clock, streams, state and logs shared by all components; the twin gives it the decision port.
    components
        populated in the order given.
    programme
        the day's phases.
    regimes
        in order of ``from_day``; the first starts at day 0.
    config_digest
        identifies everything that determines the run; a snapshot carries it.
    """

    def __init__(
        self,
        ports: Ports,
        components: Sequence[Component],
        programme: Programme,
        regimes: Sequence[Regime],
        config_digest: str,
    ) -> None:
        if not regimes or regimes[0].from_day != 0:
            raise LinliError("the first regime must start at day 0")
        self.ports = ports
        self.components = tuple(components)
        self.programme = programme
        self.regimes = tuple(regimes)
        self.config_digest = config_digest
        self.day = 0
        ports.decide = self._decide

    def populate(self) -> None:
        """Fill a fresh twin."""
        for component in self.components:
            component.populate()

    def run(self, days: int, progress: Callable[[int], None] | None = None) -> None:
        """Run ``days`` more business days; ``progress`` is called with the number of days done after each."""
        for done in range(1, days + 1):
            self._learn_if_due()
            self.programme.run(self.day)
            self.day += 1
            if progress is not None:
                progress(done)

    def regime(self) -> Regime:
        """Return the regime of the day that runs next (or runs now)."""
        return [regime for regime in self.regimes if regime.from_day <= self.day][-1]

    def _decide(self, point: str, observation: pa.Table) -> Decided:
        return self.regime().decisions.decide(point, observation)

    def _learn_if_due(self) -> None:
        regime = self.regime()
        since = self.day - regime.from_day
        takes_over = since == 0 and self.day > 0
        if takes_over or (regime.learn_every and since and since % regime.learn_every == 0):
            regime.decisions.learn(AsOf(self.ports.log, self.ports.clock.at(self.day, -1.0)))

    def digest(self) -> str:
        """Digest of state and both logs: equal for equal runs, whatever the threads, workers or interruptions."""
        parts = (self.ports.state.digest(), self.ports.log.digest(), self.ports.evaluation.digest(), str(self.day))
        return digest_columns({f"{i}": np.frombuffer(part.encode(), np.uint8) for i, part in enumerate(parts)})

    def save(self, path: Path) -> None:
        """Write the twin at this border as a directory; refuses to write over anything."""
        extra: dict[str, Any] = {"day": self.day, "config_digest": self.config_digest}
        learned = {
            f"{index}/{key}": value
            for index, regime in enumerate(self.regimes)
            for key, value in regime.decisions.state().items()
        }

        def add_logs(directory: Path) -> None:
            for name, log in (("log", self.ports.log), ("evaluation", self.ports.evaluation)):
                (directory / name).mkdir()
                log.save(directory / name)
            np.savez(directory / "policies.npz", allow_pickle=False, **learned)
            (directory / "twin.json").write_text(json.dumps(extra), encoding="utf-8")

        snapshot.save(self.ports.state, path, extra=extra, also=add_logs)

    def restore(self, path: Path, *, fork: bool = False) -> None:
        """Continue from a snapshot, its columns opened memory-mapped copy-on-write.

        With ``fork`` the configuration may differ from the one that wrote it (another arm from the same past).

        Raises
        ------
        InputError
            when the snapshot is missing, damaged, or (without ``fork``) belongs to another configuration.
        """
        columns, extra = snapshot.load(path)
        if not fork and extra.get("config_digest") != self.config_digest:
            written = extra.get("config_digest")
            message = f"written by configuration {written}, this one is {self.config_digest}"
            raise InputError([Problem(str(path), message)])
        self.ports.state.restore(columns)
        self.ports.log.load(path / "log")
        self.ports.evaluation.load(path / "evaluation")
        self.day = int(extra["day"])
        learned = _learned(path / "policies.npz")
        for index, regime in enumerate(self.regimes):
            prefix = f"{index}/"
            own = {k[len(prefix) :]: v for k, v in learned.items() if k.startswith(prefix)}
            regime.decisions.restore(own, fork=fork)


def _learned(file: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError([Problem(str(file), f"cannot be read ({error}); use another copy of the snapshot")]) from error
