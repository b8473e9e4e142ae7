"""Goods on the road for days: rows that live over the borders."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agents.supply.bodies import STATE, packed, unpacked
from agents.supply.haul import Convoy, long_leg
from agents.world import World
from sim.state import Frame
from sim.streams import uniform
from sim.variates import log_array

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]


class Transit:
    """Lots between a remote farm's gate and the hub. Times are hours since midnight of day 0.

    The lots that left one farm in one night travel together: their rows share ``haul``, a number made of farm and day,
    and the state of the lorries.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        columns: dict[str, Any] = {
            "haul": np.int64, "farm": np.int64, "sku": np.int64, "lot": np.int64, "packs": np.int64,
            "at_gate": np.float64, "life_used": np.float64, "left_at": np.float64, "arrives_at": np.float64,
            "promised_at": np.float64, "aged_to": np.float64, "load": (np.float64, STATE),
        }  # fmt: skip
        self.frame = world.ports.state.new(Frame("transit", columns))
        self._delay = world.ports.streams.declare("supply.transit.delay")

    def populate(self) -> None:
        """Start with nothing on the road."""

    @property
    def packs(self) -> Ids:
        """Packs on the road by SKU."""
        out = np.zeros(self._world.catalogue.n, np.int64)
        np.add.at(out, self.frame["sku"], self.frame["packs"])
        return out

    def leave(self, day: int, convoy: Convoy, sku: Ids, packs: Ids, lot: Ids, at_gate: Floats) -> None:
        """Put what left a remote farm tonight on the road: distance over speed and a keyed delay."""
        rules, left = self._world.params.supply, 24.0 * day + convoy.gate_hour
        delay = -rules.remote_delay_hours * float(log_array(uniform(self._delay, day, convoy.farm)))
        hours = convoy.km / rules.remote_kmh + delay
        self.frame.add(
            len(sku),
            haul=convoy.farm * np.int64(1 << 32) + day,
            farm=convoy.farm,
            sku=sku,
            lot=lot,
            packs=packs,
            at_gate=at_gate,
            life_used=at_gate,
            left_at=left,
            arrives_at=left + hours,
            promised_at=24.0 * (day + rules.remote_promise_days) + rules.promise_hour,
            aged_to=left,
            load=np.tile(packed(convoy.loads[-1]), (len(sku), 1)),
        )

    def due(self, day: int) -> Ids:
        """Rows that reach the hub on ``day`` (before 23:00)."""
        return np.flatnonzero(self.frame["arrives_at"] < 24.0 * day + 23.0)

    def travel(self, day: int, rows: Ids) -> None:
        """Let ``rows`` travel until they arrive or ``day`` closes; goods age in their lorries."""
        frame, closes = self.frame, 24.0 * day + 23.0
        for haul in np.unique(frame["haul"][rows]):
            mine = rows[frame["haul"][rows] == haul]
            first = mine[0]
            start, end = float(frame["aged_to"][first]), min(closes, float(frame["arrives_at"][first]))
            load, used = long_leg(self._world, unpacked(self._world, frame["load"][first]), start, end)
            frame["life_used"][mine] += used[frame["sku"][mine]]
            frame["load"][mine] = packed(load)
            frame["aged_to"][mine] = end
            meter = {"place": ["lorry"], "node": load.vehicle, "kwh": load.kwh}
            self._world.emit("energy", "meters", day, 22.9, meter)

    def close(self, day: int) -> None:
        """Close the day on the road."""
        self.travel(day, np.flatnonzero(self.frame["arrives_at"] > self.frame["aged_to"]))

    def take(self, rows: Ids) -> dict[str, npt.NDArray[Any]]:
        """Remove ``rows`` and return their columns."""
        out = {name: self.frame[name][rows].copy() for name in self.frame.columns}
        left = np.ones(len(self.frame), np.bool_)
        left[rows] = False
        self.frame.keep(left)
        return out
