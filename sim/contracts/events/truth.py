"""What only the twin knows. Policies never see it; metrics made of it are named ``*_true``."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import PACKS, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "unmet": event(
        "packs residents wanted from the shelf first and did not find",
        SHOP,
        SKU,
        PACKS,
        field("substituted", pa.int64(), "of these, packs for which another SKU was bought", "packs"),
        bulk=True,
    ),
    "offered": event(
        "demand offered to the shelves today, met or not",
        SHOP,
        SKU,
        PACKS,
        bulk=True,
    ),
    "censored": event(
        "a recorded series had run out at its source: what it offers is a lower bound of that day's demand",
        SHOP,
        SKU,
        PACKS,
        field("hours", pa.int64(), "hours without stock at the source, of the 16 from 6 to 22", "h"),
        bulk=True,
    ),
    "asked_day": event(
        "what was truly asked of one shelf on one day; rows with any figure only",
        field("day", pa.int32(), "business day", "day"),
        SHOP,
        SKU,
        field("offered", pa.int64(), "demand offered to the shelf, met or not", "packs"),
        field("unmet", pa.int64(), "of these, wanted first and not found", "packs"),
    ),
    "air": event(
        "true air temperature in a truck on arrival at a stop",
        field("truck", pa.int32(), "truck id"),
        SHOP,
        field("zone", pa.string(), "compartment: chilled, cool, or one for all goods"),
        field("air_c", pa.float64(), "air temperature", "degC"),
        field("cargo_c", pa.float64(), "temperature of the cargo's core", "degC"),
        bulk=True,
    ),
    "trust_day": event(
        "mean trust of the residents of one shop at the border",
        SHOP,
        field("trust", pa.float64(), "mean trust, 0 to 1"),
    ),
    "resident_day": event(
        "orders of one true household on one day, over every channel, whoever the firm took it for",
        field("day", pa.int32(), "business day", "day"),
        field("resident", pa.int64(), "resident id"),
        field("orders", pa.int16(), "orders and till receipts"),
    ),
    "satisfaction": event(
        "what all households of a shop would answer if everyone were asked and candid",
        SHOP,
        field("promoters", pa.int64(), "households that would answer 9 or 10"),
        field("detractors", pa.int64(), "households that would answer 0 to 6"),
        field("households", pa.int64(), "active households"),
    ),
    "room_air": event(
        "true air temperature of a fixed place at the full hour",
        field("place", pa.string(), "hub, hub_chilled, hub_cool, case, rack, cold_room or freezer"),
        field("node", pa.int32(), "shop id, -1 for the hub"),
        field("air_c", pa.float64(), "air temperature", "degC"),
        bulk=True,
    ),
    "lot_path": event(
        "where one traced lot was, how warm, and what became of it",
        field("lot", pa.int64(), "lot id"),
        SKU,
        field("place", pa.string(), "field, farm, lorry, hub, truck, shop or home"),
        field("node", pa.int32(), "truck id, shop id or -1"),
        field("air_c", pa.float64(), "air temperature", "degC"),
        field("core_c", pa.float64(), "core temperature of the goods", "degC"),
        field("life_used", pa.float64(), "share of reference life used"),
        PACKS,
    ),
    "identity": event(
        "which household a touchpoint truly belongs to",
        field("touchpoint", pa.int64(), "touchpoint id"),
        field("resident", pa.int64(), "resident id"),
    ),
}
