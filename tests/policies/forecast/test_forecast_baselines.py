"""What any forecast has to beat, by hand; answers that break the contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from policies import registry
from policies.synthetic import observation
from policies.tables import lists_of, matrix
from sim.contracts.decisions import DECISION_POINTS, FLOAT_LIST, QUANTILE_LEVELS

WEEKS = np.tile([1, 2, 3, 4, 5, 6, 7], 4)[None, :]
POINT = DECISION_POINTS["forecast"]
LEVELS = len(QUANTILE_LEVELS)


def _asked(**columns: Any) -> pa.Table:
    cell = {"sales": WEEKS, "stock_out_hours": np.zeros((1, 28)), "days_known": [28], "prior_daily": [9.0]}
    return observation("forecast", 1, **{**cell, **columns})


def _mean(name: str, **columns: Any) -> list[float]:
    return matrix(registry.create(name).decide(_asked(**columns)), "mean")[0].tolist()


def test_last_week_again() -> None:
    assert _mean("forecast.seasonal_naive") == [1, 2, 3, 4, 5, 6, 7]
    assert _mean("forecast.seasonal_naive", days_known=[2]) == [9, 9, 9, 9, 9, 6, 7]


def test_the_mean_of_last_week() -> None:
    assert _mean("forecast.moving_average") == [4.0] * 7
    assert _mean("forecast.moving_average", days_known=[2]) == [6.5] * 7
    assert _mean("forecast.moving_average", days_known=[0]) == [9.0] * 7


def test_intervals_are_as_wide_as_past_errors() -> None:
    naive = matrix(registry.create("forecast.seasonal_naive").decide(_asked()), "quantiles").reshape(7, LEVELS)
    mean = matrix(registry.create("forecast.moving_average").decide(_asked()), "quantiles").reshape(7, LEVELS)
    # last week again never erred, so its variance is Poisson's; the mean erred by -3 .. 3, 4 on average of squares
    assert naive[:, 2].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert naive[3, 4] == pytest.approx(4 + 1.645 * 2, abs=0.01)
    assert mean[0, 4] > mean[0, 2] + 1.645 * 2
    assert (np.diff(naive) >= 0).all() and (naive[0, 0], mean[0, 0]) >= (0.0, 0.0)


@pytest.mark.parametrize(("change", "said"), [
    (lambda mean, quantiles: (mean[:, :6], quantiles), "mean: not 7 values in row 0"),
    (lambda mean, quantiles: (mean - 9.0, quantiles), "mean: not within 0 to 1e+09 in row 0"),
    (lambda mean, quantiles: (mean + np.nan, quantiles), "mean: not within 0 to 1e+09 in row 0"),
    (lambda mean, quantiles: (mean, quantiles[:, ::-1]), "quantiles: not in rising order within a day in row 0"),
])
def test_answers_that_are_no_forecast_are_refused(change: Any, said: str) -> None:
    asked = _asked()
    answer = registry.create("forecast.moving_average").decide(asked)
    assert POINT.problems(asked, answer) == []
    mean, quantiles = change(matrix(answer, "mean"), matrix(answer, "quantiles"))
    columns = [lists_of(np.ravel(one), np.array([one.size]), FLOAT_LIST) for one in (mean, quantiles)]
    wrong = pa.Table.from_arrays([answer["shop"], answer["sku"], *columns], schema=POINT.decision)
    assert POINT.problems(asked, wrong) == [said]
