"""A toy world for the twin's tests, and a way to run it in a process of its own.

People with a mood buy packs in a shop whose appeal is decided each morning from yesterday's sales. Some leave, one
comes a day, tills report at once and a gateway days later. `python toy_twin.py [TASK, ...]` runs tasks given as JSON.
Who loads it by its path registers it in `sys.modules`: a kernel from numba's cache looks for its module there.
"""

import datetime as dt
import json
import sys
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa

from sim.clock import Clock
from sim.contracts.point import DecisionPoint, column
from sim.decisions import Decisions
from sim.jit import kernel, range_parallel
from sim.log import STAMP, EventLog, Panel, Reducer
from sim.state import Frame, State
from sim.streams import Streams
from sim.twin import Phase, Ports, Programme, Regime, Twin
from sim.variates import exp, normal, poisson_quantile, uniform

SHOPS = 6
GUEST, GUEST_DAY = 3_000_000, 2


def field(name, kind):
    return pa.field(name, kind, nullable=False)


LOG = {
    "visit": pa.schema(
        [*STAMP, field("member", pa.int64()), field("shop", pa.int32()), field("packs", pa.int64())],
        metadata={"panel_key": "member"},
    ),
    "shop_day": pa.schema([*STAMP, field("day", pa.int32()), field("shop", pa.int32()), field("packs", pa.int64())]),
    "report": pa.schema([*STAMP, field("packs", pa.int64())], metadata={"delivery": "at-least-once"}),
}
TRUTH = {"mood": pa.schema([*STAMP, field("member", pa.int64()), field("mood", pa.float64())])}
APPEAL = DecisionPoint(
    name="appeal",
    version="1.0",
    observation=pa.schema([column("shop", pa.int32(), "shop"), column("sold", pa.int64(), "sold", unit="packs")]),
    decision=pa.schema([column("shop", pa.int32(), "shop"), column("percent", pa.int64(), "appeal", low=0, high=500)]),
    key=("shop",),
    row_wise=True,
)


@kernel
def live_a_day(k0, k1, day, ids, shop, appeal, mood, packs):
    for i in range_parallel(ids.size):
        mood[i] = 0.9 * mood[i] + 0.3 * normal(k0, k1, day, ids[i], 0, 0)
        packs[i] = poisson_quantile(uniform(k0, k1, day, ids[i], 1, 0), exp(mood[i]) * appeal[shop[i]] / 100.0)


def sales(day, tables):
    rows = tables["visit"]
    packs = np.zeros(SHOPS, np.int64)
    np.add.at(packs, rows["shop"].to_numpy(), rows["packs"].to_numpy())
    return {"day": np.full(SHOPS, day), "shop": np.arange(SHOPS), "packs": packs}


class Same:
    """Every shop has the same appeal."""

    point = "appeal"

    def __init__(self, percent):
        self.percent = percent

    def decide(self, observation):
        percent = np.full(observation.num_rows, self.percent)
        return pa.table({"shop": observation["shop"], "percent": percent}, schema=APPEAL.decision)

    def fit(self, log):
        pass

    def state(self):
        return {}

    def restore(self, state):
        pass


class Learner(Same):
    """A shop that sold less yesterday than it learned to expect becomes more appealing."""

    def __init__(self):
        self.expected = np.zeros(SHOPS, np.int64)

    def decide(self, observation):
        below = observation["sold"].to_numpy() < self.expected[observation["shop"].to_numpy()]
        return pa.table({"shop": observation["shop"], "percent": np.where(below, 130, 90)}, schema=APPEAL.decision)

    def fit(self, log):
        rows = log.read("shop_day")
        self.expected = np.zeros(SHOPS, np.int64)
        np.add.at(self.expected, rows["shop"].to_numpy(), rows["packs"].to_numpy())
        self.expected //= max(1, len(set(rows["day"].to_pylist())))

    def state(self):
        return {"expected": self.expected}

    def restore(self, state):
        self.expected = np.array(state["expected"])


class People:
    """The one component: all columns and phases."""

    def __init__(self, ports, n, guest_shop):
        self.ports, self.n, self.guest_shop = ports, n, guest_shop
        self.key = ports.streams.declare("people.life")
        columns = {"id": np.int64, "shop": np.int64, "mood": np.float64, "packs": np.int64}
        self.frame = ports.state.new(Frame("people", columns, capacity=n))
        self.shops = ports.state.new(Frame("shops", {"id": np.int32, "percent": np.float64, "next_id": np.int64}))

    def populate(self):
        ids = np.arange(self.n)
        self.frame.add(id=ids, shop=ids % (SHOPS - 1))  # the last shop is empty
        self.shops.add(id=np.arange(SHOPS), next_id=self.n + np.arange(SHOPS))

    def morning(self, day):
        rows = self.ports.log.read("shop_day", as_of=self.ports.clock.at(day, 8.0), since_day=day - 1)
        sold = np.zeros(SHOPS, np.int64)
        np.add.at(sold, rows["shop"].to_numpy(), rows["packs"].to_numpy())
        asked = pa.table({"shop": self.shops.id, "sold": sold}, schema=APPEAL.observation)
        answer = self.ports.decide("appeal", asked).table.sort_by("shop")
        self.shops.percent[:] = answer["percent"].to_numpy()

    def daytime(self, day):
        people, clock = self.frame, self.ports.clock
        live_a_day(*self.key, day, people.id, people.shop, self.shops.percent, people.mood, people.packs)
        buys = people.packs > 0
        columns = {"member": people.id[buys], "shop": people.shop[buys], "packs": people.packs[buys]}
        self.ports.log.append("visit", "till", clock.at(day, 12.0), columns)
        moody = people.id % 50 == 0
        truth = {"member": people.id[moody], "mood": people.mood[moody]}
        self.ports.evaluation.append("mood", "twin", clock.at(day, 20.0), truth)

    def evening(self, day):
        people, clock = self.frame, self.ports.clock
        late = clock.at(day + np.array([0, 2, 3]), 22.0)
        total = {"packs": np.full(3, people.packs.sum())}  # each report is sent three times
        self.ports.log.append(
            "report", "gateway", clock.at(day, 21.0), total, arrival_time=late, sequence=np.full(3, day)
        )
        people.keep(people.mood > -1.2)
        home = day % (SHOPS - 1)
        people.add(1, id=self.shops.next_id[home], shop=home)
        self.shops.next_id[home] += SHOPS
        if self.guest_shop is not None and day == GUEST_DAY:
            people.add(1, id=GUEST, shop=self.guest_shop)

    def close(self, day):
        self.ports.log.close_day(day)
        self.ports.evaluation.close_day(day)


def decisions(policy):
    return Decisions({"appeal": APPEAL}, {"appeal": policy}, {"appeal": ("same", Same(100))})


def build(n=300, seed=1, guest_shop=None, arm="learn", detail="all"):
    """A toy twin, not populated; arms are learn (a learner from day 3 on, learning each second day) and push."""
    clock, streams = Clock(dt.date(2025, 6, 2)), Streams(seed)
    log = EventLog(
        LOG,
        clock,
        detail={"visit": detail},
        reducers=(Reducer("shop_day", ("visit",), sales),),
        panel=Panel(streams.declare("panel"), 0.02),
    )
    ports = Ports(clock, streams, State(), log, EventLog(TRUTH, clock))
    people = People(ports, n, guest_shop)
    programme = Programme(
        [
            Phase(8.0, "morning", people.morning),
            Phase(12.0, "daytime", people.daytime),
            Phase(21.0, "evening", people.evening),
            Phase(23.0, "close", people.close),
        ]
    )
    learner = ("learner", Learner()) if arm == "learn" else ("push", Same(200))
    regimes = [Regime(0, decisions(("same", Same(100)))), Regime(3, decisions(learner), learn_every=2)]
    configuration = json.dumps([n, seed, guest_shop, arm, detail])
    return Twin(ports, [people], programme, regimes, configuration)


def populated(**how):
    """A fresh toy twin at day 0."""
    twin = build(**how)
    twin.populate()
    return twin


def main(task):
    """Build a twin, restored or populated, run it, and return what the tests compare."""
    twin = build(**task["build"])
    if "restore" in task:
        twin.restore(Path(task["restore"]))
    else:
        twin.populate()
    twin.run(task["days"])
    return {"digest": twin.digest(), "threads": numba.get_num_threads(), "people": twin.ports.state.people.count}


if __name__ == "__main__":
    print(json.dumps([main(task) for task in json.loads(sys.argv[1])]))
