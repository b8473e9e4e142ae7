"""Parameters of the world: one model a room, defaults from the sourced tables in ``conf/params``.

A field takes the value of its row; a configuration may set another one (``world.residents.visit_rate=0.06``).
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from agents.sourced import load_table


class SourcedParams(BaseModel):
    """Base of all parameter models: a field left out takes its sourced value.

    A row whose range does not reach below zero allows no negative value; a row with unit ``share`` none above one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    table: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _fill_from_table(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        rows = load_table(cls.table)
        sourced = {
            name: int(float(rows[name])) if field.annotation is int else float(rows[name])
            for name, field in cls.model_fields.items()
            if name not in given
        }
        return {**sourced, **given}

    @model_validator(mode="after")
    def _within_physical_limits(self) -> SourcedParams:
        rows = load_table(self.table)
        for name in type(self).model_fields:
            row, value = rows[name], getattr(self, name)
            if row.low is not None and row.low >= 0 > value:
                raise ValueError(f"{name} must not be negative")
            if row.unit.startswith("share") and value > 1:
                raise ValueError(f"{name} is a share and must not exceed 1")
        return self


class ResidentParams(SourcedParams):
    """Households: see ``conf/params/residents.yaml`` for meaning, unit, range, grade and source of each row."""

    table: ClassVar[str] = "residents"
    visit_rate: float
    frequency_shape: float
    off_day_lift: float
    rain_app: float
    rain_visit: float
    rain_threshold_mm: float
    no_show: float
    no_show_rain_factor: float
    examine_share: float
    shelf_look: float
    taste_weight: float
    popularity_weight: float
    price_sensitivity: float
    price_sensitivity_log_sd: float
    quality_weight: float
    premium_reluctance: float
    category_outside: float
    home_stock_weight: float
    second_pack: float
    trust_mean: float
    trust_sd: float
    trust_slope: float
    trust_cap: float
    trust_gain: float
    loss_aversion: float
    trust_half_life_days: float
    belief_weight: float
    belief_start: float
    claim_share: float
    claim_patience: float
    recovery_gain: float
    home_temperature_c: float
    cycle_days_fresh: float
    cycle_days_ambient: float
    infant_cycle_days: float
    infant_share: float
    household_size_mean: float
    app_hours: float


class OwnerParams(SourcedParams):
    """Shop owners: see ``conf/params/owners.yaml``."""

    table: ClassVar[str] = "owners"
    smoothing: float
    smoothing_sd: float
    stock_adjustment: float
    stock_adjustment_sd: float
    supply_line_weight: float
    supply_line_weight_sd: float
    cover_days: float
    cover_days_sd: float
    pull_to_mean: float
    commission_percent: float
    opening_hour: float
    closing_hour: float
    shelf_chilled_c: float
    shelf_rack_c: float
    shelf_chilled_below_c: float
    pickup_temperature_c: float
    damage_share: float
    unclaimed_days: int
    first_stock_days: float


class GroupBuyParams(SourcedParams):
    """Group-buys of premium new products: see ``conf/params/groupbuys.yaml``."""

    table: ClassVar[str] = "groupbuys"
    minimum_packs: int
    window_days: int
    candidates_per_shop_week: float
    appeal_mean: float
    appeal_log_sd: float
    message_open: float
    fatigue_per_message: float
    fatigue_half_life_days: float
    herding_weight: float
    join_outside: float


class SupplyParams(SourcedParams):
    """Field, farm, hub and trucks: see ``conf/params/supply.yaml``."""

    table: ClassVar[str] = "supply"
    ripe_margin: float
    expected_packs_member_day: float
    yield_log_sd: float
    defect_share: float
    crew_size: float
    harvest_start_hour: float
    harvest_end_hour: float
    precool_hours: float
    precool_c: float
    precool_batch_kg: float
    farm_km: float
    haul_kmh: float
    city_kmh: float
    hub_docks: int
    unload_minutes: float
    sort_hours: float
    hub_temperature_c: float
    stop_minutes: float
    shops_per_truck: int
    setpoint_c: float
    cargo_tau_hours: float
    air_tau_minutes: float
    pull_up_share: float
    door_mixing_share: float
    plan_cover_days: float
    estate_radius_km: float
    spread_k: float
    door_seconds: float
    detour: float
    loading_minutes: float


class CostParams(SourcedParams):
    """Costs and prices that no room owns: see ``conf/params/world.yaml``. Money in CNY as in the table."""

    table: ClassVar[str] = "world"
    truck_day_cost: float
    truck_km_cost: float
    truck_payload_kg: float
    driver_day: float
    picker_hour: float
    picker_packs_hour: float
    crew_hour: float
    precool_kwh_price: float
    precool_cop: float
    produce_heat_capacity: float
    message_cost: float
    sensor_day: float
    system_fee_day: float
    store_rent_day: float
    other_store_income_day: float
    pack_life_log_sd: float
    chill_slope: float
    replay_price: float
    replay_pack_mass_g: float
    replay_case_packs: float


class WorldParams(BaseModel):
    """All rooms' parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    residents: ResidentParams
    owners: OwnerParams
    groupbuys: GroupBuyParams
    supply: SupplyParams
    costs: CostParams

    @model_validator(mode="before")
    @classmethod
    def _every_room(cls, given: Any) -> Any:
        return {**{name: {} for name in cls.model_fields}, **given} if isinstance(given, dict) else given
