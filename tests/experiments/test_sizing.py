"""Memory and disk are predicted from exact columns and counted rows."""

import pytest

from experiments.build import build
from experiments.config.compose import compose
from experiments.config.model import RunConfig
from experiments.sizing import Need, driver_of, predict, shortage


def config(**values: object) -> RunConfig:
    pairs = {"city": "tiny", "days": 5, **{path.replace("__", "."): value for path, value in values.items()}}
    return compose("run", [(path, str(value)) for path, value in pairs.items()]).config


def test_columns_of_a_fresh_twin_are_known_to_the_byte() -> None:
    wanted = config(city__shops=5, city__members=7)
    fresh = sum(frame.count * frame.row_bytes() for frame in build(wanted).ports.state)
    grown = predict(wanted).state
    assert fresh <= grown <= fresh + 35 * 100  # the rest are frames that fill up


def test_the_log_of_a_small_city_is_predicted_within_a_factor_of_two() -> None:
    wanted = config(city__shops=4, city__members=300, days=6, scenario="traditional")
    twin = build(wanted)
    twin.run(6)
    kept = sum(rows.nbytes for log in (twin.ports.log, twin.ports.evaluation)
               for rows in (log.read(name) for name in log.schemas))  # fmt: skip
    assert 0.5 < predict(wanted).log / kept < 2.0


def test_a_panel_needs_less_and_more_days_need_more() -> None:
    whole, panel = (predict(config(log__detail=detail)) for detail in ("all", "panel"))
    assert panel.log < whole.log and panel.state == whole.state
    assert predict(config(days=50)).memory > whole.memory
    assert predict(config(), snapshot=True).disk > whole.disk


def test_too_little_memory_is_said_with_the_remedy() -> None:
    assert shortage(Need(0, 0, 1, 0)) == ()
    (line,) = shortage(Need(0, 0, 1 << 60, 0))
    assert "log.detail=panel" in line


@pytest.mark.parametrize(
    ("table", "driver"),
    [("order_line", "resident"), ("shop_day", "cell"), ("owner_day", "shop"), ("sku_day", "sku"), ("money_day", "day")],
)
def test_rows_grow_with_what_they_speak_of(table: str, driver: str) -> None:
    assert driver_of(table) == driver
