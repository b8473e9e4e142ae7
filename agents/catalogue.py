"""The catalogue: what the shops sell, as columns over SKUs.

Rows come from ``conf/params/catalogue.yaml``, storage kinetics from ``postharvest``, costs from the sourced
retail mark-up over wholesale and a graded step from farm gate to wholesale. Wrong rows are refused all at
once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.sourced import GRADES, Sourced, load_records, load_table, read_yaml
from sim.errors import InputError, Problem

FILE = "conf/params/catalogue.yaml"
ATTRIBUTES = ("health", "convenience", "novelty", "child_friendliness")
ORIGINS = ("local", "warehouse")
AMBIENT_C = 20.0

_FIELDS = frozenset(
    ("sku", "code", "name_en", "name_zh", "category", "fresh", "premium", "price_fen", "pack_mass_g")
    + ("case_packs", "kinetics", "origin", "attributes", "base_weight")
)
_TRUTH = ("attributes", "base_weight")

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Catalogue:
    """Read-only columns, one row a SKU; ``sku`` is the row's number, for good.

    Money is in fen a pack, mass in grams a pack. ``wholesale_fen`` is the price at which an owner buys
    (transfer price), ``farm_gate_fen`` what the company pays at the farm gate, or to the supplier of
    ambient goods. Ambient SKUs have ``life_ref_d`` infinite and ``ea_kj_mol`` 0, so that they use up no
    life; ``t_chill_c`` is minus infinity where no chilling limit is known. ``attributes`` (n, 4) and
    ``base_weight`` are truth that no policy sees.
    """

    sku: Integers
    code: Texts
    name_en: Texts
    name_zh: Texts
    category: Texts
    category_id: Integers
    fresh: Flags
    premium_candidate: Flags
    price_fen: Integers
    price_low_fen: Integers
    price_high_fen: Integers
    wholesale_fen: Integers
    farm_gate_fen: Integers
    pack_mass_g: Integers
    case_packs: Integers
    case_low: Integers
    case_high: Integers
    kinetics: Texts
    life_ref_d: Floats
    t_ref_c: Floats
    ea_kj_mol: Floats
    t_opt_c: Floats
    t_chill_c: Floats
    origin: Texts
    attributes: Floats
    base_weight: Floats
    categories: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of SKUs."""
        return len(self.sku)

    def index(self, code: str) -> int:
        """Row of the SKU with this code. Raises InputError with the nearest code when there is none."""
        found = np.flatnonzero(self.code == code)
        if not len(found):
            raise InputError(Problem("sku", f"no SKU {code!r}", _nearest(code, self.code.tolist())))
        return int(found[0])

    def to_arrow(self) -> pa.Table:
        """The columns a firm knows, as an Arrow table; unknown limits and unlimited life are null."""
        columns = {}
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray) and name not in _TRUTH:
                mask = ~np.isfinite(values) if values.dtype.kind == "f" else None
                columns[name] = pa.array(values.tolist() if values.dtype.kind == "U" else values, mask=mask)
        return pa.table(columns)


def _nearest(name: str, names: list[str]) -> str | None:
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
    for name in sorted(set(row) - _FIELDS):
        yield Problem(f"{path}.{name}", "unknown column", _nearest(name, sorted(_FIELDS)))
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
        yield Problem(f"{path}.category", "unknown category", _nearest(str(row.get("category")), categories))
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
        yield Problem(f"{path}.kinetics", f"unknown product {kinetics!r}", _nearest(str(kinetics), products))
    if row.get("fresh") is False and kinetics is not None:
        yield Problem(f"{path}.kinetics", "must be empty for an ambient SKU")
    vector = row.get("attributes")
    good = isinstance(vector, list) and len(vector) == len(ATTRIBUTES)
    if not good or not all(isinstance(item, int | float) and -1 <= item <= 1 for item in vector or ()):
        yield Problem(f"{path}.attributes", f"must be {len(ATTRIBUTES)} numbers from -1 to 1")


def _problems(raw: Mapping[str, Any], products: list[str]) -> Iterator[Problem]:
    categories = list(raw.get("categories") or ())
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
        for name in ("sku", "code"):
            first = seen.setdefault((name, str(row.get(name))), number)
            if first != number:
                yield Problem(f"{path}.{name}", f"{row.get(name)} stands in row {first} already")


def _kinetics(products: Mapping[str, Mapping[str, Sourced]], key: str | None, field: str, ambient: float) -> float:
    if key is None:
        return ambient
    row = products[key].get(field)
    return ambient if row is None or row.value is None else row.value


def parse_catalogue(raw: Mapping[str, Any]) -> Catalogue:
    """A catalogue from parsed rows (the layout of ``conf/params/catalogue.yaml``).

    Raises InputError with every problem: file, row number, code, column and what is wrong.
    """
    products = load_records("postharvest")
    problems = list(_problems(raw, sorted(products)))
    if problems:
        raise InputError(problems)
    rows = list(raw["skus"])
    categories = tuple(raw["categories"])
    world, fresh = load_table("world"), np.array([row["fresh"] for row in rows])
    price = np.array([row["price_fen"] for row in rows], np.int64)
    case = np.array([row["case_packs"] for row in rows], np.int64)
    markup = np.where(fresh, float(load_table("operations")["markup_veg"]), float(world["markup_ambient"]))
    wholesale = price[:, 0] / markup
    farm_gate = wholesale / np.where(fresh, float(world["markup_farm_wholesale"]), 1.0)
    ambient = {
        "life_ref_d": np.inf,
        "t_ref_c": AMBIENT_C,
        "ea_kj_mol": 0.0,
        "t_opt_c": AMBIENT_C,
        "t_chill_c": -np.inf,
    }
    columns: dict[str, npt.NDArray[Any]] = {
        name: np.array([_kinetics(products, row["kinetics"], name, default) for row in rows], np.float64)
        for name, default in ambient.items()
    }
    for name in ("sku", "pack_mass_g"):
        columns[name] = np.array([row[name] for row in rows], np.int64)
    for name in ("code", "name_en", "name_zh", "category", "origin"):
        columns[name] = np.array([row[name] for row in rows], np.str_)
    for name, source in (("price", price), ("case", case)):
        unit = "_fen" if name == "price" else ""
        columns |= {f"{name}_low{unit}": source[:, 1].copy(), f"{name}_high{unit}": source[:, 2].copy()}
    columns |= {
        "category_id": np.array([categories.index(row["category"]) for row in rows], np.int64),
        "fresh": fresh,
        "premium_candidate": np.array([row["premium"] for row in rows]),
        "price_fen": price[:, 0].copy(),
        "wholesale_fen": np.rint(wholesale).astype(np.int64),
        "farm_gate_fen": np.rint(farm_gate).astype(np.int64),
        "case_packs": case[:, 0].copy(),
        "kinetics": np.array([row["kinetics"] or "" for row in rows], np.str_),
        "attributes": np.array([row["attributes"] for row in rows], np.float64),
        "base_weight": np.array([row["base_weight"] for row in rows], np.float64),
    }
    for values in columns.values():
        values.setflags(write=False)
    return Catalogue(**columns, categories=categories)


def generic_catalogue(product_id: Integers, category: Integers) -> Catalogue:
    """A catalogue for anonymous products (replay): one price, mass and case for all, kinetics of generic produce.

    ``product_id`` must rise; ``category`` is the category number of each. All are fresh, from the warehouse, no
    premium candidates. Price, mass and case are guesses of ``conf/params/world.yaml``.
    """
    n, world, operations = len(product_id), load_table("world"), load_table("operations")
    produce = load_records("postharvest")["generic_produce"]
    names, numbers = np.unique(category, return_inverse=True)

    def whole(row: Sourced, factor: float = 1.0) -> dict[str, Integers]:
        limits = {"": row.value, "low": row.low, "high": row.high}
        return {name: np.full(n, round(factor * (item or 0.0)), np.int64) for name, item in limits.items()}

    price, case, mass = (
        whole(world["replay_price"], 100.0),
        whole(world["replay_case_packs"]),
        whole(world["replay_pack_mass_g"]),
    )
    wholesale = np.rint(price[""] / float(operations["markup_veg"]))
    texts = np.array([f"product_{item}" for item in product_id], np.str_)
    columns: dict[str, npt.NDArray[Any]] = {
        "sku": np.arange(n),
        "code": texts,
        "name_en": texts.copy(),
        "name_zh": np.array([f"商品{item}" for item in product_id], np.str_),
        "category": np.array([f"category_{item}" for item in category], np.str_),
        "category_id": numbers.astype(np.int64),
        "fresh": np.ones(n, np.bool_),
        "premium_candidate": np.zeros(n, np.bool_),
        "price_fen": price[""],
        "price_low_fen": price["low"],
        "price_high_fen": price["high"],
        "wholesale_fen": wholesale.astype(np.int64),
        "farm_gate_fen": np.rint(wholesale / float(world["markup_farm_wholesale"])).astype(np.int64),
        "pack_mass_g": mass[""],
        "case_packs": case[""],
        "case_low": case["low"],
        "case_high": case["high"],
        "kinetics": np.full(n, "generic_produce"),
        "origin": np.full(n, "warehouse"),
        "attributes": np.zeros((n, len(ATTRIBUTES))),
        "base_weight": np.ones(n),
        "t_chill_c": np.full(n, -np.inf),
    }
    for name in ("life_ref_d", "t_ref_c", "ea_kj_mol", "t_opt_c"):
        columns[name] = np.full(n, float(produce[name]))
    for values in columns.values():
        values.setflags(write=False)
    return Catalogue(**columns, categories=tuple(f"category_{item}" for item in names))


@cache
def load_catalogue() -> Catalogue:
    """The packaged catalogue, read once in a process. Raises InputError naming file and row."""
    return parse_catalogue(read_yaml("catalogue"))
