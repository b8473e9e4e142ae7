"""Group-buys of premium new products: candidates that every arm faces alike, a 48-hour window, a minimum."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from agents import observe
from agents.ledger import Account, Ledger
from agents.orders import NOT_YET, OrderBook
from agents.residents import beliefs, kernels, trust
from agents.residents.diary import Diary
from agents.residents.identity import UNSUBSCRIBED
from agents.residents.offer import expected_worth
from agents.residents.population import Residents
from agents.residents.staying import ACTIVE, LEFT
from agents.residents.talk import Talk
from agents.shops.proposals import Proposals
from agents.world import MEMBERS_A_SHOP, World
from sim.state import Frame
from sim.streams import integers, uniform
from sim.variates import log_array, normal_array

Ids = npt.NDArray[np.int64]
MESSAGE_HOUR = 9.0
NEW_DAYS = 28
"""A product is new for so many days; then another new one takes its SKU's place."""
JOIN_FROM, JOIN_UNTIL = 9.5, 22.5
MOST_A_DAY = 8
"""Candidates of one shop that one day can launch: room in the candidate's number."""


class Status(IntEnum):
    """Where a candidate stands."""

    OPENED = 0
    SUCCEEDED = 1
    FAILED = 2
    NOT_OPENED = 3


class GroupBuys:
    """Candidates in their window. Appeal is drawn per candidate before any arm decides."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        book: OrderBook,
        residents: Residents,
        proposals: Proposals,
        diary: Diary,
        talk: Talk,
    ) -> None:
        self._world, self._ledger, self._book, self._residents = world, ledger, book, residents
        self._proposals, self._diary = proposals, diary
        declare = world.ports.streams.declare
        self._what, self._appeal = declare("groupbuys.what"), declare("groupbuys.appeal")
        keys = (declare(f"groupbuys.{name}") for name in ("see", "choice", "outside"))
        self._see, self._choice, self._outside = ((key.k0, key.k1) for key in keys)
        self._hour, self._since = declare("groupbuys.hour"), declare("groupbuys.since")
        self._talk = talk
        self._noticed: list[tuple[Ids, Ids, Ids]] = []
        self._premium = np.flatnonzero(world.catalogue.premium_candidate)
        weight = world.season.candidate_weight[self._premium]
        self._likely = (np.cumsum(weight) / max(float(weight.sum()), 1.0))[:-1]
        columns = {
            "candidate": np.int64,
            "shop": np.int32,
            "sku": np.int32,
            "appeal": np.float64,
            "close_day": np.int32,
            "packs": np.int64,
        }
        self.frame = world.ports.state.new(Frame("candidates", columns))
        self.heard = world.ports.state.new(Frame("heard", {"candidate": np.int64, "member": np.int64}))
        self.invited = world.ports.state.new(Frame("invitations", {"candidate": np.int64, "member": np.int64}))

    def populate(self) -> None:
        """Start without candidates."""

    def listed(self) -> npt.NDArray[np.bool_]:
        """Return which SKUs have an open group-buy, (shop, SKU)."""
        table = np.zeros((self._world.shops, self._world.catalogue.n), bool)
        table[self.frame["shop"], self.frame["sku"]] = True
        return table

    def launch(self, day: int) -> None:
        """Head office gets the day's candidates and decides which to open; owners go along or not; it writes."""
        rules = self._world.params.groupbuys
        shop, number = self._candidates_of(day)
        if not (len(shop) and len(self._premium) and self._residents.frame.count):
            return
        candidate = (np.int64(day) * MEMBERS_A_SHOP + shop) * MOST_A_DAY + number
        sku = self._premium[np.searchsorted(self._likely, uniform(self._what, 0, candidate), side="right")]
        appeal = self.appeal(day, sku)
        asked = observe.campaign(self._world, day, candidate, shop, sku)
        decision = self._world.decide("campaign", day, MESSAGE_HOUR, asked).table
        rows = np.searchsorted(candidate, decision["candidate"].to_numpy())
        opened = decision["open"].to_numpy(zero_copy_only=False).copy()
        asked = rows[opened]
        opened[opened] = self._proposals.answer(day, candidate[asked], shop[asked], sku[asked])
        status = np.where(opened, Status.OPENED, Status.NOT_OPENED)
        self._log(day, MESSAGE_HOUR, candidate[rows], shop[rows], sku[rows], status, np.zeros(len(rows), np.int64))
        first = rows[opened]
        self.frame.add(
            candidate=candidate[first],
            shop=shop[first].astype(np.int32),
            sku=sku[first].astype(np.int32),
            appeal=appeal[first],
            close_day=np.full(len(first), day + rules.window_days, np.int32),
            packs=np.zeros(len(first), np.int64),
        )
        audience = decision["audience"].combine_chunks()
        chosen = np.repeat(np.arange(len(rows)), np.diff(audience.offsets.to_numpy()))
        self._message(day, candidate[rows], shop[rows], chosen, audience.flatten().to_numpy(), opened)

    def appeal(self, day: int, sku: Ids) -> npt.NDArray[np.float64]:
        """Return the appeal of the new product that each SKU stands for on ``day``: one draw a product, in any shop.

        A premium SKU stands for a line of products; every NEW_DAYS another one begins, on a day of the SKU's own.
        """
        rules = self._world.params.groupbuys
        product = (day + integers(self._since, NEW_DAYS, 0, sku)) // NEW_DAYS
        return np.asarray(rules.appeal_mean + rules.appeal_log_sd * normal_array(self._appeal, product, sku))

    def notice(self, member: Ids, shop: Ids, sku: Ids) -> None:
        """Note who looked at the place of a slate where an open group-buy of ``shop`` stands."""
        here = self.listed()[shop, sku]
        self._noticed.append((member[here], shop[here], sku[here]))

    def _candidates_of(self, day: int) -> tuple[Ids, Ids]:
        """Shops and numbers of today's candidates: the week's quota, spread over the weekdays shop by shop."""
        quota = int(round(self._world.params.groupbuys.candidates_per_shop_week))
        shop, slot = (
            part.ravel() for part in np.meshgrid(np.arange(self._world.shops), np.arange(quota), indexing="ij")
        )
        today = (shop * 3 + slot * 7 // max(quota, 1)) % 7 == day % 7
        return shop[today].astype(np.int64), (slot[today] % MOST_A_DAY).astype(np.int64)

    def _message(
        self, day: int, candidate: Ids, shop: Ids, chosen: Ids, members: Ids, opened: npt.NDArray[np.bool_]
    ) -> None:
        kept = opened[chosen]
        chosen, members = chosen[kept], members[kept].astype(np.int64)
        wanted = self._may_write_to(members)
        chosen, members = chosen[wanted], members[wanted]
        columns = {"candidate": candidate[chosen], "member": members, "shop": shop[chosen]}
        self._world.emit("message", "head office", day, MESSAGE_HOUR, columns)
        self.invited.add(candidate=columns["candidate"], member=members)
        self._tire(self._residents.rows_of(members))
        cost = np.full(len(members), round(self._world.params.costs.message_cost * 100), np.int64)
        self._ledger.post(day, 10.0, Account.PLATFORM, Account.SERVICES, "messages", shop[chosen], cost)

    def _may_write_to(self, members: Ids) -> npt.NDArray[np.bool_]:
        """Nobody writes to those who left or forbade messages."""
        frame, row = self._residents.frame, self._residents.rows_of(members)
        return np.asarray((frame["status"][row] != LEFT) & (frame["touch"][row] & UNSUBSCRIBED == 0))

    def _tire(self, rows: Ids) -> None:
        """Messages are remembered, and each annoys the more the more are."""
        frame, rules = self._residents.frame, self._world.params
        np.add.at(frame["fatigue"], rows, np.float32(1.0))
        who, many = np.unique(rows, return_counts=True)
        size = np.minimum(rules.voice.message_loss * many * (frame["fatigue"][who] - many), 1.0)
        level = frame["trust"][who].astype(np.float64)
        frame["trust"][who] = trust.surprised(level, -size, rules.residents)

    def join(self, day: int) -> None:
        """Members who read a message, saw the group in a slate or heard of it may join, once each.

        What they pay is held until the group is decided.
        """
        frame, world = self.frame, self._world
        if not frame.count:
            self._noticed.clear()
            return
        member, row, noticed = self._audience()
        kept = world.kept(day)[frame["shop"][row]]
        member, row, noticed = member[kept], row[kept], noticed[kept]
        goods, rules, people = world.catalogue, world.params, self._residents.frame
        sku = frame["sku"].astype(np.int64)
        mean = np.bincount(goods.category_id, goods.price_fen) / np.maximum(np.bincount(goods.category_id), 1)
        joins = np.zeros(len(member), np.int8)
        resident = self._residents.rows_of(member)
        herding = rules.groupbuys.herding_weight * log_array(1.0 + frame["packs"])
        kernels.join(
            self._see,
            self._choice,
            self._outside,
            day,
            resident,
            row,
            noticed,
            frame["candidate"].copy(),
            people["id"],
            people["fatigue"],
            people["taste"],
            people["price_coef"],
            people["belief"],
            beliefs.slots(goods),
            people["memory"],
            sku,
            goods.attributes[sku],
            log_array(goods.price_fen[sku] / mean[goods.category_id[sku]]),
            frame["appeal"] + (np.where(goods.fresh, rules.residents.fresh_appeal, 0.0) - expected_worth(world))[sku],
            goods.fresh[sku],
            herding,
            rules.groupbuys.message_open,
            rules.groupbuys.fatigue_per_message,
            rules.residents.taste_weight,
            rules.residents.quality_weight,
            rules.voice.memory_weight,
            rules.groupbuys.join_outside,
            joins,
        )
        joined = np.flatnonzero(joins)
        joined = joined[np.lexsort((member[joined], frame["candidate"][row[joined]]))]
        what = row[joined]
        self._spread(day, member[joined], frame["candidate"][what])
        self._diary.note(member[joined])
        np.add.at(frame["packs"], what, 1)
        hour = JOIN_FROM + (JOIN_UNTIL - JOIN_FROM) * uniform(self._hour, day, member[joined], frame["candidate"][what])
        self._book.place(
            day,
            hour,
            basket=np.arange(len(joined)),
            member=member[joined],
            shop=frame["shop"][what].astype(np.int64),
            sku=sku[what],
            fen=goods.price_fen[sku[what]],
            due_day=np.full(len(joined), NOT_YET),
            candidate=frame["candidate"][what].copy(),
        )

    def _spread(self, day: int, member: Ids, candidate: Ids) -> None:
        """Ties of today's joiners hear of the group, in time for tomorrow evening."""
        listener, group = self._talk.of_group(day, member, candidate)
        self.heard.add(candidate=group, member=listener)

    def _audience(self) -> tuple[Ids, Ids, npt.NDArray[np.bool_]]:
        """Active members and candidate rows that may meet today, and whether the member saw the group for sure.

        Who joined already is left out. What was seen in slates or heard of is used up.
        """
        frame = self.frame
        order = np.argsort(frame["candidate"], kind="stable")

        def row_of(candidate: Ids) -> Ids:
            return np.asarray(order[np.searchsorted(frame["candidate"], candidate, sorter=order)])

        shown = np.full((self._world.shops, self._world.catalogue.n), -1)
        shown[frame["shop"][order[::-1]], frame["sku"][order[::-1]]] = order[::-1]
        parts = [(self.invited["member"], row_of(self.invited["candidate"]))]
        parts += [(member, shown[shop, sku]) for member, shop, sku in self._noticed]
        parts.append((self.heard["member"], row_of(self.heard["candidate"])))
        self._noticed.clear()
        self.heard.keep(np.zeros(self.heard.count, bool))
        width = np.int64(frame.count)
        keys = [member.astype(np.int64) * width + row for member, row in parts]
        key = np.unique(np.concatenate(keys))
        noticed = np.isin(key, np.concatenate(keys[1:]))
        member, row = key // width, key % width
        there = ~np.isin(key, self._joined_keys(self._book.open, order))
        there &= self._residents.frame["status"][self._residents.rows_of(member)] == ACTIVE
        return member[there], row[there], noticed[there]

    def _joined_keys(self, lines: Frame, order: Ids) -> Ids:
        mine = np.isin(lines["candidate"], self.frame["candidate"])
        row = order[np.searchsorted(self.frame["candidate"], lines["candidate"][mine], sorter=order)]
        keys: Ids = lines["member"][mine] * np.int64(self.frame.count) + row
        return keys

    def close(self, day: int) -> None:
        """At the hour of opening, windows that end today are decided: enough packs are ordered, too few paid back."""
        frame = self.frame
        ends = np.flatnonzero(frame["close_day"] == day)
        if not len(ends):
            return
        enough = frame["packs"][ends] >= self._world.params.groupbuys.minimum_packs
        status = np.where(enough, Status.SUCCEEDED, Status.FAILED)
        columns = [frame[name][ends].copy() for name in ("candidate", "shop", "sku", "packs")]
        self._log(day, MESSAGE_HOUR, columns[0], columns[1], columns[2], status, columns[3])
        self._proposals.learn(columns[1].astype(np.int64), enough)
        lines = self._book.open
        lines["due_day"][np.isin(lines["candidate"], columns[0][enough])] = day + 1
        failed = np.flatnonzero(np.isin(lines["candidate"], columns[0][~enough]))
        self._book.refund(day, MESSAGE_HOUR, failed, "group_failed")
        for frame_of in (self.invited, self.heard):
            frame_of.keep(~np.isin(frame_of["candidate"], columns[0]))
        frame.keep(frame["close_day"] != day)

    def _log(
        self, day: int, hour: float, candidate: Ids, shop: Ids, sku: Ids, status: npt.NDArray[np.integer], packs: Ids
    ) -> None:
        columns = {
            "candidate": candidate,
            "shop": shop,
            "sku": sku,
            "status": [Status(int(one)).name.lower() for one in status],
            "packs": packs,
            "joiners": packs,
        }
        self._world.emit("group_buy", "head office", day, hour, columns)
