"""Net promoter score: promoters less detractors per hundred, of those who answered and of everyone.

The answers are what the firm sees, with who answers and courtesy in them; the twin also knows what all households would
say. After an event (transaction) and by season (relationship) are two figures that are not to be compared.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, ratio
from experiments.metrics.window import Columns, Window

HUNDRED = 100.0
NO_ANSWERS = "nobody was asked or answered"


def nps(window: Window) -> float:
    """Promoters less detractors among those who answered after a hand-over, per hundred answers."""
    return _answered(window, "transaction")


def nps_relationship(window: Window) -> float:
    """Promoters less detractors among those who answered the season's survey, per hundred answers."""
    return _answered(window, "relationship")


def nps_true(window: Window) -> float:
    """Promoters less detractors if every active household answered candidly, per hundred, over the days asked."""
    rows = window.table("satisfaction")
    return _score(rows, np.ones(len(rows["households"]), np.bool_), "households")


def _answered(window: Window, survey: str) -> float:
    rows = window.table("nps_day")
    return _score(rows, rows["survey"] == survey, "answers")


def _score(rows: Columns, counts: npt.NDArray[np.bool_], whole: str) -> float:
    net = (rows["promoters"] - rows["detractors"])[counts].sum()
    return ratio(HUNDRED * float(net), float(rows[whole][counts].sum()), NO_ANSWERS)


MEASURES = (
    Measure("nps", "points", "higher", "NPS after hand-over", "净推荐值（交易）", nps),
    Measure("nps_relationship", "points", "higher", "NPS of the season", "净推荐值（关系）", nps_relationship),
    Measure("nps_true", "points", "higher", "NPS of all households", "净推荐值（真实）", nps_true),
)
