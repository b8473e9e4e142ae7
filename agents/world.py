"""What every part of the world shares: time, randomness, columns, logs, decisions, catalogue and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.calendar import DayInfo
from agents.catalogue import Catalogue
from agents.params import WorldParams
from agents.season import Signals
from agents.weather import Weather
from hardware_models.thermal import Kinetics
from sim.contracts.decisions import DECISION_POINTS
from sim.decisions import Decided
from sim.streams import Key
from sim.twin import AsOf, Ports

MEMBERS_A_SHOP = 1 << 16
"""Member ids leave room for so many members a shop: id = shop * MEMBERS_A_SHOP + number within the shop."""

SHOPS_A_DISTRICT = 12
"""The district of the model specification, for which hub and fleet figures are given."""

Fulfilment = Literal["shop_stock", "pre_order", "mix"]


@dataclass(frozen=True)
class Systems:
    """Mechanisms of an arm that are no decision: each can be switched by itself and otherwise follows its factor."""

    cold_chain: bool
    """S6: cooled lorries and trucks, two zones in rooms and trucks, sensors in all places, alarms that act."""
    proposals: bool
    """P7: group-buys reach an owner as a prepared proposal instead of by a call."""
    identity: bool
    """F1: touchpoints are linked to one customer; without it each is filed by itself."""
    inspection: bool
    """F4: owners photograph shelf and shop every day; poor looks are put right."""


@dataclass(frozen=True)
class Factors:
    """The crossed factors of an arm: where goods are bought, and whether supply, persons and feedback are on."""

    fulfilment: Fulfilment
    preorder_share: float
    s: bool
    p: bool
    f: bool
    systems: Systems

    @classmethod
    def of(
        cls,
        fulfilment: Fulfilment,
        preorder_share: float,
        *,
        s: bool,
        p: bool,
        f: bool,
        systems: Mapping[str, bool | None] | None = None,
    ) -> Factors:
        """Return factors whose systems follow s, p and f except those that ``systems`` switches by name."""
        follows = {"cold_chain": s, "proposals": p, "identity": f, "inspection": f}
        named = {name: on for name, on in (systems or {}).items() if on is not None}
        return cls(fulfilment, preorder_share, s=s, p=p, f=f, systems=Systems(**{**follows, **named}))

    @property
    def app_share(self) -> float:
        """Share of visits that order ahead instead of buying from the shelf."""
        return {"shop_stock": 0.0, "pre_order": 1.0, "mix": self.preorder_share}[self.fulfilment]

    @property
    def stocks_shelves(self) -> bool:
        """Whether owners order stock for their shelves."""
        return self.fulfilment != "pre_order"


@dataclass(frozen=True)
class World:
    """Shared by all components of one twin.

    ``factors_from`` lists (first day, factors) in rising order; the first holds from day 0 (burn-in).
    """

    ports: Ports
    params: WorldParams
    catalogue: Catalogue
    calendar: DayInfo
    weather: Weather
    season: Signals
    factors_from: tuple[tuple[int, Factors], ...]
    shops: int
    expected_daily: npt.NDArray[np.float64]
    """Packs a day by SKU, over all shops, that contracts and first orders were sized for."""

    @property
    def docks(self) -> int:
        """Docks of the hub: ``hub_docks`` for every district or part of one."""
        return self.params.supply.hub_docks * -(-self.shops // SHOPS_A_DISTRICT)

    def factors(self, day: int) -> Factors:
        """Return the factors that hold on ``day``."""
        return [factors for first, factors in self.factors_from if first <= day][-1]

    def kept(self, day: int) -> npt.NDArray[np.bool_]:
        """Return which shops have an owner on ``day``, one a shop; the others are closed."""
        return np.asarray(self.ports.state["owners"]["open_from"] <= day)

    def key(self, stream: str) -> Key:
        """Return the key of a named random stream."""
        return self.ports.streams.key(stream)

    def emit(self, table: str, source: str, day: int, hour: Any, columns: Mapping[str, Any]) -> None:
        """Append event rows that happen at ``hour`` (scalar or one a row) of ``day``."""
        self.ports.log.append(table, source, self.ports.clock.at(day, hour), columns)

    def record_truth(self, table: str, day: int, hour: Any, columns: Mapping[str, Any]) -> None:
        """Append rows to the evaluation log, which no policy sees."""
        self.ports.evaluation.append(table, "twin", self.ports.clock.at(day, hour), columns)

    def past(self, day: int, hour: float) -> AsOf:
        """Return the event log as it is at ``hour`` of ``day``."""
        return AsOf(self.ports.log, self.ports.clock.at(day, hour))

    def decide(self, point: str, day: int, hour: float, observation: pa.Table) -> Decided:
        """Ask the decision port and record who decided; an empty observation is not asked."""
        if observation.num_rows == 0:
            return Decided(DECISION_POINTS[point].decision.empty_table(), "", ())
        decided = self.ports.decide(point, observation)
        columns = {
            "point": [point],
            "policy": [decided.policy],
            "rows": [observation.num_rows],
            "refused": ["; ".join(decided.refused)],
        }
        self.emit("decision", "head office", day, hour, columns)
        return decided

    def kinetics(self) -> Kinetics:
        """Return how the catalogue's goods age."""
        goods = self.catalogue
        return Kinetics(
            goods.life_ref_d, goods.t_ref_c, goods.ea_kj_mol, goods.t_chill_c, self.params.costs.chill_slope
        )

    def heat(self, day: int) -> float:
        """How much the day's true mean temperature exceeds what people feel as heat, K; 0 on other days."""
        return self.season.heat(day)

    def buzz(self, day: int) -> npt.NDArray[np.float64]:
        """Log of searches by category over their usual level on ``day``; zeros in an ordinary season."""
        return self.season.buzz(day)

    def ambient_c(self, day: int, hour: float) -> float:
        """Return the true outdoor temperature at ``hour`` (-1 is 23:00 of the eve, at most 22.99) of ``day``."""
        return self.weather.day(day).at(min(hour, 22.99))


def chilled(world: World) -> npt.NDArray[np.bool_]:
    """Return which SKUs ride and lie in the cold (0 to 4 degC), frozen ones too; the others suffer or need none."""
    return np.isin(world.catalogue.storage, ("cold", "frozen"))
