"""The phases of `agents.stock.phases` with what each slot carries along, and spoilage by quality.

Pure functions too: new arrays come back, no argument is changed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.stock import phases
from agents.stock.phases import Packs
from sim.jit import kernel, range_parallel
from sim.variates import binomial_quantile, log_array, phi_array

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

NO_LOT = -1
"""The lot id of an empty slot, and of packs whose lot nobody named."""


class Lots(NamedTuple):
    """Packs with what their slots carry; the arrays share the shape (cell, slot), or (cell,) for one slot.

    ``life_used`` is the fraction of the reference life that is gone, ``lot`` the id of the lot; an empty slot
    has used nothing and has `NO_LOT`.
    """

    packs: Packs
    life_used: Floats
    lot: Ids


def empty(cells: int, slots: int) -> Lots:
    """Nothing in any slot."""
    shape = (cells, slots)
    return Lots(np.zeros(shape, np.int32), np.zeros(shape), np.full(shape, NO_LOT, np.int64))


def unnamed(packs: npt.NDArray[np.integer]) -> Lots:
    """Fresh packs of lots that nobody named (labs)."""
    return Lots(packs.astype(np.int32), np.zeros(packs.shape), np.full(packs.shape, NO_LOT, np.int64))


def receive_with(stock: Lots, arrivals: Lots, slot: int = 0) -> Lots:
    """Stock after ``arrivals`` (shape (cell,)) came in at the age of ``slot`` days.

    Where the slot holds packs already, it carries the pack-weighted mean life used and keeps its lot id.
    """
    after = Lots(stock.packs.copy(), stock.life_used.copy(), stock.lot.copy())
    _put(after, slot, _merge(_slot(stock, slot), arrivals))
    return after


def age_with(stock: Lots, fixed_life: bool = False) -> Lots:
    """Stock one day older, as `agents.stock.phases.age` does it.

    Without fixed life, where lots meet in the last slot, it carries their pack-weighted mean life used and
    the id of the older lot.
    """
    after = empty(*stock.packs.shape)
    after.packs[:] = phases.age(stock.packs, fixed_life)
    after.life_used[:, 1:], after.lot[:, 1:] = stock.life_used[:, :-1], stock.lot[:, :-1]
    if stock.packs.shape[1] == 1:
        _put(after, -1, _slot(stock, -1))
    elif not fixed_life:
        _put(after, -1, _merge(_slot(stock, -1), _slot(stock, -2)))
    return after


def without(stock: Lots, gone: Packs) -> Lots:
    """Stock after ``gone`` packs (cell, slot) left it; ValueError when a slot holds fewer."""
    packs = stock.packs - gone
    if (packs < 0).any():
        raise ValueError("more packs leave a slot than it holds")
    full = packs > 0
    return Lots(packs, np.where(full, stock.life_used, 0.0), np.where(full, stock.lot, NO_LOT))


def spoilage(life_before: Floats, life_after: Floats, log_sd: float) -> Floats:
    """Chance that a pack acceptable at ``life_before`` falls below acceptance by ``life_after``.

    Life used is a fraction of the reference life, the age at which half of the packs are below acceptance;
    the spread between packs is lognormal: (Phi(ln x1 / sd) - Phi(ln x0 / sd)) / (1 - Phi(ln x0 / sd)).
    """
    if not log_sd > 0:
        raise ValueError("log_sd must be more than 0")
    before, after = _acceptable(life_before, log_sd), _acceptable(life_after, log_sd)
    chance = 1.0 - after / np.where(before > 0, before, 1.0)
    return np.where(life_after > life_before, np.clip(chance, 0.0, 1.0), 0.0)


def spoil(packs: Packs, life_before: Floats, life_after: Floats, log_sd: float, uniform: Floats) -> Packs:
    """Packs (cell, slot) that fall below acceptance while life used goes from ``life_before`` to the other.

    A binomial draw with the chance of `spoilage` by inverse CDF from ``uniform`` (cell, slot), so that the
    caller decides its address; with the same uniform, more ageing never spoils fewer packs.
    """
    shape = packs.shape
    chance, uniforms = spoilage(life_before, life_after, log_sd), np.broadcast_to(uniform, shape)
    gone = np.empty(packs.size, np.int32)
    _count(*(np.array(column).reshape(-1) for column in (packs, chance, uniforms)), gone)
    return gone.reshape(shape)


@kernel
def _count(packs: Packs, chance: Floats, uniform: Floats, gone: Packs) -> None:
    for i in range_parallel(gone.size):
        gone[i] = binomial_quantile(uniform[i], np.int64(packs[i]), chance[i])


def _acceptable(life_used: Floats, log_sd: float) -> Floats:
    """Share of packs acceptable at ``life_used``: the upper tail, which keeps its digits when small."""
    some = life_used > 0
    return np.where(some, phi_array(-log_array(np.where(some, life_used, 1.0)) / log_sd), 1.0)


def _slot(stock: Lots, slot: int) -> Lots:
    return Lots(stock.packs[:, slot], stock.life_used[:, slot], stock.lot[:, slot])


def _put(stock: Lots, slot: int, content: Lots) -> None:
    stock.packs[:, slot], stock.life_used[:, slot], stock.lot[:, slot] = content


def _merge(first: Lots, second: Lots) -> Lots:
    """Two lots in one slot; the id of the first stays. A lot that meets none keeps its life used exactly."""
    packs = first.packs + second.packs
    mean = (first.packs * first.life_used + second.packs * second.life_used) / np.maximum(packs, 1)
    alone = np.where(second.packs > 0, second.life_used, np.where(first.packs > 0, first.life_used, 0.0))
    both = (first.packs > 0) & (second.packs > 0)
    lot = np.where(first.packs > 0, first.lot, np.where(second.packs > 0, second.lot, NO_LOT))
    return Lots(packs, np.where(both, mean, alone), lot)
