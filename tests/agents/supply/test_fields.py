"""Fields: what ripens is picked or falls, and nothing else happens to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.stock import phases
from agents.supply.fields import LONGEST_HOLD_DAYS, Fields


@pytest.fixture
def fields(twins: Any) -> Fields:
    return twins.part(twins.fresh(city__members=400), Fields)


def test_only_local_fresh_goods_grow(fields: Fields) -> None:
    goods = fields._world.catalogue
    np.testing.assert_array_equal(fields.local, goods.fresh & (goods.origin == "local"))
    fields.ripen(0)
    ripe = phases.held(fields.ripe["packs"])
    assert not ripe[~fields.local].any() and (ripe[fields.local] > 0).all()
    assert not fields.pick(np.full(goods.n, 5))[~fields.local].any()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=26, max_size=26), min_size=1, max_size=6))
def test_ripe_packs_are_picked_or_fall_or_hang(twins: Any, wanted: list[list[int]]) -> None:
    twin = twins.fresh(city__members=150)
    fields, log = twins.part(twin, Fields), twin.ports.log
    hanging = phases.held(fields.ripe["packs"])
    for day, ask in enumerate(wanted):
        before = phases.held(fields.ripe["packs"])
        np.testing.assert_array_equal(before, hanging)
        fields.ripen(day)
        ripe = phases.held(fields.ripe["packs"])
        assert (ripe >= before).all()
        picked = fields.pick(np.array(ask))
        np.testing.assert_array_equal(picked, np.where(fields.local, np.minimum(ask, ripe), 0))
        fields.fall(day)
        rows = log.read("field_loss").to_pandas()
        today = rows[rows.event_time == rows.event_time.max()] if len(rows) else rows
        fell = np.zeros(len(ripe), np.int64)
        if len(today) and twin.ports.clock.day_of(today.event_time.to_numpy()[0].astype("datetime64[s]")) == day:
            fell[today.sku] = today.packs
        hanging = ripe - picked - fell
        np.testing.assert_array_equal(phases.held(fields.ripe["packs"]), hanging)


def test_fruit_hangs_for_its_window_and_the_ripest_is_picked_first(fields: Fields) -> None:
    windows = LONGEST_HOLD_DAYS - fields._enters
    fields.ripe["packs"][...] = 0
    rows = np.flatnonzero(fields.local)
    fields.ripe["packs"][rows, fields._enters[rows]] = 7
    for day in range(int(windows.max())):
        held = phases.held(fields.ripe["packs"])
        np.testing.assert_array_equal(held[rows], np.where(windows[rows] > day, 7, 0))
        fields.fall(day)
    assert not fields.ripe["packs"].any()
    sku = int(rows[windows[rows] >= 2][0])
    fields.ripe["packs"][sku, fields._enters[sku]] = 3
    fields.fall(9)
    fields.ripe["packs"][sku, fields._enters[sku]] = 5
    assert fields.pick(np.where(np.arange(len(windows)) == sku, 4, 0))[sku] == 4
    assert fields.ripe["packs"][sku, fields._enters[sku]] == 4 and phases.held(fields.ripe["packs"])[sku] == 4


def test_yields_scatter_around_the_contract(fields: Fields) -> None:
    fields.ripe["packs"][...] = 0
    contract = fields._yield * 60
    for day in range(60):
        fields.ripen(day)
    ripe = phases.held(fields.ripe["packs"])
    assert ripe.sum() == pytest.approx(contract.sum(), rel=0.03)
