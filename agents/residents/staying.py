"""Whether members lapse, come back or leave for good today: one fused kernel over all households."""

from __future__ import annotations

from sim import variates
from sim.jit import kernel, range_parallel

ACTIVE, LAPSED, LEFT = 0, 1, 2


@kernel
def step(key, day, ids, status, trust, lapse, back, leave, slope, trust_mean, pull, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the status of each of ``ids`` tomorrow.

    An active member lapses with hazard ``lapse`` e^(-slope (trust - mean) + pull); a lapsed one comes back with hazard
    ``back`` e^(slope (trust - mean) - pull), else leaves for good with chance ``leave``. Who left stays away.
    """
    for i in range_parallel(ids.size):
        out[i] = status[i]
        if status[i] != LEFT:
            u = variates.uniform(key[0], key[1], day, ids[i], 0, 0)
            away = pull - slope * (trust[i] - trust_mean)
            if status[i] == ACTIVE:
                if u < 1.0 - variates.exp(-lapse * variates.exp(away)):
                    out[i] = LAPSED
            else:
                returns = 1.0 - variates.exp(-back * variates.exp(-away))
                if u < returns:
                    out[i] = ACTIVE
                elif u < returns + (1.0 - returns) * leave:
                    out[i] = LEFT


@kernel
def pick(key, day, ids, status, share, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with 1 for a keyed random ``share`` of the active members, 0 for the rest."""
    for i in range_parallel(ids.size):
        out[i] = 0
        if status[i] == ACTIVE and variates.uniform(key[0], key[1], day, ids[i], 0, 0) < share:
            out[i] = 1
