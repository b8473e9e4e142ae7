"""What residents say: reviews, answers to surveys, chat."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import MEMBER, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "review": event(
        "a member rated goods",
        MEMBER,
        SHOP,
        SKU,
        field("stars", pa.int16(), "1 to 5"),
        panel_key="member",
    ),
    "nps": event(
        "a member answered how likely a recommendation is",
        MEMBER,
        SHOP,
        field("score", pa.int16(), "0 to 10"),
        field("survey", pa.string(), "transaction (after a hand-over) or relationship (by season)"),
        panel_key="member",
    ),
    "chat": event(
        "a message in a shop's group",
        MEMBER,
        SHOP,
        field("text", pa.string(), "what was written, in Chinese"),
        panel_key="member",
    ),
}
