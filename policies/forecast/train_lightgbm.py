"""Trains the models of ``forecast.lightgbm``: the only module that needs lightgbm, mlforecast and onnxmltools."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from policies.base import LogView
from policies.forecast.features import Past, features, rate_of
from sim import streams
from sim.contracts.decisions import FORECAST_DAYS, HISTORY_DAYS, QUANTILE_LEVELS

Floats = npt.NDArray[np.float64]
LEAST_ROWS = 500
"""With fewer rows nothing is learned."""
LAGS = list(range(1, HISTORY_DAYS + 1))
LEAST_KNOWN = 7
"""Days after the opening from which on a row teaches."""
FIXED = {
    "random_state": 0, "n_jobs": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    "min_child_samples": 100, "colsample_bytree": 0.8,
}  # fmt: skip
"""One thread and a fixed order of sums: the same log gives the same trees."""


class Panel(NamedTuple):
    """Daily series, (series, day): packs sold, share of the day on sale; by day the weekday and whether it is off."""

    sold: Floats
    on_sale: Floats
    weekday: npt.NDArray[np.int64]
    is_off: npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """What is learned from: features, rate, packs sold and share of the day on sale of the day forecast."""

    x: npt.NDArray[np.float32]
    rate: Floats
    sold: Floats
    on_sale: Floats


def train(
    log: LogView, series: int, days: int, booster: Mapping[str, Any]
) -> dict[str, npt.NDArray[np.uint8]] | None:
    """Return the exported models by name, None while the log is too short to learn from."""
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast

    panel = panel_of(log, series, days)
    if panel is None:
        return None
    settings = {**FIXED, **booster}
    models = {"mean": LGBMRegressor(objective="regression", **settings)}
    for level in QUANTILE_LEVELS:
        models[f"q{round(100 * level):02d}"] = LGBMRegressor(objective="quantile", alpha=level, **settings)
    learner = MLForecast(models=models, freq=1, lags=LAGS)
    rows = rows_of(panel, learner)
    if len(rows.rate) < LEAST_ROWS or not rows.sold.any():
        return None
    weight = rows.rate / rows.rate.mean()
    target = uncensored(rows, LGBMRegressor(objective="quantile", alpha=0.5, **settings), weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        learner.fit_models(rows.x, target, models_fit_kwargs={name: {"sample_weight": weight} for name in models})
    return {f"{name}.onnx": exported(model) for name, model in learner.models_.items()}


def panel_of(log: LogView, series: int, days: int) -> Panel | None:
    """The last ``days`` of a fixed draw of ``series`` series, and four weeks before them; None for an empty log."""
    sales, calendar = log.read("shop_day"), log.read("calendar")
    if not sales.num_rows or not calendar.num_rows:
        return None
    day = sales["day"].to_numpy()
    last, opened = int(day.max()), int(day.min())
    first = max(opened, last + 1 - days - HISTORY_DAYS)
    code = sales["shop"].to_numpy().astype(np.int64) << 32 | sales["sku"].to_numpy()
    cells, cell = np.unique(code, return_inverse=True)
    lot = streams.uniform(streams.key(0, "policies.forecast.sample"), 0, cells >> 32, cells & 0xFFFFFFFF)
    chosen = np.sort(np.argsort(lot, kind="stable")[:series])
    place = np.full(len(cells), -1)
    place[chosen] = np.arange(len(chosen))
    shape = (len(chosen), last + 1 - first)
    weekday, is_off, hours = _calendar(calendar, first, shape[1])
    mine = (place[cell] >= 0) & (day >= first)
    where = place[cell][mine], day[mine] - first
    sold, empty = np.zeros(shape), np.zeros(shape)
    sold[where] = sales["sold"].to_numpy()[mine]
    empty[where] = sales["stock_out_hours"].to_numpy()[mine]
    return Panel(sold, np.clip(1.0 - empty / max(hours, 1e-9), 0.0, 1.0), weekday, is_off)


def _calendar(calendar: Any, first: int, days: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], float]:
    weekday, is_off = np.zeros(days, np.int64), np.zeros(days, bool)
    place = calendar["target_day"].to_numpy() - first
    mine = (place >= 0) & (place < days)
    weekday[place[mine]] = calendar["weekday"].to_numpy()[mine]
    is_off[place[mine]] = calendar["is_off"].to_numpy(zero_copy_only=False)[mine]
    return weekday, is_off, float(calendar["open_hours"].to_numpy().max())


def rows_of(panel: Panel, learner: Any) -> Rows:
    """Every series and day from a week after the opening on, one and another number of days ahead."""
    series, days = panel.sold.shape
    past = lagged(panel, learner)
    cell, origin = (axis.reshape(-1) for axis in np.meshgrid(np.arange(series), np.arange(days), indexing="ij"))
    parts = []
    for step in (np.zeros(len(cell), np.int64), 1 + (cell + origin) % (FORECAST_DAYS - 1)):
        mine = np.flatnonzero((origin >= LEAST_KNOWN) & (origin + step < days))
        own = Past(past.sold[mine], past.on_sale[mine], past.was_off[mine])
        target = origin[mine] + step[mine]
        rate = rate_of(own)
        x = features(own, rate, step[mine], panel.weekday[target], panel.is_off[target])
        parts.append(Rows(x, rate, panel.sold[cell[mine], target], panel.on_sale[cell[mine], target]))
    return Rows(*(np.concatenate(several) for several in zip(*parts, strict=True)))


def lagged(panel: Panel, learner: Any) -> Past:
    """The four weeks before each day of each series (rows by series, then day), by mlforecast's lags."""
    from mlforecast.feature_engineering import transform_exog

    series, days = panel.sold.shape
    ids, day = np.repeat(np.arange(series), days), np.tile(np.arange(days), series)
    frame = pd.DataFrame({"unique_id": ids, "ds": day, "y": panel.sold.reshape(-1)})
    sold = learner.preprocess(frame, dropna=False, static_features=[])
    other = frame[["unique_id", "ds"]].assign(
        on_sale=panel.on_sale.reshape(-1), off=np.tile(panel.is_off, series).astype(np.float64)
    )
    other = transform_exog(other, lags=LAGS)

    def window(found: pd.DataFrame, prefix: str) -> Floats:
        return np.asarray(np.nan_to_num(found[[f"{prefix}lag{lag}" for lag in reversed(LAGS)]].to_numpy(np.float64)))

    return Past(window(sold, ""), window(other, "on_sale_"), window(other, "off_") > 0.0)


def uncensored(rows: Rows, first: Any, weight: Floats) -> Floats:
    """Demand over rate: sales on days with stock all day; on others sales, or what ``first`` makes of them, if more.

    ``first`` learns from days with stock all day. A day that ran out tells that at least so much was wanted as sold
    (Nahmias 1994, "Demand estimation in lost sales inventory systems", Naval Research Logistics 41; Powell 1986,
    "Censored regression quantiles", Journal of Econometrics 32).
    """
    told = rows.sold / rows.rate
    whole = rows.on_sale >= 1.0
    if whole.all() or whole.sum() < LEAST_ROWS:
        return np.asarray(told)
    first.fit(rows.x[whole], told[whole], sample_weight=weight[whole])
    usual = np.asarray(first.booster_.predict(rows.x[~whole]))
    told[~whole] = np.maximum(told[~whole], usual)
    return np.asarray(told)


def exported(model: Any) -> npt.NDArray[np.uint8]:
    """The model as the bytes of an ONNX file, the same for the same trees."""
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    width = model.booster_.num_feature()
    onnx = convert_lightgbm(model.booster_, name="forecast", initial_types=[("x", FloatTensorType([None, width]))])
    return np.frombuffer(onnx.SerializeToString(deterministic=True), np.uint8).copy()
