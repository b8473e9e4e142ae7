"""Fields: cohorts ripen by thermal time; what ripens is picked, sold on the spot, hangs or falls, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.supply.farms import Farms
from agents.supply.fields import BLOCKS, LONGEST_HOLD_DAYS, Fields
from agents.supply.ripening import crops_of, heat, hour_points, ripe_share, staggering

MELON = np.array(["melon_netted_hami"])
BLUEBERRY = np.array(["blueberry"])


@pytest.fixture
def fields(twins: Any) -> Fields:
    return twins.part(twins.fresh(city__members=2000, city__shops=1), Fields)


def test_melon_heat_by_hand() -> None:
    melon = crops_of(MELON)
    assert (melon.base_c[0], melon.cap_c[0], melon.need[0], melon.cv[0]) == (12.8, 30.0, 377.0, 0.10)
    assert heat(melon, np.full(24, 25.0)).item() == pytest.approx(12.2)
    assert heat(melon, np.full(24, 41.0)).item() == pytest.approx(17.2)  # nothing above the cap
    assert heat(melon, np.full(24, 0.0)).item() == pytest.approx(melon.house_min_c[0] - 12.8)
    half = np.concatenate([np.full(12, 20.0), np.full(12, 35.0)])
    assert heat(melon, half).item() == pytest.approx((7.2 + 17.2) / 2)  # by the hour: the mean of 27.5 would give 14.7


def test_half_of_a_melon_cohort_is_ripe_after_377_degree_days() -> None:
    melon = crops_of(MELON)
    days = 377.0 / heat(melon, np.full(24, 25.0)).item()
    assert days == pytest.approx(30.9, abs=0.05)
    assert ripe_share(melon, np.array([[377.0]])).item() == pytest.approx(0.5)
    assert ripe_share(melon, np.array([[377.0 * 1.1]])).item() == pytest.approx(0.841345, abs=1e-6)
    assert ripe_share(melon, np.array([[0.0]])).item() < 1e-12


def test_blueberry_points_and_weeks_of_picking() -> None:
    assert hour_points(np.array([5.0, 7.2, 12.7, 12.8, 18.2, 18.3, 40.0])).tolist() == [-1, 0, 0, 0.5, 0.5, 1, 1]
    berry = crops_of(BLUEBERRY)
    a_day = heat(berry, np.full(24, 15.0)).item()
    assert a_day == pytest.approx(12.0)
    days = np.arange(0.0, 130.0, 0.1)
    share = ripe_share(berry, (a_day * days)[None])[0]
    first, last = (days[np.searchsorted(share, part)] for part in (0.025, 0.975))
    assert 3 * 7 <= last - first <= 5 * 7
    assert 5 <= berry.pick_days[0] <= 7 <= berry.hold_days[0]


def test_growers_set_a_harvest_a_day_over_a_usual_year(fields: Fields) -> None:
    usual, weights = fields._world.weather.usual_hours()
    plan = staggering(fields._crops, usual, weights)
    assert (plan >= 0).all()
    np.testing.assert_allclose(plan.sum(axis=0), 366.0, rtol=1e-9)
    steady = staggering(fields._crops, np.full((366, 3, 24), 22.0), weights)
    np.testing.assert_allclose(steady, 1.0, rtol=1e-9)


def test_a_heat_wave_brings_fruit_forward() -> None:
    melon = crops_of(MELON)
    set_at = np.zeros((1, 1))
    plain, hot = (np.cumsum(heat(melon, np.full((40, 24), c))) for c in (22.0, 26.0))
    ripe = [ripe_share(melon, (gathered[:, None, None] - set_at)[:, 0])[:, 0] for gathered in (plain, hot)]
    assert np.searchsorted(ripe[0], 0.5) - np.searchsorted(ripe[1], 0.5) >= 8
    assert (ripe[1] >= ripe[0]).all()


def test_only_contracted_crops_grow(fields: Fields) -> None:
    goods, farms = fields._world.catalogue, fields._farms
    grown = np.isin(np.arange(goods.n), farms.sku)
    assert (grown <= goods.fresh).all() and not grown[goods.premium_candidate].any() and grown.any()
    assert np.isin(goods.origin[grown], ("local", "remote")).all() and (farms.of[~grown] == -1).all()
    fields.ripen(0)
    picked = fields.pick(0, np.full(goods.n, 5))
    assert not picked.packs[~grown].any() and picked.packs[grown].any()


def test_weather_moves_the_harvest_around_the_contract(fields: Fields) -> None:
    planned = fields._planned.sum()
    ripened = []
    for day in range(150):
        fields.ripen(day)
        ripened.append(fields.ripe["ripened"].sum())
    assert np.mean(ripened) == pytest.approx(planned, rel=0.06)
    assert np.std(ripened) > 0.02 * planned


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 120), min_size=2, max_size=7), st.integers(0, 30))
def test_packs_are_unripe_hang_are_picked_sold_or_fall(twins: Any, wanted: list[int], crew: int) -> None:
    twin = twins.fresh(city__members=1500, city__shops=1)
    fields, farms, log = twins.part(twin, Fields), twins.part(twin, Farms), twin.ports.log
    farms.frame["crew"][...] = crew
    unripe = (fields.cohorts["packs"] - fields.cohorts["ripe"]).sum(axis=1, dtype=np.int64)
    for day, ask in enumerate(wanted):
        before = fields.held
        fields.ripen(day)
        ripened = fields.ripe["ripened"].copy()
        np.testing.assert_array_equal(fields.held, before + ripened)
        picked = fields.pick(day, np.full(fields._world.catalogue.n, ask))
        assert (picked.packs <= ask).all() and (picked.crew_hours <= crew * farms.picking_hours + 1e-6).all()
        hanging = before + ripened - picked.packs[farms.sku]
        fields.fall(day)
        gone = np.zeros(fields._world.catalogue.n, np.int64)
        for table in ("field_loss", "spot_sale"):
            rows = log.read(table)
            today = twin.ports.clock.day_of(rows["event_time"].to_numpy().astype("datetime64[s]")) == day
            np.add.at(gone, rows["sku"].to_numpy()[today], rows["packs"].to_numpy()[today])
        np.testing.assert_array_equal(fields.held, hanging - gone[farms.sku])
        now = (fields.cohorts["packs"] - fields.cohorts["ripe"]).sum(axis=1, dtype=np.int64)
        slot = day % fields.cohorts["packs"].shape[1]
        np.testing.assert_array_equal(now, unripe - ripened + fields.cohorts["packs"][:, slot])
        unripe = now


def test_fruit_hangs_for_its_window_and_the_ripest_is_picked_first(fields: Fields) -> None:
    windows = LONGEST_HOLD_DAYS - fields._enters
    rows = np.arange(len(windows))
    fields.ripe["packs"][...] = 0
    fields.ripe["packs"][rows, 0, fields._enters] = 7
    for day in range(int(windows.max())):
        np.testing.assert_array_equal(fields.held, np.where(windows > day, 7, 0))
        assert (fields.ripe["life_used"][fields.ripe["packs"] > 0] > 0).all() or day == 0
        fields.fall(day)
    assert not fields.ripe["packs"].any()
    row = int(rows[windows >= 3][0])
    fields.ripe["packs"][row, 0, fields._enters[row]] = 3
    fields.fall(9)
    fields.ripe["packs"][row, 0, fields._enters[row]] = 5
    sku = fields._farms.sku[row]
    turn = int(fields._turns[row]) * 5  # the first block's day
    picked = fields.pick(turn, np.where(np.arange(fields._world.catalogue.n) == sku, 4, 0))
    assert picked.packs[sku] == 4 and picked.life_used[sku] > 0
    assert fields.ripe["packs"][row, 0, fields._enters[row]] == 4 and fields.held[row] == 4


def test_what_has_days_to_travel_is_picked_least_ripe_first(fields: Fields) -> None:
    row = int(np.flatnonzero(fields._farms.is_remote[fields._farms.sku])[0])
    sku, turn = fields._farms.sku[row], int(fields._turns[row]) * 5
    fields.ripe["packs"][row] = 0
    fields.ripe["packs"][row, 0, -2:] = 3, 5
    fields.ripe["life_used"][row, 0, -2:] = 0.1, 0.4
    picked = fields.pick(turn, np.where(np.arange(fields._world.catalogue.n) == sku, 4, 0))
    assert fields.ripe["packs"][row, 0, -2:].tolist() == [0, 4]
    assert picked.life_used[sku] == pytest.approx((3 * 0.1 + 0.4) / 4)


def test_a_block_is_picked_on_its_turn_only(fields: Fields) -> None:
    (row,) = np.flatnonzero(fields._world.catalogue.kinetics[fields._farms.sku] == "blueberry")[:1]
    turns, sku = int(fields._turns[row]), fields._farms.sku[row]
    assert turns == 6 <= BLOCKS
    fields.ripe["packs"][row] = 0
    fields.ripe["packs"][row, 2, -1] = 10
    for day in range(6):
        picked = fields.pick(day, np.where(np.arange(fields._world.catalogue.n) == sku, 99, 0))
        assert picked.packs[sku] == (10 if day == 2 else 0)


def test_a_crew_picks_only_what_its_hours_allow(fields: Fields) -> None:
    farms, many = fields._farms, np.full(fields._world.catalogue.n, 10_000)
    fields.ripe["packs"][...] = 50
    before, farms.frame["crew"][...] = fields.held.copy(), 1
    picked = fields.pick(0, many)
    np.testing.assert_allclose(picked.crew_hours[np.unique(farms.of[farms.sku])], farms.picking_hours, rtol=0.05)
    np.testing.assert_array_equal(fields.held, before - picked.packs[farms.sku])
    farms.frame["crew"][...] = 0
    assert not fields.pick(0, many).packs.any()


def test_surplus_goes_to_the_spot_market_where_it_pays_and_the_rest_falls(fields: Fields) -> None:
    log, farms = fields._world.ports.log, fields._farms
    fields.ripe["packs"][...] = 0
    fields.ripe["packs"][:, 0, -1] = 10
    fields.ripe["spare_hours"][...] = 1e6
    hours = fields.fall(0)
    sold, lost = (log.read(name).to_pandas().groupby("sku").packs.sum() for name in ("spot_sale", "field_loss"))
    assert (sold.reindex(farms.sku, fill_value=0) + lost.reindex(farms.sku, fill_value=0) == 10).all()
    assert (sold == 5).all() and len(sold) > 0.5 * len(farms.sku) and hours.sum() > 0
    rows = log.read("spot_sale").to_pandas()
    price = np.rint(fields._world.catalogue.farm_gate_fen[rows.sku] * 0.6)
    np.testing.assert_array_equal(rows.fen, rows.packs * price)
