"""Working time is what was done times minutes a unit, and head office's hours are paid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

VALUES = {"city__shops": 2, "city__members": 60, "days": 9, "world__residents__visit_rate": 0.2}


def minutes(labour: Any, who: str, task: str) -> float:
    return float(labour["minutes"][(labour["who"] == who) & (labour["task"] == task)].sum())


@pytest.mark.parametrize(("arm", "by_hand"), [("traditional", True), ("spf_stock", False)])
def test_minutes_follow_the_days_rows(twins: Any, arm: str, by_hand: bool) -> None:
    twin = twins.lived(arm, **VALUES)
    world = twins.world(twin)
    rules, labour = world.params.labour, twins.rows(twin, "labour")
    receipts = len(np.unique(twins.rows(twin, "pos_sale")["basket"]))
    assert minutes(labour, "owner", "till") == pytest.approx(receipts * rules.till_minutes)
    evening = rules.order_minutes if by_hand else rules.order_check_minutes
    assert minutes(labour, "owner", "ordering") == pytest.approx(9 * 2 * evening)
    claims = len(twins.rows(twin, "claim")["claim"])
    each = rules.claim_minutes if by_hand else rules.claim_check_minutes
    assert minutes(labour, "head_office", "claims") == pytest.approx(claims * each)
    orders = len(twins.rows(twin, "purchase_order")["packs"])
    each = rules.buying_minutes if by_hand else rules.buying_check_minutes
    assert minutes(labour, "head_office", "buying") == pytest.approx(orders * each)
    posted = twins.rows(twin, "posting")
    for task in ("buying", "planning", "campaigns", "claims"):
        paid = posted["fen"][posted["reason"] == f"office {task}"].sum()
        assert paid == pytest.approx(minutes(labour, "head_office", task) / 60.0 * rules.office_hour * 100.0, abs=9)


def test_owner_day_sums_the_owners_minutes(twins: Any) -> None:
    twin = twins.lived("mix", **VALUES)
    labour, owner_day = twins.rows(twin, "labour"), twins.rows(twin, "owner_day")
    mine = labour["who"] == "owner"
    assert owner_day["minutes"].sum() == pytest.approx(labour["minutes"][mine].sum()) and mine.any()
    assert minutes(labour, "owner", "pick-up") > 0
