"""Sourced figures: every number of the world with its range, its grade and where it comes from.

The tables lie as package data in ``conf/params/*.yaml``. A leaf is a mapping with the keys ``value``,
``low``, ``high``, ``unit``, ``grade``, ``source``, ``note``, ``text``; a leaf of a nested table inherits
``source`` and ``note`` from its record. Grades: A primary or official, B reputable secondary, C weak page,
D derived from data or from A and B figures, G guess. Rows graded C and G are priors: they belong into the
predictive intervals and the sensitivity analysis.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import yaml

from sim.errors import InputError, Problem

GRADES = ("A", "B", "C", "D", "G")
PRIOR_GRADES = ("C", "G")
_LEAF = {"value", "low", "high", "unit", "grade", "source", "note", "text"}


@dataclass(frozen=True, slots=True)
class Sourced:
    """One figure: point value, plausible range, unit, grade (A, B, C, D or G) and source.

    ``value`` is None where the source gives words only (then ``text`` holds them); ``low`` and ``high`` are
    None where the source gives no range.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    grade: str
    source: str
    note: str = ""
    text: str = ""

    def __float__(self) -> float:
        """The point value. Raises ValueError where the source gives words only."""
        if self.value is None:
            raise ValueError(f"no number in this row: {self.text or self.note}")
        return self.value

    @property
    def is_prior(self) -> bool:
        """True for grades C and G: the row enters the predictive intervals and the sensitivity analysis."""
        return self.grade in PRIOR_GRADES


def params_dir() -> Traversable:
    """The directory of the packaged parameter tables."""
    return files("conf").joinpath("params")


def read_yaml(name: str) -> Any:
    """The parsed content of ``conf/params/NAME.yaml``.

    Raises InputError (with the nearest table name) when there is no such table or it is not YAML.
    """
    path = params_dir().joinpath(f"{name}.yaml")
    if not path.is_file():
        names = sorted(entry.name[:-5] for entry in params_dir().iterdir() if entry.name.endswith(".yaml"))
        near = difflib.get_close_matches(name, names, 1, 0.0)
        raise InputError([Problem(f"conf/params/{name}.yaml", "no such table", near[0] if near else None)])
    try:
        return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise InputError([Problem(f"conf/params/{name}.yaml", f"not readable as YAML: {error}")]) from error


def _number(raw: Any) -> float | None:
    return None if raw is None else float(raw)


def _problems(where: str, row: Sourced) -> Iterable[Problem]:
    if row.grade not in GRADES:
        yield Problem(where, f"grade {row.grade!r} is none of {', '.join(GRADES)}")
    if not row.unit:
        yield Problem(where, "no unit")
    if not row.source:
        yield Problem(where, "no source")
    if row.value is None and not row.text:
        yield Problem(where, "neither a value nor a text")
    if row.value is not None:
        if row.low is not None and row.value < row.low:
            yield Problem(where, f"value {row.value:g} lies below low {row.low:g}")
        if row.high is not None and row.value > row.high:
            yield Problem(where, f"value {row.value:g} lies above high {row.high:g}")


def parse_rows(raw: Mapping[str, Any], where: str) -> dict[str, Sourced]:
    """Flat rows (dotted keys for nested records) of a parsed table, checked.

    ``raw`` maps a key to a leaf, or to a record of leaves; ``where`` names the file in messages. Raises
    InputError with all problems at once: unknown keys, unknown grade, value outside its range, missing unit
    or source.
    """
    rows: dict[str, Sourced] = {}
    problems: list[Problem] = []

    def leaf(key: str, fields: Mapping[str, Any], source: str, note: str) -> None:
        path = f"{where}: {key}"
        problems.extend(Problem(f"{path}.{extra}", "unknown key") for extra in sorted(set(fields) - _LEAF))
        try:
            value, low, high = (_number(fields.get(name)) for name in ("value", "low", "high"))
        except (TypeError, ValueError):
            problems.append(Problem(path, "value, low and high must be numbers or empty"))
            return
        row = Sourced(
            value,
            low,
            high,
            str(fields.get("unit", "")),
            str(fields.get("grade", "")),
            str(fields.get("source", source)),
            str(fields.get("note", note)),
            str(fields.get("text", "")),
        )
        problems.extend(_problems(path, row))
        rows[key] = row

    for key, record in raw.items():
        if not isinstance(record, Mapping):
            problems.append(Problem(f"{where}: {key}", "not a row"))
        elif "grade" in record:
            leaf(key, record, "", "")
        else:
            source, note = str(record.get("source", "")), str(record.get("note", ""))
            for name, fields in record.items():
                if isinstance(fields, Mapping):
                    leaf(f"{key}.{name}", fields, source, note)
                elif name not in ("source", "note"):
                    problems.append(Problem(f"{where}: {key}.{name}", "not a row"))
    if problems:
        raise InputError(problems)
    return rows


@cache
def load_table(name: str) -> Mapping[str, Sourced]:
    """All rows of ``conf/params/NAME.yaml`` by key; nested records have dotted keys
    (``blueberry.life_ref_d``).

    A row ``{same_as: TABLE.KEY}`` is that row of the other table, so that no figure stands twice. Read once in
    a process. Raises InputError naming the file and every wrong row.
    """
    raw, where = read_yaml(name), f"conf/params/{name}.yaml"
    shared = {key: row["same_as"] for key, row in raw.items() if isinstance(row, Mapping) and set(row) == {"same_as"}}
    rows = parse_rows({key: row for key, row in raw.items() if key not in shared}, where)
    for key, place in shared.items():
        table, _, row = str(place).partition(".")
        if table == name or row not in load_table(table):
            raise InputError([Problem(f"{where}: {key}", f"no such row elsewhere: {place}")])
        rows[key] = load_table(table)[row]
    return MappingProxyType(rows)


@cache
def load_records(name: str) -> Mapping[str, Mapping[str, Sourced]]:
    """A nested table as record -> field -> row, for example
    ``load_records("postharvest")["peach_nectarine"]``.
    """
    records: dict[str, dict[str, Sourced]] = {}
    for key, row in load_table(name).items():
        record, _, field = key.partition(".")
        records.setdefault(record, {})[field] = row
    return MappingProxyType({record: MappingProxyType(fields) for record, fields in records.items()})
