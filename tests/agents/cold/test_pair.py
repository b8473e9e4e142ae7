"""The cold chain switched on and off over the same past: what it saves, what it takes, and whom it leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

HOT = {"city__shops": 3, "city__members": 80, "days": 4, "start": "2026-07-20", "world__residents__visit_rate": 0.15}


@pytest.fixture(scope="module")
def pair(twins: Any) -> tuple[Any, Any]:
    return tuple(
        twins.lived("preorder", scenario__systems__cold_chain=on, **HOT) for on in ("true", "false")
    )  # fmt: skip


def test_it_takes_energy_and_saves_life(twins: Any, pair: tuple[Any, Any]) -> None:
    energy = [twins.rows(twin, "energy") for twin in pair]
    vehicles = [rows["kwh"][np.isin(rows["place"], ["truck", "lorry"])].sum() for rows in energy]
    assert vehicles[0] > vehicles[1]  # long hauls are cooled in every arm
    assert energy[0]["kwh"].sum() > energy[1]["kwh"].sum()
    air = [twins.rows(twin, "air") for twin in pair]
    cold = air[0]["air_c"][air[0]["zone"] == "chilled"].mean()
    assert cold < air[1]["air_c"].mean() - 3.0
    waste = [twins.rows(twin, "waste") for twin in pair]
    spoiled = [rows["packs"][(rows["reason"] == "spoiled") & np.isin(rows["node"], ["hub", "road"])].sum()
               for rows in waste]
    assert spoiled[0] <= spoiled[1]


def test_residents_of_the_first_day_are_the_same(twins: Any, pair: tuple[Any, Any]) -> None:
    for table in ("order_line", "exposure"):
        on, off = (twins.rows(twin, table) for twin in pair)
        for name in on.keys() - {"sequence"}:
            np.testing.assert_array_equal(on[name][on["day"] == 0], off[name][off["day"] == 0], err_msg=name)


def test_weather_and_disturbances_are_the_same(twins: Any, pair: tuple[Any, Any]) -> None:
    on, off = (twins.rows(twin, "room_air") for twin in pair)
    same = [rows["air_c"][rows["place"] == "rack"] for rows in (on, off)]
    np.testing.assert_array_equal(same[0], same[1])
