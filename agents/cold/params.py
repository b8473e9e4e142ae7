"""Parameters of rooms, cases and freezers, of loggers and alarms."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from agents.limits import Celsius, Cover, Duration, Minutes, Share, SourcedParams


class RoomParams(SourcedParams):
    """Rooms, cases, freezers, sensors and alarms: see ``conf/params/rooms.yaml``."""

    table: ClassVar[str] = "rooms"
    indoor_c: Celsius
    indoor_leak: Share
    rack_tau_hours: Annotated[float, Field(ge=0.05, le=1_000)]
    case_setpoint_c: Celsius
    case_w_k: Annotated[float, Field(ge=0.1, le=100_000)]
    case_night_share: Share
    case_kj_k: Annotated[float, Field(ge=0.1, le=100_000)]
    cold_room_setpoint_c: Celsius
    cold_room_w_k: Annotated[float, Field(ge=0.1, le=100_000)]
    cold_room_kj_k: Annotated[float, Field(ge=0.1, le=100_000)]
    freezer_setpoint_c: Celsius
    freezer_w_k: Annotated[float, Field(ge=0.1, le=100_000)]
    freezer_tau_hours: Annotated[float, Field(ge=0.05, le=1_000)]
    freezer_heat_minutes: Minutes
    hub_setpoint_c: Celsius
    hub_chilled_setpoint_c: Celsius
    hub_cool_setpoint_c: Celsius
    hub_w_k_shop: Annotated[float, Field(ge=0.1, le=100_000)]
    hub_kj_k_shop: Annotated[float, Field(ge=0.1, le=100_000)]
    hub_open_share: Share
    unit_margin: Annotated[float, Field(ge=1, le=100)]
    cop: Annotated[float, Field(ge=0.1, le=100)]
    fans_w: Annotated[float, Field(ge=0, le=10_000)]
    defrosts_day: Annotated[int, Field(ge=1, le=24)]
    defrost_minutes: Minutes
    goods_spread_k: Annotated[float, Field(ge=0, le=10_000)]
    openings_pack: Annotated[float, Field(ge=0, le=10_000)]
    opening_seconds: Annotated[float, Field(ge=0, le=3_600)]
    room_door_w_k: Annotated[float, Field(ge=0, le=10_000)]
    door_left_day: Share
    door_notice_hours: Duration
    failure_day: Share
    failure_hours: Duration
    alarm_delay_minutes: Minutes
    response_minutes: Minutes
    night_factor: Annotated[float, Field(ge=1, le=100)]
    restart_share: Share
    technician_hours: Duration
    outage_day: Share
    outage_hours: Duration
    swap_days: Cover
    skew_seconds: Annotated[float, Field(ge=0, le=10_000)]
    drift_k_year: Annotated[float, Field(ge=0, le=10_000)]
