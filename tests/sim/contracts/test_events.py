"""Event tables are described: what a row means, every column with its meaning, every quantity with its unit."""

import datetime as dt
import re

import pyarrow as pa
import pytest

from sim import log
from sim.clock import Clock
from sim.contracts import events
from sim.contracts.events import EVENT_TABLES, TRUTH_TABLES, aggregates, schema
from sim.contracts.events.owners import QUANTILES
from sim.contracts.events.schema import STAMP, VERSION, event, field
from sim.log import EventLog

TABLES = {**EVENT_TABLES, **TRUTH_TABLES}
UNITS = {"packs", "packs/day", "packs min", "fen", "h", "min", "s", "km", "kg", "mg", "mm", "kWh", "%", "day", "degC"}
IDS = {"member", "shop", "sku", "line", "order", "basket", "candidate", "document", "claim", "lot", "truck"}
IDS |= {"node", "touchpoint", "farm", "resident", "category", "vehicle", "first", "second", "kinds"}
COUNTS_AND_PLACES = {"position", "joiners", "orders", "rows", "stars", "score", "exposures", "clicks", "trucks"}
COUNTS_AND_PLACES |= {"vehicles", "forecasts", "answers", "baskets", "lots", "late_lots", "index", "weekday"}
COUNTS_AND_PLACES |= {"stops", "promoters", "detractors", "households", "intervals", "covered"}
ESTIMATES = {*(("forecast", name) for name in ("packs", *QUANTILES)), ("shop_day", "expected"), ("shop_day", "pinball")}
MAY_BE_NULL = {"kinetic_c", "propensity", *QUANTILES}
SHARES = {"trust", "shelf", "hygiene", "life_used", "propensity"}
COLUMNS = [(table, f) for table, described in TABLES.items() for f in list(described)[len(STAMP) :]]


def numeric(kind):
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def meaning(f):
    return {name.decode(): value.decode() for name, value in (f.metadata or {}).items()}


def test_the_log_and_the_contracts_stamp_rows_alike():
    assert log.STAMP == schema.STAMP
    for described in TABLES.values():
        assert tuple(described)[: len(STAMP)] == STAMP


def test_a_log_takes_all_tables():
    clock = Clock(dt.date(2025, 6, 2))
    panels = {name: "panel" for name, t in TABLES.items() if b"panel_key" in (t.metadata or {})}
    EventLog(TABLES, clock, detail=panels, panel=log.Panel(log.Key(1, 2), 0.01))
    assert {"order_line", "pos_sale", "payment", "exposure"} <= set(panels)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_what_a_row_is_and_its_version(table):
    about = meaning(TABLES[table])
    assert len(about["doc"]) > 10 and about["version"] == VERSION and re.fullmatch(r"\d+\.\d+", VERSION)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", table)
    names = TABLES[table].names
    assert len(set(names)) == len(names)
    if "panel_key" in about:
        key = TABLES[table].field(about["panel_key"])
        assert pa.types.is_integer(key.type) and not key.nullable


@pytest.mark.parametrize(("table", "described"), COLUMNS, ids=[f"{t}.{f.name}" for t, f in COLUMNS])
def test_a_column_has_a_meaning_and_a_quantity_its_unit(table, described):
    about = meaning(described)
    assert about["doc"] and "\n" not in about["doc"]
    assert described.nullable == (described.name in MAY_BE_NULL)
    if not numeric(described.type):
        assert about["unit"] == ""
    elif about["unit"] == "":
        assert described.name in IDS | COUNTS_AND_PLACES | SHARES, "a quantity without a unit"
    else:
        assert about["unit"] in UNITS and described.name not in IDS
    if about["unit"] in ("packs", "fen") and (table, described.name) not in ESTIMATES:
        assert described.type == pa.int64()  # goods and money are exact
    if described.name.endswith("_fen") or described.name == "fen":
        assert about["unit"] == "fen"


def test_truth_is_no_event():
    assert not set(EVENT_TABLES) & set(TRUTH_TABLES)


def test_no_domain_names_a_table_of_another():
    domains = [events.demand, events.goods, events.money, events.coldchain, events.service, events.aggregates]
    domains += [events.identity, events.voice, events.owners]
    assert sum(len(domain.TABLES) for domain in domains) == len(EVENT_TABLES)


def test_daily_aggregates_carry_their_day():
    for described in aggregates.TABLES.values():
        assert described.field("day").type == pa.int32()


def test_only_gateways_send_again():
    assert [name for name, t in TABLES.items() if b"delivery" in t.metadata] == ["telemetry", "room_reading"]


def test_a_table_is_described_in_one_call():
    made = event("a door opened", field("door", pa.int32(), "door id"), panel_key="door", resent=True)
    assert meaning(made) == {
        "doc": "a door opened",
        "version": VERSION,
        "panel_key": "door",
        "delivery": "at-least-once",
    }
    assert meaning(made.field("door")) == {"doc": "door id", "unit": ""}
    assert meaning(event("x")) == {"doc": "x", "version": VERSION}
