"""Builds twins: the only place that knows agents and policies together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from agents.assemble import assemble, expected_daily
from agents.calendar import check_horizon, day_info
from agents.catalogue import Catalogue, generic_catalogue, load_catalogue
from agents.demand.city_weather import RecordedWeather
from agents.demand.replay import ReplaySeries
from agents.params import WorldParams
from agents.reducers import TRUTH_REDUCERS, reducers_of
from agents.season import Season, Signals
from agents.weather import HeatPath, Weather, load_weather_params
from agents.world import Factors, World
from experiments.config.compose import digest_of
from experiments.config.model import RunConfig, ScenarioConfig
from experiments.deciders import FALLBACKS, chosen, decider
from experiments.limits import decide_seconds
from experiments.replayed import recorded
from policies import registry
from sim.clock import Clock
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES
from sim.decisions import Decisions
from sim.errors import InputError, Problem
from sim.log import Detail, EventLog, Panel, Reducer
from sim.state import State
from sim.streams import Streams
from sim.twin import Ports, Regime, Twin

BURN_IN = Factors.of("shop_stock", 0.0, s=False, p=False, f=False)
"""Every arm's past before the start: the traditional mode."""
LEARN_EVERY_DAYS = 7
KEPT_WHOLE = frozenset({"nps", "registration"})
"""Tables of members' rows that metrics read as rows: few enough to keep of everybody."""


def build(config: RunConfig) -> Twin:
    """Return a fresh, populated twin of one arm.

    Business day 0 is the first day of the burn-in, which every arm lives in the traditional mode; the arm's own
    factors and policies take over at ``start``. Raises InputError when the horizon or the recorded data do not fit.
    """
    series = recorded(config)
    first = _first_day(config, series)
    world = _world(config, first, series)
    replay = None if series is None else (series, (first - series.first_date).days)
    members = np.full(world.shops, config.city.members if series is None else 0, np.int64)
    day, components = assemble(world, members, replay)
    twin = Twin(world.ports, components, day.programme(), _regimes(config), digest_of("run", config))
    twin.populate()
    return twin


def check_recording(config: RunConfig) -> None:
    """Raise InputError where an arm replays a recording that cannot be read or does not cover its days."""
    if config.scenario.demand == "replay":
        _first_day(config, recorded(config))


def _first_day(config: RunConfig, series: ReplaySeries | None) -> date:
    """The date of business day 0. Checks that calendar and recording cover the whole horizon."""
    start = config.start
    if series is not None:
        start = start or series.first_date + timedelta(days=config.burn_in_days)
        last_recorded = series.first_date + timedelta(days=series.days - 1)
        first, last = start - timedelta(days=config.burn_in_days), start + timedelta(days=config.days - 1)
        if first < series.first_date or last > last_recorded:
            message = f"{first} to {last} is not all recorded; the data has {series.first_date} to {last_recorded}"
            path = "days" if series.first_date <= first <= last_recorded else "start"
            raise InputError(Problem(path, message))
    if start is None:
        raise InputError(Problem("start", "a date is needed"))
    first = start - timedelta(days=config.burn_in_days)
    check_horizon(first, start + timedelta(days=config.days - 1))
    return first


def _world(config: RunConfig, first: date, series: ReplaySeries | None) -> World:
    clock, streams = Clock(first), Streams(config.seed)
    catalogue = load_catalogue() if series is None else generic_catalogue(series.product_id, series.category)
    shops = config.city.shops if series is None else len(series.store_id)
    ports = Ports(clock, streams, State(), *_logs(config, clock, streams, reducers_of(catalogue)))
    days = config.burn_in_days + config.days
    season, rules = Season(config.season.heat, config.season.categories), config.world.season
    weather = _weather(config, series, streams, clock, season.waves(rules, streams))
    return World(
        ports=ports,
        params=config.world,
        catalogue=catalogue,
        calendar=day_info(first, first + timedelta(days=days - 1)),
        weather=weather,
        season=Signals(season, rules, catalogue, weather, streams, first),
        factors_from=_factors(config),
        shops=shops,
        expected_daily=_expected(config, catalogue, series, first),
    )


def _weather(
    config: RunConfig, series: ReplaySeries | None, streams: Streams, clock: Clock, heat: HeatPath
) -> Weather:
    """The city's own weather in a replay that has it, else the generator's."""
    params = load_weather_params(config.city.station)
    if series is None or series.weather is None:
        return Weather(params, streams, clock, heat=heat)
    return RecordedWeather(series.weather, params, streams, clock, heat=heat)


def _logs(
    config: RunConfig, clock: Clock, streams: Streams, reducers: Sequence[Reducer]
) -> tuple[EventLog, EventLog]:
    """The event log and the evaluation log in the detail that the configuration asks for."""
    panel = Panel(streams.declare("log.panel"), config.log.panel_share) if config.keeps_panel else None
    events, truth = (
        EventLog(tables, clock, reducers=own, panel=panel, detail=_detail(tables) if panel else None)
        for tables, own in ((EVENT_TABLES, reducers), (TRUTH_TABLES, TRUTH_REDUCERS))
    )
    return events, truth


def _detail(tables: Mapping[str, pa.Schema]) -> dict[str, Detail]:
    """Of members' rows those of the panel, of bulk tables the last days, of all others everything."""
    about = {name: schema.metadata or {} for name, schema in tables.items()}
    bulk: dict[str, Detail] = {name: "recent" for name, found in about.items() if b"volume" in found}
    members: dict[str, Detail] = {
        name: "panel" for name, found in about.items() if b"panel_key" in found and name not in KEPT_WHOLE
    }
    return {**bulk, **members}


def _expected(config: RunConfig, goods: Catalogue, series: ReplaySeries | None, first: date) -> np.ndarray:
    """Packs a day by SKU that hub and contracts are sized for: in a replay the first week's mean."""
    if series is not None:
        return np.bincount(series.sku, series.expected((first - series.first_date).days), goods.n)
    packs = config.city.shops * config.city.members * config.world.supply.expected_packs_member_day
    return expected_daily(goods, config.world, packs)


def _factors(config: RunConfig) -> tuple[tuple[int, Factors], ...]:
    arm = config.scenario
    switched = arm.systems.model_dump()
    own = Factors.of(arm.fulfilment, arm.preorder_share, s=arm.s, p=arm.p, f=arm.f, systems=switched)
    return ((0, BURN_IN), (config.burn_in_days, own)) if config.burn_in_days else ((0, own),)


def _regimes(config: RunConfig) -> list[Regime]:
    every = LEARN_EVERY_DAYS if config.scenario.f else 0
    own = Regime(config.burn_in_days, decisions_of(config.scenario, config.world), every)
    if not config.burn_in_days:
        return [own]
    return [Regime(0, _decisions(config.world, {}, {})), own]


def decisions_of(scenario: ScenarioConfig, world: WorldParams) -> Decisions:
    """Return the policies of an arm, with the parameters that it gives them, over the baselines."""
    asked = {point: decider(scenario, point) for point in {**chosen(scenario), **scenario.params}}
    return _decisions(world, asked, scenario.params)


def _decisions(world: WorldParams, asked: Mapping[str, str], given: Mapping[str, Mapping[str, Any]]) -> Decisions:
    of_the_world = {"route.milk_run": {"shops_per_truck": world.supply.shops_per_truck}}

    def policy(name: str, params: Mapping[str, Any]) -> tuple[str, Any]:
        return name, registry.create(name, **{**of_the_world.get(name, {}), **params})

    return Decisions(
        DECISION_POINTS,
        {point: policy(name, given.get(point, {})) for point, name in asked.items()},
        {point: policy(name, {}) for point, name in FALLBACKS.items()},
        decide_seconds(),
    )
