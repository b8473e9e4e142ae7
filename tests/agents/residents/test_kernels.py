"""The residents' kernels equal their plain references, number by number, on one thread and on two."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.residents import choosing, kernels
from agents.residents.records import Choices
from sim.streams import key, uniform

_SPEC = importlib.util.spec_from_file_location("residents_reference", Path(__file__).with_name("reference.py"))
reference: Any = importlib.util.module_from_spec(_SPEC)  # type: ignore[arg-type]
_SPEC.loader.exec_module(reference)  # type: ignore[union-attr]

SHARES = st.floats(0.0, 1.0)
SEEDS = st.integers(0, 2**32 - 1)
WEIGHTS = st.floats(-3.0, 3.0)


class Inputs:
    """Columns of any shape whose numbers follow from one drawn seed."""

    def __init__(self, seed: int) -> None:
        self._key, self._stream = key(seed, "tests.inputs"), 0

    def unit(self, *shape: int) -> np.ndarray:
        self._stream += 1
        return uniform(self._key, self._stream, np.arange(int(np.prod(shape)))).reshape(shape)

    def whole(self, low: int, high: int, *shape: int) -> np.ndarray:
        return (low + np.floor(self.unit(*shape) * (high - low + 1))).astype(np.int64)


def keys_of(seed: int, *names: str) -> dict[str, Any]:
    return {name: key(seed, name) for name in names}


def pair(one: Any) -> tuple[np.uint32, np.uint32]:
    return one.k0, one.k1


def on_threads(call: Callable[[], tuple[np.ndarray, ...]]) -> list[tuple[np.ndarray, ...]]:
    """The results of ``call`` on one thread and on two."""
    before, results = numba.get_num_threads(), []
    try:
        for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(threads)
            results.append(call())
    finally:
        numba.set_num_threads(before)
    return results


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 12), st.integers(0, 400), SHARES, WEIGHTS, st.floats(0.0, 1.0), st.floats(-6.0, 2.0))
def test_visits_equal_the_reference(
    seed: int, people: int, day: int, app_share: float, slope: float, cap: float, log_hazard: float
) -> None:
    inputs, keys = Inputs(seed), keys_of(seed, "open", "channel", "hour")
    columns = [inputs.whole(0, 2**26, people), inputs.whole(0, 1, people).astype(np.int32)]
    columns += [inputs.whole(0, 2, people).astype(np.int8)]
    columns += [(scale * inputs.unit(people)).astype(np.float32) for scale in (3, 1, 4, 9, 1)]
    cdfs = [np.cumsum(row) / row.sum() for row in inputs.unit(2, 24)]
    level = log_hazard + inputs.unit(2)
    rules = kernels.Hazard(0.5, slope, 0.1, cap, 0.8, 0.05, 0.1, app_share, 0.03, -0.1)

    def call() -> tuple[np.ndarray, ...]:
        hour, channel = np.empty(people), np.empty(people, np.int8)
        kernels.visits.compiled(
            *(pair(one) for one in keys.values()), day, *columns, level, rules, *cdfs, hour, channel
        )
        return hour, channel

    expected = reference.visits(keys, day, columns, level, rules, *cdfs)
    for result in on_threads(call):
        for mine, plain in zip(result, expected, strict=True):
            np.testing.assert_array_equal(mine, plain)


def larders(inputs: Inputs, people: int, categories: int, attributes: int) -> tuple[Any, Any]:
    """Households with and without children and pets, and what they need of everything on a hot day."""
    f32, i8 = np.float32, np.int8
    heads = inputs.whole(1, 6, people)
    children = np.minimum(inputs.whole(0, 2, people), heads - 1)
    crowd = choosing.People(
        ids=inputs.whole(0, 2**26, people),
        heads=heads.astype(i8),
        children=children.astype(i8),
        elders=np.minimum(inputs.whole(0, 2, people), heads - children).astype(i8),
        child_born=inputs.whole(-1200, 100, people).astype(np.int32),
        scenes=inputs.whole(0, 15, people).astype(np.uint8),
        taste=(2 * inputs.unit(people, attributes) - 1).astype(f32),
        price_coef=(-4 * inputs.unit(people)).astype(f32),
        belief=inputs.whole(0, 65535, people, 3).astype(np.uint16),
        memory=inputs.whole(0, 8 * 64, people, 2).astype(np.uint16),
        stock=(5 * inputs.unit(people, categories)).astype(f32),
    )
    by_month = np.round(2 * inputs.unit(choosing.MONTHS, categories) - 0.5).clip(0) * inputs.unit(
        choosing.MONTHS, categories
    )
    needs = choosing.Needs(
        buyers=inputs.whole(0, 2, categories).astype(i8),
        by_month=by_month,
        cycle=2.0 + 20 * inputs.unit(categories),
        factor=0.5 + inputs.unit(categories),
        coolness=inputs.unit(categories).round(1),
        heat=float(inputs.unit(1)[0]),
        cooling=int(inputs.whole(-1, attributes - 1, 1)[0]),
        spread=0.5,
        child_portion=0.6,
        elder_portion=0.85,
    )
    return crowd, needs


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 400), st.integers(1, 9))
def test_eating_equals_the_reference(seed: int, day: int, people: int) -> None:
    crowd, needs = larders(Inputs(seed), people, 4, 2)

    def call() -> tuple[np.ndarray, ...]:
        stock, urge = crowd.stock.copy(), np.empty(people, np.float32)
        choosing.eat.compiled(day, crowd, needs, stock, urge)
        return stock, urge

    expected = reference.eat(day, crowd, needs, crowd.stock)
    for result in on_threads(call):
        for mine, plain in zip(result, expected, strict=True):
            np.testing.assert_array_equal(mine, plain)


@st.composite
def shopping(draw: st.DrawFn) -> dict[str, Any]:
    """A morning in a few shops: residents, goods, visitors, shelves, rules."""
    seed, shops, people, skus = draw(SEEDS), draw(st.integers(1, 3)), draw(st.integers(1, 8)), draw(st.integers(1, 90))
    categories, attributes, places = 3, 2, draw(st.integers(1, 12))
    inputs = Inputs(seed)
    home = np.sort(inputs.whole(0, shops - 1, people))
    comes = np.flatnonzero(inputs.unit(people) < 0.8)
    slate = np.argsort(inputs.unit(len(comes), max(places, skus)), axis=1).astype(np.int32)[:, :places]
    slate[slate >= skus] = choosing.NO_SKU
    crowd, needs = larders(inputs, people, categories, attributes)
    category = inputs.whole(0, categories - 1, skus)
    order = np.argsort(category, kind="stable")
    start = np.searchsorted(category[order], np.arange(categories + 1))
    number = np.empty(skus, np.uint8)
    number[order] = 1 + np.arange(skus) - start[category[order]]
    return {
        "seed": seed,
        "day": draw(st.integers(0, 400)),
        "people": crowd,
        "needs": needs,
        "goods": choosing.Goods(
            category=category,
            number=number,
            attributes=2 * inputs.unit(skus, attributes) - 1,
            fresh=inputs.unit(skus) < 0.6,
            belief_slot=inputs.whole(0, 2, skus),
            cooler=inputs.unit(skus) - 0.5,
            tab_start=start,
            tab_sku=order,
            reference=3 * inputs.unit(categories),
            storable=inputs.unit(categories) < 0.5,
        ),
        "shops": choosing.ShopDay(
            listed=inputs.unit(shops, skus) < 0.85,
            price_log=inputs.unit(2, shops, skus) - 0.5,
            worth=4 * inputs.unit(2, shops, skus) - 1,
            deal=0.2 * inputs.unit(2, shops, skus),
            lean=inputs.unit(shops, categories) - 0.5,
        ),
        "rules": choosing.Rules(
            slate_length=12,
            examine_share=draw(SHARES),
            browse_share=draw(SHARES),
            shelf_look=draw(SHARES),
            taste_weight=draw(WEIGHTS),
            quality_weight=draw(WEIGHTS),
            memory_weight=draw(SHARES),
            familiarity=draw(WEIGHTS),
            category_scale=draw(SHARES),
            category_outside=draw(WEIGHTS),
            home_stock_weight=draw(st.floats(0.0, 2.0)),
            second_pack=draw(st.floats(0.0, 0.5)),
            forward_buying=draw(SHARES),
            click_base=draw(WEIGHTS),
            click_slope=draw(SHARES),
        ),
        "visitors": {
            "row": comes,
            "shop": home[comes],
            "channel": (inputs.unit(len(comes)) < draw(SHARES)).astype(np.int8),
            "slate": slate,
        },
        "last": inputs.whole(0, 3, people, categories).astype(np.uint8),
        "on_hand": inputs.whole(0, draw(st.integers(0, 4)), shops, skus),
    }


def chosen(case: dict[str, Any]) -> tuple[np.ndarray, ...]:
    """What the compiled kernel makes of a case: places, clicks, choices, shelves after, products remembered."""
    keys = keys_of(case["seed"], "look", "click", "choice", "outside", "pack")
    visitors, groups = case["visitors"], [case[name] for name in ("people", "needs", "goods", "shops", "rules")]
    start = np.searchsorted(visitors["shop"], np.arange(len(case["on_hand"]) + 1))
    on_hand, last = case["on_hand"].copy(), case["last"].copy()
    made = Choices.none(len(visitors["row"]), on_hand.shape[1], last.shape[1])
    choosing.choose.compiled(
        *(pair(one) for one in keys.values()), case["day"], start, visitors["row"], visitors["channel"],
        visitors["slate"], *groups, last, on_hand, *made,
    )  # fmt: skip
    return *made, on_hand, last


@settings(max_examples=25, deadline=None)
@given(shopping())
def test_choices_equal_the_reference(case: dict[str, Any]) -> None:
    keys = keys_of(case["seed"], "look", "click", "choice", "outside", "pack")
    groups = [case[name] for name in ("visitors", "people", "needs", "goods", "shops", "rules", "last", "on_hand")]
    expected = reference.choose(keys, case["day"], *groups)
    for result in on_threads(lambda: chosen(case)):
        for mine, plain in zip(result, expected, strict=True):
            np.testing.assert_array_equal(mine, plain)


@settings(max_examples=25, deadline=None)
@given(shopping())
def test_shelves_give_no_more_than_they_hold_and_wishes_are_kept_apart(case: dict[str, Any]) -> None:
    place, click, sku, packs, missed, missed_packs, left, _ = chosen(case)
    visitors, on_hand = case["visitors"], case["on_hand"]
    walks = visitors["channel"] == choosing.WALK_IN
    taken = np.zeros_like(on_hand)
    visitor, c = np.nonzero((sku >= 0) & walks[:, None])
    np.add.at(taken, (visitors["shop"][visitor], sku[visitor, c]), packs[visitor, c])
    assert (left >= 0).all()
    np.testing.assert_array_equal(on_hand - left, taken)
    assert not (missed[~walks] >= 0).any() and not missed_packs[~walks].any() and not click[walks].any()
    assert (packs[(sku >= 0)] >= 1).all() and packs.max(initial=0) <= 2
    # whoever misses packs of the SKU that he bought wanted two of it
    same = (missed >= 0) & (missed == sku)
    np.testing.assert_array_equal((packs + missed_packs)[same], 2)
    buyer, c = np.nonzero(sku >= 0)
    assert case["shops"].listed[visitors["shop"][buyer], sku[buyer, c]].all()
    assert (place[buyer, sku[buyer, c]] >= 0).all() and (place[click] >= 0).all()
    assert (click[buyer, sku[buyer, c]] == ~walks[buyer]).all()


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 400), st.integers(1, 8), st.integers(1, 4), SHARES, SHARES, WEIGHTS, WEIGHTS, WEIGHTS)
def test_joins_equal_the_reference(
    seed: int, day: int, people: int, candidates: int, opens: float, tires: float, taste: float, good: float, no: float
) -> None:
    inputs, keys = Inputs(seed), keys_of(seed, "see", "choice", "outside")
    pairs = inputs.whole(0, 12, 1)[0]
    rows, candidate = inputs.whole(0, people - 1, pairs), inputs.whole(0, candidates - 1, pairs)
    number = inputs.whole(0, 2**31, candidates)
    who = {
        "id": inputs.whole(0, 2**26, people),
        "fatigue": (4 * inputs.unit(people)).astype(np.float32),
        "taste": inputs.unit(people, 2).astype(np.float32),
        "price_coef": (-4 * inputs.unit(people)).astype(np.float32),
        "belief": inputs.whole(0, 65535, people, 2).astype(np.uint16),
        "slot": np.array([0, 1, 1, 0]),
        "memory": inputs.whole(0, 5 * 64, people, 2).astype(np.uint16),
    }
    of = {
        "sku": inputs.whole(0, 3, candidates),
        "attributes": inputs.unit(candidates, 2),
        "price_log": inputs.unit(candidates),
        "appeal": 4 * inputs.unit(candidates) - 2,
        "fresh": inputs.unit(candidates) < 0.5,
        "herding": inputs.unit(candidates),
    }
    rules = (opens, tires, taste, good, 0.5, no)
    noticed = inputs.unit(pairs) < 0.3

    def call() -> tuple[np.ndarray, ...]:
        joins = np.full(pairs, 9, np.int8)
        kernels.join.compiled(
            *(pair(one) for one in keys.values()), day, rows, candidate, noticed, number, *who.values(),
            *of.values(), *rules, joins,
        )  # fmt: skip
        return (joins,)

    expected = reference.join(
        keys, day, rows, candidate, noticed, number, who, {**of, "slot": who["slot"]}, *rules
    )
    for (joins,) in on_threads(call):
        np.testing.assert_array_equal(joins, expected)


@pytest.mark.parametrize("kernel", [kernels.visits, kernels.join, choosing.choose, choosing.eat])
def test_kernels_are_compiled_in_parallel(kernel: Any) -> None:
    assert kernel.compiled.targetoptions["parallel"]
