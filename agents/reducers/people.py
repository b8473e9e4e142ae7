"""What people see, answer and work: exposures by SKU, survey answers, working time."""

from __future__ import annotations

import numpy as np

from agents.reducers.sums import Columns, Sums, Tables, grouped, of_day
from sim.log import Reducer

PROMOTER, DETRACTOR = 9, 6
"""Answers of at least 9 promote, of at most 6 detract (Reichheld 2003)."""


def reduce_exposure_day(day: int, tables: Tables) -> Columns:
    """How often each SKU stood in a slate."""
    sums, rows = Sums("sku"), tables["exposure"]
    sums.add("exposures", rows, np.ones(rows.num_rows, np.int64))
    return of_day(day, sums.columns({"exposures": int}))


def reduce_nps_day(day: int, tables: Tables) -> Columns:
    """Answers of each survey."""
    rows = tables["nps"]
    score = rows["score"].to_numpy()
    for name, counts in (
        ("answers", np.ones(len(score), bool)),
        ("promoters", score >= PROMOTER),
        ("detractors", score <= DETRACTOR),
    ):
        rows = rows.append_column(name, [counts.astype(np.int64)])
    return of_day(day, grouped(rows, ["survey"], ["answers", "promoters", "detractors"]))


def reduce_labour_day(day: int, tables: Tables) -> Columns:
    """Working time over the network."""
    return of_day(day, grouped(tables["labour"], ["who", "task"], ["minutes"]))


REDUCERS = (
    Reducer("exposure_day", ("exposure",), reduce_exposure_day),
    Reducer("nps_day", ("nps",), reduce_nps_day),
    Reducer("labour_day", ("labour",), reduce_labour_day),
)
