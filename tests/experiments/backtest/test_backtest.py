"""Back-tests: as-of data only, scores by hand, a difference's interval, what the command refuses."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from experiments.backtest.recording import AsOf, Recording, read_recording
from experiments.backtest.scores import Scores, difference
from experiments.backtest.testing import backtest
from experiments.cli import main
from policies import registry
from policies.tables import matrix
from sim.streams import integers, key

LEARNED = {"rounds": 8, "series": 60}


def said(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def recording() -> Recording:
    """60 series of 6 stores over 42 days, some of them empty for hours."""
    stream = key(0, "tests.backtest")
    cell, day = np.arange(60)[:, None], np.arange(42)[None, :]
    sold = integers(stream, 12, 0, cell, day) * (1 + (cell % 3)) + 2 * (day % 7 == 5)
    empty = np.where(integers(stream, 10, 1, cell, day) == 0, 6, 0)
    return Recording(dt.date(2024, 4, 1), np.arange(60) // 10, np.arange(60) % 10, sold, empty.astype(np.int8))


@pytest.fixture(scope="module")
def learned(recording: Recording) -> registry.Policy:
    policy = registry.create("forecast.lightgbm", **LEARNED)
    policy.fit(AsOf(recording, 35))
    return policy


def test_later_days_change_no_forecast(recording: Recording, learned: registry.Policy) -> None:
    later = replace(recording, sold=recording.sold.copy(), stock_out_hours=recording.stock_out_hours.copy())
    later.sold[:, 35:] = 999
    later.stock_out_hours[:, 35:] = 16
    assert later.question(35).equals(recording.question(35))
    for name in ("forecast.seasonal_naive", "forecast.moving_average", "forecast.weekday_mean"):
        answers = []
        for one in (recording, later):
            policy = registry.create(name)
            policy.fit(AsOf(one, 35))
            answers.append(policy.decide(one.question(35)))
        assert answers[0].equals(answers[1])
    again = registry.create("forecast.lightgbm", **LEARNED)
    again.fit(AsOf(later, 35))
    assert all((again.state()[name] == model).all() for name, model in learned.state().items())
    assert again.decide(later.question(35)).equals(learned.decide(recording.question(35)))


def test_the_question_holds_the_last_four_weeks(recording: Recording) -> None:
    asked = recording.question(35)
    assert (matrix(asked, "sales") == recording.sold[:, 7:35]).all()
    assert (matrix(asked, "stock_out_hours") == recording.stock_out_hours[:, 7:35]).all()
    assert matrix(asked, "weekday")[0].tolist() == [0, 1, 2, 3, 4, 5, 6]  # 6 May 2024 is a Monday
    assert matrix(asked, "is_off")[0].tolist() == [False] * 6 + [True]  # the Saturday, 11 May, was worked
    assert (asked["open_hours"][0].as_py(), asked["days_known"][0].as_py()) == (16.0, 28)


def test_scores_by_hand() -> None:
    scores, store = Scores(2, 1), np.array([0, 1])
    quantiles = np.array([[0.0, 2.0, 4.0, 6.0, 8.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    scores.add(0, store, np.array([5.0, 1.0]), quantiles, np.array([6.0, 4.0]), np.array([True, False]))
    found = scores.figures()
    assert (found["wape"], found["wape_in_stock"], found["wape_of_mean"], found["bias"]) == (0.5, 1 / 3, 0.4, -0.4)
    assert found["pinball"]["0.5"] == pytest.approx((0.5 * 2 + 0.5 * 3) / 10)
    assert found["pinball"]["0.95"] == pytest.approx((0.05 * 2 + 0.95 * 3) / 10)
    assert found["coverage_90"] == 0.5


def test_a_difference_is_as_sure_as_days_and_stores_allow() -> None:
    own, other = Scores(4, 6), Scores(4, 6)
    for scores, errors in ((own, 1.0), (other, 2.0)):
        scores.sold[0] = 10.0
        scores.error[0] = errors
    same = difference(own, other, 0)
    assert same["mean"] == same["low"] == same["high"] == pytest.approx(-0.1)
    other.error[0, :, 0] += 6.0  # one day that was bad in all stores
    wide = difference(own, other, 0)
    assert wide["mean"] == pytest.approx(-0.2) and wide["low"] < -0.4 and wide["high"] > 0.0
    assert difference(own, other, 1) == {"mean": None, "low": None, "high": None}


def test_a_whole_backtest_says_what_it_promises(recording: Recording) -> None:
    found = backtest(recording, "forecast.lightgbm", LEARNED, 35, 38, 2, 7, said)
    assert found["rows"] == 60 * (4 + 3)
    again = backtest(recording, "forecast.lightgbm", LEARNED, 35, 38, 2, 7, said)
    assert json.dumps(found) == json.dumps(again)
    own = backtest(recording, "forecast.moving_average", {}, 35, 38, 1, 7, said)
    expected = np.stack([recording.sold[:, day - 7 : day].mean(axis=1) for day in range(35, 39)], axis=1)
    sold = recording.sold[:, 35:39]
    assert own["wape_of_mean"] == pytest.approx(np.abs(expected - sold).sum() / sold.sum())
    assert own["baselines"]["forecast.moving_average"]["difference"]["mean"] == 0.0


def slice_of_the_real(folder: Path) -> Path:
    """Two stores of the recorded sales and their first 50 days."""
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data")) / "freshretailnet50k"
    if not root.is_dir():
        if "LINLI_DATA" in os.environ:
            pytest.fail(f"no recorded sales at {root}; set LINLI_DATA")
        pytest.skip("no recorded sales here")
    rows = pq.read_table(root / "daily.parquet")
    until = pa.scalar(dt.datetime(2024, 5, 16), rows["dt"].type)
    few = pc.unique(rows["store_id"])[:2]
    rows = rows.filter(pc.and_(pc.is_in(rows["store_id"], value_set=few), pc.less(rows["dt"], until)))
    pq.write_table(rows, folder / "daily.parquet")
    lines = (root / "stores.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if int(line.split(",")[0]) in few.to_pylist()]
    (folder / "stores.csv").write_text("\n".join([lines[0], *kept]) + "\n", encoding="utf-8")
    (folder / "products.csv").write_text((root / "products.csv").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_the_command_on_recorded_sales(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = slice_of_the_real(tmp_path)
    series = len(read_recording(folder, 0.1).shop)
    words = ["backtest", f"data={folder}", "from=2024-05-13", "to=2024-05-15", "params.rounds=10", "--json"]
    assert main(words) == 0
    found = json.loads(capfd.readouterr().out)
    page = (Path(__file__).parents[3] / "docs" / "cli-json.md").read_text(encoding="utf-8")
    shape = json.loads(page.split("```json backtest\n")[1].split("```")[0])
    assert set(found) == set(shape) and set(found["baselines"]["forecast.moving_average"]) == set(
        shape["baselines"]["<name>"]
    )
    assert found["rows"] == 3 * series and 0.0 < found["wape"] < 1.0 and 0.5 < found["coverage_90"] < 1.0
    assert set(found["baselines"]) == {"forecast.seasonal_naive", "forecast.moving_average"}


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "forecast=forecast.lightgmb", "horizon_days=9", "fromm=2024-01-01"]) == 2
    lines = capfd.readouterr().err
    for piece in ("forecast.lightgbm", "horizon_days", "fromm", "data: is missing"):
        assert piece in lines
    assert main(["backtest", f"data={tmp_path / 'none'}", "horizon_days=9"]) == 2
    assert "none: there is no such directory" in (lines := capfd.readouterr().err) and "horizon_days" in lines
    assert main(["backtest", f"data={tmp_path}", "params.trees=3"]) == 2
    assert "params.trees" in capfd.readouterr().err
