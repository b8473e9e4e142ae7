"""Values of the world's parameters that nothing can be computed with are refused, each by its own name."""

from __future__ import annotations

from typing import Any

import pytest

from agents.params import SourcedParams, WorldParams
from agents.sourced import load_table
from agents.world import MEMBERS_A_SHOP
from experiments.config.compose import compose
from experiments.config.model import MOST_MEMBERS
from experiments.runner import run_arm
from sim.errors import InputError

ROOMS: dict[str, type[SourcedParams]] = {
    room: field.annotation for room, field in WorldParams.model_fields.items()}  # type: ignore[misc]
FIELDS = [(room, name) for room, model in ROOMS.items() for name in model.model_fields]


def refused(*words: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        compose("run", [tuple(word.split("=", 1)) for word in words])  # type: ignore[misc]
    return [str(problem) for problem in caught.value.problems]


def limits(room: str, name: str) -> dict[str, Any]:
    metadata = ROOMS[room].model_fields[name].metadata
    return {kind: getattr(limit, kind) for limit in metadata for kind in ("ge", "gt", "le", "lt")
            if hasattr(limit, kind)}


@pytest.mark.parametrize(("room", "name"), FIELDS)
def test_every_parameter_has_limits_that_hold_its_sourced_range(room: str, name: str) -> None:
    found, row = limits(room, name), load_table(ROOMS[room].table)[name]
    assert found.keys() & {"ge", "gt"} and found.keys() & {"le", "lt"}
    least, most = ([found[kind] for kind in kinds if kind in found][0] for kinds in (("ge", "gt"), ("le", "lt")))
    for value in (row.value, row.low, row.high):
        assert value is None or least <= value <= most
    assert refused(f"world.{room}.{name}={most * 2 + 1:.0f}")[0].startswith(f"world.{room}.{name}: must be ")
    assert refused(f"world.{room}.{name}={-abs(least) * 2 - 1:.0f}")[0].startswith(f"world.{room}.{name}: must be ")


def test_impossible_values_are_all_named_at_once() -> None:
    assert refused(
        "world.owners.opening_hour=23", "world.owners.cover_days=-1", "world.groupbuys.window_days=0",
        "world.supply.hub_docks=0", "world.supply.haul_kmh=0", "world.residents.no_show=1.5",
        "world.costs.pack_life_log_sd=0", "world.supply.defect_share=1", "days=0") == [
        "days: must be at least 1, not 0",
        "world.residents.no_show: must be at most 1, not 1.5",
        "world.owners.cover_days: must be at least 0, not -1",
        "world.owners.opening_hour: must be at most 11, not 23",
        "world.groupbuys.window_days: must be at least 1, not 0",
        "world.supply.defect_share: must be less than 1, not 1",
        "world.supply.haul_kmh: must be at least 1, not 0",
        "world.supply.hub_docks: must be at least 1, not 0",
        "world.costs.pack_life_log_sd: must be at least 0.01, not 0"]


def test_picking_ends_after_it_begins() -> None:
    found = refused("world.supply.harvest_start_hour=9", "world.supply.harvest_end_hour=8.5", "city.shops=0", "days=2",
                    "settle_days=2")
    assert found == [
        "city.shops: must be at least 1, not 0",
        "world.supply: harvest_end_hour, 8.5, must come after harvest_start_hour, 9",
        "settle_days: leaves no day that counts: must be below days, 2"]


def test_a_shop_has_no_more_members_than_can_be_numbered() -> None:
    assert MOST_MEMBERS == MEMBERS_A_SHOP


@pytest.mark.parametrize("words", [
    ("world.supply.hub_docks=1", "world.supply.haul_kmh=1", "world.supply.unload_minutes=1440"),
    ("world.costs.truck_payload_kg=50", "world.supply.precool_batch_kg=50", "world.supply.precool_hours=24"),
    ("world.supply.expected_packs_member_day=0", "world.owners.first_stock_days=0", "world.owners.cover_days=0"),
    ("world.groupbuys.candidates_per_shop_week=56", "world.groupbuys.minimum_packs=1", "world.groupbuys.window_days=1"),
    ("world.residents.frequency_shape=0.01", "world.residents.visit_rate=10", "world.residents.shelf_look=1"),
    ("world.owners.opening_hour=11", "world.owners.closing_hour=20", "world.owners.unclaimed_days=1"),
])
def test_the_limits_themselves_can_be_lived(words: tuple[str, ...]) -> None:
    given = [("city", "tiny"), ("city.shops", "2"), ("days", "2"), *(word.split("=") for word in words)]
    config = compose("run", given).config  # type: ignore[arg-type]
    assert len(run_arm(config)["digest"]) == 64
