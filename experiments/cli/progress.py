"""How far a command is and how long it still takes, on standard error."""

from __future__ import annotations

import sys
import time

from experiments.cli.output import to_nowhere


def announce(*lines: str) -> None:
    """Say something on standard error before the work begins."""
    try:
        for line in lines:
            print(line, file=sys.stderr, flush=True)
    except OSError:  # nobody reads it: the work goes on
        to_nowhere(2)


class Progress:
    """Call it with what is done of how much.

    A terminal gets one line that is rewritten; a log gets a line when something begins or ends and every ten seconds.
    """

    def __init__(self, label: str) -> None:
        """Starts the watch; `label` stands before each line."""
        self._label = label
        self._began = time.monotonic()
        self._said = float("-inf")
        self._first: tuple[float, float] | None = None

    def __call__(self, done: float, total: float, what: str = "") -> None:
        """`done` of `total` in any unit; `what` names what is being done."""
        now = time.monotonic()
        if self._first is None and done > 0:
            self._first = done, now
        terminal = sys.stderr.isatty()
        if now - self._said < (0.2 if terminal else 10) and done < total:
            return
        self._said = now
        left = f"{_clock(now - self._began)} taken" if done >= total else self._left(done, total, now)
        line = "  ".join(part for part in (f"{self._label} {done:g}/{total:g}", what, left) if part)
        end = "\n" if not terminal or done >= total else ""
        try:
            print(f"\r\033[K{line}" if terminal else line, end=end, file=sys.stderr, flush=True)
        except OSError:  # nobody reads it any more: the work goes on
            to_nowhere(2)

    def _left(self, done: float, total: float, now: float) -> str:
        """The time left at the pace since the first report of anything done: before it, things were being compiled."""
        if self._first is None:
            return ""
        pace = (now - self._first[1]) / (done - self._first[0]) if done > self._first[0] else 0.0
        return f"{_clock(pace * (total - done))} left" if pace else ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
