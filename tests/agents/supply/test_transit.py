"""Long hauls: rows over the borders; what is promised and when it comes, by origin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.supply.bodies import Load, start
from agents.supply.farms import Farms
from agents.supply.haul import Convoy, long_leg
from agents.supply.transit import Transit
from agents.world import World
from sim.twin import Twin

VALUES = {
    "city__members": 400, "days": 8, "world__residents__visit_rate": 0.1, "burn_in_days": 0, "start": "2026-07-13",
    "world__supply__remote_delay_hours": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def lived(twins: Any) -> Twin:
    return twins.lived("spf", **VALUES)


def hours_between(rows: Any, late: str, early: str) -> np.ndarray:
    return np.asarray((rows[late] - rows[early]).dt.total_seconds() / 3600.0)


def test_the_night_keeps_the_promise_for_local_goods_and_days_are_needed_from_afar(twins: Any, lived: Twin) -> None:
    rows = lived.ports.log.read("sorting").to_pandas()
    remote = twins.part(lived, Farms).frame["remote"]
    local, afar = rows[(rows.farm >= 0) & ~remote[rows.farm]], rows[(rows.farm >= 0) & remote[rows.farm]]
    assert len(local) > 50 and len(afar) > 5
    assert (hours_between(local, "event_time", "promised") <= 0).all()
    shop_day = lived.ports.log.read("stop").to_pandas().event_time.dt.hour
    assert shop_day.max() <= 17
    way = hours_between(afar, "event_time", "picked")
    assert (way >= 48.0).all() and (way <= 100.0).all()  # so nothing ordered tonight is there tomorrow
    late = hours_between(afar, "event_time", "promised")
    far = twins.part(lived, Farms).frame["distance_km"]
    km = far[afar.farm]
    assert late[km == km.max()].mean() > late[km == km.min()].mean()


def test_what_is_on_the_road_is_counted_and_head_office_sees_it(twins: Any, lived: Twin) -> None:
    count = lived.ports.log.read("stock_count").to_pandas()
    road = count[count.shop == -2]
    assert len(road) and road.on_hand.sum() > 0
    harvested = lived.ports.log.read("harvest").to_pandas()
    remote = twins.part(lived, Farms).frame["remote"]
    assert set(road.sku) <= set(harvested[(harvested.farm >= 0) & remote[harvested.farm]].sku)
    moves = lived.ports.log.read("transit").to_pandas()
    to_hub = moves[moves.shop == -1]
    left, came = (to_hub[to_hub.move == move].packs.sum() for move in ("depart", "arrive"))
    assert left - came == twins.part(lived, Transit).packs.sum() > 0


@pytest.mark.parametrize("border", [1, 3, 4, 6])
def test_goods_on_the_road_survive_a_restore_at_any_border(
    twins: Any, lived: Twin, border: int, tmp_path: Path
) -> None:
    first = twins.fresh("spf", **VALUES)
    first.run(border)
    assert len(first.ports.state["transit"]) > 0
    first.save(tmp_path / "state")
    again = twins.fresh("spf", **VALUES)
    again.restore(tmp_path / "state")
    again.run(8 - border)
    assert again.digest() == lived.digest()


@pytest.fixture
def road(twins: Any) -> tuple[World, Transit]:
    twin = twins.fresh("spf", start="2026-07-13")
    return twins.world(twin), twins.part(twin, Transit)


def loaded(world: World) -> Load:
    """One lorry with some of every product at 6 degC, in the heat."""
    kg = np.full((1, world.catalogue.n), 10.0)
    return start(world, 0, np.array([3]), kg, np.full(kg.shape, 6.0), np.array([30.0]))


def leave(world: World, transit: Transit, day: int, farm: int = 3) -> np.ndarray:
    sku = np.flatnonzero(world.catalogue.fresh)[:4]
    convoy = Convoy(farm, 2500.0, 800.0, 1.0, gate_hour=10.0, loads=[loaded(world)])
    transit.leave(day, convoy, sku, np.full(4, 7), sku + 65_536 * day, np.full(4, 0.01))
    return sku


def test_a_haul_takes_its_road_and_a_keyed_delay(road: tuple[World, Transit]) -> None:
    world, transit = road
    leave(world, transit, 0)
    way = transit.frame["arrives_at"] - transit.frame["left_at"]
    delay = way - 2500.0 / world.params.supply.remote_kmh
    assert (delay > 0).all() and np.ptp(delay) == 0
    leave(world, transit, 0, farm=4)
    leave(world, transit, 1)
    assert len(np.unique(np.round(transit.frame["arrives_at"] - transit.frame["left_at"], 9))) == 3


def test_goods_age_on_the_road_by_the_hour_until_they_arrive(road: tuple[World, Transit]) -> None:
    world, transit = road
    sku = leave(world, transit, 0)
    arrives = float(transit.frame["arrives_at"][0])
    expected, load, now = np.full(4, 0.01), loaded(world), 10.0
    for closes in (23.0, 47.0, 71.0, 95.0):
        end = min(closes, arrives)
        if end > now:
            load, used = long_leg(world, load, now, end)
            expected, now = expected + used[sku], end
    for day in range(4):
        due = transit.due(day)
        assert len(due) == (0 if arrives >= 24 * day + 23 else 4)
        if len(due):
            transit.travel(day, due)
            taken = transit.take(due)
            np.testing.assert_allclose(taken["life_used"], expected, rtol=1e-12)
            assert (taken["packs"] == 7).all() and not len(transit.frame)
            return
        before = transit.frame["life_used"].copy()
        transit.close(day)
        assert (transit.frame["life_used"] > before).all()
        transit.close(day)  # nothing happens twice
    raise AssertionError("the haul never arrived")
