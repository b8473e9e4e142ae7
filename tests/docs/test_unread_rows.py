"""The page of fits names every sourced row that no code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.sourced import load_records

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "hardware_models", "experiments", "policies")


def _said(row: str, code: str) -> bool:
    """Whether a row is named in full, or put together from its beginning."""
    return f'"{row}"' in code or any(f'f"{row[:end]}{{' in code for end in range(4, len(row)))


@pytest.mark.parametrize("table", ["operations", "coldchain", "postharvest", "ripening", "crops"])
def test_unread_rows_are_named(table: str) -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "fit" not in file.parent.name]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    page = (ROOT / "docs" / "background" / "fits.md").read_text(encoding="utf-8")
    page = page[page.index("## Sourced rows that no law reads") :]
    named = re.search(rf"`conf/params/{table}\.yaml`: (.*?)\n\n", page, re.DOTALL)
    rows = {field or record for record, fields in load_records(table).items() for field in fields}
    unread = {row for row in rows if not _said(row, code)}
    assert set(re.findall(r"`(\w+)`", named[1] if named else "")) == unread
