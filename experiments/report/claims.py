"""The source's claims and whether the twin's intervals bear them out; the claims are printed, never put in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from experiments.evaluate import Comparison, long_enough
from experiments.metrics import METRICS
from experiments.statistics import Estimate, estimate

BEFORE, AFTER = "traditional", "spf"
ABOUT = 0.1
"""A single figure is read as a range of a tenth to either side."""

Judgement = Literal["agrees", "does_not_follow", "undecidable", "no_verdict"]


class Judged(NamedTuple):
    """One side of a claim: what the source says (lowest and highest, None is no bound), the twin's figure, the verdict.

    ``why`` names the reason where there is no verdict: arm, metric, horizon, season, figure or interval.
    """

    low: float | None
    high: float | None
    found: Estimate | None
    verdict: Judgement
    why: str | None = None


class Claim(NamedTuple):
    """A claim with both its sides; ``fitted``: the before side is what the twin was calibrated to."""

    name: str
    metric: str
    ratio: bool
    fitted: bool
    before: Judged | None
    after: Judged


def claims(found: Comparison) -> list[Claim]:
    """Every claim of the source, judged by this comparison."""
    return [_claim(found, name, row) for name, row in _rows().items()]


def judge(interval: Estimate, low: float | None, high: float | None) -> Judgement:
    """``agrees`` when the whole interval lies in the claimed range, ``does_not_follow`` when none of it does."""
    if interval.low is None or interval.high is None:
        return "no_verdict"
    if (low is None or interval.low >= low) and (high is None or interval.high <= high):
        return "agrees"
    if (low is not None and interval.high < low) or (high is not None and interval.low > high):
        return "does_not_follow"
    return "undecidable"


def _claim(found: Comparison, name: str, row: Mapping[str, Any]) -> Claim:
    ratio, metric = bool(row.get("ratio")), row["metric"]
    before = None
    if "before" in row:
        low, high = row["before"]
        before = _judged(found, row, BEFORE, *(_about(low) if low == high else (low, high)))
    after = row["after"]
    bounds = _about(after["about"]) if "about" in after else (after.get("at_least"), after.get("at_most"))
    return Claim(name, metric, ratio, bool(row.get("fitted")), before, _judged(found, row, AFTER, *bounds))


def _about(figure: float) -> tuple[float, float]:
    return figure * (1.0 - ABOUT), figure * (1.0 + ABOUT)


def _judged(found: Comparison, row: Mapping[str, Any], arm: str, low: float | None, high: float | None) -> Judged:
    metric, arms = row["metric"], found.config.scenarios
    if metric not in METRICS:
        return Judged(low, high, None, "no_verdict", "metric")
    if arm not in arms or (row.get("ratio") and BEFORE not in arms):
        return Judged(low, high, None, "no_verdict", "arm")
    own = found.values(arm, metric)
    if row.get("ratio"):
        base = found.values(BEFORE, metric)
        figure = estimate([own[r] / base[r] for r in sorted(own.keys() & base.keys()) if base[r]])
    else:
        figure = estimate(list(own.values()))
    if figure.mean is None:
        return Judged(low, high, None, "no_verdict", "figure")
    why = None
    if row.get("season") not in (None, found.config.season.name):
        why = "season"
    elif METRICS[metric].slow and not long_enough(found.config):
        why = "horizon"
    elif figure.low is None:
        why = "interval"
    return Judged(low, high, figure, "no_verdict" if why else judge(figure, low, high), why)


@cache
def _rows() -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
