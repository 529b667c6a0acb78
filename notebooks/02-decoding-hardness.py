# %% [markdown]
# (nb-decoding-hardness)=
# # Hardness of decoding
#
# Can a network be unreadable because it is *efficient*? Section 2.2 of the supplement to {cite:t}`marshall2024` exists
# for the sake of a conjecture: "As codes become more efficient (approach the Shannon limit given the entropy) it seems
# likely that they become less interpretable." To support it, the section gives a task on which every attempt to
# decode the final layer in reasonable time must fail: raise {math}`g` to the power {math}`x` modulo a prime. Whoever
# could read {math}`x` from such a layer would compute {term}`discrete logarithms <discrete logarithm>`, and much of cryptography rests on the belief
# that nobody can.
#
# The reduction is sound, and this chapter runs it. What the supplement concludes from it is not. The output of the
# task holds *every* bit of {math}`x`, so an optimal code, one as short as the entropy allows, has thrown nothing away,
# and one more powering tells whether {math}`x` is even. What leaks in all depends on the prime: from that one bit up to every bit of {math}`x`. And to break one bit of an
# encrypted message is, in general, to have broken one bit.
#
# At the end we train small networks on the task and read them with linear {term}`probes <probe>`. The probes find every bit in wide hidden
# layers, and they find it in networks that were never trained, too. At the final code they find no bit beyond
# chance, and we measure how large a leak they would have missed. For one of our primes it can be proved that seven bits
# of eight hold no usable information for a linear reader. One theorem reads there what the probes cannot.

# %% tags=["remove-cell"]
import os
import subprocess
import sys
from importlib.util import find_spec

if find_spec("polylib") is None:  # as on Colab; what is there already stays
    source = os.environ.get("POLYLIB_SOURCE", "")
    assert source, "open it by a Colab button, or set POLYLIB_SOURCE"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, source], check=True)
    from polylib import colab

    print(colab.complete())

# %% [markdown]
# ## Overview
#
# - {ref}`sec-hard-task`: the task, and what it costs forward.
# - {ref}`sec-hard-reduction`: from a decoder to discrete logarithms, even if it fails on most inputs.
# - {ref}`sec-hard-bijection`: nothing is discarded, and "optimal" does not mean "hidden".
# - {ref}`sec-hard-leaks`: what a cheap reader gets, from one bit to all of them.
# - {ref}`sec-hard-repair`: a group in which powering, the cheapest reader, gets nothing.
# - {ref}`sec-hard-one-bit`: when one bit gives the message, and when it does not.
# - {ref}`sec-hard-network`: trained networks, untrained ones, and what linear probes read at their layers.
#
# You need modular arithmetic: that {math}`\{1, \dots, p-1\}` under multiplication modulo a prime {math}`p` is a cycle, and
# that a *primitive* {math}`g` walks through all of it, {math}`g, g^2, \dots, g^{p-1} = 1`. Entropies are in bits. In this
# chapter {math}`p` is always a prime, {math}`x` an exponent from 1 to {math}`p-1`, and a *log* of {math}`y` is the
# {math}`x` with {math}`g^x = y`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_primes: int = 60  # of each kind in the first figure; thrice that at random
max_bits: int = 128  # size of the largest of them
budget: int = 1_000  # largest prime factor that a cheap reader works through
n_networks: int = 5  # trained on each task
hidden_units: int = 96  # in each of two hidden layers; the claims need 48
narrow_units: int = 24  # in narrow networks; with fewer they fail to learn
steps: int = 4_000  # of Adam at most, all inputs at every step
n_stored: int = 30  # networks on a random four fifths of the table at p = 257
n_splits: int = 20  # halvings into fitted and held-out samples, a probe
n_shuffles: int = 1_000  # shuffled sets of labels that show what chance is
n_planted: int = 200  # leaks of known size, for each size

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-hard-task)=
# ## Easy one way
#
# ```{prf:definition} The discrete-exponential task (supplement, 2.2)
# :label: def-exponential-task
# Inputs are a prime {math}`p`, a primitive element {math}`g` modulo {math}`p` and an exponent {math}`x`, uniform on 1 to
# {math}`p-1`. The output is {math}`y = g^x \bmod p`. The task has *fixed base* if {math}`p` and {math}`g` are the same for all
# inputs and known to whoever reads the output.
# ```
#
# In this chapter the base is fixed. That is what "chosen {math}`p`" in the supplement comes to, and what follows needs it.
#
# Forward it costs next to nothing. *Square and multiply* reads the binary digits of {math}`x` from the top, squares for
# each and multiplies by {math}`g` for each 1: fewer than two multiplications a digit, so for exponents of up to 128
# digits 189 on average and at most 254. For a fixed base and modulus there is a way that suits a network better. The
# constants {math}`g, g^2, g^4, g^8, \dots` are known beforehand, the digits of {math}`x` choose among them, and the chosen
# ones are multiplied in a tree. Its depth is at most the logarithm of the number of digits, rounded up.

# %%
import numpy as np
from polylib.theory import discrete_log as dl
from polylib.theory import primes

rng = np.random.default_rng(seed)
p, g = 1_000_003, 2
x = 765_432
value, multiplications = dl.exponential(g, x, p)
same, depth = dl.exponential_as_product(g, x, p)
assert value == same == pow(g, x, p)
print(f"{g}^{x} mod {p} = {value}")
print(f"square and multiply: {multiplications} multiplications, one by one")
print(f"product of {x.bit_count()} constants: a tree of depth {depth}")
most = dl.exponential(3, 2**128 - 1, 2**127 - 1)[1]
print(f"the worst exponent of 128 digits: {most} multiplications")
assert most == 254 and depth <= np.ceil(np.log2(x.bit_length()))

# %% [markdown]
# Constant-depth networks of threshold gates can even form such a product, of polynomially many factors, and reduce it modulo
# {math}`p`, in a fixed number of layers and polynomial width {cite:p}`hesse2002`. So a network that computes the task
# exists, which is all that the argument needs. That gradient descent *finds* one the supplement calls "very likely";
# that is a different question, and {ref}`sec-hard-network` looks at it on a small scale.

# %% tags=["hide-input"]
from polylib.derivation import Derivation, log2, named
from sympy import Integer, Rational, Sum, evaluate, oo, symbols

b, k = symbols("b k", integer=True, positive=True)
j = symbols("j", integer=True)
with evaluate(False):
    squarings = Sum(j * 2**j, (j, 0, b - 1)) / (2**b - 1)
    counted = squarings + b * 2 ** (b - 1) / (2**b - 1) - 1
    mean_cost = 3 * b / 2 - 3 + 3 * b / (2 * (2**b - 1))
draws = [primes.random_below(2**128 - 1, rng) + 1 for _ in range(400)]
costs = [dl.exponential(3, x, 2**127 - 1)[1] for x in draws]
assert round(float(mean_cost.subs(b, 128))) == 189
small = [(primes.random_below(p - 1, rng) + 1,) for _ in range(300)]


def digits_and_ones_after_the_first(x):
    return x.bit_length() - 1 + x.bit_count() - 1


def multiplications_done(x):
    return dl.exponential(g, x, p)[1]


def power(x):
    return pow(g, x, p)


def product_of_constants(x):
    return dl.exponential_as_product(g, x, p)[0]


# %% tags=["hide-input"]
forward = Derivation(
    "What the exponential costs", source="supplement 2.2, “an easy function”"
)
forward.equal(
    counted, mean_cost, "mean multiplications for exponents of up to b digits"
)
forward.sampled(
    float(mean_cost.subs(b, 128)),
    np.mean(costs),
    np.std(costs) / len(costs) ** 0.5,
    "400 exponents of up to 128 digits",
)
forward.agrees(
    digits_and_ones_after_the_first,
    multiplications_done,
    small,
    1e-12,
    "square and multiply, at 300 exponents modulo 1,000,003",
)
forward.agrees(
    power, product_of_constants, small, 1e-12, "the tree, at the same exponents"
)
forward

# %% [markdown]
# (sec-hard-reduction)=
# ## A decoder is a discrete logarithm
#
# ```{prf:theorem} Reduction (supplement, 2.2)
# :label: thm-reduction
# Fix {math}`p` and a primitive {math}`g`. If some decoder returns {math}`x` from {math}`g^x` for a share {math}`\delta` of
# all exponents, there is an algorithm that finds *every* discrete logarithm modulo {math}`p` with at most
# {math}`1/\delta` calls on average, and {math}`O(\log p)` multiplications a call.
# ```
#
# ```{prf:proof}
# Given {math}`y`, draw {math}`r` uniformly and hand {math}`y g^r` to the decoder. Since {math}`g` walks through the
# whole group, {math}`y g^r` is uniform *whatever {math}`y` was*: hard inputs become average ones. With probability at least
# {math}`\delta` the decoder returns the exponent, which is that of {math}`y` plus {math}`r`. A candidate is checked by raising
# {math}`g` to it. The tries are independent, so the mean of their number is the inverse of that probability.
# ```
#
# This is {term}`random self-reduction`, and it is what turns "hard on average" into a strong statement: for one prime, a
# decoder that is right on a fair share of inputs can be turned into one that is right on all. We run it with a decoder
# that has a table of a third of all exponents modulo 1019 and answers nonsense elsewhere.

# %%
p, g = 1019, 2
table = {pow(g, x, p): x for x in range(1, (p - 1) // 3 + 1)}


def a_third(y):
    """Right on a third of the inputs, confidently wrong on the others."""
    return table.get(y, 1)


solved = [
    dl.solve_with_decoder(pow(g, x, p), g, p, a_third, rng) for x in range(1, p)
]
calls = np.array([calls for _, calls in solved])
decoded = sum(a_third(pow(g, x, p)) == x for x in range(1, p)) / (p - 1)
found = sum(answer == x for x, (answer, _) in enumerate(solved, 1)) / (p - 1)
print(f"the decoder alone: right on {decoded:.0%} of all inputs")
print(
    f"with self-reduction: right on {found:.0%}, after {calls.mean():.1f} calls"
)
assert found == 1

# %% tags=["hide-input"]
delta = symbols("delta", positive=True)
with evaluate(False):
    mean_calls = Sum(k * delta * (1 - delta) ** (k - 1), (k, 1, oo))
mean, error = calls.mean(), calls.std() / len(calls) ** 0.5


def exponent(x):
    return x


def exponent_from_the_reduced_decoder(x):
    return solved[x - 1][0]


reduction = Derivation(
    "A decoder solves the discrete logarithm",
    source="supplement 2.2, “any algorithm were able to decode”",
    holds_if="p and g are fixed",
)
between = {delta: (0, 1)}
reduction.equal(mean_calls, 1 / delta, "calls until a success", where=between)
why = "calls for all x modulo 1019, with a decoder for a third of them"
reduction.sampled(1 / decoded, mean, error, why)
reduction.agrees(
    exponent,
    exponent_from_the_reduced_decoder,
    [(x,) for x in range(1, p)],
    1e-12,
    "every exponent modulo 1019 is found",
)
reduction

# %% [markdown]
# (sec-hard-bijection)=
# ## Nothing is discarded
#
# So far the supplement is right. Now comes the step that carries its conclusion: the optimality of the code "forces the
# model to keep only the bits it needs", which leaves "just the exponential" and no "leaks" as to the input.
#
# But {math}`x \mapsto g^x` is a bijection. Which bits could an optimal code drop? None.
#
# ```{prf:theorem} The exponential keeps everything
# :label: thm-bijection
# Let {math}`p` and a primitive {math}`g` be fixed and known. For every distribution of {math}`X` on
# {math}`1, \dots, p-1`, {math}`H(g^X) = H(X)` and {math}`H(X \mid g^X) = 0`. For uniform {math}`X` all
# {math}`\log_2(p-1)` bits are there.
# ```
#
# In the box, {math}`P_k` is the probability of the exponent {math}`k`, and {math}`Q_k` that of the output {math}`g^k`. No
# other exponent has that output, as the first step counts, so {math}`Q_k = P_k`.

# %% tags=["hide-input"]
from math import gcd

from sympy import IndexedBase
from sympy.ntheory import primitive_root

P, Q = IndexedBase("P", positive=True), IndexedBase("Q", positive=True)
n_p = symbols("p", integer=True, positive=True)
H_x = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 1, n_p - 1)))
H_y = named("H(g^X)", -Sum(Q[k] * log2(Q[k]), (k, 1, n_p - 1)))
H_x_given_y = named(
    r"H(X \mid g^X)", Sum(P[k] * log2(Q[k] / P[k]), (k, 1, n_p - 1))
)
same = {Q[k]: P[k]}


def values_of_the_powers(p, e):
    """How many values the powers of g^e have, for a primitive g."""
    g = pow(primitive_root(p), e, p)
    return len({pow(g, x, p) for x in range(1, p)})


def order_by_theory(p, e):
    return (p - 1) // gcd(e, p - 1)


# %% tags=["hide-input"]
one_to_one = Derivation(
    "The exponential is a bijection", source="supplement 2.2, formal statement"
)
one_to_one.agrees(
    order_by_theory,
    values_of_the_powers,
    [(p, e) for p in (5, 23, 97, 257) for e in (1, 2, 3, 4, 5, 7, 8)],
    1e-12,
    "the base g^e; all p - 1 values come up exactly if it is primitive",
)
one_to_one.equal(H_x, H_y, "the same masses under other names", given=same)
one_to_one.equal(
    H_x_given_y, Integer(0), "the output fixes the input", given=same
)
one_to_one

# %% [markdown]
# ```{prf:proof}
# {math}`g` is primitive, so {math}`g, g^2, \dots, g^{p-1}` are all different. The distribution of {math}`g^X` has the
# masses of that of {math}`X`, dealt to other names, and each name belongs to one {math}`x`.
# ```
#
# A code that keeps {math}`x` itself is therefore *exactly as short* as one that keeps {math}`g^x`, and so is any other
# relabelling of the inputs. Optimality cannot choose between them. What singles out {math}`g^x` is the output format that
# the task demands: a network is free to hold {math}`x` in an earlier layer and convert later. (If that layer
# holds just the bits of {math}`x`, one layer is not enough to convert them: {ref}`sec-hard-one-layer`. And all this is for
# functions that keep inputs apart. A one-way function that merges inputs, such as a hash, does discard.)
#
# Here is an example to hold in one's head.

# %%
from polylib.theory.entropy import entropy

images = [pow(5, x, 23) for x in range(1, 23)]
print("x    ", *[f"{x:2d}" for x in range(1, 23)])
print("5^x  ", *[f"{y:2d}" for y in images], " mod 23")
H_in, H_out = entropy(np.full(22, 1 / 22)), entropy(np.bincount(images)[1:] / 22)
print(f"H(x) = {H_in:.3f} bits, H(5^x) = {H_out:.3f} bits")
assert sorted(images) == list(range(1, 23)) and np.isclose(H_in, H_out)

# %% [markdown]
# The condition matters. Let {math}`p` be one of five primes and {math}`g` any primitive element, all drawn anew for each input
# and not shown to the reader. Then the output leaves most of {math}`x` open.

# %%
from collections import Counter

from sympy.ntheory import is_primitive_root

both, seen, sent = Counter(), Counter(), Counter()
five = (11, 13, 17, 19, 23)
for p in five:
    bases = [g for g in range(2, p) if is_primitive_root(g, p)]
    for g, x in ((g, x) for g in bases for x in range(1, p)):
        y, weight = pow(g, x, p), 1 / (len(five) * len(bases) * (p - 1))
        both[x, y] += weight
        seen[y] += weight
        sent[x] += weight
H_both, H_seen, H_sent = (entropy([*c.values()]) for c in (both, seen, sent))
print(f"p and g unknown: of {H_sent:.2f} bits in x the output", end=" ")
print(f"leaves {H_both - H_seen:.2f} open")
assert H_both - H_seen > 3

# %% [markdown]
# Taken literally, "no leaks" would mean that {math}`g^X` tells nothing of {math}`X`: the entropy of {math}`X` would be the
# same with it as without. The next box shows how far that is from the truth. The authors surely mean *cheap* leaks, so the next
# section tests that.

# %% tags=["hide-input"]
quarters = dict.fromkeys(range(1, 5), Rational(1, 4))
kept = Derivation(
    "What an optimal code of the output keeps", source="supplement 2.2"
)
kept.refutes(
    H_x_given_y,
    H_x,
    {n_p: 5, P: quarters, Q: quarters},
    (H_x_given_y, Integer(0)),
    "the output fixes the input",
    given=same,
    line="second paragraph, “no leaks”",
    implied=True,
)
kept

# %% [markdown]
# What, then, is hidden? Nothing from Shannon, who grants the reader unlimited work. The claim that survives is about
# readers with a *budget*. {cite:t}`xu2020` give that a measure: the {term}`usable information` of a family of readers is the
# number of bits by which seeing {math}`g^x` lowers the *best loss that the family can reach*. It can be anything from 0 to
# {math}`\log_2(p-1)`, and it is a property of the readers as much as of the code. The rest of the chapter is about
# that number, and {ref}`sec-hard-network` computes it. (Figure 1 of the supplement turns out to
# show such a number, in {ref}`sec-mine-infinite`.)

# %% tags=["hide-input"]
words = Derivation("Words of the argument from optimality", "supplement 2.2")
words.remark(
    "optimality of code … forces the model to keep only the bits it needs",
    "it needs them all: $x$, $g^x$ and every relabelling are equally short codes",
    line="second paragraph, “optimality of code”",
)
words.remark(
    "what information about the input has been conserved",
    "all of it, always; what can differ is how much work it takes to read it",
    line="footnote 1",
)
words

# %% [markdown]
# (sec-hard-leaks)=
# ## What leaks
#
# The simplest reader raises its input to a power. That costs no more than the task itself. One such power has a name: the
# *Legendre symbol* {math}`\chi(y)` is {math}`+1` if {math}`y` is a square modulo {math}`p` and {math}`-1` if not, and it is equal
# to {math}`y^{(p-1)/2}` modulo {math}`p`.
#
# ```{prf:theorem} The low bits leak
# :label: thm-low-bits
# Write {math}`p - 1 = 2^s t` with {math}`t` odd. From {math}`g^x`, for a primitive {math}`g`, the {math}`s` lowest bits
# of {math}`x` are read with one powering each. In particular {math}`\chi(g^x) = (-1)^x`: the Legendre symbol tells whether
# {math}`x` is even.
# ```
#
# ```{prf:proof}
# Raise {math}`g^x` to the power {math}`(p-1)/2`. Since {math}`g^{(p-1)/2}` is a square root of 1 and not 1 itself, it is
# {math}`-1`, and the result is {math}`(-1)^x`. That is the lowest bit. If it is 1, divide by {math}`g`: what is left is
# {math}`g^{x'}` with {math}`x' = x - 1`; otherwise {math}`x' = x`. Either way {math}`x'` is even. If 4 divides {math}`p-1`, raise
# to the power {math}`(p-1)/4`: the result is {math}`(-1)^{x'/2}`, the next bit. And so on, {math}`s` times. Then {math}`p-1` has
# no factor 2 left, and at bit {math}`s+1` *this* reader stops.
# ```
#
# Modulo 97 there are five such bits, since {math}`96 = 2^5 \cdot 3`. Here are the powers of 5, and what the reader says.
# Below them, the parity at a *safe* prime, one for which {math}`(p-1)/2` is a prime too.

# %%
p, g = 97, 5
print(" x   x in binary   5^x mod 97   the reader sees")
for x in (19, 40, 77, 96):
    y = pow(g, x, p)
    print(f"{x:2d}   {x:011b}   {y:10d}   ......{dl.low_bits(y, g, p):05b}")
right = sum(dl.low_bits(pow(g, x, p), g, p) == x % 32 for x in range(1, p))
print(f"right for {right} of {p - 1} exponents")
assert right == p - 1

# %%
from sympy import legendre_symbol

big = primes.safe_prime(202, rng)
base = next(g for g in range(2, 99) if legendre_symbol(g, big) == -1)
exponents = [primes.random_below(big - 1, rng) + 1 for _ in range(2000)]
told = sum(dl.low_bits(pow(base, x, big), base, big) == x % 2 for x in exponents)
print(f"a safe prime of 202 bits: parity right for {told} of {len(exponents)}")
assert told == len(exponents)

# %% [markdown]
# "No leaks", taken for a statement about cheap readers, says that the parity of {math}`X` and the symbol
# {math}`\chi(g^X)` have no mutual information. The box computes it from the joint distribution of both, for any
# distribution {math}`P` on the exponents modulo any odd prime {math}`p = 2m+1`: it is the whole entropy of the parity.

# %% tags=["hide-input"]
from sympy import expand

m = symbols("m", integer=True, positive=True)


def mass(bit, sign):
    """P(X mod 2 = bit and chi = sign), with chi(g^x) = (-1)^x."""
    x = 2 * k - bit
    return Sum(P[x] * (1 + sign * expand((-1) ** x)) / 2, (k, 1, m))


def bits_of(*masses):
    return -sum(mass * log2(mass) for mass in masses)


by_parity = bits_of(*(mass(bit, -1) + mass(bit, 1) for bit in (0, 1)))
by_symbol = bits_of(*(mass(0, sign) + mass(1, sign) for sign in (-1, 1)))
H_parity = named(r"H(X \bmod 2)", by_parity)
I_parity = named(  # of the four pairs two never occur
    r"I(X \bmod 2; \chi)",
    by_parity + by_symbol - bits_of(mass(0, 1), mass(1, -1)),
)
sixths = dict.fromkeys(range(1, 7), Rational(1, 6))
every_x = [
    (p, primitive_root(p), x) for p in (23, 97, 257, 1019) for x in range(1, p)
]


# %% tags=["hide-input"]
def low_bits_of_x(p, g, x):
    power_of_two = (p - 1) & (1 - p)  # the largest that divides p - 1
    return x % power_of_two


def bits_read_by_powering(p, g, x):
    return dl.low_bits(pow(g, x, p), g, p)


parity = Derivation(
    "The parity of the input, in plain sight", source="supplement 2.2"
)
parity.refutes(
    I_parity,
    Integer(0),
    {m: 3, P: sixths},
    (I_parity, H_parity),
    "the symbol is the parity",
    line="second paragraph, “no leaks”, for cheap readers",
    implied=True,
)
why = "the s low bits of every x modulo 23, 97, 257 and 1019"
parity.agrees(low_bits_of_x, bits_read_by_powering, every_x, 1e-12, why)
parity

# %% [markdown]
# ### From one bit to all of them
#
# Nothing is special about 2. For any divisor {math}`M` of {math}`p-1`, powering by {math}`(p-1)/M` moves {math}`g^x` into
# a group with {math}`M` elements in which only {math}`x \bmod M` is left. If the prime factors of {math}`M` are small, one searches
# the group factor by factor. This is the method of {cite:t}`pohlig1978`: it reads {math}`\log_2 M` bits, with
# work like the square root of the largest prime factor of {math}`M`.
#
# So a reader with a budget takes for {math}`M` the part of {math}`p-1` that is made of primes up to the budget. If
# {math}`p-1` has no larger ones, it is called *smooth*, and the reader gets everything. Here is a prime of 256 bits for
# which that happens, and a real exponent read from a real power.

# %%
smooth = primes.smooth_prime(256, budget, rng)
base = primitive_root(smooth)
secret = primes.random_below(smooth - 1, rng) + 1
read = dl.residue(pow(base, secret, smooth), base, smooth, smooth - 1)
print(f"p = {str(smooth)[:24]}…, {smooth.bit_length()} bits, base {base}")
print(f"x = {str(secret)[:24]}…, read: {read == secret}")
work = dl.generic_cost(smooth - 1)
print(f"cost: at most about {work / 1000:.0f} thousand multiplications")
assert read == secret and work < 1e5

# %% [markdown]
# Before the picture, a prediction. For a random large prime, {math}`p-1` is divisible by {math}`q^k` with probability
# {math}`1/(q^{k-1}(q-1))`, the share of residues modulo {math}`q^k` that primes can have and that are 1 (Dirichlet). Each such
# power gives the reader {math}`\log_2 q` bits more. Sum that over {math}`k` and over the primes {math}`q` up to the budget.
# So a cheap reader should get about {math}`\log_2(\text{budget})` bits from a random prime, however long it is: a share
# of {math}`x` that shrinks as {math}`p` grows.

# %%
from sympy import primerange

per_prime = [np.log2(q) * q / (q - 1) ** 2 for q in primerange(budget + 1)]
expected = sum(per_prime)
sample = [primes.random_prime(max_bits, rng) for _ in range(1000)]
got = np.log2([float(primes.smooth_part(p - 1, budget)) for p in sample])
print(f"predicted {expected:.1f} bits; log2 of the budget is", end=" ")
print(f"{np.log2(budget):.1f}; the factor 2 alone gives {per_prime[0]:.1f}")

# %% tags=["hide-input"]
from polylib.theory import channel

q = symbols("q", positive=True)
with evaluate(False):
    powers = Sum(1 / (q ** (k - 1) * (q - 1)), (k, 1, oo))
    closed = q / (q - 1) ** 2


def information_in_one_powering(p, m):
    """I(X; g^(X (p-1)/m)) in bits for uniform X, from the channel's matrix."""
    g = pow(primitive_root(p), (p - 1) // m, p)
    matrix = np.zeros((p - 1, p - 1))
    matrix[np.arange(p - 1), [pow(g, x, p) - 1 for x in range(1, p)]] = 1
    return channel.mutual_information(np.full(p - 1, 1 / (p - 1)), matrix)


def bits_in_a_remainder(p, m):
    return np.log2(m)


# %% tags=["hide-input"]
usable = Derivation("Bits that a budget reads", source="this book")
usable.agrees(
    bits_in_a_remainder,
    information_in_one_powering,
    [(97, 2), (97, 32), (97, 96), (257, 16), (257, 256), (1009, 63), (1019, 2)],
    1e-9,
    "I(X; g^(X(p-1)/M)) is log2 M, by the channel's matrix, for (p, M) = (97, 2) and six more",
)
usable.equal(
    powers, closed, "mean number of factors q in p - 1", where={q: (1, oo)}
)
error, why = got.std() / len(got) ** 0.5, "mean bits read, 1000 random primes"
usable.sampled(expected, got.mean(), error, why)
usable

# %% [markdown]
# The figure draws four kinds of prime: random ones, ones with smooth {math}`p-1`, safe ones, and the five known *Fermat
# primes* {math}`2^k + 1`, the extreme of smoothness.

# %% tags=["hide-input"]
sizes = np.geomspace(16, max_bits, n_primes).round().astype(int)
kinds = {
    "random p": [primes.random_prime(int(n), rng) for n in sizes for _ in "123"],
    "p − 1 smooth": [primes.smooth_prime(int(n), budget, rng) for n in sizes],
    "Fermat: p − 1 a power of 2": [3, 5, 17, 257, 65537],
    "safe: (p − 1)/2 prime": [primes.safe_prime(int(n), rng) for n in sizes],
}
bits_read = {
    kind: [
        (np.log2(float(p - 1)), np.log2(float(primes.smooth_part(p - 1, budget))))
        for p in members
    ]
    for kind, members in kinds.items()
}
for kind, points in bits_read.items():
    total, read = np.array(points).T
    large = total > total.max() / 2
    print(
        f"{kind:27s} of {total[large].min():3.0f} to {total.max():3.0f} bits",
        end=" ",
    )
    print(f"{read[large].mean():4.0f} are read on average")
assert np.allclose(*np.transpose(bits_read["p − 1 smooth"]))
assert np.allclose(np.transpose(bits_read["safe: (p − 1)/2 prime"])[1], 1)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits of x that a cheap reader gets from g^x mod p, for primes p of four kinds. The reader works through prime factors of p − 1 up to its budget and no further. Solid grey line: all bits of x. Dashed grey line: the predicted mean over large random primes.", "name": "fig-bits-read"}, "image": {"alt": "Scatter on logarithmic axes of bits read against the bits in x. Smooth primes and Fermat primes lie on the diagonal, all bits, up to 128. Random primes scatter from 1 to about 34 bits around a dashed horizontal line at about 11; the few that lie on the diagonal have fewer than 35 bits. Safe primes lie in a row at exactly one bit."}}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7.2, 4.6))
looks = [("C2", "x"), ("C0", "o"), ("black", "*"), ("C1", "s")]
for (kind, points), (colour, marker) in zip(
    bits_read.items(), looks, strict=True
):
    look = {"color": colour, "ms": 12 if marker == "*" else 5, "label": kind}
    ax.plot(*np.transpose(points), marker, zorder=2 + (marker in "x*"), **look)
ends = np.array([1, 1.25 * max_bits])
ax.plot(ends, ends, "-", color="0.5", linewidth=1)
ax.text(2.3, 3, "all bits", rotation=34)
ax.axhline(expected, color="0.5", linestyle="--", linewidth=1)
ax.text(1.1, 1.1 * expected, "mean over large random primes")
ax.text(17, 1.16, "the parity, and nothing else")
ax.set_xscale("log", base=2)
ax.set_yscale("log", base=2)
for axis in (ax.xaxis, ax.yaxis):
    axis.set_major_formatter("{x:g}")
ax.set(xlabel="bits in x: log₂(p − 1)", ylabel="bits read from gˣ mod p")
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.93))
plt.show()

# %% [markdown]
# The same function, the same Shannon information, and four kinds of prime. For smooth ones the output is as good as the
# input. For random ones the cheap reader gets eleven bits on average, however large the prime. For safe primes,
# {math}`p = 2q + 1` with {math}`q` prime, it gets the parity and no more.
#
# What the picture does not show is a proof that the rest is hidden. Against readers who use only multiplication and comparison,
# {cite:t}`shoup1997` proved that to find {math}`x` takes work like {math}`\sqrt q`, for the largest prime factor {math}`q` of {math}`p-1`. A reader who also
# knows that the elements are *numbers* does better. *Index calculus* factors powers of {math}`g` into small primes and solves linear
# equations for the logs of those; it and the number field sieve, its descendant, need less than any fixed power of {math}`p` as {math}`p` grows,
# and discrete logarithms modulo a prime of 795 bits have been computed {cite:p}`boudot2020`. A quantum computer would read everything {cite:p}`shor1997`.
#
# So "DLP is thought to be average-case hard for chosen groups" is an *assumption*, as the supplement says, and enters the claims
# as one: nobody can check it. What can be checked is what it cannot do without: a {math}`p` beyond the number field sieve, a classical reader, and
# a {math}`p-1` that has a large prime factor. By the method of
# Pohlig and Hellman the inverse costs about {math}`\sqrt p` for safe primes, thousands of multiplications for smooth {math}`p-1`, and
# anything between for random primes.

# %%
for name, draw in (
    ("safe p", primes.safe_prime),
    ("random p", primes.random_prime),
    ("smooth p - 1", lambda n, rng: primes.smooth_prime(n, budget, rng)),
):
    costs = np.log2([dl.generic_cost(draw(64, rng) - 1) for _ in range(9)])
    print(f"64 bits, {name:12s} 2^{costs.min():.0f} to 2^{costs.max():.0f}")
print("and 2^7 forward, at most")

# %% tags=["hide-input"]
hard = Derivation("Discrete logarithms are hard on average", "supplement 2.2")
hard.assumed(
    "for chosen primes, no reader in polynomial time gets x from g^x for more than "
    "a vanishing share of exponents",
    "“DLP is thought to be average-case hard for chosen groups”",
)
hard

# %% tags=["hide-input"]
conditions = Derivation("Three primes with smooth p - 1", source="this book")
weak = {n: primes.smooth_prime(n, budget, rng) for n in (64, 128, 256)}
root = {n: primitive_root(p) for n, p in weak.items()}


def exponent_drawn(bits, x):
    return x


def exponent_read(bits, x):
    p, g = weak[bits], root[bits]
    return dl.residue(pow(g, x, p), g, p, p - 1)


conditions.agrees(
    exponent_drawn,
    exponent_read,
    [
        (n, primes.random_below(p - 2, rng) + 1)
        for n, p in weak.items()
        for _ in "12345"
    ],
    1e-12,
    "five exponents each modulo primes of 64, 128 and 256 bits with p - 1 smooth",
)
conditions

# %% [markdown]
# (sec-hard-repair)=
# ## A subgroup that leaks nothing to powering
#
# The parity leaks because half of the elements are squares. So stay among the squares. For a safe prime
# {math}`p = 2q+1` the squares form a group with {math}`q` elements, {math}`q` prime, generated by
# {math}`h = g^2`; the task is {math}`h^z \bmod p` with {math}`z` from 1 to {math}`q`.
#
# ```{prf:theorem} The safe-prime subgroup
# :label: thm-safe-subgroup
# In the group of squares modulo a safe prime {math}`p = 2q+1`, generated by {math}`h`, {math}`\chi(h^z) = 1` for all
# {math}`z`, and every powering either sends all {math}`h^z` to 1 or keeps them all apart.
# ```
#
# ```{prf:proof}
# {math}`h^z = g^{2z}` has an even exponent, so its symbol is 1. Raising {math}`h^z` to the power {math}`e` multiplies {math}`z` by
# {math}`e` modulo {math}`q`. If {math}`q` divides {math}`e` everything becomes 1; if not, {math}`e` has an inverse modulo the prime {math}`q`,
# and nothing is merged.
# ```
#
# Is the repaired layer still an optimal code? As written it is not. The squares use half of the labels from 1 to
# {math}`p-1`, so a layer that has room for all of them wastes one bit. But a safe prime above 5 leaves 3 modulo 4, so
# {math}`-1` is no square, and of {math}`y` and {math}`p-y` exactly one is a square. Let the layer write
# the smaller of the two: {math}`\min(y, p-y)` numbers the squares from 1 to {math}`q`, without gaps. One powering tells which
# of the two was meant, so nothing else changes. Efficient, and with no leak to powering: that pair does exist.
#
# Finite-field key exchange uses such groups. The prime of {cite:t}`kivinen2003` with 2048 bits is made from the digits of {math}`\pi`, is
# safe, and has 2 among its squares.

# %%
from sympy.ntheory import isprime

standard = primes.modp_prime()
half = (standard - 1) // 2
safe = isprime(standard) and isprime(half)
square = pow(2, half, standard) == 1
whole, group = (
    int(np.log2(primes.smooth_part(order, budget))) for order in (2 * half, half)
)
print(f"p = {str(standard)[:36]}…, {standard.bit_length()} bits")
print(f"p and (p-1)/2 are prime: {safe}; 2 is a square modulo p: {square}")
print(f"bits within the budget: {whole} from g^x, {group} from 2^z")
assert safe and square and (whole, group) == (1, 0)

# %% tags=["hide-input"]
h = pow(primitive_root(1019), 2, 1019)
labels = sorted(min(y := pow(h, z, 1019), 1019 - y) for z in range(1, 510))
squares = [(h, z, 1019) for z in range(1, 510)]
squares += [(4, z, big) for z in exponents[:500]]


def one(h, z, p):
    return 1


def symbol_of_a_square(h, z, p):
    return legendre_symbol(pow(h, z, p), p)


def one_or_all_of_509(e):
    return 1 if e % 509 == 0 else 509


def values_left_after_powering(e):
    return len({pow(h, z * e, 1019) for z in range(1, 510)})


def rank(k):
    return k


def label_of_that_rank(k):
    return labels[k - 1]


# %% tags=["hide-input"]
repair = Derivation("The subgroup of squares", source="this book")
why = "every square modulo 1019, and 500 modulo a safe prime of 202 bits"
repair.agrees(one, symbol_of_a_square, squares, 1e-12, why)
repair.agrees(
    one_or_all_of_509,
    values_left_after_powering,
    [(e,) for e in range(1, 1019)],
    1e-12,
    "of the squares modulo 1019, for every power e",
)
repair.agrees(
    rank,
    label_of_that_rank,
    [(k,) for k in range(1, 510)],
    1e-12,
    "the labels min(y, p - y) of the 509 squares modulo 1019 are 1 to 509",
)
repair

# %% [markdown]
# With that repair the supplement's sentence can be said with its conditions: *if* discrete logarithms are hard in this
# group, no reader in polynomial time gets {math}`z` from a layer that holds {math}`h^z` and nothing else. About
# single bits it still says nothing by itself. For that, one needs the next section.

# %% [markdown]
# (sec-hard-one-bit)=
# ## Does one bit give the message?
#
# The supplement ends with a stronger task: let the network compute a public-key encryption that is hard to read "for every
# bit of the input". A decoder that "breaks even a single bit", it says, could be used to recover the original message.
#
# If every bit is hard, such a decoder cannot exist, and nothing remains to show. The claim is interesting only if one bit
# may fall: does the rest follow? In general, no, and the counterexample is not exotic. Encrypt each bit of a message under
# a key of its own.
#
# We do that with the scheme of {cite:t}`goldwasser1984`. A key is a product {math}`N` of two primes that leave 3 modulo 4; a bit {math}`b` becomes
# {math}`(-1)^b r^2 \bmod N` for a random {math}`r`; to tell the two kinds apart is believed to be hard for whoever cannot factor {math}`N`. Our decoder has somehow
# factored the first key, and only that.


# %%
def key():
    """Two primes that leave 3 modulo 4: their product is public."""
    drawn = iter(lambda: primes.random_prime(24, rng), None)
    return [next(p for p in drawn if p % 4 == 3) for _ in "pq"]


def encrypt(bit, n):
    """A square modulo n for 0, minus a square for 1."""
    r = primes.random_below(n - 1, rng) + 1
    return (-1) ** bit * r * r % n


# %%
length = 4
keys = [key() for _ in range(length)]
first_right, all_right = [], []  # of messages, one by one
for _ in range(2000):
    message = rng.integers(0, 2, length)
    sent = [
        encrypt(int(b), p * q) for b, (p, q) in zip(message, keys, strict=True)
    ]
    first = int(legendre_symbol(sent[0], keys[0][0]) == -1)
    guess = np.array([first, *rng.integers(0, 2, length - 1)])
    first_right.append(guess[0] == message[0])
    all_right.append((guess == message).all())
print(f"keys: two primes of {keys[0][0].bit_length()} bits each", end="; ")
print(f"first bit right: {np.mean(first_right):.0%}")
print(
    f"a message of {length} bits right: about 1 in {1 / np.mean(all_right):.0f}"
)

# %% [markdown]
# One bit is broken always, and the message is as far away as before, less one bit. With 64 keys, of primes long enough
# to hide the other bits (ours have 24 bits), the chance is {math}`2^{-63}`.
#
# This is a decoder for one set of keys, such as a network has that computes the encryption. Had it the first bit under
# *every* set of keys, the message would be lost, since all bits are encrypted alike: move each with its key to the first place, and ask again.
# Against such decoders too the counterexample is easily mended. Encrypt the first bit with this scheme and the others with one that is
# hard for another reason, and whoever breaks the first scheme for all keys has still one bit.
#
# The scheme needs the random {math}`r`, and so does any network that is to compute it: as an input. The supplement's task has none. An encryption with a fixed key and no randomness is never
# secure for inputs that can be guessed, since anybody can encrypt the guess and compare. A reader of activations who has the
# network can do the same with *any* network. That is why hardness is
# always about inputs drawn from a set that is too large to try.

# %% tags=["hide-input"]
from sympy import Product

n_bits = symbols("k", integer=True, positive=True)
message_right = named(
    r"P_{\mathrm{all}}", lambda k: Product(Rational(1, 2), (j, 2, k))
)
one_bit = Derivation("A decoder of one bit, in general", source="supplement 2.2")
with evaluate(False):
    one_bit.refutes(
        message_right(n_bits),
        Integer(1),
        {n_bits: 64},
        (message_right(n_bits), 2 ** (1 - n_bits)),
        "a message of k bits under k fixed keys, given the first, if the other bits are coin flips to the decoder",
        line="last paragraph, “breaks even a single bit”",
        implied=True,
    )
one_bit.sampled(
    2.0 ** (1 - length),
    np.mean(all_right),
    np.std(all_right) / len(all_right) ** 0.5,
    "2000 messages, one key broken",
)
one_bit

# %% [markdown]
# ### Where it is true
#
# For some functions one bit does give everything, and that is a theorem about *that* bit. Two examples, each run here. The
# second is about the *half bit* of {math}`x`: whether {math}`x` lies in the upper half, above {math}`(p-1)/2`. (It is not quite
# the top digit, which says whether {math}`x` reaches a power of 2.)
#
# ```{prf:theorem} Two bits that are worth the whole
# :label: thm-hard-core
# *RSA.* From {math}`m^e \bmod N` and a reader that tells the parity of any plaintext, {math}`m` is found with one call for
# each bit of {math}`N`. *Discrete logarithm.* From {math}`g^x` and a reader of the half bit, {math}`x` is found with at most one
# call for each bit of {math}`p`.
# ```
#
# ```{prf:proof}
# *RSA.* Multiplying the ciphertext by {math}`2^e` doubles the plaintext modulo {math}`N`, which is odd. The result is odd exactly if {math}`N` was
# subtracted, that is if {math}`2m > N`. So the answers for {math}`2m, 4m, 8m, \dots` are the binary digits of {math}`m/N`,
# and when there are as many digits as {math}`N` has, they fix {math}`m`. (For {math}`N = 33` and {math}`m = 14` they are
# written out below.)
#
# *Discrete logarithm.* Parity is free, by {prf:ref}`thm-low-bits`. If {math}`x` is odd, divide by {math}`g`. Now {math}`g^x` has two square roots, with exponents
# {math}`x/2` and {math}`x/2 + (p-1)/2`; roots are easy to compute, but not to tell apart. The half bit tells which has the small exponent. Go on with that one: its parity
# is the next bit of {math}`x`.
# ```
#
# These readers never err. {cite:t}`alexi1988` and {cite:t}`blum1984` show much more: any advantage over a coin that is not
# negligible suffices. For RSA and, with most primes, the discrete logarithm the same holds for *every* single bit other than those that
# leak {cite:p}`hastad2004`.

# %%
from math import lcm

factors = [primes.random_prime(64, rng) for _ in "pq"]
N, order, e = factors[0] * factors[1], lcm(*(f - 1 for f in factors)), 65_537
d = pow(e, -1, order)  # the private key, inside the reader of parities only
asked = []


def parity_reader(ciphertext):
    asked.append(ciphertext)
    return pow(ciphertext, d, N) % 2


messages = [primes.random_below(N, rng) for _ in range(50)]
opened = [
    dl.message_from_parity(pow(m, e, N), e, N, parity_reader) for m in messages
]
hits = sum(m == o for m, o in zip(messages, opened, strict=True))
print(
    f"RSA, N of {N.bit_length()} bits: {hits} of {len(messages)} messages,",
    end=" ",
)
print(f"{len(asked) // len(messages)} parities each")
assert hits == len(messages)

# %%
doubled = [14 * 2**k % 33 for k in range(1, 7)]
parities = "".join(str(m % 2) for m in doubled)
print(f"N = 33, m = 14: plaintexts {doubled}, parities {parities};")
print(f"14/33 is 0.{14 * 2**6 // 33:06b}... in binary")

# %%
p, g = 1019, 2
log_of = {pow(g, x, p): x for x in range(1, p)}
asked = []


def half_bit(y):
    asked.append(y)
    return log_of[y] > (p - 1) // 2


logs = [dl.log_from_high_bit(pow(g, x, p), g, p, half_bit) for x in range(1, p)]
hits = sum(x == found for x, found in enumerate(logs, 1))
print(f"discrete logarithm, p = {p}: {hits} of {p - 1} exponents,", end=" ")
print(f"{len(asked) / (p - 1):.1f} answers each on average")
assert hits == p - 1


# %% tags=["hide-input"]
def message(i):
    return messages[i]


def message_from_parities(i):
    return opened[i]


def exponent_from_half_bits(x):
    return logs[x - 1]


hard_core = Derivation(
    "A decoder of the right bit",
    source="supplement 2.2, last paragraph",
    holds_if="there is a bit-security reduction for that bit, as for the lowest of RSA and the half bit of the discrete logarithm",
)
hard_core.agrees(
    message,
    message_from_parities,
    [(i,) for i in range(len(messages))],
    1e-12,
    "RSA, a modulus of 127 or 128 bits, random messages",
)
hard_core.agrees(
    exponent,
    exponent_from_half_bits,
    [(x,) for x in range(1, p)],
    1e-12,
    "discrete logarithm, every exponent modulo 1019",
)
hard_core

# %% tags=["hide-input"]
in_words = Derivation("Words of the encryption argument", "supplement 2.2")
in_words.remark(
    "neural network implements the public key encryption",
    "a fixed public key without random input hides nothing that can be guessed: encrypt the guess and compare",
    line="last paragraph, “public key encryption”",
)
in_words

# %% [markdown]
# The contrast inside one number is what makes the example worth remembering. Of {math}`x` in {math}`g^x`, modulo a safe prime, the
# *lowest* bit is free and the *half bit* is worth all the others. Both are one bit of Shannon information, both are fully present
# in the code. "How many bits does this layer hold about the input" does not tell them apart.

# %% [markdown]
# (sec-hard-network)=
# ## Reading trained networks
#
# How does this look in a network that was trained on the task? A small experiment, two primes of opposite character:
#
# - {math}`p = 257`, a Fermat prime. {math}`p - 1 = 2^8`: powering reads all 8 bits.
# - {math}`p = 503`, a safe prime: powering reads the parity.
#
# Input: the binary digits of {math}`x` modulo {math}`p-1`. Output: the binary digits of {math}`g^x - 1`, one unit each. With
# {math}`p = 257` that is 8 units for 256 equally likely values, so the rounded output is an *optimal code* to the last bit. There
# are only {math}`p-1` different inputs, and we train on all of them until every output bit is right: what is learnt is a table, not
# an algorithm. The argument of the supplement asks only that the network computes the function.
#
# **The reader** is a linear probe {cite:p}`alain2016` for each bit of {math}`x` at each layer: fitted on half of the exponents,
# tested on the other half. Pairs {math}`x` and {math}`x + (p-1)/2` stay on one side, since {math}`g^{(p-1)/2} = -1` makes their
# outputs near-copies with opposite sign. We count *balanced accuracy*, the mean of the accuracies on zeros and on ones.
#
# **Three comparisons.** What do the same probes make of shuffled labels {cite:p}`hewitt2019`, dealt pair by pair? That is
# *chance*: the band that the luckiest bit of 99 % of 1,000 shuffles keeps to. What do they read in networks *before* training? That is
# what the architecture gives away by itself. And what in *narrower* networks, down to those that can only just learn the task?
#
# **What to expect.** A layer of 96 random ReLUs of 8 or 9 bits has room for far more than a linear function of them, so it likely lets
# a probe read every bit, trained or not. At the final code the probe should read nothing: not even the parity, although that is one powering away.

# %%
import torch
from polylib.networks import bit_network
from polylib.representation import linear_probe, shuffled_range

torch.set_num_threads(1)  # these matrices are too small to share out
tasks, networks = {}, {}
widths = sorted({narrow_units, 32, 48, hidden_units})
for p in (257, 503):
    x = torch.arange(1, p)
    y = torch.tensor([pow(primitive_root(p), int(k), p) for k in x])
    n_bits = (p - 2).bit_length()
    inputs = bit_network.digits(x % (p - 1), n_bits)
    outputs = bit_network.digits(y - 1, n_bits)
    tasks[p] = x, inputs, outputs
    for units in widths if p == 257 else [hidden_units]:
        start, learn = (torch.Generator().manual_seed(seed) for _ in "ab")
        shape = {"hidden": (units, units), "n_networks": n_networks}
        networks[p, units, "untrained"] = bit_network.untrained(
            n_bits, n_bits, generator=start, **shape
        )
        networks[p, units, "trained"] = bit_network.train(
            inputs, outputs, steps=steps, generator=learn, **shape
        )

# %% tags=["hide-input"]
for (p, units, kind), nets in networks.items():
    _, inputs, outputs = tasks[p]
    exact = nets.right(inputs, outputs).prod(-1).mean()
    print(f"p = {p}, {units:2d} units, {kind:9s}", end=" ")
    print(f"inputs that come out exact: {exact:4.0%}")
    assert exact < 0.05 if kind == "untrained" else exact > 0.98
for p in tasks:
    units = tasks[p][2].shape[1]
    print(f"the code at p = {p}: {units} units for {np.log2(p - 1):.2f} bits")

# %% [markdown]
# An untrained network starts from the same weights as the trained one beside it. Now the probes.

# %%
read_at, chance_at = {}, {}
places = ["input", "hidden 1", "hidden 2", "logits", "code"]


def probed(p, layer, labels=None):
    """Accuracy for every bit (or other labels), in every network."""
    x, inputs, _ = tasks[p]
    labels = inputs if labels is None else labels
    drawn, pairs = np.random.default_rng(seed), x % ((p - 1) // 2)
    return linear_probe(
        layer, labels, drawn, groups=pairs, n_splits=n_splits
    ).numpy()


for (p, units, kind), nets in networks.items():
    _, inputs, outputs = tasks[p]
    layers = [inputs[None], *nets.layers(inputs), outputs[None]]
    if kind == "untrained":
        layers.pop()  # its rounded logits are not g^x
    for place, layer in zip(places, layers, strict=False):
        read_at[p, units, kind, place] = probed(p, layer)

# %%
for p, (x, inputs, outputs) in tasks.items():
    nets = networks[p, hidden_units, "trained"]
    drawn = np.random.default_rng(seed + 1)
    for place, layer in (
        ("logits", nets.layers(inputs)[-1]),
        ("code", outputs[None]),
    ):
        chance_at[p, place] = shuffled_range(
            layer,
            inputs,
            drawn,
            groups=x % ((p - 1) // 2),
            n_shuffles=n_shuffles,
            n_splits=n_splits,
        )
        told = read_at[p, hidden_units, "trained", place].mean(0)
        best, limit = told[np.abs(told - 0.5).argmax()], chance_at[p, place]
        beyond = "beyond" if abs(best - 0.5) > limit else "within"
        print(f"p = {p}, {place:6s}: best bit {best:.1f},", end=" ")
        print(f"{beyond} chance, 0.5 ± {limit:.1f} in 99 % of shuffles")
        assert told.max() < 0.7 and (beyond == "beyond") == (place == "logits")
logits = read_at[257, hidden_units, "trained", "logits"].mean(0)
assert np.abs(logits[:-1] - 0.5).max() < chance_at[257, "logits"]

# %% tags=["hide-input"]
from scipy.stats import t as student

worst = {  # of all bits at hidden 2, one number a network
    (kind, n): read_at[257, n, kind, "hidden 2"].min(1)
    for n in widths
    for kind in ("untrained", "trained")
}


def half_width(values):
    """Of the 95 % interval for the mean over networks, by Student's t."""
    n = len(values)
    return student.ppf(0.975, n - 1) * values.std(ddof=1) / n**0.5


for n in widths:
    before, after = worst["untrained", n], worst["trained", n]
    print(
        f"{n} units: worst bit at hidden 2 {before.mean():.1f} untrained,",
        end=" ",
    )
    print(f"{after.mean():.1f} trained")
lost = worst["untrained", narrow_units] - worst["trained", narrow_units]
assert lost.mean() > half_width(lost)
for kind in ("untrained", "trained"):
    means = [worst[kind, n].mean() for n in widths]
    assert means == sorted(means) and means[-1] > 0.9
    assert read_at[503, hidden_units, kind, "hidden 2"].min() > 0.9
assert np.allclose(read_at[257, hidden_units, "trained", "code"][0, :-1], 0.5)

# %% tags=["hide-input"]
import matplotlib.pyplot as plt


def shade(ax, p, kind):
    """One row a bit, one column a place; frames where readers beat chance."""
    columns = [
        a for (*w, _), a in read_at.items() if w == [p, hidden_units, kind]
    ]
    shown = np.array([accuracy.mean(0) for accuracy in columns]).T
    if kind == "trained":
        leaks = np.arange(len(shown)) < dl.low_bits_leaked(p)
        shown = np.c_[shown, np.where(leaks, 1, np.nan)]
    ax.imshow(
        shown, cmap="Greys", vmin=0.45, vmax=1.15, origin="lower", aspect="auto"
    )
    look = {"ha": "center", "va": "center", "size": 8}
    for (row, column), v in np.ndenumerate(np.nan_to_num(shown, nan=0)):
        words, colour = f"{v:.2f}" if v else "–", "w" if v > 0.9 else "k"
        ax.text(column, row, words, color=colour, **look)
        limit = chance_at.get((p, [*places, ""][column]), 1)
        if kind == "trained" and abs(v - 0.5) > limit:
            frame = {"fill": False, "ec": "black", "lw": 1.6}
            ax.add_patch(
                plt.Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, **frame)
            )
    ax.set_xticks(range(shown.shape[1]), [*places, "powering"][: shown.shape[1]])
    ax.tick_params("x", rotation=60)
    ax.set(title=f"p = {p}, {kind}", yticks=range(len(shown)))
    ax.grid(visible=False)


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Held-out accuracy of linear probes, one row a bit of x, the highest on top, one column a layer: means over five networks with 96 units a layer. Logits are the numbers of the last layer before they are rounded to the code; a dash says that powering stops there. Frames: logits and codes beyond what the luckiest bit reaches with shuffled labels. Right: the worst bit at hidden 2 against width, mean over five networks and 95 % interval by Student's t.", "name": "fig-probes"}, "image": {"alt": "Three tables of shades with numbers and one graph. In all tables the columns input, hidden 1 and hidden 2 are at 1. At the logits an untrained network for p of 257 has about 0.8 for each bit, a trained one 0.5 but for the top bit, framed, with about 0.6; for p of 503 trained logits have 0.52 to 0.58. At the code no cell is framed. A last column, powering, is at 1 for all eight bits at 257 and for the lowest bit alone at 503. In the graph the worst bit rises with width, untrained from 0.8 to 1 and trained from about 0.7 to 1."}}
fig, axes = plt.subplots(1, 4, figsize=(9.6, 3.9), width_ratios=[4, 6, 6, 5.5])
panels = [(257, "untrained"), (257, "trained"), (503, "trained")]
for ax, (p, kind) in zip(axes, panels, strict=False):
    shade(ax, p, kind)
axes[0].set_ylabel("bit of x, 0 is the parity")
for index, kind in enumerate(("untrained", "trained")):
    mean, bar = (
        [f(worst[kind, n]) for n in widths] for f in (np.mean, half_width)
    )
    look = {"marker": figures.MARKERS[index], "label": kind, "capsize": 2}
    axes[3].errorbar(widths, mean, bar, **look, ls=figures.DASHES[index])
axes[3].set(xlabel="units a hidden layer", title="p = 257, worst bit")
axes[3].set_ylabel("held-out accuracy at hidden 2")
axes[3].legend()
plt.show()

# %% [markdown]
# **What came out.** With 96 units every bit of {math}`x` can be read up to the last hidden layer, better than 9 times in 10
# on exponents that the probe has not seen. That sounds like a finding about the task and is not one: in networks that
# have learnt nothing it is just the same. In our four widths it grows with the number of units, before training as after. Where units
# are few, training takes some of it away, likely since they are needed for something else: with 24 the worst bit falls from 0.8 to 0.7,
# and the 95 % interval of the difference leaves 0 out.
#
# What training does do shows at the logits. Random ones give away a good part of every bit, trained ones next to nothing: to
# write {math}`g^x` in binary is to push these numbers to two sides of zero in the pattern of {math}`g^x`. At {math}`p = 257` the top bit alone is still
# read beyond chance, 6 times in 10; at {math}`p = 503` the best few of nine, and barely. Why, we do not know.
# At the rounded code no bit is read beyond chance, at either prime.
#
# For the probe the two primes look alike. For the reader who powers they are opposites: eight bits of eight, and one of
# nine. **Readable is a relation between a code and a reader.** (At this size every reader can have everything by a table of 502
# entries. The experiment shows the structure, not the hardness.)
#
# ### How small a leak would have been seen
#
# "Nothing beyond chance" says no more than what the probe could have found. So plant leaks of known size: a bit that agrees with one digit of the code, drawn at
# random, for a given share of the exponents. A pair agrees or disagrees as a whole.


# %%
def planted(p, share):
    """Bits that agree with a digit of the code for this share of pairs."""
    x, _, outputs = tasks[p]
    half = (p - 1) // 2
    drawn = np.random.default_rng(seed)
    copied = outputs[:, drawn.integers(outputs.shape[1], size=n_planted)]
    wrong = np.arange(half)[:, None] >= round(share * half)
    wrong = drawn.permuted(np.tile(wrong, n_planted), axis=0)
    return (copied - torch.as_tensor(wrong)[x % half].float()).abs()


for p, (_, _, outputs) in tasks.items():
    limit = chance_at[p, "code"]
    print(f"p = {p}: chance at the code is 0.5 ± {limit:.2f}. Leaks found:")
    for share in (0.55, 0.6, 0.65, 0.7):
        told = probed(p, outputs[None], planted(p, share))[0]
        found = (np.abs(told - 0.5) > limit).mean()
        print(f"  {found:4.0%} of those that make {share:.0%} of exponents right")
        assert found < 0.05 if share == 0.55 else found > 0.95 or share < 0.7

# %% [markdown]
# A digit that gave a bit away for seven exponents in ten would have been found always, at both primes; one that does so for 55 in a
# hundred, hardly ever. So for each of the nine bits at {math}`p = 503`, and for the top bit at {math}`p = 257`, the probes
# rule out a leak of this kind and of the larger size. For the seven other bits no probe is needed, as the next section shows.
#
# ### Seven bits without usable information
#
# Here are two optimal codes of the same exponents, 8 bits each, and what powering makes of the second. The two exponents differ in
# the top bit only, and their codes in every digit.

# %%
print("  x   digits of x   digits of 3^x mod 257 - 1   read by powering")
for k in (19, 147):
    y = pow(3, k, 257)
    print(f"{k:3d}    {k:08b}              {y - 1:08b}", end="")
    print(f"               {dl.low_bits(y, 3, 257):08b}")
    assert dl.low_bits(y, 3, 257) == k

# %% [markdown]
# In the first code a line reads any bit with one weight. In the second, whatever its weights, it gives the two exponents opposite scores, though seven bits are the same.
#
# ```{prf:theorem} Opposite codes
# :label: thm-opposite-codes
# Let {math}`p = 2^n + 1` be a prime, {math}`g` primitive, and {math}`x` as likely as {math}`x + 2^{n-1}` modulo {math}`p - 1`, as it is if
# {math}`x` is uniform. Write the {math}`n` digits of {math}`g^x - 1` as {math}`c \in \{-1, 1\}^n`. Let a label be any function of
# {math}`x \bmod 2^{n-1}`, such as a bit of {math}`x` other than the highest. For every loss that is convex in the reader's number, no affine reader
# {math}`w \cdot c + b` has a smaller mean loss than {math}`b` alone. The usable information is exactly 0 bits.
# ```
#
# ```{prf:proof}
# {math}`x` and {math}`x + 2^{n-1}` have outputs {math}`y` and {math}`p - y`, since {math}`g^{(p-1)/2} = -1`. The digits of {math}`y - 1` and
# {math}`p - y - 1` are complements, since these numbers add up to {math}`2^n - 1`, so the codes are {math}`c` and {math}`-c`. Both carry the
# same label and are equally likely. So {math}`w \cdot c + b` and {math}`-w \cdot c + b` have the same mean loss. A convex function
# of {math}`w` that takes equal values at {math}`w` and {math}`-w` is at most as large half way, at
# {math}`w = 0`. What is left is the constant {math}`b`, which needs no code.
# ```
#
# This is where the usable information of {cite:t}`xu2020` pays off: it is a number that can be computed here, exactly, since the
# table is the whole population. For a logistic reader it is a convex problem; for a reader who powers it is a count. Beside it we
# print what the same bit is worth when it is shuffled, as above.

# %%
from scipy.special import expit


def usable_bits(code, bit):
    """Bits by which the best logistic reader of a code beats a guess."""
    features = np.c_[np.ones(len(code)), 2 * code - 1]
    w = np.zeros(features.shape[1])
    for _ in range(12):  # Newton's method, on a convex loss
        told = expit(features @ w)
        hessian = (features.T * (told * (1 - told))) @ features
        w += np.linalg.solve(hessian, features.T @ (bit - told))
    told = expit(features @ w)
    loss = -np.log2(np.where(bit == 1, told, 1 - told)).mean()
    return entropy([bit.mean(), 1 - bit.mean()]) - loss


def shuffled(bits, drawn):
    """The bits of other exponents, dealt pair by pair, rows in random order."""
    pairs = np.arange(len(bits)).reshape(2, -1).T
    dealt = np.empty_like(bits)
    dealt[pairs] = bits[drawn.permuted(drawn.permutation(pairs), axis=1)]
    return dealt


# %%
for p, (_, inputs, outputs) in tasks.items():
    bits, code = inputs.double().numpy(), outputs.double().numpy()
    told = np.array([usable_bits(code, bit) for bit in bits.T])
    worth, drawn = told > 1e-9, np.random.default_rng(seed)
    print(f"p = {p}: {(~worth).sum()} bits worth 0; the others,", end=" ")
    print("in thousandths of a bit:", *(1000 * told[worth]).round().astype(int))
    luck = np.array(
        [
            [usable_bits(code, bit) for bit in shuffled(bits, drawn)[:, worth].T]
            for _ in range(n_shuffles)
        ]
    )
    total, best = luck.sum(1), luck.max(1)
    print(f"  all: {told.sum():.2f}, shuffled {total.mean():.2f} ±", end=" ")
    print(
        f"{total.std():.2f}, in {(total >= told.sum()).mean():.0%} as much;",
        end=" ",
    )
    print(f"best bit: in {(best >= told.max()).mean():.0%} as much")
    assert told.max() < 0.1 and total.mean() < told.sum() < total.max()

# %% tags=["hide-input"]
lower_bits, code = (t.double().numpy() for t in tasks[257][1:])
score, bias = symbols("s b", real=True)


def nothing(k):
    return 0


def bits_that_a_line_can_use(k):
    return usable_bits(code, lower_bits[:, k])


# %% tags=["hide-input"]
from sympy import exp

with evaluate(False):
    ignored = log2(1 + exp(-bias))
    used = (log2(1 + exp(-bias - score)) + log2(1 + exp(-bias + score))) / 2
line = Derivation("What a line can use of an optimal code", source="this book")
line.at_most(
    ignored,
    used,
    {},
    "logistic loss of a pair c, -c with equal labels: best where its score w·c is 0",
)
line.agrees(
    nothing,
    bits_that_a_line_can_use,
    [(k,) for k in range(7)],
    1e-9,
    "the seven lower bits of x, from the code at p = 257",
    scale=1,
)
line

# %% [markdown]
# So for the probe seven of the eight bits are not hard to find. They are not there: 0 usable bits, and
# eight for the reader who powers, from the same optimal code. That also explains a curiosity of the run above. The probe's accuracy on
# those bits is exactly one half: its fitted weights are 0, every score is a tie, and a tie counts half. The top bit, which the theorem leaves out,
# is worth 0.09 bits; shuffled, it is worth as much in 3 % of cases. It is the best of ten bits that we looked at, so that may be luck.
#
# The theorem is about convex losses. *Accuracy* is none: a reader who moves the threshold to where few codes lie can be
# right for more than half of the inputs. How often, we look up among thousands of random lines, each with its best
# threshold.


# %%
def best_accuracy(code, bit):
    """The share that the best of many random lines gets right."""
    drawn = np.random.default_rng(seed)
    scores = (2 * code - 1) @ drawn.normal(size=(code.shape[1], 4000))
    above = np.cumsum((2 * bit - 1)[np.argsort(-scores, 0)], 0)
    return 0.5 + np.abs(above - above[-1] / 2).max() / len(bit)


bits, code = (t.double().numpy() for t in tasks[257][1:])
dealt = shuffled(bits, np.random.default_rng(seed))
for kind, labels in (("seven lower bits", bits), ("the same, shuffled", dealt)):
    right = [best_accuracy(code, bit) for bit in labels.T[:7]]
    print(f"{kind:18s} {min(right):.0%} to {max(right):.0%} right")

# %% [markdown]
# Six in ten, and as many if the labels are shuffled: eight weights and a threshold fit that much of any labels.
#
# At {math}`p = 503` there is no such proof, and a line can use 0.16 bits of almost nine. Shuffled labels are worth 0.12 of these,
# and as much in 3 % of the shuffles; the best bit in a third of them. Indeed one bit does leak to a line, and that can be proved: below.
#
# (sec-hard-one-layer)=
# ### One layer is not enough
#
# Could the last hidden layer hold the bits of {math}`x`, so that the code appears in the last step only? There each digit of the code is the sign of
# a line of the bits of {math}`x`. Whether any line gives a bit without error is decided by a linear programme.

# %%
from polylib.representation import linearly_separable

for p, (_, bits, code) in tasks.items():
    written, read = linearly_separable(bits, code), linearly_separable(code, bits)
    print(
        f"p = {p}: {int(written.sum())} of {len(written)} digits of the code",
        end=" ",
    )
    print(f"are lines of x, {int(read.sum())} bits of x lines of the code")
    assert not written.any() and not read.any()
for k in (5, 10, 7, 8):
    print(f"x = {k:2d} = {k:04b}: 3^x - 1 = {pow(3, k, 257) - 1:08b}")

# %% [markdown]
# None, at either prime, in either direction. The four exponents show why, for the second digit from the left at {math}`p = 257`. Place by place, the digits of
# 5 and 10 have the same sums as those of 7 and 8, so a line's scores have, too. But it would have to score the first two above 0 and the others below. A
# network must leave the bits of {math}`x` a layer earlier, or hold more than them.
#
# ### One digit that tells a little
#
# Try the plainest reader there is: one digit of the output, held against the parity of {math}`x`.

# %%
digit_right = {}
for p in (257, 503, 1019, 65_267):
    y, g, top, upper = 1, primitive_root(p), 0, 0
    place = (p - 2).bit_length() - 1
    for x in range(1, p):
        y = y * g % p
        top += (y - 1) >> place == x % 2
        upper += (2 * y > p) == x % 2
    digit_right[p] = top, upper
    print(f"p = {p:5d}: the top digit of y - 1 is the parity of x for", end=" ")
    print(f"{top} of {p - 1} exponents, {top / (p - 1):.1%}")
    print(
        f"           and y > p/2 is, for {upper}, {upper / (p - 1):.1%}", end="; "
    )
    print(f"half of them would be {(p - 1) // 2}")
assert digit_right[503] == (275, 272) and digit_right[257] == (128, 128)

# %% [markdown]
# One digit of the output, at {math}`p = 503`, is equal to the parity of {math}`x` for 275 of the 502 exponents, 54.8 %. That is no
# accident of this prime. {math}`x` is even if {math}`y` is a square; and for {math}`p` that leave 3 modulo 4 there are more squares than
# non-squares below {math}`p/2`, always. By how many, Dirichlet's class number formula says: for {math}`p = 503` by
# 21, which is the *class number* {math}`h(-503)`, the number of essentially different quadratic forms {math}`au^2 + buv + cv^2` with {math}`b^2 - 4ac = -503`.
# So the reader who asks whether {math}`y > p/2` is right {math}`251 + 21 = 272` times. The excess grows like {math}`\sqrt p` or so, and its share
# of all exponents shrinks: 54.2 % at 503, 53.8 % at 1019, 50.3 % at 65267. Where {math}`p` leaves 1 modulo 4, {math}`y` and {math}`p - y` are squares
# together, and whether {math}`y > p/2` tells nothing; at 257 the top digit asks just that.
#
# Our probes did not see this leak, and could not: it is of the size of those planted of which they found next to none. The
# box checks the formula for the first 93 primes that it covers, from 7 on.


# %% tags=["hide-input"]
def squares_less_nonsquares_below_half(p):
    squares = {y * y % p for y in range(1, p)}
    return sum(1 if y in squares else -1 for y in range(1, (p + 1) // 2))


def class_number(p):
    """Reduced forms a u² + b u v + c v² with b² - 4 a c = -p, as Gauss counts."""
    found = 0
    for b in range(1, int((p / 3) ** 0.5) + 1, 2):
        ac = (b * b + p) // 4
        for a in range(b, int(ac**0.5) + 1):
            if ac % a == 0:
                found += 1 if a in (b, ac // a) else 2  # b and -b
    return found


def class_number_or_three_times_that(p):
    return class_number(p) * (1 if p % 8 == 7 else 3)


digit = Derivation("Squares below p/2, for 93 primes", source="this book")
digit.agrees(
    class_number_or_three_times_that,
    squares_less_nonsquares_below_half,
    [(p,) for p in primerange(7, 1100) if p % 4 == 3],
    1e-12,
    "by quadratic forms and by counting squares; once if p leaves 7 modulo 8, three times if 3",
)
assert class_number(503) == 21
digit

# %% [markdown]
# ### Two more questions to the same networks
#
# *Is the task learnt, or stored?* Train on a random four fifths of the exponents and ask for the rest. "Very likely learnable" would mean that
# the network, given enough of the table, continues it.
#
# *Is a decoder that has memorised a part of the table a decoder?* Train a network the other way, from {math}`g^x` to {math}`x`, on a third of
# the pairs. It knows that third by heart. {prf:ref}`thm-reduction` says that it can be made to know everything.

# %% tags=["hide-input"]
generator = torch.Generator().manual_seed(seed)
shape = {"hidden": (hidden_units, hidden_units), "steps": steps}
shape |= {"generator": generator}
for p, (x, inputs, outputs) in tasks.items():
    n = n_stored if p == 257 else n_networks
    use = (torch.rand(n, len(x), generator=generator) < 0.8).float()
    nets = bit_network.train(inputs, outputs, n_networks=n, use=use, **shape)
    right, partner = nets.right(inputs, outputs), use.roll((p - 1) // 2, 1)
    shares = [  # of whole outputs, twice, and of single bits, one a network
        ((what * kind).sum(1) / kind.sum(1)).numpy()
        for what, kind in (
            (right.prod(-1), use),
            (right.prod(-1), 1 - use),
            (right.mean(-1), (1 - use) * partner),
            (right.mean(-1), (1 - use) * (1 - partner)),
        )
    ]
    known, new, paired, alone = (share.mean() for share in shares)
    print(
        f"p = {p}: {known:.0%} exact where trained, {new:.1f} where not;", end=" "
    )
    print(f"{paired:.1f} of held-out bits")
    print(f"  right if the partner was trained on, {alone:.1f} if not")
    assert known > 0.98 and new < 0.1 and 0.4 < paired < 0.65 > alone > 0.4
    if p == 257:
        gain = shares[2] - shares[3]
        assert gain.mean() < -half_width(gain)
        print("  so to know the partner does not help: fewer are right")

# %%
x, inputs, outputs = tasks[503]
p, g = 503, primitive_root(503)
use = torch.zeros(1, len(x))
use[0, torch.randperm(len(x), generator=generator)[: len(x) // 3]] = 1
memory = bit_network.train(outputs, inputs, n_networks=1, use=use, **shape)
guesses = (memory.layers(outputs)[-1][0] > 0).int().numpy()
answers = guesses @ (1 << np.arange(guesses.shape[1]))
decoder = {pow(g, int(k), p): int(a) for k, a in zip(x, answers, strict=True)}
alone = np.mean([decoder[pow(g, k, p)] == k % (p - 1) for k in range(1, p)])
solved = [
    dl.solve_with_decoder(pow(g, k, p), g, p, decoder.__getitem__, rng)
    for k in range(1, p)
]
everywhere = np.mean([answer == k for k, (answer, _) in enumerate(solved, 1)])
mean_calls = np.mean([calls for _, calls in solved])
print(f"The memory alone is right on about 1 in {1 / alone:.0f} inputs,")
print(
    f"with self-reduction on {everywhere:.0%}, for {mean_calls:.0f} calls each."
)
assert everywhere == 1 and 0.3 < alone < 0.4

# %% [markdown]
# Held-out exponents come out wrong. At {math}`p = 503` their bits are right as often as coins. At {math}`p = 257` they do a little better,
# and *not* because the network has learnt that {math}`x` and {math}`x + 128` have opposite codes: with the partner among the trained exponents, fewer bits
# come out right (95 % interval of the difference, over thirty networks). Likely it answers alike where inputs are alike, and here that is wrong in
# every bit. So these networks have stored the table. That is a small test, of one architecture, one way to write the input and hundreds of examples, and it says nothing about large ones; but it lends "very likely
# learnable" no support either. The argument does not need it.
#
# The decoder that had memorised a third decodes everything, with about three calls an input. The reduction gave it what training
# did not: a way to move a question it cannot answer to where it can.

# %% [markdown]
# ## Summary
#
# - **The reduction holds**, for a fixed and known {math}`p` and {math}`g`. A decoder that gets {math}`x` from {math}`g^x` on a share of the inputs is an algorithm for discrete
#   logarithms, and random self-reduction lifts it from a share to all.
# - **The inference from optimality fails.** The exponential is a bijection; {math}`x` and {math}`g^x` are equally short codes, nothing is discarded,
#   and hidden is only what the required output format hides.
# - **"No leaks" is false.** The parity always leaks; so do {math}`s` bits if {math}`2^s` divides {math}`p-1`, about eleven to a small
#   budget for random primes, and all of them for smooth {math}`p - 1`. A subgroup of prime order repairs that, under the usual
#   assumption, which nothing here can test, and with the right labels the repaired code is optimal too.
# - **One bit gives the message for some functions**, among them the discrete logarithm's half bit and RSA's lowest, and not in general: with a key for
#   each of 64 bits the chance is {math}`2^{-63}`.
# - **In small trained networks** linear probes read every bit of {math}`x` in wide hidden layers, as they do without any training.
#   At the final code they read no bit beyond chance; a digit that gives a bit away for 70 % of exponents they would have found, one for 55 % not.
#   Powering reads 8 of 8 bits at one prime and 1 of 9 at the other. At
#   {math}`p = 257` seven bits have exactly 0 usable information for a line, under any convex loss.
# - **One layer is not enough** to turn the bits of {math}`x` into the code or back: no bit of one is a line of the other, at either prime.
#
# Do codes become less interpretable "as codes become more efficient"? Nothing here says so. At {math}`p = 257` one optimal code of
# 8 bits, {math}`x` itself, is read by a line; another of the same 8 bits, {math}`g^x`, gives a line no usable information on seven of them, and costs the
# reader who knows how one powering each. Efficiency is the same; the format and the reader are not. The example of the supplement shows
# that an efficient code *can* be hard to read, given the assumptions, and not that efficiency makes it so.
#
# What it means for reading a network. That a layer holds information is no promise that it can be read, and that a
# probe fails is no sign that the information is gone. A result of the form "property A is not represented at layer L" should name the
# readers that were tried, and how small a leak they would have seen. A result that it *is* represented should name what the same
# reader finds in an untrained network. Hardness, if it is real, lies in the
# function that is computed; nothing in the argument says that networks compute such functions when nobody asks them to.
#
# What this does not show: anything about tasks that are not one-way, or large networks, or readers between a line and a
# theorem. Discrete logarithms are believed to be hard, not known to be.
#
# The next chapter, {ref}`nb-dropout-capacity`, goes back to counting: what a layer can hold when dropout erases a part of it.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-hard-lowest
# In the subgroup of squares modulo a safe prime {math}`p = 2q+1` the parity of {math}`z` no longer leaks from {math}`h^z`. Show that it is now
# worth everything: given a reader of the parity of {math}`z`, for {math}`z` from 0 to {math}`q-1`, find {math}`z`.
# ```
#
# ````{solution} ex-hard-lowest
# :class: dropdown
# {math}`q` is odd, so 2 has an inverse modulo {math}`q`, and the square root within the subgroup is unique: raise to the power {math}`(q+1)/2`.
# If {math}`z` is odd, divide by {math}`h`; take the root, which halves the exponent; read the next parity. In {math}`1, \dots, p-1`
# that failed because there are two roots. So where a bit stops leaking it can become as hard as the whole.
# ````

# %% tags=["hide-cell"]
p, q = 1019, 509
h = 4
z_of = {pow(h, z, p): z for z in range(q)}


def log_from_parity(y):
    """z from h^z by parities: halve the exponent until it is 0."""
    z, place = 0, 1
    while y != 1:
        if z_of[y] % 2:  # the reader
            z, y = z + place, y * pow(h, -1, p) % p
        y, place = pow(y, (q + 1) // 2, p), 2 * place
    return z


hits = sum(log_from_parity(pow(h, z, p)) == z for z in range(q))
print(f"{hits} of {q} exponents")
assert hits == q

# %% [markdown]
# ```{exercise}
# :label: ex-hard-few
# Hardness is about exponents drawn from the whole range. Suppose that a network with the 2048-bit prime only ever sees {math}`x` below {math}`2^{20}`. How many
# multiplications does it take to read {math}`x`?
# ```
#
# ````{solution} ex-hard-few
# :class: dropdown
# At most about {math}`2 \cdot 2^{10}`, whatever the prime: write {math}`x = 1024 a + b`, make a table of {math}`h^b` (baby steps), and divide by {math}`h^{1024}`
# until the table has it (giant steps). The size of the prime protects nobody whose inputs are few.
# ````

# %% tags=["hide-cell"]
small_x = primes.random_below(2**20, rng)
baby, value = {}, 1
for remainder in range(1024):
    baby[value] = remainder
    value = value * 2 % standard
giant, y = pow(value, -1, standard), pow(2, small_x, standard)
quotient = 0
while y not in baby:
    y, quotient = y * giant % standard, quotient + 1
print(f"x = {small_x}, read {1024 * quotient + baby[y]}", end=" ")
print(f"with {len(baby)} baby and {quotient} giant steps")
assert 1024 * quotient + baby[y] == small_x

# %% [markdown]
# ```{exercise}
# :label: ex-hard-three
# For which primes can one read {math}`x \bmod 3` from {math}`g^x` with one powering? For what share of all primes is that?
# ```
#
# ````{solution} ex-hard-three
# :class: dropdown
# If 3 divides {math}`p-1`, raise to the power {math}`(p-1)/3`: the result is one of the three cube roots of 1, and says which of three values
# {math}`x \bmod 3` has. A large prime leaves 1 or 2 modulo 3, equally often, so it is half of them.
# ````

# %% tags=["hide-cell"]
third = np.mean([p % 3 == 1 for p in sample])
print(f"3 divides p - 1 for {third:.1f} of the random primes")
p, g = 1009, primitive_root(1009)
assert all(dl.residue(pow(g, x, p), g, p, 3) == x % 3 for x in range(1, p))

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
