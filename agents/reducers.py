"""Daily aggregates from the complete rows of the day: one reducer a table, the only way from rows to figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sim.log import Reducer

Columns = Mapping[str, Any]
Tables = Mapping[str, pa.Table]


class Sums:
    """Adds up amounts by integer key columns; keys appear in rising order, each once."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._parts: list[tuple[str, npt.NDArray[np.int64], npt.NDArray[Any]]] = []

    def add(self, name: str, rows: pa.Table, amount: str | npt.NDArray[Any], **keys: npt.NDArray[Any]) -> None:
        """Add ``amount`` (a column of ``rows`` or an array) under ``name``; ``keys`` replaces key columns."""
        values = rows[amount].to_numpy() if isinstance(amount, str) else amount
        columns = [keys[k] if k in keys else rows[k].to_numpy() for k in self._keys]
        self._parts.append((name, np.column_stack(columns).astype(np.int64).reshape(-1, len(self._keys)), values))

    def columns(self, names: Mapping[str, type]) -> dict[str, npt.NDArray[Any]]:
        """Return the key columns and one column a name (int or float sums)."""
        everything = np.concatenate([keys for _, keys, _ in self._parts])
        distinct, row = np.unique(everything, axis=0, return_inverse=True)
        row = row.reshape(-1)
        out: dict[str, npt.NDArray[Any]] = {key: distinct[:, i] for i, key in enumerate(self._keys)}
        for name, kind in names.items():
            out[name] = np.zeros(len(distinct), np.float64 if kind is float else np.int64)
        first = 0
        for name, keys, values in self._parts:
            np.add.at(out[name], row[first : first + len(keys)], values)
            first += len(keys)
        return out


def _of(day: int, columns: Mapping[str, Any]) -> Columns:
    many = len(next(iter(columns.values())))
    return {"day": np.full(many, day, np.int32), **columns}


def _where(rows: pa.Table, column: str, *values: str) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=pa.array(values)))


_SHOP_DAY = {
    "ordered": int, "requested": int, "sold": int, "handed_over": int, "short": int, "unclaimed": int, "received": int,
    "revenue_fen": int, "refund_fen": int, "stock_out_hours": float,
}  # fmt: skip
_SKU_DAY = {
    "receipts": int, "field_loss": int, "waste_hub": int, "waste_road": int, "waste_shop": int, "waste_pickup": int,
    "sold": int, "held": int, "receipts_fen": int, "waste_fen": int, "field_loss_fen": int, "refunded_cost_fen": int,
}  # fmt: skip


def reduce_sku_day(day: int, tables: Tables) -> Columns:
    """Goods by SKU over the whole network."""
    sums = Sums("sku")
    sums.add("receipts", tables["harvest"], "packs")
    sums.add("receipts_fen", tables["harvest"], "cost_fen")
    sums.add("field_loss", tables["field_loss"], "packs")
    sums.add("field_loss_fen", tables["field_loss"], "cost_fen")
    for node in ("hub", "road", "shop", "pickup"):
        sums.add(f"waste_{node}", _where(tables["waste"], "node", node), "packs")
    sums.add("waste_fen", tables["waste"], "cost_fen")
    sums.add("sold", tables["pos_sale"], "packs")
    sums.add("sold", _where(tables["line_end"], "end", "handed_over"), "packs")
    count = tables["stock_count"]
    sums.add("held", count, count["on_hand"].to_numpy() + count["reserved"].to_numpy())
    sums.add("refunded_cost_fen", tables["quality_refund"], "cost_fen")
    return _of(day, sums.columns(_SKU_DAY))


def reduce_shop_day(day: int, tables: Tables) -> Columns:
    """Demand, sales and availability by shop and SKU."""
    sums, ends = Sums("shop", "sku"), tables["line_end"]
    sums.add("ordered", tables["order_line"], "packs")
    sums.add("requested", tables["shop_order"], "packs")
    sums.add("sold", tables["pos_sale"], "packs")
    for end in ("handed_over", "short", "unclaimed"):
        sums.add(end, _where(ends, "end", end), "packs")
    sums.add("received", tables["stock_move"], "packs")
    sums.add("revenue_fen", tables["pos_sale"], "fen")
    sums.add("revenue_fen", _where(ends, "end", "handed_over", "unclaimed"), "fen")
    sums.add("refund_fen", tables["quality_refund"], "fen")
    sums.add("stock_out_hours", tables["stock_out"], "hours")
    return _of(day, sums.columns(_SHOP_DAY))


def reduce_money_day(day: int, tables: Tables) -> Columns:
    """Ledger postings over the network."""
    rows = tables["posting"]
    keys = ["debit", "credit", "reason"]
    summed = rows.group_by(keys, use_threads=False).aggregate([("fen", "sum")])
    summed = summed.sort_by([(key, "ascending") for key in keys])
    columns = {key: summed[key].combine_chunks() for key in keys}
    return _of(day, {**columns, "fen": summed["fen_sum"].to_numpy()})


def reduce_customer_day(day: int, tables: Tables) -> Columns:
    """Documents a member signed today: one a basket, at the till or ahead, group-buys included."""
    till, ahead = tables["pos_sale"], tables["order_line"]
    parts = [
        np.column_stack([np.full(rows.num_rows, kind), rows[document].to_numpy(), rows["member"].to_numpy()])
        for kind, (rows, document) in enumerate(((till, "basket"), (ahead, "order")))
    ]
    documents = np.unique(np.concatenate(parts).astype(np.int64).reshape(-1, 3), axis=0)
    member, orders = np.unique(documents[documents[:, 2] >= 0, 2], return_counts=True)
    return _of(day, {"member": member, "orders": orders})


REDUCERS = (
    Reducer(
        "shop_day",
        ("order_line", "shop_order", "pos_sale", "line_end", "stock_move", "quality_refund", "stock_out"),
        reduce_shop_day,
    ),
    Reducer(
        "sku_day",
        ("harvest", "field_loss", "waste", "pos_sale", "line_end", "stock_count", "quality_refund"),
        reduce_sku_day,
    ),
    Reducer("money_day", ("posting",), reduce_money_day),
    Reducer("customer_day", ("pos_sale", "order_line"), reduce_customer_day),
)
