"""Contracted fields: fruit ripens, is picked, or hangs until it falls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.sourced import load_records
from agents.stock import phases
from agents.world import World
from sim.state import Frame
from sim.variates import lognormal_array

LONGEST_HOLD_DAYS = 16


class Fields:
    """Ripe packs by SKU and days on the plant; what nobody picks within the crop's hold window falls.

    A crop with a window of w days enters the stock at slot ``LONGEST_HOLD_DAYS - w``, so that falling is the expiry of
    the last slot, as in any stock of fixed life.
    """

    def __init__(self, world: World, daily_demand: npt.NDArray[np.float64]) -> None:
        """``daily_demand``: packs a day by SKU for which the fields were contracted (0 for other origins)."""
        self._world = world
        goods = world.catalogue
        self.local = goods.fresh & (goods.origin == "local")
        records = load_records("crops")
        windows = [float(records[k]["hold_window_d"]) if here else 1.0 for k, here in self._crops()]
        rates = [float(records[k]["crew_kg_h"]) if here else np.inf for k, here in self._crops()]
        self._enters = LONGEST_HOLD_DAYS - np.clip(np.rint(windows), 1, LONGEST_HOLD_DAYS).astype(np.int64)
        self.crew_kg_h = np.array(rates)
        self._yield = np.where(self.local, daily_demand * world.params.supply.ripe_margin, 0.0)
        self._key = world.ports.streams.declare("supply.fields.yield")
        self.ripe = world.ports.state.new(
            Frame("fields", {"packs": (np.int32, LONGEST_HOLD_DAYS)}, capacity=goods.n),
        )

    def _crops(self) -> list[tuple[str, bool]]:
        return [
            (str(kind), bool(here)) for kind, here in zip(self._world.catalogue.kinetics, self.local, strict=True)
        ]

    def populate(self) -> None:
        """Start with two days of ripe fruit."""
        goods = self._world.catalogue
        packs = np.zeros((goods.n, LONGEST_HOLD_DAYS), np.int32)
        packs[np.arange(goods.n), self._enters] = np.rint(2.0 * self._yield).astype(np.int32)
        self.ripe.add(packs=packs)

    def ripen(self, day: int) -> None:
        """Let the day's fruit ripen: the contracted yield with a keyed lognormal spread of mean 1."""
        sd = self._world.params.supply.yield_log_sd
        rows = np.arange(len(self._yield))
        spread = lognormal_array(self._key, -0.5 * sd * sd, sd, day, rows)
        packs = self.ripe["packs"]
        packs[rows, self._enters] += np.rint(self._yield * spread).astype(np.int32)

    def pick(self, wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Pick up to ``wanted`` packs by SKU, ripest first; return what there was."""
        taken = phases.issue(self.ripe["packs"], np.where(self.local, wanted, 0), fifo=True)
        self.ripe["packs"][...] -= taken
        return phases.held(taken)

    def fall(self, day: int) -> None:
        """Drop what has hung too long and age the rest by a day; the loss is the farm's, and an event."""
        packs = self.ripe["packs"]
        fallen = phases.held(phases.expire(packs))
        packs[...] = phases.age(packs - phases.expire(packs), fixed_life=True)
        lost = np.flatnonzero(fallen)
        columns = {
            "sku": lost,
            "packs": fallen[lost],
            "cost_fen": fallen[lost] * self._world.catalogue.farm_gate_fen[lost],
        }
        self._world.emit("field_loss", "farm", day, 20.0, columns)
