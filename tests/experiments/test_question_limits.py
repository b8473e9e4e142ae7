"""The limits of a question's columns are what the twin keeps, so that serving may refuse whatever does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from experiments.build import build
from experiments.config.compose import compose
from policies.conformance import CASES
from policies.serving.rows import faults
from policies.synthetic import observation
from sim.contracts.decisions import DECISION_POINTS


class Wrong:
    """A listener that notes what is wrong with the twin's own questions."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.found: set[tuple[str, str, str]] = set()

    def decided(self, point: str, question: pa.Table, decided: Any) -> None:
        self.asked.add(point)
        self.found |= {(point, fault.column, fault.message)
                       for fault in faults(DECISION_POINTS[point], question, {})}

    def learned(self) -> None:
        """Changes nothing."""


@pytest.mark.parametrize("scenario", ["traditional", "spf", "spf_stock"])
def test_the_twin_asks_only_what_serving_takes(scenario: str) -> None:
    config = compose("run", [("city", "tiny"), ("scenario", scenario), ("days", "9"), ("settle_days", "1")]).config
    twin, wrong = build(config), Wrong()
    for regime in twin.regimes:
        regime.decisions.listener = wrong
    twin.run(config.days)
    assert wrong.found == set()
    assert {"procure", "recommend", "price", "service", "route"} <= wrong.asked


@pytest.mark.parametrize("point", DECISION_POINTS)
def test_so_do_the_questions_of_the_conformance_check(point: str) -> None:
    for case in CASES.values():
        assert faults(DECISION_POINTS[point], observation(point, **case), {}) == []


def test_what_nobody_counts_is_no_question() -> None:
    asked = observation("replenish", 6, case_packs=np.array([0, 1, 1, 1, 1, 1]), on_hand=np.array([0, -1, 0, 0, 0, 0]),
                        prior_daily=np.array([0.0, 0.0, -1e308, 0.0, 1e308, 0.0]))
    found = [(fault.column, fault.message, np.flatnonzero(fault.rows).tolist())
             for fault in faults(DECISION_POINTS["replenish"], asked, {})]
    assert found == [("on_hand", "must be at least 0", [1]), ("prior_daily", "must be at least 0", [2]),
                     ("prior_daily", "must be at most 1e+09", [4]), ("case_packs", "must be at least 1", [0])]
