"""The learned forecaster: what it looks at, that training and deciding see the same, censoring against the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from policies import registry
from policies.conformance import check
from policies.forecast.features import Past, features, rate_of
from policies.forecast.learned import past_of
from policies.forecast.train_lightgbm import Panel, Rows, lagged, uncensored
from policies.synthetic import SyntheticLog, observation
from policies.tables import matrix
from sim.streams import integers, key, uniform

FEW = {"rounds": 5, "series": 100}


def _panel(series: int = 6, days: int = 40) -> Panel:
    stream = key(0, "tests.learned")
    cell, day = np.arange(series)[:, None], np.arange(days)[None, :]
    sold = integers(stream, 9, 0, cell, day).astype(float)
    on_sale = np.where(integers(stream, 5, 1, cell, day) == 0, 0.5, 1.0)
    return Panel(sold, on_sale, np.arange(days) % 7, np.arange(days) % 7 >= 5)


def test_training_and_deciding_see_the_same() -> None:
    from mlforecast import MLForecast

    panel = _panel()
    days, at = panel.sold.shape[1], 33
    past = lagged(panel, MLForecast(models={}, freq=1, lags=list(range(1, 29))))
    trained = Past(*(part.reshape(6, days, 28)[:, at] for part in past))
    asked = observation(
        "forecast", 6, sales=panel.sold[:, at - 28 : at].astype(int), days_known=np.full(6, 28),
        stock_out_hours=(1.0 - panel.on_sale[:, at - 28 : at]) * 14.0,
        was_off=np.broadcast_to(panel.is_off[at - 28 : at], (6, 28)),
    )  # fmt: skip
    decided = past_of(asked)
    for one, other in zip(trained, decided, strict=True):
        np.testing.assert_array_equal(one, other)
    step, weekday, off = np.arange(6), np.arange(6), np.zeros(6, bool)
    seen = [features(one, rate_of(one), step, weekday, off) for one in (trained, decided)]
    np.testing.assert_array_equal(*seen)
    assert seen[0].dtype == np.float32 and np.isfinite(seen[0]).all()


def test_before_the_opening_nothing_counts() -> None:
    early = past_of(observation("forecast", 9, days_known=np.zeros(9, int)))
    assert (early.on_sale == 0).all() and (early.sold == 0).all()


def test_sales_over_the_time_on_sale_are_nearer_to_demand_than_sales() -> None:
    """Poisson demand, shelves empty for half of every third day: what was asked for is known here."""
    stream = key(0, "tests.learned.truth")
    cell, day = np.arange(400)[:, None], np.arange(28)[None, :]
    truth = 4.0 + cell % 5
    asked = sum((uniform(stream, 0, cell, day, one) < truth / 40.0).astype(int) for one in range(40))
    on_sale = np.where(np.broadcast_to(day, asked.shape) % 3 == 0, 0.5, 1.0)
    morning = sum((uniform(stream, 0, cell, day, one) < truth / 40.0).astype(int) for one in range(20))
    sold = np.where(on_sale < 1.0, morning, asked)
    rate = rate_of(Past(sold.astype(float), on_sale, np.zeros(sold.shape, bool)))[:, None]
    assert np.abs(rate - truth).sum() < 0.6 * np.abs(sold.mean(axis=1, keepdims=True) - truth).sum()
    assert abs((rate - truth).mean() / truth.mean()) < 0.02


def test_a_day_that_ran_out_counts_at_least_as_usual() -> None:
    class Usual:
        def fit(self, x: Any, y: Any, sample_weight: Any) -> None:
            assert len(y) == 600 and (y == 1.0).all()
            self.booster_ = self

        def predict(self, x: Any) -> Any:
            return np.ones(len(x))

    sold = np.concatenate([np.full(600, 4.0), [1.0, 9.0]])
    rows = Rows(np.zeros((602, 1), np.float32), np.full(602, 4.0), sold, np.concatenate([np.ones(600), [0.5, 0.5]]))
    told = uncensored(rows, Usual(), np.ones(602))
    assert told[-2:].tolist() == [1.0, 9.0 / 4.0]


@pytest.fixture(scope="module")
def learned() -> registry.Policy:
    policy = registry.create("forecast.lightgbm", **FEW)
    check(policy)  # learns from a made-up log
    return policy


def test_it_learns_the_same_from_the_same_log_and_copies_by_its_state(learned: registry.Policy) -> None:
    again = registry.create("forecast.lightgbm", **FEW)
    again.fit(SyntheticLog())
    assert set(again.state()) == set(learned.state())
    assert all((again.state()[name] == model).all() for name, model in learned.state().items())
    with pytest.raises(ValueError, match=r"q05\.onnx"):
        again.restore({"mean.onnx": np.zeros(3, np.uint8), "shape_of_week": np.ones(7)})


def test_rows_that_are_hardly_known_are_answered_simply(learned: registry.Policy) -> None:
    asked = observation("forecast", 2, days_known=np.array([3, 28]))
    simple = registry.create("forecast.weekday_mean")
    simple.fit(SyntheticLog())
    own, other = (matrix(one.decide(asked), "mean") for one in (learned, simple))
    assert (own[0] == other[0]).all() and (own[1] != other[1]).any()
    assert (own[1] * 1024 == np.rint(own[1] * 1024)).all()
