"""Who a household is: persons and their ages, income, ways of life, and the tastes that go with them.

Every draw is addressed by the household's id, so a household is the same whoever else registers.
"""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.catalogue_checks import ATTRIBUTES
from agents.params import HouseholdParams
from sim.streams import Key, uniform
from sim.variates import exp_array, log_array, normal_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
INFANT_DAYS = 3 * 365
INCOME_CLASSES = 5
_LIKES = "_likes_"


class Scene(IntFlag):
    """Ways of life that are not told by the ages."""

    FITNESS = 1
    LOW_SUGAR = 2
    VEGETARIAN = 4
    PET = 8


class Who(NamedTuple):
    """One row a household.

    ``heads`` persons, of whom ``children`` are under 15 and ``elders`` 60 or more; ``infant`` the youngest is under
    three, ``infant_days`` its age in days; ``income`` class 0 (lowest fifth) to 4; ``scenes`` bits of `Scene`.
    """

    heads: Ids
    children: Ids
    elders: Ids
    infant: Flags
    infant_days: Ids
    income: Ids
    scenes: Ids


def draw_who(rules: HouseholdParams, who: Key, more: Key, ids: Ids) -> Who:
    """Return the households ``ids``: margins as in the census, dependence only through who fits in.

    A household of two or more may have an infant, one of three or more other children, while two grown-ups are left;
    anybody grown up may be an elder.
    """
    sizes = size_shares(rules)
    heads = 1 + np.searchsorted(np.cumsum(sizes)[:-1], uniform(who, 0, ids, 0), side="right")
    young = rules.infant_share / max(1.0 - sizes[0], 1e-9)
    infant = uniform(who, 0, ids, 1) < np.minimum(1.0, young * (heads >= 2))
    room = heads - 2 - infant
    chance = rules.schoolchild_share / max(sizes[2] * (1.0 - young) + sizes[3:].sum(), 1e-9)
    school = uniform(more, 0, ids, 0) < np.minimum(1.0, chance * (room >= 1))
    second = school & (room >= 2) & (uniform(more, 0, ids, 1) < rules.second_child)
    children = infant.astype(np.int64) + school + second
    elder = uniform(more, 0, ids, 2) < rules.elder_share
    pair = elder & (heads - children >= 2) & (uniform(more, 0, ids, 3) < rules.elder_second)
    shares = (rules.fitness_share, rules.low_sugar_share, rules.vegetarian_share, rules.pet_share)
    scenes = sum(
        (uniform(more, 0, ids, 5 + number) < share) * int(flag)
        for number, (flag, share) in enumerate(zip(Scene, shares, strict=True))
    )
    return Who(
        heads.astype(np.int64),
        children,
        elder.astype(np.int64) + pair,
        infant,
        (uniform(who, 0, ids, 2) * INFANT_DAYS).astype(np.int64),
        np.floor(uniform(more, 0, ids, 4) * INCOME_CLASSES).astype(np.int64),
        np.asarray(scenes, np.int64),
    )


def size_shares(rules: HouseholdParams) -> Floats:
    """Shares of households of 1 to 6 persons."""
    first = np.array([rules.size_1, rules.size_2, rules.size_3, rules.size_4, rules.size_5])
    return np.append(first, max(0.0, 1.0 - first.sum()))


def draw_tastes(rules: HouseholdParams, who: Key, ids: Ids, households: Who) -> Floats:
    """Return tastes, (household, attribute): a standard normal each, its mean moved by the household's scenes.

    The shifts are centred on the shares of the scenes, so that the mean household has no taste of its own.
    """
    taste = np.column_stack([normal_array(who, 0, ids, 3, k) for k in range(len(ATTRIBUTES))])
    for scene, (member, share) in _scenes(rules, households).items():
        for k, attribute in enumerate(ATTRIBUTES):
            shift = getattr(rules, f"{scene}{_LIKES}{attribute}", 0.0)
            taste[:, k] += shift * (member - share)
    return taste


def _scenes(rules: HouseholdParams, who: Who) -> dict[str, tuple[Flags, float]]:
    """Who belongs to each scene, and the share that does."""
    flagged = {flag.name.lower(): (who.scenes & int(flag)) > 0 for flag in Scene if flag.name}
    shares = {name: float(getattr(rules, f"{name}_share")) for name in flagged}
    return {
        "infant": (who.infant, rules.infant_share),
        "school": (who.children > who.infant, rules.schoolchild_share),
        "elder": (who.elders > 0, rules.elder_share),
        "well_off": (who.income == INCOME_CLASSES - 1, 1.0 / INCOME_CLASSES),
        **{name: (member, shares[name]) for name, member in flagged.items()},
    }


def draw_sensitivity(rules: HouseholdParams, who: Key, ids: Ids, income: Ids, log_sd: float) -> Floats:
    """Return price coefficients relative to the mean: lognormal, smaller where incomes are high, mean 1."""
    level = log_array(np.array([getattr(rules, f"income_{number + 1}") for number in range(INCOME_CLASSES)]))
    factor = exp_array(-rules.income_price_slope * (level - level.mean()))
    spread = exp_array(log_sd * normal_array(who, 0, ids, 4) - 0.5 * log_sd * log_sd)
    return np.asarray((factor / factor.mean())[income] * spread)
