"""What each verb's configuration may hold: the sections of the rooms, put together.

Whatever stands here determines the result and enters the configuration's digest, but for a field marked `presentation`.
A field marked `derived` is filled by composition and cannot be given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from agents.params import WorldParams
from experiments.config.messages import shown
from experiments.config.paths import derived, named_freely, presentation


class Section(BaseModel):
    """A part of the configuration: known keys only, exact types, finite numbers, fixed once composed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


MOST_SHOPS = MOST_MEMBERS = 1 << 16
"""A member's id, shop * 65,536 + number within the shop, must fit 32 bits to address its random numbers."""
MOST_RESIDENTS = 10_000_000
"""What a twin holds in about 8 GB."""


class CityConfig(Section):
    """The size of the place: `shops` shops with `members` residents each, in the weather of `station`."""

    name: str = derived()
    shops: int = Field(ge=1, le=MOST_SHOPS)
    members: int = Field(ge=1, le=MOST_MEMBERS)
    station: Literal["shanghai", "chengdu", "beijing"] = "shanghai"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shops * self.members > MOST_RESIDENTS:
            raise ValueError(f"{self.shops} shops with {self.members} members are more than {MOST_RESIDENTS} residents")
        return self


class PolicyChoices(Section):
    """Which registered policy decides at a point; null leaves the one that the factors choose."""

    forecast: str | None = None
    replenish: str | None = None
    procure: str | None = None
    recommend: str | None = None
    price: str | None = None
    campaign: str | None = None
    service: str | None = None
    route: str | None = None


class SystemChoices(Section):
    """Mechanisms switched by themselves; null lets each follow its factor. See `agents.world.Systems`."""

    cold_chain: bool | None = None
    proposals: bool | None = None
    identity: bool | None = None
    inspection: bool | None = None


def _plain(value: Any) -> Any:
    """What a parameter can be; numbers are finite, and 2.0 is 2, so that the digest is that of the meaning."""
    if not isinstance(value, bool | int | float | str) or value != value or value in (math.inf, -math.inf):
        raise ValueError(f"must be a finite number, true, false or text, not {shown(value)}")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Plain = Annotated[int | float | bool | str, PlainValidator(_plain)]


class ScenarioConfig(Section):
    """One arm's factors: where goods are bought and whether supply (s), persons (p) and feedback (f) are on.

    `preorder_share` is the share of demand that is ordered the day before; it is read when fulfilment is `mix`.
    `params` are constructor parameters by decision point, for the policy that decides there.
    """

    name: str = derived()
    fulfilment: Literal["shop_stock", "pre_order", "mix"]
    preorder_share: float = Field(ge=0, le=1)
    s: bool
    p: bool
    f: bool
    demand: Literal["residents", "replay"] = "residents"
    policies: PolicyChoices = PolicyChoices()
    systems: SystemChoices = SystemChoices()
    params: dict[str, dict[str, Plain]] = named_freely(default={})


class SeasonConfig(Section):
    """The time of year's own events: the start that is taken when none is given, whether heat waves come, and the
    categories from which most candidates for group-buys are. See `agents.season`."""

    name: str = derived()
    start: date | None = None
    heat: bool = False
    categories: tuple[str, ...] = ()


class LogConfig(Section):
    """How much of the event log is kept. Aggregates are always made from all rows.

    `all` keeps every row; `panel` keeps the rows of a fixed share of the members, the same in every run, and a few days
    of bulk tables such as stock counts and sensor readings; `auto` is `all` up to `MOST_RESIDENTS_IN_FULL` residents.
    """

    detail: Literal["auto", "all", "panel"] = "auto"
    panel_share: float = Field(default=0.01, gt=0, le=1)


MOST_RESIDENTS_IN_FULL = 100_000
DEFAULT_START = date(2026, 3, 2)
"""A Monday after the Spring Festival, with a year of calendar left."""


class ReplayConfig(Section):
    """How a recording is read. Sales of a day with stock-out hours are a lower bound of demand and replayed as they
    are; with `scale_up` they are multiplied to what a whole day would have sold by the hourly profile, by `most_scale`
    at most.
    """

    scale_up: bool = False
    most_scale: float = Field(default=4.0, ge=1.0, le=100.0)


class Horizon(Section):
    """What one arm and a comparison share: place, time, seed, the data replayed and the world's parameters.

    `burn_in_days` are lived before `start` and count in no metric. `data` and `source_city` name the real series that
    a replay offers instead of residents' demand. Metrics leave out the first `settle_days` from `start` on, in which an
    arm works off what the burn-in left on the shelves.
    """

    city: CityConfig
    season: SeasonConfig
    start: date | None = None
    days: int = Field(ge=1)
    burn_in_days: int = Field(default=0, ge=0)
    settle_days: int | None = Field(default=None, ge=0)
    seed: int = Field(ge=0, lt=2**63)
    data: Path | None = None
    source_city: int | None = Field(default=None, ge=0)
    replay: ReplayConfig = ReplayConfig()
    log: LogConfig = LogConfig()
    world: WorldParams = Field(default_factory=lambda: WorldParams.model_validate({}))

    @property
    def keeps_panel(self) -> bool:
        """Whether the log keeps the rows of a panel of members only."""
        residents = self.city.shops * self.city.members
        return self.log.detail == "panel" or (self.log.detail == "auto" and residents > MOST_RESIDENTS_IN_FULL)

    @model_validator(mode="after")
    def _default_start(self) -> Self:
        """Without a start, residents live from the season's, or `DEFAULT_START`; a replay has None and starts on its
        first recorded day."""
        if self.start is None and not any(arm.demand == "replay" for arm in self._scenarios()):
            object.__setattr__(self, "start", self.season.start or DEFAULT_START)
        return self

    @property
    def left_out_days(self) -> int:
        """`settle_days`; where they are not given, two weeks after a burn-in, at most half of the days."""
        if self.settle_days is not None:
            return self.settle_days
        return min(14, self.days // 2) if self.burn_in_days else 0

    def _scenarios(self) -> Iterable[ScenarioConfig]:
        return ()


class RunConfig(Horizon):
    """One arm, once."""

    scenario: ScenarioConfig

    def _scenarios(self) -> Iterable[ScenarioConfig]:
        return (self.scenario,)


class ExperimentConfig(Section):
    """Which packaged experiment this is."""

    name: str = derived()


class CompareConfig(Horizon):
    """Scenarios against a baseline, paired by replication: replication r of every arm uses seed + r.

    `arms` holds the packaged scenarios of these names, with the values given as `arms.<name>.<path>` over them; an
    `arms.<name>.of` names the scenario that one of another name varies.

    `language` is that of the report; no figure depends on it.
    """

    experiment: ExperimentConfig
    baseline: str
    scenarios: tuple[str, ...] = Field(min_length=2)
    replications: int = Field(ge=2, le=10_000)
    language: Literal["en", "zh"] = presentation(default="en")
    arms: dict[str, ScenarioConfig] = derived()

    def _scenarios(self) -> Iterable[ScenarioConfig]:
        return self.arms.values()

    def arm(self, name: str, replication: int) -> RunConfig:
        """The configuration of one cell: what `linli run` with the same values and seed would compute."""
        shared = {field: getattr(self, field) for field in Horizon.model_fields}
        shared["seed"] = self.seed + replication
        return RunConfig(scenario=self.arms[name], **shared)
