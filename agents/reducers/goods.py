"""Goods: what came, left, was lost and is held, by SKU; waste by place and reason; what the farms' goods brought."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from agents.reducers.sums import MINUTES_A_DAY, Columns, Sums, Tables, grouped, minutes, of_day, where
from sim.log import Reducer

ON_THE_ROAD = -2
"""Shop id in a stock count of goods that are between two places at the border."""
_SKU_DAY = {
    "receipts": int, "field_loss": int, "waste_hub": int, "waste_road": int, "waste_shop": int, "waste_pickup": int,
    "sold": int, "spot": int, "held": int, "water_mg": int, "purchased": int, "pack_minutes": int,
    "transit_minutes": int, "receipts_fen": int, "waste_fen": int, "field_loss_fen": int, "refunded_cost_fen": int,
    "spot_cost_fen": int, "spot_fen": int,
}  # fmt: skip


def reduce_sku_day(day: int, tables: Tables) -> Columns:
    """Goods by SKU over the whole network.

    Pack-minutes are exact: a pack held at the closing border counts the whole day, one that came at minute m counts m
    less, one that left at minute m counts m. So do packs on the road between two places, by what departed and arrived.
    """
    sums = Sums("sku")
    sums.add("receipts", tables["harvest"], "packs")
    sums.add("receipts_fen", tables["harvest"], "cost_fen")
    sums.add("purchased", tables["purchase_order"], "packs")
    sums.add("field_loss", tables["field_loss"], "packs")
    sums.add("field_loss_fen", tables["field_loss"], "cost_fen")
    for node in ("hub", "road", "shop", "pickup"):
        sums.add(f"waste_{node}", where(tables["waste"], "node", node), "packs")
    sums.add("waste_fen", tables["waste"], "cost_fen")
    handed, spot = where(tables["line_end"], "end", "handed_over"), where(tables["spot_sale"], "node", "hub")
    for rows, name in ((tables["pos_sale"], "sold"), (handed, "sold"), (spot, "spot")):
        sums.add(name, rows, "packs")
    sums.add("spot_cost_fen", spot, "cost_fen")
    sums.add("spot_fen", spot, "fen")
    count = tables["stock_count"]
    held = count["on_hand"].to_numpy() + count["reserved"].to_numpy()
    sums.add("held", count, held)
    sums.add("pack_minutes", count, held * MINUTES_A_DAY)
    sums.add("transit_minutes", count, held * MINUTES_A_DAY * (count["shop"].to_numpy() == ON_THE_ROAD))
    for rows in (tables["pos_sale"], handed, spot, tables["waste"]):
        sums.add("pack_minutes", rows, rows["packs"].to_numpy() * minutes(rows))
    sums.add("pack_minutes", tables["harvest"], -tables["harvest"]["packs"].to_numpy() * minutes(tables["harvest"]))
    road = tables["transit"]
    sign = np.where(road["move"].to_numpy() == "arrive", 1, -1)
    sums.add("transit_minutes", road, sign * road["packs"].to_numpy() * minutes(road))
    sums.add("water_mg", tables["water_loss"], "mg")
    sums.add("refunded_cost_fen", tables["quality_refund"], "cost_fen")
    return of_day(day, sums.columns(_SKU_DAY))


def reduce_waste_day(day: int, tables: Tables) -> Columns:
    """Waste by SKU, place and reason."""
    return of_day(day, grouped(tables["waste"], ["sku", "node", "reason"], ["packs", "cost_fen"]))


_FARM_DAY = {
    "ripened": int, "ripe": int, "picked": int, "spot": int, "lost": int, "lots": int, "late_lots": int,
    "way_hours": float, "crew_hours": float, "revenue_fen": int, "spot_fen": int, "cost_fen": int,
}  # fmt: skip


def reduce_farm_day(day: int, tables: Tables) -> Columns:
    """What each farm grew, sold and lost, and what that brought and cost it; -1, the warehouse, is no farm."""
    sums, report = Sums("farm"), tables["farm_report"]
    for name in ("ripened", "ripe", "crew_hours", "cost_fen"):
        sums.add(name, report, name)
    bought = tables["harvest"].filter(pc.greater_equal(tables["harvest"]["farm"], 0))
    sums.add("picked", bought, "packs")
    sums.add("revenue_fen", bought, "cost_fen")
    spot = where(tables["spot_sale"], "node", "farm")
    sums.add("spot", spot, "packs")
    sums.add("spot_fen", spot, "fen")
    sums.add("lost", tables["field_loss"], "packs")
    came = tables["sorting"].filter(pc.greater_equal(tables["sorting"]["farm"], 0))
    sorted_at, left, promised = (came[name].to_numpy().astype("datetime64[s]").astype(np.int64)
                                 for name in ("event_time", "picked", "promised"))
    sums.add("lots", came, np.ones(came.num_rows, np.int64))
    sums.add("late_lots", came, (sorted_at > promised).astype(np.int64))
    sums.add("way_hours", came, (sorted_at - left) / 3600.0)
    return of_day(day, sums.columns(_FARM_DAY))


REDUCERS = (
    Reducer(
        "sku_day",
        ("harvest", "purchase_order", "field_loss", "waste", "pos_sale", "line_end", "spot_sale", "stock_count",
         "transit", "water_loss", "quality_refund"),
        reduce_sku_day,
    ),
    Reducer("waste_day", ("waste",), reduce_waste_day),
    Reducer("farm_day", ("farm_report", "harvest", "spot_sale", "field_loss", "sorting"), reduce_farm_day),
)  # fmt: skip
