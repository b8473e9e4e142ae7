"""The pick-up room: packs age from their arrival on, by the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.cold.rooms import Rooms
from agents.orders import OrderBook
from hardware_models.thermal import decay_rate

ARRIVED = 13.0


def test_waiting_packs_age_since_they_came_and_a_day_later_since_the_border(twins: Any) -> None:
    twin = twins.fresh("preorder", world__residents__no_show=0.4, world__owners__unclaimed_days=3)
    book, world = twins.part(twin, OrderBook), twins.world(twin)
    pickup = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up").pickup
    sku = np.flatnonzero(decay_rate(world.kinetics(), 10.0) > 0)[:1]
    rooms = twins.part(twin, Rooms)
    rooms.run(0)
    rooms.run(1)
    many = 30
    member = twin.ports.state["residents"]["id"][:many].copy()
    ones = np.ones(many, np.int64)
    book.place(
        0, np.full(many, 12.0), basket=np.arange(many), member=member, shop=member >> 16, sku=ones * sku,
        fen=ones * 500, due_day=ones, candidate=-ones,
    )  # fmt: skip
    book.reserve(1, np.arange(many), hour=np.full(many, ARRIVED), life_used=np.full(many, 0.1), lot=ones)
    got = pickup.hand_over(1)

    def used(first: float, last: float) -> float:
        where = np.zeros(1, np.int64), sku, np.array([first]), np.array([last])
        return float(rooms.life("pickup", *where)[0])

    aged = got.life_used - got.life_checked
    assert len(aged) > many // 3 and (got.life_checked == 0.1).all()
    assert (aged >= used(ARRIVED, 16.0)).all() and (aged <= used(ARRIVED, 20.0)).all()
    pickup.close(1)
    left = book.reserved["life_used"].copy()
    assert 0 < len(left) < many
    np.testing.assert_allclose(left, 0.1 + used(ARRIVED, 23.0))
    rooms.run(2)
    pickup.close(2)
    spoiled = twins.rows(twin, "line_end")
    assert set(spoiled["end"]) <= {"handed_over", "spoiled_waiting"}
    assert len(book.reserved) > 0
    np.testing.assert_allclose(book.reserved["life_used"], left[0] + used(-1.0, 23.0))
