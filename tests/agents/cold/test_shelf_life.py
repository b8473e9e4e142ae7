"""Each product class kept at its optimum and abused at 20 degC differs as its sourced shelf life says."""

from __future__ import annotations

import numpy as np
import pytest

from agents.cold.freezer import CYCLE_SD_K, DEFROST_EVERY_HOURS, LINE_C, air_c, calibrated
from agents.sourced import load_records, load_table
from hardware_models.thermal import GAS_CONSTANT, KELVIN, Kinetics, life_used

CLASSES = {name: row for name, row in load_records("postharvest").items() if row["life_ref_d"].value is not None}
KEPT = [name for name, row in CLASSES.items() if {"t_ref_c", "ea_kj_mol", "t_opt_c"} <= row.keys()]


def days(name: str, celsius: float, ea: str = "value") -> float:
    """Shelf life: the day at which half of the packs are below acceptance."""
    row = CLASSES[name]
    slope = float(getattr(row["ea_kj_mol"], ea) or row["ea_kj_mol"].value)
    kinetics = Kinetics(
        np.array([float(row["life_ref_d"])]), np.array([float(row["t_ref_c"])]), np.array([slope]),
        np.array([-np.inf]), 0.1,
    )  # fmt: skip
    return 1.0 / float(life_used(kinetics, celsius, celsius, 1.0, 24.0)[0])


@pytest.mark.parametrize("name", KEPT)
def test_kept_at_its_reference_it_lives_as_sourced(name: str) -> None:
    life = CLASSES[name]["life_ref_d"]
    found = days(name, float(CLASSES[name]["t_ref_c"]))
    assert found == pytest.approx(float(life), rel=1e-9)
    if life.low is not None and life.high is not None and name != "milk_pasteurised":
        assert min(life.low, float(life)) - 1e-9 <= found <= max(life.high, float(life)) + 1e-9


@pytest.mark.parametrize("name", KEPT)
def test_abuse_at_20_degrees_shortens_life_within_the_range_of_its_activation_energy(name: str) -> None:
    row = CLASSES[name]
    kept, abused = days(name, float(row["t_opt_c"])), days(name, 20.0)
    assert abused < kept
    ratios = []
    for limit in ("low", "high"):
        ea = float(getattr(row["ea_kj_mol"], limit) or row["ea_kj_mol"].value)
        gap = 1.0 / (float(row["t_opt_c"]) + KELVIN) - 1.0 / (20.0 + KELVIN)
        ratios.append(np.exp(ea * 1e3 / GAS_CONSTANT * gap))
    assert min(ratios) * (1 - 1e-9) <= kept / abused <= max(ratios) * (1 + 1e-9)


def test_the_freezer_is_the_one_that_was_logged() -> None:
    minutes = np.arange(0.0, DEFROST_EVERY_HOURS * 60.0, 0.1)
    freezers = [air_c(calibrated(-19.0, 25.0), minutes / 60.0, np.full(len(minutes), u / 40)) for u in range(40)]
    above = np.mean([(air > LINE_C).sum() * 0.1 for air in freezers])
    air = freezers[0]
    assert above == pytest.approx(float(load_table("coldchain")["freezer_defrost_min"]), abs=5.0)
    assert -2.0 <= air.max() <= 6.0
    calm = air[minutes > 600.0]
    assert calm.std() == pytest.approx(CYCLE_SD_K, rel=0.02)
