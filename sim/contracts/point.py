"""A decision point: what a policy may read, what it must answer, and when an answer is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

Check = Callable[[pa.Table, pa.Table], list[str]]


def column(
    name: str,
    kind: pa.DataType,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    nullable: bool = False,
    aligned: str = "",
) -> pa.Field:
    """Describe one column: its meaning, unit and the inclusive limits of its values.

    Null is allowed in a ``nullable`` column only, and an answer may leave such a column out. The lists of a question's
    column are all equally long, or, where it is ``aligned`` with a column, each as long as that one's of the same row.
    """
    metadata = {"doc": doc, "unit": unit}
    if low is not None:
        metadata["low"] = repr(low)
    if high is not None:
        metadata["high"] = repr(high)
    if aligned:
        metadata["aligned"] = aligned
    return pa.field(name, kind, nullable=nullable, metadata=metadata)


@dataclass(frozen=True)
class DecisionPoint:
    """The contract of a decision point.

    Attributes
    ----------
    name
        the decision point's name, ``replenish`` for example.
    version
        ``major.minor``; a new nullable column is a minor step, and so is a limit that every question kept before it was
        written down; anything else is a major one.
    observation, decision
        the schemas of question and answer; limits stand in the fields' metadata (see :func:`column`). A policy may rely
        on those of a question: the twin keeps them, and other questions are not put to a promoted policy.
    key
        columns that both tables share; the answer must hold every key of the question exactly once, in any order.
    row_wise
        whether the answer to a row does not depend on the other rows of the question, so that it may be asked in parts.
    checks
        further rules over (observation, decision), each returning one line a broken rule.
    """

    name: str
    version: str
    observation: pa.Schema
    decision: pa.Schema
    key: tuple[str, ...]
    row_wise: bool
    checks: tuple[Check, ...] = ()

    def problems(self, observation: pa.Table, decision: pa.Table) -> list[str]:
        """Return every reason to refuse ``decision``, each naming the first rows it concerns."""
        wanted = self._wanted(decision.schema)
        if not decision.schema.equals(wanted, check_metadata=False):
            return [_schema_difference(wanted, decision.schema)]
        found = [*self._nulls(decision), *self._limits(decision), *self._keys(observation, decision)]
        if not found:
            found = [line for check in self.checks for line in check(observation, decision)]
        return found

    def _wanted(self, given: pa.Schema) -> pa.Schema:
        """The contract's columns without the nullable ones that ``given`` leaves out."""
        return pa.schema([field for field in self.decision if not field.nullable or field.name in given.names])

    def _nulls(self, decision: pa.Table) -> list[str]:
        return [
            f"{field.name}: null in {rows_named(missing)}"
            for field in self.decision
            if not field.nullable and pc.any(missing := _has_null(decision[field.name].combine_chunks())).as_py()
        ]

    def _limits(self, decision: pa.Table) -> list[str]:
        found = []
        for field in self._wanted(decision.schema):
            values, metadata = decision[field.name], field.metadata or {}
            if pa.types.is_floating(field.type):
                outside = pc.invert(pc.is_finite(values))
                if pc.any(outside).as_py():
                    found.append(f"{field.name}: not finite in {rows_named(outside)}")
            for bound, compare, word in ((b"low", pc.less, "below"), (b"high", pc.greater, "above")):
                if bound in metadata:
                    limit = float(metadata[bound])
                    # in the column's own type: Arrow does not compare large whole numbers with floats
                    own = limit if pa.types.is_floating(field.type) else int(limit)
                    outside = compare(values, pa.scalar(own, field.type))
                    if pc.any(outside).as_py():
                        found.append(f"{field.name}: {word} {limit:g} in {rows_named(outside)}")
        return found

    def _keys(self, observation: pa.Table, decision: pa.Table) -> list[str]:
        keys = list(self.key)
        asked, answered = observation.select(keys), decision.select(keys)
        if asked.equals(answered):
            return []
        found = []
        counted = answered.group_by(keys, use_threads=False).aggregate([([], "count_all")])
        repeated = counted.filter(pc.greater(counted["count_all"], 1)).select(keys)
        if repeated.num_rows:
            found.append(f"answered more than once: {_first_keys(repeated)}")
        distinct = counted.select(keys)
        unanswered = asked.join(distinct, keys, join_type="left anti", use_threads=False)
        if unanswered.num_rows:
            found.append(f"not answered: {_first_keys(unanswered)}")
        unasked = distinct.join(asked, keys, join_type="left anti", use_threads=False)
        if unasked.num_rows:
            found.append(f"answered but not asked: {_first_keys(unasked)}")
        return found


def _has_null(values: pa.Array) -> pa.Array:
    """Which rows are null, or hold a list with a null in it."""
    missing = pc.is_null(values)
    if not pa.types.is_list(values.type):
        return missing
    holes = pc.unique(pc.list_parent_indices(values).filter(pc.is_null(values.flatten())))
    return pc.or_(missing, pc.is_in(pa.array(range(len(values)), holes.type), value_set=holes))


def rows_named(mask: pa.ChunkedArray | pa.Array, most: int = 5) -> str:
    """Name the first rows in which ``mask`` is true: ``rows 3, 8 and 12 more``."""
    places = pc.indices_nonzero(mask).to_pylist()
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return f"row{'s' if len(places) > 1 else ''} {', '.join(str(place) for place in places[:most])}{more}"


def any_by_row(parent: pa.Array, mask: pa.Array, rows: int) -> pa.Array:
    """Which of ``rows`` lists hold an item that is true in ``mask``; ``parent`` is the list of each item."""
    hit = pc.unique(parent.filter(mask))
    return pc.is_in(pa.array(range(rows), parent.type), value_set=hit)


def _first_keys(rows: pa.Table, most: int = 3) -> str:
    named = [", ".join(f"{key}={value}" for key, value in row.items()) for row in rows.slice(0, most).to_pylist()]
    more = f" and {rows.num_rows - most} more" if rows.num_rows > most else ""
    return "; ".join(named) + more


def _schema_difference(wanted: pa.Schema, got: pa.Schema) -> str:
    want = {field.name: field.type for field in wanted}
    have = {field.name: field.type for field in got}
    may_be_null = {field.name for field in got if field.nullable}
    parts = [f"column {name} is missing" for name in want if name not in have]
    parts += [f"column {name} is not part of the contract" for name in have if name not in want]
    parts += [f"column {n} is {have[n]}, not {want[n]}" for n in want if n in have and have[n] != want[n]]
    if len(got) > len(have):
        parts += [f"column {name} stands twice" for name in have if got.names.count(name) > 1]
    if not parts:
        wrong = [field.name for field in wanted if not field.nullable and field.name in may_be_null]
        parts = [f"column {name} is declared nullable, the contract's is not" for name in wrong]
    return "; ".join(parts) or "columns are in another order than the contract's"
