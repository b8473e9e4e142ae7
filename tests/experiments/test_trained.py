"""An experiment keeps the policies of its first replication, each with what it answered in the twin."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from experiments import trained
from experiments.trained import ANSWER, MOST_ROWS, STATE, Answers, keep_trained, read_trained
from policies import registry
from policies.synthetic import SyntheticLog, observation
from sim.contracts.decisions import DECISION_POINTS
from sim.decisions import Decided, Decisions
from sim.errors import InputError

NAMES = {point: registry.names(point)[0] for point in DECISION_POINTS}


@pytest.fixture
def decisions() -> Decisions:
    """Baselines that learned from a made-up log."""
    made = Decisions(DECISION_POINTS, {}, {point: (name, registry.create(name)) for point, name in NAMES.items()})
    made.learn(SyntheticLog())
    made.listener = Answers()
    return made


def kept(decisions: Decisions, folder: Any) -> dict[str, trained.About]:
    keep_trained(folder, "the cell", decisions, decisions.listener)
    return trained.about(folder)


@pytest.mark.parametrize("point", DECISION_POINTS)
def test_what_is_kept_is_the_policy_and_a_sample_of_its_answer(decisions, point, tmp_path) -> None:
    asked = observation(point, 200)
    decided = decisions.decide(point, asked).table
    about = kept(decisions, tmp_path)[point]
    found = read_trained(tmp_path / point, about)
    row_wise = DECISION_POINTS[point].row_wise
    assert found.question.num_rows == found.answer.num_rows == (MOST_ROWS if row_wise else 200)
    again = registry.create(found.policy, **found.params)
    again.restore(found.state)
    assert again.decide(found.question).equals(found.answer)
    keys = list(DECISION_POINTS[point].key)
    assert found.question.select(keys).equals(found.answer.select(keys))
    assert all(row in decided.to_pylist() for row in found.answer.to_pylist())


@pytest.mark.parametrize("point", ["price", "recommend"])
def test_an_answer_in_another_order_is_found_by_its_key(point) -> None:
    asked, answers = observation(point, 500), Answers()
    decided = registry.create(NAMES[point]).decide(asked)
    turned = decided.take(np.arange(500)[::-1])
    answers.decided(point, asked, Decided(turned, "any", ()))
    question, answer = answers.last[point]
    keys = list(DECISION_POINTS[point].key)
    assert question.select(keys).equals(answer.select(keys))


def test_an_answer_of_before_it_learned_is_no_golden_one(decisions, tmp_path) -> None:
    decisions.decide("price", observation("price", 3))
    decisions.learn(SyntheticLog())
    about = kept(decisions, tmp_path)["price"]
    assert about.reason == "was asked nothing after it last learned: the arm is too short, or does without it"
    assert not (tmp_path / "price" / ANSWER).exists()


def test_a_policy_that_cannot_say_what_it_is_spoils_nothing(decisions, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(decisions.policy("price"), "state", lambda: 1 / 0)
    decisions.decide("price", observation("price", 3))
    assert kept(decisions, tmp_path)["price"].reason == (
        "does not say what it is: ZeroDivisionError: division by zero")


def test_a_changed_or_missing_file_is_named(decisions, tmp_path) -> None:
    decisions.decide("price", observation("price", 3))
    about = kept(decisions, tmp_path)["price"]
    (tmp_path / "price" / STATE).write_bytes(b"other")
    with pytest.raises(InputError, match=r"state\.npz: is not the file that policy\.json names"):
        read_trained(tmp_path / "price", about)
    (tmp_path / "price" / STATE).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_trained(tmp_path / "price", about)
    (tmp_path / "replenish" / "policy.json").write_text(json.dumps({"policy": "price.one_price"}))
    with pytest.raises(InputError, match=r"replenish/policy\.json: is damaged"):
        trained.about(tmp_path)
    with pytest.raises(InputError, match="nowhere/forecast: holds no trained policy"):
        trained.about(tmp_path / "nowhere")
