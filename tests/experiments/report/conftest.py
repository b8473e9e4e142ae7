"""Comparisons from records made by hand, without a twin."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

from experiments.config.compose import compose
from experiments.config.model import CompareConfig
from experiments.detail import DAILY
from experiments.economics import Livelihood
from experiments.evaluate import Comparison, evaluate
from experiments.metrics import METRICS
from experiments.report import report_of

DAYS = 28
LOT = {
    "lot": 7, "sku": {"en": "blueberries 125 g", "zh": "蓝莓 125 克"}, "from": "2026-03-02T04:00",
    "hours": [0.0, 2.0, 8.0, 10.0, 14.0, 20.0], "place": ["farm", "farm", "lorry", "hub", "truck", "shop"],
    "air_c": [22.0, 4.0, 3.0, 4.0, 6.0, 5.0], "core_c": [22.0, 12.0, 5.0, 4.5, 5.0, 5.0],
    "life_used": [0.0, 0.02, 0.03, 0.04, 0.06, 0.09], "packs": [50, 50, 50, 49, 49, 40],
    "sensed": [[8.5, 3.4], [9.5, 3.6], [14.2, 6.5]],
}


def _comparison(**values: object) -> CompareConfig:
    given = {"city": "tiny", "season": "ordinary", "days": DAYS, "settle_days": 0, "replications": 3,
             "scenarios": "[traditional,spf]", **values}
    config = compose("compare", [(name, str(value)) for name, value in given.items()]).config
    assert isinstance(config, CompareConfig)
    return config


def _record(arm: str, replication: int, **values: float | None) -> dict[str, Any]:
    metrics = {name: {"value": values.get(name), "unit": measure.unit,
                      "reason": None if name in values else "no customers are known"}
               for name, measure in METRICS.items()}
    lost = [{"node": node, "reason": reason, "packs": 3, "fen": 100, "share": 0.01 * (place + 1)}
            for place, (node, reason) in enumerate((("hub", "damaged"), ("shop", "spoiled"), ("pickup", "unclaimed")))]
    daily = {name: [10.0 + day % 7 + replication for day in range(DAYS)] for name in DAILY}
    promise = [{"origin": "local", "days": 1, "end": end, "late": late, "packs": packs}
               for end, late, packs in (("handed_over", False, 90), ("handed_over", True, 5), ("short", False, 5))]
    detail = {"start": "2026-03-02", "daily": daily, "promise": promise if arm != "traditional" else [],
              **({"lot": LOT} if replication == 0 else {})}
    books = [Livelihood("owner", 4.0, 9000.0, {"waste": 1000.0, "rent": 2500.0}, 4200.0, None),
             Livelihood("truck", 1.0, 3000.0, {"kilometres": 800.0, "driver": 7000.0}, 9000.0, "driver"),
             Livelihood("farm", 3.0, 500.0, {"growing and picking": 300.0}, 6000.0, "small")]
    result = {"metrics": metrics, "tables": {"loss_by_node_and_reason": lost, "economics": [
        one.as_json() for one in books]}}
    return {"arm": arm, "replication": replication, "key": "k", "seconds": 1.0, "result": result, "detail": detail}


@pytest.fixture(scope="session")
def comparison():
    """Makes a configuration."""
    return _comparison


@pytest.fixture(scope="session")
def record():
    """Makes a cell's record."""
    return _record


@pytest.fixture(scope="session")
def whole():
    """Makes a comparison with a figure for every metric, in a language."""

    def make(language: str) -> Comparison:
        config = _comparison(language=language, burn_in_days=14, scenarios="[traditional,preorder,spf]")
        records = [_record(arm, r, **{name: 0.2 + 0.1 * place + 0.01 * math.sin(7 * r + place) for name in METRICS})
                   for place, arm in enumerate(config.scenarios) for r in range(3)]
        return evaluate(config, records)

    return make


@pytest.fixture(scope="session")
def told(whole):
    """The report of that comparison in a language, drawn once."""
    return cache(lambda language: report_of(whole(language)))
