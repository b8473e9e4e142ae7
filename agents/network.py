"""The few as objects: shop owners, farms and the hub as Mesa agents without state of their own.

Their properties read and write the twin's columns and read its log, so a network may be made at any border, as often
as wanted, and changes nothing by being there. It is for looking at single places and for acting on them by hand;
Mesa's selections work on it: ``network.owners.select(lambda owner: owner.waste_fen > 10_000)``. Importing this module
costs Mesa's import, about a second, so the day itself does not.
"""

from __future__ import annotations

import mesa
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agents.catalogue import Catalogue
from sim.state import Frame
from sim.twin import Ports


class ShopOwner(mesa.Agent):
    """One owner and the shop. Setting a habit changes how the owner orders from the next border on."""

    def __init__(self, model: Network, row: int) -> None:
        super().__init__(model)
        self._row = row

    @property
    def _owners(self) -> Frame:
        return self.model.ports.state["owners"]

    @property
    def _cells(self) -> np.ndarray:
        return np.flatnonzero(self.model.ports.state["shelf"]["shop"] == self._row)

    @property
    def shop(self) -> int:
        """Shop id."""
        return int(self._owners["id"][self._row])

    @property
    def place_km(self) -> tuple[float, float]:
        """Kilometres east and north of the hub."""
        return float(self._owners["x_km"][self._row]), float(self._owners["y_km"][self._row])

    @property
    def cover_days(self) -> float:
        """Days of expected sales the owner likes to see on the shelf."""
        return float(self._owners["cover_days"][self._row])

    @cover_days.setter
    def cover_days(self, days: float) -> None:
        if not days > 0:
            raise ValueError(f"cover_days must be above 0, not {days}")
        self._owners["cover_days"][self._row] = days

    @property
    def habits(self) -> dict[str, float]:
        """How the owner orders: weights and days of the owner's own, by name."""
        names = ("smoothing", "stock_adjustment", "supply_line_weight", "cover_days", "pull_to_mean")
        return {name: float(self._owners[name][self._row]) for name in names}

    @property
    def is_open(self) -> bool:
        """Whether somebody keeps the shop on the day that begins now."""
        return bool(self._owners["open_from"][self._row] <= self.model.day)

    @property
    def generation(self) -> int:
        """How many owners the shop had before this one (the successor counts from the day the last one left)."""
        return int(self._owners["generation"][self._row])

    @property
    def minutes(self) -> float:
        """The owners' working time so far, minutes."""
        return float(self.model.summed("owner_day", self._row, "minutes"))

    @property
    def members(self) -> int:
        """Households registered with the shop."""
        return int((self.model.ports.state["residents"]["shop"] == self._row).sum())

    @property
    def on_hand(self) -> int:
        """Packs on the shelf."""
        return int(self.model.ports.state["shelf"]["packs"][self._cells].sum())

    @property
    def stock_fen(self) -> int:
        """Shelf stock at farm-gate cost, fen."""
        shelf, cost = self.model.ports.state["shelf"], self.model.catalogue.farm_gate_fen
        packs = shelf["packs"][self._cells].sum(axis=1, dtype=np.int64)
        return int((packs * cost[shelf["sku"][self._cells]]).sum())

    @property
    def waste_fen(self) -> int:
        """What the shop has thrown away so far, at farm-gate cost, fen."""
        return int(self.model.summed("waste", self._row, "cost_fen"))

    @property
    def income_fen(self) -> int:
        """What the shop brought its owners so far: margin, commission and other trade less rent and waste, fen."""
        day = {name: self.model.summed("owner_day", self._row, f"{name}_fen") for name in ("margin", "waste")}
        more = sum(int(self.model.summed("owner_day", self._row, f"{name}_fen")) for name in ("commission", "other"))
        return int(day["margin"] - day["waste"]) + more

    @property
    def cash_fen(self) -> int:
        """The owner's receipts less payments so far, from the ledger's postings, fen; goods count when bought."""
        rows = self.model.rows("posting", self._row)
        earned = rows.filter(pc.equal(rows["credit"], "owners"))["fen"]
        spent = rows.filter(pc.equal(rows["debit"], "owners"))["fen"]
        return int(pc.sum(earned, min_count=0).as_py()) - int(pc.sum(spent, min_count=0).as_py())


class Farm(mesa.Agent):
    """One contracted farm. Setting its crew or its chambers changes the next night."""

    def __init__(self, model: Network, row: int) -> None:
        super().__init__(model)
        self._row = row

    @property
    def _farms(self) -> Frame:
        return self.model.ports.state["farms"]

    @property
    def farm(self) -> int:
        """Farm id."""
        return int(self._farms["id"][self._row])

    @property
    def remote(self) -> bool:
        """Whether its goods travel for days."""
        return bool(self._farms["remote"][self._row])

    @property
    def distance_km(self) -> float:
        """Road to the hub, km."""
        return float(self._farms["distance_km"][self._row])

    @property
    def area_ha(self) -> float:
        """Land under contract, ha."""
        return float(self._farms["area_ha"][self._row])

    @property
    def crew(self) -> int:
        """Workers who pick in the morning."""
        return int(self._farms["crew"][self._row])

    @crew.setter
    def crew(self, workers: int) -> None:
        if workers < 0:
            raise ValueError(f"crew must be at least 0, not {workers}")
        self._farms["crew"][self._row] = workers

    @property
    def skus(self) -> list[int]:
        """What grows there."""
        sku = self.model.ports.state["fields"]["sku"]
        return [int(one) for one in sku[self.model.ports.state["fields"]["farm"] == self.farm]]

    @property
    def ripe(self) -> np.ndarray:
        """Ripe packs on the plants, by SKU."""
        fields, packs = self.model.ports.state["fields"], np.zeros(self.model.catalogue.n, np.int64)
        mine = np.isin(fields["sku"], self.skus)
        packs[fields["sku"][mine]] = fields["packs"][mine].sum(axis=(1, 2), dtype=np.int64)
        return packs

    @property
    def income_fen(self) -> int:
        """Paid by the company and on the spot market less growing, picking and cooling so far, fen."""
        rows = self.model.ports.log.read("farm_day")
        mine = rows.filter(pc.equal(rows["farm"], self.farm))
        came, went = (sum(int(pc.sum(mine[name], min_count=0).as_py()) for name in names)
                      for names in (("revenue_fen", "spot_fen"), ("cost_fen",)))
        return came - went


class Hub(mesa.Agent):
    """The hub's cold room."""

    @property
    def on_hand(self) -> np.ndarray:
        """Packs by SKU."""
        return np.asarray(self.model.ports.state["hub"]["packs"].sum(axis=1, dtype=np.int64))


class Network(mesa.Model):
    """The owners, the farms and the hub of a twin: ``Network(twin.ports, load_catalogue(), twin.day)``."""

    def __init__(self, ports: Ports, catalogue: Catalogue, day: int = 0) -> None:
        super().__init__(seed=0)
        self.ports, self.catalogue, self.day = ports, catalogue, day
        for row in range(ports.state["owners"].count):
            ShopOwner(self, row)
        for row in range(ports.state["farms"].count):
            Farm(self, row)
        self.hub = Hub(self)

    @property
    def owners(self) -> mesa.agent.AgentSet:
        """All shop owners."""
        return self.agents_by_type[ShopOwner]

    @property
    def farms(self) -> mesa.agent.AgentSet:
        """All contracted farms."""
        return self.agents_by_type[Farm]

    def rows(self, table: str, shop: int) -> pa.Table:
        """The rows of an event table that concern one shop."""
        events = self.ports.log.read(table)
        return events.filter(pc.equal(events["shop"], shop))

    def summed(self, table: str, shop: int, column: str) -> float:
        """The sum of ``column`` over the rows of one shop."""
        return float(pc.sum(self.rows(table, shop)[column], min_count=0).as_py())
