"""All texts of a report, one file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from experiments.metrics import METRICS

LANGUAGES = ("en", "zh")


class Words:
    """The texts of one language by dotted key; a key that there is not is a mistake in the code (KeyError)."""

    def __init__(self, language: str) -> None:
        """The texts of ``language``, one of ``LANGUAGES``."""
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text at ``key`` with ``values`` in the places that it names."""
        text = self._at(key)
        if not isinstance(text, str):
            raise KeyError(key)
        return text.format(**values) if values else text

    def table(self, key: str) -> dict[str, str]:
        """The texts below ``key``, in the file's order."""
        found = self._at(key)
        if not isinstance(found, dict):
            raise KeyError(key)
        return found

    def of(self, family: str, name: str) -> str:
        """The text for ``name`` in a family whose names come from the model; the name itself where there is none."""
        return self.table(family).get(name, name.replace("_", " "))

    def metric(self, name: str) -> str:
        """A metric's label."""
        return str(getattr(METRICS[name], self.language))

    def unit(self, unit: str) -> str:
        """A unit as readers know it; a share is in per cent."""
        return self.table("units").get(unit, unit)

    def unit_of_difference(self, unit: str) -> str:
        """The unit of a difference: that of shares is percentage points."""
        return self.table("units_difference").get(unit, self.unit(unit))

    def amount(self, value: str, unit: str) -> str:
        """A figure with its unit."""
        return self("per_cent", value=value) if unit == "%" else self("amount", value=value, unit=unit)

    def join(self, parts: list[str]) -> str:
        """A list in running text."""
        return self("list_comma").join(parts)

    def join_and(self, parts: list[str]) -> str:
        """A list in running text whose last part is joined by a word."""
        *first, last = parts
        return self("and", first=self.join(first), last=last) if first else last

    def join_apart(self, parts: list[str]) -> str:
        """A list whose parts may hold commas themselves."""
        return self("list_apart").join(parts)

    def _at(self, key: str) -> Any:
        found: Any = self._texts
        for part in key.split("."):
            found = found[part]
        return found


@cache
def texts(language: str) -> dict[str, Any]:
    """The file of a language."""
    found = yaml.safe_load((Path(__file__).parent / f"{language}.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
