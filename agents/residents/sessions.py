"""A day's visits: who comes and when, then, session by session, what they see and buy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents import observe
from agents.groupbuys import GroupBuys
from agents.orders import ORDINARY, OrderBook
from agents.residents import choosing, kernels, needs, offer, records
from agents.residents.diary import Diary
from agents.residents.hearsay import Hearsay
from agents.residents.population import Residents
from agents.residents.records import Choices, Visitors
from agents.residents.trust import Rivals
from agents.shops.pickup import Handed, LetDowns
from agents.shops.shelves import Shelves
from agents.shops.till import Purchases, Till
from agents.world import World
from sim.streams import Key
from sim.variates import log_array

SLATE_HOUR = 7.5

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Shopping:
    """Residents' visits, over the counter and by app: the demand of a twin with residents."""

    def __init__(
        self,
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
        promise_days: Ids,
        app_cdf: Floats,
        walk_cdf: Floats,
    ) -> None:
        """``promise_days``: from order to pick-up, by SKU; ``app_cdf, walk_cdf``: (24) cumulated visits by hour."""
        self._world, self._book, self._residents, self._hearsay = world, book, residents, hearsay
        self._shelves, self._till = shelves, till
        self._groups, self._rivals = groups, rivals
        self._let_down, self._diary = let_down, diary
        self._promise_days, self._cdfs = promise_days, (app_cdf, walk_cdf)
        self._today = _nobody()
        declare = world.ports.streams.declare
        self._coming = [_pair(declare(f"residents.{name}")) for name in ("open", "channel", "hour")]
        self._keys = [_pair(declare(f"residents.{name}")) for name in ("look", "click", "choice", "outside", "pack")]
        self._goods, self._rules = offer.goods_of(world), offer.rules_of(world.params)
        self._offer = offer.Offer(world, hearsay)

    def morning(self, day: int) -> None:
        """Draw the day's visitors and let the policy make each a slate from what is known at 23:00 of the eve."""
        self._offer.open(day, self._tables(SLATE_HOUR)[2])
        visitors = self._who_comes(day)
        order = np.argsort(visitors.ids, kind="stable")
        asked = observe.recommend(self._world, day, visitors.ids[order], visitors.shop[order], self._groups.listed())
        decided = self._world.decide("recommend", day, SLATE_HOUR, asked)
        slate, propensity = _slates(decided.table, visitors.ids)
        self._today = visitors._replace(slate=slate, propensity=propensity, policy=decided.policy)

    def _who_comes(self, day: int) -> Visitors:
        world, frame = self._world, self._residents.frame
        hour, channel = np.empty(frame.count), np.empty(frame.count, np.int8)
        columns = [frame[name] for name in ("id", "shop", "status", "rate", "trust", "habit", "fatigue", "urge")]
        log_hazard, hazard = self._hazard(day)
        kernels.visits(*self._coming, day, *columns, log_hazard, hazard, *self._cdfs, hour, channel)
        rows = np.flatnonzero(~np.isnan(hour) & world.kept(day)[frame["shop"]])  # who finds it closed buys elsewhere
        rows = rows[np.lexsort((frame["id"][rows], hour[rows], frame["shop"][rows]))]
        frame["habit"][rows] += np.float32(1.0)
        shop = frame["shop"][rows].astype(np.int64)
        return _nobody()._replace(
            rows=rows, ids=frame["id"][rows].copy(), shop=shop, hour=hour[rows], channel=channel[rows]
        )

    def _hazard(self, day: int) -> tuple[Floats, kernels.Hazard]:
        """The log hazard of each shop's mean member, and what moves that of each."""
        world, rules = self._world, self._world.params.residents
        rain = world.weather.day(day).rain_mm >= rules.rain_threshold_mm
        level = float(log_array(rules.visit_rate)) + needs.log_calendar(world, day) - self._rivals.pull
        level += float(needs.log_need(world, day).mean())
        hazard = kernels.Hazard(
            trust_mean=rules.trust_mean,
            trust_slope=rules.trust_slope,
            habit_weight=rules.habit_weight,
            loyalty_cap=rules.trust_cap,
            need_weight=rules.need_weight,
            message_lift=rules.message_lift,
            message_fatigue=world.params.groupbuys.fatigue_per_message,
            app_share=world.factors(day).app_share,
            rain_app=rules.rain_app * rain,
            rain_visit=rules.rain_visit * rain,
        )
        return level - rules.price_image_slope * self._hearsay.dearness(), hazard

    def session(self, day: int, first_hour: float, last_hour: float) -> Handed:
        """Let the visitors of ``first_hour <= hour < last_hour`` choose; return what they carried home."""
        everyone, world = self._today, self._world
        visitors = everyone.here(np.flatnonzero((everyone.hour >= first_hour) & (everyone.hour < last_hour)))
        start = np.searchsorted(visitors.shop, np.arange(world.shops + 1))
        on_hand, listed, price, tag, looks = self._tables(max(first_hour, world.params.owners.opening_hour))
        made = Choices.none(len(visitors.ids), world.catalogue.n, len(world.catalogue.categories))
        empty_before = (on_hand == 0) & listed
        choosing.choose(
            *self._keys,
            day,
            start,
            visitors.rows,
            visitors.channel,
            visitors.slate,
            self._residents.people(),
            needs.needs_of(world, day),
            self._goods,
            self._offer.of(listed, price, tag, looks),
            self._rules,
            self._residents.frame["last"],
            on_hand,
            *made,
        )
        who, sku = np.nonzero((made.place != choosing.NOT_SEEN) & ~listed[visitors.shop])
        self._groups.notice(visitors.ids[who], visitors.shop[who], sku)
        records.expose(world, day, visitors, made, price)
        records.wishes(world, day, last_hour, visitors, made)
        walks = visitors.channel == choosing.WALK_IN
        missing = (made.missed != choosing.NO_SKU) & walks[:, None]
        self._let_down.missed.append(visitors.ids[np.nonzero(missing)[0]])
        records.stock_outs(world, day, empty_before, (on_hand == 0) & listed, first_hour, last_hour)
        visitor, place = np.nonzero(made.sku != choosing.NO_SKU)
        bought, many = made.sku[visitor, place], made.packs[visitor, place]
        self._hearsay.note(visitors.shop[visitor], bought, many)
        by_app = ~walks[visitor]
        self._order(day, visitors, visitor[by_app], bought[by_app], many[by_app], price)
        carried = ~by_app & (many > 0)
        return self._sell(day, visitors, visitor[carried], bought[carried], many[carried], tag)

    def _tables(self, hour: float) -> tuple[Ids, npt.NDArray[np.bool_], Floats, Floats, Floats]:
        """On hand, listed, price in the app, on the tag, and looks at ``hour``, as (shop, SKU) tables.

        An empty place looks as expected.
        """
        shelf, goods = self._shelves.frame, self._world.catalogue
        shape = (self._world.shops, goods.n)
        place = shelf["shop"], shelf["sku"]
        on_hand, listed = np.zeros(shape, np.int64), np.zeros(shape, bool)
        price = np.broadcast_to(goods.price_fen.astype(np.float64), shape).copy()
        tag, looks = price.copy(), np.ones(shape)
        on_hand[place] = self._shelves.on_hand
        listed[place] = ~goods.premium_candidate[shelf["sku"]]
        price[place], tag[place] = shelf["price_fen"], shelf["tag_fen"]
        looks[place] = self._shelves.looks(hour)
        looks[on_hand == 0] = self._world.params.residents.belief_start
        return on_hand, listed, price, tag, looks

    def _order(self, day: int, visits: Visitors, visitor: Ids, sku: Ids, packs: Ids, price: Floats) -> None:
        line = np.repeat(np.arange(len(visitor)), packs)
        who, what = visitor[line], sku[line]
        basket = np.unique(visitor[line], return_inverse=True)[1].astype(np.int64)
        fen = price[visits.shop[who], what].astype(np.int64)
        count = len(line)
        self._diary.note(visits.ids[np.unique(visitor)])
        self._book.place(
            day,
            visits.hour[who],
            basket=basket,
            member=visits.ids[who],
            shop=visits.shop[who],
            sku=what,
            fen=fen,
            due_day=day + self._promise_days[what],
            candidate=np.full(count, ORDINARY, np.int64),
        )

    def _sell(self, day: int, visits: Visitors, visitor: Ids, sku: Ids, packs: Ids, price: Floats) -> Handed:
        shop = visits.shop[visitor]
        self._diary.note(visits.ids[np.unique(visitor)])
        unit = price[shop, sku].astype(np.int64)
        lines = Purchases(visitor, visits.hour[visitor], visits.ids[visitor], shop, sku, packs, unit)
        return self._till.sell(day, lines)


def _nobody() -> Visitors:
    none, table = np.zeros(0, np.int64), np.zeros((0, 1))
    return Visitors(none, none, none, np.zeros(0), none.astype(np.int8), table.astype(np.int32), table, "")


def _slates(decision: pa.Table, ids: Ids) -> tuple[npt.NDArray[np.int32], Floats]:
    """Slates of ``ids`` in that order and their propensities, (member, place); ``NO_SKU`` and NaN fill the end."""
    slates = decision["slate"].combine_chunks()
    member = decision["member"].to_numpy()
    order = np.argsort(member, kind="stable")
    row = order[np.searchsorted(member, ids, sorter=order)]
    width = max(1, int(slates.value_lengths().to_numpy().max(initial=0)))
    slate = np.full((len(slates), width), choosing.NO_SKU, np.int32)
    _fill(slate, slates)
    propensity = np.full(slate.shape, np.nan)
    if "propensity" in decision.column_names:
        _fill(propensity, decision["propensity"].combine_chunks())
    return slate[row], propensity[row]


def _fill(table: npt.NDArray[Any], lists: pa.ListArray) -> None:
    """Write each list into the beginning of its row of ``table``; a null list writes nothing."""
    length = lists.value_lengths().fill_null(0).to_numpy()
    row = np.repeat(np.arange(len(lists)), length)
    table[row, np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)] = lists.flatten().to_numpy()


def _pair(key: Key) -> tuple[np.uint32, np.uint32]:
    return key.k0, key.k1
