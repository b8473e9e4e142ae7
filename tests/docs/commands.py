"""The commands of the documentation: every fenced shell block, its mark and its lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MARKS = ("run", "session", "check", "make")
"""`session` blocks of a page run in one shell, after each other, as a reader would type them."""
_BLOCK = re.compile(r"^```(\w*)[ \t]*([^\n`]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its page, language, the words after the language, its lines without comments and blanks."""

    page: str
    language: str
    mark: str
    lines: tuple[str, ...]
    text: str


def blocks(language: str | None = None) -> list[Block]:
    found = []
    for page in PAGES:
        for lang, mark, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
            lines = tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
            found.append(Block(str(page.relative_to(ROOT)), lang, mark.strip(), lines, text))
    return [block for block in found if language is None or block.language == language]


def commands(mark: str) -> list[tuple[str, str]]:
    """(page, line) of every command with that mark, in reading order; a line of several pages counts on the first."""
    first: dict[str, str] = {}
    for block in blocks("sh"):
        for line in block.lines if block.mark == mark else ():
            first.setdefault(line, block.page)
    return [(page, line) for line, page in first.items()]
