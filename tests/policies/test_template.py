"""The template of a policy package installs, is found and decides; a package that misbehaves is named, and the baseline
decides instead."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow.compute as pc
import pytest

from experiments.build import build
from experiments.cli import main
from experiments.config.compose import compose
from policies import registry

ROOT = Path(__file__).resolve().parents[2]

BAD = """
    import sys, time
    from policies.replenish.base_stock import BaseStock


    class Raises(BaseStock):
        def decide(self, observation):
            raise KeyError("mood")


    class TooFew(BaseStock):
        def decide(self, observation):
            return super().decide(observation).slice(1)


    class Leaves(BaseStock):
        def decide(self, observation):
            sys.exit(3)


    class Hangs(BaseStock):
        def decide(self, observation):
            while True:
                time.sleep(60)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A copy of the template, so that building it leaves nothing in the repository."""
    return Path(shutil.copytree(ROOT / "docs" / "template", tmp_path_factory.mktemp("author") / "mine",
                                ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache")))


@pytest.fixture(scope="module")
def installed(template: Path, tmp_path_factory) -> Path:
    """The folder that the template is installed into."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--no-deps", "--no-index",
         "--no-build-isolation", "--target", str(folder), str(template)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def put_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(registry, "_installed", registry._installed.__wrapped__)  # what it found before is not asked


def test_its_own_tests_pass(template: Path, installed: Path) -> None:
    paths = os.pathsep.join([str(installed), str(ROOT)])
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], cwd=template,
                          env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_it_is_found_checked_and_decides_in_an_arm(installed: Path, tmp_path, monkeypatch, capfd) -> None:
    put_on_path(installed, monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert "replenish.cover" in registry.names("replenish")
    assert main(["check", "replenish.cover", "cover_days=3"]) == 0
    assert "replenish.cover conforms to replenish" in capfd.readouterr().out
    words = ["city=tiny", "scenario=traditional", "days=1", "scenario.policies.replenish=replenish.cover"]
    assert main(["run", *words, "scenario.params.replenish.cover_days=3"]) == 0
    assert main(["run", *words, "scenario.params.replenish.cover_dys=3"]) == 2
    assert "did you mean 'scenario.params.replenish.cover_days'?" in capfd.readouterr().err
    assert decided(*words) == [("replenish.cover", "")]


@pytest.fixture(scope="module")
def bad(tmp_path_factory) -> Path:
    """An installed package whose policies break their promises."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "their_rules.py").write_text(textwrap.dedent(BAD))
    about = folder / "their_rules-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rules\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[linli.policies]\n" + "".join(
        f"replenish.{name.lower()} = their_rules:{name}\n" for name in ("Raises", "TooFew", "Leaves", "Hangs")))
    return folder


@pytest.mark.parametrize(("name", "reason"), [
    ("raises", "raised KeyError: 'mood'"),
    ("toofew", "not answered: shop=0, sku=0"),
    ("leaves", "raised SystemExit: 3"),
    ("hangs", "gave no answer within 1 s"),
])
def test_where_a_package_misbehaves_the_baseline_decides_and_the_log_says_why(name: str, reason: str, bad: Path,
                                                                              monkeypatch) -> None:
    put_on_path(bad, monkeypatch)
    monkeypatch.setenv("LINLI_DECIDE_SECONDS", "1")
    found = decided("city=tiny", "scenario=traditional", "days=1", f"scenario.policies.replenish=replenish.{name}")
    assert found == [("replenish.owner_experience", f"replenish.{name}: {reason}")]


def decided(*words: str) -> list[tuple[str, str]]:
    """Who decided at `replenish` in an arm without a burn-in, and why the policy asked first was refused."""
    config = compose("run", [*(tuple(word.split("=", 1)) for word in words), ("burn_in_days", "0")]).config
    twin = build(config)
    twin.run(config.days)
    rows = twin.ports.log.read("decision")
    rows = rows.filter(pc.equal(rows["point"], "replenish"))
    return sorted(set(zip(rows["policy"].to_pylist(), rows["refused"].to_pylist(), strict=True)))
