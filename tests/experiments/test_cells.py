"""Records of cells that are found again, and those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.cells import records_in
from experiments.files import write_json
from sim.errors import InputError


def test_what_is_finished_is_found_by_its_key(tmp_path: Path) -> None:
    cell = {"arm": "spf", "replication": 0, "seconds": 1.5}
    figures = {"gmv": {"value": 2.0, "reason": None}, "nps": {"value": None, "reason": "nobody was asked"}}
    found = {"a": {**cell, "key": "a", "result": {"metrics": figures, "versions": {}}},
             "b": {**cell, "key": "b", "failure": "it broke"}}
    for key, record in found.items():
        write_json(tmp_path / f"{key}.json", record)
    assert records_in(tmp_path, ["a", "b", "c"]) == found


def test_every_damaged_record_is_named_with_the_remedy(tmp_path: Path) -> None:
    write_json(tmp_path / "other.json", {"key": "a", "result": {}})
    write_json(tmp_path / "empty.json", {"key": "empty"})
    (tmp_path / "cut.json").write_text('{"key": "cut", "res')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError) as error:
        records_in(tmp_path, ["other", "empty", "cut", "list", "bytes"])
    assert [Path(problem.path).stem for problem in error.value.problems] == ["other", "empty", "cut", "list", "bytes"]
    assert "is damaged; delete it" in str(error.value)
