"""The gate: whether an arm of an experiment may take the place of its baseline.

Pass when at least one goal is better, every guardrail is non-inferior, nothing deteriorates and the data allow a
verdict; fail when something is shown to be worse; otherwise inconclusive, which is a result too.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from experiments.config.gating import GateConfig
from experiments.evaluate import long_enough
from experiments.gate.evidence import Evidence, Experiment
from experiments.gate.judge import BAD, GOOD, Finding, judge
from experiments.jsonable import to_json
from experiments.metrics import METRICS
from experiments.provenance import code_digest, versions

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"
CODES = {PASS: 0, FAIL: 1, INCONCLUSIVE: 3}


class Check(NamedTuple):
    """Whether the data allow a verdict in one respect; `values` go into the words that say it."""

    name: str
    holds: bool
    values: dict[str, Any]

    @property
    def key(self) -> str:
        """The words that say how it stands."""
        return f"checks.{self.name}.{'holds' if self.holds else 'broken'}"


class Decision(NamedTuple):
    """A verdict with all that led to it; `reasons` are the keys and values of the words that say why."""

    experiment: Experiment
    evidence: Evidence
    config: GateConfig
    arm: str
    baseline: str
    verdict: str
    reasons: list[tuple[str, dict[str, Any]]]
    findings: list[Finding]
    checks: list[Check]

    @property
    def digest(self) -> str:
        """Of what was found, wherever it was found."""
        found = to_json([self.verdict, self.arm, self.baseline, [_metric(one) for one in self.findings]])
        return blake2b(found.encode(), digest_size=16).hexdigest()

    @property
    def stale(self) -> bool:
        """Whether other code than this made the figures."""
        return bool(self.evidence.records) and self.evidence.versions.get("code") != code_digest()


def decide(experiment: Experiment, evidence: Evidence, config: GateConfig, arm: str, baseline: str) -> Decision:
    """The verdict of the rules on what the cells show."""
    rules = config.gate
    pairs = {name: evidence.pairs(arm, baseline, name) for name in rules.metrics}
    findings = judge(rules, pairs, long_enough=long_enough(experiment.config))
    checks = _checks(experiment, evidence, config, arm, baseline, findings)
    verdict, reasons = conclude(findings, checks)
    return Decision(experiment, evidence, config, arm, baseline, verdict, reasons, findings, checks)


def conclude(findings: Sequence[Finding], checks: Sequence[Check]) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """The verdict and the reasons for it, most telling first."""
    broken = [check for check in checks if not check.holds]
    if broken:
        return INCONCLUSIVE, [(check.key, check.values) for check in broken]
    bad = [found for found in findings if found.status in BAD]
    if bad:
        return FAIL, [(f"because.{found.status}", {"metric": found.name}) for found in bad]
    open_ = [found for found in findings if found.rule.role == "guardrail" and found.status not in GOOD]
    goals = [found for found in findings if found.rule.role == "goal"]
    won = [found for found in goals if found.status == "better"]
    if won and not open_:
        return PASS, [("because.better", {"metric": found.name}) for found in won]
    reasons = [("because.open", {"metric": found.name}) for found in open_]
    if not won:
        same = all(found.difference.low == found.difference.high == 0.0 for found in goals)
        reasons.insert(0, ("because.same" if same else "because.no_goal", {}))
    return INCONCLUSIVE, reasons


def _checks(experiment: Experiment, evidence: Evidence, config: GateConfig, arm: str, baseline: str,
            findings: Sequence[Finding]) -> list[Check]:
    """What the data must be before they are believed; arms share all but the scenario by what a comparison is."""
    held = {replication for of, replication in evidence.records if of == arm}
    held &= {replication for of, replication in evidence.records if of == baseline}
    needed = [found for found in findings if found.rule.role != "watched"]
    slow = [found.name for found in needed if METRICS[found.name].slow] if not long_enough(experiment.config) else []
    empty = [found.name for found in needed if found.status == "no data"]
    pairs = min(len(held), config.gate.replications)  # that there are too few pairs is said by another check
    thin = [found.name for found in needed if found.difference.n < pairs and found.name not in empty]
    return [
        Check("replications", len(held) >= config.gate.replications,
              {"found": len(held), "needed": config.gate.replications}),
        Check("cells", not evidence.failed, {"count": len(evidence.failed), "cells": "; ".join(evidence.failed[:4])}),
        Check("code", not evidence.mixed, {"count": len(evidence.mixed), "cells": "; ".join(evidence.mixed[:4])}),
        Check("figures", not empty and not thin, {"metrics": ", ".join([*empty, *thin])}),
        Check("horizon", not slow, {"metrics": ", ".join(slow)}),
    ]


def as_json(decision: Decision) -> dict[str, Any]:
    """The content of `gate.json` and of the answer of `linli gate --json`; see `docs/cli-json.md`."""
    from experiments.gate.words import sentences

    config, experiment = decision.config, decision.experiment
    made, now = decision.evidence.versions, versions()
    return {
        "verdict": decision.verdict,
        "reasons": sentences(decision.reasons, "en"),
        "experiment": {"directory": str(experiment.directory), "name": experiment.config.experiment.name,
                       "config_digest": experiment.digest, "evidence_digest": decision.evidence.digest},
        "arm": decision.arm,
        "baseline": decision.baseline,
        "gate": config.gate.title,
        "alpha": config.gate.alpha,
        "metrics": {found.name: _metric(found) for found in decision.findings},
        "checks": {check.name: check.holds for check in decision.checks},
        "stale": decision.stale,
        "versions": dict(made),
        "revision": now["revision"],
    }


def _metric(found: Finding) -> dict[str, Any]:
    low, high = found.bca or (None, None)
    return {"role": found.rule.role, "unit": found.unit, "better": METRICS[found.name].better,
            "margin": found.margin, "status": found.status, "replications": found.difference.n,
            "arm": found.arm, "baseline": found.baseline, "difference": found.difference.mean,
            "low": found.difference.low, "high": found.difference.high, "bca_low": low, "bca_high": high,
            "p": found.p, "p_adjusted": found.adjusted, "reason": found.rule.reason}


def write(decision: Decision, directory: Path) -> dict[str, Any]:
    """Write `gate.json`, `gate.md` and `junit.xml` into a directory, and return the first."""
    from experiments.files import write_bytes, write_json, write_text
    from experiments.gate.junit import junit
    from experiments.gate.page import page

    data = as_json(decision)
    write_json(directory / "gate.json", data)
    write_text(directory / "gate.md", page(decision))
    write_bytes(directory / "junit.xml", junit(decision))
    return data
