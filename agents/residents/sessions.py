"""A day's visits: who comes and when, then, session by session, what they see and buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents import observe
from agents.catalogue_checks import INFANT
from agents.groupbuys import GroupBuys
from agents.orders import ORDINARY, OrderBook
from agents.residents import beliefs, kernels
from agents.residents.diary import Diary
from agents.residents.population import Residents
from agents.residents.trust import Rivals
from agents.shops.pickup import Handed, LetDowns
from agents.shops.shelves import Shelves
from agents.shops.till import Purchases, Till
from agents.world import World
from sim.contracts.decisions import SLATE_LENGTH
from sim.errors import LinliError
from sim.streams import Key
from sim.variates import log_array

SLATE_HOUR = 7.5
LISTING = "listing"
"""Stands for the policy where a member scrolled past the slate into the whole assortment."""

MOST_PLACES = 63
"""Places looked at are bits of one whole number."""

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass
class Visits:
    """Today's visitors in order of (shop, hour, id): resident rows, ids, shop, hour, channel, slate of each."""

    rows: Ids
    ids: Ids
    shop: Ids
    hour: Floats
    channel: npt.NDArray[np.int8]
    slate: npt.NDArray[np.int32]
    policy: str


class Shopping:
    """Residents' visits, over the counter and by app: the demand of a twin with residents."""

    def __init__(
        self,
        world: World,
        book: OrderBook,
        residents: Residents,
        shelves: Shelves,
        till: Till,
        groups: GroupBuys,
        rivals: Rivals,
        let_down: LetDowns,
        diary: Diary,
        app_cdf: Floats,
        walk_cdf: Floats,
    ) -> None:
        """``app_cdf, walk_cdf``: (24) cumulated shares of visits by hour."""
        self._world, self._book, self._residents = world, book, residents
        self._shelves, self._till = shelves, till
        self._groups, self._rivals = groups, rivals
        self._let_down, self._diary = let_down, diary
        self._cdfs = app_cdf, walk_cdf
        nobody = np.zeros(0, np.int64)
        self._today = Visits(
            nobody, nobody, nobody, np.zeros(0), nobody.astype(np.int8), np.zeros((0, 1), np.int32), ""
        )
        declare = world.ports.streams.declare
        self._keys = {
            name: _pair(declare(f"residents.{name}"))
            for name in ("open", "channel", "hour", "look", "choice", "outside", "pack")
        }
        goods = world.catalogue
        weights = np.where(goods.base_weight > 0, goods.base_weight, 1.0)
        rules = world.params.residents
        self._appeal = rules.popularity_weight * log_array(weights)
        self._belief_slot = beliefs.slots(goods)
        self._infant_only = goods.buyers == INFANT
        if SLATE_LENGTH + int((~goods.premium_candidate).sum()) > MOST_PLACES:
            raise LinliError(f"a slate and the assortment behind it have room for {MOST_PLACES} products")

    def morning(self, day: int) -> None:
        """Draw the day's visitors and let the policy make each a slate from what is known at 23:00 of the eve."""
        visits = self._who_comes(day)
        order = np.argsort(visits.ids, kind="stable")
        asked = observe.recommend(self._world, day, visits.ids[order], visits.shop[order], self._groups.listed())
        decided = self._world.decide("recommend", day, SLATE_HOUR, asked)
        listed = np.flatnonzero(~self._world.catalogue.premium_candidate)
        visits.slate, visits.policy = _slates(decided.table, visits.ids, listed), decided.policy
        self._today = visits

    def _who_comes(self, day: int) -> Visits:
        world, frame, rules = self._world, self._residents.frame, self._world.params.residents
        rain = world.weather.day(day).rain_mm >= rules.rain_threshold_mm
        log_hazard = float(log_array(rules.visit_rate)) + rules.off_day_lift * bool(world.calendar.is_off[day])
        log_hazard -= self._rivals.pull
        hour, channel = np.empty(frame.count), np.empty(frame.count, np.int8)
        kernels.visits(
            self._keys["open"],
            self._keys["channel"],
            self._keys["hour"],
            day,
            frame["id"],
            frame["status"],
            frame["rate"],
            frame["trust"],
            log_hazard,
            rules.trust_mean,
            rules.trust_slope,
            rules.trust_cap,
            world.factors(day).app_share,
            rules.rain_app * rain,
            rules.rain_visit * rain,
            *self._cdfs,
            hour,
            channel,
        )
        rows = np.flatnonzero(~np.isnan(hour) & world.kept(day)[frame["shop"]])  # who finds it closed buys elsewhere
        rows = rows[np.lexsort((frame["id"][rows], hour[rows], frame["shop"][rows]))]
        return Visits(
            rows,
            frame["id"][rows].copy(),
            frame["shop"][rows].astype(np.int64),
            hour[rows],
            channel[rows],
            np.full((len(rows), 1), kernels.NO_SKU, np.int32),
            "",
        )

    def session(self, day: int, first_hour: float, last_hour: float) -> Handed:
        """Let the visitors of ``first_hour <= hour < last_hour`` choose; return what they carried home."""
        visits = self._today
        here = np.flatnonzero((visits.hour >= first_hour) & (visits.hour < last_hour))
        world = self._world
        goods = world.catalogue
        start = np.searchsorted(visits.shop[here], np.arange(world.shops + 1))
        on_hand, listed, price = self._tables()
        relative = log_array(price / goods.price_fen[None, :])
        frame, rules = self._residents.frame, world.params.residents
        shape = (len(here), len(goods.categories))
        sku, missed = (np.full(shape, kernels.NO_SKU, np.int64) for _ in range(2))
        packs, missed_packs = (np.zeros(shape, np.int64) for _ in range(2))
        seen = np.zeros(len(here), np.int64)
        empty_before = (on_hand == 0) & listed
        kernels.choose(
            self._keys["look"],
            self._keys["choice"],
            self._keys["outside"],
            self._keys["pack"],
            day,
            start,
            visits.rows[here],
            frame["id"],
            visits.channel[here],
            visits.slate[here],
            on_hand,
            relative,
            listed,
            self._appeal,
            goods.attributes,
            goods.category_id,
            goods.fresh,
            self._infant_only,
            self._residents.has_infant(day),
            frame["taste"],
            frame["price_coef"],
            frame["belief"],
            self._belief_slot,
            frame["memory"],
            frame["stock"],
            frame["heads"],
            rules.examine_share,
            rules.shelf_look,
            rules.taste_weight,
            rules.quality_weight,
            world.params.voice.memory_weight,
            rules.category_outside,
            rules.home_stock_weight,
            rules.second_pack,
            sku,
            packs,
            missed,
            missed_packs,
            seen,
        )
        self._expose(day, visits, here, seen, price)
        self._truth(day, visits, here, sku, packs, missed, missed_packs, last_hour)
        self._stock_outs(day, empty_before, listed, on_hand, first_hour, last_hour)
        visitor, place = np.nonzero(sku != kernels.NO_SKU)
        bought, many = sku[visitor, place], packs[visitor, place]
        by_app = visits.channel[here][visitor] == kernels.APP
        self._order(day, visits, here, visitor[by_app], bought[by_app], many[by_app], price)
        walk = ~by_app & (many > 0)
        return self._sell(day, visits, here, visitor[walk], bought[walk], many[walk], price)

    def _tables(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], Floats]:
        """On hand, listed and price as (shop, SKU) tables."""
        shelf, goods = self._shelves.frame, self._world.catalogue
        shape = (self._world.shops, goods.n)
        place = shelf["shop"], shelf["sku"]
        on_hand, listed = np.zeros(shape, np.int64), np.zeros(shape, bool)
        price = np.broadcast_to(goods.price_fen.astype(np.float64), shape).copy()
        on_hand[place] = self._shelves.on_hand
        listed[place] = ~goods.premium_candidate[shelf["sku"]]
        price[place] = shelf["price_fen"]
        return on_hand, listed, price

    def _order(self, day: int, visits: Visits, here: Ids, visitor: Ids, sku: Ids, packs: Ids, price: Floats) -> None:
        line = np.repeat(np.arange(len(visitor)), packs)
        who, what = here[visitor[line]], sku[line]
        basket = np.unique(visitor[line], return_inverse=True)[1].astype(np.int64)
        fen = price[visits.shop[who], what].astype(np.int64)
        count = len(line)
        self._diary.note(visits.ids[here[np.unique(visitor)]])
        self._book.place(
            day,
            visits.hour[who],
            basket=basket,
            member=visits.ids[who],
            shop=visits.shop[who],
            sku=what,
            fen=fen,
            due_day=np.full(count, day + 1, np.int64),
            candidate=np.full(count, ORDINARY, np.int64),
        )

    def _sell(self, day: int, visits: Visits, here: Ids, visitor: Ids, sku: Ids, packs: Ids, price: Floats) -> Handed:
        who = here[visitor]
        shop = visits.shop[who]
        self._diary.note(visits.ids[here[np.unique(visitor)]])
        unit = price[shop, sku].astype(np.int64)
        return self._till.sell(day, Purchases(visitor, visits.hour[who], visits.ids[who], shop, sku, packs, unit))

    def _expose(self, day: int, visits: Visits, here: Ids, seen: Ids, price: Floats) -> None:
        """Log what came into view in the app; where eyes wander in a shop, no system records."""
        places = np.arange(visits.slate.shape[1])
        visitor, place = np.nonzero((seen[:, None] >> places[None, :]) & 1)
        who, sku = here[visitor], visits.slate[here[visitor], place].astype(np.int64)
        self._groups.notice(visits.ids[who], visits.shop[who], sku)
        by_app = visits.channel[here] == kernels.APP
        visitor, place = np.nonzero(((seen[:, None] >> places[None, :]) & 1) * by_app[:, None])
        who = here[visitor]
        sku = visits.slate[who, place].astype(np.int64)
        columns = {
            "member": visits.ids[who],
            "shop": visits.shop[who],
            "sku": sku,
            "position": place,
            "price_fen": price[visits.shop[who], sku].astype(np.int64),
            "policy": np.where(place < SLATE_LENGTH, visits.policy, LISTING).tolist(),
        }
        self._world.emit("exposure", "app", day, visits.hour[who], columns)
        opened = here[by_app]
        sight = {"touchpoint": visits.ids[opened], "kind": ["app"] * len(opened), "shop": visits.shop[opened]}
        none = np.full(len(opened), -1)
        self._world.emit("sighting", "app", day, visits.hour[opened], {**sight, "document": none})

    def _truth(
        self,
        day: int,
        visits: Visits,
        here: Ids,
        sku: Ids,
        packs: Ids,
        missed: Ids,
        missed_packs: Ids,
        hour: float,
    ) -> None:
        """Record what was wanted from the shelves first, and what of it was not there."""
        walk = visits.channel[here] == kernels.WALK_IN
        visitor, place = np.nonzero((missed != kernels.NO_SKU) & walk[:, None])
        self._let_down.missed.append(visits.ids[here][visitor])
        wanted = np.where(
            missed == kernels.NO_SKU, packs, np.where(missed == sku, packs + missed_packs, missed_packs)
        )
        first = np.where(missed == kernels.NO_SKU, sku, missed)
        asker, asked = np.nonzero((first != kernels.NO_SKU) & walk[:, None])
        shape = (self._world.shops, self._world.catalogue.n)
        offered, unmet, swapped = (np.zeros(shape, np.int64) for _ in range(3))
        np.add.at(offered, (visits.shop[here][asker], first[asker, asked]), wanted[asker, asked])
        here_shop, what = visits.shop[here][visitor], missed[visitor, place]
        np.add.at(unmet, (here_shop, what), missed_packs[visitor, place])
        other = (sku[visitor, place] != kernels.NO_SKU) & (sku[visitor, place] != what)
        np.add.at(swapped, (here_shop[other], what[other]), packs[visitor, place][other])
        shop, item = np.nonzero(offered)
        at = min(hour, 22.9)
        rows = {"shop": shop, "sku": item, "packs": offered[shop, item]}
        self._world.record_truth("offered", day, at, rows)
        shop, item = np.nonzero(unmet)
        rows = {"shop": shop, "sku": item, "packs": unmet[shop, item], "substituted": swapped[shop, item]}
        self._world.record_truth("unmet", day, at, rows)

    def _stock_outs(
        self,
        day: int,
        empty_before: npt.NDArray[np.bool_],
        listed: npt.NDArray[np.bool_],
        on_hand: Ids,
        first_hour: float,
        last_hour: float,
    ) -> None:
        """Report shelves found empty: the whole session if they were at its start, half of it if they sold out."""
        if not self._world.factors(day).stocks_shelves:
            return
        share = np.where(empty_before, 1.0, np.where((on_hand == 0) & listed, 0.5, 0.0))
        shop, sku = np.nonzero(share)
        rules = self._world.params.owners
        hours = min(last_hour, rules.closing_hour) - max(first_hour, rules.opening_hour)
        columns = {"shop": shop, "sku": sku, "hours": share[shop, sku] * hours}
        self._world.emit("stock_out", "till", day, min(last_hour, 22.9), columns)


def _slates(decision: pa.Table, ids: Ids, listed: Ids) -> npt.NDArray[np.int32]:
    """Slates of ``ids`` in that order, (member, place): the policy's, then the rest of what is ``listed``.

    Who scrolls on or walks along the shelf finds everything; a slate only decides what comes first.
    """
    slates = decision["slate"].combine_chunks()
    offsets, flat = slates.offsets.to_numpy(), slates.flatten().to_numpy()
    length = np.diff(offsets)
    table = np.full((len(slates), max(1, int(length.max(initial=0)))), kernels.NO_SKU, np.int32)
    row = np.repeat(np.arange(len(slates)), length)
    table[row, np.arange(len(flat)) - np.repeat(offsets[:-1] - offsets[0], length)] = flat
    member = decision["member"].to_numpy()
    order = np.argsort(member, kind="stable")
    mine = table[order[np.searchsorted(member, ids, sorter=order)]]
    return _followed_by(mine, listed)


def _followed_by(slates: npt.NDArray[np.int32], listed: Ids) -> npt.NDArray[np.int32]:
    """Each row's SKUs, then those of ``listed`` that it does not hold, in their order; ``NO_SKU`` fills the end."""
    rest = np.broadcast_to(listed.astype(np.int32), (len(slates), len(listed)))
    shown = (rest[:, :, None] == slates[:, None, :]).any(axis=2)
    whole = np.concatenate([slates, np.where(shown, kernels.NO_SKU, rest)], axis=1)
    return np.take_along_axis(whole, np.argsort(whole == kernels.NO_SKU, axis=1, kind="stable"), axis=1)


def _pair(key: Key) -> tuple[np.uint32, np.uint32]:
    return key.k0, key.k1
