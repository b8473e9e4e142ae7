"""What a finished cell keeps for pictures and tables beside its metrics: small, and made of the same daily aggregates.

Everything is plain numbers and texts, so that it lies in the cell's record and is written and resumed with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.reducers.trade import ALL
from experiments.metrics.window import Window

DAILY = ("received_fen", "lost_fen", "orders", "known_orders", "revenue_fen", "stock_fen", "trust")
"""The daily series: fresh goods received and lost at cost, orders and till receipts (all, and those of known members),
sales, fresh stock at cost, mean trust (0 to 1)."""

NEVER = 1 << 40
"""Later than any day: where no day was promised."""

READINGS = 60
"""About so many readings of a place are kept beside a lot's way."""


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
        **({"lot": _lot(lived)} if trace else {}),
    }


def _daily(window: Window) -> dict[str, list[float]]:
    fresh, shops = window.fresh, window.shop_day
    cost = window.catalogue.farm_gate_fen[fresh["sku"]]
    trust, pairs = window.table("trust_day"), window.table("pair_day")
    many = np.maximum(_by_day(window, trust["day"], np.ones(len(trust["day"]))), 1.0)
    columns = {
        "received_fen": _by_day(window, fresh["day"], fresh["receipts_fen"]),
        "lost_fen": _by_day(window, fresh["day"], fresh["waste_fen"] + fresh["refunded_cost_fen"]),
        "orders": _by_day(window, pairs["day"], np.where(pairs["first"] == ALL, pairs["baskets"], 0)),
        "known_orders": _by_day(window, window.customer_day["day"], window.customer_day["orders"]),
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

    A group-buy promises a day only when it succeeds: `days` is then None. Those that failed are left out.
    """
    lines, ends = (window.log.read(name) for name in ("order_line", "line_end"))
    if not lines.num_rows or not ends.num_rows:
        return []
    ended = np.asarray(window.clock.day_of(ends["event_time"].to_numpy()))
    failed = pc.equal(ends["end"], "group_failed").to_numpy(zero_copy_only=False)
    inside = pa.array((ended >= window.first_day) & (ended <= window.last_day) & ~failed)
    ends = ends.filter(inside).append_column("ended", pa.array(ended).filter(inside))
    ordered = np.asarray(window.clock.day_of(lines["event_time"].to_numpy()))
    due = lines["due_day"].to_numpy().astype(np.int64)
    known = lines["candidate"].to_numpy() < 0
    promised = lines.select(["line"]).append_column("days", pa.array(due - ordered, mask=~known)).append_column(
        "due", pa.array(np.where(known, due, NEVER)))
    joined = ends.select(["line", "sku", "packs", "end", "ended"]).join(
        promised, "line", join_type="inner", use_threads=False)
    origin = window.catalogue.origin[joined["sku"].to_numpy()]
    table = pa.table({"origin": pa.array(origin.tolist(), pa.string()), "days": joined["days"], "end": joined["end"],
                      "late": pc.greater(joined["ended"], joined["due"]), "packs": joined["packs"]})
    summed = table.group_by(["origin", "days", "end", "late"], use_threads=False).aggregate([("packs", "sum")])
    rows = summed.rename_columns(["origin", "days", "end", "late", "packs"]).to_pylist()
    return sorted(rows, key=lambda row: (row["origin"], row["days"] is None, row["days"], row["end"], row["late"]))


def _lot(window: Window) -> dict[str, Any] | None:
    """The way of the traced lot that was followed longest: a point a place and day.

    A lot is shared out to shops; a point is the mean over its shares, weighted by packs. Keys: `lot`, `sku` (names),
    `from` (the first moment), and by point `hours` since then, `place`, true `air_c` and `core_c`, `life_used` and
    `packs`; `sensed` are readings as pairs of hours and degrees.
    """
    rows = window.evaluation.read("lot_path", since_day=window.first_day)
    if not rows.num_rows:
        return None
    lots, counts = np.unique(rows["lot"].to_numpy(), return_counts=True)
    rows = rows.filter(pc.equal(rows["lot"], int(lots[np.argmax(counts)]))).sort_by("event_time")
    times, place = rows["event_time"].to_numpy(), np.array(rows["place"].to_pylist())
    packs, hours = rows["packs"].to_numpy(), _hours(times, times[0])
    day = np.asarray(window.clock.day_of(times))
    _, first, point = np.unique(np.char.add(day.astype(str), place), return_index=True, return_inverse=True)
    weight = np.bincount(point, packs)

    def mean(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.bincount(point, values * packs) / np.maximum(weight, 1)

    columns = {"hours": mean(hours), **{name: mean(rows[name].to_numpy()) for name in ("air_c", "core_c", "life_used")}}
    order = np.argsort(columns["hours"], kind="stable")
    sku = rows["sku"][0].as_py()
    return {
        "lot": int(rows["lot"][0].as_py()),
        "sku": {"en": str(window.catalogue.name_en[sku]), "zh": str(window.catalogue.name_zh[sku])},
        "from": str(times[0].astype("datetime64[m]")),
        "place": place[first][order].tolist(),
        **{name: [round(float(value), 4) for value in values[order]] for name, values in columns.items()},
        "packs": [int(value) for value in weight[order]],
        "sensed": _sensed(window, place, rows["node"].to_numpy(), packs, times, str(window.catalogue.storage[sku])),
    }


def _sensed(window: Window, place: npt.NDArray[Any], node: npt.NDArray[Any], packs: npt.NDArray[Any],
            times: npt.NDArray[Any], storage: str) -> list[list[float]]:
    """What thermometers said where the lot's largest share was: in the truck that brought it, in hub and shop."""
    found: list[list[float]] = []
    cold = storage == "cold"
    for where, table, other in (("hub", "room_reading", "hub_cool" if cold else "hub_chilled"),
                                ("truck", "telemetry", "cool" if cold else "chilled"),
                                ("shop", "room_reading", "rack" if cold else "case")):
        here = np.flatnonzero(place == where)
        if not len(here):
            continue
        whose = int(node[here[np.argmax(packs[here])]])
        own = times[here[node[here] == whose]]
        before = times[times < own[0]]
        readings = window.log.read(table, since_day=int(window.clock.day_of(times[0])))
        who, kind, what = ("truck", "zone", "reading_c") if table == "telemetry" else ("node", "place", "temperature_c")
        at = readings["event_time"].to_numpy()
        kept = (readings[who].to_numpy() == whose) & (at <= own[-1]) & (at >= (before[-1] if len(before) else own[0]))
        kept &= ~np.isin(np.array(readings[kind].to_pylist(), np.str_), (other, "cold_room", "freezer"))
        picked = np.flatnonzero(kept)
        picked = picked[:: max(1, len(picked) // READINGS)]
        found += [[round(float(hour), 3), round(float(value), 2)] for hour, value in zip(
            _hours(at[picked], times[0]), readings[what].to_numpy()[picked], strict=True)]
    return sorted(found)


def _hours(times: npt.NDArray[Any], first: np.datetime64) -> npt.NDArray[np.float64]:
    return np.asarray((times - first) / np.timedelta64(1, "h"), np.float64)
