"""A run that goes on from a snapshot: the same end, another arm from the same past, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.past import read_past
from sim.errors import InputError

WORDS = ("run", "city=tiny", "scenario=traditional", "start=2026-03-06")


def run(capfd, *words: object) -> dict:
    code = main([*map(str, words), "--json"])
    answer = json.loads(capfd.readouterr().out)
    assert code == 0, answer
    return answer


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A result of three days whose snapshot is of day 2."""
    out = tmp_path_factory.mktemp("结果 目录") / "r 1"
    assert main([*WORDS, "days=3", "snapshot_day=2", "--out", str(out)]) == 0
    return out / "snapshot"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_continued_run_is_the_run_that_was_never_interrupted(capfd, written, here) -> None:
    on = run(capfd, "run", f"from={written}", "days=4")
    whole = run(capfd, *WORDS, "days=4")
    for name in ("digest", "metrics", "config_digest", "results", "seed"):
        assert on[name] == whole[name]
    assert whole["earlier"] == "same" and on["snapshot"] is None


def test_the_snapshots_own_days_are_the_default_and_no_day_more_need_be_lived(capfd, written, here) -> None:
    first = json.loads((written.parent / "result.json").read_text())
    assert run(capfd, "run", f"from={written}")["digest"] == first["digest"]
    two = run(capfd, "run", f"from={written}", "days=2")
    assert two["digest"] == run(capfd, *WORDS, "days=2")["digest"]


def test_another_scenario_forks_from_the_same_past(capfd, written, here) -> None:
    fork = run(capfd, "run", f"from={written}", "days=5", "scenario=spf", "snapshot_day=4")
    assert fork["config_digest"] != run(capfd, "run", f"from={written}", "days=5")["config_digest"]
    marker = json.loads((Path(fork["results"]) / "config.json").read_text())
    assert marker["from"] == read_past(written).digest
    config = marker["config"]
    assert (config["start"], config["burn_in_days"], config["days"]) == ("2026-03-08", 2, 3)
    # counted from the fork's own start, its snapshot is of day 2 and goes on to the same end
    on = run(capfd, "run", f"from={fork['snapshot']}", "days=3")
    assert (on["digest"], on["metrics"], on["results"]) == (fork["digest"], fork["metrics"], fork["results"])
    assert on["earlier"] == "same"


def test_a_fork_lives_as_an_arm_does_whose_burn_in_is_that_past(capfd, written, here) -> None:
    fork = run(capfd, "run", f"from={written}", "days=5", "scenario=spf")
    alone = run(capfd, "run", "city=tiny", "scenario=spf", "start=2026-03-08", "burn_in_days=2", "days=3")
    assert (fork["digest"], fork["metrics"]) == (alone["digest"], alone["metrics"])
    assert fork["results"] != alone["results"]


def test_a_snapshot_is_added_to_an_earlier_result_that_is_the_same(capfd, here) -> None:
    words = ("run", "city=tiny", "days=2")
    assert run(capfd, *words)["snapshot"] is None
    again = run(capfd, *words, "snapshot_day=1")
    assert again["snapshot"] == f"{again['results']}/snapshot" and again["earlier"] == "same"
    assert run(capfd, *words, "snapshot_day=1")["snapshot"] == again["snapshot"]
    assert run(capfd, *words, "snapshot_day=2")["snapshot"] == f"{again['results']}/snapshot-2"
    assert len(list((here / "results").iterdir())) == 1
    assert read_past(Path(again["snapshot"])).day == 1


def refused(capfd, *words: object) -> list[str]:
    assert main([*map(str, words)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    return err.splitlines()


def test_what_the_past_was_made_of_cannot_change(capfd, written, here) -> None:
    lines = refused(capfd, "run", f"from={written}", "city=small", "city.shops=5", "start=2026-03-03", "seed=2",
                    "burn_in_days=1", "data=/x", "source_city=1", "scenario.demand=replay", "day=3")
    assert [line.split(":")[0] for line in lines] == [
        "city", "city.shops", "start", "seed", "burn_in_days", "data", "source_city", "scenario.demand", "day"]
    assert lines[0] == "city: cannot change: the snapshot's past was lived with city as it is"
    assert lines[-1] == "day: no such key (did you mean 'days'?)"
    assert refused(capfd, "run", f"from={written}", "scenario=replay") == [
        "scenario: must have the demand of the snapshot's past, residents"]
    assert not any(here.iterdir())


@pytest.mark.parametrize(("words", "line"), [
    (["days=1"], "days: counts from the snapshot's start: must be at least 2, as the snapshot is of day 2, not 1"),
    (["days=2", "scenario=spf"],
     "days: counts from the snapshot's start: must be at least 3, as the snapshot is of day 2, not 2"),
    (["days=4", "snapshot_day=1"], "snapshot_day: counts from the start: must be between 2 and days, 4, not 1"),
    (["days=400"], "days: the horizon reaches 2027-04-09; the Chinese calendar knows days up to 2026-12-31"),
    (["snapshot_day=two"], "snapshot_day: must be a whole number, not 'two'"),
    (["from=x"], "from: is given twice"),
    (["days=3", "settle_days=1", "p=1"], "p: no such key"),
])
def test_a_wrong_way_to_go_on_is_one_line(capfd, written, here, words: list[str], line: str) -> None:
    assert refused(capfd, "run", f"from={written}", *words)[0].startswith(line)


def test_a_fork_needs_a_day_that_counts(capfd, written, here) -> None:
    lines = refused(capfd, "run", f"from={written}", "days=4", "settle_days=3", "scenario=spf")
    assert lines == ["settle_days: leaves no day that counts: must be below the days after the fork, 2"]


def test_what_is_no_snapshot_is_named_with_the_other_mistakes(capfd, written, here) -> None:
    (here / "文 件").write_text("x")
    (here / "folder").mkdir()
    shutil.copytree(written, here / "no run")
    (here / "no run" / "run.json").unlink()
    for name, words in [("没有 这里", "does not exist"), ("文 件", "is no snapshot"), ("folder", "is no snapshot"),
                        ("no run", "was not written by linli run")]:
        lines = refused(capfd, "run", f"from={name}", "scenario=spff", "source_city=3")
        assert lines[0].startswith(f"from: {here / name}: {words}")
        assert lines[1].startswith("scenario: no such choice 'spff'") and len(lines) == 2
    assert refused(capfd, "run", "from=", "days=1") == ["from: has no value"]
    assert refused(capfd, "run", "form=x") == ["form: no such key (did you mean 'from'?)"]


@pytest.mark.parametrize("file", ["run.json", "manifest.json", "policies.npz", "log", "columns/residents/trust.npy"])
def test_a_damaged_snapshot_is_refused(capfd, written, here, file: str) -> None:
    copy = here / "copy"
    shutil.copytree(written, copy)
    place = copy / file
    if place.is_dir():
        place = max(place.iterdir(), key=lambda one: one.stat().st_size)
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    lines = refused(capfd, "run", f"from={copy}", "days=4")
    assert len(lines) == 1 and lines[0].startswith("from: ") and str(copy) in lines[0] and "snapshot" in lines[0]


def test_a_snapshot_of_another_configuration_model_is_refused(written, here) -> None:
    shutil.copytree(written, here / "copy")
    path = here / "copy" / "run.json"
    found = json.loads(path.read_text())
    found["config"]["world"]["owners"]["cover_days"] = 9.0
    path.write_text(json.dumps(found))
    with pytest.raises(InputError, match="is damaged or of another version of linli"):
        read_past(here / "copy")
