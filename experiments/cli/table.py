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


def figure(value: Any) -> str:
    """A number with six digits; what is no finite number is a dash."""
    return "-" if value is None or value != value else f"{value:.6g}" if isinstance(value, float) else str(value)
