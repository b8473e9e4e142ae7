"""Every order line has one end, and its money follows it: over whole runs, from the log alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ledger import Account, Ledger
from agents.orders import Counters, OrderBook, turn_of
from sim.twin import Twin

ENDS = {"handed_over", "short", "spoiled_waiting", "group_failed", "unclaimed"}
AHEAD = ("preorder", "spf", "mix")


@pytest.mark.parametrize("arm", AHEAD)
def test_every_line_ends_once_or_is_open(week: dict[str, Twin], twins: Any, arm: str) -> None:
    twin = week[arm]
    lines, ends = twins.rows(twin, "order_line"), twins.rows(twin, "line_end")
    state = twin.ports.state
    open_now = [*state["order_lines"]["line"], *state["reserved"]["line"]]
    fate = Counter([*ends["line"].tolist(), *map(int, open_now)])
    assert set(fate) == set(lines["line"].tolist()) and set(fate.values()) == {1}
    assert set(ends["end"]) <= ENDS and {"handed_over"} <= set(ends["end"])
    row = np.searchsorted(lines["line"], ends["line"])
    for column in ("member", "shop", "sku", "packs", "fen"):
        np.testing.assert_array_equal(ends[column], lines[column][row])


@pytest.mark.parametrize("arm", AHEAD)
def test_lines_end_when_they_may(week: dict[str, Twin], twins: Any, arm: str) -> None:
    twin = week[arm]
    lines, ends = twins.rows(twin, "order_line"), twins.rows(twin, "line_end")
    ordinary = lines["candidate"][np.searchsorted(lines["line"], ends["line"])] == -1
    placed = lines["day"][np.searchsorted(lines["line"], ends["line"])]
    after = (ends["day"] - placed)[ordinary]
    how = ends["end"][ordinary]
    assert (after[how == "handed_over"] >= 1).all()
    assert (after[how == "unclaimed"] == twins.world(twin).params.owners.unclaimed_days).all()
    assert "group_failed" not in set(how)
    handed = ends["end"] == "handed_over"
    assert ((ends["hour"][handed] >= 16) & (ends["hour"][handed] <= 20)).all()


@pytest.mark.parametrize("arm", AHEAD)
def test_money_is_held_until_the_line_ends(week: dict[str, Twin], twins: Any, arm: str) -> None:
    twin = week[arm]
    lines, ends = twins.rows(twin, "order_line"), twins.rows(twin, "line_end")
    paid, back = twins.rows(twin, "payment"), twins.rows(twin, "refund")
    ordered = paid["channel"] == "order"
    np.testing.assert_array_equal(np.sort(paid["document"][ordered]), lines["line"])
    assert paid["fen"][ordered].sum() == lines["fen"].sum()
    given_back = back["reason"] != "quality"
    returned = np.isin(ends["end"], ["short", "spoiled_waiting", "group_failed"])
    assert Counter(zip(back["document"][given_back], back["fen"][given_back], strict=True)) == Counter(
        zip(ends["line"][returned], ends["fen"][returned], strict=True)
    )
    for line, reason in zip(back["document"][given_back], back["reason"][given_back], strict=True):
        assert ends["end"][ends["line"] == line] == reason
    open_fen = sum(int(twin.ports.state[name]["fen"].sum()) for name in ("order_lines", "reserved"))
    held = twins.part(twin, Ledger).balance(Account.ESCROW)
    assert held == open_fen == lines["fen"].sum() - ends["fen"].sum()


@pytest.mark.parametrize("arm", AHEAD)
def test_nothing_is_handed_over_before_its_truck(twins: Any, arm: str) -> None:
    """A slow chain: trucks arrive in the middle of pick-up or after it."""
    slow = {"precool_hours": 3.0, "haul_kmh": 45.0, "farm_km_near": 330.0, "farm_km_far": 330.0, "sort_hours": 2.0,
            "city_kmh": 15.0, "dispatch_latest_hour": 20.0}  # fmt: skip
    values = {f"world__supply__{name}": value for name, value in slow.items()}
    twin = twins.lived(arm, world__residents__visit_rate=0.1, city__shops=4, **values)
    stops, ends = twins.rows(twin, "stop"), twins.rows(twin, "line_end")
    lines = twins.rows(twin, "order_line")
    arrival = {(d, s): h for d, s, h in zip(stops["day"], stops["shop"], stops["hour"], strict=True)}
    due = lines["due_day"][np.searchsorted(lines["line"], ends["line"])]
    handed = np.flatnonzero(ends["end"] == "handed_over")
    same_day = [i for i in handed if ends["day"][i] == due[i]]
    assert max(arrival.values()) > 16.5 and len(handed) > 20
    for i in same_day:
        assert arrival[due[i], ends["shop"][i]] <= ends["hour"][i] + 1 / 1800


def test_commission_is_a_tenth_of_what_was_handed_over_or_given_up(week: dict[str, Twin], twins: Any) -> None:
    twin = week["preorder"]
    ends, postings = twins.rows(twin, "line_end"), twins.rows(twin, "posting")
    earned = np.isin(ends["end"], ["handed_over", "unclaimed"])
    sale, commission = (postings["reason"] == name for name in ("sale", "commission"))
    assert postings["fen"][sale].sum() == ends["fen"][earned].sum()
    share = postings["fen"][commission].sum() / postings["fen"][sale].sum()
    assert share == pytest.approx(twins.world(twin).params.owners.commission, abs=1e-3)


def test_numbers_of_a_kind_are_never_given_twice(twins: Any) -> None:
    counters = twins.part(twins.fresh(), Counters)
    taken = [counters.take("line", many) for many in (3, 0, 2)]
    assert np.concatenate(taken).tolist() == [0, 1, 2, 3, 4]
    assert counters.take("order", 1).tolist() == [0]


def test_a_negative_posting_is_refused(twins: Any) -> None:
    ledger = twins.part(twins.fresh(), Ledger)
    with pytest.raises(ValueError, match="negative"):
        ledger.post(0, 8.0, Account.PLATFORM, Account.WORKERS, "crew", -1, -5)
    ledger.post(0, 8.0, Account.PLATFORM, Account.WORKERS, "crew", np.array([0, 1, 0]), np.array([5, 0, 7]))
    assert ledger.balance(Account.WORKERS) == 12 == -ledger.balance(Account.PLATFORM)


def test_refunded_lines_leave_the_book(twins: Any) -> None:
    twin = twins.fresh("preorder")
    book, ledger = twins.part(twin, OrderBook), twins.part(twin, Ledger)
    column = np.arange(3)
    book.place(
        0, np.full(3, 12.0), basket=np.array([0, 0, 1]), member=column, shop=np.zeros(3, int), sku=column,
        fen=np.array([100, 200, 300]), due_day=np.array([1, 1, 2]), candidate=np.full(3, -1),
    )  # fmt: skip
    assert ledger.balance(Account.ESCROW) == 600 and book.open["order"].tolist() == [0, 0, 1]
    assert book.due(1).tolist() == [0, 1]
    book.refund(1, 20.0, book.due(1), "short")
    assert book.open["line"].tolist() == [2] and ledger.balance(Account.ESCROW) == 300


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_turns_count_a_members_rows_of_a_sku_whoever_stands_between(rows: list[tuple[int, int]]) -> None:
    member, sku = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    assert turn_of(member, sku).tolist() == [rows[:i].count(row) for i, row in enumerate(rows)]
