"""A tuning has the same trials in one go, again, and after a kill; its winner is judged on seeds that chose nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.config.compose import compose
from experiments.tune.study import open_study
from sim.errors import InputError

TINY = ("city=tiny", "days=2", "burn_in_days=0", "trials=3", "replications=1", "fresh_replications=2")


def problems(capfd, *words: str) -> dict[str, dict]:
    assert main(["tune", *words, "--json"]) == 2
    return {problem["path"]: problem for problem in json.loads(capfd.readouterr().out)["errors"]}


def search(directory: Path, trials: int, *, leave: bool = False) -> list[tuple]:
    """Trials of a known function, in a process of their own as far as the study can tell; `leave` dies in the last."""
    config = compose("tune", [("trials", "9")]).config
    study = open_study(directory, config, frozenset(), "maximize")
    there = {"dispersion": 1.5, "least_service": 0.5, "most_service": 0.95, "least_sold_share": 0.5}
    while len(study.done()) < trials:
        trial = study.ask(there)
        params = study.suggest(trial)
        if leave and len(study.done()) == trials - 1:
            trial.set_user_attr("half", "written")
            with open(directory / "journal.log", "ab") as file:
                file.write(b'{"op_code": 5, "wor')
            break
        value = -((params["dispersion"] - 3.0) ** 2) - params["least_sold_share"]
        study.tell(trial, value, {"gmv": params["least_service"] - 0.6})
    return [(trial.params, trial.value, trial.excess) for trial in study.done()]


def test_trials_are_the_same_whatever_was_interrupted(tmp_path: Path) -> None:
    for name in ("whole", "torn"):
        (tmp_path / name).mkdir()
    whole = search(tmp_path / "whole", 9)
    for stop in (1, 4, 8):
        search(tmp_path / "torn", stop, leave=True)
    assert search(tmp_path / "torn", 9) == whole
    assert whole[0][0]["dispersion"] == 1.5
    assert len({trial[0]["dispersion"] for trial in whole}) == 9


def test_a_journal_that_is_damaged_is_named(tmp_path: Path) -> None:
    search(tmp_path, 2)
    for line in ("garbage", "{}", "[]"):
        with open(tmp_path / "journal.log", "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        with pytest.raises(InputError, match=r"journal.log: is damaged; tune in another directory"):
            search(tmp_path, 3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("tune") / "whole"
    assert main(["tune", *TINY, "--out", str(directory)]) == 0
    return directory


def test_a_killed_tuning_goes_on_to_the_same_end(whole: Path, tmp_path: Path) -> None:
    directory = tmp_path / "killed"
    line = ["tune", *TINY, "--out", str(directory)]
    code = "import sys; from experiments.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", code, *line], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 240
    while not list(directory.glob("cells/*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (directory / "tune.json").exists()
    assert main(line) == 0
    assert (directory / "trials.csv").read_bytes() == (whole / "trials.csv").read_bytes()
    ours, theirs = (json.loads((path / "tune.json").read_text()) for path in (directory, whole))
    for found in (ours, theirs):
        for place in ("directory", "report"):
            (found["fresh"] or {}).pop(place, None)
    assert ours == theirs


def test_the_winner_is_an_experiment_on_other_seeds(whole: Path, capfd) -> None:
    found = json.loads((whole / "tune.json").read_text())
    assert found["trials"][0]["params"] == {
        "dispersion": 1.5, "least_service": 0.5, "most_service": 0.95, "least_sold_share": 0.5}
    if found["fresh"] is None:
        assert found["best"]["number"] == 0
        return
    assert found["fresh"]["seed"] == 2 and found["fresh"]["replications"] == 2
    worth = found["fresh"]["metrics"]["contribution_margin"]
    assert worth["low"] <= worth["mean"] <= worth["high"]
    capfd.readouterr()
    code = main(["gate", found["fresh"]["directory"], "--out", str(whole / "gate"), "--json"])
    gate = json.loads(capfd.readouterr().out)
    assert code == 3 and (gate["arm"], gate["baseline"]) == ("tuned", "default")


def test_wrong_searches_are_refused_all_at_once(capfd) -> None:
    found = problems(capfd, "tune.metric=contribution_margn", "tune.space.dispersion.low=9", "trials=1",
                     "tune.space.x=1", "tune.guardrails.gmv.margin=-1")
    assert set(found) == {"tune.metric", "tune.space.dispersion", "trials", "tune.space.x",
                          "tune.guardrails.gmv.margin"}
    assert found["tune.metric"]["nearest"] == "contribution_margin"
    assert "low must be below high" in found["tune.space.dispersion"]["message"]
    assert problems(capfd, "tune.policy=replenish.age_awar")["tune.policy"]["nearest"] == "replenish.age_aware"
    assert "no such decision point" in problems(capfd, "tune.point=weather")["tune.point"]["message"]
    other = problems(capfd, "tune.policy=replenish.base_stock")
    assert "takes no such parameter" in other["tune.space.dispersion"]["message"]
    bounds = problems(capfd, "tune.space.least_service.high=1.5", "tune.space.dispersion.low=2")
    assert "1.5" in bounds["tune.space.least_service"]["message"]
    assert "does not hold 1.5" in bounds["tune.space.dispersion"]["message"]
    assert "do not go together" in problems(capfd, "tune.space.least_service.high=0.9")["tune.space"]["message"]
    whole = problems(capfd, "tune=base_stock", "tune.space.window_days.low=2.5")
    assert "whole number" in whole["tune.space.window_days"]["message"]


def test_the_answer_has_the_documented_shape(whole: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "cli-json.md").read_text(encoding="utf-8")
    shape = json.loads(page.partition("```json tune\n")[2].partition("```")[0])
    found = json.loads((whole / "tune.json").read_text())
    assert shape.keys() == found.keys() | {"results"}
    assert all(shape["trials"][0].keys() == trial.keys() for trial in found["trials"])
