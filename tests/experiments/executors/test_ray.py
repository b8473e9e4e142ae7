"""Workers of Ray: what one process gives, to the bit, through interruptions, killed processes and failures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.cells import Cell
from experiments.cli import main
from experiments.config.model import CityConfig
from experiments.executors import run_cells
from experiments.executors.cluster import cluster
from experiments.executors.running import marks
from experiments.experiment import read_experiment
from sim.errors import InputError, RunError

ROOT = Path(__file__).resolve().parents[3]
WORDS = ["compare", "city=tiny", "scenarios=[traditional,spf]", "replications=3", "days=3", "burn_in_days=1",
         "settle_days=1"]
ONE_PROCESS = """
import sys
from pathlib import Path
from experiments.cli import main
from experiments.executors import run_cells
from experiments.experiment import read_experiment
there = Path(sys.argv[1])
assert [main(sys.argv[2:]), main(["status", sys.argv[1]])] == [0, 0]
run_cells(read_experiment(there).cells, there / "cells", workers=2)
print("imported", [name for name in ("ray", "torch") if name in sys.modules])
"""
PATIENCE_SECONDS = 180


class Finished:
    """The experiment lived in one process."""

    def __init__(self, directory: Path, said: str) -> None:
        self.directory, self.said = directory, said
        self.cells = read_experiment(directory).cells
        self.records = records(directory / "cells")


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the seconds that it took."""
    result = {name: value for name, value in record["result"].items() if name != "phases"}
    return {**{name: value for name, value in record.items() if name != "seconds"}, "result": result}


def records(directory: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: comparable(json.loads(path.read_text())) for path in directory.glob("*.json")}


def names(directory: Path) -> list[str]:
    """The files in a directory and those below it."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    directory = tmp_path_factory.mktemp("serial") / "there"
    done = subprocess.run([sys.executable, "-c", ONE_PROCESS, directory, *WORDS, "--out", directory], text=True,
                          capture_output=True, cwd=ROOT, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return Finished(directory, done.stdout)


@pytest.fixture(scope="module")
def workers(ray_cluster):
    """Two workers that the tests of this module share."""
    with cluster(2):
        yield


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_one_process_can_do_imports_no_ray(finished) -> None:
    assert finished.said.endswith("imported []\n")
    assert "demo: 6 of 6 cells done, 0 failed, 0 missing" in finished.said


def test_workers_give_what_one_process_gives(finished, workers, tmp_path) -> None:
    said: list[tuple[float, float, str]] = []
    found = run_cells(finished.cells, tmp_path, lambda *words: said.append(words), workers=2)
    assert [record["key"] for record in found] == [cell.key for cell in finished.cells]
    assert records(tmp_path) == finished.records
    assert names(tmp_path) == names(finished.directory / "cells")
    assert any("; " in what for _, _, what in said), "two cells at once"
    done = [done for done, _, _ in said]
    assert done == sorted(done) and {total for _, total, _ in said} == {21}


def test_a_mistake_in_the_configuration_stops_all(finished, workers, tmp_path) -> None:
    first = finished.cells[0]
    wrong = Cell("wrong", 7, first.config.model_copy(update={"start": None}))
    with pytest.raises(InputError, match="start: a date is needed"):
        run_cells([wrong, first], tmp_path, workers=2)
    assert marks(tmp_path) == [] and not any(name.endswith(".running") for name in names(tmp_path))


def test_what_goes_wrong_in_a_cell_is_its_record(finished, workers, tmp_path) -> None:
    good = finished.cells[0]
    city = CityConfig.model_construct(name="none", shops=-1, members=1, station="shanghai")
    bad = Cell("bad", 7, good.config.model_copy(update={"city": city}))
    failed, lived = run_cells([bad, good], tmp_path, workers=2)
    assert failed["failure"].startswith("ValueError: ") and "Traceback" in failed["trace"]
    assert comparable(lived) == finished.records[good.key]
    with pytest.raises(RunError, match="bad, replication 8: ValueError"):
        run_cells([bad, good], tmp_path, workers=2, retry_failed=True, fail_fast=True)


class Killer(threading.Thread):
    """Kills whoever lives a cell, so many times each, once so many days are lived."""

    def __init__(self, directory: Path, times: dict[str, int], days: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.directory, self.times, self.days = directory, dict(times), days
        self.killed: list[int] = []
        self.start()

    def run(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while any(self.times.values()) and time.monotonic() < until:
            for mark in marks(self.directory):
                early = mark["lived"] < self.days.get(mark["key"], 0)
                if self.times.get(mark["key"]) and mark["pid"] not in self.killed and not early:
                    self.times[mark["key"]] -= 1
                    self.killed.append(mark["pid"])
                    os.kill(mark["pid"], signal.SIGKILL)
            time.sleep(0.02)


def test_a_cell_whose_worker_is_killed_is_begun_anew_a_few_times(finished, workers, tmp_path) -> None:
    unlucky, doomed = finished.cells[0], finished.cells[3]
    killer = Killer(tmp_path, {unlucky.key: 1, doomed.key: 3}, {unlucky.key: 1})
    lived, lost = run_cells([unlucky, doomed], tmp_path, workers=2)
    assert len(killer.killed) == 4 and os.getpid() not in killer.killed
    assert comparable(lived) == finished.records[unlucky.key]
    assert lost["failure"] == "WorkerCrashedError: 3 workers died of it, one after the other"
    [_, again] = run_cells([unlucky, doomed], tmp_path, retry_failed=True)
    assert comparable(again) == finished.records[doomed.key]


def test_an_experiment_that_is_interrupted_and_killed_goes_on_to_the_same_end(
        finished, ray_cluster, tmp_path, capfd) -> None:
    there = tmp_path / "there"
    cells = there / "cells"
    with begun(*WORDS, "--out", there, "--workers", "2", "--json") as first:
        wait_for(lambda: records(cells) or first.poll() is not None)
        first.send_signal(signal.SIGINT)
        answer, _ = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 130, answer
    [error] = json.loads(answer)["errors"]
    assert error["message"].startswith("interrupted; what is finished is kept, to resume: linli compare city=tiny")
    kept = records(cells)
    assert not any(name.endswith(".running") for name in names(cells))

    with begun("resume", there, "--workers", "2") as second:
        wait_for(lambda: marks(cells) or second.poll() is not None)
        assert main(["status", str(there), "--json"]) == 0
        status = json.loads(capfd.readouterr().out)
        assert status["running"] and 0 < status["missing"] == 6 - status["done"]
        wait_for(lambda: len(records(cells)) > len(kept) or second.poll() is not None)
        second.kill()
    assert second.returncode == -signal.SIGKILL
    wait_for(lambda: not marks(cells))
    assert kept.items() <= records(cells).items() <= finished.records.items()

    assert main(["resume", str(there), "--workers", "2", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert records(cells) == finished.records
    assert names(cells) == names(finished.directory / "cells")
    assert answer["failures"] == [] and (there / "report.md").exists()


def begun(*words: object) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    # Where the tests run in the background of a shell, an interrupt is ignored unless it is asked for.
    program = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
               "from experiments.cli import main; sys.exit(main())")
    return subprocess.Popen([sys.executable, "-c", program, *map(str, words)], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
