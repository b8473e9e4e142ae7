"""From a comparison to the files that are read: one HTML page, Markdown, pictures."""

from __future__ import annotations

import base64
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from experiments.report.canvas import FAMILY, glyphs
from experiments.report.document import Report
from experiments.report.subset_font import FONT, cut
from experiments.report.words import Words
from sim.errors import RunError


def html(report: Report) -> str:
    """The page: nothing in it is fetched from anywhere. Raises RunError for a character that the font has not."""
    words = Words(report.language)
    template = _environment().get_template("page.html.j2")
    bare = _bound(template.render(report=report, words=words, family=FAMILY, font=""))
    check_glyphs(bare)
    return _bound(template.render(report=report, words=words, family=FAMILY, font=_font({ord(sign) for sign in bare})))


def markdown(report: Report, pictures: str) -> str:
    """The same content as text; ``pictures`` is the folder that its pictures are referred to in."""
    found = _environment().get_template("page.md.j2").render(report=report, words=Words(report.language),
                                                             pictures=pictures)
    lines = [line.rstrip() for line in found.splitlines()]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip() + "\n"


def check_glyphs(text: str) -> None:
    """RunError when the font cannot write a text."""
    missing = sorted({sign for sign in text if ord(sign) not in glyphs() and sign not in "\n\r\t"})
    if missing:
        named = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in missing[:10])
        raise RunError(f"the report's font has no glyph for {named}; experiments/report/subset_font.py makes it anew")


def _bound(page: str) -> str:
    """A page on which no line begins with the per cent sign of a figure that ends the line before."""
    return page.replace(" %", "\N{NO-BREAK SPACE}%")


def _font(wanted: set[int]) -> str:
    """The font with the page's characters only, as WOFF in base64."""
    font = cut(TTFont(FONT), wanted)
    font.flavor = "woff"
    written = BytesIO()
    font.save(written)
    return base64.b64encode(written.getvalue()).decode()


@cache
def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), undefined=StrictUndefined,
                        autoescape=select_autoescape(["html.j2"]), trim_blocks=True, lstrip_blocks=True)
    found.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    return found
