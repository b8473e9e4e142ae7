"""How a complaint about quality is answered: how much is paid back, and when."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, values


class HeadOffice(Policy):
    """Head office checks every claim against photographs and till before it pays (supply integration off).

    Parameters
    ----------
    wait_days
        days until the money is back. Prior of grade G: a claim goes from the owner to head office, is checked
        and paid with the next run of payments; 1 to 7 days are plausible.
    refund_percent
        share of the price paid back, %.
    """

    point = "service"

    def __init__(self, wait_days: int = 3, refund_percent: int = 100) -> None:
        """Raises ValueError outside 0 to 30 days or 0 to 100 %."""
        if not 0 <= wait_days <= 30 or not 0 <= refund_percent <= 100:
            raise ValueError(
                f"wait_days {wait_days} not in 0..30 or refund_percent {refund_percent} not in 0..100"
            )
        self._wait_days, self._refund_percent = wait_days, refund_percent

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer every claim alike."""
        claim = values(observation, "claim")
        refund, wait = (np.full(len(claim), number) for number in (self._refund_percent, self._wait_days))
        return answer("service", claim=claim, refund_percent=refund, wait_days=wait)


class Instant(HeadOffice):
    """The owner believes the member and pays at once (measure S7: instant refund).

    Parameters
    ----------
    refund_percent
        share of the price paid back, %.
    """

    def __init__(self, refund_percent: int = 100) -> None:
        """Raises ValueError outside 0 to 100 %."""
        super().__init__(wait_days=0, refund_percent=refund_percent)
