"""The page of fits names every sourced row that no code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.sourced import load_records

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "hardware_models", "experiments", "policies")


@pytest.mark.parametrize("table", ["operations", "coldchain"])
def test_unread_rows_are_named(table: str) -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "fit" not in file.parent.name]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    page = (ROOT / "docs" / "background" / "fits.md").read_text(encoding="utf-8")
    page = page[page.index("## Sourced rows that no law reads") :]
    named = re.search(rf"`conf/params/{table}\.yaml`: (.*?)\n\n", page, re.DOTALL)
    assert named is not None
    unread = {row for row in load_records(table) if f'"{row}"' not in code}
    assert set(re.findall(r"`(\w+)`", named[1])) == unread
