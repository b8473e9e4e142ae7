"""The hub: rationing, sharing out, receiving with losses, ageing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from agents.cold.rooms import Rooms
from agents.supply.hub import Arrivals, Hub, Requests, ration


@st.composite
def wishes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Packs wanted (shop, SKU) and available (SKU)."""
    shops, skus = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    wanted = draw(hnp.arrays(np.int64, (shops, skus), elements=st.integers(0, 50)))
    return wanted, draw(hnp.arrays(np.int64, skus, elements=st.integers(0, 160)))


@given(wishes())
def test_rations_are_whole_fair_and_use_what_there_is(case: tuple[np.ndarray, np.ndarray]) -> None:
    wanted, available = case
    given_packs = ration(wanted, available)
    assert given_packs.dtype.kind == "i" and (given_packs >= 0).all() and (given_packs <= wanted).all()
    np.testing.assert_array_equal(given_packs.sum(axis=0), np.minimum(wanted.sum(axis=0), available))
    share = np.minimum(1.0, available / np.maximum(wanted.sum(axis=0), 1))
    assert (np.abs(given_packs - wanted * share) < 1 + 1e-9).all()
    bigger = wanted[:, None, :] > wanted[None, :, :]
    assert (given_packs[:, None, :] >= given_packs[None, :, :])[bigger].all()


@given(wishes(), st.integers(0, 20))
def test_more_goods_and_enough_goods(case: tuple[np.ndarray, np.ndarray], more: int) -> None:
    wanted, _ = case
    np.testing.assert_array_equal(ration(wanted, wanted.sum(axis=0) + more), wanted)


def opened(twins: Any) -> Hub:
    """A hub at the opening of its first day."""
    twin = twins.fresh()
    twins.part(twin, Rooms).run(0)
    return twins.part(twin, Hub)


@pytest.fixture
def hub(twins: Any) -> Hub:
    return opened(twins)


def stocked(hub: Hub, sku: int, packs: list[int]) -> None:
    """Put ``packs`` by slot (0 the newest) of one SKU into the hub, life used and lot telling the slots apart."""
    for slot, many in enumerate(packs):
        hub.stock["packs"][sku, slot] = many
        hub.stock["life_used"][sku, slot] = 0.1 * slot
        hub.stock["lot"][sku, slot] = 100 - slot


@pytest.mark.parametrize("sku", [3, 7])
def test_sharing_out_takes_the_oldest_first_and_the_last_requests_go_without(hub: Hub, sku: int) -> None:
    stocked(hub, sku, [4, 2, 3])
    many = np.array([2, 2, 4, 5])
    ask = Requests(np.array([11, 12, -1, -1]), np.array([0, 1, 0, 1]), np.full(4, sku), many)
    goods = hub.share_out(ask)
    assert goods.request.tolist() == [0, 1, 1, 2, 2, 3] and goods.packs.tolist() == [2, 1, 1, 1, 3, 1]
    assert goods.lot.tolist() == [98, 98, 99, 99, 100, 100]
    np.testing.assert_allclose(goods.life_used, [0.2, 0.2, 0.1, 0.1, 0.0, 0.0])
    assert goods.line.tolist() == [11, 12, 12, -1, -1, -1] and goods.shop.tolist() == [0, 1, 1, 0, 0, 1]
    assert hub.on_hand[sku] == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_sharing_out_loses_nothing(twins: Any, packs: list[int], asked: list[int]) -> None:
    if not hasattr(twins, "hub"):
        twins.hub = opened(twins)
    hub: Hub = twins.hub
    stocked(hub, 3, packs + [0] * (5 - len(packs)))
    many = len(asked)
    goods = hub.share_out(Requests(np.arange(many), np.zeros(many, int), np.full(many, 3), np.array(asked)))
    got = np.bincount(goods.request, goods.packs, many).astype(int)
    assert got.sum() == min(sum(packs), sum(asked)) and hub.on_hand[3] == sum(packs) - got.sum()
    first_short = next((i for i in range(many) if got[i] < asked[i]), many)
    assert (got[:first_short] == asked[:first_short]).all() and (got[first_short + 1 :] == 0).all()


def night(sku: np.ndarray, packs: np.ndarray, life: np.ndarray, hour: float = 10.0, day: int = 2) -> Arrivals:
    """A night's lots of some SKUs, unspoiled at the gate."""
    at = np.full(len(sku), 24.0 * day + hour)
    whole = np.full(len(sku), day)
    return Arrivals(day * 65_536 + sku, np.zeros(len(sku), int), sku, packs, np.zeros(len(sku)), life,
                    np.full(len(sku), hour), whole, at - 4.0, at + 3.0)  # fmt: skip


def test_receiving_sorts_out_defects_and_what_spoiled(hub: Hub, twins: Any) -> None:
    world = hub._world
    packs = np.full(world.catalogue.n, 400)
    fresh = world.catalogue.fresh
    hub.receive(2, night(np.arange(len(packs)), packs, np.where(fresh, 0.8, 0.0)))
    waste, spot = (world.ports.log.read(name).to_pandas() for name in ("waste", "spot_sale"))
    gone = sum(rows.groupby("sku").packs.sum().reindex(range(len(packs)), fill_value=0) for rows in (waste, spot))
    np.testing.assert_array_equal(gone, packs - hub.on_hand)
    assert (gone[~fresh] == 0).all()
    sorting = world.ports.log.read("sorting").to_pandas()
    graded = sorting.graded_out.sum() / (400 * fresh.sum())
    assert graded == pytest.approx(world.params.supply.defect_share, rel=0.25)
    assert sorting.to_spot.sum() == spot.packs.sum() and 0.4 < spot.packs.sum() / sorting.graded_out.sum() < 0.8
    assert waste[waste.reason == "damaged"].packs.sum() == (sorting.graded_out - sorting.to_spot).sum()
    assert (waste[waste.reason == "spoiled"].packs > 0).all()
    assert (hub.stock["lot"][fresh, 0] == 2 * 65_536 + np.flatnonzero(fresh)).all()
    assert ((sorting.promised - sorting.event_time).dt.total_seconds() == 3 * 3600).all()


def test_what_was_past_its_life_at_the_gate_does_not_spoil_again(hub: Hub) -> None:
    fresh = np.flatnonzero(hub._world.catalogue.fresh)
    life = np.full(len(fresh), 0.8)
    aged = night(fresh, np.full(len(fresh), 400), life)
    hub.receive(2, replace(aged, at_gate=life))
    assert not (hub._world.ports.log.read("waste").to_pandas().reason == "spoiled").any()


def test_goods_age_at_the_hub_by_the_hour_since_they_were_sorted(hub: Hub) -> None:
    goods = hub._world.catalogue
    sku = np.flatnonzero(goods.fresh)
    stocked(hub, 3, [0, 50])
    hub.receive(0, night(sku[sku != 3], np.full(len(sku) - 1, 200), np.full(len(sku) - 1, 0.05), 11.0, 0))
    hub.rest(0, 13.0)

    def used(skus: np.ndarray, first: float, last: float) -> np.ndarray:
        hours = np.full(len(skus), first), np.full(len(skus), last)
        return hub._rooms.life("hub", np.zeros_like(skus), skus, *hours)

    others = sku[sku != 3]
    three = np.array([3])
    np.testing.assert_allclose(hub.stock["life_used"][others, 0], 0.05 + used(others, 11.0, 13.0))
    assert hub.stock["life_used"][3, 1] == pytest.approx(0.1 + used(three, -1.0, 13.0)[0])
    hub.age(0)
    np.testing.assert_allclose(hub.stock["life_used"][others, 1], 0.05 + used(others, 11.0, 23.0))
    assert hub.stock["life_used"][3, 2] == pytest.approx(0.1 + used(three, -1.0, 23.0)[0])


def test_a_day_at_the_hub_ages_fresh_goods_only(hub: Hub) -> None:
    goods = hub._world.catalogue
    for sku in range(goods.n):
        stocked(hub, sku, [0, 50])
    hub.age(0)
    life = hub.stock["life_used"][:, 2]
    assert (life[goods.fresh] > 0.1).all() and (life[~goods.fresh] == 0.1).all()
    assert (hub.on_hand[~goods.fresh] == 50).all() and not hub.stock["packs"][:, 0].any()


def test_old_packs_are_offered_on_the_spot_market(hub: Hub) -> None:
    rice = int(np.flatnonzero(~hub._world.catalogue.fresh)[0])
    stocked(hub, rice, [20, 30])
    hub.stock["life_used"][rice, 1] = 0.75
    hub.age(0)
    assert hub.on_hand[rice] == 35
    spot = hub._world.ports.log.read("spot_sale").to_pandas()
    assert spot.packs.tolist() == [15] and spot.node.tolist() == ["hub"]
