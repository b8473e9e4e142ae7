"""The text of a value and what it means."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from experiments.config.values import parse, parse_as


@pytest.mark.parametrize(("raw", "value"), [
    ("3", 3), ("-3", -3), ("010", 10), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("true", True), ("null", None),
    ("no", "no"), ("on", "on"), ("1:30", "1:30"), ("2026-03-02", "2026-03-02"), ("fifo", "fifo"), ("0x10", "0x10"),
    ("[120,80]", [120, 80]), ("[a, b]", ["a", "b"]), ("{a: 1}", {"a": 1}), ("[1", "[1"), ("a: b: c", "a: b: c"),
    ("'3'", "3"), ("1_000", "1_000"), ("-.inf", -math.inf)])
def test_scalars_follow_yaml_1_2(raw: str, value: object) -> None:
    assert parse(raw) == value


@given(st.integers())
def test_integers_come_back(number: int) -> None:
    assert parse(str(number)) == number


@given(st.floats(allow_nan=False))
def test_floats_come_back(number: float) -> None:
    assert parse(repr(number).replace("inf", ".inf")) == number


@pytest.mark.parametrize("raw", ["[a], b #1", "3", "true", "a: b", "null"])
def test_text_and_names_stand_as_they_are(raw: str) -> None:
    assert parse_as(raw, str) == raw
    assert parse_as(raw, Literal["a", "b"]) == raw
    assert parse_as(raw, Annotated[str, Field(min_length=1)]) == raw


def test_paths_are_absolute_and_optional_ones_may_be_null() -> None:
    assert parse_as("x y", Path | None) == str(Path.cwd() / "x y")
    assert parse_as("~", Path | None) is None
    assert parse_as("3", int | None) == 3
    assert parse_as("[1, a]", tuple[str, ...]) == [1, "a"]
    assert parse_as("2026-03-02", date) == "2026-03-02"
