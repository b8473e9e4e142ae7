"""Shelves: orders that the hub cannot fill lapse, deliveries are paid, an arm that orders ahead stocks nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np

BUSY = {"city__shops": 3, "city__members": 100, "world__residents__visit_rate": 0.15}


def test_what_the_hub_cannot_send_lapses(twins: Any) -> None:
    twin = twins.lived("traditional", days=6, **BUSY)
    ordered, moved, count = (twins.rows(twin, name) for name in ("shop_order", "stock_move", "stock_count"))
    assert moved["packs"].sum() < ordered["packs"].sum(), "the hub ran short of nothing: the test shows nothing"
    assert not count["on_order"].any() and not twin.ports.state["shelf"]["ordered"].any()
    asked = {(day, shop, sku): packs for day, shop, sku, packs in _cells(ordered)}
    assert all(packs <= asked[day, shop, sku] for day, shop, sku, packs in _cells(moved))


def test_no_shelf_is_stocked_once_everybody_orders_ahead(twins: Any) -> None:
    twin = twins.lived("preorder", days=4, burn_in_days=4, **BUSY)
    ordered, moved = twins.rows(twin, "shop_order"), twins.rows(twin, "stock_move")
    assert moved["packs"][moved["day"] < 4].sum() < ordered["packs"].sum()
    assert not (moved["day"] >= 4).any() and not (ordered["day"] >= 4).any()


def _cells(rows: dict[str, np.ndarray]) -> list[tuple[int, int, int, int]]:
    return list(zip(*(rows[name].tolist() for name in ("day", "shop", "sku", "packs")), strict=True))
