"""The lab `recommend`: recommenders on the films that come with RecBole, measured by RecBole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from experiments.labs.parameters import LabParameters
from policies.recommend.bpr import INSTALL
from policies.recommend.ease import solve
from sim.errors import InputError, Problem

DATASET = "ml-100k"
MODELS = {"pop": "Pop", "itemknn": "ItemKNN", "bpr": "BPR"}


class RecommendParameters(LabParameters):
    """Keys and values of ``conf/lab/recommend.yaml``."""

    model: Literal["pop", "itemknn", "ease", "bpr"]
    epochs: Annotated[int, Field(ge=1, le=1_000)]
    ridge: Annotated[float, Field(gt=0, le=1e9)]
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]


def run(parameters: RecommendParameters) -> dict[str, Any]:
    """Recall and normalised discounted cumulative gain at 10 on the test rows, means over users."""
    try:
        from policies.recommend import train_recbole
    except ImportError as error:
        raise InputError(Problem("recommend", f"{INSTALL} ({error})")) from None
    with train_recbole.workshop() as folder:
        measured = _measured(parameters, folder)
    figures = {name: float(measured[name.replace("_at_", "@")]) for name in ("recall_at_10", "ndcg_at_10")}
    return {"model": parameters.model, **figures}


def _measured(parameters: RecommendParameters, folder: Path) -> dict[str, float]:
    from recbole.utils import get_trainer

    from policies.recommend import train_recbole

    name: Any = MODELS.get(parameters.model) or _own_ease(parameters.ridge)
    settings = {"seed": parameters.seed, "epochs": parameters.epochs}
    config = train_recbole.configuration(name, DATASET, folder, **settings)
    data = train_recbole.split(config)
    model = config.model_class(config, data.train.dataset)
    if parameters.model == "ease":
        trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    else:
        trainer = train_recbole.fit(config, model, data)
    return dict(trainer.evaluate(data.test, load_best_model=False))


def _own_ease(ridge: float) -> type:
    """A model for RecBole's ranking whose scores are those of :func:`policies.recommend.ease.solve`."""
    import torch
    from recbole.model.abstract_recommender import GeneralRecommender
    from recbole.utils import InputType, ModelType

    class OwnEase(GeneralRecommender):
        input_type, type = InputType.POINTWISE, ModelType.TRADITIONAL

        def __init__(self, config: Any, dataset: Any) -> None:
            super().__init__(config, dataset)
            self.unused = torch.nn.Parameter(torch.zeros(1))  # RecBole's trainer wants one
            self.seen = dataset.inter_matrix(form="csr").astype(np.float64)
            self.weights = solve((self.seen.T @ self.seen).toarray(), ridge)

        def full_sort_predict(self, interaction: Any) -> Any:
            return torch.from_numpy(self.seen[interaction[self.USER_ID].numpy()] @ self.weights)

    return OwnEase
