"""Gradient-boosted quantiles of demand, learned from the log and inferred through their exported form."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import LogView, Policy
from policies.forecast.answers import forecast
from policies.forecast.features import Past, features, rate_of
from policies.forecast.weekday_mean import WeekdayMean
from policies.onnx_session import Inference, session
from policies.tables import matrix, values
from sim.contracts.decisions import FORECAST_DAYS, QUANTILE_LEVELS

MODELS = ("mean.onnx", *(f"q{round(100 * level):02d}.onnx" for level in QUANTILE_LEVELS))
STEPS_A_PACK = 1024
"""Learned forecasts are whole multiples of 1/1024 pack: last bits of other machines do not show."""
LEAST_KNOWN_DAYS = 7
"""A row that is known for fewer days is answered by the weekday mean."""


class LightGBM(Policy):
    """One model of the mean and one of each quantile for all shops and SKUs, for each of the days ahead.

    Features: :mod:`policies.forecast.features`. Training: :mod:`policies.forecast.train_lightgbm`; it needs lightgbm,
    mlforecast and onnxmltools, deciding needs onnxruntime. Until it has learned, and for rows known for less than a
    week, it answers as ``forecast.weekday_mean``.

    Parameters
    ----------
    series
        series (shop and SKU) that it learns from at most; a fixed draw of them where there are more.
    days
        last days of the log that it learns from.
    rounds, leaves, learning_rate
        trees of each model, leaves of a tree, and the share of a tree that counts.
    """

    point = "forecast"
    learns_by = ("lightgbm", "mlforecast", "onnxmltools", "onnxruntime")

    def __init__(
        self, series: int = 1500, days: int = 60, rounds: int = 100, leaves: int = 31, learning_rate: float = 0.1
    ) -> None:
        """Raises ValueError for a parameter out of range."""
        least = {"series": 1, "days": 1, "rounds": 1, "leaves": 2}
        for name, value in zip(least, (series, days, rounds, leaves), strict=True):
            if value < least[name]:
                raise ValueError(f"{name} {value} is below {least[name]}")
        if not 0.0 < learning_rate <= 1.0:
            raise ValueError(f"learning_rate {learning_rate} is not above 0 and at most 1")
        self._series, self._days = series, days
        self._booster = {"n_estimators": rounds, "num_leaves": leaves, "learning_rate": learning_rate}
        self._simple = WeekdayMean()
        self._models: dict[str, npt.NDArray[np.uint8]] = {}
        self._sessions: list[Inference] = []

    def fit(self, log: LogView) -> None:
        """Learn from the network's daily sales; keeps what it knows while the log is too short."""
        from policies.forecast.train_lightgbm import train

        self._simple.fit(log)
        models = train(log, self._series, self._days, self._booster)
        if models is not None:
            self._take(models)

    def state(self) -> dict[str, np.ndarray]:
        """Return the models, once it has learned, and the shape of the week."""
        return {**{name: model.copy() for name, model in self._models.items()}, **self._simple.state()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over models and the shape of the week."""
        learned = {name: np.array(value, np.uint8) for name, value in state.items() if name.endswith(".onnx")}
        if learned and set(learned) != set(MODELS):
            raise ValueError(f"forecast.lightgbm has {', '.join(MODELS)}, not {', '.join(sorted(learned))}")
        self._simple.restore({name: value for name, value in state.items() if name not in learned})
        self._take(learned)

    def _take(self, models: dict[str, npt.NDArray[np.uint8]]) -> None:
        self._models, self._sessions = models, []

    def __deepcopy__(self, memo: dict[int, object]) -> LightGBM:
        """A policy with the same state and sessions of its own: a session cannot be copied."""
        twin = type(self)(**self.params())
        twin.restore(self.state())
        return twin

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every row."""
        simple = self._simple.decide(observation)
        if not self._models:
            return simple
        if not self._sessions:
            self._sessions = [session(self._models[name]) for name in MODELS]
        rows, levels = observation.num_rows, len(QUANTILE_LEVELS)
        past = past_of(observation)
        rate = rate_of(past)
        weekday, is_off = matrix(observation, "weekday").astype(np.int64), matrix(observation, "is_off")
        told = np.zeros((len(MODELS), rows, FORECAST_DAYS))
        for step in range(FORECAST_DAYS):
            asked = features(past, rate, np.full(rows, step), weekday[:, step], is_off[:, step])
            for place, infer in enumerate(self._sessions):
                told[place, :, step] = np.asarray(infer({"x": asked})[0], np.float64).reshape(-1) * rate
        told = np.rint(np.maximum(told, 0.0) * STEPS_A_PACK) / STEPS_A_PACK
        known = (values(observation, "days_known") >= LEAST_KNOWN_DAYS)[:, None]
        mean = np.where(known, told[0], matrix(simple, "mean"))
        other = matrix(simple, "quantiles").reshape(rows, FORECAST_DAYS, levels)
        return forecast(observation, mean, np.where(known[:, :, None], np.moveaxis(told[1:], 0, 2), other))


def past_of(observation: pa.Table) -> Past:
    """The last days of every row as features see them."""
    sold = matrix(observation, "sales").astype(np.float64)
    days = sold.shape[1]
    known = np.arange(days)[None, :] >= days - np.clip(values(observation, "days_known"), 0, days)[:, None]
    empty = matrix(observation, "stock_out_hours") / np.maximum(values(observation, "open_hours"), 1e-9)[:, None]
    on_sale = np.where(known, np.clip(1.0 - empty, 0.0, 1.0), 0.0)
    return Past(np.where(known, sold, 0.0), on_sale, matrix(observation, "was_off"))
