"""The data sheets of loggers and gateways, and how a day's readings of fixed places reach the event log."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.cold.disturbances import device
from agents.cold.places import HUB_PLACES, PLACES, Flags, Floats, Ids, Units
from agents.sourced import load_table
from agents.world import World
from hardware_models.thermometer import Errors, Gateway, Thermometer, arrivals, errors, transmit
from sim.streams import Key
from sim.variates import normal_array

SAMPLES = 96
STEP_HOURS = 0.25
"""The typical interval of a store logger (``coldchain.logger_interval``)."""
SOURCE = "loggers"
_PER_DAY = np.int64(1) << 40


class Link(NamedTuple):
    """What the loggers of a day will do: their errors and when each sample arrives (hours after it was taken)."""

    errors: Errors
    delay_hours: Floats

    def there(self, sample: int) -> Flags:
        """Which samples arrive at once."""
        return self.errors.taken[:, sample] & (self.delay_hours[:, sample] <= 0)


def room_logger(world: World) -> Thermometer:
    """Return the data sheet of the loggers in fixed places: an SHT31 with its own battery."""
    table, rules = load_table("coldchain"), world.params.rooms
    return Thermometer(
        lag_seconds=float(table["sht31_t63_T"]),
        accuracy_k=float(table["sht31_acc_t"]) / 2.0,
        noise_k=0.02,
        drift_k_year=rules.drift_k_year,
        resolution_k=0.01,
        dropout_share=float(table["logger_dropout"]),
        battery_days=365.25 * float(table["logger_battery"]),
        swap_days=rules.swap_days,
        skew_seconds=rules.skew_seconds,
    )


def truck_probe(world: World) -> Thermometer:
    """Return the data sheet of the probes in vehicles: a DS18B20 in a steel sleeve, fed by the vehicle."""
    table, rules = load_table("coldchain"), world.params.rooms
    return Thermometer(
        lag_seconds=float(table["ds18b20_probe_t63"]),
        accuracy_k=float(table["ds18b20_acc"]) / 2.0,
        noise_k=0.0625,
        drift_k_year=rules.drift_k_year,
        resolution_k=0.0625,
        dropout_share=float(table["logger_dropout"]),
        battery_days=365.25 * float(table["logger_battery"]),
        swap_days=0.0,
        skew_seconds=rules.skew_seconds,
    )


def gateway(world: World) -> Gateway:
    """Return how gateways behave; a second copy comes one logger interval later."""
    table, rules = load_table("coldchain"), world.params.rooms
    return Gateway(
        outage_day=rules.outage_day,
        outage_hours=rules.outage_hours,
        resend_share=float(table["logger_dropout"]),
        resend_minutes=float(table["logger_interval"]),
    )


def link(world: World, key: Key, day: int, units: Units) -> Link:
    """Return what loggers and gateways do today. A shop has one gateway, the hub another."""
    hours = np.broadcast_to(-1.0 + STEP_HOURS * np.arange(SAMPLES), (len(units.node), SAMPLES))
    delay = arrivals(gateway(world), key, day, (units.node + 1).astype(np.int64), hours)
    return Link(errors(room_logger(world), key, day, device(units), SAMPLES), delay)


def send(world: World, key: Key, day: int, units: Units, used: Ids, reading_c: Floats, online: Link) -> None:
    """Append the readings (place, sample) of the places in use as they arrive: late, twice, out of order, or not."""
    ids = device(units)[used]
    sent = transmit(gateway(world), key, day, ids, online.errors.taken[used], online.delay_hours[used])
    row, sample = used[sent.row], sent.sample
    hour = -1.0 + STEP_HOURS * sample
    clock = world.ports.clock
    stamped = np.clip(hour + online.errors.skew_hours[row], -1.0, 22.99)
    happened = clock.at(day, stamped)
    arrived = np.maximum(clock.at(day, hour + sent.delay_hours), happened)
    accuracy = float(load_table("coldchain")["sht31_acc_rh"]) / 2.0
    noise = accuracy * normal_array(key, day, ids[sent.row], sample, 5)
    world.ports.log.append(
        "room_reading",
        SOURCE,
        happened,
        {
            "place": np.array(PLACES)[units.place[row]],
            "node": units.node[row],
            "temperature_c": reading_c[row, sample],
            "humidity_pct": np.clip(humidity(world, day)[units.place[row]] + noise, 0.0, 100.0),
        },
        arrival_time=arrived,
        sequence=day * _PER_DAY + ids[sent.row] * SAMPLES + sample,
    )


def humidity(world: World, day: int) -> Floats:
    """Return the relative humidity in each kind of place, percent; on the rack that of the weather."""
    rules = world.params.supply
    outside = {"rack": world.weather.day(day).rh}
    inside = [rules.hub_rh_pct if place in HUB_PLACES else rules.shop_rh_pct for place in PLACES]
    return np.array([outside.get(place, rh) for place, rh in zip(PLACES, inside, strict=True)])
