"""Who was seen where: touchpoints, what links them, and members who register, leave or unsubscribe."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import MEMBER, SHOP, event, field

TOUCHPOINT = field("touchpoint", pa.int64(), "touchpoint id, as the channel knows it")

TABLES: dict[str, pa.Schema] = {
    "sighting": event(
        "a touchpoint was seen: a card at the till, an account in the app, a WeCom contact",
        TOUCHPOINT,
        field("kind", pa.string(), "card, app, wecom or till"),
        SHOP,
        field("document", pa.int64(), "order, till receipt or message, -1 for none"),
        panel_key="touchpoint",
    ),
    "identity_link": event(
        "two touchpoints were found to be one customer",
        TOUCHPOINT,
        MEMBER,
        field("reason", pa.string(), "registration, same_phone or same_device"),
        panel_key="member",
    ),
    "registration": event(
        "a customer registered, lapsed, came back, left, or unsubscribed from messages",
        MEMBER,
        SHOP,
        field("status", pa.string(), "joined, lapsed, returned, left or unsubscribed"),
        panel_key="member",
    ),
}
