"""What pydantic found, in words: one problem a line, with the value that was given."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from experiments.nearest import nearest
from sim.errors import Problem

_MUST = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "date_type": "must be a date such as 2026-03-02",
    "date_parsing": "must be a date such as 2026-03-02",
    "date_from_datetime_parsing": "must be a date such as 2026-03-02",
    "date_from_datetime_inexact": "must be a date such as 2026-03-02",
    "string_type": "must be text",
    "path_type": "must be a path",
    "list_type": "must be a list such as [a, b]",
    "tuple_type": "must be a list such as [a, b]",
    "dict_type": "must be a mapping such as {a: 1}",
    "model_type": "must be a section such as {a: 1}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "string_too_short": "must hold at least {min_length} characters",
}


def problems_of(error: ValidationError, valid_paths: Iterable[str], prefix: str = "") -> list[Problem]:
    """One problem for each thing that pydantic refused; unknown paths get the nearest of `valid_paths`."""
    valid, items = list(valid_paths), error.errors(include_url=False)
    # entries that were refused are missing from their list: it need not be called too short as well
    lists = {item["loc"][:-1] for item in items}
    return [_problem(item, prefix, valid) for item in items
            if item["type"] != "too_short" or item["loc"] not in lists]


def _problem(item: Any, prefix: str, valid: list[str]) -> Problem:
    path = prefix + ".".join(str(part) for part in item["loc"])
    kind = item["type"]
    context = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in item.get("ctx", {}).items()}
    if kind == "missing":
        return Problem(path, "is missing")
    if kind == "extra_forbidden":
        return Problem(path, "no such key", nearest(path, valid))
    if kind in ("literal_error", "enum"):
        names = [name.strip(" '") for name in context["expected"].replace(" or ", ", ").split(",")]
        return Problem(path, f"must be one of {', '.join(names)}, not {shown(item['input'])}",
                       nearest(str(item["input"]), names))
    if kind in _MUST:
        return Problem(path, f"{_MUST[kind].format(**context)}, not {shown(item['input'])}")
    if kind == "value_error":
        return Problem(path, str(context["error"]))
    return Problem(path, f"{item['msg'][:1].lower()}{item['msg'][1:]}, not {shown(item['input'])}")


def shown(value: Any, at_most: int = 60) -> str:
    """A value as the user would write it, cut short."""
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= at_most else f"{text[:at_most]}..."
