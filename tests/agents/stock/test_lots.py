"""Lots carried along by the phases against references that know every pack, and spoilage against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from agents.stock import lots, phases
from agents.stock.lots import NO_LOT, Lots
from sim.streams import key, uniform


@st.composite
def stocks(draw: st.DrawFn) -> Lots:
    """Lots of a few cells; an empty slot has used nothing and has no lot."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 4)))
    packs = draw(hnp.arrays(np.int32, shape, elements=st.integers(0, 9)))
    life = draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 64).map(lambda part: part / 32)))
    lot = np.arange(packs.size, dtype=np.int64).reshape(shape) + 100
    return Lots(packs, np.where(packs > 0, life, 0.0), np.where(packs > 0, lot, NO_LOT))


def life_total(stock: Lots) -> np.ndarray:
    """Life used of all packs of a cell."""
    return (stock.packs * stock.life_used).sum(1)


def check_empty_slots(stock: Lots) -> None:
    """An empty slot has used nothing and has no lot."""
    np.testing.assert_array_equal(stock.life_used[stock.packs == 0], 0.0)
    np.testing.assert_array_equal(stock.lot[stock.packs == 0], NO_LOT)


@given(stocks())
def test_ageing_keeps_every_pack_and_its_life_used(stock: Lots) -> None:
    after = lots.age_with(stock)
    np.testing.assert_array_equal(after.packs, phases.age(stock.packs, fixed_life=False))
    np.testing.assert_allclose(life_total(after), life_total(stock), rtol=1e-12)
    check_empty_slots(after)
    slots = stock.packs.shape[1]
    for cell in range(len(stock.packs)):
        if slots > 1:
            older = slots - 1 if stock.packs[cell, -1] else slots - 2
            assert after.lot[cell, -1] == stock.lot[cell, older]
            assert after.lot[cell, 1 : slots - 1].tolist() == stock.lot[cell, : slots - 2].tolist()


@given(stocks())
def test_ageing_with_a_fixed_life_is_ageing_without_what_expired(stock: Lots) -> None:
    fresh = lots.without(stock, phases.expire(stock.packs))
    for fixed, gathered in zip(lots.age_with(fresh, fixed_life=True), lots.age_with(fresh), strict=True):
        np.testing.assert_array_equal(fixed, gathered)


@given(stocks(), st.integers(0, 5), st.integers(0, 64).map(lambda part: part / 32))
def test_receiving_mixes_by_packs_and_keeps_the_first_lot(stock: Lots, packs: int, life: float) -> None:
    cells = len(stock.packs)
    arrivals = Lots(np.full(cells, packs, np.int32), np.full(cells, life), np.full(cells, 7, np.int64))
    after = lots.receive_with(stock, arrivals)
    np.testing.assert_array_equal(after.packs, phases.receive(stock.packs, arrivals.packs))
    np.testing.assert_allclose(life_total(after), life_total(stock) + packs * life, rtol=1e-12)
    held = stock.packs[:, 0] > 0
    np.testing.assert_array_equal(after.lot[held, 0], stock.lot[held, 0])
    np.testing.assert_array_equal(after.lot[~held, 0], 7 if packs else NO_LOT)
    check_empty_slots(after)


@given(stocks(), st.integers(0, 20), st.booleans())
def test_what_leaves_leaves_nothing_behind(stock: Lots, quantity: int, fifo: bool) -> None:
    taken = phases.issue(stock.packs, np.full(len(stock.packs), quantity), fifo)
    after = lots.without(stock, taken)
    np.testing.assert_array_equal(after.packs + taken, stock.packs)
    check_empty_slots(after)


def test_a_slot_cannot_give_more_than_it_holds() -> None:
    with pytest.raises(ValueError, match="more packs"):
        lots.without(lots.empty(1, 2), np.ones((1, 2), np.int32))


@settings(deadline=None)
@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0), st.floats(0.05, 1.0))
def test_spoilage_is_the_conditional_probability(before: float, more: float, log_sd: float) -> None:
    chance = lots.spoilage(np.array([before]), np.array([before + more]), log_sd)[0]
    assert 0.0 <= chance <= 1.0
    with np.errstate(divide="ignore"):
        good_before, good_after = stats.norm.sf(np.log([before, before + more]) / log_sd)
    if good_before > 1e-250:
        assert chance == pytest.approx(1 - good_after / good_before, abs=1e-9)


def test_spoilage_at_its_ends() -> None:
    before, after = np.array([0.0, 0.0, 1.0, 1e300]), np.array([0.0, 1.0, 1.0, 1.1e300])
    np.testing.assert_allclose(lots.spoilage(before, after, 0.25), [0.0, 0.5, 0.0, 1.0])
    with pytest.raises(ValueError, match="log_sd"):
        lots.spoilage(before, after, 0.0)


@settings(max_examples=30, deadline=None)
@given(stocks(), st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.integers(0, 1000))
def test_more_ageing_spoils_no_fewer_packs_and_never_more_than_there_are(
    stock: Lots, less: float, more: float, day: int
) -> None:
    uniforms = uniform(key(1, "spoil"), day, np.arange(stock.packs.size).reshape(stock.packs.shape))
    gone = [
        lots.spoil(stock.packs, stock.life_used, stock.life_used + step, 0.25, uniforms)
        for step in (0.0, less, less + more, 1e9)
    ]
    assert not gone[0].any()
    assert (gone[1] <= gone[2]).all()
    np.testing.assert_array_equal(gone[3], stock.packs)


def test_step_by_step_spoilage_ends_where_one_step_does() -> None:
    cells, packs, log_sd = 4000, 50, 0.25
    left = np.full((cells, 1), packs, np.int32)
    steps = np.linspace(0.0, 1.1, 12)
    for day, (before, after) in enumerate(zip(steps[:-1], steps[1:], strict=True)):
        uniforms = uniform(key(2, "spoil"), day, np.arange(cells))[:, None]
        life = np.ones((cells, 1))
        left = left - lots.spoil(left, before * life, after * life, log_sd, uniforms)
    share = stats.norm.sf(np.log(1.1) / log_sd)
    assert left.mean() / packs == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / (cells * packs)))
