"""What only the twin knows. Policies never see it; metrics made of it are named ``*_true``."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import PACKS, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "unmet": event(
        "packs residents wanted from the shelf first and did not find",
        SHOP,
        SKU,
        PACKS,
        field("substituted", pa.int64(), "of these, packs for which another SKU was bought", "packs"),
    ),
    "offered": event(
        "demand offered to the shelves today, met or not",
        SHOP,
        SKU,
        PACKS,
    ),
    "air": event(
        "true air temperature in a truck on arrival at a stop",
        field("truck", pa.int32(), "truck id"),
        SHOP,
        field("air_c", pa.float64(), "air temperature", "degC"),
        field("cargo_c", pa.float64(), "cargo temperature", "degC"),
    ),
    "trust_day": event(
        "mean trust of the residents of one shop at the border",
        SHOP,
        field("trust", pa.float64(), "mean trust, 0 to 1"),
    ),
}
