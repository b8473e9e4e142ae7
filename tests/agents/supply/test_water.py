"""Water that produce gives off: a mass account beside the packs, which nothing else notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.supply.ripening import is_crop
from agents.supply.water import Water, vapour_deficit_kpa
from sim.errors import RunError

VALUES = {"city__shops": 2, "city__members": 300, "days": 4, "world__residents__visit_rate": 0.1}


def test_vapour_pressure_deficit_by_hand() -> None:
    assert vapour_deficit_kpa(20.0, 0.0).item() == pytest.approx(2.338, abs=0.002)  # saturation over water at 20 degC
    assert vapour_deficit_kpa(20.0, 60.0).item() == pytest.approx(0.4 * 2.338, abs=0.001)
    assert vapour_deficit_kpa(5.0, 100.0).item() == 0.0


def test_the_sourced_rate_comes_back_where_it_was_measured(twins: Any) -> None:
    twin = twins.fresh()
    water, goods = twins.part(twin, Water), twins.world(twin).catalogue
    berry = goods.index("blueberry")
    a_day = water._share_a_kpa[berry] * vapour_deficit_kpa(22.0, 92.5)
    assert a_day == pytest.approx(0.008)  # 0.8 % a day at 22 degC, hand-picked
    loses = water._share_a_kpa > 0
    produce = is_crop(goods.kinetics) | (goods.kinetics == "generic_produce")
    np.testing.assert_array_equal(loses, goods.fresh & produce)


@pytest.fixture(scope="module")
def lived(twins: Any) -> Any:
    return twins.lived("traditional", **VALUES)


def test_the_account_holds_what_every_place_lost_and_never_more_than_it_weighed(twins: Any, lived: Any) -> None:
    rows, account = twins.rows(lived, "water_loss"), twins.part(lived, Water).account["mg"]
    assert len(rows["mg"]) and (rows["mg"] > 0).all() and {"road", "hub", "shop"} >= set(rows["node"])
    total = np.zeros(len(account), np.int64)
    np.add.at(total, rows["sku"], rows["mg"])
    np.testing.assert_array_equal(total, account)
    days = twins.rows(lived, "sku_day")
    assert days["water_mg"].sum() == account.sum()
    mass = twins.world(lived).catalogue.pack_mass_g[days["sku"]] * 1000
    some = days["water_mg"] > 0
    assert (days["water_mg"][some] < 0.1 * (days["held"] * mass)[some]).all()


def test_drier_shops_lose_more_and_nothing_else_changes(twins: Any, lived: Any) -> None:
    dry = twins.lived("traditional", world__supply__shop_rh_pct=45.0, **VALUES)
    more, less = (twins.part(twin, Water).account["mg"].sum() for twin in (dry, lived))
    assert more > 1.05 * less  # the hub is as damp as before
    for table in ("pos_sale", "waste", "harvest", "field_loss", "spot_sale"):
        one, other = twins.rows(dry, table), twins.rows(lived, table)
        assert all((one[name] == other[name]).all() for name in one), table


def test_water_out_of_nothing_stops_the_run(twins: Any) -> None:
    twin = twins.fresh("traditional", **VALUES)
    twin.run(1)
    twins.part(twin, Water).account["mg"][0] += 1
    with pytest.raises(RunError, match="account of water"):
        twin.run(1)
