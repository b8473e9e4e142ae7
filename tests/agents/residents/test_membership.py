"""Members lapse, come back, leave, forbid messages; others join. Trust and rivals move the hazards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.residents import staying
from agents.residents.experience import Felt
from sim.streams import key

MANY = 40_000
IDS = np.arange(MANY, dtype=np.int64)
KEY = key(2, "tests.stays")


def after(status: int, trust: float, pull: float = 0.0) -> np.ndarray:
    out = np.empty(MANY, np.int8)
    staying.step(
        (KEY.k0, KEY.k1), 7, IDS, np.full(MANY, status, np.int8), np.full(MANY, trust, np.float32), 0.02, 0.05, 0.1,
        2.5, 0.5, pull, out,
    )  # fmt: skip
    return out


def test_hazards_are_those_stated() -> None:
    assert (after(staying.ACTIVE, 0.5) == staying.LAPSED).mean() == pytest.approx(1 - np.exp(-0.02), rel=0.06)
    lapsed = after(staying.LAPSED, 0.5)
    back = 1 - np.exp(-0.05)
    assert (lapsed == staying.ACTIVE).mean() == pytest.approx(back, rel=0.05)
    assert (lapsed == staying.LEFT).mean() == pytest.approx((1 - back) * 0.1, rel=0.05)
    assert (after(staying.LEFT, 0.9) == staying.LEFT).all()


def test_trust_keeps_and_rivals_draw_away_on_the_same_draws() -> None:
    plain, trusted, rivals = (after(staying.ACTIVE, *values) for values in ((0.5,), (0.7,), (0.5, 0.3)))
    lapsed = [set(np.flatnonzero(one == staying.LAPSED).tolist()) for one in (trusted, plain, rivals)]
    assert lapsed[0] < lapsed[1] < lapsed[2]
    came = [set(np.flatnonzero(after(staying.LAPSED, *v) == staying.ACTIVE)) for v in ((0.3,), (0.5,), (0.5, 0.3))]
    assert came[0] < came[1] > came[2]


def test_a_month_of_changes_is_logged_and_numbers_are_never_used_twice(twins: Any) -> None:
    rates = {"lapse_rate": 0.05, "return_rate": 0.1, "leave_rate": 0.2, "recruit_share": 0.2, "unsubscribe_rate": 0.1}
    twin = twins.lived(
        "preorder", city__members=40, days=14, world__residents__visit_rate=0.3,
        **{f"world__voice__{name}": value for name, value in rates.items()},
    )  # fmt: skip
    rows, frame = twins.rows(twin, "registration"), twin.ports.state["residents"]
    assert {"joined", "lapsed", "returned", "left", "unsubscribed"} == set(rows["status"])
    ids = frame["id"]
    assert len(np.unique(ids)) == len(ids) == 80 + (rows["status"] == "joined").sum()
    assert set(rows["member"][rows["status"] == "joined"]) == set(ids[80:])
    room = twins.world(twin).params.voice.reserve_share
    assert (np.bincount(frame["shop"]) <= 40 * (1 + room)).all()
    left = rows["status"] == "left"
    gone = dict(zip(rows["member"][left], rows["day"][left], strict=True))
    lines, sent = twins.rows(twin, "order_line"), twins.rows(twin, "message")
    for table in (lines, sent):
        assert all(day <= gone.get(one, 99) for one, day in zip(table["member"], table["day"], strict=True))
    assert set(frame["id"][frame["status"] == staying.LEFT]) == set(gone)


def test_pleased_members_bring_newcomers_and_displeased_ones_do_not(twins: Any) -> None:
    twin = twins.fresh(city__members=200, world__voice__recruit_share=0.1, world__voice__move_in_rate=0.0)
    day = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up")
    frame, everyone = day.residents.frame, np.arange(len(day.residents.frame))
    day.evening.membership.grow(0, Felt(everyone, np.full(len(everyone), -0.1)))
    assert len(frame) == 400
    day.evening.membership.grow(0, Felt(everyone, np.full(len(everyone), 0.1)))
    assert 420 < len(frame) < 470


def test_what_trust_does_to_staying_is_capped(twins: Any) -> None:
    """All loyalty terms have one cap: beyond it, more or less trust keeps nobody and drives nobody away."""
    def lapsed(level: float) -> set[int]:
        twin = twins.fresh(city__shops=4, city__members=500, world__voice__lapse_rate=0.2)
        day = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up")
        frame = day.residents.frame
        frame["trust"][:] = level
        day.evening.membership.step(0)
        return set(frame["id"][frame["status"] == staying.LAPSED].tolist())

    params = twins.world(twins.fresh()).params
    mean, reach = params.residents.trust_mean, params.residents.trust_cap / params.voice.stay_slope
    assert 0 < reach < 0.3
    assert lapsed(0.0) == lapsed(mean - reach) > lapsed(mean) > lapsed(mean + reach) == lapsed(1.0)
