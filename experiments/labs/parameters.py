"""From a lab's defaults and `key=value` pairs to validated parameters; all that is wrong is said at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.config.groups import conf_dir
from experiments.config.messages import problems_of
from experiments.config.paths import assign, leaves
from experiments.config.values import parse, parse_as
from experiments.nearest import nearest
from sim.errors import InputError, Problem

# The limits keep every stock within int32 and every amount of a run within int64: at most 100,000 packs a day for
# 20,000 days, at most 10**9 of the finest unit of money a pack.
Price = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=4)]
Packs = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[int, Field(ge=1, le=1_000)]
Horizon = Annotated[int, Field(ge=1, le=20_000)]


class LabParameters(BaseModel):
    """What a lab can be told: known keys only, exact types, finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True)


Model = TypeVar("Model", bound=LabParameters)


def parameters(lab: str, model: type[Model], pairs: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Model:
    """The defaults of ``conf/lab/<lab>.yaml`` with these pairs over them; InputError names every problem.

    Keys may be dotted (``day.phases``); a value is the text after ``key=``, or what it stands for.
    """
    data = parse((conf_dir() / "lab" / f"{lab}.yaml").read_text(encoding="utf-8"))
    valid = leaves(model, data)
    problems: list[Problem] = []
    seen: set[str] = set()
    for path, raw in pairs.items() if isinstance(pairs, Mapping) else pairs:
        if path in seen:
            problems.append(Problem(path, "is given twice"))
        elif path not in valid:
            problems.append(Problem(path, "no such key", nearest(path, valid)))
        elif isinstance(raw, str) and not raw.strip():
            problems.append(Problem(path, "has no value"))
        else:
            assign(data, path, parse_as(raw, valid[path]) if isinstance(raw, str) else raw)
        seen.add(path)
    try:
        found = model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise InputError([*problems, *problems_of(error, valid)]) from None
    if problems:
        raise InputError(problems)
    return found


def whole_prices(prices: Mapping[str, Decimal]) -> tuple[dict[str, int], int]:
    """Prices as whole numbers of fen, or of a finer unit if one needs it; and how many units make a yuan."""
    places = max([2, *(-int(price.normalize().as_tuple().exponent) for price in prices.values())])
    scale = 10**places
    return {name: int(price * scale) for name, price in prices.items()}, scale
