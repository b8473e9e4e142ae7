"""Words, uniforms and integers have an address, match the published vectors and never depend on what else is drawn."""

import struct
import subprocess
import sys
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import streams
from sim.errors import LinliError
from sim.streams import Key, Streams, integers, key, uniform, words

# Random123 (Salmon et al. 2011), file kat_vectors, lines "philox4x32 10": counter, key, words
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
ids = st.integers(0, 2**32 - 1)


def hexes(text):
    return [int(part, 16) for part in text.split()]


@pytest.mark.parametrize(("counter", "key_words", "expected"), VECTORS)
def test_published_known_answers(counter, key_words, expected):
    k = Key(*(np.uint32(word) for word in hexes(key_words)))
    assert words(k, *hexes(counter)).tolist() == hexes(expected)


def test_a_key_is_the_head_of_blake2b_over_seed_and_name():
    assert key(1, "weather") == (0x88947185, 0x16DC5B71)  # one change here moves every draw of every run
    assert key(1, "weather") == struct.unpack("<II", blake2b(b"1\0weather").digest()[:8])
    assert len({key(seed, name) for seed in range(20) for name in ("a", "b", "1", "11")}) == 80
    assert key(1, "1x") != key(11, "x")


@settings(max_examples=50, deadline=None)
@given(day=ids, entities=st.lists(ids, min_size=1, max_size=20), item=ids, draw=ids, data=st.data())
def test_a_draw_does_not_depend_on_the_others(day, entities, item, draw, data):
    k = key(3, "a")
    together = words(k, day, np.array(entities), item, draw)
    order = data.draw(st.permutations(range(len(entities))))
    assert np.array_equal(words(k, day, np.array(entities)[order], item, draw), together[order])
    assert np.array_equal(words(k, day, entities[0], item, draw), together[0])


def test_large_arrays_equal_single_draws():
    k = key(5, "a")
    everything = words(k, 2, np.arange(20_000), 1, 0)
    some = [0, 1, 8191, 8192, 8193, 16_384, 19_999]
    assert np.array_equal(everything[some], np.stack([words(k, 2, i, 1, 0) for i in some]))


def test_every_part_of_the_address_counts_and_broadcasts():
    k = key(1, "a")
    base = uniform(k, 1, 2, 3, 4)
    assert (
        len({float(base), *(float(uniform(k, *a)) for a in [(9, 2, 3, 4), (1, 9, 3, 4), (1, 2, 9, 4), (1, 2, 3, 9)])})
        == 5
    )
    grid = uniform(k, np.arange(3)[:, None], np.arange(4))
    assert grid.shape == (3, 4) and grid[2, 3] == uniform(k, 2, 3)
    assert uniform(k, 0, np.array([], np.int64)).shape == (0,)
    assert words(k, 0, 0).shape == (4,) and words(k, 0, [5, 6]).dtype == np.uint32


def test_uniforms_lie_strictly_between_0_and_1(monkeypatch):
    for word, expected in ((0, 2.0**-53), (0xFFFFFFFF, 1 - 2.0**-53)):
        monkeypatch.setattr(streams, "words", lambda *a, word=word: np.full((1, 4), word, np.uint32))
        u = uniform(key(1, "a"), 0, 0)
        assert u == expected and 1.0 - (1.0 - u) == u


def test_uniforms_and_integers_have_their_distributions():
    k, entities = key(7, "a"), np.arange(100_000)
    assert stats.kstest(uniform(k, 0, entities), "uniform").pvalue > 1e-3
    dice = integers(k, 6, 1, entities)
    assert dice.dtype == np.int64 and stats.chisquare(np.bincount(dice, minlength=6)).pvalue > 1e-3
    assert np.array_equal(integers(k, [1, 6], 1, 3), [0, dice[3]])
    assert abs(np.corrcoef(uniform(k, 0, entities), uniform(k, 1, entities))[0, 1]) < 0.02


@pytest.mark.parametrize("bad", [-1, 2**32, 0.5, np.array([0, -3]), "x"])
def test_an_address_outside_32_bits_is_refused(bad):
    with pytest.raises(ValueError, match="entity must"):
        uniform(key(1, "a"), 0, bad)


def test_integers_need_a_range():
    with pytest.raises(ValueError, match="at least 1"):
        integers(key(1, "a"), 0, 0, 0)


def test_streams_remember_keys_and_refuse_a_second_owner(monkeypatch):
    mine = Streams(4)
    assert mine.declare("weather") == key(4, "weather") == mine.key("weather")
    with pytest.raises(LinliError, match="'weather' is declared twice"):
        mine.declare("weather")
    monkeypatch.setattr(streams, "key", lambda seed, name: Key(np.uint32(1), np.uint32(2)))
    mine.key("a")
    with pytest.raises(LinliError, match="'a' and 'b' share a key under seed 4"):
        mine.key("b")


def test_streams_do_not_import_numba():
    code = "import sys, sim.streams; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
