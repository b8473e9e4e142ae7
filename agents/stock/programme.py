"""Runs a stock day: the phases that a `StockDay` names, in its order, over the columns of many cells.

Labs and the twin's shops, hubs and fields run through here; what makes one model differ from another is the
`StockDay` (order of phases, moment of charges) and what it is given `Today`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from agents.stock import lots, phases, pipeline
from agents.stock.lots import Floats, Lots
from agents.stock.params import MeasureName, PhaseName
from agents.stock.phases import Packs, Sums


@dataclass
class Stock:
    """What the cells hold and expect: ``lots`` (cell, slot), ``in_transit`` (cell, place; see `pipeline`)."""

    lots: Lots
    in_transit: Packs

    @classmethod
    def empty(cls, cells: int, slots: int, places: int) -> Self:
        """Nothing on hand and nothing in transit."""
        return cls(lots.empty(cells, slots), np.zeros((cells, places), np.int32))

    @property
    def on_hand(self) -> Sums:
        """Packs on hand in each cell."""
        return phases.held(self.lots.packs)

    @property
    def position(self) -> Sums:
        """Packs on hand and in transit in each cell."""
        return self.on_hand + phases.held(self.in_transit)


class Ageing(NamedTuple):
    """What a day does to quality: life used after it, the spread between packs, a uniform (cell, slot)."""

    life_used: Floats
    log_sd: float
    uniform: Floats


@dataclass(frozen=True)
class Today:
    """What the phases of one day need to know.

    ``demand`` is packs (cell, customer): the customers come in this order and take what there is. ``order``
    tells the packs to order, one number a cell. ``deliveries`` (shape (cell,)) are what truly arrives;
    without them, what is due in the pipeline does. ``ageing`` is for the phase ``spoil``.
    """

    demand: npt.NDArray[np.integer]
    order: Callable[[Stock], npt.NDArray[np.integer]]
    lead_time: int | npt.NDArray[np.integer]
    fifo: bool
    fixed_life: bool
    deliveries: Lots | None = None
    ageing: Ageing | None = None


@dataclass
class Flows:
    """What one day moved, in packs (cell,); ``taken`` and ``wasted`` (cell, slot) at the age they had then.

    ``served`` counts customers who got at least one pack, ``held`` is what was there at the phase ``hold``.
    """

    demanded: Sums
    sold: Sums
    served: Sums
    ordered: Sums
    received: Sums
    held: Sums
    taken: Packs
    wasted: Packs

    @classmethod
    def none(cls, cells: int, slots: int) -> Self:
        """A day on which nothing has happened yet."""
        demanded, sold, served, ordered, received, held = np.zeros((6, cells), np.int64)
        taken, wasted = np.zeros((2, cells, slots), np.int32)
        return cls(demanded, sold, served, ordered, received, held, taken, wasted)


def run_day(names: Iterable[PhaseName], stock: Stock, today: Today) -> Flows:
    """Step ``stock`` through the named phases (a `StockDay`'s, or a part of them) and return what moved."""
    flows = Flows.none(*stock.lots.packs.shape)
    for name in names:
        PHASES[name](stock, today, flows)
    return flows


def charge(
    charges: Mapping[str, Iterable[MeasureName]], prices: Mapping[str, int | Sums], flows: Flows
) -> dict[str, Sums]:
    """The day's amount on every account, one number a cell: its quantities times its price.

    A price is a whole number of fen or of a finer unit, for all cells or one a cell, so amounts are exact.
    """
    return {
        account: sum((MEASURES[name](flows) for name in names), np.zeros_like(flows.sold)) * prices[account]
        for account, names in charges.items()
    }


def _order(stock: Stock, today: Today, flows: Flows) -> None:
    orders = today.order(stock)
    stock.in_transit = pipeline.push(stock.in_transit, orders, today.lead_time)
    flows.ordered += orders


def _receive(stock: Stock, today: Today, flows: Flows) -> None:
    due, stock.in_transit = pipeline.pop(stock.in_transit)
    arrivals = lots.unnamed(due) if today.deliveries is None else today.deliveries
    stock.lots = lots.receive_with(stock.lots, arrivals)
    flows.received += arrivals.packs


def _serve(stock: Stock, today: Today, flows: Flows) -> None:
    for wanted in today.demand.T:
        taken = phases.issue(stock.lots.packs, wanted, today.fifo)
        stock.lots = lots.without(stock.lots, taken)
        sold = phases.held(taken)
        flows.demanded += wanted
        flows.sold += sold
        flows.served += sold > 0
        flows.taken += taken


def _spoil(stock: Stock, today: Today, flows: Flows) -> None:
    if today.ageing is None:
        raise ValueError("the phase spoil needs today's ageing")
    life_used, log_sd, uniform = today.ageing
    gone = lots.spoil(stock.lots.packs, stock.lots.life_used, life_used, log_sd, uniform)
    stock.lots = lots.without(stock.lots._replace(life_used=life_used), gone)
    flows.wasted += gone


def _waste(stock: Stock, today: Today, flows: Flows) -> None:
    gone = phases.expire(stock.lots.packs)
    stock.lots = lots.without(stock.lots, gone)
    flows.wasted += gone


def _hold(stock: Stock, today: Today, flows: Flows) -> None:
    flows.held += stock.on_hand


def _age(stock: Stock, today: Today, flows: Flows) -> None:
    stock.lots = lots.age_with(stock.lots, today.fixed_life)


PHASES: dict[PhaseName, Callable[[Stock, Today, Flows], None]] = {
    "order": _order,
    "receive": _receive,
    "serve": _serve,
    "spoil": _spoil,
    "waste": _waste,
    "hold": _hold,
    "age": _age,
}

MEASURES: dict[MeasureName, Callable[[Flows], Sums]] = {
    "packs_ordered": lambda flows: flows.ordered,
    "orders_placed": lambda flows: (flows.ordered > 0).astype(np.int64),
    "packs_received": lambda flows: flows.received,
    "deliveries_received": lambda flows: (flows.received > 0).astype(np.int64),
    "packs_sold": lambda flows: flows.sold,
    "customers_served": lambda flows: flows.served,
    "packs_lost": lambda flows: flows.demanded - flows.sold,
    "packs_wasted": lambda flows: phases.held(flows.wasted),
    "packs_held": lambda flows: flows.held,
}
