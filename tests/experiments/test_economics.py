"""An owner's, a truck's and a farm's month by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agents.params import WorldParams
from experiments.economics import DAYS_A_MONTH, economics, mean

WORLD = WorldParams.model_validate({})


def window(**tables: dict[str, list[Any]]) -> Any:
    """Ten days of given rows."""
    empty = {
        "owner_day": ("shop", "margin_fen", "waste_fen", "commission_fen", "other_fen"),
        "money_day": ("reason", "fen"),
        "fleet_day": ("leg", "trucks", "km"),
        "farm_day": ("farm", "revenue_fen", "spot_fen", "cost_fen"),
        "customer_day": ("orders",),
        "pair_day": ("first", "baskets"),
    }
    rows = {
        name: {column: np.array(tables.get(name, {}).get(column, [])) for column in columns}
        for name, columns in empty.items()
    }
    return SimpleNamespace(
        days=10, table=rows.__getitem__, money_day=rows["money_day"], customer_day=rows["customer_day"]
    )


def test_the_owner_by_hand() -> None:
    """Two shops, ten days: 100 a day of margin, 10 of commission, 50 of other trade less rent, 20 of waste."""
    owners = {
        "shop": [0, 1] * 10, "margin_fen": [10_000] * 20, "commission_fen": [1_000] * 20, "other_fen": [5_000] * 20,
        "waste_fen": [2_000] * 20,
    }  # fmt: skip
    rent = {"reason": ["rent"] * 10 + ["till"], "fen": [30_000] * 10 + [999]}
    (owner,) = economics(window(owner_day=owners, money_day=rent), WORLD, 0.0)
    assert (owner.who, owner.many) == ("owner", 2)
    assert owner.revenue == pytest.approx((100 + 10 + 50 + 150) * DAYS_A_MONTH)
    assert owner.costs == pytest.approx({"waste": 20 * DAYS_A_MONTH, "rent": 150 * DAYS_A_MONTH})
    assert owner.left == pytest.approx(140 * DAYS_A_MONTH)
    assert owner.elsewhere == pytest.approx(150 * DAYS_A_MONTH) and not owner.lives
    assert owner.cause == "rent"


def test_the_truck_and_the_farm_by_hand() -> None:
    fleet = {"leg": ["city", "linehaul"] * 10, "trucks": [2, 5] * 10, "km": [80.0, 900.0] * 10}
    farms = {"farm": [0, 1] * 10, "revenue_fen": [40_000] * 20, "spot_fen": [1_000] * 20, "cost_fen": [15_000] * 20}
    baskets = {"first": [-1, 3] * 10, "baskets": [300, 25] * 10}  # 200 of 300 receipts by members the firm knows
    tables = {"fleet_day": fleet, "farm_day": farms, "customer_day": {"orders": [200] * 10}, "pair_day": baskets}
    truck, farm = economics(window(**tables), WORLD, 2.0)
    assert truck.many == 2.0 and truck.revenue == pytest.approx(300 * 4.0 / 2 * DAYS_A_MONTH)
    driver, km = WORLD.costs.driver_day, 40.0 * WORLD.costs.truck_km_cost
    assert truck.left == pytest.approx((600.0 - driver - km) * DAYS_A_MONTH)
    assert not truck.lives and truck.cause == "driver"
    assert farm.left == pytest.approx((400 + 10 - 150) * DAYS_A_MONTH)
    assert farm.elsewhere == WORLD.costs.farm_income_ha_month and farm.lives and farm.cause is None


def test_a_mean_of_cells_is_judged_by_itself() -> None:
    poor = {"who": "farm", "many": 2, "revenue": 0.0, "costs": {"growing and picking": 0.0}, "elsewhere": 5000.0,
            "left": 0.0}
    rich = {**poor, "revenue": 12_000.0, "left": 12_000.0}
    (one,) = mean([[poor], [rich]])
    assert one.revenue == 6000.0 and one.lives
    (other,) = mean([[poor], [poor]])
    assert other.cause == "small"


def test_what_the_logs_do_not_show_is_left_out() -> None:
    assert economics(window(), WORLD, 1.0) == []


def test_where_the_alternative_lies_within_the_interval_nothing_is_decided() -> None:
    def book(left: float) -> dict[str, Any]:
        return {"who": "farm", "many": 2, "revenue": left, "costs": {"growing and picking": 0.0}, "elsewhere": 5000.0,
                "left": left}

    for lefts, verdict in (((4990.0, 5020.0), "undecided"), ((5990.0, 6020.0), "lives"), ((3990.0, 4020.0), "dies"),
                           ((4999.0,), "dies")):  # fmt: skip
        (one,) = mean([[book(left)] for left in lefts])
        assert one.verdict == verdict
    assert one.spread is not None and one.spread.low is None


def test_a_replay_knows_no_orders_and_shows_no_truck() -> None:
    assert economics(window(fleet_day={"leg": ["city"], "trucks": [2], "km": [80.0]}), WORLD, 1.0) == []
