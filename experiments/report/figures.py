"""Figures as readers see them: few digits, a unit, a real minus sign."""

from __future__ import annotations

from experiments.metrics import METRICS
from experiments.report.words import Words
from experiments.statistics import Estimate

NONE = "–"
IN_PER_CENT = ("share", "share/month")
MOST_DIGITS = 4


def number(value: float | None, *, signed: bool = False, digits: int | None = None) -> str:
    """Three digits at most behind which nobody would decide differently, or ``digits`` decimals; thousands apart."""
    if value is None:
        return NONE
    text = f"{abs(value):,.{_digits(abs(value)) if digits is None else digits}f}"
    if not float(text.replace(",", "")):
        return text
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


def yuan(value: float) -> str:
    """An amount in whole yuan."""
    return number(value, digits=0)


def count(value: float) -> str:
    """A number of things: whole unless it is a mean that is not."""
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else number(value)


def scaled(value: float | None, name: str) -> float | None:
    """A metric's value in the unit it is printed in: shares in per cent."""
    return value * 100.0 if value is not None and METRICS[name].unit in IN_PER_CENT else value


def metric(value: float | None, name: str, *, signed: bool = False) -> str:
    """A metric's value without its unit."""
    return number(scaled(value, name), signed=signed)


def mean(found: Estimate, name: str, *, signed: bool = False) -> str:
    """The mean alone, with as many decimals as its interval has."""
    return number(scaled(found.mean, name), signed=signed, digits=_shared(found, name))


def between(found: Estimate, name: str, words: Words, *, signed: bool = False) -> str:
    """The interval alone, empty where there is none."""
    if found.low is None or found.high is None:
        return ""
    low, high = (number(scaled(end, name), signed=signed, digits=_shared(found, name))
                 for end in (found.low, found.high))
    return words("interval", low=low, high=high)


def with_interval(found: Estimate, name: str, words: Words, *, signed: bool = False) -> str:
    """Mean and interval, all three with the same decimals."""
    bounds = between(found, name, words, signed=signed)
    text = mean(found, name, signed=signed)
    return f"{text} ({bounds})" if bounds else text


def decimals(*values: float | None) -> int:
    """Decimals that values of one estimate share: those of the largest."""
    return _digits(max((abs(value) for value in values if value is not None), default=0.0))


def _digits(size: float) -> int:
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _shared(found: Estimate, name: str) -> int:
    """As `decimals`; more where an interval that does not hold zero would seem to end there."""
    low, high = scaled(found.low, name), scaled(found.high, name)
    digits = decimals(scaled(found.mean, name), low, high)
    if low is not None and high is not None and low * high > 0:
        while digits < MOST_DIGITS and not round(min(abs(low), abs(high)), digits):
            digits += 1
    return digits
