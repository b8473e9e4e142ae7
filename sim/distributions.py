"""Quantiles and variates as scalar functions for kernels, exported by `sim.variates`, the module to import
from.

Sources: Wichura (1988), AS 241, for the normal quantile; Marsaglia and Tsang (2000) for gamma; Loader
(2000), "Fast and accurate computation of binomial probabilities", for where the discrete sums start.
"""

import math

import numpy as np

from sim.elementary import exp, log, log1p, philox, uniform, unit
from sim.jit import device

_TRY = 65536
_LAST_TRY = 65535
_TAIL = 9.5  # standard deviations below the mean where discrete sums start; less than 3e-20 lies below
_FIRST = 16  # smallest count whose probability comes from Stirling's series; below it sums start at 0
_NEGLIGIBLE = 1e-18


# ---- continuous variates -------------------------------------------------------------------------


@device
def normal_quantile(u: float) -> float:
    """The standard normal quantile of u in (0, 1) (Wichura's PPND16, about 1 part in 10**16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        p = 2509.0809287301226727 * r + 33430.575583588128105
        p = (p * r + 67265.770927008700853) * r + 45921.953931549871457
        p = (p * r + 13731.693765509461125) * r + 1971.5909503065514427
        p = (p * r + 133.14166789178437745) * r + 3.3871328727963666080
        d = 5226.4952788528545610 * r + 28729.085735721942674
        d = (d * r + 39307.895800092710610) * r + 21213.794301586595867
        d = (d * r + 5394.1960214247511077) * r + 687.18700749205790830
        d = (d * r + 42.313330701600911252) * r + 1.0
        return q * p / d
    r = math.sqrt(-log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        p = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        p = (p * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258
        p = (p * r + 3.64784832476320460504) * r + 5.76949722146069140550
        p = (p * r + 4.63033784615654529590) * r + 1.42343711074968357734
        d = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        d = (d * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1
        d = (d * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940
        d = (d * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        p = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        p = (p * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2
        p = (p * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580
        p = (p * r + 5.46378491116411436990) * r + 6.65790464350110377720
        d = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        d = (d * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4
        d = (d * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1
        d = (d * r + 5.99832206555887937690e-1) * r + 1.0
    return math.copysign(p / d, q)


@device
def gumbel_quantile(u: float) -> float:
    """The standard Gumbel variate -log(-log u) of u in (0, 1)."""
    return -log(-log(u))


@device
def normal(k0: int, k1: int, day: int, entity: int, item: int, draw: int) -> float:
    """A standard normal variate at an address."""
    return normal_quantile(uniform(k0, k1, day, entity, item, draw))


@device
def gumbel(k0: int, k1: int, day: int, entity: int, item: int, draw: int) -> float:
    """A standard Gumbel variate at an address."""
    return gumbel_quantile(uniform(k0, k1, day, entity, item, draw))


@device
def gamma(k0: int, k1: int, shape: float, day: int, entity: int, item: int, draw: int) -> float:
    """A gamma variate of scale 1 and `shape` > 0 at an address (Marsaglia and Tsang; exact).

    Below shape 1 the variate of shape + 1 is multiplied by u**(1 / shape), which may underflow to 0 for tiny
    shapes.
    """
    d = (shape + 1.0 if shape < 1.0 else shape) - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    value = d  # after 65,534 refusals (each < 5 % likely) the mode would stand
    for attempt in range(_LAST_TRY):
        w = philox(k0, k1, day, entity, item, draw + _TRY * attempt)
        x = normal_quantile(unit(w[0], w[1]))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if log(unit(w[2], w[3])) < 0.5 * x * x + d - d * v + d * log(v):
                value = d * v
                break
    if shape < 1.0:
        u = uniform(k0, k1, day, entity, item, draw + _TRY * _LAST_TRY)
        value *= exp(log(u) / shape)
    return value


# ---- discrete variates ---------------------------------------------------------------------------


@device
def _stirling(n: float) -> float:
    """log n! less Stirling's formula, for n >= 16."""
    r = 1.0 / (n * n)
    return ((((r / 1188.0 - 1.0 / 1680.0) * r + 1.0 / 1260.0) * r - 1.0 / 360.0) * r + 1.0 / 12.0) / n


@device
def _deviance(x: float, mean: float) -> float:
    """x log(x / mean) + mean - x without cancellation (Loader)."""
    d = x - mean
    if abs(d) >= 0.1 * (x + mean):
        return x * log(x / mean) - d
    v = d / (x + mean)
    total = d * v
    term = 2.0 * x * v
    for j in range(1, 100):
        term *= v * v
        new = total + term / (2.0 * j + 1.0)
        if new == total:
            break
        total = new
    return total


@device
def poisson_quantile(u: float, mean: float) -> np.int64:
    """The smallest k whose Poisson distribution function reaches u in (0, 1); never falls as u grows.

    Exact to about 1e-14 in probability, 1e-12 for means of a million; takes about 9.5 * sqrt(mean)
    steps. 0 when `mean` is not positive.
    """
    if not mean > 0.0:
        return np.int64(0)
    k = np.int64(math.floor(mean - _TAIL * math.sqrt(mean)))
    if k < _FIRST:
        k = np.int64(0)
        p = exp(-mean)
    else:
        p = exp(-_stirling(k) - _deviance(np.float64(k), mean)) / math.sqrt(2.0 * math.pi * k)
    total = p
    while total < u and (k <= mean or p > _NEGLIGIBLE):
        k += 1
        p *= mean / k
        total += p
    return k


@device
def _binomial_lower(u: float, n: int, p: float) -> np.int64:
    """The binomial quantile for 0 < p <= 1/2."""
    q = 1.0 - p
    mean = n * p
    k = np.int64(math.floor(mean - _TAIL * math.sqrt(mean)))
    if k < _FIRST:
        k = np.int64(0)
        mass = exp(n * log1p(-p))
    else:
        rest = np.float64(n - k)
        shape = _stirling(np.float64(n)) - _stirling(np.float64(k)) - _stirling(rest)
        shape -= _deviance(np.float64(k), mean) + _deviance(rest, n * q)
        mass = exp(shape) * math.sqrt(n / (2.0 * math.pi * k * rest))
    odds = p / q
    total = mass
    while total < u and k < n and (k <= mean or mass > _NEGLIGIBLE):
        mass *= odds * (n - k) / (k + 1)
        k += 1
        total += mass
    return k


@device
def binomial_quantile(u: float, n: int, p: float) -> np.int64:
    """The smallest k whose binomial distribution function reaches u in (0, 1); never falls as u grows.

    Exact to about 1e-14 in probability, 1e-12 for a million trials; takes about
    9.5 * sqrt(n * min(p, 1 - p)) steps. 0 when n or p is
    not positive.
    """
    if n <= 0 or not p > 0.0:
        return np.int64(0)
    if p >= 1.0:
        return np.int64(n)
    if p > 0.5:
        return np.int64(n) - _binomial_lower(1.0 - u, n, 1.0 - p)
    return _binomial_lower(u, n, p)
