"""The customer file says what the day's rows said, in bounded columns."""

from typing import Any

import numpy as np
import pytest

from agents import customers
from sim.twin import Twin


@pytest.fixture(scope="module")
def lived(twins: Any) -> Twin:
    return twins.lived(
        "mix", city__shops=3, city__members=50, days=20, world__residents__visit_rate=0.1,
        world__residents__claim_share=1.0, world__rooms__cold_room_setpoint_c=20.0,
    )  # fmt: skip


def test_purchases_are_those_of_the_log(lived: Twin, twins: Any) -> None:
    world, members = twins.world(lived), lived.ports.state["customers"]["id"].copy()
    expected = np.zeros((len(members), world.catalogue.n), np.int64)
    entries = np.zeros(len(members), np.int64)
    days: dict[int, set[tuple[int, int]]] = {}
    for table in ("pos_sale", "order_line"):
        rows = twins.rows(lived, table)
        known = np.isin(rows["member"], members)  # cards that lead to no account have no file
        np.add.at(expected, (np.searchsorted(members, rows["member"][known]), rows["sku"][known]), rows["packs"][known])
        for member, day, sku in zip(rows["member"][known], rows["day"][known], rows["sku"][known], strict=True):
            days.setdefault(int(member), set()).add((int(day), int(sku)))
    for member, seen in days.items():
        entries[np.searchsorted(members, member)] = len(seen)
    fits = entries <= customers.PURCHASES
    found = customers.bought(world, lived.day, members)
    assert fits.sum() > 100 and expected[fits].sum() > 100
    assert (found[fits] == expected[fits]).all()
    assert (found[~fits] <= expected[~fits]).all() and (found[~fits].sum(axis=1) >= customers.PURCHASES).all()


def test_messages_orders_and_claims_are_those_of_the_log(lived: Twin, twins: Any) -> None:
    world, members = twins.world(lived), lived.ports.state["customers"]["id"].copy()

    def counted(table: str, since: int) -> np.ndarray:
        rows = twins.rows(lived, table)
        late = (rows["day"] >= since) & np.isin(rows["member"], members)
        return np.bincount(np.searchsorted(members, rows["member"][late]), minlength=len(members))

    assert counted("claim", 0).sum() > 5
    assert (customers.claims(world, members) == counted("claim", 0)).all()
    assert (customers.messages(world, members) == counted("message", lived.day - customers.MESSAGE_DAYS)).all()
    signed = twins.rows(lived, "customer_day")
    filed = np.isin(signed["member"], members)
    row = np.searchsorted(members, signed["member"][filed])
    total = np.bincount(row, signed["orders"][filed], len(members))
    assert (customers.orders(world, members) == total).all()


def test_old_purchases_are_forgotten(lived: Twin, twins: Any) -> None:
    world, members = twins.world(lived), lived.ports.state["customers"]["id"].copy()
    later = lived.day + customers.PURCHASE_DAYS
    assert not customers.bought(world, later + 1, members).any()


def test_strangers_have_no_history(lived: Twin, twins: Any) -> None:
    world, strangers = twins.world(lived), np.array([-1, 40_000, 1 << 40])
    assert not customers.bought(world, lived.day, strangers).any()
    assert not customers.orders(world, strangers).any()


def test_more_than_fits_on_one_day_leaves_as_much_as_fits(twins: Any) -> None:
    twin = twins.fresh("traditional", city__shops=1, city__members=2)
    world, file = twins.world(twin), twins.part(twin, customers.Customers)
    skus = np.arange(customers.PURCHASES + 3)
    columns = {"basket": np.zeros(len(skus)), "member": np.zeros(len(skus)), "shop": np.zeros(len(skus)), "sku": skus}
    world.emit("pos_sale", "till", 0, 12.0, {**columns, "packs": np.ones(len(skus)), "fen": np.ones(len(skus))})
    file.note(0)
    assert (customers.bought(world, 1, np.array([0]))[0][3 : len(skus)] == 1).all()
    assert customers.bought(world, 1, np.array([0])).sum() == customers.PURCHASES
    assert customers.orders(world, np.array([0, 1])).tolist() == [1, 0]


def test_newcomers_are_filed_in_their_place(twins: Any) -> None:
    twin = twins.fresh("traditional", city__shops=2, city__members=2)
    world, file = twins.world(twin), twins.part(twin, customers.Customers)
    world.emit("registration", "app", 0, 12.0, {"member": [2], "shop": [0], "status": ["joined"]})
    file.note(0)
    shops = customers.members_of(world, np.array([0, 1]))
    assert [one.tolist() for one in shops] == [[0, 1, 2], [1 << 16, (1 << 16) + 1]]
