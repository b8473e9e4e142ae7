"""Owners open a group-buy when the commission to expect outweighs the work, and learn from those they opened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.groupbuys import GroupBuys
from agents.shops.owners import Owners

VALUES = {"city__shops": 3, "city__members": 40, "days": 15}


def test_the_expected_gain_by_hand(twins: Any) -> None:
    twin = twins.fresh("traditional", **VALUES)
    world, proposals = twins.world(twin), twins.part(twin, GroupBuys)._proposals
    rules, labour = world.params.owners, world.params.labour
    sku = np.flatnonzero(world.catalogue.premium_candidate)[:1]
    n, price = world.params.groupbuys.minimum_packs, world.catalogue.price_fen[sku[0]] / 100.0
    success = rules.proposal_trust_start
    each = labour.group_joiner_minutes + labour.pickup_minutes
    minutes = labour.group_call_minutes + success * n * each
    by_hand = success * n * price * rules.commission - minutes * rules.outside_wage_day / rules.working_day_minutes
    assert proposals.expected_cny(0, np.array([1]), sku)[0] == pytest.approx(by_hand)
    proposals.learn(np.array([1, 1, 2]), np.array([False, False, True]))
    owners = twins.part(twin, Owners).frame
    assert owners["groups_opened"].tolist() == [0, 2, 1] and owners["groups_succeeded"].tolist() == [0, 0, 1]
    first, wary, glad = proposals.expected_cny(0, np.array([0, 1, 2]), np.repeat(sku, 3))
    assert wary < first < glad


def test_a_package_is_accepted_where_a_call_is_and_more_often(twins: Any) -> None:
    """The same candidates with the same draws: only the effort differs."""
    answers = {}
    for on in (False, True):
        twin = twins.fresh("traditional", scenario__systems__proposals=str(on).lower(), **VALUES)
        proposals, world = twins.part(twin, GroupBuys)._proposals, twins.world(twin)
        shop = np.repeat(np.arange(3), 200)
        sku = np.repeat(np.flatnonzero(world.catalogue.premium_candidate)[0], 600)
        answers[on] = proposals.answer(0, np.arange(600), shop, sku)
        twin.ports.log.close_day(0)
    assert (answers[True] >= answers[False]).all() and answers[True].sum() > answers[False].sum() > 0


def test_who_declines_opens_nothing_and_it_counts_as_a_candidate(twins: Any) -> None:
    never = twins.lived("traditional", world__owners__outside_wage_day=1e6, world__owners__leave_month=0.0, **VALUES)
    groups, said = twins.rows(never, "group_buy"), twins.rows(never, "proposal")
    assert len(groups["status"]) and set(groups["status"]) == {"not_opened"}
    assert len(said["accepted"]) == len(groups["status"]) and not said["accepted"].any()
    assert set(said["document"]) == set(groups["candidate"])
    plain = twins.lived("traditional", **VALUES)
    named = twins.rows(plain, "group_buy")
    assert set(named["candidate"][np.isin(named["status"], ["opened", "not_opened"])]) == set(groups["candidate"])
    opened = set(named["candidate"][named["status"] == "opened"])
    said = twins.rows(plain, "proposal")
    assert opened == set(said["document"][said["accepted"]])
