"""What a finished cell keeps for pictures and tables beside its metrics: small, and made of the same daily aggregates.

Everything is plain numbers and texts, so that it lies in the cell's record and is written and resumed with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.catalogue import Catalogue
from experiments.metrics.window import Window
from sim.log import EventLog

DAILY = ("received_fen", "lost_fen", "orders", "revenue_fen", "stock_fen", "trust")
"""The daily series: fresh goods received and lost at cost, orders, sales, fresh stock at cost, mean trust (0 to 1)."""

TRACE_POINTS = 600
"""At most so many points of a lot's way are kept."""


def detail_of(lived: Window, counted: Window, *, trace: bool) -> dict[str, Any]:
    """What a report draws of one cell.

    `lived` are the days from the arm's start, `counted` those that metrics count. Keys: `start` (date of the first
    day), `daily` (one list a name of `DAILY`), `promise` (pre-orders by origin and promised days), and with `trace` the
    way of one lot (`lot`, None where none was traced).
    """
    return {
        "start": lived.date(lived.first_day).isoformat(),
        "daily": _daily(lived),
        "promise": _promise(counted),
        **({"lot": _lot(lived.log, lived.evaluation, lived.catalogue)} if trace else {}),
    }


def _daily(window: Window) -> dict[str, list[float]]:
    fresh, shops = window.fresh, window.shop_day
    cost = window.catalogue.farm_gate_fen[fresh["sku"]]
    trust = window.table("trust_day")
    many = np.maximum(_by_day(window, trust["day"], np.ones(len(trust["day"]))), 1.0)
    columns = {
        "received_fen": _by_day(window, fresh["day"], fresh["receipts_fen"]),
        "lost_fen": _by_day(window, fresh["day"], fresh["waste_fen"] + fresh["refunded_cost_fen"]),
        "orders": _by_day(window, window.customer_day["day"], window.customer_day["orders"]),
        "revenue_fen": _by_day(window, shops["day"], shops["revenue_fen"]),
        "stock_fen": _by_day(window, fresh["day"], fresh["held"] * cost),
        "trust": _by_day(window, trust["day"], trust["trust"]) / many,
    }
    return {name: [round(float(value), 4) for value in values] for name, values in columns.items()}


def _by_day(window: Window, day: npt.NDArray[Any], amount: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Sums of each day of the window."""
    return np.bincount(day - window.first_day, amount, minlength=window.days).astype(np.float64)


def _promise(window: Window) -> list[dict[str, Any]]:
    """Packs ordered ahead whose line ended in the window, by origin and days from order to promised pick-up.

    Group-buys that failed had no day promised and are left out.
    """
    lines, ends = (window.log.read(name) for name in ("order_line", "line_end"))
    if not lines.num_rows or not ends.num_rows:
        return []
    ended = np.asarray(window.clock.day_of(ends["event_time"].to_numpy()))
    failed = pc.equal(ends["end"], "group_failed").to_numpy(zero_copy_only=False)
    inside = pa.array((ended >= window.first_day) & (ended <= window.last_day) & ~failed)
    ends = ends.filter(inside).append_column("ended", pa.array(ended).filter(inside))
    ordered = pa.array(np.asarray(window.clock.day_of(lines["event_time"].to_numpy())))
    promised = lines.select(["line"]).append_column("days", pc.subtract(lines["due_day"], ordered.cast(pa.int32())))
    joined = ends.select(["line", "sku", "packs", "end", "ended"]).join(
        promised.append_column("due", lines["due_day"]), "line", join_type="inner", use_threads=False)
    origin = window.catalogue.origin[joined["sku"].to_numpy()]
    table = pa.table({"origin": pa.array(origin.tolist(), pa.string()), "days": joined["days"], "end": joined["end"],
                      "late": pc.greater(joined["ended"].cast(pa.int32()), joined["due"]), "packs": joined["packs"]})
    summed = table.group_by(["origin", "days", "end", "late"], use_threads=False).aggregate([("packs", "sum")])
    rows = summed.rename_columns(["origin", "days", "end", "late", "packs"]).to_pylist()
    return sorted(rows, key=lambda row: (row["origin"], row["days"], row["end"], row["late"]))


def _lot(log: EventLog, evaluation: EventLog, catalogue: Catalogue) -> dict[str, Any] | None:
    """The way of the traced lot with most points: time, place, true air and core temperature, life used, packs.

    `sensed` are the readings of the trucks' thermometers and of the rooms it lay in, while it lay there.
    """
    rows = evaluation.read("lot_path")
    if not rows.num_rows:
        return None
    lots, counts = np.unique(rows["lot"].to_numpy(), return_counts=True)
    rows = rows.filter(pc.equal(rows["lot"], int(lots[np.argmax(counts)]))).sort_by("event_time")
    rows = rows.take(np.linspace(0, rows.num_rows - 1, min(rows.num_rows, TRACE_POINTS)).round().astype(np.int64))
    times = rows["event_time"].to_numpy()
    hours = (times - times[0]) / np.timedelta64(1, "h")
    sku = rows["sku"][0].as_py()
    return {
        "lot": int(rows["lot"][0].as_py()),
        "sku": {"en": str(catalogue.name_en[sku]), "zh": str(catalogue.name_zh[sku])},
        "from": str(times[0].astype("datetime64[m]")),
        "hours": [round(float(hour), 3) for hour in hours],
        "place": rows["place"].to_pylist(),
        **{name: [round(float(value), 4) for value in rows[name].to_pylist()]
           for name in ("air_c", "core_c", "life_used", "packs")},
        "sensed": _sensed(log, rows, times),
    }


def _sensed(log: EventLog, rows: pa.Table, times: npt.NDArray[Any]) -> list[list[float]]:
    """Hours since the lot's first point, and what the thermometer of the place it was in then said."""
    place, node = np.array(rows["place"].to_pylist()), rows["node"].to_numpy()
    found: list[list[float]] = []
    readings = log.read("telemetry")
    if readings.num_rows:
        for truck in np.unique(node[place == "truck"]):
            own = times[(place == "truck") & (node == truck)]
            at = readings["event_time"].to_numpy()
            kept = (readings["truck"].to_numpy() == truck) & (at >= own[0]) & (at <= own[-1])
            found += _points(at[kept], readings["reading_c"].to_numpy()[kept], times[0])
    rooms = log.read("room_reading")
    if rooms.num_rows:
        at, kind, whose = rooms["event_time"].to_numpy(), np.array(rooms["place"].to_pylist()), rooms["node"].to_numpy()
        for own_place, kinds in (("hub", ("hub_chilled", "hub_cool")), ("shop", ("case", "rack", "cold_room"))):
            for one in np.unique(node[place == own_place]):
                own = times[(place == own_place) & (node == one)]
                inside = np.isin(kind, kinds) & (whose == one) & (at >= own[0]) & (at <= own[-1])
                if inside.any():
                    first = kind[inside][0]
                    kept = inside & (kind == first)
                    found += _points(at[kept], rooms["temperature_c"].to_numpy()[kept], times[0])
    return sorted(found)


def _points(at: npt.NDArray[Any], value: npt.NDArray[np.float64], first: np.datetime64) -> list[list[float]]:
    hours = (at - first) / np.timedelta64(1, "h")
    return [[round(float(hour), 3), round(float(one), 2)] for hour, one in zip(hours, value, strict=True)]
