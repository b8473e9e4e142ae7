"""The lab `perishable` against its published rows and signs of a mistake, any setting against a slow run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.labs import run_lab
from sim.streams import key
from sim.variates import gamma_array, poisson_array

REPLICATIONS = 2000

# De Moor, Gijsbrechts and Boute (2022): lifetime, lead time, issuing, waste cost, S, expected return, sd of
# one run, service %, waste %, mean held.
PRINTED = [
    (2, 1, "lifo", 7, 5, -1565.27, 62.7, 58.53, 2.23, 0.210),
    (2, 1, "fifo", 7, 7, -1474.55, 56.4, 76.54, 1.52, 0.783),
    (2, 1, "lifo", 10, 5, -1580.90, 62.4, 58.53, 2.23, 0.210),
    (2, 1, "fifo", 10, 6, -1484.78, 62.0, 68.56, 0.68, 0.477),
    (2, 2, "lifo", 7, 7, -1589.98, 64.3, 55.33, 2.41, 0.196),
    (2, 2, "fifo", 7, 9, -1495.21, 61.1, 69.40, 1.14, 0.576),
    (3, 1, "lifo", 7, 6, -1500.76, 59.3, 68.25, 1.44, 0.460),
    (3, 1, "fifo", 7, 8, -1434.95, 52.3, 83.27, 0.18, 1.326),
]


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: "-".join(str(part) for part in row[:5]))
def test_the_published_rows(row: tuple[Any, ...]) -> None:
    life, lead, issuing, waste_cost, target, expected, sd, service, waste, units = row
    result = run_lab(
        "perishable",
        {
            "lifetime_days": str(life),
            "lead_time_days": str(lead),
            "issuing": issuing,
            "waste_cost": str(waste_cost),
            "base_stock": str(target),
            "replications": str(REPLICATIONS),
        },
    )
    assert result["return_mean"] == pytest.approx(expected, abs=4 * sd / REPLICATIONS**0.5)
    assert result["return_se"] == pytest.approx(sd / REPLICATIONS**0.5, rel=0.1)
    assert 100 * result["service"] == pytest.approx(service, abs=0.5)
    assert 100 * result["waste"] == pytest.approx(waste, abs=0.5)
    assert result["held_mean"] == pytest.approx(units, abs=0.02)


# One rule switched, everything else as published; the order of phases is configuration.
MISTAKES = {
    "demand floored": ({"demand_rounding": "down"}, -1400.2),
    "Poisson demand": ({"demand": "poisson"}, -1502.4),
    "order usable the same day": ({"day.phases": "[order, receive, serve, waste, hold, age]"}, -1864.2),
    "holding on wasted units too": ({"day.phases": "[order, serve, hold, waste, age, receive]"}, -1478.8),
    "holding on arrivals": ({"day.phases": "[order, serve, waste, age, receive, hold]"}, -1777.1),
    "no burn-in": ({"burn_in_days": "0"}, -1498.2),
    "LIFO by accident": ({"issuing": "lifo"}, -1669.7),
    "m = 3 by accident": ({"lifetime_days": "3"}, -1436.6),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_leaves_its_sign(mistake: str) -> None:
    switch, expected = MISTAKES[mistake]
    result = run_lab("perishable", {**switch, "replications": REPLICATIONS})
    assert result["return_mean"] == pytest.approx(expected, abs=4 * result["return_se"])


def run_slowly(setting: dict[str, Any]) -> dict[str, float]:
    """One replication after another, one lot after another; money as floats."""
    seed, days, burn_in = setting["seed"], setting["days"], setting["burn_in_days"]
    stream, address = (
        key(seed, "lab.perishable.demand"),
        (np.arange(burn_in + days)[:, None], np.arange(setting["replications"])),
    )
    if setting["demand"] == "gamma":
        demands = np.rint(gamma_array(stream, setting["demand_shape"], *address) * setting["demand_scale"]).clip(0, 100)
    else:
        demands = poisson_array(stream, setting["demand_mean"], *address)
    returns, profits, services, wastes, helds = [], [], [], [], []
    for replication in range(setting["replications"]):
        lots: list[list[int]] = []  # [days lived, packs], oldest first
        coming = [0] * (setting["lead_time_days"] - 1)
        value = profit = sold_all = demanded = ordered = wasted = held = 0.0
        for day in range(burn_in + days):
            stock = sum(packs for _, packs in lots)
            oldest = sum(packs for lived, packs in lots if lived == setting["lifetime_days"] - 1)
            position = stock + sum(coming)
            if setting["rule"] == "waste_conscious":
                position -= max(0, oldest - setting["demand_mean"])
            order = min(setting["max_order"], max(0, setting["base_stock"] - position))
            demand = int(demands[day, replication])
            left = demand
            for lot in lots if setting["issuing"] == "fifo" else reversed(lots):
                taken = min(left, lot[1])
                lot[1] -= taken
                left -= taken
            gone = sum(packs for lived, packs in lots if lived == setting["lifetime_days"] - 1)
            lots = [[lived + 1, packs] for lived, packs in lots if lived < setting["lifetime_days"] - 1]
            standing = sum(packs for _, packs in lots)
            coming.append(order)
            lots.append([0, coming.pop(0)])
            if day >= burn_in:
                gain = setting["revenue"] * (demand - left) - setting["order_cost"] * order
                profit += gain
                gain -= setting["shortage_cost"] * left + setting["waste_cost"] * gone
                gain -= setting["holding_cost"] * standing
                value += setting["discount"] ** (day - burn_in) * gain
                sold_all, demanded, ordered = sold_all + demand - left, demanded + demand, ordered + order
                wasted, held = wasted + gone, held + standing
        returns.append(value)
        profits.append(profit / days)
        services.append(sold_all / demanded if demanded else np.nan)
        wastes.append(wasted / ordered if ordered else np.nan)
        helds.append(held / days)
    size = len(returns) ** 0.5
    return {
        "return_mean": np.mean(returns),
        "return_se": np.std(returns, ddof=1) / size,
        "profit_per_day_mean": np.mean(profits),
        "profit_per_day_se": np.std(profits, ddof=1) / size,
        "service": np.nanmean(services),
        "waste": np.nanmean(wastes),
        "held_mean": np.mean(helds),
    }


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "lifetime_days": st.integers(1, 6),
            "lead_time_days": st.integers(1, 5),
            "issuing": st.sampled_from(["fifo", "lifo"]),
            "demand": st.sampled_from(["gamma", "poisson"]),
            "demand_shape": st.sampled_from([0.5, 4.0, 9.0]),
            "demand_scale": st.sampled_from([0.5, 1.0]),
            "demand_mean": st.sampled_from([2, 5]),
            "rule": st.sampled_from(["base_stock", "waste_conscious"]),
            "base_stock": st.integers(1, 30),
            "max_order": st.integers(1, 20),
            "order_cost": st.sampled_from([0.5, 3]),
            "shortage_cost": st.sampled_from([0, 5]),
            "waste_cost": st.sampled_from([0, 7.25]),
            "holding_cost": st.sampled_from([0, 1]),
            "revenue": st.sampled_from([0, 1.5]),
            "discount": st.sampled_from([0.95, 1]),
            "burn_in_days": st.integers(0, 9),
            "days": st.integers(20, 30),
            "replications": st.integers(2, 4),
            "seed": st.integers(0, 3),
        }
    )
)
def test_any_setting_equals_a_run_lot_by_lot(setting: dict[str, Any]) -> None:
    assert run_lab("perishable", setting) == pytest.approx(run_slowly(setting), rel=1e-9, abs=1e-9)


def test_waste_conscious_is_hendrix_model_unless_told_otherwise() -> None:
    some = {"rule": "waste_conscious", "replications": 50, "days": 50}
    assert run_lab("perishable", some) == run_lab("perishable", {**some, "demand": "poisson"})
    assert run_lab("perishable", some) != run_lab("perishable", {**some, "demand": "gamma"})


def test_the_seed_decides_and_one_more_replication_changes_no_other() -> None:
    small = {"replications": 2, "days": 40}
    assert run_lab("perishable", small) == run_lab("perishable", small)
    assert run_lab("perishable", small) != run_lab("perishable", {**small, "seed": 2})
    one, two, three = (run_lab("perishable", {**small, "replications": n})["held_mean"] * n for n in (1, 2, 3))
    assert one <= two <= three


def test_what_cannot_be_computed_is_none() -> None:
    result = run_lab("perishable", {"replications": 1, "days": 1, "base_stock": 0})
    assert result["return_se"] is None
    assert result["waste"] is None


def test_orders_are_limited_as_each_published_model_limits_them() -> None:
    large = {"base_stock": 18, "demand_mean": 7, "replications": 50, "days": 50}
    told = {"base_stock": 10, "waste_conscious": 100_000}
    for rule, most in told.items():
        answer = run_lab("perishable", {**large, "rule": rule})
        assert answer == run_lab("perishable", {**large, "rule": rule, "max_order": most})
        assert answer != run_lab("perishable", {**large, "rule": rule, "max_order": 9})
