"""Parameters of fields, farms, hub and vehicles."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from agents.limits import (
    Celsius,
    Cover,
    Duration,
    Hour,
    Kilograms,
    Kilometres,
    LogSd,
    Minutes,
    Share,
    SourcedParams,
    Speed,
)


class SupplyParams(SourcedParams):
    """Field, farm, hub and trucks: see ``conf/params/supply.yaml``."""

    table: ClassVar[str] = "supply"
    overplant_share: Annotated[float, Field(ge=0, le=100)]
    expected_packs_member_day: Annotated[float, Field(ge=0, le=100)]
    yield_log_sd: LogSd
    defect_share: Annotated[float, Field(ge=0, lt=1)]
    crew_slack: Annotated[float, Field(gt=0, le=1_000)]
    harvest_start_hour: Hour
    harvest_end_hour: Hour
    precool_hours: Duration
    precool_c: Celsius
    precool_tau_hours: Annotated[float, Field(ge=0.01, le=1_000)]
    precool_batch_kg: Kilograms
    local_farms: Annotated[int, Field(ge=1, le=250)]
    remote_farms: Annotated[int, Field(ge=1, le=250)]
    farm_km_near: Kilometres
    farm_km_far: Kilometres
    remote_km_near: Kilometres
    remote_km_far: Kilometres
    remote_kmh: Speed
    remote_delay_hours: Annotated[float, Field(ge=0, le=240)]
    warehouse_km: Kilometres
    warehouse_hour: Hour
    warehouse_age_days: Annotated[float, Field(ge=0, le=365)]
    part_load_floor: Share
    freight_t_km: Annotated[float, Field(ge=0, le=100)]
    freight_least_kg: Annotated[float, Field(ge=0, le=1e5)]
    promise_hour: Hour
    remote_promise_days: Annotated[int, Field(ge=0, le=30)]
    remote_order_days: Annotated[int, Field(ge=1, le=30)]
    dispatch_latest_hour: Annotated[float, Field(ge=0, le=21)]
    hub_picking_hours: Annotated[float, Field(gt=0, le=24)]
    picker_shift_hours: Annotated[float, Field(gt=0, le=24)]
    graded_spot_share: Share
    graded_price_share: Share
    surplus_price_share: Share
    surplus_take_share: Share
    clearance_life: Annotated[float, Field(ge=0, le=10)]
    hang_ageing_share: Annotated[float, Field(ge=0, le=10)]
    growing_cost_share: Share
    hub_rh_pct: Annotated[float, Field(ge=0, le=100)]
    shop_rh_pct: Annotated[float, Field(ge=0, le=100)]
    water_loss_pct_d: Annotated[float, Field(ge=0, le=50)]
    haul_kmh: Speed
    city_kmh: Speed
    hub_docks: Annotated[int, Field(ge=1, le=1_000)]
    unload_minutes: Minutes
    sort_hours: Duration
    stop_minutes: Minutes
    shops_per_truck: Annotated[int, Field(ge=1, le=1_000)]
    plan_cover_days: Cover
    estate_radius_km: Kilometres
    spread_k: Annotated[float, Field(ge=0, le=50)]
    door_seconds: Annotated[float, Field(ge=0, le=86_400)]
    detour: Annotated[float, Field(ge=1, le=10)]
    loading_minutes: Minutes
    chilled_setpoint_c: Celsius
    cool_setpoint_c: Celsius
    body_m2: Annotated[float, Field(ge=1, le=1_000)]
    body_age_years: Annotated[float, Field(ge=0, le=50)]
    body_air_kj_k: Annotated[float, Field(ge=1, le=10_000)]
    door_w_k: Annotated[float, Field(ge=0, le=100_000)]
    unit_stops_hour: Annotated[float, Field(ge=0, le=60)]
    pull_down_hours: Annotated[float, Field(ge=0.05, le=24)]
    cargo_film_w_kg_k: Annotated[float, Field(ge=0.001, le=100)]
    cargo_inner_w_kg_k: Annotated[float, Field(ge=0.001, le=100)]
    surface_share: Annotated[float, Field(ge=0.01, le=0.99)]
    rush_factor: Annotated[float, Field(ge=1, le=10)]
    due_hour: Hour
    unit_failure_hour: Share
    unit_repair_hours: Duration
    engine_failure_hour: Share
    engine_repair_hours: Duration

    @model_validator(mode="after")
    def _picked_from_start_to_end(self) -> Self:
        if self.harvest_end_hour <= self.harvest_start_hour:
            raise ValueError(f"harvest_end_hour, {self.harvest_end_hour:g}, must come after harvest_start_hour, "
                             f"{self.harvest_start_hour:g}")
        return self
