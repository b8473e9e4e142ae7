"""Made-up observations and a made-up log: what the conformance check asks a policy, and tests build on.

Every value is drawn at an address (:mod:`sim.streams`), so a check asks the same questions on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.tables import lists_of
from sim import streams
from sim.contracts.decisions import (
    DECISION_POINTS,
    FORECAST_DAYS,
    HISTORY_DAYS,
    ID_LIST,
    INT_LIST,
    QUANTILE_LEVELS,
)
from sim.contracts.events import EVENT_TABLES

SKUS = 26
SHOPS = 7
SECONDS_A_DAY = 86_400


@dataclass
class Draws:
    """Numbers for ``rows`` rows, a fresh stream for each call: the first is ``label``/0, then ``label``/1,
    ..."""

    label: str
    rows: int
    _calls: int = field(default=0, init=False)

    def whole(self, low: int, high: int, width: int | None = None) -> npt.NDArray[np.int64]:
        """Draw whole numbers in ``low`` .. ``high``, (row) or (row, width)."""
        entity, item = self._addresses(width)
        return low + streams.integers(self._key(), high - low + 1, 0, entity, item)

    def share(self, low: float = 0.0, high: float = 1.0) -> npt.NDArray[np.float64]:
        """Draw numbers in ``low`` .. ``high``, one a row, in steps of a thousandth of the range."""
        entity, item = self._addresses(None)
        return np.round(streams.uniform(self._key(), 0, entity, item), 3) * (high - low) + low

    def flag(self, chance: float, width: int | None = None) -> npt.NDArray[np.bool_]:
        """Draw flags that hold with ``chance``, (row) or (row, width)."""
        entity, item = self._addresses(width)
        return np.asarray(streams.uniform(self._key(), 0, entity, item) < chance)

    def _addresses(self, width: int | None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        rows = np.arange(self.rows)
        return (rows, rows * 0) if width is None else (rows[:, None], np.arange(width)[None, :])

    def _key(self) -> streams.Key:
        self._calls += 1
        return streams.key(0, f"policies.synthetic.{self.label}/{self._calls - 1}")


def observation(point: str, rows: int, *, label: str = "plain", scale: int = 1, **columns: Any) -> pa.Table:
    """Return ``rows`` questions of a decision point that a twin could ask.

    Parameters
    ----------
    label
        another label, other values.
    scale
        quantities are drawn up to their usual most times ``scale``; 0 makes all of them zero.
    columns
        columns to set instead of drawing them (arrays, one value or list a row; two-dimensional for lists).

    Raises
    ------
    KeyError
        for a point or column that does not exist.
    """
    schema = DECISION_POINTS[point].observation
    unknown = set(columns) - set(schema.names)
    if unknown:
        raise KeyError(f"{point} has no column {', '.join(sorted(unknown))}")
    drawn = {**_MAKERS[point](Draws(f"{point}.{label}", rows), scale), **columns}
    return pa.Table.from_arrays([_column(drawn[one.name], one.type) for one in schema], schema=schema)


def _column(value: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(value, np.ndarray) and value.ndim == 2:
        lengths = np.full(len(value), value.shape[1])
        return lists_of(value.ravel().astype(kind.value_type.to_pandas_dtype()), lengths, kind)
    return value if isinstance(value, pa.Array) else pa.array(value, kind)


def _cells(rows: int) -> dict[str, npt.NDArray[np.int64]]:
    return {"shop": np.arange(rows) // SKUS, "sku": np.arange(rows) % SKUS}


def _forecast(draw: Draws, scale: int) -> dict[str, Any]:
    empty = draw.flag(0.2, HISTORY_DAYS) * draw.whole(1, 28, HISTORY_DAYS) / 2.0
    return {
        **_cells(draw.rows),
        "day": np.full(draw.rows, 40),
        "sales": draw.whole(0, 12, HISTORY_DAYS) * scale,
        "stock_out_hours": empty,
        "open_hours": np.full(draw.rows, 14.0),
        "days_known": draw.whole(0, HISTORY_DAYS) * min(scale, 1),
        "prior_daily": draw.share(0.0, 8.0) * scale,
        "was_off": np.broadcast_to(np.arange(40 - HISTORY_DAYS, 40) % 7 >= 5, (draw.rows, HISTORY_DAYS)),
        "is_off": np.broadcast_to(np.arange(40, 40 + FORECAST_DAYS) % 7 >= 5, (draw.rows, FORECAST_DAYS)),
        "weekday": np.broadcast_to(np.arange(40, 40 + FORECAST_DAYS) % 7, (draw.rows, FORECAST_DAYS)),
        "temp_c": draw.whole(-5, 35, FORECAST_DAYS).astype(np.float64),
        "rain_mm": draw.flag(0.3, FORECAST_DAYS) * 12.5,
        "search": draw.share(0.5, 3.0),
    }


def _replenish(draw: Draws, scale: int) -> dict[str, Any]:
    cost = draw.whole(100, 5_000)
    mean = draw.whole(0, 80, FORECAST_DAYS) / 8.0 * scale
    spread = 0.5 + 0.25 * np.arange(len(QUANTILE_LEVELS))
    return {
        **_cells(draw.rows),
        "day": np.full(draw.rows, 40),
        "on_hand": draw.whole(0, 60) * scale,
        "on_order": draw.whole(0, 20) * scale,
        "sales": draw.whole(0, 12, HISTORY_DAYS) * scale,
        "stock_out": draw.flag(0.2, HISTORY_DAYS),
        "days_known": draw.whole(0, HISTORY_DAYS) * min(scale, 1),
        "prior_daily": draw.share(0.0, 8.0) * scale,
        "forecast": mean,
        "forecast_quantiles": (mean[:, :, None] * spread).reshape(draw.rows, -1),
        "is_off": np.full(draw.rows, False),
        "life_days": np.where(draw.flag(0.2), 36_500.0, draw.share(0.5, 20.0)),
        "lead_days": draw.share(0.5, 3.0),
        "case_packs": draw.whole(1, 24),
        "price_fen": cost * 8 // 5,
        "cost_fen": cost,
        "smoothing": draw.share(),
        "stock_adjustment": draw.share(),
        "supply_line_weight": draw.share(),
        "cover_days": draw.share(0.5, 4.0),
        "pull_to_mean": draw.share(),
    }


def _procure(draw: Draws, scale: int) -> dict[str, Any]:
    return {
        "sku": np.arange(draw.rows),
        "day": np.full(draw.rows, 40),
        "hub_on_hand": draw.whole(0, 80) * scale,
        "in_transit": draw.whole(0, 80) * draw.flag(0.2) * scale,
        "lead_days": np.where(draw.flag(0.2), 3.0, 1.0),
        "order_days": np.where(draw.flag(0.2), 3.0, 1.0),
        "contract_daily": draw.share(0.0, 90.0) * scale,
        "ordered": np.where(draw.flag(0.2), -1, draw.whole(0, 400) * scale),
        "asked": draw.whole(0, 150, HISTORY_DAYS - 7) * scale,
        "days_known": draw.whole(0, HISTORY_DAYS - 7) * min(scale, 1),
        "prior_daily": draw.share(0.0, 90.0) * scale,
        "life_days": draw.share(0.5, 20.0),
        "cover_days": draw.share(0.5, 3.0),
        "defect_share": draw.share(0.0, 0.1),
        "case_packs": draw.whole(1, 24),
    }


def _recommend(draw: Draws, scale: int) -> dict[str, Any]:
    offered = draw.flag(0.7, SKUS)
    offered[np.arange(draw.rows), draw.whole(0, SKUS - 1)] = True  # a shop lists something
    return {
        "member": np.arange(draw.rows) * 1_009 + 13,
        "shop": draw.whole(0, SHOPS - 1),
        "day": np.full(draw.rows, 40),
        "offered": offered,
        "is_new": draw.flag(0.2, SKUS),
        "network_sales": draw.whole(0, 3_000, SKUS) * scale,
        "bought": draw.whole(0, 2, SKUS) * draw.flag(0.3, SKUS) * draw.flag(0.8)[:, None] * scale,
    }


def _price(draw: Draws, scale: int) -> dict[str, Any]:
    reference = draw.whole(1, 30_000) * max(scale, 1)
    return {
        **_cells(draw.rows),
        "day": np.full(draw.rows, 40),
        "reference_fen": reference,
        "cost_fen": reference // 3,
        "on_hand": draw.whole(0, 60) * scale,
    }


def _campaign(draw: Draws, scale: int) -> dict[str, Any]:
    lengths = draw.whole(0, 40)
    people = Draws(f"{draw.label}.members", int(lengths.sum()))
    members = np.arange(people.rows) * 17 + 5
    affinity = (people.whole(0, 3) * people.flag(0.4) * scale).astype(np.int32)
    messages = (people.whole(0, 6) * scale).astype(np.int32)
    return {
        "candidate": np.arange(draw.rows) * 8 + 3,
        "shop": draw.whole(0, SHOPS - 1),
        "sku": draw.whole(0, SKUS - 1),
        "day": np.full(draw.rows, 40),
        "minimum_packs": draw.whole(1, 12),
        "members": lists_of(members, lengths, ID_LIST),
        "affinity": lists_of(affinity, lengths, INT_LIST),
        "messages": lists_of(messages, lengths, INT_LIST),
    }


def _service(draw: Draws, scale: int) -> dict[str, Any]:
    return {
        "claim": np.arange(draw.rows) * 3 + 1,
        "shop": draw.whole(0, SHOPS - 1),
        "sku": draw.whole(0, SKUS - 1),
        "day": np.full(draw.rows, 40),
        "packs": draw.whole(1, 4) * max(scale, 1),
        "fen": draw.whole(0, 20_000) * scale,
        "claims_before": draw.whole(0, 5) * min(scale, 1),
        "orders_before": draw.whole(0, 30) * min(scale, 1),
    }


def _route(draw: Draws, scale: int) -> dict[str, Any]:
    return {
        "shop": np.arange(draw.rows),
        "day": np.full(draw.rows, 40),
        "x_km": draw.share(-8.0, 8.0),
        "y_km": draw.share(-8.0, 8.0),
        "load_kg": draw.share(0.0, 600.0) * scale,
        "truck_capacity_kg": np.full(draw.rows, 1_500.0),
        "ready_hour": np.full(draw.rows, 11.0),
        "due_hour": np.full(draw.rows, 16.0),
        "detour": np.full(draw.rows, 1.35),
        "kmh": np.full(draw.rows, 22.0),
        "stop_minutes": np.full(draw.rows, 8.0),
        "truck_cost_km": np.full(draw.rows, 361.0),
    }


_MAKERS: dict[str, Callable[[Draws, int], dict[str, Any]]] = {
    "forecast": _forecast,
    "replenish": _replenish,
    "procure": _procure,
    "recommend": _recommend,
    "price": _price,
    "campaign": _campaign,
    "service": _service,
    "route": _route,
}


class SyntheticLog:
    """A log view of any table: ``rows_a_day`` rows on each of ``days`` days, or none at all."""

    def __init__(self, days: int = 21, rows_a_day: int = 40) -> None:
        """``days`` 0: the log of a network that has not opened."""
        self._days, self._rows = days, days * rows_a_day

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        """Return the rows of ``table`` from ``since_day`` on. Raises KeyError for a table there is none
        of."""
        schema = EVENT_TABLES[table]
        draw = Draws(f"log.{table}", self._rows)
        day = np.arange(self._rows) * self._days // max(1, self._rows)
        stamp = (day * SECONDS_A_DAY + 1_700_000_000).astype("datetime64[s]")
        made = {
            "event_time": stamp,
            "arrival_time": stamp,
            "source": np.full(self._rows, "synthetic"),
            "sequence": np.arange(self._rows),
            "day": day,
        }
        columns = [made[one.name] if one.name in made else _event_column(one, draw) for one in schema]
        rows = pa.Table.from_arrays(
            [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
        )
        return rows.filter(pa.array(day >= (since_day or 0)))


def _event_column(column: pa.Field, draw: Draws) -> npt.NDArray[Any]:
    if pa.types.is_string(column.type):
        return np.full(draw.rows, "handed_over")
    if pa.types.is_floating(column.type):
        return draw.share(0.0, 10.0)
    if pa.types.is_boolean(column.type):
        return draw.whole(0, 1) > 0
    most = {"shop": SHOPS - 1, "sku": SKUS - 1, "packs": 3, "member": 50}.get(column.name, 30)
    return draw.whole(1 if column.name == "packs" else 0, most)
