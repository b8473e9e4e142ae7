"""Beliefs by category and tier learn with bounded evidence; a few single products are remembered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.params import VoiceParams
from agents.residents import beliefs

RULES = VoiceParams(belief_prior_packs=4.0, belief_most_evidence=3)


def column(quality: float = 0.5, many: int = 1, slots: int = 2) -> np.ndarray:
    return np.full((many, slots), beliefs.pack(quality))


def test_a_belief_survives_packing_to_a_fortieth_of_a_percent() -> None:
    quality = np.linspace(0, 1, 777)
    packed = beliefs.pack(quality, np.arange(777) % 16)
    np.testing.assert_allclose(beliefs.quality_of(packed), quality, atol=0.5 / 4095)
    np.testing.assert_array_equal(packed & 15, np.arange(777) % 16)


def test_gains_are_the_kalman_filters_until_evidence_is_bounded() -> None:
    """Gains 1/5, 1/6, 1/7, then 1/8 for ever: by hand from 0.5 towards 1."""
    belief, row = column(), np.array([0])
    expect = 0.5
    for gain in (1 / 5, 1 / 6, 1 / 7, 1 / 8, 1 / 8, 1 / 8):
        beliefs.learn(belief, row, np.array([1]), np.array([1.0]), RULES)
        expect += gain * (1 - expect)
        assert float(beliefs.quality_of(belief)[0, 1]) == pytest.approx(expect, abs=1e-3)
    assert float(beliefs.quality_of(belief)[0, 0]) == pytest.approx(0.5, abs=1e-3)


def test_hearsay_moves_less_and_is_no_evidence() -> None:
    own, heard = column(), column()
    beliefs.learn(own, np.array([0]), np.array([0]), np.array([1.0]), RULES)
    beliefs.learn(heard, np.array([0]), np.array([0]), np.array([1.0]), RULES, weight=0.25)
    moved = beliefs.quality_of(heard)[0, 0] - 0.5
    assert moved == pytest.approx(0.25 * (beliefs.quality_of(own)[0, 0] - 0.5), abs=1e-3)
    assert heard[0, 0] & 15 == 0 and own[0, 0] & 15 == 1


def test_the_product_tasted_longest_ago_is_forgotten_first() -> None:
    memory = np.zeros((2, beliefs.MEMORIES), np.uint16)
    for sku in (4, 7, 9):
        beliefs.remember(memory, np.array([1]), np.array([sku]), np.array([1.0]), 0.5)
    beliefs.remember(memory, np.array([1]), np.array([4]), np.array([0.0]), 0.5)
    assert ((memory[1] >> 6) - 1).tolist() == [4, 9, 7]
    assert memory[1, 0] & 63 == 32  # half of 63, rounded to even
    beliefs.remember(memory, np.array([1, 1]), np.array([2, 3]), np.array([0.2, 0.3]), 0.5)
    assert ((memory[1] >> 6) - 1).tolist() == [3, 2, 4]
    assert not memory[0].any()


def test_expectation_is_drawn_to_the_memory_of_the_product() -> None:
    belief, memory = column(0.6), np.zeros((1, beliefs.MEMORIES), np.uint16)
    beliefs.remember(memory, np.array([0]), np.array([5]), np.array([0.0]), 0.5)
    got = [beliefs.expected_of(belief, memory, np.array([sku]), np.array([0]), 0.5)[0] for sku in (5, 6)]
    np.testing.assert_allclose(got, [0.3, 0.6], atol=1e-3)


def test_beliefs_are_kept_by_category_and_tier_of_fresh_goods_only(twins: Any) -> None:
    goods = twins.world(twins.fresh()).catalogue
    slots = beliefs.slots(goods)
    np.testing.assert_array_equal(slots >= 0, goods.fresh)
    fresh = np.flatnonzero(goods.fresh)
    kinds = {(goods.category_id[k], int(goods.tier[k])): slots[k] for k in fresh}
    assert len(set(kinds.values())) == len(kinds) and max(kinds.values()) < beliefs.width(goods)
    assert all(slots[k] == kinds[goods.category_id[k], int(goods.tier[k])] for k in fresh)
