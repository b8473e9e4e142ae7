"""Households: plausible margins, one more changes nobody else, children grow up, a day at home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.catalogue_checks import ATTRIBUTES
from agents.residents import needs
from agents.residents.population import NO_CHILD, Residents
from agents.residents.who import INFANT_DAYS, Scene, size_shares
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
        world = self._twins.world(self._twins.fresh(seed=seed, days=60))
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
    frame, rules, people = crowd.frame, crowd._world.params.residents, crowd._world.params.households
    heads = frame["heads"].astype(float)
    assert heads.mean() == pytest.approx(float(load_table("households")["household_size_mean"]), abs=0.06)
    assert np.bincount(frame["heads"], minlength=7)[1:] / len(frame) == pytest.approx(size_shares(people), abs=0.02)
    assert crowd.has_infant(0).mean() == pytest.approx(people.infant_share, abs=0.01)
    assert not crowd.has_infant(0)[frame["heads"] == 1].any()
    assert (frame["elders"] > 0).mean() == pytest.approx(people.elder_share, abs=0.02)
    for scene, share in ((Scene.FITNESS, people.fitness_share), (Scene.PET, people.pet_share)):
        assert ((frame["scenes"] & scene) > 0).mean() == pytest.approx(share, abs=0.015)
    assert np.bincount(frame["income"]) / len(frame) == pytest.approx([0.2] * 5, abs=0.015)
    assert frame["rate"].mean() == pytest.approx(1.0, abs=0.05)
    assert (frame["rate"].astype(float).var() * rules.frequency_shape) == pytest.approx(1.0, abs=0.12)
    assert (frame["price_coef"] < 0).all()
    assert frame["price_coef"].mean() == pytest.approx(rules.price_sensitivity, rel=0.03)
    assert frame["trust"].mean() == pytest.approx(rules.trust_start, abs=0.01)


def test_ages_are_those_of_the_census(crowd: Residents) -> None:
    """17.95 % of persons are under 15 and 18.70 % are 60 or more (China census 2020)."""
    frame = crowd.frame
    heads, children, elders = (frame[name].astype(int) for name in ("heads", "children", "elders"))
    assert children.sum() / heads.sum() == pytest.approx(0.1795, abs=0.015)
    assert elders.sum() / heads.sum() == pytest.approx(0.1870, abs=0.015)
    assert (children + elders <= heads).all() and (children < heads).all()
    assert (heads - children >= 2)[heads >= 2].mean() > 0.85
    assert (crowd.has_infant(0) <= (children > 0)).all()


def test_tastes_go_with_ways_of_life_and_are_never_told_by_them(crowd: Residents) -> None:
    """The mean household has no taste; a scene moves the mean by its row, and most of the spread remains."""
    taste, people = crowd.frame["taste"], crowd._world.params.households
    assert np.abs(taste.mean(axis=0)).max() < 0.05
    assert (taste.std(axis=0) > 0.97).all() and (taste.std(axis=0) < 1.15).all()
    fit = (crowd.frame["scenes"] & Scene.FITNESS) > 0
    health = taste[:, ATTRIBUTES.index("health")]
    assert health[fit].mean() - health[~fit].mean() == pytest.approx(people.fitness_likes_health, abs=0.08)
    assert 0.15 < np.corrcoef(fit, health)[0, 1] < 0.5
    for name in type(people).model_fields:
        if "_likes_" in name:
            assert name.split("_likes_")[1] in ATTRIBUTES


def test_who_earns_more_minds_prices_less(crowd: Residents) -> None:
    coefficient, income = crowd.frame["price_coef"].astype(float), crowd.frame["income"]
    means = [coefficient[income == one].mean() for one in range(5)]
    assert (np.diff(means) > 0).all() and means[0] / means[4] < 1.6


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
    goods, people = world.catalogue, world.params.households
    frame["stock"][:] = 2.5
    frame["fatigue"][:], frame["habit"][:] = 4.0, 3.0
    frame["trust"][:] = np.linspace(0, 1, 50)
    trust = frame["trust"].copy()
    residents.live(0)
    young, old = frame["children"], frame["elders"]
    portions = frame["heads"] - (1 - people.child_portion) * young - (1 - people.elder_portion) * old
    rice = goods.categories.index("pantry")
    left = 2.5 - portions / 3.0
    left = np.where(left < 0, left + goods.cycle_days[goods.category_id == rice][0], left)
    np.testing.assert_allclose(frame["stock"][:, rice], left, atol=1e-6)
    assert frame["fatigue"][0] == pytest.approx(4.0 * 0.5 ** (1 / world.params.groupbuys.fatigue_half_life_days))
    assert frame["habit"][0] == pytest.approx(3.0 * 0.5 ** (1 / world.params.residents.habit_half_life_days))
    kept = 0.5 ** (1 / world.params.residents.trust_half_life_days)
    mean = world.params.residents.trust_mean
    np.testing.assert_allclose(frame["trust"] - mean, (trust - mean) * kept, atol=1e-6)
    assert (np.abs(frame["urge"]) <= 0.5).all()


def test_larders_stay_between_empty_and_a_pack_and_have_no_common_phase(register: Register) -> None:
    """Whoever runs out buys elsewhere, so that a visit meets any level of a larder."""
    residents = register([400])
    frame, goods = residents.frame, residents._world.catalogue
    cycle = np.array([goods.cycle_days[goods.category_id == c][0] for c in range(len(goods.categories))])
    for day in range(40):
        residents.live(day)
        assert (frame["stock"] >= 0).all() and (frame["stock"] <= cycle.astype(np.float32)).all()
    level = frame["stock"] / cycle
    everyone = [c for c in range(len(cycle)) if goods.buyers[goods.category_id == c][0] == "everyone"]
    assert level[:, everyone].mean() == pytest.approx(0.5, abs=0.08)


def test_a_childs_age_drives_milk_and_solid_food(register: Register) -> None:
    """Both follow the months; nobody eats either for lack of the other."""
    goods, people = register([1])._world.catalogue, register([1])._world.params.households
    eats = needs.by_month(goods, people)
    milk, solid = (eats[:, goods.categories.index(name)] for name in ("milk_powder", "baby_food"))
    assert (milk > 0).all() and milk.argmax() in range(4, 8)
    assert not solid[:6].any() and (solid[6:] > 0).all() and solid.argmax() in range(10, 14)
    others = [c for c, name in enumerate(goods.categories) if name not in ("milk_powder", "baby_food")]
    assert not eats[:, others].any()


def test_a_household_fits_into_256_bytes(register: Register) -> None:
    frame = register([10]).frame
    assert sum(frame[name].nbytes for name in frame.columns) / len(frame) <= 256
