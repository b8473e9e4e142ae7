"""The wall between truth and observation: scramble what only the twin knows, and no policy answers differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents import observe
from agents.assemble import Routes
from agents.residents.population import Residents
from agents.shops.owners import Owners
from agents.shops.shelves import Shelves
from agents.supply.farms import Farms
from policies import registry
from sim.contracts.decisions import DECISION_POINTS
from sim.streams import key, uniform
from sim.twin import AsOf, Twin

DAY = 9
TRUTH = {
    "residents": (
        "heads", "children", "elders", "child_born", "income", "scenes", "taste", "trust", "status", "touch", "belief",
        "memory", "stock", "rate", "price_coef", "fatigue", "habit", "urge", "last",
    ),
    "hearsay": ("usual", "image", "sold"),
    "rivals": ("pull",),
    "rooms": ("air_c", "goods_c", "extra_k", "seen_c", "ajar", "down", "acts"),
    "traced": ("lot",),
    "heard": ("candidate", "member"),
    "shelf": ("packs", "life_used", "lot"),
    "hub": ("packs", "life_used", "lot"),
    "fields": ("heat", "ripened", "spare_hours", "packs", "life_used"),
    "cohorts": ("set_at", "packs", "ripe"),
    "transit": ("at_gate", "life_used", "arrives_at", "aged_to", "load"),
    "water": ("mg",),
    "reserved": ("life_used", "lot", "arrival_hour"),
    "candidates": ("appeal",),
    "owners": ("hygiene",),
    "complaints": ("member", "shop", "sku", "packs", "fen", "day"),
    "ledger": ("balance",),
}
"""Columns that no real system would show; what a system does show of them stands in the log as counted or read."""


def scramble(twin: Twin, seed: int) -> None:
    """Overwrite every truth column and empty the evaluation log."""
    stream = key(seed, "tests.scramble")
    for number, (frame, columns) in enumerate(TRUTH.items()):
        for item, column in enumerate(columns):
            values = twin.ports.state[frame][column]
            noise = uniform(stream, number, np.arange(values.size), item).reshape(values.shape)
            values[...] = (noise * 50).astype(values.dtype)
    for partitions in twin.ports.evaluation._closed.values():
        partitions.clear()


def bytes_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


class Questions:
    """Asks the twin's own observation of every decision point on the morning of ``DAY``."""

    def __init__(self, twins: Any) -> None:
        self.twin: Twin = twins.fresh(
            "mix", city__shops=3, city__members=60, days=DAY + 1, world__residents__visit_rate=0.1,
            world__rooms__cold_room_setpoint_c=18.0,
        )  # fmt: skip
        self.twin.run(DAY)
        self.world = twins.world(self.twin)
        self.part: Callable[[type], Any] = lambda kind: twins.part(self.twin, kind)
        self.routes = Routes.__new__(Routes)
        self.routes._world, self.routes._owners = self.world, self.part(Owners)

    def ask(self) -> dict[str, pa.Table]:
        world, residents, shelves = self.world, self.part(Residents), self.part(Shelves)
        members = np.sort(residents.frame["id"])[::3].copy()
        skus = np.arange(world.catalogue.n)
        three = np.arange(3)
        groups = np.zeros((world.shops, world.catalogue.n), bool)
        complaint = {"member": members[:4], "shop": members[:4] >> 16, "sku": three.repeat(2)[:4]}
        complaint |= {"packs": np.ones(4, np.int64), "fen": np.full(4, 990)}
        asked = observe.forecast(world, DAY, shelves, self.part(Owners))
        forecasts = registry.create("forecast.moving_average").decide(asked)
        return {
            "forecast": asked,
            "replenish": observe.replenish(world, DAY, shelves, self.part(Owners), forecasts),
            "procure": observe.procure(world, DAY, skus * 2, self.part(Farms)),
            "recommend": observe.recommend(world, DAY, members, members >> 16, groups),
            "price": observe.price(world, DAY, shelves),
            "campaign": observe.campaign(world, DAY, three + 77, three, three + 20),
            "service": observe.service(world, DAY, np.arange(4), complaint),
            "route": self.routes._observation(DAY, 11.0, three, np.array([10.0, 900.0, 40.0])),
        }


@pytest.fixture(scope="module")
def questions(twins: Any) -> Questions:
    return Questions(twins)


@pytest.fixture(scope="module")
def answers(questions: Questions) -> dict[str, list[bytes]]:
    """What every policy answers: before a scramble, after it on the old observation, after it on a new one."""
    names = registry.names()

    def decided(asked: dict[str, pa.Table]) -> dict[str, bytes]:
        found = {}
        for name in names:
            policy = registry.create(name)
            policy.fit(AsOf(questions.twin.ports.log, questions.twin.ports.clock.at(DAY, -1.0)))
            found[name] = bytes_of(policy.decide(asked[name.split(".")[0]]))
        return found

    first = questions.ask()
    seen = {point: bytes_of(table) for point, table in first.items()}
    rounds = [decided(first)]
    scramble(questions.twin, 1)
    rounds.append(decided(first))
    for point, table in first.items():
        assert bytes_of(table) == seen[point], f"the observation of {point} changed with the state"
    second = questions.ask()
    for point, table in second.items():
        assert bytes_of(table) == seen[point], f"the observation of {point} shows truth"
    scramble(questions.twin, 2)
    rounds.append(decided(second))
    return {name: [one[name] for one in rounds] for name in names}


def test_every_point_is_asked_and_has_policies(questions: Questions) -> None:
    asked = questions.ask()
    assert set(asked) == set(DECISION_POINTS)
    for point, table in asked.items():
        assert table.num_rows and table.schema.equals(DECISION_POINTS[point].observation)
        assert registry.names(point)


@pytest.mark.parametrize("name", registry.names())
def test_no_policy_answers_differently_when_truth_is_scrambled(answers: dict[str, list[bytes]], name: str) -> None:
    before, *after = answers[name]
    assert len(before) > 100 and all(one == before for one in after)


def test_the_scramble_names_every_frame_that_holds_truth(questions: Questions) -> None:
    """A new frame or column must be judged: truth (then it is scrambled) or known to a real system."""
    known = {
        "ledger": set(), "counters": {"next"}, "residents": {"id", "shop"}, "candidates": {"candidate", "shop", "sku",
        "close_day", "packs"}, "hub": set(), "fields": {"sku", "farm"}, "held": {"packs", "water_mg"},
        "water": set(), "cohorts": set(), "farms": set(questions.twin.ports.state["farms"].columns),
        "transit": {"haul", "farm", "sku", "lot", "packs", "left_at", "promised_at"},
        "rivals": set(), "hearsay": set(), "rooms": set(), "traced": set(),
        "shelf": {"shop", "sku", "prior_daily", "ordered", "price_fen", "tag_fen"},
        "customers": set(questions.twin.ports.state["customers"].columns),
        "owners": set(questions.twin.ports.state["owners"].columns) - {"hygiene"},
        "order_lines": set(questions.twin.ports.state["order_lines"].columns),
        "reserved": {*questions.twin.ports.state["order_lines"].columns, "since_day"},
        "invitations": {"candidate", "member"}, "heard": set(),
        "claims": set(questions.twin.ports.state["claims"].columns),
        "complaints": set(),
    }  # fmt: skip
    for frame in questions.twin.ports.state:
        assert set(frame.columns) == known[frame.name] | set(TRUTH.get(frame.name, ())), frame.name


def test_observations_cannot_be_written_to(questions: Questions) -> None:
    for point, table in questions.ask().items():
        for name in table.column_names:
            values = table[name].combine_chunks()
            if pa.types.is_primitive(values.type) and not pa.types.is_boolean(values.type):
                array = values.to_numpy()
                with pytest.raises(ValueError, match="read-only"):
                    array[0] = 0
                assert not np.shares_memory(array, questions.world.expected_daily), (point, name)


def test_a_question_holds_nothing_of_its_own_day(questions: Questions) -> None:
    """Rows that arrive after the moment of asking are not seen: a day's events cannot leak into its own decisions."""
    before = {point: bytes_of(table) for point, table in questions.ask().items()}
    world, nine = questions.world, {"shop": [0], "sku": [3], "packs": [9]}
    sale = {"basket": [10**6], "member": [0], "fen": [900], **nine}
    world.emit("pos_sale", "till", DAY, 12.0, sale)
    count = {"shop": [0], "sku": [3], "on_hand": [99], "on_order": [9], "reserved": [0]}
    world.emit("stock_count", "shop", DAY, 12.0, count)
    after = {point: bytes_of(table) for point, table in questions.ask().items()}
    assert before == after
