"""Ties are a small world that newcomers do not rearrange; news run along them."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.residents import beliefs, ties
from agents.residents.experience import Felt, Tasted
from agents.residents.talk import Talk
from agents.world import MEMBERS_A_SHOP
from sim.streams import key

KEY = key(3, "tests.ties")
SHOP = 5 * MEMBERS_A_SHOP


def test_everybody_knows_earlier_members_of_the_own_shop() -> None:
    ids = SHOP + np.arange(1000)
    known = ties.known_to(KEY, 0.1, ids)
    there = known != ties.NOBODY
    assert there[ties.TIES :].all() and not there[0].any()
    assert ((known // MEMBERS_A_SHOP == 5) | ~there).all() and (known < ids[:, None]).all()
    near = (ids[:, None] - known <= ties.TIES) & there
    assert 0.88 < near[10:].mean() < 0.93
    np.testing.assert_array_equal(ties.known_to(KEY, 0.1, ids[:50]), known[:50])


def test_without_shortcuts_neighbours_hear_each_other() -> None:
    ids = SHOP + np.arange(100)
    heard = ties.listeners(KEY, 0.0, ids)
    np.testing.assert_array_equal(heard[50] - ids[50], [-1, -2, -3, 1, 2, 3])


def test_shortcuts_make_the_estate_small() -> None:
    """Mean distance of 300 members: about 25 hops along the row, a handful with one tie in ten anywhere."""

    def mean_hops(rewire: float) -> float:
        links = np.zeros((300, 300), bool)
        known = ties.known_to(KEY, rewire, SHOP + np.arange(300)) - SHOP
        for k in range(ties.TIES):
            mine = known[:, k] >= 0
            links[np.flatnonzero(mine), known[mine, k]] = True
        links |= links.T
        reached, hops, total = np.eye(300, dtype=bool), 0, 0
        while not reached.all():
            hops += 1
            further = reached | (reached.astype(np.int64) @ links > 0)
            if (further == reached).all():
                break
            total += hops * int((further & ~reached).sum())
            reached = further
        return total / (reached.sum() - 300)

    assert mean_hops(0.1) < 0.35 * mean_hops(0.0)


def test_what_one_tells_moves_the_beliefs_of_the_ties_and_of_nobody_else(twins: Any) -> None:
    twin = twins.fresh(city__members=40, world__voice__talk_share=1.0, world__voice__tie_rewire=0.0)
    day = next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up")
    talk: Talk = day.evening.talk
    frame, row = day.residents.frame, np.array([20])
    sku = np.flatnonzero(talk._world.catalogue.fresh)[:1]
    before = frame["belief"].copy()
    talk.of_goods(0, Tasted(row, sku, np.ones(1, np.int64), np.ones(1)), Felt(row, np.zeros(1)))
    changed = np.flatnonzero((frame["belief"] != before).any(axis=1))
    assert changed.tolist() == [17, 18, 19, 21, 22, 23]
    slot = beliefs.slots(talk._world.catalogue)[sku[0]]
    assert (frame["belief"][changed, slot] > before[changed, slot]).all()
