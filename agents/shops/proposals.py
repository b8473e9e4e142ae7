"""Group-buys as proposals: the owner goes along when the commission to expect is worth the effort to expect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.shops.owners import Owners
from agents.world import World
from sim.streams import uniform
from sim.variates import log_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
HOUR = 9.0


class Proposals:
    """Owners' answers, and what they learn about head office's group-buys.

    An owner believes that a share s of them succeeds: (start weight + succeeded) / (weight + seen), ``start`` and
    ``weight`` being the trust that a new owner brings along. With n the packs of the minimum, the owner expects to earn
    s n price commission and to spend the minutes of getting it started and s n those of joiners and pick-up, valued at
    the outside wage; a logistic disturbance stands for everything else. A package takes less time to get started than a
    call does: that is all that the system changes.
    """

    def __init__(self, world: World, owners: Owners) -> None:
        self._world, self._owners = world, owners
        self._key = world.ports.streams.declare("shops.proposals")

    def answer(self, day: int, candidate: Ids, shop: Ids, sku: Ids) -> npt.NDArray[np.bool_]:
        """Return which group-buys ``shop`` opens, one a candidate; closed shops are not asked and open none."""
        world = self._world
        noise = uniform(self._key, day, shop, candidate % (1 << 16))
        gain = self.expected_cny(day, shop, sku)
        accepted = gain + world.params.owners.proposal_noise_cny * log_array(noise / (1.0 - noise)) > 0
        asked = world.kept(day)[shop]
        columns = {"shop": shop[asked], "document": candidate[asked], "kind": ["group_buy"] * int(asked.sum())}
        world.emit("proposal", "owner", day, HOUR, {**columns, "accepted": accepted[asked]})
        return np.asarray(accepted & asked)

    def expected_cny(self, day: int, shop: Ids, sku: Ids) -> Floats:
        """Return what each owner expects a group-buy to bring after the work it takes, CNY."""
        world, owners = self._world, self._owners.frame
        rules, labour, packs = world.params.owners, world.params.labour, world.params.groupbuys.minimum_packs
        weight = rules.proposal_trust_weight
        seen, succeeded = owners["groups_opened"][shop], owners["groups_succeeded"][shop]
        success = (rules.proposal_trust_start * weight + succeeded) / (weight + seen)
        prepared = world.factors(day).systems.proposals
        start = labour.group_package_minutes if prepared else labour.group_call_minutes
        minutes = start + success * packs * (labour.group_joiner_minutes + labour.pickup_minutes)
        commission = success * packs * world.catalogue.price_fen[sku] / 100.0 * rules.commission
        return np.asarray(commission - minutes * rules.outside_wage_day / rules.working_day_minutes)

    def learn(self, shop: Ids, succeeded: npt.NDArray[np.bool_]) -> None:
        """Let owners remember how the group-buys that they opened ended."""
        np.add.at(self._owners.frame["groups_opened"], shop, 1)
        np.add.at(self._owners.frame["groups_succeeded"], shop[succeeded], 1)
