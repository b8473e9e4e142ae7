"""Words, uniforms, `exp` and `log` for kernels, made of IEEE operations only.

NumPy's and numba's own `exp` and `log` differ in the last bit, and a compiler's vectorised ones again. The
functions here give the same bits in every kernel, vectorised or not, and let loops over them be vectorised.
They are exported by `sim.variates`, the module to import from.

Sources: Salmon et al. (2011) for Philox; the argument reductions of `exp` and `log` and the coefficients of
`log` after FreeBSD's msun (fdlibm).
"""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from sim.jit import device
from sim.streams import MULTIPLIER_0, MULTIPLIER_1, WEYL_0, WEYL_1

_M0, _M1 = np.uint64(MULTIPLIER_0), np.uint64(MULTIPLIER_1)
_W0, _W1 = np.uint64(WEYL_0), np.uint64(WEYL_1)
_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
_LN2_HIGH, _LN2_LOW, _LOG2_E = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.44269504088896338700


def _bits_code(context: Any, value: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), code


def _float_code(context: Any, value: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), code


_bits_of: Any = intrinsic(_bits_code)  # the bits of a float64 as int64, and back
_float_of: Any = intrinsic(_float_code)


# ---- words and uniforms --------------------------------------------------------------------------


@device
def philox(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The four words of Philox4x32-10, as uint64 below 2**32; arguments are taken modulo 2**32."""
    x0, x1 = np.uint64(c0) & _LOW, np.uint64(c1) & _LOW
    x2, x3 = np.uint64(c2) & _LOW, np.uint64(c3) & _LOW
    r0, r1 = np.uint64(k0) & _LOW, np.uint64(k1) & _LOW
    for _ in range(10):
        p0 = x0 * _M0
        p1 = x2 * _M1
        x0, x2 = (p1 >> _WORD) ^ x1 ^ r0, (p0 >> _WORD) ^ x3 ^ r1
        x1, x3 = p1 & _LOW, p0 & _LOW
        r0 = (r0 + _W0) & _LOW
        r1 = (r1 + _W1) & _LOW
    return x0, x1, x2, x3


@device
def unit(w0: int, w1: int) -> float:
    """The uniform in (0, 1) that two words make: an odd multiple of 2**-53."""
    bits = (np.uint64(w0) << np.uint64(20)) ^ (np.uint64(w1) >> np.uint64(12))
    return (np.float64(np.int64(bits)) + 0.5) * 2.0**-52


@device
def uniform(k0: int, k1: int, day: int, entity: int, item: int, draw: int) -> float:
    """A uniform in (0, 1) at an address, equal to the bit with `sim.streams.uniform`."""
    w = philox(k0, k1, day, entity, item, draw)
    return unit(w[0], w[1])


@device
def integer(k0: int, k1: int, n: int, day: int, entity: int, item: int, draw: int) -> np.int64:
    """A whole number in 0 .. n - 1 at an address, equal to `sim.streams.integers`."""
    return np.int64((philox(k0, k1, day, entity, item, draw)[0] * np.uint64(n)) >> _WORD)


# ---- elementary functions ------------------------------------------------------------------------


@device
def _grown(r: float) -> float:
    """e**r - 1 for |r| <= 0.3466 by Taylor's series to r**13: the rest is below 5e-18."""
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    return r + r * r * p


@device
def exp(x: float) -> float:
    """e**x within one unit in the last place; 0 below -745.2 and infinity above 709.8."""
    bounded = min(max(x, -746.0), 710.0)
    n = math.floor(bounded * _LOG2_E + 0.5)
    r = (bounded - n * _LN2_HIGH) - n * _LN2_LOW
    value = 1.0 + _grown(r)
    half = np.int64(n) >> 1  # in two factors, as 2**n alone may be out of range
    rest = np.int64(n) - half
    scaled = value * _float_of((half + 1023) << 52) * _float_of((rest + 1023) << 52)
    return scaled if x == x else x


@device
def expm1(x: float) -> float:
    """e**x - 1, accurate near 0."""
    return _grown(x) if abs(x) <= 0.3466 else exp(x) - 1.0


@device
def log(x: float) -> float:
    """The natural logarithm within one unit in the last place; -infinity at 0, not a number below."""
    tiny = x < 2.2250738585072014e-308
    bits = _bits_of(x * 18014398509481984.0 if tiny else x)  # subnormal numbers times 2**54
    shifted = bits - 0x3FE6A09E00000000  # the mantissa m then lies in [sqrt(1/2), sqrt(2))
    k = np.float64(shifted >> 52) - (54.0 if tiny else 0.0)
    f = _float_of((shifted & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E00000000) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 1.479819860511658591e-01
    p = p * z + 1.531383769920937332e-01
    p = p * z + 1.818357216161805012e-01
    p = p * z + 2.222219843214978396e-01
    p = p * z + 2.857142874366239149e-01
    p = p * z + 3.999999999940941908e-01
    p = p * z + 6.666666666666735130e-01
    half = 0.5 * f * f
    value = k * _LN2_HIGH - ((half - (s * (half + p * z) + k * _LN2_LOW)) - f)
    if not 0.0 < x < math.inf:
        value = x if x == math.inf else (-math.inf if x == 0.0 else math.nan)
    return value


@device
def log1p(x: float) -> float:
    """log(1 + x) for x > -1, accurate near 0."""
    shifted = 1.0 + x
    return log(shifted) + (x - (shifted - 1.0)) / shifted


@device
def phi(x: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-x * 0.70710678118654752440)
