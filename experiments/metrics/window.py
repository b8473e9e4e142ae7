"""The days that count, and the rows of the logs in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.catalogue import Catalogue
from sim.clock import Clock
from sim.log import STAMP, EventLog

Columns = Mapping[str, npt.NDArray[Any]]
T = TypeVar("T")
_STAMP = frozenset(stamp.name for stamp in STAMP)


class Rows(Mapping[str, npt.NDArray[Any]]):
    """The columns of a table as arrays, each made when it is first asked for: large tables have many unread ones."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows, self._made = rows, dict[str, npt.NDArray[Any]]()

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._made:
            self._made[name] = self._rows[name].to_numpy()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.column_names)

    def __len__(self) -> int:
        return self._rows.num_columns


@dataclass(frozen=True)
class Window:
    """The business days `first_day` to `last_day`, both included.

    The firm's event log gives daily aggregates and the fate of group-buy candidates; the evaluation log gives what
    only a twin knows. `opening_hours` is how long a shop is open on a day, `registered` how many members were
    registered at the first opening (None: nobody is known, as in a replay).
    """

    log: EventLog
    evaluation: EventLog
    catalogue: Catalogue
    clock: Clock
    first_day: int
    last_day: int
    opening_hours: float
    registered: int | None = None
    _made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def days(self) -> int:
        """How many days count."""
        return max(0, self.last_day - self.first_day + 1)

    def date(self, day: int) -> dt.date:
        """The calendar date of a business day."""
        return self.clock.date(day)

    def table(self, name: str) -> Columns:
        """The window's rows of a table of either log: its own columns and the business day. Read once."""
        rows: Columns = self.once(f"rows of {name}", lambda: self._rows(name))
        return rows

    def once(self, what: str, make: Callable[[], T]) -> T:
        """The answer of ``make``, asked for once a window: several metrics are made of one grouping."""
        if what not in self._made:
            self._made[what] = make()
        answer: T = self._made[what]
        return answer

    @cached_property
    def sku_day(self) -> Columns:
        """Goods by SKU and day."""
        return self.table("sku_day")

    @cached_property
    def shop_day(self) -> Columns:
        """Demand and sales by shop, SKU and day."""
        return self.table("shop_day")

    @cached_property
    def customer_day(self) -> Columns:
        """Orders by known member and day."""
        return self.table("customer_day")

    @cached_property
    def money_day(self) -> Columns:
        """Postings by accounts, reason and day."""
        return self.table("money_day")

    @cached_property
    def fresh(self) -> Columns:
        """The rows of `sku_day` whose SKU is fresh."""
        rows = self.sku_day
        fresh = self.catalogue.fresh[rows["sku"]]
        return {name: values[fresh] for name, values in rows.items()}

    def at_cost(self, rows: Columns, packs: npt.NDArray[Any]) -> float:
        """Packs of the rows' SKUs at farm-gate cost, fen."""
        return float((packs * self.catalogue.farm_gate_fen[rows["sku"]]).sum())

    def _rows(self, name: str) -> Columns:
        log = self.log if name in self.log.schemas else self.evaluation
        rows = log.read(name, since_day=self.first_day)
        if "day" not in rows.column_names:
            day = np.asarray(self.clock.day_of(rows["event_time"].to_numpy()))
            rows = rows.append_column("day", [day.astype(np.int32)])
        rows = rows.select([column for column in rows.column_names if column not in _STAMP])
        if rows.num_rows:
            span = pc.min_max(rows["day"]).as_py()
            if span["min"] < self.first_day or span["max"] > self.last_day:
                day = rows["day"]
                rows = rows.filter(pc.and_(pc.greater_equal(day, self.first_day), pc.less_equal(day, self.last_day)))
        return Rows(rows)
