"""Care of the shelf: owners mark down in the evening what looks old, and inspect by phone where that is asked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.shops.shelves import Shelves
from agents.world import World
from sim.variates import normal_array

INSPECTION_HOUR = 7.8
"""Before the first customers, when the night's ageing shows."""
MARKDOWN_HOUR = 19.0
"""Before the last session; who comes from work finds the marked-down goods."""


class Care:
    """What owners do about goods that look old. The rules have the same parameters in all arms."""

    def __init__(self, world: World, shelves: Shelves) -> None:
        self._world, self._shelves = world, shelves
        self._measure = world.ports.streams.declare("shops.care.measure")
        self._hygiene = world.ports.streams.declare("shops.care.hygiene")

    def inspect(self, day: int) -> None:
        """With the inspection, photograph every shelf: scores are measured, and what looks too old is taken off.

        The photograph errs: measured life used is the true one plus a normal error of ``inspection_sd``. What is
        measured above ``inspection_limit`` is thrown away before anybody buys it. Hygiene is measured and reported.
        """
        world, frame, rules = self._world, self._shelves.frame, self._world.params.owners
        if not world.factors(day).systems.inspection:
            return
        shop, sku = frame["shop"].astype(np.int64), frame["sku"].astype(np.int64)
        packs = frame["packs"] * world.catalogue.fresh[sku][:, None]
        cell, slot = np.nonzero(packs)
        measured = self._shelves.life_at(INSPECTION_HOUR)
        error = normal_array(self._measure, day, shop[cell], (sku[cell] << 8) + slot)
        measured[cell, slot] += rules.inspection_sd * error
        self._score(day, shop, packs, measured)
        old = np.where(measured > rules.inspection_limit, packs, 0)
        rows = np.flatnonzero(old.sum(axis=1))
        self._shelves.take_off(old)
        hours = np.full(len(rows), INSPECTION_HOUR)
        self._shelves.throw_away(day, hours, rows, old[rows].sum(axis=1), "taken_off", node="shop")

    def _score(
        self, day: int, shop: npt.NDArray[np.int64], packs: npt.NDArray[np.int32], life: npt.NDArray[np.float64]
    ) -> None:
        """Log a score of every shop that is kept: mean looks of the fresh packs (1 where there are none), hygiene."""
        world, rules = self._world, self._world.params.owners
        looks, total = np.zeros(world.shops), np.zeros(world.shops)
        np.add.at(looks, shop, (packs * np.clip(1.0 - life, 0.0, 1.0)).sum(axis=1))
        np.add.at(total, shop, packs.sum(axis=1))
        shelf = np.where(total > 0, looks / np.maximum(total, 1), 1.0)
        true = world.ports.state["owners"]["hygiene"]
        shops = np.flatnonzero(world.kept(day))
        hygiene = true[shops] + rules.inspection_sd * normal_array(self._hygiene, day, shops)
        columns = {"shop": shops, "shelf": shelf[shops], "hygiene": np.clip(hygiene, 0.0, 1.0)}
        world.emit("inspection", "owner", day, INSPECTION_HOUR, columns)

    def mark_down(self, day: int) -> None:
        """In the evening, take ``markdown_percent`` off the tag of fresh goods that have used ``markdown_life``."""
        world, frame, rules = self._world, self._shelves.frame, self._world.params.owners
        if not world.ports.state["residents"].count:
            return
        old = 1.0 - self._shelves.looks(MARKDOWN_HOUR) >= rules.markdown_life
        rows = np.flatnonzero(old & world.catalogue.fresh[frame["sku"]] & world.kept(day)[frame["shop"]])
        frame["tag_fen"][rows] = frame["price_fen"][rows] * (100 - rules.markdown_percent) // 100
        columns = {name: frame[name][rows].copy() for name in ("shop", "sku")}
        columns |= {"packs": self._shelves.on_hand[rows], "fen": frame["tag_fen"][rows].copy()}
        world.emit("markdown", "owner", day, MARKDOWN_HOUR, columns)
