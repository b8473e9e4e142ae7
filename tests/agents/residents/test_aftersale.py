"""What residents make of their packs: losses count twice, refunds, 48 hours, and no trust out of nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.residents.aftersale import QUALITY_PROMISE_DAYS, AfterSale
from agents.shops.pickup import Handed
from sim.streams import uniform
from sim.twin import Twin


@pytest.fixture
def aftersale(twins: Any) -> AfterSale:
    return twins.part(twins.fresh(city__members=120), AfterSale)


def handed(aftersale: AfterSale, quality: np.ndarray, sku: int = 5) -> Handed:
    """One pack of a fresh SKU for every resident, with ``quality`` = 1 - life used."""
    people = aftersale._residents.frame
    many = len(people)
    column = np.full(many, sku)
    return Handed(
        people["id"].copy(), people["shop"].astype(np.int64), column, np.ones(many, np.int64), np.full(many, 1590),
        1.0 - quality, 1.0 - quality,
    )  # fmt: skip


def test_ambient_goods_teach_nothing(aftersale: AfterSale) -> None:
    frame = aftersale._residents.frame
    before = frame["belief"].copy(), frame["trust"].copy()
    aftersale.experience(3, [handed(aftersale, np.ones(len(frame)), sku=16)])
    np.testing.assert_array_equal(frame["belief"], before[0])
    np.testing.assert_array_equal(frame["trust"], before[1])
    aftersale.experience(3, [handed(aftersale, np.ones(len(frame)))])
    assert ((frame["belief"] > before[0]).sum(axis=1) == 1).all()


def test_only_old_packs_spoil_and_only_within_48_hours(aftersale: AfterSale) -> None:
    many = len(aftersale._residents.frame)
    aftersale.experience(3, [handed(aftersale, np.ones(many))])
    assert not len(aftersale.spoiled)
    aftersale.experience(3, [handed(aftersale, np.full(many, -0.4))])
    spoiled = aftersale.spoiled
    assert len(spoiled) > many // 20
    assert set(np.unique(spoiled["day"])) <= set(range(3, 3 + QUALITY_PROMISE_DAYS + 1))
    assert (spoiled["packs"] == 1).all() and (spoiled["fen"] == 1590).all()


ROTTEN = {
    "city__members": 80,
    "days": 10,
    "world__residents__visit_rate": 0.1,
    "world__residents__home_temperature_c": 20.0,
    "world__rooms__cold_room_setpoint_c": 18.0,
    "world__rooms__case_setpoint_c": 6.0,
    "world__rooms__hub_setpoint_c": 12.0,
    "scenario__systems__identity": "true",
    "world__voice__card_share": 1.0,
    "world__voice__card_shown": 1.0,
    "world__voice__phone_same": 1.0,
    "world__voice__phone_shared": 0.0,
}


@pytest.fixture(scope="module", params=["traditional", "spf"])
def warm(request: pytest.FixtureRequest, twins: Any) -> Twin:
    """Two arms in a warm chain, where packs spoil at home."""
    return twins.lived(request.param, **ROTTEN)


def test_claims_come_within_48_hours_of_the_hand_over(warm: Twin, twins: Any) -> None:
    claims, sales, ends = (twins.rows(warm, name) for name in ("claim", "pos_sale", "line_end"))
    got: dict[tuple[int, int], set[int]] = {}
    home = ends["end"] == "handed_over"
    for rows, mask in ((sales, slice(None)), (ends, home)):
        for member, sku, day in zip(rows["member"][mask], rows["sku"][mask], rows["day"][mask], strict=True):
            got.setdefault((member, sku), set()).add(int(day))
    assert len(claims["claim"]) > 3
    for member, sku, day in zip(claims["member"], claims["sku"], claims["day"], strict=True):
        assert any(day - QUALITY_PROMISE_DAYS <= other <= day for other in got[member, sku])


def test_refunds_follow_claims_once_and_in_time(warm: Twin, twins: Any) -> None:
    claims, refunds = twins.rows(warm, "claim"), twins.rows(warm, "quality_refund")
    paid = twins.rows(warm, "refund")
    quality = paid["reason"] == "quality"
    assert len(refunds["claim"]) == quality.sum() > 0
    assert len(np.unique(refunds["claim"])) == len(refunds["claim"])
    rows = np.searchsorted(claims["claim"], refunds["claim"])
    np.testing.assert_array_equal(claims["claim"][rows], refunds["claim"])
    assert (refunds["fen"] <= claims["fen"][rows]).all()
    waited = refunds["day"] - claims["day"][rows]
    supply_on = twins.world(warm).factors(9).s
    assert (waited == 0).all() if supply_on else (waited == 3).all()
    assert refunds["fen"].sum() == paid["fen"][quality].sum()
    assert len(claims["claim"]) >= len(refunds["claim"])


def test_what_is_eaten_within_a_day_is_claimed_the_next_evening(aftersale: AfterSale) -> None:
    """A pack of two lives spoils at any time: the share that complains early is the share eaten early."""
    many = len(aftersale._residents.frame)
    aftersale.experience(3, [handed(aftersale, np.full(many, -1.0))])
    people, spoiled = aftersale._residents.frame["id"], aftersale.spoiled
    eaten = QUALITY_PROMISE_DAYS * uniform(aftersale._eats, 3, people, 5, 0)
    late = dict(zip(people.tolist(), (eaten >= 1).tolist(), strict=True))
    assert 0 < sum(late.values()) < many and len(spoiled) > many // 10
    assert [late[one] for one in spoiled["member"].tolist()] == (spoiled["day"] == 5).tolist()


def test_what_spoiled_since_it_was_last_checked_disappoints_its_buyer(aftersale: AfterSale) -> None:
    """Packs that used up two lives since the border are bad for almost everybody, however fresh they were then."""
    many = len(aftersale._residents.frame)
    sold = replace(handed(aftersale, np.full(many, -1.0)), life_checked=np.full(many, 0.1))
    aftersale.experience(3, [sold])
    assert len(aftersale.spoiled) > 0.95 * many
