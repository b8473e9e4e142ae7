"""How long a policy may take over one question: of the machine and the moment, not of the configuration."""

from __future__ import annotations

import math
import os

from sim.deadline import DECIDE_SECONDS
from sim.errors import InputError, Problem

VARIABLE = "LINLI_DECIDE_SECONDS"
"""The environment variable that sets the limit; workers inherit it."""


def decide_seconds(otherwise: float = DECIDE_SECONDS) -> float:
    """The limit on one decision, as the environment variable says, or `otherwise`.

    Raises InputError when the variable holds no time above 0.
    """
    raw = os.environ.get(VARIABLE)
    if raw is None:
        return otherwise
    try:
        seconds = float(raw)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InputError(Problem(VARIABLE, f"must be a number of seconds above 0, not {raw!r}"))
    return seconds
