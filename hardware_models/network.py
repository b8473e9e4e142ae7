"""Lumped thermal networks: nodes with heat capacity, conductances between them, constant heat in; exact in time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_SMALL = 1e-3


class Network(NamedTuple):
    """Many networks of the same shape, taken apart into modes: C dT/dt = g - K T.

    ``root`` (n, k) is the square root of each node's heat capacity (J/K), ``rates`` (n, k) the modes' rates (1/s, not
    positive), ``modes`` (n, k, k) the orthonormal modes of C^-1/2 K C^-1/2, which is symmetric.
    """

    root: Floats
    rates: Floats
    modes: Floats


def network(capacity: Floats, conductance: Floats) -> Network:
    """Return the networks with node capacities (n, k) in J/K and symmetric conductance matrices (n, k, k) in W/K."""
    root = np.sqrt(capacity)
    scaled = conductance / (root[:, :, None] * root[:, None, :])
    values, vectors = np.linalg.eigh(scaled)
    return Network(root, np.minimum(-values, 0.0), vectors)


def step(net: Network, start: Floats, heat: Floats, seconds: Floats) -> tuple[Floats, Floats]:
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


def _first(grown: Floats, rates: Floats, time: Floats) -> Floats:
    """(e^(r t) - 1) / r, t where r is 0."""
    still = rates > -1e-300
    return np.where(still, time, grown / np.where(still, 1.0, rates))


def _second(first: Floats, rates: Floats, time: Floats) -> Floats:
    """(e^(r t) - 1 - r t) / r^2, by series where r t is small."""
    z = rates * time
    series = time * time * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z / 720.0))))
    small = z > -_SMALL
    return np.where(small, series, (first - time) / np.where(small, 1.0, rates))
