"""The lab `shop` against the published rows, to the cent, and any setting against a run packet by packet."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.labs import run_lab

FIGURES = ("end_stock", "units_received", "holding_cost", "spend", "revenue", "transport", "profit")
PRINTED = [
    ({"rule": "RQ", "R": "500", "Q": "500", "demand": "120"}, (400, 3000, 7600, 600000, 900000, 370, 292030)),
    ({"rule": "RQ", "demand": "[120,80]"}, (500, 5500, 7100, 1100000, 1500000, 720, 392180)),
    (
        {"rule": "sS", "s": "200", "S": "500", "lead_time_days": "1", "demand": "[120,80]", "initial": "500"},
        (100, 5600, 3500, 1120000, 1500000, 750, 375750),
    ),
]


@pytest.mark.parametrize(("pairs", "figures"), PRINTED)
def test_the_published_rows(pairs: dict[str, str], figures: tuple[int, ...]) -> None:
    assert run_lab("shop", pairs) == dict(zip(FIGURES, figures, strict=True))


def test_the_moment_of_a_delivery_fee_is_configuration() -> None:
    on_arrival = {"day.charges.delivery_cost": "[customers_served, deliveries_received]"}
    assert run_lab("shop", on_arrival)["transport"] == 360


def test_prices_finer_than_a_fen_stay_exact() -> None:
    result = run_lab("shop", {"holding_cost": "0.0001", "sell_price": "250.01"})
    assert result["holding_cost"] == 3.8
    assert result["revenue"] == 900036.0


def run_slowly(setting: dict[str, Any]) -> dict[str, Any]:
    """Day by day in fractions."""
    stock, coming = setting["initial"], {}
    received = sales = deliveries = standing = 0
    for day in range(setting["days"]):
        arrived = coming.pop(day, 0)
        stock += arrived
        received += arrived
        for wanted in setting["demand"] if day % setting["every_days"] == 0 else []:
            sold = min(wanted, stock)
            stock -= sold
            sales += sold
            deliveries += sold > 0
        position = stock + sum(coming.values())
        if setting["rule"] == "RQ":
            order = setting["Q"] if position <= setting["R"] else 0
        elif setting["rule"] == "sS":
            order = setting["S"] - position if position <= setting["s"] else 0
        else:
            order = setting["Q"] if day % setting["T"] == 0 else 0
        if order:
            coming[day + setting["lead_time_days"]] = order
            deliveries += 1
        standing += stock
    price = {
        name: Fraction(str(setting[name])) for name in ("buy_price", "sell_price", "holding_cost", "delivery_cost")
    }
    holding, spend = price["holding_cost"] * standing, price["buy_price"] * received
    revenue, transport = price["sell_price"] * sales, price["delivery_cost"] * deliveries
    figures = (stock, received, holding, spend, revenue, transport, revenue - spend - holding - transport)
    return dict(zip(FIGURES, map(float, figures), strict=True))


@given(
    st.fixed_dictionaries(
        {
            "rule": st.sampled_from(["RQ", "sS", "periodic"]),
            "R": st.integers(0, 300),
            "Q": st.integers(0, 300),
            "s": st.integers(0, 200),
            "S": st.integers(200, 500),
            "T": st.integers(1, 9),
            "lead_time_days": st.integers(1, 6),
            "demand": st.lists(st.integers(0, 150), min_size=1, max_size=5),
            "every_days": st.integers(1, 4),
            "initial": st.integers(0, 500),
            "days": st.integers(1, 40),
            "buy_price": st.sampled_from([0, 200, 12.34]),
            "sell_price": st.sampled_from([250, 17.05]),
            "holding_cost": st.sampled_from([0.2, 0.125]),
            "delivery_cost": st.sampled_from([0, 10.5]),
        }
    )
)
def test_any_setting_equals_a_run_day_by_day(setting: dict[str, Any]) -> None:
    assert run_lab("shop", setting) == run_slowly(setting)
