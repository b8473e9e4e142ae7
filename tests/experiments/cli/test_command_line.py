"""The command line as a user meets it: exit codes, one line for each mistake, JSON alone on standard output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agents.params import OwnerParams
from experiments.cli import main
from experiments.cli.arguments import parse
from experiments.cli.verb import VERBS
from experiments.config.compose import ROOTS
from sim.errors import RunError

ROOT = Path(__file__).resolve().parents[3]


def linli(*words: str, code: str = "", **options) -> subprocess.CompletedProcess[str]:
    """A fresh process; `code` runs first in it."""
    program = f"{textwrap.dedent(code)}\nimport sys\nfrom experiments.cli import main\nsys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, "-c", program, *words], env=environment, text=True, capture_output=True,
                          timeout=60, **options)


def stand_in(body: str) -> str:
    """Code that puts a runner in place whose run_arm has this body."""
    return ("import sys, types, os, time, ctypes\n"
            "from sim.errors import RunError\n"
            f"def run_arm(config, directory, progress, **more):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
            "sys.modules['experiments.runner'] = types.SimpleNamespace(run_arm=run_arm)\n")


ANSWER = ("return {'digest': 'd1', 'demand': {}, 'phases': {}, "
          "'metrics': {'loss_rate': {'value': float('nan'), 'unit': 'share'}}}")


@pytest.mark.parametrize("words", [["--help"], *([verb, "--help"] for verb in VERBS)])
def test_help_needs_none_of_the_heavy_libraries(words: list[str]) -> None:
    heavy = ("numba numpy pandas pyarrow hydra omegaconf pydantic scipy mesa simpy matplotlib ray torch lightgbm "
             "optuna recbole mlforecast onnxruntime fastapi")
    code = f"""
        import atexit, sys
        atexit.register(lambda: print(*(name for name in {heavy.split()!r} if name in sys.modules), file=sys.stderr))
        """
    done = linli(*words, code=code)
    assert done.returncode == 0
    assert "usage: linli" in done.stdout
    assert done.stderr.strip() == ""


@pytest.mark.parametrize(("words", "lines"), [
    ([], [f"no verb given; there are {', '.join(VERBS)} (linli --help says more)"]),
    (["comapre"], [f"comapre: no such verb; there are {', '.join(VERBS)} (did you mean 'compare'?)"]),
    (["run", "--jsn", "tiny", "cty=tiny", "days=0"], [
        "--jsn: no such flag (did you mean '--json'?)",
        "tiny: linli run takes no such argument; values are given as key=value",
        "cty: no such key (did you mean 'city'?)",
        "days: must be at least 1, not 0"]),
    (["run", "--retry-failed", "city=huge"], [
        "--retry-failed: linli run takes no such flag",
        "city: no such choice 'huge'; there are district, metropolis, small, tiny"]),
    (["config", "compair"], [f"compair: has no configuration; there are {', '.join(ROOTS)} (did you mean 'compare'?)"]),
    (["lab"], ["NAME: is missing; there are cooling, perishable, recommend, reefer, route, shelf_life, shop"]),
    (["run", "--out"], ["--out: needs a directory"]),
    (["compare", "--workers"], ["--workers: needs a number"]),
    (["compare", "--workers", "two"], ["--workers: must be a whole number from 1 to 64, not 'two'"]),
    (["compare", "--workers=65"], ["--workers: must be a whole number from 1 to 64, not '65'"]),
    (["compare", "--workers=0", "x=1"], ["--workers: must be a whole number from 1 to 64, not '0'", "x: no such key"]),
    (["run", "--workers=2"], ["--workers: linli run takes no such flag"]),
    (["status"], ["DIR: is missing; give the directory of an experiment"]),
    (["resume", "days=3"], ["days: cannot be given: an experiment goes on with the values it has"]),
    (["resume", "/nowhere/at/all"], ["/nowhere/at/all: does not exist; give the directory that linli compare wrote"]),
    (["run", "=3"], ["=3: has no key before the '='"]),
    (["run", "--json=yes"], ["--json: takes no value"]),
    (["run", "city.members=70000", "city.shops=0"], [
        "city.shops: must be at least 1, not 0", "city.members: must be at most 65536, not 70000"]),
    (["run", "city.shops=300", "city.members=60000"], [
        "city: 300 shops with 60000 members are more than 10000000 residents"]),
    (["run", "world.owners=3"], [
        "world.owners: is a section; give one of its values: world.owners.smoothing, world.owners.smoothing_sd, "
        "world.owners.stock_adjustment, world.owners.stock_adjustment_sd, world.owners.supply_line_weight, "
        "world.owners.supply_line_weight_sd, world.owners.cover_days, world.owners.cover_days_sd and "
        f"{len(OwnerParams.model_fields) - 8} more (linli config run)"]),
    (["compare", "scenarios=[1, spf]", "replications=100000000"], [
        "scenarios.0: must be text, not 1", "replications: must be at most 10000, not 100000000"]),
])
def test_every_mistake_is_one_line_and_exit_2(words: list[str], lines: list[str], capfd, tmp_path,
                                              monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert (out, err.splitlines()) == ("", lines)
    assert not any(tmp_path.iterdir())


def test_mistakes_as_json_are_the_only_output(capfd) -> None:
    assert main(["run", "citty=tiny", "data=/没有 这里/x", "--json"]) == 2
    out, err = capfd.readouterr()
    assert err == ""
    assert json.loads(out) == {"errors": [
        {"path": "citty", "message": "no such key", "nearest": "city"},
        {"path": "data", "message": "no such file or directory: /没有 这里/x", "nearest": None}]}


def test_a_results_path_that_is_a_file_is_refused_with_the_other_mistakes(capfd, tmp_path) -> None:
    (tmp_path / "f").write_text("kept")
    assert main(["run", "days=x", "--out", str(tmp_path / "f")]) == 2
    err = capfd.readouterr().err
    assert f"--out: not a directory: {tmp_path / 'f'}" in err and "days: " in err
    assert (tmp_path / "f").read_text() == "kept"


def test_a_recording_that_is_not_there_is_noticed_before_anything_is_computed(capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "数据 [空], a=b"
    folder.mkdir()
    for words in (["compare", "scenarios=[traditional, replay]"], ["run", "scenario=replay"]):
        assert main([*words, "city=tiny", "days=2", f"data={folder}", "source_city=3"]) == 2
        assert capfd.readouterr().err.splitlines()[-3:] == [
            f"data: {folder / name}: there is no such file" for name in ("daily.parquet", "stores.csv", "products.csv")]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_run_does_without_pandas_which_can_still_be_used_after_it(tmp_path) -> None:
    program = ("import sys\nfrom experiments.cli import main\nmain(['run', 'city=tiny', 'days=1'])\nimport pyarrow\n"
               "print('pandas' in sys.modules, pyarrow.table({'a': [1, 2]}).to_pandas()['a'].sum())")
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
                          capture_output=True, timeout=120, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "False 3", done.stderr


def test_config_prints_what_composes_again(capfd) -> None:
    import yaml

    assert main(["config", "compare", "city=tiny"]) == 0
    config = yaml.safe_load(capfd.readouterr().out)
    assert config["city"] == {"name": "tiny", "shops": 4, "members": 100, "station": "shanghai"}
    assert list(config["arms"]) == config["scenarios"]


def test_json_has_standard_output_to_itself_even_from_c(tmp_path) -> None:
    body = ("print('from python')\nos.write(1, b'from the descriptor')\n"
            "ctypes.CDLL(None).puts(b'from C, flushed at the end')\n" + ANSWER)
    done = linli("run", "city=tiny", "days=1", "--json", code=stand_in(body), cwd=tmp_path)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert answer["metrics"]["loss_rate"]["value"] is None
    assert "from python" in done.stderr and "from the descriptor" in done.stderr and "from C" in done.stderr


def test_a_second_run_says_that_the_result_is_the_same(tmp_path) -> None:
    first, second = (linli("run", "city=tiny", code=stand_in(ANSWER), cwd=tmp_path) for _ in range(2))
    assert "same as" not in first.stderr and "same as the result in results/" in second.stderr
    assert len(list((tmp_path / "results").iterdir())) == 1


@pytest.mark.parametrize(("body", "line"), [
    ("raise RunError('the hub\\nburned down')", "the hub burned down; the trace is in "),
    ("1 / 0", "unexpected ZeroDivisionError: division by zero; the trace is in ")])
def test_a_failed_run_is_one_line_and_a_trace_in_a_file(tmp_path, body: str, line: str) -> None:
    done = linli("run", "city=tiny", code=stand_in(body), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(line) and done.stderr.count("\n") == 1
    trace = Path(done.stderr.strip().removeprefix(line))
    assert "Traceback" in trace.read_text()
    trace.unlink()
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_interruption_is_one_line_and_leaves_nothing(tmp_path, number: signal.Signals, flags: list[str]) -> None:
    body = f"signal = __import__('signal')\nos.kill(os.getpid(), {int(number)})\ntime.sleep(20)"
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + stand_in(body)
    done = linli("run", "city=tiny", *flags, code=code, cwd=tmp_path)
    assert done.returncode == 130
    message = json.loads(done.stdout)["errors"][0]["message"] if flags else done.stderr.strip()
    assert message == "interrupted; nothing was written"
    assert not any(tmp_path.iterdir())


def test_too_little_memory_is_one_line(tmp_path) -> None:
    done = linli("run", "city=tiny", code=stand_in("raise MemoryError('Unable to allocate 9 GiB')"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("there is not enough memory for this (Unable to allocate 9 GiB); take fewer")
    assert not any(tmp_path.iterdir())


def test_an_interrupted_comparison_names_the_line_that_resumes(tmp_path, monkeypatch, capfd) -> None:
    import types

    def compare(*_, **__) -> dict[str, object]:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "experiments.compare", types.SimpleNamespace(compare=compare))
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "experiment=demo", "scenarios=[traditional, spf]"]) == 130
    assert "to resume: linli compare experiment=demo 'scenarios=[traditional, spf]'" in capfd.readouterr().err


def test_a_reader_that_leaves_is_no_error() -> None:
    for flags in ("", "--json"):
        done = subprocess.run(["bash", "-c", f"set -o pipefail; '{sys.executable}' -c 'import sys; from "
                               f"experiments.cli import main; sys.exit(main())' config {flags} | true"],
                              env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("words", "where", "code", "said"), [
    ("config", ">&- 2>&- <&-", 0, ""),
    ("config --json", ">&- 2>&-", 0, ""),
    ("run x=1", "2>&-", 2, ""),
    ("config", "2>/dev/full >/dev/null", 0, ""),
    ("config", ">/dev/full", 1, "standard output cannot be written to (No space left on device); the trace is in "),
    ("config --json", ">/dev/full", 1, "standard output cannot be written to (No space left on device); the trace is "),
    ("run x=1 --json", ">/dev/full", 2, "x: no such key\nstandard output cannot be written to (No space left"),
])
def test_descriptors_that_are_closed_or_full(words: str, where: str, code: int, said: str) -> None:
    done = subprocess.run(["bash", "-c", f"'{sys.executable}' -c 'import sys; from experiments.cli import main; "
                           f"sys.exit(main())' {words} {where}"],
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert done.stderr.startswith(said) and "Traceback" not in done.stderr
    assert said or not done.stderr


def test_progress_that_nobody_reads_does_not_stop_the_work(tmp_path) -> None:
    code = stand_in("progress(0, 2, 'a')\nprogress(2, 2, 'b')\n" + ANSWER)
    program = f"{code}\nfrom experiments.cli import main\nsys.exit(main())"
    done = subprocess.run(["bash", "-c", f"'{sys.executable}' -c \"$0\" run city=tiny 2>/dev/full", program],
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
                          cwd=tmp_path)
    assert done.returncode == 0 and "digest d1" in done.stdout


def test_text_that_the_terminal_cannot_show_is_escaped(tmp_path) -> None:
    done = linli("config", f"data={tmp_path}", code="import sys; sys.stdout.reconfigure(encoding='ascii')\n"
                 f"import os; os.mkdir({str(tmp_path / '数据')!r})")
    assert done.returncode == 0
    done = linli("config", f"data={tmp_path / '数据'}", code="import sys; sys.stdout.reconfigure(encoding='ascii')")
    assert done.returncode == 0 and "\\u6570" in done.stdout


def test_an_error_inside_the_failing_line_does_not_hide_the_first(monkeypatch, capfd) -> None:
    import experiments.cli.config as verb

    def fail(call: object) -> object:
        raise RunError("broken")

    monkeypatch.setattr(verb, "prepare", fail)
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert main(["config"]) == 1
    assert capfd.readouterr().err == "broken; the trace is in no file (No space left on device)\n"


def test_words_are_split_at_the_first_equals_sign() -> None:
    call, problems = parse(["run", "data=/a=b/[c], d", "--out=x=y", "--", "--json", "./a=b"])
    assert call.pairs == (("data", "/a=b/[c], d"),)
    assert call.out == "x=y"
    assert call.positionals == ("--json", "./a=b")
    assert not call.flags & {"--json"}
    assert [problem.path for problem in problems] == ["--json", "./a=b"]


def test_bytes_that_are_no_text_are_refused(capfd) -> None:
    assert main(["run", "data=/\udce4"]) == 2
    assert "is not valid UTF-8" in capfd.readouterr().err
