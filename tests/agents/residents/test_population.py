"""Households: plausible margins, one more changes nobody else, children grow up, a day at home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.residents.population import INFANT_DAYS, NO_CHILD, Residents
from agents.sourced import load_table
from agents.world import MEMBERS_A_SHOP
from sim.state import State
from sim.streams import Streams
from sim.twin import Ports


class Register:
    """Builds registers of residents around the world of a small twin, each with its own state."""

    def __init__(self, twins: Any) -> None:
        self._twins = twins

    def __call__(self, members: list[int], seed: int = 1) -> Residents:
        world = self._twins.world(self._twins.fresh(seed=seed))
        ports = Ports(world.ports.clock, Streams(seed), State(), world.ports.log, world.ports.evaluation)
        residents = Residents(replace(world, ports=ports, shops=len(members)), np.array(members, np.int64))
        residents.populate()
        return residents


@pytest.fixture(scope="module")
def register(twins: Any) -> Register:
    return Register(twins)


@pytest.fixture(scope="module")
def crowd(register: Register) -> Residents:
    return register([4000, 4000])


def test_margins_are_those_of_the_sources(crowd: Residents) -> None:
    frame, rules = crowd.frame, crowd._world.params.residents
    heads = frame["heads"].astype(float)
    assert heads.mean() == pytest.approx(float(load_table("residents")["household_size_mean"]), abs=0.06)
    assert np.bincount(frame["heads"], minlength=7)[1:3] / len(frame) == pytest.approx([0.25, 0.30], abs=0.02)
    assert crowd.has_infant(0).mean() == pytest.approx(rules.infant_share, abs=0.01)
    assert not crowd.has_infant(0)[frame["heads"] == 1].any()
    assert frame["rate"].mean() == pytest.approx(1.0, abs=0.05)
    assert (frame["rate"].astype(float).var() * rules.frequency_shape) == pytest.approx(1.0, abs=0.12)
    assert (frame["price_coef"] < 0).all()
    assert frame["price_coef"].mean() == pytest.approx(rules.price_sensitivity, rel=0.03)
    assert frame["trust"].mean() == pytest.approx(rules.trust_mean, abs=0.01)
    assert frame["taste"].std() == pytest.approx(1.0, abs=0.03)


def test_ids_are_unique_and_name_the_shop(crowd: Residents) -> None:
    ids = crowd.frame["id"]
    assert len(np.unique(ids)) == len(ids) == 8000
    np.testing.assert_array_equal(ids // MEMBERS_A_SHOP, crowd.frame["shop"])
    shuffled = ids[::-1].copy()
    np.testing.assert_array_equal(ids[crowd.rows_of(shuffled)], shuffled)


@pytest.mark.parametrize("where", [0, 1])
def test_one_more_household_changes_nobody_else(register: Register, where: int) -> None:
    before, members = register([30, 20]), [30, 20]
    members[where] += 1
    after = register(members)
    new = after.frame["id"] == where * MEMBERS_A_SHOP + members[where] - 1
    assert new.sum() == 1
    for column in before.frame.columns:
        np.testing.assert_array_equal(after.frame[column][~new], before.frame[column], err_msg=column)


def test_a_household_is_the_same_whenever_it_registers(register: Register) -> None:
    at_once, later = register([11, 5]), register([10, 5])
    later.register(np.array([0]), np.array([10]), day=200)
    mine = at_once.rows_of(np.array([10]))
    for column in set(at_once.frame.columns) - {"child_born"}:
        np.testing.assert_array_equal(later.frame[column][-1:], at_once.frame[column][mine], err_msg=column)


def test_children_are_infants_until_they_are_three(register: Register) -> None:
    residents = register([400])
    born = residents.frame["child_born"]
    family = born > NO_CHILD
    assert family.any() and not residents.has_infant(0)[~family].any() and residents.has_infant(0)[family].all()
    one = np.flatnonzero(family)[0]
    last = int(born[one]) + INFANT_DAYS - 1
    assert residents.has_infant(last)[one] and not residents.has_infant(last + 1)[one]
    assert not residents.has_infant(int(born[one]) - 1)[one]


def test_a_day_at_home_eats_forgets_and_calms(register: Register) -> None:
    residents = register([50])
    frame, world = residents.frame, residents._world
    frame["stock"][:] = 1.5
    frame["fatigue"][:] = 4.0
    frame["trust"][:] = np.linspace(0, 1, 50)
    trust = frame["trust"].copy()
    residents.live(0)
    eaten = np.maximum(1.5 - frame["heads"][:, None] / 3.0, 0.0)
    np.testing.assert_allclose(frame["stock"], np.broadcast_to(eaten, frame["stock"].shape), atol=1e-6)
    assert frame["fatigue"][0] == pytest.approx(4.0 * 0.5 ** (1 / world.params.groupbuys.fatigue_half_life_days))
    kept = 0.5 ** (1 / world.params.residents.trust_half_life_days)
    mean = world.params.residents.trust_mean
    np.testing.assert_allclose(frame["trust"] - mean, (trust - mean) * kept, atol=1e-6)
