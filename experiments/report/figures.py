"""Figures as readers see them: few digits, a unit, a real minus sign."""

from __future__ import annotations

from experiments.metrics import METRICS
from experiments.report.words import Words
from experiments.statistics import Estimate

NONE = "–"
IN_PER_CENT = ("share", "share/month")


def number(value: float | None, *, signed: bool = False) -> str:
    """Three digits at most behind which nobody would decide differently; thousands are kept apart."""
    if value is None:
        return NONE
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    text = f"{size:,.{digits}f}"
    if not float(text.replace(",", "")):
        return text
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


def count(value: float) -> str:
    """A number of things: whole unless it is a mean that is not."""
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else number(value)


def scaled(value: float | None, name: str) -> float | None:
    """A metric's value in the unit it is printed in: shares in per cent."""
    return value * 100.0 if value is not None and METRICS[name].unit in IN_PER_CENT else value


def metric(value: float | None, name: str, *, signed: bool = False) -> str:
    """A metric's value without its unit."""
    return number(scaled(value, name), signed=signed)


def between(found: Estimate, name: str, words: Words, *, signed: bool = False) -> str:
    """The interval alone, empty where there is none."""
    if found.low is None or found.high is None:
        return ""
    return words("interval", low=metric(found.low, name, signed=signed), high=metric(found.high, name, signed=signed))


def with_interval(found: Estimate, name: str, words: Words, *, signed: bool = False) -> str:
    """Mean and interval."""
    bounds = between(found, name, words, signed=signed)
    text = metric(found.mean, name, signed=signed)
    return f"{text} ({bounds})" if bounds else text
