"""Primes are of the kind asked for, of the size asked for, and drawn without bias."""

from inspect import unwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from sympy import primerange
from sympy.ntheory import factorint, isprime

from polylib.theory import primes

seeds = st.integers(0, 10_000)


def rng(seed=0):
    return np.random.default_rng(seed)


@given(st.integers(1, 10**60), seeds)
def test_draws_lie_below_n(n, seed):
    assert 0 <= primes.random_below(n, rng(seed)) < n


@pytest.mark.parametrize("n", [1, 2, 7, 256, 257])
def test_draws_are_uniform(n):
    draws = rng()
    counts = np.bincount([primes.random_below(n, draws) for _ in range(40 * n)], minlength=n)
    assert chisquare(counts).pvalue > 1e-4 if n > 1 else counts == 40


@given(st.integers(3, 90), seeds)
def test_random_primes(bits, seed):
    p = primes.random_prime(bits, rng(seed))
    assert isprime(p) and p.bit_length() == bits


def test_small_random_primes_are_uniform():
    draws, wanted = rng(), list(primerange(32, 64))
    drawn = [primes.random_prime(6, draws) for _ in range(2000)]
    assert sorted(set(drawn)) == wanted
    assert chisquare([drawn.count(p) for p in wanted]).pvalue > 1e-4


@given(st.integers(4, 48), seeds)
def test_safe_primes(bits, seed):
    p = primes.safe_prime(bits, rng(seed))
    assert isprime(p) and isprime((p - 1) // 2) and p.bit_length() == bits


def test_small_safe_primes_are_all_found():
    draws = rng()
    found = {primes.safe_prime(8, draws) for _ in range(200)}
    assert found == {p for p in primerange(128, 256) if isprime((p - 1) // 2)}


@given(st.integers(16, 160), st.sampled_from([100, 1000]), seeds)
def test_smooth_primes(bits, bound, seed):
    p = primes.smooth_prime(bits, bound, rng(seed))
    assert isprime(p) and p.bit_length() == bits
    assert max(factorint(p - 1)) <= bound


@given(st.integers(1, 10**6), st.integers(1, 200))
def test_smooth_part_by_factoring(n, bound):
    expected = np.prod([q**e for q, e in factorint(n).items() if q <= bound], initial=1, dtype=object)
    assert primes.smooth_part(n, bound) == expected


def test_the_standard_prime_is_safe_and_has_its_known_ends():
    p = primes.modp_prime()
    assert isprime(p) and isprime((p - 1) // 2) and p.bit_length() == 2048
    assert hex(p).startswith("0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd1")
    assert hex(p).endswith("ffffffffffffffff")
    assert pow(2, (p - 1) // 2, p) == 1


def test_the_class_numbers_of_tables_and_of_squares():
    known = {7: 1, 11: 1, 19: 1, 23: 3, 31: 3, 47: 5, 71: 7, 163: 1, 503: 21}  # Cohen 1993, appendix B
    assert {p: primes.class_number(p) for p in known} == known
    for p in primerange(7, 300):
        if p % 4 == 1:
            assert primes.squares_below_half(p) == 0
        else:
            assert primes.squares_below_half(p) == primes.class_number(p) * (1 if p % 8 == 7 else 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: primes.class_number(13), "p must leave 3 modulo 4, got 13"),
        (lambda: primes.class_number(8), "p must be odd, got 8"),
        (lambda: primes.squares_below_half(10), "p must be odd, got 10"),
        (lambda: primes.squares_below_half(1), "p must be a whole number of at least 3, got 1"),
        (lambda: primes.random_below(0, rng()), "n must be a whole number of at least 1, got 0"),
        (lambda: unwrap(primes.random_below)(5, 0), "rng must be a numpy random Generator, got 0"),
        (lambda: primes.random_prime(2, rng()), "bits must be a whole number of at least 3, got 2"),
        (lambda: unwrap(primes.random_prime)(8.5, rng()), "bits must be a whole number of at least 3, got 8.5"),
        (lambda: primes.safe_prime(3, rng()), "bits must be a whole number of at least 4, got 3"),
        (lambda: primes.smooth_prime(7, 30, rng()), "bits must be a whole number of at least 8, got 7"),
        (lambda: primes.smooth_prime(20, 4, rng()), "bound must be a whole number of at least 5, got 4"),
        (lambda: primes.smooth_part(0, 10), "n must be a whole number of at least 1, got 0"),
        (lambda: unwrap(primes.smooth_part)(60.5, 5), "n must be a whole number of at least 1, got 60.5"),
        (lambda: unwrap(primes.random_below)(8.0, rng()), "n must be a whole number of at least 1, got 8.0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
