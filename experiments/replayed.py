"""What a replay offered, beside what was recorded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from agents.demand.replay import ReplaySeries, read_replay
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
    return _read(config.data, config.source_city)


@lru_cache(maxsize=1)
def _read(data: Path, city: int) -> ReplaySeries:
    return read_replay(data, city)


def demand_report(config: RunConfig, twin: Twin) -> dict[str, float]:
    """What was offered to the shelves against what was recorded, over the days lived; empty without a replay.

    Keys: `recorded` and `offered` in the input's own unit of sale, `error` their difference, `error_sd` its standard
    deviation under the keyed rounding and `bound` its largest possible size; `packs` and `packs_at_shelves`, offered
    according to the series and according to the evaluation log; `recorded_stockout_hours_share` of the same hours.
    """
    series = recorded(config)
    if series is None:
        return {}
    first = (twin.ports.clock.start - series.first_date).days
    address = key(config.seed, ROUNDING_STREAM)
    rounding = series.rounding(address, first, first + twin.day)
    packs = sum(int(series.packs(address, first + day).sum()) for day in range(twin.day))
    offered = twin.ports.evaluation.read("offered")["packs"].to_numpy()
    return {
        "city": series.city_id,
        "shops": len(series.store_id),
        "series": series.cells,
        "recorded": rounding.input,
        "offered": rounding.offered,
        "error": rounding.error,
        "relative_error": rounding.relative_error,
        "error_sd": rounding.error_sd,
        "bound": rounding.bound,
        "packs": packs,
        "packs_at_shelves": int(offered.sum()),
        "recorded_stockout_hours_share": float(series.stockout_hours[:, first : first + twin.day].mean() / 16.0),
    }
