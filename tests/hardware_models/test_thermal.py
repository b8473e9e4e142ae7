"""Temperatures and the life used are the closed forms (validation section 7) and any fine sum over the path."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hardware_models.thermal import (
    GAS_CONSTANT,
    KELVIN,
    Kinetics,
    decay_rate,
    life_used,
    mean_kinetic,
    q10_rate,
    relax,
)

NEVER = -np.inf
degrees = st.floats(-10, 40)
hours_of_time = st.floats(0.01, 48)


def goods(life=10.0, reference=4.0, ea=80.0, limit=NEVER, slope=0.1):
    """Kinetics of one product, or of several where a list is given."""
    given = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (life, reference, ea, limit)))
    return Kinetics(*(column.copy() for column in given), slope)


def finely_summed(kinetics, start, target, tau, hours, steps=50_001):
    """The life used by the midpoint rule over the exact path."""
    moments = (np.arange(steps) + 0.5) * (hours / steps)
    path = target + (start - target) * np.exp(-moments / tau)
    return decay_rate(kinetics, path[:, None]).mean(axis=0) * hours / 24.0


# ---- lumped cooling ------------------------------------------------------------------------------


def test_cooling_from_25_in_2_with_a_time_constant_of_3_hours_prints_its_digits():
    half, seven_eighths = 3 * math.log(2), 3 * math.log(8)
    assert (round(half, 4), round(seven_eighths, 4)) == (2.0794, 6.2383)
    assert relax(25.0, 2.0, 3.0, half) == pytest.approx(2 + 23 / 2, abs=1e-9)
    assert relax(25.0, 2.0, 3.0, seven_eighths) == pytest.approx(2 + 23 / 8, abs=1e-9)
    assert relax(25.0, 2.0, 3.0, 4.0) == pytest.approx(2 + 23 * math.exp(-4 / 3), abs=1e-9)
    assert round(relax(25.0, 2.0, 3.0, 4.0), 4) == 8.0627


@given(degrees, degrees, st.floats(0.05, 50), hours_of_time, hours_of_time)
@settings(deadline=None)
def test_cooling_in_two_steps_is_cooling_in_one_and_never_overshoots(start, target, tau, first, second):
    once = relax(start, target, tau, first + second)
    assert relax(relax(start, target, tau, first), target, tau, second) == pytest.approx(once, abs=1e-9)
    assert min(start, target) - 1e-9 <= once <= max(start, target) + 1e-9
    assert relax(start, target, tau, 0.0) == pytest.approx(start, abs=1e-12)


# ---- Arrhenius and chilling ----------------------------------------------------------------------


def test_arrhenius_shelf_life_of_ten_days_at_4_degrees_prints_its_digits():
    lives = [1.0 / decay_rate(goods(), celsius)[0] for celsius in (0.0, 8.0, 20.0)]
    assert [round(life, 3) for life in lives] == [16.626, 6.102, 1.503]
    for celsius, life in zip((0.0, 8.0, 20.0), lives, strict=True):
        closed = 10 * math.exp(80e3 / 8.314462618 * (1 / (celsius + 273.15) - 1 / 277.15))
        assert life == pytest.approx(closed, rel=1e-9)
    assert (GAS_CONSTANT, KELVIN) == (8.314462618, 273.15)


def test_at_the_reference_the_rate_is_one_reference_life_and_ambient_goods_have_none():
    assert decay_rate(goods(life=[10.0, 4.0, np.inf]), 4.0).tolist() == [0.1, 0.25, 0.0]


@given(degrees, degrees)
@settings(deadline=None)
def test_warmer_goods_without_a_chilling_limit_never_age_slower(one, other):
    cold, warm = sorted((one, other))
    assert decay_rate(goods(), cold)[0] <= decay_rate(goods(), warm)[0]


@given(st.floats(2, 15), st.floats(0.001, 12), st.floats(0, 0.5), st.floats(2, 25))
@settings(deadline=None)
def test_below_the_chilling_limit_the_larger_of_arrhenius_and_the_chilled_rate_holds(limit, below, slope, reference):
    celsius = limit - below
    chilled = decay_rate(goods(limit=limit, slope=slope, reference=reference), celsius)[0]
    plain = decay_rate(goods(reference=reference), celsius)[0]
    assert chilled == pytest.approx(max(plain, (1 + slope * (limit - celsius)) / 10), rel=1e-12)


@given(st.integers(-50, 200), st.floats(0, 20))
@settings(deadline=None)
def test_at_the_limit_itself_and_above_nothing_is_chilled(tenths, above):
    limit = tenths / 10
    for celsius in (limit, limit + above):
        assert decay_rate(goods(limit=limit, reference=20.0), celsius) == decay_rate(goods(reference=20.0), celsius)


def test_rates_broadcast_over_moments_and_products():
    rates = decay_rate(goods(life=[10.0, 5.0, 2.0], limit=[NEVER, 8.0, NEVER]), np.array([[4.0], [20.0]]))
    assert rates.shape == (2, 3)
    assert rates[1, 0] == decay_rate(goods(), 20.0)[0]


# ---- life used -----------------------------------------------------------------------------------


@given(degrees, hours_of_time)
@settings(deadline=None)
def test_at_a_steady_temperature_the_life_used_is_rate_times_time(celsius, hours):
    used = life_used(goods(), celsius, celsius, 3.0, hours)
    assert used[0] == pytest.approx(decay_rate(goods(), celsius)[0] * hours / 24, rel=1e-12)


def test_no_time_uses_no_life():
    kinetics = goods(life=[10.0, np.inf])
    for hours in (0.0, -1.0):
        assert life_used(kinetics, 28.0, 4.0, 3.0, hours).tolist() == [0.0, 0.0]
    assert life_used(kinetics, 28.0, 4.0, 3.0, 5.0)[1] == 0.0


@given(degrees, degrees, st.floats(0.3, 12), st.floats(0.05, 48), st.floats(20, 120))
@settings(max_examples=40, deadline=None)
def test_the_life_used_is_the_fine_sum_over_the_path(start, target, tau, hours, ea):
    kinetics = goods(ea=ea)
    wanted = finely_summed(kinetics, start, target, tau, hours)
    assert life_used(kinetics, start, target, tau, hours) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    ("start", "target", "tau", "hours"),
    [(28, 4, 3, 4), (28, 4, 3, 24), (28, 4, 0.75, 3), (30, 4, 0.75, 24), (4, 30, 6, 10), (10, 25, 0.5, 3)],
)
def test_legs_of_a_day_are_exact_to_1e_9(start, target, tau, hours):
    wanted = finely_summed(goods(), start, target, tau, hours, 2_000_001)
    assert life_used(goods(), start, target, tau, hours) == pytest.approx(wanted, abs=1e-9)


@given(st.floats(14, 30), st.floats(0, 8), st.floats(9, 13), st.floats(0.5, 6), st.floats(0.5, 24), st.booleans())
@settings(max_examples=30, deadline=None)
def test_passing_a_chilling_limit_on_the_way_is_seen_at_its_moment(start, target, limit, tau, hours, warming):
    start, target = (target, start) if warming else (start, target)
    kinetics = goods(reference=[20.0, 4.0], limit=limit)
    wanted = finely_summed(kinetics, start, target, tau, hours)
    missed = np.array([1e-5, 1e-4])  # the sum misses the jump by up to a step; the colder reference makes a kink
    assert (np.abs(life_used(kinetics, start, target, tau, hours) - wanted) < missed).all()


@given(degrees, degrees, st.floats(0.3, 12), st.floats(0.05, 24), st.floats(0.05, 24), st.floats(0, 14))
@settings(deadline=None)
def test_two_legs_use_what_one_uses(start, target, tau, first, second, limit):
    assume(abs(target - limit) > 1e-6)  # at rest on the limit itself, rounding says on which side of the jump
    kinetics = goods(reference=20.0, limit=[NEVER, limit])
    middle = relax(start, target, tau, first)
    legs = life_used(kinetics, start, target, tau, first) + life_used(kinetics, middle, target, tau, second)
    assert legs == pytest.approx(life_used(kinetics, start, target, tau, first + second), rel=1e-6, abs=1e-9)


def test_products_do_not_influence_each_other():
    alone = life_used(goods(), 28.0, 4.0, 3.0, 24.0)[0]
    together = life_used(goods(life=[10.0, 3.0], limit=[NEVER, 10.0]), 28.0, 4.0, 3.0, 24.0)[0]
    assert together == pytest.approx(alone, rel=1e-12)


def test_mean_kinetic_temperature_as_printed() -> None:
    found = mean_kinetic(np.array([4.0, 6.0, 15.0]), np.array([12.0, 10.0, 2.0]), 83.14)
    assert round(found, 3) == 6.439
    assert mean_kinetic(np.array([7.0]), np.array([3.0]), 83.14) == pytest.approx(7.0, abs=1e-9)


def test_life_used_by_q10_as_printed() -> None:
    day = (20 * q10_rate(2.5, 4.0, 4.0) + 3 * q10_rate(2.5, 4.0, 10.0) + q10_rate(2.5, 4.0, 20.0)) / 24.0 / 10.0
    assert round(float(day), 6) == 0.123045
