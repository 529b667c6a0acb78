"""Primes of chosen kinds, from which a reader of exponents learns much or little: random, smooth, safe, standard."""

import math

import flint
import numpy as np
from sympy import primerange
from sympy.ntheory import isprime, multiplicity

from polylib import validate


def random_below(n: int, rng: np.random.Generator) -> int:
    """A uniform integer in 0..n-1, for n of any size. Raises ValueError for n below 1 or an rng that is none."""
    n = validate.integer("n", n)
    validate.generator("rng", rng)
    bits = (n - 1).bit_length()
    while True:
        draw = int.from_bytes(rng.bytes((bits + 7) // 8), "little") & ((1 << bits) - 1)
        if draw < n:
            return draw


def random_prime(bits: int, rng: np.random.Generator) -> int:
    """A uniform prime of exactly `bits` binary digits. Raises ValueError for fewer than 3, or an rng that is none."""
    while True:
        p = _odd(bits, rng)
        if isprime(p):
            return p


def safe_prime(bits: int, rng: np.random.Generator) -> int:
    """A uniform prime p of exactly `bits` binary digits whose (p-1)/2 is prime too.

    Raises ValueError for fewer than 4 bits, or an rng that is none.
    """
    while True:
        q = _odd(validate.integer("bits", bits, 4) - 1, rng)
        if isprime(q) and isprime(2 * q + 1):
            return 2 * q + 1


def smooth_prime(bits: int, bound: int, rng: np.random.Generator) -> int:
    """A prime p of `bits` binary digits with no prime factor of p - 1 above `bound`, by random products.

    Not uniform among such primes: prime factors are drawn with equal chances, so large ones are common. Raises
    ValueError for fewer than 8 bits or a bound below 5.
    """
    low = 1 << (validate.integer("bits", bits, 8) - 1)
    factors = list(primerange(validate.integer("bound", bound, 5) + 1))
    while True:
        n = 2
        while 2 * n < low:
            n *= factors[random_below(len(factors), rng)]
        n *= -(-low // n)  # up to the size asked for
        if n < 2 * low and isprime(n + 1) and smooth_part(n, bound) == n:
            return n + 1


def smooth_part(n: int, bound: int) -> int:
    """The largest divisor of n >= 1 that has no prime factor above `bound`, prime by prime.

    Raises ValueError for numbers below 1.
    """
    n, bound = validate.integer("n", n), validate.integer("bound", bound)
    return math.prod(q ** multiplicity(q, n) for q in primerange(bound + 1))


def modp_prime() -> int:
    """The standard safe prime of 2048 bits for key exchange {cite:p}`kivinen2003`, built from the digits of pi.

    2 generates its subgroup of prime order (p-1)/2.
    """
    with flint.ctx.workprec(2112):
        pi = int((flint.arb.pi() * flint.arb(2) ** 1918).floor().unique_fmpz())
    return 2**2048 - 2**1984 - 1 + 2**64 * (pi + 124476)


def squares_below_half(p: int) -> int:
    """Squares less non-squares among 1 to (p-1)/2 modulo an odd p, taken to be prime; by listing all squares.

    Raises ValueError unless p is odd and at least 3.
    """
    p = _odd_modulus(p)
    squares = {y * y % p for y in range(1, p)}
    return sum(1 if y in squares else -1 for y in range(1, (p + 1) // 2))


def class_number(p: int) -> int:
    """h(-p): reduced forms a u^2 + b u v + c v^2 with b^2 - 4 a c = -p, counted as Gauss does, p of 3 modulo 4.

    For a prime p above 3, `squares_below_half(p)` is h(-p) if p leaves 7 modulo 8, and three times that if it leaves 3
    (Dirichlet). Raises ValueError unless p leaves 3 modulo 4.
    """
    p = _odd_modulus(p)
    if p % 4 != 3:
        raise ValueError(f"p must leave 3 modulo 4, got {p}")
    found = 0
    for b in range(1, math.isqrt(p // 3) + 1, 2):
        product = (b * b + p) // 4  # a c, of a form with |b| <= a <= c
        pairs = [a for a in range(b, math.isqrt(product) + 1) if product % a == 0]
        found += sum(1 if a in (b, product // a) else 2 for a in pairs)  # else b and -b are two forms
    return found


def _odd_modulus(p: object) -> int:
    p = validate.integer("p", p, 3)
    if p % 2 == 0:
        raise ValueError(f"p must be odd, got {p}")
    return p


def _odd(bits: object, rng: np.random.Generator) -> int:
    """A uniform odd number of exactly `bits` binary digits."""
    bits = validate.integer("bits", bits, 3)
    return (1 << (bits - 1)) + 2 * random_below(1 << (bits - 2), rng) + 1
