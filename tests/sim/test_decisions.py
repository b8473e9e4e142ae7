"""The decision port: a valid answer holds, any other is refused with its rows named, and the fallback decides."""

import time
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contracts.decisions import PRICE, RECOMMEND, REPLENISH
from sim.contracts.point import DecisionPoint, column
from sim.decisions import Decided, Decisions
from sim.errors import ContractError, RunError

ORDER = DecisionPoint(
    name="order",
    version="1.0",
    observation=pa.schema([column("shop", pa.int32(), "shop"), column("day", pa.int32(), "day", unit="day")]),
    decision=pa.schema(
        [
            column("shop", pa.int32(), "shop"),
            column("packs", pa.int64(), "order", unit="packs", low=0, high=100),
            column("weight", pa.float64(), "weight", low=-1.0),
            column("to", pa.list_(pa.field("item", pa.int64(), nullable=False)), "receivers"),
        ]
    ),
    key=("shop",),
    row_wise=True,
)
ASKED = pa.table({"shop": [4, 5, 6], "day": [1, 1, 1]}, schema=ORDER.observation)


def answer(shop=(4, 5, 6), packs=(1, 2, 3), weight=(0.0, 0.5, 1.0), to=((), (7,), (8, 9))):
    columns = {"shop": list(shop), "packs": list(packs), "weight": list(weight), "to": [list(t) for t in to]}
    return pa.table(columns, schema=ORDER.decision)


class Fixed:
    """A policy that gives (or raises) what it was made with, and remembers what it was told."""

    point = "order"

    def __init__(self, reply, learned=0.0):
        self.reply = reply
        self.learned = np.array([learned])
        self.logs = []

    def decide(self, observation):
        if isinstance(self.reply, BaseException):
            raise self.reply
        return self.reply

    def fit(self, log):
        self.logs.append(log)
        self.learned = self.learned + 1

    def state(self):
        return {"learned": self.learned}

    def restore(self, state):
        self.learned = state["learned"]


SAFE = answer(packs=(0, 0, 0))


def port(reply, fallback=SAFE, point=ORDER):
    name = point.name
    return Decisions({name: point}, {name: ("clever", Fixed(reply))}, {name: ("safe", Fixed(fallback))})


def test_a_valid_answer_holds_in_whatever_order_its_rows_stand():
    for reply in (answer(), answer().take([2, 0, 1])):
        assert port(reply).decide("order", ASKED) == Decided(reply, "clever", ())


def test_the_limits_themselves_are_valid():
    reply = answer(packs=(0, 100, 50), weight=(-1.0, 1e300, 0.0))
    assert port(reply).decide("order", ASKED).refused == ()


NULLABLE = pa.schema([pa.field(f.name, f.type) for f in ORDER.decision])
TWICE = pa.schema([*ORDER.decision, ORDER.decision.field("shop")])


@pytest.mark.parametrize(
    ("reply", "reasons"),
    [
        (ValueError("no idea"), ["raised ValueError: no idea"]),
        (ZeroDivisionError(), ["raised ZeroDivisionError: "]),
        ({"shop": [4]}, ["answered with dict, not a pyarrow.Table"]),
        (None, ["answered with NoneType, not a pyarrow.Table"]),
        (answer().drop_columns(["packs"]), ["column packs is missing"]),
        (answer().append_column("x", pa.array([1, 2, 3])), ["column x is not part of the contract"]),
        (
            answer().set_column(1, "packs", pa.array([1.0, 2.0, 3.0])),
            ["column packs is double, not int64"],
        ),
        (answer().select(["packs", "shop", "weight", "to"]), ["columns are in another order than the contract's"]),
        (
            answer().cast(NULLABLE),
            ["; ".join(f"column {c} is declared nullable, the contract's is not" for c in NULLABLE.names)],
        ),
        (answer().append_column(TWICE.field(4), pa.array([4, 5, 6], pa.int32())), ["column shop stands twice"]),
        (answer((4, 5), (1, 2), (0, 0), ((), ())), ["not answered: shop=6"]),
        (answer().slice(0, 0), ["not answered: shop=4; shop=5; shop=6"]),
        (answer((4, 5, 5)), ["answered more than once: shop=5", "not answered: shop=6"]),
        (answer((4, 5, 9)), ["not answered: shop=6", "answered but not asked: shop=9"]),
        (answer(packs=(1, None, 3)), ["packs: null in row 1"]),
        (answer((4, None, 6)), ["shop: null in row 1", "not answered: shop=5", "answered but not asked: shop=None"]),
        (answer(to=((), (1, None), (None,))), ["to: null in rows 1, 2"]),
        (answer(weight=(0.0, np.nan, 1.0)), ["weight: not finite in row 1"]),
        (answer(weight=(np.inf, 0.0, -np.inf)), ["weight: not finite in rows 0, 2", "weight: below -1 in row 2"]),
        (answer(packs=(-1, 101, 3)), ["packs: below 0 in row 0", "packs: above 100 in row 1"]),
        (answer(packs=(2**62 + 1, 0, -(2**63))), ["packs: below 0 in row 2", "packs: above 100 in row 0"]),
    ],
)
def test_an_invalid_answer_is_refused_with_its_rows_named_and_the_fallback_decides(reply, reasons):
    decided = port(reply).decide("order", ASKED)
    assert decided == Decided(SAFE, "safe", tuple(f"clever: {reason}" for reason in reasons))


def test_only_the_first_of_many_wrong_rows_are_named():
    shops = np.arange(20, dtype=np.int32)
    asked = pa.table({"shop": shops, "day": np.zeros(20, np.int32)}, schema=ORDER.observation)
    columns = {"weight": np.zeros(20), "to": [[]] * 20}
    wrong = pa.table({"shop": shops, "packs": np.full(20, -1), **columns}, schema=ORDER.decision)
    right = pa.table({"shop": shops, "packs": np.full(20, 1), **columns}, schema=ORDER.decision)
    assert port(wrong, right).decide("order", asked).refused == (
        "clever: packs: below 0 in rows 0, 1, 2, 3, 4 and 15 more",
    )
    assert port(wrong.slice(0, 0), right).decide("order", asked).refused == (
        "clever: not answered: shop=0; shop=1; shop=2 and 17 more",
    )


def test_a_refused_fallback_ends_the_run_and_says_why():
    with pytest.raises(RunError, match="order: the fallback safe was refused too: packs: below 0 in row 0"):
        port(ValueError("x"), answer(packs=(-1, 0, 0))).decide("order", ASKED)


class Slow(Fixed):
    """A policy that thinks for as long as it is let, and takes whatever is raised in it for its own mistake."""

    def decide(self, observation):
        while True:
            with suppress(Exception):
                time.sleep(60)


class Stubborn(Slow):
    def decide(self, observation):
        try:
            super().decide(observation)
        except BaseException:
            super().decide(observation)


@pytest.mark.parametrize("policy", [Slow(None), Stubborn(None)])
def test_a_policy_that_hangs_is_refused_and_the_fallback_decides(policy):
    decisions = Decisions({"order": ORDER}, {"order": ("slow", policy)}, {"order": ("safe", Fixed(SAFE))}, seconds=0.05)
    began = time.monotonic()
    assert decisions.decide("order", ASKED) == Decided(SAFE, "safe", ("slow: gave no answer within 0.05 s",))
    assert time.monotonic() - began < 5


def test_a_policy_that_ends_the_process_is_refused_like_one_that_raises():
    assert port(SystemExit(3)).decide("order", ASKED).refused == ("clever: raised SystemExit: 3",)


def test_without_a_policy_of_its_own_a_point_asks_its_fallback():
    decisions = Decisions({"order": ORDER}, {}, {"order": ("safe", Fixed(SAFE))})
    assert decisions.policy_name("order") == "safe"
    assert decisions.decide("order", ASKED) == Decided(SAFE, "safe", ())
    assert port(SAFE).policy_name("order") == "clever"


def test_a_wrong_question_is_the_twins_mistake_and_reaches_no_policy():
    policy = Fixed(answer())
    decisions = Decisions({"order": ORDER}, {"order": ("clever", policy)}, {"order": ("safe", policy)})
    policy.decide = lambda observation: pytest.fail("asked")
    with pytest.raises(ContractError, match="order: observation has"):
        decisions.decide("order", ASKED.drop_columns(["day"]))


def test_unknown_points_and_missing_fallbacks_are_refused():
    policy = ("safe", Fixed(SAFE))
    with pytest.raises(ContractError, match="no such decision point: price, route"):
        Decisions({"order": ORDER}, {"price": policy}, {"order": policy, "route": policy})
    with pytest.raises(ContractError, match="without a fallback: order"):
        Decisions({"order": ORDER}, {"order": policy}, {})


def test_a_policy_cannot_write_into_the_question():
    class Scribbler(Fixed):
        def decide(self, observation):
            observation["day"].to_numpy()[:] = 99

    decisions = Decisions({"order": ORDER}, {"order": ("bad", Scribbler(None))}, {"order": ("safe", Fixed(SAFE))})
    decided = decisions.decide("order", ASKED)
    assert decided.policy == "safe" and "read-only" in decided.refused[0] and ASKED["day"].to_pylist() == [1, 1, 1]


@given(
    shops=st.lists(st.integers(0, 5), max_size=8),
    packs=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 103), min_size=8, max_size=8),
    weight=st.lists(st.floats(), min_size=8, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_an_answer_holds_exactly_when_it_keeps_the_contract(shops, packs, weight):
    many = len(shops)
    asked = pa.table({"shop": [0, 1, 2], "day": [1, 1, 1]}, schema=ORDER.observation)
    safe = answer((0, 1, 2), (0, 0, 0))
    decided = port(answer(shops, packs[:many], weight[:many], [[]] * many), safe).decide("order", asked)
    keeps = (
        sorted(shops) == [0, 1, 2]
        and all(0 <= p <= 100 for p in packs[:many])
        and all(np.isfinite(w) and w >= -1 for w in weight[:many])
    )
    assert (decided.refused == ()) == keeps


# ---- the network's own points --------------------------------------------------------------------

OFFERED = {1: [True, True, False, True], 2: [True, False, True, True], 3: [True, True, True, True]}
MEMBERS = pa.table(
    {
        "member": list(OFFERED),
        "shop": [0] * 3,
        "day": [0] * 3,
        "offered": list(OFFERED.values()),
        "is_new": [[False] * 4] * 3,
        "network_sales": [[0] * 4] * 3,
        "bought": [[0] * 4] * 3,
    },
    schema=RECOMMEND.observation,
)


def slates(**by_member):
    member = [int(name[1:]) for name in by_member]
    schema = pa.schema([field for field in RECOMMEND.decision if not field.nullable])
    return pa.table({"member": member, "slate": list(by_member.values())}, schema=schema)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (slates(m3=[2], m1=[3, 0], m2=[2, 0]), None),
        (slates(m1=[0], m2=[1], m3=[0]), "slate: a SKU not on offer in row 1"),
        (slates(m3=[1, 2], m2=[0], m1=[3, 2]), "slate: a SKU not on offer in row 2"),
        (slates(m1=[0, 1, 0], m2=[0], m3=[3, 3]), "slate: a SKU stands twice in rows 0, 2"),
        (slates(m1=[0], m2=[], m3=[0]), "slate: not 1 to 12 SKUs in row 1"),
        (slates(m1=[0], m2=[0], m3=[0] * 13), "slate: not 1 to 12 SKUs in row 2"),
        (slates(m1=[0], m2=[4], m3=[-1]), "slate: no such SKU in rows 1, 2"),
        (slates(m1=[0], m2=[0], m3=[0, None]), "slate: null in row 2"),
        (slates(m1=[0], m2=None, m3=[0]), "slate: null in row 1"),
    ],
)
def test_a_slate_holds_different_skus_that_the_member_is_offered(reply, reason):
    one_each = slates(m1=[0], m2=[0], m3=[0])
    decided = port(reply, one_each, RECOMMEND).decide("recommend", MEMBERS)
    assert decided.refused == (() if reason is None else (f"clever: {reason}",))


def test_nobody_to_ask_is_answered_by_nothing():
    nothing = RECOMMEND.decision.empty_table()
    assert port(nothing, nothing, RECOMMEND).decide("recommend", MEMBERS.slice(0, 0)).refused == ()
    empty = PRICE.decision.empty_table()
    assert port(empty, empty, PRICE).decide("price", PRICE.observation.empty_table()).refused == ()


def priced(many):
    columns = {f.name: np.full(many, 1000, f.type.to_pandas_dtype()) for f in PRICE.observation}
    columns["shop"], columns["sku"] = np.arange(many, dtype=np.int32) // 3, np.arange(many, dtype=np.int32) % 3
    return pa.table(columns, schema=PRICE.observation)


def prices(asked, price):
    columns = {"shop": asked["shop"], "sku": asked["sku"], "price_fen": price}
    return pa.table(columns, schema=PRICE.decision)


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ([800, 1200, 1000], None),
        ([799, 1201, 1000], "price_fen: more than 20 % from the reference in rows 0, 1"),
        ([1000, 0, 1000], "price_fen: below 1 in row 1"),
        # times five, this whole number comes round to a small one
        ([1000, 1000, 2**64 // 5 + 1001], "price_fen: more than 20 % from the reference in row 2"),
    ],
)
def test_a_price_stays_within_a_fifth_of_the_reference(price, reason):
    asked = priced(3)
    decided = port(prices(asked, price), prices(asked, [1000] * 3), PRICE).decide("price", asked)
    assert decided.refused == (() if reason is None else (f"clever: {reason}",))


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_price_out_of_band_is_named_by_its_row_in_the_answer(order, wrong):
    asked = priced(12)
    reply = prices(asked.take(order), [9999 if row in wrong else 1000 for row in range(12)])
    (reason,) = port(reply, prices(asked, [1000] * 12), PRICE).decide("price", asked).refused
    rows = ", ".join(str(row) for row in sorted(wrong))
    assert reason.endswith(f"reference in row{'s' if len(wrong) > 1 else ''} {rows}")


# ---- learning and state --------------------------------------------------------------------------


def test_a_policy_that_cannot_learn_is_named():
    class Unready(Fixed):
        def fit(self, log):
            raise KeyError("no such table")

    decisions = Decisions({"order": ORDER}, {"order": ("raw", Unready(None))}, {"order": ("safe", Fixed(SAFE))})
    with pytest.raises(RunError, match="order: raw raised KeyError while it learned: 'no such table'"):
        decisions.learn(None)


def many_policies():
    contracts = {"order": ORDER, "price": PRICE, "replenish": REPLENISH}
    policies = {"order": ("clever", Fixed(None, 1.0)), "price": ("one", Fixed(None, 2.0))}
    fallbacks = {
        "order": ("safe", Fixed(None, 3.0)),
        "price": ("one", policies["price"][1]),  # its own fallback
        "replenish": ("owner", Fixed(None, 4.0)),
    }
    return Decisions(contracts, policies, fallbacks), [policies, fallbacks]


def test_every_policy_and_fallback_learns_once_from_the_same_log():
    decisions, groups = many_policies()
    log = object()
    decisions.learn(log)
    assert all(policy.logs == [log] for group in groups for _, policy in group.values())


def test_what_was_learned_is_named_by_point_and_policy_and_goes_back_to_its_policy():
    decisions, _ = many_policies()
    decisions.learn(None)
    state = decisions.state()
    assert {name: float(value[0]) for name, value in state.items()} == {
        "order/clever/learned": 2.0,
        "order/safe/learned": 4.0,
        "price/one/learned": 3.0,
        "replenish/owner/learned": 5.0,
    }
    fresh, _ = many_policies()
    fresh.restore(state)
    assert fresh.state() == state


def test_in_a_fork_a_policy_without_a_past_starts_as_it_was_made():
    decisions, _ = many_policies()
    decisions.restore({"order/clever/learned": np.array([9.0])}, fork=True)
    assert [float(value[0]) for value in decisions.state().values()] == [9.0, 3.0, 2.0, 4.0]
    with pytest.raises(KeyError):  # without a fork every policy must find its own
        decisions.restore({"order/clever/learned": np.array([9.0])})
