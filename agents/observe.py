"""Observations: what a policy sees, built from the event log as it had arrived, the catalogue, calendar and forecast.

Nothing here reads a resident, a true temperature or the world's parameters of behaviour: the functions take the log's
rows and the owner's own habits only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents import customers, outlook
from agents.cold.places import nominal_c
from agents.tables import table_of
from agents.world import World
from hardware_models.thermal import decay_rate
from sim.contracts.decisions import HISTORY_DAYS
from sim.grouping import group

if TYPE_CHECKING:
    from agents.shops.owners import Owners
    from agents.shops.shelves import Shelves
    from agents.supply.farms import Farms

Ids = npt.NDArray[np.int64]
LEAD_DAYS = 1.0
"""From the order at 23:00 to the shelf in the afternoon, rounded up to the review period."""
HIDDEN = -1
"""Where head office does not see the closed orders; group-buys it closes itself, so those it always knows."""


def daily_history(
    world: World, day: int, column: str, *, days: int = HISTORY_DAYS
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """Return ``column`` of the daily shop aggregates, (shop, SKU, days), newest last, as known at 23:00 of the eve."""
    past, skus = world.past(day, -1.0), world.catalogue.n
    return outlook.by_shop_and_sku(past, day, days, world.shops, skus, column)


def counted(world: World, day: int, column: str) -> npt.NDArray[np.int64]:
    """Return ``column`` of last night's stock count as (place, SKU): the shops in order, the hub in the last row."""
    table = np.zeros((world.shops + 1, world.catalogue.n), np.int64)
    rows = world.past(day, -1.0).read("stock_count", since_day=max(0, day - 1))
    rows = rows.filter(pc.greater_equal(rows["shop"], -1))  # not what is on the road
    table[rows["shop"].to_numpy(), rows["sku"].to_numpy()] = rows[column].to_numpy()
    return table


def on_the_road(world: World, day: int) -> npt.NDArray[np.int64]:
    """Return packs by SKU that were on the road to the hub at last night's count."""
    rows = world.past(day, -1.0).read("stock_count", since_day=max(0, day - 1))
    rows = rows.filter(pc.less(rows["shop"], -1))
    packs = np.zeros(world.catalogue.n, np.int64)
    np.add.at(packs, rows["sku"].to_numpy(), rows["on_hand"].to_numpy())
    return packs


def forecast(world: World, day: int, shelves: Shelves, owners: Owners) -> pa.Table:
    """One row a cell of goods sold from the shelf of a shop that is kept; a new owner knows no days before."""
    mine, shop, sku = _kept_cells(world, day, shelves)
    cells = outlook.Cells(
        shop, sku, day - owners.frame["open_from"][shop], shelves.frame["prior_daily"][mine],
        world.catalogue.category_id[sku],
    )  # fmt: skip
    return outlook.forecast(world.past(day, -1.0), day, cells)


def _kept_cells(world: World, day: int, shelves: Shelves) -> tuple[Ids, Ids, Ids]:
    """Rows, shops and SKUs of the shelf cells that are ordered for."""
    goods, frame = world.catalogue, shelves.frame
    mine = np.flatnonzero(~goods.premium_candidate[frame["sku"]] & world.kept(day)[frame["shop"]])
    return mine, frame["shop"][mine].astype(np.int64), frame["sku"][mine].astype(np.int64)


def replenish(world: World, day: int, shelves: Shelves, owners: Owners, forecasts: pa.Table) -> pa.Table:
    """The same rows; ``forecasts`` is the decision of the point ``forecast`` for them."""
    goods, frame = world.catalogue, shelves.frame
    mine, shop, sku = _kept_cells(world, day, shelves)
    count = len(mine)
    order = np.lexsort((forecasts["sku"].to_numpy(), forecasts["shop"].to_numpy()))
    told = forecasts.take(pa.array(order)).combine_chunks()
    shelf_rate = decay_rate(world.kinetics(), nominal_c(world, day, "shelf"))
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
        days_known=np.minimum(day - habits["open_from"][shop], HISTORY_DAYS),
        prior_daily=frame["prior_daily"][mine].copy(),
        forecast=told["mean"].combine_chunks(),
        forecast_quantiles=told["quantiles"].combine_chunks(),
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


def procure(world: World, day: int, ordered: Ids, farms: Farms) -> pa.Table:
    """One row a SKU, with its supplier's contract and promise.

    Without supply integration head office sees no shop orders, without feedback whole weeks.
    """
    goods, factors = world.catalogue, world.factors(day)
    asked = daily_history(world, day, "requested").sum(axis=0) + daily_history(world, day, "ordered").sum(axis=0)
    known = day
    if not factors.f:
        first = 7 - day % 7
        asked, known = asked[:, first : first + HISTORY_DAYS - 7], day - day % 7
    hub_rate = decay_rate(world.kinetics(), nominal_c(world, day, "hub"))
    return table_of(
        "procure",
        sku=np.arange(goods.n),
        day=np.full(goods.n, day),
        hub_on_hand=counted(world, day, "on_hand")[-1],
        in_transit=on_the_road(world, day),
        lead_days=farms.lead_days,
        order_days=1.0 + factors.app_share * (farms.promise_days - 1.0),
        contract_daily=farms.by_sku(farms.contract),
        ordered=np.where(factors.s | goods.premium_candidate, ordered, HIDDEN),
        asked=asked,
        days_known=np.full(goods.n, min(known, asked.shape[1])),
        prior_daily=world.expected_daily,
        life_days=_life_days(hub_rate),
        cover_days=np.full(goods.n, world.params.supply.plan_cover_days),
        defect_share=np.full(goods.n, world.params.supply.defect_share),
        case_packs=goods.case_packs,
    )


def recommend(world: World, day: int, member: Ids, shop: Ids, open_groups: npt.NDArray[np.bool_]) -> pa.Table:
    """One row a member who opens the app or comes by today; ``open_groups`` (shop, SKU) lists open group-buys."""
    goods = world.catalogue
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
        bought=customers.bought(world, day, member),
    )


def campaign(world: World, day: int, candidate: Ids, shop: Ids, sku: Ids) -> pa.Table:
    """One row a candidate, with the members of its shop as the shop's register lists them."""
    members = customers.members_of(world, shop)
    lengths = np.array([len(one) for one in members], np.int64)
    everyone = np.concatenate(members) if members else np.zeros(0, np.int64)
    return table_of(
        "campaign",
        candidate=candidate,
        shop=shop,
        sku=sku,
        day=np.full(len(candidate), day),
        minimum_packs=np.full(len(candidate), world.params.groupbuys.minimum_packs),
        members=_ragged(everyone, lengths),
        affinity=_ragged(_bought_of_category(world, day, everyone, np.repeat(sku, lengths)), lengths),
        messages=_ragged(customers.messages(world, everyone), lengths),
    )


def _bought_of_category(world: World, day: int, members: Ids, sku: Ids) -> Ids:
    """Packs that each member bought lately of the category of the SKU beside it."""
    category = world.catalogue.category_id
    who, row = group(members)
    packs = customers.bought(world, day, who[0])
    one_hot = (category[:, None] == np.arange(len(world.catalogue.categories))).astype(np.int32)
    return np.asarray((packs @ one_hot)[row, category[sku]])


def _ragged(values: Ids, lengths: Ids) -> pa.ListArray:
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values))


def service(world: World, day: int, claim: Ids, complaint: dict[str, Ids]) -> pa.Table:
    """One row a claim, with what the member's record said last night."""
    return table_of(
        "service",
        claim=claim,
        shop=complaint["shop"],
        sku=complaint["sku"],
        day=np.full(len(claim), day),
        packs=complaint["packs"],
        fen=complaint["fen"],
        claims_before=customers.claims(world, complaint["member"]),
        orders_before=customers.orders(world, complaint["member"]),
    )


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
