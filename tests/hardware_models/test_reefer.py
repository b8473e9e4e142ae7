"""A vehicle body: what walls and doors let in, what its unit takes out, and how air, surface and core follow."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from hardware_models.reefer import AIR, CORE, SURFACE, Body, advance, follow

_SPEC = importlib.util.spec_from_file_location("reefer_reference", Path(__file__).with_name("plain_reefer.py"))
reference: Any = importlib.util.module_from_spec(_SPEC)  # type: ignore[arg-type]
_SPEC.loader.exec_module(reference)  # type: ignore[union-attr]

JOULE = 1e-9 * 3.6e6
"""A billionth of a kilowatt-hour."""


def body(**changed: float) -> Body:
    values = {
        "wall_w_k": 28.0, "door_w_k": 330.0, "unit_w": 3500.0, "hold_c": 5.0, "air_j_k": 8e4, "film_w_k": 300.0,
        "inner_w_k": 250.0, "surface_j_k": 1.2e6, "core_j_k": 4.6e6,
    }
    return Body(*(np.array([float({**values, **changed}[name])]) for name in Body._fields))


def go(made, load, ambient, seconds, door=False, running=True):
    flags = np.array([door]), np.array([running])
    after, flow = advance(made, np.array([load], float), np.array([ambient]), np.array([float(seconds)]), *flags)
    residual = float((flow.walls + flow.doors - flow.unit - flow.stored)[0])
    return after[0], flow, residual


degrees = st.floats(-25, 45)


@given(st.tuples(degrees, degrees, degrees), degrees, st.floats(0, 7200), st.booleans(), st.booleans(),
       st.sampled_from([0.0, 400.0, 3500.0]))
@settings(deadline=None, max_examples=80)
def test_energy_is_kept(load, ambient, seconds, door, running, unit_w):
    after, flow, residual = go(body(unit_w=unit_w), load, ambient, seconds, door, running)
    assert abs(residual) < JOULE
    assert flow.unit[0] >= -1e-3 and np.isfinite(after).all()
    low, high = min(*load, ambient), max(*load, ambient)
    assert after.max() <= high + 1e-6 and after.min() >= min(low, 5.0) - 1e-6


def test_without_a_unit_it_is_the_linear_network():
    made, start, ambient = body(unit_w=0.0), np.array([30.0, 8.0, 6.0]), 33.0
    k = np.array([[328.0, -300.0, 0.0], [-300.0, 550.0, -250.0], [0.0, -250.0, 250.0]])
    c = np.diag([8e4, 1.2e6, 4.6e6])
    expected = ambient + expm(-np.linalg.inv(c) @ k * 5000.0) @ (start - ambient)
    assert go(made, start, ambient, 5000.0)[0] == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.floats(1, 900), min_size=2, max_size=6))
@settings(deadline=None, max_examples=25)
def test_steps_add_up(parts):
    made, load = body(unit_w=1500.0), np.array([20.0, 9.0, 8.0])
    whole = go(made, load, 35.0, sum(parts))[0]
    for seconds in parts:
        load = go(made, load, 35.0, seconds)[0]
    assert load == pytest.approx(whole, abs=1e-5)


def test_the_unit_pulls_down_and_then_holds():
    after = go(body(), [30.0, 5.0, 5.0], 33.0, 900)[0]
    assert after[AIR] == pytest.approx(5.0, abs=1e-6)
    held, flow, _ = go(body(), [5.0, 5.0, 5.0], 33.0, 3600)
    assert held == pytest.approx([5.0, 5.0, 5.0], abs=1e-9)
    assert flow.unit[0] == pytest.approx(28 * 28 * 3600)


def test_a_unit_that_is_too_small_is_overrun():
    after, flow, _ = go(body(unit_w=400.0), [5.0, 5.0, 5.0], 33.0, 7200)
    assert after[AIR] > 5.5 and flow.unit[0] == pytest.approx(400.0 * 7200)


def test_a_truck_cannot_pre_cool():
    """2 t of melon from 28 to 5 degC is 179 MJ: a full night of the unit."""
    heat = 2000 * 3890.0
    assert heat * 23 == pytest.approx(179e6, rel=0.01)
    made = body(surface_j_k=0.2 * heat, core_j_k=0.8 * heat, film_w_k=400.0, inner_w_k=340.0)
    load = np.array([28.0, 28.0, 28.0])
    for _ in range(12):
        load = go(made, load, 28.0, 900)[0]
    assert load[CORE] > 22.0 > load[SURFACE]


def test_infiltration_grows_with_time_and_the_unit_stands_meanwhile():
    heat = [go(body(air_j_k=1e9), [5.0, 5.0, 5.0], 30.0, seconds, door=True)[1] for seconds in (30, 60, 120)]
    doors = [float(flow.doors[0]) for flow in heat]
    assert doors[1] == pytest.approx(2 * doors[0], rel=1e-2) and doors[2] == pytest.approx(4 * doors[0], rel=1e-2)
    assert all(flow.unit[0] == 0 for flow in heat)
    assert doors[0] == pytest.approx(330 * 25 * 30, rel=1e-2)


def test_a_core_takes_hours_and_the_unit_never_heats():
    load = np.array([-10.0, 20.0, 20.0])
    after, flow, _ = go(body(), load, -10.0, 3600)
    assert flow.unit[0] >= 0 and after[CORE] > after[SURFACE]


def test_bodies_do_not_touch_each_other():
    one = [go(body(unit_w=w), [20.0, 8.0, 8.0], 33.0, 900)[0] for w in (0.0, 900.0, 3500.0)]
    together = Body(*(np.concatenate([getattr(body(unit_w=w), name) for w in (0.0, 900.0, 3500.0)])
                      for name in Body._fields))
    load = np.tile([20.0, 8.0, 8.0], (3, 1))
    after, _ = advance(together, load, np.full(3, 33.0), np.full(3, 900.0), np.zeros(3, bool), np.ones(3, bool))
    assert after == pytest.approx(np.array(one), abs=1e-6)


@given(st.tuples(degrees, degrees, degrees), degrees, st.floats(0, 1800), st.booleans(), st.booleans(),
       st.sampled_from([0.0, 400.0, 1500.0, 3500.0]), st.sampled_from([20.0, 300.0]))
@settings(deadline=None, max_examples=150)
def test_the_kernel_does_what_the_plain_statement_says(load, ambient, seconds, door, running, unit_w, film):
    made, flags = body(unit_w=unit_w, film_w_k=film), (np.array([door]), np.array([running]))
    there = np.array([load], float), np.array([ambient]), np.array([seconds]), *flags
    after, flow = advance(made, *there)
    plain, plain_flow = reference.advance(made, *there)
    assert after == pytest.approx(plain, abs=1e-9)
    for mine, theirs in zip(flow, plain_flow, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9 * 3.6e6)


def test_many_steps_at_once_are_single_steps():
    made, load, total = body(unit_w=900.0), np.array([[25.0, 14.0, 9.0]]), 0.0
    surroundings = np.array([33.0]), np.array([900.0]), np.array([False]), np.array([True])
    path, energy = follow(made, load, *surroundings, 12)
    assert path.shape == (1, 13, 3) and np.array_equal(path[:, 0], load)
    for step in range(12):
        load, flow = advance(made, load, *surroundings)
        total += flow.unit
        assert np.array_equal(path[:, step + 1], load)
    assert energy.unit == pytest.approx(total, rel=1e-12)
    assert abs(energy.walls + energy.doors - energy.unit - energy.stored) < JOULE
