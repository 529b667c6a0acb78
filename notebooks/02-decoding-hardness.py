# %% [markdown]
# (nb-decoding-hardness)=
# # Hardness of decoding
#
# The first chapter ended with bits that not every reader finds. Can a network be unreadable just because it is
# *efficient*? Section 2.2 of the supplement to {cite:t}`marshall2024` exists for a conjecture: "As codes
# become more efficient (approach the Shannon limit given the entropy) it seems likely that they become less
# interpretable." To support it, it gives a task: raise {math}`g` to the power {math}`x` modulo a prime. Whoever could read
# {math}`x` from such a layer would compute {term}`discrete logarithms <discrete logarithm>`, which nobody is known to do in
# reasonable time.

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
# That a decoder would find logarithms is sound; that optimality hides {math}`x` is not. The output holds every bit of {math}`x`, so {math}`x` and
# {math}`g^x` are equally short codes, and what leaks from the second depends on the prime and on the reader. For one prime we prove that an optimal code gives a linear reader no usable information on seven bits of eight (on the eighth 0.09 of a
# bit, perhaps by luck), while a reader who *powers*, raises the coded number to powers modulo {math}`p`, gets all eight.
#
# - {ref}`sec-hard-task`: what the task costs forward.
# - {ref}`sec-hard-reduction`: what decoding it would mean.
# - {ref}`sec-hard-bijection`: "optimal" does not mean "hidden".
# - {ref}`sec-hard-leaks`: what powering gets.
# - {ref}`sec-hard-repair`: a group in which that gets nothing.
# - {ref}`sec-hard-one-bit`: it may, and need not.
# - {ref}`sec-hard-network`: linear {term}`probes <probe>` of trained and untrained ones.
#
# You need modular arithmetic: {math}`\{1, \dots, p-1\}` under multiplication modulo a prime {math}`p` is a cycle, and
# a *primitive* {math}`g` walks through all of it, {math}`g, g^2, \dots, g^{p-1} = 1`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_primes: int = 60  # of each kind in the second figure; thrice that at random
max_bits: int = 128  # size of the largest of them
budget: int = 1_000  # largest prime factor that a cheap reader works through
n_networks: int = 5  # trained on each task
hidden_units: int = 96  # in each of two hidden layers; the claims need 48
n_narrow: int = 16  # narrower ones, at each width
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

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from polylib.networks import bit_network
from polylib.representation import usable_bits
from polylib.theory import discrete_log as dl

torch.set_num_threads(1)  # these matrices are too small to share out
rows = [*range(1, 9), *range(129, 137)]
powers = torch.tensor([pow(3, x, 257) for x in range(1, 257)])
digits = bit_network.digits(torch.arange(1, 257) % 256, 8)
code = bit_network.digits(powers - 1, 8)
raised = torch.tensor([dl.low_bits(y, 3, 257) for y in powers.tolist()])
right = (bit_network.digits(raised, 8) == digits).all(0).double()
readers = [usable_bits(digits, digits), usable_bits(code, digits), right]
worth, names = torch.stack(readers), ["x: line", "3ˣ: line", "3ˣ: powers"]

# %% [markdown]
# Two codes of the same exponents:

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Two optimal codes of the same exponents, 8 bits each: the binary digits of x, and those of 3ˣ mod 257, less 1. Above: 16 of 256 exponents, a row each, dark for 1; x and x + 128 differ in one digit of x, and in every digit of 3ˣ − 1. Below: usable bits, by how many bits seeing the code lowers the best loss that a reader can reach in telling each bit of x; for a line (a weighted sum of the digits) and for one who raises 3ˣ to powers.", "name": "fig-two-codes"}, "image": {"alt": "Two grids of black and white cells, and under them a table of numbers. In the first grid the rows for x and x + 128 agree but for the first column; in the second each is the other with black and white exchanged. In the table a line reads 1 bit for every bit of x from the first code, and from the second 0 for seven bits and 0.09 for the highest; powering reads 1 for all eight."}}
at = [x - 1 for x in rows]
shown = {"digits of x": (digits[at], rows), "digits of 3ˣ − 1": (code[at], rows)}
shown["usable bits of x"] = worth, names
fig, axes = plt.subplot_mosaic("ab;cc", figsize=(5.4, 5.4), height_ratios=[5, 2])
for ax, (title, (cells, labels)) in zip(
    axes.values(), shown.items(), strict=True
):
    ax.imshow(cells.flip(1), cmap="Greys", vmax=1.3, aspect="auto")
    ax.set(title=title, xlabel="digit, 0 the lowest")
    ax.set_xticks(range(8), range(7, -1, -1))
    ax.set_yticks(range(len(labels)), labels)
    ax.grid(visible=False)
look = {"ha": "center", "va": "center", "size": 9}
for (row, column), bits in np.ndenumerate(worth.flip(1).numpy()):
    look["color"], words = "w" if bits > 0.5 else "k", f"{bits:.1g}"
    axes["c"].text(column, row, words if bits > 1e-9 else "0", **look)
axes["a"].axhline(7.5, color="C1", linewidth=2)
axes["b"].axhline(7.5, color="C1", linewidth=2)
axes["a"].set_ylabel("exponent x")
plt.show()

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
# *Square and multiply* reads the binary digits of {math}`x` from the top, squares for each
# and multiplies by {math}`g` for each 1. With a fixed base a network may instead know {math}`g, g^2, g^4, \dots`
# beforehand, let the digits of {math}`x` choose among them, and multiply the chosen ones in a tree.

# %%
from polylib.theory import primes

rng = np.random.default_rng(seed)
p, g, x = 1_000_003, 2, 765_432
value, multiplications = dl.exponential(g, x, p)
same, depth = dl.exponential_as_product(g, x, p)
assert value == same == pow(g, x, p)
print(f"{g}^{x} mod {p} = {value}, by {multiplications} multiplications, or by")
print(f"a product of {x.bit_count()} constants in a tree of depth {depth}")

# %% [markdown]
# Networks of threshold gates can even do that in a fixed number of layers and polynomial width {cite:p}`hesse2002`. So such a
# network exists, which is all the argument needs.

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
# all exponents, there is an algorithm that finds *every* discrete logarithm modulo {math}`p`, with {math}`O(\log p)`
# multiplications a call and, on average, at most as many calls as
#
# $$\sum_{k=1}^{\infty} k \delta \left(1 - \delta\right)^{k - 1} = \frac{1}{\delta}.$$
# ```
#
# ```{prf:proof}
# Given {math}`y`, draw {math}`r` uniformly and hand {math}`y g^r` to the decoder. It is uniform *whatever {math}`y` was*: hard
# inputs become average ones. With probability at least {math}`\delta` the decoder returns its exponent, which is that of
# {math}`y` plus {math}`r`, and which is checked by raising {math}`g` to it. The tries are independent.
# ```
#
# We run this {term}`random self-reduction` with a table of a third of the exponents.

# %%
p, g = 1019, 2
table_of = {pow(g, x, p): x for x in range(1, (p - 1) // 3 + 1)}


def a_third(y):
    """Right on a third of the inputs, confidently wrong on the others."""
    return table_of.get(y, 1)


# %%
solved = [
    dl.solve_with_decoder(pow(g, x, p), g, p, a_third, rng) for x in range(1, p)
]
calls = np.array([calls for _, calls in solved])
decoded = np.mean([a_third(pow(g, x, p)) == x for x in range(1, p)])
assert [answer for answer, _ in solved] == [*range(1, p)]
print(f"the decoder alone is right on {decoded:.0%} of all inputs,")
print(f"with self-reduction on all, after {calls.mean():.1f} calls each")

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
# So far the supplement is right. It concludes: the optimality of the code "forces the model to keep only the
# bits it needs", which leaves "just the exponential" and no "leaks" as to the input. But {math}`x \mapsto g^x` is a bijection.
# Which bits could an optimal code drop? None.
#
# ```{prf:theorem} The exponential keeps everything
# :label: thm-bijection
# Let {math}`p` and a primitive {math}`g` be fixed and known. For every distribution of {math}`X` on
# {math}`1, \dots, p-1`
#
# $$H(X) = H(g^X)$$
#
# and {math}`g^X` leaves nothing of {math}`X` open:
#
# $$H(X \mid g^X) = 0.$$
# ```
#
# ```{prf:proof}
# {math}`g, g^2, \dots, g^{p-1}` are all different. The law of {math}`g^X` has the masses of that of {math}`X`, dealt to other
# names, and each name belongs to one {math}`x`.
# ```
#
# In the box {math}`P_k` is the probability of the exponent {math}`k`, and {math}`Q_k` that of {math}`g^k`.

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
# A code that keeps {math}`x` itself is therefore *exactly as short* as one that keeps {math}`g^x`. Optimality cannot choose
# between them; the output format that the task demands does, and a network is free to hold {math}`x` in an earlier layer and
# convert later. But {math}`p` and {math}`g` must be known. Let {math}`p` be one of five primes and {math}`g` any primitive element, drawn anew for each input and not shown.

# %%
from polylib.theory.entropy import entropy
from sympy.ntheory import is_primitive_root

five, joint = (11, 13, 17, 19, 23), np.zeros((23, 23))  # P of each x and y
for p in five:
    bases = [g for g in range(2, p) if is_primitive_root(g, p)]
    for g, x in ((g, x) for g in bases for x in range(1, p)):
        joint[x, pow(g, x, p)] += 1 / (len(five) * len(bases) * (p - 1))
left = entropy(joint.ravel()) - entropy(joint.sum(0))
print(
    f"of {entropy(joint.sum(1)):.2f} bits in x the output leaves {left:.2f} open"
)

# %% [markdown]
# Taken literally, "no leaks" would mean that {math}`g^X` leaves all of the entropy of {math}`X`:

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
# readers with limited means. For these, {cite:t}`xu2020` define {term}`usable information`: the bits by which seeing
# {math}`g^x` lowers the *best loss that a family of readers can reach*. Figure 1 of the supplement is about that number too ({ref}`chapter 9 <sec-mine-infinite>`).

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
# The simplest reader raises its input to a power, which costs no more than the task. One such power,
# {math}`y^{(p-1)/2}` modulo {math}`p`, is the *Legendre symbol* {math}`\chi(y)`: {math}`+1` if {math}`y` is a square and
# {math}`-1` if not.
#
# ```{prf:theorem} The low bits leak
# :label: thm-low-bits
# Write {math}`p - 1 = 2^s t` with {math}`t` odd. From {math}`g^x`, for a primitive {math}`g`, the {math}`s` lowest bits
# of {math}`x` are read with one powering each. The Legendre symbol tells whether {math}`x` is even:
#
# $$\chi(g^x) = \left(-1\right)^{x}.$$
# ```
#
# ```{prf:proof}
# {math}`g^{(p-1)/2}` is a square root of 1 and not 1 itself, so {math}`-1`, and to the power {math}`x` it gives
# {math}`(-1)^x`: the lowest bit. If that is 1, divide by {math}`g`: what is left is {math}`g^{x'}` with an even {math}`x'`. If 4
# divides {math}`p-1`, the power {math}`(p-1)/4` gives {math}`(-1)^{x'/2}`, the next bit. And so on, {math}`s` times.
# ```
#
# Modulo 97 there are five such bits, since {math}`96 = 2^5 \cdot 3`; modulo 257 all eight, since {math}`256 = 2^8`; at a
# {term}`safe prime` above 5, where {math}`(p-1)/2` is prime too, there is one.

# %%
from polylib.tables import table

p, g, few = 97, 5, (19, 40, 77, 96)
assert all(dl.low_bits(pow(g, x, p), g, p) == x % 32 for x in range(1, p))
columns = {"x": few, "in binary": [f"{x:07b}" for x in few]}
columns |= {"5ˣ mod 97": [pow(g, x, p) for x in few]}
columns |= {"read": [f"..{dl.low_bits(pow(g, x, p), g, p):05b}" for x in few]}
table(columns, "What powering reads modulo 97; it is right for all 96 exponents.")

# %%
from sympy import legendre_symbol

big = primes.safe_prime(202, rng)
base = next(g for g in range(2, 99) if legendre_symbol(g, big) == -1)
exponents = [primes.random_below(big - 1, rng) + 1 for _ in range(2000)]
told = sum(dl.low_bits(pow(base, x, big), base, big) == x % 2 for x in exponents)
print(f"a safe prime of 202 bits: parity right for {told} of {len(exponents)}")
assert told == len(exponents)

# %% [markdown]
# Does the parity of {math}`X` share no information with {math}`\chi(g^X)`? The box computes it for any law {math}`P` of the
# exponents modulo any {math}`p = 2m+1`. ({math}`C_1, \dots, C_x` are each the symbol of {math}`g`; their product is that of {math}`g^x`.)

# %% tags=["hide-input"]
from sympy import Product, expand

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
C, x_any = IndexedBase("C", real=True), symbols("x", integer=True, positive=True)
symbol_of_power = named(r"\chi(g^x)", Product(C[k], (k, 1, x_any)))
why = "the symbol of a product; that of g is -1"
parity.equal(symbol_of_power, (-1) ** x_any, why, given={C[k]: Integer(-1)})
why = "the s low bits of every x modulo 23, 97, 257 and 1019"
parity.agrees(low_bits_of_x, bits_read_by_powering, every_x, 1e-12, why)
parity

# %% [markdown]
# ### From one bit to all of them
#
# For any divisor {math}`M` of {math}`p-1`, powering by {math}`(p-1)/M` moves {math}`g^x` into a group with {math}`M` elements in
# which only {math}`x \bmod M` is left. {cite:t}`pohlig1978` search it factor by factor, with work like the square root of the
# largest prime factor. So a reader takes for {math}`M` the part of {math}`p-1` that is made of primes up to a *budget*, and reads
# {math}`\log_2 M` bits. If {math}`p-1` has no larger ones, it is called *smooth*, and the reader gets everything:

# %%
smooth = primes.smooth_prime(256, budget, rng)
base = primitive_root(smooth)
secret = primes.random_below(smooth - 1, rng) + 1
read = dl.residue(pow(base, secret, smooth), base, smooth, smooth - 1)
work = dl.generic_cost(smooth - 1)
print(
    f"p of {smooth.bit_length()} bits; x = {str(secret)[:24]}…, read: {read == secret}"
)
print(f"cost: at most about {work / 1000:.0f} thousand multiplications")

# %% [markdown]
# For a random large prime, {math}`q^k` divides {math}`p-1` with probability {math}`1/(q^{k-1}(q-1))` (Dirichlet); each factor {math}`q` gives
# {math}`\log_2 q` bits. That makes about {math}`\log_2(\text{budget})` bits, however long the prime.

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
# Choose a budget:

# %% tags=["hide-input"]
from sympy import factorint

kinds = {
    "safe p": primes.safe_prime,
    "random p": primes.random_prime,
    "p − 1 smooth": lambda n, rng: primes.smooth_prime(n, 100, rng),
}
n_draws, own = 4, np.random.default_rng(seed)
budgets = 2.0 ** np.array([1, 2, 4, 8, 12, 16, 20, 32])
factors = [
    [sorted(factorint(draw(64, own) - 1).items()) for draw in kinds.values()]
    for _ in range(n_draws)
]
most = max(len(found) for row in factors for found in row)
edges = np.zeros((n_draws, len(kinds), most, 4))  # left, right, bottom, top
largest = np.ones(edges.shape[:3])
for row, boxes, prime in zip(factors, edges, largest, strict=True):
    for r, found in enumerate(row):
        right = np.cumsum([k * np.log2(float(q)) for q, k in found])
        boxes[r] = right[-1], right[-1], r + 0.1, r + 0.6
        boxes[r, : len(found), 0] = np.r_[0, right[:-1]]
        boxes[r, : len(found), 1] = right
        prime[r, : len(found)] = [q for q, _ in found]
lit = 1.0 * (largest[:, None] <= budgets[:, None, None])
read = (lit * np.diff(edges[..., :2])[..., 0][:, None]).sum(-1)

# %% tags=["hide-input"]
from polylib.derivation import Boxes, Choice, explore

x, drawn, limit = symbols("x p B")
by, words = (drawn, limit), "bits read: factors of p − 1 within the budget"
rows = edges.reshape(n_draws, -1, 4)
shade = lit.reshape(n_draws, len(budgets), -1)
explore(
    [Boxes(rows, shade, words, by=(drawn,), fill_by=by)],
    x=(x, 0, 64),
    y=(0, 3),
    sliders={
        limit: Choice(budgets, [f"{b:,.0f}" for b in budgets], start=5),
        drawn: Choice(range(n_draws), [f"draw {d + 1}" for d in range(n_draws)]),
    },
    labels=("bits of x, by prime factors of p − 1", "primes of 64 bits"),
    names={limit: "budget, the largest factor searched", drawn: "primes"},
    readouts={
        f"{kind}, bits": (read[..., r], ".0f", by) for r, kind in enumerate(kinds)
    },
    ticks={"y": {}},
    notes=[(0.5, r + 0.68, kind) for r, kind in enumerate(kinds)],
    caption="Which bits of x a reader gets from its power modulo p. A box is a "
    "prime power in p − 1, as wide as its bits; it is read if the prime is "
    "within the budget. A safe p gives the parity, and no more, at every budget here. "
    "A random p gives about log₂ of the budget on average; single ones, far more or less.",
    alt="Three bars of 64 bits. Of the safe prime a sliver at the left is "
    "filled, of the random prime more than half, of the smooth one everything.",
)

# %% [markdown]
# For more primes, and the five known *Fermat primes* {math}`2^k + 1`:

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
assert np.allclose(*np.transpose(bits_read["p − 1 smooth"]))
assert np.allclose(np.transpose(bits_read["safe: (p − 1)/2 prime"])[1], 1)
columns = {"kind": kinds, "largest p, bits": [], "read on average": []}
for points in bits_read.values():
    total, read = np.array(points).T
    columns["largest p, bits"].append(total.max())
    columns["read on average"].append(read[total > total.max() / 2].mean())
formats = {"largest p, bits": ".0f", "read on average": ".0f"}
caption = f"Bits of x that a budget of {budget:,} reads, over primes of more than half the largest size."
table(columns, caption, formats)

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits of x that a cheap reader gets from g^x mod p, for primes p of four kinds. The reader works through prime factors of p − 1 up to its budget, 1,000, and no further. Solid grey line: all bits of x. Dashed grey line: the predicted mean over large random primes.", "name": "fig-bits-read"}, "image": {"alt": "Scatter on logarithmic axes of bits read against the bits in x. Smooth primes and Fermat primes lie on the diagonal, all bits, up to 128. Random primes scatter from 1 to about 34 bits around a dashed horizontal line at about 11; the few that lie on the diagonal have fewer than 35 bits. Safe primes lie in a row at exactly one bit."}}
fig, ax = plt.subplots(figsize=(5.6, 4.6))
looks = [("C2", "x"), ("C0", "o"), ("black", "*"), ("C1", "s")]
for (kind, points), (colour, marker) in zip(
    bits_read.items(), looks, strict=True
):
    look = {"color": colour, "ms": 12 if marker == "*" else 4, "label": kind}
    ax.plot(*np.transpose(points), marker, zorder=2 + (marker in "x*"), **look)
ends = np.array([1, 1.25 * max_bits])
ax.plot(ends, ends, "-", color="0.5", linewidth=1)
ax.text(27, 40, "all bits", ha="right")
ax.axhline(expected, color="0.5", linestyle="--", linewidth=1)
ax.text(1.1, 1.1 * expected, "mean, large random primes")
ax.text(17, 1.16, "the parity, and nothing else")
ax.set_xscale("log", base=2)
ax.set_yscale("log", base=2)
for axis in (ax.xaxis, ax.yaxis):
    axis.set_major_formatter("{x:g}")
ax.set(xlabel="bits in x: log₂(p − 1)", ylabel="bits read from gˣ mod p")
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.93))
plt.show()

# %% [markdown]
# That is no proof that the rest is hidden. For readers who only multiply and compare, {math}`x` costs about {math}`\sqrt q`,
# for the largest prime factor {math}`q` of {math}`p-1` {cite:p}`shoup1997`. The number field sieve does better, up to 795 bits
# so far {cite:p}`boudot2020`, and a quantum computer would read everything {cite:p}`shor1997`. So "DLP [the discrete logarithm problem] is thought to be
# average-case hard" is an *assumption*; what can be checked is that it needs a {math}`p-1` with a large prime factor.

# %%
smooth_p = lambda n, rng: primes.smooth_prime(n, budget, rng)  # noqa: E731
draws = {"safe": primes.safe_prime, "random": primes.random_prime}
draws["smooth p − 1"] = smooth_p
each = [[draw(64, rng) - 1 for _ in range(9)] for draw in draws.values()]
costs = np.log2([[dl.generic_cost(order) for order in orders] for orders in each])
columns = {"p": draws, "least": costs.min(1), "most": costs.max(1)}
caption = "log2 of the multiplications that find x, nine primes of 64 bits each."
table(columns, caption, {"least": ".0f", "most": ".0f"})

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
# The parity leaks because half of the elements are squares. So stay among these. For a safe prime {math}`p = 2q+1` they form
# a group with {math}`q` elements, generated by {math}`h = g^2`; the task is {math}`h^z \bmod p`.
#
# ```{prf:theorem} The safe-prime subgroup
# :label: thm-safe-subgroup
# In the group of squares modulo a safe prime {math}`p = 2q+1`, generated by {math}`h`, for all {math}`z`
#
# $$\chi(h^z) = 1,$$
#
# and every powering either sends all {math}`h^z` to 1 or keeps them all apart.
# ```
#
# ```{prf:proof}
# {math}`h^z = g^{2z}` has an even exponent. The power {math}`e` multiplies {math}`z` by {math}`e` modulo {math}`q`. If {math}`q`
# divides {math}`e` everything becomes 1; if not, {math}`e` has an inverse modulo the prime {math}`q`, and nothing is merged.
# ```
#
# This wastes one bit, since squares use half of the labels. But for a safe prime above 5, of {math}`y` and {math}`p-y` exactly one is a square, and
# {math}`\min(y, p-y)` numbers the squares from 1 to {math}`q` without gaps. Key exchange uses such groups {cite:p}`kivinen2003`.

# %%
from sympy.ntheory import isprime

standard = primes.modp_prime()
half = (standard - 1) // 2
assert isprime(standard) and isprime(half) and pow(2, half, standard) == 1
parts = [primes.smooth_part(order, budget) for order in (2 * half, half)]
print(f"p of {standard.bit_length()} bits; within the budget", end=" ")
print("{} bit from g^x, {} from 2^z".format(*(n.bit_length() - 1 for n in parts)))

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
z_any = symbols("z", integer=True, positive=True)
symbol_of_square = named(r"\chi(h^z)", Product(C[k] ** 2, (k, 1, z_any)))
why = "h is g^2, and the symbol of g is -1"
repair.equal(symbol_of_square, Integer(1), why, given={C[k]: Integer(-1)})
why = "every square modulo 1019, and 500 modulo a safe prime of 202 bits"
repair.agrees(one, symbol_of_a_square, squares, 1e-12, why, scale=1)
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
# So the supplement's sentence is repaired: *if* discrete logarithms are hard in this group, no reader in polynomial time
# gets {math}`z` from {math}`h^z`. Of single bits that says nothing, and lines and networks we have not tried on it.

# %% [markdown]
# (sec-hard-one-bit)=
# ## Does one bit give the message?
#
# The supplement ends with a stronger task: let the network compute a public-key encryption that is hard to read "for every
# bit of the input". A decoder that "breaks even a single bit" could be used to recover the message. If one bit falls, does
# the rest follow? In general, no. Encrypt each bit under a key of its own, by the scheme of {cite:t}`goldwasser1984`: a key
# is a product {math}`N` of two primes that leave 3 modulo 4, and a bit {math}`b` becomes {math}`(-1)^b r^2 \bmod N` for a
# random {math}`r`. Our decoder has factored the first key, and only that.


# %%
def prime_of_key():
    """A prime that leaves 3 modulo 4: the product of two is public."""
    while (p := primes.random_prime(24, rng)) % 4 != 3:
        pass
    return p


def encrypt(bit, n):
    """A square modulo n for 0, minus a square for 1."""
    return (-1) ** bit * (primes.random_below(n - 1, rng) + 1) ** 2 % n


# %%
length, all_right = 4, []
p, q, *others = (prime_of_key() for _ in range(2 * length))
for _ in range(2000):
    message = rng.integers(0, 2, length)
    first = int(legendre_symbol(encrypt(int(message[0]), p * q), p) == -1)
    assert first == message[0]
    guess = [first, *rng.integers(0, 2, length - 1)]  # others are not factored
    all_right.append((guess == message).all())
print(
    f"all {length} bits right about 1 in {1 / np.mean(all_right):.0f}, the first always"
)

# %% [markdown]
# The message is as far away as before, less one bit. Any network that computes the scheme needs the random
# {math}`r` as an input; the supplement's task has none.
#
# In the box {math}`P_{\mathrm{all}}` is the probability that all {math}`k` bits are right.

# %% tags=["hide-input"]
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
# For some functions one bit does give everything. The *half bit* of {math}`x` says whether {math}`x` exceeds
# {math}`(p-1)/2`.
#
# ```{prf:theorem} Two bits that are worth the whole
# :label: thm-hard-core
# *RSA.* From {math}`m^e \bmod N` and a reader that tells the parity of any plaintext, {math}`m` is found with one call for
# each bit of {math}`N`. *Discrete logarithm.* From {math}`g^x` and a reader of the half bit, {math}`x` is found with at most one
# call for each bit of {math}`p`.
# ```
#
# ```{prf:proof}
# *RSA.* Multiplying the ciphertext by {math}`2^e` doubles the plaintext modulo {math}`N`, which is odd. The result is odd
# exactly if {math}`2m > N`. So the answers for {math}`2m, 4m, 8m, \dots` are the binary digits of {math}`m/N`, and as many of
# them as {math}`N` has fix {math}`m`.
#
# *Discrete logarithm.* Parity is free, by {prf:ref}`thm-low-bits`. If {math}`x` is odd, divide by {math}`g`. Now {math}`g^x`
# has two square roots, with exponents {math}`x/2` and {math}`x/2 + (p-1)/2`, easy to compute; only the half bit tells them
# apart. Go on with exponent {math}`x/2`, whose parity is the next bit of {math}`x`, until 1 is left.
# ```
#
# These readers never err, but any advantage over a coin that is not negligible suffices {cite:p}`alexi1988,blum1984`, and
# for nearly every single bit that does not leak {cite:p}`hastad2004`.

# %%
doubled = [14 * 2**k % 33 for k in range(1, 7)]
parities = "".join(str(m % 2) for m in doubled)
print(f"N = 33, m = 14: plaintexts {doubled}, parities {parities};")
print(f"14/33 is 0.{14 * 2**6 // 33:06b}... in binary")

# %%
from math import lcm

a, b = (primes.random_prime(64, rng) for _ in "ab")
N, e = a * b, 65_537
d = pow(e, -1, lcm(a - 1, b - 1))  # private, inside the reader of parities only
read = lambda ciphertext: pow(ciphertext, d, N) % 2  # noqa: E731
messages = [primes.random_below(N, rng) for _ in range(50)]
opened = [dl.message_from_parity(pow(m, e, N), e, N, read) for m in messages]
print(f"RSA, N of {N.bit_length()} bits: {len(messages)} messages, all opened")
assert opened == messages

# %%
p, g = 1019, 2
log_of = {pow(g, x, p): x for x in range(1, p)}
upper = lambda y: log_of[y] > (p - 1) // 2  # noqa: E731
logs = [dl.log_from_high_bit(y, g, p, upper) for y in log_of]
print(f"discrete logarithm, p = {p}: all {len(logs)} exponents")
assert logs == [*log_of.values()]


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
# Modulo a safe prime the *lowest* bit is free and the *half bit* is worth all the others, and both are one bit of Shannon
# information.

# %% [markdown]
# (sec-hard-network)=
# ## Reading trained networks
#
# Two primes of opposite character: {math}`p = 257`, where powering reads all 8 bits, and the safe prime {math}`p = 503`,
# where it reads the parity. The input is the binary digits of {math}`x` modulo {math}`p-1`, the output those
# of {math}`g^x - 1`. We train on all inputs until every output bit is right, or for 4,000 steps, when over 95 % of the
# outputs are.
#
# **The reader** is a linear probe {cite:p}`alain2016` for each bit of {math}`x` at each layer, fitted on half of the
# exponents and tested on the other half. Pairs {math}`x` and {math}`x + (p-1)/2` stay on one side, since their outputs are
# {math}`y` and {math}`p - y`. We count *balanced accuracy*, the mean over zeros and ones.
# *Chance* is the band that holds every bit in 99 % of 1,000 shuffles of the labels {cite:p}`hewitt2019`. The same networks *before* training show what the architecture gives away by itself.
#
# **What to expect.** A layer of 96 random ReLUs has room for far more than a linear function of 8 or 9 bits, so it likely
# lets a probe read every bit, trained or not. At the final code the probe should read nothing.

# %% tags=["hide-input"]
from polylib.representation import linear_probe, shuffle_labels, shuffled_range

tasks, networks = {}, {}  # exponents, their digits, those of their powers less 1
enough = 0.95  # share of its outputs that every trained network has right
widths = sorted({narrow_units, 48, hidden_units})
for p in (257, 503):
    x, n_bits = torch.arange(1, p), (p - 2).bit_length()
    y = torch.tensor([pow(primitive_root(p), int(k), p) for k in x])
    inputs = bit_network.digits(x % (p - 1), n_bits)
    outputs = bit_network.digits(y - 1, n_bits)
    tasks[p] = x, inputs, outputs
    for units in widths if p == 257 else [hidden_units]:
        start, learn = (torch.Generator().manual_seed(seed) for _ in "ab")
        n = n_networks if units == hidden_units else n_narrow
        shape = {"hidden": (units, units), "n_networks": n}
        before = bit_network.untrained(n_bits, n_bits, generator=start, **shape)
        how = {"steps": steps, "generator": learn, **shape}
        after = bit_network.train(inputs, outputs, **how)
        networks[p, units, "untrained"] = before
        networks[p, units, "trained"] = after
        right = after.right(inputs, outputs).prod(-1)
        assert right.mean() > 0.98 and right.mean(-1).min() > enough
print(f"every trained network has over {enough:.0%} of its outputs right")

# %%
read_at, places = {}, ["input", "hidden 1", "hidden 2", "logits", "code"]


def probed(p, layer, labels):
    """Accuracy for every label, in every network."""
    drawn, pairs = np.random.default_rng(seed), tasks[p][0] % ((p - 1) // 2)
    how = {"groups": pairs, "n_splits": n_splits}
    return linear_probe(layer, labels, drawn, **how).numpy()


# %%
for (p, units, kind), nets in networks.items():
    _, inputs, outputs = tasks[p]
    layers = [inputs[None], *nets.layers(inputs)]
    layers += [outputs[None]] * (kind == "trained")  # the rounded logits
    for place, layer in zip(places, layers, strict=False):
        read_at[p, units, kind, place] = probed(p, layer, inputs)

# %% tags=["hide-input"]
chance_at = {}
for p, (x, inputs, outputs) in tasks.items():
    logits = networks[p, hidden_units, "trained"].layers(inputs)[-1]
    drawn = np.random.default_rng(seed + 1)
    how = {"n_shuffles": n_shuffles, "n_splits": n_splits}
    how |= {"groups": x % ((p - 1) // 2)}
    for place, layer in (("logits", logits), ("code", outputs[None])):
        limit = shuffled_range(layer, inputs, drawn, **how)
        told = read_at[p, hidden_units, "trained", place].mean(0)
        beyond = (np.abs(told - 0.5) > limit).any()
        words = "some bits" if beyond else "no bit"
        bound = np.ceil(100 * limit) / 100
        print(
            f"p = {p}, {place}: chance within 1/2 ± {bound:.2f}, {words} beyond it"
        )
        chance_at[p, place] = limit
        assert 0.05 < limit < 0.15
        assert told.max() < 0.7 and beyond == (place == "logits")

# %% [markdown]
# All accuracies:


# %% tags=["hide-input"]
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
    look = {"ha": "center", "va": "center", "size": 9}
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


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Held-out accuracy of linear probes, one row a bit of x, the highest on top, one column a layer: means over five networks with 96 units a layer. Logits are the numbers of the last layer before they are rounded to the code; a dash says that powering stops there. Frames, trained networks only: logits and codes beyond what the luckiest bit reaches in 99 % of shuffles of the labels.", "name": "fig-probes"}, "image": {"alt": "Four tables of shades with numbers. In all of them the columns input, hidden 1 and hidden 2 are at 1. At the logits untrained networks have about 0.8 for each bit; for p of 257 trained ones have 0.5 but for the top bit, framed, with about 0.6; for p of 503, 0.52 to 0.58, three of them framed. At the code no cell is framed. A last column, powering, is at 1 for all eight bits at 257 and for the lowest bit alone at 503."}}
fig, axes = plt.subplots(2, 2, figsize=(5.6, 7), width_ratios=[4, 6])
panels = [(p, kind) for p in tasks for kind in ("untrained", "trained")]
for ax, (p, kind) in zip(axes.flat, panels, strict=True):
    shade(ax, p, kind)
for ax in axes[:, 0]:
    ax.set_ylabel("bit of x, 0 is the parity")
plt.show()
for kind in ("untrained", "trained"):
    assert read_at[503, hidden_units, kind, "hidden 2"].min() > 0.9

# %% [markdown]
# With 96 units every bit of {math}`x` can be read up to the last hidden layer, and just as well before training, as
# expected: these bits are the input, and wide layers pass it on. Where units are few, training takes some of it away.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Held-out accuracy of a probe for the worst bit of x at the second hidden layer, p = 257, against width: mean and range over 16 networks at 24 and 48 units, over 5 at 96.", "name": "fig-width"}, "image": {"alt": "Two rising curves with error bars at 24, 48 and 96 units. Untrained: from 0.83 over 0.96 to 1. Trained: from 0.69 over 0.92 to 1. The error bars overlap at 24 and 48 units."}}
worst = {  # of all bits at hidden 2, one number a network
    (kind, n): read_at[257, n, kind, "hidden 2"].min(1)
    for n in widths
    for kind in ("untrained", "trained")
}
fig, ax = plt.subplots(figsize=(5.4, 3.4))
for index, kind in enumerate(("untrained", "trained")):
    values = [worst[kind, n] for n in widths]
    mean = [v.mean() for v in values]
    ends = [(m - v.min(), v.max() - m) for m, v in zip(mean, values, strict=True)]
    look = {"marker": figures.MARKERS[index], "label": kind, "capsize": 2}
    ax.errorbar(widths, mean, np.transpose(ends), **look)
    assert worst[kind, hidden_units].mean() > 0.9
ax.set(xlabel="units a hidden layer", ylabel="accuracy for the worst bit")
ax.set_xticks(widths)
ax.legend()
plt.show()

# %%
from polylib.finding import Finding

about = {"source": "this book", "replicates": "networks", "digits": 1}
about |= {"null": "the same networks before training"}
taken = Finding(
    "Training costs the last hidden layer over five points of accuracy",
    networks=n_networks + 2 * n_narrow,
    unit="accuracy for the worst bit of x, after less before, against −0.05",
    **about | {"replicates": "trainings"},
)
for n in widths:
    taken.less(worst["trained", n] - worst["untrained", n], -0.05, units=n)
taken

# %% [markdown]
# The margin and the two widths were chosen after a first look, at fewer networks: this box describes, and is no test that
# was planned before. "The opposite" at 96 units: any loss is below five points.
#
# Everywhere training pushes the logits to two sides of zero, in the pattern of {math}`g^x`.

# %%
about |= {"unit": "held-out accuracy, mean over the bits", "networks": n_networks}
hides = Finding("Training hides the bits of x at the logits", **about)
for p in tasks:
    trained = read_at[p, hidden_units, "trained", "logits"]
    untrained = read_at[p, hidden_units, "untrained", "logits"]
    hides.less(trained.mean(1), untrained.mean(1), p=p)
hides

# %% [markdown]
# At the rounded code no bit is read beyond chance. For the probe the two primes look alike; for the reader who powers they
# are opposites. **Readable is a relation between a code and a reader.**
#
# ### How small a leak would have been seen
#
# To measure the probe, plant leaks of known size: a bit that agrees with one digit of the code, drawn at random,
# for a given share of the exponents, pair by pair.


# %% tags=["hide-input"]
def planted(p, share):
    """Bits that agree with a digit of the code for this share of pairs."""
    (x, _, outputs), half = tasks[p], (p - 1) // 2
    drawn = np.random.default_rng(seed)
    copied = outputs[:, drawn.integers(outputs.shape[1], size=n_planted)]
    wrong = np.arange(half)[:, None] >= round(share * half)
    wrong = drawn.permuted(np.tile(wrong, n_planted), axis=0)
    return (copied - torch.as_tensor(wrong)[x % half].float()).abs()


# %%
columns = {"right for": (0.55, 0.6, 0.65, 0.7)}
for p, (_, _, outputs) in tasks.items():
    told = [
        probed(p, outputs[None], planted(p, s))[0] for s in columns["right for"]
    ]
    found = [(np.abs(t - 0.5) > chance_at[p, "code"]).mean() for t in told]
    columns[f"p = {p}"] = found
    assert found[0] < 0.05 and found[-1] > 0.95
caption = f"Share of {n_planted} planted leaks that a probe of the code finds."
table(columns, caption, dict.fromkeys(columns, ".0%"))

# %% [markdown]
# So for no bit at {math}`p = 503`, nor for the top bit at {math}`p = 257`, is any single digit of the code right for
# 70 % of exponents. One right for 55 %, such as we count below, a probe nearly always misses.
#
# ### Seven bits without usable information
#
# In {numref}`fig-two-codes` the codes {math}`3^x - 1` of {math}`x` and {math}`x + 128` are opposite, and so are a line's scores.
#
# ```{prf:theorem} Opposite codes
# :label: thm-opposite-codes
# Let {math}`p = 2^n + 1` be a prime, {math}`g` primitive, and {math}`x` as likely as {math}`x + 2^{n-1}` modulo {math}`p - 1`.
# Write the {math}`n` digits of {math}`g^x - 1` as {math}`c \in \{-1, 1\}^n`. Let a label be any function of
# {math}`x \bmod 2^{n-1}`, such as a bit of {math}`x` other than the highest. For every loss that is convex in what the
# reader returns, no affine reader {math}`w \cdot c + b` has a smaller mean loss than {math}`b` alone: the usable information is
# exactly 0 bits. For the logistic loss and {math}`s = w \cdot c`,
#
# $$\log_2(1 + e^{- b}) \le \frac{\log_2(1 + e^{- b - s}) + \log_2(1 + e^{- b + s})}{2}.$$
# ```
#
# ```{prf:proof}
# {math}`x` and {math}`x + 2^{n-1}` have outputs {math}`y` and {math}`p - y`, since {math}`g^{(p-1)/2} = -1`. As {math}`y - 1` and
# {math}`p - y - 1` add up to {math}`2^n - 1`, their digits are complements, and the codes {math}`c` and {math}`-c`. Both carry the
# same label and are equally likely, so {math}`w` and {math}`-w` have the same mean loss, and a convex function
# is at most as large half way, at {math}`w = 0`.
# ```
#
# Such {math}`p` are Fermat primes: none is known above {math}`2^{16} + 1`. Since the table is the whole population, the usable information of a logistic reader can be computed exactly.

# %% tags=["hide-input"]
names = ["p", "worth 0", "sum, bits", "sum, shuffled", "shuffles that reach it"]
columns = {name: [] for name in names}
for p, (x, inputs, outputs) in tasks.items():
    worth = usable_bits(outputs, inputs)
    drawn, pairs = np.random.default_rng(seed), x % ((p - 1) // 2)
    dealt = [
        shuffle_labels(inputs, drawn, groups=pairs) for _ in range(n_shuffles)
    ]
    chance = usable_bits(outputs, torch.cat(dealt, 1)).reshape(n_shuffles, -1)
    luck = chance[:, worth > 1e-9].sum(1)
    total, zero = float(worth.sum()), int((worth < 1e-9).sum())
    share = float((luck >= total).double().mean())
    row = (p, f"{zero} of {len(worth)}", total, float(luck.mean()), share)
    for name, value in zip(columns, row, strict=True):
        columns[name].append(value)
    assert worth.max() < 0.1 and total < luck.max()
formats = dict(zip(names[2:], (".2f", ".2f", ".0%"), strict=True))
caption = "What a line can use of the code: bits of x that are worth nothing, what all are worth together, the same for shuffled bits on average, and the share of shuffles worth as much or more."
table(columns, caption, formats)

# %% [markdown]
# The other bits are worth little, though at most 4 % of shuffles reach as much. At 503 some is real, as the end of this section shows; whether the top bit's 0.09 at 257 is more than luck is open. The seven others:

# %% tags=["hide-input"]
_, lower_bits, code = tasks[257]
score, bias = symbols("s b", real=True)


def nothing(k):
    return 0


def bits_that_a_line_can_use(k):
    return usable_bits(code, lower_bits[:, k : k + 1])[0].item()


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
# For such readers seven of the eight bits are not hard to find: they are not there. (Accuracy is no convex loss: a fitted
# threshold can be right for well over half.)
#
# (sec-hard-one-layer)=
# ### One layer is not enough
#
# Could the last hidden layer hold the bits of {math}`x` and nothing else? Then each digit of the code would be the sign of a line of these,
# which a linear programme decides.

# %%
from polylib.representation import linearly_separable

for _, bits, code in tasks.values():
    assert not linearly_separable(bits, code).any()
    assert not linearly_separable(code, bits).any()
four = (5, 10, 7, 8)
columns = {"x": four, "digits of x": [f"{k:04b}" for k in four]}
columns |= {"digits of 3ˣ − 1": [f"{pow(3, k, 257) - 1:08b}" for k in four]}
table(columns, "Why the second digit from the left is no line of x, p = 257.")

# %% [markdown]
# No digit is, at either prime, in either direction. The digits of 5 and 10 have, place by place, the same
# sums as those of 7 and 8, and so do a line's scores; but it would have to score the first two above 0 and the others
# below.
#
# ### One digit that tells a little
#
# The plainest reader holds one digit of the output against the parity of {math}`x`.


# %% tags=["hide-input"]
def right_for_parity(p):
    """Exponents for which the top digit of y - 1, and y > p/2, are the parity."""
    y = np.array([pow(primitive_root(p), x, p) for x in range(1, p)])
    odd, top = np.arange(1, p) % 2, (p - 2).bit_length() - 1
    return ((y - 1) >> top == odd).sum(), ((2 * y > p) == odd).sum()


# %%
some = (257, 503, 1019)
top, upper = zip(*map(right_for_parity, some), strict=True)
columns = {"p": some, "top digit": top, "y > p/2": upper}
columns |= {"half of them": [p // 2 for p in some]}
table(columns, "Exponents for which one digit of the output is the parity of x.")

# %% [markdown]
# At {math}`p = 503` that is no accident. {math}`x` is even if {math}`y` is a square; and for {math}`p > 3` that leave 3 modulo 4 there
# are more squares than non-squares below {math}`p/2`, always. By how many, Dirichlet's formula says: at 503 by 21, the
# *class number* {math}`h(-503)`, a count of quadratic forms.


# %% tags=["hide-input"]
def class_number_or_three_times_that(p):
    return primes.class_number(p) * (1 if p % 8 == 7 else 3)


def squares_less_nonsquares_below_half(p):
    return primes.squares_below_half(p)


digit = Derivation("Squares below p/2, for 93 primes", source="this book")
digit.agrees(
    class_number_or_three_times_that,
    squares_less_nonsquares_below_half,
    [(p,) for p in primerange(7, 1100) if p % 4 == 3],
    1e-12,
    "by quadratic forms and by counting squares; once if p leaves 7 modulo 8, three times if 3",
)
print(f"h(-503) = {primes.class_number(503)}")
digit

# %% [markdown]
# ### Is the task learnt, or stored?
#
# Train on a random four fifths of the exponents and test on the rest, in two groups: was the
# partner {math}`x + (p-1)/2`, whose code is opposite at 257, and at 503 in most digits, trained on or not?

# %% tags=["hide-input"]
generator = torch.Generator().manual_seed(seed)
shape = {"hidden": (hidden_units, hidden_units), "steps": steps}
shape |= {"generator": generator}
held_out = {}
for p, n in ((257, n_stored), (503, n_networks)):
    x, inputs, outputs = tasks[p]
    use = (torch.rand(n, len(x), generator=generator) < 0.8).float()
    nets = bit_network.train(inputs, outputs, n_networks=n, use=use, **shape)
    right, partner = nets.right(inputs, outputs), use.roll((p - 1) // 2, 1)
    assert (right.prod(-1) * use).sum() > 0.98 * use.sum()
    for name, which in (("trained", partner), ("held out", 1 - partner)):
        asked = (1 - use) * which
        share = (right.mean(-1) * asked).sum(1) / asked.sum(1)
        held_out[p, name] = share.numpy()

# %%
title = "Networks trained on four fifths of the table continue it"
about = {"source": "this book", "replicates": "trainings", "digits": 1}
about |= {"unit": "share of held-out bits that are right, against 1/2"}
continued = Finding(title, networks=n_stored + n_networks, **about)
for (p, name), value in held_out.items():
    continued.more(value, 0.5, p=p, partner=name)
continued

# %% [markdown]
# At {math}`p = 257` they do better than a coin, and *not* because partners have opposite codes: with the
# partner among the trained exponents fewer come out right. They have stored most of the table and continue it a little
# at 257, which lends little support to the supplement, for which the task is "very likely learnable".


# %% [markdown]
# ## Summary
#
# - **The reduction holds**, for a fixed and known {math}`p` and {math}`g`
#   ({claim}`holds if <A decoder solves the discrete logarithm>`).
# - **The inference from optimality fails.** {math}`x` and {math}`g^x` are equally short codes
#   ({claim}`The exponential is a bijection`), nothing is discarded ({claim}`repaired <What an optimal code of the output keeps>`),
#   and hidden is only what the output format hides.
# - **"No leaks" is false.** The parity always leaks ({claim}`repaired <The parity of the input, in plain sight>`), about eleven
#   bits to a small budget for random primes ({claim}`Bits that a budget reads`), and all of them for smooth {math}`p - 1`
#   ({claim}`Three primes with smooth p - 1`). A subgroup of prime order repairs that ({claim}`The subgroup of squares`), under
#   the usual assumption ({claim}`assumed <Discrete logarithms are hard on average>`).
# - **One bit gives the message for some functions** ({claim}`holds if <A decoder of the right bit>`), and not in general
#   ({claim}`repaired <A decoder of one bit, in general>`).
# - **Of two optimal codes of 8 bits** a line reads one whole, and has no usable information on seven bits of the other
#   ({claim}`What a line can use of an optimal code`).
# - **In small networks** probes read every bit of {math}`x` in wide hidden layers, trained or not. Training costs the worst
#   bit accuracy where units are few ({finding}`seen if <Training costs the last hidden layer over five points of accuracy>`) and hides the bits at the logits
#   ({finding}`Training hides the bits of x at the logits`). Networks that learn four fifths of the table continue it a little at
#   one of two primes ({finding}`seen if <Networks trained on four fifths of the table continue it>`).
#
# Do codes become less interpretable "as codes become more efficient"? Nothing here says so: an efficient code *can* be hard to
# read, given the assumptions, and efficiency is not what makes it so. To do next, when you read a network: where a probe
# fails, name the readers that were tried and how small a leak they would have seen; where it succeeds, what it finds in an
# untrained network. Open: tasks that are not one-way, large networks, and readers between a line and a theorem.
#
# {ref}`nb-dropout-capacity` goes back to counting: what a layer can hold when dropout erases a part of it.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-hard-lowest
# In the subgroup of squares modulo a safe prime {math}`p = 2q+1` the parity of {math}`z` no longer leaks. Show that it is now
# worth everything: given a reader of the parity of {math}`z`, for {math}`z` from 0 to {math}`q-1`, find {math}`z` from {math}`h^z`.
# ```
#
# ````{solution} ex-hard-lowest
# :class: dropdown
# {math}`q` is odd, so the square root within the subgroup is unique: raise to the power {math}`(q+1)/2`.
# If {math}`z` is odd, divide by {math}`h`; take the root, which halves the exponent; read the next parity.
# ````

# %% tags=["hide-cell"]
p, q, h = 1019, 509, 4
z_of = {pow(h, z, p): z for z in range(q)}


def log_from_parity(y):
    """z from h^z by parities: halve the exponent until it is 0."""
    z, place = 0, 1
    while y != 1:
        if z_of[y] % 2:  # the reader
            z, y = z + place, y * pow(h, -1, p) % p
        y, place = pow(y, (q + 1) // 2, p), 2 * place
    return z


assert [log_from_parity(y) for y in z_of] == [*range(q)]

# %% [markdown]
# ```{exercise}
# :label: ex-hard-few
# Suppose that a network with the 2048-bit prime only ever sees {math}`x` below {math}`2^{20}`. How many
# multiplications read it?
# ```
#
# ````{solution} ex-hard-few
# :class: dropdown
# At most about {math}`2 \cdot 2^{10}`: write {math}`x = 1024 a + b`, make a table of {math}`h^b` (baby steps), and divide by
# {math}`h^{1024}` until the table has it (giant steps).
# ````

# %% tags=["hide-cell"]
small_x = primes.random_below(2**20, rng)
baby = {pow(2, b, standard): b for b in range(1024)}
giant, y, a = pow(2, -1024, standard), pow(2, small_x, standard), 0
while y not in baby:
    y, a = y * giant % standard, a + 1
print(f"read with {len(baby)} baby and {a} giant steps")
assert 1024 * a + baby[y] == small_x

# %% [markdown]
# ```{exercise}
# :label: ex-hard-three
# For which primes can one read {math}`x \bmod 3` from {math}`g^x` with one powering? For what share of all primes is that?
# ```
#
# ````{solution} ex-hard-three
# :class: dropdown
# If 3 divides {math}`p-1`: raise to the power {math}`(p-1)/3`. A large prime leaves 1 or 2 modulo 3, equally often.
# ````

# %% tags=["hide-cell"]
third = np.mean([p % 3 == 1 for p in sample])
print(f"3 divides p - 1 for {third:.1f} of the random primes")
p, g = 1009, primitive_root(1009)
assert all(dl.residue(pow(g, x, p), g, p, 3) == x % 3 for x in range(1, p))

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
