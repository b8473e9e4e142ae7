"""What a run will need of memory and disk, predicted before it starts.

The columns are known exactly: three twins of one or two shops tell how many rows each frame has a shop and a resident.
Rows of the log, and of the frames that fill up while the twin lives, are known by experience: `conf/sizing.yaml` holds
the rows a day by table that `experiments/fit/sizing.py` counted, a resident, a (shop, SKU), a shop, a SKU or a day.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pyarrow as pa
import yaml

from experiments.build import KEPT_WHOLE, build
from experiments.config.model import CityConfig, RunConfig
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES
from sim.log import RECENT_DAYS

TABLES: dict[str, pa.Schema] = {**EVENT_TABLES, **TRUTH_TABLES}
PROGRAM_BYTES = 450_000_000
"""The interpreter with its libraries and compiled kernels, as measured in a run of a few residents."""
WORKING_COPIES = 4.0
"""Copies of a day's rows alive while they are made, reduced and filtered (G)."""
TEXT_BYTES = 14
"""A short text with its offset."""
PACKED = 0.35
"""Compressed Parquet over the same rows in memory, as measured."""


class Need(NamedTuple):
    """Bytes: of columns, of the log's kept rows, of a whole process at its peak, and of files written."""

    state: int
    log: int
    memory: int
    disk: int

    def said(self) -> str:
        """One line in words."""
        state, log, memory, disk = (_megabytes(part) for part in self)
        return f"about {memory} of memory (columns {state}, log {log}) and {disk} of disk"


def predict(config: RunConfig, snapshot: bool = False) -> Need:
    """What `linli run` of this configuration needs; `snapshot` if it writes one. Replays are not predicted: zeros."""
    if config.scenario.demand == "replay":
        return Need(0, 0, 0, 0)
    probes = [_counts(_of_size(config, *size)) for size in ((1, 1), (1, 2), (2, 1))]
    drivers = drivers_of(config.city.shops, config.city.members, probes[0]["hub"].rows)
    days = config.burn_in_days + config.days
    a_day = {name: rows * drivers[driver_of(name)] * row_bytes(name) for name, rows in _rates()["rows"].items()}
    kept = sum(bytes_ * _kept_days(config, name, days) for name, bytes_ in a_day.items())
    state = _columns(config, *probes)
    memory = PROGRAM_BYTES + state + kept + WORKING_COPIES * sum(a_day.values())
    aggregates = sum(bytes_ * days for name, bytes_ in a_day.items() if "day" in TABLES[name].names)
    return Need(int(state), int(kept), int(memory), int(PACKED * aggregates + (state + kept if snapshot else 0)))


def shortage(need: Need) -> tuple[str, ...]:
    """A warning when this machine has less memory than that, else nothing."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if need.memory <= there:
        return ()
    return (f"warning: this machine has {_megabytes(there)} of memory; take fewer shops, members or days, "
            f"or log.detail=panel",)


def driver_of(table: str) -> str:
    """What the number of rows of an event table grows with: `resident`, `cell`, `shop`, `sku` or `day`."""
    names = set(TABLES[table].names)
    if names & {"member", "touchpoint", "resident"}:
        return "resident"
    if {"shop", "sku"} <= names:
        return "cell"
    if names & {"shop", "node", "truck"}:
        return "shop"
    return "sku" if "sku" in names else "day"


def drivers_of(shops: int, members: int, skus: int) -> dict[str, int]:
    """How many there are of each driver."""
    return {"resident": shops * members, "cell": shops * skus, "shop": shops, "sku": skus, "day": 1}


def row_bytes(table: str) -> int:
    """Bytes of a row in memory, texts as short as usual."""
    return sum(TEXT_BYTES if pa.types.is_string(kind) else max(1, kind.bit_width // 8) for kind in TABLES[table].types)


def _kept_days(config: RunConfig, table: str, days: int) -> float:
    about: Mapping[bytes, bytes] = TABLES[table].metadata or {}
    if not config.keeps_panel:
        return days
    if b"volume" in about:
        return min(days, RECENT_DAYS)
    if b"panel_key" in about and table not in KEPT_WHOLE:
        return days * config.log.panel_share
    return days


class _Frame(NamedTuple):
    rows: int
    width: int


def _columns(config: RunConfig, one: _Frames, two_members: _Frames, two_shops: _Frames) -> float:
    """Bytes of all frames, fresh and filled up."""
    shops, residents = config.city.shops, config.city.shops * config.city.members
    total = 0.0
    for name, (rows, width) in one.items():
        by_resident = two_members[name].rows - rows
        by_shop = two_shops[name].rows - rows - by_resident
        filled = residents * _rates()["frames"].get(name, 0.0)
        total += width * (rows + (residents - 1) * by_resident + (shops - 1) * by_shop + filled)
    return total


_Frames = dict[str, _Frame]


def _counts(config: RunConfig) -> _Frames:
    return {frame.name: _Frame(frame.count, frame.row_bytes()) for frame in build(config).ports.state}


def _of_size(config: RunConfig, shops: int, members: int) -> RunConfig:
    return config.model_copy(update={"city": CityConfig(name="probe", shops=shops, members=members)})


@cache
def _rates() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = yaml.safe_load(files("conf").joinpath("sizing.yaml").read_bytes())
    return found


def _megabytes(amount: float) -> str:
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / 1e6:.0f} MB"


def most_rows(counts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The largest number of each table over several runs."""
    most: dict[str, Any] = {}
    for one in counts:
        for name, rows in one.items():
            most[name] = max(most.get(name, 0.0), rows)
    return most
