"""A log that keeps a panel only has the same aggregates, and the twin lives the same days."""

from typing import Any

import numpy as np
import pytest

from sim.contracts.events import EVENT_TABLES, aggregates
from sim.digest import digest_table
from sim.log import EVENT_KEY, RECENT_DAYS


@pytest.fixture(scope="module")
def both(twins: Any) -> tuple[Any, Any]:
    few = {"city__shops": 2, "city__members": 80, "days": 6, "world__residents__visit_rate": 0.1}
    return twins.lived("mix", **few), twins.lived("mix", **few, log__detail="panel", log__panel_share=0.2)


@pytest.mark.parametrize("table", aggregates.TABLES)
def test_aggregates_are_made_of_all_rows(both: tuple[Any, Any], table: str) -> None:
    whole, panel = (digest_table(twin.ports.log.read(table), EVENT_KEY) for twin in both)
    assert whole == panel


def test_a_table_that_repeats_rows_keeps_recent_ones_to_know_them_by() -> None:
    resent = {name: schema.metadata for name, schema in EVENT_TABLES.items() if b"delivery" in schema.metadata}
    assert resent and all(b"panel_key" not in about for about in resent.values())


def test_state_is_the_same_when_nobody_learns_from_the_log(both: tuple[Any, Any]) -> None:
    whole, panel = both
    assert whole.ports.state.digest() == panel.ports.state.digest()


def test_members_rows_are_those_of_the_panel_and_bulk_rows_the_latest(both: tuple[Any, Any], twins: Any) -> None:
    whole, panel = (twins.rows(twin, "order_line") for twin in both)
    kept = np.unique(panel["member"])
    assert 0 < len(kept) < len(np.unique(whole["member"]))
    assert (panel["line"] == whole["line"][np.isin(whole["member"], kept)]).all()
    days = np.unique(twins.rows(both[1], "stock_count")["day"])
    assert days.tolist() == [5 - back for back in range(RECENT_DAYS)][::-1]


def test_a_large_city_keeps_a_panel_of_itself(twins: Any) -> None:
    assert twins.config("traditional", city="metropolis", city__shops=1000, city__members=1000).keeps_panel
    assert not twins.config("traditional").keeps_panel
    assert twins.config("traditional", log__detail="panel").keeps_panel


def test_every_bulk_table_is_one_that_no_metric_reads() -> None:
    bulk = {name for name, schema in EVENT_TABLES.items() if b"volume" in schema.metadata}
    assert bulk and not bulk & set(aggregates.TABLES)
