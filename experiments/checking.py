"""A policy is checked in a process of its own, so that one that hangs, crashes or prints is reported, not suffered."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem

CHUNK = 65_536
FIRST_BYTES = 300
"""So much of what a policy prints is kept to show."""


@dataclass
class Checked:
    """What the check found: every problem as (step, what is wrong), and where it came to an end.

    `unfinished` is empty when it came to its end.
    """

    point: str | None = None
    version: str | None = None
    cases: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    unfinished: str = ""


def check_apart(policy: str, params: Mapping[str, Any], seconds: float) -> Checked:
    """Check `module:Class`, or a registered policy, made with `params`.

    A step that takes longer than `seconds` ends the check. The current directory is on the path. Raises InputError when
    no policy can be made of what is named.
    """
    receive, send = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "policies.conformance_process", str(send)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(send,),
            start_new_session=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    finally:
        os.close(send)
    try:
        return _Watch(child, receive, seconds).result(policy, params)
    finally:
        _end(child)
        os.close(receive)


class _Watch:
    """Reads what a child reports and prints, until it is done, has ended, or is stuck in a step."""

    def __init__(self, child: subprocess.Popen[bytes], report: int, seconds: float) -> None:
        self._child, self._report, self._seconds = child, report, seconds
        self._step, self._began = "start", time.monotonic()
        self._found = Checked()
        self._done = False
        self._part = b""
        self._printed = {"stdout": b"", "stderr": b""}

    def result(self, policy: str, params: Mapping[str, Any]) -> Checked:
        """What was found, once there is no more to find."""
        assert self._child.stdin and self._child.stdout and self._child.stderr
        asked = {"policy": policy, "params": dict(params), "path": str(Path.cwd())}
        with suppress(BrokenPipeError):  # it has ended already: what it reported says why
            self._child.stdin.write(json.dumps(asked).encode())
            self._child.stdin.close()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._report, selectors.EVENT_READ, "report")
            waiting.register(self._child.stdout, selectors.EVENT_READ, "stdout")
            waiting.register(self._child.stderr, selectors.EVENT_READ, "stderr")
            while waiting.get_map() and not self._done:
                left = self._began + self._seconds - time.monotonic()
                if left <= 0:
                    self._stuck()
                    break
                for key, _ in waiting.select(left):
                    content = os.read(key.fd, CHUNK)
                    if not content:
                        waiting.unregister(key.fileobj)
                    elif key.data == "report":
                        self._told(content)
                    else:
                        self._printed[key.data] = (self._printed[key.data] + content)[:FIRST_BYTES]
        if not self._done and not self._found.unfinished:
            self._ended()
        if self._printed["stdout"]:
            first = self._printed["stdout"].decode(errors="backslashreplace").splitlines()[0]
            self._found.problems.append(("standard output", f"something is printed, beginning with {first[:80]!r}"))
        return self._found

    def _told(self, content: bytes) -> None:
        *lines, self._part = (self._part + content).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "unusable" in told:
                raise InputError(Problem("module:Class", told["unusable"]))
            if "found" in told:
                self._found.problems += [(told["step"], one) for one in told["found"]]
            elif "step" in told:
                self._step, self._began = told["step"], time.monotonic()
            else:
                self._found.point, self._found.version = told["point"], told["version"]
                self._found.cases, self._done = told["cases"], True
                known = {f"{step}: {what}" for step, what in self._found.problems}
                self._found.problems += [("", one) for one in told["problems"] if one not in known]

    def _stuck(self) -> None:
        self._found.problems.append((self._step, f"gave no answer within {self._seconds:g} s"))
        self._found.unfinished = self._step

    def _ended(self) -> None:
        code = self._child.wait()
        how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        last = self._printed["stderr"].decode(errors="backslashreplace").splitlines()[-1:]
        said = f": {last[0][:200]}" if last else ""
        self._found.problems.append((self._step, f"ended the process ({how}){said}"))
        self._found.unfinished = self._step


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            stream.close()
