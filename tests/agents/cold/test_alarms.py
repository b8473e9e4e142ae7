"""Alarms: raised from readings with the cold chain only, and somebody who comes, also after midnight."""

from __future__ import annotations

from typing import Any

import pytest

from agents.cold.rooms import Rooms

FAILING = {
    "city__shops": 4, "days": 3, "start": "2026-07-20", "world__rooms__failure_day": 1.0,
    "world__rooms__failure_hours": 24.0, "world__rooms__restart_share": 1.0, "world__rooms__outage_day": 0.0,
}  # fmt: skip


def lived(twins: Any, on: bool, **values: Any) -> tuple[Any, Rooms]:
    """A twin whose rooms alone have lived a day on which every unit failed."""
    twin = twins.fresh("preorder", scenario__systems__cold_chain=str(on).lower(), **FAILING, **values)
    rooms = twins.part(twin, Rooms)
    rooms.run(0)
    return twin, rooms


@pytest.fixture(scope="module")
def pair(twins: Any) -> tuple[Any, Any]:
    quick = {"world__rooms__response_minutes": 5.0}
    return lived(twins, True, **quick)[0], lived(twins, False, **quick)[0]


def test_alarms_come_with_the_cold_chain_only_and_end_failures(twins: Any, pair: tuple[Any, Any]) -> None:
    watched, alone = (twins.rows(twin, "breakdown") for twin in pair)
    alarms = twins.rows(pair[0], "alarm")
    assert len(alarms["place"]) >= 4
    assert not len(twins.rows(pair[1], "alarm")["place"])
    assert (alarms["reading_c"] > alarms["limit_c"]).all() and "unit restarted" in set(alarms["action"])
    place = {(p, n): m for p, n, m in zip(alone["place"], alone["node"], alone["minutes"], strict=True)}
    both = [(m, place[p, n]) for p, n, m in zip(watched["place"], watched["node"], watched["minutes"], strict=True)
            if (p, n) in place]
    assert all(seen <= unseen + 1e-6 for seen, unseen in both)
    assert sum(seen for seen, _ in both) < 0.8 * sum(unseen for _, unseen in both)


def test_who_was_called_before_midnight_comes_after_it(twins: Any) -> None:
    _, rooms = lived(twins, True, world__rooms__response_minutes=240.0)
    frame = rooms._frame
    called = (frame["acts"] > 0) & (frame["acts"] < 20.0) & (frame["down"] > frame["acts"])
    left = frame["down"].copy()
    assert called.sum() >= 2
    rooms.run(1)
    assert (frame["down"][called] == 0).all()
    assert not frame["acts"][called & (left < 20.0)].any()
