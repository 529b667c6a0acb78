"""The map x -> g^x mod p: what it costs, what leaks from it and what does not, and what one bit is worth.

Exponents run from 1 to p - 1, as in the supplement (2.2). Since g^(p-1) = 1, a value fixes an exponent modulo p - 1
only: "the low bits" are x mod 2^k with 2^k a divisor of p - 1, and "the half bit" says whether x lies in the upper
half, x > (p-1)/2. Integers are Python's or numpy's, of any size. That p is prime is the caller's word; what a function
needs of the base g it checks.
"""

import math
from collections.abc import Callable

import numpy as np
from sympy.ntheory import discrete_log, factorint, multiplicity, sqrt_mod
from sympy.ntheory.modular import crt

from polylib import validate
from polylib.theory.primes import random_below


def exponential(g: int, x: int, p: int) -> tuple[int, int]:
    """(g^x mod p, multiplications mod p) by square and multiply: one a binary digit of x after the first, one a 1.

    Raises ValueError unless p is odd and at least 3, 0 < g < p and x >= 1.
    """
    g, p = _base(g, p)
    value, multiplications = g, 0
    for digit in bin(validate.integer("x", x))[3:]:
        value = value * value % p
        if digit == "1":
            value = value * g % p
        multiplications += 1 + int(digit)
    return value, multiplications


def exponential_as_product(g: int, x: int, p: int) -> tuple[int, int]:
    """(g^x mod p, depth): the constants g^(2^i) at the 1s of x, multiplied pairwise in a tree of that many levels.

    For a fixed base and modulus the constants are known beforehand, so the digits of x only select. Raises as
    `exponential` does.
    """
    g, p = _base(g, p)
    digits = reversed(bin(validate.integer("x", x))[2:])
    factors = [pow(g, 1 << i, p) for i, digit in enumerate(digits) if digit == "1"]
    depth = 0
    while len(factors) > 1:
        factors = [math.prod(factors[i : i + 2]) % p for i in range(0, len(factors), 2)]
        depth += 1
    return factors[0], depth


def low_bits_leaked(p: int) -> int:
    """Number s of low bits of x that powering alone reads from g^x: the 2s in p - 1. Raises for an even p."""
    return int(multiplicity(2, _modulus(p) - 1))


def low_bits(y: int, g: int, p: int, bits: int | None = None) -> int:
    """x mod 2^bits from y = g^x, by default with all `low_bits_leaked(p)` bits, one powering a bit.

    Euler's criterion, once a bit: y^((p-1)/2) is 1 for an even x, and a bit that is known is divided out. Raises
    ValueError if g is a square, whose powers hide the parity of x, or if p leaks fewer bits.
    """
    (g, p), s = _base(g, p), low_bits_leaked(p)
    bits = s if bits is None else validate.integer("bits", bits, 0)
    if bits > s:
        raise ValueError(f"bits must be at most {s} for this p, got {bits}")
    if pow(g, (p - 1) // 2, p) != p - 1:
        raise ValueError(f"g must not be a square mod p, got {g}")
    y, x = _value("y", y, p), 0
    for k in range(bits):
        rest = y * pow(g, -x, p) % p
        if pow(rest, (p - 1) >> (k + 1), p) != 1:
            x += 1 << k
    return x


def residue(y: int, g: int, p: int, modulus: int) -> int:
    """x modulo a divisor of p - 1 from y = g^x, by the method of {cite:t}`pohlig1978`: one prime factor at a time.

    Costs about the square root of the largest prime factor of `modulus`. Raises ValueError if `modulus` does not
    divide p - 1, or if g is a q-th power mod p for a prime factor q of it: if q divides the index of g, which is
    (p - 1) / order, the powers of g do not tell x modulo q.
    """
    (g, p), n = _base(g, p), validate.integer("modulus", modulus)
    y = _value("y", y, p)
    if (p - 1) % n:
        raise ValueError(f"modulus must divide p - 1, got {n}")
    parts = {1: 0}
    for q, e in factorint(n).items():
        unit = pow(g, (p - 1) // q, p)  # of order q
        if unit == 1:
            raise ValueError(f"g must not be a {q}-th power mod p, got {g}")
        part = 0
        for k in range(e):  # sympy 1.14's own loop fails on an order that is given and not prime
            rest = pow(y * pow(g, -part, p) % p, (p - 1) // q ** (k + 1), p)
            part += q**k * int(discrete_log(p, rest, unit, q, True))
        parts[q**e] = part
    return int(crt(parts.keys(), parts.values())[0])


def generic_cost(order: int) -> int:
    """Multiplications, at most, for a discrete logarithm in a group of this order, as {cite:t}`pohlig1978` count them.

    Each prime factor q, as often as it occurs, costs two powerings, ceil(sqrt q) baby steps and as many giant steps. A
    formula: the search that sympy runs for `residue` may be another one. Raises ValueError for an order below 1.
    """
    order = validate.integer("order", order)
    powerings = 4 * order.bit_length()
    return sum(e * (powerings + 2 * (math.isqrt(q - 1) + 1)) for q, e in factorint(order).items())


def solve_with_decoder(
    y: int, g: int, p: int, decoder: Callable[[int], int], rng: np.random.Generator, most: int = 10_000
) -> tuple[int, int]:
    """(x in 1..p-1, calls) from y = g^x with a decoder that is right on some inputs and anything on the others.

    Random self-reduction: y g^r is uniform whatever y is, its exponent is x + r, and an answer is checked by raising g
    to it. Raises RuntimeError after `most` calls that were all wrong.
    """
    g, p = _base(g, p)
    y = _value("y", y, p)
    for calls in range(1, validate.integer("most", most) + 1):
        r = random_below(p - 1, rng)
        x = (int(decoder(y * pow(g, r, p) % p)) - r) % (p - 1)
        if pow(g, x, p) == y:
            return x or p - 1, calls
    raise RuntimeError(f"the decoder was wrong {most} times in a row")


def log_from_high_bit(y: int, g: int, p: int, in_upper_half: Callable[[int], bool]) -> int:
    """x in 1..p-1 from y = g^x, g primitive, with a reader of the half bit: whether an exponent exceeds (p-1)/2.

    As in {cite:t}`blum1984`: parity is free; a 1 is divided out; of the two roots of what remains, the reader finds the
    one whose exponent is half. At most one call a binary digit of p. Raises ValueError if g is a square or the answers
    contradict.
    """
    (g, p), x, place = _base(g, p), 0, 1
    target = rest = _value("y", y, p)
    while rest != 1 and place < p:
        if low_bits(rest, g, p, 1):
            x, rest = x + place, rest * pow(g, -1, p) % p
        if rest != 1:
            root = int(sqrt_mod(rest, p))
            rest = p - root if in_upper_half(root) else root
        place *= 2
    if pow(g, x, p) != target:
        raise ValueError(
            "in_upper_half must tell whether an exponent exceeds (p-1)/2 and g be primitive, got contradictions"
        )
    return x or p - 1


def message_from_parity(ciphertext: int, e: int, n: int, parity: Callable[[int], int]) -> int:
    """The m in 0..n-1 with m^e = ciphertext mod n, from a reader of parities of plaintexts; n odd (RSA).

    Twice m, reduced mod n, is odd exactly if m > n/2: the answers for 2m, 4m, 8m ... are the binary digits of m/n.
    Takes one call for each bit of n {cite:p}`alexi1988`. Raises ValueError for an even n or answers that contradict.
    """
    n, e, c = _modulus(n, "n"), validate.integer("e", e), validate.integer("ciphertext", ciphertext, 0)
    digits = 0
    for k in range(1, n.bit_length() + 1):
        digits = 2 * digits + int(parity(c * pow(2, e * k, n) % n))
    m = -(-digits * n >> n.bit_length())
    if pow(m, e, n) != c % n:
        raise ValueError("parity must give the lowest bit of every plaintext, got contradictions")
    return m


def _modulus(p: object, name: str = "p") -> int:
    p = validate.integer(name, p, 3)
    if p % 2 == 0:
        raise ValueError(f"{name} must be odd, got {p}")
    return p


def _value(name: str, y: object, p: int) -> int:
    y = validate.integer(name, y)
    if y >= p:
        raise ValueError(f"{name} must be below p = {p}, got {y}")
    return y


def _base(g: object, p: object) -> tuple[int, int]:
    p = _modulus(p)
    return _value("g", g, p), p
