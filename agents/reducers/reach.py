"""What slates led to: exposures, clicks and orders by the policy that made them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.reducers.sums import Columns, Tables, of_day
from sim.log import Reducer

Ids = npt.NDArray[np.int64]
_SKU_ROOM = np.int64(1 << 20)


def reduce_effect_day(day: int, tables: Tables) -> Columns:
    """Count exposures, clicks and the exposures after which the member bought the SKU today, by policy."""
    shown, clicks = tables["exposure"], tables["click"]
    bought = np.unique(np.concatenate([_pairs(tables[name]) for name in ("order_line", "pos_sale")]))
    policies = np.unique(np.concatenate([_policies(shown), _policies(clicks)]))
    place = np.searchsorted(policies, _policies(shown))
    ordered = np.isin(_pairs(shown), bought)
    many = len(policies)
    columns = {
        "policy": policies.tolist(),
        "exposures": np.bincount(place, minlength=many),
        "clicks": np.bincount(np.searchsorted(policies, _policies(clicks)), minlength=many),
        "orders": np.bincount(place, ordered, many).astype(np.int64),
    }
    return of_day(day, columns)


def _pairs(rows: pa.Table) -> Ids:
    """One number a known member and SKU."""
    member = rows["member"].to_numpy().astype(np.int64)
    return np.where(member >= 0, member * _SKU_ROOM + rows["sku"].to_numpy(), -1)


def _policies(rows: pa.Table) -> npt.NDArray[np.str_]:
    return np.asarray(rows["policy"].to_numpy(zero_copy_only=False), np.str_)


REDUCERS = (Reducer("effect_day", ("exposure", "click", "order_line", "pos_sale"), reduce_effect_day),)
