"""Results: whole or not at all, nothing overwritten, two at once do not collide."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Barrier, Thread

import pytest

from experiments.files import write_json
from experiments.results import check_out, claim, keep, locate
from sim.errors import InputError

MARK = {"verb": "run", "config_digest": "c0"}


def result(digest: str):
    def compute(directory: Path) -> dict[str, object]:
        (directory / "rows.txt").write_text(digest)
        return {"digest": digest, "nan": float("nan")}
    return compute


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_result_lies_whole_at_its_place(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    kept = keep(target, MARK, result("d1"))
    assert (kept.path, kept.earlier) == (target, None)
    assert left(target) == ["config.json", "result.json", "rows.txt"]
    assert json.loads((target / "result.json").read_text()) == {"digest": "d1", "nan": None}
    assert left(tmp_path / "a") == ["b"]


def test_the_same_result_again_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    keep(tmp_path / "r", MARK, result("d1"))
    again = keep(tmp_path / "r", MARK, result("d1"))
    assert again.earlier == "same" and "same as" in again.notes[0]
    assert left(tmp_path) == ["r"]


def test_a_result_that_differs_is_said_and_written_beside(tmp_path: Path) -> None:
    keep(tmp_path / "r", MARK, result("d1"))
    other = keep(tmp_path / "r", MARK, result("d2"))
    assert (other.earlier, other.path) == ("differs", tmp_path / "r-2")
    assert "d1" in other.notes[0] and "d2" in other.notes[0]
    assert (tmp_path / "r" / "rows.txt").read_text() == "d1"
    assert keep(tmp_path / "r", MARK, result("d2")).path == tmp_path / "r-2"
    assert left(tmp_path) == ["r", "r-2"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def fail(directory: Path) -> dict[str, object]:
        (directory / "half").write_text("half")
        raise error
    with pytest.raises(error):
        keep(tmp_path / "a" / "b" / "c", MARK, fail)
    assert left(tmp_path) == []


def test_two_at_once_do_not_collide(tmp_path: Path) -> None:
    both = Barrier(2)
    found = []

    def one(digest: str) -> None:
        def compute(directory: Path) -> dict[str, object]:
            both.wait()
            return result(digest)(directory)
        found.append(keep(tmp_path / "r", MARK, compute))

    threads = [Thread(target=one, args=(digest,)) for digest in ("d1", "d2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left(tmp_path) == ["r", "r-2"]
    assert {kept.path.name: (kept.path / "rows.txt").read_text() for kept in found}.keys() == {"r", "r-2"}


def test_an_experiment_claims_its_directory_once_and_goes_on_in_it(tmp_path: Path) -> None:
    claim(tmp_path / "e", MARK)
    write_json(tmp_path / "e" / "cell.json", {"x": 1})
    claim(tmp_path / "e", MARK)
    assert left(tmp_path / "e") == ["cell.json", "config.json"]
    with pytest.raises(InputError, match="another configuration"):
        claim(tmp_path / "e", {**MARK, "config_digest": "c1"})


def test_files_foreign_directories_and_other_results_are_refused(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "文 件").write_text("x")
    for out in ("文 件", "文 件/below"):
        with pytest.raises(InputError, match="not a directory: .*文 件"):
            check_out(str(tmp_path / out))
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="holds files that are no result"):
        check_out(str(tmp_path / "foreign"))
    keep(tmp_path / "r", MARK, result("d1"))
    assert locate("c0", str(tmp_path / "r")) == tmp_path / "r"
    with pytest.raises(InputError, match="another configuration"):
        locate("c1", str(tmp_path / "r"))
    monkeypatch.chdir(tmp_path / "r")
    with pytest.raises(InputError, match="name a directory in it"):
        check_out(".")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").write_text("x")
    with pytest.raises(InputError, match="^results: not a directory"):
        check_out(None)


def test_an_empty_directory_is_used(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    assert keep(locate("c0", str(tmp_path / "r")), MARK, result("d1")).earlier is None
    assert left(tmp_path) == ["r"]


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    too_long = tmp_path / ("数" * 100)
    with pytest.raises(InputError, match="--out: is too long for the name of a directory"):
        check_out(str(too_long))
    for write in (lambda target: keep(target, MARK, result("d1")), lambda target: claim(target, MARK)):
        with pytest.raises(InputError, match="cannot be written to .*; name another one by --out"):
            write(tmp_path / "a" / ("x" * 300) / "r")
    assert left(tmp_path) == []
    name = "数" * 85
    assert keep(tmp_path / name, MARK, result("d1")).path == tmp_path / name


def test_what_cannot_be_made_in_a_system_folder_is_an_input_error() -> None:
    target = Path("/proc/linli-result")
    if target.parent.is_dir():
        with pytest.raises(InputError, match="cannot be written to"):
            keep(target, MARK, result("d1"))
