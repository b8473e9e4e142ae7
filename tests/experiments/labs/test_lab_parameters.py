"""Bad input to a lab: every problem at once, with its path and the nearest name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from experiments.labs import LABS, run_lab
from experiments.labs.parameters import parameters, whole_prices
from sim.errors import InputError


def problems(name: str, pairs: Any) -> dict[str, tuple[str, str | None]]:
    """What a lab refuses: path to message and nearest name."""
    with pytest.raises(InputError) as error:
        run_lab(name, pairs)
    return {problem.path: (problem.message, problem.nearest) for problem in error.value.problems}


@pytest.mark.parametrize("name", LABS)
def test_the_packaged_defaults_are_valid(name: str) -> None:
    assert parameters(name, LABS[name].model, {}) is not None


def test_an_unknown_lab_gets_the_nearest_name() -> None:
    assert problems("perishible", {})["perishible"][1] == "perishable"


def test_all_problems_come_at_once() -> None:
    found = problems(
        "perishable",
        {
            "life_time_days": "3",
            "lifetime_days": "0",
            "lead_time_days": "0",
            "issuing": "fifoo",
            "discount": "1.5",
            "order_cost": "cheap",
            "base_stock": "null",
            "days": "2.5",
            "max_order": "-1",
            "seed": "",
        },
    )
    assert found["life_time_days"] == ("no such key", "lifetime_days")
    assert found["issuing"][1] == "fifo"
    assert found["seed"][0] == "has no value"
    expected = {"lifetime_days", "lead_time_days", "discount", "order_cost", "base_stock", "days", "max_order"}
    assert found.keys() == expected | {"life_time_days", "issuing", "seed"}


def test_a_key_given_twice_is_refused() -> None:
    assert problems("shop", [("days", "3"), ("days", "4")])["days"][0] == "is given twice"


def test_impossible_days_are_refused() -> None:
    assert "before age" in problems("perishable", {"day.phases": "[order, serve, age, waste, receive]"})["day"][0]
    one_day = {"lifetime_days": "1", "day.phases": "[order, serve, waste, receive, age]"}
    assert "one day" in problems("perishable", one_day)["day"][0]
    assert problems("perishable", {"day.phases": "[order, recieve]"})["day.phases.1"][1] == "receive"


def test_what_a_rule_of_the_shop_needs() -> None:
    assert "needed by rule=periodic" in problems("shop", {"rule": "periodic"})["T"][0]
    assert "at least s" in problems("shop", {"rule": "sS", "s": "300", "S": "200"})["S"][0]
    assert problems("shop", {"rule": "SS"})["rule"][1] == "sS"
    assert problems("shop", {"demand": "[]"}).keys() == {"demand"}
    assert problems("shop", {"demand": "[10, ten]"}).keys() == {"demand.1"}
    assert problems("shop", {"demand": "120.5"}).keys() == {"demand.0"}


def test_prices_become_whole_numbers() -> None:
    assert whole_prices({"a": Decimal("3"), "b": Decimal("0.20")}) == ({"a": 300, "b": 20}, 100)
    assert whole_prices({"a": Decimal("1E+2"), "b": Decimal("0.125")}) == ({"a": 100000, "b": 125}, 1000)
