"""The back-test: every policy learns weekly and forecasts daily, from what had been recorded by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.backtest.recording import OPENING_DAYS, AsOf, Recording
from experiments.backtest.scores import Scores, difference
from policies import registry
from policies.base import Policy
from policies.tables import matrix
from sim.contracts.decisions import DECISION_POINTS, FORECAST_DAYS, QUANTILE_LEVELS
from sim.errors import InputError, Problem, RunError

BASELINES = ("forecast.seasonal_naive", "forecast.moving_average")
Progress = Callable[[float, float, str], None]


def days_of(recording: Recording, first: dt.date | None, last: dt.date | None) -> tuple[int, int]:
    """The recorded days of the first and last target. Raises InputError where they are not recorded."""
    begin = OPENING_DAYS if first is None else (first - recording.first).days
    end = recording.days - 1 if last is None else (last - recording.first).days
    known = f"the recording has {recording.first} to {recording.first + dt.timedelta(days=recording.days - 1)}"
    problems = []
    if not OPENING_DAYS <= begin < recording.days:
        problems.append(Problem("from", f"must lie within the recording, a week after its start: {known}"))
    if not begin <= end < recording.days:
        problems.append(Problem("to", f"must lie within the recording and not before from: {known}"))
    if problems:
        raise InputError(problems)
    return begin, end


def backtest(
    recording: Recording, name: str, params: dict[str, Any], begin: int, end: int, horizon: int, refit_days: int,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Figures of the policy and of the baselines for targets ``begin`` to ``end``, 1 to ``horizon`` days ahead."""
    policies = {name: registry.create(name, **params)}
    policies |= {one: registry.create(one) for one in BASELINES if one not in policies}
    stores = int(recording.shop.max()) + 1
    scores = {one: Scores(stores, end + 1 - begin) for one in policies}
    for day in range(begin, end + 1):
        if (day - begin) % refit_days == 0:
            progress(day - begin, end + 1 - begin, "learning")
            for policy in policies.values():
                policy.fit(AsOf(recording, day))
        progress(day - begin, end + 1 - begin, str(recording.first + dt.timedelta(days=day)))
        asked = recording.question(day)
        for one, policy in policies.items():
            mean, quantiles = _asked(one, policy, asked)
            for step in range(min(horizon, end + 1 - day)):
                target = day + step
                scores[one].add(
                    target - begin, recording.shop, mean[:, step], quantiles[:, step],
                    recording.sold[:, target].astype(np.float64), recording.stock_out_hours[:, target] == 0,
                )  # fmt: skip
    progress(end + 1 - begin, end + 1 - begin, "")
    own = scores[name]
    others = {one: {**scores[one].figures(), "difference": difference(own, scores[one], 0),
                    "difference_in_stock": difference(own, scores[one], 1)} for one in BASELINES}
    return {**own.figures(), "baselines": others, "rows": own.rows}


def _asked(name: str, policy: Policy, asked: Any) -> tuple[np.ndarray, np.ndarray]:
    """Means (row, day ahead) and quantiles (row, day ahead, level) in the order of the question."""
    answer = policy.decide(asked)
    problems = DECISION_POINTS["forecast"].problems(asked, answer)
    if problems:
        raise RunError(f"{name}: {'; '.join(problems)}")
    keys = [("shop", "ascending"), ("sku", "ascending")]
    answer = answer.sort_by(keys)
    shop, sku = (asked[key].to_numpy() for key in ("shop", "sku"))
    place = np.empty(len(shop), np.int64)
    place[np.lexsort((sku, shop))] = np.arange(len(shop))
    quantiles = matrix(answer, "quantiles").reshape(len(shop), FORECAST_DAYS, len(QUANTILE_LEVELS))
    return matrix(answer, "mean")[place], quantiles[place]
