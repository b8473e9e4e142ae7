"""Daily aggregates from the complete rows of the day: one reducer a table, the only way from rows to figures.

A module a domain, each with its reducers; one that needs no catalogue stands in `REDUCERS`.
"""

from __future__ import annotations

from agents.catalogue import Catalogue
from agents.reducers import cold, goods, owners, people, reach, trade
from sim.log import Reducer

TRUTH_REDUCERS = trade.TRUTH_REDUCERS
"""The reducers of the evaluation log."""


def reducers_of(catalogue: Catalogue) -> tuple[Reducer, ...]:
    """Every reducer of a network that sells these goods."""
    plain = (*goods.REDUCERS, *people.REDUCERS, *reach.REDUCERS, *cold.REDUCERS)
    return (*trade.reducers_of(catalogue), *plain, *owners.reducers_of(catalogue))
