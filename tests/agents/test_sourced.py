"""Sourced figures: every shipped row is graded and inside its range; wrong rows are refused all at once."""

import pytest

from agents.sourced import GRADES, load_records, load_table, params_dir, parse_rows
from sim.errors import InputError

FLAT_OR_NESTED = ("operations", "coldchain", "postharvest", "ripening", "world", "crops")


@pytest.mark.parametrize("name", FLAT_OR_NESTED)
def test_every_row_has_grade_unit_and_source(name: str) -> None:
    table = load_table(name)
    assert table
    for key, row in table.items():
        assert row.grade in GRADES, key
        assert row.unit and row.source, key


def test_known_figures() -> None:
    assert load_table("operations")["markup_veg"].value == 1.585
    assert load_table("operations")["leader_commission"].grade == "B"
    melon = load_records("postharvest")["melon_netted_hami"]
    assert (melon["life_ref_d"].grade, melon["ea_kj_mol"].grade) == ("B", "G")
    assert melon["t_chill_c"].value == 2.0 and melon["t_chill_c"].text == "<2"
    assert melon["life_ref_d"].source == melon["ea_kj_mol"].source != ""
    ripening = load_records("ripening")["melon"]
    assert (ripening["gdd_base_c"].value, ripening["gdd_cap_c"].value) == (12.8, 30.0)


def test_words_have_no_number() -> None:
    row = load_table("coldchain")["atp_class_A"]
    assert row.value is None and (row.low, row.high) == (0.0, 12.0)
    with pytest.raises(ValueError, match="no number"):
        float(row)


def test_crops_are_known_products() -> None:
    assert set(load_records("crops")) <= set(load_records("postharvest"))


def test_unknown_table_offers_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        load_table("operation")
    assert error.value.problems[0].nearest == "operations"


def test_all_wrong_rows_are_named_at_once() -> None:
    raw = {
        "a": {"value": 3, "low": 4, "high": 5, "unit": "d", "grade": "A", "source": "x"},
        "b": {"value": 1, "unit": "", "grade": "Q", "source": "x"},
        "c": {"value": "many", "unit": "d", "grade": "A", "source": "x"},
        "d": {"source": "x", "inner": {"value": 1, "unit": "d", "grade": "A", "colour": "red"}},
        "e": 7,
    }
    with pytest.raises(InputError) as error:
        parse_rows(raw, "f.yaml")
    text = str(error.value)
    for piece in (
        "a: value 3 lies below low 4",
        "b: grade 'Q'",
        "b: no unit",
        "c: value",
        "d.inner.colour: unknown",
        "e: not",
    ):
        assert piece in text


def test_the_tables_lie_beside_the_code() -> None:
    assert params_dir().joinpath("world.yaml").is_file()
