"""Every command line of README and docs: the cheap ones run as they stand, the long ones compose."""

import datetime as dt
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from experiments.cli.arguments import parse
from experiments.cli.given import given
from experiments.cli.verb import load
from experiments.config.compose import ROOTS, compose
from experiments.labs import prepare_lab

_SPEC = importlib.util.spec_from_file_location("docs_commands", Path(__file__).with_name("commands.py"))
_COMMANDS = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _COMMANDS
_SPEC.loader.exec_module(_COMMANDS)
MARKS, ROOT, blocks, commands = _COMMANDS.MARKS, _COMMANDS.ROOT, _COMMANDS.blocks, _COMMANDS.commands

MOST_SECONDS = 240
MOST_SESSION_SECONDS = 1_200


def test_every_shell_block_says_how_it_is_tested():
    unmarked = [(b.page, b.text) for b in blocks() if b.language in ("sh", "bash", "shell", "console", "")
                and b.mark not in MARKS and b.text.strip().startswith(("linli", "make", "pip", "python", "$"))]
    assert unmarked == []
    assert {mark for _, mark in ((b.page, b.mark) for b in blocks("sh"))} <= set(MARKS)


def test_every_command_shown_in_a_table_stands_in_a_block_too():
    lines = {line for mark in MARKS for _, line in commands(mark)}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(linli [^`]*)`", readme, re.MULTILINE)) <= lines


def test_readme_shows_what_a_newcomer_needs():
    lines = [line for mark in MARKS for page, line in commands(mark) if page == "README.md"]
    for beginning in ("make demo", "make test", "linli --help", "linli run", "linli compare", "linli lab perishable",
                      "linli lab shop", "linli config", "linli run scenario=replay"):
        assert any(line.startswith(beginning) for line in lines), beginning


@pytest.fixture(scope="module")
def fresh_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a small recording where the documentation says `path/to/freshretailnet`."""
    here = tmp_path_factory.mktemp("docs")
    data = here / "path" / "to" / "freshretailnet"
    data.mkdir(parents=True)
    (data / "stores.csv").write_text("store_id,city_id\n4,3\n9,3\n")
    (data / "products.csv").write_text("product_id,first_category_id\n1,1\n2,1\n")
    rows = [(store, product, day) for store in (4, 9) for product in (1, 2) for day in range(90)]
    daily = {
        "store_id": pa.array([store for store, _, _ in rows], pa.int16()),
        "product_id": pa.array([product for _, product, _ in rows], pa.int16()),
        "dt": pa.array([dt.datetime(2024, 3, 28) + dt.timedelta(days=day) for _, _, day in rows], pa.timestamp("us")),
        "sale": pa.array([0.1 * (1 + (store + product + day) % 5) for store, product, day in rows], pa.float32()),
        "stockout_hours_6_22": pa.array([0] * len(rows), pa.uint8()),
        "discount": pa.array([1.0] * len(rows), pa.float32()),
    }
    pq.write_table(pa.table(daily), data / "daily.parquet")
    return here


def test_the_installed_command_answers():
    program = Path(sys.executable).with_name("linli")
    done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    assert done.returncode == 0 and "usage: linli" in done.stdout, done.stderr


def pages() -> dict[str, list[str]]:
    """The runnable lines of each page in reading order: a line may need what one before it on its page has written."""
    found: dict[str, list[str]] = {}
    for block in blocks("sh"):
        if block.mark == "run":
            found.setdefault(block.page, []).extend(block.lines)
    return found


@pytest.mark.parametrize("page", pages())
def test_cheap_commands_of_a_page_run_as_they_stand(page, fresh_directory, monkeypatch, capsys):
    monkeypatch.chdir(fresh_directory)
    for line in pages()[page]:
        if line.startswith("export PATH="):
            assert line == 'export PATH="$PWD/.venv/bin:$PATH"'
            continue
        program, *words = shlex.split(line, comments=True)
        assert program == "linli", line
        code = main(words)
        assert code == 0, (line, capsys.readouterr().err)


def sessions() -> dict[str, str]:
    """What a reader of each page types into one shell."""
    found: dict[str, str] = {}
    for block in blocks("sh"):
        if block.mark == "session":
            found[block.page] = found.get(block.page, "") + block.text
    return found


@pytest.mark.parametrize("page", sessions())
def test_a_session_runs_as_it_stands(page, tmp_path):
    if shutil.which("curl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("curl is not on the path (make ci-system installs it)")
        pytest.skip("curl is not on the path (Debian: apt install curl)")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    with subprocess.Popen(["bash", "-euo", "pipefail", "-c", sessions()[page]], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as shell:
        try:
            said, _ = shell.communicate(timeout=MOST_SESSION_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, said


@pytest.mark.parametrize(("page", "line"), commands("check"), ids=lambda value: value)
def test_long_commands_compose(page, line, fresh_directory, monkeypatch):
    monkeypatch.chdir(fresh_directory)
    program, *words = shlex.split(line, comments=True)
    assert program == "linli"
    call, problems = parse(words)
    assert problems == []
    if call.verb in ROOTS:
        compose(call.verb, call.pairs)
    elif call.verb == "lab":
        prepare_lab(call.positionals[0], call.pairs)
    else:
        given(call, load(call.verb).VERB)


@pytest.mark.parametrize(("page", "line"), commands("make"), ids=lambda value: value)
def test_make_targets_exist(page, line):
    rules = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    program, target, *_ = shlex.split(line)
    assert program == "make" and target in rules


def test_a_line_that_no_longer_parses_is_noticed():
    call, problems = parse(["run", "cty=tiny"])
    assert problems == []
    with pytest.raises(Exception, match="city"):
        compose(call.verb, call.pairs)
