"""Trucks, cold rooms, their thermometers and what these led to."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import SHOP, event, field

TRUCK = field("truck", pa.int32(), "truck id")
_PLACE = (
    field("place", pa.string(), "truck, lorry, hub, hub_chilled, hub_cool, case, rack, cold_room or freezer"),
    field("node", pa.int32(), "truck id or shop id, -1 for the hub"),
)

TABLES: dict[str, pa.Schema] = {
    "stop": event(
        "a truck arrived at a shop",
        TRUCK,
        SHOP,
        field("position", pa.int16(), "place in the route, 0 is the first"),
        field("door_seconds", pa.float64(), "how long the door stood open", "s"),
        field("km", pa.float64(), "distance from the place before", "km"),
        bulk=True,
    ),
    "trip": event(
        "a vehicle came back; a convoy counts as one trip of several vehicles",
        field("leg", pa.string(), "linehaul or city"),
        field("vehicle", pa.int32(), "truck or lorry id"),
        field("vehicles", pa.int64(), "that drove together"),
        field("km", pa.float64(), "driven by all of them, the way back included", "km"),
        field("kg", pa.float64(), "carried", "kg"),
        field("hours", pa.float64(), "from loading to return, of all of them", "h"),
        field("stops", pa.int64(), "deliveries"),
    ),
    "telemetry": event(
        "a thermometer's reading (what the sensor says, not what the air was)",
        TRUCK,
        field("zone", pa.string(), "compartment: chilled, cool, or one for all goods"),
        field("reading_c", pa.float64(), "air temperature reading", "degC"),
        resent=True,
        bulk=True,
    ),
    "room_reading": event(
        "what the gateway of a fixed place says; late, repeated and missing rows included",
        *_PLACE,
        field("temperature_c", pa.float64(), "air temperature reading", "degC"),
        field("humidity_pct", pa.float64(), "relative humidity reading", "%"),
        resent=True,
        bulk=True,
    ),
    "alarm": event(
        "a reading stayed beyond its limit for longer than the delay",
        *_PLACE,
        field("limit_c", pa.float64(), "the limit", "degC"),
        field("reading_c", pa.float64(), "the reading that raised it", "degC"),
        field("response_minutes", pa.float64(), "until somebody acted", "min"),
        field("action", pa.string(), "what was done"),
    ),
    "breakdown": event(
        "a cooling unit or a truck failed",
        *_PLACE,
        field("what", pa.string(), "unit or engine"),
        field("minutes", pa.float64(), "until it ran again", "min"),
    ),
    "energy": event(
        "a meter's day",
        *_PLACE,
        field("kwh", pa.float64(), "electrical energy", "kWh"),
    ),
}
