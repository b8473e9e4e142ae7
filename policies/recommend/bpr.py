"""Bayesian personalised ranking: members and SKUs as vectors, learned by RecBole, shown by the exported model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.base import LogView, Policy
from policies.errors import PolicyError
from policies.onnx_session import Inference, session
from policies.recommend.baskets import purchases
from policies.recommend.exploration import Exploration
from policies.recommend.factors import Factors, from_onnx, to_onnx
from policies.recommend.item_table import MOST_COUNTED, popularity
from policies.recommend.new_products import checked_places, with_new
from policies.tables import matrix, values

Ids = npt.NDArray[np.int64]
MODEL = "scores.onnx"
INSTALL = "RecBole is not installed; beside what locks/full.txt names: pip install --no-deps recbole==1.2.1"
_BEHIND = np.int64(1) << 60
"""Above every key of a SKU with a vector."""


class Bpr(Policy):
    """Slates by BPR on what members bought week by week in the last weeks; new products explored.

    Rendle, Freudenthaler, Gantner and Schmidt-Thieme (2009), "BPR: Bayesian personalized ranking from implicit
    feedback", UAI. RecBole trains; what is kept is an ONNX model of whole numbers (:mod:`policies.recommend.factors`),
    in the twin as in production. Each learning starts from the vectors of the last one, by member and SKU.

    Who was not there when it learned is folded in from what they bought since; who bought nothing, and everybody before
    anything is learned, gets a slate of popularity. What is bought may be bought again, so nothing is masked. SKUs
    without a vector stand behind all others, by popularity.

    Parameters
    ----------
    dimensions
        length of the vectors, 1 to 64; G.
    epochs
        passes over the rows at each learning, at least 1; G.
    learning_rate, weight_decay
        of Adam, above 0 and at least 0; G.
    seed
        of the first vectors and of the SKUs that pairs are made with.
    explored
        places kept for new products (:mod:`policies.recommend.new_products`), 0 to SLATE_LENGTH - 2; G.
    epsilon, exploration_seed
        chance that a slot explores, and which draws (:mod:`policies.recommend.exploration`).
    """

    point = "recommend"
    learns_by = ("torch", "recbole", "onnx")
    install = "pip install 'linli[learn]' and pip install --no-deps recbole==1.2.1"

    def __init__(
        self,
        dimensions: int = 16,
        epochs: int = 20,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        seed: int = 1,
        explored: int = 2,
        epsilon: float = 0.05,
        exploration_seed: int = 0,
    ) -> None:
        """Raises ValueError outside those limits."""
        if not (1 <= dimensions <= 64 and epochs >= 1):
            raise ValueError(f"dimensions {dimensions} not in 1..64 or epochs {epochs} below 1")
        if not (learning_rate > 0 and weight_decay >= 0 and 0 <= seed < 2**32):
            raise ValueError(f"learning_rate {learning_rate}, weight_decay {weight_decay} or seed {seed} impossible")
        self._dimensions, self._epochs, self._seed = int(dimensions), int(epochs), int(seed)
        self._learning_rate, self._weight_decay = float(learning_rate), float(weight_decay)
        self._explored = checked_places(explored)
        self._exploration = Exploration(epsilon, exploration_seed)
        self._take(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8))

    def fit(self, log: LogView) -> None:
        """Learn vectors, from the last ones on.

        Raises
        ------
        PolicyError
            where RecBole is not installed.
        """
        try:
            from policies.recommend import train_bpr
        except ImportError as error:
            raise PolicyError(f"recommend.bpr learns by RecBole: {INSTALL} ({error})") from error
        settings = train_bpr.Settings(
            self._dimensions, self._epochs, self._learning_rate, self._weight_decay, self._seed
        )
        rows = np.unique(np.stack(purchases(log), axis=1), axis=0)
        learned = train_bpr.train(rows, self._factors(), settings)
        if learned is not None:
            self._take(learned.members, learned.skus, to_onnx(learned))

    def state(self) -> dict[str, np.ndarray]:
        """Return the ids of members and SKUs with a vector, and the model."""
        return {"members": self._members.copy(), "skus": self._skus.copy(), MODEL: self._model.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over ids and model."""
        self._take(
            np.array(state["members"], np.int64), np.array(state["skus"], np.int64), np.array(state[MODEL], np.uint8)
        )

    def decide(self, observation: pa.Table) -> pa.Table:
        """Answer with a slate for every member."""
        key = with_new(observation, self._key(observation), self._explored)
        return self._exploration.slates(observation, key)

    def _take(self, members: Ids, skus: Ids, model: npt.NDArray[np.uint8]) -> None:
        self._members, self._skus, self._model = members, skus, model
        self._infer: Inference | None = None

    def _factors(self) -> Factors | None:
        return from_onnx(self._model, self._members, self._skus) if len(self._model) else None

    def _key(self, observation: pa.Table) -> Ids:
        """What the plain slate rises by, (row, SKU)."""
        popular = -popularity(observation)
        learned = self._skus[self._skus < popular.shape[1]]
        if not len(learned):
            return popular
        bought = np.clip(matrix(observation, "bought"), 0, MOST_COUNTED)
        row = self._rows(values(observation, "member"))
        key = popular + _BEHIND
        key[:, learned] = -self._scores(row, bought)[:, learned]
        nothing_known = (row == 0) & (bought[:, learned].sum(axis=1) == 0)
        return np.where(nothing_known[:, None], popular, key)

    def _rows(self, member: Ids) -> Ids:
        """Each member's row in the model, 0 for those it does not know."""
        place = np.minimum(np.searchsorted(self._members, member), len(self._members) - 1)
        return np.where(self._members[place] == member, place + 1, 0)

    def _scores(self, row: Ids, bought: npt.NDArray[np.int32]) -> Ids:
        """Scores by the exported model, in whole numbers, (row, SKU)."""
        if self._infer is None:
            self._infer = session(self._model)
        width = int(self._skus.max()) + 1
        history = np.zeros((len(row), width))
        both = min(width, bought.shape[1])
        history[:, :both] = np.where(row[:, None] == 0, bought[:, :both], 0)
        (score,) = self._infer({"row": row, "bought": history})
        return score.astype(np.int64)
