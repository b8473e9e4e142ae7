"""What the tests of the world share: small twins and their logs as arrays."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import numpy as np
import pytest

from agents.world import World
from experiments.build import build
from experiments.config.compose import compose
from sim.log import EventLog
from sim.twin import Twin

Part = TypeVar("Part")
ARMS = ("traditional", "preorder", "spf", "spf_stock", "mix")


@cache
def _composed(pairs: tuple[tuple[str, str], ...]) -> Any:
    return compose("run", pairs).config


class Twins:
    """Builds twins of a few shops and reads their logs."""

    arms = ARMS

    def pairs(self, arm: str = "traditional", **values: Any) -> dict[str, Any]:
        """What one would give on the command line; ``values`` with ``__`` for the dots of a path."""
        size = {} if arm == "replay" else {"city.shops": 2, "city.members": 40}
        pairs: dict[str, Any] = {"city": "tiny", **size, "days": 5}
        pairs["scenario"] = "spf" if arm == "mix" else arm
        if arm == "mix":
            pairs |= {"scenario.fulfilment": "mix", "scenario.preorder_share": 0.5}
        return pairs | {path.replace("__", "."): value for path, value in values.items()}

    def config(self, arm: str = "traditional", **values: Any) -> Any:
        """A validated configuration. Arm ``mix`` orders half ahead, all systems on."""
        return _composed(tuple((path, str(value)) for path, value in self.pairs(arm, **values).items()))

    def fresh(self, arm: str = "traditional", **values: Any) -> Twin:
        """A populated twin that has not run."""
        return build(self.config(arm, **values))

    def lived(self, arm: str = "traditional", **values: Any) -> Twin:
        """A twin that has run its whole horizon."""
        config = self.config(arm, **values)
        twin = build(config)
        twin.run(config.burn_in_days + config.days)
        return twin

    def world(self, twin: Twin) -> World:
        """What the parts of a twin share."""
        return twin.components[0]._world  # type: ignore[attr-defined,no-any-return]

    def part(self, twin: Twin, kind: type[Part]) -> Part:
        """The one component of a kind."""
        (found,) = (part for part in twin.components if isinstance(part, kind))
        return found

    def rows(self, twin: Twin, table: str) -> dict[str, np.ndarray]:
        """All rows of an event or truth table as arrays, with business ``day`` and ``hour`` of each."""
        log: EventLog = twin.ports.log if table in twin.ports.log.schemas else twin.ports.evaluation
        found = log.read(table)
        columns = {name: found[name].to_numpy(zero_copy_only=False) for name in found.column_names}
        at = columns["event_time"].astype("datetime64[s]")
        day = twin.ports.clock.day_of(at)
        return {"day": day, "hour": twin.ports.clock.hour_of(at, day), **columns}


@pytest.fixture(scope="session")
def twins() -> Twins:
    """The builder of small twins."""
    return Twins()


@pytest.fixture(scope="session")
def week(twins: Twins) -> dict[str, Twin]:
    """A busy week of every arm, lived once for all tests that only read it."""
    busy = {"city__shops": 3, "city__members": 60, "days": 8, "world__residents__visit_rate": 0.1}
    return {arm: twins.lived(arm, **busy) for arm in ARMS}
