"""The labs of the cold chain and of routes against closed forms and a published optimum."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.labs import run_lab
from sim.errors import InputError

ROUTES = Path(os.environ.get("LINLI_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")) / "vrp"
PROBLEM = ROUTES / "E-n22-k4.txt"
needs_routes = pytest.mark.skipif(not PROBLEM.is_file(), reason="the routing problem E-n22-k4 is not there")


def test_lumped_cooling_as_printed() -> None:
    found = run_lab("cooling", {"start": "25", "ambient": "2", "tau_hours": "3", "hours": "4"})
    assert {name: round(value, 4) for name, value in found.items()} == {
        "half_hours": 2.0794, "seven_eighths_hours": 6.2383, "temperature": 8.0627,
    }
    assert found["temperature"] == pytest.approx(2 + 23 * math.exp(-4 / 3), abs=1e-9)


@pytest.mark.parametrize(("law", "printed"), [("q10", [14.427, 6.931, 2.308]), ("arrhenius", [16.626, 6.102, 1.503])])
def test_shelf_life_as_printed(law: str, printed: list[float]) -> None:
    found = run_lab("shelf_life", {"law": law, "temperatures": "[0, 8, 20]"})["days"]
    assert [round(days, 3) for days in found] == printed


@given(st.floats(1, 9), st.floats(0, 150), st.floats(-20, 60), st.floats(-10, 40))
@settings(deadline=None, max_examples=30)
def test_shelf_life_by_its_formulas(q10: float, ea: float, at: float, reference: float) -> None:
    given_ = {"reference_c": reference, "reference_days": 6.0, "temperatures": [at]}
    expected = 6.0 * q10 ** ((reference - at) / 10)
    assert run_lab("shelf_life", {**given_, "q10": q10})["days"][0] == pytest.approx(expected, rel=1e-9)
    kelvin = 1 / (reference + 273.15) - 1 / (at + 273.15)
    expected = 6.0 * math.exp(-ea * 1e3 / 8.314462618 * kelvin)
    found = run_lab("shelf_life", {**given_, "law": "arrhenius", "ea_kj": ea})["days"][0]
    assert found == pytest.approx(expected, rel=1e-9)


@given(
    st.fixed_dictionaries(
        {
            "ambient": st.floats(-30, 50),
            "setpoint": st.floats(-20, 20),
            "body_k": st.floats(0, 2),
            "body_area": st.floats(0, 80),
            "unit_watts": st.floats(0, 8_000),
            "door_seconds": st.floats(0, 4_000),
            "hours": st.floats(0, 12),
        }
    )
)
@settings(deadline=None, max_examples=40)
def test_the_energy_of_a_reefer_closes(setting: dict[str, float]) -> None:
    found = run_lab("reefer", setting)
    assert abs(found["residual"]) < 1e-9
    assert found["energy_in"] - found["energy_out"] - found["stored"] == pytest.approx(0.0, abs=1e-9)
    assert found["energy_out"] >= -1e-12


def test_a_closed_body_at_its_setpoint_loses_what_its_walls_let_in() -> None:
    found = run_lab("reefer", {"door_seconds": 0, "hours": 10.0, "ambient": 30.0, "setpoint": 0.0})
    assert found["energy_in"] == pytest.approx(0.7 * 40 * 30 * 10 / 1000, rel=1e-9)
    assert found["energy_out"] == pytest.approx(found["energy_in"], rel=1e-9) and abs(found["stored"]) < 1e-9


def test_without_a_unit_all_that_comes_in_stays() -> None:
    found = run_lab("reefer", {"unit_watts": 0})
    assert found["energy_out"] == 0 and found["stored"] == pytest.approx(found["energy_in"], rel=1e-9)


def test_longer_open_doors_let_in_more() -> None:
    heat = [run_lab("reefer", {"door_seconds": seconds})["energy_in"] for seconds in (0, 60, 120, 600)]
    assert heat == sorted(heat) and heat[-1] > heat[0] + 0.5


@needs_routes
@pytest.mark.parametrize("seed", [1, 2])
def test_the_published_optimum_of_a_routing_problem(seed: int) -> None:
    found = run_lab("route", {"file": str(PROBLEM), "seed": seed})
    assert found["cost"] == 375
    assert sorted(stop for route in found["routes"] for stop in route) == list(range(1, 22))
    assert found == run_lab("route", {"file": str(PROBLEM), "seed": seed})


@pytest.mark.parametrize("words", ["", "NAME : nothing\nTYPE : CVRP\n"])
def test_a_file_that_states_no_problem_is_refused(words: str, tmp_path: Path) -> None:
    file = tmp_path / "problem.txt"
    file.write_text(words)
    for pairs in ({"file": str(file)}, {"file": str(tmp_path / "none")}, {}):
        with pytest.raises(InputError) as error:
            run_lab("route", _texts(pairs))
        assert [problem.path for problem in error.value.problems] == ["FILE"]


def _texts(pairs: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in pairs.items()}


def test_a_distance_of_one_half_rounds_up_and_the_depot_may_be_any_place(tmp_path: Path) -> None:
    file = tmp_path / "three places.txt"
    file.write_text(
        "NAME : t\nTYPE : CVRP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 5\nNODE_COORD_SECTION\n"
        "1 0 0\n2 3 0\n3 0 4.5\nDEMAND_SECTION\n1 3\n2 0\n3 2\nDEPOT_SECTION\n2\n-1\nEOF\n"
    )
    found = run_lab("route", {"file": str(file)})
    assert found["cost"] == 3 + 5 + 5 and sorted(found["routes"][0]) == [1, 2]
