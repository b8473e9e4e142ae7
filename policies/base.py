"""The base of policies that learn nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Protocol

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
    it has learned anything.
    """

    point: ClassVar[str]
    """The decision point it answers, a key of ``sim.contracts.decisions.DECISION_POINTS``."""

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
