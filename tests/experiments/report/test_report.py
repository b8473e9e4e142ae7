"""The report's files: complete, self-contained, in both languages, whatever is missing."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from experiments.evaluate import evaluate
from experiments.metrics import METRICS
from experiments.report import put, write_report
from experiments.report.canvas import drawing, figure, finish
from experiments.report.document import Report
from experiments.report.page import check_glyphs, html, markdown
from experiments.report.sections.closing import weak
from experiments.report.subset_font import FONT, characters
from experiments.report.words import LANGUAGES, Words
from sim.errors import RunError


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_one_page_with_every_metric_and_no_address_outside(told, tmp_path, language) -> None:
    paths = put(told(language), tmp_path)
    page = paths["html"].read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert not re.search(r"url\((?!data:|#)", page) and "@import" not in page and "<script" not in page
    text = paths["report"].read_text(encoding="utf-8")
    for measure in METRICS.values():
        assert getattr(measure, language) in unescape(page).replace("\N{NO-BREAK SPACE}", " ")
        assert getattr(measure, language) in text
    pictures = {f"pictures/{file.name}" for file in paths["pictures"].iterdir()}
    assert set(re.findall(r"\]\((pictures/[^)]+)\)", text)) == pictures
    assert len(pictures) == page.count('<figure class="picture"') >= 14
    assert len(page) < 2_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_a_caption_words_for_who_cannot_see_it_and_a_unit(told, language) -> None:
    report = told(language)
    for picture in report.pictures():
        assert len(picture.caption) > 12 and len(picture.alt) > 15, picture.name
        assert picture.png.startswith(b"\x89PNG") and picture.svg.startswith("<svg")
        ids = re.findall(r'\bid="([^"]+)"', picture.svg)
        assert all(one.startswith(picture.name) for one in ids) and len(ids) == len(set(ids))
    assert {section.name for section in report.sections} >= {
        "short", "claims", "paths", "losses", "steps", "economics", "lot", "promise", "repurchase", "weak", "glossary",
        "provenance"}


def test_the_page_is_well_formed(told) -> None:
    class Balanced(HTMLParser):
        void = {"meta", "link", "br", "path", "use", "rect"}

        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag, attrs) -> None:
            if tag not in self.void:
                self.open.append(tag)

        def handle_endtag(self, tag) -> None:
            if tag not in self.void:
                assert self.open.pop() == tag

    parser = Balanced()
    parser.feed(html(told("en")))
    assert parser.open == []


def test_markdown_tables_have_as_many_cells_in_every_row(told) -> None:
    widths, text = set(), markdown(told("zh"), "pictures")
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            widths.add(line.count("|") - line.count("\\|"))
        else:
            assert len(widths) <= 1
            widths = set()
    assert "\n\n\n" not in text


def test_what_is_missing_is_said_and_breaks_nothing(comparison, record, tmp_path) -> None:
    records = [record(arm, r, loss_rate=0.1 + 0.01 * r) for arm in ("traditional", "spf") for r in range(3)]
    for one in records:
        one["detail"].pop("lot", None)
        one["detail"]["promise"] = []
        del one["result"]["tables"]["economics"]
        one["detail"]["daily"] = {name: values[:1] for name, values in one["detail"]["daily"].items()}
    text = write_report(evaluate(comparison(days=1), records), tmp_path)["report"].read_text(encoding="utf-8")
    for said in ("no lot was traced", "Nothing was ordered ahead", "One day has no course", "No fresh goods were",
                 "cannot be told apart", "no books of owners"):
        assert said in text


def test_what_is_user_text_is_escaped(whole) -> None:
    found = whole("en")
    failed = {"arm": "spf", "replication": 1, "seconds": 0.0, "failure": "<script>alert(1)</script> | x"}
    page = html(Report("en", "title", "setting", [weak(found._replace(failures=[failed]), Words("en"))]))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_pictures_of_an_earlier_report_are_taken_away(told, tmp_path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "old.png").write_bytes(b"x")
    put(told("en"), tmp_path)
    assert not (tmp_path / "pictures" / "old.png").exists()


def test_a_missing_glyph_is_an_error_in_text_and_in_pictures() -> None:
    with pytest.raises(RunError, match="no glyph for 龘"):
        check_glyphs("fine 好 龘")
    with pytest.raises(RunError, match="cannot write its pictures"), drawing():
        made, axes = figure()
        axes.set_title("龘")
        finish(made, "broken", "caption", "alt")


def test_the_font_is_small_and_has_every_character_asked_for() -> None:
    from experiments.report.canvas import glyphs

    assert FONT.stat().st_size < 1_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    common = "".join(bytes([row, cell]).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF))
    assert {ord(sign) for sign in common} <= glyphs()
    # characters the source font itself has not (pictographs in comments) aside
    assert {chr(code) for code in characters() - glyphs() if 0x4E00 <= code < 0xFF00} == set()


def test_a_report_in_another_language_is_no_other_comparison() -> None:
    from experiments.config.compose import compose

    en, zh = (compose("compare", [("city", "tiny"), ("language", language)]) for language in LANGUAGES)
    assert en.digest == zh.digest and (en.config.language, zh.config.language) == LANGUAGES
    assert en.config.arm("spf", 0) == zh.config.arm("spf", 0)
