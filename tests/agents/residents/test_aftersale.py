"""What residents make of their packs: losses count twice, refunds, 48 hours, and no trust out of nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.residents.aftersale import QUALITY_PROMISE_DAYS, AfterSale
from agents.shops.pickup import Handed
from sim.streams import key, uniform
from sim.twin import Twin
from sim.variates import normal_array


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


def test_a_loss_weighs_twice_a_gain(aftersale: AfterSale) -> None:
    frame, rules = aftersale._residents.frame, aftersale._world.params.residents
    assert rules.loss_aversion == 2.0
    frame["trust"][:], frame["belief"][:] = 0.5, 0.6
    gap = np.where(np.arange(len(frame)) % 2, 0.1, -0.1)
    aftersale._surprise(np.arange(len(frame)), 0.6 + gap)
    change = frame["trust"].astype(float) - 0.5
    gain, loss = change[gap > 0], change[gap < 0]
    np.testing.assert_allclose(gain, rules.trust_gain * 0.1 * 0.5, rtol=1e-4)
    np.testing.assert_allclose(loss, -2 * gain[0], rtol=1e-4)
    np.testing.assert_allclose(frame["belief"], 0.6 + rules.belief_weight * gap, rtol=1e-5)


def test_gains_diminish_and_trust_stays_a_share(aftersale: AfterSale) -> None:
    frame = aftersale._residents.frame
    everyone = np.arange(len(frame))
    frame["trust"][:] = np.linspace(0, 1, len(frame))
    before = frame["trust"].copy()
    frame["belief"][:] = 0.0
    aftersale._surprise(everyone, np.ones(len(frame)))
    gain = frame["trust"] - before
    assert (np.diff(gain[:-1]) <= 1e-7).all() and gain[-1] == 0
    for quality in (0.0, 1.0):
        for _ in range(300):
            aftersale._surprise(everyone, np.full(len(frame), quality))
            assert frame["trust"].min() >= 0 and frame["trust"].max() <= 1
            assert frame["belief"].min() >= -1e-6 and frame["belief"].max() <= 1 + 1e-6


def test_with_quality_as_expected_trust_does_not_drift_upward(twins: Any) -> None:
    """Twelve weeks, several packs a week whose quality varies around what is expected: the slope is not positive."""
    weeks, slopes, stream = 12, [], key(5, "tests.quality")
    for seed in range(6):
        aftersale = twins.part(twins.fresh(city__members=60, seed=seed), AfterSale)
        residents = aftersale._residents
        frame, level = residents.frame, []
        everyone = np.arange(len(frame))
        frame["belief"][:] = 0.75
        for day in range(7 * weeks):
            if day % 2 == 0:
                spread = 0.1 * normal_array(stream, day, frame["id"], seed)
                aftersale._surprise(everyone, np.clip(0.75 + spread, 0.5, 1.0))
            residents.live(day)
            level.append(frame["trust"].astype(float).mean())
        slopes.append(np.polyfit(np.arange(len(level)), level, 1)[0])
    mean, error = np.mean(slopes), np.std(slopes, ddof=1) / np.sqrt(len(slopes))
    assert mean - 2.57 * error <= 0, f"trust rises by {mean:g} a day"  # t(0.975, 5)


def test_without_noise_trust_only_returns_to_its_mean(aftersale: AfterSale) -> None:
    residents = aftersale._residents
    frame, mean = residents.frame, aftersale._world.params.residents.trust_mean
    away = np.abs(frame["trust"] - mean)
    for day in range(30):
        aftersale._surprise(np.arange(len(frame)), frame["belief"].astype(float))
        residents.live(day)
        now = np.abs(frame["trust"] - mean)
        assert (now <= away + 1e-7).all()
        away = now


def test_ambient_goods_teach_nothing(aftersale: AfterSale) -> None:
    frame = aftersale._residents.frame
    before = frame["belief"].copy(), frame["trust"].copy()
    aftersale._learn(handed(aftersale, np.ones(len(frame)), sku=16))
    np.testing.assert_array_equal(frame["belief"], before[0])
    np.testing.assert_array_equal(frame["trust"], before[1])
    aftersale._learn(handed(aftersale, np.ones(len(frame))))
    assert (frame["belief"] > before[0]).all()


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
    "world__owners__pickup_temperature_c": 18.0,
    "world__owners__shelf_chilled_c": 10.0,
    "world__supply__hub_temperature_c": 12.0,
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
