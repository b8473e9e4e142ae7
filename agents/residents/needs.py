"""What households need of each category today: who eats it, how fast, and what day, weather and talk add."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agents.catalogue import Catalogue
from agents.catalogue_checks import ATTRIBUTES, INFANT, PETS
from agents.demand.hours import load_hours
from agents.params import HouseholdParams, WorldParams
from agents.residents import choosing
from agents.residents.choosing import MONTHS, Needs
from agents.season import category_cooling
from agents.world import World
from sim.variates import exp_array, log_array

Floats = npt.NDArray[np.float64]
COOLING = ATTRIBUTES.index("cooling")
"""The attribute that tells cooling goods and the taste for them."""


def needs_of(world: World, day: int) -> Needs:
    """Return what the kernels ask about needs on ``day``."""
    goods, rules = world.catalogue, world.params.residents
    people = world.params.households
    return Needs(
        buyers_of(goods),
        by_month(goods, people),
        by_category(goods, goods.cycle_days),
        exp_array(log_need(world, day)),
        category_cooling(goods),
        rules.heat_need * world.heat(day) / 10.0,
        COOLING,
        rules.cooling_spread,
        people.child_portion,
        people.elder_portion,
    )


def by_category(goods: Catalogue, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a column that is equal within each category, one value a category."""
    first = np.unique(goods.category_id, return_index=True)[1]
    return np.ascontiguousarray(values[first])


def buyers_of(goods: Catalogue) -> npt.NDArray[np.int8]:
    """Who has a use for each category, as the kernels number it."""
    names = by_category(goods, goods.buyers)
    numbers = np.select([names == INFANT, names == PETS], [choosing.INFANTS, choosing.PETS], choosing.EVERYONE)
    return numbers.astype(np.int8)


def by_month(goods: Catalogue, people: HouseholdParams) -> Floats:
    """What a child eats at each month of age, (month, category), relative to the full rate.

    Food from birth is milk, food from a later month on is solid. Both follow the child's age and nothing else.
    """
    month = np.arange(MONTHS) + 0.5
    milk = np.interp(month, [0, 6, 12, 24, 36], [getattr(people, f"milk_at_{m}") for m in (0, 6, 12, 24, 36)])
    solid = np.interp(month, [6, 12, 24, 36], [getattr(people, f"solids_at_{m}") for m in (6, 12, 24, 36)])
    first, until = by_category(goods, goods.child_from_months), by_category(goods, goods.child_until_months)
    eats = np.where(first[None, :] <= 0, milk[:, None], solid[:, None])
    eats = np.where((month[:, None] >= first) & (month[:, None] < until), eats, 0.0)
    return np.asarray(np.where(buyers_of(goods) == choosing.INFANTS, eats, 0.0))


def buyer_shares(goods: Catalogue, params: WorldParams) -> Floats:
    """Expected share of households that have a use for each category."""
    eats = (by_month(goods, params.households) > 0).mean(axis=0)
    shares = [params.households.infant_share * eats, np.full(len(eats), params.households.pet_share)]
    who = buyers_of(goods)
    return np.select([who == choosing.INFANTS, who == choosing.PETS], shares, 1.0)


def log_need(world: World, day: int) -> Floats:
    """Log of today's need of each category relative to the mean, the same for all households."""
    rules = world.params.residents
    feast = bool(world.calendar.holiday[day]) and bool(world.calendar.is_off[day])
    return np.asarray(rules.holiday_need * feast + rules.buzz_need * world.buzz(day))


def log_calendar(world: World, day: int) -> float:
    """Log of today's visits over those of the mean working day; days worked in lieu are working days."""
    if world.calendar.is_off[day]:
        return world.params.residents.off_day_lift
    weekday, week = int(world.calendar.weekday[day]), load_hours().weekday
    return float(log_array(week[weekday] / week[:5].mean())) if weekday < 5 else 0.0


def occasion(world: World, day: int) -> Floats:
    """What the scene of the day makes of each SKU: quick goods on working days, new ones on days off."""
    rules, off = world.params.residents, bool(world.calendar.is_off[day])
    like = {"novelty": rules.off_day_novelty} if off else {"convenience": rules.working_day_convenience}
    taste = np.array([like.get(name, 0.0) for name in ATTRIBUTES])
    return np.asarray(world.catalogue.attributes @ taste)
