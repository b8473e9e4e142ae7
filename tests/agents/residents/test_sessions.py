"""Sessions of a busy week: shelves, tills, app orders, wishes that were not met, stock-outs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from agents.day import SESSIONS
from agents.residents import kernels
from agents.residents.sessions import Shopping
from agents.supply.farms import Farms
from sim.contracts.slates import SLATE_LENGTH
from sim.state import Frame
from sim.twin import Twin


def stock_of(twin: Twin) -> np.ndarray:
    frame: Frame = twin.ports.state["shelf"]
    return frame["packs"].sum(axis=1)


def watch(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what every session finds on the shelves, leaves there and hands over."""
    seen: list[dict[str, Any]] = []
    plain = Shopping.session

    def session(self: Shopping, day: int, first: float, last: float) -> Any:
        before = stock_of(twin)
        handed = plain(self, day, first, last)
        here = (self._today.hour >= first) & (self._today.hour < last)
        visitors = {name: getattr(self._today, name)[here] for name in ("ids", "hour", "channel", "shop")}
        entry = {"day": day, "first": first, "last": last, "before": before, "after": stock_of(twin)}
        seen.append({**entry, "handed": handed, **visitors})
        return handed

    monkeypatch.setattr(Shopping, "session", session)
    return seen


BUSY = {"city__members": 150, "days": 4, "world__residents__visit_rate": 0.1, "world__owners__first_stock_days": 4.0}
KNOWN = {
    "scenario__systems__identity": "true", "world__voice__card_share": 1.0, "world__voice__card_shown": 1.0,
    "world__voice__phone_same": 1.0, "world__voice__phone_shared": 0.0,
}  # fmt: skip
"""The till learns of every buyer who it is."""


@pytest.fixture(scope="module")
def seen(twins: Any) -> Any:
    """Sessions of a mixed arm with thin shelves, and its twin."""
    with pytest.MonkeyPatch.context() as patch:
        twin = twins.fresh("mix", **BUSY, **KNOWN)
        sessions = watch(twin, patch)
        twin.run(4)
    return twin, sessions


def test_shelves_are_never_negative_and_lose_what_goes_home(seen: Any) -> None:
    for one in seen[1]:
        assert (one["after"] >= 0).all()
        sold = np.zeros_like(one["before"])
        width = len(sold) // 2
        np.add.at(sold, one["handed"].shop * width + one["handed"].sku, one["handed"].packs)
        np.testing.assert_array_equal(one["before"] - one["after"], sold)
        assert (sold <= one["before"]).all()


def test_app_orders_do_not_touch_the_shelf(seen: Any, twins: Any) -> None:
    twin, sessions = seen
    ordered = twins.rows(twin, "order_line")
    assert len(ordered["line"]) > 20
    apps = {(one["day"], who) for one in sessions for who in one["ids"][one["channel"] == kernels.APP]}
    ordinary = ordered["candidate"] == -1
    assert set(zip(ordered["day"][ordinary], ordered["member"][ordinary], strict=True)) <= apps
    sales = twins.rows(twin, "pos_sale")
    assert len(sales["basket"]) > 20
    days = twins.part(twin, Farms).promise_days[ordered["sku"][ordinary]]
    assert set(days.tolist()) == {1, 3}
    assert (ordered["due_day"][ordinary] == ordered["day"][ordinary] + days).all()


def test_every_visitor_comes_once_in_the_session_of_his_hour(seen: Any) -> None:
    sessions = seen[1]
    assert [(one["first"], one["last"]) for one in sessions[:4]] == list(SESSIONS)
    for one in sessions:
        assert ((one["hour"] >= one["first"]) & (one["hour"] < one["last"])).all()
        order = np.lexsort((one["hour"], one["shop"]))
        np.testing.assert_array_equal(order, np.arange(len(order)))
    visits = Counter((one["day"], who) for one in sessions for who in one["ids"].tolist())
    assert set(visits.values()) == {1}


def test_wishes_met_and_unmet_add_up(week: dict[str, Twin], twins: Any) -> None:
    """Packs asked of the shelves = packs sold - packs sold instead of the wish + packs unmet."""
    for arm in ("traditional", "spf_stock", "mix"):
        twin = week[arm]
        offered, unmet, sold = (twins.rows(twin, name) for name in ("offered", "unmet", "pos_sale"))
        assert unmet["packs"].sum() > 0, arm
        assert offered["packs"].sum() == sold["packs"].sum() + (unmet["packs"] - unmet["substituted"]).sum()
        assert (unmet["substituted"] <= unmet["packs"]).all()
        listed = ~twins.world(twin).catalogue.premium_candidate
        assert listed[offered["sku"]].all() and listed[unmet["sku"]].all()


def test_nothing_is_asked_of_the_shelves_where_all_order_ahead(week: dict[str, Twin], twins: Any) -> None:
    for arm in ("preorder", "spf"):
        for table in ("offered", "unmet", "pos_sale", "stock_out", "shop_order", "stock_move"):
            assert not len(twins.rows(week[arm], table)["day"]), (arm, table)


def test_a_shelf_that_lacks_packs_was_reported_empty(week: dict[str, Twin], twins: Any) -> None:
    """Whoever missed packs in a session met a shelf that was empty then or sold out in it."""
    twin = week["traditional"]
    out, unmet = twins.rows(twin, "stock_out"), twins.rows(twin, "unmet")
    empty = set(zip(out["day"], np.round(out["hour"], 2), out["shop"], out["sku"], strict=True))
    missed = set(zip(unmet["day"], np.round(unmet["hour"], 2), unmet["shop"], unmet["sku"], strict=True))
    assert missed and missed <= empty
    assert (out["hours"] > 0).all()
    hours: Counter[tuple[int, int, int]] = Counter()
    for day, shop, sku, length in zip(out["day"], out["shop"], out["sku"], out["hours"], strict=True):
        hours[day, shop, sku] += length
    assert max(hours.values()) <= 14.0 + 1e-9


def test_exposures_show_the_price_that_is_paid(week: dict[str, Twin], twins: Any) -> None:
    twin = week["preorder"]
    shown, sold = twins.rows(twin, "exposure"), twins.rows(twin, "order_line")
    ordinary = sold["candidate"] < 0
    sold = {name: values[ordinary] for name, values in sold.items()}
    prices = {
        (day, member, sku): fen
        for day, member, sku, fen in zip(shown["day"], shown["member"], shown["sku"], shown["price_fen"], strict=True)
    }
    for day, member, sku, packs, fen in zip(*(sold[n] for n in ("day", "member", "sku", "packs", "fen")), strict=True):
        assert prices[day, member, sku] * packs == fen


EARLY = {"world__owners__opening_hour": 7.0, "world__residents__visit_rate": 0.2}


def test_what_eyes_fall_on_in_a_shop_is_not_recorded(week: dict[str, Twin], twins: Any) -> None:
    assert len(twins.rows(week["traditional"], "exposure")["sku"]) == 0


def test_what_is_opened_was_seen_and_what_is_ordered_was_opened(week: dict[str, Twin], twins: Any) -> None:
    for arm in ("preorder", "mix"):
        found = {
            name: set(zip(rows["day"], rows["member"], rows["sku"], strict=True))
            for name in ("exposure", "click", "order_line")
            if (rows := twins.rows(week[arm], name))
        }
        rows = twins.rows(week[arm], "order_line")
        plain = rows["candidate"] < 0
        ordered = set(zip(*(rows[name][plain] for name in ("day", "member", "sku")), strict=True))
        assert ordered <= found["click"] <= found["exposure"]
        assert 0.03 < len(found["click"]) / len(found["exposure"]) < 0.4, arm


def test_places_behind_the_slate_are_not_the_policys(week: dict[str, Twin], twins: Any) -> None:
    shown = twins.rows(week["preorder"], "exposure")
    assert set(shown["policy"][shown["position"] < SLATE_LENGTH]) == {"recommend.one_list"}
    assert set(shown["policy"][shown["position"] >= SLATE_LENGTH]) == {"listing"}


def test_a_slot_of_a_learned_slate_is_logged_with_its_propensity(week: dict[str, Twin], twins: Any) -> None:
    learned, listed = twins.rows(week["spf"], "exposure"), twins.rows(week["preorder"], "exposure")
    slot = learned["position"] < SLATE_LENGTH
    assert set(learned["propensity"][slot]) == {1.0}  # association explores only when told to
    assert np.isnan(learned["propensity"][~slot]).all() and np.isnan(listed["propensity"]).all()


def test_exploration_reaches_the_log_as_the_policy_drew_it(twins: Any) -> None:
    twin = twins.lived("preorder", scenario__policies__recommend="recommend.ease", days=4)
    rows = twins.rows(twin, "exposure")
    seen = rows["propensity"][rows["position"] < SLATE_LENGTH]
    assert (seen > 0.9).mean() == pytest.approx(0.95, abs=0.04) and ((seen > 0) & (seen <= 1)).all()
    assert (seen < 0.05).any()


def test_who_comes_when_a_shop_opens_early_meets_a_slate(twins: Any) -> None:
    twin = twins.lived("preorder", days=3, city__members=150, **EARLY)
    rows = twins.rows(twin, "exposure")
    assert ((rows["hour"] >= 7) & (rows["hour"] < 8)).any()
