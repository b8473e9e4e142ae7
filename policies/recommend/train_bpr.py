"""Trains BPR by RecBole on what members bought. Import it inside functions only: it loads torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from recbole.model.general_recommender import BPR

from policies.recommend import train_recbole
from policies.recommend.factors import Factors

Ids = npt.NDArray[np.int64]
DATASET = "bought"


class Settings(NamedTuple):
    """How long and how fast to train, and how much fits into a vector."""

    dimensions: int
    epochs: int
    learning_rate: float
    weight_decay: float
    seed: int


class Trained(NamedTuple):
    """RecBole's model and the data set that numbers its rows."""

    model: Any
    data: train_recbole.Data


def train(rows: Ids, before: Factors | None, settings: Settings) -> Factors | None:
    """Learn vectors from ``rows`` (member, week, SKU), one a week in which the member bought the SKU.

    Members and SKUs that ``before`` knows start from their vectors there, all others from random ones; which row of a
    table is whose is told by ids, since RecBole numbers anew every time. None where nothing can be learned.
    """
    rows = teaching(rows)
    if not len(rows):
        return None
    with train_recbole.workshop() as folder:
        return factors_of(trained(folder, rows, before, settings))


def teaching(rows: Ids) -> Ids:
    """The rows of members who left some SKU: who bought them all shows no preference, and RecBole seeks one forever."""
    pairs = np.unique(rows[:, [0, 2]], axis=0)
    member, bought = np.unique(pairs[:, 0], return_counts=True)
    choosy = member[bought < len(np.unique(pairs[:, 1]))]
    return rows[np.isin(rows[:, 0], choosy)]


def trained(folder: Path, rows: Ids, before: Factors | None, settings: Settings) -> Trained:
    """Train inside RecBole's ``workshop``; every row is past and serves to train, none is held out."""
    columns = {"user_id": rows[:, 0], "item_id": rows[:, 2], "timestamp": -rows[:, 1]}
    train_recbole.write_interactions(folder, DATASET, columns)
    config = train_recbole.configuration(
        BPR,
        DATASET,
        folder,
        benchmark_filename=[train_recbole.WHOLE],
        load_col={"inter": list(columns)},
        embedding_size=settings.dimensions,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        seed=settings.seed,
    )
    data = train_recbole.unsplit(config)
    model = BPR(config, data.train.dataset)
    if before is not None and before.sku_vectors.shape[1] == settings.dimensions:
        _start_from(model.user_embedding, _ids(data, "user_id"), before.members, before.member_vectors)
        _start_from(model.item_embedding, _ids(data, "item_id"), before.skus, before.sku_vectors)
    train_recbole.fit(config, model, data)
    return Trained(model, data)


def factors_of(found: Trained) -> Factors:
    """The model's vectors in the order of ids; RecBole's first row stands for nobody."""
    parts = []
    for field, table in (("user_id", found.model.user_embedding), ("item_id", found.model.item_embedding)):
        ids = _ids(found.data, field)
        order = np.argsort(ids)
        parts += [ids[order], table.weight.detach().numpy()[1:][order].astype(np.float64)]
    return Factors(*parts)


def _ids(data: train_recbole.Data, field: str) -> Ids:
    """Ids by RecBole's number less one."""
    return np.asarray(data.dataset.field2id_token[field][1:].astype(np.int64))


def _start_from(table: Any, ids: Ids, known: Ids, vectors: npt.NDArray[np.float64]) -> None:
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    same = np.flatnonzero(known[place] == ids)
    with torch.no_grad():
        table.weight[torch.from_numpy(same + 1)] = torch.from_numpy(vectors[place[same]].astype(np.float32))
