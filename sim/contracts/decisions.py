"""The decision points of the network and their contracts. Lists are aligned with SKU ids 0..n-1 or with days."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sim.contracts.point import DecisionPoint, any_by_row, column, rows_named
from sim.contracts.slates import propensities_belong_to_slots, slates_hold_offered_skus

INT_LIST = pa.list_(pa.field("item", pa.int32(), nullable=False))
FLAG_LIST = pa.list_(pa.field("item", pa.bool_(), nullable=False))
ID_LIST = pa.list_(pa.field("item", pa.int64(), nullable=False))
FLOAT_LIST = pa.list_(pa.field("item", pa.float64(), nullable=False))

HISTORY_DAYS = 28
"""Days of the past that ordering and forecasting see."""
FORECAST_DAYS = 7
"""Days ahead that a forecast covers, the day of the order included: a whole week, so that their mean has no weekday."""
QUANTILE_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Chances with which a day's demand stays below a forecast's quantiles: a median, the middle half, a 90 % interval."""
_MOST_PACKS = 10**9
_MOST_FEN = 10**12
"""Limits of what is asked: more than a network can hold or turn over, little enough to be summed exactly."""


def _packs(name: str, kind: pa.DataType, doc: str, unit: str = "packs", aligned: str = "") -> pa.Field:
    return column(name, kind, doc, unit=unit, low=0, high=_MOST_PACKS, aligned=aligned)


def _fen(name: str, doc: str, low: int = 0) -> pa.Field:
    return column(name, pa.int64(), doc, unit="fen", low=low, high=_MOST_FEN)


def _share(name: str, doc: str) -> pa.Field:
    return column(name, pa.float64(), doc, low=0, high=1)


_SHOP = column("shop", pa.int32(), "shop id", low=0)
_SKU = column("sku", pa.int32(), "SKU id", low=0)
_SALES = _packs("sales", INT_LIST, "packs sold on each of the last 28 days, newest last")
_DAYS_KNOWN = column("days_known", pa.int32(), "how many of those days lie after the opening", unit="day", low=0)


def _a_week_of_sorted_quantiles(observation: pa.Table, decision: pa.Table) -> list[str]:
    """A mean for each of the days ahead and for each the quantiles in rising order, from 0 to 10^9 packs."""
    levels = len(QUANTILE_LEVELS)
    found = []
    for name, length in (("mean", FORECAST_DAYS), ("quantiles", FORECAST_DAYS * levels)):
        lists = decision[name].combine_chunks()
        wrong = pc.not_equal(pc.list_value_length(lists), length)
        if pc.any(wrong).as_py():
            found.append(f"{name}: not {length} values in {rows_named(wrong)}")
            continue
        items, parent = lists.flatten(), pc.list_parent_indices(lists)
        inside = pc.and_(pc.is_finite(items), pc.and_(pc.greater_equal(items, 0.0), pc.less_equal(items, _MOST_PACKS)))
        if not pc.all(inside, min_count=0).as_py():
            rows = rows_named(any_by_row(parent, pc.invert(inside), decision.num_rows))
            found.append(f"{name}: not within 0 to {_MOST_PACKS:g} in {rows}")
        elif name == "quantiles" and len(items) > 1:
            falls = pc.greater(items.slice(0, len(items) - 1), items.slice(1))
            same_day = pa.array([place % levels != levels - 1 for place in range(levels)] * (len(items) // levels))
            crossed = pc.and_(falls, same_day.slice(0, len(falls)))
            if pc.any(crossed).as_py():
                rows = rows_named(any_by_row(parent.slice(0, len(falls)), crossed, decision.num_rows))
                found.append(f"{name}: not in rising order within a day in {rows}")
    return found


FORECAST = DecisionPoint(
    name="forecast",
    version="1.1",
    observation=pa.schema(
        [
            _SHOP,
            _SKU,
            column("day", pa.int32(), "first business day to forecast; it begins now", unit="day"),
            _SALES,
            column("stock_out_hours", FLOAT_LIST, "opening hours of those days with an empty shelf", unit="h", low=0,
                   high=24),
            column("open_hours", pa.float64(), "opening hours of a day", unit="h", low=0, high=24),
            _DAYS_KNOWN,
            _packs("prior_daily", pa.float64(), "packs a day expected at the opening", "packs/day"),
            column("was_off", FLAG_LIST, "whether each of the last 28 days was a weekend or holiday"),
            column("is_off", FLAG_LIST, "whether each of the 7 days ahead is a weekend or holiday"),
            column("weekday", INT_LIST, "of the 7 days ahead: 0 Monday to 6 Sunday", low=0, high=6),
            column("temp_c", FLOAT_LIST, "mean temperature forecast for the 7 days ahead; what was measured last where "
                   "none was published, 0 where nothing was", unit="degC", low=-100, high=100),
            column("rain_mm", FLOAT_LIST, "rain, likewise", unit="mm", low=0, high=10_000),
            column("search", pa.float64(), "searches for the SKU's category on the day before, 1 is usual", low=0,
                   high=1_000_000),
        ]
    ),
    decision=pa.schema(
        [
            _SHOP,
            _SKU,
            column("mean", FLOAT_LIST, "expected demand of the 7 days ahead, met or not", unit="packs"),
            column("quantiles", FLOAT_LIST, "of each day ahead the quantiles .05 .25 .5 .75 .95 of its demand, 5 x 7",
                   unit="packs"),
        ]
    ),
    key=("shop", "sku"),
    row_wise=True,
    checks=(_a_week_of_sorted_quantiles,),
)

REPLENISH = DecisionPoint(
    name="replenish",
    version="2.1",
    observation=pa.schema(
        [
            _SHOP,
            _SKU,
            column("day", pa.int32(), "business day the order is for", unit="day"),
            _packs("on_hand", pa.int64(), "packs counted on the shelf"),
            _packs("on_order", pa.int64(), "packs ordered and not received"),
            _SALES,
            column("stock_out", FLAG_LIST, "whether the shelf was empty at some opening hour of those days"),
            _DAYS_KNOWN,
            _packs("prior_daily", pa.float64(), "packs a day the owner expected at the opening", "packs/day"),
            _packs("forecast", FLOAT_LIST, "mean demand of the day and the six after it, as forecast"),
            _packs("forecast_quantiles", FLOAT_LIST, "quantiles of the same days, five a day"),
            column("is_off", pa.bool_(), "whether the day is a weekend or holiday"),
            column("life_days", pa.float64(), "half-life of packs at shelf temperature", unit="day", low=0),
            column("lead_days", pa.float64(), "days from order to receipt", unit="day", low=0),
            column("case_packs", pa.int32(), "packs in a case: the ordering unit", unit="packs", low=1),
            _fen("price_fen", "retail price of a pack"),
            _fen("cost_fen", "what the shop pays for a pack"),
            _share("smoothing", "the owner's weight of the newest sales in the expectation"),
            _share("stock_adjustment", "the owner's share of a stock gap ordered at once"),
            _share("supply_line_weight", "how much of what is on order the owner remembers"),
            column("cover_days", pa.float64(), "days of expected sales the owner likes to see", unit="day", low=0),
            _share("pull_to_mean", "how far the owner trusts the long-run mean against recent sales"),
        ]
    ),
    decision=pa.schema(
        [
            _SHOP,
            _SKU,
            column("packs", pa.int64(), "order", unit="packs", low=0, high=100_000),
            column(
                "expected",
                pa.float64(),
                "packs expected to be asked for on the day the order arrives; for measuring only",
                unit="packs/day",
                low=0,
                high=10**12,
                nullable=True,
            ),
            column(
                "expected_quantiles",
                FLOAT_LIST,
                "quantiles of that day's demand that the order was made by; for measuring only",
                unit="packs/day",
                nullable=True,
            ),
        ]
    ),
    key=("shop", "sku"),
    row_wise=True,
)

PROCURE = DecisionPoint(
    name="procure",
    version="1.3",
    observation=pa.schema(
        [
            _SKU,
            column("day", pa.int32(), "business day of the harvest", unit="day"),
            _packs("hub_on_hand", pa.int64(), "packs counted at the hub"),
            _packs("in_transit", pa.int64(), "packs bought and still on the road to the hub"),
            column("lead_days", pa.float64(), "days from the order to the hub, as promised: 1 is the coming night",
                   unit="day", low=0),
            column("order_days", pa.float64(), "days of demand that closed orders cover: 1 is the next day's, more "
                   "where members are promised goods for a later day", unit="day", low=0),
            _packs("contract_daily", pa.float64(), "packs a day a farm is contracted for, 0 for call-offs",
                   "packs/day"),
            column(
                "ordered",
                pa.int64(),
                "packs on closed orders, -1 where head office does not see them",
                unit="packs",
                low=-1,
                high=_MOST_PACKS,
            ),
            _packs("asked", INT_LIST, "packs shops and members ordered a reported day, newest last"),
            _DAYS_KNOWN,
            _packs("prior_daily", pa.float64(), "packs a day expected at the opening", "packs/day"),
            column("life_days", pa.float64(), "half-life of packs at hub temperature", unit="day", low=0),
            column("cover_days", pa.float64(), "days of expected sales head office wants to see at the hub", unit="day",
                   low=0),
            _share("defect_share", "share of harvested packs that sorting takes out, by experience"),
            column("case_packs", pa.int32(), "packs in a case", unit="packs", low=1),
        ]
    ),
    decision=pa.schema(
        [_SKU, column("packs", pa.int64(), "packs to harvest or buy", unit="packs", low=0, high=10_000_000)]
    ),
    key=("sku",),
    row_wise=True,
)

RECOMMEND = DecisionPoint(
    name="recommend",
    version="1.2",
    observation=pa.schema(
        [
            column("member", pa.int64(), "member id", low=0),
            _SHOP,
            column("day", pa.int32(), "business day", unit="day"),
            column("offered", FLAG_LIST, "by SKU: whether the shop lists it today"),
            column("is_new", FLAG_LIST, "by SKU: whether it is a new premium product"),
            _packs("network_sales", INT_LIST, "by SKU: packs sold in all shops in the last 28 days"),
            _packs("bought", INT_LIST, "by SKU: packs this member bought in the last 56 days"),
        ]
    ),
    decision=pa.schema(
        [
            column("member", pa.int64(), "member id"),
            column("slate", INT_LIST, "SKU ids, top first"),
            column(
                "propensity",
                FLOAT_LIST,
                "by place of the slate: chance of that SKU there given the places above, in (0, 1]",
                nullable=True,
            ),
        ]
    ),
    key=("member",),
    row_wise=True,
    checks=(slates_hold_offered_skus, propensities_belong_to_slots),
)


def _prices_stay_in_band(observation: pa.Table, decision: pa.Table) -> list[str]:
    """A price stays within 20 % of the reference price."""
    asked = observation.select(["shop", "sku", "reference_fen"]).combine_chunks()
    numbered = decision.append_column("row", pa.array(range(decision.num_rows), pa.int64()))
    joined = numbered.join(asked, ["shop", "sku"], use_threads=False).sort_by("row")
    price, reference = joined["price_fen"], joined["reference_fen"]
    lowest = pc.divide(pc.add(pc.multiply(reference, 4), 4), 5)  # rounded up; the price is never multiplied:
    highest = pc.divide(pc.multiply(reference, 6), 5)  # it is the policy's and may be as large as it likes
    outside = pc.or_(pc.less(price, lowest), pc.greater(price, highest))
    return (
        [f"price_fen: more than 20 % from the reference in {rows_named(outside)}"] if pc.any(outside).as_py() else []
    )


PRICE = DecisionPoint(
    name="price",
    version="1.1",
    observation=pa.schema(
        [
            _SHOP,
            _SKU,
            column("day", pa.int32(), "business day", unit="day"),
            _fen("reference_fen", "list price", low=1),
            _fen("cost_fen", "farm-gate cost"),
            _packs("on_hand", pa.int64(), "packs counted on the shelf last night"),
        ]
    ),
    decision=pa.schema([_SHOP, _SKU, column("price_fen", pa.int64(), "price of the day", unit="fen", low=1)]),
    key=("shop", "sku"),
    row_wise=True,
    checks=(_prices_stay_in_band,),
)

CAMPAIGN = DecisionPoint(
    name="campaign",
    version="1.1",
    observation=pa.schema(
        [
            column("candidate", pa.int64(), "group-buy candidate id", low=0),
            _SHOP,
            _SKU,
            column("day", pa.int32(), "business day", unit="day"),
            column("minimum_packs", pa.int32(), "supplier's case: the group needs so many packs", unit="packs", low=1),
            column("members", ID_LIST, "members of the shop that may be written to", aligned="members"),
            _packs("affinity", INT_LIST, "by member: packs bought of the same category in the last 56 days",
                   aligned="members"),
            column("messages", INT_LIST, "by member: campaign messages sent in the last 14 days", aligned="members",
                   low=0),
        ]
    ),
    decision=pa.schema(
        [
            column("candidate", pa.int64(), "group-buy candidate id"),
            column("open", pa.bool_(), "whether the group-buy is opened"),
            column("audience", ID_LIST, "members who get the message"),
        ]
    ),
    key=("candidate",),
    row_wise=True,
)

SERVICE = DecisionPoint(
    name="service",
    version="1.1",
    observation=pa.schema(
        [
            column("claim", pa.int64(), "claim id", low=0),
            _SHOP,
            _SKU,
            column("day", pa.int32(), "business day", unit="day"),
            column("packs", pa.int64(), "packs complained about", unit="packs", low=1, high=_MOST_PACKS),
            _fen("fen", "what was paid for them"),
            column("claims_before", pa.int32(), "claims of the member in the last 56 days", low=0),
            column("orders_before", pa.int32(), "orders of the member in the last 56 days", low=0),
        ]
    ),
    decision=pa.schema(
        [
            column("claim", pa.int64(), "claim id"),
            column("refund_percent", pa.int32(), "share of the price paid back", unit="%", low=0, high=100),
            column("wait_days", pa.int32(), "days until the money is back", unit="day", low=0, high=30),
        ]
    ),
    key=("claim",),
    row_wise=True,
)

def _loads_fit(observation: pa.Table, decision: pa.Table) -> list[str]:
    """A truck that serves several shops carries its payload at most; a shop above the payload gets a truck alone."""
    asked = observation.select(["shop", "load_kg", "truck_capacity_kg"]).combine_chunks()
    joined = decision.join(asked, ["shop"], use_threads=False)
    summed = joined.group_by(["truck"], use_threads=False).aggregate(
        [("load_kg", "sum"), ("truck_capacity_kg", "min"), ("shop", "count")]
    )
    heavy = pc.and_(
        pc.greater(summed["load_kg_sum"], pc.multiply(summed["truck_capacity_kg_min"], 1.000001)),
        pc.greater(summed["shop_count"], 1),
    )
    trucks = sorted(summed.filter(heavy)["truck"].to_pylist())
    return [f"truck: more than its payload on {', '.join(map(str, trucks))}"] if trucks else []


ROUTE = DecisionPoint(
    name="route",
    version="1.1",
    observation=pa.schema(
        [
            _SHOP,
            column("day", pa.int32(), "business day", unit="day"),
            column("x_km", pa.float64(), "place east of the hub", unit="km"),
            column("y_km", pa.float64(), "place north of the hub", unit="km"),
            column("load_kg", pa.float64(), "goods for the shop", unit="kg", low=0),
            column("truck_capacity_kg", pa.float64(), "payload of a truck", unit="kg", low=1),
            column("ready_hour", pa.float64(), "hour at which the first trucks are loaded", unit="h"),
            column("due_hour", pa.float64(), "hour by which shops want their goods", unit="h"),
            column("detour", pa.float64(), "road distance over straight line, as a planner reckons", low=1),
            column("kmh", pa.float64(), "speed outside the rush hours", unit="km/h", low=1),
            column("stop_minutes", pa.float64(), "time a stop takes", unit="min", low=0),
            column("truck_cost_km", pa.float64(), "a truck's and driver's day, in km of running cost", unit="km",
                   low=0),
        ]
    ),
    decision=pa.schema(
        [
            _SHOP,
            column("truck", pa.int32(), "truck that serves the shop", low=0, high=9_999),
            column("position", pa.int32(), "place in that truck's route", low=0, high=9_999),
        ]
    ),
    key=("shop",),
    row_wise=False,
    checks=(_loads_fit,),
)

DECISION_POINTS: dict[str, DecisionPoint] = {
    point.name: point for point in (FORECAST, REPLENISH, PROCURE, RECOMMEND, PRICE, CAMPAIGN, SERVICE, ROUTE)
}
