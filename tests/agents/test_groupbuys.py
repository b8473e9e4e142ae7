"""Group-buys: equal candidates in every arm, a 48-hour window, a minimum, money back in full."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents.catalogue import load_catalogue
from agents.groupbuys import NEW_DAYS, GroupBuys
from sim.decisions import Decided
from sim.twin import Twin

EAGER = {
    "city__shops": 3, "city__members": 60, "days": 10, "world__groupbuys__appeal_mean": 0.5,
    "world__groupbuys__message_open": 0.65, "world__groupbuys__minimum_packs": 5,
    "world__groupbuys__candidates_per_shop_week": 4.0, "world__groupbuys__join_outside": 2.0,
    "world__owners__outside_wage_day": 0.01, "world__owners__proposal_noise_cny": 0.0,
}  # fmt: skip


def watched(twins: Any, arm: str, answer: Any = None, **values: Any) -> tuple[Twin, list[pa.Table], dict[int, float]]:
    """Live a twin; return it with all campaign questions and the appeal of every opened candidate."""
    twin = twins.fresh(arm, **{**EAGER, **values})
    asked: list[pa.Table] = []
    appeal: dict[int, float] = {}
    plain = twin.ports.decide

    def decide(point: str, observation: pa.Table) -> Decided:
        if point != "campaign":
            return plain(point, observation)
        asked.append(observation)
        return plain(point, observation) if answer is None else answer(observation)

    twin.ports.decide = decide
    frame = twin.ports.state["candidates"]
    for _ in range(int(EAGER["days"])):
        twin.run(1)
        appeal |= dict(zip(frame["candidate"].tolist(), frame["appeal"].tolist(), strict=True))
    return twin, asked, appeal


def invite(share: float) -> Any:
    """A campaign that opens every second candidate (by id) and writes to a share of the members."""

    def answer(observation: pa.Table) -> Decided:
        ids = observation["candidate"].to_numpy()
        audience = [row[: int(len(row) * share)] for row in observation["members"].to_pylist()]
        columns = {"candidate": ids, "open": (ids // 8) % 2 == 0, "audience": pa.array(audience, pa.list_(pa.int64()))}
        return Decided(pa.table(columns), "test", ())

    return answer


@pytest.fixture(scope="module")
def arms(twins: Any) -> dict[str, Any]:
    return {arm: watched(twins, arm) for arm in ("traditional", "preorder", "spf")}


@pytest.fixture(scope="module")
def half(twins: Any) -> Any:
    return watched(twins, "preorder", invite(1.0))


def test_every_arm_faces_the_same_candidates_with_the_same_appeal(arms: dict[str, Any], half: Any) -> None:
    def faced(asked: list[pa.Table]) -> list[tuple[int, int, int, int]]:
        names = ("candidate", "shop", "sku", "minimum_packs")
        return [row for table in asked for row in zip(*(table[n].to_pylist() for n in names), strict=True)]

    first = faced(arms["traditional"][1])
    assert len(first) == len({row[0] for row in first}) > 10
    appeal: dict[int, float] = {}
    for _, asked, drawn in (*arms.values(), half):
        assert faced(asked) == first
        for one, value in drawn.items():
            assert appeal.setdefault(one, value) == value
    goods_are_premium = {sku for _, _, sku, _ in first}
    assert goods_are_premium <= set(np.flatnonzero(load_catalogue().premium_candidate).tolist())


def test_appeal_is_the_products_own_in_every_shop_and_spreads_as_its_prior(twins: Any) -> None:
    """A product is a premium SKU for 28 days; all shops meet the same one, and the next is another."""
    twin = twins.fresh(**{**EAGER, "world__groupbuys__appeal_log_sd": 0.75})
    groups, sku = twins.part(twin, GroupBuys), np.arange(40)
    values = np.array([groups.appeal(day, sku) for day in range(28 * 20)])
    changes = np.diff(values, axis=0) != 0
    assert (changes.sum(axis=0) <= 20).all() and (changes.sum(axis=0) >= 19).all()
    assert all((np.diff(np.flatnonzero(changes[:, one])) == NEW_DAYS).all() for one in sku)
    products = np.unique(values)
    assert len(products) > 700
    assert products.std() == pytest.approx(0.75, rel=0.1) and products.mean() == pytest.approx(0.5, abs=0.1)


def test_every_candidate_is_decided_and_every_opened_one_closed_after_48_hours(
    arms: dict[str, Any], half: Any, twins: Any
) -> None:
    for twin, asked, _ in (*arms.values(), half):
        rows = twins.rows(twin, "group_buy")
        ids = np.concatenate([table["candidate"].to_numpy() for table in asked])
        begun = np.isin(rows["status"], ["opened", "not_opened"])
        assert sorted(rows["candidate"][begun]) == sorted(ids)
        first = rows["status"] == "opened"
        opened = dict(zip(rows["candidate"][first], rows["day"][first], strict=True))
        ended = dict(zip(rows["candidate"][~begun], rows["day"][~begun], strict=True))
        last = int(EAGER["days"]) - 1
        assert set(ended) == {one for one, day in opened.items() if day + 2 <= last}
        assert all(ended[one] == opened[one] + 2 for one in ended)
        assert set(twin.ports.state["candidates"]["candidate"]) == set(opened) - set(ended)


def test_a_candidate_not_opened_is_counted_and_gets_nobody(half: Any, twins: Any) -> None:
    twin, _, _ = half
    rows = twins.rows(twin, "group_buy")
    closed = set(rows["candidate"][rows["status"] == "not_opened"])
    assert closed and not closed & set(rows["candidate"][rows["status"] != "not_opened"])
    assert not closed & set(twins.rows(twin, "message")["candidate"])
    assert not closed & set(twins.rows(twin, "order_line")["candidate"])


def test_members_join_once_and_only_when_written_to_and_open(twins: Any) -> None:
    """Without word of mouth, and as one list shows no group, only messages lead to a group."""
    twin, _, _ = watched(twins, "preorder", invite(0.5), world__voice__tell_share=0.0)
    lines, sent = twins.rows(twin, "order_line"), twins.rows(twin, "message")
    mine = lines["candidate"] >= 0
    joined = list(zip(lines["candidate"][mine], lines["member"][mine], strict=True))
    assert len(joined) == len(set(joined)) > 20
    assert set(joined) <= set(zip(sent["candidate"], sent["member"], strict=True))
    world = twins.world(twin)
    np.testing.assert_array_equal(lines["fen"][mine], world.catalogue.price_fen[lines["sku"][mine]])
    opened = twins.rows(twin, "group_buy")
    day = dict(zip(opened["candidate"], opened["day"], strict=True))
    day |= {c: d for c, d, s in zip(opened["candidate"], opened["day"], opened["status"], strict=True) if s == "opened"}
    for one, when in zip(lines["candidate"][mine], lines["day"][mine], strict=True):
        assert day[one] <= when <= day[one] + 1


def test_neighbours_of_joiners_hear_of_the_group_and_may_join(twins: Any) -> None:
    """Nobody's other draws move: who joined without word of mouth joins with it, unless the friends came before."""
    silent, told = (
        watched(twins, "preorder", invite(0.5), world__voice__tell_share=share)[0] for share in (0.0, 1.0)
    )
    joined, invited = [], []
    for twin in (silent, told):
        lines, sent = twins.rows(twin, "order_line"), twins.rows(twin, "message")
        mine = lines["candidate"] >= 0
        joined.append(set(zip(lines["candidate"][mine], lines["member"][mine], strict=True)))
        invited.append(set(zip(sent["candidate"], sent["member"], strict=True)))
    assert joined[0] < joined[1] and not joined[0] - invited[0] and joined[1] - invited[1]


def test_who_looks_at_a_group_in_a_slate_may_join_without_a_message(twins: Any) -> None:
    twin = twins.fresh("preorder", **{**EAGER, "world__groupbuys__join_outside": -20.0})
    plain = twin.ports.decide

    def decide(point: str, observation: pa.Table) -> Decided:
        if point == "campaign":
            nobody = pa.array([[]] * len(observation), pa.list_(pa.int64()))
            ids = observation["candidate"]
            return Decided(pa.table({"candidate": ids, "open": [True] * len(ids), "audience": nobody}), "test", ())
        if point == "recommend":
            offered = np.array(observation["offered"].to_pylist())
            slates = [np.flatnonzero(row)[::-1][:12].tolist() for row in offered]
            slate = pa.array(slates, pa.list_(pa.field("item", pa.int32(), nullable=False)))
            return Decided(pa.table({"member": observation["member"], "slate": slate}), "test", ())
        return plain(point, observation)

    twin.ports.decide = decide
    twin.run(6)
    lines, seen = twins.rows(twin, "order_line"), twins.rows(twin, "exposure")
    mine = lines["candidate"] >= 0
    looked = set(zip(seen["member"], seen["sku"], seen["day"], strict=True))
    joined = list(zip(lines["member"][mine], lines["sku"][mine], lines["day"][mine], strict=True))
    assert not len(twins.rows(twin, "message")["member"])
    own = [one in looked for one in joined]
    assert sum(own) > 0.5 * len(own) > 0


def test_a_closed_shop_moves_nobody_elsewhere(twins: Any) -> None:
    """Who reads no message and saw no group joins none, also while another shop's group stands still."""
    twin = twins.fresh("preorder", **{**EAGER, "world__groupbuys__join_outside": -20.0,
                                      "world__groupbuys__message_open": 0.0, "world__voice__tell_share": 0.0})
    groups, day = twins.part(twin, GroupBuys), 2
    twin.run(day)
    frame, people = groups.frame, twin.ports.state["residents"]
    assert {0, 1} <= set(frame["shop"].tolist()) and len(groups.invited)
    looked = people["id"][people["shop"] == 0]
    here = np.full(len(looked), frame["sku"][np.flatnonzero(frame["shop"] == 0)[0]])
    groups.notice(looked, np.zeros(len(looked), np.int64), here)
    twin.ports.state["owners"]["open_from"][0] = day + 9
    before = groups._book.open.count
    groups.join(day)
    assert groups._book.open.count == before


def test_enough_packs_are_delivered_and_too_few_are_paid_back_in_full(half: Any, twins: Any) -> None:
    twin, _, _ = half
    world = twins.world(twin)
    rows, lines, ends = (twins.rows(twin, name) for name in ("group_buy", "order_line", "line_end"))
    fate = dict(zip(ends["line"], ends["end"], strict=True))
    day = dict(zip(ends["line"], ends["day"], strict=True))
    seen = set()
    for one, status, packs, when in zip(rows["candidate"], rows["status"], rows["packs"], rows["day"], strict=True):
        if status not in ("succeeded", "failed"):
            continue
        mine = lines["line"][lines["candidate"] == one]
        seen.add(status)
        assert len(mine) == packs and (packs >= world.params.groupbuys.minimum_packs) == (status == "succeeded")
        if status == "failed":
            assert all(fate[line] == "group_failed" and day[line] == when for line in mine)
        elif when + 3 < int(EAGER["days"]):
            got = [fate[line] for line in mine]
            assert set(got) <= {"handed_over", "unclaimed", "short", "spoiled_waiting"}
            assert got.count("handed_over") >= 0.6 * packs
            assert all(day[line] > when for line in mine)
    assert seen == {"succeeded", "failed"}
    back = twins.rows(twin, "refund")
    failed = back["reason"] == "group_failed"
    paid = dict(zip(lines["line"], lines["fen"], strict=True))
    assert failed.any()
    assert [paid[line] for line in back["document"][failed]] == back["fen"][failed].tolist()


def test_messages_cost_and_tire(half: Any, twins: Any) -> None:
    twin, _, _ = half
    sent, posted = twins.rows(twin, "message"), twins.rows(twin, "posting")
    cost = round(twins.world(twin).params.costs.message_cost * 100)
    assert posted["fen"][posted["reason"] == "messages"].sum() == cost * len(sent["member"])
    people = twin.ports.state["residents"]
    np.testing.assert_array_equal(people["fatigue"] > 0, np.isin(people["id"], sent["member"]))
