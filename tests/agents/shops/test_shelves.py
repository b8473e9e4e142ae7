"""Shelves: orders that the hub cannot fill lapse, deliveries are paid, an arm that orders ahead stocks nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.cold.rooms import Rooms
from agents.shops.shelves import Shelves
from agents.shops.till import Purchases

BUSY = {"city__shops": 3, "city__members": 300, "world__residents__visit_rate": 0.15}


def test_what_the_hub_cannot_send_lapses(twins: Any) -> None:
    twin = twins.lived("traditional", days=6, **BUSY)
    ordered, moved, count = (twins.rows(twin, name) for name in ("shop_order", "stock_move", "stock_count"))
    assert moved["packs"].sum() < ordered["packs"].sum(), "the hub ran short of nothing: the test shows nothing"
    assert not count["on_order"].any() and not twin.ports.state["shelf"]["ordered"].any()
    asked = {(day, shop, sku): packs for day, shop, sku, packs in _cells(ordered)}
    assert all(packs <= asked[day, shop, sku] for day, shop, sku, packs in _cells(moved))


def test_what_came_to_a_shelf_counts_the_packs_bruised_on_the_way_in(twins: Any) -> None:
    twin = twins.lived("traditional", days=6, world__owners__damage_share=1.0, **BUSY)
    moved, waste = (twins.rows(twin, name) for name in ("stock_move", "waste"))
    bruised = (waste["node"] == "shop") & (waste["reason"] == "damaged")
    fresh = twins.world(twin).catalogue.fresh
    assert 0 < waste["packs"][bruised].sum() == moved["packs"][fresh[moved["sku"]]].sum()


def test_no_shelf_is_stocked_once_everybody_orders_ahead(twins: Any) -> None:
    twin = twins.lived("preorder", days=4, burn_in_days=4, **BUSY)
    ordered, moved = twins.rows(twin, "shop_order"), twins.rows(twin, "stock_move")
    assert moved["packs"][moved["day"] < 4].sum() < ordered["packs"].sum()
    assert not (moved["day"] >= 4).any() and not (ordered["day"] >= 4).any()


def test_a_pack_sold_late_has_aged_since_the_border_or_since_it_came(twins: Any) -> None:
    twin = twins.lived("traditional", days=5, **BUSY)
    shelves = twins.part(twin, Shelves)
    till = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up").demand._till
    frame, world = shelves.frame, twins.world(twin)
    fresh = world.catalogue.fresh[frame["sku"]]
    cell = np.flatnonzero((shelves.on_hand > 1) & fresh)[:1]
    frame["packs"][cell, 0] = 2
    oldest = np.flatnonzero(frame["packs"][cell[0]])[-1]
    assert oldest > 0
    frame["packs"][cell, oldest] = 1
    frame["packs"][cell, 1:oldest] = 0
    shelves._received_hour[cell] = 14.0
    many = np.ones(2, np.int64)
    shop, sku = (frame[name][cell].astype(np.int64).repeat(2) for name in ("shop", "sku"))
    member = twin.ports.state["residents"]["id"][:2].copy()
    got = till.sell(5, Purchases(np.arange(2), np.array([17.0, 20.0]), member, shop, sku, many, 100 * many))
    since, until = np.array([-1.0, 14.0]), np.array([17.0, 20.0])
    aged = twins.part(twin, Rooms).life("shelf", shop, sku, since, until)
    np.testing.assert_allclose(got.life_used - got.life_checked, aged, rtol=1e-9)
    assert 1.5 < aged[0] / aged[1] < 6.0


def _cells(rows: dict[str, np.ndarray]) -> list[tuple[int, int, int, int]]:
    return list(zip(*(rows[name].tolist() for name in ("day", "shop", "sku", "packs")), strict=True))
