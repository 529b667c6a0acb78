# %% [markdown]
# (nb-sparse-entropy)=
# # Optimal sparse input ratio
#
# How many hidden units does a network need for its features, if most features are off most of the time?
# Section 2.1 of the supplement to {cite:t}`marshall2024` answers with an entropy: count the bits in a sparse
# input, count the bits a hidden unit can hold, divide. The answer is meant to explain a curve that
# {cite:t}`elhage2022` measured on small networks that store more features than they have units, which is what
# {term}`superposition` means.
#
# The ratio itself is described there and never printed. For features that are off with probability {math}`S`, and
# hold {math}`H` bits when they are on, {math}`m` units of {math}`H` bits have room for {math}`n` of them at
#
# $$R(S) = \frac{m}{n} = (1-S) + \frac{h_2(S)}{H},$$
#
# where {math}`h_2` is the entropy of a coin. This chapter derives it again, line by line. It finds two sign slips, a chain
# rule that conditions on too much, and an error bound that is too small; all of them can be repaired, and the lemma
# stands. The ratio can exceed one, and we say why. Networks trained here do not follow it, and we ask what keeps them
# from it: the code in their hidden units, or the decoder that reads it.

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
# - {ref}`sec-sparse-setting`: what it means to sparsify.
# - {ref}`sec-sparse-lemma`: each printed line checked, and repaired where it fails.
# - {ref}`sec-sparse-atom`: what the lemma then overcounts, and by how much.
# - {ref}`sec-sparse-bits`: why the lemma needs a number of bits, and how many a float has.
# - {ref}`sec-sparse-ratio`: the ratio R(S), its limits, and its peak above one.
# - {ref}`sec-sparse-trained`: toy models of superposition, at two scales, and other decoders for them.
#
# You need Shannon {term}`entropy` and the idea of a channel's {term}`capacity`; {cite:t}`cover2006`, chapters 2 and 7, has both.
# Symbols are those of {doc}`../book/notation`: {math}`S` is the probability that a feature is off, {math}`n` the
# number of features, {math}`m` the number of hidden units, {math}`H` the bits in one feature when it is on.
#
# The cell below holds everything you can change. The next one checks it and sets the style of the figures.

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
# Twelve features, each uniform on eight values, at {math}`S = 0.75`. The draw shows what the definition says and its
# introduction does not: the number of zeros is itself random.

# %%
import numpy as np
from polylib.theory import entropy as ent

rng, S_shown = np.random.default_rng(seed), 0.75
for _ in range(3):
    shown = ent.sparsify(rng.integers(1, 9, size=12), S_shown, rng)
    print(shown, f"S = {S_shown}, {(shown == 0).sum()} zeros")

# %% [markdown]
# The supplement introduces this as a distribution "with S features set to 0". That would be a count, and it
# would make the zeros depend on one another. Every formula that follows uses the definition, not the introduction, so
# we record it as a slip of wording. The box below is how this book reports: the statement, each step with the
# kind of evidence behind it, and a verdict. All of them together make {doc}`../book/claims`; those that fail in
# print make {doc}`../book/errata`.

# %%
from polylib.derivation import Derivation

wording = Derivation(
    "Sparsity is a probability, not a count", source="supplement 2.1"
)
wording.remark(
    "a uniform random distribution with S features set to 0",
    "each feature is set to 0 with probability S, so the number of zeros is binomial",
    line="introduction to Definition 1",
)
wording

# %% [markdown]
# (sec-sparse-lemma)=
# ## Lemma 2: the entropy of a sparse vector
#
# ```{prf:lemma} Entropy of a sparse distribution (supplement, Lemma 2, with its conditions)
# :label: lem-sparse-entropy
# Let {math}`X` have {math}`n` independent elements of the same law on finitely many letters, with entropy {math}`H`
# bits each and no mass at 0. Then
#
# $$H(X^S) = n\,\bigl[h_2(S) + (1-S)H\bigr].$$
# ```
#
# Every element holds the bits of two questions. *Was it switched off?* costs the entropy of the mask. *If not, what is
# it?* costs {math}`H`, and is asked a fraction {math}`1-S` of the time.
#
# We check the printed proof for any number {math}`K` of letters other than 0, with any probabilities
# {math}`P_1, \dots, P_K`: a line that passes holds for all such laws. {math}`X_0` stands for any one element:
# {math}`H(X_0)` is the {math}`H` of the lemma, and {math}`X_0^S` the element after sparsification. {math}`h_2` is the
# entropy of a coin.

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
# The law of one sparsified element, {math}`Q`, has mass {math}`S` at 0 and {math}`(1-S)P_k` at letter {math}`k`. The
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
# element on *all* others. That is not a chain rule: if two elements were copies of each other, each would be certain given
# the other, and the printed sum would say that the pair holds nothing. The rule conditions on *earlier* elements only.
# For independent elements the slip does no harm, which is why the lemma survives it. The elements are also listed
# from {math}`X_0` to {math}`X_n`, one too many.
#
# The counterexample in the box is milder than copies: two bits that agree three times in four. The repair is for any pair.
# {math}`J` lists the probabilities of its {math}`K \times L` values, row by row. For more elements, take all earlier ones
# together as {math}`X_1`.

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
# Algebra for any law is one witness. Here is another that knows nothing of it: write down every
# outcome of the sparsified vector with its exact probability, and add up {math}`-p \log_2 p`.


# %%
from itertools import product


def sum_over_all_outcomes(sparsity, n):
    """Bits in n sparsified elements of eight equally likely letters."""
    law = [sparsity] + [(1 - sparsity) / 8] * 8
    p = np.array([np.prod(outcome) for outcome in product(law, repeat=n)])
    return -np.sum(p[p > 0] * np.log2(p[p > 0]))


def bits_by_the_lemma(sparsity, n):
    return ent.sparse_entropy(sparsity, 3.0, n)


cases = [(s, length) for s in (0.0, 0.1, 0.5, 0.9, 1.0) for length in (1, 2, 3)]

# %% tags=["hide-input"]
Y = IndexedBase("Y", positive=True)
letters = P[i] * Y[j]  # of two independent elements
laws = law | {Sum(Y[k], (k, 1, L)): 1}
with evaluate(False):
    pair = -Sum(letters * log2(letters), (j, 1, L), (i, 1, K))
    one = named("H(X_1)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
    other = named("H(X_2)", -Sum(Y[k] * log2(Y[k]), (k, 1, L)))
    equal_terms = Sum(two_questions, (i, 1, n))
    total = n * (h2(S) + (1 - S) * H_X)
whole = Derivation(
    "Lemma 2", lemma_2, holds_if="X is discrete, i.i.d. and never 0"
)
whole.equal(pair, one + other, "independent elements: add", given=laws)
whole.equal(equal_terms, total, "n equal terms")
whole.agrees(
    bits_by_the_lemma,
    sum_over_all_outcomes,
    cases,
    1e-12,
    "eight equally likely letters, up to three elements",
)
whole

# %% [markdown]
# Independence is not a formality. Let both elements of a pair be the same letter {math}`B`, and mask them separately.
# The pair is 0, 0 with probability {math}`S^2`. It shows letter {math}`k` in one given place with probability
# {math}`O_k = S(1-S)P_k`, and in both places with {math}`T_k = (1-S)^2P_k`. Such a pair holds less than the lemma says,
# since either element alone tells the letter: the lemma counts it twice where both show it. (That a pair never holds more
# is general: a joint entropy is at most the sum of the parts.)

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
# $$H(X_0^S) = h_2(q) + (1-S)\bigl(H - h_2(p_0)\bigr) = h_2(S) + (1-S)H - q\,h_2(S/q).$$
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
# happens. So {prf:ref}`lem-sparse-entropy` is an upper bound in general, and exact for {math}`p_0 = 0`, which the
# supplement assumes to good approximation. In code it is `entropy.sparse_entropy_with_atom`.
#
# ### How small is a small error?
#
# The supplement says that if {math}`p_0` is below some {math}`\epsilon` the entropy is right "within additive
# {math}`\epsilon`". But the gap is a binary entropy, and near 0 that falls like {math}`p_0 \log(1/p_0)`, not like
# {math}`p_0`. The corrected bound follows from
# {math}`\log_2(1+x) \le x \log_2 e`, and holds per element: for a vector, multiply by {math}`n`. In the box,
# {math}`a = (1-S)p_0`, so {math}`p_0 = a/(1-S)` and {math}`q = S + a`.

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
print("    p_0    gap (bits)       gap / p_0   corrected bound (bits)")
for mass in (1e-2, 1e-4, 1e-6, 2.0**-24):
    lost = ent.sparse_entropy(0.5, 8) - ent.sparse_entropy_with_atom(0.5, 8, mass)
    on = 0.5 * mass
    bound = on * np.log2(np.e * (0.5 + on) / on)
    assert mass < lost <= bound
    print(f"{mass:8.1e}   {lost:10.3e}   {lost / mass:13.2f}   {bound:22.3e}")

# %% [markdown]
# The factor grows without bound as {math}`p_0` shrinks, but slowly. For 24-bit features the last row is what
# matters: ignoring the atom costs about a millionth of a bit an element. The conclusion that the supplement draws
# for floats is right, and only its reason is off.

# %% [markdown]
# (sec-sparse-bits)=
# ## How many bits are in a float?
#
# "High precision floats" sounds like 32 bits. On a CPU, a number from `torch.rand` in single precision is a multiple of
# {math}`2^{-24}`, all equally likely, so it has exactly 24. If one rounds a real uniform number down to the nearest
# float instead, small numbers get finer steps, and the count comes to 25: the binade
# {math}`[2^{-k}, 2^{1-k})` is hit with probability {math}`2^{-k}` and has {math}`2^{23}` equal steps.

# %%
import torch

generator = torch.Generator().manual_seed(seed)
u = torch.rand(1_000_000, generator=generator)
on_grid = u * 2**24
assert torch.equal(on_grid, on_grid.round()) and u.max() < 1
odd = (on_grid % 2 == 1).float().mean()
print(f"all {len(u):,} draws are multiples of 2^-24")
print(f"a share of {odd:.2f} are odd multiples, so no coarser grid holds them")
binades = np.arange(1, 60)
rounded_down = (2.0**-binades * (binades + 23)).sum()
print(f"a float is stored in {torch.finfo(u.dtype).bits} bits; rounded down, a")
print(f"real uniform number has {rounded_down:.0f}")

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
# A continuous feature has no such count. Its sparsified version is part atom, part density, with no finite
# entropy; and differential entropy is no substitute, because it is 0 for a uniform feature on {math}`[0, 1]` and the
# ratio would divide by it. The supplement's "elementwise entropy" leaves the choice open. What does have a limit is the entropy *per bit of precision*. Cut the unit interval into
# {math}`2^b` cells, so that the first cell shares the symbol 0 with the mask, and let {math}`b` grow.

# %%
sparsity = 0.8
print(" b   exact (bits)   Lemma 2 (bits)   exact / b   share of the mask")
for bits in (4, 8, 12, 16, 24):
    exact_bits = ent.sparse_entropy_with_atom(sparsity, bits, 2.0**-bits)
    lemma_bits = ent.sparse_entropy(sparsity, bits)
    print(f"{bits:2d}   {exact_bits:12.5f}   {lemma_bits:14.5f}", end="   ")
    of_mask = ent.binary_entropy(sparsity) / lemma_bits
    print(f"{exact_bits / bits:9.3f}   {of_mask:17.2f}")

# %% [markdown]
# The entropy per bit of precision falls towards {math}`1 - S = 0.2`, the information dimension of {cite:t}`renyi1959`.
# It is also the number of real units per feature at which {cite:t}`wu2010` show that a *linear* encoder suffices, with
# an error probability that vanishes and any decoder. The approach is slow, like {math}`1/b`: the bits of the mask stay
# the same, and only their share shrinks.

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
# noiseless hidden units have {math}`2^{mH}` joint states. Encoder and decoder may be any functions. With
# {math}`R(S) = (1-S) + h_2(S)/H`: if {math}`m/n` exceeds {math}`R(S)` by a fixed amount as {math}`n` grows, there are
# codes whose probability of error tends to 0; if it falls short by one, that of every code tends to 1.
# ```
#
# ```{prf:proof}
# The sparse features are independent, with {math}`R(S)H` bits each. So for every {math}`\delta > 0`, with a probability
# that tends to 1, a vector is *typical*: its probability is within {math}`2^{-n(R(S)H \pm \delta)}`
# ({cite:t}`cover2006`, chapter 3). There are at most {math}`2^{n(R(S)H + \delta)}` typical vectors. If that is no more
# than {math}`2^{mH}`, each gets a state of its own, and only the others are lost. Conversely, a code returns at most
# {math}`2^{mH}` different vectors, and those of them that are typical have at most
# {math}`2^{mH - n(R(S)H - \delta)}` of the probability, which tends to 0 if {math}`m/n` stays below {math}`R(S) - \delta/H`.
# ```
#
# So the ratio is for *almost* lossless codes. To be right always is dearer than not to sparsify: with {math}`2^H`
# equally likely values, {math}`n` features make {math}`(2^H+1)^n` vectors, and each needs its own state, for every
# {math}`S` strictly between 0 and 1. How long must the blocks be? With equally likely values, at {math}`S = 0.9`, the
# likeliest vectors are those with the fewest features on. The best code keeps these, and its errors can be counted.

# %% tags=["hide-input"]
from scipy.special import gammaln
from scipy.stats import binom


def best_code_error(n, units, sparsity, bits):
    """Probability of an error, if the vectors with the fewest features on fill `units`."""
    on = np.arange(n + 1)
    sizes = log_choose(n, on) + bits * on  # log2 of the vectors with that many on
    upto = np.logaddexp2.accumulate(sizes)
    k = np.searchsorted(
        upto, units * bits, side="right"
    )  # the first lost in part
    part = np.exp2(units * bits - sizes[k]) - np.exp2(upto[k - 1] - sizes[k])
    law = binom(n, 1 - sparsity)
    return law.sf(k - 1) - part * law.pmf(k)


def log_choose(n, k):
    """log2 of the number of ways to choose k of n."""
    return (gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)) / np.log(2)


print("     n   error at 0.9 R   at 1.1 R   (S = 0.9, H = 24)")
for length in (100, 1_000, 10_000):
    room = length * ent.optimal_ratio(0.9, 24)
    errors = [best_code_error(length, f * room, 0.9, 24) for f in (0.9, 1.1)]
    print(f"{length:6,d}   {errors[0]:14.3f}   {errors[1]:8.3f}")
assert errors[0] > 0.999
assert errors[1] < 0.001

# %% [markdown]
# A toy network restricts both ends: its encoder is a matrix, its decoder a matrix and a threshold. What else the formula
# says can be checked at once. The saving is smaller than {math}`1/(1-S)`, the factor by which the mean number of active
# features falls, because the mask costs bits. With ever finer features the ratio tends to {math}`1-S`. It is greatest at
# {math}`S^* = 1/(1+2^H)`, and there it exceeds one.

# %% tags=["hide-input"]
R = named("R", lambda S, H: (1 - S) + h2(S) / H)
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
ratio.equal(divided, R_written, bits_over_bits)
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

for bits in (1, 8, 24):
    at, value = ent.optimal_ratio_peak(bits)
    print(
        f"H = {bits:2d} bits: R - 1 peaks at S = {at:.3g} with {value - 1:.3g}",
        end="; ",
    )
    back = brentq(lambda s, h=bits: ent.optimal_ratio(s, h) - 1, at, 0.999)
    print(f"back to 1 at {back:.3g}")
saving_at = 1 / ent.optimal_ratio(0.9, 24)
print(f"one feature in ten, 24 bits: {saving_at:.3f} features a unit, not 10")

# %% [markdown]
# A ratio above one says that *masking some features makes the input harder to store*. Nothing is wrong with the
# count: a feature with {math}`2^H` values, none of them 0, gets one value more when it may also be off, and
# {math}`\log_2(2^H + 1) > H`. The next figure shows it for one-bit features, where it is grotesque and lasts until
# three in four are off, and for 8 and 24 bits, where nobody would see it. On the right the alphabet contains 0 from the start: {math}`2^H` symbols hold at most
# {math}`H` bits, masked or not, so the ratio never exceeds one, and it only falls.

# %% mystnb={"figure": {"caption": "Hidden units per feature that an ideal code needs, against the probability S that a feature is off. Left: as in Lemma 2, zero is an extra symbol. Right: zero is one of the symbols already.", "name": "fig-ratio"}, "image": {"alt": "Two panels of curves for H of 1, 2, 8 and 24 bits. Left: the one-bit curve rises to 1.58 at S of one third before it falls, the two-bit curve to 1.16 at one fifth, the 8-bit curve lies up to an eighth above the diagonal 1 minus S, the 24-bit curve just above it. Right: all curves start at 1 and fall, none exceeds 1."}}
import matplotlib.pyplot as plt

S_grid = np.linspace(0.001, 0.999, 999)
fig, axes = plt.subplots(1, 2, sharey=True, figsize=(8.4, 3.8))
for bits in (1, 2, 8, 24):
    outside = ent.optimal_ratio(S_grid, bits)
    label = f"H = {bits} bit{'s' if bits > 1 else ''}"
    axes[0].plot(S_grid, outside, label=label)
    inside = ent.sparse_entropy_with_atom(S_grid, bits, 2.0**-bits) / bits
    axes[1].plot(S_grid, inside, label=label)
    assert (inside <= 1).all() and (np.diff(inside) < 0).all()
for ax, zero in zip(axes, ["an extra symbol", "in the alphabet"], strict=True):
    ax.plot(S_grid, 1 - S_grid, color="0.7", linestyle="-", label="1 − S")
    ax.set(
        xlabel="sparsity S (probability of being off)", title=f"zero is {zero}"
    )
axes[0].set_ylabel("hidden units per feature m/n")
axes[0].legend()
plt.show()

# %% tags=["hide-input"]
p_in = 2 ** (-H)  # mass of 0, if it is one of the symbols
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
    "with 0 inside the alphabet they never do",
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
# is what {math}`R(S)` is too. While no column is much longer than 1, it cannot fall far below {math}`m/n`.
#
# **Prediction.** If these models coded as well as a channel allows, dimensions per feature would follow {math}`R(S)` at
# the precision of the units: 24 bits, fewer if only the leading bits count. We draw 4, 8, 16 and 24, and {math}`1-S`. If no
# single precision fits the whole curve, the prediction fails for these models. {prf:ref}`thm-optimal-ratio`, which is
# about the best code, is not at stake.
#
# One detail favours the models. The draw that gives a feature its value also decides whether it is on, so an active
# feature has a fraction {math}`1-S` of the {math}`2^{24}` values, and {math}`24 + \log_2(1-S)` bits: 19.7 at one in
# twenty, where {math}`m` units of 24 bits would then need an even smaller ratio than the curve for 24 bits. (The bits
# of the draw were counted on a CPU. The larger runs below drew on a GPU, whose generator we have not checked.)
#
# All instances are trained at once, as one batch of matrices, for
# {math}`S` from 0 to 0.95, several times each. Every feature counts the same.

# %%
from polylib.networks import superposition as toy

density = min_density ** np.linspace(0, 1, n_instances)
sparsity_of = torch.tensor(
    1 - density, dtype=torch.float32, device=device
).repeat(n_repeats)
models = toy.train(
    sparsity_of,
    n_features,
    n_hidden,
    steps=steps,
    batch_size=batch_size,
    decay=decay,
    seed=seed,
    progress=progress,
)
by_repeat = (n_repeats, n_instances)
dims = toy.dimensions_per_feature(models.weight).reshape(by_repeat).cpu().numpy()
mse = models.mse.mean(1).reshape(by_repeat).cpu().numpy()
print(
    f"{len(sparsity_of)} models, n = {n_features}, m = {n_hidden}, {steps:,} steps,",
    f"S from 0 to {1 - density.min():.2f}",
)

# %% [markdown]
# This is the *reading scale*; a larger one follows. The band spans the smallest and the largest of the repeats, not a
# standard error: these models have local optima.


# %% mystnb={"figure": {"caption": "Dimensions per feature of trained toy models at reading scale, mean and range over repeats, against the ratio R(S) of an ideal code at four precisions, and its limit 1 − S.", "name": "fig-trained"}, "image": {"alt": "Curves falling from 1 at density one. The trained models stay near 1 until one in 1.5 features is on, drop, pause near one half, and end near 0.2 at one in twenty. The ideal codes fall smoothly and end at about 0.12, 0.09, 0.07 and 0.06 for 4, 8, 16 and 24 bits, just above 1 minus S, which ends at 0.05."}}
one_in = "1 / (1 − S): one feature in ... is on"


def show_curves(ax, trained):
    """Dimensions per feature of trained (label, density, dims), and R(S)."""
    for index, (label, density, dims) in enumerate(trained):
        x = 1 / np.asarray(density)
        figures.band(ax, x, np.asarray(dims), label, index)
    for bits, dashes in ((4, "--"), (8, "-."), (16, (0, (5, 1))), (24, ":")):
        ideal = ent.optimal_ratio(1 - 1 / x, bits)
        label = f"ideal code, {bits} bits"
        ax.plot(x, ideal, color="0.3", linestyle=dashes, label=label)
    ax.plot(x, 1 / x, color="0.7", linestyle="-", label="1 − S")
    figures.log_ticks(ax)
    ax.set(xlabel=one_in, ylabel="hidden units per feature")
    ax.legend()


fig, ax = plt.subplots()
show_curves(ax, [(f"trained, n = {n_features}, m = {n_hidden}", density, dims)])
plt.show()

# %% [markdown]
# For dense features (left) the models keep as many directions as they have units, and the curve starts at 1. It
# pauses near one half, where features sit in opposite pairs on one axis, and falls on. The ideal codes of 8 bits and
# more fall from the start and lie below, but for one touch: at the foot of its drop, near one feature in two, the trained
# curve meets that of 8 bits. Does some other precision fit? {math}`R(S)` falls as {math}`H` grows, at every {math}`S`,
# so a precision that mends the foot spoils the sparse end. The best one balances the two, and its worst miss is printed
# below.

# %%
ideal = ent.optimal_ratio(1 - density, 24)
mean_dims = dims.mean(axis=0)
excess = mean_dims[-1] / ideal[-1]
print(f"dense:  {mean_dims[0]:.1f} units per feature")
print(
    f"sparse: {mean_dims[-1]:.1f}, which is {excess:.0f} times the 24-bit ratio"
)
assert abs(mean_dims[0] - 1) < 0.05
assert (mean_dims > ideal - 0.01).all()
assert np.abs(mean_dims[(density > 0.28) & (density < 0.4)] - 0.5).max() < 0.05
assert mean_dims[-1] > 2 * ideal[-1]


# %%
def best_precision(density, trained):
    """The H in bits whose R(S) misses the curve least, and by how much at worst."""
    bits = np.linspace(1, 24, 461)
    miss = trained / ent.optimal_ratio(1 - density, bits[:, None]) - 1
    worst = np.abs(miss).max(axis=1)
    return bits[worst.argmin()], worst.min()


fitted, worst = best_precision(density, mean_dims)
print(f"best single precision: about {fitted:.0f} bits, off by up to {worst:.1f}")
on_bits = 24 + np.log2(min_density)
rare = (ent.binary_entropy(1 - min_density) + min_density * on_bits) / 24
print(f"bits of an active feature at the sparse end: {on_bits:.1f}", end=", ")
print(f"ratio {rare:.3f} instead of {ideal[-1]:.3f}")
assert worst > 0.15

# %% [markdown]
# ### A feature's share of a dimension
#
# The same weights say more when one asks each feature how much of a dimension it has to itself: its *dimensionality*
# {math}`D_i = \lVert W_i \rVert^2 / \sum_j (\hat W_i \cdot W_j)^2`. In a model of {math}`m` units
# {math}`\sum_i D_i \le m`, so it is a budget. (With {math}`G = WW^\top` and its pseudo-inverse, Cauchy and Schwarz give
# {math}`D_i \le W_i^\top G^{+} W_i`, and those sum to the rank of {math}`W`. This {math}`D_i` has nothing to do with
# the dropout rate {math}`D` of later chapters.) Features that share their unit
# with one opposite partner have {math}`D_i = 1/2`; three in a plane {math}`2/3`, five in a plane
# {math}`2/5`, eight in three dimensions {math}`3/8`.

# %% mystnb={"figure": {"caption": "Dimensionality of every feature of every repeat, reading scale. Lines mark regular arrangements.", "name": "fig-dimensionality"}, "image": {"alt": "Scatter of feature dimensionalities between 0 and 1 against one over density. Dense models spread theirs between 0 and 0.3. From density one half many points lie on the line at one half, later on three eighths, then sink to about 0.25 for sparse models; in all of these many features stay at 0."}}
from fractions import Fraction

share = toy.feature_dimensionality(models.weight).cpu()
assert (share.sum(1) <= n_hidden + 1e-3).all()

fig, ax = plt.subplots()
x = np.repeat(1 / np.tile(density, n_repeats), n_features)
ax.plot(
    x * rng.uniform(0.97, 1.03, x.size),
    share.flatten(),
    ".",
    markersize=2,
    alpha=0.4,
)
for name in ("1", "2/3", "1/2", "2/5", "3/8"):
    value = float(Fraction(name))
    ax.axhline(value, color="0.3", linewidth=0.8, linestyle=":")
    ax.text(22, value, name, va="top" if name == "3/8" else "bottom")
figures.log_ticks(ax)
ax.set(xlabel=one_in, ylabel="dimensionality (share of a unit)")
plt.show()

# %% [markdown]
# Read from left to right. With every feature on, any {math}`m` directions of feature space are as good as any others, so
# the models take some rotated set and spread the budget over all features. As features become rare, some get a
# share near one half, which is what an opposite partner leaves, and the rest sink to 0. Then the arrangements grow
# larger and the shares smaller. The budget is always spent to the last, and the plateau of the figure above is the
# long stretch on which training settles on pairs.

# %%
middle = (density > 0.28) & (density < 0.4)
stored = share.reshape(*by_repeat, n_features)[:, middle]
stored = stored[stored > 0.1]
in_pairs = ((stored - 0.5).abs() < 0.05).float().mean()
spent = share.sum(1)
print(
    f"one feature in three on: {in_pairs:.0%} of the stored features have a share near 1/2"
)
print(f"budget spent: {spent.min():.1f} to {spent.max():.1f} of {n_hidden} units")
assert in_pairs > 0.9

# %% [markdown]
# ### Why they part: what the errors ask of a unit
#
# Theory and training answer different questions. The theory stores features almost *losslessly*, with any encoder. The model
# has a linear encoder, and it is content with an error. How many bits does it carry at the error it
# makes? A mean squared error {math}`d` per feature takes at least as many bits per feature as the rate-distortion function
# of a sparse uniform feature says {cite:p}`cover2006`. We compute a rigorous lower bound on that function by the algorithm
# of {cite:t}`blahut1972`, put in each model's own held-out error, and divide by {math}`m/n`.

# %% mystnb={"figure": {"caption": "Bits per hidden unit that errors as large as the model's require: a lower bound, mean and range over repeats. A feature that is on holds up to 24.", "name": "fig-bits"}, "image": {"alt": "A curve that starts near 0.5 bits per hidden unit at density one, where the repeats range from 0 to 0.7, stays between 0.7 and 0.8 until one feature in four is on, and falls to below 0.4 at one in twenty."}}
from polylib.theory.rate_distortion import sparse_uniform_rate

rates = [
    sparse_uniform_rate(1 - d, errors)
    for d, errors in zip(density, mse.T, strict=True)
]
bits_per_unit = np.array(rates).T * n_features / n_hidden
fig, ax = plt.subplots()
figures.band(ax, 1 / density, bits_per_unit, "lower bound at the model's error")
figures.log_ticks(ax)
ax.set(xlabel=one_in, ylabel="bits per hidden unit", ylim=(0, None))
plt.show()

# %%
variance = density / 3 - density**2 / 4
unexplained = (mse / variance).mean(axis=0)
carried = bits_per_unit.mean(axis=0).max()
print(
    f"variance left unexplained: {unexplained.min():.1f} to {unexplained.max():.1f}"
)
print(f"bits per hidden unit required: {carried:.1f} of 24 where it is most")
assert bits_per_unit.max() < 2

# %% [markdown]
# Errors as large as these prove less than one bit a unit. The models leave most of the variance unexplained: with ten
# times as many features as units, and a loss that weighs small errors lightly, the cheap way out is to be roughly right
# about the few features that are on. So "as many bits in as the units hold" is not the constraint under which these
# networks were trained. But the floor speaks of what comes out. What is in?
#
# ### Is it the decoder?
#
# The decoder is one matrix and a threshold. Let the sparsest models keep their {math}`W`, and hand {math}`Wx` to two
# other decoders. One is a network with a hidden layer of 256, trained for the purpose. The other is a search. A
# few features that are on leave a vector in the plane of their columns, and with fewer features than units almost no
# two sets share a vector. So take the smallest set of columns that explains the hidden vector with values between 0 and
# 1, trying all sets of up to three; where none does, keep the model's own answer. What the search needs are fine
# digits, so it gets the units rounded to 24 bits, and to fewer.

# %%
from math import comb

from polylib.networks import decoders

rarest = np.arange(n_repeats) * n_instances + n_instances - 1
weight, bias = models.weight[rarest].double(), models.bias[rarest].double()
draw = torch.Generator(device).manual_seed(seed)
x = toy.sample_features(sparsity_of[rarest].double(), 256, n_features, draw)
hidden, own = x @ weight.mT, toy.reconstruct(x, weight, bias)
mlp = decoders.train_mlp(
    weight.float(), sparsity_of[rarest], seed=seed, progress=progress
)
spread = min_density / 3 - min_density**2 / 4  # variance of a feature


def share_left(guess):
    """Share of the variance that each model's guesses leave."""
    return ((guess - x).square().mean((1, 2)) / spread).cpu().numpy()


# %%
sizes = [k for k in (1, 2, 3) if comb(n_features, k) < 20_000 and k < n_hidden]
most, on = sizes[-1], x > 0
few = on.sum(-1) <= most


def search(weight, bits):
    """Guesses from units of so many bits, where there are any, share found of `few`."""
    rounded, moved = decoders.round_to_bits(x @ weight.mT, bits)
    tried = zip(rounded, weight, moved.tolist(), strict=True)
    pairs = [decoders.sparsest(h, w, most, reach) for h, w, reach in tried]
    guess, found = (torch.stack(part) for part in zip(*pairs, strict=True))
    same_set = ((guess > 0) == on).all(-1) & found & few
    return guess, found, same_set.sum().item() / max(few.sum().item(), 1)


searched, right, at_start = {}, {}, {}
start = torch.empty_like(weight)  # the law of weights that training starts from
for one in start:
    torch.nn.init.xavier_normal_(one, generator=draw)
for bits in (24, 16, 8, 4):
    guess, found, right[bits] = search(weight, bits)
    searched[bits] = share_left(torch.where(found[:, :, None], guess, own))
    at_start[bits] = search(start, bits)[2]

# %%
print(f"variance left by {n_repeats} models, {x.shape[1]} vectors each:", end=" ")
print(f"mean, least to most (network: {mlp.first.shape[-1]} hidden units)")
rows = [("own", share_left(own)), ("network", share_left(mlp(hidden.float())))]
rows += [(f"search, {bits} bits", value) for bits, value in searched.items()]
for name, value in rows:
    print(f"{name:16s} {value.mean():.1f}, ", end="")
    print(f"{value.min():.1f} to {value.max():.1f}")
print(f"{few.float().mean():.1f} of the vectors have at most {most} features on")
for bits, share_right in right.items():
    print(
        f"found from {bits:2d} bits a unit: {share_right:.1f} of these,", end=" "
    )
    print(f"{at_start[bits]:.1f} by weights before training")
short = (weight.norm(dim=1) < 0.1).double().mean().item()
print(f"columns of W shorter than a tenth: about {4 * short:.0f} quarters")
floor = sparse_uniform_rate(1 - min_density, searched[24].mean() * spread)
needed = floor * n_features / n_hidden
print(f"the search at 24 bits: its errors require {needed:.1f} bits a unit")
assert min(right[24], at_start[24]) > 0.98 or not few.any()

# %% [markdown]
# So it is the decoder, for these models at one in twenty. From units of 24 bits the search recovers the vectors that
# have at most three features on, among them features whose columns, about half of all, are shorter than a tenth, so
# that the model seems not to store them. It leaves two to three tenths of the variance where the models leave seven to
# eight. And it needs fine digits: from eight bits a unit it finds less than half of these vectors. None of that is the
# work of training. Weights as they are before it give the search as much, and at eight bits about twice as much: nearly
# any matrix holds these bits. The trained network, with far more weights than the model's own decoder, gains little,
# while the search tries ten thousand sets for four units. Bits that are there for a reader with time are not there for a
# reader in a hurry: {ref}`nb-decoding-hardness` goes on from here.
#
# The ranges are over five models that differ in first weights and samples. Denser features are out of this search's
# reach: more of them are on than there are units.

# %% [markdown]
# ### At the paper's scale
#
# The runs of {cite:t}`elhage2022` are larger: 200 features in 20 units, or 400 in 30, 10,000 steps with 1,024 samples
# each; the first has the {math}`m/n` of the runs above, the second a smaller one. The notebook makes them on a GPU
# when papermill hands it the parameters of {doc}`../book/reproduce`, and keeps their curves in `book/results`, from which
# they are drawn here: five trainings each. A third run, of three trainings, takes eight times as long with a learning
# rate that falls to 0, to see whether the gap is one of patience.

# %%
if save_as:
    values = {
        "density": density.tolist(),
        "dimensions_per_feature": dims.tolist(),
        "mse": mse.tolist(),
        "left_by_search": searched[24].tolist(),
    }
    results.save(
        f"01-sparse-entropy-{save_as}", values, parameters, device=device
    )

# %% mystnb={"figure": {"caption": "Dimensions per feature at the paper's scale, mean and range over 5, 5 and 3 trainings, against the ratio R(S) of an ideal code and its limit 1 − S.", "name": "fig-paper-scale"}, "image": {"alt": "Three trained curves that start at 1, part a little, drop to a common plateau at one half between one feature in two and one in four, and end near 0.14 at one in twenty, about twice the height of the ideal code at 24 bits. The 4-bit code stays close to them in the first half of the drop, lies above them at its foot and on the plateau, and almost on them after it."}}
saved = [results.load(f"01-sparse-entropy-{run}") for run in compare_with.split()]
if saved:
    fig, ax = plt.subplots()
    labels = [
        "n = {n_features}, m = {n_hidden}, {steps:,} steps, {n_repeats} runs".format(
            **run["parameters"]
        )
        for run in saved
    ]
    curves = [
        (run["values"]["density"], run["values"]["dimensions_per_feature"])
        for run in saved
    ]
    show_curves(
        ax, [(label, *curve) for label, curve in zip(labels, curves, strict=True)]
    )
    plt.show()

# %%
for run in saved:
    print(results.describe(run))
    d = np.array(run["values"]["density"])
    trained = np.mean(run["values"]["dimensions_per_feature"], axis=0)
    print(
        f"  units per feature: dense {trained[0]:.2f}, sparse {trained[-1]:.3f}"
    )
    above = (trained / ent.optimal_ratio(1 - d, 24))[1:]  # both are 1 when S = 0
    closest = 1 / d[1:][above.argmin()]
    print(
        f"  times a 24-bit code: {above.min():.2f} at one in {closest:.1f},",
        end=" ",
    )
    print(f"{above[-1]:.2f} at the sparse end")
    fitted, worst = best_precision(d, trained)
    print(f"  best single precision: {fitted:.1f} bits, off by up to {worst:.2f}")
    assert above.min() > 0.98
    assert above[-1] > 2
    assert worst > 0.15

# %%
for run in saved:
    d, error = (
        np.array(run["values"]["density"]),
        np.mean(run["values"]["mse"], axis=0),
    )
    left = error / (d / 3 - d**2 / 4)
    floors = [
        sparse_uniform_rate(1 - on, e) for on, e in zip(d, error, strict=True)
    ]
    per_unit = run["parameters"]["n_features"] / run["parameters"]["n_hidden"]
    carried = max(floors) * per_unit
    print(f"{run['name']}, {len(run['values']['mse'])} trainings")
    print(
        f"  variance left: dense {left[0]:.2f}, sparse {left[-1]:.2f}", end="; "
    )
    print(f"bits a unit required: {carried:.2f}")
    assert carried < 1

# %% [markdown]
# From about one feature in two and a half on, the three curves lie on one another: width and patience change nothing
# there, and the floor {math}`m/n`, which differs between them, is not what holds the curve up. The plateau at one half is
# sharper than at reading scale. At the foot of the drop the trained curves come within a tenth of the 24-bit curve, and
# after long training a little below it. (That breaks no bound: the ratio is for almost lossless codes, and these lose
# most of the variance.) There theory and training look most alike, but only in passing: to the right the distance grows
# to more than a factor of two.
#
# The best case for the supplement is a unit of between four and five bits, which misses each curve by a fifth to a
# quarter at worst: it asks for more than the models spend at the foot of the drop, and for less at the sparse end.
# Against that reading stand the errors too. A code that kept every feature to four bits would leave less than a
# hundredth of the variance, and these models leave two thirds and more. A fitted parameter would become evidence if
# something else measured the same bits.
#
# The densest models of the two short runs end with an error *above* the variance of their features. A likely reason is
# that with every feature on, all inputs push the weights the same way, so that at a constant learning rate they keep
# jittering. The long run, in which the rate falls to 0, reaches {math}`1 - m/n` of the variance, which is what storing {math}`m` of {math}`n` features leaves.

# %% [markdown]
# ## Summary
#
# - **Lemma 2 holds** for discrete, independent features that are never 0 themselves. Its proof has two sign slips and a
#   chain rule that conditions on too much; all are repaired above.
# - With an atom at 0 the lemma overcounts by {math}`q\,h_2(S/q)`. The printed error bound {math}`\epsilon` is too small;
#   the right order is {math}`\epsilon\log(1/\epsilon)`. For floats neither matters.
# - The lemma needs a number of bits: 24 for `torch.rand`, not 32, and not a differential entropy.
# - The ratio is {math}`R(S) = (1-S) + h_2(S)/H`, for codes whose errors become rare in long blocks. It lies above
#   {math}`1-S`, and above one for small {math}`S` if zero is an extra symbol.
# - **Trained toy models do not follow it at the precision of their units.** Against 24 bits their curve comes close near
#   one feature in two, even crosses after long training, and lies above elsewhere, by more than a factor of two at
#   one in twenty, also after training eight times as long. No single precision fits: the best, three bits at reading
#   scale and near five at the paper's, misses by a fifth and more. The models' errors require less than one bit a unit.
# - **In five models of 40 features in 4 units, at one in twenty, it is the decoder that wastes the bits.** From the same units,
#   to 24 bits, a search over sets of up to three features recovers the vectors that have no more on, as it does with
#   weights before training. A larger trained decoder finds little of that, and with eight bits a unit the search fails
#   for most.
#
# For reading a network this means that an entropy is a floor for almost lossless codes of any kind, and no description of
# what training does. How many features a layer stores, and with what error, has to be measured.
#
# What this does not show: what a search would find in larger models, where we cannot afford it, or what networks do whose
# task forbids errors.
#
# The next chapter, {ref}`nb-decoding-hardness`, takes up the other side: what an optimal code looks like to somebody who
# wants to read it.

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
# Since conditioning lowers entropy, correlation can only help. The folded cell below computes it.
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
# {math}`1/\sqrt n`. The numbers are in the folded cell below.
# ````

# %% tags=["hide-cell"]
for n_long in (100, 10_000):
    k = binom.ppf(0.999, n_long, 0.1)
    units = (log_choose(n_long, k) + 24 * k) / 24
    print(
        f"n = {n_long:6,d}: {units / n_long:.4f} against R = {ent.optimal_ratio(0.9, 24):.4f}"
    )

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
