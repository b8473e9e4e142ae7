"""Owners leave for income; a closed shop loses no goods and no money; its successor is somebody else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.shops.owners import Owners
from agents.shops.tenure import Tenure, leaving_chance
from tests.agents.test_conservation import lived_and_checked

DAYS, BACK = 16, 5
"""Days that are lived, and until a closed shop has a successor."""
RESTLESS = {
    "city__shops": 3, "city__members": 40, "days": DAYS, "world__residents__visit_rate": 0.2,
    "world__owners__leave_month": 0.97, "world__owners__leave_first_days": 1, "world__owners__successor_days": BACK,
}  # fmt: skip


def test_the_hazard_is_the_base_rate_at_the_outside_wage_and_falls_with_income() -> None:
    month = 365.0 / 12.0
    assert leaving_chance(np.array([150.0]), 150.0, 0.04, 1.0, month)[0] == pytest.approx(0.04)
    chance = leaving_chance(np.array([-500.0, 0.0, 75.0, 150.0, 300.0, 1e6]), 150.0, 0.04, 1.0, 7.0)
    assert (np.diff(chance) < 0).all() and chance[-1] > 0
    assert chance[1] == pytest.approx(1.0 - 0.96 ** (np.e * 7.0 / month))
    assert leaving_chance(np.array([0.0]), 150.0, 0.04, 0.0, month)[0] == pytest.approx(0.04)


@pytest.mark.parametrize("arm", ["traditional", "spf", "mix"])
def test_a_closed_shop_orders_nothing_and_conserves_goods_and_money(twins: Any, arm: str) -> None:
    twin = lived_and_checked(twins, arm, **RESTLESS)
    actions = twins.rows(twin, "owner_action")
    left = [(s, d) for s, d, a in zip(actions["shop"], actions["day"], actions["action"], strict=True) if a == "left"]
    came = {(s, d) for s, d, a in zip(actions["shop"], actions["day"], actions["action"], strict=True) if a != "left"}
    assert left
    for shop, day in left:
        assert day + BACK >= DAYS or (shop, day + BACK) in came
        for table in ("pos_sale", "order_line", "shop_order", "forecast", "message"):
            rows = twins.rows(twin, table)
            closed = (rows["shop"] == shop) & (rows["day"] >= day) & (rows["day"] < day + BACK)
            assert not closed.any(), table
        posted = twins.rows(twin, "posting")
        rents = posted["day"][(posted["shop"] == shop) & (posted["reason"] == "rent")]
        assert not ((rents >= day) & (rents < day + BACK)).any()
    opened = twins.rows(twin, "pos_sale" if arm == "traditional" else "order_line")
    assert any((opened["day"][opened["shop"] == shop] >= day + BACK).any() for shop, day in left)


def test_a_successor_has_other_habits_and_the_others_keep_theirs(twins: Any) -> None:
    twin = twins.fresh(city__shops=3)
    owners = twins.part(twin, Owners)
    before = {name: owners.frame[name].copy() for name in ("cover_days", "smoothing", "open_from", "generation")}
    owners.leave(np.array([1]), back=5)
    assert owners.frame["generation"].tolist() == [0, 1, 0] and owners.frame["open_from"].tolist() == [0, 5, 0]
    for name in ("cover_days", "smoothing"):
        changed = owners.frame[name] != before[name]
        assert changed.tolist() == [False, True, False]
    assert twins.world(twin).kept(4).tolist() == [True, False, True] and twins.world(twin).kept(5).all()


def test_income_is_what_the_owners_day_says(twins: Any) -> None:
    """Till less goods at the transfer price, less waste at it, plus commission and other trade less rent."""
    values = {"city__shops": 2, "city__members": 60, "days": 9, "world__residents__visit_rate": 0.2}
    twin = twins.lived("mix", **values)
    world = twins.world(twin)
    till, waste, posted = (twins.rows(twin, name) for name in ("pos_sale", "waste", "posting"))
    price = world.catalogue.wholesale_fen
    mine = (waste["node"] == "shop") & (waste["reason"] != "damaged")
    by_hand = np.zeros(2)
    np.add.at(by_hand, till["shop"], till["fen"] - price[till["sku"]] * till["packs"])
    np.add.at(by_hand, waste["shop"][mine], -(price[waste["sku"]] * waste["packs"])[mine])
    for reason, sign in (("commission", 1), ("other trade", 1), ("rent", -1)):
        rows = posted["reason"] == reason
        np.add.at(by_hand, posted["shop"][rows], sign * posted["fen"][rows])
    found = Tenure(_copied(world), twins.part(twin, Owners)).income(9)
    np.testing.assert_allclose(found, by_hand / 100.0 / 9)
    owner_day = twins.rows(twin, "owner_day")
    sold = (posted["reason"] == "sale") & (posted["fen"] > 0)
    share = owner_day["commission_fen"].sum() / posted["fen"][sold].sum()
    assert share == pytest.approx(world.params.owners.commission, rel=2e-3)


def _copied(world: Any) -> Any:
    """The world with streams of its own: a stream may be declared once."""
    from dataclasses import replace

    from sim.streams import Streams

    return replace(world, ports=replace(world.ports, streams=Streams(1)))
