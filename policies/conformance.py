"""Whether a policy keeps what the decision port promises the twin: the public check for a policy's author.

>>> from policies import registry
>>> check(registry.create("price.one_price")).point
'price'
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from policies.base import LogView
from policies.errors import ConformanceError
from policies.synthetic import SyntheticLog, observation
from sim import streams
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.point import DecisionPoint

CASES: dict[str, dict[str, Any]] = {
    "one row": {"rows": 1},
    "many rows": {"rows": 57},
    "other values": {"rows": 57, "label": "other"},
    "all zero": {"rows": 30, "label": "zero", "scale": 0},
    "large values": {"rows": 30, "label": "large", "scale": 100_000},
}
"""The questions a policy is asked, by name: arguments of :func:`policies.synthetic.observation`."""


class AnyPolicy(Protocol):
    """What the check needs: the policy protocol of the decision port."""

    point: str

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row."""
        ...

    def fit(self, log: LogView) -> None:
        """Learn."""
        ...

    def params(self) -> dict[str, Any]:
        """Return the parameters it was made with."""
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what was learned."""
        ...


@dataclass(frozen=True)
class Report:
    """What was checked: the decision point, the contract's version, and the cases, all of them passed."""

    point: str
    version: str
    cases: tuple[str, ...]


Listener = Callable[[str, list[str] | None], None]
"""Told of each step by name: with None when it begins, with what was found wrong when it ends."""


def check(
    policy: AnyPolicy,
    point_name: str | None = None,
    *,
    make: Callable[[], AnyPolicy] | None = None,
    listener: Listener | None = None,
) -> Report:
    """Ask ``policy`` made-up questions, before and after it learned, and judge every answer.

    Checked in each case: the answer keeps the contract; the same question gets the same answer; so does the
    question with its rows in another order, key by key; where the point is row-wise, so does a part of the
    rows; the question is not altered. After learning from an empty log and from a made-up one: the state is
    named arrays without objects, and a second policy, made with the same parameters, that takes it over gives
    the same answers. The parameters are numbers, truth values and texts.

    Parameters
    ----------
    policy
        not fitted yet; the check fits it.
    point_name
        the decision point it should answer; its own ``point`` by default.
    make
        makes the second policy; by default the class of ``policy`` with its ``params()``.
    listener
        told of each step, for whoever must know how far the check came if the policy ends or stops the process.

    Raises
    ------
    ConformanceError
        with every problem found, one line each, beginning with the case.
    """
    name = point_name if point_name is not None else getattr(policy, "point", None)
    if name not in DECISION_POINTS:
        raise ConformanceError([f"point: {name!r} is none of {', '.join(DECISION_POINTS)}"])
    point = DECISION_POINTS[name]
    problems = [] if policy.point == name else [f"point: answers {policy.point!r}, not {name!r}"]
    problems += [f"params: {line}" for line in _attempt(partial(_plain, policy))]
    try:
        second = type(policy)(**policy.params()) if make is None else make()
    except Exception as error:  # its author's code, like all that is asked below
        raise ConformanceError([*problems, f"params: cannot be made from them: {error}"]) from error
    cases: list[str] = []
    for label, run in _steps(point, policy, second):
        if label.partition(", ")[2] in CASES:
            cases.append(label)
        if listener is not None:
            listener(label, None)
        found = _attempt(run)
        problems += [f"{label}: {line}" for line in found]
        if listener is not None:
            listener(label, found)
    if problems:
        raise ConformanceError(problems)
    return Report(point.name, point.version, tuple(cases))


def _steps(
    point: DecisionPoint, policy: AnyPolicy, second: AnyPolicy
) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Every step of the check by name, in order; each returns what it finds wrong."""
    for stage, log in (("unfitted", None), ("empty log", SyntheticLog(days=0)), ("fitted", SyntheticLog())):
        if log is not None:
            yield f"{stage} fit", partial(_learn, policy, log)
            yield f"{stage} state", partial(_hand_over, policy, second)
        other = None if log is None else second
        for case, arguments in CASES.items():
            yield f"{stage}, {case}", partial(_case, point, policy, other, observation(point.name, **arguments))


def _attempt(run: Callable[[], list[str]]) -> list[str]:
    """Return what ``run`` finds; whatever the policy raises is found too."""
    try:
        return run()
    except (Exception, SystemExit) as error:  # its author's code: everything it raises belongs in the report
        return [f"raised {type(error).__name__}: {error}"]


def _plain(policy: AnyPolicy) -> list[str]:
    wrong = [name for name, value in policy.params().items() if not isinstance(value, bool | int | float | str | None)]
    text = json.dumps({name: value for name, value in policy.params().items() if name not in wrong})
    found = [f"{name!r} is no number, truth value or text" for name in wrong]
    return found if "NaN" not in text and "Infinity" not in text else [*found, "a number is not finite"]


def _learn(policy: AnyPolicy, log: LogView) -> list[str]:
    policy.fit(log)
    return []


def _case(point: DecisionPoint, policy: AnyPolicy, second: AnyPolicy | None, asked: pa.Table) -> list[str]:
    before = _bytes(asked)
    decision = policy.decide(asked)
    found = [] if _bytes(asked) == before else ["the observation was altered"]
    if not isinstance(decision, pa.Table):
        return [*found, f"answered with {type(decision).__name__}, not a pyarrow.Table"]
    refused = point.problems(asked, decision)
    if refused:
        return [*found, *refused]
    if _bytes(policy.decide(asked)) != _bytes(decision):
        found.append("the same question got another answer")
    turned = asked.take(_shuffled(asked.num_rows))
    if _by_key(point, policy.decide(turned)) != _by_key(point, decision):
        found.append("answers depend on the order of the rows")
    if point.row_wise:
        part = pa.array(np.arange(asked.num_rows) % 3 == 0)
        if _by_key(point, policy.decide(asked.filter(part))) != _by_key(point, _kept(point, decision, asked, part)):
            found.append("answers to a part of the rows differ from those to all")
    if second is not None and _by_key(point, second.decide(asked)) != _by_key(point, decision):
        found.append("a policy that took over the state answers differently")
    return found


def _hand_over(policy: AnyPolicy, second: AnyPolicy) -> list[str]:
    state = policy.state()
    wrong = [
        f"{key!r} is {type(value).__name__}, not a plain array"
        for key, value in state.items()
        if not isinstance(key, str) or not isinstance(value, np.ndarray) or value.dtype.hasobject
    ]
    second.restore({key: np.array(value) for key, value in state.items()})
    if not wrong and set(second.state()) != set(state):
        wrong.append(f"{sorted(second.state())} after restore, {sorted(state)} before")
    return wrong


def _shuffled(rows: int) -> pa.Array:
    draws = streams.uniform(streams.key(0, "policies.conformance.shuffle"), 0, np.arange(rows))
    return pa.array(np.argsort(draws, kind="stable"))


def _kept(point: DecisionPoint, decision: pa.Table, asked: pa.Table, part: pa.Array) -> pa.Table:
    """The rows of a decision that answer a part of the rows."""
    keys = list(point.key)
    wanted = asked.select(keys).filter(part).to_pylist()
    return decision.filter(pa.array([row in wanted for row in decision.select(keys).to_pylist()], pa.bool_()))


def _by_key(point: DecisionPoint, decision: pa.Table) -> bytes:
    return _bytes(decision.sort_by([(column, "ascending") for column in point.key]))


def _bytes(table: pa.Table) -> bytes:
    """The table's content: value by value, whatever its chunks and offsets in memory."""
    whole = table.take(pa.array(np.arange(table.num_rows))).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    content: bytes = sink.getvalue().to_pybytes()
    return content
