"""Random numbers with an address: Philox4x32-10 in NumPy.

A draw is a pure function of where it stands: the *key* is made of the run's seed and the stream's name, the
*counter* of (day, entity, item, draw). Nothing is drawn "next", so results do not depend on order, threads
or workers, two policies meet the same whims, and a snapshot holds no generator state. `sim.variates` has the
same functions for numba kernels; words, uniforms and integers are equal to the bit.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import LinliError

MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_BLOCK = 8192  # counters worked on at once, so that the temporaries stay in the processor's cache


class Key(NamedTuple):
    """The two key words of one stream of one seed."""

    k0: np.uint32
    k1: np.uint32


def key(seed: int, stream: str) -> Key:
    """The key of `stream` under `seed`: the first 8 bytes of BLAKE2b over both, as two little-endian words.

    >>> key(1, "weather") == key(1, "weather"), key(1, "weather") == key(2, "weather")
    (True, False)
    """
    head = blake2b(f"{int(seed)}\0{stream}".encode()).digest()[:8]
    return Key(np.uint32(int.from_bytes(head[:4], "little")), np.uint32(int.from_bytes(head[4:], "little")))


class Streams:
    """The streams of one seed, each known by a name such as "residents.choice".

    >>> streams = Streams(7)
    >>> streams.key("weather") == key(7, "weather")
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self._keys: dict[str, Key] = {}
        self._names: dict[Key, str] = {}
        self._declared: set[str] = set()

    def key(self, name: str) -> Key:
        """The key of the stream `name`, remembered. Raises LinliError when another name has that key."""
        found = self._keys.get(name)
        if found is None:
            found = key(self.seed, name)
            other = self._names.setdefault(found, name)
            if other != name:
                raise LinliError(f"the streams {other!r} and {name!r} share a key under seed {self.seed}: rename one")
            self._keys[name] = found
        return found

    def declare(self, name: str) -> Key:
        """Claim the stream `name` for one user. Raises LinliError when it was claimed before."""
        if name in self._declared:
            raise LinliError(f"the random stream {name!r} is declared twice: one decision, one stream")
        found = self.key(name)
        self._declared.add(name)
        return found


def counter_word(name: str, value: ArrayLike) -> NDArray[np.uint32]:
    """`value` as 32-bit counter words. Raises ValueError unless whole numbers in 0 .. 2**32 - 1."""
    if type(value) is int and 0 <= value <= 0xFFFFFFFF:
        return np.array(value, np.uint32)
    array = np.asarray(value)
    if array.dtype == np.uint32:
        return array
    if array.size == 0:
        return array.astype(np.uint32)
    if array.dtype.kind not in "iub":
        raise ValueError(f"{name} must be whole numbers, not {array.dtype}")
    if array.dtype.kind != "b" and (array.min() < 0 or array.max() > 0xFFFFFFFF):
        raise ValueError(f"{name} must lie in 0 .. 4294967295, has {array.min()} .. {array.max()}")
    return array.astype(np.uint32)


def philox(
    k0: int,
    k1: int,
    c0: NDArray[np.uint32],
    c1: NDArray[np.uint32],
    c2: NDArray[np.uint32],
    c3: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    """Philox4x32-10 of the counters `c0 .. c3` (flat, one length n) under one key: uint32[n, 4]."""
    out = np.empty((c0.size, 4), np.uint32)
    for start in range(0, c0.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        x0, x1, x2, x3 = (c[part].astype(np.uint64) for c in (c0, c1, c2, c3))
        for round_ in range(ROUNDS):
            r0 = np.uint64((int(k0) + round_ * WEYL_0) & 0xFFFFFFFF)
            r1 = np.uint64((int(k1) + round_ * WEYL_1) & 0xFFFFFFFF)
            p0 = x0 * np.uint64(MULTIPLIER_0)
            p1 = x2 * np.uint64(MULTIPLIER_1)
            x0, x2 = (p1 >> _WORD) ^ x1 ^ r0, (p0 >> _WORD) ^ x3 ^ r1
            x1, x3 = p1 & _LOW, p0 & _LOW
        for column, word in enumerate((x0, x1, x2, x3)):
            out[part, column] = word
    return out


_generate: Callable[..., NDArray[np.uint32]] = philox


def generate_by(function: Callable[..., NDArray[np.uint32]]) -> None:
    """Let `words` be made by a faster function that gives the bits of `philox`: `sim.variates` has a compiled one."""
    global _generate
    _generate = function


def words(key: Key, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0) -> NDArray[np.uint32]:
    """Four random words at each address: uint32[..., 4], the addresses broadcast against each other.

    Entities are stable ids, never rows. Raises ValueError for an address outside 32 bits.
    """
    parts = (
        counter_word("day", day),
        counter_word("entity", entity),
        counter_word("item", item),
        counter_word("draw", draw),
    )
    shape = np.broadcast(*parts).shape
    counters = np.empty((4, *shape), np.uint32)
    for row, part in enumerate(parts):
        counters[row] = part
    flat = _generate(int(key.k0), int(key.k1), *counters.reshape(4, -1))
    return flat.reshape(*shape, 4)


def uniform(
    key: Key, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0
) -> NDArray[np.float64]:
    """A uniform number in the open interval (0, 1) at each address.

    An odd multiple of 2**-53, made of 52 random bits: neither 0 nor 1 can occur, and `1 - u` is exact.
    """
    w = words(key, day, entity, item, draw)
    bits = (w[..., 0].astype(np.uint64) << np.uint64(20)) ^ (w[..., 1].astype(np.uint64) >> np.uint64(12))
    return np.asarray((bits.astype(np.float64) + 0.5) * 2.0**-52)


def integers(
    key: Key, n: ArrayLike, day: ArrayLike, entity: ArrayLike, item: ArrayLike = 0, draw: ArrayLike = 0
) -> NDArray[np.int64]:
    """A whole number in 0 .. n - 1 at each address, by multiply and shift on the first word (bias below n /
    2**32).

    Raises ValueError unless 1 <= n <= 2**32 - 1.
    """
    bound = counter_word("n", n)
    if bound.size and bound.min() == 0:
        raise ValueError("n must be at least 1")
    first = words(key, day, entity, item, draw)[..., 0].astype(np.uint64)
    return np.asarray((first * bound.astype(np.uint64)) >> _WORD).astype(np.int64)
