"""What weakens the figures, what the words mean, and where the figures come from."""

from __future__ import annotations

from datetime import timedelta

from experiments.config.compose import digest_of
from experiments.config.model import CompareConfig
from experiments.evaluate import Comparison, long_enough
from experiments.metrics import METRICS
from experiments.provenance import versions
from experiments.report.claims import BEFORE
from experiments.report.document import Block, Fold, Items, Section, Table, Text
from experiments.report.sections.verdicts import all_metrics
from experiments.report.words import Words
from experiments.statistics import LEVEL

FEW_REPLICATIONS = 10
ORDINARY = "ordinary"
"""The season that the model was calibrated in."""


def setting(config: CompareConfig, words: Words) -> str:
    """Place, season, days and seeds in one paragraph."""
    text = words("setting.place", shops=config.city.shops, members=config.city.members, city=config.city.name,
                 season=words.of("seasons", config.season.name), replications=config.replications, first=config.seed,
                 last=config.seed + config.replications - 1)
    counted = config.days - config.left_out_days
    if config.start is not None:
        text += words("setting.days", days=counted, first=config.start + timedelta(days=config.left_out_days),
                      last=config.start + timedelta(days=config.days - 1))
    else:
        text += words("setting.some_days", days=counted)
    if config.burn_in_days:
        text += words("setting.burn_in", days=config.burn_in_days)
    if config.left_out_days:
        text += words("setting.settle", days=config.left_out_days)
    return text + words("setting.end")


def everything(found: Comparison, words: Words) -> Section:
    """All metrics, folded, and the figures that do not exist with the reason."""
    blocks: list[Block] = [Text(words("all.intro", level=f"{100 * LEVEL:.0f}"))]
    blocks += [Fold(table.caption, [table]) for table in all_metrics(found, words)]
    missing = [[words.metric(row.name), reason, words("all.every") if set(arms) == set(found.config.scenarios)
                else words.join(arms)] for row in found.rows for reason, arms in _reasons(row.reason, words).items()]
    header = [words("all.metric"), words("all.why"), words("all.in_arms")]
    blocks += [Fold(words("all.missing"), [Table(words("all.missing"), header, missing, left=3)])] if missing else []
    return Section("all", words("all.title"), blocks)


def limits(found: Comparison, words: Words) -> list[str]:
    """What stands against the figures of this very comparison."""
    lines = [words("weak.failed", arm=record["arm"], replication=record["replication"] + 1, failure=record["failure"])
             for record in found.failures]
    if not long_enough(found.config):
        slow = words.join_apart([words.metric(measure.name) for measure in METRICS.values() if measure.slow])
        lines.append(words("weak.short", slow=slow))
    if found.config.season.name != ORDINARY and BEFORE in found.config.scenarios:
        lines.append(words("weak.season", season=words.of("seasons", found.config.season.name), arm=BEFORE))
    if found.config.replications < FEW_REPLICATIONS:
        lines.append(words("weak.few", replications=found.config.replications))
    return [*lines, words("weak.always")]


def weak(found: Comparison, words: Words) -> Section:
    """What is weak: in this comparison, and in the model."""
    return Section("weak", words("weak.title"), [
        Text(words("weak.here")), Items(limits(found, words)),
        Text(words("weak.model")), Items([*words.table("weaknesses").values()])])


def terms(words: Words) -> Section:
    """The glossary."""
    rows = [[words(f"glossary.{term}.term"), words(f"glossary.{term}.meaning")] for term in words.table("glossary")]
    return Section("glossary", words("closing.glossary"), [
        Table(words("closing.terms"), [words("closing.term"), words("closing.meaning")], rows, left=2)])


def provenance(found: Comparison, words: Words) -> Section:
    """Everything needed to compute this again."""
    config = found.config
    rows = [
        [words("provenance.experiment"), config.experiment.name],
        [words("provenance.digest"), digest_of("compare", config)],
        [words("provenance.seeds"), f"{config.seed}–{config.seed + config.replications - 1}"],
        [words("provenance.days"), str(config.days)],
        [words("provenance.settle"), str(config.left_out_days)],
        [words("provenance.burn_in"), str(config.burn_in_days)],
        [words("provenance.seconds"), f"{found.seconds:.0f}"],
        *([words.of("versions", name), text] for name, text in _versions(found, words).items()),
    ]
    return Section("provenance", words("provenance.title"), [
        Text(words("provenance.intro")),
        Table(words("provenance.table"), [words("provenance.what"), words("provenance.value")], rows, left=2)])


def _versions(found: Comparison, words: Words) -> dict[str, str]:
    """Those that the cells were computed with, which need not be those that write the report."""
    cells = [cell["result"].get("versions", versions()) for cell in found.cells.values()]
    return {name: words.join([*dict.fromkeys(cell[name] for cell in cells if name in cell)])
            for name in dict.fromkeys(name for cell in cells for name in cell)}


def _reasons(reason: str | None, words: Words) -> dict[str, list[str]]:
    """Why a figure does not exist, in the report's language where it is a known reason, and in which arms."""
    known, found = words.table("reasons_missing"), dict[str, list[str]]()
    for part in (reason or "").split("; ") if reason else ():
        arm, _, why = part.partition(": ")
        found.setdefault(known.get(why, why), []).append(arm)
    return found
