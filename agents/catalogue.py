"""The catalogue: what the shops sell, as columns over SKUs.

Rows come from ``conf/params/catalogue.yaml``, storage kinetics from ``postharvest``, costs from the retail mark-up
over wholesale and a graded step from farm gate to wholesale. Wrong rows are refused all at once
(``agents/catalogue_checks.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.catalogue_checks import AMBIENT, ATTRIBUTES, EVERYONE, nearest, problems_of, top_tercile
from agents.sourced import Sourced, load_records, load_table, read_yaml
from sim.errors import InputError, Problem

AMBIENT_C = 20.0
COLD_BELOW_C = 7.0
"""Half-way between the two zones of the model specification, 0 to 4 and 10 to 13 degC: goods whose optimum lies below
are kept cold, others cool."""
COLD, COOL = "cold", "cool"

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
    life; ``t_chill_c`` is minus infinity where no chilling limit is known. ``storage`` is cold, cool, ambient or
    frozen; ``origin`` local (grown within 150 km), remote (48 to 72 h by road) or warehouse. ``tier`` is 1 in the top
    price tercile of a category of three or more, else 0. ``buyers`` says who has a use for the category: everyone,
    infant (with a child of ``child_from_months`` <= age < ``child_until_months``; minus and plus infinity for the
    others) or pets; ``cycle_days`` how long a pack lasts a household of three (infant goods: a child). ``attributes``
    (n, 7) and ``base_weight`` are truth that no policy sees.
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
    storage: Texts
    origin: Texts
    tier: Integers
    buyers: Texts
    child_from_months: Floats
    child_until_months: Floats
    cycle_days: Floats
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
            raise InputError(Problem("sku", f"no SKU {code!r}", nearest(code, self.code.tolist())))
        return int(found[0])

    def to_arrow(self) -> pa.Table:
        """The columns a firm knows, as an Arrow table; unknown limits and unlimited life are null."""
        columns = {}
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray) and name not in _TRUTH:
                mask = ~np.isfinite(values) if values.dtype.kind == "f" else None
                columns[name] = pa.array(values.tolist() if values.dtype.kind == "U" else values, mask=mask)
        return pa.table(columns)


def _kinetics(products: Mapping[str, Mapping[str, Sourced]], key: str | None, field: str, ambient: float) -> float:
    if key is None:
        return ambient
    row = products[key].get(field)
    return ambient if row is None or row.value is None else row.value


def _zones(t_opt_c: Floats) -> Texts:
    """The zone that goods with these optima are kept in."""
    return np.where(t_opt_c < COLD_BELOW_C, COLD, COOL).astype(np.str_)


def parse_catalogue(raw: Mapping[str, Any]) -> Catalogue:
    """A catalogue from parsed rows (the layout of ``conf/params/catalogue.yaml``).

    Raises InputError with every problem: file, row number, code, column and what is wrong.
    """
    products = load_records("postharvest")
    problems = problems_of(raw, sorted(products))
    if problems:
        raise InputError(problems)
    rows = list(raw["skus"])
    categories = tuple(raw["categories"])
    groups = [raw["categories"][row["category"]] for row in rows]
    world, fresh = load_table("world"), np.array([row["fresh"] for row in rows])
    price = np.array([row["price_fen"] for row in rows], np.int64)
    case = np.array([row["case_packs"] for row in rows], np.int64)
    sourced = np.where(fresh, float(load_table("operations")["markup_veg"]), float(world["markup_ambient"]))
    own = [group["markup"] for group in groups]
    markup = [usual if item == "sourced" else item[0] for item, usual in zip(own, sourced, strict=True)]
    wholesale = price[:, 0] / np.array(markup)
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
    months = [group.get("child_months", (-np.inf, np.inf)) for group in groups]
    category_id = np.array([categories.index(row["category"]) for row in rows], np.int64)
    columns |= {
        "storage": np.where(fresh, _zones(columns["t_opt_c"]), [row.get("storage", AMBIENT) for row in rows]),
        "tier": top_tercile(price[:, 0], category_id).astype(np.int64),
        "buyers": np.array([group["buyers"] for group in groups], np.str_),
        "child_from_months": np.array([float(first) for first, _ in months]),
        "child_until_months": np.array([float(last) for _, last in months]),
        "cycle_days": np.array([float(group["cycle_days"][0]) for group in groups]),
        "category_id": category_id,
    }
    columns |= {
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
        "tier": np.zeros(n, np.int64),
        "buyers": np.full(n, EVERYONE),
        "child_from_months": np.full(n, -np.inf),
        "child_until_months": np.full(n, np.inf),
        "cycle_days": np.full(n, float(world["replay_cycle_days"])),
        "attributes": np.zeros((n, len(ATTRIBUTES))),
        "base_weight": np.ones(n),
        "t_chill_c": np.full(n, -np.inf),
    }
    for name in ("life_ref_d", "t_ref_c", "ea_kj_mol", "t_opt_c"):
        columns[name] = np.full(n, float(produce[name]))
    columns["storage"] = _zones(columns["t_opt_c"])
    for values in columns.values():
        values.setflags(write=False)
    return Catalogue(**columns, categories=tuple(f"category_{item}" for item in names))


@cache
def load_catalogue() -> Catalogue:
    """The packaged catalogue, read once in a process. Raises InputError naming file and row."""
    return parse_catalogue(read_yaml("catalogue"))
