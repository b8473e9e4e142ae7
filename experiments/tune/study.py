"""The trials of a tuning in Optuna's journal, so that a stopped one goes on where it was.

Optuna is asked and told. A suggestion depends on the finished trials and on the number of them alone: the sampler is
made anew for every trial, seeded by that number. So a tuning that was killed suggests again what it was about to try,
and a tuning in one go has the same trials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from experiments.config.tuning import Dimension, TuneConfig
from experiments.libraries import lacking
from sim.errors import InputError, Problem
from sim.streams import key, words

if TYPE_CHECKING:
    import optuna

JOURNAL = "journal.log"
NAME = "linli tune"
EXCESS = "excess"
FIRST_TRIALS = 5
"""Trials that are drawn from all of the space before the sampler learns from those that are there."""


Direction = Literal["minimize", "maximize"]


class Tried(NamedTuple):
    """A finished trial: its parameters, the metric's mean, by how much each guardrail is exceeded (below 0: kept)."""

    number: int
    params: dict[str, Any]
    value: float
    excess: dict[str, float]

    @property
    def feasible(self) -> bool:
        """Whether it keeps every guardrail."""
        return all(excess <= 0 for excess in self.excess.values())


def need_optuna() -> None:
    """InputError unless Optuna is installed."""
    problems = lacking("linli tune", "tune", "optuna")
    if problems:
        raise InputError(problems)


class Study:
    """The trials of one tuning, kept in `directory`; see :func:`open_study`."""

    def __init__(self, study: optuna.Study, config: TuneConfig, whole: frozenset[str]) -> None:
        """`whole` are the parameters that are whole numbers."""
        self._study, self._config, self._whole = study, config, whole

    def done(self) -> list[Tried]:
        """The finished trials in their order."""
        from optuna.trial import TrialState

        found = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [Tried(number, dict(trial.params), float(trial.value or 0.0), dict(trial.user_attrs[EXCESS]))
                for number, trial in enumerate(found)]

    def ask(self, first: Mapping[str, Any]) -> optuna.Trial:
        """The next trial, whose outcome is to be told; the very first has the parameters `first`."""
        from optuna.trial import TrialState

        for left in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._study.tell(left.number, state=TrialState.FAIL)
        done = self.done()
        if not done and not self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            self._study.enqueue_trial(dict(first))
        self._study.sampler = _sampler(self._config.seed, len(done))
        return self._study.ask()

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """The parameters to try."""
        return {name: self._value(trial, name, space) for name, space in self._config.tune.space.items()}

    def _value(self, trial: optuna.Trial, name: str, space: Dimension) -> Any:
        if space.choices is not None:
            return trial.suggest_categorical(name, space.choices)
        low, high = space.ends
        if name in self._whole:
            return trial.suggest_int(name, low, high, log=space.log)
        return trial.suggest_float(name, low, high, log=space.log)

    def tell(self, trial: optuna.Trial, value: float, excess: Mapping[str, float]) -> None:
        """Keep a trial's outcome."""
        trial.set_user_attr(EXCESS, dict(excess))
        for name, by in excess.items():
            trial.set_constraint(name, by)
        self._study.tell(trial, value)


def open_study(directory: Path, config: TuneConfig, whole: frozenset[str], direction: Direction) -> Study:
    """The study in a directory, or a new one; what a killed process left half written is cut off.

    Raises InputError when its journal is damaged.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal = directory / JOURNAL
    _cut(journal)
    lock: Any = _NoLock()
    try:
        storage = JournalStorage(JournalFileBackend(str(journal), lock_obj=lock))
        study = optuna.create_study(storage=storage, study_name=NAME, direction=direction, load_if_exists=True)
    except (ValueError, KeyError, TypeError):
        raise InputError(Problem(str(journal), "is damaged; tune in another directory")) from None
    return Study(study, config, whole)


class _NoLock:
    """Of the journal: the tuning's own lock on the directory is one that a killed process cannot leave behind."""

    def acquire(self) -> bool:
        """Nobody else is there."""
        return True

    def release(self) -> None:
        """Nothing was taken."""


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; InputError where another process has it."""
    import fcntl

    with open(directory / ".lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(Problem(str(directory), "is being tuned by another process")) from None
        yield


def _cut(journal: Path) -> None:
    if journal.exists() and (content := journal.read_bytes()) and not content.endswith(b"\n"):
        with open(journal, "r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _sampler(seed: int, number: int) -> optuna.samplers.BaseSampler:
    from optuna.samplers import TPESampler

    drawn = int(words(key(seed, "experiments.tune.sampler"), 0, np.asarray(number))[..., 0])
    return TPESampler(seed=drawn, n_startup_trials=FIRST_TRIALS)
