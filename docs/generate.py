"""Writes the reference pages that are made from the code: ``python docs/generate.py`` in the repository.

The test suite holds the pages against what this makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from experiments.metrics import METRICS
from policies import registry
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- made by docs/generate.py -->"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") or " " for cell in line) + " |" for line in lines]


def _meta(of: pa.Field | pa.Schema, name: str) -> str:
    return (of.metadata or {}).get(name.encode(), b"").decode()


def _type(kind: pa.DataType) -> str:
    return f"list of {kind.value_type}" if pa.types.is_list(kind) else str(kind)


def events() -> str:
    """The page of event tables."""
    lines = [
        NOTE,
        "# Event tables",
        "",
        "What tills, apps, trucks, owners and head office record, defined in `sim/contracts/events/`. Every row begins "
        "with a stamp: `event_time` and `arrival_time` (seconds), `source`, and `sequence`; (source, sequence) names a "
        "row. Tables are partitioned by the business day on which rows arrive; reading is as-of. A table with a panel "
        "key can be kept for a fixed panel of members only. The tables that metrics read are the daily aggregates and "
        "`group_buy` and `owner_action`; `linli run` writes these as Parquet under `events/` of its result.",
        "",
        "## Index",
        "",
    ]
    both: tuple[tuple[str, Mapping[str, pa.Schema]], ...] = (("event log", EVENT_TABLES), ("truth", TRUTH_TABLES))
    lines += _table(["table", "log", "a row says", "version", "panel key"],
                    [[f"[`{name}`](#{name})", log, _meta(schema, "doc"), _meta(schema, "version"),
                      _meta(schema, "panel_key")] for log, tables in both for name, schema in tables.items()])
    lines += ["", "Truth lies in the evaluation log, which no policy sees."]
    for _, tables in both:
        for name, schema in tables.items():
            resent = " The source may send a row twice; readers see the first." if _meta(schema, "delivery") else ""
            lines += ["", f"### {name}", "", f"{_meta(schema, 'doc').capitalize()}.{resent}", ""]
            lines += _table(["column", "type", "unit", "meaning"],
                            [[f"`{f.name}`", _type(f.type), _meta(f, "unit"), _meta(f, "doc")]
                             for f in list(schema)[4:]])
    return "\n".join(lines) + "\n"


COLUMNS = ["column", "type", "unit", "meaning", "limits"]


def decision_points() -> str:
    """The page of decision points."""
    lines = [
        NOTE,
        "# Decision points",
        "",
        "What a policy may read and must answer, defined in `sim/contracts/decisions.py`. Question and answer are "
        "Arrow tables. The answer holds every key of the question exactly once, in any order, and no null; an answer "
        "that breaks a rule is refused as a whole, with the rows named, and the baseline decides instead (the "
        "`decision` event says why).",
        "",
        "A question keeps the limits of its columns, those of a list for each of its items: the twin's do, and a "
        "promoted policy is not asked others.",
        "",
        "Lists are aligned with SKU ids 0..n-1, with days, or with members, as the column says. Where a point is "
        "answered row by row, no answer depends on another row, so a question may be asked in parts.",
        "",
    ]
    for name, point in DECISION_POINTS.items():
        known = ", ".join(f"`{one}`" for one in registry.names(name))
        parts = "row by row" if point.row_wise else "all rows together"
        lines += [f"## {name}", "", f"Version {point.version}; key {', '.join(point.key)}; answered {parts}. "
                  f"Policies: {known}.", "", "Observation:", ""]
        lines += _table(COLUMNS, [_row(f) for f in point.observation])
        lines += ["", "Decision:", ""]
        lines += _table(COLUMNS, [_row(f) for f in point.decision])
        rules = [str(check.__doc__).split("\n")[0] for check in point.checks]
        lines += ["", *([f"Also: {' '.join(rules)}", ""] if rules else [])]
    return "\n".join(lines).rstrip() + "\n"


def _row(column: pa.Field) -> list[str]:
    return [f"`{column.name}`", _type(column.type), _meta(column, "unit"), _meta(column, "doc"), _limits(column)]


def _limits(column: pa.Field) -> str:
    low, high = (_meta(column, name) for name in ("low", "high"))
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}" if high else ""


def metrics() -> str:
    """The page of metrics."""
    lines = [
        NOTE,
        "# Metrics",
        "",
        "Defined in `experiments/metrics/`, one module a group of definitions; each is a function of the daily "
        "aggregates over the days that count: those from `start` on, without the first `settle_days` after a "
        "burn-in. Shares are fractions in JSON and per cent in tables. A metric marked *slow* gets a "
        "verdict only from 52 weeks after 8 weeks of burn-in.",
        "",
        "Where a figure does not exist, its value is null and the reason is said. Fill rate and "
        "stock-outs of shelves use what only the twin knows: what was asked for.",
        "",
    ]
    lines += _table(
        ["name", "label", "unit", "better", "slow", "definition", "file"],
        [[f"`{m.name}`", f"{m.en} {m.zh}", m.unit, m.better, "yes" if m.slow else "", _definition(m.name, m.of),
          f"`{m.of.__module__.replace('.', '/')}.py`"] for m in METRICS.values()],
    )
    return "\n".join(lines) + "\n"


def _definition(name: str, function: Callable[..., float]) -> str:
    part = name.removeprefix("loss_rate_")
    text = function.__doc__ or f"The part of the headline that was wasted at one node or for one reason: {part}."
    return text.split("\n\n")[0].replace("\n", " ").strip()


PAGES: dict[str, Callable[[], str]] = {
    "events.md": events,
    "decision-points.md": decision_points,
    "metrics.md": metrics,
}


def main() -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
