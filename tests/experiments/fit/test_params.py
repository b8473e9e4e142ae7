"""The re-keyed tables regenerate from the shared ones, and an unknown reading is refused."""

import os
import shutil
from pathlib import Path

import pytest
import yaml

from agents.sourced import params_dir, parse_rows
from experiments.fit import params
from sim.errors import InputError

NAMES = ("operations", "coldchain", "postharvest", "ripening")


def shared_data() -> Path:
    """The data directory, or a skip with the reason; in CI its absence is a failure."""
    root = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (root / "params").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no shared data at {root}; set LINLI_DATA")
        pytest.skip(f"no shared data at {root}")
    return root


@pytest.fixture(scope="module")
def tables() -> dict[str, params.Table]:
    return params.tables(shared_data())


@pytest.mark.parametrize("name", NAMES)
def test_committed_table_is_what_the_script_writes(name: str, tables: dict[str, params.Table]) -> None:
    assert params_dir().joinpath(f"{name}.yaml").read_text(encoding="utf-8") == params.render(tables[name])


@pytest.mark.parametrize("name", NAMES)
def test_round_trip_keeps_every_row(name: str, tables: dict[str, params.Table]) -> None:
    assert parse_rows(yaml.safe_load(params.render(tables[name])), name) == parse_rows(tables[name], name)


def test_no_shared_row_is_lost(tables: dict[str, params.Table]) -> None:
    for name, file, key in (
        ("operations", "cgb_operations.csv", "key"),
        ("coldchain", "coldchain.csv", "key"),
        ("postharvest", "postharvest.csv", "product"),
    ):
        given = {row[key] for row in params._rows(shared_data() / "params" / file)}
        assert given - set(tables[name]) <= params.FORMULAS, name


def test_lowered_grades_say_so(tables: dict[str, params.Table]) -> None:
    produce = tables["postharvest"]
    assert produce["milk_pasteurised"]["life_ref_d"]["value"] == 12
    assert produce["milk_pasteurised"]["life_ref_d"]["grade"] == "G"
    assert produce["milk_pasteurised"]["life_clean_plant_d"]["value"] == 36
    assert produce["banana"]["ea_kj_mol"]["grade"] == "G"
    assert produce["generic_produce"]["life_ref_d"]["grade"] == "D"


def test_an_unknown_reading_is_refused(tmp_path: Path) -> None:
    shutil.copytree(shared_data() / "params", tmp_path / "params")
    path = tmp_path / "params" / "postharvest.csv"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace(",<10,", ",below ten or so,"), encoding="utf-8")
    with pytest.raises(InputError, match="below ten or so"):
        params.tables(tmp_path)


def test_a_missing_directory_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="DATA_DIR"):
        params.data_dir([str(tmp_path / "不在 这里")])
    with pytest.raises(InputError, match="cannot be read"):
        params.tables(tmp_path)
