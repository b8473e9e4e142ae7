"""A frame behaves like a plain list of rows, keeps its columns where they are and changes no value it is given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sim.errors import InputError
from sim.state import Frame, State

COLUMNS = {"id": np.int64, "shop": np.int16, "stock": (np.int32, 2)}
small = st.integers(-9, 9)


class FrameLikeAList(RuleBasedStateMachine):
    """Every operation on a frame is also done on a list of rows (id, shop, stock)."""

    def __init__(self):
        super().__init__()
        self.frame = Frame("cells", COLUMNS)
        self.rows = []

    @rule(values=st.lists(st.tuples(small, small), max_size=5))
    def add(self, values):
        ids, stock = [v[0] for v in values], [v[1] for v in values]
        where = self.frame.add(len(values), id=ids, stock=np.array([stock, stock]).T.reshape(-1, 2))
        assert where == slice(len(self.rows), len(self.rows) + len(values))
        self.rows += [(i, 0, (s, s)) for i, s in values]

    @rule(shop=small)
    def write(self, shop):
        self.frame.shop[::2] = shop
        self.rows = [(i, shop if n % 2 == 0 else old, s) for n, (i, old, s) in enumerate(self.rows)]

    @rule(data=st.data())
    def keep(self, data):
        mask = data.draw(st.lists(st.booleans(), min_size=len(self.rows), max_size=len(self.rows)))
        self.frame.keep(np.array(mask, bool))
        self.rows = [row for row, kept in zip(self.rows, mask, strict=True) if kept]

    @rule(keys=st.sampled_from([("id",), ("shop", "id"), ("id", "shop")]))
    def sort(self, keys):
        self.frame.sort(*keys)
        place = {"id": 0, "shop": 1}
        self.rows.sort(key=lambda row: tuple(row[place[key]] for key in keys))

    @rule()
    def reload(self):
        columns = {name: self.frame[name].copy() for name in self.frame.columns}
        self.frame = Frame("cells", COLUMNS)
        self.frame.adopt(columns)

    @invariant()
    def same_rows(self):
        frame = self.frame
        found = [
            (int(i), int(s), tuple(map(int, k))) for i, s, k in zip(frame.id, frame.shop, frame.stock, strict=True)
        ]
        assert found == self.rows
        assert frame.count == len(frame) == len(self.rows) <= frame.capacity
        assert frame.nbytes == frame.capacity * frame.row_bytes() == frame.capacity * 18


TestFrameLikeAList = FrameLikeAList.TestCase
TestFrameLikeAList.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)


@given(st.lists(st.integers(1, 50), max_size=12))
def test_room_doubles(additions):
    frame, moves = Frame("f", {"x": np.int8}), 0
    for n in additions:
        before = frame.capacity
        frame.add(n)
        moves += frame.capacity != before
    assert moves <= 7 and frame.capacity <= max(2 * frame.count, 50)


def test_room_given_beforehand_is_used_in_place():
    frame = Frame("f", {"x": np.int64}, capacity=10)
    first = frame.x.base
    frame.add(x=range(10))
    assert frame.x.base is first is not None and frame.capacity == 10
    frame.keep(frame.x % 2 == 0)
    frame.add(1, x=7)
    assert frame.x.tolist() == [0, 2, 4, 6, 8, 7] and frame.x.base is first


def test_rows_that_return_start_from_zero():
    frame = Frame("f", {"x": np.int64, "t": "datetime64[s]", "label": "U3", "ok": bool})
    frame.add(2, x=5, t=np.datetime64("2025-06-02T01:00:00"), label="ab", ok=True)
    frame.keep([False, False])
    frame.add(1)
    assert frame.x[0] == 0 and frame.label[0] == "" and frame["ok"].tolist() == [False]


def test_columns_cannot_be_rebound_or_lost():
    frame = Frame("f", {"x": np.int64})
    frame.add(x=[1, 2])
    with pytest.raises(AttributeError, match=r"frame.x\[:\]"):
        frame.x = np.zeros(2)
    with pytest.raises(TypeError, match="cannot be rebound"):
        frame["x"] = np.zeros(2)
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del frame.x
    with pytest.raises(AttributeError, match="count"):
        frame.count = 1
    with pytest.raises(AttributeError, match="nope"):
        frame.nope  # noqa: B018
    frame.x[:] = 3
    assert frame["x"].tolist() == [3, 3] and "x" in frame and "nope" not in frame


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": [300]}, "300 .. 300 does not fit int8"),
        ({"x": [0.5]}, "float64 does not convert to int8"),
        ({"u": [-1]}, "does not fit uint32"),
        ({"y": [1]}, "no column y"),
        ({"x": [1, 2], "u": [1]}, "how many rows"),
        ({"x": 1}, "how many rows"),
        ({"t": ["noon"]}, "does not convert"),
        ({"n": -1}, "cannot add"),
        ({"label": ["abcd"]}, "text longer than"),
        ({"x": ["1"]}, "does not convert"),
    ],
)
def test_values_that_do_not_fit_are_refused_and_add_nothing(values, message):
    frame = Frame("f", {"x": np.int8, "u": np.uint32, "t": "datetime64[s]", "v": np.float32, "label": "U3"})
    frame.add(label="abc", v=[1.5, 2], u=np.array([1, 2**32 - 1]), x=[True, False])
    with pytest.raises(ValueError, match=message):
        frame.add(**values)
    assert frame.count == 2 and frame.u.tolist() == [1, 2**32 - 1] and frame.v.tolist() == [1.5, 2]


@pytest.mark.parametrize("mask", [[True], [1, 0], np.ones((2, 1), bool), [0, 1, 1]])
def test_a_mask_is_one_truth_value_a_row(mask):
    frame = Frame("f", {"x": np.int8})
    frame.add(2)
    with pytest.raises(ValueError, match="2 truth values"):
        frame.keep(mask)


@pytest.mark.parametrize("name", ["count", "_x", "a b", "add", "types"])
def test_names_that_would_hide_something_are_refused(name):
    with pytest.raises(ValueError, match="not usable as a name"):
        Frame("f", {name: np.int8})
    with pytest.raises(ValueError, match="cannot be saved"):
        Frame("f", {"x": object})


def make_state(rows=3, capacity=0):
    state = State()
    state.new(Frame("residents", {"id": np.int64, "taste": (np.float64, 2)}, capacity)).add(rows, id=range(rows))
    state.new(Frame("shops", {"id": np.int64}))
    return state


def test_a_state_is_its_frames():
    state = make_state()
    assert [frame.name for frame in state] == ["residents", "shops"] and len(state) == 2 and "shops" in state
    assert state["residents"] is state.residents and state.nbytes == 3 * 24
    assert list(state.columns()) == ["residents/id", "residents/taste", "shops/id"]
    with pytest.raises(ValueError, match="second 'shops'"):
        state.new(Frame("shops", {"x": np.int8}))
    with pytest.raises(AttributeError, match="no frame 'trucks'"):
        state.trucks  # noqa: B018
    with pytest.raises(AttributeError, match="cannot be rebound"):
        state.shops = Frame("shops", {"x": np.int8})
    assert "residents: 3 of 3 rows, 24 bytes a row" in state.describe() and "(2,)" in state.describe()


def test_spare_room_does_not_enter_the_digest_but_every_value_does():
    assert make_state(capacity=100).digest() == make_state().digest() != make_state(rows=4).digest()
    changed = make_state()
    changed.residents.taste[2, 1] = 1e-300
    assert changed.digest() != make_state().digest()


def test_restore_takes_arrays_as_they_are_and_growing_copies_them():
    columns = make_state().columns()
    state = make_state(rows=0)
    state.restore(columns)
    assert np.shares_memory(state.residents.id, columns["residents/id"])
    state.residents.add(1, id=9)
    assert not np.shares_memory(state.residents.id, columns["residents/id"]) and state.residents.id[3] == 9
    frozen = {name: array.copy() for name, array in columns.items()}
    for array in frozen.values():
        array.setflags(write=False)
    state.restore(frozen)
    state.residents.id[0] = 5
    assert frozen["residents/id"][0] == 0


def test_restore_names_every_misfit_and_changes_nothing():
    state, columns = make_state(), make_state(rows=5).columns()
    columns["residents/taste"] = columns["residents/taste"][:4]
    columns["shops/id"] = columns["shops/id"].astype(np.int32)
    columns["trucks/id"] = columns.pop("residents/id")
    before = state.digest()
    with pytest.raises(InputError) as refused:
        state.restore(columns)
    assert {p.path for p in refused.value.problems} == {"residents/id", "shops/id", "trucks/id"}
    columns["residents/id"] = np.arange(5)
    with pytest.raises(InputError, match="residents/taste: is float64"):
        state.restore(columns)
    assert state.digest() == before
