"""The plain statement of `hardware_models.reefer.advance`: NumPy over compartments, event by event."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hardware_models.network import Network, network
from hardware_models.reefer import (
    _EPS_K,
    _EPS_W,
    _FREE,
    _FULL,
    _HOLD,
    _LOOKS,
    _MOST_EVENTS,
    _TRIES,
    AIR,
    CORE,
    SURFACE,
    Body,
    Energy,
)  # fmt: skip

_SMALL = 1e-3


class _State(NamedTuple):
    """What a stretch with constant surroundings is made of."""

    body: Body
    outside_w_k: np.ndarray
    capacity: np.ndarray
    whole: Network
    held: Network
    ambient_c: np.ndarray
    running: np.ndarray


def advance(
    body: Body, load: np.ndarray, ambient_c: np.ndarray, seconds: np.ndarray, door_open: np.ndarray, running: np.ndarray
) -> tuple[np.ndarray, Energy]:
    """Return temperatures (n, 3: air, surface, core) after ``seconds`` (n) and the heat that flowed.

    ``ambient_c``, ``seconds``, ``door_open`` and ``running`` (whether the unit has power) are arrays (n). A unit stops
    while the door stands open, and it only cools.
    """
    there = _state(body, ambient_c, door_open, running & ~door_open)
    now, left = load, seconds.astype(np.float64)
    air_ks, unit_j = np.zeros(len(left)), np.zeros(len(left))
    for turn in range(_MOST_EVENTS):
        mode = _mode(there, now)
        last = turn == _MOST_EVENTS - 1 or not there.running.any()
        span = left if last else _until_event(there, now, mode, left)
        now, air, cooled = _move(there, now, mode, span)
        air_ks, unit_j, left = air_ks + air, unit_j + cooled, left - span
        if not (left > 0).any():
            break
    gap = ambient_c * seconds - air_ks
    doors = np.where(door_open, body.door_w_k, 0.0) * gap
    return now, Energy(body.wall_w_k * gap, doors, unit_j, ((now - load) * there.capacity).sum(axis=1))


def _state(body: Body, ambient_c: np.ndarray, door_open: np.ndarray, running: np.ndarray) -> _State:
    outside = body.wall_w_k + np.where(door_open, body.door_w_k, 0.0)
    capacity = np.stack([body.air_j_k, body.surface_j_k, body.core_j_k], axis=1)
    whole = np.zeros((len(outside), 3, 3))
    whole[:, AIR, AIR] = outside + body.film_w_k
    whole[:, AIR, SURFACE] = whole[:, SURFACE, AIR] = -body.film_w_k
    whole[:, SURFACE, SURFACE] = body.film_w_k + body.inner_w_k
    whole[:, SURFACE, CORE] = whole[:, CORE, SURFACE] = -body.inner_w_k
    whole[:, CORE, CORE] = body.inner_w_k
    held = network(capacity[:, 1:], whole[:, 1:, 1:])
    return _State(body, outside, capacity, network(capacity, whole), held, ambient_c, running & (body.unit_w > 0))


def _needed(there: _State, load: np.ndarray) -> np.ndarray:
    """Watts that hold the air at its level."""
    body = there.body
    into = there.outside_w_k * (there.ambient_c - body.hold_c)
    return into + body.film_w_k * (load[:, SURFACE] - body.hold_c)


def _mode(there: _State, load: np.ndarray) -> np.ndarray:
    gap, needed = load[:, AIR] - there.body.hold_c, _needed(there, load)
    at_level = np.abs(gap) <= _EPS_K
    full = (gap > _EPS_K) | (at_level & (needed > there.body.unit_w + _EPS_W))
    hold = at_level & ~full & (needed > -_EPS_W)
    return np.where(there.running & full, _FULL, np.where(there.running & hold, _HOLD, _FREE))


def _move(
    there: _State, load: np.ndarray, mode: np.ndarray, seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperatures after ``seconds`` in one mode, the air's integral (degC s), heat taken out by the unit (J)."""
    body, hold = there.body, mode == _HOLD
    if not hold.all():
        heat = np.zeros_like(load)
        heat[:, AIR] = there.outside_w_k * there.ambient_c - np.where(mode == _FULL, body.unit_w, 0.0)
        after, integral = step(there.whole, load, heat, seconds)
        if not hold.any():
            return after, integral[:, AIR], np.where(mode == _FULL, body.unit_w * seconds, 0.0)
    else:
        after, integral = load, load
    pressed = np.zeros((len(load), 2))
    pressed[:, 0] = body.film_w_k * body.hold_c
    cargo, cargo_integral = step(there.held, load[:, 1:], pressed, seconds)
    level = body.hold_c * seconds
    held_out = there.outside_w_k * (there.ambient_c * seconds - level)
    held_out = held_out + body.film_w_k * (cargo_integral[:, 0] - level)
    # the air was within a hair of its level: that heat goes out too
    held_out = held_out + body.air_j_k * (load[:, AIR] - body.hold_c)
    after = np.where(hold[:, None], np.concatenate([body.hold_c[:, None], cargo], axis=1), after)
    air = np.where(hold, level, integral[:, AIR])
    cooled = np.where(hold, held_out, np.where(mode == _FULL, body.unit_w * seconds, 0.0))
    return after, air, cooled


def _excess(there: _State, load: np.ndarray, mode: np.ndarray) -> np.ndarray:
    """More than 0 where the mode no longer holds: kelvin beyond the level, watts beyond what the unit can do."""
    gap, needed = load[:, AIR] - there.body.hold_c, _needed(there, load)
    held = np.maximum(-needed, needed - there.body.unit_w) - _EPS_W
    beyond = np.where(mode == _FREE, gap, np.where(mode == _FULL, -gap, held))
    return np.where(there.running, beyond, -1.0)


def _until_event(there: _State, load: np.ndarray, mode: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Seconds until the first change of mode, at most ``left``: looked for ahead, then closed in on."""
    low, high = np.zeros(len(left)), left
    below, above = np.full(len(left), -1.0), np.zeros(len(left))
    found = np.zeros(len(left), np.bool_)
    for look in _LOOKS:
        excess = _excess(there, _move(there, load, mode, left * look)[0], mode)
        new = (excess > 0) & ~found
        high, above = np.where(new, left * look, high), np.where(new, excess, above)
        found |= new
        low, below = np.where(found, low, left * look), np.where(found, below, excess)
    for turn in range(_TRIES):
        if not (found & (above > _EPS_K)).any():
            break
        # regula falsi with a halving in between: both ends close in
        share = 0.5 if turn % 3 == 2 else np.clip(below / np.where(found, below - above, -1.0), 0.02, 0.98)
        middle = low + (high - low) * share
        excess = _excess(there, _move(there, load, mode, middle)[0], mode)
        high, above = np.where(excess > 0, middle, high), np.where(excess > 0, excess, above)
        low, below = np.where(excess > 0, low, middle), np.where(excess > 0, below, excess)
    return np.where(found, high, left)


def step(net: Network, start: np.ndarray, heat: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return temperatures (n, k) after ``seconds`` (n) and their integrals over that time (degC s).

    ``start`` (n, k) degC, ``heat`` (n, k) W: what flows in from outside at 0 degC, constant. Exact for any length.
    """
    time = seconds[:, None]
    grown = np.expm1(net.rates * time)
    first = _first(grown, net.rates, time)
    second = _second(first, net.rates, time)
    own = np.einsum("nji,nj->ni", net.modes, start * net.root)
    driven = np.einsum("nji,nj->ni", net.modes, heat / net.root)
    after = np.einsum("nij,nj->ni", net.modes, own * grown + driven * first) / net.root + start
    integral = np.einsum("nij,nj->ni", net.modes, own * first + driven * second) / net.root
    return after, integral


def _first(grown: np.ndarray, rates: np.ndarray, time: np.ndarray) -> np.ndarray:
    """(e^(r t) - 1) / r, t where r is 0."""
    still = rates > -1e-300
    return np.where(still, time, grown / np.where(still, 1.0, rates))


def _second(first: np.ndarray, rates: np.ndarray, time: np.ndarray) -> np.ndarray:
    """(e^(r t) - 1 - r t) / r^2, by series where r t is small."""
    z = rates * time
    series = time * time * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z / 720.0))))
    small = z > -_SMALL
    return np.where(small, series, (first - time) / np.where(small, 1.0, rates))
