"""Every posting has a reason, and the page of the model says from whom to whom it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ODD = Path(__file__).resolve().parents[3] / "docs" / "odd.md"


def documented() -> set[tuple[str, str, str]]:
    """(reason, from, to) of every row of the page's table."""
    text = ODD.read_text(encoding="utf-8")
    table = text[text.index("| reason | from | to | amount |"):].split("\n\n")[0]
    found = set()
    for row in table.splitlines()[2:]:
        reasons, giver, receiver, *_ = (cell.strip() for cell in row.strip("|").split("|"))
        found |= {(reason, giver, receiver) for reason in reasons.split(", ")}
    return found


def test_the_ledgers_reasons_are_those_of_the_page(twins: Any, week: dict[str, Any]) -> None:
    posted = set()
    for twin in week.values():
        rows = twins.rows(twin, "posting")
        posted |= set(zip(rows["reason"], rows["debit"], rows["credit"], strict=True))
    assert posted <= documented(), posted - documented()
    seldom = {"refund_spoiled_waiting"}
    assert {one[0] for one in documented()} - {one[0] for one in posted} <= seldom
