"""The locks are exact, complete and inside the ranges of pyproject.toml."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
FULL = [*RUNTIME, *(line for lines in EXTRAS.values() for line in lines), Requirement("recbole==1.2.1")]
SERVING = [*(line for line in RUNTIME if line.name in ("numpy", "pyarrow", "pydantic")), *EXTRAS["serve"]]
LOOSENED = {"ray", "colorama", "colorlog"}
"""What recbole's metadata pins to old versions, and runs well beside newer ones."""
NEVER_USED = {"thop", "plotly"}
"""What recbole asks for and imports only in code that nothing here calls."""
BY_PIP = {"torch", "setuptools"}
"""torch is installed first, by pip: no lock can say which build of it fits a machine. pip brings setuptools."""


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 and pair[0] == canonicalize_name(pair[0]) for pair in pairs)
    return dict(pairs)


def closure(roots: list[Requirement]) -> dict[str, list[Requirement]]:
    """Every distribution that these need, with all that is required of it."""
    needed: dict[str, list[Requirement]] = {}
    waiting = list(roots)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in needed:
            below = [Requirement(line) for line in importlib.metadata.requires(name) or []]
            if name == "recbole":
                below = [Requirement(entry.name) if entry.name in LOOSENED else entry
                         for entry in below if entry.name not in NEVER_USED]
            waiting += [entry for entry in below if entry.marker is None or entry.marker.evaluate({"extra": ""})]
        needed.setdefault(name, []).append(requirement)
    return needed


@pytest.mark.parametrize(("lock", "roots"), [("core", RUNTIME), ("full", FULL), ("serve", SERVING)])
def test_a_lock_is_the_closure_of_what_is_asked_for(lock: str, roots: list[Requirement]) -> None:
    needed, pinned = closure(roots), pins(lock)
    assert pinned.keys() == needed.keys() - BY_PIP
    assert [str(entry) for name, entries in needed.items() if name not in BY_PIP for entry in entries
            if not entry.specifier.contains(pinned[name], prereleases=True)] == []


def test_pip_finds_fault_with_nothing_but_what_recbole_pins() -> None:
    """recbole is installed without its requirements: what pip then says about it is known, line by line."""
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True).stdout.splitlines()
    named = {(line.split()[0], re.split(r"[=<>,]", line.replace("requirement ", "requires ").split("requires ")[1])[0])
             for line in said}
    assert named == {("recbole", name) for name in LOOSENED | NEVER_USED}


def test_the_full_lock_holds_the_others() -> None:
    assert pins("core").items() | pins("serve").items() <= pins("full").items()


def test_what_is_installed_is_what_is_locked() -> None:
    wrong = {name: importlib.metadata.version(name) for name, version in pins("full").items()
             if importlib.metadata.version(name) != version}
    assert wrong == {}
