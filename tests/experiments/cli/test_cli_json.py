"""The answers have the keys and types that docs/cli-json.md lists, no more and no fewer."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli-json.md"
BLOCKS = {name: json.loads(body)
          for name, body in re.findall(r"^```json (\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)}


def differences(shape: Any, found: Any, place: str = "$") -> list[str]:
    """Where an answer is not of the documented shape."""
    if isinstance(shape, dict) and list(shape) == ["<name>"] and isinstance(found, dict):
        return [line for name, entry in found.items()
                for line in differences(shape["<name>"], entry, f"{place}.{name}")]
    if isinstance(shape, dict) and isinstance(found, dict):
        wrong = [f"{place}.{name}: only on one side" for name in shape.keys() ^ found.keys()]
        return wrong + [line for name in shape.keys() & found.keys()
                        for line in differences(shape[name], found[name], f"{place}.{name}")]
    if isinstance(shape, list) and isinstance(found, list):
        return [line for number, entry in enumerate(found)
                for line in differences(shape[0], entry, f"{place}[{number}]")]
    return [] if isinstance(shape, str) and _is(shape, found) else [f"{place}: {found!r} is not {shape}"]


def _is(kind: str, value: Any) -> bool:
    if kind.endswith("?"):
        return value is None or _is(kind[:-1], value)
    if kind == "any":
        return True
    if kind in ("whole", "number"):
        return isinstance(value, int if kind == "whole" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, str) and (kind == "text" or value in kind.split("|"))


def answer(capfd, *words: str) -> tuple[int, Any]:
    code = main([*words, "--json"])
    return code, json.loads(capfd.readouterr().out)


@pytest.mark.parametrize(("block", "code", "words"), [
    ("errors", 2, ["run", "citty=tiny"]),
    ("errors", 2, ["lab", "shop", "Q=x"]),
    ("help", 0, ["--help"]),
    ("help", 0, ["lab", "--help"]),
    ("config", 0, ["config"]),
    ("config", 0, ["config", "compare"]),
    ("check", 0, ["check", "price.one_price"]),
    ("check", 1, ["check", "policies.synthetic:SyntheticLog"]),
    ("lab-shop", 0, ["lab", "shop"]),
    ("lab-perishable", 0, ["lab", "perishable", "replications=2", "days=5"]),
    ("lab-perishable", 0, ["lab", "perishable", "replications=1", "days=5"]),
    ("lab-cooling", 0, ["lab", "cooling"]),
    ("lab-shelf_life", 0, ["lab", "shelf_life", "temperatures=5"]),
    ("lab-reefer", 0, ["lab", "reefer"]),
    ("lab-recommend", 0, ["lab", "recommend", "model=pop"]),
])
def test_an_answer_has_the_documented_shape(capfd, block: str, code: int, words: list[str]) -> None:
    found = answer(capfd, *words)
    assert found[0] == code
    assert differences(BLOCKS[block], found[1]) == []


@pytest.mark.skipif(importlib.util.find_spec("experiments.runner") is None, reason="nothing runs an arm yet")
def test_a_run_has_the_documented_shape(capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        code, found = answer(capfd, "run", "city=tiny", "days=1")
        assert code == 0
        assert differences(BLOCKS["run"], found) == []
    assert found["earlier"] == "same"


@pytest.mark.skipif(importlib.util.find_spec("experiments.compare") is None, reason="nothing compares arms yet")
def test_a_comparison_has_the_documented_shape(capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, found = answer(capfd, "compare", "city=tiny", "days=1", "burn_in_days=0", "replications=2", "--out", "there")
    assert code == 0
    assert differences(BLOCKS["compare"], found) == []
    assert answer(capfd, "resume", "there") == (0, found)
    first = next((tmp_path / "there" / "cells").glob("*.json"))
    record = json.loads(first.read_text())
    failed = {**{name: record[name] for name in ("arm", "replication", "key", "seconds")}, "failure": "RunError: fire"}
    first.write_text(json.dumps(failed))
    code, found = answer(capfd, "status", "there")
    assert code == 0
    found["running"] = [{"arm": "spf", "replication": 0, "key": "k", "pid": 1, "host": "h", "since": 1.5, "lived": 1,
                         "of": 2}]
    found["changed"] = {"numba": {"then": "1", "now": "2"}}
    assert differences(BLOCKS["status"], found) == []


def test_a_shape_that_differs_is_noticed() -> None:
    assert differences(BLOCKS["errors"], {"errors": [{"path": "", "message": 3}]}) == [
        "$.errors[0].nearest: only on one side", "$.errors[0].message: 3 is not text"]
