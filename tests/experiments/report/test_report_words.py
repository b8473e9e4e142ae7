"""Every text of a report stands once in each language, and every one is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.metrics import METRICS
from experiments.metrics.loss import NODES, REASONS
from experiments.provenance import versions
from experiments.report.canvas import glyphs
from experiments.report.claims import _rows as claims_of_the_source
from experiments.report.words import LANGUAGES, Words, texts

PACKAGE = Path(__file__).resolve().parents[3] / "experiments" / "report"
FAMILIES = {"verdicts", "nodes", "reasons", "places", "origins", "seasons", "experiments", "arms", "versions", "units",
            "reasons_missing", "weaknesses", "glossary", "claims.verdicts", "claims.why", "claims.names", "claims.said",
            "people", "costs", "systems", "economics.captions", "economics.parties", "economics.verdicts",
            "units_difference", "paths.titles", "paths.units", "paths.captions"}
"""Groups of texts whose names come from the model, or that are shown as a whole."""


def leaves(found: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    first, *others = (list(dict(leaves(texts(language)))) for language in LANGUAGES)
    assert all(other == first for other in others)


def test_both_languages_name_the_same_values() -> None:
    en, zh = (dict(leaves(texts(language))) for language in ("en", "zh"))
    assert {key: set(re.findall(r"{(\w+)}", text)) for key, text in en.items()} == {
        key: set(re.findall(r"{(\w+)}", text)) for key, text in zh.items()}


def test_no_text_is_unused() -> None:
    source = "".join(file.read_text(encoding="utf-8") for kind in ("*.py", "*.j2") for file in PACKAGE.rglob(kind))
    literal = set(re.findall(r"[\"'{ ]([a-z_][a-z_.]*)[\"'}]", source)) | set(re.findall(r"\"([a-z_]+\.)\{", source))
    unused = [key for key, _ in leaves(texts("en")) if key not in literal
              and not any(key.startswith(f"{family}.") for family in FAMILIES)
              and not (f"{key.split('.')[0]}." in literal and key.split(".")[-1] in literal)]
    assert unused == []


def test_every_text_can_be_written_in_the_font() -> None:
    for language in LANGUAGES:
        for key, text in leaves(texts(language)):
            assert {sign for sign in text if ord(sign) not in glyphs()} == set(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_families_have_a_text_for_every_name_of_the_model(language: str) -> None:
    words = Words(language)
    for family, names in (("units", {measure.unit for measure in METRICS.values()}), ("nodes", NODES),
                          ("reasons", REASONS), ("claims.names", claims_of_the_source()), ("versions", versions())):
        missing = set(names) - set(words.table(family)) - {"numpy", "scipy", "numba", "pyarrow", "simpy", "mesa"}
        assert missing == set(), family


def test_every_reason_of_a_metric_is_known_in_both_languages() -> None:
    found = set()
    for file in (PACKAGE.parent / "metrics").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Undefined", "ratio"):
                found |= {entry.value for entry in node.args if isinstance(entry, ast.Constant)
                          and isinstance(entry.value, str)}
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and " " in str(node.value.value):
                found.add(node.value.value)
    assert found - set(texts("zh")["reasons_missing"]) == set()
