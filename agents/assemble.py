"""Puts the parts of a district together around one world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.bulletin import Bulletin
from agents.catalogue import Catalogue
from agents.cold.rooms import Rooms
from agents.cold.traces import Traces
from agents.conservation import Conservation
from agents.customers import Customers
from agents.day import Day
from agents.demand.hours import load_hours
from agents.demand.protocol import Demand
from agents.demand.replay import ReplaySeries
from agents.demand.series import SeriesDemand
from agents.groupbuys import GroupBuys
from agents.ledger import Ledger
from agents.orders import Counters, OrderBook
from agents.params import WorldParams
from agents.residents import needs
from agents.residents.aftersale import AfterSale
from agents.residents.chat import Chat
from agents.residents.diary import Diary
from agents.residents.evening import Evening
from agents.residents.experience import Experience
from agents.residents.hearsay import Hearsay
from agents.residents.identity import Identity
from agents.residents.membership import Membership
from agents.residents.population import Residents
from agents.residents.sessions import Shopping
from agents.residents.surveys import Surveys
from agents.residents.talk import Talk
from agents.residents.trust import Rivals
from agents.shops.care import Care
from agents.shops.owners import Owners
from agents.shops.pickup import LetDowns, PickUp
from agents.shops.proposals import Proposals
from agents.shops.shelves import Shelves
from agents.shops.tenure import Tenure
from agents.shops.till import Till
from agents.shops.work import Work
from agents.supply.farms import Farms
from agents.supply.fields import Fields
from agents.supply.hub import Hub
from agents.supply.market import SpotMarket
from agents.supply.night import Night
from agents.supply.routes import Routes
from agents.supply.transit import Transit
from agents.supply.water import Water
from agents.world import World
from sim.twin import Component

Floats = npt.NDArray[np.float64]


def assemble(
    world: World, members: npt.NDArray[np.int64], replay: tuple[ReplaySeries, int] | None = None
) -> tuple[Day, Sequence[Component]]:
    """Return the day and the components in the order in which they are populated.

    ``members`` households by shop; ``replay`` a recorded city and the recorded day that business day 0 replays, whose
    series then are the demand instead of the households'.
    """
    shop, sku, prior = _cells(world, members) if replay is None else _recorded_cells(*replay)
    ledger, counters, owners = Ledger(world), Counters(world), Owners(world)
    residents, hearsay = Residents(world, members), Hearsay(world)
    customers = Customers(world, int(members.sum()))
    rooms = Rooms(world)
    shelves = Shelves(world, ledger, rooms, shop, sku, prior)
    book = OrderBook(world, ledger, counters)
    pickup = PickUp(world, ledger, book, rooms)
    market, farms, transit = SpotMarket(world, ledger), Farms(world), Transit(world)
    fields, hub = Fields(world, farms, market), Hub(world, market, rooms)
    routes = Routes(world, owners, rooms)
    traces = Traces(world, rooms, shelves, book)
    night = Night(
        world, ledger, rooms, traces, book, farms, fields, transit, hub, routes, owners, shelves, pickup
    )  # fmt: skip
    diary, identity, talk = Diary(world), Identity(world, residents), Talk(world, residents)
    groups = GroupBuys(world, ledger, book, residents, Proposals(world, owners), diary, talk)
    experience, rivals = Experience(world, residents), Rivals(world)
    aftersale = AfterSale(world, ledger, counters, residents, experience)
    evening = Evening(
        world, residents, experience, aftersale, rivals, talk, Surveys(world, residents),
        Chat(world, residents, identity), Membership(world, residents, rivals, members), diary, pickup.let_down,
    )  # fmt: skip
    till = Till(world, ledger, counters, shelves, identity)
    demand = _demand(
        world, book, residents, hearsay, shelves, till, groups, rivals, pickup.let_down, diary, farms.promise_days,
        replay,
    )
    water = Water(world, rooms, transit, hub, shelves, book)
    conservation = Conservation(world, ledger, book, transit, hub, shelves, water)
    day = Day(
        world, ledger, residents, groups, demand, shelves, pickup, aftersale, evening, rooms, traces, hub, night,
        Tenure(world, owners), Work(world, ledger), Care(world, shelves), customers, water, conservation,
        Bulletin(world),
    )  # fmt: skip
    parts = (
        ledger, counters, owners, residents, hearsay, customers, rivals, rooms, traces, shelves, book, farms, fields,
        transit, hub, groups, aftersale, water, conservation
    )  # fmt: skip
    return day, parts


def expected_daily(goods: Catalogue, params: WorldParams, packs: float) -> Floats:
    """Share ``packs`` a day out over the SKUs as the mean household would buy them: what contracts were sized for.

    A category is bought with the logit chance of its SKUs against buying nothing, a SKU in proportion to its weight
    within the category, by those who have a use for it and find their larder at any level; premium candidates have no
    ordinary sales.
    """
    rules = params.residents
    liking = np.where(goods.premium_candidate, 0.0, goods.base_weight**rules.popularity_weight)
    liking = liking * np.where(goods.fresh, np.exp(rules.fresh_appeal), 1.0)
    sums = np.bincount(goods.category_id, liking, len(goods.categories))
    larder = np.maximum(rules.home_stock_weight * needs.by_category(goods, goods.cycle_days) / 7.0, 1e-9)
    wants = needs.buyer_shares(goods, params) * (1.0 - np.exp(-larder)) / larder
    share = (wants / (sums + np.exp(rules.category_outside)))[goods.category_id] * liking
    return packs * share / share.sum()


def _cells(
    world: World, members: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Every shop lists every SKU; the owner expects of each member what the contracts were sized for."""
    shop, sku = (
        part.ravel() for part in np.meshgrid(np.arange(world.shops), np.arange(world.catalogue.n), indexing="ij")
    )
    goods, packs = world.catalogue, world.params.supply.expected_packs_member_day
    prior = expected_daily(goods, world.params, packs)[sku] * members[shop]
    return shop.astype(np.int64), sku.astype(np.int64), prior


def _recorded_cells(series: ReplaySeries, first: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    return series.shop, series.sku, series.expected(first)


def _demand(
    world: World,
    book: OrderBook,
    residents: Residents,
    hearsay: Hearsay,
    shelves: Shelves,
    till: Till,
    groups: GroupBuys,
    rivals: Rivals,
    let_down: LetDowns,
    diary: Diary,
    promise_days: npt.NDArray[np.int64],
    replay: tuple[ReplaySeries, int] | None,
) -> Demand:
    hours = load_hours()
    if replay is not None:
        return SeriesDemand(world, *replay, shelves, till, _cumulated(hours.sales, 0, 24))
    opens, closes = int(world.params.owners.opening_hour), int(world.params.owners.closing_hour)
    app, walk = _cumulated(hours.app_orders, opens, closes), _cumulated(hours.sales, opens, closes)
    return Shopping(
        world, book, residents, hearsay, shelves, till, groups, rivals, let_down, diary, promise_days, app, walk
    )


def _cumulated(profile: Floats, first: int, last: int) -> Floats:
    """Cumulated shares by hour, (24), of the visits between ``first`` and ``last`` o'clock."""
    hour = np.arange(24)
    within = np.where((hour >= first) & (hour < last), profile, 0.0)
    cdf: Floats = np.cumsum(within) / within.sum()
    cdf[last - 1 :] = 1.0
    return cdf
