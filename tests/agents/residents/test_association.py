"""Milk powder and baby food meet in baskets through the child's age alone: there is no term between products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.catalogue import load_catalogue
from agents.residents.population import Residents

GOODS = load_catalogue()
MONTH = 365.25 / 12


@pytest.fixture(scope="module")
def baskets(twins: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age in months of the buyer's youngest child (below 0: none), and whether the basket holds milk and baby food."""
    twin = twins.lived("preorder", city__shops=2, city__members=500, days=8,
                       **{"world__residents__visit_rate": 0.5, "world__residents__examine_share": 1.0,
                          "world__residents__browse_share": 1.0, "world__residents__category_outside": 2.0,
                          "world__households__infant_share": 0.1})  # fmt: skip
    people, rows = twins.part(twin, Residents), twins.rows(twin, "order_line")
    orders, first, which = np.unique(rows["order"], return_index=True, return_inverse=True)
    born = people.frame["child_born"][people.rows_of(rows["member"][first])]
    age = (rows["day"][first] - born) / MONTH
    category = GOODS.category[rows["sku"]]
    milk, food = (np.bincount(which, category == name, len(orders)) > 0 for name in ("milk_powder", "baby_food"))
    return np.where(age < 36 + 1, age, -1.0), milk, food


def lift(milk: np.ndarray, food: np.ndarray) -> float:
    return float((milk & food).mean() / (milk.mean() * food.mean()))


def test_only_children_of_the_age_are_bought_for(baskets: Any) -> None:
    age, milk, food = baskets
    assert milk.sum() > 30 and food.sum() > 30
    assert not milk[age < 0].any() and not food[(age < 0) | (age < 5.9)].any()


def test_the_lift_vanishes_among_children_of_an_age(baskets: Any) -> None:
    age, milk, food = baskets
    same = (age >= 6) & (age < 36)
    assert lift(milk, food) > 4.0
    assert lift(milk[same], food[same]) == pytest.approx(1.0, abs=0.4)
