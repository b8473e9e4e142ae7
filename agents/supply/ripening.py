"""Ripening by hourly thermal time: pure functions over crops.

A cohort is what a crop sets (or a grower plants) on one day. Its pieces need different amounts of heat to ripen, normal
with mean ``need`` and spread ``cv``; with heat H since the day of setting, a share Phi((H / need - 1) / cv) is ripe.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.sourced import load_records
from sim.variates import phi_array

Floats = npt.NDArray[np.float64]
USUAL_DAYS = 366


class Crops(NamedTuple):
    """How crops ripen and are picked, one entry a crop.

    ``base_c``, ``cap_c`` thermal time counts degrees above the base, up to the cap; ``points`` instead counts hour
    points by the steps of ``ripening.blueberry``. ``need`` heat to ripe (degC d, or points), ``cv`` its spread between
    pieces, ``house_min_c`` the warmth a grower keeps, ``hold_days`` on the plant, ``pick_days`` between two visits of a
    block, ``crew_kg_h`` a worker's pace, ``yield_t_ha`` a hectare's year.
    """

    base_c: Floats
    cap_c: Floats
    points: npt.NDArray[np.bool_]
    need: Floats
    cv: Floats
    house_min_c: Floats
    hold_days: npt.NDArray[np.int64]
    pick_days: npt.NDArray[np.int64]
    crew_kg_h: Floats
    yield_t_ha: Floats


def is_crop(kinetics: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Return which products grow in a field: those with a row in ``conf/params/crops.yaml``."""
    return np.isin(kinetics, sorted(load_records("crops")))


def crops_of(kinetics: npt.NDArray[np.str_]) -> Crops:
    """Return the crops of the named products. Melons ripen by the sourced rows of ``ripening.melon``."""
    records, melon = load_records("crops"), load_records("ripening")["melon"]
    fallback = {"heat_base_c": "gdd_base_c", "heat_cap_c": "gdd_cap_c", "heat_to_ripe": "gdd_fruitset_to_maturity"}

    def column(name: str) -> Floats:
        return np.array([float(records[k].get(name) or melon[fallback[name]]) for k in kinetics.tolist()])

    return Crops(
        base_c=column("heat_base_c"),
        cap_c=column("heat_cap_c"),
        points=kinetics == "blueberry",
        need=column("heat_to_ripe"),
        cv=column("heat_cv"),
        house_min_c=column("house_min_c"),
        hold_days=np.maximum(np.rint(column("hold_window_d")), 1).astype(np.int64),
        pick_days=np.maximum(np.rint(column("pick_interval_d")), 1).astype(np.int64),
        crew_kg_h=column("crew_kg_h"),
        yield_t_ha=column("yield_t_ha"),
    )


def heat(crops: Crops, hourly_c: Floats) -> Floats:
    """Heat that crops take from hours of outdoor temperature (..., 24): (..., crop), in degC d or points.

    A house holds its minimum; above it, it is aired and as warm as outside.
    """
    house = np.maximum(hourly_c[..., None], crops.house_min_c)
    degrees = (np.clip(house, crops.base_c, crops.cap_c) - crops.base_c).sum(axis=-2) / 24.0
    return np.where(crops.points, hour_points(house).sum(axis=-2), degrees)


def hour_points(celsius: Floats) -> Floats:
    """Hour points of blueberry: the NCSU steps of ``ripening.blueberry``, by the temperature of the hour."""
    rows = load_records("ripening")["blueberry"]
    steps = np.array(
        [float(rows[f"hour_points_{name}"]) for name in ("below_7_2c", "7_2_to_12_8c", "12_8_to_18_3c", "ge_18_3c")]
    )
    return np.asarray(steps[np.searchsorted([7.2, 12.8, 18.3], celsius, side="right")])


def ripe_share(crops: Crops, gathered: Floats) -> Floats:
    """Share of a cohort that is ripe after ``gathered`` heat, (crop, cohort)."""
    return np.asarray(phi_array((gathered / crops.need[:, None] - 1.0) / crops.cv[:, None]))


def staggering(crops: Crops, usual_hours: Floats, weights: Floats) -> Floats:
    """How many days' harvests growers set on each day of a usual year, (day of year, crop).

    What is set on a day ripens, in a usual year, from the moment its heat is gathered to the moment that of the next
    day's is: so many days' harvests it must hold, for one day's harvest to ripen a day.
    """
    rate = (heat(crops, usual_hours) * weights[:, None]).sum(axis=1)
    total = np.concatenate([np.zeros((1, rate.shape[1])), np.cumsum(np.tile(rate, (3, 1)), axis=0)])
    days, out = np.arange(len(total), dtype=np.float64), np.empty((USUAL_DAYS, rate.shape[1]))
    for crop in range(rate.shape[1]):
        gathered = total[: USUAL_DAYS + 1, crop] + crops.need[crop]
        out[:, crop] = np.diff(np.interp(gathered, total[:, crop], days))
    return out
