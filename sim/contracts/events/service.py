"""After-sale service and the record of decisions."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import FEN, MEMBER, PACKS, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "claim": event(
        "a member complained about packs after hand-over and asks for money back",
        field("claim", pa.int64(), "claim id"),
        MEMBER,
        SHOP,
        SKU,
        PACKS,
        FEN,
        panel_key="member",
    ),
    "decision": event(
        "a decision was made: who made it, and why the policy asked first was refused",
        field("point", pa.string(), "decision point"),
        field("policy", pa.string(), "the policy whose answer holds"),
        field("rows", pa.int64(), "rows decided"),
        field("refused", pa.string(), "reasons of the refusal, empty when the policy asked first decided"),
    ),
}
