"""What a reader concludes from the report's words: figures that agree with their verdicts, sums that add up."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.evaluate import Comparison, evaluate
from experiments.report.canvas import ink
from experiments.report.document import Table, Text
from experiments.report.figures import mean, with_interval
from experiments.report.sections.accounts import economics
from experiments.report.sections.closing import provenance, setting
from experiments.report.sections.course import losses, over_time
from experiments.report.sections.single import promise
from experiments.report.sections.verdicts import all_metrics, in_short
from experiments.report.words import LANGUAGES, Words
from experiments.statistics import Estimate

EN = Words("en")


def tables(section: Any) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def told(section: Any) -> str:
    return " ".join(block.text for block in section.blocks if isinstance(block, Text))


def pair(comparison: Any, record: Any, before: dict[str, float], after: dict[str, float]) -> Comparison:
    """Two arms, three replications that differ a little."""
    return evaluate(comparison(), [
        record(arm, r, **{name: value * (1.0 + 0.001 * r) for name, value in values.items()})
        for arm, values in (("traditional", before), ("spf", after)) for r in range(3)])


@pytest.mark.parametrize(("figure", "text"), [
    (Estimate(4, 0.187, 0.1, 0.09, 0.284), "18.7 (9.0 to 28.4)"),
    (Estimate(4, 0.5, 0.1, 0.4, 0.6), "50.0 (40.0 to 60.0)"),
    (Estimate(4, 0.5, None, None, None), "50.0"),
])
def test_mean_and_interval_have_the_same_decimals(figure: Estimate, text: str) -> None:
    assert with_interval(figure, "loss_rate", EN) == text


def test_an_interval_without_zero_does_not_seem_to_end_there() -> None:
    assert with_interval(Estimate(4, 0.0043, 0.1, 0.0021, 0.0064), "fairness_residents", EN, signed=True) == (
        "+0.004 (+0.002 to +0.006)")
    assert mean(Estimate(4, 0.0, 0.0, 0.0, 0.0), "fairness_residents") == "0.00"


def test_repurchase_that_is_only_better_seen_is_said_to_be(comparison, record) -> None:
    after = dict(repurchase_rate=0.50, repurchase_rate_true=0.50, repurchase_measurement=0.0)
    found = pair(comparison, record,
                 dict(repurchase_rate=0.34, repurchase_rate_true=0.48, repurchase_measurement=-0.14), after)
    said = told(in_short(found, EN))
    assert "counts orders of known buyers only" in said and "48.0 % in traditional" in said
    real = pair(comparison, record, dict(repurchase_rate=0.34, repurchase_rate_true=0.34, repurchase_measurement=0.0),
                after)
    assert "known buyers only" not in told(in_short(real, EN))


def test_a_loss_that_only_moved_to_the_field_can_be_seen(comparison, record) -> None:
    found = pair(comparison, record, dict(loss_rate=0.24, loss_rate_refunds=0.1, chain_loss_rate=0.27),
                 dict(loss_rate=0.14, loss_rate_refunds=0.1, chain_loss_rate=0.26))
    said = told(losses(found, EN)).replace("\N{NO-BREAK SPACE}", " ")
    assert "the loss rate is 27.0 % in traditional and 26.0 % in spf" in said


def test_who_gains_and_who_loses_is_told_apart(comparison, record) -> None:
    found = pair(comparison, record, dict(contribution_margin=1000.0, owner_income=300.0),
                 dict(contribution_margin=5000.0, owner_income=200.0))
    *_, changes = tables(economics(found, EN))
    network, owners, farms = (row[1] for row in changes.rows)
    assert network.startswith("+4,004 (")
    assert owners.startswith("\N{MINUS SIGN}11,211 (")  # a hundred a shop and day, four shops, 28 days
    assert farms.startswith("0 (")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ends_of_what_was_ordered_ahead_add_up(whole, language) -> None:
    found = whole(language)
    for cell in found.cells.values():
        cell["detail"]["promise"].append({"origin": "local", "days": 1, "end": "spoiled_waiting", "late": False,
                                          "packs": 10})
    for row in tables(promise(found, Words(language)))[0].rows:
        assert sum(float(cell) for cell in row[4:]) == pytest.approx(100.0, abs=0.1)


def test_differences_without_a_figure_are_left_to_the_list_of_what_is_missing(comparison, record) -> None:
    found = pair(comparison, record, dict(loss_rate=0.2), dict(loss_rate=0.1, fill_rate=0.9))
    _, differences = all_metrics(found, EN)
    assert [row[0] for row in differences.rows] == ["loss rate"]


def test_versions_are_those_of_the_cells(comparison, record) -> None:
    found = pair(comparison, record, dict(loss_rate=0.2), dict(loss_rate=0.1))
    for number, cell in enumerate(found.cells.values()):
        cell["result"]["versions"] = {"python": "3.11.7", "revision": "b" if number else "a"}
    rows = dict(tables(provenance(found, EN))[0].rows)
    assert (rows["Python"], rows["revision"]) == ("3.11.7", "a, b")


def test_no_two_arms_look_alike() -> None:
    arms = [*EN.table("arms")]
    for part in ("color", "linestyle", "marker"):
        assert len({ink(place)[part] for place in range(len(arms))}) == len(arms)


def test_grey_days_are_spoken_of_where_there_are_some(comparison, record) -> None:
    records = [record(arm, r, loss_rate=0.1) for arm in ("traditional", "spf") for r in range(3)]
    for settled, days in ((7, 21), (0, 28)):
        found = evaluate(comparison(settle_days=settled), records)
        assert ("grey days" in told(over_time(found, EN))) == (settled > 0)
        assert ("do not count" in setting(found.config, EN)) == (settled > 0)
        assert f" {days} days count" in setting(found.config, EN)
