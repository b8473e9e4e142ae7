"""Owners, farm and hub as Mesa agents: views of columns and log, nothing of their own."""

from __future__ import annotations

import pytest

from agents.catalogue import load_catalogue
from agents.network import Network
from experiments.build import build
from experiments.config.compose import compose


@pytest.fixture(scope="module")
def twin():
    built = build(compose("run", [("city", "tiny"), ("scenario", "traditional"), ("days", "4")]).config)
    built.run(3)
    return built


def test_objects_say_what_the_columns_and_the_log_say(twin) -> None:
    network = Network(twin.ports, load_catalogue())
    shelf = twin.ports.state["shelf"]
    assert [owner.shop for owner in network.owners] == [0, 1, 2, 3]
    assert sum(owner.on_hand for owner in network.owners) == shelf["packs"].sum()
    assert sum(owner.members for owner in network.owners) == twin.ports.state["residents"].count
    assert network.hub.on_hand.sum() == twin.ports.state["hub"]["packs"].sum()
    assert sum(farm.ripe.sum() for farm in network.farms) == twin.ports.state["fields"]["packs"].sum()
    assert [farm.farm for farm in network.farms] == list(range(twin.ports.state["farms"].count))
    days = twin.ports.log.read("farm_day").to_pandas()
    earned = (days.revenue_fen + days.spot_fen - days.cost_fen).sum()
    assert sum(farm.income_fen for farm in network.farms) == earned
    local = [farm for farm in network.farms if not farm.remote]
    assert all(farm.distance_km <= 150 and farm.area_ha > 0 and farm.crew > 0 for farm in local if farm.skus)


def test_the_owners_cash_adds_up_to_their_account(twin) -> None:
    network = Network(twin.ports, load_catalogue())
    account = 3  # agents.ledger.Account.OWNERS
    assert sum(owner.cash_fen for owner in network.owners) == twin.ports.state["ledger"]["balance"][account]


def test_looking_changes_nothing_and_a_habit_set_is_a_column_written(twin) -> None:
    before = twin.digest()
    network = Network(twin.ports, load_catalogue())
    _ = [(owner.stock_fen, owner.waste_fen, owner.place_km) for owner in network.owners]
    assert twin.digest() == before
    owner = network.owners.select(lambda one: one.shop == 2)[0]
    owner.cover_days = 3.25
    assert twin.ports.state["owners"]["cover_days"][2] == 3.25
    assert Network(twin.ports, load_catalogue()).owners[2].cover_days == 3.25
    with pytest.raises(ValueError, match="above 0"):
        owner.cover_days = 0.0


def test_income_minutes_and_who_keeps_the_shop(twin) -> None:
    network = Network(twin.ports, load_catalogue(), twin.day)
    day = twin.ports.log.read("owner_day")
    books = {name: day[f"{name}_fen"].to_numpy() for name in ("margin", "waste", "commission", "other")}
    total = (books["margin"] - books["waste"] + books["commission"] + books["other"]).sum()
    assert sum(owner.income_fen for owner in network.owners) == total
    assert sum(owner.minutes for owner in network.owners) == pytest.approx(day["minutes"].to_numpy().sum())
    assert all(owner.is_open and owner.generation == 0 for owner in network.owners)
    owners = twin.ports.state["owners"]
    owners["open_from"][1], owners["generation"][1] = twin.day + 3, 1
    gone = network.owners.select(lambda one: not one.is_open)
    assert [one.shop for one in gone] == [1] and gone[0].generation == 1
    owners["open_from"][1], owners["generation"][1] = 0, 0
    assert network.owners[0].habits["cover_days"] == network.owners[0].cover_days
