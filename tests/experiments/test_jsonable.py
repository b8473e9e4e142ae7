"""Results as JSON text."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from experiments.jsonable import to_json


def test_what_is_no_finite_number_is_null() -> None:
    assert to_json([float("nan"), float("inf"), -np.inf, np.float64("nan"), 1.5]) == "[null, null, null, null, 1.5]"


def test_numpy_paths_dates_and_chinese_are_plain() -> None:
    value = {"a": np.int64(3), "b": np.array([[1.0, np.nan]]), "c": Path("/数据"), "d": date(2026, 3, 2), 4: (True,)}
    assert json.loads(to_json(value)) == {"a": 3, "b": [[1.0, None]], "c": "/数据", "d": "2026-03-02", "4": [True]}
    assert "数据" in to_json(value)


def test_what_has_no_meaning_in_json_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"a": object()})
