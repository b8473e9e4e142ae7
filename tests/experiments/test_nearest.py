"""The nearest valid name."""

from __future__ import annotations

from experiments.nearest import nearest


def test_a_slip_finds_its_name_and_nonsense_finds_none() -> None:
    assert nearest("tradtional", ["traditional", "spf"]) == "traditional"
    assert nearest("qqq", ["traditional", "spf"]) is None
    assert nearest("x", []) is None


def test_a_last_part_finds_its_path() -> None:
    assert nearest("shop", ["city.shops", "scenario.s"]) == "city.shops"


def test_the_order_of_the_names_does_not_matter() -> None:
    assert nearest("ac", ["ab", "aa"], 0.5) == nearest("ac", ["aa", "ab"], 0.5) == "aa"
