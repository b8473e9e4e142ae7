"""What a day brought each owner."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents.catalogue import Catalogue
from agents.reducers.sums import Columns, Sums, Tables, of_day, where
from sim.log import Reducer

Ids = npt.NDArray[np.int64]
_OWNER_DAY = {"margin_fen": int, "waste_fen": int, "commission_fen": int, "other_fen": int, "minutes": float}


def reduce_owner_day(transfer_fen: Ids, day: int, tables: Tables) -> Columns:
    """Money by the books and work; ``transfer_fen`` is what a shop pays for a pack of each SKU.

    Income is margin_fen + commission_fen + other_fen - waste_fen: a pack counts when it is sold or thrown away, not
    when it is bought. Packs bruised before they reached the shelf were never paid for by the owner.
    """
    sums, till, posted = Sums("shop"), tables["pos_sale"], tables["posting"]
    sums.add("margin_fen", till, till["fen"].to_numpy() - _value(transfer_fen, till))
    lost = where(tables["waste"], "node", "shop")
    lost = lost.filter(pc.not_equal(lost["reason"], "damaged"))
    sums.add("waste_fen", lost, _value(transfer_fen, lost))
    sums.add("commission_fen", where(posted, "reason", "commission"), "fen")
    sums.add("other_fen", where(posted, "reason", "other trade"), "fen")
    rent = where(posted, "reason", "rent")
    sums.add("other_fen", rent, -rent["fen"].to_numpy())
    sums.add("minutes", where(tables["labour"], "who", "owner"), "minutes")
    return of_day(day, sums.columns(_OWNER_DAY))


def _value(transfer_fen: Ids, rows: pa.Table) -> Ids:
    return np.asarray(rows["packs"].to_numpy() * transfer_fen[rows["sku"].to_numpy()], np.int64)


def reducers_of(goods: Catalogue) -> tuple[Reducer, ...]:
    """The reducer of owners who sell these goods."""
    inputs = ("pos_sale", "waste", "posting", "labour")
    return (Reducer("owner_day", inputs, partial(reduce_owner_day, goods.wholesale_fen)),)
