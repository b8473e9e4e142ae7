"""A comparison for readers: a page, Markdown, pictures, and columns for a terminal."""

from __future__ import annotations

from pathlib import Path

from experiments.evaluate import Comparison
from experiments.files import write_bytes, write_text
from experiments.report.canvas import drawing
from experiments.report.document import Report
from experiments.report.page import html, markdown
from experiments.report.sections import accounts, closing, course, single
from experiments.report.sections.claims import beside_claims
from experiments.report.sections.verdicts import in_short
from experiments.report.words import Words

PICTURES = "pictures"


def report_of(found: Comparison) -> Report:
    """Everything that is told of a comparison, in its configuration's language."""
    words, config = Words(found.config.language), found.config
    title = words("title", experiment=words.of("experiments", config.experiment.name),
                  arms=words.join_and(found.others), baseline=config.baseline)
    with drawing():
        sections = (
            in_short(found, words), beside_claims(found, words), course.over_time(found, words),
            course.losses(found, words), accounts.decomposition(found, words), accounts.economics(found, words),
            single.repurchase_law(found, words), single.promise(found, words), single.one_lot(found, words),
            closing.everything(found, words), closing.weak(found, words), closing.terms(words),
            closing.provenance(found, words))
    return Report(config.language, title, closing.setting(config, words), sections)


def write_report(found: Comparison, directory: Path) -> dict[str, Path]:
    """Write the report of a comparison; see `put`."""
    return put(report_of(found), directory)


def put(report: Report, directory: Path) -> dict[str, Path]:
    """Write ``report.html``, ``report.md`` and ``pictures/``, each file whole or not at all; where they lie, by name.

    Files of an earlier report, in whatever language, are replaced.
    """
    folder = directory / PICTURES
    folder.mkdir(exist_ok=True)
    drawn = {f"{picture.name}.png": picture.png for picture in report.pictures()}
    for name, content in drawn.items():
        write_bytes(folder / name, content)
    for old in folder.glob("*.png"):
        if old.name not in drawn:
            old.unlink()
    paths = {"html": directory / "report.html", "report": directory / "report.md", "pictures": folder}
    write_text(paths["report"], markdown(report, PICTURES))
    write_text(paths["html"], html(report))
    return paths
