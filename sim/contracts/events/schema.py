"""How an event table is described: the stamp every row carries, then the table's own columns with meaning and unit."""

from __future__ import annotations

import pyarrow as pa

VERSION = "1.0"

STAMP = (
    pa.field("event_time", pa.timestamp("s"), nullable=False),
    pa.field("arrival_time", pa.timestamp("s"), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("sequence", pa.int64(), nullable=False),
)


def field(name: str, kind: pa.DataType, doc: str, unit: str = "", *, nullable: bool = False) -> pa.Field:
    """Describe one column; ``unit`` is ``fen``, ``packs``, ``degC`` and so on, empty for names and flags."""
    return pa.field(name, kind, nullable=nullable, metadata={"doc": doc, "unit": unit})


def event(
    doc: str, *fields: pa.Field, panel_key: str | None = None, resent: bool = False, bulk: bool = False
) -> pa.Schema:
    """Describe an event table.

    Parameters
    ----------
    panel_key
        the column that decides whether a row belongs to the fixed panel, where rows may be kept for a panel only.
    resent
        whether the source may send a row twice; readers then see the first arrival of each (source, sequence).
    bulk
        whether rows are many and nothing but the daily aggregates reads them after a few days; a large twin forgets
        them then.
    """
    metadata = {"doc": doc, "version": VERSION}
    if panel_key is not None:
        metadata["panel_key"] = panel_key
    if resent:
        metadata["delivery"] = "at-least-once"
    if bulk:
        metadata["volume"] = "bulk"
    return pa.schema([*STAMP, *fields], metadata=metadata)


SHOP = field("shop", pa.int32(), "shop id")
SKU = field("sku", pa.int32(), "SKU id")
MEMBER = field("member", pa.int64(), "member id as the shop's system knows it")
PACKS = field("packs", pa.int64(), "quantity", "packs")
FEN = field("fen", pa.int64(), "amount", "fen")
