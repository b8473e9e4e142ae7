"""The generated reference pages are those of the code."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
_SPEC = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_that_of_the_code(name):
    found = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert found == generate.PAGES[name](), f"docs/reference/{name} is out of date: run python docs/generate.py"
