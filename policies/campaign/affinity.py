"""Write to those who buy the category, and spare those who hear from us too often."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import Policy
from policies.tables import answer, lists_of, ragged, values
from sim.contracts.decisions import ID_LIST


class Affinity(Policy):
    """Every candidate is opened; the message goes to members who bought the category in the last weeks.

    Where these are fewer than ``reach`` x the minimum, the audience is filled up to that number: least
    messages first, then the lower member id. Members with more than ``most_messages`` messages in the last
    two weeks get none: messages tire.

    Parameters
    ----------
    reach
        smallest audience, as a multiple of the packs that the group needs; at least 0; G.
    most_messages
        messages in 14 days after which a member is left in peace; at least 0; G.
    """

    point = "campaign"

    def __init__(self, reach: int = 3, most_messages: int = 3) -> None:
        """Raises ValueError for negative numbers."""
        if reach < 0 or most_messages < 0:
            raise ValueError(f"reach {reach} or most_messages {most_messages} is negative")
        self._reach, self._most_messages = reach, most_messages

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with an audience for every candidate, in the order of the observation's members."""
        member, lengths = ragged(observation, "members")
        affinity, messages = (ragged(observation, name)[0] for name in ("affinity", "messages"))
        minimum = values(observation, "minimum_packs").astype(np.int64)
        row = np.repeat(np.arange(len(lengths)), lengths)
        place = self._place(row, lengths, member, affinity, messages)
        likes = affinity > 0
        chosen = (messages <= self._most_messages) & (likes | (place < self._reach * minimum[row]))
        audience = lists_of(member[chosen], np.bincount(row[chosen], minlength=len(lengths)), ID_LIST)
        candidate = values(observation, "candidate")
        return answer("campaign", candidate=candidate, open=np.ones(len(candidate), bool), audience=audience)

    def _place(
        self,
        row: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
        member: npt.NDArray[np.int64],
        affinity: npt.NDArray[np.int32],
        messages: npt.NDArray[np.int32],
    ) -> npt.NDArray[np.int64]:
        """Return each member's place in the candidate's queue: buyers, then the least messaged, the tired
        last."""
        tired = messages > self._most_messages
        order = np.lexsort((member, messages, affinity <= 0, tired, row))
        first = np.cumsum(lengths) - lengths
        place = np.empty(len(row), np.int64)
        place[order] = np.arange(len(row)) - first[row[order]]
        return place
