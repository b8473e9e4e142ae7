"""The policies of an arm as they stand at its end: what a promotion takes over.

An experiment keeps them beside its records, for replication 0 of every arm, a folder a decision point:
``cells/trained/<arm>/<point>/``. Each has ``policy.json`` (name, parameters, the cell's key), ``state.npz`` with the
arrays that were learned, and ``question.parquet`` with ``answer.parquet``: a question that the twin asked after the
policy last learned, and what it was answered there.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.files import read_json, write_bytes, write_json
from experiments.jsonable import to_json
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.point import DecisionPoint
from sim.decisions import Decided, Decisions
from sim.errors import InputError, Problem

if TYPE_CHECKING:
    from policies.artifact.making import Trained

FOLDER = "trained"
MOST_ROWS = 64
"""Of a golden question where rows are answered one by one; elsewhere it is the whole question."""
ABOUT, STATE, QUESTION, ANSWER = "policy.json", "state.npz", "question.parquet", "answer.parquet"


class Answers:
    """A listener that keeps a sample of the last question and its answer at each decision point."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.last: dict[str, tuple[pa.Table, pa.Table]] = {}

    def decided(self, point: str, observation: pa.Table, decided: Decided) -> None:
        """Keep a copy of a few rows: the whole question may be as large as the network."""
        if observation.num_rows:
            self.last[point] = _sample(DECISION_POINTS[point], observation, decided.table)

    def learned(self) -> None:
        """What was answered before says nothing of the policies from now on."""
        self.last.clear()


def _sample(point: DecisionPoint, observation: pa.Table, decision: pa.Table) -> tuple[pa.Table, pa.Table]:
    if not point.row_wise or observation.num_rows <= MOST_ROWS:
        return _copy(observation), _copy(decision)
    places = np.linspace(0, observation.num_rows - 1, MOST_ROWS).astype(np.int64).tolist()
    keys = list(point.key)
    question, answer = _rows(observation, places), _rows(decision, places)
    if not answer.select(keys).equals(question.select(keys)):
        answer = _answering(question.select(keys).to_pylist(), decision, keys)
    return question, answer


def _copy(table: pa.Table) -> pa.Table:
    """A copy whose memory is nobody else's."""
    return table.take(pa.array(range(table.num_rows), pa.int64())).combine_chunks()


def _rows(table: pa.Table, places: list[int]) -> pa.Table:
    """A copy of some rows; slices are taken first, so that what is not copied is not touched."""
    return pa.concat_tables([table.slice(place, 1) for place in places]).combine_chunks()


def _answering(asked: list[dict[str, Any]], decision: pa.Table, keys: list[str]) -> pa.Table:
    """The rows of an answer in another order than its question's that answer these keys."""
    columns = [pc.is_in(decision[key], value_set=pa.array([row[key] for row in asked], decision[key].type))
               for key in keys]
    near = columns[0]
    for column in columns[1:]:
        near = pc.and_(near, column)
    found = decision.filter(near)
    place = {tuple(row.values()): number for number, row in enumerate(found.select(keys).to_pylist())}
    return _rows(found, [place[tuple(row.values())] for row in asked])


def keep_trained(directory: Path, cell_key: str, decisions: Decisions, answers: Answers) -> None:
    """Write the policies asked first at each point, with what they answered, into ``directory``/<point>.

    A file is there whole or not at all, and ``policy.json`` comes last and names the others by SHA-256. Where a policy
    cannot be kept, its ``policy.json`` gives the reason.
    """
    for point in DECISION_POINTS:
        folder = directory / point
        folder.mkdir(parents=True, exist_ok=True)
        policy: Any = decisions.policy(point)
        about: dict[str, Any] = {"policy": decisions.policy_name(point), "cell": cell_key}
        files: dict[str, bytes] = {}
        if point not in answers.last:
            about["reason"] = "was asked nothing after it last learned: the arm is too short, or does without it"
        try:
            about["params"] = dict(policy.params())
            to_json(about)
            files = {STATE: _state(policy.state())}
        except Exception as error:  # a policy may be third-party code, and must not spoil an arm that was lived
            about |= {"params": {}, "reason": f"does not say what it is: {type(error).__name__}: {error}"}
        if "reason" not in about:
            question, answer = answers.last[point]
            files |= {QUESTION: _parquet(question), ANSWER: _parquet(answer)}
        for name, content in files.items():
            write_bytes(folder / name, content)
        write_json(folder / ABOUT, {**about, "sha256": {name: sha256(files[name]).hexdigest() for name in files}})


def _state(arrays: Mapping[str, np.ndarray]) -> bytes:
    sink = BytesIO()
    np.savez(sink, allow_pickle=False, **arrays)
    return sink.getvalue()


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    sink = BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


class About(NamedTuple):
    """What a trained policy says of itself; ``reason`` is why it cannot be promoted, None where it can."""

    policy: str
    params: dict[str, Any]
    cell: str
    reason: str | None
    sha256: dict[str, str]


def about(directory: Path) -> dict[str, About]:
    """What an arm's policies say of themselves, by decision point; InputError where one is missing or damaged."""
    found = {}
    for point in DECISION_POINTS:
        path = directory / point / ABOUT
        try:
            found[point] = _about(read_json(path))
        except FileNotFoundError:
            raise InputError(Problem(str(directory / point), "holds no trained policy; an experiment keeps those of "
                                                             "its first replication: compute it again in another "
                                                             "directory")) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(Problem(str(path), "is damaged; compute the experiment again in another directory")
                             ) from None
    return found


def _about(read: Mapping[str, Any]) -> About:
    """What a ``policy.json`` holds. Raises KeyError, TypeError or ValueError when that is not what one holds."""
    said = About(read["policy"], read["params"], read["cell"], read.get("reason"), read["sha256"])
    kinds = (str, dict, str, str | None, dict)
    if not all(isinstance(value, kind) for value, kind in zip(said, kinds, strict=True)):
        raise TypeError("values of other types")
    if said.reason is None and set(said.sha256) != {STATE, QUESTION, ANSWER}:
        raise ValueError("other files")
    return said


def read_trained(directory: Path, said: About) -> Trained:
    """The policy in a decision point's folder, which can be kept.

    Raises InputError where a file is missing, damaged or not the one that ``policy.json`` names.
    """
    from policies.artifact.making import Trained

    content = {name: _content(directory / name, digest) for name, digest in said.sha256.items()}
    try:
        with np.load(BytesIO(content[STATE]), allow_pickle=False) as arrays:
            state = {name: arrays[name] for name in arrays}
        question, answer = (_table(content[name]) for name in (QUESTION, ANSWER))
    except (OSError, EOFError, ValueError, TypeError, BadZipFile, pa.ArrowException):
        raise InputError(Problem(str(directory), "holds a damaged policy; compute the experiment again in another "
                                                 "directory")) from None
    return Trained(said.policy, said.params, state, question, answer)


def _content(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read ({error.strerror})")) from None
    if sha256(content).hexdigest() != digest:
        raise InputError(Problem(str(path), f"is not the file that {ABOUT} names"))
    return content


def _table(content: bytes) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(content))
