"""Each switch moves the figure it is there for, in pairs with the same seed, and no draw that it must not touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from experiments.runner import result_of
from sim.twin import Twin

SEEDS = (1, 2)
SIZE = {"city__shops": 3, "city__members": 120, "days": 28, "settle_days": 0, "world__residents__visit_rate": 0.08}


@dataclass(frozen=True)
class Switch:
    """``path`` is switched on in ``arm``; ``metric`` falls (-1) or rises (+1), over the seeds together."""

    arm: str
    path: str
    metric: str
    direction: int
    magnitude: bool = False


SWITCHES = (
    Switch("preorder", "scenario__s", "chain_loss_rate", -1),
    Switch("preorder", "scenario__p", "exposure_diversity", +1),
    Switch("traditional", "scenario__f", "repurchase_measurement", -1, magnitude=True),
    Switch("preorder", "scenario__systems__cold_chain", "energy", +1),
    Switch("preorder", "scenario__systems__cold_chain", "loss_rate_spoiled", -1),
    Switch("traditional", "scenario__systems__identity", "repurchase_measurement", -1, magnitude=True),
    Switch("preorder", "scenario__systems__proposals", "head_office_hours", -1),
    Switch("traditional", "scenario__systems__inspection", "refund_rate", -1),
)


@pytest.fixture(scope="module")
def lived(twins: Any) -> Any:
    """A function that lives an arm, with or without a switch, once for all tests."""
    known: dict[tuple[str, str | None, int], tuple[Twin, dict[str, Any]]] = {}

    def live(arm: str, path: str | None, seed: int) -> tuple[Twin, dict[str, Any]]:
        key = arm, path, seed
        if key not in known:
            values = {**SIZE, "seed": seed, **({} if path is None else {path: True})}
            twin = twins.lived(arm, **values)
            known[key] = twin, result_of(twins.config(arm, **values), twin)["metrics"]
        return known[key]

    return live


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda one: f"{one.path.split('__')[-1]}-{one.metric}")
def test_a_switch_moves_what_it_is_there_for(lived: Any, switch: Switch) -> None:
    differences = []
    for seed in SEEDS:
        off, on = (lived(switch.arm, path, seed)[1][switch.metric]["value"] for path in (None, switch.path))
        differences.append(abs(on) - abs(off) if switch.magnitude else on - off)
    assert switch.direction * np.mean(differences) > 0, differences


@pytest.mark.parametrize("path", sorted({switch.path for switch in SWITCHES}))
def test_a_switch_leaves_alone_who_comes_the_weather_and_the_candidates(lived: Any, twins: Any, path: str) -> None:
    arm = next(switch.arm for switch in SWITCHES if switch.path == path)
    off, on = (lived(arm, which, SEEDS[0])[0] for which in (None, path))
    worlds = [twins.world(twin) for twin in (off, on)]
    for day in (0, 13, 27):
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


@pytest.mark.parametrize("path", sorted({switch.path for switch in SWITCHES}))
def test_a_switch_changes_nobody_at_the_start(twins: Any, path: str) -> None:
    arm = next(switch.arm for switch in SWITCHES if switch.path == path)
    frames = [twins.fresh(arm, **SIZE, **values).ports.state["residents"] for values in ({}, {path: True})]
    for column in frames[0].columns:
        assert (frames[0][column] == frames[1][column]).all(), column
