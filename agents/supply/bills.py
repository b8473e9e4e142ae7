"""What a night's work costs, and who pays: the company from the farm gate on, the farms before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ledger import Account, Ledger
from agents.supply.farms import NO_FARM, Farms
from agents.supply.fields import Fields
from agents.supply.haul import Convoy
from agents.supply.routes import Delivery
from agents.world import World


@dataclass(frozen=True)
class NightWork:
    """A night's work: convoys and delivery, crew hours by farm, packs bought by SKU, packs picked at the hub."""

    convoys: list[Convoy]
    delivery: Delivery
    crew_hours: npt.NDArray[np.float64]
    bought: npt.NDArray[np.int64]
    picked: int


def pay(world: World, ledger: Ledger, day: int, work: NightWork, hub_kwh: float) -> None:
    """Pay suppliers, lorries, drivers, pickers, cooling of vehicles and hub; farms pay crews and pre-cooling.

    A lorry from near costs a day and its way there and back; a long haul is a carrier's freight by weight and way, its
    cooling included, and a consignment pays for a least weight.
    """
    rules, costs, delivery = world.params.supply, world.params.costs, work.delivery
    near = [one for one in work.convoys if not np.isnan(one.hub_hour)]
    far = [one for one in work.convoys if np.isnan(one.hub_hour)]
    lorry_days = sum(one.lorries for one in near)
    lorry_km = sum(2.0 * one.lorries * one.km for one in near)
    freight = sum(max(one.kg, rules.freight_least_kg) / 1000.0 * one.km * rules.freight_t_km for one in far)
    truck_days, km = delivery.trucks + lorry_days, delivery.km + lorry_km
    kwh = delivery.cooling_kwh + sum(one.lorry_kwh for one in near) + hub_kwh
    bills = (
        (Account.SUPPLIERS, "goods", int((work.bought * world.catalogue.farm_gate_fen).sum())),
        (Account.CARRIERS, "trucks", fen(truck_days * costs.truck_day_cost + km * costs.truck_km_cost)),
        (Account.CARRIERS, "freight", fen(freight)),
        (Account.WORKERS, "drivers", fen(truck_days * costs.driver_day)),
        (Account.WORKERS, "pickers", fen(work.picked / costs.picker_packs_hour * costs.picker_hour)),
        (Account.SERVICES, "cooling", fen(kwh * costs.precool_kwh_price)),
    )
    for account, reason, amount in bills:
        ledger.post(day, 21.0, Account.PLATFORM, account, reason, -1, amount)


def close_farms(
    world: World,
    ledger: Ledger,
    day: int,
    farms: Farms,
    fields: Fields,
    work: NightWork,
    spot_hours: npt.NDArray[np.float64],
) -> None:
    """Write the contracted farms' day down: what ripened and hangs, crew hours, and what all that cost them.

    Every pack that ripens has cost its growing, sold or not. ``spot_hours``: crew hours for the spot market, by farm.
    """
    costs, many, farm = world.params.costs, farms.frame.count, farms.of[farms.sku]
    worth = fields.ripe["ripened"] * world.catalogue.farm_gate_fen[farms.sku] * world.params.supply.growing_cost_share
    growing = np.rint(np.bincount(farm, worth, many)).astype(np.int64)
    hours, kwh = work.crew_hours + spot_hours, np.zeros(many)
    for one in work.convoys:
        if one.farm != NO_FARM:
            kwh[one.farm] += one.cooling_kwh
    crew = np.rint(hours * costs.crew_hour * 100.0).astype(np.int64)
    cooling = np.rint(kwh * costs.precool_kwh_price * 100.0).astype(np.int64)
    contracted = np.unique(farm)
    columns = {
        "farm": contracted,
        "ripened": np.bincount(farm, fields.ripe["ripened"], many)[contracted].astype(np.int64),
        "ripe": np.bincount(farm, fields.held, many)[contracted].astype(np.int64),
        "crew_hours": hours[contracted],
        "cost_fen": (growing + crew + cooling)[contracted],
    }
    world.emit("farm_report", "farm", day, 22.5, columns)
    for account, reason, amount in (
        (Account.OTHER_TRADE, "growing", growing),
        (Account.WORKERS, "crew", crew),
        (Account.SERVICES, "pre-cooling", cooling),
    ):
        ledger.post(day, 22.5, Account.SUPPLIERS, account, reason, -1, int(amount.sum()))


def fen(cny: float) -> int:
    """Return yuan as whole fen."""
    return round(cny * 100)
