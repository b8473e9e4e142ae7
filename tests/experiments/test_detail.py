"""What a cell keeps for pictures, from logs written by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from agents.catalogue import load_catalogue
from experiments.detail import detail_of
from experiments.metrics.window import Window
from sim.clock import Clock
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES
from sim.log import EventLog

GOODS = load_catalogue()
COLD = int(np.flatnonzero(GOODS.storage == "cold")[0])


@pytest.fixture
def window() -> Window:
    clock = Clock(date(2026, 7, 1))
    log, truth = EventLog(EVENT_TABLES, clock), EventLog(TRUTH_TABLES, clock)

    def note(hour: float, place: str, node: int, core: float, packs: int) -> None:
        truth.append("lot_path", "twin", clock.at(0, hour), {
            "lot": [5], "sku": [COLD], "place": [place], "node": [node], "air_c": [4.0], "core_c": [core],
            "life_used": [hour / 100.0], "packs": [packs]})

    note(4.0, "field", -1, 25.0, 40)
    note(10.0, "farm", -1, 12.0, 40)
    note(14.0, "truck", 1, 4.0, 30)
    note(15.0, "truck", 2, 8.0, 10)
    note(22.0, "shop", 3, 5.0, 20)
    for truck in (1, 2):
        times = clock.at(0, 9.0) + np.arange(8) * np.timedelta64(3600, "s")
        log.append("telemetry", f"truck {truck}", times, {
            "truck": [truck] * 8, "zone": ["chilled"] * 8, "reading_c": [float(truck + place) for place in range(8)]})
    for line, (ordered, due, end, ended) in enumerate(((0, 1, "handed_over", 1), (0, 1, "handed_over", 2),
                                                       (1, 2, "short", 2), (0, 1 << 30, "group_failed", 2),
                                                       (0, 1 << 30, "handed_over", 2))):
        log.append("order_line", "app", clock.at(ordered, 12.0), {
            "line": [line], "order": [line], "member": [1], "shop": [0], "sku": [COLD], "packs": [2], "fen": [100],
            "due_day": [due], "candidate": [-1 if due < 9 else 4]})
        log.append("line_end", "app", clock.at(ended, 18.0), {
            "line": [line], "member": [1], "shop": [0], "sku": [COLD], "packs": [2], "fen": [100], "end": [end]})
    return Window(log, truth, GOODS, clock, 0, 2, 14.0, 100)


def test_a_lot_s_way_has_a_point_a_place_weighted_by_packs(window) -> None:
    lot = detail_of(window, window, trace=True)["lot"]
    assert lot["place"] == ["field", "farm", "truck", "shop"]
    assert lot["hours"] == [0.0, 6.0, 10.25, 18.0]
    assert lot["core_c"] == [25.0, 12.0, 5.0, 5.0]
    assert lot["packs"] == [40, 40, 40, 20]
    # the truck with the largest share, from the stage before until it arrived: 10, 11, 12, 13, 14 h
    assert lot["sensed"] == [[6.0, 2.0], [7.0, 3.0], [8.0, 4.0], [9.0, 5.0], [10.0, 6.0]]


def test_promises_count_packs_by_origin_and_promised_day(window) -> None:
    promise = detail_of(window, window, trace=False)["promise"]
    origin = str(GOODS.origin[COLD])
    assert promise == [
        {"origin": origin, "days": 1, "end": "handed_over", "late": False, "packs": 2},
        {"origin": origin, "days": 1, "end": "handed_over", "late": True, "packs": 2},
        {"origin": origin, "days": 1, "end": "short", "late": False, "packs": 2},
        {"origin": origin, "days": None, "end": "handed_over", "late": False, "packs": 2}]


def test_orders_count_unknown_buyers_and_known_ones_beside_them(window) -> None:
    for first, second, baskets in ((-1, -1, 9), (2, 2, 4)):
        window.log.append("pair_day", "till", window.clock.at(1, 22.0), {
            "day": [1], "first": [first], "second": [second], "baskets": [baskets]})
    row = dict.fromkeys(window.log.schemas["customer_day"].names[4:], [0]) | {"day": [1], "member": [3], "orders": [5]}
    window.log.append("customer_day", "till", window.clock.at(1, 22.0), row)
    daily = detail_of(window, window, trace=False)["daily"]
    assert (daily["orders"], daily["known_orders"]) == ([0.0, 9.0, 0.0], [0.0, 5.0, 0.0])


def test_what_is_not_there_is_empty_and_nothing_is_traced_unasked(window) -> None:
    found = detail_of(window, window, trace=False)
    assert "lot" not in found
    assert found["start"] == "2026-07-01"
    assert found["daily"]["orders"] == [0.0, 0.0, 0.0]
