"""Trust: losses count twice, gains diminish, let-downs and messages lower it, rivals answer a trusted network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.params import ResidentParams
from agents.residents import trust
from agents.residents.experience import Experience
from agents.residents.population import Residents
from agents.residents.trust import Rivals
from agents.shops.pickup import LetDowns

RULES = ResidentParams()


def test_a_loss_weighs_twice_a_gain() -> None:
    assert RULES.loss_aversion == 2.0
    gain, loss = trust.surprised(np.full(2, 0.5), np.array([0.1, -0.1]), RULES) - 0.5
    assert gain == pytest.approx(RULES.trust_gain * 0.1 * 0.5)
    assert loss == pytest.approx(-2 * gain)


def test_gains_diminish_and_trust_stays_a_share() -> None:
    level = np.linspace(0, 1, 101)
    gain = trust.surprised(level, np.ones(101), RULES) - level
    assert (np.diff(gain) <= 1e-12).all() and gain[-1] == 0
    for gap in (-1.0, 1.0):
        for _ in range(300):
            level = trust.surprised(level, np.full(101, gap), RULES)
            assert level.min() >= 0 and level.max() <= 1
    assert trust.recovered(np.array([0.999]), RULES)[0] == 1.0


def test_half_of_the_distance_to_the_mean_is_left_after_a_half_life() -> None:
    level = np.array([0.9], np.float32)
    for _ in range(int(RULES.trust_half_life_days)):
        level = trust.reverted(level, RULES)
    assert level[0] - RULES.trust_mean == pytest.approx(0.5 * (0.9 - RULES.trust_mean), rel=1e-3)


def test_each_let_down_costs_trust_once_a_day(twins: Any) -> None:
    twin = twins.fresh(city__members=20)
    residents = twins.part(twin, Residents)
    experience, level = Experience(twins.world(twin), residents), residents.frame["trust"]
    before, ids = level.copy(), residents.frame["id"]
    experience.disappoint(np.array([ids[3], ids[3], ids[5]]), 0.4)
    fell = before - level
    assert (np.flatnonzero(fell) == [3, 5]).all()
    np.testing.assert_allclose(fell[[3, 5]], 2 * RULES.trust_gain * 0.4 * before[[3, 5]], rtol=1e-4)
    notes = LetDowns()
    notes.late.append(ids[:2])
    assert notes.take()["late"].tolist() == ids[:2].tolist() and not len(notes.take()["late"])


def test_rivals_answer_high_trust_slowly_and_never_push_customers_back(twins: Any) -> None:
    rivals = twins.part(twins.fresh(), Rivals)
    rivals.respond(RULES.trust_mean - 0.2)
    assert rivals.pull == 0
    pulls = []
    for _ in range(1000):
        rivals.respond(RULES.trust_mean + 0.1)
        pulls.append(rivals.pull)
    rules = rivals._world.params.voice
    assert pulls[0] == pytest.approx(0.1 * rules.rival_response) and pulls[-1] == rules.rival_most


def test_rivals_keep_customers_away_and_leave_all_draws_alone(twins: Any) -> None:
    """Who comes against strong rivals comes at the same hour without them; fewer come."""
    values = {"city__members": 200, "world__residents__visit_rate": 0.3}
    plain, strong = (twins.fresh("preorder", **values) for _ in range(2))
    twins.part(strong, Rivals)._frame["pull"][0] = 0.3
    came = []
    for twin in (plain, strong):
        twin.run(1)
        rows = twins.rows(twin, "exposure")
        came.append(set(zip(rows["member"].tolist(), rows["hour"].tolist(), strict=True)))
    assert came[1] < came[0]
