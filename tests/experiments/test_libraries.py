"""In the core environment (`make demo`) whatever needs more says so in one line, before it does anything."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from experiments.cli import main

LOCKS = Path(__file__).resolve().parents[2] / "locks"
MODULES = ("cryptography", "fastapi", "lightgbm", "mlforecast", "onnx", "onnxmltools", "onnxruntime", "optuna", "ray",
           "recbole", "safetensors", "torch", "uvicorn")
"""What the core environment does not have, of all that is looked for."""


def core_only(name: str) -> object:
    return None if name in MODULES else find_spec(name)


@pytest.fixture
def core(monkeypatch, tmp_path) -> None:
    """As if nothing but the core lock were installed."""
    monkeypatch.chdir(tmp_path)
    for module in ("experiments.libraries", "policies.registry"):
        monkeypatch.setattr(f"{module}.find_spec", core_only)


def needs(who: str, modules: str, extra: str) -> str:
    return f"{who} needs {modules}, not installed here: make install in a clone, pip install 'linli[{extra}]' elsewhere"


BPR = ("recommend.bpr learns by torch, recbole, onnx, not installed here: make install in a clone, "
       "pip install 'linli[learn]' and pip install --no-deps recbole==1.2.1 elsewhere")
LIGHTGBM = ("forecast.lightgbm learns by lightgbm, mlforecast, onnxmltools, onnxruntime, not installed here: "
            "make install in a clone, pip install 'linli[learn]' elsewhere")


@pytest.mark.parametrize(("line", "said"), [
    ("keys new there", needs("linli keys", "cryptography", "serve")),
    ("promote gate it.linli key=k.pem", needs("linli promote", "cryptography, safetensors", "serve")),
    ("verify it.linli trust=k.pem", needs("linli verify", "cryptography, safetensors, onnxruntime", "serve")),
    ("score it.linli in out trust=k.pem", needs("linli score", "cryptography, safetensors, onnxruntime", "serve")),
    ("serve it.linli trust=k.pem", needs("linli serve", "cryptography, safetensors, onnxruntime, fastapi, uvicorn",
                                         "serve")),
    ("tune", needs("linli tune", "optuna", "tune")),
    ("compare city=tiny --workers 2", f"--workers: {needs('more than one', 'ray', 'parallel')}"),
    ("run scenario.policies.recommend=recommend.bpr", f"scenario.policies.recommend: {BPR}"),
    ("compare scenarios=[preorder,x] baseline=preorder arms.x.of=preorder arms.x.policies.recommend=recommend.bpr",
     f"arms.x.policies.recommend: {BPR}"),
    ("backtest forecast=forecast.lightgbm data=.", f"forecast: {LIGHTGBM}"),
])
def test_what_is_missing_is_named_with_the_remedy(core, capfd, line: str, said: str) -> None:
    assert main(line.split()) == 2
    found = capfd.readouterr()
    assert (found.out, found.err.splitlines()) == ("", [said])
    assert list(Path.cwd().iterdir()) == []


def test_what_is_looked_for_is_in_no_core_lock() -> None:
    core = (LOCKS / "core.txt").read_text().lower()
    assert [name for name in MODULES if f"\n{name}==" in core] == []
