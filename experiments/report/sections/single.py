"""What one lot went through, whether the promised day holds, and what repurchase an order frequency makes."""

from __future__ import annotations

import math
from typing import Any

from agents.sourced import load_table
from experiments.evaluate import Comparison
from experiments.report.document import Block, Items, Pictures, Section, Table, Text
from experiments.report.figures import count, number
from experiments.report.pictures import lot as draw
from experiments.report.pictures.repeat import repeat
from experiments.report.repurchase import needed, repurchase
from experiments.report.words import Words
from experiments.statistics import estimate

DAYS_A_MONTH = 30.0
CLAIMED = (0.35, 0.89)


def one_lot(found: Comparison, words: Words) -> Section:
    """True and sensed temperature and quality of the lot that was traced in the first replication."""
    pictures, said = [], []
    for arm in found.config.scenarios:
        details = found.details(arm)
        lot = details[0].get("lot") if details else None
        if lot is not None:
            pictures += [draw.temperatures(f"lot-{arm}-temperature", lot, arm, words),
                         draw.life(f"lot-{arm}-life", lot, arm, words)]
            said.append(words("lot.said", arm=arm, sku=lot["sku"][words.language], hours=number(lot["hours"][-1]),
                              used=number(100 * lot["life_used"][-1])))
    blocks: list[Block] = [Text(words("lot.none"))]
    if pictures:
        blocks = [Text(words("lot.intro")), Items(said), Pictures(pictures),
                  Text(words("lot.note"), note=True)]
    return Section("lot", words("lot.title"), blocks)


def promise(found: Comparison, words: Words) -> Section:
    """Of the packs ordered ahead, how many were there on the day that was promised, by origin."""
    rows = []
    for arm in found.config.scenarios:
        packs: dict[tuple[str, float], dict[str, int]] = {}
        for detail in found.details(arm):
            for row in detail["promise"]:
                days = math.inf if row["days"] is None else row["days"]
                entry = packs.setdefault((row["origin"], days), {})
                kind = "late" if row["late"] and row["end"] == "handed_over" else row["end"]
                entry[kind] = entry.get(kind, 0) + row["packs"]
        for (origin, days), ends in sorted(packs.items()):
            every = sum(ends.values())
            promised = words("promise.group") if math.isinf(days) else words("promise.day", days=days)
            rows.append([arm, words.of("origins", origin), promised, count(every),
                         *(number(100.0 * packs / every) for packs in _by_end(ends))])
    if not rows:
        return Section("promise", words("promise.title"), [Text(words("promise.none"))])
    header = [words(f"promise.{name}") for name in
              ("arm", "origin", "promised", "packs", "kept", "late", "short", "unclaimed", "waiting")]
    return Section("promise", words("promise.title"), [
        Text(words("promise.intro")), Table(words("promise.table"), header, rows, left=3),
        Text(words("promise.note"), note=True)])


def _by_end(ends: dict[str, int]) -> list[int]:
    """Packs handed over that day, later, not there, not fetched, and all others: lost while they waited."""
    named = [ends.get(end, 0) for end in ("handed_over", "late", "short", "unclaimed")]
    return [*named, sum(ends.values()) - sum(named)]


def repurchase_law(found: Comparison, words: Words) -> Section:
    """Repurchase against mean frequency and spread, the claims as levels and the arms as points."""
    row = load_table("residents")["frequency_shape"]
    own = found.config.world.residents.frequency_shape
    shapes = [*dict.fromkeys([row.low or own, own, row.high or own]), math.inf]
    points = {arm: point for arm in found.config.scenarios if (point := _point(found, arm)) is not None}
    levels = {words("repurchase.level", share=f"{100 * level:.0f}"): level for level in CLAIMED}
    table = Table(words("repurchase.table"), [words("repurchase.spread"), *levels, words("repurchase.at_three")],
                  [[words("repurchase.all_alike") if math.isinf(shape) else words("repurchase.shape",
                                                                                 shape=f"{shape:g}"),
                    *(number(needed(level, shape)) for level in CLAIMED), number(100 * repurchase(3.0, shape))]
                   for shape in shapes])
    measured = [words("repurchase.measured", arm=arm, mean=number(mean), share=number(100 * share))
                for arm, (mean, share) in points.items()]
    return Section("repurchase", words("repurchase.title"), [
        Text(words("repurchase.intro", shape=f"{own:g}", needed=number(needed(CLAIMED[1], own)))),
        Pictures([repeat(shapes, levels, points, words)]),
        *([Items(measured)] if measured else []), table, Text(words("repurchase.note"), note=True)])


def _point(found: Comparison, arm: str) -> tuple[float, float] | None:
    """Orders a registered member and 30 days, and the repurchase of known customers; means over replications."""
    share = estimate(list(found.values(arm, "repurchase_rate").values())).mean
    members = found.config.city.shops * found.config.city.members
    orders = [_orders(detail, found.config.left_out_days) for detail in found.details(arm)]
    if share is None or not orders:
        return None
    return DAYS_A_MONTH * sum(orders) / len(orders) / members, share


def _orders(detail: dict[str, Any], skipped: int) -> float:
    counted = detail["daily"]["known_orders"][skipped:]
    return sum(counted) / len(counted)
