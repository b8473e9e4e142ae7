"""Code that takes too long is interrupted, and whoever else uses the alarm signal notices nothing."""

import signal
import threading
import time

import pytest

from sim.deadline import Expired, within


def test_what_ends_in_time_returns_or_raises_as_ever():
    assert within(5, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_does_not_end_is_interrupted_and_nothing_rings_afterwards():
    with pytest.raises(Expired):
        within(0.02, lambda: time.sleep(30))
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_limit_within_a_limit():
    def inner():
        with pytest.raises(Expired):
            within(0.02, lambda: time.sleep(30))
        time.sleep(30)

    with pytest.raises(Expired):
        within(0.2, inner)


@pytest.mark.parametrize("wait", [0.3, 0.01])
def test_the_timer_and_handler_of_before_go_on(wait):
    """Also when it was due while the code within ran: then it rings at the end."""
    rung = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(time.monotonic()))
    try:
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, wait)
        within(5, lambda: time.sleep(0.1))
        while not rung and time.monotonic() - began < 5:
            time.sleep(0.01)
        assert rung[0] - began >= max(wait, 0.1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_in_another_thread_there_is_no_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append(within(0.01, lambda: time.sleep(0.1) or "whole")))
    thread.start()
    thread.join()
    assert found == ["whole"]
