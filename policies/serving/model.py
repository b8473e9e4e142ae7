"""Questions and decisions over HTTP: pydantic models made from the contract's Arrow schemas."""

from __future__ import annotations

from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, create_model

from sim.contracts.point import DecisionPoint

_BITS = {pa.int32(): 31, pa.int64(): 63}


def question_model(point: DecisionPoint) -> type[BaseModel]:
    """Return the model of a row of a question: exact types, finite numbers, no further columns."""
    return _model(f"{point.name.capitalize()}Question", point.observation)


def decision_model(point: DecisionPoint) -> type[BaseModel]:
    """Return the model of a row of a decision; columns that may be null may be left out."""
    return _model(f"{point.name.capitalize()}Decision", point.decision)


def _model(name: str, schema: pa.Schema) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    columns: dict[str, Any] = {field.name: _column(field) for field in schema}
    return create_model(name, __config__=config, **columns)


def _column(field: pa.Field) -> tuple[Any, Any]:
    about = {name.decode(): value.decode() for name, value in (field.metadata or {}).items()}
    unit = f", {about['unit']}" if about.get("unit") else ""
    if pa.types.is_list(field.type):
        kind: Any = list[_value(field.type.value_type, {})]  # type: ignore[misc]
    else:
        kind = _value(field.type, about)
    if field.nullable:
        return kind | None, Field(default=None, description=about.get("doc", "") + unit)
    return kind, Field(description=about.get("doc", "") + unit)


def _value(kind: pa.DataType, about: dict[str, str]) -> Any:
    low, high = (float(about[name]) if name in about else None for name in ("low", "high"))
    if kind in _BITS:
        most = 2 ** _BITS[kind]
        return Annotated[int, Field(ge=-most if low is None else int(low), le=most - 1 if high is None else int(high))]
    if pa.types.is_floating(kind):
        return Annotated[float, Field(allow_inf_nan=False, ge=low, le=high)]
    return bool if pa.types.is_boolean(kind) else str
