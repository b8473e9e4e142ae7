"""What residents answer when asked, what they would answer if all were asked and candid, and what they review."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.residents.experience import Felt, Tasted
from agents.residents.population import Residents
from agents.residents.staying import ACTIVE
from agents.world import World
from sim.streams import uniform
from sim.variates import normal_array

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SEASON_DAYS = 91
PROMOTER, DETRACTOR = 9, 6
SURVEY_HOUR = 21.0


class Surveys:
    """Two surveys of how likely a recommendation is, stars for goods, and the truth about both."""

    def __init__(self, world: World, residents: Residents) -> None:
        self._world, self._residents = world, residents
        declare = world.ports.streams.declare
        names = ("mood", "asked", "answers", "season", "reviews")
        self._mood, self._asked, self._answers, self._season, self._reviews = (
            declare(f"surveys.{name}") for name in names
        )

    def latent(self, day: int, row: Ids) -> Floats:
        """Return the candid answer before it is rounded: trust above ordinary shops', a mood that lasts a season."""
        frame, rules = self._residents.frame, self._world.params
        above = frame["trust"][row].astype(np.float64) - rules.residents.trust_start
        mood = normal_array(self._mood, day // SEASON_DAYS, frame["id"][row])
        return np.asarray(rules.voice.nps_centre + rules.voice.nps_slope * above + rules.voice.nps_sd * mood)

    def after_hand_over(self, day: int, felt: Felt) -> None:
        """Ask a share of those who got something today; the owner is known, so courtesy adds to the answer."""
        rules, ids = self._world.params.voice, self._residents.frame["id"]
        row, gap = felt.row, felt.gap
        asked = uniform(self._asked, day, ids[row]) < rules.survey_share
        value = self.latent(day, row[asked]) + rules.nps_event * gap[asked]
        self._answer(day, row[asked], value, rules.nps_courtesy, "transaction")

    def by_season(self, day: int) -> None:
        """Ask every household once a season, each on its own day; head office asks, so nobody is courteous."""
        ids = self._residents.frame["id"]
        turn = np.flatnonzero((ids % SEASON_DAYS == day % SEASON_DAYS) & (self._residents.frame["status"] == ACTIVE))
        self._answer(day, turn, self.latent(day, turn), 0.0, "relationship")

    def _answer(self, day: int, row: Ids, value: Floats, courtesy: float, survey: str) -> None:
        """The further from the middle one stands, the likelier one answers."""
        frame, rules = self._residents.frame, self._world.params.voice
        ids = frame["id"][row]
        chance = rules.answer_share * (1.0 + rules.answer_extreme * np.abs(value - rules.nps_centre))
        speaks = uniform(self._answers, day, ids, int(survey == "relationship")) < np.minimum(chance, 1.0)
        score = scores(value[speaks] + courtesy)
        columns = {"member": ids[speaks], "shop": frame["shop"][row[speaks]], "score": score}
        self._world.emit("nps", "app", day, SURVEY_HOUR, {**columns, "survey": [survey] * len(score)})

    def review(self, day: int, what: Tasted, felt: Felt) -> None:
        """Some rate what they got; pleasant and unpleasant surprises make more of them do so."""
        frame, rules = self._residents.frame, self._world.params.voice
        gap = felt.gap[np.searchsorted(felt.row, what.row)] if len(felt.row) else np.zeros(0)
        ids = frame["id"][what.row]
        chance = rules.review_share * (1.0 + rules.review_extreme * np.abs(gap))
        speaks = uniform(self._reviews, day, ids, what.sku) < np.minimum(chance, 1.0)
        stars = np.clip(np.rint(rules.review_centre + rules.review_slope * gap[speaks]), 1, 5).astype(np.int64)
        columns = {"member": ids[speaks], "shop": frame["shop"][what.row[speaks]], "sku": what.sku[speaks]}
        self._world.emit("review", "app", day, SURVEY_HOUR, {**columns, "stars": stars})

    def record_truth(self, day: int) -> None:
        """Once a week: what all active households of each shop would answer if asked, candid."""
        if day % 7 != 6:
            return
        frame, shops = self._residents.frame, self._world.shops
        row = np.flatnonzero(frame["status"] == ACTIVE)
        score, shop = scores(self.latent(day, row)), frame["shop"][row]
        columns = {
            "shop": np.arange(shops),
            "promoters": np.bincount(shop[score >= PROMOTER], minlength=shops),
            "detractors": np.bincount(shop[score <= DETRACTOR], minlength=shops),
            "households": np.bincount(shop, minlength=shops),
        }
        self._world.record_truth("satisfaction", day, 22.9, columns)


def scores(value: Floats) -> Ids:
    """Return answers from 0 to 10."""
    return np.clip(np.rint(value), 0, 10).astype(np.int64)
