"""What owners do: answer proposals, work, stay or leave; what head office does for them."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.decisions import QUANTILE_LEVELS
from sim.contracts.events.schema import PACKS, SHOP, SKU, event, field

QUANTILES = tuple(f"q{round(100 * level):02d}" for level in QUANTILE_LEVELS)
"""Columns of a forecast's quantiles, in the order of the levels."""

TABLES: dict[str, pa.Schema] = {
    "forecast": event(
        "how much an ordering policy expected to be asked for at a shop's counter on one day, said at 23:00 of the eve",
        field("day", pa.int32(), "business day that the figure is for", "day"),
        SHOP,
        SKU,
        field("packs", pa.float64(), "expected demand of that day, met or not", "packs"),
        *(field(name, pa.float64(), f"quantile {level} of it, null where the policy said none", "packs", nullable=True)
          for name, level in zip(QUANTILES, QUANTILE_LEVELS, strict=True)),
        bulk=True,
    ),
    "proposal": event(
        "head office proposed something to an owner, who accepted or not",
        SHOP,
        field("document", pa.int64(), "what was proposed: a group-buy candidate"),
        field("kind", pa.string(), "group_buy"),
        field("accepted", pa.bool_(), "whether the owner went along"),
    ),
    "owner_action": event(
        "an owner began, or gave up the shop",
        SHOP,
        field("action", pa.string(), "joined or left"),
    ),
    "markdown": event(
        "an owner marked down in the evening what looked old on the shelf; the tag holds until the border",
        SHOP,
        SKU,
        PACKS,
        field("fen", pa.int64(), "price on the tag", "fen"),
    ),
    "inspection": event(
        "an owner's phone inspection, as measured from its photographs",
        SHOP,
        field("shelf", pa.float64(), "measured looks of the shelf, 0 to 1"),
        field("hygiene", pa.float64(), "measured hygiene, 0 to 1"),
    ),
    "labour": event(
        "working time of one task on one day",
        SHOP,
        field("who", pa.string(), "head_office, owner or rider"),
        field("task", pa.string(), "task"),
        field("minutes", pa.float64(), "working time", "min"),
    ),
}
