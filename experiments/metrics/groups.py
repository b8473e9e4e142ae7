"""Group-buys of premium new products, fresh and ambient: how many succeed, and what that rate is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from experiments.metrics.measure import Measure, ratio
from experiments.metrics.window import Window

NOT_DECIDED, NOT_OPENED = "no candidates were decided", "no group-buys were opened and decided"
FEN_A_YUAN = 100.0


class Settled(NamedTuple):
    """Candidates that came up before the first that is still open at the window's end.

    Leaving out only those still open would count the unopened of the last days and not the opened ones. `packs`,
    `joiners` and `sku` are of those opened; `succeeded` marks which of these met their minimum.
    """

    candidates: int
    opened: int
    succeeded: npt.NDArray[np.bool_]
    packs: npt.NDArray[np.int64]
    joiners: npt.NDArray[np.int64]
    sku: npt.NDArray[np.int64]


def group_success_candidates(window: Window) -> float:
    """Group-buys that met their minimum over candidates; one that was not opened did not succeed."""
    found = settled(window)
    return ratio(int(found.succeeded.sum()), found.candidates, NOT_DECIDED)


def group_success_opened(window: Window) -> float:
    """Group-buys that met their minimum over those opened."""
    found = settled(window)
    return ratio(int(found.succeeded.sum()), found.opened, NOT_OPENED)


def group_candidates(window: Window) -> float:
    """Candidates a week that came up and are settled."""
    return 7.0 * settled(window).candidates / ratio(window.days, 1, NOT_DECIDED)


def group_opened(window: Window) -> float:
    """Candidates a week that were opened and are settled."""
    return 7.0 * settled(window).opened / ratio(window.days, 1, NOT_DECIDED)


def group_joiners(window: Window) -> float:
    """Members who joined an opened group-buy, on average."""
    found = settled(window)
    return ratio(int(found.joiners.sum()), found.opened, NOT_OPENED)


def group_portions(window: Window) -> float:
    """Packs sold by group-buys that met their minimum, over all candidates."""
    found = settled(window)
    return ratio(int(found.packs[found.succeeded].sum()), found.candidates, NOT_DECIDED)


def group_margin(window: Window) -> float:
    """List price less farm-gate cost of the packs sold by group-buys, over all candidates.

    Before commission, messages, carriage and waste.
    """
    found, goods = settled(window), window.catalogue
    each = (goods.price_fen - goods.farm_gate_fen)[found.sku]
    return ratio(float((found.packs * each)[found.succeeded].sum()) / FEN_A_YUAN, found.candidates, NOT_DECIDED)


def settled(window: Window) -> Settled:
    """What became of the candidates of the window."""
    rows = window.table("group_buy")
    of = {status: rows["status"] == status for status in ("opened", "not_opened", "succeeded", "failed")}
    decided = np.flatnonzero(of["succeeded"] | of["failed"])
    ends = decided[np.argsort(rows["candidate"][decided], kind="stable")]
    opened = np.flatnonzero(of["opened"])
    is_decided = np.isin(rows["candidate"][opened], rows["candidate"][ends])
    until = int(rows["day"][opened][~is_decided].min(initial=window.last_day + 1))
    mine = opened[rows["day"][opened] < until]
    end = ends[np.searchsorted(rows["candidate"][ends], rows["candidate"][mine])]
    passed = int((rows["day"][of["not_opened"]] < until).sum())
    return Settled(len(mine) + passed, len(mine), of["succeeded"][end], rows["packs"][end], rows["joiners"][end],
                   rows["sku"][end].astype(np.int64))


MEASURES = (
    Measure("group_success_candidates", "share", "higher", "group-buys succeeding, of candidates",
            "成团率（候选）", group_success_candidates),
    Measure("group_success_opened", "share", "higher", "group-buys succeeding, of opened",
            "成团率（开团）", group_success_opened),
    Measure("group_candidates", "1/week", "neither", "group-buy candidates", "拼团候选数", group_candidates),
    Measure("group_opened", "1/week", "neither", "group-buys opened", "开团数", group_opened),
    Measure("group_joiners", "1/group", "higher", "joiners of a group-buy", "平均参团人数", group_joiners),
    Measure("group_portions", "packs/candidate", "higher", "portions sold a candidate", "每候选成团份数",
            group_portions),
    Measure("group_margin", "CNY/candidate", "higher", "gross margin a candidate", "每候选毛利", group_margin),
)
