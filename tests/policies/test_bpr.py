"""BPR: RecBole trains, the exported model decides, and nothing of RecBole is left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from policies.errors import PolicyError
from policies.onnx_session import session
from policies.recommend import train_bpr, train_recbole
from policies.recommend.bpr import MODEL, Bpr
from policies.recommend.factors import STEP, Factors, from_onnx, to_onnx
from policies.recommend.popularity import Popularity
from policies.synthetic import SKUS, SyntheticLog, observation
from sim.contracts.decisions import DECISION_POINTS

SETTINGS = train_bpr.Settings(dimensions=8, epochs=15, learning_rate=0.05, weight_decay=0.0, seed=1)


def two_tastes(members: int = 40) -> np.ndarray:
    """Rows (member, week, SKU): even members buy of SKUs 0 to 5, odd ones of 6 to 11, ids far apart."""
    rows = [
        (member * 1_000 + 7, week, 6 * (member % 2) + (member * week + week + member // 2) % 6)
        for member in range(members) for week in range(8)
    ]  # fmt: skip
    return np.unique(np.array(rows, np.int64), axis=0)


@pytest.fixture(scope="module")
def learned() -> Factors:
    found = train_bpr.train(two_tastes(), None, SETTINGS)
    assert found is not None
    return found


def policy_with(factors: Factors, **params: Any) -> Bpr:
    policy = Bpr(**{"epsilon": 0.0, **params})
    policy.restore({"members": factors.members, "skus": factors.skus, MODEL: to_onnx(factors)})
    return policy


def asked(member: list[int], skus: int = 14, **columns: Any) -> pa.Table:
    rows = len(member)
    usual = {
        "member": np.array(member),
        "offered": np.ones((rows, skus), bool),
        "is_new": np.zeros((rows, skus), bool),
        "network_sales": np.tile(np.arange(skus) * 10, (rows, 1)),
        "bought": np.zeros((rows, skus), np.int64),
    }
    return observation("recommend", rows, **{**usual, **columns})


def slates(policy: Bpr, question: pa.Table) -> list[list[int]]:
    decision = policy.decide(question)
    assert DECISION_POINTS["recommend"].problems(question, decision) == []
    found: list[list[int]] = decision["slate"].to_pylist()
    return found


def test_the_exported_model_scores_as_recbole_does(tmp_path: Path) -> None:
    with train_recbole.workshop() as folder:
        found = train_bpr.trained(folder, two_tastes(), None, SETTINGS)
        number = torch.arange(1, found.data.dataset.user_num)
        theirs = found.model.full_sort_predict({"user_id": number}).view(len(number), -1)[:, 1:].detach().numpy()
    factors = train_bpr.factors_of(found)
    (ours,) = session(to_onnx(factors))({
        "row": np.arange(1, len(factors.members) + 1),
        "bought": np.zeros((len(factors.members), int(factors.skus.max()) + 1)),
    })  # fmt: skip
    member = found.data.dataset.field2id_token["user_id"][1:].astype(int)
    sku = found.data.dataset.field2id_token["item_id"][1:].astype(int)
    same = ours[np.searchsorted(factors.members, member)][:, sku] * STEP**2
    assert np.abs(theirs).max() > 1.0
    np.testing.assert_allclose(same, theirs, atol=5e-3)


def test_members_are_shown_what_their_like_buys(learned: Factors) -> None:
    policy = policy_with(learned)
    for member, own in ((0, range(6)), (1, range(6, 12))):
        (slate,) = slates(policy, asked([member * 1_000 + 7]))
        assert set(slate[:6]) == set(own)


def test_learning_twice_gives_the_same_bytes() -> None:
    states = []
    for _ in range(2):
        policy = Bpr(epochs=2)
        policy.fit(SyntheticLog())
        states.append({name: array.tobytes() for name, array in policy.state().items()})
    assert states[0] == states[1] and all(states[0].values())


def test_it_goes_on_from_its_vectors_by_id_though_rows_are_numbered_anew(learned: Factors) -> None:
    still = SETTINGS._replace(epochs=1, learning_rate=1e-9)
    rows = two_tastes(50)
    rows = np.concatenate([rows[rows[:, 0] > 5_000], [[3, 0, 13]]])  # members gone, members and a SKU come
    after = train_bpr.train(rows, learned, still)
    assert after is not None and {3, 49_007} <= set(after.members) and 13 in after.skus
    for ids, vectors, old_ids, old_vectors in (
        (after.members, after.member_vectors, learned.members, learned.member_vectors),
        (after.skus, after.sku_vectors, learned.skus, learned.sku_vectors),
    ):
        both = np.intersect1d(ids, old_ids)
        assert len(both) >= 12
        np.testing.assert_allclose(vectors[np.isin(ids, both)], old_vectors[np.isin(old_ids, both)], atol=1e-6)


def test_the_state_holds_what_going_on_needs(learned: Factors) -> None:
    again = from_onnx(to_onnx(learned), learned.members, learned.skus)
    np.testing.assert_allclose(again.member_vectors, learned.member_vectors, atol=STEP)
    np.testing.assert_allclose(again.sku_vectors, learned.sku_vectors, atol=STEP)


def test_a_new_resident_is_folded_in_by_what_they_bought(learned: Factors) -> None:
    bought = np.zeros((1, 14), np.int64)
    bought[0, [7, 9]] = [2, 1]
    (slate,) = slates(policy_with(learned), asked([5], bought=bought))
    whole = np.rint(learned.sku_vectors / STEP)
    score = whole @ (2 * whole[7] + whole[9])
    assert slate[:12] == np.argsort(-score, kind="stable").tolist() and set(slate[:6]) == set(range(6, 12))


def test_a_stranger_sees_what_is_popular(learned: Factors) -> None:
    question = asked([5, 6])
    assert slates(policy_with(learned), question) == Popularity().decide(question)["slate"].to_pylist()
    assert slates(Bpr(epsilon=0.0), question) == Popularity().decide(question)["slate"].to_pylist()


def test_new_products_get_their_places_and_unknown_skus_the_last_ones(learned: Factors) -> None:
    new = np.zeros((1, 14), bool)
    new[0, 13] = True
    bought = np.zeros((1, 14), np.int64)
    bought[0, 0] = 1
    (slate,) = slates(policy_with(learned), asked([7], is_new=new, bought=bought))
    assert slate[2] == 13 and 12 not in slate
    (slate,) = slates(policy_with(learned), asked([7], offered=np.arange(14)[None] > 7))
    assert slate[-2:] == [13, 12]  # no vector: behind, the popular one first


def test_a_smaller_assortment_than_learned_is_answered(learned: Factors) -> None:
    (slate,) = slates(policy_with(learned), asked([7], skus=4))
    assert sorted(slate) == [0, 1, 2, 3]


def test_who_bought_everything_teaches_nothing() -> None:
    everything = np.array([[1, 0, sku] for sku in range(4)] + [[2, 0, 1]], np.int64)
    assert train_bpr.teaching(everything).tolist() == [[2, 0, 1]]
    assert train_bpr.train(everything[:4], None, SETTINGS) is None


def test_recbole_leaves_nothing_behind_and_reads_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["linli", "--epochs=1", "--epochs=2", "nonsense"])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    threads = torch.get_num_threads()
    assert train_bpr.train(two_tastes(6), None, SETTINGS._replace(epochs=1)) is not None
    assert list(tmp_path.iterdir()) == [] and torch.get_num_threads() == threads
    assert not hasattr(np, "float") and os.environ["CUDA_VISIBLE_DEVICES"] == "7"
    assert "recbole.quick_start" not in sys.modules  # it imports ray


def test_without_recbole_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "policies.recommend.train_bpr", None)
    import policies.recommend

    monkeypatch.delattr(policies.recommend, "train_bpr", raising=False)
    with pytest.raises(PolicyError, match="pip install --no-deps recbole==") as caught:
        Bpr().fit(SyntheticLog())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"dimensions": 0}, {"epochs": 0}, {"learning_rate": 0.0}, {"seed": -1}])
def test_impossible_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Bpr(**wrong)


def test_skus_beyond_the_synthetic_ones_do_not_exist() -> None:
    policy = Bpr(epochs=1)
    policy.fit(SyntheticLog())
    assert policy.state()["skus"].max() < SKUS
