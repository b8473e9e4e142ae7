"""Mark-downs and inspection: what they do, that they lose no pack and no fen, and that off means off."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.cold.rooms import Rooms
from agents.shops.care import Care
from agents.shops.shelves import Shelves
from tests.agents.test_conservation import lived_and_checked

BUSY = {"city__shops": 3, "city__members": 60, "days": 10, "world__residents__visit_rate": 0.2}


def part(twin: Any) -> Care:
    (found,) = (phase.call.__self__ for phase in twin.programme.phases if phase.name == "mark-down")
    return found


def test_old_goods_get_a_lower_tag_until_the_border(twins: Any) -> None:
    twin = twins.fresh("traditional", **BUSY)
    shelves, world = twins.part(twin, Shelves), twins.world(twin)
    twins.part(twin, Rooms).run(0)
    frame, rules = shelves.frame, world.params.owners
    fresh = world.catalogue.fresh[frame["sku"]]
    frame["packs"][:, 0] = 2
    frame["life_used"][:, 0] = np.where(np.arange(len(frame)) % 2 == 0, 0.95, 0.1)
    old = fresh & (frame["life_used"][:, 0] > 0.9)
    part(twin).mark_down(0)
    lower = frame["price_fen"] * (100 - rules.markdown_percent) // 100
    assert old.any() and (frame["tag_fen"][old] == lower[old]).all()
    young = shelves.looks(19.0) > 0.4
    assert (frame["tag_fen"][young] == frame["price_fen"][young]).all()
    rows = twins.rows(twin, "markdown")
    assert len(rows["sku"]) == (frame["tag_fen"] < frame["price_fen"]).sum() and rows["packs"].min() > 0
    shelves.set_prices(np.arange(len(frame)), frame["price_fen"].copy())
    assert (frame["tag_fen"] == frame["price_fen"]).all()


def test_looks_are_one_less_the_mean_life_used(twins: Any) -> None:
    twin = twins.fresh("traditional", **BUSY)
    shelves = twins.part(twin, Shelves)
    twins.part(twin, Rooms).run(0)
    frame = shelves.frame
    frame["packs"][0, :3], frame["life_used"][0, :3] = [1, 3, 0], [0.2, 0.6, 0.0]
    frame["packs"][1, :] = 0
    at_the_border = shelves.looks(-1.0)
    assert at_the_border[0] == 1.0 - (0.2 + 3 * 0.6) / 4 and at_the_border[1] == 1.0
    assert shelves.looks(12.0)[0] < at_the_border[0]


def test_inspection_takes_off_what_looks_too_old_and_scores_the_shelf(twins: Any) -> None:
    values = {**BUSY, "world__owners__inspection_limit": 0.5}
    on = lived_and_checked(twins, "traditional", scenario__systems__inspection="true", **values)
    waste, scores = twins.rows(on, "waste"), twins.rows(on, "inspection")
    off_shelf = waste["reason"] == "taken_off"
    assert off_shelf.any() and (waste["node"][off_shelf] == "shop").all()
    assert len(scores["shop"]) == 30 and scores["shelf"].max() <= 1.0 and scores["shelf"].min() >= 0.0
    assert 0.4 < scores["hygiene"].mean() < 1.0
    plain = twins.lived("traditional", **BUSY)
    assert not len(twins.rows(plain, "inspection")["shop"])
    assert not (twins.rows(plain, "waste")["reason"] == "taken_off").any()


def test_a_limit_that_nothing_passes_leaves_every_draw_of_others_alone(twins: Any) -> None:
    """Inspection that takes nothing off and costs no time leaves sales, waste and orders as they were."""
    idle = twins.lived(
        "traditional", scenario__systems__inspection="true", world__owners__inspection_limit=100.0,
        world__labour__inspection_minutes=0.0, **BUSY,
    )  # fmt: skip
    plain = twins.lived("traditional", **BUSY)
    for table in ("pos_sale", "waste", "shop_order", "posting", "stock_count"):
        one, other = twins.rows(idle, table), twins.rows(plain, table)
        for name in one.keys() - {"sequence"}:
            np.testing.assert_array_equal(one[name], other[name], err_msg=f"{table}.{name}")


def test_evening_sales_pay_the_tag_and_all_others_the_days_price(twins: Any) -> None:
    """Prices are the list's (one price), so every fen of a line is packs times list price or times the lower tag."""
    values = {
        "city__shops": 2, "city__members": 300, "days": 4, "world__residents__visit_rate": 0.4,
        "scenario__fulfilment": "mix", "scenario__preorder_share": 0.4, "world__owners__markdown_life": 0.05,
    }  # fmt: skip
    twin = lived_and_checked(twins, "traditional", **values)
    listed, tags = twins.world(twin).catalogue.price_fen, twins.rows(twin, "markdown")
    lower = {(d, s, k): fen for d, s, k, fen in zip(*(tags[c] for c in ("day", "shop", "sku", "fen")), strict=True)}
    sold = twins.rows(twin, "pos_sale")
    late = sold["hour"] >= 19.0
    cell = zip(*(sold[c] for c in ("day", "shop", "sku")), late, listed[sold["sku"]], strict=True)
    unit = np.array([lower.get((d, s, k), price) if evening else price for d, s, k, evening, price in cell])
    np.testing.assert_array_equal(sold["fen"], unit * sold["packs"])
    assert (unit < listed[sold["sku"]]).any() and lower
    ordered = twins.rows(twin, "order_line")
    plain = ordered["candidate"] == -1
    np.testing.assert_array_equal(ordered["fen"][plain], listed[ordered["sku"][plain]])
    assert (ordered["hour"][plain] >= 19.0).any()


def test_a_mark_down_of_nothing_leaves_everything_as_it_was(twins: Any) -> None:
    free = {"world__labour__markdown_minutes": 0.0}
    none = twins.lived("traditional", world__owners__markdown_percent=0, **free, **BUSY)
    never = twins.lived("traditional", world__owners__markdown_life=100.0, **free, **BUSY)
    for table in ("pos_sale", "waste", "posting", "stock_count"):
        one, other = twins.rows(none, table), twins.rows(never, table)
        for name in one.keys() - {"sequence"}:
            np.testing.assert_array_equal(one[name], other[name], err_msg=f"{table}.{name}")


def test_what_looks_old_sells_less(twins: Any) -> None:
    sold = {}
    for life in (0.0, 0.65):
        twin = twins.fresh("traditional", **{**BUSY, "world__residents__visit_rate": 0.9})
        frame, fresh = twins.part(twin, Shelves).frame, twins.world(twin).catalogue.fresh
        frame["packs"][:, 0] = 40
        frame["life_used"][:, 0] = np.where(fresh[frame["sku"]], life, 0.0)
        np.add.at(held := np.zeros(len(fresh), np.int64), frame["sku"], 40)
        twin.ports.state["held"]["packs"][:] = held
        twin.run(1)
        rows = twins.rows(twin, "pos_sale")
        sold[life] = rows["packs"][fresh[rows["sku"]]].sum()
    assert 0 < sold[0.65] < 0.95 * sold[0.0]
