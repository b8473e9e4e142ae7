"""What a back-test can be told: the defaults of `conf/backtest.yaml` with `key=value` over them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.config.groups import conf_dir
from experiments.config.messages import problems_of
from experiments.config.values import once, parse
from experiments.nearest import nearest
from policies import registry
from policies.errors import PolicyError
from sim.contracts.decisions import FORECAST_DAYS
from sim.errors import InputError, Problem

PARAMS = "params."


class BacktestConfig(BaseModel):
    """A registered forecaster with its parameters, the recording, the days, and how often it learns."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    forecast: str
    data: Path
    format: Literal["freshretailnet"]
    first: date | None = Field(alias="from")
    last: date | None = Field(alias="to")
    horizon_days: int = Field(ge=1, le=FORECAST_DAYS)
    refit_days: int = Field(ge=1)
    unit: float = Field(gt=0)
    params: dict[str, int | float | bool | str]


def configured(pairs: Iterable[tuple[str, str]]) -> BacktestConfig:
    """The validated configuration; InputError with every problem there is."""
    problems: list[Problem] = []
    data: dict[str, Any] = parse((conf_dir() / "backtest.yaml").read_text(encoding="utf-8"))
    names = [name for name in data if name != "params"]
    for path, raw in once(pairs, problems).items():
        if path in names:
            data[path] = parse(raw) if path in ("horizon_days", "refit_days", "unit") else raw
        elif path.startswith(PARAMS):
            data["params"][path.removeprefix(PARAMS)] = parse(raw)
        else:
            problems.append(Problem(path, "no such key", nearest(path, names)))
    if data["data"] is None:
        problems.append(Problem("data", "is missing; give a directory in the format of FreshRetailNet"))
        data["data"] = "."
    elif not Path(str(data["data"])).expanduser().is_dir():
        problems.append(Problem("data", f"{data['data']}: there is no such directory"))
    problems += _policy_problems(str(data["forecast"]), data["params"])
    try:
        config = BacktestConfig.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise InputError([*problems, *problems_of(error, names)]) from None
    if problems:
        raise InputError(problems)
    return config


def _policy_problems(name: str, params: dict[str, Any]) -> list[Problem]:
    known = registry.names("forecast")
    if name not in known:
        return [Problem("forecast", f"no such forecaster '{name}'; there are {', '.join(known)}", nearest(name, known))]
    if reason := registry.cannot_learn(name):
        return [Problem("forecast", f"{name} {reason}")]
    takes = registry.parameters(name)
    unknown = [Problem(f"{PARAMS}{one}", f"{name} takes no such parameter", nearest(one, takes))
               for one in params if one not in takes]
    if unknown:
        return unknown
    try:
        registry.create(name, **params)
    except PolicyError as error:
        return [Problem("params", str(error))]
    return []
