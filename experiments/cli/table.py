"""Figures in columns for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def metric_lines(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line a metric: name, value with six digits, unit; a value that does not exist is a dash with its reason."""
    width = max((len(name) for name in metrics), default=0)
    lines = []
    for name, metric in metrics.items():
        shown, reason = figure(metric["value"]), metric.get("reason")
        lines.append(f"{name:<{width}}  {shown:>12}  {metric['unit']}" + (f"  ({reason})" if reason else ""))
    return lines


def phase_lines(phases: Mapping[str, float]) -> list[str]:
    """Seconds by phase of the business day, in clock order; what took less than 1 % stands together at the end."""
    total = sum(phases.values())
    long = {name: seconds for name, seconds in phases.items() if seconds >= 0.01 * total}
    rest = total - sum(long.values())
    shown = [f"{name} {seconds:.2f}" for name, seconds in long.items()]
    return [f"seconds by phase: {', '.join(shown)}, others {rest:.2f}; together {total:.2f}"] if total else []


def figure(value: Any) -> str:
    """A number with six digits; what is no finite number is a dash."""
    return "-" if value is None or value != value else f"{value:.6g}" if isinstance(value, float) else str(value)
