"""How fast stock turns, and how much of what is asked for is there.

Stock is what the company owns: from receipt at the farm gate to hand-over, in every place and on the road. It is
measured over the day, in pack-minutes between its events (see `agents/reducers/goods.py`), so that goods which come at
dawn and leave in the evening count the hours in between.
"""

from __future__ import annotations

from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window
from sim.grouping import group

DAYS_A_YEAR = 365.0
MINUTES_A_DAY = 1440.0
NO_STOCK, NOT_SOLD = "no fresh stock", "no fresh goods were sold"


def turnover(window: Window) -> float:
    """Cost of fresh goods sold in a year at the window's pace over the average daily stock at cost."""
    return ratio(_sold(window) * DAYS_A_YEAR, _held(window), NO_STOCK)


def turnover_without_transit(window: Window) -> float:
    """As turnover, with goods on the road between two places left out of the stock."""
    return ratio(_sold(window) * DAYS_A_YEAR, _held(window) - _on_the_road(window), NO_STOCK)


def stock_days(window: Window) -> float:
    """Average daily stock of fresh goods at cost over the cost of goods sold a day."""
    return ratio(_held(window), _sold(window), NOT_SOLD)


def stock_days_without_transit(window: Window) -> float:
    """As days of stock, with goods on the road between two places left out."""
    return ratio(_held(window) - _on_the_road(window), _sold(window), NOT_SOLD)


def fill_rate(window: Window) -> float:
    """Packs served over packs asked for, fresh and ambient, at shelves and ahead.

    Ahead, the firm sees both: handed over, or short. What shelves were asked for only the twin knows (evaluation log);
    a pack replaced by another SKU is not served.
    """
    shops, asked = window.shop_day, window.table("asked_day")
    offered, handed = asked["offered"].sum(), shops["handed_over"].sum()
    served = offered - asked["unmet"].sum() + handed
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
    if not stocked.any():
        raise Undefined("no shelf is stocked")
    cells = group(shops["shop"][stocked], shops["sku"][stocked]).size
    return float(shops["stock_out_hours"].sum() / (cells * window.days * window.opening_hours))


def _sold(window: Window) -> float:
    """Cost of fresh goods sold a day, fen."""
    rows = window.fresh
    return window.at_cost(rows, rows["sold"]) / max(1, window.days)


def _held(window: Window) -> float:
    """Average daily stock of fresh goods at cost, fen."""
    rows = window.fresh
    return window.at_cost(rows, rows["pack_minutes"]) / MINUTES_A_DAY / max(1, window.days)


def _on_the_road(window: Window) -> float:
    """The part of it that is between two places."""
    rows = window.fresh
    return window.at_cost(rows, rows["transit_minutes"]) / MINUTES_A_DAY / max(1, window.days)


MEASURES = (
    Measure("turnover", "1/year", "higher", "stock turnover", "库存周转率", turnover, slow=True),
    Measure("turnover_without_transit", "1/year", "higher", "stock turnover without transit", "库存周转率（不含在途）",
            turnover_without_transit, slow=True),
    Measure("stock_days", "d", "lower", "days of stock", "库存天数", stock_days, slow=True),
    Measure("stock_days_without_transit", "d", "lower", "days of stock without transit", "库存天数（不含在途）",
            stock_days_without_transit, slow=True),
    Measure("fill_rate", "share", "higher", "fill rate", "订单满足率", fill_rate),
    Measure("fill_rate_preorder", "share", "higher", "fill rate of pre-orders", "预订满足率", fill_rate_preorder),
    Measure("stockout_hours_share", "share", "lower", "hours out of stock", "缺货时长占比", stockout_hours_share),
)
