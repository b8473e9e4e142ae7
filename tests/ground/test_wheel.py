"""The wheel holds the packages and the configuration, and works from another directory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "hardware_models", "agents", "policies", "experiments", "conf")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from a copy, so that no earlier build's files get in and none stay."""
    copy = tmp_path_factory.mktemp("copy")
    for package in (*PACKAGES, "tests", "docs"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.*"):
        if file.is_file():
            shutil.copy(file, copy)
    shutil.copy(ROOT / "LICENSE", copy)
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "-w", str(out), str(copy))
    return next(out.glob("linli-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """The wheel in a folder of its own, with a name that paths are often wrong about."""
    folder = tmp_path_factory.mktemp("installed") / "装 在=这里, [x]"
    pip("install", "--no-deps", "--target", str(folder), str(wheel))
    return folder


def pip(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *words],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_packages_and_configuration_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert top == {*PACKAGES, "linli-0.1.0.dist-info"}
    shipped = {name for name in names if not name.startswith("linli-")}
    expected = {str(file.relative_to(ROOT)) for package in PACKAGES for file in (ROOT / package).rglob("*")
                if file.suffix in (".py", ".yaml", ".csv", ".j2", ".otf", ".txt")}
    assert shipped == expected


def test_the_installed_command_works_from_another_directory(installed: Path, tmp_path: Path) -> None:
    def linli(*words: str) -> subprocess.CompletedProcess[str]:
        # The folder comes first on the path, before the checkout that the environment may know; the file is checked.
        program = ("import sys; sys.path.insert(0, sys.argv.pop(1)); import experiments.cli as cli; "
                   "print(cli.__file__, file=sys.stderr); sys.exit(cli.main())")
        return subprocess.run([sys.executable, "-P", "-c", program, str(installed), *words], cwd=tmp_path,
                              capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"})

    helped = linli("--help")
    assert (helped.returncode, helped.stderr.strip().startswith(str(installed))) == (0, True)
    config = linli("config", "city=tiny", "--json")
    assert config.returncode == 0, config.stderr
    assert json.loads(config.stdout)["config"]["city"]["shops"] == 4
    lab = linli("lab", "shop", "--json")
    assert json.loads(lab.stdout)["profit"] == 292030


def test_the_console_command_is_declared(installed: Path) -> None:
    entry = next(installed.glob("linli-*.dist-info/entry_points.txt")).read_text()
    assert "linli = experiments.cli:main" in entry
