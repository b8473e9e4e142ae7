"""What tells published stock models apart: the order of a day's phases, and what is charged when."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

PhaseName = Literal["order", "receive", "serve", "spoil", "waste", "hold", "age"]
MeasureName = Literal[
    "packs_ordered",
    "orders_placed",
    "packs_received",
    "deliveries_received",
    "packs_sold",
    "customers_served",
    "packs_lost",
    "packs_wasted",
    "packs_held",
]


class StockDay(BaseModel):
    """A day of stock: its phases in their order, and for every account the quantities it charges.

    The moment of a charge is the phase that counts its quantity: a holding cost on ``packs_held`` falls on
    what is there when ``hold`` comes, a price on ``packs_ordered`` is due at ordering, one on
    ``packs_received`` on receipt. An account with several quantities charges each of them. With
    ``fixed_life`` the last slot is the last day of life.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    phases: tuple[PhaseName, ...]
    charges: dict[str, tuple[MeasureName, ...]] = {}

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        twice = sorted({phase for phase in self.phases if self.phases.count(phase) > 1})
        if twice:
            raise ValueError(f"each phase stands once in a day; {', '.join(twice)} is repeated")
        return self


def check_fixed_life(day: StockDay, slots: int) -> str | None:
    """Why a day cannot be run with a fixed life of ``slots`` days, in words; None when it can."""
    if "age" not in day.phases or "waste" not in day.phases:
        return "a fixed life needs the phases waste and age"
    waste, age = day.phases.index("waste"), day.phases.index("age")
    if age < waste:
        return "with a fixed life, waste must come before age"
    if slots == 1 and "receive" in day.phases[waste:age]:
        return "with a life of one day, nothing can be received between waste and age"
    return None
