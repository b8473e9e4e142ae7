"""The lab `recommend` reproduces known figures of ml-100k, which were measured in another environment."""

from __future__ import annotations

import sys

import pytest

from experiments.labs import run_lab
from policies.recommend import train_recbole
from sim.errors import InputError


@pytest.mark.parametrize(
    ("pairs", "recall", "ndcg"),
    [
        ({"model": "pop"}, 0.0838, 0.1005),
        ({"model": "itemknn"}, 0.2469, 0.2833),
        ({"model": "ease"}, 0.2805, 0.3295),
        ({"model": "bpr", "epochs": 2}, 0.0179, 0.0268),
        ({"model": "bpr"}, 0.2388, 0.2862),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_a_recommender_reaches_its_known_figures(pairs: dict[str, object], recall: float, ndcg: float) -> None:
    assert run_lab("recommend", pairs) == {"model": pairs["model"], "recall_at_10": recall, "ndcg_at_10": ndcg}


def test_tables_of_features_keep_their_padding_row() -> None:
    """From pandas 3 on RecBole fills it with the lowest whole number and says nothing."""
    columns = {"inter": ["user_id", "item_id"], "user": ["user_id", "age", "gender"]}
    with train_recbole.workshop() as folder:
        config = train_recbole.configuration("BPR", "ml-100k", folder, load_col=columns)
        features = train_recbole.split(config).dataset.user_feat
        assert features["user_id"].min() == 0 and features["gender"].min() == 0 and features["age"].min() >= 0


def test_without_recbole_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import policies.recommend

    monkeypatch.setitem(sys.modules, "policies.recommend.train_recbole", None)
    monkeypatch.delattr(policies.recommend, "train_recbole", raising=False)
    with pytest.raises(InputError, match="pip install --no-deps recbole==") as caught:
        run_lab("recommend")
    assert len(caught.value.problems) == 1


def test_unknown_models_are_named() -> None:
    with pytest.raises(InputError, match="model"):
        run_lab("recommend", {"model": "nonsense"})
