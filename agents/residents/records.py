"""What sessions leave behind: exposures, clicks and stock-outs in the log, wishes in the evaluation log."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.residents.choosing import APP, NO_SKU, NOT_SEEN, WALK_IN
from agents.world import World
from sim.contracts.slates import SLATE_LENGTH

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LISTING = "listing"
"""Stands for the policy where a member scrolled past the slate into the whole assortment."""


class Visitors(NamedTuple):
    """Visitors of one session in order of arrival, shop by shop, and who made their slates.

    ``slate`` and ``propensity`` (visitor, place); the latter is NaN where the policy gave none.
    """

    rows: Ids
    ids: Ids
    shop: Ids
    hour: Floats
    channel: npt.NDArray[np.int8]
    slate: npt.NDArray[np.int32]
    propensity: Floats
    policy: str

    def here(self, rows: Ids) -> Visitors:
        """Only those at the positions ``rows``."""
        return Visitors(
            self.rows[rows],
            self.ids[rows],
            self.shop[rows],
            self.hour[rows],
            self.channel[rows],
            self.slate[rows],
            self.propensity[rows],
            self.policy,
        )


class Choices(NamedTuple):
    """What visitors looked at and opened, (visitor, SKU), and took and missed, (visitor, category)."""

    place: npt.NDArray[np.int16]
    click: Flags
    sku: Ids
    packs: Ids
    missed: Ids
    missed_packs: Ids

    @classmethod
    def none(cls, visitors: int, skus: int, categories: int) -> Choices:
        """Nothing seen, nothing chosen."""
        sku, missed = (np.full((visitors, categories), NO_SKU, np.int64) for _ in range(2))
        packs, missed_packs = (np.zeros((visitors, categories), np.int64) for _ in range(2))
        place = np.full((visitors, skus), NOT_SEEN, np.int16)
        return cls(place, np.zeros(place.shape, bool), sku, packs, missed, missed_packs)


def expose(world: World, day: int, visitors: Visitors, made: Choices, price: Floats) -> None:
    """Log what came into view in the app and what was opened; where eyes wander in a shop, no system records."""
    app = visitors.channel == APP
    who, sku = np.nonzero((made.place != NOT_SEEN) & app[:, None])
    place = made.place[who, sku]
    opened = made.click[who, sku]
    hour, shop = visitors.hour[who], visitors.shop[who]
    policy = np.where(place < SLATE_LENGTH, visitors.policy, LISTING)
    columns: dict[str, npt.NDArray[Any]] = {"member": visitors.ids[who], "shop": shop, "sku": sku, "position": place}
    clicked = {name: part[opened] for name, part in columns.items()}
    shown = {
        "price_fen": price[shop, sku].astype(np.int64),
        "policy": policy.tolist(),
        "propensity": _propensity(visitors, who, place),
    }
    world.emit("exposure", "app", day, hour, {**columns, **shown})
    visits = np.flatnonzero(app)
    sight = {"touchpoint": visitors.ids[visits], "kind": ["app"] * len(visits), "shop": visitors.shop[visits]}
    world.emit("sighting", "app", day, visitors.hour[visits], {**sight, "document": np.full(len(visits), -1)})
    world.emit("click", "app", day, hour[opened], {**clicked, "policy": policy[opened].tolist()})


def _propensity(visitors: Visitors, who: Ids, place: npt.NDArray[np.int16]) -> pa.Array:
    """The propensity of what stood in ``place`` of each one's slate, null behind it and where none was given."""
    width = visitors.propensity.shape[1]
    found = np.where(place < width, visitors.propensity[who, np.minimum(place, width - 1)], np.nan)
    return pa.array(found, mask=np.isnan(found))


def wishes(world: World, day: int, hour: float, visitors: Visitors, made: Choices) -> None:
    """Record what was wanted from the shelves first, and what of it was not there."""
    walk = (visitors.channel == WALK_IN)[:, None]
    sku, missed = made.sku, made.missed
    first = np.where(missed == NO_SKU, sku, missed)
    both = made.packs + made.missed_packs
    wanted = np.where(missed == NO_SKU, made.packs, np.where(missed == sku, both, made.missed_packs))
    shape = world.shops, world.catalogue.n
    offered, unmet, swapped = (np.zeros(shape, np.int64) for _ in range(3))
    asker, asked = np.nonzero((first != NO_SKU) & walk)
    np.add.at(offered, (visitors.shop[asker], first[asker, asked]), wanted[asker, asked])
    visitor, place = np.nonzero((missed != NO_SKU) & walk)
    shop, what = visitors.shop[visitor], missed[visitor, place]
    np.add.at(unmet, (shop, what), made.missed_packs[visitor, place])
    other = (sku[visitor, place] != NO_SKU) & (sku[visitor, place] != what)
    np.add.at(swapped, (shop[other], what[other]), made.packs[visitor, place][other])
    at = min(hour, 22.9)
    shop, what = np.nonzero(offered)
    world.record_truth("offered", day, at, {"shop": shop, "sku": what, "packs": offered[shop, what]})
    shop, what = np.nonzero(unmet)
    rows = {"shop": shop, "sku": what, "packs": unmet[shop, what], "substituted": swapped[shop, what]}
    world.record_truth("unmet", day, at, rows)


def stock_outs(world: World, day: int, before: Flags, after: Flags, first_hour: float, last_hour: float) -> None:
    """Report shelves found empty, (shop, SKU): the whole session if they were at its start, half if they sold out."""
    if not world.factors(day).stocks_shelves:
        return
    share = np.where(before, 1.0, np.where(after, 0.5, 0.0))
    shop, sku = np.nonzero(share)
    rules = world.params.owners
    hours = min(last_hour, rules.closing_hour) - max(first_hour, rules.opening_hour)
    columns = {"shop": shop, "sku": sku, "hours": share[shop, sku] * hours}
    world.emit("stock_out", "till", day, min(last_hour, 22.9), columns)
