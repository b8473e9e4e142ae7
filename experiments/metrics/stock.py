"""How fast stock turns, and how much of what is asked for is there.

Stock is counted at the border, when goods that came at dawn and left in the evening are gone again. A day's stock is
therefore the mean of the most it had (opening stock plus receipts) and what it closed with, which is the closing stock
plus half of the day's outflow: a pack that comes and leaves on one day was held for half a day.
"""

from __future__ import annotations

import numpy as np

from experiments.metrics.loss import NODES
from experiments.metrics.measure import Measure, ratio
from experiments.metrics.window import Window

DAYS_A_YEAR = 365.0


def turnover(window: Window) -> float:
    """Cost of fresh goods sold in a year at the window's pace over the average daily stock at cost."""
    sold, held = _sold_and_held(window)
    return ratio(sold * DAYS_A_YEAR, held, "no fresh stock")


def stock_days(window: Window) -> float:
    """Average daily stock of fresh goods at cost over the cost of goods sold a day."""
    sold, held = _sold_and_held(window)
    return ratio(held, sold, "no fresh goods were sold")


def fill_rate(window: Window) -> float:
    """Packs served over packs asked for, fresh and ambient, at shelves and ahead.

    Ahead, the firm sees both: handed over, or short. What shelves were asked for only the twin knows (evaluation log);
    a pack replaced by another SKU is not served.
    """
    shops, offered = window.shop_day, window.offered["packs"].sum()
    handed = shops["handed_over"].sum()
    served = offered - window.unmet["packs"].sum() + handed
    return ratio(served, offered + handed + shops["short"].sum(), "nothing was asked for")


def fill_rate_preorder(window: Window) -> float:
    """Pre-ordered packs handed over, over these and the short ones: what the firm itself can see."""
    shops = window.shop_day
    handed = shops["handed_over"].sum()
    return ratio(handed, handed + shops["short"].sum(), "nothing was ordered ahead")


def stockout_hours_share(window: Window) -> float:
    """Opening hours with an empty shelf over all opening hours, of the (shop, SKU) that had stock, sales or a gap."""
    shops = window.shop_day
    stocked = (shops["received"] > 0) | (shops["sold"] > 0) | (shops["stock_out_hours"] > 0)
    cells = len(np.unique(np.column_stack([shops["shop"][stocked], shops["sku"][stocked]]), axis=0))
    hours = cells * window.days * window.opening_hours
    return ratio(shops["stock_out_hours"].sum(), hours, "no shelf is stocked")


def _sold_and_held(window: Window) -> tuple[float, float]:
    """Cost of fresh goods sold a day and average daily stock at cost, fen."""
    rows, days = window.fresh, max(1, window.days)
    cost = window.catalogue.farm_gate_fen[rows["sku"]]
    outflow = rows["sold"] + sum(rows[f"waste_{node}"] for node in NODES)
    return (rows["sold"] * cost).sum() / days, ((rows["held"] + 0.5 * outflow) * cost).sum() / days


MEASURES = (
    Measure("turnover", "1/year", "higher", "stock turnover", "库存周转率", turnover, slow=True),
    Measure("stock_days", "d", "lower", "days of stock", "库存天数", stock_days, slow=True),
    Measure("fill_rate", "share", "higher", "fill rate", "订单满足率", fill_rate),
    Measure("fill_rate_preorder", "share", "higher", "fill rate of pre-orders", "预订满足率", fill_rate_preorder),
    Measure("stockout_hours_share", "share", "lower", "hours out of stock", "缺货时长占比", stockout_hours_share),
)
