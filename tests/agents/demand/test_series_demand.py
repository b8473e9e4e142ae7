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

from agents.demand.replay import read_replay
from sim.streams import Streams, key, uniform
from sim.twin import Twin

START = dt.datetime(2024, 3, 28)


def record(folder: Path, stores: int = 3, products: int = 5, days: int = 10) -> Path:
    """A directory in FreshRetailNet format: one city, sales in tenths, some days without any."""
    dates = [START + dt.timedelta(days=d) for d in range(days)]
    rows = [(s, 10 + p, date) for s in range(stores) for p in range(products) for date in dates]
    store, product, date = (list(part) for part in zip(*rows, strict=True))
    draws = uniform(key(3, "tests.sales"), 0, np.arange(len(rows)))
    columns = {
        "store_id": store, "product_id": product, "dt": date,
        "sale": np.round(np.where(draws < 0.2, 0.0, 12 * draws), 1), "stockout_hours_6_22": [0] * len(rows),
        "discount": [1.0] * len(rows),
    }  # fmt: skip
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
