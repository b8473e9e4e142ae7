"""Each switch moves the figures it is there for, paired by seed, and no draw that it must not touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from experiments.runner import result_of
from experiments.statistics import estimate
from sim.twin import Twin

SEEDS = (1, 2, 3, 4)
DAYS = 10
LEVEL = 0.90
"""Of the two-sided interval: a difference is on its side of zero with a chance of error of one in twenty."""


@dataclass(frozen=True)
class Switch:
    """``path`` is switched on in ``arm``; over ``seeds`` pairs ``metric`` falls (-1) or rises (+1) by more than chance.

    With ``size`` its distance from zero does, in relation. ``city``: shops and members of each.
    """

    arm: str
    path: str
    metric: str
    direction: int
    seeds: int = 3
    city: tuple[int, int] = (3, 120)
    days: int = DAYS
    size: bool = False

    def values(self, *, on: bool, seed: int = 1) -> dict[str, Any]:
        """What to give a twin that lives the arm with or without the switch."""
        shops, members = self.city
        return {"city__shops": shops, "city__members": members, "days": self.days, "settle_days": 0, "seed": seed,
                "world__residents__visit_rate": 0.08, **({self.path: True} if on else {})}


SWITCHES = (
    Switch("preorder", "scenario__s", "chain_loss_rate", -1),
    Switch("preorder", "scenario__s", "delivery_cost_per_order", -1, seeds=4),
    Switch("preorder", "scenario__s", "head_office_hours", -1),
    Switch("preorder", "scenario__p", "exposure_diversity", +1),
    Switch("preorder", "scenario__p", "head_office_hours", -1),
    Switch("traditional", "scenario__f", "stock_days", -1),
    Switch("preorder", "scenario__systems__cold_chain", "energy", +1),
    Switch("preorder", "scenario__systems__cold_chain", "loss_rate_spoiled", -1),
    Switch("traditional", "scenario__systems__identity", "repurchase_measurement", -1, city=(1, 600), days=28,
           size=True),
    Switch("preorder", "scenario__systems__proposals", "head_office_hours", -1),
    Switch("traditional", "scenario__systems__inspection", "loss_rate_taken_off", +1, seeds=4),
    Switch("traditional", "scenario__systems__inspection", "owner_hours", +1),
)


BY_PATH = {switch.path: switch for switch in SWITCHES}


@pytest.fixture(scope="module")
def lived(twins: Any) -> Any:
    """A function that lives an arm, with or without a switch, once for all tests."""
    known: dict[str, tuple[Twin, dict[str, Any]]] = {}

    def live(switch: Switch, *, on: bool, seed: int) -> tuple[Twin, dict[str, Any]]:
        values = switch.values(on=on, seed=seed)
        key = f"{switch.arm} {sorted(values.items())}"
        if key not in known:
            twin = twins.lived(switch.arm, **values)
            known[key] = twin, result_of(twins.config(switch.arm, **values), twin)["metrics"]
        return known[key]

    return live


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda one: f"{one.path.split('__')[-1]}-{one.metric}")
def test_a_switch_moves_what_it_is_there_for_by_more_than_chance(lived: Any, switch: Switch) -> None:
    differences = []
    for seed in SEEDS[: switch.seeds]:
        off, on = (lived(switch, on=on, seed=seed)[1][switch.metric]["value"] for on in (False, True))
        differences.append(switch.direction * (float(np.log(abs(on / off))) if switch.size else on - off))
    found = estimate(differences, LEVEL)
    assert found.low is not None and found.low > 0, differences


@pytest.mark.parametrize("path", sorted(BY_PATH))
def test_a_switch_leaves_alone_who_comes_the_weather_and_the_candidates(lived: Any, twins: Any, path: str) -> None:
    switch = BY_PATH[path]
    off, on = (lived(switch, on=on, seed=SEEDS[0])[0] for on in (False, True))
    worlds = [twins.world(twin) for twin in (off, on)]
    for day in (0, switch.days // 2, switch.days - 1):
        one, other = (world.weather.day(day) for world in worlds)
        assert (np.asarray(one.hourly_c) == np.asarray(other.hourly_c)).all()
    candidates = []
    for twin in (off, on):
        rows = twins.rows(twin, "group_buy")
        candidates.append(sorted(set(zip(rows["candidate"].tolist(), rows["shop"].tolist(), rows["sku"].tolist(),
                                         strict=True))))  # fmt: skip
    assert candidates[0] == candidates[1] != []
    visitors = [set(twins.rows(twin, "sighting")["touchpoint"][twins.rows(twin, "sighting")["day"] == 0].tolist())
                for twin in (off, on)]  # fmt: skip
    assert visitors[0] == visitors[1]


@pytest.mark.parametrize("path", sorted(BY_PATH))
def test_a_switch_changes_nobody_at_the_start(twins: Any, path: str) -> None:
    switch = BY_PATH[path]
    frames = [twins.fresh(switch.arm, **switch.values(on=on)).ports.state["residents"] for on in (False, True)]
    for column in frames[0].columns:
        assert (frames[0][column] == frames[1][column]).all(), column
