"""Random variates and elementary functions for kernels and arrays alike, each from one compiled function.

A kernel, an array caller and either number of threads see the same bits. The scalar functions (`uniform`,
`normal`, `gamma`, `exp`, ...) are for use inside kernels: pass key words as uint32, ids and other address
parts as int64, so that each is compiled once. The `*_array` functions are their fronts for NumPy callers;
their arguments broadcast.

Addresses are (day, entity, item, draw) as in `sim.streams`. Draw numbers above 65,535 are reserved: `gamma`
may need several tries, which take draw + 65,536 * try. Importing this module costs the import of numba.

>>> from sim.streams import key
>>> poisson_array(key(1, "arrivals"), mean=[0.0, 4.0], day=0, entity=7).shape
(2,)
"""

from sim.distributions import (
    binomial_quantile,
    gamma,
    gumbel,
    gumbel_quantile,
    normal,
    normal_quantile,
    poisson_quantile,
)
from sim.elementary import exp, expm1, integer, log, log1p, phi, philox, uniform, unit
from sim.variate_arrays import (
    binomial_array,
    exp_array,
    gamma_array,
    gumbel_array,
    log_array,
    lognormal_array,
    normal_array,
    phi_array,
    poisson_array,
    uniform_array,
)

__all__ = [
    "binomial_array",
    "binomial_quantile",
    "exp",
    "exp_array",
    "expm1",
    "gamma",
    "gamma_array",
    "gumbel",
    "gumbel_array",
    "gumbel_quantile",
    "integer",
    "log",
    "log1p",
    "log_array",
    "lognormal_array",
    "normal",
    "normal_array",
    "normal_quantile",
    "phi",
    "phi_array",
    "philox",
    "poisson_array",
    "poisson_quantile",
    "uniform",
    "uniform_array",
    "unit",
]
