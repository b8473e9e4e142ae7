"""Contracted fields: cohorts ripen by thermal time, are picked, sold on the spot, or hang until they fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ledger import Account
from agents.stock import phases
from agents.supply.farms import Farms
from agents.supply.market import SpotMarket
from agents.supply.ripening import USUAL_DAYS, Crops, heat, ripe_share, staggering
from agents.world import World
from hardware_models.thermal import decay_rate
from sim.state import Frame
from sim.streams import uniform
from sim.variates import lognormal_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
COHORTS = 256
"""Days of setting that are told apart: no crop of the tables needs longer from setting to ripe."""
BLOCKS = 7
LONGEST_HOLD_DAYS = 16


@dataclass(frozen=True)
class Picked:
    """What the crews picked: packs and life used on the plant by SKU, hours worked by farm."""

    packs: Ids
    life_used: Floats
    crew_hours: Floats


class Fields:
    """Fruit by SKU: cohorts (by day of setting) that ripen, and ripe packs by block and days on the plant.

    Every SKU with a farm has a row. Its plants stand in as many blocks as the crop has days between two visits; a day's
    set belongs to one block, and only the block whose turn it is can be picked for an order. A crop with a window of
    w days enters the ripe stock at slot ``LONGEST_HOLD_DAYS - w``, so that falling is the expiry of the last slot.
    """

    def __init__(self, world: World, farms: Farms, market: SpotMarket) -> None:
        self._world, self._farms, self._market = world, farms, market
        self._crops: Crops = farms.crops
        rows = len(farms.sku)
        self._enters = LONGEST_HOLD_DAYS - np.clip(self._crops.hold_days, 1, LONGEST_HOLD_DAYS)
        self._turns = np.clip(self._crops.pick_days, 1, BLOCKS)
        self._planned = farms.contract * (1.0 + world.params.supply.overplant_share)
        self._key = world.ports.streams.declare("supply.fields.yield")
        self._rounding = world.ports.streams.declare("supply.fields.rounding")
        state = world.ports.state
        self.cohorts = state.new(
            Frame(
                "cohorts",
                {"set_at": (np.float64, COHORTS), "packs": (np.int32, COHORTS), "ripe": (np.int32, COHORTS)},
                capacity=rows,
            )
        )
        self.ripe = state.new(
            Frame(
                "fields",
                {
                    "sku": np.int64,
                    "farm": np.int64,
                    "heat": np.float64,
                    "ripened": np.int64,
                    "spare_hours": np.float64,
                    "packs": (np.int32, (BLOCKS, LONGEST_HOLD_DAYS)),
                    "life_used": (np.float64, (BLOCKS, LONGEST_HOLD_DAYS)),
                },
                capacity=rows,
            )
        )
        usual, weights = world.weather.usual_hours()
        self._staggering = staggering(self._crops, usual, weights)

    def populate(self) -> None:
        """Set the cohorts of the past, ripen them in the weather that was, and start with two days of ripe fruit."""
        rows, first = len(self._farms.sku), -1 - COHORTS
        if not rows:
            return  # a recorded city has no farms, and its weather no past
        days = np.arange(first, -1)
        hours = np.stack([self._world.weather.day(int(day)).hourly_c for day in days])
        gathered = np.cumsum(heat(self._crops, hours), axis=0)
        slot = (days + 1) % COHORTS
        packs, set_at = np.zeros((rows, COHORTS), np.int32), np.zeros((rows, COHORTS))
        packs[:, slot] = np.column_stack([self._set(int(day) + 1) for day in days])
        set_at[:, slot] = gathered.T
        now, before = (np.rint(packs * ripe_share(self._crops, at[:, None] - set_at)).astype(np.int32)
                       for at in (gathered[-1], gathered[-3]))
        self.cohorts.add(rows, set_at=set_at, packs=packs, ripe=now)
        self.ripe.add(rows, sku=self._farms.sku, farm=self._farms.of[self._farms.sku], heat=gathered[-1])
        self._hang(-1, np.maximum(now - before, 0))

    def ripen(self, day: int) -> None:
        """Let yesterday's hours ripen every cohort, and set today's."""
        frame, cohorts = self.ripe, self.cohorts
        if not len(frame):
            return
        frame["heat"][...] += heat(self._crops, self._world.weather.day(day - 1).hourly_c)
        share = ripe_share(self._crops, frame["heat"][:, None] - cohorts["set_at"])
        slot = day % COHORTS
        share[:, slot] = 1.0  # the oldest gives its place to today's
        ripe = np.maximum(np.rint(cohorts["packs"] * share).astype(np.int32), cohorts["ripe"])
        newly = ripe - cohorts["ripe"]
        cohorts["ripe"][...] = ripe
        frame["ripened"][...] = newly.sum(axis=1, dtype=np.int64)
        self._hang(day - 1, newly)
        cohorts["set_at"][:, slot], cohorts["packs"][:, slot] = frame["heat"], self._set(day)
        cohorts["ripe"][:, slot] = 0

    def pick(self, day: int, wanted: Ids) -> Picked:
        """Pick up to ``wanted`` packs by SKU from the blocks whose turn it is, as far as crews get.

        Near the city the ripest come first, before they fall; what has days to travel is picked least ripe first.
        """
        goods, farms, rows = self._world.catalogue, self._farms, np.arange(len(self._farms.sku))
        block = day % self._turns
        there = self.ripe["packs"][rows, block]
        asked = phases.held(phases.issue(there, wanted[farms.sku], fifo=True))
        pace = self._crops.crew_kg_h * 1000.0 / goods.pack_mass_g[farms.sku]
        farm, many = farms.of[farms.sku], farms.frame.count
        hours, able = np.bincount(farm, asked / pace, many), farms.frame["crew"] * farms.picking_hours
        within = np.minimum(1.0, able / np.where(hours > 0, hours, 1.0))
        able_packs = np.floor(asked * within[farm] + 1e-9).astype(np.int64)
        ripest, youngest = (phases.issue(there, able_packs, fifo=oldest) for oldest in (True, False))
        taken = np.where(farms.is_remote[farms.sku][:, None], youngest, ripest)
        self.ripe["packs"][rows, block] = there - taken
        packs = phases.held(taken)
        life = (taken * self.ripe["life_used"][rows, block]).sum(axis=1) / np.maximum(packs, 1)
        worked = np.bincount(farm, packs / pace, many).astype(np.float64)
        self.ripe["spare_hours"][...] = (able - worked)[farm]
        out = np.zeros(goods.n, np.int64)
        out[farms.sku] = packs
        return Picked(out, farms.by_sku(life), worked)

    def fall(self, day: int) -> Floats:
        """Close the day: sell on the spot what hangs for the last time, drop the rest of it, age what hangs on.

        Crews that have hours left pick for the spot market where its price pays their time. Returns hours by farm.
        """
        world, frame, farms, rules = self._world, self.ripe, self._farms, self._world.params.supply
        rows = len(farms.sku)
        packs = frame["packs"].reshape(rows * BLOCKS, LONGEST_HOLD_DAYS)
        expiring = phases.expire(packs)
        surplus = phases.held(expiring).reshape(rows, BLOCKS).sum(axis=1)
        sold, hours = self._surplus(surplus)
        farm = farms.of[farms.sku]
        self._market.sell(day, 12.0, Account.SUPPLIERS, "farm", farm, farms.sku, sold, rules.surplus_price_share)
        fallen = surplus - sold
        some = np.flatnonzero(fallen)
        columns = {
            "farm": farm[some],
            "sku": farms.sku[some],
            "packs": fallen[some],
            "cost_fen": fallen[some] * world.catalogue.farm_gate_fen[farms.sku[some]],
        }
        world.emit("field_loss", "farm", day, 20.0, columns)
        left = phases.age(packs - expiring, fixed_life=True)
        life = np.zeros(frame["life_used"].shape)
        life[:, :, 1:] = frame["life_used"][:, :, :-1]
        daily = decay_rate(world.kinetics(), world.weather.day(day).mean_c)[farms.sku] * rules.hang_ageing_share
        frame["packs"][...] = left.reshape(frame["packs"].shape)
        frame["life_used"][...] = np.where(frame["packs"] > 0, life + daily[:, None, None], 0.0)
        return hours

    @property
    def held(self) -> Ids:
        """Ripe packs on the plants, by row."""
        return np.asarray(self.ripe["packs"].sum(axis=(1, 2), dtype=np.int64))

    def _surplus(self, surplus: Ids) -> tuple[Ids, Floats]:
        """Packs that crews pick for the spot market, by row, and their hours by farm."""
        goods, farms = self._world.catalogue, self._farms
        rules, costs = self._world.params.supply, self._world.params.costs
        pace = self._crops.crew_kg_h * 1000.0 / goods.pack_mass_g[farms.sku]
        pays = self._market.price_fen(farms.sku, rules.surplus_price_share) > costs.crew_hour * 100.0 / pace
        wanted = np.where(pays, np.floor(surplus * rules.surplus_take_share), 0.0)
        farm, many = farms.of[farms.sku], farms.frame.count
        hours, able = np.bincount(farm, wanted / pace, many), np.zeros(many)
        able[farm] = self.ripe["spare_hours"]
        within = np.minimum(1.0, able / np.where(hours > 0, hours, 1.0))
        sold = np.floor(wanted * within[farm] + 1e-9).astype(np.int64)
        return sold, np.bincount(farm, sold / pace, many).astype(np.float64)

    def _set(self, day: int) -> npt.NDArray[np.int32]:
        """Packs that set on ``day``: as many days' harvests as a usual year asks, with a keyed lognormal of mean 1."""
        date = np.datetime64(self._world.ports.clock.date(day), "D")
        of_year = int((date - date.astype("datetime64[Y]")).astype(np.int64))
        sd, address = self._world.params.supply.yield_log_sd, day + COHORTS + 1
        spread = lognormal_array(self._key, -0.5 * sd * sd, sd, address, self._farms.sku)
        mean = self._planned * self._staggering[min(of_year, USUAL_DAYS - 1)] * spread
        return np.floor(mean + uniform(self._rounding, address, self._farms.sku)).astype(np.int32)

    def _hang(self, day: int, newly: npt.NDArray[np.int32]) -> None:
        """Put packs that ripened by the end of ``day`` (row, cohort) on the plants of their blocks."""
        rows = np.arange(len(newly))
        back = (day - np.arange(COHORTS)) % COHORTS
        block = (day - back)[None, :] % self._turns[:, None]
        for turn in range(int(self._turns.max(initial=1))):
            came = np.where(block == turn, newly, 0).sum(axis=1, dtype=np.int32)
            self.ripe["packs"][rows, turn, self._enters] += came
