"""A truck body: what its unit can hold, what a door lets in, and how air and cargo follow."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_models.reefer import REFERENCE_DOOR_SECONDS, Body, Load, drive, open_door, steady_air

REEFER = Body(
    wall_w_k=20.0,
    unit_w=800.0,
    setpoint_c=2.0,
    spread_k=1.5,
    air_tau_hours=0.3,
    cargo_tau_hours=6.0,
    passive_share=0.7,
    door_share=0.4,
)
BOX = replace(REEFER, unit_w=0.0, spread_k=0.0)
WARM = Load(air_c=10.0, cargo_c=6.0)
degrees = st.floats(-20, 45)


def test_within_its_capacity_the_unit_holds_the_setpoint_with_the_spread_of_the_load():
    assert steady_air(REEFER, WARM, 35.0) == 2.0 + 1.5
    assert steady_air(REEFER, WARM, 42.0) == 2.0 + 1.5  # 20 W/K x 40 K is just the unit's 800 W


@given(st.floats(42.0, 60.0))
@settings(deadline=None)
def test_beyond_its_capacity_walls_gain_exactly_what_the_unit_takes_out(ambient):
    air = steady_air(REEFER, WARM, ambient)
    assert air == pytest.approx(ambient - 40.0 + 1.5, abs=1e-9)
    gain = REEFER.wall_w_k * (ambient - (air - REEFER.spread_k))
    assert gain == pytest.approx(REEFER.unit_w, rel=1e-9)


@given(degrees)
@settings(deadline=None)
def test_the_unit_only_cools(ambient):
    air = steady_air(replace(REEFER, spread_k=0.0), WARM, ambient)
    assert air <= ambient and (air == ambient or ambient > REEFER.setpoint_c)
    assert REEFER.wall_w_k * (ambient - air) <= REEFER.unit_w + 1e-9


@given(degrees, degrees)
@settings(deadline=None)
def test_without_a_unit_the_air_stands_between_cargo_and_outside(cargo, ambient):
    air = steady_air(BOX, Load(0.0, cargo), ambient)
    assert air == pytest.approx(0.3 * cargo + 0.7 * ambient, abs=1e-9)


@given(degrees, degrees, degrees, st.floats(0, 24))
@settings(deadline=None)
def test_on_the_way_air_and_cargo_approach_the_steady_air_each_in_its_time(air, cargo, ambient, hours):
    load = Load(air, cargo)
    after, target = drive(REEFER, load, ambient, hours), steady_air(REEFER, load, ambient)
    assert after.air_c == pytest.approx(target + (air - target) * math.exp(-hours / 0.3), abs=1e-9)
    assert after.cargo_c == pytest.approx(target + (cargo - target) * math.exp(-hours / 6.0), abs=1e-9)


@given(st.floats(0, 120), degrees, degrees)
@settings(deadline=None)
def test_an_open_door_mixes_in_outside_air_in_proportion_to_its_time(seconds, air, ambient):
    load = open_door(REEFER, Load(air, 5.0), ambient, seconds)
    assert load.air_c == pytest.approx(air + 0.4 * seconds / 120.0 * (ambient - air), abs=1e-9)
    assert load.cargo_c == 5.0
    assert REFERENCE_DOOR_SECONDS == 120.0


@given(st.floats(300, 10_000), degrees, degrees)
@settings(deadline=None)
def test_however_long_it_stands_open_the_air_gets_no_further_than_outside(seconds, air, ambient):
    assert open_door(REEFER, Load(air, 5.0), ambient, seconds).air_c == pytest.approx(ambient, abs=1e-9)


def test_a_closed_door_changes_nothing():
    assert open_door(REEFER, WARM, 35.0, 0.0) == WARM
