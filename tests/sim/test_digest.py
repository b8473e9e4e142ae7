"""Digests see content and nothing else."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.digest import digest_array, digest_columns, digest_table

TABLE = pa.table(
    {
        "id": pa.array([3, 1, None, 2]),
        "text": pa.array(["x", "青菜", None, ""]),
        "code": pa.array(["a", "b", "a", None]).dictionary_encode(),
        "at": pa.array([1, 2, 3, 4], pa.timestamp("s")),
        "date": pa.array([1, 2, None, 4], pa.date32()),
        "flag": pa.array([True, None, False, True]),
        "list": pa.array([[1], [2, 3], None, []]),
        "pair": pa.array([{"x": 1}, {"x": None}, None, {"x": 4}]),
        "raw": pa.array([b"a", b"", None, b"bc"], pa.binary()),
        "none": pa.nulls(4),
        "value": pa.array([0.5, None, float("nan"), 1.0]),
    }
)


def test_columns_in_any_order_but_every_name_type_shape_and_value_counts():
    a = {"x": np.arange(4), "y": np.zeros(4)}
    base = digest_columns(a)
    assert digest_columns({"y": a["y"], "x": a["x"]}) == base
    assert digest_columns({"x": np.arange(8)[::2] // 2, "y": a["y"].astype(">f8")}) == base
    others = [
        {"x": a["x"], "z": a["y"]},
        {"x": a["x"].astype(np.int32), "y": a["y"]},
        {"x": a["x"].reshape(2, 2), "y": a["y"]},
        {"x": a["x"][::-1], "y": a["y"]},
        {"x": a["x"], "y": -a["y"]},
        {"x": a["x"]},
    ]
    assert len({base, *(digest_columns(other) for other in others)}) == 7


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), max_size=12, unique=True), data=st.data())
def test_rows_sort_by_their_key(rows, data):
    shuffled = data.draw(st.permutations(rows))

    def columns(pairs):
        return {name: np.array([p[i] for p in pairs], np.int64) for i, name in enumerate("ab")}

    assert digest_columns(columns(rows), ["b", "a"]) == digest_columns(columns(shuffled), ["b", "a"])
    tables = [pa.table(columns(pairs)) for pairs in (rows, shuffled)]
    assert digest_table(tables[0], ["a", "b"]) == digest_table(tables[1], ["a", "b"])


def test_objects_have_no_bytes():
    with pytest.raises(TypeError, match="column x"):
        digest_array("x", np.array([None]))


def test_a_table_in_other_pieces_is_the_same_table():
    base = digest_table(TABLE, ["at"])
    pieces = pa.concat_tables([TABLE.slice(2), TABLE.slice(0, 1), TABLE.slice(1, 1)])
    assert digest_table(pieces, ["at"]) == base
    assert digest_table(TABLE.select(TABLE.column_names[::-1]), ["at"]) == base
    plain = TABLE.set_column(2, "code", TABLE["code"].cast(pa.string()))
    assert digest_table(plain.replace_schema_metadata({"a": "b"}), ["at"]) == base


@pytest.mark.parametrize("name", [n for n in TABLE.column_names if n not in ("at", "none")])
def test_every_value_of_a_table_counts(name):
    column = TABLE[name].combine_chunks()
    other = pa.concat_arrays([column.slice(1, 1), column.slice(1)])
    changed = TABLE.set_column(TABLE.column_names.index(name), name, other)
    assert digest_table(changed, ["at"]) != digest_table(TABLE, ["at"])


def test_nulls_hide_what_lies_under_them():
    hidden = pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(np.array([5, 9]))])
    assert digest_table(pa.table({"x": hidden}), []) == digest_table(pa.table({"x": pa.array([5, None])}), [])


def test_empty_tables_and_bad_keys():
    empty = TABLE.slice(0, 0)
    assert digest_table(empty, ["at"]) != digest_table(empty.drop(["flag"]), ["at"])
    assert digest_table(empty.schema.empty_table(), ["at"]) == digest_table(empty, ["at"])
    with pytest.raises(KeyError, match="nope"):
        digest_table(TABLE, ["nope"])
    with pytest.raises(TypeError, match="m: map"):
        digest_table(pa.table({"m": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))}), [])
