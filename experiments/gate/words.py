"""What a gate says, in the languages of `words.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from experiments.metrics import METRICS


@cache
def texts(language: str) -> dict[str, Any]:
    """All texts of a language."""
    found = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))[language]
    assert isinstance(found, dict)
    return found


def say(language: str, key: str, **values: Any) -> str:
    """The text at a dotted key with its values; KeyError where there is none."""
    found: Any = texts(language)
    for part in key.split("."):
        found = found[part]
    return str(found).format(**values)


def label(language: str, metric: str) -> str:
    """A metric's name and label."""
    return f"{metric} ({getattr(METRICS[metric], language)})"


def sentences(reasons: Iterable[tuple[str, dict[str, Any]]], language: str) -> list[str]:
    """Reasons in words."""
    return [say(language, key, **values) for key, values in reasons]
