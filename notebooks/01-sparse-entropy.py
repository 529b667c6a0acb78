# %% [markdown]
# (nb-sparse-entropy)=
# # Optimal sparse input ratio
#
# *Short of room, a network codes efficiently*: does it? How many hidden units does it need for features that are off most of
# the time? With fewer units than features some unit must answer to several: it is {term}`polysemantic`.
# Section 2.1 of the supplement to {cite:t}`marshall2024` answers with an entropy: count the bits in a sparse
# input, count the bits a hidden unit can hold, divide. That is meant to explain a curve that
# {cite:t}`elhage2022` measured on small networks that store more features than they have units, which is what
# {term}`superposition` means.
#
# The ratio itself is described there and never printed. For features that are off with probability {math}`S`, and
# hold {math}`H` bits when they are on, {math}`m` units of {math}`H` bits have room for {math}`n` of them at
#
# $$R(S) = \frac{m}{n} = (1-S) + \frac{h_2(S)}{H},$$
#
# where {math}`h_2(S)` is the entropy of a coin that shows *off* with probability {math}`S`.

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
# With two signs corrected, a chain rule put right and a bound replaced, the supplement's lemma stands, and {math}`R(S)`
# is the price of the best code. Trained toy models do not follow it at any single precision: at the sparse end they
# spend over twice the units of a 24-bit code. In five small ones, where we could look, the bits are in the units all
# the same, and it is the decoder that leaves them there.
#
# - {ref}`sec-sparse-setting`: what it means to sparsify, and what a feature costs.
# - {ref}`sec-sparse-lemma`: each printed line checked, and repaired where it fails.
# - {ref}`sec-sparse-atom`: what the lemma then overcounts, and by how much.
# - {ref}`sec-sparse-bits`: why the lemma needs a number of bits, and how many a float has.
# - {ref}`sec-sparse-ratio`: the ratio R(S), its limits, and its peak above one.
# - {ref}`sec-sparse-trained`: toy models of superposition, at two scales, and other decoders for them.
#
# You need Shannon {term}`entropy`: {cite:t}`cover2006`, chapter 2.
# Symbols are those of {doc}`../book/notation`: {math}`S` is the probability that a feature is off, {math}`n` the
# number of features, {math}`m` the number of hidden units, {math}`H` the bits in one feature when it is on.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_features: int = 40  # n
n_hidden: int = 4  # m
n_instances: int = 16  # sparsities, from dense to sparse
min_density: float = 0.05  # 1 - S of the sparsest instance
n_repeats: int = 5  # independent trainings a sparsity
steps: int = 8_000  # of AdamW
batch_size: int = 64  # samples a step
device: str = "cpu"  # or "cuda"
decay: bool = False  # learning rate falls to 0; the original keeps it constant
progress: bool = False  # show a bar while training
save_as: str = ""  # "200x20" saves this run under that name
compare_with: str = "200x20 400x30 long"  # saved runs to show at the end

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Hidden units per stored feature (m over the squared norm of W, see {ref}`sec-sparse-trained`), against how rare features are: saved runs of toy models trained on a GPU (mean and range over 5, 5 and 3 trainings), the ratio R(S) of an ideal code with units of 4, 8, 16 and 24 bits, and its limit 1 − S. The models follow none of these: the 4-bit code, the nearest, lies above them at the foot of the drop and on the plateau.", "name": "fig-paper-scale"}, "image": {"alt": "Three trained curves that start at 1, part a little, drop to a common plateau at one half between one feature in two and one in four, and end near 0.14 at one in twenty, about twice the height of the ideal code at 24 bits. The 4-bit code stays close to them in the first half of the drop, lies above them where the drop ends and on the plateau, and almost on them after it."}}
import matplotlib.pyplot as plt
import numpy as np
from polylib.theory import entropy as ent

one_in = "1 / (1 − S): one feature in ... is on"


def show_curves(ax, trained, bits=(4, 8, 16, 24)):
    """Dimensions per feature of trained label: (density, dims), and R(S)."""
    for index, (label, (density, dims)) in enumerate(trained.items()):
        figures.band(ax, 1 / density, dims, label, index)
    x = np.geomspace(1, 20, 200)
    dashes = {4: "--", 8: "-.", 16: (0, (5, 1)), 24: ":"}
    for h in bits:
        look = {"color": "0.3", "label": f"ideal code, {h:.2g} bits"}
        look["ls"] = dashes.get(h, (0, (8, 2, 1, 2, 1, 2)))
        ax.plot(x, ent.optimal_ratio(1 - 1 / x, h), **look)
    ax.plot(x, 1 / x, color="0.7", linestyle="-", label="1 − S")
    figures.log_ticks(ax)
    ax.set(xlabel=one_in, ylabel="hidden units per feature")
    ax.legend()


kept = [results.load(f"01-sparse-entropy-{run}") for run in compare_with.split()]
curves = {}
for run in kept:
    d, dims = (run["values"][k] for k in ("density", "dimensions_per_feature"))
    name = "n = {n_features}, m = {n_hidden}, {steps:,} steps".format
    curves[name(**run["parameters"])] = np.array(d), np.array(dims)
show_curves(plt.subplots()[1], curves)
plt.show()

# %% [markdown]
# (sec-sparse-setting)=
# ## Sparse features
#
# ```{prf:definition} S-sparsification (supplement, Definition 1)
# :label: def-sparsification
# The S-sparsification of a random vector sets each element to 0 with probability {math}`S`, independently of
# everything else: {math}`X_i^S = B_i X_i`, with {math}`P(B_i = 0) = S`.
# ```
#
# Twelve features, each uniform on eight values, at {math}`S = 0.75`. The draws show what the definition says and its
# introduction does not: the number of zeros is itself random.

# %%
rng, S_shown = np.random.default_rng(seed), 0.75
for _ in range(3):
    shown = ent.sparsify(rng.integers(1, 9, size=12), S_shown, rng)
    print(shown, f"S = {S_shown}, {(shown == 0).sum()} zeros")

# %% [markdown]
# What does a feature cost? Something that happens with probability {math}`P` takes {math}`-\log_2 P` bits to say. For
# a feature that is off that is only its mask, *off*; one that is on takes *on*, and then its value.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits that each feature of the last draw takes: for its mask, off or on, and for its value if it is on. Dashed: the mean over all draws, which is the entropy that Lemma 2 counts.", "name": "fig-bars"}, "image": {"alt": "Twelve bars. The many features that are 0 have low grey bars of 0.4 bits. The few that are on have bars of 5 bits: 2 grey ones for the mask and 3 hatched ones for the value. A dashed line lies at 1.6 bits."}}
on = shown > 0
mask_bits = -np.log2(np.where(on, 1 - S_shown, S_shown))
fig, ax = plt.subplots(figsize=(7.2, 3.0))
ax.bar(range(12), mask_bits, color="0.6", label="mask: off or on")
look = {"color": "white", "edgecolor": "black", "hatch": "//"}
where = np.flatnonzero(on)
ax.bar(where, 3, bottom=mask_bits[where], label="value", **look)
mean_bits = ent.sparse_entropy(S_shown, 3)
ax.axhline(mean_bits, color="black", linestyle="--", linewidth=1)
ax.set(xlabel="feature, by its value", ylabel="bits")
ax.set_xticks(range(12), shown)
ax.legend()
plt.show()
print(f"off {min(mask_bits):.2f} bits, on {max(mask_bits):.0f} and 3;", end=" ")
print(f"{mean_bits:.2f} on average")

# %% [markdown]
# The supplement introduces the definition as a distribution "with S features set to 0". That would be a count, and it
# would make the zeros depend on one another. The box below is how this book reports: the statement, each step with the
# kind of evidence behind it, and a verdict. All of them together make {doc}`../book/claims`; those that fail in
# print make {doc}`../book/errata`.

# %%
from polylib.derivation import Derivation

wording = Derivation("Sparsity is a probability, not a count", "supplement 2.1")
said = "a uniform random distribution with S features set to 0"
meant = "each feature is set to 0 with probability S, so the number of zeros is binomial"
wording.remark(said, meant, line="introduction to Definition 1")
wording

# %% [markdown]
# (sec-sparse-lemma)=
# ## Lemma 2: the entropy of a sparse vector
#
# ```{prf:lemma} Entropy of a sparse distribution (supplement, Lemma 2, with its conditions)
# :label: lem-sparse-entropy
# Let {math}`X` have {math}`n` independent elements of the same law (distribution) on finitely many letters, with entropy
# {math}`H(X_0)` bits each and no mass at 0. Then
#
# $$H(X^S) = n \left(h_2(S) + \left(1 - S\right) H(X_0)\right).$$
# ```
#
# Every element holds the bits of two questions. *Was it switched off?* costs the entropy of the mask. *If not, what is
# it?* costs {math}`H(X_0)`, and is asked a fraction {math}`1-S` of the time.
#
# We check the printed proof for any number {math}`K` of letters other than 0, with any probabilities
# {math}`P_1, \dots, P_K`: a line that passes holds for all such laws. {math}`X_0` stands for any one element.

# %% tags=["hide-input"]
from polylib.derivation import h2, log2, named
from sympy import (
    E,
    IndexedBase,
    Integer,
    Limit,
    Rational,
    Sum,
    evaluate,
    log,
    oo,
    symbols,
)

S, H = symbols("S H", positive=True)
k, i, j = symbols("k i j", integer=True)
K, L, n = symbols("K L n", integer=True, positive=True)
P, Q = IndexedBase("P", positive=True), IndexedBase("Q", real=True)
law = {Sum(P[k], (k, 1, K)): 1}
masked = {Q[0]: S, Q[k]: (1 - S) * P[k]}

# %% [markdown]
# The law {math}`Q` of one sparsified element has mass {math}`S` at 0 and {math}`(1-S)P_k` at letter {math}`k`. The
# proof writes out its entropy and collects terms. Two of its five equalities have a sign wrong. Taken as printed, the
# last one gives eight letters at {math}`S = 1/2` a *negative* entropy.

# %% tags=["hide-input"]
with evaluate(False):
    entropy_q = -Sum(Q[k] * log2(Q[k]), (k, 0, K))
    apart = -Sum(Q[k] * log2(Q[k]), (k, 1, K)) - Q[0] * log2(Q[0])
    apart_printed = -Sum(Q[k] * log2(Q[k]), (k, 1, K)) + Q[0] * log2(Q[0])
    shrunk = (1 - S) * P[k]
    inserted = -Sum(shrunk * log2(shrunk), (k, 1, K)) - S * log2(S)
    split = (
        -(1 - S) * Sum(P[k] * log2(P[k]), (k, 1, K))
        - (1 - S) * Sum(P[k] * log2(1 - S), (k, 1, K))
        - S * log2(S)
    )
    H_X = named("H(X_0)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
    collected = (1 - S) * H_X - (1 - S) * log2(1 - S) - S * log2(S)
    collected_printed = -(1 - S) * H_X - (1 - S) * log2(1 - S) - S * log2(S)
    two_questions = h2(S) + (1 - S) * H_X

# %% tags=["hide-input"]
half = Rational(1, 2)
example = {K: 8, S: half, P: dict.fromkeys(range(1, 9), half**3)}
example_q = example | {Q: {0: half} | dict.fromkeys(range(1, 9), half**4)}

lemma_2 = "supplement 2.1, Lemma 2"
one_element = Derivation("Lemma 2 for one element", source=lemma_2)
one_element.refutes(
    entropy_q,
    apart_printed,
    example_q,
    (entropy_q, apart),
    "the term at 0 enters with a minus too",
    given=masked,
    line="proof, entropy of one element, line 1",
)
one_element.equal(apart, inserted, "the law of an element put in", given=masked)
one_element.equal(inserted, split, "the log of a product")
one_element.refutes(
    split,
    collected_printed,
    example,
    (split, collected),
    "the sum of P is 1, and minus the other sum is plus the entropy",
    given=law,
    line="proof, entropy of one element, last line",
)
one_element.equal(collected, two_questions, "the entropy of the mask")
one_element

# %% [markdown]
# From one element to {math}`n` the supplement uses the chain rule of entropy, and prints a version that conditions each
# element on *all* others: of two copies it would say that they hold nothing. The rule conditions on *earlier* elements
# only. For independent elements the slip does no harm. The elements are also listed from {math}`X_0` to {math}`X_n`, one
# too many.
#
# The counterexample in the box is two bits that agree three times in four; {math}`J` lists the probabilities of a pair's
# {math}`K \times L` values, row by row.

# %% tags=["hide-input"]
h, J = symbols("h", real=True), IndexedBase("J", positive=True)
both = J[L * i + j]  # probability of letters i and j, counted from 0
first_is_i = Sum(J[L * i + k], (k, 0, L - 1))
second_is_j = Sum(J[L * k + j], (k, 0, K - 1))


def mean_bits(probability):
    """The mean of -log2 of a probability over the pair."""
    bits = -Sum(both * log2(probability), (j, 0, L - 1))
    return Sum(bits, (i, 0, K - 1))


joint = named("H(X_1, X_2)", mean_bits(both))
first = named("H(X_1)", mean_bits(first_is_i))
second_given_first = named(r"H(X_2 \mid X_1)", mean_bits(both / first_is_i))
first_given_second = named(r"H(X_1 \mid X_2)", mean_bits(both / second_is_j))
copies = (Rational(3, 8), Rational(1, 8), Rational(1, 8), Rational(3, 8))

# %% tags=["hide-input"]
chain = Derivation("The chain rule and its range", source=lemma_2)
with evaluate(False):
    chain.refutes(
        joint,
        first_given_second + second_given_first,
        {K: 2, L: 2, J: copies},
        (joint, first + second_given_first),
        "an element is conditioned on earlier ones only; harmless for independent elements",
        line="proof, first display",
        implied=True,
    )
    chain.refutes(
        Sum(h, (i, 0, n)),
        n * h,
        {n: 2, h: Rational(5, 2)},
        (Sum(h, (i, 1, n)), n * h),
        "n elements give n terms; a slip of an index",
        line="proof, the elements $X_0$ to $X_n$",
        implied=True,
    )
chain

# %% [markdown]
# A second witness knows no algebra: write down every outcome of the sparsified vector with its probability, and add up
# {math}`-p \log_2 p`.


# %%
from itertools import product


def sum_over_all_outcomes(sparsity, n):
    """Bits in n sparsified elements of eight equally likely letters."""
    law = [sparsity] + [(1 - sparsity) / 8] * 8
    return ent.entropy([np.prod(outcome) for outcome in product(law, repeat=n)])


# %% tags=["hide-input"]
def bits_by_the_lemma(sparsity, n):
    return ent.sparse_entropy(sparsity, 3.0, n)


cases = [(s, length) for s in (0.0, 0.1, 0.5, 0.9, 1.0) for length in (1, 2, 3)]
Y = IndexedBase("Y", positive=True)
letters = P[i] * Y[j]  # of two independent elements
laws = law | {Sum(Y[k], (k, 1, L)): 1}
with evaluate(False):
    pair = -Sum(letters * log2(letters), (j, 1, L), (i, 1, K))
    one = named("H(X_1)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
    other = named("H(X_2)", -Sum(Y[k] * log2(Y[k]), (k, 1, L)))
    whole_entropy = named("H(X^S)", Sum(two_questions, (i, 1, n)))
    total = n * (h2(S) + (1 - S) * H_X)
whole = Derivation(
    "Lemma 2", lemma_2, holds_if="X is discrete, i.i.d. and never 0"
)
whole.equal(pair, one + other, "independent elements: add", given=laws)
whole.equal(whole_entropy, total, "n equal terms")
why = "eight equally likely letters, up to three elements"
whole.agrees(bits_by_the_lemma, sum_over_all_outcomes, cases, 1e-12, why)
whole

# %% [markdown]
# Independence is not a formality. Let both elements of a pair be the same letter {math}`B`, and mask them separately.
# The pair is 0, 0 with probability {math}`S^2`; it shows letter {math}`k` in one given place with probability
# {math}`O_k = S(1-S)P_k`, and in both with {math}`T_k = (1-S)^2P_k`. The lemma counts the letter twice where both show
# it. (A pair never holds more than the lemma says: a joint entropy is at most the sum of the parts.)

# %% tags=["hide-input"]
O, T = IndexedBase("O", real=True), IndexedBase("T", real=True)
H_B = named("H(B)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
shown = {O[k]: S * (1 - S) * P[k], T[k]: (1 - S) ** 2 * P[k]}
two_bits = {S: half, K: 4, P: dict.fromkeys(range(1, 5), half**2)}
with evaluate(False):
    outcomes = (
        -(S**2) * log2(S**2)
        - 2 * Sum(O[k] * log2(O[k]), (k, 1, K))
        - Sum(T[k] * log2(T[k]), (k, 1, K))
    )
    true_pair = 2 * h2(S) + (1 - S**2) * H_B
    lemma_pair = 2 * (h2(S) + (1 - S) * H_B)
    twice = lemma_pair - (1 - S) ** 2 * H_B
dependent = Derivation("Lemma 2 without independence", source=lemma_2)
dependent.equal(outcomes, true_pair, "a pair of copies", given=law | shown)
dependent.refutes(
    true_pair,
    lemma_pair,
    two_bits,
    why="for a pair of copies",
    line="statement, “some distribution”, if the i.i.d. of Definition 1 is dropped",
    implied=True,
)
dependent.equal(true_pair, twice, "less what is shown twice")
dependent

# %% [markdown]
# (sec-sparse-atom)=
# ## When a feature can be 0 by itself
#
# The lemma assumes that a zero always means "switched off". If the feature's own law has an atom at 0, of mass
# {math}`p_0`, then some zeros are real, and the receiver cannot tell which. Those lost distinctions are bits that the
# lemma counts and the vector does not hold.
#
# ```{prf:theorem} Entropy of a sparse element with an atom
# :label: thm-sparse-atom
# Let an element with finitely many letters have entropy {math}`H` and mass {math}`0 < p_0 < 1` at 0, so that
# {math}`q = S + (1-S)p_0` is its mass at 0 after sparsification. Then
#
# $$H(X_0^S) = h_2(q) + \left(1 - S\right) \left(H - h_2(p_{0})\right)$$
#
# and, which is the same,
#
# $$H(X_0^S) = h_2(S) + \left(1 - S\right) H - q h_2\!\left(\frac{S}{q}\right).$$
# ```

# %% tags=["hide-input"]
p0 = symbols("p_0", positive=True)
q = named("q", S + (1 - S) * p0)
# Y_k is the probability of letter k for an element that is not 0 by itself
other_law = {Sum(Y[k], (k, 1, K)): 1}
letter, seen = (1 - p0) * Y[k], (1 - S) * (1 - p0) * Y[k]
H_atom = named("H", -p0 * log2(p0) - Sum(letter * log2(letter), (k, 1, K)))
H_sparse = named("H(X_0^S)", -q * log2(q) - Sum(seen * log2(seen), (k, 1, K)))
with evaluate(False):
    exact = h2(q) + (1 - S) * (H_atom - h2(p0))
    less = h2(S) + (1 - S) * H_atom - q * h2(S / q)
some_of_each = {"where": {S: (0, 1), p0: (0, 1)}, "given": other_law}
grouped = "group the letters into 0 and not 0"
with_atom = Derivation("Lemma 2 with an atom at 0", "this book")
with_atom.equal(H_sparse, exact, grouped, **some_of_each)
with_atom.equal(H_sparse, less, "Lemma 2, less what zeros hide", **some_of_each)
with_atom

# %% [markdown]
# The last term is the entropy of the mask of an element that is *seen* to be 0, times {math}`q`, which is how often that
# happens. So {prf:ref}`lem-sparse-entropy` is an upper bound in general, and exact for {math}`p_0 = 0`.
#
# ### How small is a small error?
#
# The supplement says that if {math}`p_0` is below some {math}`\epsilon` the entropy is right "within additive
# {math}`\epsilon`". But the gap is a binary entropy, and near 0 that falls like {math}`p_0 \log(1/p_0)`, not like
# {math}`p_0`. The bound that replaces it holds per element, with {math}`a = (1-S)p_0` and {math}`q = S + a`.

# %% tags=["hide-input"]
x, a = symbols("x a", positive=True)
seen_zero, atom_mass = named("q", S + a), named("p_0", a / (1 - S))
with evaluate(False):
    gap_at = seen_zero * h2(S / seen_zero)
    two_logs = S * log2(1 + a / S) + a * log2(seen_zero / a)
    corrected = a * log2(E) + a * log2(seen_zero / a)
    tangent = log2(1 + x), x * log2(E)
additive = Derivation(
    "The error of ignoring an atom", source="supplement 2.1, after Lemma 2"
)
additive.equal(gap_at, two_logs, "h2 written out")
above = additive.at_most(*tangent, {}, "the logarithm lies below its tangent")
additive.refutes(
    two_logs,
    atom_mass,
    {S: half, a: Rational(1, 200)},
    (two_logs, corrected),
    "the gap is of order p_0 log(1/p_0)",
    relation="<=",
    by=S * above(a / S),
    line="“within additive ε”",
    implied=True,
)
additive

# %%
from polylib.tables import table

masses = np.array([1e-2, 1e-4, 1e-6, 2.0**-24])
gaps = ent.sparse_entropy(0.5, 8) - ent.sparse_entropy_with_atom(0.5, 8, masses)
bounds = 0.5 * masses * np.log2(np.e * (1 + masses) / masses)
assert (masses < gaps).all() and (gaps <= bounds).all()
columns = {"p₀": masses, "gap": gaps, "bound": bounds, "gap / p₀": gaps / masses}
formats = {"p₀": ".1e", "gap": ".3e", "bound": ".3e", "gap / p₀": ".1f"}
table(columns, "Bits that Lemma 2 overcounts, S = 1/2, H = 8 bits.", formats)

# %% [markdown]
# For 24-bit features, the last row, ignoring the atom
# costs about a millionth of a bit. What the supplement concludes for floats is right, and only its reason is off.

# %% [markdown]
# (sec-sparse-bits)=
# ## How many bits are in a float?
#
# "High precision floats" sounds like 32 bits. On a CPU, a number from `torch.rand` in single precision is a multiple of
# {math}`2^{-24}`, all equally likely, so it has exactly 24. (A real number rounded down to a float would have one more,
# by the second line of the box.)

# %%
import torch

generator = torch.Generator().manual_seed(seed)
u = torch.rand(1_000_000, generator=generator)
on_grid = u * 2**24
assert torch.equal(on_grid, on_grid.round()) and u.max() < 1
odd = (on_grid % 2 == 1).float().mean()
print(f"all {len(u):,} draws are multiples of 2^-24, {odd:.0%} of them odd ones,")
print(f"though a float is stored in {torch.finfo(u.dtype).bits} bits")

# %% tags=["hide-input"]
floats = Derivation(
    "Bits in a single-precision uniform number",
    source="supplement 2.1, after Lemma 2",
)
b = symbols("b", integer=True, positive=True)
step = 2 ** (-b)
with evaluate(False):
    grid = -Sum(step * log2(step), (k, 0, 2**b - 1))
    rounded = Sum(2 ** (-k) * (k + b - 1), (k, 1, oo))
floats.equal(grid, b, "a uniform law on the multiples of 2^-b; here b is 24")
floats.equal(
    rounded,
    b + 1,
    "a real uniform number rounded down to a float: which binade, which of 2^(b-1) steps",
)
floats

# %% [markdown]
# A continuous feature has no such count, and differential entropy is no substitute: it is 0 for a uniform feature on
# {math}`[0, 1]`, and the ratio would divide by it. The supplement's "elementwise entropy" leaves the choice open. What
# does have a limit is the entropy *per bit of precision*. Cut the unit interval into {math}`2^b` cells, of which the
# first shares the symbol 0 with the mask, and let {math}`b` grow.

# %%
b_shown = np.array([4, 8, 12, 16, 24])
exact_bits = ent.sparse_entropy_with_atom(0.8, b_shown, 2.0**-b_shown)
lemma_bits = ent.sparse_entropy(0.8, b_shown)
columns = {"b": b_shown, "exact": exact_bits, "Lemma 2": lemma_bits}
columns |= {"exact / b": exact_bits / b_shown}
formats = {"exact": ".5f", "Lemma 2": ".5f", "exact / b": ".3f"}
table(columns, "Bits in a feature that is off at S = 0.8, else uniform.", formats)

# %% [markdown]
# The entropy per bit falls towards {math}`1 - S = 0.2`, slowly, like {math}`1/b`: the bits of the mask stay the same, and
# only their share shrinks. {cite:t}`renyi1959` calls this limit the information dimension. Above that number of real
# units per feature, {cite:t}`wu2010` show, a *linear* encoder suffices, with any decoder and an error probability that
# vanishes.

# %% tags=["hide-input"]
which_entropy = Derivation("Which entropy the lemma is about", source=lemma_2)
which_entropy.remark(
    "Where $H_{elem}(X)$ is the elementwise entropy of $X$",
    "a discrete entropy, in bits of precision; with differential entropy the ratio divides by 0",
    line="statement",
)
which_entropy

# %% [markdown]
# (sec-sparse-ratio)=
# ## Hidden units per feature
#
# "The ratio, m : n, is found by dividing one by the other", says the supplement, and stops. What the quotient means
# is a theorem about codes.
#
# ```{prf:theorem} Optimal sparse input ratio
# :label: thm-optimal-ratio
# Let {math}`n` features be as in {prf:ref}`lem-sparse-entropy`, with {math}`0 < H < \infty`, and let {math}`m`
# noiseless hidden units have {math}`2^{mH}` joint states. Encoder and decoder may be any functions. Let
#
# $$R(S, H) = 1 - S + \frac{h_2(S)}{H}.$$
#
# If {math}`m/n` stays above {math}`R` by a fixed amount as {math}`n` grows, some codes' probability of error tends
# to 0; if below by a fixed amount, every code's tends to 1.
# ```
#
# ```{prf:proof}
# The sparse features are independent, with {math}`RH` bits each. So for every {math}`\delta > 0`, with a probability
# that tends to 1, a vector is *typical*: its probability is within {math}`2^{-n(RH \pm \delta)}`
# ({cite:t}`cover2006`, chapter 3). There are at most {math}`2^{n(RH + \delta)}` typical vectors. If that is no more
# than {math}`2^{mH}`, each gets a state of its own, and only the others are lost. Conversely, a code returns at most
# {math}`2^{mH}` different vectors, and those of them that are typical have at most
# {math}`2^{mH - n(RH - \delta)}` of the probability, which tends to 0 if {math}`m/n` stays below {math}`R - \delta/H`.
# ```
#
# So the ratio is for *almost* lossless codes. To be right always is dearer than not to sparsify: with {math}`2^H`
# equally likely values there are {math}`(2^H+1)^n` vectors, and each needs its own state. How long must the blocks be?
# The best code keeps the likeliest vectors, here those with the fewest features on, and its errors can be counted.

# %%
lengths, room = (100, 1_000, 10_000), ent.optimal_ratio(0.9, 24)
short = [ent.best_code_error(n, 0.9 * n * room, 0.9, 24) for n in lengths]
ample = [ent.best_code_error(n, 1.1 * n * room, 0.9, 24) for n in lengths]
assert short[-1] > 0.999 and ample[-1] < 0.001
columns = {"features": lengths, "at 0.9 R": short, "at 1.1 R": ample}
formats = {"features": ",", "at 0.9 R": ".3f", "at 1.1 R": ".3f"}
table(columns, "Errors of the best code, S = 0.9, H = 24 bits.", formats)

# %% [markdown]
# The saving is smaller than {math}`1/(1-S)`, the factor by which the mean number of active features falls, because the
# mask costs bits. With ever finer features the ratio tends to {math}`1-S`. It is greatest at
# {math}`S^* = 1/(1+2^H)`, and there it exceeds one.

# %% tags=["hide-input"]
R = named("R", lambda S, H: (h2(S) + (1 - S) * H) / H)
S_star, T = named("S^*", 1 / (1 + 2**H)), symbols("T", positive=True)
with evaluate(False):
    divided = n * (h2(S) + (1 - S) * H) / (n * H)
    R_written = (1 - S) + h2(S) / H
    peak = log2(1 + 2**H) / H
    tangent = log(x), x - 1
    crossed = -S * log2(T) - (1 - S) * log2(1 - T)
    saving, naive = 1 / R(S, H), 1 / (1 - S)
any_code = (
    "features are independent, of one discrete law without mass at 0; units are "
    "noiseless; codes are of any kind, long, and may fail with vanishing probability"
)
ratio_source = "supplement 2.1, last paragraph"

# %% tags=["hide-input"]
ratio = Derivation("The optimal ratio R(S)", ratio_source, holds_if=any_code)
bits_over_bits = "the bits in n features, divided by the bits in one unit"
ratio.equal(divided, R(S, H), bits_over_bits)
ratio.equal(R(S, H), R_written, "divided out")
log_gap = ratio.at_most(*tangent, {}, "the logarithm lies below its tangent")
crosswise = S * log_gap(T / S) + (1 - S) * log_gap((1 - T) / (1 - S))
coin_gap = ratio.at_most(
    h2(S), crossed, {}, "a code for another coin is longer", by=crosswise / log(2)
)
below_peak = coin_gap(S, S_star) / H
ratio.at_most(R(S, H), R(S_star, H), {}, "the peak is at S*", by=below_peak)
ratio.equal(R(S_star, H), peak, "the ratio there")
fewer = "features a unit can carry, against one over the density"
ratio.at_most(saving, naive, {}, fewer)
ratio

# %% [markdown]
# And at its ends:

# %% tags=["hide-input"]
with evaluate(False):
    finest = Limit(R(S, H), H, oo)
    sparsest = Limit(R(S, H) / ((1 - S) * (1 + log2(E / (1 - S)) / H)), S, 1, "-")
    above_one, excess_bits = R(S, H) - 1, (h2(S) - S * H) / H
ends = Derivation("The ends of R(S)", "this book")
ends.equal(finest, 1 - S, "infinitely fine features", where={S: (0, 1)})
ends.equal(sparsest, Integer(1), "rare features: what R tends to as S goes to 1")
ends.equal(above_one, excess_bits, "above one while h2(S) > S H")
ends

# %%
from scipy.optimize import brentq

h = np.array([1, 8, 24])
at, value = ent.optimal_ratio_peak(h)
above = [lambda s, h=h: ent.optimal_ratio(s, h) - 1 for h in h]
back = [brentq(f, a, 0.999) for f, a in zip(above, at, strict=True)]
columns = {"H": h, "peak at S": at, "R − 1": value - 1, "1 again at S": back}
print(f"S = 0.9, H = 24: {1 / room:.3f} features a unit, not 10")
table(
    columns,
    "Where R exceeds one, by the bits H.",
    dict.fromkeys([*columns][1:], ".3g"),
)

# %% [markdown]
# A ratio above one says that *masking some features makes the input harder to store*: a feature with {math}`2^H`
# values, none of them 0, gets one value more when it may also be off. For one-bit features that lasts until three in four
# are off; for 24 bits nobody would see it. If 0 is one of {math}`2^H` equally likely letters from the start,
# the ratio only falls.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Hidden units per feature that an ideal code needs, against the probability S that a feature is off. Left: as in Lemma 2, zero is an extra symbol. Right: zero is already one of 2^H equally likely symbols.", "name": "fig-ratio"}, "image": {"alt": "Two panels of curves for H of 1, 2, 8 and 24 bits. Left: the one-bit curve rises to 1.58 at S of one third before it falls, the two-bit curve to 1.16 at one fifth, the 8-bit curve lies up to an eighth above the diagonal 1 minus S, the 24-bit curve just above it. Right: all curves start at 1 and fall, none exceeds 1."}}
S_grid = np.linspace(0.001, 0.999, 999)
fig, axes = plt.subplots(1, 2, sharey=True, figsize=(7.2, 3.8))
for bits in (1, 2, 8, 24):
    outside = ent.optimal_ratio(S_grid, bits)
    label = f"H = {bits} bit{'s' if bits > 1 else ''}"
    axes[0].plot(S_grid, outside, label=label)
    inside = ent.sparse_entropy_with_atom(S_grid, bits, 2.0**-bits) / bits
    axes[1].plot(S_grid, inside, label=label)
    assert (inside <= 1).all() and (np.diff(inside) < 0).all()
for ax, zero in zip(axes, ["an extra symbol", "in the alphabet"], strict=True):
    ax.plot(S_grid, 1 - S_grid, color="0.7", linestyle="-", label="1 − S")
    ax.set(xlabel="probability S of being off", title=f"zero is {zero}")
axes[0].set_ylabel("hidden units per feature m/n")
axes[1].legend()
plt.show()

# %% tags=["hide-input"]
p_in = 2 ** (-H)  # mass of 0, if it is one of 2^H equally likely letters
q_in = S + (1 - S) * p_in
inside_ratio = named(r"R_{0 \in X}", (h2(q_in) + (1 - S) * (H - h2(p_in))) / H)
three_quarters = {S: (0, Rational(3, 4))}
artefact = Derivation("A ratio above one, and where it comes from", "this book")
mask_gap = artefact.at_most(
    S, h2(S), three_quarters, "a coin's entropy is concave"
)
artefact.at_most(
    Integer(1),
    R(S, H),
    three_quarters | {H: (0, 1)},
    "features of one bit or less need more units, if at most 3/4 are off",
    by=(mask_gap(S) + S * (1 - H)) / H,
)
artefact.at_most(
    inside_ratio,
    Integer(1),
    {},
    "with 0 one of 2^H equally likely letters they never do",
    by=coin_gap(q_in, p_in) / H,
)
artefact

# %% [markdown]
# (sec-sparse-trained)=
# ## Against trained networks
#
# The toy model of {cite:t}`elhage2022` squeezes {math}`n` sparse features through {math}`m` units and
# back, {math}`x \mapsto \mathrm{ReLU}(W^\top W x + b)`, and is trained to return its input. A feature that the model
# stores has a column of {math}`W` of length near 1, so {math}`\lVert W \rVert_F^2` counts stored features and
# {math}`m / \lVert W \rVert_F^2` is the number of {term}`dimensions per feature`: the price of a feature that is stored, which
# is what {math}`R(S)` is too. It counts what is stored as a direction of length 1, not all that the units hold. While no
# column is much longer than 1, it cannot fall far below {math}`m/n`.
#
# **Prediction.** If these models coded as well as a channel allows, dimensions per feature would follow {math}`R(S)` at
# the precision of the units. Units and features are floats: 24 bits each, the digits of single precision; fewer if only the leading ones
# count. If no single precision fits the whole curve, the prediction fails for these models.
# {prf:ref}`thm-optimal-ratio`, which is about the best code, is not at stake.
#
# One detail favours the models. The draw that gives a feature its value also decides whether it is on, so an active
# feature has a fraction {math}`1-S` of the {math}`2^{24}` values, and {math}`24 + \log_2(1-S)` bits. (The larger
# runs drew on a GPU, whose generator we have not checked.)
#
# All instances are trained at once, as one batch of matrices, for {math}`S` from 0 to 0.95.

# %%
from polylib.networks import superposition as toy

density = min_density ** np.linspace(0, 1, n_instances)
sparsity_of = torch.tensor(1 - density, device=device).float().repeat(n_repeats)
how = {"steps": steps, "batch_size": batch_size, "decay": decay, "seed": seed}
models = toy.train(sparsity_of, n_features, n_hidden, progress=progress, **how)
by_repeat = (n_repeats, n_instances)
dims = toy.dimensions_per_feature(models.weight).reshape(by_repeat).cpu().numpy()
mse = models.mse.mean(1).reshape(by_repeat).cpu().numpy()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Dimensions per feature of toy models trained in this chapter, mean and range over repeats, against the ideal code of 24 bits and that of the single precision whose worst miss is least: it asks for too much where the drop ends, near one feature in two, and for too little at the sparse end. The 8-bit code is for comparison.", "name": "fig-trained"}, "image": {"alt": "The trained models stay near 1 until one in 1.5 features is on, drop, pause near one half, and end near 0.2 at one in twenty. The ideal code of 2.7 bits first rises above 1, lies above the models until one in ten, and below at the sparse end; that of 8 bits lies below but for a touch where the drop ends; that of 24 bits lies below nearly everywhere, just above 1 minus S."}}
fitted, _ = ent.best_precision(1 - density, dims.mean(0))
fig, ax = plt.subplots()
label = f"trained, n = {n_features}, m = {n_hidden}"
show_curves(ax, {label: (density, dims)}, bits=(fitted, 8, 24))
plt.show()
on_bits = 24 + np.log2(min_density)
print(f"{len(sparsity_of)} models; best single precision {fitted:.1f} bits;")
print(f"bits of an active feature at the sparse end: {on_bits:.1f}, not 24")
middle = (density > 0.28) & (density < 0.4)
assert save_as or abs(dims[:, 0].mean() - 1) < 0.05
assert save_as or np.abs(dims.mean(0)[middle] - 0.5).max() < 0.05

# %% [markdown]
# For dense features (left) the models keep as many directions as they have units, and the curve starts at 1. It
# pauses near one half, where features sit in opposite pairs on one axis (of a pair with one feature on, the other's
# output is negative, and the ReLU makes it 0), and falls on. The ideal codes of 8 bits and
# more lie below, except at the *foot* of the drop, near one feature in two: there the curve trained here meets that of 8
# bits, and the saved ones ({numref}`fig-paper-scale`) cross it, the long one those of 16 and 24 bits too. Does some other
# precision fit? Try it on a saved run:

# %% tags=["hide-input"]
from polylib.derivation import Kept, Line, explore
from sympy import Abs, Max

N = symbols("N", positive=True)  # one feature in N is on
run = results.load("01-sparse-entropy-200x20")["values"]
d = np.round(run["density"], 4)
ratios = np.round(np.mean(run["dimensions_per_feature"], axis=0), 3)
misses = [
    Abs(float(r) / R(1 - float(on), H) - 1)
    for on, r in zip(d, ratios, strict=True)
]
explore(
    [
        Kept(1 / d, ratios, "trained, n = 200, m = 20"),
        Line(R(1 - 1 / N, H), "ideal code, R(S)"),
        Line(1 / N, "its limit, 1 − S"),
    ],
    x=(N, 1, 20),
    sliders={H: (1, 24, 4, 0.1)},
    y=(0, 1.6),
    log="x",
    labels=("1 / (1 − S): one feature in ... is on", "units per feature m/n"),
    names={H: "H, bits of a feature that is on"},
    readouts={"worst relative miss": (Max(*misses, evaluate=False), ".0%")},
    caption="Choose H. No precision brings an ideal code to the trained curve, "
    "a mean of five: what mends the foot of the drop spoils the sparse end.",
    alt="Trained points fall from 1 to a plateau at one half, leave it near one "
    "in four and end at 0.14. The code of 4 bits starts at 1, lies above, ends "
    "near.",
)

# %% [markdown]
# {math}`R(S)` falls as {math}`H` grows, at every {math}`S` above 0, so no slide mends both ends. Each training below gets
# the precision that suits it best, here and in the saved runs: those of {cite:t}`elhage2022` in size, 200 features in 20
# units and 400 in 30, 10,000 steps with 1,024 samples each, and one that takes eight times as long with a learning rate
# that falls to 0.

# %% tags=["hide-input"]
from polylib.finding import Finding

runs = {"this chapter": (density, dims)}
for run, curve in zip(kept, curves.values(), strict=True):
    runs[run["name"].removeprefix("01-sparse-entropy-")] = curve
trainings = sum(len(dims) for _, dims in runs.values())


def finding_on_runs(title, unit):
    """A finding on the trainings of this chapter and the saved ones."""
    found = Finding(
        title, "this book", "trainings", trainings, unit=unit, digits=1
    )
    for run in kept:
        found.rests_on(run)
    return found


# %%
title = "At the sparse end toy models spend over twice the units of a 24-bit code"
twice = finding_on_runs(
    title, "units, as a multiple of a 24-bit code's, against 2"
)
for run, (d, trained) in runs.items():
    ideal = ent.optimal_ratio(1 - d[-1], 24)
    twice.more(trained[:, -1] / ideal, 2, run=run)
twice

# %%
title = "No single precision comes within a tenth of the trained curve"
no_fit = finding_on_runs(
    title, "worst relative miss at the best precision, against 0.1"
)
for run, (d, trained) in runs.items():
    misses = [ent.best_precision(1 - d, one)[1] for one in trained]
    no_fit.more(misses, 0.1, run=run)
no_fit

# %% tags=["hide-input"]
names = ["run", "least", "at the end", "m/n there", "best H", "miss"]
columns = {"run": runs} | {name: [] for name in names[1:]}
sizes = [parameters, *(run["parameters"] for run in kept)]
for (d, trained), size in zip(runs.values(), sizes, strict=True):
    ideal = ent.optimal_ratio(1 - d[1:], 24)
    times = trained.mean(0)[1:] / ideal
    floor = size["n_hidden"] / size["n_features"] / ideal[-1]
    best = ent.best_precision(1 - d, trained.mean(0))
    row = (times.min(), times[-1], floor, *best)
    for name, value in zip(names[1:], row, strict=True):
        columns[name].append(value)
caption = "Mean curves: times the units of a 24-bit code, at least, at the sparse end, and what m/n makes there; best single precision H in bits, and its worst relative miss."
table(columns, caption, dict.fromkeys([*columns][1:], ".1f"))

# %% [markdown]
# From about one feature in two and a half on, the three saved curves nearly lie on one another: width and patience change
# little there, and the floor {math}`m/n`, which differs between them, is not what holds the curve up there. At the sparse
# end {math}`R` at 24 bits is below that floor, which alone costs 1.2 to 1.6 times as much; at the sparsest point where {math}`R` is above it,
# the saved curves spend somewhat less than {math}`2R`. At the foot of the
# drop they come within a tenth of the 24-bit curve, after long training a little below it. (That breaks no bound: the
# ratio is for almost lossless codes, and these lose most of the variance.)

# %% [markdown]
# ### A feature's share of a dimension
#
# The same weights say more when one asks each feature how much of a dimension it has to itself: its *dimensionality*
# {math}`D_i = \lVert W_i \rVert^2 / \sum_j (\hat W_i \cdot W_j)^2`. In a model of {math}`m` units
# {math}`\sum_i D_i \le m`, so it is a budget. (With {math}`G = WW^\top` and its pseudo-inverse, Cauchy and Schwarz give
# {math}`D_i \le W_i^\top G^{+} W_i`, and those sum to the rank of {math}`W`.) Features that share their unit
# with one opposite partner have {math}`D_i = 1/2`; three in a plane {math}`2/3`, five in a plane
# {math}`2/5`, eight in three dimensions {math}`3/8`.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Dimensionality of every feature of every model trained in this chapter; at 0, features that are not stored. Lines mark a unit to itself at 1 and regular arrangements: pairs on an axis at 1/2, triangles at 2/3, pentagons at 2/5, eight in three dimensions (square antiprisms) at 3/8.", "name": "fig-dimensionality"}, "image": {"alt": "Scatter of feature dimensionalities between 0 and 1 against one over density. Dense models spread theirs between 0 and 0.3. From density one half many points lie on the line at one half, later on three eighths, then sink to about 0.25 for sparse models; in all of these many features stay at 0."}}
from fractions import Fraction

share = toy.feature_dimensionality(models.weight).cpu()
fig, ax = plt.subplots()
x = np.repeat(1 / np.tile(density, n_repeats), n_features)
jitter = rng.uniform(0.97, 1.03, x.size)
ax.plot(x * jitter, share.flatten(), ".", markersize=2, alpha=0.4)
for name in ("1", "2/3", "1/2", "2/5", "3/8"):
    value = float(Fraction(name))
    ax.axhline(value, color="0.3", linewidth=0.8, linestyle=":")
    low = name == "3/8"  # just below 2/5
    ax.text(22, value - 0.01 * low, name, va="top" if low else "bottom")
figures.log_ticks(ax)
ax.set(xlabel=one_in, ylabel="dimensionality (share of a unit)")
plt.show()

# %%
stored = share.reshape(*by_repeat, n_features)[:, middle]
stored = stored[stored > 0.1]
in_pairs = ((stored - 0.5).abs() < 0.05).float().mean()
spent = share.sum(1)
print(
    f"one feature in three on: {in_pairs:.0%} of the stored have a share near 1/2"
)
print(f"budget spent: {spent.min():.1f} to {spent.max():.1f} of {n_hidden} units")
assert save_as or in_pairs > 0.9
assert spent.max() < n_hidden + 1e-3

# %% [markdown]
# With every feature on, any {math}`m` directions are as good as any others, and the models spread the budget over all
# features. As features become rare, some get a share near one half, and the
# rest sink to 0. Then the arrangements grow larger and the shares smaller. The plateau of the curve is the
# long stretch on which training settles on pairs.
#
# ### Why they part: what the errors ask of a unit
#
# The theory stores features almost *losslessly*, with any encoder. The model has a linear encoder, and it is content with
# an error. A mean squared error {math}`d` per feature takes at least as many bits per feature as the rate-distortion
# function of a sparse uniform feature says {cite:p}`cover2006`. We compute a rigorous lower bound on that function by the
# algorithm of {cite:t}`blahut1972`, put in each model's own held-out error, and divide by {math}`m/n`.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits per hidden unit that errors as large as the models' require, a lower bound: mean and range over the models of this chapter. A feature that is on holds up to 24.", "name": "fig-bits"}, "image": {"alt": "A curve that starts near 0.5 bits per hidden unit at density one, where the repeats range from 0 to 0.7, stays between 0.7 and 0.8 until one feature in four is on, and falls to below 0.4 at one in twenty."}}
from polylib.theory.rate_distortion import sparse_uniform_rate

pairs = zip(density, mse.T, strict=True)
rates = [sparse_uniform_rate(1 - d, errors) for d, errors in pairs]
bits_per_unit = np.array(rates).T * n_features / n_hidden
fig, ax = plt.subplots()
figures.band(ax, 1 / density, bits_per_unit, "lower bound at the model's error")
figures.log_ticks(ax)
ax.set(xlabel=one_in, ylabel="bits per hidden unit", ylim=(0, None))
plt.show()
assert save_as or bits_per_unit.max() < 2

# %% tags=["hide-input"]
errors = {"this chapter": (density, mse.mean(0), n_features / n_hidden)}
for run in kept:
    v, size = run["values"], run["parameters"]
    curve = np.array(v["density"]), np.mean(v["mse"], axis=0)
    name = run["name"].removeprefix("01-sparse-entropy-")
    errors[name] = *curve, size["n_features"] / size["n_hidden"]
columns = {
    "run": errors,
    "left, dense": [],
    "left, sparse": [],
    "bits a unit": [],
}
for d, mean_error, features_a_unit in errors.values():
    unexplained = mean_error / (d / 3 - d**2 / 4)
    pairs = zip(1 - d, mean_error, strict=True)
    floor = max(sparse_uniform_rate(s, error) for s, error in pairs)
    columns["left, dense"].append(unexplained[0])
    columns["left, sparse"].append(unexplained[-1])
    columns["bits a unit"].append(floor * features_a_unit)
assert save_as or max(columns["bits a unit"]) < 1
caption = "Share of the variance that the models leave; bits a unit that their errors require, where it is most."
table(columns, caption, dict.fromkeys([*columns][1:], ".1f"))

# %% [markdown]
# Errors as large as these prove less than one bit a unit. With ten times as many features as units, and a loss that
# weighs small errors lightly, the cheap way out is to be roughly right about the few features that are on. So "as many
# bits in as the units hold" is not the constraint under which these networks were trained. (The densest models of the
# two short runs even leave *more* than all of the variance, likely by a jitter of weights at a constant learning rate.)
# That is what comes out. What is in?
#
# ### Is it the decoder?
#
# The decoder is one matrix and a threshold. Let the sparsest models keep their {math}`W`, and hand {math}`Wx` to two
# other decoders. One is a network with a hidden layer, trained for the purpose. The other is a search. With {math}`k`
# features on, {math}`Wx` lies in the span of their {math}`k` columns; for {math}`k < m` almost no vector lies in two such
# spans. So take the smallest set of columns that explains the hidden vector with values between 0 and
# 1, trying all sets of up to three; where none does, keep the model's own answer. What the search needs are fine
# digits, so it gets the units rounded to 24 bits, that is to {math}`2^{24}` equal
# steps between the least and the greatest value of each, and to fewer.

# %%
from polylib.networks import decoders

rarest = np.arange(n_repeats) * n_instances + n_instances - 1
weight, bias = models.weight[rarest].double(), models.bias[rarest].double()
draw = torch.Generator(device).manual_seed(seed)
x = toy.sample_features(sparsity_of[rarest].double(), 256, n_features, draw)
own = toy.reconstruct(x, weight, bias)
mlp = decoders.train_mlp(weight.float(), sparsity_of[rarest], seed=seed)

# %% tags=["hide-input"]
from math import comb

start = torch.empty_like(weight)  # the law of weights that training starts from
for one in start:
    torch.nn.init.xavier_normal_(one, generator=draw)
most = max(k for k in (1, 2, 3) if comb(n_features, k) < 20_000 and k < n_hidden)
few = (x > 0).sum(-1) <= most
spread = min_density / 3 - min_density**2 / 4  # variance of a feature
about = {"source": "this book", "replicates": "models", "networks": n_repeats}


def share_left(guess):
    """Share of the variance that each model's guesses leave."""
    return ((guess - x).square().mean((1, 2)) / spread).cpu().numpy()


def share_found(guess):
    """Share of the vectors with few features on whose set is found, a model."""
    hits = ((guess > 0) == (x > 0)).all(-1) & few
    return (hits.sum(1) / few.sum(1).clamp_min(1)).cpu().numpy()


# %%
left = {("network", 24): share_left(mlp((x @ weight.mT).float()))}
found, at_start = {}, {}
for bits in (24, 16, 12, 4):
    guess, any_set = decoders.search(x, weight, bits, most)
    left["search", bits] = share_left(torch.where(any_set[..., None], guess, own))
    found[bits] = share_found(guess)
    at_start[bits] = share_found(decoders.search(x, start, bits, most)[0])

# %%
better = Finding("Another decoder leaves less than the model's own", **about, digits=1,
    null="the model's own decoder, for the same weights and vectors",
    unit="share of the variance left, at the sparse end")  # fmt: skip
for (name, bits), value in left.items():
    better.less(value, share_left(own), decoder=name, bits=bits)
better

# %% [markdown]
# Read the condition as "at high precision". Were those sets there before training?

# %%
title = "Training costs the search sets of features that it would have found"
spoilt = Finding(title, **about, digits=1,
    null="the same search in weights as training starts from",
    unit="share found of vectors with at most three features on")  # fmt: skip
for bits in (16, 12):
    spoilt.less(found[bits], at_start[bits], bits=bits)
spoilt

# %%
short = (weight.norm(dim=1) < 0.1).double().mean().item()
floor = sparse_uniform_rate(1 - min_density, left["search", 24].mean() * spread)
many = (x > 0)[~few].sum() / (x > 0).sum()
print(
    f"over {most} features are on in {(~few).float().mean():.0%} of the vectors,",
    end=" ",
)
print(
    f"which hold {many:.0%} of the features that are on; of the others the search"
)
print(f"at 24 bits finds {min(found[24]):.1f} to {max(found[24]):.1f};", end=" ")
print(f"it leaves {left['search', 24].mean():.1f} of the variance,")
print(f"and its errors require {floor * n_features / n_hidden:.1f} bits a unit;")
print(f"columns of W shorter than a tenth: {short:.0%}")
assert save_as or min(*found[24], *at_start[24]) > 0.98

# %% [markdown]
# So it is the decoder, for these models at one in twenty. From units of 24 bits the search recovers the vectors that
# have at most three features on, among them features whose columns, more than half of all, are so short that the model seems
# not to store them. What it leaves is in the other 14 % of the vectors, which hold 31 % of the features that are on. And it
# needs fine digits: at four bits a unit we could tell no gain. In *untrained* weights the search finds as many sets at 24
# bits, and more at 16 and 12: nearly any matrix holds these bits. The decoder network, small and briefly trained, gains little, while the search
# tries ten thousand sets for four units. What is there depends on the reader's means. (The curve stays where it is: it counts
# columns of {math}`W`, whoever reads them.) Features denser than one in ten are out of its
# reach: on average more of them are on than there are units.

# %% tags=["hide-input"]
if save_as:
    values = {
        "density": density.tolist(),
        "dimensions_per_feature": dims.tolist(),
        "mse": mse.tolist(),
        "left_by_search": left["search", 24].tolist(),
    }
    name = f"01-sparse-entropy-{save_as}"
    results.save(name, values, parameters, device=device)
for run in kept:
    print(results.describe(run))

# %% [markdown]
# ## Summary
#
# - **Lemma 2 holds** for discrete, independent features that are never 0 themselves
#   ({claim}`holds if <Lemma 2>`). Its proof has two sign slips ({claim}`repaired <Lemma 2 for one element>`) and a
#   chain rule that conditions on too much ({claim}`repaired <The chain rule and its range>`).
# - With an atom at 0 it overcounts by {math}`q\,h_2(S/q)` ({claim}`Lemma 2 with an atom at 0`), which is of order
#   {math}`\epsilon\log(1/\epsilon)` and not {math}`\epsilon` ({claim}`repaired <The error of ignoring an atom>`). For floats
#   neither matters.
# - The lemma needs a number of bits: 24 for `torch.rand` ({claim}`Bits in a single-precision uniform number`), and not a
#   differential entropy ({claim}`repaired <Which entropy the lemma is about>`).
# - The ratio is {math}`R(S) = (1-S) + h_2(S)/H`, for codes whose errors become rare in long blocks
#   ({claim}`holds if <The optimal ratio R(S)>`). It lies above one for small {math}`S` if zero is an extra symbol
#   ({claim}`A ratio above one, and where it comes from`).
# - **Trained toy models do not follow it**: no single precision fits ({finding}`No single precision comes within a tenth of the trained curve`),
#   and at the sparse end they spend over twice the units of a 24-bit code, also after training eight times as long
#   ({finding}`At the sparse end toy models spend over twice the units of a 24-bit code`).
# - **In five models of 40 features in 4 units, at one feature in twenty, it is the decoder that wastes the bits**
#   ({finding}`seen if <Another decoder leaves less than the model's own>`), and at 16 and 12 bits training makes the search find fewer sets
#   ({finding}`Training costs the search sets of features that it would have found`).
#
# To do next, when you read a network: take an entropy for a floor of almost lossless codes, and measure how many features
# a layer stores, with what error, and for which decoder. Open: what a search would find in larger models, where we
# cannot afford it, and what networks do whose task forbids errors.
#
# The bits are there, and not everybody can read them. {ref}`nb-decoding-hardness` goes on from here: what an optimal
# code looks like to somebody who wants to read it.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-sparse-markov
# Features are often correlated: let the mask be a Markov chain that stays on with probability 0.9 and has a stationary
# density of 0.1. How many bits a feature does the mask cost, and what does R become at 24 bits?
# ```
#
# ````{solution} ex-sparse-markov
# :class: dropdown
# The entropy *rate* of the mask replaces {math}`h_2(S)`: the mean over both states of the entropy of the next one.
# Since conditioning lowers entropy, correlation can only help.
# ````

# %% tags=["hide-cell"]
stay_on, on_share = 0.9, 0.1
turn_on = on_share * (1 - stay_on) / (1 - on_share)  # balances what turns off
mask_rate = on_share * ent.binary_entropy(stay_on) + (
    1 - on_share
) * ent.binary_entropy(turn_on)
print(
    f"mask: {mask_rate:.3f} bits a feature against {ent.binary_entropy(on_share):.3f} if independent"
)
print(
    f"R: {on_share + mask_rate / 24:.4f} against {ent.optimal_ratio(1 - on_share, 24):.4f}"
)

# %% [markdown]
# ```{exercise}
# :label: ex-sparse-finite
# {prf:ref}`thm-optimal-ratio` speaks of many features. With {math}`n` features a code must serve the vectors with at
# most {math}`k` of them on, about {math}`\log_2 \binom{n}{k} + kH` bits. Choose {math}`k` so that at most one vector in
# a thousand has more, at {math}`S = 0.9` and {math}`H = 24`. How far above R is the ratio for n = 100 and for n = 10,000?
# ```
#
# ````{solution} ex-sparse-finite
# :class: dropdown
# The number of features that are on is binomial, so {math}`k` is a quantile of it. The excess falls like
# {math}`1/\sqrt n`.
# ````

# %% tags=["hide-cell"]
import math

from scipy.stats import binom

for n_long in (100, 10_000):
    k = int(binom.ppf(0.999, n_long, 0.1))
    units = (math.log2(math.comb(n_long, k)) + 24 * k) / 24
    print(f"n = {n_long:6,d}: {units / n_long:.4f} against R = {room:.4f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
