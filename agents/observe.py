"""Observations: what a policy sees, built from the event log as it had arrived, the catalogue, calendar and forecast.

Nothing here reads a resident, a true temperature or the world's parameters of behaviour: the functions take the log's
rows and the owner's own habits only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.world import MEMBERS_A_SHOP, World, shelf_temperature
from hardware_models.thermal import decay_rate
from sim.contracts.decisions import DECISION_POINTS

if TYPE_CHECKING:
    from agents.residents.population import Residents
    from agents.shops.owners import Owners
    from agents.shops.shelves import Shelves

Ids = npt.NDArray[np.int64]
HISTORY_DAYS = 28
MEMBER_HISTORY_DAYS = 56
MESSAGE_MEMORY_DAYS = 14
LEAD_DAYS = 1.0
"""From the order at 23:00 to the shelf in the afternoon, rounded up to the review period."""
HIDDEN = -1
"""Where head office does not see the closed orders; group-buys it closes itself, so those it always knows."""


def table_of(point: str, **columns: Any) -> pa.Table:
    """Return an observation table with the columns in the contract's order and types."""
    schema = DECISION_POINTS[point].observation
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind) and isinstance(values, np.ndarray):
        rows, width = values.shape
        offsets = pa.array(np.arange(rows + 1, dtype=np.int64) * width, pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.array(values.ravel(), kind.value_type), type=kind)
    return pa.array(values, kind)


def daily_history(
    world: World, day: int, column: str, *, days: int = HISTORY_DAYS
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """Return ``column`` of the daily shop aggregates, (shop, SKU, days), newest last, as known at 23:00 of the eve."""
    rows = world.past(day, -1.0).read("shop_day", since_day=max(0, day - days))
    values = rows[column].to_numpy()
    history = np.zeros((world.shops, world.catalogue.n, days), values.dtype)
    back = rows["day"].to_numpy() - (day - days)
    history[rows["shop"].to_numpy(), rows["sku"].to_numpy(), back] = values
    return history


def counted(world: World, day: int, column: str) -> npt.NDArray[np.int64]:
    """Return ``column`` of last night's stock count as (place, SKU): the shops in order, the hub in the last row."""
    table = np.zeros((world.shops + 1, world.catalogue.n), np.int64)
    rows = world.past(day, -1.0).read("stock_count", since_day=max(0, day - 1))
    table[rows["shop"].to_numpy(), rows["sku"].to_numpy()] = rows[column].to_numpy()
    return table


def replenish(world: World, day: int, shelves: Shelves, owners: Owners) -> pa.Table:
    """One row a cell of goods sold from the shelf."""
    goods, frame = world.catalogue, shelves.frame
    mine = np.flatnonzero(~goods.premium_candidate[frame["sku"]])
    shop, sku = frame["shop"][mine].astype(np.int64), frame["sku"][mine].astype(np.int64)
    count = len(mine)
    shelf_rate = decay_rate(world.kinetics(), shelf_temperature(world))
    habits = owners.frame
    return table_of(
        "replenish",
        shop=shop,
        sku=sku,
        day=np.full(count, day),
        on_hand=_opening_or_counted(world, day, "on_hand", shelves)[shop, sku],
        on_order=counted(world, day, "on_order")[shop, sku],
        sales=daily_history(world, day, "sold")[shop, sku],
        stock_out=daily_history(world, day, "stock_out_hours")[shop, sku] > 0,
        days_known=np.full(count, min(day, HISTORY_DAYS)),
        prior_daily=frame["prior_daily"][mine].copy(),
        is_off=np.full(count, bool(world.calendar.is_off[day])),
        life_days=_life_days(shelf_rate)[sku],
        lead_days=np.full(count, LEAD_DAYS),
        case_packs=goods.case_packs[sku],
        price_fen=goods.price_fen[sku],
        cost_fen=goods.wholesale_fen[sku],
        **{
            name: habits[name][shop]
            for name in ("smoothing", "stock_adjustment", "supply_line_weight", "cover_days", "pull_to_mean")
        },
    )


def _opening_or_counted(world: World, day: int, column: str, shelves: Shelves) -> npt.NDArray[np.int64]:
    """Last night's count; on the first day the opening stock, which the owner put there."""
    if day > 0:
        return counted(world, day, column)
    table = np.zeros((world.shops + 1, world.catalogue.n), np.int64)
    table[shelves.frame["shop"], shelves.frame["sku"]] = shelves.on_hand
    return table


def _life_days(rate: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Half-life by SKU; a century for goods that do not age, because the contract wants finite numbers."""
    return np.where(rate > 0, 1.0 / np.where(rate > 0, rate, 1.0), 36_500.0)


def procure(world: World, day: int, ordered: Ids) -> pa.Table:
    """One row a SKU. Without supply integration head office sees no shop orders, without feedback whole weeks."""
    goods, factors = world.catalogue, world.factors(day)
    asked = daily_history(world, day, "requested").sum(axis=0) + daily_history(world, day, "ordered").sum(axis=0)
    known = day
    if not factors.f:
        first = 7 - day % 7
        asked, known = asked[:, first : first + HISTORY_DAYS - 7], day - day % 7
    hub_rate = decay_rate(world.kinetics(), world.params.supply.hub_temperature_c)
    return table_of(
        "procure",
        sku=np.arange(goods.n),
        day=np.full(goods.n, day),
        hub_on_hand=counted(world, day, "on_hand")[-1],
        ordered=np.where(factors.s | goods.premium_candidate, ordered, HIDDEN),
        asked=asked,
        days_known=np.full(goods.n, min(known, asked.shape[1])),
        prior_daily=world.expected_daily,
        life_days=_life_days(hub_rate),
        cover_days=np.full(goods.n, world.params.supply.plan_cover_days),
        defect_share=np.full(goods.n, world.params.supply.defect_share),
        case_packs=goods.case_packs,
    )


def member_history(world: World, day: int, hour: float, members: Ids) -> npt.NDArray[np.int64]:
    """Return packs bought in the last weeks, (member, SKU); ``members`` in rising order."""
    bought = np.zeros((len(members), world.catalogue.n), np.int64)
    past, since = world.past(day, hour), max(0, day - MEMBER_HISTORY_DAYS)
    for table in ("pos_sale", "order_line"):
        rows = past.read(table, since_day=since)
        member = rows["member"].to_numpy()
        row = np.searchsorted(members, member)
        row = np.minimum(row, max(0, len(members) - 1))
        known = np.flatnonzero(members[row] == member) if len(members) else np.zeros(0, np.int64)
        np.add.at(bought, (row[known], rows["sku"].to_numpy()[known]), rows["packs"].to_numpy()[known])
    return bought


def recommend(world: World, day: int, member: Ids, shop: Ids, open_groups: npt.NDArray[np.bool_]) -> pa.Table:
    """One row a member who opens the app or comes by today; ``open_groups`` (shop, SKU) lists open group-buys."""
    goods = world.catalogue
    order = np.argsort(member, kind="stable")
    bought = np.empty((len(member), goods.n), np.int64)
    bought[order] = member_history(world, day, -1.0, member[order])
    history = daily_history(world, day, "sold") + daily_history(world, day, "ordered")
    if not world.factors(day).f:
        history = history[:, :, : HISTORY_DAYS - day % 7]
    sales = history.sum(axis=(0, 2))
    offered = np.broadcast_to(~goods.premium_candidate, (world.shops, goods.n)) | open_groups
    count = len(member)
    return table_of(
        "recommend",
        member=member,
        shop=shop,
        day=np.full(count, day),
        offered=offered[shop],
        is_new=np.broadcast_to(goods.premium_candidate, (count, goods.n)),
        network_sales=np.broadcast_to(sales, (count, goods.n)),
        bought=bought,
    )


def campaign(world: World, day: int, candidate: Ids, shop: Ids, sku: Ids, residents: Residents) -> pa.Table:
    """One row a candidate, with the members of its shop as the shop's register lists them."""
    goods = world.catalogue
    register = np.sort(residents.frame["id"])
    bought = member_history(world, day, -1.0, register)
    sent = world.past(day, -1.0).read("message", since_day=max(0, day - MESSAGE_MEMORY_DAYS))
    times = np.zeros(len(register), np.int64)
    np.add.at(times, np.searchsorted(register, sent["member"].to_numpy()), 1)
    by_category = np.zeros((len(register), len(goods.categories)), np.int64)
    for number in range(len(goods.categories)):
        by_category[:, number] = bought[:, goods.category_id == number].sum(axis=1)
    home = register // MEMBERS_A_SHOP
    members = [np.flatnonzero(home == one) for one in shop]
    return table_of(
        "campaign",
        candidate=candidate,
        shop=shop,
        sku=sku,
        day=np.full(len(candidate), day),
        minimum_packs=np.full(len(candidate), world.params.groupbuys.minimum_packs),
        members=[register[rows] for rows in members],
        affinity=[by_category[rows, goods.category_id[one]] for rows, one in zip(members, sku, strict=True)],
        messages=[times[rows] for rows in members],
    )


def service(world: World, day: int, claim: Ids, complaint: dict[str, Ids]) -> pa.Table:
    """One row a claim, with what the member's record says."""
    past, since = world.past(day, 20.6), max(0, day - MEMBER_HISTORY_DAYS)
    claims, orders = past.read("claim", since_day=since), past.read("customer_day", since_day=since)
    members = np.unique(complaint["member"])
    row = np.searchsorted(members, complaint["member"])
    before = _count(members, claims["member"].to_numpy(), np.ones(claims.num_rows, np.int64))
    bought = _count(members, orders["member"].to_numpy(), orders["orders"].to_numpy().astype(np.int64))
    mine = _count(members, complaint["member"], np.ones(len(claim), np.int64))
    return table_of(
        "service",
        claim=claim,
        shop=complaint["shop"],
        sku=complaint["sku"],
        day=np.full(len(claim), day),
        packs=complaint["packs"],
        fen=complaint["fen"],
        claims_before=(before - mine)[row],
        orders_before=bought[row],
    )


def _count(members: Ids, member: Ids, amount: Ids) -> Ids:
    """Sum ``amount`` by member, for ``members`` in rising order; others are left out."""
    total = np.zeros(len(members), np.int64)
    known = np.isin(member, members)
    np.add.at(total, np.searchsorted(members, member[known]), amount[known])
    return total


def price(world: World, day: int, shelves: Shelves) -> pa.Table:
    """One row a cell."""
    frame, goods = shelves.frame, world.catalogue
    shop, sku = frame["shop"].astype(np.int64), frame["sku"].astype(np.int64)
    return table_of(
        "price",
        shop=shop,
        sku=sku,
        day=np.full(len(sku), day),
        reference_fen=goods.price_fen[sku],
        cost_fen=goods.farm_gate_fen[sku],
        on_hand=counted(world, day, "on_hand")[shop, sku],
    )
