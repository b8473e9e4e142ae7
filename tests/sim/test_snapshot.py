"""A snapshot gives back every bit, a fork never alters it, and what is not one is refused with a remedy."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from sim import snapshot
from sim.errors import InputError, RunError
from sim.state import Frame, State


def make_state():
    state = State()
    columns = {"id": np.int64, "taste": (np.float64, 3), "label": "U4", "since": "datetime64[s]", "ok": bool}
    residents = state.new(Frame("residents", columns, capacity=50))
    residents.add(id=np.arange(7), taste=np.linspace(0, 1, 21).reshape(7, 3), label="李雷", ok=[True] * 3 + [False] * 4)
    state.new(Frame("empty", {"x": np.int32, "y": (np.int8, 2)}))
    return state


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "快照 一" / "day [3]"
    snapshot.save(make_state(), path, {"day": 3, "note": "邻里", "share": 0.1}, also=add_log)
    return path


def add_log(folder):
    (folder / "log").mkdir()
    (folder / "log" / "rows.bin").write_bytes(b"rows")


def restored(path, **how):
    columns, extra = snapshot.load(path, **how)
    state = make_state()
    state.restore(columns)
    return state, extra


@pytest.mark.parametrize("how", [{}, {"mmap": False}, {"verify": True}])
def test_every_bit_comes_back(place, how):
    state, extra = restored(place, **how)
    assert state.digest() == make_state().digest() and state.residents.capacity == 7
    assert extra == {"day": 3, "note": "邻里", "share": 0.1}
    assert (place / "log" / "rows.bin").read_bytes() == b"rows"
    assert os.listdir(place.parent) == [place.name]


def test_a_fork_does_not_alter_the_file_nor_another_fork(place):
    one, _ = restored(place)
    two, _ = restored(place)
    one.residents.id[:] = 99
    one.residents.sort("label", "id")
    one.residents.add(2, id=5)
    one.residents.keep(one.residents.id == 5)
    assert two.digest() == make_state().digest()
    assert restored(place, verify=True)[0].digest() == make_state().digest()


def test_a_fresh_process_restores_the_same(place):
    code = (
        "import sys; from sim import snapshot; from sim.digest import digest_columns;"
        "print(digest_columns(snapshot.load(sys.argv[1], verify=True)[0]))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == make_state().digest()


def test_nothing_is_written_over(place, tmp_path):
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    (tmp_path / "file").write_text("mine")
    for taken in (place, tmp_path / "file"):
        with pytest.raises(InputError, match="never written\\s+over"):
            snapshot.save(make_state(), taken)
    with pytest.raises(InputError, match="cannot be made"):
        snapshot.save(make_state(), tmp_path / "file" / "below")
    (tmp_path / "file").unlink()
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before
    snapshot.load(place, verify=True)


def test_the_slower_of_two_writers_gives_way(tmp_path):
    path = tmp_path / "s"

    def other_writer_is_faster(_):
        snapshot.save(make_state(), path, {"by": "other"})

    with pytest.raises(InputError, match="exists already"):
        snapshot.save(make_state(), path, {"by": "me"}, also=other_writer_is_faster)
    assert snapshot.load(path)[1] == {"by": "other"} and os.listdir(tmp_path) == ["s"]


def test_a_failed_write_leaves_nothing(tmp_path):
    def full(_):
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="No space left"):
        snapshot.save(make_state(), tmp_path / "s", also=full)
    with pytest.raises(ValueError, match="JSON"):
        snapshot.save(make_state(), tmp_path / "s", {"x": float("nan")})
    assert os.listdir(tmp_path) == []


def edit_manifest(place, **changes):
    file = place / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_what_is_no_snapshot_is_refused(place, tmp_path):
    (tmp_path / "file").write_text("x")
    for path, message in [
        (tmp_path / "没有", "does not exist"),
        (tmp_path, "is no snapshot"),
        (tmp_path / "file", "is no snapshot"),
    ]:
        with pytest.raises(InputError, match=message) as refused:
            snapshot.load(path)
        assert refused.value.problems[0].path == str(path) and "give the directory" in str(refused.value)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "manifest.json").write_text("{"), "manifest.json: cannot be read"),
        (lambda p: (p / "manifest.json").write_text("[]"), "is no snapshot of linli"),
        (lambda p: edit_manifest(p, format="tar"), "is no snapshot of linli"),
        (lambda p: edit_manifest(p, version=9), "version 9"),
        (lambda p: edit_manifest(p, extra={"day": 4}), "manifest.json: differs from its digest"),
        (lambda p: (p / "columns/residents/id.npy").unlink(), "id.npy: cannot be read"),
        (lambda p: (p / "columns/residents/id.npy").write_bytes(b""), "id.npy: cannot be read"),
        (lambda p: os.truncate(p / "columns/residents/taste.npy", 200), "taste.npy: cannot be read"),
        (lambda p: np.save(p / "columns/residents/id.npy", np.arange(8)), r"holds <i8 \(8,\), not <i8 \(7,\)"),
        (lambda p: np.save(p / "columns/residents/ok.npy", np.array([None] * 7)), "ok.npy: cannot be read"),
    ],
)
def test_damage_is_named_at_once(place, damage, message):
    damage(place)
    with pytest.raises(InputError, match=message):
        snapshot.load(place)


def test_altered_content_is_found_on_demand(place):
    np.save(place / "columns/residents/id.npy", np.arange(7)[::-1].copy())
    np.save(place / "columns/residents/ok.npy", np.ones(7, bool))
    (place / "log" / "rows.bin").write_bytes(b"r0ws")
    snapshot.load(place)
    with pytest.raises(InputError) as refused:
        snapshot.load(place, verify=True)
    assert [os.path.basename(p.path) for p in refused.value.problems] == ["id.npy", "ok.npy", "rows.bin"]
    (place / "log" / "rows.bin").unlink()
    with pytest.raises(InputError, match=r"rows.bin: is missing"):
        snapshot.load(place, verify=True)
