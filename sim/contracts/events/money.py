"""Money: who paid whom, for what, in integer fen."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events.schema import FEN, MEMBER, PACKS, SHOP, SKU, event, field

TABLES: dict[str, pa.Schema] = {
    "payment": event(
        "a member paid",
        MEMBER,
        SHOP,
        field("document", pa.int64(), "order line or till receipt"),
        FEN,
        field("channel", pa.string(), "order (held until hand-over) or till"),
        panel_key="member",
    ),
    "refund": event(
        "a member got money back",
        MEMBER,
        SHOP,
        field("document", pa.int64(), "order line or claim"),
        FEN,
        field("reason", pa.string(), "short, spoiled_waiting, group_failed or quality"),
        panel_key="member",
    ),
    "quality_refund": event(
        "what a quality refund was for: the goods it takes back out of the sales",
        field("claim", pa.int64(), "claim id"),
        SHOP,
        SKU,
        PACKS,
        FEN,
        field("cost_fen", pa.int64(), "farm-gate cost of the refunded share of the packs", "fen"),
    ),
    "posting": event(
        "one entry of the ledger, summed over a day",
        SHOP,
        field("debit", pa.string(), "account that gives"),
        field("credit", pa.string(), "account that receives"),
        field("reason", pa.string(), "what for"),
        FEN,
    ),
}
