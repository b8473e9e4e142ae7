"""An answer is used only when it keeps the contract, and its rows stand in the question's order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from policies.errors import NoDecision
from sim.contracts.point import DecisionPoint


def judged(point: DecisionPoint, question: pa.Table, answer: pa.Table) -> pa.Table:
    """Return ``answer`` with its rows in the question's order. Raises NoDecision when it breaks the contract."""
    problems = point.problems(question, answer)
    if problems:
        raise NoDecision(f"answered wrongly: {'; '.join(problems)}")
    keys = list(point.key)
    if answer.select(keys).equals(question.select(keys)):
        return answer
    asked, answered = ([table[key].to_numpy() for key in keys] for table in (question, answer))
    places = np.empty(answer.num_rows, np.int64)
    places[np.lexsort(asked)] = np.lexsort(answered)
    return answer.take(pa.array(places))
