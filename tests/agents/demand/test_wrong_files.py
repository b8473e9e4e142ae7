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
    for piece in ("column sale, row 0 (store 1, product 1, 2024-01-01): nan is not a number",
                  "column sale, row 1 (store 1, product 1, 2024-01-03): -1 is negative",
                  "column discount, row 1", "column stockout_hours_6_22, row 1", "2024-01-02 has no row",
                  "column product_id lacks 1"):  # fmt: skip
        assert piece in text


def test_a_file_that_is_no_parquet_beside_a_wrong_one(tmp_path: Path) -> None:
    folder = recording(tmp_path, {"store_id": [1]}, "1,")
    (folder / "daily.parquet").write_bytes(b"nothing of the kind")
    text = said(folder)
    assert "daily.parquet: not readable as Parquet" in text and "products.csv: column first_category_id" in text
