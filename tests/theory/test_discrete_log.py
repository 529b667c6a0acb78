"""The exponential and what is read from it: every exponent of several primes, one algorithm against another."""

from inspect import unwrap
from math import gcd, isqrt, lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import legendre_symbol
from sympy.ntheory import discrete_log, factorint, primitive_root

from polylib.theory import discrete_log as dl
from polylib.theory import primes

PRIMES = [3, 5, 7, 17, 23, 97, 257, 503, 1009, 1019]
rng_seeds = st.integers(0, 10_000)


def rng(seed=0):
    return np.random.default_rng(seed)


@given(st.integers(2, 10**40), st.integers(1, 10**40), st.integers(1, 10**40))
def test_both_ways_to_raise_to_a_power(g, x, half):
    p = 2 * half + 1
    g = g % (p - 1) + 1
    value, multiplications = dl.exponential(g, x, p)
    product, depth = dl.exponential_as_product(g, x, p)
    assert value == product == pow(g, x, p)
    assert multiplications == x.bit_length() + x.bit_count() - 2 <= 2 * (x.bit_length() - 1)
    assert depth == (x.bit_count() - 1).bit_length()


def test_numpy_integers_are_integers():
    assert unwrap(dl.exponential)(np.int64(5), np.int64(22), np.int64(23))[0] == 1


@pytest.mark.parametrize("p", PRIMES)
def test_low_bits_and_residues_of_every_exponent(p):
    g, s = primitive_root(p), dl.low_bits_leaked(p)
    assert (p - 1) % 2**s == 0 and (p - 1) // 2**s % 2 == 1
    for x in range(1, p):
        y = pow(g, x, p)
        assert dl.low_bits(y, g, p) == x % 2**s
        assert dl.low_bits(y, g, p, 1) == x % 2 == (legendre_symbol(y, p) == -1)
        assert dl.low_bits(y, g, p, 0) == 0
        assert dl.residue(y, g, p, p - 1) == x % (p - 1) == discrete_log(p, y, g)


@pytest.mark.parametrize("p", [97, 1009])
def test_residues_modulo_every_divisor(p):
    g = primitive_root(p)
    for m in (m for m in range(1, p) if (p - 1) % m == 0):
        assert all(dl.residue(pow(g, x, p), g, p, m) == x % m for x in range(1, p, 7))


def test_a_base_that_is_not_primitive_gives_the_factors_that_its_index_lacks():
    p, g = 1009, pow(primitive_root(1009), 2, 1009)  # order 504 of 1008
    assert all(dl.residue(pow(g, x, p), g, p, 63) == x % 63 for x in range(1, p))
    cube = pow(primitive_root(p), 3, p)  # of order 336, which 3 divides, and still no powering tells x mod 3
    with pytest.raises(ValueError, match=f"g must not be a 3-th power mod p, got {cube}"):
        dl.residue(pow(cube, 5, p), cube, p, 3)
    assert dl.residue(pow(cube, 5, p), cube, p, 112) == 5


@settings(max_examples=10)
@given(rng_seeds)
def test_a_large_smooth_prime_hides_nothing(seed):
    p = primes.smooth_prime(160, 300, rng(seed))
    g = primitive_root(p)
    x = primes.random_below(p - 1, rng(seed + 1)) + 1
    assert dl.residue(pow(g, x, p), g, p, p - 1) == x % (p - 1)


def test_generic_cost():
    assert dl.generic_cost(1) == 0
    assert dl.generic_cost(8) == 3 * (4 * 4 + 2 * 2)
    q = 1_000_003
    assert dl.generic_cost(2 * q) == (4 * 21 + 4) + (4 * 21 + 2 * 1001)
    for order in (97, 98, 101**2, 2**64 - 59):
        root = sum(e * isqrt(f) for f, e in factorint(order).items())
        assert 2 * root <= dl.generic_cost(order)
    assert dl.generic_cost(primes.modp_prime() - 1) > 2**1023


@pytest.mark.parametrize(("p", "share"), [(1019, 3), (257, 10), (23, 2)])
def test_self_reduction_lifts_a_poor_decoder(p, share):
    g, draws = primitive_root(p), rng()
    table = {pow(g, x, p): x for x in range(1, p) if x % share == 0}
    calls = []
    for x in range(1, p):
        answer, n = dl.solve_with_decoder(pow(g, x, p), g, p, lambda y: table.get(y, 7), draws)
        assert answer == x
        calls.append(n)
    expected = (p - 1) / len(table)
    assert np.mean(calls) == pytest.approx(expected, abs=5 * expected / len(calls) ** 0.5)


def test_a_useless_decoder_is_given_up():
    y = pow(2, 5, 1019)
    with pytest.raises(RuntimeError, match="the decoder was wrong 20 times in a row"):
        dl.solve_with_decoder(y, 2, 1019, lambda y: -1 if y == 1 else 10**6 + y * 0, rng(), most=20)


@pytest.mark.parametrize("p", PRIMES)
def test_every_log_from_the_half_bit(p):
    g = primitive_root(p)
    log = {pow(g, x, p): x for x in range(1, p)}
    for x in range(1, p):
        asked = []

        def in_upper_half(y, asked=asked):
            asked.append(y)
            return log[y] > (p - 1) // 2

        assert dl.log_from_high_bit(pow(g, x, p), g, p, in_upper_half) == x
        assert len(asked) <= p.bit_length()


def test_a_half_bit_that_lies_is_found_out():
    p, g = 1019, 2
    log = {pow(g, x, p): x for x in range(1, p)}
    with pytest.raises(ValueError, match="in_upper_half must tell whether"):
        dl.log_from_high_bit(pow(g, 700, p), g, p, lambda y: log[y] <= (p - 1) // 2)


@settings(max_examples=20)
@given(rng_seeds)
def test_messages_from_parities(seed):
    draws = rng(seed)
    p, q, e = primes.random_prime(40, draws), primes.random_prime(41, draws), 65_537
    n, order = p * q, lcm(p - 1, q - 1)
    if gcd(e, order) > 1:
        return
    d, m = pow(e, -1, order), primes.random_below(n, draws)
    calls = []
    found = dl.message_from_parity(pow(m, e, n), e, n, lambda c: calls.append(c) or pow(c, d, n) % 2)
    assert found == m and len(calls) == n.bit_length()


def test_every_message_of_a_small_modulus():
    n, e, d = 33, 3, 7
    for m in range(n):
        assert dl.message_from_parity(pow(m, e, n), e, n, lambda c: pow(c, d, n) % 2) == m
    with pytest.raises(ValueError, match="parity must give the lowest bit of every plaintext"):
        dl.message_from_parity(pow(5, e, n), e, n, lambda c: 1 - pow(c, d, n) % 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dl.exponential(5, 0, 23), "x must be a whole number of at least 1, got 0"),
        (lambda: unwrap(dl.exponential)(5, 2.0, 23), "x must be a whole number of at least 1, got 2.0"),
        (lambda: dl.exponential(5, True, 23), "x must be a whole number of at least 1, got True"),
        (lambda: dl.exponential(0, 3, 23), "g must be a whole number of at least 1, got 0"),
        (lambda: dl.exponential(23, 3, 23), "g must be below p = 23, got 23"),
        (lambda: dl.exponential(5, 3, 22), "p must be odd, got 22"),
        (lambda: dl.exponential_as_product(5, 3, 2), "p must be a whole number of at least 3, got 2"),
        (lambda: dl.low_bits_leaked(10), "p must be odd, got 10"),
        (lambda: dl.low_bits(30, 5, 23), "y must be below p = 23, got 30"),
        (lambda: dl.low_bits(3, 4, 23), "g must not be a square mod p, got 4"),
        (lambda: dl.low_bits(3, 5, 23, 2), "bits must be at most 1 for this p, got 2"),
        (lambda: dl.low_bits(3, 5, 23, -1), "bits must be a whole number of at least 0, got -1"),
        (lambda: dl.residue(3, 5, 23, 5), "modulus must divide p - 1, got 5"),
        (lambda: dl.residue(3, 4, 23, 22), "g must not be a 2-th power mod p, got 4"),
        (lambda: dl.generic_cost(0), "order must be a whole number of at least 1, got 0"),
        (lambda: dl.solve_with_decoder(0, 5, 23, int, rng()), "y must be a whole number of at least 1, got 0"),
        (lambda: dl.solve_with_decoder(3, 5, 23, int, rng(), 0), "most must be a whole number of at least 1, got 0"),
        (lambda: dl.log_from_high_bit(3, 4, 23, bool), "g must not be a square mod p, got 4"),
        (lambda: dl.message_from_parity(3, 3, 32, int), "n must be odd, got 32"),
        (lambda: dl.message_from_parity(-1, 3, 33, int), "ciphertext must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
