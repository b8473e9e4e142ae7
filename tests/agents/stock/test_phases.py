"""The stock phases against slow references, and their properties on drawn stocks."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from agents.stock import phases, pipeline


@st.composite
def stocks(draw: st.DrawFn) -> np.ndarray:
    """Packs (cell, slot) of a few cells."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    return draw(hnp.arrays(np.int32, shape, elements=st.integers(0, 9)))


@st.composite
def served(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, bool]:
    """A stock, what each cell wants, and the way of issuing."""
    packs = draw(stocks())
    return packs, draw(hnp.arrays(np.int32, len(packs), elements=st.integers(0, 40))), draw(st.booleans())


def issue_slowly(packs: np.ndarray, quantity: np.ndarray, fifo: bool) -> np.ndarray:
    """One pack at a time."""
    taken = np.zeros_like(packs)
    for cell, wanted in enumerate(quantity):
        slots = range(packs.shape[1])
        for slot in reversed(slots) if fifo else slots:
            while wanted > 0 and taken[cell, slot] < packs[cell, slot]:
                taken[cell, slot] += 1
                wanted -= 1
    return taken


@given(served())
def test_issue_serves_as_one_pack_after_another(case: tuple[np.ndarray, np.ndarray, bool]) -> None:
    packs, quantity, fifo = case
    before = packs.copy()
    taken = phases.issue(packs, quantity, fifo)
    assert taken.dtype == np.int32
    np.testing.assert_array_equal(taken, issue_slowly(packs, quantity, fifo))
    np.testing.assert_array_equal(taken.sum(1), np.minimum(quantity, phases.held(packs)))
    np.testing.assert_array_equal(packs, before)


def test_issue_takes_the_oldest_first_or_the_newest_first() -> None:
    packs = np.array([[3, 2, 1]], np.int32)
    np.testing.assert_array_equal(phases.issue(packs, np.array([4]), fifo=True), [[1, 2, 1]])
    np.testing.assert_array_equal(phases.issue(packs, np.array([4]), fifo=False), [[3, 1, 0]])


@given(stocks(), st.integers(0, 9))
def test_a_day_without_sales_neither_makes_nor_loses_packs(packs: np.ndarray, arrival: int) -> None:
    arrivals = np.full(len(packs), arrival, np.int32)
    gone = phases.expire(packs)
    np.testing.assert_array_equal(gone[:, :-1], 0)
    fixed = phases.receive(phases.age(packs - gone, fixed_life=True), arrivals)
    np.testing.assert_array_equal(phases.held(fixed), phases.held(packs) - gone.sum(1) + arrival)
    gathered = phases.age(packs, fixed_life=False)
    np.testing.assert_array_equal(phases.held(gathered), phases.held(packs))
    if packs.shape[1] > 1:
        np.testing.assert_array_equal(fixed[:, 0], arrivals)
        np.testing.assert_array_equal(gathered[:, 1:-1], packs[:, :-2])


def test_with_a_fixed_life_nothing_outlives_its_last_slot() -> None:
    packs = np.array([[1, 2]], np.int32)
    with pytest.raises(ValueError, match="last day"):
        phases.age(packs, fixed_life=True)
    np.testing.assert_array_equal(phases.age(packs - phases.expire(packs), fixed_life=True), [[0, 1]])
    np.testing.assert_array_equal(phases.age(packs, fixed_life=False), [[0, 3]])


def assign_slowly(taken: np.ndarray, cells: np.ndarray, wants: np.ndarray, fifo: bool) -> list[tuple[int, int, int]]:
    """Lines in row order, one pack at a time."""
    left, pieces = taken.copy(), defaultdict(int)
    slots = list(range(taken.shape[1]))
    for line, (cell, want) in enumerate(zip(cells, wants, strict=True)):
        for slot in reversed(slots) if fifo else slots:
            given_packs = min(int(want), int(left[cell, slot]))
            left[cell, slot] -= given_packs
            want -= given_packs
            if given_packs:
                pieces[line, slot] = given_packs
    return [(line, slot, packs) for (line, slot), packs in pieces.items()]


@given(stocks(), st.booleans(), st.data())
def test_assign_hands_out_as_one_line_after_another(taken: np.ndarray, fifo: bool, data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.tuples(st.integers(0, len(taken) - 1), st.integers(0, 12)), max_size=8))
    cells, wants = (np.array([line[i] for line in lines], np.int64) for i in (0, 1))
    pieces = phases.assign(taken, cells, wants, fifo)
    assert list(zip(*(column.tolist() for column in pieces), strict=True)) == assign_slowly(taken, cells, wants, fifo)


@given(served())
def test_lines_that_want_what_was_sold_get_all_of_it(case: tuple[np.ndarray, np.ndarray, bool]) -> None:
    packs, quantity, fifo = case
    taken = phases.issue(packs, quantity, fifo)
    cells = np.repeat(np.arange(len(packs)), quantity)
    pieces = phases.assign(taken, cells, np.ones(len(cells), np.int32), fifo)
    back = np.zeros_like(taken)
    np.add.at(back, (cells[pieces.line], pieces.slot), pieces.packs)
    np.testing.assert_array_equal(back, taken)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_an_order_arrives_after_exactly_its_lead_time(orders: list[int], lead: int, spare: int) -> None:
    in_transit = np.zeros((1, lead + spare), np.int32)
    arrived = []
    for order in [*orders, *[0] * lead]:
        in_transit = pipeline.push(in_transit, np.array([order]), lead)
        came, in_transit = pipeline.pop(in_transit)
        arrived.append(int(came[0]))
    assert arrived == [*[0] * (lead - 1), *orders, 0]
    assert not in_transit.any()


def test_each_cell_has_its_own_lead_time_within_the_pipeline() -> None:
    after = pipeline.push(np.zeros((2, 3), np.int32), np.array([5, 7]), np.array([1, 3]))
    np.testing.assert_array_equal(after, [[5, 0, 0], [0, 0, 7]])
    with pytest.raises(ValueError, match="1 .. 3"):
        pipeline.push(after, np.array([1, 1]), np.array([0, 4]))
