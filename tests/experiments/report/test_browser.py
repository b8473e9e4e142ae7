"""The page as a reader meets it: in a browser, on a phone, on A4 paper, in both languages."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.report.page import html
from experiments.report.words import LANGUAGES

CHROMIUM = shutil.which("chromium")
PHONE, DESK = 360, 1200
BOUND = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium. In continuous integration it has to be there."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not on the path (make ci-system installs it)")
        pytest.skip("chromium is not on the path (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=LANGUAGES)
def report(request, told, tmp_path_factory) -> tuple[Any, Path]:
    path = tmp_path_factory.mktemp(f"报告 {request.param}") / "report.html"
    path.write_text(html(told(request.param)), encoding="utf-8")
    return told(request.param), path


def opened(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """The page in a window of this width, and whatever it complains about or fetches."""
    page, said = browser.new_page(viewport={"width": width, "height": 800}), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri())
    page.evaluate("document.fonts.ready")
    return page, said


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_opens_without_a_complaint_and_never_scrolls_sideways(browser, report, width: int) -> None:
    told, path = report
    page, said = opened(browser, path, width)
    for fold in page.locator("details").all():
        fold.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("""() => [...document.querySelectorAll('figure.picture svg, .card, .scroll')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).length""") == 0
    assert [entry.inner_text().replace(BOUND, " ") for entry in page.locator("h2").all()] == [
        section.title for section in told.sections]
    assert page.evaluate("document.fonts.check('16px \"Noto Sans CJK SC\"', '复购 abc')")
    assert said == []
    page.close()


def test_pictures_stay_inside_their_frames_and_their_words_are_legible_on_a_phone(browser, report) -> None:
    _, path = report
    page, _ = opened(browser, path, PHONE)
    beyond = page.evaluate("""() => [...document.querySelectorAll('figure.picture svg')].flatMap(svg => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();
            return b.left < box.left - 2 || b.right > box.right + 2 || b.bottom > box.bottom + 2 })
            .map(t => svg.closest('figure').id + ': ' + t.textContent) })""")
    assert beyond == []
    smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('figure.picture svg text')]
        .map(t => t.getBoundingClientRect().height))""")
    assert smallest >= 8
    page.close()


def test_on_paper_every_section_is_there_and_no_table_is_cut(browser, report, tmp_path) -> None:
    told, path = report
    page, _ = opened(browser, path, DESK)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 without its margins, at 96 dots an inch
    cut = page.evaluate("""() => [...document.querySelectorAll('table')]
        .filter(t => t.getBoundingClientRect().right > innerWidth + 1)
        .map(t => t.closest('figure').querySelector('figcaption').textContent)""")
    assert cut == []
    shown = page.evaluate("[...document.querySelectorAll('table')].every(t => t.getBoundingClientRect().height > 0)")
    assert shown
    written = page.pdf(prefer_css_page_size=True, print_background=True)
    assert written.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", written))
    assert 5 <= pages <= 40
    boxes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", written)}
    assert all(abs(box[2] - 595) <= 1 and abs(box[3] - 842) <= 1 for box in boxes)
    assert len(told.sections) == page.locator("section").count()
    page.close()


@pytest.mark.parametrize("paper", [(688, 1007), (688, 760)], ids=["a4", "short"])
def test_a_page_break_cuts_nothing_in_two_and_leaves_no_heading_behind(browser, report, paper: tuple[int, int]) -> None:
    """Columns of a page's size break by the same rules as pages do, and tell where."""
    _, path = report
    page, _ = opened(browser, path, DESK)
    page.emulate_media(media="print")
    width, height = paper
    page.add_style_tag(content=f"body {{ width: {width}px; height: {height}px; column-width: {width}px;"
                               " column-gap: 40px; column-fill: auto }")
    assert page.evaluate("document.querySelector('section:last-child').getBoundingClientRect().left") > 5 * width
    cut = page.evaluate("""() => [...document.querySelectorAll(
        'figure.picture, .card, tbody tr, li, p, h1, h2, summary')]
        .filter(e => e.getClientRects().length > 1).map(e => e.textContent.slice(0, 60))""")
    assert cut == []
    bare = page.evaluate("""() => [...document.querySelectorAll('table')].filter(
        t => t.tHead.getClientRects().length < t.tBodies[0].getClientRects().length)
        .map(t => t.textContent.slice(0, 60))""")
    assert bare == []
    left = page.evaluate("""() => { const column = r => Math.floor(r.left / WIDTH);
        return [...document.querySelectorAll('h2, figcaption, summary')].filter(e => e.nextElementSibling
            && !e.closest('.picture') && e.getClientRects().length)
            .filter(e => column(e.getClientRects()[0]) != column(e.nextElementSibling.getClientRects()[0]))
            .map(e => e.textContent) }""".replace("WIDTH", str(width + 40)))
    assert left == []
    page.close()
