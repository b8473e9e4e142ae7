"""Insulated vehicle bodies: air, surface and core of the cargo, walls, doors and a cooling unit. Energy is conserved.

Arrays are over compartments (vehicle x zone, flat). Between two events - the unit starts to hold its setpoint, is
overrun, or stops - the network is linear and stepped exactly. Compartments do not touch each other, so each is followed
by itself in one kernel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hardware_models.network import network
from sim.jit import device, kernel, range_parallel
from sim.variates import expm1

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

AIR, SURFACE, CORE = 0, 1, 2
_FREE, _FULL, _HOLD = 0, 1, 2
_LOOKS = (0.25, 1.0)
"""Where a step is looked at for a change of mode; callers step a quarter of an hour or less at a time."""
_TRIES, _MOST_EVENTS = 30, 16
_EPS_K, _EPS_W = 1e-7, 1e-4
"""Nearer than this to its level the air is at its level; the heat of the rest is counted when it is held."""
_STILL, _SMALL = -1e-300, 1e-3
_UNIT, _LEVEL, _AIR_J, _FILM = 2, 3, 4, 5
"""Columns of a body's figures in the kernel, which has the fields of `Body` in their order."""


class Body(NamedTuple):
    """Compartments; every field is an array (n).

    ``wall_w_k`` heat loss of the walls, ``door_w_k`` exchange with outside while the door stands open (infiltration is
    linear in time: Tian et al. 2017, Int. J. Refrigeration 73:175), ``unit_w`` cooling capacity (0: none),
    ``hold_c`` mean air temperature that the unit holds: setpoint and spread of the load space, ``air_j_k`` air and
    inner skin, ``film_w_k`` air to cargo surface, ``inner_w_k`` surface to core, ``surface_j_k``, ``core_j_k`` cargo.
    """

    wall_w_k: Floats
    door_w_k: Floats
    unit_w: Floats
    hold_c: Floats
    air_j_k: Floats
    film_w_k: Floats
    inner_w_k: Floats
    surface_j_k: Floats
    core_j_k: Floats


class Energy(NamedTuple):
    """Heat in joule that came in through walls and doors, that the unit took out, and that is stored, by compartment.

    ``walls + doors - unit - stored`` is 0 but for rounding.
    """

    walls: Floats
    doors: Floats
    unit: Floats
    stored: Floats


def advance(
    body: Body, load: Floats, ambient_c: Floats, seconds: Floats, door_open: Flags, running: Flags
) -> tuple[Floats, Energy]:
    """Return temperatures (n, 3: air, surface, core) after ``seconds`` (n) and the heat that flowed.

    ``ambient_c``, ``seconds``, ``door_open`` and ``running`` (whether the unit has power) are arrays (n). A unit stops
    while the door stands open, and it only cools.
    """
    path, energy = follow(body, load, ambient_c, seconds, door_open, running, 1)
    return path[:, 1], energy


def follow(
    body: Body, load: Floats, ambient_c: Floats, seconds: Floats, door_open: Flags, running: Flags, steps: int
) -> tuple[Floats, Energy]:
    """Return temperatures (n, steps + 1, 3) at the borders of ``steps`` steps of ``seconds`` (n), and all their heat.

    The first border is ``load``; the rest as for `advance`.
    """
    outside = body.wall_w_k + np.where(door_open, body.door_w_k, 0.0)
    capacity = np.stack([body.air_j_k, body.surface_j_k, body.core_j_k], axis=1)
    powered = running & ~door_open & (body.unit_w > 0)
    path, air_ks, unit_j = _follow(
        np.stack(body, axis=1), *_apart(body, outside, capacity), load.astype(np.float64), outside,
        ambient_c.astype(np.float64), seconds.astype(np.float64), powered, steps,
    )  # fmt: skip
    gap = ambient_c * seconds * steps - air_ks
    doors = np.where(door_open, body.door_w_k, 0.0) * gap
    stored = ((path[:, -1] - load) * capacity).sum(axis=1)
    return path, Energy(body.wall_w_k * gap, doors, unit_j, stored)


def _apart(body: Body, outside: Floats, capacity: Floats) -> tuple[Floats, Floats, Floats]:
    """Roots of capacity, rates and modes of the whole network (n, 0) and of the cargo under held air (n, 1).

    Node and mode numbers are those of the whole network; what has to do with the air is unused under held air.
    """
    n = len(outside)
    k = np.zeros((n, 3, 3))
    k[:, AIR, AIR] = outside + body.film_w_k
    k[:, AIR, SURFACE] = k[:, SURFACE, AIR] = -body.film_w_k
    k[:, SURFACE, SURFACE] = body.film_w_k + body.inner_w_k
    k[:, SURFACE, CORE] = k[:, CORE, SURFACE] = -body.inner_w_k
    k[:, CORE, CORE] = body.inner_w_k
    rates, modes = np.zeros((n, 2, 3)), np.zeros((n, 2, 3, 3))
    whole, held = network(capacity, k), network(capacity[:, 1:], k[:, 1:, 1:])
    rates[:, 0], modes[:, 0] = whole.rates, whole.modes
    rates[:, 1, 1:], modes[:, 1, 1:, 1:] = held.rates, held.modes
    return whole.root, rates, modes


@device
def _response(rate: float, seconds: float) -> tuple[float, float, float]:
    """e^z - 1 with z = r t, (e^z - 1) / r and (e^z - 1 - z) / r^2 of a mode with rate r; limits where r is 0."""
    z = rate * seconds
    grown = expm1(z)
    first = seconds if rate > _STILL else grown / rate
    if z > -_SMALL:
        second = seconds * seconds * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z / 720.0))))
    else:
        second = (first - seconds) / rate
    return grown, first, second


@device
def _relax(
    root: Floats, rates: Floats, modes: Floats, start: Floats, first_node: int, heat: float, seconds: float,
    after: Floats,
) -> float:  # fmt: skip
    """Fill ``after`` for ``heat`` (W) into the first node from outside at 0 degC; return that node's integral, degC s.

    Nodes before ``first_node`` are left alone.
    """
    integral = 0.0
    for node in range(first_node, 3):
        after[node] = start[node]
    for mode in range(first_node, 3):
        own = 0.0
        for node in range(first_node, 3):
            own += modes[node, mode] * start[node] * root[node]
        driven = modes[first_node, mode] * heat / root[first_node]
        grown, first, second = _response(rates[mode], seconds)
        for node in range(first_node, 3):
            after[node] += modes[node, mode] * (own * grown + driven * first) / root[node]
        integral += modes[first_node, mode] * (own * first + driven * second) / root[first_node]
    return integral


@device
def _mode(figures: Floats, gap: float, needed: float, running: bool) -> int:
    """What the unit does with the air ``gap`` K above its level and ``needed`` W to hold it there."""
    at_level = abs(gap) <= _EPS_K
    full = gap > _EPS_K or (at_level and needed > figures[_UNIT] + _EPS_W)
    if not running:
        return _FREE
    if full:
        return _FULL
    return _HOLD if at_level and needed > -_EPS_W else _FREE


@device
def _needed(figures: Floats, outside: float, ambient: float, surface: float) -> float:
    """Watts that hold the air at its level."""
    return outside * (ambient - figures[_LEVEL]) + figures[_FILM] * (surface - figures[_LEVEL])


@device
def _move(
    figures: Floats, root: Floats, rates: Floats, modes: Floats, outside: float, ambient: float, start: Floats,
    mode: int, seconds: float, after: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Fill ``after`` for ``seconds`` in one mode; return the air's integral (degC s) and heat taken out (J)."""
    held = 1 if mode == _HOLD else 0
    unit = figures[_UNIT] if mode == _FULL else 0.0
    level, film = figures[_LEVEL], figures[_FILM]
    heat = film * level if held else outside * ambient - unit
    integral = _relax(root, rates[held], modes[held], start, held, heat, seconds, after)
    if not held:
        return integral, unit * seconds
    after[AIR] = level
    out = outside * (ambient - level) * seconds + film * (integral - level * seconds)
    # the air was within a hair of its level: that heat goes out too
    return level * seconds, out + figures[_AIR_J] * (start[AIR] - level)


@device
def _excess(figures: Floats, outside: float, ambient: float, load: Floats, mode: int) -> float:
    """More than 0 where the mode no longer holds: kelvin beyond the level, watts beyond what the unit can do."""
    gap = load[AIR] - figures[_LEVEL]
    if mode == _FREE:
        return gap
    if mode == _FULL:
        return -gap
    needed = _needed(figures, outside, ambient, load[SURFACE])
    return max(-needed, needed - figures[_UNIT]) - _EPS_W


@device
def _until_event(
    figures: Floats, root: Floats, rates: Floats, modes: Floats, outside: float, ambient: float, start: Floats,
    mode: int, left: float, trial: Floats,
) -> float:  # fmt: skip
    """Seconds until the mode changes, at most ``left``: looked for ahead, then closed in on. ``trial`` is scratch."""
    low, high, below, above, found = 0.0, left, -1.0, 0.0, False
    for turn in range(-len(_LOOKS), _TRIES):
        if turn < 0:
            if found:
                continue
            middle = left * _LOOKS[turn + len(_LOOKS)]
        elif not found or above <= _EPS_K:
            break
        else:
            # regula falsi with a halving in between: both ends close in
            share = 0.5 if turn % 3 == 2 else min(max(below / (below - above), 0.02), 0.98)
            middle = low + (high - low) * share
        _move(figures, root, rates, modes, outside, ambient, start, mode, middle, trial)
        excess = _excess(figures, outside, ambient, trial, mode)
        if excess > 0:
            high, above, found = middle, excess, True
        else:
            low, below = middle, excess
    return high if found else left


@device
def _step(
    figures: Floats, root: Floats, rates: Floats, modes: Floats, outside: float, ambient: float, running: bool,
    seconds: float, now: Floats, trial: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Move ``now`` on by ``seconds`` through all changes of mode; return the air's integral and heat taken out."""
    air, cooled, left = 0.0, 0.0, seconds
    for turn in range(_MOST_EVENTS):
        needed = _needed(figures, outside, ambient, now[SURFACE])
        mode = _mode(figures, now[AIR] - figures[_LEVEL], needed, running)
        span = left
        if running and turn < _MOST_EVENTS - 1:
            span = _until_event(figures, root, rates, modes, outside, ambient, now, mode, left, trial)
        more_air, more_cooled = _move(figures, root, rates, modes, outside, ambient, now, mode, span, trial)
        for node in range(3):
            now[node] = trial[node]
        air, cooled, left = air + more_air, cooled + more_cooled, left - span
        if left <= 0:
            break
    return air, cooled


@kernel
def _follow(
    figures: Floats, root: Floats, rates: Floats, modes: Floats, load: Floats, outside: Floats, ambient: Floats,
    seconds: Floats, running: Flags, steps: int,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Temperatures at the borders of the steps, the air's integral (degC s) and what the unit took out (J)."""
    n = len(load)
    path, air_ks, unit_j = np.empty((n, steps + 1, 3)), np.zeros(n), np.zeros(n)
    for i in range_parallel(n):
        trial = np.empty(3)
        path[i, 0] = load[i]
        for step in range(steps):
            path[i, step + 1] = path[i, step]
            air, cooled = _step(
                figures[i], root[i], rates[i], modes[i], outside[i], ambient[i], running[i], seconds[i],
                path[i, step + 1], trial,
            )  # fmt: skip
            air_ks[i] += air
            unit_j[i] += cooled
    return path, air_ks, unit_j
