"""Keys and promoted policies on the command line: what they are, or one line why not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from policies.artifact import load
from policies.artifact.keys import new_pair

ROOT = Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("cli_json", Path(__file__).with_name("test_cli_json.py"))
assert SPEC is not None and SPEC.loader is not None
cli_json = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(cli_json)

ABSENT = ("hydra", "omegaconf", "yaml", "pandas", "numba", "scipy", "mesa", "simpy", "ray", "optuna", "torch",
          "recbole", "mlforecast", "lightgbm", "sklearn", "onnx", "matplotlib", "jinja2", "pyvrp", "tqdm")
"""What a serving environment does not have."""


def lines(capfd, *words: str) -> tuple[int, list[str]]:
    code = main(list(words))
    found = capfd.readouterr()
    return code, (found.out + found.err).splitlines()


def test_keys_are_made_once(capfd, tmp_path) -> None:
    code, found = cli_json.answer(capfd, "keys", "new", str(tmp_path / "a" / "b"))
    assert code == 0
    assert cli_json.differences(cli_json.BLOCKS["keys"], found) == []
    assert Path(found["private"]).stat().st_mode & 0o777 == 0o600
    content = Path(found["private"]).read_bytes()
    code, said = lines(capfd, "keys", "new", str(tmp_path / "a" / "b"))
    assert (code, said) == (2, [f"{found['private']}: is there already and is not overwritten; name another directory"])
    assert Path(found["private"]).read_bytes() == content


def test_wrong_use_is_named(capfd, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    new_pair(tmp_path)
    assert lines(capfd, "keys", "old", "there") == (2, ["old: no such action; there is new (did you mean 'new'?)"])
    assert lines(capfd, "keys") == (2, ["new: is missing", "DIR: is missing"])
    assert lines(capfd, "keys", "new", str(tmp_path / "file")) == (2, [f"{tmp_path / 'file'}: is no directory"])
    assert lines(capfd, "verify", "trst=x") == (2, [
        "FILE: is missing", "trst: no such key (did you mean 'trust'?)",
        "trust: is missing: a public key in PEM, or a directory of them (*.pem): whose signature is trusted"])
    assert lines(capfd, "serve", "trst=x", "port=70000", "seconds=", "max_rows=1", "max_rows=2") == (2, [
        "FILE: is missing", "trst: no such key (did you mean 'trust'?)", "seconds: has no value",
        "max_rows: is given twice",
        "trust: is missing: a public key in PEM, or a directory of them (*.pem): whose signature is trusted",
        "port: must be a whole number from 0 to 65535, not '70000'"])
    code, said = lines(capfd, "promote", "nowhere", str(tmp_path / "file"), "key=none", "created=soon", "mood=1")
    assert (code, [line.partition(":")[0] for line in said]) == (
        2, ["mood", str(tmp_path / "file"), "key", "created", "nowhere"])
    code, said = lines(capfd, "verify", "nowhere", f"trust={tmp_path}")
    assert (code, said[0]) == (2, "nowhere: there is no such file")
    assert "linli.key.pem: holds a private key" in said[1]


def test_a_promoted_policy_says_what_it_is(capfd, tmp_path, artifacts) -> None:
    file, trust = artifacts.write(tmp_path, "replenish.age_aware", least_service=0.6)
    code, found = cli_json.answer(capfd, "verify", str(file), f"trust={trust}")
    assert code == 0
    assert cli_json.differences(cli_json.BLOCKS["verify"], found) == []
    assert (found["policy"], found["params"]["least_service"], found["golden_rows"], found["gate"]["verdict"]) == (
        "replenish.age_aware", 0.6, 8, "pass")
    code, said = lines(capfd, "verify", str(file), f"trust={trust}")
    assert code == 0
    assert said[0].startswith("policy      replenish.age_aware with dispersion=1.5 least_service=0.6")
    assert "golden      8 rows answered as in the twin" in said


def test_the_golden_question_is_an_example_of_what_to_ask(capfd, tmp_path, artifacts) -> None:
    file, trust = artifacts.write(tmp_path, "replenish.age_aware")
    words = str(file), f"trust={trust}", f"question={tmp_path / 'question.parquet'}"
    code, said = lines(capfd, "verify", *words)
    assert code == 0 and f"question    {tmp_path / 'question.parquet'}" in said
    loaded = load(file, trust)
    assert pq.read_table(tmp_path / "question.parquet").equals(loaded.question)
    assert lines(capfd, "score", str(file), str(tmp_path / "question.parquet"), str(tmp_path / "answer.parquet"),
                 f"trust={trust}")[0] == 0
    assert pq.read_table(tmp_path / "answer.parquet").equals(loaded.policy.decide(loaded.question))
    assert lines(capfd, "verify", *words) == (
        2, [f"{tmp_path / 'question.parquet'}: is there already and is not overwritten"])


def test_a_file_that_is_refused_gives_one_line_and_exit_1(capfd, tmp_path, artifacts) -> None:
    file, trust = artifacts.write(tmp_path, "price.one_price")
    (tmp_path / "mine").mkdir()
    _, public, _ = new_pair(tmp_path / "mine")
    (name,) = artifacts.trusted
    assert lines(capfd, "verify", str(file), f"trust={public}") == (
        1, [f"{file}: refused: is signed by the key {name}, which is not trusted"])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    code, found = cli_json.answer(capfd, "verify", str(file), f"trust={trust}")
    assert (code, len(found["errors"])) == (1, 1)
    assert cli_json.differences(cli_json.BLOCKS["errors"], found) == []


def test_the_serving_libraries_are_enough(tmp_path, artifacts) -> None:
    """The simulator's and the learners' libraries are hidden from a fresh process."""
    file, trust = artifacts.write(tmp_path, "recommend.association")
    code = f"""
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in {ABSENT!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hidden())
from experiments.cli import main
sys.exit(main())
"""
    for words in (["verify", str(file), f"trust={trust}", f"question={tmp_path / 'question.parquet'}"],
                  ["keys", "new", str(tmp_path / "new")]):
        done = subprocess.run([sys.executable, "-c", code, *words], text=True, capture_output=True, timeout=60,
                              env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["verify", "--help"], ["keys", "--help"]])
def test_help_says_which_keys_there_are(capfd, words: list[str]) -> None:
    code, said = lines(capfd, *words)
    assert code == 0
    assert any("trust=" in line for line in said) == (words[0] == "verify")
