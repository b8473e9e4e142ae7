"""Optimised routes: everybody once, within the payload, shorter than fixed runs, the same every time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from policies import registry
from policies.synthetic import observation
from sim.contracts.decisions import DECISION_POINTS

CHECKS = DECISION_POINTS["route"].checks


def asked(shops: int, load: float = 120.0) -> pa.Table:
    return observation("route", shops, load_kg=np.full(shops, load))


def length(seen: pa.Table, plan: pa.Table) -> tuple[float, int]:
    """Straight-line kilometres with the ways home, and trucks."""
    x, y = seen["x_km"].to_numpy(), seen["y_km"].to_numpy()
    truck, position = plan["truck"].to_numpy(), plan["position"].to_numpy()
    total = 0.0
    for one in np.unique(truck):
        stops = np.flatnonzero(truck == one)[np.argsort(position[truck == one])]
        px, py = np.r_[0.0, x[stops], 0.0], np.r_[0.0, y[stops], 0.0]
        total += float(np.hypot(np.diff(px), np.diff(py)).sum())
    return total, len(np.unique(truck))


@pytest.mark.parametrize("shops", [1, 12, 60, 130])
def test_routes_are_valid_and_no_longer_than_milk_runs(shops: int) -> None:
    seen = asked(shops)
    plan = registry.create("route.optimised").decide(seen)
    assert sorted(plan["shop"].to_pylist()) == sorted(seen["shop"].to_pylist())
    assert not [message for check in CHECKS for message in check(seen, plan)]
    km, trucks = length(seen, plan)
    fixed_km, fixed_trucks = length(seen, registry.create("route.milk_run").decide(seen))
    assert trucks <= fixed_trucks and km <= fixed_km + 1e-6
    assert registry.create("route.optimised").decide(seen).equals(plan)


def test_a_shop_above_the_payload_gets_a_truck_alone() -> None:
    seen = observation("route", 5, load_kg=np.array([100.0, 2_400.0, 100.0, 100.0, 100.0]))
    plan = registry.create("route.optimised").decide(seen)
    truck = plan["truck"].to_numpy()
    assert (truck == truck[1]).sum() == 1
    assert not [message for check in CHECKS for message in check(seen, plan)]


def test_a_plan_above_the_payload_is_refused() -> None:
    seen = asked(4, 600.0)
    plan = registry.create("route.milk_run").decide(seen)
    heavy = plan.set_column(1, plan.schema.field("truck"), pa.array([0] * 4, pa.int32()))
    assert any("payload" in message for check in CHECKS for message in check(seen, heavy))


def test_nothing_to_deliver_needs_no_route() -> None:
    assert registry.create("route.optimised").decide(asked(12).slice(0, 0)).num_rows == 0


def test_a_thousand_shops_are_planned() -> None:
    seen = asked(1_000)
    plan = registry.create("route.optimised", iterations=20).decide(seen)
    assert plan.num_rows == 1_000 and plan["truck"].to_numpy().max() < 400


@pytest.mark.parametrize("wrong", [{"iterations": 0}, {"late_km": -1.0}, {"seed": -1}])
def test_impossible_parameters_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Exception, match="at least"):
        registry.create("route.optimised", **wrong)
