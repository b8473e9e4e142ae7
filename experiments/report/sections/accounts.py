"""What the steps between the arms are worth, and who can live on it."""

from __future__ import annotations

from experiments.decompose import FIRST, LAST, PATH, Step
from experiments.economics import Livelihood, mean
from experiments.evaluate import Comparison, Row, long_enough
from experiments.metrics import METRICS
from experiments.report.document import Block, Items, Picture, Pictures, Section, Table, Text
from experiments.report.figures import count, metric, number, scaled, with_interval
from experiments.report.pictures.steps import livings, waterfall
from experiments.report.sections.verdicts import HEADLINE
from experiments.report.words import Words
from experiments.statistics import Estimate

DRAWN = ("loss_rate", "contribution_margin", "owner_income")
"""What is drawn step by step; the table has the other headline metrics too."""


def decomposition(found: Comparison, words: Words) -> Section:
    """Fulfilment, S, P and F, as far as the arms of this comparison allow."""
    arms = [FIRST, *(arm for _, arm in PATH)]
    lacking = [arm for arm in arms if arm not in found.config.scenarios]
    rows = [row for row in found.rows if row.name in HEADLINE and row.parts.whole is not None]
    if not rows:
        return Section("steps", words("steps.title"), [
            Text(words("steps.none", arms=words.join([FIRST, LAST]), missing=words.join(lacking) or words("dash")))])
    rows.sort(key=lambda row: HEADLINE.index(row.name))
    steps = rows[0].parts.steps
    blocks: list[Block] = [Text(words("steps.intro"))]
    if lacking:
        together = [_name(step, words) for step in steps if len(step.systems) > 1]
        blocks.append(Text(words("steps.missing", arms=words.join(lacking), steps=words.join(together))))
    drawn = [_waterfall(row, words) for row in rows if row.name in DRAWN]
    blocks += [Pictures(drawn)] if drawn else []
    header = [words("all.metric"), words("all.unit"), *(_name(step, words) for step in steps), words("steps.whole")]
    blocks.append(Table(words("steps.table"), header, [_row(row, words) for row in rows], left=2))
    blocks.append(Text(words("steps.order"), note=True))
    crossed = [words("steps.crossed", metric=words.metric(row.name),
                     unit=words.unit_of_difference(METRICS[row.name].unit),
                     value=with_interval(row.parts.interaction.estimate, row.name, words, signed=True))
               for row in rows if row.parts.interaction is not None and row.name in DRAWN]
    blocks += [Text(line, note=True) for line in crossed]
    if not long_enough(found.config):
        blocks.append(Text(words("steps.slow"), note=True))
    return Section("steps", words("steps.title"), blocks)


def economics(found: Comparison, words: Words) -> Section:
    """One owner, one truck, one farm: what a month brings, what it costs, and whether it is enough."""
    by_arm = {arm: mean(books) for arm in found.config.scenarios if (books := _books(found, arm))}
    people = [*dict.fromkeys(one.who for books in by_arm.values() for one in books)]
    if not people:
        return Section("economics", words("economics.title"), [Text(words("economics.none"))])
    said = [_verdict(arm, one, words) for who in people for arm, books in by_arm.items() for one in books
            if one.who == who and one.verdict != "lives"]
    rows = [[words.of("people", who), arm, words(f"economics.verdicts.{one.verdict}"),
             words.join([words("economics.cost", name=words.of("costs", name), amount=number(amount))
                         for name, amount in one.costs.items()]),
             count(one.many), number(one.revenue), _left(one, words), number(one.elsewhere)]
            for who in people for arm, books in by_arm.items() for one in books if one.who == who]
    header = [words(f"economics.{name}")
              for name in ("who", "arm", "verdict", "costs", "many", "revenue", "left", "elsewhere")]
    return Section("economics", words("economics.title"), [
        Text(words("economics.intro")), Items(said or [words("economics.all_live")]),
        Pictures([_living(who, by_arm, words) for who in people]),
        Table(words("economics.table"), header, rows, left=4), Text(words("economics.note"), note=True)])


def _name(step: Step, words: Words) -> str:
    """The systems that a step adds."""
    return " + ".join(words.of("systems", system) for system in step.systems)


def _row(row: Row, words: Words) -> list[str]:
    parts = row.parts
    assert parts.whole is not None
    return [words.metric(row.name), words.unit_of_difference(METRICS[row.name].unit),
            *(with_interval(step.difference.estimate, row.name, words, signed=True)
              for step in (*parts.steps, parts.whole))]


def _waterfall(row: Row, words: Words) -> Picture:
    name = row.name
    steps = []
    for step in row.parts.steps:
        found = step.difference.estimate
        steps.append((_name(step, words), Estimate(found.n, scaled(found.mean, name), None, scaled(found.low, name),
                                                   scaled(found.high, name))))
    first, last = (scaled(row.arms[arm].mean, name) or 0.0 for arm in (FIRST, LAST))
    unit, label = words.unit(METRICS[name].unit), words.metric(name)
    told = words.join([words("steps.told", step=step, value=number(found.mean, signed=True)) for step, found in steps])
    return waterfall(f"steps-{name}", (FIRST, first), steps, (LAST, last), words("steps.axis", metric=label, unit=unit),
                     words("steps.caption", metric=label, unit=unit),
                     words("steps.alt", metric=label, first=metric(row.arms[FIRST].mean, name),
                           last=metric(row.arms[LAST].mean, name), unit=unit, steps=told))


def _books(found: Comparison, arm: str) -> list[list[dict[str, object]]]:
    return [found.cells[arm, r]["result"]["tables"].get("economics", []) for r in range(found.config.replications)
            if (arm, r) in found.cells]


def _verdict(arm: str, one: Livelihood, words: Words) -> str:
    who = words.of("people", one.who)
    if one.verdict == "undecided":
        return words("economics.unsure", who=who, arm=arm, left=_left(one, words), elsewhere=number(one.elsewhere))
    if one.cause in (None, "small"):
        return words("economics.too_small", who=who, arm=arm, lacks=number(one.elsewhere - one.left))
    return words("economics.too_dear", who=who, arm=arm, lacks=number(one.elsewhere - one.left),
                 cause=words.of("costs", str(one.cause)))


def _left(one: Livelihood, words: Words) -> str:
    """What is left, with its interval over replications where there is one."""
    found = one.spread
    if found is None or found.low is None:
        return number(one.left)
    return words("economics.amount", mean=number(one.left), low=number(found.low), high=number(found.high))


def _living(who: str, by_arm: dict[str, list[Livelihood]], words: Words) -> Picture:
    own = {arm: one for arm, books in by_arm.items() for one in books if one.who == who}
    elsewhere = next(iter(own.values())).elsewhere
    label = words.of("people", who)
    told = words.join([words("economics.told", arm=arm, left=number(one.left)) for arm, one in own.items()])
    return livings(f"living-{who}", own, elsewhere, words("economics.axis", who=label),
                   words("economics.mark", elsewhere=number(elsewhere)),
                   words(f"economics.captions.{who}"),
                   words("economics.alt", who=label, told=told, elsewhere=number(elsewhere)))
