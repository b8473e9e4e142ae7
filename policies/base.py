"""The base of policies that learn nothing."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pyarrow as pa


class LogView(Protocol):
    """The event log as it was at a moment: all of the past that a policy may learn from."""

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the rows of ``table`` that had arrived by the moment (on ``since_day`` or later)."""
        ...


class Policy(ABC):
    """A policy: a table of questions in, a table of answers out, no side effects.

    A policy that learns overrides :meth:`fit`, :meth:`state` and :meth:`restore`, and answers sensibly before
    it has learned anything. Its class, :meth:`params` and :meth:`state` are all that it is: a policy made from
    the same three answers alike.
    """

    point: ClassVar[str]
    """The decision point it answers, a key of ``sim.contracts.decisions.DECISION_POINTS``."""
    learns_by: ClassVar[tuple[str, ...]] = ()
    """Modules that :meth:`fit` imports and the core environment (``locks/core.txt``) does not have."""
    install: ClassVar[str] = "pip install 'linli[learn]'"
    """What installs them, to be said where one is missing."""
    _params: Mapping[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Note the constructor's arguments, defaults included, for :meth:`params`."""
        made = super().__new__(cls)
        try:
            bound = inspect.signature(cls.__init__).bind(made, *args, **kwargs)
        except TypeError:  # the constructor itself says what is wrong; a copy takes the notes over afterwards
            return made
        bound.apply_defaults()
        _, *named = bound.arguments.items()
        made._params = dict(named)
        return made

    def __init__(self) -> None:  # noqa: B027  # most take none
        """Takes no parameters; a policy that does names each of them."""

    def params(self) -> dict[str, Any]:
        """Return the constructor's parameters: numbers, truth values and texts by name."""
        return dict(self._params)

    @abstractmethod
    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row of ``observation``; both tables have the contract's columns."""

    def fit(self, log: LogView) -> None:  # noqa: B027  # most learn nothing
        """Learn from the events that had arrived; learns nothing unless overridden."""

    def state(self) -> dict[str, np.ndarray]:
        """Return everything :meth:`fit` learned, as named arrays."""
        return {}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what :meth:`state` returned. Raises ValueError for arrays this policy does not have."""
        if state:
            raise ValueError(
                f"{type(self).__name__} learns nothing, but was given {', '.join(sorted(state))}"
            )
