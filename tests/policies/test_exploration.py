"""Exploration: the chance that is logged is the chance with which a SKU stands in a slot."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.recommend.exploration import Exploration
from policies.recommend.slates import slates
from policies.synthetic import SKUS, observation
from policies.tables import matrix, ragged
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.slates import SLATE_LENGTH


def explored(epsilon: float, offered: list[bool], members: int = 1, day: int = 3, first: int = 0):
    """Slates of ``members`` members whose next best is the SKU with the lowest number."""
    rows = np.arange(first, first + members)
    table = np.broadcast_to(offered, (members, len(offered)))
    key = np.broadcast_to(np.arange(len(offered)), table.shape)
    return Exploration(epsilon, 1).explore(rows, np.full(members, day), table, key)


def chance(slate: tuple[int, ...], offered: int, epsilon: float) -> list[float]:
    """Propensities of a slate of SKUs 0.. on offer, best first: by hand."""
    left, found = list(range(offered)), []
    for sku in slate:
        found.append(epsilon / len(left) + (1 - epsilon) * (sku == left[0]))
        left.remove(sku)
    return found


def test_three_skus_by_hand() -> None:
    made = explored(0.3, [True, False, True, True], members=200)
    assert (made.lengths == 3).all()
    numbers = {0: 0, 2: 1, 3: 2}
    for slate, given_ in zip(made.sku[:, :3].tolist(), made.propensity[:, :3].tolist(), strict=True):
        assert given_ == pytest.approx(chance(tuple(numbers[sku] for sku in slate), 3, 0.3))
    plain = made.sku[:, :3].tolist().index([0, 2, 3])
    assert made.propensity[plain, :3] == pytest.approx([0.8, 0.85, 1.0])


@settings(max_examples=8, deadline=None)
@given(epsilon=st.sampled_from([0.1, 0.5, 1.0]), offered=st.integers(2, 4), day=st.integers(0, 10_000))
def test_slates_occur_as_often_as_their_propensities_say(epsilon: float, offered: int, day: int) -> None:
    members = 4_000
    made = explored(epsilon, [True] * offered, members, day)
    shown = [tuple(slate) for slate in made.sku[:, :offered].tolist()]
    for slate in permutations(range(offered)):
        expected = float(np.prod(chance(slate, offered, epsilon)))
        deviation = np.sqrt(expected * (1 - expected) / members)
        assert abs(shown.count(slate) / members - expected) <= 5 * deviation + 1e-12, slate


def test_without_exploration_the_slate_is_the_plain_one_and_certain() -> None:
    asked = observation("recommend", 40)
    key = np.asarray(-matrix(asked, "network_sales"), np.int64)
    made = Exploration(0.0, 5).slates(asked, key)
    assert made["slate"].equals(slates(asked, key)["slate"])
    assert set(ragged(made, "propensity")[0].tolist()) == {1.0}


def test_every_slot_is_on_offer_and_has_its_propensity() -> None:
    asked = observation("recommend", 200)
    made = Exploration(0.4, 5).slates(asked, np.zeros((200, SKUS), np.int64))
    assert DECISION_POINTS["recommend"].problems(asked, made) == []
    assert made["propensity"].combine_chunks().value_lengths().equals(made["slate"].combine_chunks().value_lengths())


def test_one_more_member_changes_nobodys_slate() -> None:
    few, more = explored(0.4, [True] * 20, 50), explored(0.4, [True] * 20, 51)
    np.testing.assert_array_equal(few.sku, more.sku[:50])
    np.testing.assert_array_equal(explored(0.4, [True] * 20, 20, first=30).sku, few.sku[30:])


def test_one_more_sku_changes_a_slot_only_by_standing_above_or_in_it() -> None:
    few, more = explored(0.4, [True] * 30, 300).sku, explored(0.4, [True] * 31, 300).sku
    untouched = ~(more == 30).any(axis=1)
    assert 50 < untouched.sum() < 300
    np.testing.assert_array_equal(few[untouched], more[untouched])


def test_draws_differ_by_member_day_and_seed() -> None:
    one, other_day = explored(0.4, [True] * 20, 50), explored(0.4, [True] * 20, 50, day=4)
    assert (one.sku != other_day.sku).any() and (one.sku[0] != one.sku[1:]).any()
    rows, table = np.arange(50), np.ones((50, 20), bool)
    other = Exploration(0.4, 2).explore(rows, rows * 0 + 3, table, np.broadcast_to(np.arange(20), table.shape))
    assert (one.sku != other.sku).any()


def test_fewer_skus_than_slots_and_ids_beyond_32_bits() -> None:
    made = explored(1.0, [False, True, False], 3, first=2**40)
    assert made.lengths.tolist() == [1, 1, 1] and made.sku[:, 0].tolist() == [1, 1, 1]
    assert made.propensity[:, 0].tolist() == [1.0, 1.0, 1.0] and made.sku.shape[1] <= SLATE_LENGTH


@pytest.mark.parametrize(("epsilon", "seed"), [(-0.1, 0), (1.1, 0), (float("nan"), 0), (0.1, -1), (0.1, 2**32)])
def test_impossible_chances_and_seeds_are_refused(epsilon: float, seed: int) -> None:
    with pytest.raises(ValueError, match="epsilon|seed"):
        Exploration(epsilon, seed)
