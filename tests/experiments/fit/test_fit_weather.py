"""The weather figures come out of the record again, and the generator has the record's moments."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from agents.sourced import load_records
from agents.weather import STATIONS
from experiments.fit import weather as fitting
from experiments.fit.weather_moments import generated, moments
from sim.errors import InputError


@pytest.fixture(scope="module")
def data() -> Path:
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (root / "weather_cn5_hourly").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared weather at {root}; set LINLI_DATA")
        pytest.skip(f"no shared weather at {root}")
    return root


@pytest.fixture(scope="module")
def records(data: Path) -> dict[str, fitting.Days]:
    return {station: fitting.read_days(data, station) for station in STATIONS}


@pytest.fixture(scope="module")
def record(records: dict[str, fitting.Days]) -> fitting.Days:
    return records["shanghai"]


@pytest.fixture(scope="module")
def model() -> dict[str, dict[str, list[float]]]:
    return {station: moments(*generated(station, years=12)) for station in STATIONS}


COMMITTED = yaml.safe_load(fitting.MOMENTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("station", STATIONS)
def test_committed_figures_are_what_the_script_fits(records: dict[str, fitting.Days], station: str) -> None:
    committed = load_records(f"weather_{station}")
    fitted = fitting.fit(records[station])
    assert set(committed) == set(fitted) | {"forecast"}
    for name, fields in fitted.items():
        assert set(fields) == set(committed[name])
        for field, value in fields.items():
            assert committed[name][field].value == pytest.approx(value, rel=6e-4, abs=1e-6), (name, field)


def test_committed_moments_are_the_records(records: dict[str, fitting.Days]) -> None:
    found = fitting.record_moments(records)
    for station, one in found.items():
        for name, values in one.items():
            assert COMMITTED[station][name] == pytest.approx(values, rel=2e-3, abs=1e-6), (station, name)


@pytest.mark.parametrize("station", STATIONS)
def test_the_generator_has_the_records_moments(model: dict[str, dict[str, list[float]]], station: str) -> None:
    """Two years give a month's mean to about 1 K and its wet share to about 7 points; drizzle on days below 0.5 mm is
    not generated, and holes cut the record's dry spells (Chengdu lacks rain for a whole month)."""
    real, mine = COMMITTED[station], model[station]

    def off(name: str) -> np.ndarray:
        return np.array(mine[name]) - np.array(real[name])

    assert np.abs(off("temp_mean_month")).max() < 2.2 and np.abs(off("temp_mean_month")).mean() < 1.0
    assert np.abs(off("temp_sd_month")).max() < 1.7 and np.abs(off("temp_sd_month")).mean() < 0.7
    assert np.abs(off("temp_hour")).max() < 1.0
    assert np.abs(off("temp_lag")).max() < 0.13
    assert mine["temp_step_sd"][0] == pytest.approx(real["temp_step_sd"][0], rel=0.3)
    assert np.abs(off("wet_day_month")).max() < 0.3 and np.abs(off("wet_day_month")).mean() < 0.1
    assert np.sum(mine["rain_month_mm"]) == pytest.approx(np.sum(real["rain_month_mm"]), rel=0.25)
    assert mine["wet_hour_share"][0] == pytest.approx(real["wet_hour_share"][0], rel=0.4)
    assert mine["wet_hours_a_wet_day"][0] == pytest.approx(real["wet_hours_a_wet_day"][0], rel=0.2)
    assert mine["wet_spell_days"][0] == pytest.approx(real["wet_spell_days"][0], rel=0.2)
    assert mine["dry_spell_days"][0] == pytest.approx(real["dry_spell_days"][0], rel=0.45)
    assert np.abs(off("rh_month")).max() < 11 and np.abs(off("rh_hour")).max() < 5
    assert np.abs(off("wind_month")).max() < 0.35 * np.mean(real["wind_month"])
    assert np.abs(off("wind_hour")).max() < 0.3 * np.mean(real["wind_hour"])
    assert mine["wind_sd"][0] == pytest.approx(real["wind_sd"][0], rel=0.2)


def test_the_record_is_business_days_with_july_2014_mostly_dryness_unknown(record: fitting.Days) -> None:
    july = (record.dates >= np.datetime64("2014-07-01")) & (record.dates <= np.datetime64("2014-07-31"))
    assert np.isnan(record.rain[july]).sum() > 20
    assert np.isfinite(record.mean[july]).all()


def test_gaps_are_named_by_file_row_and_column(data: Path) -> None:
    found = fitting.gaps(data, fitting.read_record(data))
    assert any("hourly.parquet: rows" in line and "column precip_mm_h is empty" in line for line in found)


def test_a_wrong_record_is_refused_with_all_that_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "weather_cn5_hourly"
    folder.mkdir()
    pq.write_table(pa.table({"city": ["Shanghai"], "time": ["noon"], "temp": [1.0], "rh_pct": ["wet"]}),
                   folder / "hourly.parquet")  # fmt: skip
    with pytest.raises(InputError) as error:
        fitting.read_record(tmp_path)
    text = str(error.value)
    for piece in ("column temp_c is missing", "did you mean 'temp'", "column rh_pct holds string", "column time holds",
                  "column cum_wind_mps is missing"):  # fmt: skip
        assert piece in text
    (folder / "hourly.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="not readable as Parquet"):
        fitting.read_record(tmp_path)
