"""One compiled function each: equal bits in kernels, arrays and either number of threads; right distributions."""

import numba
import numpy as np
import pytest
from scipy import special, stats

from sim import streams, variates
from sim.streams import key
from sim.variate_arrays import _fill_uniform, _map_normal, _philox

K = key(11, "test")
IDS = np.arange(20_000)
EDGES = [2.0**-53, 1e-300, 1e-12, 0.0749999, 0.075, 0.5, 0.925, 0.9250001, 1 - 2.0**-53]


def ulps(found, expected):
    with np.errstate(invalid="ignore"):
        return np.max(np.abs(found - expected) / np.spacing(np.abs(expected)))


# ---- words, uniforms, integers


def test_words_are_those_of_the_published_vectors():
    counter = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    found = variates.philox(np.uint32(0xA4093822), np.uint32(0x299F31D0), *counter)
    assert found == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)
    top = 2**32 - 1
    assert variates.philox(np.uint32(top), np.uint32(top), top, top, top, top)[0] == 0x408F276D


def test_numba_equals_numpy_to_the_bit():
    wild = streams.words(K, 0, IDS)  # words serve as addresses all over their range
    parts = [wild[:, i] for i in range(4)]
    assert np.array_equal(variates.uniform_array(K, *parts), streams.uniform(K, *parts))
    for i in range(20):
        at = [int(part[i]) for part in parts]
        assert variates.philox(K.k0, K.k1, *at) == tuple(streams.words(K, *at))
        assert variates.uniform(K.k0, K.k1, *at) == streams.uniform(K, *at)
        assert variates.integer(K.k0, K.k1, 1000 + i, *at) == streams.integers(K, 1000 + i, *at)


def test_the_extreme_words_stay_inside_0_and_1():
    assert variates.unit(0, 0) == 2.0**-53 and variates.unit(0xFFFFFFFF, 0xFFFFFFFF) == 1 - 2.0**-53


# ---- exp, log, phi and quantiles as functions


def test_exp_and_log_are_within_one_unit_in_the_last_place():
    u = streams.uniform(K, 1, np.arange(200_000))
    x = (u - 0.5) * 1416
    assert ulps(variates.exp_array(x), np.exp(x)) <= 1
    for y in (u, 1 + (u - 0.5) / 64, np.exp(x), u * 1e-310):
        assert ulps(variates.log_array(y), np.log(y)) <= 1


def test_exp_and_log_at_their_borders():
    x = np.array([0.0, -0.0, 1.0, 709.7, 709.8, 1e9, np.inf, -745.1, -745.2, -np.inf, np.nan, -740.0])
    assert np.array_equal(variates.exp_array(x)[[0, 1, 4, 5, 6, 8, 9]], [1, 1, np.inf, np.inf, np.inf, 0, 0])
    assert np.isnan(variates.exp_array(x)[10]) and variates.exp_array(x)[11] == np.exp(-740.0) > 0
    assert variates.exp_array(x)[7] == 5e-324
    y = np.array([0.0, -0.0, 1.0, np.inf, -1.0, np.nan, -np.inf])
    expected = [-np.inf, -np.inf, 0, np.inf, np.nan, np.nan, np.nan]
    assert np.array_equal(variates.log_array(y), expected, equal_nan=True)


@pytest.mark.parametrize(("name", "x"), [("exp", (IDS - 1e4) / 20), ("log", IDS / 7), ("phi", (IDS - 1e4) / 999)])
def test_a_vectorised_loop_gives_the_bits_of_the_scalar_function(name, x):
    array, scalar = getattr(variates, f"{name}_array")(x), getattr(variates, name)
    assert [float(v).hex() for v in array[::97]] == [scalar(float(v)).hex() for v in x[::97]]


def test_words_are_made_by_the_compiled_generator_as_by_the_plain_one():
    counters = np.random.default_rng(3).integers(0, 2**32, (4, 1000), np.uint32)
    counters[:, :2] = [[0, 2**32 - 1]] * 4
    for k in (K, (np.uint32(0), np.uint32(0)), (np.uint32(2**32 - 1), np.uint32(2**32 - 1))):
        plain = streams.philox(int(k[0]), int(k[1]), *counters)
        assert np.array_equal(_philox(int(k[0]), int(k[1]), *counters), plain)
    assert np.array_equal(streams.words(K, 5, counters[1], 3, 1), streams.philox(
        int(K.k0), int(K.k1), *(np.full(1000, 5, np.uint32), counters[1], np.full(1000, 3, np.uint32),
                                np.full(1000, 1, np.uint32))))  # fmt: skip


def test_quantiles_and_phi_agree_with_scipy():
    u = np.concatenate([EDGES, streams.uniform(K, 2, IDS)])
    z = u.copy()
    _map_normal(z)
    assert np.allclose(z, special.ndtri(u), rtol=4e-15, atol=1e-16)
    assert np.array_equal(z[: len(EDGES)], [variates.normal_quantile(v) for v in EDGES])
    assert np.allclose(variates.phi_array(z), special.ndtr(z), rtol=1e-12, atol=0)
    assert variates.gumbel_quantile(0.3) == pytest.approx(stats.gumbel_r.ppf(0.3), rel=1e-15)
    x = np.array([1e-300, 1e-9, -1e-9, 0.5, -0.9])
    assert np.allclose([variates.log1p(v) for v in x], np.log1p(x), rtol=1e-15, atol=0)
    x = np.array([0.0, -1e-300, -1e-9, 1e-3, -0.3466, -0.3467, 0.3467, 2.0, -50.0, -1e3])
    assert np.allclose([variates.expm1(v) for v in x], np.expm1(x), rtol=1e-15, atol=0)


# ---- variates


def test_normal_gumbel_and_lognormal_are_quantiles_of_the_uniform_at_their_address():
    u = streams.uniform(K, 3, IDS, 4, 5)
    z = variates.normal_array(K, 3, IDS, 4, 5)
    assert np.allclose(special.ndtr(z), u, rtol=1e-13) and z[7] == variates.normal(K.k0, K.k1, 3, 7, 4, 5)
    g = variates.gumbel_array(K, 3, IDS, 4, 5)
    assert np.allclose(np.exp(-np.exp(-g)), u, rtol=1e-13) and g[7] == variates.gumbel(K.k0, K.k1, 3, 7, 4, 5)
    mean_log, sd_log = np.linspace(0, 1, IDS.size), 0.5
    expected = np.exp(mean_log + sd_log * z)
    assert np.allclose(variates.lognormal_array(K, mean_log, sd_log, 3, IDS, 4, 5), expected, rtol=1e-15)


@pytest.mark.parametrize("shape", [0.05, 0.3, 1.0, 1.7, 12.0, 4000.0])
def test_gamma_has_its_distribution(shape):
    x = variates.gamma_array(K, shape, 1, IDS)
    assert stats.kstest(x, stats.gamma(shape).cdf).pvalue > 1e-3
    assert x[9] == variates.gamma(K.k0, K.k1, shape, 1, 9, 0, 0)


@pytest.mark.parametrize("mean", [1e-9, 0.2, 3.0, 17.5, 89.0, 91.0, 119.0, 125.0, 700.0, 10_000.0, 1e6])
def test_poisson_inverts_the_distribution_function(mean):
    count = 20_000 if mean < 1e5 else 500
    u, x = streams.uniform(K, 1, IDS[:count]), variates.poisson_array(K, mean, 1, IDS[:count])
    assert x.dtype == np.int64 and np.array_equal(x, stats.poisson.ppf(u, mean))
    tails = [1e-15, 1.1e-9, 1 - 1e-6, 1 - 1e-9]
    assert [variates.poisson_quantile(v, mean) for v in tails] == stats.poisson.ppf(tails, mean).tolist()
    assert variates.poisson_quantile(1 - 2.0**-53, mean) <= mean + 10 * mean**0.5 + 40


@pytest.mark.parametrize("p", [1e-7, 0.02, 0.3, 0.5, 0.7, 0.999])
@pytest.mark.parametrize("n", [1, 2, 15, 40, 350, 5000, 1_000_000])
def test_binomial_inverts_the_distribution_function(n, p):
    u, x = streams.uniform(K, 2, IDS[:400]), variates.binomial_array(K, n, p, 2, IDS[:400])
    assert np.array_equal(x, stats.binom.ppf(u, n, p))
    tails = [1e-12, 1.1e-6, 1 - 1.1e-6, 1 - 1e-8]
    assert [variates.binomial_quantile(v, n, p) for v in tails] == stats.binom.ppf(tails, n, p).tolist()


def test_discrete_variates_never_fall_as_the_uniform_grows():
    u = np.sort(np.concatenate([EDGES, streams.uniform(K, 3, IDS[:2000])]))
    for mean in (0.7, 95.0, 900.0):
        assert np.all(np.diff([variates.poisson_quantile(v, mean) for v in u]) >= 0)
    for n, p in ((5, 0.5), (1000, 0.2), (1000, 0.8)):
        assert np.all(np.diff([variates.binomial_quantile(v, n, p) for v in u]) >= 0)


def test_discrete_variates_without_chance():
    assert variates.poisson_array(K, [0.0, 1e-300], 0, 1).tolist() == [0, 0]
    assert variates.binomial_array(K, [0, 9, 9], [0.5, 0.0, 1.0], 0, 1).tolist() == [0, 0, 9]
    assert variates.poisson_quantile(0.5, float("nan")) == 0


# ---- fronts


def test_arguments_broadcast_and_each_cell_is_its_own_address():
    mean = np.array([1.0, 50.0, 300.0])
    grid = variates.poisson_array(K, mean, 4, np.arange(5)[:, None], 2)
    assert grid.shape == (5, 3) and grid[3, 1] == variates.poisson_array(K, 50.0, 4, 3, 2)
    gammas = variates.gamma_array(K, mean, np.arange(5)[:, None], 6)
    assert gammas.shape == (5, 3) and gammas[3, 2] == variates.gamma_array(K, 300.0, 3, 6)
    assert variates.normal_array(K, 0, np.zeros((0, 2), int)).shape == (0, 2)
    assert variates.normal_array(K, 0, 1).shape == () and variates.exp_array([[1.0]]).shape == (1, 1)
    flipped = variates.log_array(np.arange(1.0, 7).reshape(2, 3).T)
    assert np.array_equal(flipped, variates.log_array(np.arange(1.0, 7)).reshape(2, 3).T)


def test_arguments_are_left_alone_and_read_only_ones_compile_nothing_new():
    x = np.array([1.0, 2.0])
    ids = np.array([4, 5], np.uint32)
    for array in (x, ids):
        array.setflags(write=False)
    variates.exp_array(x)
    variates.normal_array(K, 0, ids)
    assert x.tolist() == [1, 2] and len(_fill_uniform.alone.signatures) == 1 == len(_map_normal.alone.signatures)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: variates.poisson_array(K, -1.0, 0, 0), "mean must lie in 0 .. 1e\\+09, has -1"),
        (lambda: variates.poisson_array(K, [1, np.nan], 0, 0), "mean must lie"),
        (lambda: variates.binomial_array(K, 3, 1.5, 0, 0), "p must lie in 0 .. 1"),
        (lambda: variates.binomial_array(K, -3, 0.5, 0, 0), "n must lie"),
        (lambda: variates.binomial_array(K, 3.5, 0.5, 0, 0), "n must be whole"),
        (lambda: variates.gamma_array(K, 0.0, 0, 0), "shape must lie"),
        (lambda: variates.gamma_array(K, 1.0, 0, 0, 0, 65_536), "draw must lie in 0 .. 65535"),
        (lambda: variates.normal_array(K, -1, 0), "day must lie"),
    ],
)
def test_parameters_without_a_distribution_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_thread_and_two_give_the_same_bits():
    def everything():
        x = np.linspace(1e-3, 30, 5001)
        ids = np.arange(5001)
        return [
            variates.exp_array(x),
            variates.log_array(x),
            variates.phi_array(x),
            variates.normal_array(K, 1, ids),
            variates.gumbel_array(K, 1, ids),
            variates.gamma_array(K, x, 1, ids),
            variates.poisson_array(K, x, 1, ids),
            variates.binomial_array(K, ids, x / 31, 1, ids),
        ]

    many = everything()
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        one = everything()
    finally:
        numba.set_num_threads(before)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(many, one, strict=True))
