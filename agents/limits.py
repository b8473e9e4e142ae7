"""What every parameter model is made of: the values that are possible at all, and defaults from the sourced tables."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.sourced import load_table

Share = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]
Rate = Annotated[float, Field(gt=0, le=10)]
Shape = Annotated[float, Field(ge=0.01, le=1_000)]
Log = Annotated[float, Field(ge=-10, le=10)]
LogSd = Annotated[float, Field(ge=0, le=5)]
Utility = Annotated[float, Field(ge=-50, le=50)]
Weight = Annotated[float, Field(ge=0, le=50)]
Days = Annotated[float, Field(ge=0.01, le=36_500)]
Cover = Annotated[float, Field(ge=0, le=365)]
Hour = Annotated[float, Field(ge=0, le=23)]
Duration = Annotated[float, Field(ge=0, le=24)]
"""Hours."""
Minutes = Annotated[float, Field(ge=0, le=1_440)]
Celsius = Annotated[float, Field(ge=-40, le=60)]
Kilograms = Annotated[float, Field(ge=50, le=1e6)]
"""What a lorry or a room holds."""
Kilometres = Annotated[float, Field(ge=0, le=5_000)]
Speed = Annotated[float, Field(ge=1, le=200)]
"""km/h."""
Money = Annotated[float, Field(ge=0, le=1e6)]
"""CNY."""
Income = Annotated[float, Field(ge=1, le=1e9)]
"""CNY a person and year."""
Portion = Annotated[float, Field(ge=0, le=10)]
"""Of a full daily rate."""
Taste = Annotated[float, Field(ge=-5, le=5)]
"""Standard deviations of a taste."""


class SourcedParams(BaseModel):
    """Base of all parameter models: a field left out takes its sourced value."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    table: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _fill_from_table(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        rows = load_table(cls.table)
        sourced = {
            name: int(float(rows[name])) if field.annotation is int else float(rows[name])
            for name, field in cls.model_fields.items()
            if name not in given
        }
        return {**sourced, **given}
