"""After the hand-over: what residents think of what they got, what spoils at home, what they claim and get back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents import observe
from agents.ledger import Account, Ledger
from agents.orders import Counters, turn_of
from agents.residents import trust
from agents.residents.experience import Experience, Felt, Tasted
from agents.residents.population import Residents
from agents.shops.pickup import Handed
from agents.stock import lots
from agents.world import World
from hardware_models.thermal import decay_rate
from sim.state import Frame
from sim.streams import uniform
from sim.variates import binomial_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
QUALITY_PROMISE_DAYS = 2
_ROW = {"member": np.int64, "shop": np.int32, "sku": np.int32, "packs": np.int64, "fen": np.int64}


class AfterSale:
    """Experience, complaints within 48 hours, refunds.

    A pack is eaten at some time within 48 hours of the hand-over (uniform, G); one that has fallen below
    acceptance by then disappoints wholly and may be claimed: what was eaten within a day on the next evening, the rest
    on the one after.
    """

    def __init__(
        self, world: World, ledger: Ledger, counters: Counters, residents: Residents, experience: Experience
    ) -> None:
        self._world, self._ledger, self._counters, self._residents = world, ledger, counters, residents
        self._experience = experience
        self._fails = world.ports.streams.declare("aftersale.fails")
        self._eats = world.ports.streams.declare("aftersale.eats")
        self._claims = world.ports.streams.declare("aftersale.claims")
        self.spoiled = world.ports.state.new(Frame("complaints", {**_ROW, "day": np.int32}))
        self.refunds = world.ports.state.new(
            Frame("claims", {**_ROW, "claim": np.int64, "percent": np.int32, "pay_day": np.int32})
        )

    def populate(self) -> None:
        """Start without claims."""

    def experience(self, day: int, handed: Sequence[Handed]) -> tuple[Tasted, Felt]:
        """Let residents learn from the packs of ``day`` and mark those that will spoil within the promise.

        Return what they tasted and how they felt about it.
        """
        got = Handed.together(handed)
        what = self._experience.tasted(got)
        felt = self._experience.judge(what)
        if len(got.member):
            self._mark(day, got)
        return what, felt

    def _mark(self, day: int, got: Handed) -> None:
        world = self._world
        rate = decay_rate(world.kinetics(), world.params.residents.home_temperature_c)[got.sku]
        twice = turn_of(got.member, got.sku)
        eaten = QUALITY_PROMISE_DAYS * uniform(self._eats, day, got.member, got.sku, twice)
        after = got.life_used + eaten * rate
        chance = lots.spoilage(got.life_checked, after, world.params.costs.pack_life_log_sd)
        failing = binomial_array(self._fails, got.packs, chance, day, got.member, got.sku, twice)
        rows = np.flatnonzero(failing)
        later = 1 + np.floor(eaten[rows]).astype(np.int64)
        self.spoiled.add(
            len(rows),
            member=got.member[rows],
            shop=got.shop[rows].astype(np.int32),
            sku=got.sku[rows].astype(np.int32),
            packs=failing[rows],
            fen=got.fen[rows] * failing[rows] // got.packs[rows],
            day=(day + later).astype(np.int32),
        )

    def complain(self, day: int) -> None:
        """Residents whose packs spoiled may claim; head office decides; who has to wait too long gives up."""
        rules, frame = self._world.params.residents, self.spoiled
        today = np.flatnonzero(frame["day"] == day)
        if not len(today):
            return
        bad = {name: frame[name][today].astype(np.int64) for name in _ROW}
        frame.keep(frame["day"] != day)
        self._experience.judge(self._rotten(bad))
        turn = turn_of(bad["member"], bad["sku"])
        speaks = uniform(self._claims, day, bad["member"], bad["sku"], turn) < rules.claim_share
        bad = {name: values[speaks] for name, values in bad.items()}
        turn = turn[speaks]
        claim = self._counters.take("claim", len(turn))
        self._world.emit("claim", "app", day, 20.5, {"claim": claim, **bad})
        decision = self._world.decide("service", day, 20.75, observe.service(self._world, day, claim, bad)).table
        rows = np.searchsorted(claim, decision["claim"].to_numpy())
        wait, percent = np.empty(len(claim), np.int64), np.empty(len(claim), np.int64)
        wait[rows], percent[rows] = decision["wait_days"].to_numpy(), decision["refund_percent"].to_numpy()
        patience = rules.claim_patience ** wait.astype(np.float64)
        stays = uniform(self._claims, day, bad["member"], bad["sku"], 1000 + turn) < patience
        paid = stays & (percent > 0)
        self.refunds.add(
            int(paid.sum()),
            claim=claim[paid],
            **{name: values[paid] for name, values in bad.items() if name != "fen"},
            fen=(bad["fen"] * percent // 100)[paid],
            percent=percent[paid],
            pay_day=(day + wait)[paid],
        )
        at_once = np.unique(bad["member"][paid & (wait == 0) & (percent == 100)])
        glad, level = self._residents.rows_of(at_once), self._residents.frame["trust"]
        level[glad] = trust.recovered(level[glad].astype(np.float64), rules)

    def _rotten(self, bad: dict[str, Ids]) -> Tasted:
        """Spoiled packs as what a household tasted: quality 0."""
        width = np.int64(self._world.catalogue.n)
        key, index = np.unique(self._residents.rows_of(bad["member"]) * width + bad["sku"], return_inverse=True)
        packs = np.zeros(len(key), np.int64)
        np.add.at(packs, index, bad["packs"])
        return Tasted(key // width, key % width, packs, np.zeros(len(key)))

    def pay(self, day: int) -> None:
        """Pay the refunds that are due."""
        frame = self.refunds
        rows = np.flatnonzero(frame["pay_day"] <= day)
        if not len(rows):
            return
        paid = {
            name: frame[name][rows].copy() for name in ("claim", "member", "shop", "sku", "packs", "fen", "percent")
        }
        columns = {
            "member": paid["member"],
            "shop": paid["shop"],
            "document": paid["claim"],
            "fen": paid["fen"],
            "reason": ["quality"] * len(rows),
        }
        self._world.emit("refund", "app", day, 21.5, columns)
        cost = self._world.catalogue.farm_gate_fen[paid["sku"]] * paid["packs"] * paid["percent"] // 100
        taken_back = {name: paid[name] for name in ("claim", "shop", "sku", "packs", "fen")}
        self._world.emit("quality_refund", "app", day, 21.5, {**taken_back, "cost_fen": cost})
        self._ledger.post(day, 21.5, Account.PLATFORM, Account.RESIDENTS, "refund_quality", paid["shop"], paid["fen"])
        frame.keep(frame["pay_day"] > day)
