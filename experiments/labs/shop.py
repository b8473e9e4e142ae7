"""The lab `shop`: one shop, one durable product, known demand; every figure is exact.

Source: a published single-shop model on which anyLogistix and SupplyNetPy agree.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import ValidationInfo, field_validator

from agents.stock.params import StockDay
from agents.stock.phases import Sums
from agents.stock.programme import Stock, Today, charge, run_day
from experiments.labs.parameters import Days, Horizon, LabParameters, Packs, Price, whole_prices
from policies.replenish import rules

PRICES = ("buy_price", "sell_price", "holding_cost", "delivery_cost")


class ShopParameters(LabParameters):
    """Keys and values of ``conf/lab/shop.yaml``: packs, days, money a pack (a pack-day for holding)."""

    rule: Literal["RQ", "sS", "periodic"]
    R: Packs
    Q: Packs
    s: Packs
    S: Packs
    T: Days | None
    lead_time_days: Days
    demand: tuple[Packs, ...]
    every_days: Days
    initial: Packs
    days: Horizon
    buy_price: Price
    sell_price: Price
    holding_cost: Price
    delivery_cost: Price
    day: StockDay

    @field_validator("demand", mode="before")
    @classmethod
    def _one_customer(cls, value: Any) -> Any:
        if value == []:
            raise ValueError("must name at least one customer's packs, such as [120, 80]")
        return tuple(value) if isinstance(value, list) else (value,)

    @field_validator("S")
    @classmethod
    def _not_below_s(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("rule") == "sS" and value < info.data.get("s", value):
            raise ValueError(f"must be at least s, which is {info.data['s']}, not {value}")
        return value

    @field_validator("T")
    @classmethod
    def _needed(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("rule") == "periodic":
            raise ValueError("is needed by rule=periodic")
        return value


def run(parameters: ShopParameters) -> dict[str, Any]:
    """Packs received and left, and the money of the whole horizon by account."""
    prices, scale = whole_prices({name: getattr(parameters, name) for name in PRICES})
    stock = Stock.empty(1, 1, parameters.lead_time_days)
    stock.lots.packs[:] = parameters.initial
    money = dict.fromkeys(PRICES, 0)
    received = 0
    wanted = np.array([parameters.demand], np.int64)
    for day in range(parameters.days):
        demand = wanted if day % parameters.every_days == 0 else np.zeros_like(wanted)

        def order(stock: Stock, day: int = day) -> Sums:
            return _order(parameters, stock, day)

        today = Today(demand, order, parameters.lead_time_days, fifo=True, fixed_life=False)
        flows = run_day(parameters.day.phases, stock, today)
        for account, amount in charge(parameters.day.charges, prices, flows).items():
            money[account] += int(amount[0])
        received += int(flows.received[0])
    cost = money["buy_price"] + money["holding_cost"] + money["delivery_cost"]
    return {
        "units_received": received,
        "end_stock": int(stock.on_hand[0]),
        "holding_cost": money["holding_cost"] / scale,
        "spend": money["buy_price"] / scale,
        "revenue": money["sell_price"] / scale,
        "transport": money["delivery_cost"] / scale,
        "profit": (money["sell_price"] - cost) / scale,
    }


def _order(parameters: ShopParameters, stock: Stock, day: int) -> Sums:
    if parameters.rule == "RQ":
        return rules.reorder_quantity(stock.position, parameters.R, parameters.Q)
    if parameters.rule == "sS":
        return rules.reorder_point_up_to(stock.position, parameters.s, parameters.S)
    assert parameters.T is not None, "validated"
    return np.broadcast_to(rules.periodic(day, parameters.T, parameters.Q), stock.position.shape)
