"""What a policy decided in the twin it decides from a file and over HTTP, to the bit, where only serving libraries are.

The environment is the real one: the packages of locks/serve.txt by pip, and this repository's wheel.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.build import build
from experiments.config.compose import compose
from experiments.trained import Answers, about, keep_trained, read_trained
from policies import registry
from policies.artifact.canonical import to_arrow
from policies.artifact.making import Trained
from sim.contracts.decisions import DECISION_POINTS

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("sim", "hardware_models", "agents", "policies", "experiments", "conf")
KINDS = [name for name in ("replenish.age_aware", "recommend.ease", "forecast.lightgbm") if name in registry.names()]
"""A rule, one that learned a table, one that learned a model."""
ABSENT = ("simpy", "mesa", "ray", "torch", "numba", "pandas", "hydra", "recbole", "lightgbm", "yaml", "scipy")


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> dict[str, Trained]:
    """The policies of an arm that lived through three days after two weeks, with what they answered there."""
    chosen = [(f"scenario.policies.{name.split('.')[0]}", name) for name in KINDS]
    words = [("city", "tiny"), ("scenario", "traditional"), ("days", "3"), ("burn_in_days", "14"), *chosen]
    config = compose("run", words).config
    twin, folder = build(config), tmp_path_factory.mktemp("trained")
    decisions, answers = twin.regimes[-1].decisions, Answers()
    decisions.listener = answers
    twin.run(config.burn_in_days + config.days)
    keep_trained(folder, "a cell", decisions, answers)
    said = about(folder)
    return {name: read_trained(folder / name.split(".")[0], said[name.split(".")[0]]) for name in KINDS}


@pytest.fixture(scope="session")
def serving(tmp_path_factory) -> Path:
    """The command in an environment of locks/serve.txt and the wheel."""
    folder = tmp_path_factory.mktemp("serving")
    copy = folder / "copy"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    call(sys.executable, "-m", "pip", "-qq", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w",
         str(folder), str(copy))
    call(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    wheel = next(folder.glob("linli-*.whl"))
    call(sys.executable, "-m", "pip", "--python", str(folder / "venv"), "-qq", "--disable-pip-version-check", "install",
         "--no-deps", "--no-compile", "-r", str(ROOT / "locks" / "serve.txt"), str(wheel))
    return folder / "venv" / "bin" / "linli"


def call(*words: str, code: int = 0) -> str:
    """What a command prints, away from the repository."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, cwd="/", env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == code, done.stderr
    return done.stdout


class Promoted(NamedTuple):
    """A promoted policy: its file, the keys, the question and the answer of the twin."""

    file: Path
    trust: Path
    trained: Trained


@pytest.fixture(scope="module", params=KINDS)
def promoted(request, lived, artifacts, tmp_path_factory) -> Promoted:
    trained = lived[request.param]
    assert trained.policy == request.param and trained.question.num_rows > 5
    written = artifacts.put(tmp_path_factory.mktemp("promoted"), trained)
    return Promoted(written.file, written.trust, trained)


def same(trained: Trained, found: pa.Table) -> bool:
    """Byte by byte; how files name the items of lists does not matter."""
    contract = DECISION_POINTS[trained.policy.split(".")[0]].decision
    schema = pa.schema([contract.field(name) for name in trained.answer.column_names])
    return to_arrow(found.cast(schema)) == to_arrow(trained.answer.cast(schema))


def test_the_serving_environment_holds_nothing_of_the_simulator(serving: Path) -> None:
    program = ("import importlib.util as u, sys; import policies; "
               f"print([n for n in {ABSENT!r} if u.find_spec(n)], 'site-packages' in policies.__file__)")
    assert call(str(serving.with_name("python")), "-c", program).strip() == "[] True"
    for verb in ("verify", "score", "serve", "keys"):
        assert f"usage: linli {verb}" in call(str(serving), verb, "--help")


def test_it_is_verified_there(promoted: Promoted, serving: Path) -> None:
    said = json.loads(call(str(serving), "verify", str(promoted.file), f"trust={promoted.trust}", "--json"))
    assert (said["policy"], said["golden_rows"]) == (promoted.trained.policy, promoted.trained.question.num_rows)


def test_from_a_file_it_decides_as_it_did_in_the_twin(promoted: Promoted, serving: Path, tmp_path: Path) -> None:
    pq.write_table(promoted.trained.question, tmp_path / "in.parquet")
    call(str(serving), "score", str(promoted.file), str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"),
         f"trust={promoted.trust}")
    assert same(promoted.trained, pq.read_table(tmp_path / "out.parquet"))


def test_over_http_it_decides_as_it_did_in_the_twin_and_stops_when_told(promoted: Promoted, serving: Path) -> None:
    server = subprocess.Popen([str(serving), "serve", str(promoted.file), f"trust={promoted.trust}", "port=0"],
                              cwd="/", stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"})
    try:
        line = server.stderr.readline()
        url = re.search(r"http://\S+", line)
        assert url is not None, line + server.stderr.read()
        asked = {"rows": promoted.trained.question.to_pylist()}
        found: Any = ask(f"{url[0]}/v1/decide", asked)
        schema = promoted.trained.answer.schema
        assert same(promoted.trained, pa.Table.from_pylist(found["decisions"], schema=schema))
        assert found["artifact"] in line
        assert ask(f"{url[0]}/healthz")["status"] == "ok"
    finally:
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=60)
    assert (server.returncode, out) == (0, "stopped after 2 requests\n")


def ask(url: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
