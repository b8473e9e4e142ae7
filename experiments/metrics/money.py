"""Money, from the ledger's daily postings and the shops' sales; yuan.

The network is platform and owners together. What residents paid ahead is theirs until the goods are handed over, so
escrow lies outside: a sale counts when its money leaves escrow, a refund out of escrow never was a sale.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.reducers.trade import ALL
from experiments.metrics.measure import Measure, Undefined, ratio
from experiments.metrics.window import Window

FEN_A_YUAN = 100.0
NETWORK = ("platform", "owners")
NOT_TRADE = ("landlords", "other_trade")
CARRIAGE = ("trucks", "drivers")
NO_MONEY = "no money moved"
NO_ORDERS = "no orders of known customers"


def gmv(window: Window) -> float:
    """Goods sold at the prices paid: till sales and pre-orders handed over or given up, before quality refunds."""
    return _sales(window) / FEN_A_YUAN


def contribution_margin(window: Window) -> float:
    """What the network keeps of its trade after suppliers, carriers, workers, services and refunds.

    Rent and the shops' other trade are left out; goods bought and not yet sold are a cost of the day they came.
    """
    rows = window.money_day
    if not len(rows["fen"]):
        raise Undefined(NO_MONEY)
    outside = ~(np.isin(rows["debit"], NOT_TRADE) | np.isin(rows["credit"], NOT_TRADE))
    return _net(window, NETWORK, outside) / FEN_A_YUAN


def delivery_cost_per_order(window: Window) -> float:
    """Lorries and drivers from farm to shop over orders and till receipts, unknown buyers' included."""
    rows = window.money_day
    return _an_order(window, rows["fen"][np.isin(rows["reason"], CARRIAGE)].sum())


def refund_rate(window: Window) -> float:
    """Quality refunds paid in the window over sales in it."""
    return ratio(window.shop_day["refund_fen"].sum(), _sales(window), "nothing was sold")


def refund_cost_per_order(window: Window) -> float:
    """Quality refunds paid over orders and till receipts, unknown buyers' included."""
    return _an_order(window, window.shop_day["refund_fen"].sum())


def owner_income(window: Window) -> float:
    """An owner's income a day by the books: margin of what was sold, commission and other trade, less waste and rent.

    Goods count when they are sold or thrown away, not when they are bought: it is what owners weigh when they stay.
    """
    rows = window.table("owner_day")
    income = rows["margin_fen"] + rows["commission_fen"] + rows["other_fen"] - rows["waste_fen"]
    return ratio(float(income.sum()) / FEN_A_YUAN, len(np.unique(rows["shop"])) * window.days, "no shop traded")


def _sales(window: Window) -> float:
    return float(window.shop_day["revenue_fen"].sum())


def orders(window: Window) -> float:
    """Orders and till receipts, unknown buyers' included; Undefined in a replay, which knows only packs."""
    if not len(window.table("customer_day")["orders"]):
        raise Undefined(NO_ORDERS)
    rows = window.table("pair_day")
    return float(rows["baskets"][rows["first"] == ALL].sum())


def _an_order(window: Window, fen: float) -> float:
    """Yuan an order or till receipt."""
    return ratio(float(fen) / FEN_A_YUAN, orders(window), NO_ORDERS)


def _net(window: Window, accounts: tuple[str, ...], counts: npt.NDArray[np.bool_]) -> float:
    """Fen that came to these accounts less what left them, of the postings that count."""
    rows = window.money_day
    came = np.isin(rows["credit"], accounts).astype(np.int64) - np.isin(rows["debit"], accounts)
    return float((rows["fen"] * came)[counts].sum())


MEASURES = (
    Measure("gmv", "CNY", "higher", "goods sold", "成交额", gmv),
    Measure("contribution_margin", "CNY", "higher", "contribution margin", "贡献毛利", contribution_margin),
    Measure("delivery_cost_per_order", "CNY/order", "lower", "carriage an order", "单均运费", delivery_cost_per_order),
    Measure("refund_rate", "share", "lower", "refunds of sales", "退款率", refund_rate),
    Measure("refund_cost_per_order", "CNY/order", "lower", "refunds an order", "单均退款", refund_cost_per_order),
    Measure("owner_income", "CNY/shop/d", "higher", "owner's income", "店主日收入", owner_income),
)
