"""One more resident in one estate: nobody elsewhere is changed on the day, and nobody's draws anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents import assemble as assembling
from agents.residents import aftersale
from agents.residents.population import Residents
from agents.shops import pickup
from agents.supply import night
from agents.world import MEMBERS_A_SHOP
from experiments import build as building
from sim.twin import Twin

VALUES = {
    "city__shops": 3, "city__members": 50, "days": 6, "world__residents__visit_rate": 0.15,
    "world__voice__move_in_rate": 0.0, "world__voice__recruit_share": 0.0,
}  # fmt: skip
WHERE = 0
NEW = WHERE * MEMBERS_A_SHOP + 50
ARMS = ("traditional", "preorder", "spf", "mix")
NUMBERS = {"line", "order", "basket", "document", "sequence", "claim"}
"""Columns that number documents in the order in which they are written."""


def built(twins: Any, arm: str, members: list[int]) -> Twin:
    """A twin whose shops have these members."""
    config = twins.config(arm, **VALUES, scenario__policies__replenish="replenish.base_stock")
    world = building._world(config, building._first_day(config, None), None)
    day, components = assembling.assemble(world, np.array(members, np.int64))
    twin = Twin(world.ports, components, day.programme(), building._regimes(config), "test")
    twin.populate()
    return twin


def events(twins: Any, twin: Twin, day: int, mine: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What residents of the shops ``mine`` did and got on ``day``, by table, without document numbers."""
    found = {}
    for table in ("exposure", "order_line", "pos_sale", "payment", "refund", "line_end", "message", "claim"):
        rows = twins.rows(twin, table)
        here = (rows["day"] == day) & mine(rows["shop"].astype(np.int64) * MEMBERS_A_SHOP)
        names = [name for name in rows if name not in NUMBERS]
        found[table] = sorted(zip(*(_known(rows[name][here]) for name in names), strict=True))
    return found


def _known(values: np.ndarray) -> list[Any]:
    """The values, an absent number as one that equals itself."""
    return ["-" if value != value else value for value in values.tolist()]


def elsewhere(member: np.ndarray) -> np.ndarray:
    return member // MEMBERS_A_SHOP != WHERE


@pytest.mark.parametrize("arm", ARMS)
def test_one_more_from_the_start_changes_nobody_elsewhere_on_the_day(twins: Any, arm: str) -> None:
    plain, more = built(twins, arm, [50, 50, 50]), built(twins, arm, [51, 50, 50])
    for twin in (plain, more):
        twin.run(1)
    assert NEW in more.ports.state["residents"]["id"]
    one, other = events(twins, plain, 0, elsewhere), events(twins, more, 0, elsewhere)
    assert one == other and sum(map(len, one.values())) >= 6
    before, after = plain.ports.state["residents"], more.ports.state["residents"]
    away = {id(frame): elsewhere(frame["id"]) for frame in (before, after)}
    for column in before.columns:
        np.testing.assert_array_equal(before[column][away[id(before)]], after[column][away[id(after)]], err_msg=column)


@pytest.mark.parametrize("arm", ARMS)
def test_one_who_registers_later_changes_nobody_elsewhere_on_the_day(twins: Any, arm: str) -> None:
    plain, more = (built(twins, arm, [50, 50, 50]) for _ in range(2))
    for twin in (plain, more):
        twin.run(3)
    newcomer = twins.part(more, Residents)
    newcomer.register(np.array([WHERE]), np.array([50]), day=3)
    newcomer.frame["rate"][-1] = 50.0
    for twin in (plain, more):
        twin.run(1)
    assert NEW in twins.rows(more, "resident_day")["resident"]
    one, other = events(twins, plain, 3, elsewhere), events(twins, more, 3, elsewhere)
    assert one == other and sum(map(len, one.values())) >= 8
    before, after = plain.ports.state["residents"], more.ports.state["residents"]
    for column in before.columns:
        away = elsewhere(before["id"])
        np.testing.assert_array_equal(before[column][away], after[column][:-1][away], err_msg=column)


class Draws:
    """Notes the address of every draw that is made in NumPy after the visits, by stream."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made: set[tuple[int, ...]] = set()
        for module in (pickup, night, aftersale):
            patch.setattr(module, "uniform", self.watched(module.uniform, 0))
        patch.setattr(aftersale, "binomial_array", self.watched(aftersale.binomial_array, 2))

    def watched(self, function: Any, parameters: int) -> Any:
        def draw(key: Any, *arguments: Any) -> Any:
            address = np.broadcast_arrays(*arguments[parameters:])
            columns = [part.ravel().tolist() for part in address]
            self.made |= {(int(key.k0), *map(int, one)) for one in zip(*columns, strict=True)}
            return function(key, *arguments)

        return draw


@pytest.mark.parametrize("arm", ["preorder", "spf"])
def test_one_more_leaves_everybodys_draws_alone(twins: Any, arm: str) -> None:
    """Until the first day's orders are fetched, all addresses stay and only the newcomer's are new.

    Later the newcomer's purchases move what head office recommends and buys, and with it what others do. The hub is
    full, so that nobody goes without for the newcomer.
    """
    made = []
    for members in ([50, 50, 50], [51, 50, 50]):
        with pytest.MonkeyPatch.context() as patch:
            draws = Draws(patch)
            twin = built(twins, arm, members)
            twin.ports.state["residents"]["rate"][twin.ports.state["residents"]["id"] == NEW] = 50.0
            for frame, column, packs in (("hub", "packs", 300), ("hub", "lot", 1), ("held", "packs", 300)):
                rows = twin.ports.state[frame][column]
                rows[:, *(0,) * (rows.ndim - 1)] = packs + (rows if frame == "held" else 0)
            twin.run(2)
        ends = twins.rows(twin, "line_end")
        assert (ends["member"] == NEW).any() == (members[0] == 51)
        assert (ends["end"] == "short").mean() < 0.1  # bruised ones only
        made.append(draws.made)
    plain, more = made
    assert len(plain) > 100
    own = {address for address in more if address[2] == NEW}
    assert own
    lost, gained = plain - more, more - plain - own
    assert not lost and not gained, f"{len(lost)} draws lost, {len(gained)} new ones of others"
