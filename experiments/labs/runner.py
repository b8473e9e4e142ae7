"""The labs by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from experiments.labs import cold, perishable, recommend, route, shop
from experiments.labs.parameters import Model, parameters
from experiments.nearest import nearest
from sim.errors import InputError, Problem


@dataclass(frozen=True)
class Lab(Generic[Model]):
    """A lab: the model of its parameters, and what computes its answer from them."""

    model: type[Model]
    run: Callable[[Model], dict[str, Any]]


LABS: dict[str, Lab[Any]] = {
    "perishable": Lab(perishable.PerishableParameters, perishable.run),
    "shop": Lab(shop.ShopParameters, shop.run),
    "cooling": Lab(cold.CoolingParameters, cold.cooling),
    "shelf_life": Lab(cold.ShelfLifeParameters, cold.shelf_life),
    "reefer": Lab(cold.ReeferParameters, cold.reefer),
    "route": Lab(route.RouteParameters, route.run),
    "recommend": Lab(recommend.RecommendParameters, recommend.run),
}


def prepare_lab(name: str, pairs: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> Callable[[], dict[str, Any]]:
    """The lab ``name``, its defaults changed by ``pairs`` (key, text or value), ready to be called for its answer.

    Raises InputError naming every wrong key and value.
    """
    lab = LABS.get(name)
    if lab is None:
        raise InputError(Problem(name, f"no such lab; there are {', '.join(LABS)}", nearest(name, LABS)))
    return partial(lab.run, parameters(name, lab.model, pairs))


def run_lab(name: str, pairs: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> dict[str, Any]:
    """Run the lab ``name`` with its defaults changed by ``pairs`` (key, text or value) and return its answer.

    The keys of the answer are those of the lab's JSON; what cannot be computed (a standard error from one
    replication) is None. Raises InputError naming every wrong key and value.
    """
    return prepare_lab(name, pairs)()
