"""The source's claims beside the twin's figures."""

from __future__ import annotations

from experiments.evaluate import Comparison
from experiments.metrics import METRICS
from experiments.report.claims import AFTER, BEFORE, Claim, Judged, claims
from experiments.report.document import Card, Cards, Section, Text
from experiments.report.figures import decimals, mean, number
from experiments.report.words import Words

TONES = {"agrees": "good", "does_not_follow": "bad", "undecidable": "open", "no_verdict": "none"}


def beside_claims(found: Comparison, words: Words) -> Section:
    """A card a claim, with the verdict on its after side first."""
    cards = [_card(found, claim, words) for claim in claims(found)]
    return Section("claims", words("claims.title"), [
        Text(words("claims.intro", before=BEFORE, after=AFTER)),
        Cards(cards),
        Text(words("claims.rule"), note=True),
    ])


def _card(found: Comparison, claim: Claim, words: Words) -> Card:
    lines = [_line("after", claim.after, claim, words)]
    if claim.before is not None:
        lines.append(_line("before", claim.before, claim, words))
        lines += [words("claims.fitted")] if claim.fitted else []
    true = _true(found, claim, words)
    lines += [true] if true is not None else []
    return Card(words(f"claims.names.{claim.name}"), words(f"claims.verdicts.{claim.after.verdict}"),
                TONES[claim.after.verdict], lines)


def _line(side: str, judged: Judged, claim: Claim, words: Words) -> str:
    """What the source says, what the twin found, and (before) the verdict or why there is none."""
    said = words(f"claims.said.{claim.name}.{side}")
    arm = words("claims.ratio_arm", after=AFTER, before=BEFORE) if claim.ratio else AFTER if side == "after" else BEFORE
    parts = [words(f"claims.{side}", said=said)]
    if judged.found is not None:
        parts.append(words("claims.found", arm=arm, figure=_figure(judged, claim, words)))
    if judged.why is not None:
        parts.append(words(f"claims.why.{judged.why}", arm=arm))
    elif side == "before":
        parts.append(words("claims.so", verdict=words(f"claims.verdicts.{judged.verdict}")))
    return words("glue").join(parts)


def _figure(judged: Judged, claim: Claim, words: Words) -> str:
    """The twin's figure with its interval; a ratio as a change in per cent."""
    assert judged.found is not None
    share = METRICS[claim.metric].unit == "share"

    def printed(value: float) -> float:
        return 100.0 * (value - 1.0) if claim.ratio else 100.0 * value if share else value

    unit = words.unit("share") if claim.ratio or share else words.unit(METRICS[claim.metric].unit)
    assert judged.found.mean is not None
    figure, low, high = (None if value is None else printed(value)
                         for value in (judged.found.mean, judged.found.low, judged.found.high))
    middle, least, most = (number(value, signed=claim.ratio, digits=decimals(figure, low, high))
                           for value in (figure, low, high))
    if low is None or high is None:
        return words.amount(middle, unit)
    return words("claims.figure_interval", mean=words.amount(middle, unit), low=least, high=most)


def _true(found: Comparison, claim: Claim, words: Words) -> str | None:
    """What the twin knows of all households where the metric sees only some of them."""
    row = found.row(f"{claim.metric}_true")
    if row is None or any(arm not in row.arms or row.arms[arm].mean is None for arm in (BEFORE, AFTER)):
        return None
    unit = words.unit(METRICS[row.name].unit)
    before, after = (words.amount(mean(row.arms[arm], row.name), unit) for arm in (BEFORE, AFTER))
    return words("claims.by_all", before=BEFORE, after=AFTER, was=before, became=after)
