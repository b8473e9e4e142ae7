"""A report as data: sections of blocks, which HTML and Markdown show in their own ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A paragraph; ``note`` is set smaller."""

    text: str
    note: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[str]
    kind: str = "items"


@dataclass(frozen=True)
class Table:
    """Rows under a header; the first ``left`` columns hold text, the others figures."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    kind: str = "table"


@dataclass(frozen=True)
class Card:
    """One finding: what, how it comes out (``tone``: good, bad, open or none), and the figures in lines."""

    title: str
    verdict: str
    tone: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Cards:
    """Findings side by side."""

    cards: Sequence[Card]
    kind: str = "cards"


@dataclass(frozen=True)
class Picture:
    """A picture: SVG for the page, PNG for a file of its own (``name``.png); ``alt`` says what is to be seen."""

    name: str
    svg: str
    png: bytes
    caption: str
    alt: str


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side."""

    pictures: Sequence[Picture]
    kind: str = "pictures"


@dataclass(frozen=True)
class Fold:
    """Blocks that are out of sight until they are asked for; in print and in Markdown they are shown."""

    title: str
    blocks: Sequence[Block]
    kind: str = "fold"


Block = Text | Items | Table | Cards | Pictures | Fold


@dataclass(frozen=True)
class Section:
    """A heading with its blocks; ``name`` is its address in the page."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """The whole."""

    language: str
    title: str
    subtitle: str
    sections: Sequence[Section] = field(default_factory=tuple)

    def pictures(self) -> list[Picture]:
        """Every picture, in order."""
        return [picture for section in self.sections for picture in _pictures(section.blocks)]


def _pictures(blocks: Sequence[Block]) -> list[Picture]:
    found: list[Picture] = []
    for block in blocks:
        if isinstance(block, Pictures):
            found += block.pictures
        elif isinstance(block, Fold):
            found += _pictures(block.blocks)
    return found
