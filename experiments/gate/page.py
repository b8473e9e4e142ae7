"""A gate's decision as Markdown, and its table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.gate.judge import Finding
from experiments.gate.words import label, say, sentences

if TYPE_CHECKING:
    from experiments.gate import Decision

COLUMNS = ("metric", "unit", "role", "margin", "arm", "baseline", "difference", "interval", "bca", "p", "status")
ON_TERMINALS = tuple(column for column in COLUMNS if column not in ("unit", "bca"))


def page(decision: Decision) -> str:
    """The content of `gate.md`, in the language of the configuration."""
    language, config = decision.config.language, decision.experiment.config
    names = {"arm": decision.arm, "baseline": decision.baseline}
    verdict = say(language, f"verdict.{decision.verdict}")
    lines = [
        f"# {say(language, 'title', gate=decision.config.gate.title, **names)}",
        "",
        f"**{verdict}**: {'; '.join(sentences(decision.reasons, language))}.",
        "",
        say(language, f"meaning.{decision.verdict}", **names),
        "",
        f"## {say(language, 'metrics')}",
        "",
        *_markdown(decision),
        "",
        say(language, "note", alpha=f"{decision.config.gate.alpha:g}"),
        "",
        f"## {say(language, 'data')}",
        "",
        *_data(decision),
        "",
        f"## {say(language, 'reasons')}",
        "",
        *(f"- {label(language, found.name)}: {found.rule.reason}" for found in decision.findings if found.rule.reason),
        "",
        say(language, "source", name=config.experiment.name, digest=decision.experiment.digest,
            days=config.days - config.left_out_days, replications=config.replications,
            code=decision.evidence.versions.get("code", "-"), revision=decision.evidence.versions.get("revision", "-")),
    ]
    return "\n".join(lines) + "\n"


def terminal(decision: Decision) -> str:
    """The table and the verdict with its reasons, in English."""
    rows = [_cells(decision, None, "en"), *(_cells(decision, found, "en") for found in decision.findings)]
    shown = [[row[column] for column in ON_TERMINALS] for row in rows]
    widths = [max(len(row[at]) for row in shown) for at in range(len(ON_TERMINALS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    broken = [f"! {text.removeprefix('- ')}" for text in _data(decision, broken_only=True)]
    return "\n".join([*table, *broken, f"{decision.verdict}: {'; '.join(sentences(decision.reasons, 'en'))}"])


def _data(decision: Decision, *, broken_only: bool = False) -> list[str]:
    language = decision.config.language if not broken_only else "en"
    lines = [f"- {say(language, check.key, **check.values)}"
             for check in decision.checks if not (broken_only and check.holds)]
    return [*lines, *([f"- {say(language, 'stale')}"] if decision.stale else [])]


def _markdown(decision: Decision) -> list[str]:
    language = decision.config.language
    head = _cells(decision, None, language)
    rows = [_cells(decision, found, language) for found in decision.findings]
    return [f"| {' | '.join(row[column] for column in COLUMNS)} |"
            for row in (head, dict.fromkeys(COLUMNS, "---"), *rows)]


def _cells(decision: Decision, found: Finding | None, language: str) -> dict[str, str]:
    """The texts of a row by column; the head's where there is no finding."""
    if found is None:
        level = f"{100 * (1 - 2 * decision.config.gate.alpha):g}"
        return {column: say(language, f"columns.{column}", arm=decision.arm, baseline=decision.baseline, level=level)
                for column in COLUMNS}
    difference = found.difference
    p = found.p if found.adjusted is None else found.adjusted
    return {
        "metric": found.name if language == "en" else label(language, found.name),
        "unit": found.unit,
        "role": say(language, f"roles.{found.rule.role}"),
        "margin": _number(found.margin),
        "arm": _number(found.arm),
        "baseline": _number(found.baseline),
        "difference": _number(difference.mean, "+"),
        "interval": _interval((difference.low, difference.high)),
        "bca": _interval(found.bca or (None, None)),
        "p": "-" if p is None else f"{p:.3f}" if p >= 0.0005 else "<0.001",
        "status": say(language, f"status.{found.status}"),
    }


def _interval(ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    return "-" if low is None or high is None else f"{_number(low, '+')} to {_number(high, '+')}"


def _number(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value + 0.0:{sign}.4g}" if value else "0"
