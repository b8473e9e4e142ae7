"""The night: closed orders become purchases, harvests, hauls, a hub, and deliveries to the shops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from agents import observe
from agents.cold.rooms import Rooms
from agents.cold.traces import Traces
from agents.ledger import Ledger
from agents.orders import OrderBook, turn_of
from agents.shops.owners import Owners
from agents.shops.pickup import PickUp
from agents.shops.shelves import Shelves
from agents.stock import lots
from agents.supply.bills import NightWork, close_farms, pay
from agents.supply.farms import NO_FARM, Farms
from agents.supply.fields import Fields, Picked
from agents.supply.haul import Convoy, Haul
from agents.supply.hub import LOTS_A_DAY, Arrivals, Consignment, Hub, Requests, ration
from agents.supply.routes import LATEST_HOUR, Delivery, Routes
from agents.supply.transit import Transit
from agents.world import World
from sim.contracts.events.owners import QUANTILES
from sim.streams import uniform

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


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
        rooms: Rooms,
        traces: Traces,
        book: OrderBook,
        farms: Farms,
        fields: Fields,
        transit: Transit,
        hub: Hub,
        routes: Routes,
        owners: Owners,
        shelves: Shelves,
        pickup: PickUp,
    ) -> None:
        self._world, self._ledger, self._rooms, self._book = world, ledger, rooms, book
        self._traces = traces
        self._farms, self._fields, self._transit, self._hub, self._routes = farms, fields, transit, hub, routes
        self._owners, self._shelves, self._pickup = owners, shelves, pickup
        self._spoilage = world.ports.streams.declare("supply.road.spoilage")
        self._spoilage_ahead = world.ports.streams.declare("supply.road.spoilage_ahead")
        self._shelf_goods: OnTheWay | None = None
        packs_hour = world.params.costs.picker_packs_hour
        expected = float(world.expected_daily.sum())
        self._pickers = max(1, int(np.ceil(expected / (packs_hour * world.params.supply.hub_picking_hours))))

    def owners_order(self, day: int) -> None:
        """At 23:00 owners order stock for their shelves."""
        if not self._world.factors(day).stocks_shelves:
            return
        world, shelves, owners = self._world, self._shelves, self._owners
        forecasts = world.decide("forecast", day, -1.0, observe.forecast(world, day, shelves, owners)).table
        observation = observe.replenish(world, day, shelves, owners, forecasts)
        decision = world.decide("replenish", day, -1.0, observation).table
        rows = shelves.rows_of(decision["shop"].to_numpy(), decision["sku"].to_numpy())
        packs = np.zeros(len(shelves.frame), np.int64)
        packs[rows] = decision["packs"].to_numpy()
        shelves.order(day, packs)
        self._note_forecast(day, decision)

    def _note_forecast(self, day: int, decision: pa.Table) -> None:
        """Log what the orders were made for, where the policy says it."""
        if "expected" not in decision.column_names:
            return
        said = decision.filter(pc.is_valid(decision["expected"]))
        columns = {"shop": said["shop"], "sku": said["sku"], "packs": said["expected"]}
        quantiles = _quantiles_said(said)
        self._world.emit("forecast", "owner", day, -1.0, {"day": np.full(said.num_rows, day), **columns, **quantiles})

    def supply(self, day: int) -> None:
        """Buy, harvest, haul, sort, share out and deliver; receive pre-orders into the pick-up rooms."""
        ordered = self._requested()
        placed = self._procure(day, ordered)
        self._fields.ripen(day)
        picked = self._fields.pick(day, placed)
        called_off = np.where(self._farms.of == NO_FARM, placed, 0)
        arrivals, convoys = self._haul(day, picked, called_off)
        dispatch = self._dispatch_hour(arrivals)
        in_time = arrivals.hour <= dispatch
        self._hub.receive(day, arrivals.only(in_time))
        self._hub.rest(day, dispatch)
        goods = self._hub.share_out(self._requests(day))
        packs = int(goods.packs.sum())
        leaves = dispatch + packs / self._packs_an_hour
        kg = self._world.catalogue.pack_mass_g[goods.sku] * goods.packs / 1000.0
        load = np.zeros((self._world.shops, self._world.catalogue.n))
        np.add.at(load, (goods.shop, goods.sku), kg)
        delivery = self._routes.deliver(day, min(dispatch, LATEST_HOUR), min(leaves, LATEST_HOUR), load)
        self._traces.choose(day, arrivals, convoys, picked.life_used)
        self._traces.leave(day, min(dispatch, LATEST_HOUR), goods, delivery)
        self._receive_late(day, arrivals.only(~in_time))
        hour = delivery.arrival_hour[goods.shop]
        self._on_the_road(day, min(leaves, LATEST_HOUR), goods, delivery)
        goods, hour = self._spoil_on_road(day, goods, hour, delivery)
        ahead = goods.line >= 0
        self._pickup.receive(day, hour[ahead], _only(goods, ahead))
        self._shelf_goods = OnTheWay(_only(goods, ~ahead), hour[~ahead])
        self._work = NightWork(convoys, delivery, picked.crew_hours, picked.packs + called_off, packs)
        pay(self._world, self._ledger, day, self._work, self._rooms.kwh_of_hub(day))

    def close(self, day: int) -> None:
        """Close the day on the road and in the fields."""
        self._transit.close(day)
        spot_hours = self._fields.fall(day)
        close_farms(self._world, self._ledger, day, self._farms, self._fields, self._work, spot_hours)

    def stock_shelves(self, day: int, until_hour: float) -> None:
        """Put on the shelves what has arrived by ``until_hour``."""
        coming = self._shelf_goods
        if coming is None or not len(coming.hour):
            return
        here = coming.hour <= until_hour
        if here.any():
            self._shelves.receive(day, coming.hour[here], _only(coming.goods, here))
        self._shelf_goods = OnTheWay(_only(coming.goods, ~here), coming.hour[~here])

    def _requested(self) -> Ids:
        """Packs on the closed orders by SKU: lines due today or later and shops' orders."""
        ordered = np.bincount(self._book.closed(), minlength=self._world.catalogue.n)
        np.add.at(ordered, self._shelves.frame["sku"], self._shelves.frame["ordered"])
        return ordered

    def _procure(self, day: int, ordered: Ids) -> Ids:
        """Packs asked of each SKU's supplier: one purchase list each."""
        world, goods, farms = self._world, self._world.catalogue, self._farms
        observation = observe.procure(world, day, ordered, farms)
        decision = world.decide("procure", day, -1.0, observation).table
        asked = np.zeros(goods.n, np.int64)
        asked[decision["sku"].to_numpy()] = decision["packs"].to_numpy()
        # A harvest follows the decision, but warehouse goods are called off by the case when orders need them.
        needed = np.maximum(ordered - self._hub.on_hand, 0)
        cases = -(-np.maximum(asked, needed) // goods.case_packs) * goods.case_packs
        placed = np.where(farms.of != NO_FARM, asked, np.where(needed > 0, cases, 0))
        rows = np.flatnonzero(placed)
        rows = rows[np.lexsort((rows, farms.of[rows]))]
        supplier = ["warehouse" if farm == NO_FARM else f"farm-{farm}" for farm in farms.of[rows].tolist()]
        columns = {"sku": rows, "packs": placed[rows], "supplier": supplier}
        world.emit("purchase_order", "head office", day, -1.0, columns)
        return np.asarray(placed, np.int64)

    def _haul(self, day: int, picked: Picked, called_off: Ids) -> tuple[Arrivals, list[Convoy]]:
        """Bring the night's goods and the long hauls that arrive; put remote harvests on the road."""
        mass, transit = self._world.catalogue.pack_mass_g / 1000.0, self._transit
        due = transit.due(day)
        transit.travel(day, due)
        late = transit.take(due)
        hauls = {
            int(one): (float(late["arrives_at"][late["haul"] == one][0]) - 24.0 * day,
                       float((late["packs"] * mass[late["sku"]])[late["haul"] == one].sum()))
            for one in np.unique(late["haul"])
        }  # fmt: skip
        convoys, ready = Haul(self._world, self._farms, day).bring(
            picked.packs * mass, picked.crew_hours, called_off * mass, hauls
        )
        parts = [self._gate(day, convoy, picked.packs + called_off, picked.life_used) for convoy in convoys]
        hour = np.array([ready[one] for one in late["haul"].tolist()], np.float64)
        from_afar = Arrivals(
            late["lot"], late["farm"], late["sku"], late["packs"], late["at_gate"], late["life_used"], hour,
            late["lot"] // LOTS_A_DAY, late["left_at"], late["promised_at"],
        )  # fmt: skip
        columns = [np.concatenate([getattr(part, name) for part in [*parts, from_afar]])
                   for name in Arrivals.__dataclass_fields__]
        arrivals = Arrivals(*columns)
        arrivals = replace(arrivals, hour=np.minimum(arrivals.hour, LATEST_HOUR))
        self._to_the_hub(day, arrivals.hour, arrivals.sku, arrivals.packs, "arrive")
        return arrivals, convoys

    def _gate(self, day: int, convoy: Convoy, packs: Ids, on_plant: Floats) -> Arrivals:
        """Change of title at the farm gate. What stays on the road becomes rows, the rest is returned as arrivals."""
        world, rules = self._world, self._world.params.supply
        sku = np.flatnonzero((self._farms.of == convoy.farm) & (packs > 0))
        many, lot = packs[sku], day * LOTS_A_DAY + sku
        fresh = world.catalogue.fresh[sku]
        at_gate = np.where(fresh, on_plant[sku] + convoy.at_gate[sku], 0.0)
        cost = many * world.catalogue.farm_gate_fen[sku]
        farm = np.full(len(sku), convoy.farm)
        columns = {"farm": farm, "sku": sku, "packs": many, "cost_fen": cost, "lot": lot}
        world.emit("harvest", "supplier", day, min(convoy.gate_hour, LATEST_HOUR), columns)
        self._to_the_hub(day, np.full(len(sku), min(convoy.gate_hour, LATEST_HOUR)), sku, many, "depart")
        if np.isnan(convoy.hub_hour):
            self._transit.leave(day, convoy, sku, many, lot, at_gate)
            sku = sku[:0]
        rows = slice(0, len(sku))
        at_hub = np.where(fresh[rows], on_plant[sku] + convoy.at_hub[sku], 0.0)
        hour = np.full(len(sku), convoy.hub_hour)
        picked = np.full(len(sku), 24.0 * day + convoy.gate_hour)
        promised = np.full(len(sku), 24.0 * day + rules.promise_hour)
        harvest_day = np.full(len(sku), day)
        return Arrivals(
            lot[rows], farm[rows], sku, many[rows], at_gate[rows], at_hub, hour, harvest_day, picked, promised
        )

    def _dispatch_hour(self, arrivals: Arrivals) -> float:
        """When the trucks are loaded: after the last lot that can be waited for."""
        rules = self._world.params.supply
        in_time = arrivals.hour[arrivals.hour <= rules.dispatch_latest_hour]
        return float(in_time.max()) if len(in_time) else rules.harvest_end_hour

    def _receive_late(self, day: int, goods: Arrivals) -> None:
        """Lots that missed the trucks lie at the hub until tomorrow."""
        if len(goods.lot):
            self._hub.rest(day, float(goods.hour.max()))
            self._hub.receive(day, goods)

    @property
    def _packs_an_hour(self) -> float:
        return self._pickers * self._world.params.costs.picker_packs_hour

    def _requests(self, day: int) -> Requests:
        """Order lines first, then shops' orders; where a SKU is short, shops get their proportional share.

        Pickers work through them in this order until their shift ends; the rest goes without.
        """
        world, book, shelf = self._world, self._book, self._shelves.frame
        due = book.due(day)
        line_sku = book.open["sku"][due].astype(np.int64)
        shape = (world.shops, world.catalogue.n)
        wanted = np.zeros(shape, np.int64)
        wanted[shelf["shop"], shelf["sku"]] = shelf["ordered"]
        left = np.maximum(self._hub.on_hand - np.bincount(line_sku, minlength=shape[1]), 0)
        given = ration(wanted, left)
        shop, sku = np.nonzero(given)
        packs = np.concatenate([np.ones(len(due), np.int64), given[shop, sku]])
        able = int(self._packs_an_hour * world.params.supply.picker_shift_hours)
        return Requests(
            line=np.concatenate([book.open["line"][due], np.full(len(shop), -1)]),
            shop=np.concatenate([book.open["shop"][due].astype(np.int64), shop]),
            sku=np.concatenate([line_sku, sku]),
            packs=np.clip(able - (np.cumsum(packs) - packs), 0, packs),
        )

    def _to_the_hub(self, day: int, hour: Floats, sku: Ids, packs: Ids, move: str) -> None:
        """Record what went on the road to the hub, or came off it."""
        columns = {"shop": np.full(len(sku), -1), "sku": sku, "packs": packs, "move": [move] * len(sku)}
        self._world.emit("transit", "lorry", day, hour, columns)

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


def _only(goods: Consignment, mask: npt.NDArray[np.bool_]) -> Consignment:
    return Consignment(*(getattr(goods, name)[mask] for name in Consignment.__dataclass_fields__))


def _quantiles_said(decision: pa.Table) -> dict[str, pa.Array]:
    """The quantiles that orders were made by as columns of the event `forecast`, null where none were said."""
    nulls = pa.nulls(decision.num_rows, pa.float64())
    if "expected_quantiles" not in decision.column_names:
        return dict.fromkeys(QUANTILES, nulls)
    lists = decision["expected_quantiles"].combine_chunks()
    said = pc.equal(pc.list_value_length(lists), len(QUANTILES)).fill_null(False)
    lists = pc.if_else(said, lists, pa.scalar([0.0] * len(QUANTILES), lists.type))
    return {name: pc.if_else(said, pc.list_element(lists, place), None) for place, name in enumerate(QUANTILES)}
