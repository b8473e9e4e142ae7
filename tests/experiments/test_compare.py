"""From records of cells to figures, verdicts, JSON and report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments import compare as module
from experiments.compare import compare
from experiments.config.compose import compose
from experiments.config.model import CompareConfig
from experiments.detail import DAILY
from experiments.evaluate import evaluate, verdict
from experiments.metrics import METRICS
from experiments.report.figures import number
from experiments.report.terminal import table
from experiments.statistics import paired
from sim.errors import RunError


def comparison(**values: object) -> CompareConfig:
    given = {"city": "tiny", "days": 28, "settle_days": 0, "replications": 3, "scenarios": "[traditional,spf]",
             **values}
    config = compose("compare", [(name, str(value)) for name, value in given.items()]).config
    assert isinstance(config, CompareConfig)
    return config


def record(arm: str, replication: int, **values: float | None) -> dict[str, Any]:
    metrics = {name: {"value": values.get(name), "unit": measure.unit,
                      "reason": None if name in values else "not looked at"} for name, measure in METRICS.items()}
    daily = {name: [1.0 + day % 7 for day in range(28)] for name in DAILY}
    detail = {"start": "2026-03-02", "daily": daily, "promise": []}
    result = {"metrics": metrics, "tables": {"loss_by_node_and_reason": []}}
    return {"arm": arm, "replication": replication, "key": "k", "seconds": 1.0, "result": result, "detail": detail}


PATHS = {"report": Path("r.md")}
LOSS = {"traditional": (0.20, 0.16, 0.24), "spf": (0.10, 0.07, 0.13)}
RECORDS = [record(arm, r, loss_rate=value, turnover=10.0 * (r + 1), gmv=5.0)
           for arm, values in LOSS.items() for r, value in enumerate(values)]


def test_differences_are_paired_by_replication() -> None:
    found = evaluate(comparison(), RECORDS[::-1]).as_json(PATHS)["metrics"]["loss_rate"]
    assert found["unit"] == "share"
    assert found["arms"]["traditional"]["mean"] == pytest.approx(0.2)
    # differences -0.10, -0.09, -0.11: sd 0.01, t(0.975, 2) = 4.302653
    assert found["differences"] == {"spf": {
        "mean": pytest.approx(-0.1), "low": pytest.approx(-0.1 - 4.302653 * 0.01 / 3**0.5, abs=1e-7),
        "high": pytest.approx(-0.1 + 4.302653 * 0.01 / 3**0.5, abs=1e-7),
        "correlation": pytest.approx(1.0)}}


def test_the_verdict_follows_the_interval_and_the_metric_s_direction() -> None:
    config = comparison()
    lower = paired([1.0, 1.1, 0.9], [2.0, 2.1, 1.95])
    assert verdict(config, "loss_rate", lower) == "better"
    assert verdict(config, "fill_rate", lower) == "worse"
    assert verdict(config, "fill_rate", paired([1.0, 2.0], [1.1, 1.9])) == "inconclusive"
    assert verdict(config, "fill_rate", paired([1.0, 2.0], [1.0, 2.0])) == "equal"
    assert verdict(config, "fill_rate", paired([1.0], [2.0])) == "-"


def test_a_short_horizon_has_no_verdict_on_what_takes_a_year() -> None:
    short = comparison(burn_in_days=56)
    long = comparison(days=364, burn_in_days=56, start="2025-03-03")
    lower = paired([1.0, 1.1, 0.9], [2.0, 2.1, 1.95])
    for name, measure in METRICS.items():
        never = measure.better == "neither"
        assert (verdict(short, name, lower) == "-") == (measure.slow or never)
        assert verdict(long, name, lower) in (("-",) if never else ("better", "worse"))
    assert {name for name, measure in METRICS.items() if measure.slow} >= {"turnover", "repurchase_rate"}
    assert "Too short for a verdict" in table(evaluate(short, RECORDS))
    assert "Too short" not in table(evaluate(long, RECORDS))


def test_a_figure_that_one_arm_lacks_has_no_difference_and_a_reason() -> None:
    records = [record(arm, r, **({"fill_rate": 0.9} if arm == "spf" else {}), loss_rate=0.1)
               for arm in ("traditional", "spf") for r in range(3)]
    found = evaluate(comparison(), records)
    fill = next(row for row in found.rows if row.name == "fill_rate")
    assert fill.differences["spf"].estimate.mean is None and fill.verdicts["spf"] == "-"
    assert fill.reason == "traditional: not looked at"
    assert dict(found.values("spf", "fill_rate")) == {0: 0.9, 1: 0.9, 2: 0.9}
    assert found.values("traditional", "fill_rate") == {}


def test_a_failed_cell_leaves_its_replication_out_and_is_named() -> None:
    failed = {"arm": "spf", "replication": 1, "key": "k", "seconds": 1.0, "failure": "RunError: broken", "trace": "t"}
    kept = [one for one in RECORDS if (one["arm"], one["replication"]) != ("spf", 1)]
    found = evaluate(comparison(), [*kept, failed])
    loss = found.rows[0]
    assert loss.name == "loss_rate"
    assert (loss.arms["traditional"].n, loss.differences["spf"].estimate.n) == (3, 2)
    assert "spf, replication 2 failed and counts nowhere: RunError: broken" in table(found)
    assert found.as_json(PATHS)["failures"] == [{"arm": "spf", "replication": 1, "failure": "RunError: broken"}]
    with pytest.raises(RunError, match="no pair of arms was finished; 1 cells failed, the first is spf"):
        evaluate(comparison(), [failed, *RECORDS[:3]])


def test_the_table_leaves_out_what_no_arm_has() -> None:
    text = table(evaluate(comparison(), RECORDS))
    assert "loss_rate " in text and "fill_rate" not in text
    assert "20.0  10.0       −10.0  −12.5 to −7.5" in text


def test_a_comparison_is_written_and_resumed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "run_cells", lambda cells, directory, progress, **how: RECORDS)
    data, text = compare(comparison(), tmp_path)
    assert (data["experiment"], data["baseline"], data["replications"]) == ("demo", "traditional", 3)
    assert list(data["metrics"]) == list(METRICS)
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Demo")
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "report.html", "pictures"}
    assert json.loads(json.dumps(data)) == data
    assert "loss_rate" in text


def test_figures_have_few_digits_and_a_real_minus_sign() -> None:
    assert [number(value) for value in (1234567.8, 123.45, 12.345, 1.2345, 0.004, -0.001, -2.5, None)] == [
        "1,234,568", "123", "12.3", "1.23", "0.00", "0.00", "−2.50", "–"]
    assert [number(value, signed=True) for value in (3.0, -3.0, 0.0)] == ["+3.00", "−3.00", "0.00"]


def test_identical_policies_differ_by_exactly_zero() -> None:
    twice = [record(arm, r, loss_rate=0.1 + 0.07 * r) for arm in ("traditional", "spf") for r in range(3)]
    found = evaluate(comparison(), twice).as_json(PATHS)["metrics"]["loss_rate"]["differences"]["spf"]
    assert (found["mean"], found["low"], found["high"]) == (0.0, 0.0, 0.0)
