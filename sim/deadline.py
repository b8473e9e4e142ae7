"""A limit on how long somebody else's code may take, by the wall clock."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

DECIDE_SECONDS = 120.0
"""Longest that a policy may take over one question unless said otherwise: none that comes to an end takes that long."""
AGAIN_SECONDS = 0.5
"""Code that swallows the interruption is interrupted again so much later."""
SOONEST_SECONDS = 1e-6
"""A timer of 0 would never ring: one that is overdue rings at once."""


class Expired(BaseException):
    """The time was up. No `Exception`, so that code which catches whatever goes wrong in it does not catch this."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns; the signal handler and timer of before are as they were, however it ends.

    It is the process's alarm signal that interrupts, so there is a limit in the main thread only: elsewhere the call
    takes as long as it likes. Compiled code is interrupted when it comes back to Python, not before.

    Raises
    ------
    Expired
        when it has not returned after ``seconds``.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    running = True

    def expire(number: int, frame: FrameType | None) -> None:
        if running:
            raise Expired

    handler = signal.signal(signal.SIGALRM, expire)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    began = time.monotonic()
    try:
        return call()
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            left = max(left - (time.monotonic() - began), SOONEST_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, left, interval)
