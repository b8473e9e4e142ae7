"""What a catalogue must satisfy, every violation named by file, row and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.sourced import GRADES
from sim.errors import Problem

FILE = "conf/params/catalogue.yaml"
ATTRIBUTES = ("health", "convenience", "novelty", "child_friendliness", "cooling", "low_sugar", "protein")
ORIGINS = ("local", "remote", "warehouse")
EVERYONE, INFANT, PETS = "everyone", "infant", "pets"
AMBIENT, FROZEN = "ambient", "frozen"

_FIELDS = frozenset(
    ("sku", "code", "name_en", "name_zh", "category", "fresh", "premium", "price_fen", "pack_mass_g")
    + ("case_packs", "kinetics", "origin", "attributes", "base_weight")
)
_OPTIONAL = frozenset(("storage",))
_CATEGORY_FIELDS = frozenset(("buyers", "cycle_days", "markup", "child_months"))


def nearest(name: str, names: list[str]) -> str | None:
    """The known name that is closest to a wrong one, if any is close."""
    close = difflib.get_close_matches(name, names, 1)
    return close[0] if close else None


def _triple(raw: Any) -> tuple[int, int, int] | None:
    if isinstance(raw, list) and len(raw) == 3 and all(type(item) is int for item in raw):
        return raw[0], raw[1], raw[2]
    return None


def _triple_problems(row: Mapping[str, Any], name: str, path: str) -> Iterator[Problem]:
    triple = _triple(row.get(name))
    if triple is None:
        yield Problem(f"{path}.{name}", "must be three whole numbers: value, low, high")
    elif triple[1] <= 0:
        yield Problem(f"{path}.{name}", f"low {triple[1]} must be above 0")
    elif not triple[1] <= triple[0] <= triple[2]:
        yield Problem(f"{path}.{name}", f"{triple[0]} lies outside its limits {triple[1]} to {triple[2]}")


def _row_problems(row: Mapping[str, Any], path: str, categories: list[str], products: list[str]) -> Iterator[Problem]:
    for name in sorted(set(row) - _FIELDS - _OPTIONAL):
        yield Problem(f"{path}.{name}", "unknown column", nearest(name, sorted(_FIELDS | _OPTIONAL)))
    for name in sorted(_FIELDS - set(row)):
        yield Problem(f"{path}.{name}", "missing")
    if type(row.get("sku")) is not int:
        yield Problem(f"{path}.sku", "must be a whole number")
    for name in ("code", "name_en", "name_zh"):
        if not isinstance(row.get(name), str) or not row[name]:
            yield Problem(f"{path}.{name}", "must be a text")
    for name in ("fresh", "premium"):
        if not isinstance(row.get(name), bool):
            yield Problem(f"{path}.{name}", "must be true or false")
    if row.get("category") not in categories:
        yield Problem(f"{path}.category", "unknown category", nearest(str(row.get("category")), categories))
    if row.get("origin") not in ORIGINS:
        yield Problem(f"{path}.origin", f"must be one of {', '.join(ORIGINS)}")
    yield from _triple_problems(row, "price_fen", path)
    yield from _triple_problems(row, "case_packs", path)
    mass = row.get("pack_mass_g")
    if type(mass) is not int or mass <= 0:
        yield Problem(f"{path}.pack_mass_g", f"must be a whole number of grams above 0, not {mass}")
    weight = row.get("base_weight")
    if not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
        yield Problem(f"{path}.base_weight", f"must be a number of at least 0, not {weight}")
    kinetics = row.get("kinetics")
    if row.get("fresh") is True and kinetics not in products:
        yield Problem(f"{path}.kinetics", f"unknown product {kinetics!r}", nearest(str(kinetics), products))
    if row.get("fresh") is False and kinetics is not None:
        yield Problem(f"{path}.kinetics", "must be empty for an ambient SKU")
    if "storage" in row and (row["storage"] not in (AMBIENT, FROZEN) or row.get("fresh") is not False):
        yield Problem(f"{path}.storage", "ambient or frozen, for goods that are not fresh (their zone is computed)")
    vector = row.get("attributes")
    good = isinstance(vector, list) and len(vector) == len(ATTRIBUTES)
    if not good or not all(isinstance(item, int | float) and -1 <= item <= 1 for item in vector or ()):
        yield Problem(f"{path}.attributes", f"must be {len(ATTRIBUTES)} numbers from -1 to 1")


def top_tercile(price: npt.NDArray[np.int64], category: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which SKUs are in the top price tercile of their category: fewer than a third of it are dearer.

    A category of fewer than three has no terciles and none of it is.
    """
    same = category[:, None] == category[None, :]
    dearer = (same & (price[None, :] > price[:, None])).sum(1)
    return np.asarray((dearer < same.sum(1) / 3) & (same.sum(1) >= 3))


def _pair_problems(value: Any, path: str) -> Iterator[Problem]:
    good = isinstance(value, list) and len(value) == 3 and all(_is_number(item) and item > 0 for item in value)
    if not good or not value[1] <= value[0] <= value[2]:
        yield Problem(path, f"must be value, low, high above 0 with the value between the others, not {value}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _category_problems(name: str, row: Any) -> Iterator[Problem]:
    path = f"{FILE}: categories.{name}"
    if not isinstance(row, Mapping):
        yield Problem(path, "not a row")
        return
    for key in sorted(set(row) - _CATEGORY_FIELDS):
        yield Problem(f"{path}.{key}", "unknown column", nearest(key, sorted(_CATEGORY_FIELDS)))
    if row.get("buyers") not in (EVERYONE, INFANT, PETS):
        yield Problem(f"{path}.buyers", f"must be one of {EVERYONE}, {INFANT}, {PETS}")
    yield from _pair_problems(row.get("cycle_days"), f"{path}.cycle_days")
    if row.get("markup") != "sourced":
        yield from _pair_problems(row.get("markup"), f"{path}.markup")
    months = row.get("child_months")
    if (row.get("buyers") == INFANT) != ("child_months" in row):
        yield Problem(f"{path}.child_months", "goes with buyers: infant, and only with it")
    elif months is not None and not (
        isinstance(months, list) and len(months) == 2 and all(map(_is_number, months)) and 0 <= months[0] < months[1]
    ):
        yield Problem(f"{path}.child_months", f"must be the ages from and until, in months, not {months}")


def _tier_problems(skus: list[Any]) -> Iterator[Problem]:
    rows = [
        (number, row, price[0])
        for number, row in enumerate(skus, start=1)
        if isinstance(row, Mapping) and (price := _triple(row.get("price_fen"))) is not None
    ]
    names = {str(row.get("category")): place for place, (_, row, _) in enumerate(rows)}
    category = np.array([names[str(row.get("category"))] for _, row, _ in rows], np.int64)
    top = top_tercile(np.array([fen for *_, fen in rows], np.int64), category)
    for (number, row, fen), high in zip(rows, top, strict=True):
        if row.get("premium") is True and not high:
            path = f"{FILE}: row {number} ({row.get('code')}).premium"
            yield Problem(path, f"{fen} fen is not in the top price tercile of {row.get('category')}")


def problems_of(raw: Mapping[str, Any], products: list[str]) -> list[Problem]:
    """All that is wrong with a parsed catalogue file; ``products`` are the known kinetics."""
    return list(_problems(raw, products))


def _problems(raw: Mapping[str, Any], products: list[str]) -> Iterator[Problem]:
    categories = list(raw.get("categories") or ())
    for name, row in (raw.get("categories") or {}).items():
        yield from _category_problems(name, row)
    for name, column in (raw.get("columns") or {}).items():
        if column.get("grade") not in GRADES or not column.get("source") or not column.get("unit"):
            yield Problem(f"{FILE}: columns.{name}", "needs a unit, a grade and a source")
    skus = raw.get("skus") or []
    if not skus:
        yield Problem(f"{FILE}: skus", "no rows")
    seen: dict[tuple[str, Any], int] = {}
    for number, row in enumerate(skus, start=1):
        path = f"{FILE}: row {number}"
        if not isinstance(row, Mapping):
            yield Problem(path, "not a row")
            continue
        path += f" ({row['code']})" if "code" in row else ""
        yield from _row_problems(row, path, categories, products)
        if type(row.get("sku")) is int and row["sku"] != number - 1:
            yield Problem(f"{path}.sku", f"must be {number - 1}: SKUs count up from 0, a delisted one keeps its row")
        for name in ("sku", "code", "name_en", "name_zh"):
            first = seen.setdefault((name, str(row.get(name))), number)
            if first != number:
                yield Problem(f"{path}.{name}", f"{row.get(name)} stands in row {first} already")
    yield from _tier_problems(skus)
