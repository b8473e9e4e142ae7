"""Marks of the cells that are being lived: there while a process lives them, gone or told apart once it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from experiments.cells import cells_of
from experiments.config.compose import compose
from experiments.executors.running import mark, marks, sweep

CELL = cells_of(compose("compare", [("city", "tiny"), ("days", "3"), ("settle_days", "1")]).config)[0]
HOLDS = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_running import CELL, mark
with mark(Path({directory!r}), CELL) as lived:
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_cell_is_marked_while_it_is_lived(tmp_path) -> None:
    with mark(tmp_path, CELL) as lived:
        [found] = marks(tmp_path)
        assert (found["arm"], found["replication"], found["key"]) == (CELL.arm, CELL.replication, CELL.key)
        assert (found["pid"], found["lived"]) == (os.getpid(), 0)
        lived(1)
        sweep(tmp_path)
        assert len(marks(tmp_path)) == 1
    assert marks(tmp_path) == [] and list(tmp_path.iterdir()) == []


def test_days_are_told_now_and_then(tmp_path, monkeypatch) -> None:
    from experiments.executors import running

    monkeypatch.setattr(running, "_EVERY_SECONDS", 0.0)
    with mark(tmp_path, CELL) as lived:
        lived(2)
        assert marks(tmp_path)[0]["lived"] == 2


def test_an_exception_takes_the_mark_away(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt), mark(tmp_path, CELL):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_who_lives_the_same_cell_too_leaves_the_mark_alone(tmp_path) -> None:
    with mark(tmp_path, CELL):
        with mark(tmp_path, CELL) as second:
            second(3)
        assert len(marks(tmp_path)) == 1


def test_a_killed_process_holds_no_mark_and_its_file_is_swept(tmp_path) -> None:
    program = HOLDS.format(folder=os.path.dirname(__file__), directory=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        assert marks(tmp_path)[0]["pid"] == process.pid
        process.send_signal(signal.SIGKILL)
    assert marks(tmp_path) == [] and len(list(tmp_path.iterdir())) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_there_is_no_mark(tmp_path) -> None:
    with mark(tmp_path / "missing", CELL) as lived:
        lived(1)
    assert marks(tmp_path / "missing") == []
