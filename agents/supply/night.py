"""The night: closed orders become a purchase, a harvest, a haul, a hub, and deliveries to the shops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents import observe
from agents.ledger import Account, Ledger
from agents.orders import OrderBook, turn_of
from agents.shops.owners import Owners
from agents.shops.pickup import PickUp
from agents.shops.shelves import Shelves
from agents.stock import lots
from agents.supply.fields import Fields
from agents.supply.haul import Haul, bring_to_hub
from agents.supply.hub import Consignment, Hub, Requests, ration
from agents.supply.routes import LATEST_HOUR, Delivery, Routes
from agents.world import World
from sim.streams import uniform

Ids = npt.NDArray[np.int64]


@dataclass
class OnTheWay:
    """Goods that left the hub today and have not been received: pieces and the hour each reaches its shop."""

    goods: Consignment
    hour: npt.NDArray[np.float64]


class Night:
    """From the closed orders of the eve to goods at the shop doors."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        book: OrderBook,
        fields: Fields,
        hub: Hub,
        routes: Routes,
        owners: Owners,
        shelves: Shelves,
        pickup: PickUp,
    ) -> None:
        self._world, self._ledger, self._book = world, ledger, book
        self._fields, self._hub, self._routes = fields, hub, routes
        self._owners, self._shelves, self._pickup = owners, shelves, pickup
        self._spoilage = world.ports.streams.declare("supply.road.spoilage")
        self._spoilage_ahead = world.ports.streams.declare("supply.road.spoilage_ahead")
        self._shelf_goods: OnTheWay | None = None

    def owners_order(self, day: int) -> None:
        """At 23:00 owners order stock for their shelves."""
        if not self._world.factors(day).stocks_shelves:
            return
        observation = observe.replenish(self._world, day, self._shelves, self._owners)
        decision = self._world.decide("replenish", day, -1.0, observation).table
        rows = self._shelves.rows_of(decision["shop"].to_numpy(), decision["sku"].to_numpy())
        packs = np.zeros(len(self._shelves.frame), np.int64)
        packs[rows] = decision["packs"].to_numpy()
        self._shelves.order(day, packs)
        self._note_forecast(day, decision)

    def _note_forecast(self, day: int, decision: pa.Table) -> None:
        """Log what the orders were made for, where the policy says it."""
        if "expected" not in decision.column_names:
            return
        said = decision.filter(pc.is_valid(decision["expected"]))
        columns = {"shop": said["shop"], "sku": said["sku"], "packs": said["expected"]}
        self._world.emit("forecast", "owner", day, -1.0, {"day": np.full(said.num_rows, day), **columns})

    def supply(self, day: int) -> None:
        """Buy, harvest, haul, share out and deliver; receive pre-orders into the pick-up rooms."""
        ordered = self._requested(day)
        receipts, haul = self._procure(day, ordered)
        self._hub.receive(day, min(haul.ready_hour, LATEST_HOUR), receipts, haul.life_used)
        goods = self._hub.share_out(self._requests(day))
        kg = self._world.catalogue.pack_mass_g[goods.sku] * goods.packs / 1000.0
        load = np.bincount(goods.shop, kg, self._world.shops).astype(np.float64)
        cargo_c = self._world.params.supply.hub_temperature_c
        delivery = self._routes.deliver(day, min(haul.ready_hour, LATEST_HOUR), load, cargo_c)
        hour = delivery.arrival_hour[goods.shop]
        self._on_the_road(day, min(haul.ready_hour, LATEST_HOUR), goods, delivery)
        goods, hour = self._spoil_on_road(day, goods, hour, delivery)
        ahead = goods.line >= 0
        self._pickup.receive(day, hour[ahead], _only(goods, ahead))
        self._shelf_goods = OnTheWay(_only(goods, ~ahead), hour[~ahead])
        self._pay(day, receipts, haul, delivery, int(goods.packs.sum()))

    def stock_shelves(self, day: int, until_hour: float) -> None:
        """Put on the shelves what has arrived by ``until_hour``."""
        coming = self._shelf_goods
        if coming is None or not len(coming.hour):
            return
        here = coming.hour <= until_hour
        if here.any():
            self._shelves.receive(day, coming.hour[here], _only(coming.goods, here))
        self._shelf_goods = OnTheWay(_only(coming.goods, ~here), coming.hour[~here])

    def _requested(self, day: int) -> Ids:
        """Packs on the closed orders by SKU: lines due today and shops' orders."""
        ordered = np.zeros(self._world.catalogue.n, np.int64)
        due = self._book.due(day)
        np.add.at(ordered, self._book.open["sku"][due], 1)
        np.add.at(ordered, self._shelves.frame["sku"], self._shelves.frame["ordered"])
        return ordered

    def _procure(self, day: int, ordered: Ids) -> tuple[Ids, Haul]:
        world, goods = self._world, self._world.catalogue
        decision = world.decide("procure", day, -1.0, observe.procure(world, day, ordered)).table
        asked = np.zeros(goods.n, np.int64)
        asked[decision["sku"].to_numpy()] = decision["packs"].to_numpy()
        # A harvest follows the decision, but warehouse goods are called off by the case when orders need them.
        needed = np.maximum(ordered - self._hub.on_hand, 0)
        cases = -(-np.maximum(asked, needed) // goods.case_packs) * goods.case_packs
        placed = np.where(self._fields.local, asked, np.where(needed > 0, cases, 0))
        rows = np.flatnonzero(placed)
        supplier = np.where(self._fields.local[rows], "farm", "warehouse").tolist()
        world.emit(
            "purchase_order", "head office", day, -1.0, {"sku": rows, "packs": placed[rows], "supplier": supplier}
        )
        self._fields.ripen(day)
        receipts = np.where(self._fields.local, self._fields.pick(placed), placed)
        kg = receipts * goods.pack_mass_g / 1000.0
        return receipts, bring_to_hub(world, day, kg, self._fields.crew_kg_h)

    def _requests(self, day: int) -> Requests:
        """Order lines first, then shops' orders; where a SKU is short, shops get their proportional share."""
        world, book, shelf = self._world, self._book, self._shelves.frame
        due = book.due(day)
        line_sku = book.open["sku"][due].astype(np.int64)
        shape = (world.shops, world.catalogue.n)
        wanted = np.zeros(shape, np.int64)
        wanted[shelf["shop"], shelf["sku"]] = shelf["ordered"]
        left = np.maximum(self._hub.on_hand - np.bincount(line_sku, minlength=shape[1]), 0)
        given = ration(wanted, left)
        shop, sku = np.nonzero(given)
        return Requests(
            line=np.concatenate([book.open["line"][due], np.full(len(shop), -1)]),
            shop=np.concatenate([book.open["shop"][due].astype(np.int64), shop]),
            sku=np.concatenate([line_sku, sku]),
            packs=np.concatenate([np.ones(len(due), np.int64), given[shop, sku]]),
        )

    def _on_the_road(self, day: int, left_hour: float, goods: Consignment, delivery: Delivery) -> None:
        """Record what left the hub and when it came to each shop, one row a shop and SKU."""
        skus = self._world.catalogue.n
        packs = np.bincount(goods.shop * skus + goods.sku, goods.packs, self._world.shops * skus).astype(np.int64)
        some = np.flatnonzero(packs)
        rows = {"shop": some // skus, "sku": some % skus, "packs": packs[some]}
        came = delivery.arrival_hour[rows["shop"]]
        for move, hour in (("depart", np.minimum(left_hour, came)), ("arrive", came)):
            self._world.emit("transit", "truck", day, hour, {**rows, "move": [move] * len(some)})

    def _spoil_on_road(
        self, day: int, goods: Consignment, hour: npt.NDArray[np.float64], delivery: Delivery
    ) -> tuple[Consignment, npt.NDArray[np.float64]]:
        world = self._world
        after = goods.life_used + delivery.life_used[goods.shop, goods.sku]
        ahead, due = goods.line >= 0, self._book.due(day)
        stock, draws = ~ahead, np.empty(len(ahead))
        draws[stock] = uniform(self._spoilage, day, goods.shop[stock], goods.sku[stock], goods.lot[stock])
        row = due[np.searchsorted(self._book.open["line"][due], goods.line[ahead])]
        member, sku = self._book.open["member"][row], goods.sku[ahead]
        draws[ahead] = uniform(self._spoilage_ahead, day, member, sku, turn_of(member, sku))
        spread = world.params.costs.pack_life_log_sd
        gone = lots.spoil(goods.packs.astype(np.int32), goods.life_used, after, spread, draws).astype(np.int64)
        rows = np.flatnonzero(gone)
        columns = {
            "shop": goods.shop[rows],
            "sku": goods.sku[rows],
            "packs": gone[rows],
            "cost_fen": gone[rows] * world.catalogue.farm_gate_fen[goods.sku[rows]],
            "node": ["road"] * len(rows),
            "reason": ["spoiled"] * len(rows),
        }
        world.emit("waste", "shop", day, hour[rows], columns)
        kept = goods.packs > gone
        sound = replace(_only(goods, kept), packs=(goods.packs - gone)[kept], life_used=after[kept])
        return sound, hour[kept]

    def _pay(self, day: int, receipts: Ids, haul: Haul, delivery: Delivery, packs: int) -> None:
        """Pay supplier, crew, lorries, drivers, pickers and cooling of the night."""
        world, costs = self._world, self._world.params.costs
        trucks = haul.trucks + delivery.trucks
        km = 2.0 * haul.trucks * world.params.supply.farm_km + delivery.km
        bills = (
            (Account.SUPPLIERS, "goods", int((receipts * world.catalogue.farm_gate_fen).sum())),
            (Account.WORKERS, "crew", _fen(haul.crew_hours * costs.crew_hour)),
            (Account.CARRIERS, "trucks", _fen(trucks * costs.truck_day_cost + km * costs.truck_km_cost)),
            (Account.WORKERS, "drivers", _fen(trucks * costs.driver_day)),
            (Account.WORKERS, "pickers", _fen(packs / costs.picker_packs_hour * costs.picker_hour)),
            (Account.SERVICES, "cooling", _fen((haul.cooling_kwh + delivery.cooling_kwh) * costs.precool_kwh_price)),
        )
        for account, reason, fen in bills:
            self._ledger.post(day, 21.0, Account.PLATFORM, account, reason, -1, fen)


def _only(goods: Consignment, mask: npt.NDArray[np.bool_]) -> Consignment:
    return Consignment(*(getattr(goods, name)[mask] for name in Consignment.__dataclass_fields__))


def _fen(cny: float) -> int:
    return round(cny * 100)
