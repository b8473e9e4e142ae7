"""The cache of compiled kernels notices every edit that could change a result."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import sim
from sim import jit

HELPER = """from sim.jit import device
from agents.numbers import OFFSET

@device
def helped(x):
    return 2.0 * x + OFFSET
"""
KERNEL = """import sys
import numpy as np
import numba
from sim.jit import CACHE_DIR, kernel, range_parallel
from agents.helper import helped

@kernel
def fill(out):
    for i in range_parallel(out.size):
        out[i] = helped(float(i))

out = np.zeros(3)
fill(out)
assert numba.config.CACHE_DIR == str(CACHE_DIR)
print(out[2], CACHE_DIR.name, sum(fill.alone.stats.cache_hits.values()))
"""


@pytest.fixture
def root(tmp_path):
    """A copy of the engine with a tiny kernel beside it, as in an installed wheel."""
    for name in ("__init__", "errors", "streams", "jit"):
        (tmp_path / "sim").mkdir(exist_ok=True)
        shutil.copy(Path(sim.__file__).parent / f"{name}.py", tmp_path / "sim")
    (tmp_path / "agents").mkdir()
    files = {"__init__": "", "helper": HELPER, "numbers": "OFFSET = 0.5\n", "fill": KERNEL, "other": "X = 1\n"}
    for name, text in files.items():
        (tmp_path / "agents" / f"{name}.py").write_text(text)
    return tmp_path


def run(root, module="agents.fill"):
    environment = {"PYTHONPATH": str(root), "LINLI_CACHE": str(root / "cache"), "PATH": ""}
    command = [sys.executable, "-P", "-m", module]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, check=True)
    value, folder, hits = done.stdout.split()
    return float(value), folder, int(hits)


def test_an_edited_helper_or_constant_in_another_file_is_noticed(root):
    first = run(root)
    assert first[0] == 4.5 and first[2] == 0
    (root / "agents" / "other.py").write_text("X = 2\n")
    assert run(root) == (4.5, first[1], 1)  # nothing that matters was edited: the compiled kernel is found
    (root / "agents" / "helper.py").write_text(HELPER.replace("2.0", "3.0"))
    second = run(root)
    assert second[0] == 6.5 and second[1] != first[1]
    (root / "agents" / "numbers.py").write_text("OFFSET = 0.25\n")
    assert run(root)[0] == 6.25


def test_kernel_sources_are_the_kernels_and_all_they_import(root):
    agents = root / "agents"
    (agents / "deep").mkdir()
    (agents / "deep" / "__init__.py").write_text("from . import rates\n")
    (agents / "deep" / "rates.py").write_text("from ..numbers import OFFSET\nimport numpy\n")
    (agents / "user.py").write_text("from sim import jit\nimport agents.deep\n")
    (agents / "caller.py").write_text("from sim.streams import key\nfrom agents import user\n")
    found = set(jit.kernel_sources(root))
    assert {"agents.user", "agents.deep", "agents.deep.rates", "agents.helper", "agents.fill", "sim.jit"} <= found
    assert not {"agents.other", "agents.caller", "sim.streams"} & found


def test_every_byte_of_a_kernel_source_enters_the_digest(root):
    before = jit.sources_digest(root)
    assert jit.sources_digest(root) == before
    (root / "agents" / "helper.py").write_text(HELPER + " ")
    assert jit.sources_digest(root) != before


def test_the_cache_goes_where_one_may_write(tmp_path, monkeypatch):
    monkeypatch.setenv("LINLI_CACHE", str(tmp_path / "缓存"))
    assert jit.cache_root() == tmp_path / "缓存"
    monkeypatch.delenv("LINLI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert jit.cache_root() == tmp_path / "xdg" / "linli"


def test_without_a_writable_folder_the_cache_is_a_temporary_one_that_nobody_else_could_prepare(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LINLI_CACHE", str(tmp_path / "file" / "x"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = jit.cache_root()
    assert first.parent == tmp_path and first == jit.cache_root() and first.stat().st_mode & 0o777 == 0o700
    first.chmod(0o777)
    second = jit.cache_root()
    assert second != first and second.parent == tmp_path and second.stat().st_mode & 0o077 == 0
