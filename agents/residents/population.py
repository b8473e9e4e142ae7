"""Households as columns: drawn once by keyed streams, so that one household more changes nobody else's draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.catalogue_checks import ATTRIBUTES
from agents.residents import beliefs, choosing, needs, trust
from agents.residents.who import INFANT_DAYS, draw_sensitivity, draw_tastes, draw_who
from agents.world import MEMBERS_A_SHOP, World
from sim.state import Frame
from sim.streams import uniform
from sim.variates import gamma_array, normal_array

Ids = npt.NDArray[np.int64]
NO_CHILD = -(1 << 20)


class Residents:
    """One row a household registered with a shop.

    Columns: ``id``, ``shop``, ``heads`` persons, of whom ``children`` under 15 and ``elders`` 60 or more,
    ``child_born`` business day of a child under three's birth, ``income`` class 0 to 4, ``scenes`` bits of `Scene`,
    ``rate`` order frequency relative to the mean, ``price_coef`` utility per log price, ``taste`` over the product
    attributes, ``trust`` in 0..1, ``belief`` and ``memory`` of quality as ``agents.residents.beliefs`` packs them,
    ``status`` of ``agents.residents.staying``, ``touch`` bits of ``agents.residents.identity``, ``stock`` days of
    supply at home by category, ``last`` the product last taken of each, counted from 1 within the category, ``urge``
    how far the larder has run down (-0.5 to 0.5), ``habit`` remembered visits, ``fatigue`` remembered messages.
    """

    def __init__(self, world: World, members: npt.NDArray[np.int64]) -> None:
        """``members``: number of households by shop."""
        self._world, self._members = world, members
        self._sorted: tuple[Ids, Ids] = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._key = world.ports.streams.declare("residents.who")
        self._household = world.ports.streams.declare("residents.household")
        self._larder = world.ports.streams.declare("residents.larder")
        self._cycle = needs.by_category(world.catalogue, world.catalogue.cycle_days)
        self.frame = world.ports.state.new(
            Frame(
                "residents",
                {
                    "id": np.int64,
                    "shop": np.int32,
                    "heads": np.int8,
                    "children": np.int8,
                    "elders": np.int8,
                    "income": np.int8,
                    "scenes": np.uint8,
                    "child_born": np.int32,
                    "rate": np.float32,
                    "price_coef": np.float32,
                    "taste": (np.float32, len(ATTRIBUTES)),
                    "trust": np.float32,
                    "status": np.int8,
                    "touch": np.uint8,
                    "belief": (np.uint16, beliefs.width(world.catalogue)),
                    "memory": (np.uint16, beliefs.MEMORIES),
                    "fatigue": np.float32,
                    "habit": np.float32,
                    "urge": np.float32,
                    "last": (np.uint8, len(world.catalogue.categories)),
                    "stock": (np.float32, len(world.catalogue.categories)),
                },
                capacity=int(members.sum()),
            )
        )

    def populate(self) -> None:
        """Register every shop's first members."""
        shop = np.repeat(np.arange(len(self._members)), self._members)
        number = np.concatenate([np.arange(many) for many in self._members]) if len(shop) else shop
        self.register(shop.astype(np.int64), number.astype(np.int64), day=0)

    def register(self, shop: Ids, number: Ids, day: int) -> None:
        """Add households; ``number`` counts within the shop and is never used twice."""
        rules, people, key = self._world.params.residents, self._world.params.households, self._key
        ids = shop * MEMBERS_A_SHOP + number
        who = draw_who(people, key, self._household, ids)
        taste = draw_tastes(people, key, ids, who)
        sensitivity = draw_sensitivity(people, key, ids, who.income, rules.price_sensitivity_log_sd)
        level = rules.trust_start + rules.trust_sd * normal_array(key, 0, ids, 5)
        shape = rules.frequency_shape
        larder = self._cycle * uniform(self._larder, 0, ids[:, None], np.arange(len(self._cycle)))
        self.frame.add(
            id=ids,
            shop=shop.astype(np.int32),
            heads=who.heads.astype(np.int8),
            children=who.children.astype(np.int8),
            elders=who.elders.astype(np.int8),
            income=who.income.astype(np.int8),
            scenes=who.scenes.astype(np.uint8),
            child_born=np.where(who.infant, day - who.infant_days, NO_CHILD).astype(np.int32),
            rate=(gamma_array(key, shape, 0, ids, 6) / shape).astype(np.float32),
            price_coef=(rules.price_sensitivity * sensitivity).astype(np.float32),
            taste=taste.astype(np.float32),
            trust=np.clip(level, 0.0, 1.0).astype(np.float32),
            belief=np.full((len(ids), self.frame.belief.shape[1]), beliefs.pack(rules.belief_start)),
            stock=larder.astype(np.float32),
        )

    def rows_of(self, ids: Ids) -> npt.NDArray[np.int64]:
        """Return the row of every member id."""
        order = self._in_order()
        return np.asarray(order[np.searchsorted(self.frame["id"], ids, sorter=order)])

    def known(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Return which of ``ids`` ever registered."""
        order = self._in_order()
        if not len(order):
            return np.zeros(np.shape(ids), bool)
        place = np.minimum(np.searchsorted(self.frame["id"], ids, sorter=order), len(order) - 1)
        return np.asarray(self.frame["id"][order[place]] == ids)

    def _in_order(self) -> Ids:
        """Rows by rising id, sorted anew only when somebody registered or a snapshot was taken over."""
        ids = self.frame["id"]
        if not np.array_equal(ids, self._sorted[0]):
            self._sorted = ids.copy(), np.argsort(ids, kind="stable")
        return self._sorted[1]

    def people(self) -> choosing.People:
        """Return the columns that the kernels read, in their order."""
        return choosing.People(self.frame["id"], *(self.frame[name] for name in choosing.People._fields[1:]))

    def has_infant(self, day: int) -> npt.NDArray[np.bool_]:
        """Return which households have a child under three on ``day``."""
        age = day - self.frame["child_born"].astype(np.int64)
        return (age >= 0) & (age < INFANT_DAYS)

    def stock_up(self, member: Ids, sku: Ids, packs: Ids) -> None:
        """Put packs that came home into the larder: days of supply of a household of three."""
        goods = self._world.catalogue
        place = self.rows_of(member), goods.category_id[sku]
        np.add.at(self.frame["stock"], place, (goods.cycle_days[sku] * packs).astype(np.float32))

    def live(self, day: int) -> None:
        """Let a day pass at home: supplies are eaten, visits and messages fade, trust drifts back to its mean."""
        world, frame = self._world, self.frame
        rules = world.params.residents
        choosing.eat(day, self.people(), needs.needs_of(world, day), frame["stock"], frame["urge"])
        frame["habit"][:] *= np.float32(0.5 ** (1.0 / rules.habit_half_life_days))
        frame["fatigue"][:] *= np.float32(0.5 ** (1.0 / world.params.groupbuys.fatigue_half_life_days))
        frame["trust"][:] = trust.reverted(frame["trust"], rules)
        shops = np.arange(world.shops)
        total = np.bincount(frame["shop"], frame["trust"].astype(np.float64), world.shops)
        many = np.bincount(frame["shop"], minlength=world.shops)
        world.record_truth("trust_day", day, 22.9, {"shop": shops, "trust": total / np.maximum(many, 1)})

