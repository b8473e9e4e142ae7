"""Trucks and thermometers."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import SHOP, event, field

TRUCK = field("truck", pa.int32(), "truck id")

TABLES: dict[str, pa.Schema] = {
    "stop": event(
        "a truck arrived at a shop",
        TRUCK,
        SHOP,
        field("position", pa.int16(), "place in the route, 0 is the first"),
        field("door_seconds", pa.float64(), "how long the door stood open", "s"),
        field("km", pa.float64(), "distance from the place before", "km"),
    ),
    "telemetry": event(
        "a thermometer's reading (what the sensor says, not what the air was)",
        TRUCK,
        field("reading_c", pa.float64(), "air temperature reading", "degC"),
        resent=True,
    ),
}
