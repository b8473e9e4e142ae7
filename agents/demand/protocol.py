"""The one interface behind which demand stands: residents who choose, or recorded series that are replayed."""

from __future__ import annotations

from typing import Protocol

from agents.shops.pickup import Handed


class Demand(Protocol):
    """Offers demand to the shops, session by session."""

    def morning(self, day: int) -> None:
        """Settle before the shops open who will come or what will be asked for; nothing is sold yet."""
        ...

    def session(self, day: int, first_hour: float, last_hour: float) -> Handed:
        """Let the demand of ``first_hour <= hour < last_hour`` meet the shelves; return what went home."""
        ...
