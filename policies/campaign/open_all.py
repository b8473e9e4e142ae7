"""Open everything and write to everyone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, values


class OpenAll(Policy):
    """Every candidate is opened, every member gets the message (personalisation off: no targeting)."""

    point = "campaign"

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with all members as the audience of every candidate."""
        candidate = values(observation, "candidate")
        everyone = observation["members"].combine_chunks()
        return answer("campaign", candidate=candidate, open=np.ones(len(candidate), bool), audience=everyone)
