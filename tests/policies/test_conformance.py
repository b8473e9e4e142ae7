"""Every registered policy conforms, and a policy that breaks a promise is told which."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from policies import registry
from policies.base import LogView, Policy
from policies.conformance import CASES, check
from policies.errors import ConformanceError
from policies.price.one_price import OnePrice
from policies.synthetic import SyntheticLog, observation
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.events import EVENT_TABLES


@pytest.mark.parametrize("name", registry.names())
def test_registered_policies_conform(name: str) -> None:
    report = check(registry.create(name))
    assert report.point == name.split(".")[0]
    assert len(report.cases) == 3 * len(CASES)


@pytest.mark.parametrize("name", registry.names())
def test_what_was_learned_survives_into_a_new_policy(name: str) -> None:
    check(registry.create(name), make=lambda: registry.create(name))


class _Doubling(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        return answer.set_column(2, answer.schema.field(2), pa.array(answer["price_fen"].to_numpy() * 2))


class _ByPlace(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        price = answer["price_fen"].to_numpy().copy()
        price[0] = price[0] + price[0] // 10
        return answer.set_column(2, answer.schema.field(2), pa.array(price))


class _ByBatch(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        price = answer["price_fen"].to_numpy()
        return answer.set_column(2, answer.schema.field(2), pa.array(price + min(len(price), price.min() // 10)))


class _Moody(OnePrice):
    def __init__(self) -> None:
        self._times = itertools.count()

    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        price = answer["price_fen"].to_numpy()
        dearer = price + np.where(price >= 100, next(self._times) % 2, 0)
        return answer.set_column(2, answer.schema.field(2), pa.array(dearer))


class _Forgetful(OnePrice):
    def __init__(self) -> None:
        self._rise = 0

    def fit(self, log: LogView) -> None:
        self._rise = 1

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        return None

    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        price = answer["price_fen"].to_numpy()
        dearer = price + np.where(price >= 100, self._rise, 0)
        return answer.set_column(2, answer.schema.field(2), pa.array(dearer))


class _Hoarding(OnePrice):
    def state(self) -> dict[str, np.ndarray]:
        return {"all": np.array([{}], dtype=object)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        return None


class _Raising(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        raise RuntimeError("no idea")


class _Answering(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        return observation.to_pylist()


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        (_Doubling(), "unfitted, many rows: price_fen: more than 20 % from the reference"),
        (_ByPlace(), "unfitted, many rows: answers depend on the order of the rows"),
        (_ByBatch(), "unfitted, many rows: answers to a part of the rows differ from those to all"),
        (_Moody(), "unfitted, many rows: the same question got another answer"),
        (_Forgetful(), "fitted, many rows: a policy that took over the state answers differently"),
        (_Hoarding(), "fitted state: 'all' is ndarray, not a plain array"),
        (_Raising(), "unfitted, one row: raised RuntimeError: no idea"),
        (_Answering(), "unfitted, one row: answered with list, not a pyarrow.Table"),
    ],
)
def test_a_broken_promise_is_named(policy: Policy, line: str) -> None:
    with pytest.raises(ConformanceError) as caught:
        check(policy)
    assert any(found.startswith(line) for found in caught.value.problems), caught.value.problems


class _Listening(OnePrice):
    def __init__(self, rises: object = (1, 2)) -> None:
        pass


class _Renaming(OnePrice):
    def params(self) -> dict[str, int]:
        return {"rise": 1}


@pytest.mark.parametrize(("policy", "line"), [
    (_Listening(), "params: 'rises' is no number, truth value or text"),
    (_Renaming(), "params: cannot be made from them"),
])
def test_parameters_that_no_file_can_hold_or_that_make_no_policy_are_named(policy: Policy, line: str) -> None:
    with pytest.raises(ConformanceError, match=line):
        check(policy)


class _Writing(OnePrice):
    def decide(self, observation: pa.Table) -> pa.Table:
        answer = super().decide(observation)
        ctypes.c_int64.from_address(observation["reference_fen"].chunk(0).buffers()[1].address).value += 1
        return answer


def test_an_observation_that_is_written_to_is_noticed() -> None:
    with pytest.raises(ConformanceError, match="unfitted, one row: the observation was altered"):
        check(_Writing())


def test_the_wrong_point_is_named() -> None:
    with pytest.raises(ConformanceError, match="point: 'weather' is none of forecast"):
        check(OnePrice(), "weather")
    with pytest.raises(ConformanceError, match="answers 'price', not 'route'"):
        check(OnePrice(), "route")


@pytest.mark.parametrize("point", DECISION_POINTS)
def test_made_up_observations_fit_their_contract_and_are_always_the_same(point: str) -> None:
    for arguments in CASES.values():
        asked = observation(point, **arguments)
        assert asked.schema.equals(DECISION_POINTS[point].observation)
        assert asked.num_rows == arguments["rows"]
        assert asked.equals(observation(point, **arguments))
        keys = asked.select(list(DECISION_POINTS[point].key))
        assert len(set(map(str, keys.to_pylist()))) == asked.num_rows
    assert not observation(point, 20).equals(observation(point, 20, label="other"))
    with pytest.raises(KeyError, match="no column mood"):
        observation(point, 1, mood=1)


def test_the_made_up_log_holds_every_table() -> None:
    log = SyntheticLog(days=5, rows_a_day=3)
    for name, schema in EVENT_TABLES.items():
        assert log.read(name).schema.equals(schema)
        assert log.read(name).num_rows == 15
        assert log.read(name, since_day=3).num_rows == 6
        assert SyntheticLog(days=0).read(name).num_rows == 0
    with pytest.raises(KeyError):
        log.read("weather")
