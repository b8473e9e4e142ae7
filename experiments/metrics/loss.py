"""Loss of fresh goods, at cost, from receipt at the farm gate to hand-over plus 48 hours of quality refunds.

A rate divides what was lost in the window by what was received in it. Goods held at either end of the window make the
two differ from one cohort's: a window that sells off an opening stock has fewer receipts than outflow. A quality refund
counts the share it pays back, on the day it is paid; packs that nobody fetched are waste; what is sold on the spot
market is downgraded, not wasted, and valued beside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from experiments.metrics.measure import Measure, ratio
from experiments.metrics.window import Window

NODES = {"hub": ("at the hub", "集配仓"), "road": ("on the road", "运输"), "shop": ("in shops", "门店"),
         "pickup": ("waiting for pick-up", "自提")}
REASONS = {"damaged": ("damaged", "损伤"), "spoiled": ("spoiled", "变质"), "taken_off": ("taken off the shelf", "下架"),
           "expired": ("out of date", "过期"), "unclaimed": ("not fetched", "无人取")}
NOTHING = "no fresh goods were received"


class Loss(NamedTuple):
    """Waste of fresh goods at one kind of place for one reason: packs, fen at cost, and its part of the headline."""

    node: str
    reason: str
    packs: int
    cost_fen: int
    share: float | None


def loss_rate(window: Window) -> float:
    """Waste plus the refunded share of sold packs over receipts, all at farm-gate cost."""
    return ratio(_lost_fen(window), _receipts_fen(window), NOTHING)


def chain_loss_rate(window: Window) -> float:
    """As the headline, with marketable fruit that fell unpicked counted as lost and as supplied."""
    field = float(window.fresh["field_loss_fen"].sum())
    return ratio(_lost_fen(window) + field, _receipts_fen(window) + field, NOTHING)


def shop_loss_rate(window: Window) -> float:
    """Waste at shops over what came to them, at cost: delivered for shelves, fetched, or wasted before pick-up."""
    goods, rows, shops = window.catalogue, window.fresh, window.shop_day
    fresh = goods.fresh[shops["sku"]]
    came = (shops["received"] + shops["handed_over"])[fresh] * goods.farm_gate_fen[shops["sku"][fresh]]
    pickup = window.at_cost(rows, rows["waste_pickup"])
    wasted = window.at_cost(rows, rows["waste_shop"]) + pickup
    return ratio(wasted, came.sum() + pickup, "no fresh goods came to shops")


def loss_rate_mass(window: Window) -> float:
    """As the headline, by mass; a refunded share counts as that share of its packs."""
    goods, rows = window.catalogue, window.fresh
    mass, cost = goods.pack_mass_g[rows["sku"]], goods.farm_gate_fen[rows["sku"]]
    packs = sum(rows[f"waste_{node}"] for node in NODES) + rows["refunded_cost_fen"] / np.maximum(cost, 1)
    return ratio((packs * mass).sum(), (rows["receipts"] * mass).sum(), NOTHING)


def refund_loss_rate(window: Window) -> float:
    """The part of the headline that quality refunds make."""
    return ratio(float(window.fresh["refunded_cost_fen"].sum()), _receipts_fen(window), NOTHING)


def downgrade_rate(window: Window) -> float:
    """Cost of fresh goods that the company sold on the spot market less what that paid, over receipts; no waste."""
    rows = window.fresh
    given_up = float(rows["spot_cost_fen"].sum() - rows["spot_fen"].sum())
    return ratio(given_up, _receipts_fen(window), NOTHING)


def node_loss_rate(window: Window, node: str) -> float:
    """The part of the headline that was wasted at one kind of place."""
    rows = window.fresh
    return ratio(window.at_cost(rows, rows[f"waste_{node}"]), _receipts_fen(window), NOTHING)


def reason_loss_rate(window: Window, reason: str) -> float:
    """The part of the headline that was wasted for one reason."""
    rows = window.table("waste_day")
    counts = (rows["reason"] == reason) & window.catalogue.fresh[rows["sku"]]
    return ratio(float(rows["cost_fen"][counts].sum()), _receipts_fen(window), NOTHING)


def by_node_and_reason(window: Window) -> list[Loss]:
    """Waste of fresh goods by place and reason, in the order of the chain; shares add up to the headline's waste."""
    rows, receipts = window.table("waste_day"), _receipts_fen(window)
    fresh = window.catalogue.fresh[rows["sku"]]
    found = []
    for node in NODES:
        for reason in REASONS:
            here = fresh & (rows["node"] == node) & (rows["reason"] == reason)
            fen = int(rows["cost_fen"][here].sum())
            if here.any():
                found.append(Loss(node, reason, int(rows["packs"][here].sum()), fen,
                                  fen / receipts if receipts else None))
    return found


def _receipts_fen(window: Window) -> float:
    return float(window.fresh["receipts_fen"].sum())


def _lost_fen(window: Window) -> float:
    rows = window.fresh
    return float(rows["waste_fen"].sum() + rows["refunded_cost_fen"].sum())


def _at(node: str, en: str, zh: str) -> Measure:
    return Measure(f"loss_rate_{node}", "share", "lower", f"part of loss: {en}", f"损耗构成：{zh}",
                   lambda window: node_loss_rate(window, node))


def _for(reason: str, en: str, zh: str) -> Measure:
    return Measure(f"loss_rate_{reason}", "share", "lower", f"part of loss: {en}", f"损耗构成：{zh}",
                   lambda window: reason_loss_rate(window, reason))


MEASURES = (
    Measure("loss_rate", "share", "lower", "loss rate", "损耗率", loss_rate),
    Measure("chain_loss_rate", "share", "lower", "loss rate with the field", "全链损耗率", chain_loss_rate),
    Measure("shop_loss_rate", "share", "lower", "loss rate of shops", "门店损耗率", shop_loss_rate),
    Measure("loss_rate_mass", "share", "lower", "loss rate by mass", "损耗率（按重量）", loss_rate_mass),
    *(_at(node, *labels) for node, labels in NODES.items()),
    Measure("loss_rate_refunds", "share", "lower", "part of loss: refunded", "损耗构成：退款", refund_loss_rate),
    *(_for(reason, *labels) for reason, labels in REASONS.items()),
    Measure("downgrade_rate", "share", "lower", "value given up on the spot market", "降级损失率", downgrade_rate),
)
