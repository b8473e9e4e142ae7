"""Elasticities and calendar effects as an econometrician would find them: from the log of randomised prices.

Every experiment is lived twice with one seed, with reference prices and with random ones, and sales are compared cell
by cell: ln(sales) on ln(price), weighted by sales.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agents.params import ResidentParams
from sim.decisions import Decided
from sim.streams import key, uniform
from sim.twin import Twin

SHOPS, DAYS, CAP = 10, 8, 0.2
CITY = {
    "city__shops": SHOPS, "city__members": 250, "days": DAYS, "world__residents__visit_rate": 0.3,
    "world__groupbuys__candidates_per_shop_week": 0.0, "world__residents__frequency_shape": 20.0,
}  # fmt: skip
Factor = Callable[[int, np.ndarray, np.ndarray], np.ndarray]
"""Price over reference price of (day, shop, SKU)."""


def priced(twins: Any, factor: Factor | None, **values: Any) -> Twin:
    """A twin that has lived under ``factor``, where all order ahead, so that no empty shelf cuts demand."""
    twin = twins.fresh("preorder", **{**CITY, **values})
    plain = twin.ports.decide

    def decide(point: str, observation: pa.Table) -> Decided:
        if point != "price" or factor is None:
            return plain(point, observation)
        day, shop, sku, fen = (observation[name].to_numpy() for name in ("day", "shop", "sku", "reference_fen"))
        price = np.rint(fen * factor(int(day[0]), shop, sku)).astype(np.int64)
        schema = plain(point, observation).table.schema
        return Decided(pa.table({"shop": shop, "sku": sku, "price_fen": price}, schema=schema), "test", ())

    twin.ports.decide = decide
    twin.run(DAYS)
    return twin


def sales(twins: Any, twin: Twin) -> np.ndarray:
    """Packs ordered, (day, shop, SKU)."""
    rows = twins.rows(twin, "order_line")
    table = np.zeros((DAYS, SHOPS, twins.world(twin).catalogue.n))
    np.add.at(table, (rows["day"], rows["shop"], rows["sku"]), rows["packs"])
    return table


def random_levels(name: str, *shape: int) -> np.ndarray:
    """Prices over the reference within the band, one of five levels a cell."""
    draw = uniform(key(11, name), 0, np.arange(int(np.prod(shape)))).reshape(shape)
    return 1.0 - CAP + CAP / 2.0 * np.floor(5.0 * draw)


def elasticity(treated: np.ndarray, control: np.ndarray, factor: np.ndarray, group: np.ndarray) -> float:
    """Slope of ln(sales over control sales) on ln(price) with an effect of each group, cells pooled by level."""
    codes = group * 1000 + np.rint(factor * 100)
    cells, index = np.unique(codes, return_inverse=True)
    index = index.ravel()
    with_, without = (np.bincount(index, part.ravel(), len(cells)) for part in (treated, control))
    keep = np.minimum(with_, without) >= 8
    x, y = np.log(cells % 1000 / 100)[keep], np.log(with_[keep] / without[keep])
    weight, groups = without[keep], np.unique(cells[keep] // 1000, return_inverse=True)[1]
    total = np.bincount(groups, weight)
    x = x - (np.bincount(groups, weight * x) / total)[groups]
    y = y - (np.bincount(groups, weight * y) / total)[groups]
    return float((weight * x * y).sum() / (weight * x * x).sum())


@pytest.fixture(scope="module")
def control(twins: Any) -> np.ndarray:
    """Sales at reference prices."""
    return sales(twins, priced(twins, None))


def over(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    return np.broadcast_to(values, table.shape)


def test_the_regular_price_of_a_product(twins: Any, control: np.ndarray) -> None:
    """Model specification: -1.2 to -4, prior -2.5; prices that have always been so, at random by shop and SKU."""
    level = random_levels("sku", *control.shape[1:])
    treated = sales(twins, priced(twins, lambda day, shop, sku: level[shop, sku]))
    found = elasticity(treated, control, over(level, control), over(np.arange(control.shape[2]), control))
    assert -4.0 < found < -1.2, found
    assert found == pytest.approx(-2.5, abs=0.6)


def test_the_regular_price_of_a_category(twins: Any, control: np.ndarray) -> None:
    """Model specification: -0.5 to -0.9 while members have not yet found other shops."""
    category = twins.world(twins.fresh("preorder", **CITY)).catalogue.category_id
    level = random_levels("category", SHOPS, category.max() + 1)[:, category]
    treated = sales(twins, priced(twins, lambda day, shop, sku: level[shop, sku]))
    found = elasticity(treated, control, over(level, control), over(category, control))
    assert -0.9 < found < -0.5, found


def test_a_promotion(twins: Any, control: np.ndarray) -> None:
    """Model specification: -1 to -2.2; a fifth off for two days, one product in seven at a time."""
    drawn = random_levels("promotion", DAYS // 2, *control.shape[1:]) < 1.0 - 0.9 * CAP
    level = np.where(np.repeat(drawn, 2, axis=0), 1.0 - CAP, 1.0)
    level[:2] = 1.0
    treated = sales(twins, priced(twins, lambda day, shop, sku: level[day, shop, sku]))
    found = elasticity(treated, control, level, over(np.arange(control.shape[2]), control))
    assert -2.2 < found < -1.0, found


FORMED = {"world__residents__price_image_days": 0.3, "world__residents__price_memory_days": 0.3}
"""Prices are known and the shop's image is formed after days instead of months: the long run."""


def test_at_the_cap_long_run_demand_is_elastic(twins: Any, control: np.ndarray) -> None:
    """All prices a fifth up: members come less and buy categories elsewhere; no product then falls by less than 1.2."""
    treated = sales(twins, priced(twins, lambda day, shop, sku: np.full(len(shop), 1.0 + CAP), **FORMED))
    with_, without = treated[3:].sum(axis=(0, 1)), control[3:].sum(axis=(0, 1))
    assert np.log(with_.sum() / without.sum()) / np.log(1.0 + CAP) < -1.2
    sold = without >= 150
    each = np.log(with_[sold] / without[sold]) / np.log(1.0 + CAP)
    error = np.sqrt(2.0 * (1.0 - with_[sold] / without[sold]).clip(0.1) / without[sold]) / np.log(1.0 + CAP)
    assert sold.sum() >= 8 and (each - 2.0 * error < -1.2).all(), each


def test_members_learn_a_price_and_notice_a_part_at_once() -> None:
    """What a temporary cut is worth is less than what a lasting one is, by the share that is noticed."""
    rules = ResidentParams.model_validate({})
    assert 0.0 < rules.price_notice < 1.0
    assert rules.price_notice * -rules.price_sensitivity + rules.deal_weight < -rules.price_sensitivity


CALENDAR = {
    "city__shops": SHOPS, "city__members": 200, "days": 24, "start": "2026-04-20",
    "world__residents__visit_rate": 0.1, "world__groupbuys__candidates_per_shop_week": 0.0,
}  # fmt: skip
DRY = {"world__residents__rain_threshold_mm": 1e6}
"""The same weather, which nobody minds."""


@pytest.fixture(scope="module")
def spring(twins: Any) -> dict[tuple[str, bool], Twin]:
    """Three weeks and a half around the May holidays, over the counter and ahead, with rain minded and not."""
    return {
        (arm, wet): twins.lived(arm, **CALENDAR, **({} if wet else DRY))
        for arm in ("preorder", "traditional")
        for wet in (True, False)
    }


def documents(twins: Any, twin: Twin) -> np.ndarray:
    """Orders and till receipts by day."""
    found = np.zeros(int(CALENDAR["days"]))
    for table, document in (("order_line", "order"), ("pos_sale", "basket")):
        rows = twins.rows(twin, table)
        first = np.unique(rows[document], return_index=True)[1]
        found += np.bincount(rows["day"][first], minlength=len(found))
    return found


def wet_days(twins: Any, twin: Twin) -> np.ndarray:
    world = twins.world(twin)
    minded = world.params.residents.rain_threshold_mm
    return np.array([world.weather.day(day).rain_mm >= minded for day in range(int(CALENDAR["days"]))])


@pytest.mark.parametrize("arm", ["preorder", "traditional"])
def test_days_off_bring_a_tenth_to_a_third_more_orders(spring: Any, twins: Any, arm: str) -> None:
    twin = spring[arm, False]
    off, orders = twins.world(twin).calendar.is_off[: int(CALENDAR["days"])], documents(twins, twin)
    assert 1.10 < orders[off].mean() / orders[~off].mean() < 1.35


def test_rain_moves_orders_visits_and_pick_up_as_specified(spring: Any, twins: Any) -> None:
    """By app 0 to +6 %, coming by and picking up 0 to -20 %, no-shows up; against the same draws without rain."""
    wet = wet_days(twins, spring["preorder", True])
    assert wet.sum() >= 4
    ratio = {
        arm: documents(twins, spring[arm, True])[wet].sum() / documents(twins, spring[arm, False])[wet].sum()
        for arm in ("preorder", "traditional")
    }
    assert 0.99 < ratio["preorder"] < 1.07 and 0.79 < ratio["traditional"] < 1.0, ratio
    came = []
    for minded in (True, False):
        lines, ends = (twins.rows(spring["preorder", minded], name) for name in ("order_line", "line_end"))
        due = dict(zip(lines["line"].tolist(), lines["due_day"].tolist(), strict=True))
        home = ends["end"] == "handed_over"
        at_once = [day == due[line] for line, day in zip(ends["line"][home], ends["day"][home], strict=True)]
        days = ends["day"][home][np.array(at_once)]
        asked = np.bincount(lines["due_day"], minlength=len(wet) + 1)[: len(wet)]
        came.append(np.bincount(days, minlength=len(wet))[wet].sum() / asked[wet].sum())
    assert 0.80 < came[0] / came[1] < 1.0


def test_orders_by_app_peak_between_19_and_22_h(spring: Any, twins: Any) -> None:
    hour = np.floor(twins.rows(spring["preorder", False], "order_line")["hour"]).astype(int) % 24
    share = np.bincount(hour, minlength=24) / len(hour)
    assert set(np.argsort(share)[-3:]) == {19, 20, 21}
