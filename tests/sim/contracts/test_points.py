"""Decision points are described like tables, and their limits are what an answer must keep."""

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contracts.decisions import DECISION_POINTS, FLAG_LIST, PRICE, PROCURE, REPLENISH, ROUTE, SERVICE
from sim.contracts.point import column, rows_named

UNITS = {"packs", "packs/day", "fen", "day", "km", "km/h", "kg", "%", "min", "mm", "h", "degC"}
IDS = {"member", "shop", "sku", "candidate", "claim", "members", "audience", "slate", "truck"}
COUNTS_AND_PLACES = {"position", "messages", "claims_before", "orders_before", "weekday", "search"}
MAY_BE_NULL = {"expected", "expected_quantiles", "propensity"}
SHARES = {
    "detour", "defect_share", "smoothing", "stock_adjustment", "supply_line_weight", "pull_to_mean", "propensity",
}  # fmt: skip
COLUMNS = [
    (name, side, f)
    for name, point in DECISION_POINTS.items()
    for side in ("observation", "decision")
    for f in getattr(point, side)
]


def meaning(f):
    return {name.decode(): value.decode() for name, value in f.metadata.items()}


@pytest.mark.parametrize("name", DECISION_POINTS)
def test_a_point_has_a_version_and_keys_that_question_and_answer_share(name):
    point = DECISION_POINTS[name]
    assert point.name == name and re.fullmatch(r"\d+\.\d+", point.version)
    assert point.key
    for key in point.key:
        kinds = {point.observation.field(key).type, point.decision.field(key).type}
        assert len(kinds) == 1 and pa.types.is_integer(kinds.pop())
    assert len(set(point.observation.names)) == len(point.observation.names)


@pytest.mark.parametrize(("point", "side", "described"), COLUMNS, ids=[f"{p}.{s}.{f.name}" for p, s, f in COLUMNS])
def test_a_column_has_a_meaning_and_a_quantity_its_unit(point, side, described):
    about, kind = meaning(described), described.type
    assert about["doc"] and "\n" not in about["doc"]
    assert described.nullable == (described.name in MAY_BE_NULL)
    if pa.types.is_list(kind):
        assert not kind.value_field.nullable
        kind = kind.value_type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        assert about["unit"] == ""
    elif about["unit"] == "":
        assert described.name in IDS | COUNTS_AND_PLACES | SHARES, "a quantity without a unit"
    else:
        assert about["unit"] in UNITS
    if described.name.endswith("_fen") or described.name == "fen":
        assert about["unit"] == "fen" and kind == pa.int64()


def row_of(point, **values):
    question = {}
    for f in point.observation:
        if pa.types.is_list(f.type):
            question[f.name] = [[]]
        else:
            question[f.name] = [False if pa.types.is_boolean(f.type) else 0]
    question |= {name: [1000] for name in question if name == "reference_fen"}
    answer = {key: [0] for key in point.key} | {f.name: [None] for f in point.decision if f.nullable}
    answer |= {name: [value] for name, value in values.items()}
    return pa.table(question, schema=point.observation), pa.table(answer, schema=point.decision)


@pytest.mark.parametrize(
    ("point", "good", "name", "low", "high"),
    [
        (REPLENISH, {}, "packs", 0, 100_000),
        (PROCURE, {}, "packs", 0, 10_000_000),
        (SERVICE, {"wait_days": 3}, "refund_percent", 0, 100),
        (SERVICE, {"refund_percent": 50}, "wait_days", 0, 30),
        (ROUTE, {"position": 1}, "truck", 0, 9_999),
        (ROUTE, {"truck": 1}, "position", 0, 9_999),
        (PRICE, {}, "price_fen", 800, 1_200),
    ],
)
def test_an_answer_may_reach_its_limits_and_not_pass_them(point, good, name, low, high):
    for value in (low, high):
        assert point.problems(*row_of(point, **good, **{name: value})) == []
    for value in (low - 1, high + 1):
        (problem,) = point.problems(*row_of(point, **good, **{name: value}))
        assert problem.startswith(f"{name}: ") and problem.endswith("in row 0")


def test_a_price_is_at_least_a_fen():
    (problem,) = PRICE.problems(*row_of(PRICE, price_fen=0))
    assert problem == "price_fen: below 1 in row 0"


@pytest.mark.parametrize("name", DECISION_POINTS)
def test_every_number_a_policy_may_choose_is_limited(name):
    point = DECISION_POINTS[name]
    for f in point.decision:
        if f.name not in point.key and (pa.types.is_integer(f.type) or pa.types.is_floating(f.type)):
            assert "low" in meaning(f)
            assert "high" in meaning(f) or point.checks


def test_limits_stand_in_the_columns_metadata():
    described = column("packs", pa.int64(), "order", unit="packs", low=0, high=5)
    assert meaning(described) == {"doc": "order", "unit": "packs", "low": "0", "high": "5"}
    assert meaning(column("x", pa.bool_(), "flag")) == {"doc": "flag", "unit": ""}


@given(st.lists(st.booleans() | st.none(), max_size=30))
@settings(deadline=None)
def test_rows_are_named_by_their_number_the_first_five_of_them(mask):
    wrong = [row for row, is_wrong in enumerate(mask) if is_wrong]
    text = rows_named(pa.array(mask, pa.bool_()))
    named = [int(number) for number in re.findall(r"\d+", text.split(" and ")[0])]
    assert named == wrong[:5]
    assert (f" and {len(wrong) - 5} more" in text) == (len(wrong) > 5)
    assert text.startswith("rows ") == (len(wrong) > 1)


@given(st.integers(-(2**63), 2**63 - 1))
@settings(deadline=None)
def test_any_whole_number_is_judged(value):
    question, answer = row_of(REPLENISH, packs=value)
    assert (REPLENISH.problems(question, answer) == []) == (0 <= value <= 100_000)


def test_a_question_is_never_altered_by_judging_it():
    question, answer = row_of(PRICE, price_fen=1000)
    before = question.to_pydict(), answer.to_pydict()
    PRICE.problems(question, answer)
    assert (question.to_pydict(), answer.to_pydict()) == before


def test_a_propensity_belongs_to_every_slot_and_is_a_chance():
    point, offered = DECISION_POINTS["recommend"], [[True, True, True]]
    question, _ = row_of(point, slate=[0])
    question = question.set_column(
        question.schema.get_field_index("offered"), question.schema.field("offered"), pa.array(offered, FLAG_LIST)
    )
    for chances, reason in (
        ([0.5, 1.0], ""), (None, ""), ([0.5], "not one a slot"), ([0.0, 0.5], "not above 0"),
        ([0.5, 1.1], "not above 0"), ([0.5, float("nan")], "not above 0"),
    ):  # fmt: skip
        _, answer = row_of(point, slate=[2, 0], propensity=chances)
        found = point.problems(question, answer)
        assert (found == []) if not reason else (len(found) == 1 and reason in found[0] and "row 0" in found[0])
