"""Goods on their way: harvest, purchase, movements between places, waste, and the counted stock."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import FEN, PACKS, SHOP, SKU, event, field

FARM = field("farm", pa.int32(), "farm id, -1 where the goods are no farm's any more or never were")
COST = field("cost_fen", pa.int64(), "value at farm-gate cost", "fen")

TABLES: dict[str, pa.Schema] = {
    "shop_order": event("an owner ordered stock for the shop", SHOP, SKU, PACKS, bulk=True),
    "purchase_order": event(
        "head office asked a supplier for goods",
        SKU,
        PACKS,
        field("supplier", pa.string(), "farm-ID or warehouse"),
    ),
    "harvest": event(
        "a supplier handed goods to the company: receipt at the gate of a farm (-1: the warehouse), at its hour",
        FARM,
        SKU,
        PACKS,
        COST,
        field("lot", pa.int64(), "lot id"),
    ),
    "sorting": event(
        "a lot reached the hub and was graded: promise and arrival of a supplier's goods",
        FARM,
        SKU,
        field("lot", pa.int64(), "lot id"),
        PACKS,
        field("graded_out", pa.int64(), "packs below grade", "packs"),
        field("to_spot", pa.int64(), "of these, packs sold on the spot market", "packs"),
        field("picked", pa.timestamp("s"), "when the goods left the supplier's gate"),
        field("promised", pa.timestamp("s"), "when they were promised at the hub"),
    ),
    "spot_sale": event(
        "packs were sold on the spot market below grade or for want of orders: a downgrade, not waste",
        FARM,
        SKU,
        PACKS,
        COST,
        FEN,
        field("node", pa.string(), "farm or hub"),
    ),
    "field_loss": event("marketable ripe fruit fell unpicked", FARM, SKU, PACKS, COST),
    "water_loss": event(
        "goods in stock gave off water: mass that no pack takes along",
        SKU,
        field("mg", pa.int64(), "water lost today", "mg"),
        field("node", pa.string(), "road, hub, shop or pickup"),
    ),
    "farm_report": event(
        "a farm closed its day",
        FARM,
        field("ripened", pa.int64(), "packs that ripened", "packs"),
        field("ripe", pa.int64(), "ripe and unpicked at the closing border", "packs"),
        field("crew_hours", pa.float64(), "hours the crew picked", "h"),
        field("cost_fen", pa.int64(), "growing, picking and cooling", "fen"),
    ),
    "stock_move": event(
        "packs moved from one place to another; a place is farm, hub, or a shop's shelf, pick-up room or customers",
        SHOP,
        SKU,
        PACKS,
        field("move", pa.string(), "receive, allocate, deliver, reserve, sell, hand_over"),
        bulk=True,
    ),
    "transit": event(
        "packs went on the road or came off it, spoiled ones included; shop is -1 on the way to the hub",
        SHOP,
        SKU,
        PACKS,
        field("move", pa.string(), "depart or arrive"),
        bulk=True,
    ),
    "waste": event(
        "packs were thrown away",
        SHOP,
        SKU,
        PACKS,
        COST,
        field("node", pa.string(), "hub, road, shop or pickup"),
        field("reason", pa.string(), "damaged, spoiled, taken_off, expired or unclaimed"),
    ),
    "stock_count": event(
        "stock counted at the closing border; shop is -1 for the hub, -2 for goods on the road",
        SHOP,
        SKU,
        field("on_hand", pa.int64(), "packs for sale on the shelf or in the hub", "packs"),
        field("on_order", pa.int64(), "packs ordered and not received", "packs"),
        field("reserved", pa.int64(), "packs waiting for pick-up", "packs"),
        bulk=True,
    ),
}
