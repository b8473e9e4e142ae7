"""Write to those who buy the category, and spare those who hear from us too often."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from policies.base import LogView, Policy
from policies.tables import answer, lists_of, ragged, values
from sim.contracts.decisions import ID_LIST


class Affinity(Policy):
    """Every candidate is opened; the message goes to members who bought the category in the last weeks.

    Where these are fewer than the group needs, others are added, least messages first, then the lower member
    id. The group needs ``reach`` x its minimum, or more where experience says so: with r the joins a message
    brought so far, learned by :meth:`fit`, 1 / r x ``hope`` messages a pack of the minimum. Members with more
    than ``most_messages`` messages in the last two weeks get none: messages tire.

    Parameters
    ----------
    reach
        smallest audience, as a multiple of the packs that the group needs; at least 0; G.
    most_messages
        messages in 14 days after which a member is left in peace; at least 0; G.
    hope
        joins to expect of the audience, as a multiple of the minimum; at least 0; G.
    """

    point = "campaign"

    def __init__(self, reach: int = 3, most_messages: int = 4, hope: float = 1.5) -> None:
        """Raises ValueError for negative numbers."""
        if reach < 0 or most_messages < 0 or hope < 0:
            raise ValueError(f"reach {reach}, most_messages {most_messages} or hope {hope} is negative")
        self._reach, self._most_messages, self._hope = reach, most_messages, hope
        self._messages, self._joins = 0, 0

    def fit(self, log: LogView) -> None:
        """Count the messages sent and the joins they brought."""
        self._messages = log.read("message").num_rows
        self._joins = int(
            pc.sum(pc.greater_equal(log.read("order_line")["candidate"], 0), min_count=0).as_py()
        )

    def state(self) -> dict[str, np.ndarray]:
        """Return the messages sent and the joins they brought."""
        return {"messages_joins": np.array([self._messages, self._joins], np.int64)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what was counted."""
        self._messages, self._joins = (int(count) for count in state["messages_joins"])

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with an audience for every candidate, in the order of the observation's members."""
        member, lengths = ragged(observation, "members")
        affinity, messages = (ragged(observation, name)[0] for name in ("affinity", "messages"))
        row = np.repeat(np.arange(len(lengths)), lengths)
        place = self._place(row, lengths, member, affinity, messages)
        needed = np.ceil(values(observation, "minimum_packs") * self._messages_a_pack())
        chosen = (messages <= self._most_messages) & ((affinity > 0) | (place < needed[row]))
        audience = lists_of(member[chosen], np.bincount(row[chosen], minlength=len(lengths)), ID_LIST)
        candidate = values(observation, "candidate")
        return answer("campaign", candidate=candidate, open=np.ones(len(candidate), bool), audience=audience)

    def _messages_a_pack(self) -> float:
        if self._messages == 0:
            return float(self._reach)
        return max(float(self._reach), self._hope * self._messages / max(1, self._joins))

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
