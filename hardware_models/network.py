"""Lumped thermal networks: nodes with heat capacity and conductances between them, taken apart into their modes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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
