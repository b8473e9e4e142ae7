"""Daily aggregates: full rows re-reduced equal what is stored, and small logs with figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents.catalogue import load_catalogue
from agents.reducers import reducers_of
from agents.reducers.sums import Sums
from agents.reducers.trade import kinds_of
from sim.contracts.events import EVENT_TABLES
from sim.contracts.events.owners import QUANTILES
from sim.log import STAMP
from sim.twin import Twin

WIDTH = len(STAMP)
GOODS = load_catalogue()
REDUCERS = {reducer.output: reducer for reducer in reducers_of(GOODS)}
SILENT = {"effect_day", "nps_day", "labour_day", "exposure_day", "waste_day"}
"""Tables that a week of some arm may leave empty."""


@pytest.mark.parametrize("arm", ["traditional", "preorder", "spf", "spf_stock", "mix"])
@pytest.mark.parametrize("reducer", REDUCERS.values(), ids=lambda one: one.output)
def test_full_rows_reduce_to_the_stored_aggregates(week: dict[str, Twin], arm: str, reducer: Any) -> None:
    twin = week[arm]
    log, clock = twin.ports.log, twin.ports.clock

    def of_day(table: str, day: int) -> pa.Table:
        rows = log.read(table)
        arrived = rows["arrival_time"].to_numpy().astype("datetime64[s]")
        return rows.filter(pa.array(np.asarray(clock.day_of(arrived)) == day))

    total = 0
    for day in range(twin.day):
        columns = reducer.reduce(day, {name: of_day(name, day) for name in reducer.inputs})
        stored = of_day(reducer.output, day)
        total += stored.num_rows
        for name in stored.column_names[WIDTH:]:
            again = pa.array(columns[name], stored.schema.field(name).type)
            assert again.equals(stored[name].combine_chunks()), (day, name)
    assert total > 0 or reducer.output in SILENT


def table(name: str, **columns: list[Any]) -> pa.Table:
    """Rows of an event table; columns left out are zero or empty."""
    schema = EVENT_TABLES[name]
    many = len(next(iter(columns.values()), []))
    for field in schema:
        blank = "" if pa.types.is_string(field.type) else 0
        columns.setdefault(field.name, [blank] * many)
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def at(*hours: float) -> list[np.datetime64]:
    """Clock times of 2 March; -1 is 23:00 of the eve."""
    return [np.datetime64("2026-03-02T00:00:00") + np.timedelta64(round(hour * 3600), "s") for hour in hours]


def reduced(output: str, **tables: pa.Table) -> dict[str, list[Any]]:
    one = REDUCERS[output]
    whole = {name: tables.get(name, table(name)) for name in one.inputs}
    return {name: np.asarray(values).tolist() for name, values in one.reduce(5, whole).items()}


def test_goods_of_a_sku_by_hand() -> None:
    figures = reduced(
        "sku_day",
        harvest=table("harvest", sku=[3, 7, 3], packs=[10, 4, 5], cost_fen=[1000, 800, 500], event_time=at(5, 6, 6)),
        purchase_order=table("purchase_order", sku=[3, 7], packs=[16, 4]),
        field_loss=table("field_loss", sku=[9], packs=[2], cost_fen=[60]),
        waste=table("waste", sku=[3, 3, 7], packs=[1, 2, 1], cost_fen=[100, 200, 200], node=["hub", "shop", "pickup"],
                    event_time=at(7, 22.5, 22.5)),
        pos_sale=table("pos_sale", sku=[3, 3], packs=[2, 1], event_time=at(9, 20)),
        line_end=table("line_end", sku=[7, 7, 3], packs=[1, 1, 1], end=["handed_over", "short", "handed_over"],
                       event_time=at(18, 20, 19)),
        spot_sale=table("spot_sale", sku=[3, 7], packs=[2, 6], cost_fen=[200, 900], fen=[50, 300], node=["hub", "farm"],
                        event_time=at(8, 8)),
        stock_count=table("stock_count", shop=[0, -1, -2], sku=[3, 3, 7], on_hand=[4, 3, 1], reserved=[0, 1, 0]),
        transit=table("transit", sku=[3, 3, 7], packs=[5, 5, 1], move=["depart", "arrive", "depart"],
                      event_time=at(12, 14.5, 13)),
        quality_refund=table("quality_refund", sku=[7], cost_fen=[50]),
    )
    expected = {
        "day": [5, 5, 5], "sku": [3, 7, 9], "receipts": [15, 4, 0], "field_loss": [0, 0, 2],
        "waste_hub": [1, 0, 0], "waste_road": [0, 0, 0], "waste_shop": [2, 0, 0], "waste_pickup": [0, 1, 0],
        "sold": [4, 1, 0], "spot": [2, 0, 0], "held": [8, 1, 0], "water_mg": [0, 0, 0], "purchased": [16, 4, 0],
        # hours since 23:00: held packs the whole day, sold and lost ones until they went, less what was not there yet
        "pack_minutes": [60 * (8 * 24 + 2 * 10 + 21 + 20 + 2 * 9 + 8 + 2 * 23.5 - 10 * 6 - 5 * 7),
                         60 * (24 + 19 + 23.5 - 4 * 7), 0],
        "transit_minutes": [5 * 150, 60 * (24 - 14), 0], "spot_cost_fen": [200, 0, 0], "spot_fen": [50, 0, 0],
        "receipts_fen": [1500, 800, 0], "waste_fen": [300, 200, 0],
        "field_loss_fen": [0, 0, 60], "refunded_cost_fen": [0, 50, 0],
    }  # fmt: skip
    assert figures == expected


def test_demand_and_sales_of_a_cell_by_hand() -> None:
    quantiles: Any = {name: [value, None] for name, value in zip(QUANTILES, (1.0, 2.0, 4.0, 5.0, 7.0), strict=True)}
    figures = reduced(
        "shop_day",
        order_line=table("order_line", shop=[1, 1, 0], sku=[2, 2, 2], packs=[1, 1, 1]),
        shop_order=table("shop_order", shop=[0], sku=[4], packs=[12]),
        pos_sale=table("pos_sale", shop=[0, 0], sku=[4, 4], packs=[1, 2], fen=[500, 1000]),
        line_end=table(
            "line_end", shop=[1, 1, 0, 0], sku=[2, 2, 2, 2], packs=[1] * 4, fen=[300, 300, 300, 300],
            end=["handed_over", "short", "unclaimed", "group_failed"],
        ),
        stock_move=table("stock_move", shop=[0], sku=[4], packs=[11], move=["deliver"]),
        quality_refund=table("quality_refund", shop=[1], sku=[2], packs=[1], fen=[150]),
        stock_out=table("stock_out", shop=[0, 0], sku=[4, 4], hours=[1.5, 3.0]),
        forecast=table("forecast", shop=[0, 1], sku=[4, 2], packs=[4.5, 2.0], **quantiles),
    )  # fmt: skip
    assert figures == {
        "day": [5, 5, 5], "shop": [0, 0, 1], "sku": [2, 4, 2], "ordered": [1, 0, 2], "requested": [0, 12, 0],
        "sold": [0, 3, 0], "handed_over": [0, 0, 1], "short": [0, 0, 1], "unclaimed": [1, 0, 0],
        "received": [0, 11, 0], "revenue_fen": [300, 1500, 300], "refund_fen": [0, 0, 150],
        "stock_out_hours": [0.0, 4.5, 0.0], "forecasts": [0, 1, 1], "expected": [0.0, 4.5, 2.0],
        "intervals": [0, 1, 0], "pinball": [0.0, pytest.approx(0.31), 0.0], "covered": [0, 1, 0],
    }  # fmt: skip


def test_orders_of_members_by_hand() -> None:
    """A basket of two lines is one order; an unknown buyer counts for nobody; till and app documents are told apart."""
    names, kind = kinds_of(GOODS)
    price = GOODS.price_fen
    figures = reduced(
        "customer_day",
        pos_sale=table("pos_sale", basket=[0, 0, 1, 2], member=[8, 8, 8, -1], sku=[0, 7, 0, 0], packs=[1, 2, 1, 1],
                       fen=[700, 900, 800, 750]),
        order_line=table("order_line", order=[0, 0, 1], member=[8, 8, 9], sku=[10, 10, 7], packs=[1] * 3, fen=[5] * 3),
    )  # fmt: skip
    bits = [1 << int(kind[sku]) for sku in (0, 7, 10)]
    assert names[kind[0]] == GOODS.category[0] and len(set(bits)) == 3
    assert figures == {
        "day": [5, 5], "member": [8, 9], "orders": [3, 1], "fen": [2410, 5],
        "list_fen": [int(2 * price[0] + 2 * price[7] + 2 * price[10]), int(price[7])],
        "kinds": [sum(bits), bits[1]],
    }  # fmt: skip


def test_kinds_in_one_basket_by_hand() -> None:
    _, kind = kinds_of(GOODS)
    figures = reduced(
        "pair_day",
        pos_sale=table("pos_sale", basket=[0, 0, 1, 2], member=[8, 8, 8, -1], sku=[0, 7, 0, 1]),
        order_line=table("order_line", order=[0, 0], member=[8, 8], sku=[7, 0]),
    )
    first, second = sorted((int(kind[0]), int(kind[7])))
    baskets = dict(zip(zip(figures["first"], figures["second"], strict=True), figures["baskets"], strict=True))
    # SKUs 0 and 1 are of one kind: four baskets, one of them an unknown buyer's
    assert kind[0] == kind[1]
    assert baskets == {(-1, -1): 4, (first, second): 2, (kind[0], kind[0]): 4, (kind[7], kind[7]): 2}


def test_milk_powder_is_told_from_baby_food() -> None:
    names, kind = kinds_of(GOODS)
    infant = kind[GOODS.buyers == "infant"]
    assert {names[one] for one in infant} == {"milk_powder", "baby_food"} and len(kind) == GOODS.n


def test_waste_answers_and_work_by_hand() -> None:
    waste = table("waste", sku=[3, 3, 3], packs=[1, 2, 4], cost_fen=[10, 20, 40], node=["hub", "hub", "shop"],
                  reason=["spoiled", "spoiled", "damaged"])  # fmt: skip
    assert reduced("waste_day", waste=waste) == {
        "day": [5, 5], "sku": [3, 3], "node": ["hub", "shop"], "reason": ["spoiled", "damaged"], "packs": [3, 4],
        "cost_fen": [30, 40],
    }  # fmt: skip
    nps = table("nps", score=[10, 9, 8, 7, 6, 0], survey=["transaction"] * 5 + ["relationship"])
    assert reduced("nps_day", nps=nps) == {
        "day": [5, 5], "survey": ["relationship", "transaction"], "answers": [1, 5], "promoters": [0, 2],
        "detractors": [1, 1],
    }  # fmt: skip
    labour = table("labour", who=["owner", "owner", "head_office"], task=["till", "till", "calls"], minutes=[5, 2.5, 1])
    assert reduced("labour_day", labour=labour) == {
        "day": [5, 5], "who": ["head_office", "owner"], "task": ["calls", "till"], "minutes": [1.0, 7.5],
    }  # fmt: skip
    assert reduced("exposure_day", exposure=table("exposure", sku=[4, 2, 4])) == {
        "day": [5, 5], "sku": [2, 4], "exposures": [1, 2],
    }  # fmt: skip


def test_what_slates_led_to_by_hand() -> None:
    """Member 8 saw SKUs 1, 2 of a slate and 3 behind it, opened 2 and 3, ordered 2; member 9 bought 1 at a till."""
    seen = {"member": [8, 8, 8, 9], "sku": [1, 2, 3, 1], "policy": ["a", "a", "listing", "a"]}
    figures = reduced(
        "effect_day",
        exposure=table("exposure", **seen),
        click=table("click", member=[8, 8], sku=[2, 3], policy=["a", "listing"]),
        order_line=table("order_line", member=[8, 8, 7], sku=[2, 2, 1], packs=[1, 1, 1]),
        pos_sale=table("pos_sale", member=[9, -1], sku=[1, 3], packs=[1, 1]),
    )
    assert figures.pop("policy") == ["a", "listing"]
    assert figures == {"day": [5, 5], "exposures": [3, 1], "clicks": [1, 1], "orders": [2, 0]}


def test_postings_by_hand() -> None:
    figures = reduced(
        "money_day",
        posting=table(
            "posting", shop=[0, 1, 0], debit=["residents", "residents", "platform"],
            credit=["escrow", "escrow", "workers"], reason=["order", "order", "crew"], fen=[100, 250, 40],
        ),
    )  # fmt: skip
    assert figures == {
        "day": [5, 5], "debit": ["platform", "residents"], "credit": ["workers", "escrow"],
        "reason": ["crew", "order"], "fen": [40, 350],
    }  # fmt: skip


def test_a_day_without_rows_reduces_to_no_rows() -> None:
    for output in REDUCERS:
        figures = reduced(output)
        assert all(values == [] for values in figures.values())
        assert set(figures) == set(EVENT_TABLES[output].names[WIDTH:])


def test_sums_accept_keys_in_place_of_columns() -> None:
    sums = Sums("sku")
    rows = table("harvest", sku=[1, 2], packs=[3, 4])
    sums.add("packs", rows, "packs", sku=np.array([6, 6]))
    assert {k: v.tolist() for k, v in sums.columns({"packs": int}).items()} == {"sku": [6], "packs": [7]}


def test_sums_by_two_keys_rise_and_may_begin_below_zero() -> None:
    sums = Sums("shop", "sku")
    sums.add("packs", table("waste", shop=[1, -1, 1, 0], sku=[2, 7, 0, 9], packs=[1, 2, 3, 4]), "packs")
    found = sums.columns({"packs": int})
    assert {name: values.tolist() for name, values in found.items()} == {
        "shop": [-1, 0, 1, 1], "sku": [7, 9, 0, 2], "packs": [2, 4, 3, 1],
    }  # fmt: skip


@pytest.mark.parametrize("arm", ["traditional", "preorder", "spf_stock"])
def test_packs_on_the_road_come_off_it(week: dict[str, Twin], twins: Any, arm: str) -> None:
    """What departs arrives, today or later, and every minute on the road is a minute of stock."""
    rows, stock = twins.rows(week[arm], "transit"), twins.rows(week[arm], "sku_day")
    left, came = (rows["packs"][rows["move"] == move].sum() for move in ("depart", "arrive"))
    count = twins.rows(week[arm], "stock_count")
    on_road = (count["shop"] == -2) & (count["day"] == count["day"].max())
    assert left - came == count["on_hand"][on_road].sum() and came > 0
    assert (stock["transit_minutes"] >= 0).all() and (stock["pack_minutes"] >= stock["transit_minutes"]).all()
