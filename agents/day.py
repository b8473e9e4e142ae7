"""The business day as a programme: phases in clock order, each a call. Nothing reads a later clock time.

=====  =====================================================================================================
hour   what happens
=====  =====================================================================================================
-1     23:00 of the eve: forecasts and searches are published; owners leave or begin, then order; head office
       buys; the night harvests, hauls, sorts, delivers (SimPy)
7      prices of the day
7.5    slates for those who will come, from what was known at 23:00
8      first session; before each session the shelves take what has arrived
9      group-buys of 48 hours ago are decided, others opened and messages sent
12-19  sessions; at 18 h the middle of pick-up (16 to 20 h)
20     residents judge what they got, complain, are answered; refunds are paid
22     group-buy joins; unclaimed goods; ageing; stock is counted
23     the border: the day's rows are reduced, goods and money are checked
=====  =====================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from agents import observe
from agents.bulletin import Bulletin
from agents.cold.rooms import Rooms
from agents.cold.traces import Traces
from agents.conservation import Conservation
from agents.customers import Customers
from agents.demand.protocol import Demand
from agents.groupbuys import GroupBuys
from agents.ledger import Account, Ledger
from agents.residents.aftersale import AfterSale
from agents.residents.evening import Evening
from agents.residents.population import Residents
from agents.shops.care import INSPECTION_HOUR, MARKDOWN_HOUR, Care
from agents.shops.pickup import Handed, PickUp
from agents.shops.shelves import Shelves
from agents.shops.tenure import Tenure
from agents.shops.work import HOUR as WORK_HOUR
from agents.shops.work import Work
from agents.supply.hub import Hub
from agents.supply.night import LATEST_HOUR, Night
from agents.supply.water import Water
from agents.world import World
from sim.twin import Phase, Programme

SESSIONS = ((0.0, 12.0), (12.0, 16.0), (16.0, 19.0), (19.0, 24.0))
"""Hours; the first takes all earlier visits of the day and the last all later ones."""


@dataclass
class Day:
    """The parts of a district and what happened today so far; empty again at the border."""

    world: World
    ledger: Ledger
    residents: Residents
    groups: GroupBuys
    demand: Demand
    shelves: Shelves
    pickup: PickUp
    aftersale: AfterSale
    evening: Evening
    rooms: Rooms
    traces: Traces
    hub: Hub
    night: Night
    tenure: Tenure
    work: Work
    care: Care
    customers: Customers
    water: Water
    conservation: Conservation
    bulletin: Bulletin
    handed: list[Handed] = field(default_factory=list)

    def programme(self) -> Programme:
        """Return the phases in clock order."""
        first, second, third, last = SESSIONS
        return Programme(
            [
                Phase(-1.0, "forecasts", self.bulletin.publish),
                Phase(-1.0, "owners stay or leave", self.tenure.review),
                Phase(-1.0, "rooms", self.rooms.run),
                Phase(-1.0, "owners order", self.night.owners_order),
                Phase(-1.0, "supply", self.night.supply),
                Phase(7.0, "prices", self.set_prices),
                Phase(7.5, "slates", self.demand.morning),
                Phase(INSPECTION_HOUR, "inspection", self.care.inspect),
                Phase(8.0, "session 8", lambda day: self.session(day, 8.0, *first)),
                Phase(9.0, "group-buys close", self.groups.close),
                Phase(9.0, "group-buys open", self.groups.launch),
                Phase(12.0, "session 12", lambda day: self.session(day, 12.0, *second)),
                Phase(16.0, "session 16", lambda day: self.session(day, 16.0, *third)),
                Phase(18.0, "pick-up", self.hand_over),
                Phase(MARKDOWN_HOUR, "mark-down", self.care.mark_down),
                Phase(19.0, "session 19", lambda day: self.session(day, 19.0, *last)),
                Phase(20.0, "experience", self.judge),
                Phase(20.5, "claims", self.aftersale.complain),
                Phase(21.5, "refunds", self.aftersale.pay),
                Phase(22.0, "late goods", lambda day: self.night.stock_shelves(day, LATEST_HOUR)),
                Phase(22.0, "group-buys join", self.groups.join),
                Phase(22.5, "ageing", self.age),
                Phase(22.8, "standing costs", self.pay_standing_costs),
                Phase(WORK_HOUR, "work", self.work.close),
                Phase(22.9, "water", self.water.evaporate),
                Phase(22.9, "stock count", self.conservation.count),
                Phase(23.0, "border", self.close),
            ]
        )

    def set_prices(self, day: int) -> None:
        """Set the day's shelf and app prices by decision."""
        decision = self.world.decide("price", day, 7.0, observe.price(self.world, day, self.shelves)).table
        rows = self.shelves.rows_of(decision["shop"].to_numpy(), decision["sku"].to_numpy())
        self.shelves.set_prices(rows, decision["price_fen"].to_numpy())

    def session(self, day: int, now: float, first_hour: float, last_hour: float) -> None:
        """Stock the shelves with what has arrived by ``now``, then let the session's demand meet them."""
        self.night.stock_shelves(day, now)
        self._take_home(self.demand.session(day, first_hour, last_hour))

    def hand_over(self, day: int) -> None:
        """Members fetch what they ordered."""
        self._take_home(self.pickup.hand_over(day))

    def _take_home(self, packs: Handed) -> None:
        self.handed.append(packs)
        if self.residents.frame.count:
            self.residents.stock_up(packs.member, packs.sku, packs.packs)

    def judge(self, day: int) -> None:
        """Residents judge the packs of the day."""
        handed, self.handed = self.handed, []
        self.evening.judge(day, handed)

    def age(self, day: int) -> None:
        """A day's ageing everywhere: pick-up rooms, shelves, hub, fields, larders."""
        self.pickup.close(day)
        self.shelves.age(day)
        self.hub.age(day)
        self.traces.evening(day)
        self.night.close(day)
        self.residents.live(day)
        self.evening.close(day)

    def pay_standing_costs(self, day: int) -> None:
        """Rent and other trade of the shops, the same in all arms; fees and sensors of the systems an arm uses.

        A closed shop has neither trade nor costs.
        """
        world, costs = self.world, self.world.params.costs
        factors, shops = world.factors(day), np.flatnonzero(world.kept(day))

        def post(debit: Account, credit: Account, reason: str, cny: float) -> None:
            self.ledger.post(day, 22.8, debit, credit, reason, shops, np.full(len(shops), round(cny * 100)))

        post(Account.OWNERS, Account.LANDLORDS, "rent", costs.store_rent_day)
        post(Account.OTHER_TRADE, Account.OWNERS, "other trade", costs.other_store_income_day)
        systems = factors.s + factors.p + factors.f
        post(Account.PLATFORM, Account.SERVICES, "system fee", costs.system_fee_day * systems / 3.0)
        if factors.systems.cold_chain:
            post(Account.PLATFORM, Account.SERVICES, "sensors", costs.sensor_day)

    def close(self, day: int) -> None:
        """File what customers did, close the logs' day and check conservation."""
        self.customers.note(day)
        self.world.ports.log.close_day(day)
        self.world.ports.evaluation.close_day(day)
        self.conservation.check(day)
