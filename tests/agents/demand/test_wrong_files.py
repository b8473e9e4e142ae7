"""All that is wrong with the files of a recording is said at once, by file, row and column."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.demand.replay import read_replay
from sim.errors import InputError


def recording(folder: Path, daily: dict[str, list[object]], products: str) -> Path:
    (folder / "stores.csv").write_text("store_id,city_id\n1,0\n", encoding="utf-8")
    (folder / "products.csv").write_text(f"product_id,first_category_id\n{products}\n", encoding="utf-8")
    pq.write_table(pa.table(daily), folder / "daily.parquet")
    return folder


def said(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        read_replay(folder, 0)
    return str(error.value)


def test_other_columns_and_types_in_every_file(tmp_path: Path) -> None:
    daily = {"store_id": ["a", "b"], "product_id": [1, 1], "dt": ["x", "y"], "sale": ["q", "r"], "discount": [1.0, 1.0]}
    text = said(recording(tmp_path, daily, "1,"))
    for piece in ("daily.parquet: column stockout_hours_6_22 is missing", "column store_id holds string",
                  "column dt holds no dates", "column sale holds string",
                  "products.csv: column first_category_id holds null"):  # fmt: skip
        assert piece in text


def test_wrong_figures_gaps_and_unknown_products(tmp_path: Path) -> None:
    daily = {"store_id": [1, 1], "product_id": [1, 1], "dt": ["2024-01-01", "2024-01-03"], "sale": [float("nan"), -1.0],
             "discount": [1.0, -1.0], "stockout_hours_6_22": [0, 99]}  # fmt: skip
    text = said(recording(tmp_path, daily, "2,1"))
    for piece in ("column sale, row 0 (store 1, product 1, 2024-01-01): empty or not a number",
                  "column sale, row 1 (store 1, product 1, 2024-01-03): -1 is negative",
                  "column discount, row 1", "column stockout_hours_6_22, row 1", "2024-01-02 has no row",
                  "column product_id lacks 1"):  # fmt: skip
        assert piece in text


def test_a_file_that_is_no_parquet_beside_a_wrong_one(tmp_path: Path) -> None:
    folder = recording(tmp_path, {"store_id": [1]}, "1,")
    (folder / "daily.parquet").write_bytes(b"nothing of the kind")
    text = said(folder)
    assert "daily.parquet: not readable as Parquet" in text and "products.csv: column first_category_id" in text


GOOD = {"store_id": [1, 1], "product_id": [1, 1], "dt": ["2024-01-01", "2024-01-02"], "sale": [1.0, 2.0],
        "discount": [1.0, 1.0], "stockout_hours_6_22": [0, 0]}  # fmt: skip


def test_empty_figures_are_named_beside_wrong_ones(tmp_path: Path) -> None:
    daily = {**GOOD, "sale": [None, -1.0], "stockout_hours_6_22": [None, 2], "activity_flag": [None, 7]}
    text = said(recording(tmp_path, daily, "1,1"))
    for piece in ("column sale, row 0 (store 1, product 1, 2024-01-01): empty", "column sale, row 1",
                  "column stockout_hours_6_22, row 0 (store 1, product 1, 2024-01-01): empty",
                  "column activity_flag, row 0", "column activity_flag, row 1"):  # fmt: skip
        assert piece in text


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    folder = recording(tmp_path, GOOD, "1,1")
    table = pa.table(GOOD)
    pq.write_table(table.append_column("sale", table["sale"]), folder / "daily.parquet")
    assert "daily.parquet: column sale is there 2 times" in said(folder)


def test_a_row_that_is_there_twice_is_named(tmp_path: Path) -> None:
    daily = {name: [*values, values[0]] for name, values in GOOD.items()}
    text = said(recording(tmp_path, daily, "1,1"))
    assert "column dt, row 2 (store 1, product 1, 2024-01-01): this date is there already" in text


def test_only_the_first_of_many_wrong_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    daily = {"store_id": [1] * 9, "product_id": [1] * 9, "dt": [f"2024-01-0{day}" for day in range(1, 10)],
             "sale": [-1.0] * 9, "discount": [1.0] * 9, "stockout_hours_6_22": [0] * 9}  # fmt: skip
    text = said(recording(tmp_path, daily, "1,1"))
    assert text.count("is negative") == 5 and "column sale: 4 more rows like these" in text


def test_a_store_of_two_cities_and_a_product_of_two_categories(tmp_path: Path) -> None:
    folder = recording(tmp_path, GOOD, "1,1\n1,2")
    (folder / "stores.csv").write_text("store_id,city_id\n1,0\n2,0\n1,5\n", encoding="utf-8")
    text = said(folder)
    assert "stores.csv: column store_id, row 2: 1 stands in row 0 already" in text
    assert "products.csv: column product_id, row 1: 1 stands in row 0 already" in text


def test_csv_files_without_rows_or_with_one_that_cannot_be_split(tmp_path: Path) -> None:
    folder = recording(tmp_path, GOOD, "1,1\n2,2,2")
    (folder / "stores.csv").write_text("store_id,city_id\n", encoding="utf-8")
    text = said(folder)
    assert "stores.csv: no rows" in text
    assert "products.csv: not readable as CSV" in text and "Row #3" in text


def test_weather_of_another_city_and_weather_that_is_no_file(tmp_path: Path) -> None:
    folder = recording(tmp_path, GOOD, "1,1")
    weather = {"city_id": [7], "dt": ["2024-01-01"], "precip_mm": [0.0], "temp_c": [9.0], "rh_pct": [50.0],
               "wind_level": [1.0]}  # fmt: skip
    pq.write_table(pa.table(weather), folder / "city_weather.parquet")
    assert "city 0 has no row from 2024-01-01 to 2024-01-02" in said(folder)
    (folder / "city_weather.parquet").unlink()
    (folder / "city_weather.parquet").mkdir()
    assert "city_weather.parquet: not readable as Parquet" in said(folder)
