"""What the steps between the arms are worth, and who can live on it."""

from __future__ import annotations

from experiments.decompose import FIRST, LAST, PATH, Step
from experiments.economics import DAYS_A_MONTH, Livelihood, mean
from experiments.evaluate import Comparison, Row, long_enough
from experiments.metrics import METRICS
from experiments.report.document import Block, Items, Picture, Pictures, Section, Table, Text
from experiments.report.figures import count, metric, number, scaled, with_interval, yuan
from experiments.report.pictures.steps import livings, waterfall
from experiments.report.sections.verdicts import HEADLINE
from experiments.report.words import Words
from experiments.statistics import Estimate, paired

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
    slow = [] if long_enough(found.config) else [words("steps.slow")]
    blocks.append(Text(words("glue").join([words("steps.order"), *slow]), note=True))
    crossed = [words("steps.crossed", metric=words.metric(row.name),
                     unit=words.unit_of_difference(METRICS[row.name].unit),
                     value=with_interval(row.parts.interaction.estimate, row.name, words, signed=True))
               for row in rows if row.parts.interaction is not None and row.name in DRAWN]
    blocks += [Text(line, note=True) for line in crossed]
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
             words.join([words("economics.cost", name=words.of("costs", name), amount=yuan(amount))
                         for name, amount in one.costs.items()]),
             count(one.many), yuan(one.revenue), _left(one, words), yuan(one.elsewhere)]
            for who in people for arm, books in by_arm.items() for one in books if one.who == who]
    header = [words(f"economics.{name}")
              for name in ("who", "arm", "verdict", "costs", "many", "revenue", "left", "elsewhere")]
    blocks: list[Block] = [
        Text(words("economics.intro")), Items(said or [words("economics.all_live")]),
        Pictures([_living(who, by_arm, words) for who in people]),
        Table(words("economics.table"), header, rows, left=4), Text(words("economics.note"), note=True)]
    if (changes := _changes(found, words)).rows:
        blocks += [changes, Text(words("economics.changes_note"), note=True)]
    return Section("economics", words("economics.title"), blocks)


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
    title = label[:1].upper() + label[1:]
    told = words.join([words("steps.told", step=step, value=number(found.mean, signed=True)) for step, found in steps])
    return waterfall(f"steps-{name}", (FIRST, first), steps, (LAST, last), words("steps.axis", metric=label, unit=unit),
                     words("steps.caption", metric=title, unit=unit),
                     words("steps.alt", metric=label, first=metric(row.arms[FIRST].mean, name),
                           last=metric(row.arms[LAST].mean, name), unit=unit, steps=told))


def _books(found: Comparison, arm: str) -> list[list[dict[str, object]]]:
    return [found.cells[arm, r]["result"]["tables"].get("economics", []) for r in range(found.config.replications)
            if (arm, r) in found.cells]


def _verdict(arm: str, one: Livelihood, words: Words) -> str:
    who = words.of("people", one.who)
    if one.verdict == "undecided":
        return words("economics.unsure", who=who, arm=arm, left=_left(one, words), elsewhere=yuan(one.elsewhere))
    if one.cause in (None, "small"):
        return words("economics.too_small", who=who, arm=arm, lacks=yuan(one.elsewhere - one.left))
    return words("economics.too_dear", who=who, arm=arm, lacks=yuan(one.elsewhere - one.left),
                 cause=words.of("costs", str(one.cause)))


def _left(one: Livelihood, words: Words) -> str:
    """What is left, with its interval over replications where there is one."""
    found = one.spread
    if found is None or found.low is None:
        return yuan(one.left)
    assert found.high is not None
    return words("economics.amount", mean=yuan(one.left), low=yuan(found.low), high=yuan(found.high))


def _changes(found: Comparison, words: Words) -> Table:
    """What the days that count bring the network, its owners and the farms more or less than in the baseline, CNY."""
    config = found.config
    days = config.days - config.left_out_days
    parties: dict[str, dict[str, dict[int, float]]] = {
        "network": {arm: found.values(arm, "contribution_margin") for arm in config.scenarios},
        "owners": {arm: {r: value * config.city.shops * days for r, value in found.values(arm, "owner_income").items()}
                   for arm in config.scenarios},
        "farms": {arm: _farms(found, arm, days / DAYS_A_MONTH) for arm in config.scenarios}}
    rows = []
    for party, by_arm in parties.items():
        base, cells = by_arm[config.baseline], []
        for arm in found.others:
            both = sorted(by_arm[arm].keys() & base.keys())
            cells.append(_change(paired([by_arm[arm][r] for r in both], [base[r] for r in both]).estimate, words))
        if any(cells):
            rows.append([words(f"economics.parties.{party}"), *cells])
    return Table(words("economics.changes", baseline=config.baseline, days=days),
                 [words("economics.party"), *found.others], rows)


def _farms(found: Comparison, arm: str, months: float) -> dict[int, float]:
    """What is left to all farms together in so many months, by replication."""
    return {r: one["many"] * one["left"] * months for (of, r), cell in found.cells.items() if of == arm
            for one in cell["result"]["tables"].get("economics", []) if one["who"] == "farm"}


def _change(change: Estimate, words: Words) -> str:
    """A difference in whole yuan with its interval; empty where there is none."""
    if change.mean is None:
        return ""
    if change.low is None or change.high is None:
        return number(change.mean, signed=True, digits=0)
    return words("economics.amount", **{name: number(value, signed=True, digits=0) for name, value in (
        ("mean", change.mean), ("low", change.low), ("high", change.high))})


def _living(who: str, by_arm: dict[str, list[Livelihood]], words: Words) -> Picture:
    own = {arm: one for arm, books in by_arm.items() for one in books if one.who == who}
    elsewhere = next(iter(own.values())).elsewhere
    label = words.of("people", who)
    told = words.join([words("economics.told", arm=arm, left=yuan(one.left)) for arm, one in own.items()])
    return livings(f"living-{who}", own, elsewhere, words("economics.axis", who=label),
                   words("economics.mark", elsewhere=yuan(elsewhere)),
                   words(f"economics.captions.{who}"),
                   words("economics.alt", who=label, told=told, elsewhere=yuan(elsewhere)))
