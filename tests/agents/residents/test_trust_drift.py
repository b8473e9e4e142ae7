"""Every pack exactly as expected, everything else of an evening on: trust must not drift upward in 26 weeks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.residents import beliefs
from agents.residents.aftersale import AfterSale
from agents.residents.evening import Evening
from agents.shops.pickup import Handed
from sim.streams import integers, key, uniform

DAYS = 182
SEEDS = (1, 2, 3, 4)
T_975 = 3.182
"""Student's t for three degrees of freedom."""


def as_expected(evening: Evening, day: int, seed: int) -> Handed:
    """A pack for three in ten members of a product drawn at random, of just the quality that each expects."""
    frame, goods = evening.residents.frame, evening.world.catalogue
    ids, stream = frame["id"], key(seed, "tests.packs")
    row = np.flatnonzero(uniform(stream, day, ids) < 0.3)
    fresh = np.flatnonzero(goods.fresh)
    sku = fresh[integers(stream, len(fresh), day, ids[row], 1)]
    slot, weight = evening.experience._slots[sku], evening.world.params.voice.memory_weight
    life = 1.0 - beliefs.expected_of(frame["belief"][row], frame["memory"][row], sku, slot, weight)
    shop = frame["shop"][row].astype(np.int64)
    return Handed(ids[row].copy(), shop, sku, np.ones(len(row), np.int64), goods.price_fen[sku], life, life)


def test_with_quality_as_expected_trust_does_not_drift_upward(twins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AfterSale, "_mark", lambda self, day, got: None)
    slopes, moved = [], 0.0
    for seed in SEEDS:
        twin = twins.fresh("spf", seed=seed, days=DAYS, city__members=100, world__residents__trust_start=0.5)
        evening = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up").evening
        frame, level = evening.residents.frame, []
        for day in range(DAYS):
            evening.judge(day, [as_expected(evening, day, seed)])
            evening.residents.live(day)
            evening.close(day)
            level.append(frame["trust"].mean(dtype=np.float64))
        assert len(frame) > 200 and (frame["status"] != 0).any(), "nobody joined or nobody left"
        slopes.append(np.polyfit(np.arange(DAYS), level, 1)[0])
        moved = max(moved, float(np.abs(frame["trust"][:200] - 0.5).max()))
    mean, error = np.mean(slopes), np.std(slopes, ddof=1) / np.sqrt(len(SEEDS))
    assert mean - T_975 * error <= 0, f"trust rises by {mean:g} a day: {slopes}"
    assert abs(mean) < 1e-4


def test_trust_and_expectations_stand_still_in_the_traditional_mode(twins: Any) -> None:
    """Members begin where the mode before keeps them, so that a burn-in does not end in the middle of a fall.

    With expectations of 0.75 and trust at its mean, trust fell by 0.02 in these four weeks.
    """
    moved, hoped = [], []
    for seed in SEEDS[:2]:
        twin = twins.lived("traditional", seed=seed, city__shops=12, city__members=100, days=28, start="2026-03-01")
        daily = twins.rows(twin, "trust_day")["trust"].reshape(28, 12).mean(axis=1)
        moved.append(27 * np.polyfit(np.arange(28), daily, 1)[0])
        rules = twins.world(twin).params.residents
        hoped.append(beliefs.quality_of(twin.ports.state["residents"]["belief"]).mean() - rules.belief_start)
    assert abs(np.mean(moved)) < 0.008, moved
    assert abs(np.mean(hoped)) < 0.03, hoped
