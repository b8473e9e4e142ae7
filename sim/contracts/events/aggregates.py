"""Daily aggregates: what metrics read. They are made from the complete rows of the day by one reducer each."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import SHOP, SKU, event, field

DAY = field("day", pa.int32(), "business day", "day")


def _packs(name: str, doc: str) -> pa.Field:
    return field(name, pa.int64(), doc, "packs")


def _fen(name: str, doc: str) -> pa.Field:
    return field(name, pa.int64(), doc, "fen")


TABLES: dict[str, pa.Schema] = {
    "shop_day": event(
        "demand and sales of one SKU in one shop on one day; rows with any figure only",
        DAY,
        SHOP,
        SKU,
        _packs("ordered", "pre-ordered today"),
        _packs("requested", "ordered by the owner for the shelf, for today"),
        _packs("sold", "sold over the counter"),
        _packs("handed_over", "pre-orders handed over"),
        _packs("short", "pre-ordered packs that did not come in good state"),
        _packs("unclaimed", "pre-ordered packs given up"),
        _packs("received", "received from the hub"),
        _fen("revenue_fen", "till sales and hand-overs"),
        _fen("refund_fen", "quality refunds paid today"),
        field("stock_out_hours", pa.float64(), "opening hours with an empty shelf", "h"),
        field("forecasts", pa.int16(), "1 where the ordering policy said what it expected at the counter, else 0"),
        field("expected", pa.float64(), "what it expected to be asked for, 0 where it did not say", "packs"),
        field("intervals", pa.int16(), "1 where it said quantiles, too, else 0"),
        field("pinball", pa.float64(), "mean pinball loss of these quantiles on what was sold, 0 where it said none",
              "packs"),
        field("covered", pa.int16(), "1 where what was sold lies within its 90 % interval, else 0"),
    ),
    "sku_day": event(
        "goods of one SKU on one day over the whole network",
        DAY,
        SKU,
        _packs("receipts", "received at the farm gate"),
        _packs("field_loss", "ripe and fallen unpicked"),
        _packs("waste_hub", "wasted at the hub"),
        _packs("waste_road", "wasted on the road"),
        _packs("waste_shop", "wasted at shops"),
        _packs("waste_pickup", "wasted while waiting for pick-up"),
        _packs("sold", "sold or handed over"),
        _packs("spot", "sold on the spot market by the company"),
        _packs("held", "stock at the closing border, in hub, shops, pick-up rooms and on the road"),
        field("water_mg", pa.int64(), "water that stock gave off", "mg"),
        _packs("purchased", "asked of suppliers by head office"),
        field("pack_minutes", pa.int64(), "stock over the day, from farm gate to hand-over", "packs min"),
        field("transit_minutes", pa.int64(), "of these, on the road between two places", "packs min"),
        _fen("receipts_fen", "receipts at cost"),
        _fen("waste_fen", "all waste at cost"),
        _fen("field_loss_fen", "ripe and fallen unpicked, at cost"),
        _fen("refunded_cost_fen", "cost share of quality refunds"),
        _fen("spot_cost_fen", "sold on the spot market by the company, at cost"),
        _fen("spot_fen", "paid for it on the spot market"),
    ),
    "waste_day": event(
        "waste of one SKU at one kind of place for one reason on one day, over the network",
        DAY,
        SKU,
        field("node", pa.string(), "hub, road, shop or pickup"),
        field("reason", pa.string(), "damaged, spoiled, expired or unclaimed"),
        _packs("packs", "thrown away"),
        _fen("cost_fen", "at cost"),
    ),
    "exposure_day": event(
        "how often one SKU stood in a slate on one day, over the network",
        DAY,
        SKU,
        field("exposures", pa.int64(), "times seen in slates"),
    ),
    "nps_day": event(
        "answers to one survey on one day, over the network",
        DAY,
        field("survey", pa.string(), "transaction or relationship"),
        field("answers", pa.int64(), "all answers"),
        field("promoters", pa.int64(), "answers of 9 or 10"),
        field("detractors", pa.int64(), "answers of 0 to 6"),
    ),
    "labour_day": event(
        "working time of one task on one day, over the network",
        DAY,
        field("who", pa.string(), "head_office, owner or rider"),
        field("task", pa.string(), "task"),
        field("minutes", pa.float64(), "working time", "min"),
    ),
    "pair_day": event(
        "baskets of one day that held two kinds of goods, or one kind where both are the same, or any at all",
        DAY,
        field("first", pa.int32(), "kind of goods, -1 in the row of all baskets"),
        field("second", pa.int32(), "kind of goods, not below the first"),
        field("baskets", pa.int64(), "till receipts and orders ahead"),
    ),
    "effect_day": event(
        "what one policy's slates led to on one day, over the network",
        DAY,
        field("policy", pa.string(), "who made the slates, or listing for the assortment behind them"),
        field("exposures", pa.int64(), "SKUs seen in the app"),
        field("clicks", pa.int64(), "SKUs opened"),
        field("orders", pa.int64(), "exposures after which the member ordered the SKU on the same day"),
    ),
    "cold_day": event(
        "one kind of place on one day, from its readings",
        DAY,
        field("place", pa.string(), "truck, lorry, hub, hub_chilled, hub_cool, case, rack, cold_room or freezer"),
        field("sensor_minutes", pa.float64(), "minutes that readings stand for", "min"),
        field("excursion_minutes", pa.float64(), "minutes read above the limit", "min"),
        field("kinetic_c", pa.float64(), "mean kinetic temperature read, null without readings", "degC", nullable=True),
        field("kwh", pa.float64(), "electrical energy", "kWh"),
    ),
    "fleet_day": event(
        "lorries and trucks of one day",
        DAY,
        field("leg", pa.string(), "linehaul or city"),
        field("trucks", pa.int64(), "vehicles that drove"),
        field("km", pa.float64(), "driven, ways back included", "km"),
        field("kg", pa.float64(), "carried", "kg"),
        field("hours", pa.float64(), "from the first loading to the last return, summed over vehicles", "h"),
        field("stops", pa.int64(), "deliveries"),
    ),
    "owner_day": event(
        "one owner's day: money in and out, and work",
        DAY,
        SHOP,
        _fen("margin_fen", "till sales less the goods' transfer price"),
        _fen("waste_fen", "transfer price of what the shop threw away"),
        _fen("commission_fen", "commission on pre-orders handed over"),
        _fen("other_fen", "other trade less rent"),
        field("minutes", pa.float64(), "working time", "min"),
    ),
    "farm_day": event(
        "one contracted farm on one day",
        DAY,
        field("farm", pa.int32(), "farm id"),
        _packs("ripened", "became ripe"),
        _packs("ripe", "ripe and unpicked at the closing border"),
        _packs("picked", "picked for the company"),
        _packs("spot", "picked for the spot market"),
        _packs("lost", "fell unpicked"),
        field("lots", pa.int64(), "lots of it that were sorted at the hub today"),
        field("late_lots", pa.int64(), "of these, after the promised hour"),
        field("way_hours", pa.float64(), "from its gate until they were sorted, summed over the lots", "h"),
        field("crew_hours", pa.float64(), "hours the crew picked", "h"),
        _fen("revenue_fen", "paid by the company"),
        _fen("spot_fen", "paid on the spot market"),
        _fen("cost_fen", "growing, picking and cooling that the farm bears"),
    ),
    "money_day": event(
        "ledger postings summed over the network for one day",
        DAY,
        field("debit", pa.string(), "account that gives"),
        field("credit", pa.string(), "account that receives"),
        field("reason", pa.string(), "what for"),
        _fen("fen", "amount"),
    ),
    "customer_day": event(
        "orders of one member on one day, over every channel; kept to count orders a month",
        DAY,
        field("member", pa.int64(), "member id"),
        field("orders", pa.int16(), "orders and till receipts"),
        _fen("fen", "what they came to"),
        _fen("list_fen", "what they would have come to at list prices"),
        field("kinds", pa.int64(), "kinds of goods in them, a bit each (agents.reducers.trade.kinds_of)"),
    ),
}
