"""Fixed places through a day: true air and goods by quarter hours, energy, and the alarms that end disturbances.

Nothing here depends on what residents do today (doors follow yesterday's trade), so a day is computed at its opening;
what is read of it later never lies ahead of the reader's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from agents.cold import disturbances, loggers
from agents.cold.freezer import air_c, calibrated
from agents.cold.loggers import SAMPLES, STEP_HOURS, Link
from agents.cold.places import HUB_PLACES, PLACES, Floats, Ids, Where, hub_places, place_of, units
from agents.sourced import load_table
from agents.world import World
from hardware_models.thermal import decay_rate
from hardware_models.thermometer import lag_kept, shown
from sim.state import Frame
from sim.streams import uniform
from sim.variates import exp_array

JOULE_A_KWH = 3.6e6
STEP_SECONDS = STEP_HOURS * 3600.0
HOURS: Floats = -1.0 + STEP_HOURS * np.arange(SAMPLES, dtype=np.float64)
"""Hours at which steps begin."""
_NEVER = 1e9


@dataclass
class Alarms:
    """Alarms of a day: place row, hour, reading, hours until somebody acted, and what was done."""

    row: list[int] = field(default_factory=list)
    hour: list[float] = field(default_factory=list)
    reading_c: list[float] = field(default_factory=list)
    response_hours: list[float] = field(default_factory=list)
    action: list[str] = field(default_factory=list)


@dataclass
class _Today:
    """The day as it was computed: (place, step) arrays; ``goods_c`` has the closing border as one more column."""

    day: int
    air_c: Floats
    goods_c: Floats
    used: dict[Where, Floats] = field(default_factory=dict)


class Rooms:
    """True temperatures of all fixed places, and the life goods use up there."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._units = units(world)
        columns = {name: np.float64 for name in ("air_c", "goods_c", "extra_k", "seen_c", "ajar", "down", "acts")}
        self._frame = world.ports.state.new(Frame("rooms", columns, capacity=len(self._units.node)))
        self._trouble = world.ports.streams.declare("cold.disturbances")
        self._sensors = world.ports.streams.declare("cold.loggers")
        self._today: _Today | None = None
        rules = world.params.rooms
        self._freezer = calibrated(rules.freezer_setpoint_c, rules.freezer_heat_minutes)

    def populate(self) -> None:
        """Start with every place at its setting and nothing wrong."""
        made, n = self._units, len(self._units.node)
        none = np.zeros(n)
        self._frame.add(
            air_c=made.setpoint_c, goods_c=made.setpoint_c + made.spread_k, extra_k=none, seen_c=made.setpoint_c,
            ajar=none, down=none, acts=none,
        )  # fmt: skip

    def run(self, day: int) -> None:
        """Compute the day and record truth, readings, alarms, failures and energy."""
        world, made = self._world, self._units
        online = loggers.link(world, self._sensors, day, made)
        course = _Course(self, day, online)
        course.run()
        self._today = _Today(day, course.air_c, course.goods_c)
        used = self._in_use(day)
        loggers.send(world, self._sensors, day, made, used, course.reading_c, online)
        names, step = np.array(PLACES), int(round(1.0 / STEP_HOURS))
        hours = np.arange(-1, 23)
        world.record_truth(
            "room_air",
            day,
            np.tile(hours, len(used)),
            {
                "place": names[made.place[used]].repeat(24),
                "node": made.node[used].repeat(24),
                "air_c": course.air_c[used][:, ::step].reshape(-1),
            },
        )
        metered = used[made.unit_w[used] > 0]
        place = {"place": names[made.place[metered]], "node": made.node[metered]}
        world.emit("energy", "meters", day, 22.9, {**place, "kwh": course.kwh[metered]})
        self._report(day, course, used)

    def kwh_of_hub(self, day: int) -> float:
        """Return what the hub's rooms drew today, kWh."""
        rows = self._world.ports.log.read("energy", since_day=day)
        mine = (rows["node"].to_numpy() < 0) & np.isin(rows["place"].to_numpy(zero_copy_only=False), HUB_PLACES)
        return float(rows["kwh"].to_numpy()[mine].sum())

    def life(self, where: Where, node: Ids, sku: Ids, first_hour: Floats, last_hour: Floats) -> Floats:
        """Return the share of reference life that goods use between two hours of today, (row) each.

        ``node`` is the shop, anything at the hub; hours lie in -1 (23:00 of the eve) to 23, and a span that ends
        before it begins uses nothing.
        """
        table = self._used(where)
        at = np.zeros_like(node) if where == "hub" else node
        begin, end = (_between(table, at, sku, hour) for hour in (first_hour, np.maximum(first_hour, last_hour)))
        return end - begin

    def temperature(self, where: Where, node: int, sku: Ids, hour: float) -> tuple[Floats, Floats]:
        """Return true air and goods temperatures of the SKUs' places at an hour of today, degC."""
        today = self._present()
        rows = self._rows(where)[0 if where == "hub" else node][place_of(self._world, today.day, where)[sku]]
        step = int(np.clip((hour + 1.0) / STEP_HOURS, 0, SAMPLES - 1))
        return today.air_c[rows, step], today.goods_c[rows, step]

    def mean_c(self, where: Where) -> Floats:
        """Return the day's mean temperature of the goods of each SKU, over all nodes, degC."""
        today = self._present()
        rows = self._rows(where)[:, place_of(self._world, today.day, where)]
        return np.asarray(today.goods_c.mean(axis=1)[rows].mean(axis=0))

    def _present(self) -> _Today:
        if self._today is None:
            raise RuntimeError("rooms are asked before their day has begun")
        return self._today

    def _rows(self, where: Where) -> Ids:
        """Row of each place (node, place); -1 where a node has none."""
        made = self._units
        nodes = 1 if where == "hub" else self._world.shops
        rows = np.full((nodes, len(PLACES)), -1)
        mine = (made.node < 0) if where == "hub" else (made.node >= 0)
        at = np.flatnonzero(mine)
        rows[np.maximum(made.node[at], 0), made.place[at]] = at
        return rows

    def _used(self, where: Where) -> Floats:
        """Life used since the opening border at every full hour: (node, 25, sku)."""
        today = self._present()
        if where not in today.used:
            goods = today.goods_c
            steps = int(round(1.0 / STEP_HOURS))
            middle = (goods[:, :-1] + goods[:, 1:]) / 2.0
            hourly = middle.reshape(len(goods), 24, steps).mean(axis=2)
            rows = self._rows(where)[:, place_of(self._world, today.day, where)]
            rate = decay_rate(self._world.kinetics(), np.swapaxes(hourly[rows], 1, 2)) / 24.0
            table = np.zeros((len(rows), 25, rate.shape[2]))
            np.cumsum(rate, axis=1, out=table[:, 1:])
            today.used[where] = table
        return today.used[where]

    def _in_use(self, day: int) -> Ids:
        """Rows that stand for something today: of the hub, the one room or the two."""
        used = [PLACES.index(place) for place in {*hub_places(self._world, day)}]
        return np.flatnonzero((self._units.node >= 0) | np.isin(self._units.place, used))

    def _report(self, day: int, course: _Course, used: Ids) -> None:
        world, made, names = self._world, self._units, np.array(PLACES)
        failed = used[~np.isnan(course.failures.hour[used])]
        world.emit(
            "breakdown",
            "technician",
            day,
            course.failures.hour[failed],
            {
                "place": names[made.place[failed]],
                "node": made.node[failed],
                "what": ["unit"] * len(failed),
                "minutes": course.down_hours[failed] * 60.0,
            },
        )
        alarms = course.alarms
        row = np.array(alarms.row, np.int64)
        clock, hour = world.ports.clock, np.array(alarms.hour)
        known = np.minimum(hour + np.array(alarms.response_hours), 22.99)
        world.ports.log.append(
            "alarm",
            "watch",
            clock.at(day, hour),
            {
                "place": names[made.place[row]],
                "node": made.node[row],
                "limit_c": made.limit_c[row],
                "reading_c": np.array(alarms.reading_c),
                "response_minutes": np.array(alarms.response_hours) * 60.0,
                "action": alarms.action,
            },
            arrival_time=clock.at(day, known),
        )


class _Course:
    """One day's computation, step by step of a quarter of an hour."""

    def __init__(self, rooms: Rooms, day: int, online: Link) -> None:
        self._world, self._units, self._frame = rooms._world, rooms._units, rooms._frame
        self._day, self._online, self._key = day, online, rooms._trouble
        self._freezer = rooms._freezer
        n, rules = len(self._units.node), self._world.params.rooms
        self.air_c, self.reading_c = np.empty((n, SAMPLES)), np.empty((n, SAMPLES))
        self.goods_c, self.kwh = np.empty((n, SAMPLES + 1)), np.full(n, rules.fans_w * 24.0 / 1000.0)
        self.failures = disturbances.failures(self._world, self._key, day, self._units)
        self.down_hours = self.failures.hours.copy()
        self.alarms = Alarms()
        self._restart = disturbances.restartable(self._world, self._key, day, self._units)
        ajar = disturbances.doors_left(self._world, self._key, day, self._units)
        self._ajar_from = np.where(self._frame["ajar"] > 0, -1.0, np.where(np.isnan(ajar.hour), _NEVER, ajar.hour))
        fresh = np.where(np.isnan(ajar.hour), -_NEVER, ajar.hour + ajar.hours)
        self._ajar_until = np.where(self._frame["ajar"] > 0, self._frame["ajar"] - 1.0, fresh)
        down = self.failures
        self._down_from = np.where(self._frame["down"] > 0, -1.0, np.where(np.isnan(down.hour), _NEVER, down.hour))
        fresh = np.where(np.isnan(down.hour), -_NEVER, down.hour + down.hours)
        self._down_until = np.where(self._frame["down"] > 0, self._frame["down"] - 1.0, fresh)
        self._above = np.zeros(n, np.int64)
        self._acts_at = np.where(self._frame["acts"] > 0, self._frame["acts"] - 1.0, np.nan)
        self._open = self._open_shares()
        ids, rows = disturbances.device(self._units), self._units.rows("freezer")
        self._defrost_phase = uniform(self._key, 0, ids, 0, 18)
        self._freezer_phase = uniform(self._key, 0, ids[rows], 0, 19)
        delay = np.full(n, rules.alarm_delay_minutes)
        delay[rows] += float(load_table("coldchain")["freezer_defrost_min"])
        self._patience = np.ceil(delay / 60.0 / STEP_HOURS).astype(np.int64) + 1

    def run(self) -> None:
        """Fill the arrays and write the state of the closing border."""
        frame, made = self._frame, self._units
        air, goods = frame["air_c"].copy(), frame["goods_c"].copy()
        extra, seen = frame["extra_k"].copy(), frame["seen_c"].copy()
        sheet = loggers.room_logger(self._world)
        kept_seen = lag_kept(sheet, STEP_HOURS)
        milk = float(load_table("coldchain")["milk_1L_warmup_h"]) / 3.0
        goods_kept = float(exp_array(np.float64(-STEP_HOURS / milk)))
        frozen = made.rows("freezer")
        acting = self._world.factors(self._day).systems.cold_chain
        around, regular = self._around(), self._regular()
        gain, kept, running = self._plan()
        for step, hour in enumerate(HOURS):
            self.air_c[:, step], self.goods_c[:, step] = air, goods
            seen = air + (seen - air) * kept_seen
            self.reading_c[:, step] = shown(sheet, seen, self._online.errors.added_k[:, step])
            if acting and self._watch(step, float(hour)):
                gain, kept, running = self._plan()
            following, heat = self._stepped(air, around[step], gain[:, step], kept[:, step], running[:, step])
            following[frozen], extra[frozen], heat[frozen] = self._frozen(
                frozen, extra[frozen], around[step], regular[:, step], running[frozen, step]
            )
            self.kwh += np.maximum(heat, 0.0) / self._world.params.rooms.cop / JOULE_A_KWH
            target = (air + following) / 2.0 + made.spread_k
            goods = target + (goods - target) * goods_kept
            air = following
        self.goods_c[:, SAMPLES] = goods
        frame["air_c"][...], frame["goods_c"][...] = air, goods
        frame["extra_k"][...], frame["seen_c"][...] = extra, seen
        frame["ajar"][...] = np.where(self._ajar_from < 23.0, np.maximum(self._ajar_until - 23.0, 0.0), 0.0)
        frame["down"][...] = np.where(self._down_from < 23.0, np.maximum(self._down_until - 23.0, 0.0), 0.0)
        frame["acts"][...] = np.where(np.isnan(self._acts_at), 0.0, np.maximum(self._acts_at - 23.0, STEP_HOURS / 2.0))

    def _around(self) -> Floats:
        """Temperature around the places in each step."""
        rules, outdoor = self._world.params.rooms, self._world.weather.day(self._day).hourly_c
        return rules.indoor_c + rules.indoor_leak * (outdoor[np.floor(HOURS).astype(np.int64)] - rules.indoor_c)

    def _plan(self) -> tuple[Floats, Floats, Floats]:
        """Gain, what a step of it keeps of a gap, and power (place, step), as doors and units stand now."""
        gain = self._gain(HOURS[None, :])
        return gain, exp_array(-STEP_SECONDS * gain / self._units.j_k[:, None]), self._running(HOURS[None, :])

    def _open_shares(self) -> Floats:
        """Share of an opening hour that each place's door stands open, from yesterday's trade."""
        world, rules = self._world, self._world.params.rooms
        packs = np.zeros(world.shops)
        if self._day > 0:
            rows = world.ports.log.read("shop_day", since_day=self._day - 1)
            np.add.at(packs, rows["shop"].to_numpy(), rows["sold"].to_numpy() + rows["handed_over"].to_numpy())
        hours = world.params.owners.closing_hour - world.params.owners.opening_hour
        share = np.full(len(self._units.node), rules.hub_open_share)
        shop = self._units.node >= 0
        daily = packs[self._units.node[shop]] * rules.openings_pack * rules.opening_seconds / 3600.0
        share[shop] = np.minimum(daily / hours, 1.0)
        return share

    def _gain(self, hour: Floats) -> Floats:
        """Watts a kelvin that come in through walls, the open front and doors at each ``hour`` (1, step)."""
        made, rules, owners = self._units, self._world.params.rooms, self._world.params.owners
        open_shop = (owners.opening_hour <= hour) & (hour < owners.closing_hour)
        working = np.where(made.node[:, None] < 0, (hour >= 9.0) & (hour < 15.0), open_shop)
        ajar = (self._ajar_from[:, None] <= hour) & (hour < self._ajar_until[:, None])
        share = np.where(ajar, 1.0, np.where(working, self._open[:, None], 0.0))
        covered = (made.place == PLACES.index("case"))[:, None] & ~open_shop
        walls = made.w_k[:, None] * np.where(covered, rules.case_night_share, 1.0)
        return walls + made.door_w_k[:, None] * share

    def _running(self, hour: Floats) -> Floats:
        """1 where the unit has power and does not defrost at each ``hour`` (1, step)."""
        made, rules = self._units, self._world.params.rooms
        down = (self._down_from[:, None] <= hour) & (hour < self._down_until[:, None])
        phase = (hour + 1.0) * rules.defrosts_day / 24.0 + self._defrost_phase[:, None]
        since = np.mod(phase, 1.0) * 24.0 / rules.defrosts_day
        defrosts = (since < rules.defrost_minutes / 60.0) & (made.place != PLACES.index("freezer"))[:, None]
        return np.where((made.unit_w > 0)[:, None] & ~down & ~defrosts, 1.0, 0.0)

    def _stepped(
        self, air: Floats, around: float, gain: Floats, kept: Floats, running: Floats
    ) -> tuple[Floats, Floats]:
        """Air a quarter of an hour later and the heat (J) that the unit took out: exact at full power or without."""
        made = self._units
        free = around + (air - around) * kept
        lowest = around - made.unit_w / gain
        full = lowest + (air - lowest) * kept
        cooled = np.maximum(full, np.minimum(made.setpoint_c, free))
        after = np.where(running > 0, cooled, free)
        # what keeps the air below its free course
        return after, running * (free - after) * made.j_k * (STEP_SECONDS * gain / made.j_k) / (1.0 - kept)

    def _regular(self) -> Floats:
        """Air of freezers (row, step) at the end of each step, but for what a failure adds."""
        at = self._day * 24.0 + HOURS + STEP_HOURS
        return air_c(self._freezer, at[None, :], self._freezer_phase[:, None])

    def _frozen(
        self, rows: Ids, extra: Floats, around: float, regular: Floats, running: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Freezers: cycles and defrosts, and what a failure adds; heat taken out (J)."""
        made, rules = self._units, self._world.params.rooms
        goal = np.where(running > 0, 0.0, around - regular)
        tau = np.where(running > 0, 1.0, rules.freezer_tau_hours)
        extra = goal + (extra - goal) * exp_array(-STEP_HOURS / tau)
        heat = running * made.w_k[rows] * (around - regular - extra) * STEP_SECONDS
        return regular + extra, extra, heat

    def _watch(self, step: int, hour: float) -> bool:
        """Raise alarms from readings that have arrived; let those act whose time has come, and tell whether any did."""
        made = self._units
        due = np.flatnonzero(self._acts_at <= hour)
        for row in due:
            self._act(int(row), float(self._acts_at[row]))
        high = self.reading_c[:, step] > made.limit_c
        there = self._online.there(step)
        self._above = np.where(there, np.where(high, self._above + 1, 0), self._above)
        raised = there & high & (self._above == self._patience) & np.isnan(self._acts_at)
        if not raised.any():
            return len(due) > 0
        waits = disturbances.response_hours(self._world, self._key, self._day, made, hour)
        in_use = set(self._rows_in_use())
        for row in np.flatnonzero(raised):
            if int(row) not in in_use:
                continue
            self._acts_at[row] = hour + waits[row]
            self.alarms.row.append(int(row))
            self.alarms.hour.append(hour)
            self.alarms.reading_c.append(float(self.reading_c[row, step]))
            self.alarms.response_hours.append(float(waits[row]))
            self.alarms.action.append("on the way")
        return len(due) > 0

    def _rows_in_use(self) -> Ids:
        used = [PLACES.index(place) for place in {*hub_places(self._world, self._day)}]
        return np.flatnonzero((self._units.node >= 0) | np.isin(self._units.place, used))

    def _act(self, row: int, hour: float) -> None:
        """Somebody is there: closes the door, restarts the unit, or calls a technician."""
        self._acts_at[row] = np.nan
        self._above[row] = 0
        action = "nothing found"
        if self._ajar_from[row] <= hour < self._ajar_until[row]:
            self._ajar_until[row], action = hour, "door closed"
        elif self._down_from[row] <= hour < self._down_until[row]:
            mended = 0.0 if self._restart[row] else self._world.params.rooms.technician_hours
            self._down_until[row] = min(self._down_until[row], hour + mended)
            self.down_hours[row] = self._down_until[row] - self._down_from[row]
            action = "unit restarted" if self._restart[row] else "technician called"
        today = [i for i, known in enumerate(self.alarms.row) if known == row]
        if today:  # else the alarm was yesterday's, and its row is written
            self.alarms.action[today[-1]] = action


def _between(table: Floats, node: Ids, sku: Ids, hour: Floats) -> Floats:
    """Value of a (node, 25, sku) table of full hours at any hour between -1 and 23."""
    at = np.clip(np.asarray(hour, np.float64) + 1.0, 0.0, 24.0)
    low = np.minimum(at.astype(np.int64), 23)
    share = at - low
    return np.asarray(table[node, low, sku] * (1.0 - share) + table[node, low + 1, sku] * share)
