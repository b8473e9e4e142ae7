"""What is refused before or in a worker, and where Ray keeps its sockets."""

from __future__ import annotations

import tempfile

import pyarrow
import pytest

from experiments.cells import cells_of
from experiments.config.compose import compose
from experiments.executors.cluster import _folder
from experiments.executors.worker import live
from sim.errors import RunError


def test_a_worker_with_other_code_or_libraries_says_so(tmp_path) -> None:
    cell = cells_of(compose("compare", [("city", "tiny"), ("days", "3"), ("settle_days", "1")]).config)[0]
    before = pyarrow.cpu_count()
    with pytest.raises(RunError, match="the workers of Ray run other code or libraries than this process"):
        live(cell, "0" * 32, tmp_path, tmp_path / "past", False, before)
    assert list(tmp_path.iterdir()) == []


def test_sockets_lie_where_their_path_is_short_enough(monkeypatch, tmp_path) -> None:
    far = tmp_path / ("far" * 20)
    far.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(far))
    folder = _folder()
    folder.rmdir()
    assert len(str(folder)) <= 40 and far not in folder.parents
