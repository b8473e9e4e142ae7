"""Goods on their way: harvest, purchase, movements between places, waste, and the counted stock."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import FEN, PACKS, SHOP, SKU, event, field

COST = field("cost_fen", pa.int64(), "value at farm-gate cost", "fen")

TABLES: dict[str, pa.Schema] = {
    "shop_order": event("an owner ordered stock for the shop", SHOP, SKU, PACKS, bulk=True),
    "purchase_order": event(
        "head office asked a supplier for goods",
        SKU,
        PACKS,
        field("supplier", pa.string(), "farm or warehouse"),
    ),
    "harvest": event(
        "a supplier handed goods to the company: receipt at the farm gate, at the hour when they change title",
        SKU,
        PACKS,
        COST,
        field("lot", pa.int64(), "lot id"),
    ),
    "sorting": event(
        "goods were graded at the hub",
        SKU,
        field("lot", pa.int64(), "lot id"),
        PACKS,
        field("graded_out", pa.int64(), "packs below grade", "packs"),
        field("to_spot", pa.int64(), "of these, packs sold on the spot market", "packs"),
    ),
    "spot_sale": event(
        "packs were sold on the spot market below grade or for want of orders: a downgrade, not waste",
        SKU,
        PACKS,
        COST,
        FEN,
        field("node", pa.string(), "farm or hub"),
    ),
    "field_loss": event("marketable ripe fruit fell unpicked", SKU, PACKS, COST),
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
