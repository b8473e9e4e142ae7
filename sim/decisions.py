"""The decision port: the one door between the twin and a policy.

A policy gets an Arrow table built from what a real system would know and answers with an Arrow table. The answer is
checked against the point's contract; an answer that breaks it is refused as a whole, with the rows named, and the
configured fallback decides instead. The port knows no retail: contracts and policies are injected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from sim.deadline import DECIDE_SECONDS, Expired, within
from sim.errors import ContractError, RunError


class Contract(Protocol):
    """What a decision point promises: see :class:`sim.contracts.point.DecisionPoint`."""

    @property
    def name(self) -> str:
        """The decision point's name."""
        ...

    @property
    def observation(self) -> pa.Schema:
        """The schema of the question."""
        ...

    def problems(self, observation: pa.Table, decision: pa.Table) -> list[str]:
        """Return what is wrong with ``decision``, each line naming the offending rows; empty when it is valid."""
        ...


class Policy(Protocol):
    """What may sit behind a decision point. It is batch in, batch out and has no side effects."""

    point: str

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row of the observation."""
        ...

    def fit(self, log: LogView) -> None:
        """Learn from the events that had arrived by the end of the log view."""
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Return everything ``fit`` learned, as named arrays (part of a snapshot)."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what :meth:`state` returned."""
        ...


class Listener(Protocol):
    """What is told of decisions; it changes nothing."""

    def decided(self, point: str, observation: pa.Table, decided: Decided) -> None:
        """The policy asked first answered a question, and its answer is valid."""

    def learned(self) -> None:
        """All policies learned: answers to come may differ from those given."""


class LogView(Protocol):
    """A read-only, as-of view of the event log."""

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the table's rows that had arrived by the view's moment."""
        ...


@dataclass(frozen=True)
class Decided:
    """A valid decision, the policy that made it, and why the policy asked first was refused (empty: it was not)."""

    table: pa.Table
    policy: str
    refused: tuple[str, ...]


class Decisions:
    """Policies by decision point, with a fallback for each.

    Parameters
    ----------
    contracts
        decision point name to contract.
    policies, fallbacks
        decision point name to (policy name, policy). Every contract needs a fallback.
    seconds
        longest that a policy may take over one question, by the wall clock and in the main thread only
        (:func:`sim.deadline.within`); one that takes longer is refused like any other that breaks its contract.

    Attributes
    ----------
    listener
        is told of decisions, None: nobody is.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        policies: Mapping[str, tuple[str, Policy]],
        fallbacks: Mapping[str, tuple[str, Policy]],
        seconds: float = DECIDE_SECONDS,
    ) -> None:
        unknown = (set(policies) | set(fallbacks)) - set(contracts)
        if unknown:
            raise ContractError(f"no such decision point: {', '.join(sorted(unknown))}")
        missing = set(contracts) - set(fallbacks)
        if missing:
            raise ContractError(f"decision points without a fallback: {', '.join(sorted(missing))}")
        self._contracts = dict(contracts)
        self._policies = {**fallbacks, **policies}
        self._fallbacks = dict(fallbacks)
        self._seconds = seconds
        self.listener: Listener | None = None

    def policy_name(self, point: str) -> str:
        """Return the name of the policy that is asked first at ``point``."""
        return self._policies[point][0]

    def policy(self, point: str) -> Policy:
        """Return the policy that is asked first at ``point``."""
        return self._policies[point][1]

    def decide(self, point: str, observation: pa.Table) -> Decided:
        """Ask the policy, then if need be the fallback; return a valid decision, who made it, and what was refused.

        Raises
        ------
        ContractError
            when the observation itself does not fit the contract: a mistake of the twin, not of a policy.
        RunError
            when the fallback's answer is refused too.
        """
        contract = self._contracts[point]
        if not observation.schema.equals(contract.observation, check_metadata=False):
            raise ContractError(f"{point}: observation has {observation.schema}, contract {contract.observation}")
        name, policy = self._policies[point]
        decision, reasons = _ask(contract, policy, observation, self._seconds)
        if decision is not None:
            decided = Decided(decision, name, ())
            if self.listener is not None:
                self.listener.decided(point, observation, decided)
            return decided
        refused = tuple(f"{name}: {reason}" for reason in reasons)
        name, policy = self._fallbacks[point]
        decision, reasons = _ask(contract, policy, observation, self._seconds)
        if decision is None:
            raise RunError(f"{point}: the fallback {name} was refused too: {'; '.join(reasons)}")
        return Decided(decision, name, refused)

    def learn(self, log: LogView) -> None:
        """Let every policy (fallbacks included) fit on the log view. Raises RunError when one cannot."""
        for point, name, policy in self._distinct():
            try:
                policy.fit(log)
            except (Exception, SystemExit) as error:
                raise RunError(f"{point}: {name} raised {type(error).__name__} while it learned: {error}") from error
        if self.listener is not None:
            self.listener.learned()

    def state(self) -> dict[str, np.ndarray]:
        """Return what all policies learned, keyed ``point/policy/array``."""
        return {
            f"{point}/{name}/{key}": value
            for point, name, policy in self._distinct()
            for key, value in policy.state().items()
        }

    def restore(self, state: Mapping[str, np.ndarray], *, fork: bool = False) -> None:
        """Give every policy back its part of :meth:`state`.

        With ``fork`` the state may be another arm's: a policy that it does not hold starts as it was made.
        """
        for point, name, policy in self._distinct():
            prefix = f"{point}/{name}/"
            own = {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}
            if own or not fork:
                policy.restore(own)

    def _distinct(self) -> Iterator[tuple[str, str, Policy]]:
        for point in sorted(self._contracts):
            name, policy = self._policies[point]
            yield point, name, policy
            other, fallback = self._fallbacks[point]
            if other != name:
                yield point, other, fallback


def _ask(
    contract: Contract, policy: Policy, observation: pa.Table, seconds: float
) -> tuple[pa.Table | None, list[str]]:
    decide: Callable[[pa.Table], Any] = policy.decide
    try:
        decision = within(seconds, lambda: decide(observation))
    except Expired:
        return None, [f"gave no answer within {seconds:g} s"]
    except (Exception, SystemExit) as error:  # third-party code: whatever it raises must not stop the twin
        return None, [f"raised {type(error).__name__}: {error}"]
    if not isinstance(decision, pa.Table):
        return None, [f"answered with {type(decision).__name__}, not a pyarrow.Table"]
    reasons = contract.problems(observation, decision)
    return (None, reasons) if reasons else (decision, [])
