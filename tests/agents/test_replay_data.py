"""Replay files: whole packs without bias, addressed by series, and one clear message for each wrong input."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.demand.replay import ReplaySeries, list_cities, read_replay
from sim.errors import InputError
from sim.streams import key

DAYS = [dt.datetime(2024, 3, 28) + dt.timedelta(days=d) for d in range(6)]
KEY = key(1, "demand.replay")


def daily(**changes: list[object]) -> dict[str, list[object]]:
    """Three series of two shops (cities 7 and 9) over six days."""
    series = ((5, 11), (5, 12), (6, 11))
    columns: dict[str, list[object]] = {
        "store_id": [store for store, _ in series for _ in DAYS],
        "product_id": [product for _, product in series for _ in DAYS],
        "dt": [day for _ in series for day in DAYS],
        "sale": [0.2, 0.3, 0.0, 0.5, 0.25, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.5, 2.0, 1.0, 1.0, 1.0],
        "stockout_hours_6_22": [0, 0, 16, 0, 4, 0] * 3,
        "discount": [1.0, 0.9, 1.0, 1.0, 0.0, 1.0] * 3,
    }
    return columns | changes


def write(directory: Path, columns: dict[str, list[object]] | None = None) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(daily() if columns is None else columns), directory / "daily.parquet")
    (directory / "stores.csv").write_text("store_id,city_id\n5,7\n6,9\n", encoding="utf-8")
    (directory / "products.csv").write_text("product_id,first_category_id\n11,3\n12,4\n", encoding="utf-8")
    return directory


def problems(directory: Path, city: int = 7) -> str:
    with pytest.raises(InputError) as error:
        read_replay(directory, city)
    return str(error.value)


def test_cells_scale_and_shares(tmp_path: Path) -> None:
    series = read_replay(write(tmp_path), 7)
    assert series.store_id.tolist() == [5] and series.product_id.tolist() == [11, 12]
    assert series.category.tolist() == [3, 4]
    assert (series.cells, series.days, series.first_date) == (2, 6, dt.date(2024, 3, 28))
    assert series.scale.tolist() == [0.2, 1.0]
    assert series.stockout_share == pytest.approx(20 / 96)
    assert series.sale[0].tolist() == pytest.approx([0.2, 0.3, 0.0, 0.5, 0.25, 0.2])
    assert list_cities(tmp_path) == (7, 9)
    assert read_replay(tmp_path, 7, pack_scale=0.1).scale.tolist() == [0.1, 0.1]


def test_whole_ratios_stay_and_fractions_round_both_ways(tmp_path: Path) -> None:
    series = read_replay(write(tmp_path), 7)
    draws = np.array([series.all_packs(key(seed, "demand.replay"))[0] for seed in range(400)])
    assert set(draws[:, 0]) == {1} and set(draws[:, 2]) == {0}
    assert set(draws[:, 1]) == {1, 2} and set(draws[:, 3]) == {2, 3}
    assert draws[:, 1].mean() == pytest.approx(1.5, abs=0.1)
    assert draws[:, 4].mean() == pytest.approx(1.25, abs=0.1)


def test_rounding_report_holds(tmp_path: Path) -> None:
    series = read_replay(write(tmp_path), 7)
    report = series.rounding(KEY)
    offered = series.all_packs(KEY).sum(1) * series.scale
    assert np.array_equal(report.cell_offered, offered)
    assert report.error == pytest.approx(report.offered - report.input)
    assert abs(report.error) <= report.bound
    assert report.input == pytest.approx(1.45)
    part = series.rounding(KEY, 1, 3)
    assert part.input == pytest.approx(0.3)


def test_a_series_is_rounded_alike_without_its_neighbours(tmp_path: Path) -> None:
    columns = daily(store_id=[5] * 18, product_id=[11] * 6 + [12] * 6 + [10] * 6)
    more = write(tmp_path / "more", columns)
    (more / "products.csv").write_text("product_id,first_category_id\n11,3\n10,3\n12,4\n", encoding="utf-8")
    both, alone = read_replay(more, 7), read_replay(write(tmp_path / "alone"), 7)
    assert both.product_id.tolist() == [10, 11, 12]
    assert np.array_equal(both.all_packs(KEY)[1:], alone.all_packs(KEY))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0, 50, width=32), min_size=4, max_size=24),
    st.floats(0.01, 20),
    st.integers(0, 10**6),
)
def test_error_never_exceeds_its_bound(sales: list[float], scale: float, seed: int) -> None:
    zero = np.zeros(1, np.int64)
    sale = np.array([sales])
    series = ReplaySeries(
        city_id=0,
        dates=np.datetime64("2024-03-28") + np.arange(len(sales)),
        store_id=zero,
        product_id=zero,
        category=zero,
        shop=zero,
        sku=zero,
        sale=sale,
        stockout_hours=np.zeros(sale.shape, np.int8),
        discount=np.ones(sale.shape),
        promoted=np.zeros(sale.shape, bool),
        weather=None,
        scale=np.array([scale]),
    )
    report = series.rounding(key(seed, "demand.replay"))
    assert abs(report.error) <= report.bound
    assert np.all(np.abs(series.all_packs(key(seed, "x"))[0] * scale - sale[0]) <= scale * (1 + 1e-3))


def test_a_path_with_chinese_and_spaces_works(tmp_path: Path) -> None:
    directory = write(tmp_path / "数据 [一] 目录")
    assert read_replay(directory, 9).cells == 1


def test_missing_paths_are_named(tmp_path: Path) -> None:
    assert "没有 这个: there is no such directory" in problems(tmp_path / "没有 这个")
    (tmp_path / "file").write_text("x")
    assert "is no directory" in problems(tmp_path / "file")
    text = problems(tmp_path)
    assert all(name in text for name in ("daily.parquet", "stores.csv", "products.csv"))


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "daily.parquet").write_bytes(b"not parquet")
    assert "daily.parquet: not readable as Parquet" in problems(tmp_path)
    (tmp_path / "stores.csv").write_text("store_id,city_id\n1\n2,3,4\n")
    assert "stores.csv: not readable as CSV" in problems(tmp_path)


def test_missing_and_mistyped_columns_are_named(tmp_path: Path) -> None:
    columns = daily()
    columns["sales"] = columns.pop("sale")
    del columns["discount"]
    text = problems(write(tmp_path, columns))
    assert "column sale is missing (did you mean 'sales'?)" in text and "column discount is missing" in text
    assert "column sale holds string" in problems(write(tmp_path, daily(sale=["a"] * 18)))
    assert "column store_id holds double" in problems(write(tmp_path, daily(store_id=[0.5] * 18)))
    assert "column dt holds no dates" in problems(write(tmp_path, daily(dt=["soon"] * 18)))


def test_an_unknown_city_offers_the_nearest(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError) as error:
        read_replay(tmp_path, 8_000)
    assert error.value.problems[0].path == "source_city"
    assert error.value.problems[0].nearest == "9" and "7, 9" in str(error.value)


def test_bad_values_are_named_all_at_once(tmp_path: Path) -> None:
    columns = daily()
    columns["sale"][1], columns["sale"][3] = -0.5, float("nan")
    columns["discount"][0], columns["stockout_hours_6_22"][8] = -1.0, 17
    columns["sale"][14] = -3.0  # of the other city
    text = problems(write(tmp_path, columns))
    assert "column sale, row 1 (store 5, product 11, 2024-03-29): -0.5 is negative" in text
    assert "column sale, row 3 (store 5, product 11, 2024-03-31): empty or not a number" in text
    assert "column discount, row 0" in text and "column stockout_hours_6_22, row 8" in text
    assert "row 14" not in text


def test_a_sale_of_too_many_packs_is_named(tmp_path: Path) -> None:
    columns = daily()
    columns["sale"][3] = 1e12
    assert "2024-03-31): 1e+12 is too many packs of 0.2" in problems(write(tmp_path, columns))


def test_gaps_and_repeated_dates_are_named(tmp_path: Path) -> None:
    columns = daily()
    for values in columns.values():
        del values[2]
    columns["dt"][6] = columns["dt"][7]
    text = problems(write(tmp_path, columns))
    assert "store 5, product 11: 2024-03-30 has no row" in text
    assert "row 7 (store 5, product 12, 2024-03-30): this date is there already" in text


def test_a_product_without_a_category_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "products.csv").write_text("product_id,first_category_id\n11,3\n")
    assert "lacks 1 sold products: 12" in problems(tmp_path)


def test_real_city_offers_what_was_sold() -> None:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[3] / "shared" / "data")) / "freshretailnet50k"
    if not root.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared data at {root}; set LINLI_DATA")
        pytest.skip(f"no shared data at {root}")
    series = read_replay(root, 17)
    assert (series.cells, series.days, len(series.store_id)) == (85, 90, 2)
    report = series.rounding(KEY)
    assert abs(report.relative_error) < 0.003 and abs(report.error) < 5 * report.error_sd
    assert np.all(np.abs(report.cell_offered - report.cell_input) <= report.cell_bound)
