"""Cells: one past for all arms of a replication, kept when finished, recorded when failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments import cells as cells_module
from experiments import runner
from experiments.cells import Cell, cells_of
from experiments.config.compose import compose
from experiments.config.model import CompareConfig
from experiments.executors import run_cells
from experiments.provenance import code_digest, versions
from experiments.runner import run_arm
from sim.errors import InputError, RunError


def comparison(**values: object) -> CompareConfig:
    given = {"city": "tiny", "days": 3, "burn_in_days": 2, "settle_days": 1, "replications": 2,
             "scenarios": "[traditional,spf]", **values}
    config = compose("compare", [(name, str(value)) for name, value in given.items()]).config
    assert isinstance(config, CompareConfig)
    return config


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[list[Cell], list[dict], Path]:
    directory = tmp_path_factory.mktemp("cells")
    cells = cells_of(comparison())
    return cells, run_cells(cells, directory), directory


def test_a_cell_that_forks_from_a_shared_past_equals_the_run_of_its_configuration(finished) -> None:
    cells, records, _ = finished
    assert [(record["arm"], record["replication"]) for record in records] == [
        ("traditional", 0), ("spf", 0), ("traditional", 1), ("spf", 1)]
    for cell, record in list(zip(cells, records, strict=True))[:2]:
        alone = run_arm(cell.config)
        assert {name: record["result"][name] for name in ("digest", "metrics", "seed", "config_digest")} == {
            name: alone[name] for name in ("digest", "metrics", "seed", "config_digest")}
    assert len({record["result"]["digest"] for record in records}) == 4


def test_what_is_finished_is_not_computed_again(finished, monkeypatch) -> None:
    cells, records, directory = finished
    monkeypatch.setattr(runner, "build", None)
    said = []
    again = run_cells(cells, directory, lambda *words: said.append(words))
    assert again == [json.loads(json.dumps(record)) for record in records]
    assert said == []


def test_only_the_missing_cell_is_computed_and_the_days_add_up(finished, tmp_path) -> None:
    cells, records, _ = finished
    said = []
    run_cells(cells[:1], tmp_path)
    run_cells(cells[:2], tmp_path, lambda done, total, what: said.append((done, total, what)))
    assert said == [(done, 5, "spf, replication 1") for done in range(6)]
    found = json.loads((tmp_path / f"{cells[1].key}.json").read_text())
    assert found["result"]["digest"] == records[1]["result"]["digest"]


def test_a_run_goes_on_from_its_snapshot_to_the_same_end(tmp_path) -> None:
    config = comparison().arm("spf", 0)
    whole = run_arm(config, tmp_path, snapshot_day=1)
    rest = run_arm(config, resume_from=tmp_path / "snapshot")
    assert (rest["digest"], rest["metrics"]) == (whole["digest"], whole["metrics"])
    assert any((tmp_path / "events" / "sku_day").iterdir())
    with pytest.raises(InputError, match="snapshot_day: 9 lies outside"):
        run_arm(config, tmp_path, snapshot_day=9)


def test_a_failed_cell_is_a_record_and_is_computed_again_only_when_asked(tmp_path, monkeypatch) -> None:
    cells = cells_of(comparison(burn_in_days=0, days=1, settle_days=0))[:2]
    works = runner.build

    def breaks(config):
        if config.scenario.name == "spf":
            raise RunError("the hub burned down")
        return works(config)

    monkeypatch.setattr(runner, "build", breaks)
    said = []
    records = run_cells(cells, tmp_path, lambda done, total, what: said.append((done, total)))
    assert "result" in records[0] and records[1]["failure"] == "RunError: the hub burned down"
    assert "Traceback" in records[1]["trace"]
    with pytest.raises(RunError, match="spf, replication 1: RunError: the hub burned down"):
        run_cells(cells, tmp_path, retry_failed=True, fail_fast=True)
    monkeypatch.setattr(runner, "build", works)
    assert "failure" in run_cells(cells, tmp_path)[1]
    assert "result" in run_cells(cells, tmp_path, retry_failed=True)[1]


def test_an_interruption_keeps_what_is_finished_and_leaves_no_half(tmp_path, monkeypatch) -> None:
    cells = cells_of(comparison(burn_in_days=0, days=1, settle_days=0))[:2]
    works = runner.build

    def stops(config):
        if config.scenario.name == "spf":
            raise KeyboardInterrupt
        return works(config)

    monkeypatch.setattr(runner, "build", stops)
    with pytest.raises(KeyboardInterrupt):
        run_cells(cells, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{cells[0].key}.json", "trained"]


def test_a_mistake_in_the_configuration_is_no_failed_cell(tmp_path, monkeypatch) -> None:
    def refuses(config):
        raise InputError([])

    monkeypatch.setattr(runner, "build", refuses)
    with pytest.raises(InputError):
        run_cells(cells_of(comparison())[:1], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_follows_configuration_and_code(monkeypatch) -> None:
    cell, other = cells_of(comparison())[:2]
    key = cell.key
    assert key == cell.key != other.key
    assert len(code_digest()) == 32
    monkeypatch.setattr(cells_module, "versions", lambda: {**versions(), "cpus": "64", "revision": "none"})
    assert cell.key == key
    monkeypatch.setattr(cells_module, "versions", lambda: {**versions(), "code": "other"})
    assert cell.key != key
