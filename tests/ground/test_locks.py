"""The locks are exact, complete and inside the ranges of pyproject.toml."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
TESTING = [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]


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
            waiting += [entry for entry in below if entry.marker is None or entry.marker.evaluate({"extra": ""})]
        needed.setdefault(name, []).append(requirement)
    return needed


@pytest.mark.parametrize(("lock", "roots"), [("core", RUNTIME), ("full", RUNTIME + TESTING)])
def test_a_lock_is_the_closure_of_what_is_asked_for(lock: str, roots: list[Requirement]) -> None:
    needed, pinned = closure(roots), pins(lock)
    assert pinned.keys() == needed.keys()
    assert [str(entry) for name, entries in needed.items() for entry in entries
            if not entry.specifier.contains(pinned[name], prereleases=True)] == []


def test_the_full_lock_holds_the_core_lock() -> None:
    assert pins("core").items() <= pins("full").items()


def test_what_is_installed_is_what_is_locked() -> None:
    wrong = {name: importlib.metadata.version(name) for name, version in pins("full").items()
             if importlib.metadata.version(name) != version}
    assert wrong == {}
