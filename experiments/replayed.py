"""What a replay offered, beside what was recorded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.demand.hours import load_hours
from agents.demand.replay import FIRST_HOUR, LAST_HOUR, ReplaySeries, read_replay
from experiments.config.model import RunConfig
from sim.errors import InputError, Problem
from sim.streams import key
from sim.twin import Twin

ROUNDING_STREAM = "demand.replay.rounding"


def recorded(config: RunConfig) -> ReplaySeries | None:
    """The recorded city that an arm replays; None where residents are the demand."""
    if config.scenario.demand != "replay":
        return None
    if config.data is None or config.source_city is None:
        raise InputError([Problem("data", "a replay needs data=DIR and source_city=ID")])
    series, rules = _read(config.data, config.source_city), config.replay
    return _scaled(config.data, config.source_city, rules.most_scale) if rules.scale_up else series


@lru_cache(maxsize=1)
def _scaled(data: Path, city: int, most: float) -> ReplaySeries:
    return _read(data, city).scaled_up(load_hours().sales, most)


@lru_cache(maxsize=1)
def _read(data: Path, city: int) -> ReplaySeries:
    return read_replay(data, city)


def demand_report(config: RunConfig, twin: Twin) -> dict[str, float]:
    """What was offered to the shelves against what was recorded, over the days lived; empty without a replay.

    Keys: `recorded` in the input's own unit of sale, `scaled_up` what was added for hours without stock, `offered`
    after rounding, `error` the difference that rounding makes, `error_sd` its standard deviation under the keyed
    rounding and `bound` its largest possible size; `packs` and `packs_at_shelves`, offered according to the series
    and according to the evaluation log. `recorded_stockout_hours_share` is of the hours 6 to 22; `censored_days`
    (of a series) had such hours, `censored_hours` of them in all, and sold `censored_packs`, a lower bound.
    `discount` is the mean over packs of price over list; `given_away_days` (of a series) were recorded at a
    discount of 0 and sold `given_away_packs`; `promoted_days` were under promotion. `recorded_weather` is 1 where
    the city's own weather was lived.
    """
    series = recorded(config)
    if series is None:
        return {}
    first = (twin.ports.clock.start - series.first_date).days
    lived = slice(first, first + twin.day)
    address = key(config.seed, ROUNDING_STREAM)
    rounding = series.rounding(address, first, first + twin.day)
    packs = np.stack([series.packs(address, first + day) for day in range(twin.day)], axis=1)
    offered = twin.ports.evaluation.read("asked_day")["offered"].to_numpy()
    assert config.data is not None and config.source_city is not None
    scaled_up = float((series.sale - _read(config.data, config.source_city).sale)[:, lived].sum())
    return {
        "city": series.city_id,
        "shops": len(series.store_id),
        "series": series.cells,
        "recorded": rounding.input - scaled_up,
        "scaled_up": scaled_up,
        "offered": rounding.offered,
        "error": rounding.error,
        "relative_error": rounding.relative_error,
        "error_sd": rounding.error_sd,
        "bound": rounding.bound,
        "packs": int(packs.sum()),
        "packs_at_shelves": int(offered.sum()),
        **_kinds_of_days(series, lived, packs),
        "recorded_weather": int(series.weather is not None),
    }


def _kinds_of_days(series: ReplaySeries, lived: slice, packs: npt.NDArray[np.int32]) -> dict[str, float]:
    """Censored, discounted and promoted days among the ``lived`` ones, with their ``packs`` [cells, days]."""
    hours, discount = series.stockout_hours[:, lived].astype(np.int64), series.discount[:, lived]
    censored, given = hours > 0, discount == 0
    return {
        "recorded_stockout_hours_share": float(hours.mean() / (LAST_HOUR - FIRST_HOUR)),
        "censored_days": int(censored.sum()),
        "censored_hours": int(hours.sum()),
        "censored_packs": int(packs[censored].sum()),
        "discount": float((packs * discount).sum() / max(1, int(packs.sum()))),
        "given_away_days": int(given.sum()),
        "given_away_packs": int(packs[given].sum()),
        "promoted_days": int(series.promoted[:, lived].sum()),
    }
