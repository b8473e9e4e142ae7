"""The days that count, and the rows of the daily aggregates in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.catalogue import Catalogue
from sim.clock import Clock
from sim.log import EventLog

Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Window:
    """The business days `first_day` to `last_day`, both included.

    The firm's event log gives daily aggregates and the fate of group-buy candidates; the evaluation log gives what
    only a twin knows. `opening_hours` is how long a shop is open on a day.
    """

    log: EventLog
    evaluation: EventLog
    catalogue: Catalogue
    clock: Clock
    first_day: int
    last_day: int
    opening_hours: float

    @property
    def days(self) -> int:
        """How many days count."""
        return max(0, self.last_day - self.first_day + 1)

    def date(self, day: int) -> dt.date:
        """The calendar date of a business day."""
        return self.clock.date(day)

    @cached_property
    def sku_day(self) -> Columns:
        """Goods by SKU and day."""
        return self._aggregate("sku_day")

    @cached_property
    def shop_day(self) -> Columns:
        """Demand and sales by shop, SKU and day."""
        return self._aggregate("shop_day")

    @cached_property
    def customer_day(self) -> Columns:
        """Orders by known member and day."""
        return self._aggregate("customer_day")

    @cached_property
    def money_day(self) -> Columns:
        """Postings by accounts, reason and day."""
        return self._aggregate("money_day")

    @cached_property
    def group_buy(self) -> Columns:
        """What became of group-buy candidates, with the day it happened."""
        return self._events(self.log, "group_buy")

    @cached_property
    def offered(self) -> Columns:
        """Truth: packs asked of the shelves."""
        return self._events(self.evaluation, "offered")

    @cached_property
    def unmet(self) -> Columns:
        """Truth: packs wanted first and not found."""
        return self._events(self.evaluation, "unmet")

    @cached_property
    def fresh(self) -> Columns:
        """The rows of `sku_day` whose SKU is fresh."""
        rows = self.sku_day
        fresh = self.catalogue.fresh[rows["sku"]]
        return {name: values[fresh] for name, values in rows.items()}

    def _aggregate(self, table: str) -> Columns:
        rows = self.log.read(table, since_day=self.first_day)
        return self._within(_columns(rows))

    def _events(self, log: EventLog, table: str) -> Columns:
        rows = _columns(log.read(table, since_day=self.first_day))
        return self._within({**rows, "day": np.asarray(self.clock.day_of(rows["event_time"]))})

    def _within(self, rows: Columns) -> Columns:
        inside = (rows["day"] >= self.first_day) & (rows["day"] <= self.last_day)
        return {name: values[inside] for name, values in rows.items()}


def _columns(rows: pa.Table) -> Columns:
    return {name: rows[name].to_numpy() for name in rows.column_names if name not in ("arrival_time", "source")}
