"""Fronts of the compiled variates for NumPy callers, exported by `sim.variates`, the module to import from.

Parameters and address parts (day, entity, item, draw) broadcast against each other and give the shape of the
result. Each result equals, to the bit, what the scalar function of the same name gives inside a kernel.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import distributions, elementary
from sim.jit import kernel, range_parallel
from sim.streams import Key, counter_word, generate_by

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Words = NDArray[np.uint32]
_MOST = 1e9


# ---- kernels: arguments are flat; one of step 0 has a single element that stands for all ---------


@kernel
def _fill_uniform(
    k0: int, k1: int, address: tuple[NDArray[np.uint32], ...], step: tuple[int, ...], out: Floats
) -> None:
    for i in range_parallel(out.size):
        day, entity = address[0][i * step[0]], address[1][i * step[1]]
        item, draw = address[2][i * step[2]], address[3][i * step[3]]
        out[i] = elementary.uniform(k0, k1, np.int64(day), np.int64(entity), np.int64(item), np.int64(draw))


@kernel
def _fill_words(
    k0: int, k1: int, c0: Words, c1: Words, c2: Words, c3: Words, out: Words
) -> None:  # fmt: skip
    for i in range_parallel(len(c0)):
        w = elementary.philox(k0, k1, np.int64(c0[i]), np.int64(c1[i]), np.int64(c2[i]), np.int64(c3[i]))
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = w[0], w[1], w[2], w[3]


def _philox(k0: int, k1: int, c0: Words, c1: Words, c2: Words, c3: Words) -> Words:
    """`sim.streams.philox`, compiled."""
    out = np.empty((len(c0), 4), np.uint32)
    _fill_words(np.uint32(k0), np.uint32(k1), c0, c1, c2, c3, out)
    return out


generate_by(_philox)


@kernel
def _fill_gamma(
    k0: int,
    k1: int,
    address: tuple[NDArray[np.uint32], ...],
    step: tuple[int, ...],
    shape: Floats,
    by: int,
    out: Floats,
) -> None:
    for i in range_parallel(out.size):
        day, entity = np.int64(address[0][i * step[0]]), np.int64(address[1][i * step[1]])
        item, draw = np.int64(address[2][i * step[2]]), np.int64(address[3][i * step[3]])
        out[i] = distributions.gamma(k0, k1, shape[i * by], day, entity, item, draw)


@kernel
def _map_exp(x: Floats) -> None:
    for i in range_parallel(x.size):
        x[i] = elementary.exp(x[i])


@kernel
def _map_log(x: Floats) -> None:
    for i in range_parallel(x.size):
        x[i] = elementary.log(x[i])


@kernel
def _map_phi(x: Floats) -> None:
    for i in range_parallel(x.size):
        x[i] = elementary.phi(x[i])


@kernel
def _map_normal(u: Floats) -> None:
    for i in range_parallel(u.size):
        u[i] = distributions.normal_quantile(u[i])


@kernel
def _map_gumbel(u: Floats) -> None:
    for i in range_parallel(u.size):
        u[i] = distributions.gumbel_quantile(u[i])


@kernel
def _map_poisson(u: Floats, mean: Floats, by: int, out: Counts) -> None:
    for i in range_parallel(u.size):
        out[i] = distributions.poisson_quantile(u[i], mean[i * by])


@kernel
def _map_binomial(u: Floats, n: Counts, by_n: int, p: Floats, by_p: int, out: Counts) -> None:
    for i in range_parallel(u.size):
        out[i] = distributions.binomial_quantile(u[i], n[i * by_n], p[i * by_p])


# ---- broadcasting --------------------------------------------------------------------------------


def _spread(array: NDArray[Any], shape: tuple[int, ...]) -> tuple[NDArray[Any], int]:
    """`array` as `shape`, flat and writable (numba compiles read-only arrays apart), and its step."""
    if array.size == 1:
        return np.array(array).reshape(1), 0
    flat = np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1)
    return (flat if flat.flags.writeable else flat.copy()), 1


def _address(day: ArrayLike, entity: ArrayLike, item: ArrayLike, draw: ArrayLike) -> list[NDArray[np.uint32]]:
    parts = zip(("day", "entity", "item", "draw"), (day, entity, item, draw), strict=True)
    return [counter_word(name, value) for name, value in parts]


def _uniform(key: Key, shape: tuple[int, ...], address: list[NDArray[np.uint32]]) -> Floats:
    out = np.empty(int(np.prod(shape, dtype=np.int64)))
    flat, steps = zip(*(_spread(part, shape) for part in address), strict=True)
    _fill_uniform(key.k0, key.k1, flat, steps, out)
    return out


def _copied(x: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    array = np.asarray(x, np.float64)
    return np.array(array, order="C").reshape(-1), array.shape


def _numbers(name: str, value: ArrayLike, low: float, high: float) -> Floats:
    array = np.asarray(value, np.float64)
    if array.size and not (array.min() >= low and array.max() <= high):
        raise ValueError(f"{name} must lie in {low:g} .. {high:g}, has {array.min():g} .. {array.max():g}")
    return array


# ---- fronts --------------------------------------------------------------------------------------


def exp_array(x: ArrayLike) -> Floats:
    """e**x, element by element."""
    flat, shape = _copied(x)
    _map_exp(flat)
    return flat.reshape(shape)


def log_array(x: ArrayLike) -> Floats:
    """The natural logarithm, element by element: -infinity at 0, not a number below."""
    flat, shape = _copied(x)
    _map_log(flat)
    return flat.reshape(shape)


def phi_array(x: ArrayLike) -> Floats:
    """The standard normal distribution function, element by element."""
    flat, shape = _copied(x)
    _map_phi(flat)
    return flat.reshape(shape)


def uniform_array(key: Key, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0) -> Floats:
    """Uniforms in (0, 1), equal to the bit with `sim.streams.uniform` and faster for large arrays."""
    address = _address(day, entity, item, draw)
    shape = np.broadcast_shapes(*(part.shape for part in address))
    return _uniform(key, shape, address).reshape(shape)


def normal_array(key: Key, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0) -> Floats:
    """Standard normal variates, one uniform each."""
    u = uniform_array(key, day, entity, item, draw)
    _map_normal(u.reshape(-1))
    return u


def gumbel_array(key: Key, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0) -> Floats:
    """Standard Gumbel variates -log(-log u), one uniform each."""
    u = uniform_array(key, day, entity, item, draw)
    _map_gumbel(u.reshape(-1))
    return u


def lognormal_array(
    key: Key,
    mean_log: ArrayLike,
    sd_log: ArrayLike,
    day: ArrayLike,
    entity: ArrayLike,
    item: ArrayLike = 0,
    draw: ArrayLike = 0,
) -> Floats:
    """exp(mean_log + sd_log * z), z the normal variate of the same address; the median is exp(mean_log)."""
    z = normal_array(key, day, entity, item, draw)
    return exp_array(np.asarray(mean_log, np.float64) + np.asarray(sd_log, np.float64) * z)


def gamma_array(
    key: Key, shape: ArrayLike, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0
) -> Floats:
    """Gamma variates of scale 1. Raises ValueError unless 1e-3 <= shape <= 1e9 and draw <= 65,535."""
    shapes = _numbers("shape", shape, 1e-3, _MOST)
    address = _address(day, entity, item, draw)
    if address[3].size and address[3].max() > 65_535:
        raise ValueError("draw must lie in 0 .. 65535 for a gamma variate")
    shape_out = np.broadcast_shapes(shapes.shape, *(part.shape for part in address))
    out = np.empty(int(np.prod(shape_out, dtype=np.int64)))
    flat, steps = zip(*(_spread(part, shape_out) for part in address), strict=True)
    _fill_gamma(key.k0, key.k1, flat, steps, *_spread(shapes, shape_out), out)
    return out.reshape(shape_out)


def poisson_array(
    key: Key, mean: ArrayLike, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0
) -> Counts:
    """Poisson variates by inversion of one uniform. Raises ValueError unless 0 <= mean <= 1e9."""
    means = _numbers("mean", mean, 0.0, _MOST)
    address = _address(day, entity, item, draw)
    shape = np.broadcast_shapes(means.shape, *(part.shape for part in address))
    u = _uniform(key, shape, address)
    out = np.empty(u.size, np.int64)
    _map_poisson(u, *_spread(means, shape), out)
    return out.reshape(shape)


def binomial_array(
    key: Key,
    n: ArrayLike,
    p: ArrayLike,
    day: ArrayLike,
    entity: ArrayLike,
    item: ArrayLike = 0,
    draw: ArrayLike = 0,
) -> Counts:
    """Binomial variates of n trials by inversion of one uniform.

    Raises ValueError unless 0 <= n <= 1e9 and 0 <= p <= 1.
    """
    trials = np.asarray(n)
    if trials.dtype.kind not in "iub":
        raise ValueError(f"n must be whole numbers, not {trials.dtype}")
    _numbers("n", trials, 0.0, _MOST)
    chances = _numbers("p", p, 0.0, 1.0)
    address = _address(day, entity, item, draw)
    shape = np.broadcast_shapes(trials.shape, chances.shape, *(part.shape for part in address))
    u = _uniform(key, shape, address)
    out = np.empty(u.size, np.int64)
    _map_binomial(u, *_spread(trials.astype(np.int64), shape), *_spread(chances, shape), out)
    return out.reshape(shape)
