"""Association and affinity: what is learned from baskets and messages, and who sees what because of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from policies.campaign.affinity import Affinity
from policies.recommend.association import Association
from policies.recommend.baskets import UNITY, similarity
from policies.recommend.popularity import Popularity
from policies.synthetic import SKUS, SyntheticLog, observation
from sim.contracts.decisions import DECISION_POINTS, ID_LIST, INT_LIST
from sim.contracts.events import EVENT_TABLES

DAY = 86_400


class _Log:
    """A log of (day, member, SKU) sales, of (member, candidate) lines, and of a number of messages."""

    def __init__(
        self,
        sales: list[tuple[int, int, int]] | None = None,
        lines: list[tuple[int, int, int]] | None = None,
        candidate: int = -1,
        messages: int = 0,
    ) -> None:
        self._rows = {"pos_sale": sales or [], "order_line": lines or [], "message": [(0, 0, 0)] * messages}
        self._candidate = candidate

    def read(self, table: str, *, since_day: int | None = None) -> pa.Table:
        schema, rows = EVENT_TABLES[table], self._rows[table]
        day, member, sku = (np.array([row[at] for row in rows], np.int64) for at in range(3))
        known = {
            "event_time": (day * DAY + 1_700_000_000).astype("datetime64[s]"),
            "member": member,
            "sku": sku,
            "candidate": np.full(len(rows), self._candidate),
        }
        columns = []
        for one in schema:
            usual: Any = ["x"] * len(rows) if pa.types.is_string(one.type) else np.zeros(len(rows), np.int64)
            usual = known["event_time"] if pa.types.is_timestamp(one.type) else usual
            columns.append(pa.array(known.get(one.name, usual), one.type))
        return pa.Table.from_arrays(columns, schema=schema)


def test_similarity_is_the_cosine_of_member_weeks() -> None:
    sales = [(20, 1, 0), (19, 1, 1), (20, 2, 0), (20, 2, 0), (18, 3, 1), (20, 4, 2)]
    found = similarity(_Log(sales), shrinkage=0.0)
    # SKU 0 in 2 baskets, SKU 1 in 2, both in 1; SKU 2 alone
    np.testing.assert_array_equal(found, [[UNITY, 500, 0], [500, UNITY, 0], [0, 0, UNITY]])
    assert similarity(_Log(sales), shrinkage=2.0)[0, 1] == 250


def test_both_channels_make_one_basket_and_another_week_another() -> None:
    together = similarity(_Log([(20, 1, 0)], [(19, 1, 1)]), 0.0)
    assert together[0, 1] == UNITY
    assert similarity(_Log([(20, 1, 0), (10, 1, 1)]), 0.0)[0, 1] == 0


def test_strangers_and_old_sales_teach_nothing() -> None:
    assert similarity(_Log([(20, -1, 0), (20, -1, 1)]), 0.0).shape == (0, 0)
    assert similarity(_Log([]), 0.0).shape == (0, 0)
    assert similarity(_Log([(0, 1, 5), (90, 1, 0)]), 0.0).shape == (1, 1)


def test_the_order_of_rows_does_not_matter_to_what_is_learned() -> None:
    sales = [(day % 20, day % 7, (day * day) % 5) for day in range(200)]
    np.testing.assert_array_equal(similarity(_Log(sales), 3.0), similarity(_Log(sales[::-1]), 3.0))


def _asked(rows: int = 1, skus: int = 5, **columns: Any) -> pa.Table:
    usual = {
        "offered": np.ones((rows, skus), bool),
        "is_new": np.zeros((rows, skus), bool),
        "network_sales": np.tile(np.arange(skus)[::-1] * 10, (rows, 1)),
        "bought": np.zeros((rows, skus), np.int64),
    }
    return observation("recommend", rows, **{**usual, **columns})


def _slate(policy: Association, asked: pa.Table) -> list[int]:
    decision = policy.decide(asked)
    assert DECISION_POINTS["recommend"].problems(asked, decision) == []
    return list(decision["slate"][0].as_py())


def test_what_goes_with_a_members_goods_is_shown_first() -> None:
    policy = Association(shrinkage=0.0)
    baskets = [(20, member, sku) for member in range(5) for sku in (3, 4)]
    others = [(20, 100 + member, sku) for member in range(5) for sku in (0, 1, 2)]
    policy.fit(_Log(baskets + others))
    assert _slate(policy, _asked()) == [0, 1, 2, 3, 4]
    assert _slate(policy, _asked(bought=np.array([[0, 0, 0, 2, 0]]))) == [3, 4, 0, 1, 2]


def test_before_it_learns_it_is_a_list_by_popularity() -> None:
    asked = observation("recommend", 30, is_new=np.zeros((30, SKUS), bool), bought=np.zeros((30, SKUS), int))
    assert Association().decide(asked)["slate"].equals(Popularity().decide(asked)["slate"])


def test_new_products_stand_third_for_members_who_bought_and_last_for_others() -> None:
    new = np.array([[False, False, False, False, True]])
    buyer = _asked(is_new=new, bought=np.array([[0, 1, 0, 0, 0]]))
    assert _slate(Association(), buyer) == [0, 1, 4, 2, 3]
    assert _slate(Association(), _asked(is_new=new)) == [0, 1, 2, 3, 4]


def test_new_products_keep_their_places_in_a_full_slate() -> None:
    new = np.zeros((1, SKUS), bool)
    new[0, 20:] = True
    stranger = _asked(skus=SKUS, is_new=new)
    assert _slate(Association(), stranger) == [*range(10), 20, 21]
    bought = np.zeros((1, SKUS), int)
    bought[0, 0] = 1
    assert _slate(Association(), _asked(skus=SKUS, is_new=new, bought=bought)) == [
        0,
        1,
        20,
        21,
        *range(2, 10),
    ]
    assert _slate(Association(explored=0), stranger) == list(range(12))


def test_new_products_alone_fill_the_slate() -> None:
    for bought in (0, 1):
        asked = _asked(is_new=np.ones((1, 5), bool), bought=np.full((1, 5), bought))
        assert sorted(_slate(Association(), asked)) == [0, 1, 2, 3, 4]


def test_skus_that_came_after_learning_are_shown_by_popularity() -> None:
    policy = Association()
    policy.fit(_Log([(20, 1, 0), (20, 1, 1)]))
    asked = _asked(network_sales=np.array([[0, 0, 0, 0, 90]]), bought=np.array([[0, 0, 0, 0, 3]]))
    assert _slate(policy, asked)[0] == 4


def test_learned_slates_are_valid_for_everyone() -> None:
    policy = Association()
    policy.fit(SyntheticLog())
    asked = observation("recommend", 500)
    assert DECISION_POINTS["recommend"].problems(asked, policy.decide(asked)) == []


def _candidate(affinity: list[int], messages: list[int], minimum: int = 2) -> pa.Table:
    count = len(affinity)
    return observation(
        "campaign",
        1,
        minimum_packs=[minimum],
        members=pa.array([list(range(100, 100 + count))], ID_LIST),
        affinity=pa.array([affinity], INT_LIST),
        messages=pa.array([messages], INT_LIST),
    )


def _audience(policy: Affinity, *args: Any, **kwargs: Any) -> list[int]:
    asked = _candidate(*args, **kwargs)
    decision = policy.decide(asked)
    assert DECISION_POINTS["campaign"].problems(asked, decision) == []
    assert decision["open"].to_pylist() == [True]
    return [member - 100 for member in decision["audience"][0].as_py()]


def test_buyers_of_the_category_are_written_to() -> None:
    assert _audience(Affinity(reach=1), [0, 2, 0, 1, 5], [0] * 5) == [1, 3, 4]


def test_the_audience_is_filled_up_with_the_least_messaged() -> None:
    assert _audience(Affinity(reach=2), [0, 0, 1, 0, 0, 0], [3, 1, 3, 2, 0, 1]) == [1, 2, 4, 5]


def test_members_with_many_messages_are_left_in_peace() -> None:
    assert _audience(Affinity(), [9, 0, 9, 0], [5, 5, 4, 0]) == [2, 3]
    assert _audience(Affinity(most_messages=0), [9, 9], [1, 2]) == []


def test_the_audience_grows_to_what_messages_have_brought() -> None:
    members = [0] * 100
    assert len(_audience(Affinity(), members, members)) == 6
    policy = Affinity(hope=1.5)
    policy.fit(_Log(lines=[(0, 1, 0)] * 10, candidate=7, messages=100))
    assert len(_audience(policy, members, members)) == 30  # 10 messages a join, 1.5 x 2 joins hoped for
    policy.fit(_Log(lines=[(0, 1, 0)] * 10, candidate=-1, messages=100))
    assert len(_audience(policy, members, members)) == 100
    policy.fit(_Log())
    assert len(_audience(policy, members, members)) == 6


def test_a_shop_without_members_gets_no_message() -> None:
    assert _audience(Affinity(), [], []) == []


@pytest.mark.parametrize("policy", [Association(), Affinity()])
def test_learned_state_is_plain_arrays(policy: Association | Affinity) -> None:
    policy.fit(SyntheticLog())
    assert all(array.dtype.kind == "i" for array in policy.state().values())
