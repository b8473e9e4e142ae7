"""The event log: rows lie by arrival day, are seen once they have arrived, and each of them once."""

import datetime as dt
import json

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.clock import Clock
from sim.errors import ContractError, InputError
from sim.log import STAMP, EventLog, Panel, Reducer
from sim.streams import key

CLOCK = Clock(dt.date(2025, 6, 2))
COUNT = (pa.field("visits", pa.int64(), nullable=False), pa.field("fen", pa.int64(), nullable=False))
SCHEMAS = {
    "visit": pa.schema(
        [*STAMP, pa.field("member", pa.int64(), nullable=False), pa.field("fen", pa.int64(), nullable=False)],
        metadata={"panel_key": "member"},
    ),
    "reading": pa.schema(
        [*STAMP, pa.field("value", pa.float64(), nullable=False), pa.field("remark", pa.string())],
        metadata={"delivery": "at-least-once"},
    ),
    "visit_day": pa.schema([*STAMP, pa.field("day", pa.int32(), nullable=False), *COUNT]),
    "reading_day": pa.schema([*STAMP, pa.field("readings", pa.int64(), nullable=False)]),
}


def visits_of(day, tables):
    rows = tables["visit"]
    return {"day": [day], "visits": [rows.num_rows], "fen": [int(np.sum(rows["fen"].to_numpy()))]}


def readings_of(day, tables):
    return {"readings": [tables["reading"].num_rows]}


REDUCERS = (Reducer("visit_day", ("visit",), visits_of), Reducer("reading_day", ("reading",), readings_of))
PANEL = Panel(key(0, "panel"), 0.25)


def new_log(**how):
    return EventLog(SCHEMAS, CLOCK, **how)


def visit(log, day, hour, member, fen=100, source="till", arrives=None):
    arrival = None if arrives is None else CLOCK.at(*arrives)
    many = len(np.atleast_1d(member))
    columns = {"member": np.atleast_1d(member), "fen": np.full(many, fen)}
    log.append("visit", source, CLOCK.at(day, hour), columns, arrival_time=arrival)


def read(log, day, hour, value, sequence, source="probe", arrives=None):
    columns = {"value": np.atleast_1d(value).astype(float), "remark": np.full(len(np.atleast_1d(value)), "ok")}
    arrival = None if arrives is None else CLOCK.at(*arrives)
    numbers = None if sequence is None else np.atleast_1d(sequence)
    log.append("reading", source, CLOCK.at(day, hour), columns, arrival_time=arrival, sequence=numbers)


def members(rows):
    return rows["member"].to_pylist()


def values(rows):
    return rows["value"].to_pylist()


# ---- arrival -------------------------------------------------------------------------------------


def test_rows_lie_in_the_partition_of_the_day_on_which_they_arrived(tmp_path):
    log = new_log()
    visit(log, 0, 22.99, 1)
    visit(log, 0, 23.0, 2)  # the closing border belongs to the next day
    log.append(
        "visit",
        "app",
        CLOCK.at(0, np.array([5.0, 6.0, 7.0])),
        {"member": [3, 4, 5], "fen": [1, 1, 1]},
        arrival_time=CLOCK.at(np.array([0, 2, 1]), 9.0),
    )
    for day in range(3):
        log.close_day(day)
    log.write_parquet(tmp_path)
    found = {file.name: members(pq.read_table(file)) for file in (tmp_path / "visit").iterdir()}
    assert found == {"day=00000.parquet": [1, 3], "day=00001.parquet": [2, 5], "day=00002.parquet": [4]}
    assert members(log.read("visit", since_day=1)) == [2, 5, 4]
    assert members(log.read("visit", since_day=3)) == []


def test_a_late_row_is_unknown_until_it_arrives():
    log = new_log()
    visit(log, 0, 9.0, 1, arrives=(2, 9.0))
    for day in range(2):
        log.close_day(day)
        assert log.read("visit", as_of=CLOCK.closes(day)).num_rows == 0
    rows = log.read("visit", as_of=CLOCK.at(2, 9.0))
    assert rows["event_time"].to_numpy()[0] == CLOCK.at(0, 9.0) and rows["arrival_time"].to_numpy()[0] == CLOCK.at(2, 9)


@given(
    rows=st.lists(st.tuples(st.integers(0, 3 * 86_400), st.integers(0, 2 * 86_400)), min_size=1, max_size=30),
    as_of=st.integers(0, 5 * 86_400),
    closed=st.integers(-1, 2),
    since=st.integers(0, 4) | st.none(),
)
@settings(max_examples=60, deadline=None)
def test_reading_as_of_a_moment_gives_what_had_arrived_to_the_second(rows, as_of, closed, since):
    border = CLOCK.opens(0)
    happened = border + np.array([second for second, _ in rows], "timedelta64[s]")
    arrived = happened + np.array([late for _, late in rows], "timedelta64[s]")
    log = new_log()
    log.append("visit", "app", happened, {"member": np.arange(len(rows)), "fen": [0] * len(rows)}, arrival_time=arrived)
    for day in range(closed + 1):
        log.close_day(day)
    moment = border + np.timedelta64(as_of, "s")
    wanted = arrived <= moment
    if since is not None:
        wanted &= arrived >= CLOCK.opens(since)
    seen = log.read("visit", as_of=moment, since_day=since)
    assert sorted(members(seen)) == np.flatnonzero(wanted).tolist()
    days = CLOCK.day_of(seen["arrival_time"].to_numpy())
    assert (np.diff(days) >= 0).all()


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_the_unit_of_the_moment_does_not_matter(unit):
    log = new_log()
    visit(log, 0, 9.0, 1)
    visit(log, 0, 9.5, 2)
    assert members(log.read("visit", as_of=CLOCK.at(0, 9.25).astype(f"datetime64[{unit}]"))) == [1]


# ---- sequence and repeated rows ------------------------------------------------------------------


def test_a_source_numbers_its_rows_over_all_tables():
    log = new_log()
    visit(log, 0, 9.0, [1, 2])
    read(log, 0, 9.0, 5.0, None, source="till")
    visit(log, 0, 9.0, 3)
    visit(log, 0, 9.0, 4, source="app")
    assert log.read("visit")["sequence"].to_pylist() == [0, 1, 3, 0]
    assert log.read("reading")["sequence"].to_pylist() == [2]


def test_of_a_repeated_row_the_first_arrival_counts_even_where_it_was_appended_later():
    log = new_log()
    read(log, 0, 9.0, 1.0, 7, arrives=(0, 12.0))
    read(log, 0, 9.0, 2.0, 7, arrives=(0, 11.0))
    read(log, 0, 9.0, 3.0, 7, source="other probe")
    read(log, 0, 9.0, 4.0, 8)
    assert values(log.read("reading")) == [2.0, 3.0, 4.0]
    assert values(log.read("reading", as_of=CLOCK.at(0, 10.0))) == [3.0, 4.0]


def test_a_row_sent_again_over_midnight_is_no_news_to_a_reader_of_the_new_day():
    log = new_log()
    read(log, 0, 22.0, [1.0, 2.0], [7, 8])
    read(log, 0, 22.0, 1.0, 7, arrives=(1, 0.5))
    read(log, 0, 22.0, 9.0, 9, arrives=(1, 0.5))
    assert values(log.read("reading", since_day=1)) == [9.0]
    log.close_day(0)
    assert values(log.read("reading", since_day=1)) == [9.0]


def test_reducers_count_a_repeated_row_on_the_day_it_first_arrived():
    log = new_log(reducers=REDUCERS)
    read(log, 0, 22.0, [1.0, 2.0, 1.0], [7, 8, 7])
    read(log, 0, 22.0, [1.0, 3.0], [7, 9], arrives=(1, 0.5))
    log.close_day(0)
    log.close_day(1)
    assert log.read("reading_day")["readings"].to_pylist() == [2, 1]


def test_tables_whose_sources_send_once_keep_every_row():
    log = new_log()
    for _ in range(2):
        log.append("visit", "till", CLOCK.at(0, 9.0), {"member": [1], "fen": [1]}, sequence=np.array([5]))
    assert log.read("visit").num_rows == 2


# ---- what is refused -----------------------------------------------------------------------------

GOOD = {"member": [1, 2], "fen": [10, 20]}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"member": [1]}, r"visit: missing columns \['fen'\], unknown columns \[\]"),
        ({**GOOD, "colour": [1, 2]}, r"unknown columns \['colour'\]"),
        ({"member": [1, 2], "fen": [10]}, "unequal length {'member': 2, 'fen': 1}"),
        ({**GOOD, "fen": [10, None]}, "visit.fen: null"),
        ({**GOOD, "fen": np.array([0.5, 1.0])}, "visit.fen: .*truncated"),
        ({**GOOD, "fen": np.array([np.nan, 1.0])}, "visit.fen"),
        ({**GOOD, "fen": ["a", "b"]}, "visit.fen"),
        ({**GOOD, "fen": np.array(["a", "b"])}, "visit.fen"),
        ({**GOOD, "fen": [2**70, 1]}, "visit.fen"),
        ({**GOOD, "fen": 5}, "visit.fen"),
        ({**GOOD, "fen": np.array([[10, 20]])}, "visit.fen"),
        ({**GOOD, "fen": pa.array(["a", "b"])}, "visit.fen"),
        ({**GOOD, "fen": pa.array([10, None])}, "visit.fen: null"),
    ],
)
def test_columns_that_break_the_schema_are_named_and_nothing_is_appended(columns, message):
    log = new_log()
    with pytest.raises(ContractError, match=message):
        log.append("visit", "till", CLOCK.at(0, 9.0), columns)
    visit(log, 0, 9.0, 1)
    assert log.read("visit")["sequence"].to_pylist() == [0]


@pytest.mark.parametrize(
    ("stamp", "message"),
    [
        ({"event_time": np.datetime64("NaT")}, "visit.event_time: null"),
        ({"event_time": CLOCK.at(np.arange(3), 9.0)}, r"visit.event_time: \(3,\) moments for 2 rows"),
        ({"arrival_time": CLOCK.at(np.arange(3), 9.0)}, "visit.arrival_time"),
        ({"arrival_time": np.array(["2025-06-03", "NaT"], "datetime64[s]")}, "visit.arrival_time: null"),
        ({"arrival_time": CLOCK.at(0, 8.0)}, "arrives before it happens"),
        ({"sequence": np.array([1, 2, 3])}, "visit.sequence"),
    ],
)
def test_moments_and_numbers_must_fit_the_rows(stamp, message):
    log, stamp = new_log(), dict(stamp)
    with pytest.raises(ContractError, match=message):
        log.append("visit", "till", stamp.pop("event_time", CLOCK.at(0, 9.0)), GOOD, **stamp)
    assert log.read("visit").num_rows == 0


def test_an_unknown_table_is_refused_and_the_known_ones_named():
    with pytest.raises(ContractError, match="no event table 'visits'; the log has reading, reading_day, visit"):
        new_log().append("visits", "till", CLOCK.at(0, 9.0), GOOD)
    with pytest.raises(ContractError, match="no event table"):
        new_log().read("visits")


def test_no_rows_are_no_event():
    log = new_log()
    log.append("visit", "till", CLOCK.at(0, 9.0), {"member": [], "fen": []})
    assert log.read("visit").equals(SCHEMAS["visit"].empty_table())


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("detail", ["all", "none"])
def test_a_closed_day_takes_no_more_rows_whatever_it_holds(before, detail):
    log = new_log(detail={"visit": detail})
    if before:
        visit(log, 0, 9.0, list(range(before)))
    log.close_day(0)
    with pytest.raises(ContractError, match="visit: rows arrive on day 0, which is closed"):
        visit(log, 0, 22.0, 9)
    with pytest.raises(ContractError, match="which is closed"):  # also when only one of the rows is too late
        log.append("visit", "till", CLOCK.at(np.array([1, 0]), 9.0), GOOD)
    with pytest.raises(ContractError, match="day 0 is closed already"):
        log.close_day(0)
    assert log.read("visit", since_day=1).num_rows == 0
    visit(log, 0, 22.0, 9, arrives=(1, 1.0))
    assert log.read("visit")["sequence"].to_pylist()[-1] == before


def test_a_log_is_refused_whose_schemas_or_details_cannot_work():
    schemas = {**SCHEMAS, "bare": pa.schema([pa.field("x", pa.int64())])}
    with pytest.raises(InputError) as refused:
        EventLog(schemas, CLOCK, detail={"visit": "panel", "reading": "panel", "nothing": "all"})
    assert {problem.path for problem in refused.value.problems} == {
        "log.bare",
        "log.detail.visit",
        "log.detail.reading",
        "log.detail.nothing",
    }


# ---- detail levels and aggregates ----------------------------------------------------------------


def busy_days(log, days=3):
    for day in range(days):
        visit(log, day, 9.0, np.arange(40), fen=100 + day)
        visit(log, day, 10.0, [-1, -1], fen=7)
        visit(log, day, 22.0, 99, arrives=(day + 1, 8.0))
        log.close_day(day)


@pytest.mark.parametrize(("detail", "kept"), [("all", 42), ("panel", None), ("none", 0)])
def test_a_detail_level_drops_rows_only_after_they_were_counted(detail, kept):
    log = new_log(detail={"visit": detail}, reducers=REDUCERS, panel=PANEL)
    busy_days(log)
    assert log.read("visit_day")["visits"].to_pylist() == [42, 43, 43]
    whole = PANEL.contains(np.arange(40)).sum() if kept is None else kept
    assert log.read("visit", as_of=CLOCK.at(0, 22.99)).num_rows == whole


def test_the_panel_is_the_same_members_on_every_day_and_in_every_run_and_never_nobody():
    seen = []
    for order in (slice(None), slice(None, None, -1)):
        log = new_log(detail={"visit": "panel"}, panel=PANEL)
        for day in range(2):
            visit(log, day, 9.0, np.arange(-1, 400)[order])
            log.close_day(day)
            seen.append(set(members(log.read("visit", since_day=day))))
    assert seen[0] and all(one == seen[0] for one in seen) and -1 not in seen[0]


@given(st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_a_larger_panel_contains_the_smaller(one, two):
    ids = np.arange(-5, 300)
    small, large = (Panel(PANEL.key, share).contains(ids) for share in sorted((one, two)))
    assert (large | ~small).all() and not large[:5].any()


def test_the_panel_has_about_its_share():
    assert abs(PANEL.contains(np.arange(20_000)).mean() - PANEL.share) < 0.01


def stamped_like(rows, names):
    return rows.select(names).to_pydict()


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(-1, 9), st.integers(0, 10**6)), max_size=25
    ),
    detail=st.sampled_from(["all", "panel", "none"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_full_rows_read_back_reduce_to_the_aggregates_of_any_detail_level(rows, detail):
    full, kept = (new_log(detail={"visit": d}, reducers=REDUCERS, panel=PANEL) for d in ("all", detail))
    for log in (full, kept):
        for day, late, member, fen in rows:
            visit(log, day, 9.0, member, fen=fen, arrives=(day + late, 9.0))
        for day in range(5):
            log.close_day(day)
    assert kept.read("visit_day").equals(full.read("visit_day"))
    for day in range(5):
        arrived = full.read("visit", since_day=day, as_of=CLOCK.closes(day) - np.timedelta64(1, "s"))
        again = visits_of(day, {"visit": arrived})
        stored = full.read("visit_day", since_day=day, as_of=CLOCK.closes(day) - np.timedelta64(1, "s"))
        assert stamped_like(stored, list(again)) == again


def test_a_reducer_may_read_the_table_that_an_earlier_one_wrote():
    def double(day, tables):
        return {"readings": tables["visit_day"]["visits"]}  # a column as it was read is taken as it is

    log = new_log(reducers=(REDUCERS[0], Reducer("reading_day", ("visit_day",), double)))
    visit(log, 0, 9.0, [1, 2])
    log.close_day(0)
    rows = log.read("reading_day")
    assert rows["readings"].to_pylist() == [2] and rows["source"].to_pylist() == ["reducer"]
    assert CLOCK.day_of(rows["arrival_time"].to_numpy())[0] == 0


# ---- save, load, digest, files -------------------------------------------------------------------


def worked_log():
    log = new_log(detail={"visit": "panel"}, reducers=REDUCERS, panel=PANEL)
    busy_days(log, 2)
    visit(log, 1, 9.0, 0, arrives=(5, 9.0), source="app")
    read(log, 0, 9.0, [1.0, 1.0], [3, 3], arrives=(4, 9.0))
    return log


def test_a_saved_log_comes_back_whole_with_the_rows_that_wait_and_goes_on_the_same(tmp_path):
    log, other = worked_log(), new_log(detail={"visit": "panel"}, reducers=REDUCERS, panel=PANEL)
    log.save(tmp_path)
    visit(other, 0, 9.0, 77)  # content of its own is replaced
    other.load(tmp_path)
    assert other.digest() == log.digest()
    for table in SCHEMAS:
        assert other.read(table).equals(log.read(table)), table
        assert other.read(table, as_of=CLOCK.closes(1)).equals(log.read(table, as_of=CLOCK.closes(1)))
    for one in (log, other):
        visit(one, 2, 9.0, 5)
        for day in range(2, 6):
            one.close_day(day)
    assert other.read("visit").equals(log.read("visit")) and other.digest() == log.digest()
    with pytest.raises(ContractError, match="closed"):
        visit(other, 1, 9.0, 5)


def test_the_border_is_part_of_what_is_saved(tmp_path):
    log, other = new_log(), new_log()
    log.close_day(0)
    log.save(tmp_path)
    other.load(tmp_path)
    with pytest.raises(ContractError, match="closed"):
        visit(other, 0, 9.0, 1)


def test_going_on_with_a_loaded_log_leaves_the_files_alone(tmp_path):
    worked_log().save(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    other = new_log(detail={"visit": "none"}, reducers=REDUCERS)
    other.load(tmp_path)
    for day in range(2, 6):
        visit(other, day, 9.0, [1, 2])
        other.close_day(day)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def shorten(folder):
    manifest = json.loads((folder / "log.json").read_text())
    manifest["partitions"]["visit"][0]["rows"] += 1
    (folder / "log.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "log.json").unlink(), "not a readable event log"),
        (lambda p: (p / "log.json").write_text("{"), "not a readable event log"),
        (lambda p: (p / "visit.arrow").unlink(), "not a readable event log"),
        (lambda p: (p / "visit.arrow").write_bytes(b"ARROW1"), "not a readable event log"),
        (lambda p: (p / "visit.arrow").write_bytes((p / "reading.arrow").read_bytes()), "other table schemas"),
        (shorten, "rows are missing in visit"),
    ],
)
def test_a_damaged_log_is_refused_and_the_place_named(tmp_path, damage, message):
    worked_log().save(tmp_path)
    damage(tmp_path)
    log = new_log()
    visit(log, 0, 9.0, 1)
    before = log.digest()
    with pytest.raises(InputError, match=message) as refused:
        log.load(tmp_path)
    assert refused.value.problems[0].path == str(tmp_path) and log.digest() == before


@given(st.permutations([("till", 1), ("app", 2), ("gateway", 3), ("owner", 4)]), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_order_of_appending_across_sources_does_not_enter_the_digest(order, late):
    digests = []
    for sources in (order, sorted(order)):
        log = new_log(reducers=REDUCERS)
        for source, fen in sources:
            visit(log, 0, 9.0, [1, 2], fen=fen, source=source, arrives=(late, 9.0))
        for day in range(2):
            log.close_day(day)
        digests.append(log.digest())
    assert digests[0] == digests[1]


def test_the_digest_sees_every_value_and_every_row():
    logs = [new_log() for _ in range(4)]
    for log, fen in zip(logs, (1, 1, 2, 1), strict=True):
        visit(log, 0, 9.0, 1, fen=fen)
    visit(logs[3], 0, 9.0, 1, arrives=(9, 9.0))  # a row that waits counts too
    digests = [log.digest() for log in logs]
    assert digests[0] == digests[1] and len(set(digests)) == 3


def test_parquet_files_open_in_duckdb_and_pandas(tmp_path):
    log = new_log(reducers=REDUCERS)
    busy_days(log)
    folder = tmp_path / "日志 [1]"
    log.write_parquet(folder, ["visit", "visit_day"])
    assert sorted(p.name for p in folder.iterdir()) == ["visit", "visit_day"]
    rows = log.read("visit", as_of=CLOCK.closes(2) - np.timedelta64(1, "s"))
    frame = pd.read_parquet(folder / "visit")
    assert len(frame) == rows.num_rows and frame["fen"].sum() == np.sum(rows["fen"].to_numpy())
    assert frame["event_time"].iloc[0] == pd.Timestamp("2025-06-02 09:00")
    files = [str(file) for file in sorted((folder / "visit").iterdir())]
    found = duckdb.connect().execute(
        "select count(*), sum(fen), min(event_time) from read_parquet($1)", [[f.replace("[", "[[]") for f in files]]
    )
    count, fen, first = found.fetchone()
    assert (count, fen, first) == (len(frame), frame["fen"].sum(), dt.datetime(2025, 6, 2, 9))
