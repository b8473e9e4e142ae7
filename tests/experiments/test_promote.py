"""What passed its gate becomes a signed file; whatever else is tried is refused with one line."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pyarrow.compute as pc
import pytest

from experiments.build import decisions_of
from experiments.cells import cells_of
from experiments.cli import main
from experiments.config.compose import Composed, compose
from experiments.config.gating import GateConfig, GateRules, MetricRule
from experiments.executors import run_cells
from experiments.files import write_json
from experiments.gate import decide, write
from experiments.gate.evidence import open_experiment, read_evidence
from experiments.metrics import METRICS
from experiments.promote import point_of
from experiments.results import claim, marker
from policies import registry
from policies.artifact import load
from policies.artifact.keys import new_pair
from sim.contracts.decisions import DECISION_POINTS
from sim.errors import InputError

_SPEC = importlib.util.spec_from_file_location("promote_json", Path(__file__).parent / "cli" / "test_cli_json.py")
assert _SPEC is not None and _SPEC.loader is not None
cli_json = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(cli_json)

PAIRS = {"city": "tiny", "days": "4", "burn_in_days": "2", "settle_days": "1", "replications": "2",
         "scenarios": "[traditional,candidate]", "baseline": "traditional", "arms.candidate.of": "traditional",
         "arms.candidate.policies.replenish": "replenish.age_aware",
         "arms.candidate.params.replenish.dispersion": "1.25"}


class Place(NamedTuple):
    """An experiment, the gate's decision on it, and a key."""

    experiment: Path
    gate: Path
    key: Path
    trust: Path
    file: Path

    @property
    def trained(self) -> Path:
        return self.experiment / "cells" / "trained" / "candidate"

    def linli(self, capfd: Any, *words: str) -> tuple[int, list[str]]:
        code = main(["promote", str(self.gate), str(self.file), f"key={self.key}", *words])
        found = capfd.readouterr()
        return code, [line.replace(str(self.experiment.parent), "...") for line in (found.out + found.err).splitlines()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """An experiment of two arms that differ by one policy, without its report."""
    directory = tmp_path_factory.mktemp("finished") / "experiment"
    composed = compose("compare", list(PAIRS.items()))
    claim(directory, marker(composed))
    run_cells(cells_of(composed.config), directory / "cells")
    return directory


@pytest.fixture
def place(finished, tmp_path) -> Place:
    """A copy of the experiment with the gate's decision on it."""
    experiment, gate = tmp_path / "experiment", tmp_path / "gate"
    shutil.copytree(finished, experiment)
    (tmp_path / "keys").mkdir()
    key, trust, _ = new_pair(tmp_path / "keys")
    gated(experiment, gate)
    return Place(experiment, gate, key, trust, tmp_path / "policy.linli")


def gated(experiment: Path, gate: Path, verdict: str = "pass") -> None:
    """Write what a gate says that asks for one metric: the first of which it says `verdict`."""
    gate.mkdir(exist_ok=True)
    opened = open_experiment(str(experiment))
    arms = opened.arms(None, None)
    evidence = read_evidence(opened, arms)
    for name in (name for name, metric in METRICS.items() if metric.better != "neither"):
        goal = {name: MetricRule(role="goal")}
        config = GateConfig(gate=GateRules(name="one goal", alpha=0.4, replications=2, metrics=goal))
        decision = decide(opened, evidence, config, *arms)
        if decision.verdict == verdict:
            write(decision, gate)
            write_json(gate / "config.json", marker(Composed("gate", config, "0" * 32, {})))
            return
    raise AssertionError(f"no metric with the verdict {verdict}")


def change(path: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    found = json.loads(path.read_text())
    edit(found)
    path.write_text(json.dumps(found))


def test_what_passed_is_promoted_and_decides_as_in_the_twin(place, capfd) -> None:
    code, found = cli_json.answer(capfd, "promote", str(place.gate), str(place.file), f"key={place.key}",
                                  "created=2026-03-02")
    assert code == 0, found
    assert cli_json.differences(cli_json.BLOCKS["promote"], found) == []
    loaded = load(place.file, place.trust)
    assert (loaded.manifest.policy, loaded.params["dispersion"]) == ("replenish.age_aware", 1.25)
    assert (loaded.digest, loaded.key_id, loaded.manifest.created) == (found["digest"], found["key_id"], "2026-03-02")
    assert [metric["status"] for metric in loaded.gate["metrics"].values()] == ["better"]
    assert loaded.manifest.origin.arm == "candidate"
    assert loaded.rows == 64
    content = place.file.read_bytes()
    assert place.linli(capfd) == (2, [".../policy.linli: is there already and is not overwritten"])
    place.file.unlink()
    assert place.linli(capfd, "created=2026-03-02")[0] == 0
    assert place.file.read_bytes() == content
    assert sorted(path.name for path in place.file.parent.iterdir()) == ["experiment", "gate", "keys", "policy.linli"]


def test_a_gate_that_did_not_pass_is_no_ground(place, capfd) -> None:
    gated(place.experiment, place.gate, "inconclusive")
    assert place.linli(capfd) == (1, [".../gate: the gate did not pass: inconclusive"])
    change(place.gate / "gate.json", lambda gate: gate.update(verdict="pass"))
    assert place.linli(capfd) == (1, [".../gate/gate.json: is not what the gate says of these records; gate them anew"])
    assert not place.file.exists()


def test_figures_that_were_changed_are_noticed(place, capfd) -> None:
    for edit in (lambda gate: next(iter(gate["metrics"].values())).update(p=0.001),
                 lambda gate: gate.update(reasons=["everything is better"]), lambda gate: gate.update(note="the best"),
                 lambda gate: gate.update(versions={})):
        change(place.gate / "gate.json", edit)
        assert place.linli(capfd) == (
            1, [".../gate/gate.json: is not what the gate says of these records; gate them anew"])
        gated(place.experiment, place.gate)
    record = next((place.experiment / "cells").glob("*.json"))
    change(record, lambda found: [one.update(value=0.5) for one in found["result"]["metrics"].values()])
    assert place.linli(capfd)[0] == 1
    record.unlink()
    assert place.linli(capfd) == (1, [".../experiment: holds other records than the gate judged; gate it anew"])


def test_what_is_signed_is_what_the_gate_says_now_and_not_what_somebody_wrote_into_its_page(place, capfd) -> None:
    said = (place.gate / "gate.md").read_text()
    (place.gate / "gate.md").write_text("better by 900 %")
    change(place.gate / "gate.json", lambda gate: gate.update(stale="never", revision="mine"))
    assert place.linli(capfd)[0] == 0
    with ZipFile(place.file) as archive:
        assert archive.read("evidence/gate.md").decode() == said
        assert json.loads(archive.read("evidence/gate.json"))["stale"] is False


@pytest.mark.parametrize(("file", "content"), [
    ("gate.json", "null"), ("gate.json", "[" * 100_000), ("config.json", "[]"), ("config.json", "\xff"),
])
def test_a_gate_that_is_damaged_is_no_ground(place, capfd, file: str, content: str) -> None:
    (place.gate / file).write_bytes(content.encode("latin-1"))
    assert place.linli(capfd) == (2, [f".../gate/{file}: is damaged; gate the experiment anew"])


@pytest.mark.parametrize(("file", "edit"), [
    ("gate.json", lambda gate: gate.pop("arm")), ("gate.json", lambda gate: gate.update(arm=["candidate"])),
    ("gate.json", lambda gate: gate["experiment"].update(directory=3)),
    ("gate.json", lambda gate: gate.update(experiment="trial")),
    ("config.json", lambda config: config["config"]["gate"]["metrics"].update(mood={"role": "goal"})),
])
def test_what_no_gate_writes_is_no_ground(place, capfd, file: str, edit: Callable[[dict[str, Any]], Any]) -> None:
    change(place.gate / file, edit)
    assert place.linli(capfd) == (
        2, [".../gate/gate.json: is no gate's decision, or one of another version of linli"])


def test_a_policy_of_another_cell_or_that_was_changed_is_refused(place, capfd) -> None:
    about, here = place.trained / "replenish" / "policy.json", ".../experiment/cells/trained/candidate/replenish"
    kept, other = about.read_text(), (1, [f"{here}: is not the policy of the cell that the gate judged; compute the "
                                          "experiment again in another directory"])
    change(about, lambda found: found.update(cell="0" * 32))
    assert place.linli(capfd) == other
    about.write_text(kept)
    change(about, lambda found: found["params"].update(dispersion=9.0))
    assert place.linli(capfd) == other
    change(about, lambda found: found.update(reason="was asked nothing"))
    assert place.linli(capfd) == (1, [f"{here}: was asked nothing"])
    about.write_text(kept)
    (place.trained / "replenish" / "state.npz").write_bytes(b"")
    assert place.linli(capfd) == (2, [f"{here}/state.npz: is not the file that policy.json names"])
    change(about, lambda found: found["sha256"].update({"state.npz": sha256(b"").hexdigest()}))
    assert place.linli(capfd) == (2, [f"{here}: holds a damaged policy; compute the experiment again in another "
                                      "directory"])
    for wrong in ({}, [], {"../state.npz": "0" * 64}):
        change(about, lambda found, wrong=wrong: found.update(sha256=wrong))
        assert place.linli(capfd) == (2, [f"{here}/policy.json: is damaged; compute the experiment again in another "
                                          "directory"])
    shutil.rmtree(place.trained)
    assert place.linli(capfd)[0] == 2


def test_a_policy_that_does_not_decide_as_in_the_twin_is_refused(place, capfd, monkeypatch) -> None:
    kind = type(registry.create("replenish.age_aware"))
    decided = kind.decide

    def one_more(self, observation):
        answer = decided(self, observation)
        return answer.set_column(2, answer.schema.field(2), pc.add(answer["packs"], 1))

    monkeypatch.setattr(kind, "decide", one_more)
    code, (line,) = place.linli(capfd)
    assert (code, line.split(" (")[0]) == (
        1, "replenish.age_aware: cannot be promoted: the golden question got another answer than when it was promoted")
    assert not place.file.exists()


def test_the_decision_point_is_the_one_that_tells_the_arms_apart(place, capfd) -> None:
    assert place.linli(capfd, "point=replennish") == (2, [
        f"point: 'replennish' is no decision point; there are {', '.join(DECISION_POINTS)} "
        "(did you mean 'replenish'?)"])
    assert place.linli(capfd, "point=price") == (2, [
        "point: both arms have price.one_price at price: the gate says nothing of it"])
    assert place.linli(capfd, "point=replenish")[0] == 0
    config = open_experiment(str(place.experiment)).config
    arm = config.arms["traditional"]
    own, other = (decisions_of(one, config.world) for one in (arm.model_copy(update={"s": True, "p": True}), arm))
    with pytest.raises(InputError, match=r"point: is needed: .* are forecast .*, replenish \(replenish.age_aware\)"):
        point_of(own, other, None)
    with pytest.raises(InputError, match="differ are none"):
        point_of(own, own, None)


def test_an_experiment_may_have_been_moved(place, capfd, tmp_path) -> None:
    place.experiment.rename(tmp_path / "moved")
    assert place.linli(capfd)[0] == 2
    assert place.linli(capfd, f"experiment={tmp_path / 'moved'}")[0] == 0


def test_wrong_use_is_named_at_once(place, capfd, tmp_path, monkeypatch) -> None:
    words = ["promote", str(tmp_path / "nowhere"), str(tmp_path / "no" / "file"), f"key={place.trust}", "created=soon"]
    assert main(words) == 2
    assert capfd.readouterr().err.splitlines() == [
        f"{tmp_path / 'no' / 'file'}: there is no directory {tmp_path / 'no'}",
        f"key: {place.trust}: holds no private key in PEM; linli keys new DIR makes one",
        "created: must be a date such as 2026-03-02",
        f"{tmp_path / 'nowhere'}: is no directory; give one that linli gate wrote"]
    assert main(["promote", str(place.experiment), str(place.file), f"key={place.key}"]) == 2
    assert "gate.json: cannot be read" in capfd.readouterr().err
    (place.gate / "gate.json").write_text("{}")
    assert place.linli(capfd)[1] == [".../gate/gate.json: is no gate's decision, or one of another version of linli"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert place.linli(capfd)[1] == ["SOURCE_DATE_EPOCH: must be a number of seconds"]


def test_the_date_may_come_from_the_environment(place, capfd, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert place.linli(capfd)[0] == 0
    assert load(place.file, place.trust).manifest.created == "2023-11-14"

