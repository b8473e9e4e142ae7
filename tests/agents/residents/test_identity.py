"""Who a customer seems to be: cards, contacts and accounts, linked with F1, and the true record beside it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from agents.residents.identity import ANONYMOUS, CARDS, CONTACTS, disguised
from sim.streams import key
from sim.twin import Twin

BUSY = {"city__members": 240, "days": 12, "world__residents__visit_rate": 0.25}


@pytest.fixture(scope="module")
def till(twins: Any) -> dict[bool, Twin]:
    """The traditional arm with and without one identity."""
    return {
        on: twins.lived("traditional", **BUSY, scenario__systems__identity=str(on).lower()) for on in (False, True)
    }


def test_disguised_numbers_are_different_and_fit() -> None:
    ids = np.concatenate([np.arange(50_000), (1 << 30) - 1 - np.arange(50_000)])
    numbers = disguised(key(1, "tests.cards"), ids)
    assert len(np.unique(numbers)) == len(ids) and numbers.min() >= 0 and numbers.max() < 1 << 30
    assert np.corrcoef(ids, numbers)[0, 1] < 0.05


def test_without_identity_the_till_files_cards_and_strangers(till: dict[bool, Twin], twins: Any) -> None:
    twin = till[False]
    sold, truth = twins.rows(twin, "pos_sale"), twins.rows(twin, "identity")
    strangers = sold["member"] == ANONYMOUS
    cards = sold["member"][~strangers]
    assert 0.2 < strangers.mean() < 0.9
    assert (cards >= CARDS).all() and (cards < CONTACTS).all()
    assert set(cards) <= set(truth["touchpoint"]) and not len(twins.rows(twin, "identity_link")["member"])
    assert len(set(truth["touchpoint"])) == len(truth["touchpoint"])


def test_with_identity_cards_lead_to_accounts_now_and_then_to_a_wrong_one(till: dict[bool, Twin], twins: Any) -> None:
    sold, links = (twins.rows(till[True], name) for name in ("pos_sale", "identity_link"))
    truth = twins.rows(till[True], "identity")
    owner = dict(zip(truth["touchpoint"], truth["resident"], strict=True))
    card = links["touchpoint"] < CONTACTS
    right = [owner[one] == member for one, member in zip(links["touchpoint"], links["member"], strict=True)]
    assert card.sum() > 20 and 0.85 < np.mean(right) <= 1
    accounts = (sold["member"] >= 0) & (sold["member"] < CARDS)
    assert accounts.sum() > 0.5 * (sold["member"] != ANONYMOUS).sum()
    assert set(sold["member"][accounts]) <= set(links["member"])


def test_identity_changes_ids_and_nobodys_behaviour(till: dict[bool, Twin], twins: Any) -> None:
    off, on = (twins.rows(till[which], "pos_sale") for which in (False, True))
    for name in ("shop", "sku", "packs", "fen", "hour", "basket"):
        np.testing.assert_array_equal(off[name], on[name], err_msg=name)
    np.testing.assert_array_equal(off["member"] == ANONYMOUS, on["member"] == ANONYMOUS)
    off, on = (twins.rows(till[which], "resident_day") for which in (False, True))
    for name in ("day", "resident", "orders"):
        np.testing.assert_array_equal(off[name], on[name], err_msg=name)


def test_the_true_record_counts_every_order_and_receipt_once(till: dict[bool, Twin], twins: Any) -> None:
    twin = till[False]
    sold, lines, true = (twins.rows(twin, name) for name in ("pos_sale", "order_line", "resident_day"))
    documents = len(set(sold["basket"])) + len(set(lines["order"]))
    assert true["orders"].sum() == documents > 100
    pairs = list(zip(true["day"], true["resident"], strict=True))
    assert len(pairs) == len(set(pairs))


def test_where_all_order_in_the_app_the_firm_sees_the_truth(week: dict[str, Twin], twins: Any) -> None:
    seen, true = (twins.rows(week["preorder"], name) for name in ("customer_day", "resident_day"))
    firm = Counter(dict(zip(zip(seen["day"], seen["member"], strict=True), seen["orders"], strict=True)))
    assert firm == Counter(dict(zip(zip(true["day"], true["resident"], strict=True), true["orders"], strict=True)))


def test_sightings_show_the_touchpoint_itself(till: dict[bool, Twin], twins: Any) -> None:
    seen = twins.rows(till[True], "sighting")
    cards = seen["kind"] == "card"
    assert cards.any() and (seen["touchpoint"][cards] >= CARDS).all()
    sold = twins.rows(till[True], "pos_sale")
    assert set(seen["document"][cards]) <= set(sold["basket"])
