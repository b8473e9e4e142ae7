"""Parameters of the world: one model a room, defaults from the sourced tables in ``conf/params``.

A field takes the value of its row; a configuration may set another one (``world.residents.visit_rate=0.06``). The type
of a field says which values are possible at all: those that the model's equations are defined for, up to a size that no
plausible value reaches.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.cold.params import RoomParams
from agents.limits import (
    Celsius,
    Cover,
    Days,
    Income,
    Kilograms,
    Log,
    LogSd,
    Minutes,
    Money,
    NotNegative,
    Portion,
    Rate,
    Shape,
    Share,
    SourcedParams,
    Taste,
    Utility,
    Weight,
)
from agents.supply.params import SupplyParams


class HouseholdParams(SourcedParams):
    """Who the households are: see ``conf/params/households.yaml``.

    A field SCENE_likes_ATTRIBUTE shifts the mean taste of the households of a scene.
    """

    table: ClassVar[str] = "households"
    size_1: Share
    size_2: Share
    size_3: Share
    size_4: Share
    size_5: Share
    infant_share: Share
    schoolchild_share: Share
    second_child: Share
    elder_share: Share
    elder_second: Share
    child_portion: Share
    elder_portion: Share
    income_1: Income
    income_2: Income
    income_3: Income
    income_4: Income
    income_5: Income
    income_price_slope: LogSd
    fitness_share: Share
    low_sugar_share: Share
    vegetarian_share: Share
    pet_share: Share
    milk_at_0: Portion
    milk_at_6: Portion
    milk_at_12: Portion
    milk_at_24: Portion
    milk_at_36: Portion
    solids_at_6: Portion
    solids_at_12: Portion
    solids_at_24: Portion
    solids_at_36: Portion
    infant_likes_child_friendliness: Taste
    infant_likes_health: Taste
    school_likes_child_friendliness: Taste
    school_likes_convenience: Taste
    elder_likes_novelty: Taste
    elder_likes_convenience: Taste
    fitness_likes_health: Taste
    low_sugar_likes_health: Taste
    vegetarian_likes_health: Taste
    pet_likes_convenience: Taste
    well_off_likes_novelty: Taste
    low_sugar_likes_low_sugar: Taste
    fitness_likes_protein: Taste
    vegetarian_likes_protein: Taste
    school_likes_cooling: Taste
    elder_likes_cooling: Taste

    @model_validator(mode="after")
    def _sizes_are_shares(self) -> Self:
        total = self.size_1 + self.size_2 + self.size_3 + self.size_4 + self.size_5
        if total > 1.0 + 1e-9:
            raise ValueError(f"size_1 to size_5 sum to {total:g}, more than all households")
        return self


class ResidentParams(SourcedParams):
    """What households do: see ``conf/params/residents.yaml`` for meaning, unit, range, grade and source of each row."""

    table: ClassVar[str] = "residents"
    visit_rate: Rate
    frequency_shape: Shape
    off_day_lift: Log
    rain_app: Log
    rain_visit: Log
    rain_threshold_mm: NotNegative
    holiday_need: Log
    buzz_need: Weight
    heat_need: Weight
    cooling_spread: Weight
    working_day_convenience: Utility
    off_day_novelty: Utility
    need_weight: Weight
    habit_weight: Weight
    habit_half_life_days: Days
    message_lift: Weight
    price_image_slope: Weight
    price_image_days: Days
    price_switch: Weight
    price_notice: Share
    price_memory_days: Days
    deal_weight: Weight
    forward_buying: Weight
    storable_days: Days
    category_scale: Annotated[float, Field(ge=0, le=1)]
    browse_share: Share
    familiarity: Utility
    social_weight: Weight
    popular_days: Days
    popular_prior_packs: Annotated[float, Field(ge=0.01, le=1e6)]
    click_base: Utility
    click_slope: Weight
    looks_weight: Weight
    no_show: Share
    no_show_rain_factor: NotNegative
    examine_share: Share
    shelf_look: Share
    taste_weight: Weight
    popularity_weight: Weight
    price_sensitivity: Annotated[float, Field(ge=-50, le=0)]
    price_sensitivity_log_sd: LogSd
    quality_weight: Weight
    fresh_appeal: Utility
    category_outside: Utility
    home_stock_weight: Weight
    second_pack: Share
    trust_mean: Share
    trust_start: Share
    trust_sd: Share
    trust_slope: Weight
    trust_cap: Weight
    trust_gain: Share
    loss_aversion: Weight
    trust_half_life_days: Days
    belief_start: Share
    claim_share: Share
    claim_patience: Share
    recovery_gain: Share
    home_temperature_c: Celsius


class OwnerParams(SourcedParams):
    """Shop owners: see ``conf/params/owners.yaml``.

    A shop is open in each of the day's sessions: from before the first ends at noon until after the last begins.
    """

    table: ClassVar[str] = "owners"
    smoothing: Share
    smoothing_sd: Share
    stock_adjustment: Share
    stock_adjustment_sd: Share
    supply_line_weight: Share
    supply_line_weight_sd: Share
    cover_days: Cover
    cover_days_sd: Cover
    pull_to_mean: Share
    commission: Share
    opening_hour: Annotated[float, Field(ge=0, le=11)]
    closing_hour: Annotated[float, Field(ge=20, le=23)]
    damage_share: Share
    unclaimed_days: Annotated[int, Field(ge=1, le=365)]
    first_stock_days: Cover
    pickup_first_hour: Annotated[float, Field(ge=8, le=18)]
    pickup_last_hour: Annotated[float, Field(ge=19, le=22)]
    outside_wage_day: Annotated[float, Field(gt=0, le=1e6)]
    leave_month: Annotated[float, Field(ge=0, le=0.99)]
    leave_income_weight: Weight
    leave_income_days: Annotated[int, Field(ge=7, le=365)]
    leave_first_days: Annotated[int, Field(ge=1, le=3_650)]
    successor_days: Annotated[int, Field(ge=1, le=3_650)]
    working_day_minutes: Annotated[float, Field(ge=1, le=1_440)]
    proposal_trust_start: Share
    proposal_trust_weight: Annotated[float, Field(ge=0.01, le=1e6)]
    proposal_noise_cny: Money
    markdown_life: Annotated[float, Field(ge=0, le=100)]
    markdown_percent: Annotated[int, Field(ge=0, le=99)]
    inspection_sd: LogSd
    inspection_limit: Annotated[float, Field(ge=0, le=100)]
    hygiene_mean: Share
    hygiene_sd: LogSd


class LabourParams(SourcedParams):
    """Minutes of work a unit, of owners and of head office: see ``conf/params/labour.yaml``."""

    table: ClassVar[str] = "labour"
    till_minutes: Minutes
    pickup_minutes: Minutes
    shelf_minutes: Minutes
    order_minutes: Minutes
    order_check_minutes: Minutes
    owner_claim_minutes: Minutes
    group_joiner_minutes: Minutes
    group_call_minutes: Minutes
    group_package_minutes: Minutes
    markdown_minutes: Minutes
    inspection_minutes: Minutes
    buying_minutes: Minutes
    buying_check_minutes: Minutes
    planning_minutes: Minutes
    planning_check_minutes: Minutes
    campaign_call_minutes: Minutes
    campaign_package_minutes: Minutes
    claim_minutes: Minutes
    claim_check_minutes: Minutes
    office_hour: Money


class GroupBuyParams(SourcedParams):
    """Group-buys of premium new products: see ``conf/params/groupbuys.yaml``."""

    table: ClassVar[str] = "groupbuys"
    minimum_packs: Annotated[int, Field(ge=1, le=1_000_000)]
    window_days: Annotated[int, Field(ge=1, le=60)]
    candidates_per_shop_week: Annotated[float, Field(ge=0, le=56)]
    appeal_mean: Utility
    appeal_log_sd: LogSd
    message_open: Share
    fatigue_per_message: Weight
    fatigue_half_life_days: Days
    herding_weight: Weight
    join_outside: Utility


class VoiceParams(SourcedParams):
    """What residents feel, say and who they seem to be: see ``conf/params/voice.yaml``."""

    table: ClassVar[str] = "voice"
    belief_prior_packs: Annotated[float, Field(ge=0, le=1_000)]
    belief_most_evidence: Annotated[int, Field(ge=0, le=15)]
    memory_weight: Share
    short_loss: Share
    late_loss: Share
    missed_loss: Share
    message_loss: Share
    rival_response: Share
    rival_most: Weight
    talk_share: Share
    talk_extreme: Weight
    tie_rewire: Share
    hearsay_weight: Weight
    tell_share: Share
    lapse_rate: Share
    return_rate: Share
    leave_rate: Share
    stay_slope: Weight
    recruit_share: Share
    move_in_rate: Share
    reserve_share: Share
    unsubscribe_rate: Share
    nps_centre: Weight
    nps_slope: Weight
    nps_sd: Weight
    nps_event: Weight
    nps_courtesy: Weight
    survey_share: Share
    answer_share: Share
    answer_extreme: Weight
    review_share: Share
    review_extreme: Weight
    review_centre: Weight
    review_slope: Weight
    chat_share: Share
    chat_most: Annotated[int, Field(ge=0, le=10_000)]
    chat_life: Share
    chat_irony: Share
    chat_noise: Share
    card_share: Share
    card_shown: Share
    phone_same: Share
    phone_shared: Share


class SeasonParams(SourcedParams):
    """Heat waves, false alarms, searches, candidates of a season: see ``conf/params/season.yaml``."""

    table: ClassVar[str] = "season"
    wave_week_chance: Share
    wave_shift_c: Annotated[float, Field(ge=0, le=20)]
    wave_shift_sd: Annotated[float, Field(ge=0, le=10)]
    wave_onset_days: Annotated[float, Field(ge=0, le=7)]
    wave_plateau_days: Annotated[float, Field(ge=1, le=20)]
    wave_end_days: Annotated[float, Field(ge=0, le=7)]
    false_alarm_chance: Share
    alarm_fade_days: Annotated[float, Field(ge=0, le=14)]
    heat_above_c: Celsius
    buzz_per_k: Annotated[float, Field(ge=0, le=5)]
    buzz_look_days: Annotated[int, Field(ge=1, le=15)]
    buzz_memory: Annotated[float, Field(ge=0, le=0.8)]
    buzz_noise: LogSd
    season_candidate_weight: Annotated[float, Field(ge=0.01, le=1_000)]


class CostParams(SourcedParams):
    """Costs and prices that no room owns: see ``conf/params/world.yaml``. Money in CNY as in the table."""

    table: ClassVar[str] = "world"
    truck_day_cost: Money
    truck_km_cost: Money
    truck_payload_kg: Kilograms
    driver_day: Money
    picker_hour: Money
    picker_packs_hour: Annotated[float, Field(ge=1, le=1e6)]
    crew_hour: Money
    precool_kwh_price: Money
    precool_cop: Annotated[float, Field(ge=0.1, le=100)]
    produce_heat_capacity: Annotated[float, Field(ge=0, le=100)]
    message_cost: Money
    sensor_day: Money
    system_fee_day: Money
    store_rent_day: Money
    other_store_income_day: Money
    farm_income_ha_month: Money
    pack_life_log_sd: Annotated[float, Field(ge=0.01, le=5)]
    chill_slope: Weight


class WorldParams(BaseModel):
    """All rooms' parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    households: HouseholdParams
    residents: ResidentParams
    owners: OwnerParams
    labour: LabourParams
    groupbuys: GroupBuyParams
    voice: VoiceParams
    supply: SupplyParams
    rooms: RoomParams
    costs: CostParams
    season: SeasonParams

    @model_validator(mode="before")
    @classmethod
    def _every_room(cls, given: Any) -> Any:
        return {**{name: {} for name in cls.model_fields}, **given} if isinstance(given, dict) else given
