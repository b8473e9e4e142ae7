"""The profile fit sees through stock-outs, and the committed figures come out of the data again."""

import os
from pathlib import Path

import numpy as np
import pytest

from agents.sourced import load_records
from experiments.fit import hours
from sim.streams import key
from sim.variates import poisson_array, uniform_array


def test_stockouts_do_not_bend_the_profile() -> None:
    true = np.array([1, 2, 4, 8, 8, 4, 6, 2]) / 35
    rows, columns = np.arange(4000)[:, None], np.arange(8)
    rate = np.where(rows % 2, 40.0, 4.0)
    sale = poisson_array(key(1, "sale"), rate * true, 0, rows, columns).astype(float)
    sold_out = np.where(rows % 2, 3 + 5 * uniform_array(key(1, "out"), 0, rows), 8)
    seen = (columns < sold_out).astype(float)
    assert np.allclose(hours.profile(sale, seen), true, rtol=0.05)
    plain = (sale * seen).sum(0) / seen.sum(0)
    assert not np.allclose(plain / plain.sum(), true, rtol=0.2)


@pytest.fixture(scope="module")
def data() -> Path:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (root / "freshretailnet50k").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared data at {root}; set LINLI_DATA")
        pytest.skip(f"no shared data at {root}")
    return root


def test_committed_figures_are_what_the_script_fits(data: Path) -> None:
    records = load_records("hours")
    by_hour, by_day = hours.fit_hours(*hours.read_hours(data)[:2]), hours.fit_week(*hours.read_week(data)[:2])
    committed = {**records["sales_hour"], **records["sales_weekday"], **records["session"]}
    assert set(committed) == set(by_hour) | set(by_day)
    for name, value in (by_hour | by_day).items():
        row = committed[name]
        assert row.value == pytest.approx(value, rel=6e-4), name
        assert row.grade == "D" and row.low is not None and row.high is not None
        assert row.low <= row.value <= row.high
