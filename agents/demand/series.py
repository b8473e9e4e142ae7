"""Demand from recorded series: the packs of each (store, product) series meet the same shelves, lots and tills."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.demand.replay import ReplaySeries
from agents.shops.pickup import Handed
from agents.shops.shelves import Shelves
from agents.shops.till import UNKNOWN_MEMBER, Purchases, Till
from agents.world import World
from sim.variates import binomial_array

Ids = npt.NDArray[np.int64]


class SeriesDemand:
    """Replays a city day by day. The day's packs are spread over the sessions by the recorded hour profile."""

    def __init__(
        self,
        world: World,
        series: ReplaySeries,
        first_day: int,
        shelves: Shelves,
        till: Till,
        cdf: npt.NDArray[np.float64],
    ) -> None:
        """``first_day``: the recorded day that business day 0 replays; ``cdf`` (24) cumulated sales by hour."""
        self._world, self._series, self._first = world, series, first_day
        self._shelves, self._till, self._cdf = shelves, till, cdf
        self.key = world.ports.streams.declare("demand.replay.rounding")
        self._split = world.ports.streams.declare("demand.replay.sessions")
        self._left: Ids = np.zeros(series.cells, np.int64)
        self._price: Ids = np.zeros(series.cells, np.int64)
        self._done = 0.0

    def morning(self, day: int) -> None:
        """Take the day's packs and prices from the series; say what was promoted and what is a lower bound."""
        world, series, then = self._world, self._series, self._first + day
        self._left = series.packs(self.key, then).astype(np.int64)
        self._done = 0.0
        listed = world.catalogue.price_fen[series.sku]
        self._price = series.prices(then, listed)
        self._shelves.frame["price_fen"][...] = self._price
        rows = np.flatnonzero(series.promoted[:, then])
        promoted = {"shop": series.shop[rows], "sku": series.sku[rows]}
        world.emit("promotion", "head office", day, 7.5,
                   {**promoted, "price_fen": self._price[rows], "list_fen": listed[rows]})
        rows = np.flatnonzero(series.stockout_hours[:, then])
        censored = {"shop": series.shop[rows], "sku": series.sku[rows], "packs": self._left[rows]}
        world.record_truth("censored", day, 7.5, {**censored, "hours": series.stockout_hours[rows, then]})

    def session(self, day: int, first_hour: float, last_hour: float) -> Handed:
        """Offer the session's share of what is left of the day; what the shelf lacks is lost."""
        until = 1.0 if last_hour >= 24 else float(self._cdf[int(last_hour) - 1])
        share = (until - self._done) / (1.0 - self._done) if self._done < 1.0 else 0.0
        self._done = until
        cells = np.arange(self._series.cells)
        wanted = binomial_array(self._split, self._left, min(1.0, share), day, cells, int(first_hour))
        self._left = self._left - wanted
        on_hand = self._shelves.on_hand
        sold = np.minimum(wanted, on_hand)
        at = (max(first_hour, self._world.params.owners.opening_hour) + min(last_hour, 23.0)) / 2.0
        self._record(day, at, wanted, sold, on_hand, first_hour, last_hour)
        rows = np.flatnonzero(sold)
        shop, sku = self._series.shop[rows], self._series.sku[rows]
        count = len(rows)
        lines = Purchases(
            basket=np.arange(count),
            hour=np.full(count, at),
            member=np.full(count, UNKNOWN_MEMBER),
            shop=shop,
            sku=sku,
            packs=sold[rows],
            unit_fen=self._price[rows],
        )
        return self._till.sell(day, lines)

    def _record(
        self, day: int, hour: float, wanted: Ids, sold: Ids, on_hand: Ids, first_hour: float, last_hour: float
    ) -> None:
        world, series, rules = self._world, self._series, self._world.params.owners
        for table, packs in (("offered", wanted), ("unmet", wanted - sold)):
            rows = np.flatnonzero(packs)
            columns = {"shop": series.shop[rows], "sku": series.sku[rows], "packs": packs[rows]}
            if table == "unmet":
                columns["substituted"] = np.zeros(len(rows), np.int64)
            world.record_truth(table, day, hour, columns)
        hours = min(last_hour, rules.closing_hour) - max(first_hour, rules.opening_hour)
        share = np.where(on_hand == 0, 1.0, np.where(on_hand == sold, 0.5, 0.0))
        rows = np.flatnonzero(share)
        empty = {"shop": series.shop[rows], "sku": series.sku[rows], "hours": share[rows] * hours}
        world.emit("stock_out", "till", day, min(last_hour, 22.9), empty)
