"""Replay: what the shops are asked for is what was recorded, pack for pack."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.demand.hours import load_hours
from agents.demand.replay import read_replay
from experiments.replayed import demand_report
from sim.errors import InputError
from sim.streams import Streams, key, uniform
from sim.twin import Twin

START = dt.datetime(2024, 3, 28)


def record(folder: Path, stores: int = 3, products: int = 5, days: int = 10, **changes: Any) -> Path:
    """A directory in FreshRetailNet format: one city, sales in tenths, some days without any.

    ``changes`` are columns, each a function of the row number; rows go by store, product and day.
    """
    dates = [START + dt.timedelta(days=d) for d in range(days)]
    rows = [(s, 10 + p, date) for s in range(stores) for p in range(products) for date in dates]
    store, product, date = (list(part) for part in zip(*rows, strict=True))
    draws = uniform(key(3, "tests.sales"), 0, np.arange(len(rows)))
    columns = {
        "store_id": store, "product_id": product, "dt": date,
        "sale": np.round(np.where(draws < 0.2, 0.0, 12 * draws), 1), "stockout_hours_6_22": [0] * len(rows),
        "discount": [1.0] * len(rows),
    }  # fmt: skip
    columns |= {name: [each(i) for i in range(len(rows))] for name, each in changes.items()}
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / "daily.parquet")
    (folder / "stores.csv").write_text("store_id,city_id\n" + "".join(f"{s},7\n" for s in range(stores)), "utf-8")
    lines = "".join(f"{10 + p},{p % 2}\n" for p in range(products))
    (folder / "products.csv").write_text("product_id,first_category_id\n" + lines, "utf-8")
    return folder


def replayed(twins: Any, folder: Path, city: int, **values: Any) -> Twin:
    twin: Twin = twins.lived("replay", data=folder, source_city=city, **values)
    return twin


def check_offered(twins: Any, twin: Twin, folder: Path, city: int, first: int, days: int) -> None:
    series = read_replay(folder, city)
    stream = Streams(1).key("demand.replay.rounding")
    offered = np.zeros((series.cells, days), np.int64)
    rows = twins.rows(twin, "offered")
    cell = {place: i for i, place in enumerate(zip(series.shop.tolist(), series.sku.tolist(), strict=True))}
    places = [cell[place] for place in zip(rows["shop"].tolist(), rows["sku"].tolist(), strict=True)]
    np.add.at(offered, (places, rows["day"]), rows["packs"])
    expected = np.stack([series.packs(stream, first + day) for day in range(days)], axis=1)
    np.testing.assert_array_equal(offered, expected)

    report = series.rounding(stream, first, first + days)
    given = (offered.sum(axis=1) * series.scale).sum()
    recorded = series.sale[:, first : first + days].sum()
    assert report.input == pytest.approx(recorded) and report.offered == pytest.approx(given)
    assert abs(given - recorded) <= report.bound and abs(given - recorded) <= 6 * report.error_sd + 1e-6
    sold, unmet = twins.rows(twin, "pos_sale"), twins.rows(twin, "unmet")
    assert sold["packs"].sum() + unmet["packs"].sum() == offered.sum() and not unmet["substituted"].any()
    assert (sold["member"] == -1).all()


@pytest.mark.parametrize("burn_in", [0, 2])
def test_packs_offered_are_the_series_packs_of_every_day(twins: Any, tmp_path: Path, burn_in: int) -> None:
    folder = record(tmp_path / "数据 data")
    twin = replayed(twins, folder, 7, days=6, burn_in_days=burn_in)
    check_offered(twins, twin, folder, 7, 0, 6 + burn_in)


def test_a_replay_may_begin_in_the_middle_of_the_recording(twins: Any, tmp_path: Path) -> None:
    folder = record(tmp_path)
    twin = replayed(twins, folder, 7, days=5, start="2024-04-01")
    check_offered(twins, twin, folder, 7, 4, 5)


def test_sales_of_a_session_stay_within_the_shelf_and_the_opening_hours(twins: Any, tmp_path: Path) -> None:
    twin = replayed(twins, record(tmp_path), 7, days=6)
    sold, out = twins.rows(twin, "pos_sale"), twins.rows(twin, "stock_out")
    assert ((sold["hour"] >= 8) & (sold["hour"] <= 22)).all() and (sold["packs"] > 0).all()
    hours = np.zeros((6, 3, 5))
    np.add.at(hours, (out["day"], out["shop"], out["sku"]), out["hours"])
    assert hours.max() <= 14.0 + 1e-9
    assert not len(twins.rows(twin, "order_line")["line"]) and not len(twin.ports.state["residents"])


def test_one_recorded_city_replays_as_it_was_recorded(twins: Any) -> None:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data"))
    folder = root / "freshretailnet50k"
    if not (folder / "daily.parquet").is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no recorded sales at {folder}; set LINLI_DATA")
        pytest.skip(f"no recorded sales at {folder}")
    twin = replayed(twins, folder, 8, days=14)
    check_offered(twins, twin, folder, 8, 0, 14)


def test_the_hub_is_staffed_for_the_recorded_city(twins: Any, tmp_path: Path) -> None:
    """It is sized for the first week's packs, as a district's is for its members': shelves get what they ask for."""
    folder = record(tmp_path, stores=40, products=20, days=8)
    twin = replayed(twins, folder, 7, days=6)
    cells, series = twins.rows(twin, "shop_day"), read_replay(folder, 7)
    assert twins.world(twin).expected_daily.sum() == pytest.approx((series.sale[:, :7].mean(1) / series.scale).sum())
    assert cells["received"].sum() > 0.9 * cells["requested"].sum() > 9_000


def weather(folder: Path, days: int = 10, **changes: Any) -> Path:
    """City 7's weather beside the recording, a degree warmer every day."""
    columns = {
        "city_id": [7] * days, "dt": [START + dt.timedelta(days=d) for d in range(days)],
        "precip_mm": [0.0, 12.5] * (days // 2), "temp_c": [10.0 + d for d in range(days)], "rh_pct": [70.0] * days,
        "wind_level": [2.0] * days,
    }  # fmt: skip
    pq.write_table(pa.table(columns | changes), folder / "city_weather.parquet")
    return folder


def test_recorded_prices_are_paid_to_the_fen_and_promotions_are_events(twins: Any, tmp_path: Path) -> None:
    """Discounts of 1, 0.737 and 0 by product; store 1's second day is promoted."""
    discounts = (1.0, 0.737, 0.0, 1.01, 1.0)
    folder = record(tmp_path, discount=lambda i: discounts[i // 10 % 5], activity_flag=lambda i: int(50 < i <= 51))
    twin = replayed(twins, folder, 7, days=6)
    listed = int(twins.world(twin).catalogue.price_fen[0])
    price = np.rint(listed * np.array(discounts)).astype(np.int64)
    sold, shelf = twins.rows(twin, "pos_sale"), twin.ports.state["shelf"]
    np.testing.assert_array_equal(sold["fen"], sold["packs"] * price[sold["sku"]])
    assert sold["packs"][sold["sku"] == 2].sum() > 0 and sold["fen"][sold["sku"] == 2].sum() == 0
    np.testing.assert_array_equal(shelf["price_fen"], price[shelf["sku"]])
    till = twins.rows(twin, "money_day")
    assert till["fen"][till["reason"] == "till"].sum() == sold["fen"].sum()
    promoted = {name: twins.rows(twin, "promotion")[name].tolist() for name in ("day", "shop", "sku", "price_fen")}
    assert promoted == {"day": [1], "shop": [1], "sku": [0], "price_fen": [listed]}


def test_days_without_stock_at_the_source_are_marked_and_scaled_up_only_when_asked(twins: Any, tmp_path: Path) -> None:
    """Product 10 of store 0 sold out for four hours a day: its sales are a lower bound."""
    folder = record(tmp_path, stockout_hours_6_22=lambda i: 4 if i < 10 else 0)
    twin = replayed(twins, folder, 7, days=6)
    config = twins.config("replay", data=folder, source_city=7, days=6)
    report = demand_report(config, twin)
    marked = twins.rows(twin, "censored")
    assert marked["day"].tolist() == list(range(6)) and set(marked["hours"].tolist()) == {4}
    assert (report["censored_days"], report["censored_hours"], report["scaled_up"]) == (6, 24, 0.0)
    assert report["censored_packs"] == marked["packs"].sum()
    assert report["packs"] == report["packs_at_shelves"] and report["recorded_weather"] == 0

    series, profile = read_replay(folder, 7), load_hours().sales
    lifted = series.scaled_up(profile, 4.0)
    np.testing.assert_allclose(lifted.sale[0], series.sale[0] / (1.0 - profile[18:22].sum()))
    np.testing.assert_array_equal(lifted.sale[1:], series.sale[1:])
    np.testing.assert_array_equal(lifted.scale, series.scale)
    assert (series.scaled_up(profile, 1.1).sale[0] <= 1.1 * series.sale[0] + 1e-12).all()

    asked = {"data": folder, "source_city": 7, "days": 6, "replay__scale_up": "true"}
    twin = twins.lived("replay", **asked)
    report = demand_report(twins.config("replay", **asked), twin)
    assert report["scaled_up"] == pytest.approx((lifted.sale - series.sale)[:, :6].sum()) and report["scaled_up"] > 0
    assert report["packs"] == report["packs_at_shelves"] == twins.rows(twin, "offered")["packs"].sum()
    assert abs(report["error"]) <= report["bound"]


def test_a_replay_lives_the_citys_own_weather(twins: Any, tmp_path: Path) -> None:
    folder = weather(record(tmp_path))
    twin = twins.fresh("replay", data=folder, source_city=7, days=4, start="2024-03-30")
    lived, dry = twins.world(twin).weather, twins.fresh("traditional", start="2024-03-30", days=4)
    for day in range(4):
        today, shape = lived.day(day), twins.world(dry).weather.day(day)
        assert (today.mean_c, today.rain_mm, today.rh) == (12.0 + day, [0.0, 12.5][day % 2], 70.0)
        np.testing.assert_allclose(today.hourly_c - today.mean_c, shape.hourly_c - shape.mean_c)
        assert lived.forecast(day, 0).mean_c == today.mean_c
    generated = twins.world(dry).weather
    error = lived.forecast(0, 2).mean_c - lived.day(2).mean_c
    assert error == pytest.approx(generated.forecast(0, 2).mean_c - generated.day(2).mean_c)
    assert lived.forecast(3, 15).mean_c == generated.forecast(3, 15).mean_c


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"city_id": [7] * 4 + [8] + [7] * 5}, "column dt, after row 3: city 7 has no row for 2024-04-01"),
        ({"temp_c": [10.0] * 6 + [None] + [10.0] * 3}, "column temp_c, row 6 (city 7, 2024-04-03): empty"),
        ({"rh_pct": [101.0] + [50.0] * 9}, "column rh_pct, row 0 (city 7, 2024-03-28): 101 is not in 0 to 100"),
        ({"dt": [START] * 2 + [START + dt.timedelta(days=d) for d in range(1, 9)]},
         "row 1: city 7 has 2024-03-28 twice"),
    ],
)
def test_what_is_wrong_with_the_weather_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    folder = weather(record(tmp_path), **changes)
    with pytest.raises(InputError) as error:
        read_replay(folder, 7)
    assert message in str(error.value) and "city_weather.parquet" in str(error.value)
