"""Progress and time left on standard error."""

from __future__ import annotations

from experiments.cli import progress
from experiments.cli.progress import Progress


def test_a_log_gets_the_first_the_last_and_a_line_every_ten_seconds(monkeypatch, capsys) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    say = Progress("demo")
    for day in range(29):
        now[0] = day * 3.0
        say(day, 28, "spf")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "demo 0/28  spf"
    assert lines[1] == "demo 4/28  spf  1:12 left"
    assert lines[-1] == "demo 28/28  spf  1:24 taken"
    assert len(lines) == 8


def test_nothing_to_do_is_done(capsys) -> None:
    Progress("demo")(0, 0)
    assert capsys.readouterr().err == "demo 0/0  0:00 taken\n"
