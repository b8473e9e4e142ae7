"""A stock day runs its phases in the configured order and charges what they counted, and loses no pack."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.stock import lots
from agents.stock.lots import Lots
from agents.stock.params import StockDay, check_fixed_life
from agents.stock.phases import held
from agents.stock.programme import Ageing, Flows, Stock, Today, charge, run_day
from sim.streams import integers, key, uniform


def today(demand: list[list[int]], order: int = 0, **changes: object) -> Today:
    """A day with constant orders and a lead time of one day."""
    given_: dict[str, object] = {
        "demand": np.array(demand),
        "order": lambda stock: np.full(len(stock.in_transit), order),
        "lead_time": 1,
        "fifo": True,
        "fixed_life": False,
    }
    return Today(**{**given_, **changes})  # type: ignore[arg-type]


def test_the_order_of_phases_decides() -> None:
    sold = {}
    for names in permutations(("order", "receive", "serve")):
        stock = Stock.empty(1, 1, 1)
        sold[names] = int(run_day(names, stock, today([[3]], order=5)).sold[0])
    assert {names for names, packs in sold.items() if packs} == {("order", "receive", "serve")}


def test_customers_take_what_there_is_in_their_order() -> None:
    stock = Stock(lots.unnamed(np.array([[5], [3], [0]])), np.zeros((3, 1), np.int32))
    flows = run_day(["serve"], stock, today([[3, 4], [3, 4], [3, 4]]))
    np.testing.assert_array_equal(flows.sold, [5, 3, 0])
    np.testing.assert_array_equal(flows.served, [2, 1, 0])
    np.testing.assert_array_equal(flows.demanded, [7, 7, 7])


def test_each_charge_falls_at_the_phase_that_counts_it() -> None:
    stock = Stock(lots.unnamed(np.array([[6, 4]])), np.array([[9]], np.int32))
    day = StockDay.model_validate(
        {
            "phases": ["order", "serve", "waste", "hold", "age", "receive"],
            "charges": {
                "holding": ["packs_held"],
                "delivery": ["orders_placed", "deliveries_received", "customers_served"],
                "shortage": ["packs_lost"],
                "waste": ["packs_wasted"],
                "goods": ["packs_ordered"],
            },
        }
    )
    flows = run_day(day.phases, stock, today([[3, 0]], order=2, lead_time=1, fixed_life=True))
    prices = {"holding": 20, "delivery": 1000, "shortage": 5, "waste": 7, "goods": np.array([300])}
    amounts = {account: int(amount[0]) for account, amount in charge(day.charges, prices, flows).items()}
    assert amounts == {"holding": 120, "delivery": 3000, "shortage": 0, "waste": 7, "goods": 600}
    np.testing.assert_array_equal(stock.lots.packs, [[11, 6]])


def test_true_deliveries_replace_what_was_due() -> None:
    stock = Stock(lots.empty(2, 2), np.array([[5, 1], [5, 1]], np.int32))
    short = Lots(np.array([4, 0], np.int32), np.array([0.25, 0.0]), np.array([17, lots.NO_LOT]))
    flows = run_day(["receive"], stock, today([[0], [0]], deliveries=short))
    np.testing.assert_array_equal(flows.received, [4, 0])
    np.testing.assert_array_equal(stock.in_transit, [[1, 0], [1, 0]])
    assert stock.lots.life_used[0, 0] == 0.25
    assert stock.lots.lot[:, 0].tolist() == [17, lots.NO_LOT]


def test_spoiling_raises_life_used_and_removes_what_fell_below_acceptance() -> None:
    packs = np.array([[10, 10, 0]], np.int32)
    stock = Stock(lots.unnamed(packs), np.zeros((1, 1), np.int32))
    ageing = Ageing(np.array([[0.9, 50.0, 3.0]]), 0.25, np.full((1, 3), 0.5))
    flows = run_day(["spoil"], stock, today([[0]], ageing=ageing))
    assert 0 < flows.wasted[0, 0] < 10
    np.testing.assert_array_equal(flows.wasted[0, 1:], [10, 0])
    np.testing.assert_array_equal(stock.lots.life_used, [[0.9, 0.0, 0.0]])
    with pytest.raises(ValueError, match="ageing"):
        run_day(["spoil"], stock, today([[0]]))


PHASES = ["order", "receive", "serve", "waste", "hold", "age"]


@settings(max_examples=30, deadline=None)
@given(st.permutations(PHASES), st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(0, 99))
def test_packs_are_conserved_in_every_order_of_phases(
    names: list[str], slots: int, lead: int, fifo: bool, seed: int
) -> None:
    cells, stock = 3, Stock.empty(3, slots, lead)
    ordered = sold = wasted = np.zeros(cells, np.int64)
    for day in range(5):
        draws = integers(key(seed, "test"), 9, day, np.arange(cells)[:, None], np.arange(3))
        used = stock.lots.life_used + 0.3
        ageing = Ageing(used, 0.25, uniform(key(seed, "spoil"), day, np.arange(used.size).reshape(used.shape)))
        now = Today(draws[:, :2], lambda stock, q=draws[:, 2]: q, lead, fifo, False, ageing=ageing)
        flows = run_day(["spoil", *names], stock, now)  # type: ignore[list-item]
        ordered, sold, wasted = ordered + flows.ordered, sold + flows.sold, wasted + held(flows.wasted)
        np.testing.assert_array_equal(flows.taken.sum(1), flows.sold)
        assert (stock.lots.packs >= 0).all()
        assert (flows.sold <= flows.demanded).all()
        np.testing.assert_array_equal(ordered, sold + wasted + stock.position)


def test_a_day_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="hold is repeated"):
        StockDay.model_validate({"phases": ["hold", "hold"]})
    with pytest.raises(ValidationError):
        StockDay.model_validate({"phases": ["pray"]})
    assert "needs the phases" in str(check_fixed_life(StockDay(phases=("serve",)), 2))
    assert "before age" in str(check_fixed_life(StockDay(phases=("age", "waste")), 2))
    one_day = StockDay(phases=("waste", "receive", "age"))
    assert "one day" in str(check_fixed_life(one_day, 1))
    assert check_fixed_life(one_day, 2) is None


def test_nothing_happens_without_phases() -> None:
    stock = Stock.empty(2, 3, 1)
    assert run_day([], stock, today([[1], [1]])).__dict__.keys() == Flows.none(2, 3).__dict__.keys()
    assert not stock.position.any()
