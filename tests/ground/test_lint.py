"""Style, types, and what no tool of ours checks: packages are packages, modules small, nobody has a generator."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "hardware_models", "agents", "policies", "experiments", "conf")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("command", [["ruff", "check", "--no-cache", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_the_linters_are_content(command: list[str]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", ["import random", "from random import choice", "from numpy.random import default_rng",
                                  "import numpy as np\n\nnp.random.seed(1)", "import mesa.space"])
def test_a_generator_with_a_state_is_banned(tmp_path: Path, line: str) -> None:
    done = subprocess.run([str(BIN / "ruff"), "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"),
                           "--stdin-filename", "agents/guess.py", "-"], input=line, cwd=ROOT, capture_output=True,
                          text=True)
    assert "TID251" in done.stdout


def test_nobody_asks_mesa_for_a_random_number() -> None:
    """Mesa's models and agents carry `random` and `rng`; lint cannot see an attribute's type."""
    asked = [f"{file.relative_to(ROOT)}:{node.lineno}" for file in MODULES
             for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
             if isinstance(node, ast.Attribute) and node.attr in ("random", "rng", "shuffle_do", "shuffle")]
    assert asked == []


def test_every_folder_with_code_is_a_package() -> None:
    assert [folder for folder in {file.parent for file in MODULES} if not (folder / "__init__.py").exists()] == []


def test_tests_are_no_package_and_their_names_are_unique() -> None:
    files = list((ROOT / "tests").rglob("*.py"))
    names = [file.name for file in files if file.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
    assert "__init__.py" not in names


def test_a_module_is_one_room() -> None:
    assert [str(file.relative_to(ROOT)) for file in MODULES
            if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []
