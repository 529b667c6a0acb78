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
# This chapter derives the count again, line by line. It finds two sign slips, a chain rule that conditions on
# too much, and an error bound that is too small; all of them can be repaired, and the lemma stands. Then it writes
# down the ratio that the supplement describes but never prints, finds that it can exceed one, says why, and
# compares it with networks trained here.

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
# - {ref}`sec-sparse-trained`: toy models of superposition, at reading scale and at paper scale.
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
# everything else.
# ```
#
# Twelve features, each uniform on eight values, at {math}`S = 0.75`. The draw shows what the definition says and its
# introduction does not: the number of zeros is itself random.

# %%
import numpy as np
from polylib.theory import entropy as ent

rng = np.random.default_rng(seed)
for _ in range(3):
    print(ent.sparsify(rng.integers(1, 9, size=12), 0.75, rng))

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
# Let {math}`X` have {math}`n` independent elements of the same discrete law, with entropy {math}`H` bits each and
# no mass at 0. Every element of its S-sparsification holds the bits of two questions. *Was it switched off?*
# costs the entropy of the mask. *If not, what is it?* costs {math}`H`, and is asked a fraction {math}`1-S` of the time.
# The formula is the last line of the box on one element.
# ```
#
# We check the printed proof with symbols for the probabilities: {math}`P_1, P_2, P_3` are those of any three-letter
# alphabet, so a line that passes holds for all such laws, not for one example. {math}`K` is the number of letters other
# than 0, and {math}`X_0` stands for any one element: {math}`H(X_0)` is the {math}`H` of the lemma, and {math}`X_0^S` the
# element after sparsification. {math}`h_2` is the entropy of a coin.

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
    oo,
    symbols,
)

S, H, p1, p2 = symbols("S H p_1 p_2", positive=True)
k, i = symbols("k i", integer=True)
K, n = symbols("K n", integer=True, positive=True)
P, Q = IndexedBase("P"), IndexedBase("Q")
letters = {
    K: 3,
    P: {1: p1, 2: p2, 3: 1 - p1 - p2},
}  # a generic law on three letters
masked = letters | {
    Q: {0: S, 1: (1 - S) * p1, 2: (1 - S) * p2, 3: (1 - S) * (1 - p1 - p2)}
}

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
    on=masked,
    line="proof, entropy of one element, line 1",
)
one_element.equal(entropy_q, inserted, "the law of an element put in", on=masked)
one_element.equal(inserted, split, "log of a product; sum of P is 1", on=letters)
one_element.refutes(
    split,
    collected_printed,
    example,
    (split, collected),
    "minus the sum is plus the entropy",
    on=letters,
    line="proof, entropy of one element, last line",
)
one_element.equal(collected, two_questions, "the entropy of the mask", on=letters)
one_element

# %% [markdown]
# From one element to {math}`n` the supplement uses the chain rule of entropy, and prints a version that conditions each
# element on *all* others. That is not a chain rule: if two elements were copies of each other, each would be certain given
# the other, and the printed sum would say that the pair holds nothing. The rule conditions on *earlier* elements only.
# For independent elements the slip does no harm, which is why the lemma survives it. The elements are also listed
# from {math}`X_0` to {math}`X_n`, one too many.
#
# The counterexample in the box is milder than copies: two bits that agree three times in four. {math}`J` lists the
# probabilities of 00, 01, 10 and 11.

# %% tags=["hide-input"]
# the law of a pair of bits: J_0 = P(0,0), J_1 = P(0,1), J_2 = P(1,0), J_3 = P(1,1)
J = IndexedBase("J")
a, b, c, h = symbols("a b c h", positive=True)
pair = {J: {0: a, 1: b, 2: c, 3: 1 - a - b - c}}
copies = {J: (Rational(3, 8), Rational(1, 8), Rational(1, 8), Rational(3, 8))}
joint = named("H(X_1, X_2)", -sum(J[q] * log2(J[q]) for q in range(4)))
first = named("H(X_1)", h2(J[0] + J[1]))
second_given_first = named(r"H(X_2 \mid X_1)", joint - first)
first_given_second = named(r"H(X_1 \mid X_2)", joint - h2(J[0] + J[2]))
independent = {J: (a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b))}
top, bottom = J[0] + J[1], J[2] + J[3]
rows = top * h2(J[0] / top) + bottom * h2(J[2] / bottom)

# %% tags=["hide-input"]
chain = Derivation("The chain rule and its range", source=lemma_2)
chain.equal(second_given_first, rows, "the mean entropy of the rows", on=pair)
with evaluate(False):
    chain.refutes(
        joint,
        first_given_second + second_given_first,
        copies,
        (joint, first + second_given_first),
        "an element is conditioned on earlier ones only; harmless for independent elements",
        on=pair,
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
    second = named("H(X_2)", h2(J[0] + J[2]))
    chain.equal(joint, first + second, "independent elements", on=independent)
chain

# %% [markdown]
# Algebra on a generic alphabet is one witness. Here is another that knows nothing of it: write down every
# outcome of the sparsified vector with its exact probability, and add up {math}`-p \log_2 p`.


# %%
from itertools import product


def brute_force(sparsity, pmf, n):
    """Bits in n sparsified elements, over all outcomes; pmf[0] is the mass at 0."""
    law = (1 - sparsity) * np.asarray(pmf, dtype=float)
    law[0] += sparsity
    return ent.entropy([np.prod(outcome) for outcome in product(law, repeat=n)])


never_zero = [0.0] + [1 / 8] * 8
cases = [(s, length) for s in (0.0, 0.1, 0.5, 0.9, 1.0) for length in (1, 2, 3)]

# %% tags=["hide-input"]
whole = Derivation(
    "Lemma 2", lemma_2, holds_if="X is discrete, i.i.d. and never 0"
)
with evaluate(False):
    total = Sum(two_questions, (i, 1, n)), n * (h2(S) + (1 - S) * H_X)
whole.equal(*total, "n equal terms", on=letters)
whole.agrees(
    lambda s, n: ent.sparse_entropy(s, 3.0, n),
    lambda s, n: brute_force(s, never_zero, n),
    cases,
    1e-12,
    "eight equally likely letters, up to three elements",
)
whole

# %% [markdown]
# Independence is not a formality. Let both elements of a pair be the same letter {math}`B`, and mask them separately.
# The pair now holds less than the lemma says, since either one alone tells the letter. (That it never holds more is
# general: a joint entropy is at most the sum of the parts.)


# %%
def brute_force_copies(sparsity, n_letters=4):
    """Entropy in bits of a sparsified pair (B, B), B uniform on n_letters."""
    keep, drop = 1 - sparsity, sparsity
    one, both = keep * drop / n_letters, keep**2 / n_letters
    return ent.entropy([drop**2] + [one] * (2 * n_letters) + [both] * n_letters)


# %% tags=["hide-input"]
H_B = symbols("H_B", positive=True)
with evaluate(False):
    true_pair = 2 * h2(S) + (1 - S**2) * H_B
    lemma_pair = 2 * (h2(S) + (1 - S) * H_B)
dependent = Derivation("Lemma 2 without independence", source=lemma_2)
dependent.agrees(
    lambda s: float(true_pair.subs({S: s, H_B: 2}).rewrite("log")),
    brute_force_copies,
    [(Rational(1, 10),), (Rational(1, 2),), (Rational(9, 10),)],
    1e-12,
    "a pair of copies, four letters",
)
dependent.refutes(
    true_pair,
    lemma_pair,
    {S: Rational(1, 2), H_B: 2},
    why="for a pair of copies",
    line="statement, “some distribution”, if the i.i.d. of Definition 1 is dropped",
    implied=True,
)
dependent.at_most(
    true_pair,
    lemma_pair,
    {S: (0.001, 0.999), H_B: (0.001, 32)},
    "so the lemma is still an upper bound here",
)
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
# Let {math}`q = S + (1-S)p_0` be the mass at 0 after sparsification. Lemma 2 exceeds the exact entropy of an element by
# the entropy of the mask of an element that is *seen* to be 0, times {math}`q`, which is how often that happens.
# ```

# %% tags=["hide-input"]
p0 = symbols("p_0", positive=True)
q = named("q", S + (1 - S) * p0)
atom = {K: 2, P: {0: p0, 1: p1, 2: 1 - p0 - p1}}
atom_q = atom | {
    Q: {0: S + (1 - S) * p0, 1: (1 - S) * p1, 2: (1 - S) * (1 - p0 - p1)}
}
quarter = dict(enumerate([Rational(1, 4)] * 4))
uniform = {K: 3, S: Rational(1, 2), p0: Rational(1, 4), P: quarter}
H_atom = named("H", -Sum(P[k] * log2(P[k]), (k, 0, K)))
H_sparse = named("H(X_0^S)", -Sum(Q[k] * log2(Q[k]), (k, 0, K)))
with evaluate(False):
    mass_printed = S + Sum((1 - S) * P[k], (k, 1, K))
    mass = S + (1 - S) * p0 + Sum((1 - S) * P[k], (k, 1, K))
    exact = h2(q) + (1 - S) * (H_atom - h2(p0))
    lemma = h2(S) + (1 - S) * H_atom
    less = lemma - q * h2(S / q)
eighth = Rational(1, 8)
uniform_q = uniform | {Q: (5 * eighth, eighth, eighth, eighth)}

# %% tags=["hide-input"]
with_atom = Derivation("Lemma 2 with an atom at 0", source=lemma_2)
with_atom.refutes(
    mass_printed,
    Integer(1),
    uniform,
    (mass, Integer(1)),
    "an atom belongs to the mass at 0",
    on=atom,
    line="proof, law of an element, if 0 has mass, which the text assumes away",
    implied=True,
)
with_atom.equal(H_sparse, exact, "group the letters into 0 and not 0", on=atom_q)
with_atom.refutes(
    H_sparse,
    lemma,
    uniform_q,
    (H_sparse, less),
    "zeros hide the mask",
    on=atom_q,
    line="statement, if 0 has mass, which the text assumes away",
    implied=True,
)
with_atom

# %% [markdown]
# So {prf:ref}`lem-sparse-entropy` is an upper bound in general. The exact
# formula is `entropy.sparse_entropy_with_atom`; two hundred drawn laws, taken outcome by outcome, agree.

# %%
laws = [rng.dirichlet(np.ones(rng.integers(2, 9))) for _ in range(200)]
draws = [(rng.random(), law) for law in laws]


def closed_form(sparsity, law):
    return ent.sparse_entropy_with_atom(sparsity, ent.entropy(law), law[0])


random_laws = Derivation("The entropy with an atom, on drawn laws", "this book")
random_laws.agrees(
    closed_form,
    lambda s, law: brute_force(s, law, 1),
    draws,
    1e-12,
    "Dirichlet laws on 2 to 8 letters",
)
random_laws

# %% [markdown]
# ### How small is a small error?
#
# The supplement says that if {math}`p_0` is below some {math}`\epsilon` the entropy is right "within additive
# {math}`\epsilon`". But the gap is a binary entropy, and near 0 that falls like {math}`p_0 \log(1/p_0)`, not like
# {math}`p_0`. The corrected bound follows from
# {math}`\log_2(1+x) \le x \log_2 e`, and holds per element: for a vector, multiply by {math}`n`. In the box,
# {math}`a = (1-S)p_0` and {math}`q = S + a`.

# %% tags=["hide-input"]
mass_at_zero = named("q", S + (1 - S) * p0)
extra = named("a", (1 - S) * p0)
with evaluate(False):
    gap_at = mass_at_zero * h2(S / mass_at_zero)
    two_logs = S * log2(1 + extra / S) + extra * log2(mass_at_zero / extra)
    corrected = extra * log2(E) + extra * log2(mass_at_zero / extra)
additive = Derivation(
    "The error of ignoring an atom", source="supplement 2.1, after Lemma 2"
)
additive.equal(gap_at, two_logs, "h2 written out", where={S: (0, 1), p0: (0, 1)})
additive.refutes(
    two_logs,
    p0,
    {S: Rational(1, 2), p0: Rational(1, 100)},
    (two_logs, corrected),
    "the gap is of order p_0 log(1/p_0)",
    relation="<=",
    box={S: (0.01, 0.99), p0: (1e-4, 0.5)},
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

# %% tags=["hide-input"]
floats = Derivation(
    "Bits in a single-precision uniform number",
    source="supplement 2.1, after Lemma 2",
)
step = Rational(1, 2**24)
with evaluate(False):
    grid = -Sum(step * log2(step), (k, 0, 2**24 - 1))
    rounded = Sum(2 ** (-k) * (k + 23), (k, 1, oo))
floats.equal(grid, Integer(24), "a uniform law on the multiples of one 2^24th")
floats.equal(
    rounded,
    Integer(25),
    "a real uniform number rounded down to a float: which binade, which step",
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
# an error probability that vanishes and any decoder. (Some such regularity has to be asked for: an unrestricted code
# packs any number of reals into one.) The approach is slow, like {math}`1/b`: the bits of the mask stay
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
# "The ratio, m : n, is found by dividing one by the other", says the supplement, and stops. Here it is.
#
# ```{prf:theorem} Optimal sparse input ratio
# :label: thm-optimal-ratio
# Let features be as in {prf:ref}`lem-sparse-entropy`, independent and of one discrete law without mass at 0. If a
# hidden unit carries as many bits {math}`H` as an active feature, {math}`n` features fit into {math}`m` units, with
# vanishing error as {math}`n` grows, when {math}`m/n` exceeds {math}`R(S)`, the entropy of a sparse feature divided
# by {math}`H`, and not when it is below.
# ```
#
# The conditions matter more than the formula. The encoder and the decoder may be *any* functions; blocks are long; a
# unit is noiseless and uses all its levels. A toy network restricts both ends, and a decoder of one matrix and a
# threshold is the severer restriction. So for lossless storage this is a bound, and the question is how far above it
# trained networks stay.
#
# What the formula says can be checked at once. The saving is smaller than {math}`1/(1-S)`, the factor by which the mean
# number of active features falls, because the mask costs bits. With ever finer features the ratio tends to
# {math}`1-S`. It is greatest at {math}`S^* = 1/(1+2^H)`, and there it exceeds one.

# %% tags=["hide-input"]
R = named("R", lambda S, H: (1 - S) + h2(S) / H)
S_star = named("S^*", 1 / (1 + 2**H))
with evaluate(False):
    divided = n * (h2(S) + (1 - S) * H) / (n * H)
    R_written = (1 - S) + h2(S) / H
    peak = log2(1 + 2**H) / H
    below_peak = peak - R(S, H)
    divergence = (
        S * log2(S / S_star) + (1 - S) * log2((1 - S) / (1 - S_star))
    ) / H
    saving, naive = 1 / R(S, H), 1 / (1 - S)
    finest = Limit(R(S, H), H, oo)
    sparsest = Limit(R(S, H) / ((1 - S) * (1 + log2(E / (1 - S)) / H)), S, 1, "-")
    above_one, excess_bits = R(S, H) - 1, (h2(S) - S * H) / H
ratio_source = "supplement 2.1, last paragraph"
unit = {S: (0, 1), H: (1, 16)}

# %% tags=["hide-input"]
any_code = (
    "features are independent, of one law without mass at 0; "
    "codes may be of any kind and long, and units are noiseless"
)
ratio = Derivation("The optimal ratio R(S)", ratio_source, holds_if=any_code)
ratio.equal(
    divided, R_written, "the bits in n features, divided by the bits in one unit"
)
ratio.equal(R(S_star, H), peak, "the ratio at S*", where=unit)
ratio.equal(
    below_peak,
    divergence,
    "a relative entropy, so never negative: S* is the peak",
    where=unit,
)
ratio.at_most(
    saving,
    naive,
    {S: (0.01, 0.99), H: (1, 32)},
    "features a unit can carry, against one over the density",
)
ratio

# %% tags=["hide-input"]
ends = Derivation("The ends of R(S)", "this book")
ends.equal(finest, 1 - S, "infinitely fine features", where=unit)
ends.equal(
    sparsest,
    Integer(1),
    "rare features: what R tends to as S goes to 1",
    where=unit,
)
ends.equal(above_one, excess_bits, "above one while h2(S) > S H", where=unit)
ends

# %%
from scipy.optimize import brentq

cases = [(bits,) for bits in (0.5, 1.0, 2.0, 8.0, 24.0)]
grid = np.linspace(0, 1, 200_001)
search = Derivation("The peak of R(S), by search", "this book")
search.agrees(
    lambda b: ent.optimal_ratio_peak(b)[1],
    lambda b: ent.optimal_ratio(grid, b).max(),
    cases,
    1e-8,
    "on a grid",
)
display(search)
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
# {math}`\log_2(2^H + 1) > H`. The next figure shows it for one-bit features, where it is grotesque, and for 8 and
# 24 bits, where nobody would see it. On the right the alphabet contains 0 from the start: {math}`2^H` symbols hold at most
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
inside_ratio = named(
    r"R_{0 \in X}",
    (h2(S + (1 - S) * 2 ** (-H)) + (1 - S) * (H - h2(2 ** (-H)))) / H,
)
artefact = Derivation("A ratio above one, and where it comes from", "this book")
artefact.at_most(
    Integer(1),
    R(S, H),
    {S: (0.01, 0.75), H: (0.5, 1)},
    "one-bit features need more units when some are off",
)
artefact.at_most(
    inside_ratio,
    Integer(1),
    {S: (0.01, 0.99), H: (1, 24)},
    "with 0 inside the alphabet they never do",
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
# the precision of the units. A float drawn here has at most 24 bits when it is on (fewer when features are rare, since the
# same draw also decides the mask), less if only its leading bits count. We draw 4, 8, 16 and 24, and {math}`1-S`. If no
# single precision fits the whole curve, the prediction fails for these models. {prf:ref}`thm-optimal-ratio`, which is
# about the best lossless code, is not at stake.
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
    f"{len(sparsity_of)} models, n = {n_features}, m = {n_hidden}, {steps:,} steps"
)

# %% [markdown]
# The band spans the smallest and the largest of the repeats, not a standard error: these models have local optima.


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
# curve meets that of 8 bits. At 4 bits, far fewer than the floats here have, the ideal code lies above the trained
# curve from there to the end of the plateau and below it at the sparse end: the shapes differ, so no choice of precision
# fits the whole curve.
#
# The printed numbers are means over repeats, rounded coarsely, so that another machine's arithmetic gives the same ones.

# %%
ideal = ent.optimal_ratio(1 - density, 24)
mean_dims = dims.mean(axis=0)
excess = mean_dims[-1] / ideal[-1]
print(f"dense:  {mean_dims[0]:.1f} units per feature")
print(
    f"sparse: {mean_dims[-1]:.1f}, which is {excess:.0f} times the 24-bit ratio"
)
four_bits = ent.optimal_ratio(1 - density, 4)
assert (mean_dims < 0.9 * four_bits).any()
assert (mean_dims > 1.05 * four_bits).any()
assert abs(mean_dims[0] - 1) < 0.05
assert (mean_dims > ideal - 0.01).all()
assert np.abs(mean_dims[(density > 0.28) & (density < 0.4)] - 0.5).max() < 0.05
assert mean_dims[-1] > 2 * ideal[-1]

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
# Theory and training answer different questions. The theory stores features *losslessly*, with any encoder. The model
# has a linear encoder, and it is content with an error. How many bits does it carry at the error it
# makes? A mean squared error {math}`d` per feature takes at least as many bits per feature as the rate-distortion function
# of a sparse uniform feature says {cite:p}`cover2006`. We compute a rigorous lower bound on that function by the algorithm
# of {cite:t}`blahut1972`, put in each model's own held-out error, and divide by {math}`m/n`.

# %% mystnb={"figure": {"caption": "Bits per hidden unit that errors as large as the model's require: a lower bound, mean and range over repeats. A feature that is on holds up to 24.", "name": "fig-bits"}, "image": {"alt": "A curve that rises from about 0.3 bits per hidden unit at density one, where the repeats range from 0 to 0.5, to about 0.7 near one in three and falls to 0.3 at one in twenty."}}
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
# Errors as large as these prove less than one bit a unit: that is the floor, and an ideal code may need somewhat more.
# The models leave most of the variance unexplained: with ten times as many features as units, and a loss that weighs small errors lightly, the
# cheap way out is to be roughly right about the few features that are on. So "as many bits in as the units hold" is not
# the constraint under which these networks were trained. The likely reason is the decoder: one matrix and a threshold
# cannot use the finer digits of a unit where the interference of other features is larger than they are.
#
# What the bound does *not* say: that the hidden layer holds no more than this. It is a floor, from the output. A
# noiseless real-valued layer holds far more that the decoder cannot use.

# %% [markdown]
# ### At the paper's scale
#
# The runs of {cite:t}`elhage2022` are larger: 200 features in 20 units, or 400 in 30, 10,000 steps with 1,024 samples
# each; the first has the {math}`m/n` of the runs above, the second a smaller one. The notebook makes them on a GPU
# when papermill hands it the parameters of {doc}`../book/reproduce`, and keeps their curves in `book/results`, from which they are drawn here. A third run trains eight times as long with a
# learning rate that falls to 0, to see whether the gap is one of patience.

# %%
if save_as:
    values = {
        "density": density.tolist(),
        "dimensions_per_feature": dims.tolist(),
        "mse": mse.tolist(),
        "bits_per_unit": bits_per_unit.tolist(),
    }
    results.save(
        f"01-sparse-entropy-{save_as}", values, parameters, device=device
    )

# %% mystnb={"figure": {"caption": "Dimensions per feature at the paper's scale, mean and range over trainings, against the ratio R(S) of an ideal code and its limit 1 − S.", "name": "fig-paper-scale"}, "image": {"alt": "Three trained curves that start at 1, part a little, drop to a common plateau at one half between one feature in two and one in four, and end near 0.14 at one in twenty, about twice the height of the ideal code at 24 bits. The 4-bit code stays close to them in the first half of the drop, lies above them at its foot and on the plateau, and almost on them after it."}}
saved = [results.load(f"01-sparse-entropy-{run}") for run in compare_with.split()]
if saved:
    fig, ax = plt.subplots()
    labels = [
        "n = {n_features}, m = {n_hidden}, {steps:,} steps".format(
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
    four, sparse = trained / ent.optimal_ratio(1 - d, 4), d < 0.29
    print(f"  times a 4-bit code: least {four.min():.2f};", end=" ")
    print(
        f"from one in {1 / d[sparse][0]:.1f} on {four[sparse].min():.2f}",
        end=" to ",
    )
    print(f"{four[sparse].max():.2f}")
    assert above.min() > 0.98
    assert above[-1] > 2
    assert np.abs(four[sparse] - 1).max() < 0.125
    assert four.min() < 0.8

# %%
for run in saved:
    d, error = (
        np.array(run["values"]["density"]),
        np.mean(run["values"]["mse"], axis=0),
    )
    left = error / (d / 3 - d**2 / 4)
    carried = np.mean(run["values"]["bits_per_unit"], axis=0).max()
    print(run["name"])
    print(
        f"  variance left: dense {left[0]:.2f}, sparse {left[-1]:.2f}", end="; "
    )
    print(f"bits a unit required: {carried:.2f}")
    assert carried < 1

# %% [markdown]
# From about one feature in two and a half on, the three curves lie on one another: width and patience change nothing there, and the
# floor {math}`m/n`, which differs between them, is not what holds the curve up. The plateau at one half is
# sharper than at reading scale. At the foot of the drop the trained curves come within a tenth of the 24-bit curve, and
# after long training a little below it. (That breaks no bound: the ratio is for lossless codes, and these lose most of
# the variance.) There theory and training look most alike, but only in passing: to the right the distance grows to more
# than a factor of two.
#
# The best case for the supplement is the 4-bit code. From the end of the plateau on it stays within an eighth of all three
# curves, as if a unit had an effective precision of four bits. Against that reading stand the foot of the drop, where the
# same code asks for about a third more than the models spend, the plateau, on most of which it still asks for a tenth to
# a quarter more, and the errors: a code that kept every feature to four bits would leave less than a hundredth of the
# variance, and these models leave two thirds and more. A parameter fitted to half a curve is a description. It would become evidence if something else measured the same four bits.
#
# The densest models of the two short runs end with an error *above* the variance of their features. A likely reason is
# that with every feature on, all inputs push the weights the same way, so that at a constant learning rate they keep
# jittering. The long run, in which the
# rate falls to 0, reaches {math}`1 - m/n` of the variance, which is what storing {math}`m` of {math}`n` features leaves.

# %% [markdown]
# ## Summary
#
# - **Lemma 2 holds** for discrete, independent features that are never 0 themselves. Its proof has two sign slips and a
#   chain rule that conditions on too much; all are repaired above.
# - With an atom at 0 the lemma overcounts by {math}`q\,h_2(S/q)`. The printed error bound {math}`\epsilon` is too small;
#   the right order is {math}`\epsilon\log(1/\epsilon)`. For floats neither matters.
# - The lemma needs a number of bits: 24 for `torch.rand`, not 32, and not a differential entropy.
# - The ratio is {math}`R(S) = (1-S) + h_2(S)/H`. It lies above {math}`1-S`, and above one for small
#   {math}`S` if zero is an extra symbol.
# - **Trained toy models do not follow it at the precision of their units.** Against 24 bits their curve comes close near
#   one feature in two, even crosses after long training, and lies above elsewhere, by more than a factor of two at
#   one in twenty, also after training eight times as long. A 4-bit code fits the sparse half at the paper's scale and
#   misses the foot of the drop and the plateau; the floor that the models' errors set is a fraction of a bit per unit.
#
# For reading a network this means that an entropy is a floor for lossless codes of any kind, and no description of what
# training does. How many features a layer stores, and with what error, has to be measured.
#
# What this does not show: how good another *decoder* would be on the same linear code, or what networks do whose task
# forbids errors.
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
from scipy.special import gammaln
from scipy.stats import binom

for n_long in (100, 10_000):
    on_at_most = binom.ppf(0.999, n_long, 0.1)
    choices = gammaln(
        [n_long + 1, on_at_most + 1, n_long - on_at_most + 1]
    ) / np.log(2)
    bits_needed = choices[0] - choices[1] - choices[2] + 24 * on_at_most
    print(
        f"n = {n_long:6,d}: {bits_needed / (24 * n_long):.4f} against R = {ent.optimal_ratio(0.9, 24):.4f}"
    )

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
