"""The walls between the rooms stand, and a hole in any of them is noticed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "hardware_models", "agents", "policies", "experiments", "conf")

HOLES = {
    "Rooms stand in layers; agents and policies never meet": ("agents", "import policies"),
    "The engine and the devices do not know the retail tables": ("hardware_models", "import sim.contracts"),
    "Only experiments reads the packaged configuration": ("agents", "import conf"),
    "Contracts are data: pyarrow and the standard library": ("sim/contracts", "import numpy"),
    "Policies see contracts and streams only": ("policies", "import sim.twin"),
    "Policies run without the simulator's libraries": ("policies", "import mesa"),
    "What loads and serves a promoted policy needs the serving libraries only": ("policies/artifact", "import pandas"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
                          cwd=folder, capture_output=True, text=True, env={"PATH": "", "COLUMNS": "200"})


def test_who_may_import_whom() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def holed(tmp_path_factory) -> str:
    """What import-linter says of a copy with one forbidden import for every wall."""
    folder = tmp_path_factory.mktemp("holed")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.yaml"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for number, (package, line) in enumerate(HOLES.values()):
        (folder / package / f"hole_{number}.py").write_text(f"{line}\n")
    done = lint_imports(folder)
    assert done.returncode == 1
    return done.stdout


@pytest.mark.parametrize("wall", HOLES)
def test_a_hole_is_noticed(holed: str, wall: str) -> None:
    assert f"{wall} BROKEN" in " ".join(holed.split())
