"""`linli gate` reads an experiment, says what it concludes and why, and refuses what it cannot trust."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from experiments.cells import cells_of, key_of
from experiments.cli import main
from experiments.config.compose import compose, digest_of
from experiments.config.gating import GateConfig, GateRules, MetricRule
from experiments.files import write_json
from experiments.gate import decide
from experiments.gate.evidence import open_experiment, read_evidence
from experiments.gate.words import texts
from experiments.metrics import METRICS
from experiments.provenance import versions
from experiments.results import claim, marker
from sim.streams import key, uniform

WORDS = ("city=tiny", "scenarios=[spf_stock,new,copy]", "baseline=spf_stock", "arms.new.of=spf_stock",
         "arms.new.f=false", "arms.copy.of=spf_stock", "days=10", "replications=9", "seed=5")


def write_experiment(directory: Path, shifts: dict[str, float], skip: int = 0, made_by: dict | None = None) -> Path:
    """An experiment whose cells show 10 and a little chance in every metric, and `shifts` more in the arm `new`."""
    composed = compose("compare", [tuple(word.split("=", 1)) for word in WORDS])
    claim(directory, marker(composed))
    (directory / "cells").mkdir(exist_ok=True)
    made_by = {**versions(), **(made_by or {})}
    for cell in cells_of(composed.config)[skip:]:
        config_digest = digest_of("run", cell.config)
        chance = uniform(key(4, "tests.gate"), cell.replication, np.arange(len(METRICS)), int(cell.arm == "new"))
        metrics = {name: {"value": 10.0 + 0.01 * float(draw) + (shifts.get(name, 0.0) if cell.arm == "new" else 0.0),
                          "unit": measure.unit, "reason": None}
                   for (name, measure), draw in zip(METRICS.items(), chance, strict=True)}
        record = {"arm": cell.arm, "replication": cell.replication, "key": key_of(config_digest, made_by),
                  "seconds": 0.0, "detail": {}, "result": {"metrics": metrics, "config_digest": config_digest,
                                                           "seed": cell.config.seed, "versions": made_by}}
        write_json(directory / "cells" / f"{record['key']}.json", record)
    return directory


@pytest.fixture(scope="module")
def better(tmp_path_factory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("gate") / "better", {"contribution_margin": 1.0})


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def gate(capfd, directory: Path, *words: str) -> tuple[int, dict]:
    code = main(["gate", str(directory), *words, "--json"])
    return code, json.loads(capfd.readouterr().out)


def refused(capfd, directory: Path, *words: str) -> dict[str, str]:
    code, found = gate(capfd, directory, *words)
    assert code == 2, found
    return {problem["path"]: problem["message"] for problem in found["errors"]}


def test_a_better_arm_passes(capfd, better: Path) -> None:
    code, found = gate(capfd, better, "arm=new")
    assert (code, found["verdict"], found["arm"], found["baseline"]) == (0, "pass", "new", "spf_stock")
    assert found["reasons"] == ["contribution_margin is better"]
    assert found["metrics"]["contribution_margin"]["status"] == "better"
    assert found["metrics"]["gmv"]["margin"] == pytest.approx(0.2, rel=0.02)
    assert found["metrics"]["gmv"]["low"] < found["metrics"]["gmv"]["difference"] < found["metrics"]["gmv"]["high"]
    assert all(found["checks"].values()) and not found["stale"]
    written = Path(found["results"])
    assert json.loads((written / "gate.json").read_text())["verdict"] == "pass"
    suite = ElementTree.parse(written / "junit.xml").getroot().find("testsuite")
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(found["metrics"]) + len(found["checks"]) + 1


@pytest.mark.parametrize(("shifts", "code", "reason"), [
    ({"contribution_margin": 1.0, "gmv": -1.0}, 1, "gmv is worse by more than its margin"),
    ({"contribution_margin": 1.0, "owner_hours": 1.0}, 1, "owner_hours has deteriorated"),
    ({"contribution_margin": -1.0}, 1, "contribution_margin has deteriorated"),
    ({"contribution_margin": 1.0, "gmv": -0.2}, 3, "gmv is not shown to stay within its margin"),
    ({}, 3, "no goal is shown to be better"),
])
def test_what_does_not_pass_says_why(capfd, tmp_path: Path, shifts, code, reason) -> None:
    found = gate(capfd, write_experiment(tmp_path / "one", shifts), "arm=new")
    assert found[0] == code and reason in found[1]["reasons"]
    root = ElementTree.parse(Path(found[1]["results"]) / "junit.xml").getroot()
    assert int(root.get("failures")) + int(root.get("errors")) >= 1


def test_the_arm_against_itself_is_inconclusive(capfd, better: Path) -> None:
    code, found = gate(capfd, better, "arm=copy")
    assert (code, found["verdict"]) == (3, "inconclusive")
    assert found["reasons"] == ["no goal differs in any replication"]
    assert {metric["difference"] for metric in found["metrics"].values()} == {0.0}


def test_too_few_or_failed_cells_allow_no_verdict(capfd, tmp_path: Path) -> None:
    directory = write_experiment(tmp_path / "part", {"contribution_margin": 1.0}, skip=6)
    code, found = gate(capfd, directory, "arm=new")
    assert code == 3 and not found["checks"]["replications"] and not found["checks"]["cells"]
    assert any("only 7 pairs" in reason for reason in found["reasons"])
    assert found["checks"]["figures"]  # none is missing where there is a pair
    code, found = gate(capfd, directory, "arm=new", "gate.replications=7")
    assert code == 3 and found["checks"]["replications"]


def test_a_figure_that_older_code_did_not_measure_is_missing(capfd, tmp_path: Path) -> None:
    directory = write_experiment(tmp_path / "older", {"contribution_margin": 1.0})
    for path in (directory / "cells").glob("*.json"):
        record = json.loads(path.read_text())
        del record["result"]["metrics"]["gmv"]
        write_json(path, record)
    code, found = gate(capfd, directory, "arm=new")
    assert code == 3 and not found["checks"]["figures"] and found["metrics"]["gmv"]["status"] == "no data"
    assert found["reasons"] == ["figures are missing in some replications: gmv"]


def test_a_slow_goal_needs_a_year(better: Path) -> None:
    experiment = open_experiment(str(better))
    slow = GateConfig(gate=GateRules(name="slow", metrics={"turnover": MetricRule(role="goal")}))
    decision = decide(experiment, read_evidence(experiment, ("new", "spf_stock")), slow, "new", "spf_stock")
    assert decision.verdict == "inconclusive" and decision.reasons[0][0] == "checks.horizon.broken"


def test_figures_of_other_code_are_said_and_those_of_two_codes_are_not_mixed(capfd, tmp_path: Path) -> None:
    directory = write_experiment(tmp_path / "old", {"contribution_margin": 1.0}, made_by={"code": "0" * 32})
    code, found = gate(capfd, directory, "arm=new")
    assert code == 0 and found["stale"] and found["versions"]["code"] == "0" * 32
    write_experiment(directory, {"contribution_margin": 1.0}, skip=3)
    assert gate(capfd, directory, "arm=new")[1]["versions"]["code"] == "0" * 32
    for path in (directory / "cells").glob("*.json"):
        record = json.loads(path.read_text())
        if record["result"]["versions"]["code"] == "0" * 32 and record["replication"] > 0:
            path.unlink()
    code, found = gate(capfd, directory, "arm=new", "gate.replications=8")
    assert code == 3 and not found["checks"]["code"] and not found["stale"]


def test_a_record_that_is_not_what_its_name_says_is_refused(capfd, tmp_path: Path, better: Path) -> None:
    directory = tmp_path / "damaged"
    shutil.copytree(better, directory)
    paths = [path for path in sorted((directory / "cells").glob("*.json"))
             if json.loads(path.read_text())["arm"] == "new"]
    record = json.loads(paths[0].read_text())
    record["result"]["seed"] += 1
    write_json(paths[0], record)
    record = json.loads(paths[1].read_text())
    record["result"]["config_digest"] = "0" * 32
    write_json(paths[1], record)
    arms = "arm=new", "baseline=spf_stock"
    found = refused(capfd, directory, *arms)
    assert f"cells/{paths[0].name}" in found and f"cells/{paths[1].name}" in found
    paths[0].write_text("{")
    for wrong in (float("nan"), float("inf"), "0.1", [], 10**400):
        paths[1].write_text(json.dumps(record | {"result": record["result"] | {"metrics": {"gmv": {
            "value": wrong, "unit": "CNY", "reason": None}}}}))
        found = refused(capfd, directory, *arms)
        assert set(found) == {str(paths[0]), str(paths[1])} and all("is damaged" in line for line in found.values())
    config = json.loads((directory / "config.json").read_text())
    config["config"]["days"] = 11
    write_json(directory / "config.json", config)
    assert "is damaged" in refused(capfd, directory, *arms)[str(directory / "config.json")]


def test_wrong_use_is_said_all_at_once(capfd, better: Path, tmp_path: Path) -> None:
    found = refused(capfd, tmp_path / "nowhere", "gate=defult", "gate.metrics.gmv.margin=-1", "arn=x", "gate.alpha=2")
    assert set(found) == {str(tmp_path / "nowhere"), "gate", "gate.metrics.gmv.margin", "arn", "gate.alpha"}
    assert set(refused(capfd, better, "arm=neww", "baseline=old")) == {"arm", "baseline"}
    assert "is needed: one of new, copy" in refused(capfd, better)["arm"]
    assert "itself" in refused(capfd, better, "arm=spf_stock")["arm"]
    assert "both margin" in refused(capfd, better, "arm=new", "gate.metrics.gmv.margin=1")["gate.metrics.gmv"]
    none = refused(capfd, better, "arm=new", "gate.metrics.nps_true.margin=0")
    assert "needs a margin" in none["gate.metrics.nps_true"]


def test_the_page_speaks_both_languages(capfd, better: Path) -> None:
    chinese = Path(gate(capfd, better, "arm=new", "language=zh", "--out", "zh")[1]["results"]) / "gate.md"
    english = Path(gate(capfd, better, "arm=new", "--out", "en")[1]["results"]) / "gate.md"
    assert "**通过**" in chinese.read_text() and "**pass**" in english.read_text()
    assert english.read_text().count("\n| ") == 2 + 12


def test_a_gate_whose_rules_were_changed_does_not_bear_the_bare_name_of_its_file(capfd, better: Path) -> None:
    code, found = gate(capfd, better, "arm=new", "gate.alpha=0.05", "gate.replications=8")
    assert (code, found["gate"]) == (0, "default")
    _, found = gate(capfd, better, "arm=new", "gate.metrics.gmv.relative_margin=0.5")
    assert found["gate"] == "default, changed"
    assert (Path(found["results"]) / "gate.md").read_text().startswith("# Gate default, changed: new against")


def test_both_languages_have_the_same_texts() -> None:
    def keys(found, prefix=""):
        return {path for name, entry in found.items()
                for path in (keys(entry, f"{prefix}{name}.") if isinstance(entry, dict) else {f"{prefix}{name}"})}

    assert keys(texts("en")) == keys(texts("zh"))


def test_the_answer_has_the_documented_shape(capfd, better: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "cli-json.md").read_text(encoding="utf-8")
    shape = json.loads(page.partition("```json gate\n")[2].partition("```")[0])
    found = gate(capfd, better, "arm=new")[1]
    assert shape.keys() == found.keys() and shape["experiment"].keys() == found["experiment"].keys()
    for metric in found["metrics"].values():
        assert shape["metrics"]["<name>"].keys() == metric.keys()
        assert metric["status"] in shape["metrics"]["<name>"]["status"].split("|")
