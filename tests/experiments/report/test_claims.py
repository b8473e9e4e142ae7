"""The source's claims against intervals: agree, do not follow, undecidable, or no verdict with the reason."""

from __future__ import annotations

import math

import pytest

from experiments.evaluate import Comparison, evaluate
from experiments.report.claims import claims, judge
from experiments.report.repurchase import needed, repurchase
from experiments.statistics import Estimate, estimate


@pytest.mark.parametrize(("low", "high", "at_least", "at_most", "verdict"), [
    (0.03, 0.04, None, 0.05, "agrees"), (0.06, 0.07, None, 0.05, "does_not_follow"),
    (0.04, 0.06, None, 0.05, "undecidable"), (0.90, 0.95, 0.89, None, "agrees"),
    (0.30, 0.50, 0.89, None, "does_not_follow"), (0.16, 0.18, 0.15, 0.20, "agrees"),
    (0.19, 0.21, 0.15, 0.20, "undecidable"), (0.30, 0.31, 0.15, 0.20, "does_not_follow"),
])
def test_a_verdict_follows_the_whole_interval(low, high, at_least, at_most, verdict) -> None:
    assert judge(Estimate(5, (low + high) / 2, 0.1, low, high), at_least, at_most) == verdict


def test_one_replication_has_no_verdict() -> None:
    assert judge(estimate([0.5]), 0.4, None) == "no_verdict"


def test_a_short_ordinary_run_judges_what_it_can_and_says_why_not(comparison, record) -> None:
    records = [record(arm, r, loss_rate=rate + 0.001 * r, turnover=10.0 + r, repurchase_rate=0.3)
               for arm, rate in (("traditional", 0.17), ("spf", 0.04)) for r in range(3)]
    found: Comparison = evaluate(comparison(), records)
    by = {claim.name: claim for claim in claims(found)}
    assert (by["loss_rate"].before.verdict, by["loss_rate"].after.verdict) == ("agrees", "agrees")
    assert by["turnover"].after.why == by["repurchase"].after.why == "horizon"
    assert by["season_loss_rate"].after.why == "season"
    assert by["nps"].after.why == "figure"
    long = evaluate(comparison(days=364, burn_in_days=56, start="2025-03-03"), records)
    assert {claim.name: claim.after.verdict for claim in claims(long)}["repurchase"] == "does_not_follow"
    ratio = {claim.name: claim for claim in claims(long)}["turnover"].after
    assert (ratio.found.mean, ratio.verdict) == (1.0, "does_not_follow")


def test_an_arm_that_is_not_compared_has_no_verdict(comparison, record) -> None:
    found = evaluate(comparison(scenarios="[traditional,preorder]"),
                     [record(arm, r, loss_rate=0.1) for arm in ("traditional", "preorder") for r in range(3)])
    assert {claim.after.why for claim in claims(found)} == {"arm"}


def test_repurchase_follows_the_negative_binomial() -> None:
    # shape 1 (geometric): P(0) = 1/(1+m), so P(N >= 2 | N >= 1) = m/(1+m)
    assert repurchase(2.0, 1.0) == pytest.approx(2 / 3)
    # all alike: Poisson; m = 1: (1 - 2/e)/(1 - 1/e)
    assert repurchase(1.0, math.inf) == pytest.approx((1 - 2 / math.e) / (1 - 1 / math.e))
    assert repurchase(1.0, 1e6) == pytest.approx(repurchase(1.0, math.inf), rel=1e-5)
    assert needed(0.89, 1.0) == pytest.approx(0.89 / 0.11)
    assert repurchase(needed(0.35, 0.8), 0.8) == pytest.approx(0.35)
