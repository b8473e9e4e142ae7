"""Surveys, reviews and chat: who speaks, what is said, and that nobody's words change anybody's draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.residents.experience import Felt
from agents.residents.phrases import PHRASES, Topic, sentence
from sim.twin import Twin

LOUD = {
    "world__voice__survey_share": 1.0, "world__voice__answer_share": 0.4, "world__voice__review_share": 0.3,
    "world__voice__chat_share": 0.2,
}  # fmt: skip
SILENT = {f"world__voice__{name}": 0.0 for name in ("survey_share", "answer_share", "review_share", "chat_share")}
BUSY = {"city__members": 60, "days": 8, "world__residents__visit_rate": 0.2}


@pytest.fixture(scope="module")
def loud(twins: Any) -> Twin:
    return twins.lived("preorder", **BUSY, **LOUD)


def evening(twin: Twin) -> Any:
    return next(phase.call.__self__ for phase in twin.programme.phases if phase.name == "pick-up").evening


def test_both_surveys_and_reviews_and_chat_are_logged(loud: Twin, twins: Any) -> None:
    nps, reviews, chat = (twins.rows(loud, name) for name in ("nps", "review", "chat"))
    assert set(nps["survey"]) == {"transaction", "relationship"}
    assert nps["score"].min() >= 0 and nps["score"].max() <= 10 and len(set(nps["score"])) > 4
    assert set(reviews["stars"]) <= {1, 2, 3, 4, 5} and len(reviews["stars"]) > 10
    served = twins.rows(loud, "line_end")
    assert set(reviews["member"]) <= set(served["member"])
    assert len(chat["text"]) > 20 and all(any("一" <= letter <= "鿿" for letter in text) for text in chat["text"])
    per_day = np.unique(chat["day"] * 100 + chat["shop"], return_counts=True)[1]
    assert per_day.max() <= twins.world(loud).params.voice.chat_most


def test_silence_changes_nothing_but_the_words(loud: Twin, twins: Any) -> None:
    silent = twins.lived("preorder", **BUSY, **SILENT)
    for table in ("order_line", "line_end", "exposure", "resident_day", "trust_day", "registration"):
        one, other = twins.rows(loud, table), twins.rows(silent, table)
        for name in one:
            if name != "sequence":
                np.testing.assert_array_equal(one[name], other[name], err_msg=f"{table}.{name}")
    assert not len(twins.rows(silent, "chat")["text"]) and not len(twins.rows(silent, "nps")["score"])


def test_relationship_nps_of_those_who_answer_lies_where_grocery_does_and_all_think_better(twins: Any) -> None:
    """The published 28 to 33 are answers at the trust ordinary shops enjoy; the content answer less."""
    twin = twins.fresh(city__shops=3, city__members=4000, world__voice__answer_share=0.3)
    surveys = evening(twin).surveys
    for day in range(91):
        surveys.by_season(day)
    said = twins.rows(twin, "nps")["score"]
    score = np.clip(np.rint(surveys.latent(3, np.arange(12_000))), 0, 10)
    answered, all_of_them = (100 * ((one >= 9).mean() - (one <= 6).mean()) for one in (said, score))
    assert 26 < answered < 35 and answered < all_of_them < 42


def test_courtesy_surprise_and_extremes(twins: Any) -> None:
    """Answers after a good day are better than after a bad one; asked by the owner, better than by head office; and
    those who answer are more extreme than all."""
    twin = twins.fresh(city__shops=2, city__members=3000, **LOUD)
    surveys, everyone = evening(twin).surveys, np.arange(6000)
    for day, gap in ((0, 0.2), (1, -0.2), (2, 0.0)):
        surveys.after_hand_over(day, Felt(everyone, np.full(6000, gap)))
    rows = twins.rows(twin, "nps")
    mean = [rows["score"][rows["day"] == day].mean() for day in range(3)]
    assert mean[1] + 1 < mean[2] < mean[0]
    candid = np.clip(np.rint(surveys.latent(2, everyone)), 0, 10)
    assert mean[2] > candid.mean()
    assert rows["score"][rows["day"] == 2].std() > candid.std()


def test_the_truth_covers_all_active_households_weekly(loud: Twin, twins: Any) -> None:
    rows = twins.rows(loud, "satisfaction")
    assert set(rows["day"]) == {6} and len(rows["shop"]) == 2
    assert (rows["promoters"] + rows["detractors"] <= rows["households"]).all()
    assert rows["households"].sum() > 100


def test_every_topic_makes_sentences_and_irony_looks_like_praise() -> None:
    for topic in Topic:
        made = {sentence(topic, (a, b, c)) for a in range(9) for b in range(9) for c in range(9)}
        assert len(made) == np.prod([len(part) for part in PHRASES[topic]]) >= 100
    assert all(part for parts in PHRASES.values() for ends in parts for part in ends)


def test_families_with_infants_speak_of_them(twins: Any) -> None:
    twin = twins.fresh(city__members=500)
    chat, residents = evening(twin).chat, evening(twin).residents
    row = np.flatnonzero(residents.has_infant(5))
    topic = chat._topics(5, row, Felt.nothing())
    others = chat._topics(5, np.flatnonzero(~residents.has_infant(5)), Felt.nothing())
    assert (topic == Topic.INFANT).mean() > 0.4 > 0.1 > (others == Topic.INFANT).mean()
