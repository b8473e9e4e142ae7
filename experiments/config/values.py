"""The text after `key=` as a plain value: YAML's flow style with the scalar rules of YAML 1.2.

YAML 1.1, which PyYAML follows, reads `no` as false, `010` as eight, `1:30` as ninety and `2026-03-02` as a date; here
they stay text, and the model of the configuration decides what the text may mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from sim.errors import Problem

_RULES = (
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", "~nN\0"),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float",
     r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     "-+.0123456789"),
)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalar rules of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def whole_number(self, node: yaml.ScalarNode) -> int:
        """Decimal always; a leading zero means nothing."""
        return int(self.construct_scalar(node))


for _tag, _pattern, _first in _RULES:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.whole_number)


def once(pairs: Iterable[tuple[str, str]], problems: list[Problem]) -> dict[str, str]:
    """The pairs by key, without those that have no value; those and keys given twice are added to the problems."""
    given: dict[str, str] = {}
    for key, raw in pairs:
        if key in given:
            problems.append(Problem(key, "is given twice"))
        elif not raw.strip():
            problems.append(Problem(key, "has no value"))
        given.setdefault(key, raw)
    return {key: raw for key, raw in given.items() if raw.strip()}


def parse(raw: str) -> Any:
    """`raw` as number, truth value, null, list, mapping or text; text that is no YAML stays as it stands."""
    try:
        return yaml.load(raw, Loader=_Loader)  # a safe loader: it builds plain values only
    except (yaml.YAMLError, ValueError):
        return raw


def parse_as(raw: str, annotation: Any) -> Any:
    """`raw` for a field of this type: text and names as they stand, paths made absolute, the rest by `parse`."""
    kinds = _alternatives(annotation)
    if raw in ("null", "~") and type(None) in kinds:
        return None
    kinds.discard(type(None))
    if kinds == {Path}:
        return str(Path(raw).expanduser().absolute())
    if kinds == {str}:
        return raw
    return parse(raw)


def _alternatives(annotation: Any) -> set[Any]:
    """The types a field may take; the names of a Literal count as text."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin is Literal:
        return {type(choice) for choice in get_args(annotation)}
    if origin in (Union, UnionType):
        return set().union(*(_alternatives(part) for part in get_args(annotation)))
    return {origin or annotation}
