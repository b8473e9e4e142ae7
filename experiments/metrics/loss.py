"""Loss of fresh goods, at cost, from receipt at the farm gate to hand-over plus 48 hours of quality refunds.

A rate divides what was lost in the window by what was received in it. Goods held at either end of the window make the
two differ from one cohort's: a window that sells off an opening stock has fewer receipts than outflow. A quality refund
counts the share it pays back, on the day it is paid; packs that nobody fetched are waste.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, ratio
from experiments.metrics.window import Window

NODES = {"hub": "集配仓", "road": "运输", "shop": "门店", "pickup": "自提"}
NOTHING = "no fresh goods were received"


def loss_rate(window: Window) -> float:
    """Waste plus the refunded share of sold packs over receipts, all at farm-gate cost."""
    rows = window.fresh
    return ratio(_lost(rows), rows["receipts_fen"].sum(), NOTHING)


def chain_loss_rate(window: Window) -> float:
    """As the headline, with marketable fruit that fell unpicked counted as lost and as supplied."""
    rows = window.fresh
    field = rows["field_loss_fen"].sum()
    return ratio(_lost(rows) + field, rows["receipts_fen"].sum() + field, NOTHING)


def shop_loss_rate(window: Window) -> float:
    """Waste at shops over what came to them, at cost: delivered for shelves, fetched, or wasted before pick-up."""
    goods, rows, shops = window.catalogue, window.fresh, window.shop_day
    fresh = goods.fresh[shops["sku"]]
    came = (shops["received"] + shops["handed_over"])[fresh] * goods.farm_gate_fen[shops["sku"][fresh]]
    pickup = _at_cost(window, rows["waste_pickup"])
    return ratio(_at_cost(window, rows["waste_shop"]) + pickup, came.sum() + pickup, "no fresh goods came to shops")


def loss_rate_mass(window: Window) -> float:
    """As the headline, by mass; a refunded share counts as that share of its packs."""
    goods, rows = window.catalogue, window.fresh
    mass, cost = goods.pack_mass_g[rows["sku"]], goods.farm_gate_fen[rows["sku"]]
    packs = sum(rows[f"waste_{node}"] for node in NODES) + rows["refunded_cost_fen"] / np.maximum(cost, 1)
    return ratio((packs * mass).sum(), (rows["receipts"] * mass).sum(), NOTHING)


def refund_loss_rate(window: Window) -> float:
    """The part of the headline that quality refunds make."""
    rows = window.fresh
    return ratio(rows["refunded_cost_fen"].sum(), rows["receipts_fen"].sum(), NOTHING)


def node_loss_rate(window: Window, node: str) -> float:
    """The part of the headline that was wasted at one node."""
    rows = window.fresh
    return ratio(_at_cost(window, rows[f"waste_{node}"]), rows["receipts_fen"].sum(), NOTHING)


def _lost(rows: Any) -> float:
    return float(rows["waste_fen"].sum() + rows["refunded_cost_fen"].sum())


def _at_cost(window: Window, packs: npt.NDArray[np.int64]) -> float:
    return float((packs * window.catalogue.farm_gate_fen[window.fresh["sku"]]).sum())


def _at(node: str, zh: str) -> Measure:
    return Measure(f"loss_rate_{node}", "share", "lower", f"loss rate, {node}", f"损耗率（{zh}）",
                   lambda window: node_loss_rate(window, node))


MEASURES = (
    Measure("loss_rate", "share", "lower", "loss rate", "损耗率", loss_rate),
    Measure("chain_loss_rate", "share", "lower", "loss rate with the field", "全链损耗率", chain_loss_rate),
    Measure("shop_loss_rate", "share", "lower", "loss rate of shops", "门店损耗率", shop_loss_rate),
    Measure("loss_rate_mass", "share", "lower", "loss rate by mass", "损耗率（按重量）", loss_rate_mass),
    *(_at(node, zh) for node, zh in NODES.items()),
    Measure("loss_rate_refunds", "share", "lower", "loss rate, refunds", "损耗率（退款）", refund_loss_rate),
)
