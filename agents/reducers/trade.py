"""Trade: demand and sales of a cell, what customers sign and pay, what stands together in baskets, and the ledger."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.catalogue import Catalogue
from agents.reducers.sums import Columns, Sums, Tables, grouped, of_day, where
from sim.contracts.decisions import QUANTILE_LEVELS
from sim.contracts.events.owners import QUANTILES
from sim.grouping import group
from sim.log import Reducer

Ids = npt.NDArray[np.int64]
MOST_GROUPS = 63
"""Kinds of goods that a customer's day can mark: bits of a whole number."""
ALL = -1
"""In `pair_day`, the row that counts all baskets."""
_SHOP_DAY = {
    "ordered": int, "requested": int, "sold": int, "handed_over": int, "short": int, "unclaimed": int, "received": int,
    "revenue_fen": int, "refund_fen": int, "stock_out_hours": float, "forecasts": int, "expected": float,
    "intervals": int, "pinball": float, "covered": int,
}  # fmt: skip


def kinds_of(goods: Catalogue) -> tuple[tuple[str, ...], Ids]:
    """The kinds of goods told apart in baskets, and the kind of each SKU (-1 where there are too many).

    A kind is a category.
    """
    names, number = np.unique(goods.category, return_inverse=True)
    return tuple(names[:MOST_GROUPS].tolist()), np.where(number < MOST_GROUPS, number, -1).astype(np.int64)


def reduce_shop_day(day: int, tables: Tables) -> Columns:
    """Demand, sales and availability by shop and SKU."""
    sums, ends = Sums("shop", "sku"), tables["line_end"]
    sums.add("ordered", tables["order_line"], "packs")
    sums.add("requested", tables["shop_order"], "packs")
    sums.add("sold", tables["pos_sale"], "packs")
    for end in ("handed_over", "short", "unclaimed"):
        sums.add(end, where(ends, "end", end), "packs")
    sums.add("received", tables["stock_move"], "packs")
    sums.add("revenue_fen", tables["pos_sale"], "fen")
    sums.add("revenue_fen", where(ends, "end", "handed_over", "unclaimed"), "fen")
    sums.add("refund_fen", tables["quality_refund"], "fen")
    sums.add("stock_out_hours", tables["stock_out"], "hours")
    said = tables["forecast"]
    sums.add("forecasts", said, np.ones(said.num_rows, np.int64))
    sums.add("expected", said, "packs")
    _add_intervals(sums, said, tables["pos_sale"])
    return of_day(day, sums.columns(_SHOP_DAY))


def _add_intervals(sums: Sums, said: pa.Table, sales: pa.Table) -> None:
    """How the quantiles of the forecasts stand to what was sold (Koenker and Bassett 1978, the pinball loss)."""
    said = said.filter(pc.is_valid(said[QUANTILES[0]]))
    groups = group(*(np.concatenate([said[key].to_numpy(), sales[key].to_numpy()]) for key in ("shop", "sku")))
    sold = np.bincount(groups.of_row[said.num_rows :], sales["packs"].to_numpy(), groups.size)[
        groups.of_row[: said.num_rows]
    ]
    levels = np.array(QUANTILE_LEVELS)
    quantiles = np.array([said[name].to_numpy() for name in QUANTILES]).reshape(len(levels), said.num_rows)
    short = sold - quantiles
    sums.add("intervals", said, np.ones(said.num_rows, np.int64))
    sums.add("pinball", said, np.maximum(levels[:, None] * short, (levels[:, None] - 1.0) * short).mean(axis=0))
    sums.add("covered", said, ((quantiles[0] <= sold) & (sold <= quantiles[-1])).astype(np.int64))


def reduce_money_day(day: int, tables: Tables) -> Columns:
    """Ledger postings over the network."""
    return of_day(day, grouped(tables["posting"], ["debit", "credit", "reason"], ["fen"]))


def reduce_customer_day(kind: Ids, price_fen: Ids, day: int, tables: Tables) -> Columns:
    """Documents a member signed today (one a basket, at the till or ahead, group-buys included), what they came to."""
    lines = _lines(kind, tables)
    known = lines["member"] >= 0
    lines = {name: values[known] for name, values in lines.items()}
    order = np.lexsort((lines["document"], lines["member"]))
    lines = {name: values[order] for name, values in lines.items()}
    member, document = lines["member"], lines["document"]
    new_member = np.flatnonzero(_first(member))
    new_document = _first(member) | _first(document)
    if not len(member):
        none = np.zeros(0, np.int64)
        return of_day(day, dict.fromkeys(("member", "orders", "fen", "list_fen", "kinds"), none))
    return of_day(day, {
        "member": member[new_member],
        "orders": np.add.reduceat(new_document.astype(np.int64), new_member),
        "fen": np.add.reduceat(lines["fen"], new_member),
        "list_fen": np.add.reduceat(lines["packs"] * price_fen[lines["sku"]], new_member),
        "kinds": np.bitwise_or.reduceat(lines["kinds"], new_member),
    })  # fmt: skip


def reduce_pair_day(kind: Ids, day: int, tables: Tables) -> Columns:
    """Baskets that held two kinds of goods, each kind by itself, and all baskets; unknown buyers included."""
    lines = _lines(kind, tables)
    order = np.argsort(lines["document"], kind="stable")
    document, kinds = lines["document"][order], lines["kinds"][order]
    if not len(document):
        return of_day(day, dict.fromkeys(("first", "second", "baskets"), np.zeros(0, np.int64)))
    baskets = np.bitwise_or.reduceat(kinds, np.flatnonzero(_first(document)))
    held = ((baskets[:, None] >> np.arange(min(MOST_GROUPS, kind.max() + 1))) & 1).astype(np.float64)
    together = np.rint(held.T @ held).astype(np.int64)
    first, second = np.nonzero(np.triu(together))
    return of_day(day, {
        "first": np.concatenate([[ALL], first]),
        "second": np.concatenate([[ALL], second]),
        "baskets": np.concatenate([[len(baskets)], together[first, second]]),
    })  # fmt: skip


def _lines(kind: Ids, tables: Tables) -> dict[str, Ids]:
    """Lines of the day's receipts and orders: even document numbers are receipts, odd ones orders ahead."""
    till, ahead = tables["pos_sale"], tables["order_line"]
    names = ("member", "sku", "packs", "fen")
    lines = {name: np.concatenate([till[name].to_numpy(), ahead[name].to_numpy()]).astype(np.int64) for name in names}
    lines["document"] = np.concatenate([till["basket"].to_numpy() * 2, ahead["order"].to_numpy() * 2 + 1])
    own = kind[lines["sku"]]
    lines["kinds"] = np.where(own >= 0, np.int64(1) << np.maximum(own, 0), np.int64(0))
    return lines


def _first(values: Ids) -> npt.NDArray[np.bool_]:
    """Which values differ from the one before them."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return new


def reduce_asked_day(day: int, tables: Tables) -> Columns:
    """Truth: what was asked of each shelf, and what of it was not there."""
    sums = Sums("shop", "sku")
    for table, name in (("offered", "offered"), ("unmet", "unmet")):
        sums.add(name, tables[table], "packs")
    return of_day(day, sums.columns({"offered": int, "unmet": int}))


TRUTH_REDUCERS = (Reducer("asked_day", ("offered", "unmet"), reduce_asked_day),)


def reducers_of(goods: Catalogue) -> tuple[Reducer, ...]:
    """The reducers of trade in these goods."""
    _, kind = kinds_of(goods)
    documents = ("pos_sale", "order_line")
    return (
        Reducer(
            "shop_day",
            ("order_line", "shop_order", "pos_sale", "line_end", "stock_move", "quality_refund", "stock_out",
             "forecast"),
            reduce_shop_day,
        ),
        Reducer("money_day", ("posting",), reduce_money_day),
        Reducer("customer_day", documents, partial(reduce_customer_day, kind, goods.price_fen)),
        Reducer("pair_day", documents, partial(reduce_pair_day, kind)),
    )
