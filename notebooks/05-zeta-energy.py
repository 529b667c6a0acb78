# %% [markdown]
# (nb-zeta-energy)=
# # Exponent and energy of a random projection
#
# Take the activity of a few thousand neurons, multiply it by a random matrix with three columns, and watch the point
# that it traces in space. Some networks draw smooth loops, others a scribble. {cite:t}`marshall2024` compute an
# *energy* from such pictures and plot it against the exponent of the activity's power-law spectrum; section 2.5 of
# their supplement links the two through Riemann's zeta function. If that worked, one cheap random projection would
# tell how a network spreads its variance over directions.
#
# We follow the link in both directions. The derivation loses a factor of {math}`m/k`, hundreds for a real layer, and
# then replaces a finite sum by an infinite one, also near exponent one, where the sum converges slowest. Both can be
# repaired exactly. What cannot be repaired is what it is for: the repaired energy is a trace, so it knows the sum of
# the eigenvalues and nothing else.
#
# Then comes the surprise. The experiments compute *another* energy, that of successive differences. The two are not
# proportional, and the second is the better one: it knows whether the path is smooth. We derive it, find the exponent
# 3 at which loops turn into scribbles and the steps at which that shows, and let a dot run in circles before random
# networks to see both.

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
# - {ref}`sec-zeta-trace`: the trace step by step, and the factor that is lost.
# - {ref}`sec-zeta-link`: finite width, exactly, and exponents at and below one.
# - {ref}`sec-zeta-back`: from a measured energy to an exponent, with its error.
# - {ref}`sec-zeta-steps`: successive differences, the energy that the code computes.
# - {ref}`sec-zeta-smooth`: a circle of stimuli, and the exponent at which its path becomes smooth.
# - {ref}`sec-zeta-dot`: a moving dot, random ReLU features, both energies, and a recipe for a network of your own.
#
# You need covariance matrices, the trace, and the idea of a {term}`power law`. Symbols are those of
# {doc}`../book/notation`: {math}`m` units, {math}`k` dimensions of the projection, eigenvalues
# {math}`\lambda_i = i^{-s}` of the covariance {math}`\Sigma`. The supplement writes {math}`i^{\alpha}`, so its
# {math}`\alpha` is negative in this section; the bound of its section 2.4, {prf:ref}`thm-power-entropy`, needs a
# positive one. Here the exponent is {math}`s > 0`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_draws: int = 8_000  # of activity and projection, for each Monte Carlo check
n_units: int = 1_600  # m of a layer whose exponent is sought, as in GPT-2 XL
n_frequencies: int = 1_024  # of the synthetic codes on a circle
image_size: int = 24  # pixels on a side
dot_radius: float = 6.0  # pixels, of the circle on which the dot moves
dot_width: float = 2.0  # pixels, standard deviation of the dot
n_steps: int = 1_024  # places of the dot: a multiple of 64, at least 512
feature_width: int = 512  # units of each random layer, at least 256
depths: str = "1 2 4 8"  # numbers of random layers
n_networks: int = 5  # draws of the random weights
n_projections: int = 1_000  # random projections of a network

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# Before any formula, here are four such paths. A stimulus goes once around a circle, and four made-up codes answer to
# it. All have the same level energy and are drawn with the same random numbers; only the exponent differs.

# %% mystnb={"figure": {"caption": "One turn of a circle of stimuli, seen through a random projection to the plane, for codes of exponent s and equal level energy, from the same random numbers. Each panel is scaled to its path. The critical exponent, derived below, is 3.", "name": "fig-paths"}, "image": {"alt": "Four panels in a row, each with one closed curve. At exponent 1.5 a dense scribble of straight jumps. At 2.5 a crumpled line, jagged at every scale. At 4 a wiggly loop with a small inner loop. At 6 a clean, round loop with one dent."}} tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np
from polylib.theory import circle_code
from polylib.theory import energy as en

theta = np.linspace(0, 2 * np.pi, 1_024)
i_axis = np.arange(1, n_frequencies + 1)
waves = np.cos(np.outer(theta, i_axis)), np.sin(np.outer(theta, i_axis))
r_cos, r_sin = (
    en.random_projection(n_frequencies, 2, rng=np.random.default_rng(seed + j))
    for j in (1, 2)
)
fig, axes = plt.subplots(1, 4, figsize=(7.2, 2.0))
for ax, s_ in zip(axes, (1.5, 2.5, 4.0, 6.0), strict=True):
    std = i_axis[:, None] ** (-s_ / 2)
    z = waves[0] @ (std * r_cos) + waves[1] @ (std * r_sin)
    z /= np.sqrt((z**2).mean())
    ax.plot(*z.T, color="0.1", linewidth=0.5)
    side = "rough" if s_ < en.critical_exponent(1) else "smooth"
    ax.text(0.5, 1.02, f"s = {s_:g}, {side}", ha="center", transform=ax.transAxes)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
plt.show()

# %% [markdown]
# (sec-zeta-trace)=
# ## The trace, step by step
#
# The activity {math}`A` is a row of {math}`m` numbers with mean 0 and covariance {math}`\Sigma`. The projection
# {math}`r` has {math}`k = 3` columns, and its entries have variance {math}`1/m`.
#
# ```{prf:definition} Level energy (the supplement's energy, or action)
# :label: def-level-energy
# The level energy is the mean of half the squared length of the projected activity {math}`z = Ar`,
# {math}`\tfrac12 \langle |Ar|^2 \rangle`.
# ```
#
# The supplement calls it the action. This is how it goes on:
#
# > Expand definition of the action:
# >
# > ```{math}
# > \langle E[z] \rangle = \frac{1}{2} \langle \|Ar\|^2 \rangle = \frac{1}{2} \langle r^T A^T A r \rangle.
# > ```
# >
# > The action is a scalar, thus it is equal to its trace, applying the cyclic and linear properties of the trace we
# > rearrange and pull the expected value into the trace (the trace trick):
# >
# > ```{math}
# > \langle E[z] \rangle = \frac{1}{2} \langle \text{tr}(r^T r) \rangle \text{tr}(\langle A^T A \rangle)
# > = \frac{1}{2} \text{tr}(\Sigma)
# > ```
#
# A good start. But for three columns {math}`r^T A^T A r` is a {math}`3 \times 3` matrix, and {math}`|Ar|^2` is its
# trace. Read with one column {math}`r \in \mathbb{R}^m`, the first line stands, and so does
# {math}`\langle \mathrm{tr}(r^T r)\rangle = 1` at the end. What fails on either reading is the step between them, which
# splits the trace of a product into a product of traces. No such rule exists.

# %% tags=["hide-input"]
from polylib.derivation import Derivation, named
from sympy import (
    IndexedBase,
    KroneckerDelta,
    Rational,
    Sum,
    evaluate,
    exp,
    log,
    oo,
    symbols,
    zeta,
)

i, j, l, q, k, m, n = symbols("i j l q k m n", integer=True, positive=True)
c = symbols("c", real=True)
families = ("M", "N", "C", "A", "r", "R", "Sigma", "mu", "rho")
M, N, C, A, r, R, S, mu, own = (IndexedBase(x, real=True) for x in families)
units, others, columns = (i, 1, m), (l, 1, m), (j, 1, k)

# %% tags=["hide-input"]
tr_N = named(r"\operatorname{tr}(N)", Sum(N[i, i], units))
tr_MN = named(
    r"\operatorname{tr}(M N)", Sum(M[i, j] * N[j, i], (j, 1, n), (i, 1, m))
)
entries = Sum(N[j, i] * M[i, j], (i, 1, m), (j, 1, n))
scaled = Sum(C[i, l] * N[l, i], units, others)
by_I = {C[i, l]: c * KroneckerDelta(i, l)}
traces = Derivation("The trace of a product", source="this book")
traces.equal(tr_MN, entries, "every entry of one meets an entry of the other")
words = "if one, C, is a multiple of I: the multiple, not its trace"
traces.equal(scaled, c * tr_N, words, given=by_I)
display(traces)
one, other = np.diag([2, 0]), np.diag([0, 3])
print(f"trace of the product {np.trace(one @ other)}", end=", ")
print(f"product of the traces {np.trace(one) * np.trace(other)}")

# %% [markdown]
# With {math}`M = \mathrm{diag}(2, 0)` and {math}`N = \mathrm{diag}(0, 3)` the two live in different corners, and
# the rule gives 6 for 0. The last line of the box shows the way out. The mean of
# {math}`r r^T` *is* a multiple of the identity, so the trace can be taken, but what comes out is the multiple,
# {math}`k/m`, and not the trace of that matrix, {math}`k`. The two differ by a factor {math}`m`.
#
# ```{prf:theorem} Energy of a random projection
# :label: thm-level-energy
# Let {math}`A` and {math}`r` be independent with finite second moments, and let the entries of {math}`r` be
# uncorrelated with mean 0 and variance {math}`v`. Then the level energy is
# {math}`\tfrac12 vk\, \mathrm{tr}\langle A^T A\rangle`. For {math}`v = 1/m` and centred activity that is
# {math}`\tfrac{k}{2m}\, \mathrm{tr}\,\Sigma`.
# ```

# %% tags=["hide-input"]
lam = IndexedBase("lambda", positive=True)
v = symbols("v", positive=True)
length = named("|A r|^2", Sum(Sum(A[i] * r[i, j], units) ** 2, columns))
multiplied = Sum(r[i, j] * A[i] * A[l] * r[l, j], units, others, columns)
trace_gram = named(r"\operatorname{tr}(r^T A^T A r)", multiplied)
moments = Sum(M[i, l] * R[i, j, l, j], units, others, columns) / 2
both_agree = KroneckerDelta(i, l) * KroneckerDelta(j, q)
entries_of_r = {R[i, j, l, q]: v * both_agree}
of_r = named(
    r"\langle\operatorname{tr}(r^T r)\rangle", Sum(1 / m, units, columns)
)
of_A = named(r"\operatorname{tr}(\langle A^T A\rangle)", Sum(lam[i], units))
tr_L = named(r"\operatorname{tr}(\Sigma)", Sum(lam[i], units))
level = named(r"\langle E[z]\rangle", k / (2 * m) * Sum(lam[i], units))
half, section = Rational(1, 2), "supplement 2.5"
with evaluate(False):
    right = v * k / 2 * Sum(M[i, i], units)
    split, split_right = half * of_r * of_A, of_r * of_A / (2 * m)
    half_trace, unsplit = half * tr_L, k / 2 * tr_L
decay = {1: Rational(4, 7), 2: Rational(2, 7), 3: Rational(1, 7)}
decay = {m: 3, k: 2, lam: decay}

# %% tags=["hide-input"]
steps = Derivation("The energy is k/2m of the trace", source=section)
steps.equal(length, trace_gram, "the squared length is the trace")
words = "its mean is vk/2 of the trace, v = 1/m in the supplement"
steps.equal(moments, right, words, given=entries_of_r)
steps.refutes(
    *(level, split, decay),
    repaired=(level, split_right),
    why="the mean of r rᵀ is k/m times I: only the multiple leaves the trace",
    line="second display, first equation",
)
steps.refutes(
    *(split, half_trace, decay),
    repaired=(split, unsplit),
    why="m k entries of variance 1/m: the trace of rᵀr is k, or 1 for one column",
    line="second display, second equation",
)
steps

# %% [markdown]
# ```{prf:proof}
# The squared length is a sum over the {math}`k` columns of squares {math}`(\sum_i A_i r_{ij})^2`. Multiply one out
# and take the mean. By independence, each term is a second moment of {math}`A` times one of {math}`r`, and the latter
# is {math}`v` if both indices agree and 0 if not. What is left of the column is {math}`v` times the sum of
# {math}`\langle A_i^2 \rangle`, the trace. Nothing was said about Gaussians.
# ```
#
# The box does this with indices, for any number of units and dimensions. It multiplies {math}`|Ar|^2` out and replaces
# each {math}`A_i A_l` by its mean {math}`M_{il}`, each {math}`r_{ij} r_{lq}` by its mean {math}`R_{ijlq}`, which is
# {math}`v` if both indices agree and 0 if not. The wrong steps are shown for {math}`v = 1/m` and centred activity,
# along principal components. There {math}`M`, then called {math}`\Sigma`, is diagonal.
#
# Two wrong steps, of which the first makes the result {math}`m` times too large and the second {math}`k` times too
# small. They do not cancel. Read for one column, only the first is wrong, and the result is {math}`m` times too
# large. It makes no difference whether {math}`r_i` is read as a row or a column of the matrix; all entries have
# variance {math}`1/m` either way.
#
# Does a simulation agree? Each draw takes new activity and a new projection, at several widths and dimensions; the last
# one has random signs in place of Gaussians, in {math}`r` and in {math}`A`.

# %%
rng = np.random.default_rng(seed)


def simulate(s, m, k, variance=None, mean=0.0, signs=False, n=n_draws):
    """Level energy by Monte Carlo: (mean, standard error)."""

    def noise(*shape):
        return rng.choice([-1.0, 1.0], shape) if signs else rng.normal(size=shape)

    std = np.arange(1, m + 1) ** (-s / 2)
    activity = mean + std * noise(n, m)
    z = np.empty((n, k))
    for j in range(k):
        z[:, j] = (activity * noise(n, m)).sum(1)
    level = (z**2).sum(1) / 2 * (variance or 1 / m)
    return level.mean(), level.std() / np.sqrt(n)


# %% tags=["hide-input"]
drawn = Derivation("The energy by Monte Carlo", source="this book")
for s_, m_, k_ in ((2.0, 8, 3), (1.5, 64, 3), (1.5, 64, 1), (1.5, 64, 64)):
    what = f"m = {m_}, k = {k_}, s = {s_}"
    drawn.sampled(en.power_law_energy(s_, m_, k_), *simulate(s_, m_, k_), what)
signs = simulate(1.5, 64, 3, signs=True)
drawn.sampled(en.power_law_energy(1.5, 64), *signs, "m = 64, k = 3, random signs")
display(drawn)
wrong = en.partial_zeta(1.5, 64) / 2
print(f"m = 64, k = 3: half the trace would be {wrong:.3f}", end=", ")
print(f"{wrong / en.power_law_energy(1.5, 64):.0f} times too much")
big = en.partial_zeta(1.5, n_units) / 2 / en.power_law_energy(1.5, n_units)
print(f"m = {n_units:,}, k = 3: {big:.0f} times")
assert np.isclose(big, n_units / 3)

# %% [markdown]
# ### Which normalisation gives half the trace?
#
# The supplement's result is right for another matrix. If the entries have variance {math}`1/k`, then squared lengths
# are preserved on average, as in a random projection after Johnson and Lindenstrauss, and the energy is half the trace.
# The same holds if the projection does not reduce the dimension, {math}`k = m`. And activity that is not centred adds
# the square of its mean, times {math}`k/2m`, to the energy; ReLU activity has a large one, so "centred around zero" is
# not a formality.

# %% tags=["hide-input"]
tr_S = named(r"\operatorname{tr}(\Sigma)", Sum(S[i, i], units))
mu_2 = named(r"|\mu|^2", Sum(mu[i] ** 2, units))
centred, by_m = {M[i, l]: S[i, l]}, {R[i, j, l, q]: both_agree / m}
by_k = {R[i, j, l, q]: both_agree / k}
not_centred = {M[i, l]: S[i, l] + mu[i] * mu[l]}
full = Sum(M[i, l] * R[i, j, l, j], units, others, (j, 1, m)) / 2
with evaluate(False):
    half_S = half * tr_S
    with_mean = k / (2 * m) * (tr_S + mu_2)
normal = Derivation("Normalisation and mean", source="this book")
normal.equal(moments, half_S, "entries of variance 1/k", given=by_k | centred)
words = "as many dimensions as units"
normal.equal(full, half_S, words, given=by_m | centred)
words = "a mean adds its square"
normal.equal(moments, with_mean, words, given=by_m | not_centred)
trace = en.partial_zeta(1.5, 64)
drawn_k = simulate(1.5, 64, 3, variance=1 / 3)
normal.sampled(trace / 2, *drawn_k, "variance 1/3, m = 64, s = 1.5")
drawn_mu = simulate(1.5, 64, 3, mean=0.3)
expected = en.power_law_energy(1.5, 64) + 3 / 2 * 0.3**2
normal.sampled(expected, *drawn_mu, "every unit has mean 0.3, m = 64, s = 1.5")
normal

# %% [markdown]
# (sec-zeta-link)=
# ## From the trace to zeta
#
# The trace is the sum of the eigenvalues. The supplement takes the first to be 1, and rewrites
#
# > the expected action as a sum over the power law,
# >
# > ```{math}
# > \langle E[z] \rangle = \frac{1}{2} \sum_i \lambda_i = \frac{1}{2} \sum_i i^\alpha
# > \approx \frac{1}{2} \sum_{i=1}^{\infty} i^\alpha
# > = \frac{1}{2} \sum_{i=1}^{\infty} \frac{1}{i^{-\alpha}} = \frac{1}{2} \zeta(-\alpha).
# > ```
# >
# > As the later terms of the sum rapidly approach zero, we can approximate the sum with the infinite series.
#
# For {math}`\alpha < -1` and a wide layer this is a fair approximation. But it is the *sum* of the later terms that
# has to be small, and for an exponent near one, which {cite:t}`stringer2019` measured in visual cortex, terms that
# vanish add up to as much as one likes.
#
# There is no need to approximate. What is left out is a zeta function itself, that of Hurwitz,
# {math}`\zeta(s, m+1) = \sum_{i>m} i^{-s}`. Continued in {math}`s`, the identity holds for every {math}`s` but 1,
# below 1 too.
#
# ```{prf:theorem} The link at finite width
# :label: thm-finite-link
# For real {math}`s \ne 1` and eigenvalues {math}`i^{-s}`, {math}`i \le m`, of centred activity the level energy is
# {math}`\tfrac{k}{2m} (\zeta(s) - \zeta(s, m+1))`. For {math}`s > 1` the infinite sum is too large by
# {math}`\zeta(s, m+1)`, which lies between {math}`(m+1)^{1-s}/(s-1)` and {math}`m^{1-s}/(s-1)`.
# ```

# %% tags=["hide-input"]
import mpmath

s, z = symbols("s z", real=True)
a, x = symbols("a x", positive=True)
alpha = symbols("alpha", negative=True)
with evaluate(False):
    endless = Sum(i**alpha, (i, 1, oo))
    finite = Sum(i ** (-s), (i, 1, m))
    left_out = Sum(i ** (-s), (i, m + 1, oo))
    exact = zeta(s) - zeta(s, m + 1)
    shorter = m ** (-s) + zeta(s, m + 1)
    part = Sum((m + i) ** (-s), (i, 1, n))
    link_right, printed_link = k / (2 * m) * finite, zeta(s) / 2
energy = named(r"\langle E[z]\rangle", Sum(i ** (-s) / m, units, columns) / 2)


def integral(low, high):
    with evaluate(False):
        return (low ** (1 - s) - high ** (1 - s)) / (s - 1)


def sum_of_powers(s, m):
    return en.partial_zeta(s, m)


def summed_by_mpmath(s, m):
    return mpmath.nsum(lambda i: i**-s, [1, m])


# %% tags=["hide-input"]
link = Derivation("From the trace to zeta", source=section)
link.equal(endless, zeta(-alpha), "if α < -1", where={alpha: (-oo, -1)})
above_1 = {s: (1, oo)}
words = "what the finite sum leaves out is Hurwitz's zeta function"
link.equal(left_out, zeta(s, m + 1), words, where=above_1)
link.equal(finite, exact, "so this is the finite sum", where=above_1)
words = "which loses a term with each m, for every s but 1"
link.equal(zeta(s, m), shorter, words)
cases = [(y, w) for y in (-2.5, 0.0, 0.5, 1.0, 1.2, 3.0) for w in (1, 64, 1024)]
words = "the sum as the library has it, also at s = 1 and below"
link.agrees(sum_of_powers, summed_by_mpmath, cases, 1e-9, words)
link.refutes(
    *(energy, printed_link, {m: 1024, k: 3, s: 3}),
    repaired=(energy, link_right),
    why="k/2m; at this point the infinite sum itself errs by 4e-7 only",
    line="last display, its two ends, ≈ read as =",
    implied=True,
)
link

# %% tags=["hide-input"]
tail = Derivation("The tail lies between two integrals", source="this book")
tangent = tail.at_most(1 - z, exp(-z), {}, "e to the -z lies above its tangent")
by = tangent(a * log(x)) + a * tangent(-log(x))
bernoulli = tail.at_most(1 - a * (x - 1), x**-a, {}, "Bernoulli", by=by)
after, before = integral(m + 1, m + n + 1), integral(m, m + n)
t = m + i
above, below = (bernoulli(s - 1, y / t) for y in (t + 1, t - 1))
by = Sum(t ** (1 - s) / (s - 1) * above, (i, 1, n))
words = "n terms are at least an integral"
tail.at_most(after, part, above_1, words, by=by)
by = Sum(t ** (1 - s) / (s - 1) * below, (i, 1, n))
tail.at_most(part, before, above_1, "and at most another", by=by)
tail

# %% [markdown]
# ```{prf:proof}
# For {math}`s > 1` the first box has it all. Below 1, too, {math}`\zeta(s, m)` loses {math}`m^{-s}` from {math}`m` to
# {math}`m + 1`, and {math}`\zeta(s, 1)` is {math}`\zeta(s)`; add up. For the tail let {math}`n \to \infty` in the last
# two lines of the second. They are Bernoulli's inequality at {math}`x = 1 \pm 1/i`, added up: {math}`i^{-s}` lies
# between the integrals of {math}`x^{-s}` over the unit interval after and before {math}`i`, written out.
# ```
#
# What no reading saves is the constant. The last line of the first box is tested where the infinite sum is excellent,
# so that only the factor {math}`k/2m` is to blame.
#
# How wrong is the infinite sum? The map below shows by how much {math}`\zeta(s)` exceeds the sum of {math}`m` terms,
# with the constant already repaired. Each line is one relative error. Think of your favourite layer as a point on it.

# %% mystnb={"figure": {"caption": "Relative error of the infinite sum, ζ(s) divided by the sum of m terms, less one. Right of a line the error is smaller than its label.", "name": "fig-error-map"}, "image": {"alt": "Contour map over exponents from 1 to 3 and 16 to 65,536 units. The lines of 0.01, 0.1, 1, 10 and 100 percent fall from the upper left to the lower right, the 100 percent line almost upright at the left edge: even at 65,536 units the error exceeds 100 percent below an exponent of about 1.06, and one percent is reached only above 1.4."}} tags=["hide-input"]
s_axis, widths = np.linspace(1.001, 3, 400), 2.0 ** np.arange(4, 16.1, 0.25)
sums = en.partial_zeta(s_axis, widths[:, None].round())
error = 2 * en.power_law_energy_printed(s_axis) / sums - 1
fig, ax = plt.subplots()
labels = {0.0001: "0.01 %", 0.001: "0.1 %", 0.01: "1 %", 0.1: "10 %", 1: "100 %"}
greys = ["1", "0.95", "0.9", "0.83", "0.75", "0.65"]
levels = list(labels)
ax.contourf(s_axis, widths, error, [0, *levels, np.inf], colors=greys)
lines = ax.contour(s_axis, widths, error, levels, colors="0.1")
heights = [2000, 600, 300, 900, 3500]
where = [
    (s_axis[np.abs(error[np.abs(widths - h).argmin()] - level).argmin()], h)
    for level, h in zip(labels, heights, strict=True)
]
ax.clabel(lines, fmt=labels, fontsize=9, manual=where)
ax.set_yscale("log", base=2)
ax.set(xlabel="exponent s", ylabel="number of units m", xlim=(1, 3))
ax.set_xticks([1, 1.5, 2, 2.5, 3])
plt.show()

# %%
from scipy.optimize import brentq

print("relative error of the infinite sum at m = 1,024")
for s_ in (1.04, 1.1, 1.2, 1.5, 2.0, 3.0):
    excess = 2 * en.power_law_energy_printed(s_) / en.partial_zeta(s_, 1024) - 1
    print(f"  s = {s_:4.2f}: {excess:8.2g}")
print("units needed for an error of one per cent")
for s_ in (2.0, 1.5, 1.2):

    def excess(log_m, s=s_):
        total = en.partial_zeta(s, np.round(np.exp(log_m)))
        return np.log(2 * en.power_law_energy_printed(s) / total / 1.01)

    needed = np.exp(brentq(excess, 0, 40))
    print(f"  s = {s_:4.2f}: {float(f'{needed:.2g}'):13,.0f}")
assert 5e9 < needed < 7e9

# %% [markdown]
# At {math}`s = 2` sixty units will do. At 1.2 it takes six thousand million, and at 1.04 a thousand units leave the
# infinite sum almost four times too large. A rule of thumb for the error follows from the theorem: the tail is about
# {math}`m^{1-s}/(s-1)`.
#
# ### At and below one
#
# The sum of {math}`m` terms does not care whether {math}`s` is above 1, and neither does the exact link. The infinite
# sum does: it diverges. The zeta function is still defined there, by continuation, but it is no longer a sum of
# positive numbers. It may well be negative, which no energy can be.

# %%
print("   s    sum of 1,024 terms   continued zeta(s)")
for s_ in (1.2, 1.0, 0.9, 0.5, 0.0, -1.5, -2.0):
    total = en.partial_zeta(s_, 1024)
    continued = (
        "pole" if s_ == 1 else f"{2 * en.power_law_energy_printed(s_):.3f}"
    )
    print(f"{s_:4.1f}   {total:18.3f}   {continued:>17}")
    assert s_ > 1 or continued == "pole" or float(continued) <= 0 < total

# %% [markdown]
# The last two rows are a trap of signs. In the bound of Theorem 4 an exponent of 1.5 or 2 is a positive
# {math}`\alpha`; put into {math}`\zeta(-\alpha)`, it makes the energy negative, or exactly 0. The slips of wording in
# the section, this one among them:

# %% tags=["hide-input"]
slips = Derivation("Words of section 2.5", source=section)
words = "power law exponent: no power series is meant"
slips.remark("power series decay parameters", words, line="first sentence")
words = r"its trace; as it stands this is a $k \times k$ matrix, unless $r$ is one column"
slips.remark(r"$r^T A^T A r$", words, line="first display, last term")
words = "in the bound of Theorem 4 positive, in its proof and here negative"
slips.remark(
    r"$\alpha$", words, line="third display, against the bound of Theorem 4"
)
slips.remark(
    "As the later terms of the sum rapidly approach zero",
    r"their sum must be small, about $m^{1-s}/(s-1)$ for $s = -\alpha > 1$: near "
    r"1 it is not, and for $s \le 1$ it is infinite, however small the terms",
    line="after the third display",
)
slips

# %% [markdown]
# (sec-zeta-back)=
# ## Using the link backwards
#
# Section 1 of the supplement plots one against the other. Could one do without the plot, measure an energy and infer
# the exponent? The repaired energy falls with {math}`s`, from infinity to {math}`k/2m`, where only the first
# eigenvalue is left. So every energy above that limit belongs to exactly one real {math}`s`, and
# `energy.exponent_from_energy` finds it. What do the other links say?


# %%
def from_zeta(total):
    """The s > 1 with zeta(s) = total, if there is one."""
    if total <= 1:
        return None
    return brentq(
        lambda s: 2 * en.power_law_energy_printed(s) - total, 1 + 1e-9, 60
    )


print("               inferred from the exact energy by")
print("   m   true s  printed link  infinite sum  finite sum")
for m_, s_ in ((64, 1.5), (1024, 1.5), (4096, 1.04), (4096, 1.2), (4096, 2.0)):
    e = en.power_law_energy(s_, m_)
    as_printed, infinite = from_zeta(2 * e), from_zeta(2 * m_ * e / 3)
    back = en.exponent_from_energy(e, m_)
    print(f"{m_:5d}  {s_:5.2f}  {as_printed or 'none':>12}", end="  ")
    print(f"{infinite:12.3f}  {back:10.3f}")
    assert as_printed is None and infinite > s_ and abs(back - s_) < 1e-9

# %% [markdown]
# The printed link has no answer above 1 in any row: there {math}`\zeta(s)/2` is never below one half, and the energies
# are. With the right constant the infinite sum answers with a bias, always upwards, from a tenth at {math}`s` near one
# to nothing at 2.
#
# Two things stand between this and a measurement. The first is the unit of energy. The link assumes that the first
# eigenvalue is 1. Activity has no such unit, so a layer whose activity is merely louder looks as if its spectrum were
# flatter.

# %%
e = en.power_law_energy(1.5, n_units)
for gain in (0.8, 1.0, 1.25, 2.0):
    seen = en.exponent_from_energy(gain**2 * e, n_units)
    print(f"activity times {gain:4.2f}: inferred exponent {seen:.2f}")
assert seen < 1 < 1.5

# %% [markdown]
# One number cannot give two unknowns. To use the link, measure the first eigenvalue too, and divide by it; but who
# has the first eigenvalue usually has the others. The second thing is chance.
#
# ```{prf:theorem} Spread over projections
# :label: thm-spread
# Let the entries of {math}`r` be independent Gaussians of mean 0 and variance {math}`1/m`. The energy of one
# projection, averaged over centred activity, is then a weighted sum of independent chi-squares: one with {math}`k`
# degrees of freedom for each eigenvalue, weighted by {math}`\lambda_i / 2m`. Its variance over the square of its mean
# is {math}`\tfrac{2}{k\, PR}`, where {math}`PR = (\sum_i \lambda_i)^2 / \sum_i \lambda_i^2` is the
# {term}`participation ratio` of the spectrum.
# ```

# %% tags=["hide-input"]
V = IndexedBase("V", real=True)
squares = {V[i, j, l, q]: 2 * both_agree / m**2}
terms = Sum(lam[i] * lam[l] * V[i, j, l, q], units, columns, others, (q, 1, k))
var_E = named(r"\operatorname{Var}(E_r)", terms / 4)
mean_E = named(r"\langle E_r\rangle", k / (2 * m) * Sum(lam[i], units))
PR = named("PR", Sum(lam[i], units) ** 2 / Sum(lam[i] ** 2, units))
with evaluate(False):
    var_right = k / (2 * m**2) * Sum(lam[i] ** 2, units)
    relative, relative_right = var_E / mean_E**2, 2 / (k * PR)
    steep = zeta(2) ** 2 / zeta(4)


# %% tags=["hide-input"]
def relative_spread(energies):
    """Standard deviation over mean, and the standard error of that."""
    scaled = energies / energies.mean()
    fourth, seen = ((scaled - 1) ** 4).mean(), scaled.std()
    return seen, np.sqrt((fourth - seen**4) / len(energies)) / (2 * seen)


several = Derivation("The spread over projections", "this book")
words = "squares of Gaussian entries, of covariance V"
several.equal(var_E, var_right, words, given=squares)
words = "the square of std over mean"
several.equal(relative, relative_right, words, given=squares)
several.equal(steep, Rational(5, 2), "PR of i⁻² in a wide layer")
axes_ = np.linalg.qr(rng.normal(size=(256, 256)))[0]
for s_ in (1.2, 2.0, 3.0):
    spectrum = np.arange(1, 257) ** -s_
    r_ = en.random_projection(256, 3 * 8_000, rng=rng)
    z = (axes_ * np.sqrt(spectrum)).T @ r_
    energies = (z**2).sum(0).reshape(-1, 3).sum(1) / 2
    value = np.sqrt(2 / (3 * en.participation_ratio(spectrum)))
    words = f"std over mean, s = {s_}, m = 256, k = 3"
    several.sampled(value, *relative_spread(energies), words)
several

# %% [markdown]
# ```{prf:proof}
# In the eigenbasis of {math}`\Sigma`, which does not change the law of {math}`r`, the average of {math}`|Ar|^2` over
# the activity is the sum over units of {math}`\lambda_i` times the squared length of row {math}`i` of {math}`r`, and
# that is {math}`1/m` times a chi-square. Chi-squares with {math}`k` degrees of freedom have mean {math}`k` and
# variance {math}`2k`.
# ```
#
# The participation ratio is the effective number of dimensions: {math}`m` if all eigenvalues are equal, 1 if one is
# alone. For {math}`s` well above 1 and a wide layer it is {math}`\zeta(s)^2/\zeta(2s)`, which is small: steep spectra
# have few dimensions that matter, so a projection of thousands of units averages over few of them. The box has
# the variances, with {math}`V_{ijlq}` for the covariance of {math}`r_{ij}^2` and {math}`r_{lq}^2`. Then it tests the
# quotient with real random projections of correlated units, whose covariance has random eigenvectors.
#
# A single three-dimensional projection of a layer with {math}`s = 2` is typically off by half its energy, however wide
# the layer. What that does to the exponent is shown next: we draw energies from the weighted sum, invert each exactly,
# and show where the middle 95 % fall, if one averages over ten, a hundred or a thousand projections.


# %% mystnb={"figure": {"caption": "Exponents inferred from the exact finite-width link at the first eigenvalue 1, 95 % of all outcomes, when the energy is averaged over 10, 100 or 1,000 random projections to three dimensions. Energies below k/2m fit no exponent; where a band meets the top it is open.", "name": "fig-inferred"}, "image": {"alt": "Three nested bands around the diagonal, inferred against true exponent from 1 to 3. All are narrow at exponent one. The band of ten projections widens fast, reaches from 1.6 to above 3 at exponent two, and is open at the top from 2.1 on; the band of a hundred leaves the picture at about 2.9; that of a thousand stays within a third of the diagonal."}} tags=["hide-input"]
def mean_of_projections(s, n, draws=400):
    """Energies averaged over n projections: chi-squares with 3 n degrees."""
    spectrum = np.arange(1, n_units + 1) ** -s
    chi = rng.chisquare(3 * n, (draws, n_units))
    return chi @ spectrum / (2 * n_units * n)


s_true = np.linspace(1, 3, 11)
floor = 3 / (2 * n_units) * 1.001  # at lower energies no exponent fits
fig, ax = plt.subplots()
for index, n in enumerate((10, 100, 1_000)):
    energies = [mean_of_projections(s_, n) for s_ in s_true]
    band = np.quantile(energies, [0.025, 0.975], axis=1).clip(floor)
    high, low = en.exponent_from_energy(band, n_units)
    style = {"color": f"C{index}", "alpha": 0.25 + 0.1 * index, "linewidth": 0}
    ax.fill_between(s_true, low, high, **style)
    edges = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(s_true, low, label=f"{n:,} projections", **edges)
    ax.plot(s_true, high, **edges)
ax.plot(s_true, s_true, color="0.1", linewidth=1)
ax.set(xlabel="true exponent s", ylabel="inferred exponent", ylim=(0.8, 4))
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# How many projections give the exponent to within 0.05, nineteen times in twenty? A small relative error
# {math}`\epsilon` of the energy moves the exponent by {math}`\epsilon` divided by the slope of the logarithm of the
# energy against {math}`s`. That gives a number of projections; the last column then simulates that many and counts how
# often the inferred exponent is within 0.05.

# %%
table = [f"m = {n_units:,}     PR   if m = oo   projections   within 0.05"]
needed = {}
for s_ in (1.04, 1.2, 1.5, 2.0, 3.0):
    total = en.partial_zeta(s_, n_units)
    ratio = total**2 / en.partial_zeta(2 * s_, n_units)
    endless_ratio = 2 * en.power_law_energy_printed(s_) ** 2
    endless_ratio /= en.power_law_energy_printed(2 * s_)
    ends = np.log(en.partial_zeta(np.array([s_ - 1e-4, s_ + 1e-4]), n_units))
    slope = (ends[0] - ends[1]) / 2e-4
    few = 2 / (3 * ratio) * (1.96 / (0.05 * slope)) ** 2
    needed[s_] = n = int(np.ceil(few))
    off = en.exponent_from_energy(mean_of_projections(s_, n, 1_000), n_units) - s_
    within = (np.abs(off) < 0.05).mean()
    line = f"s = {s_:4.2f}   {ratio:6.1f}  {endless_ratio:9.1f}  {n:12,d}"
    table.append(f"{line}   {within:11.0%}")
    assert within > 0.92
print(*table, sep="\n")

# %% [markdown]
# The flat spectra, for which the infinite sum fails, are the easy ones here; a steep one needs tens of thousands of
# projections, more dimensions than the layer has. (The flat end is also where {math}`\zeta(s)^2/\zeta(2s)` is no
# guide: it says 415 dimensions where there are 31.) And all of this noise is home-made. What the average over
# projections approaches is {math}`k/2m` times the mean of {math}`|A|^2`, which can be computed without any projection.
# Random projections are a way to estimate a trace *when the matrix cannot be had* {cite:p}`hutchinson1990`. Here it
# can.

# %% [markdown]
# (sec-zeta-steps)=
# ## The energy that the code computes
#
# Section 1 of the supplement describes the code behind the figures. (We have the description, not the code.) There the
# energy of a set of points is "the squared magnitude of the differences between successive points". That is not
# {prf:ref}`def-level-energy`. Another script, `generate_trajectory.py`, is described in the same words: it computes "the
# total energy of a set of points in n-dimensional space" and then finds the minimum trajectory of a language model. So
# it likely means the same energy, and {ref}`nb-trajectories` takes it so.
#
# ```{prf:definition} Path energy (what the code computes, up to the half)
# :label: def-path-energy
# The path energy is half the sum, over the steps of a path, of the squared length of the step. Per step we write
# {math}`E_\Delta`.
# ```
#
# The level energy does not know in which order the points come. The path energy is about nothing else. A path that
# jumps about inside a small ball has a small level and a large path energy; a slow walk around a large circle has the
# reverse.
#
# ```{prf:theorem} Path energy of a random projection
# :label: thm-path-energy
# Let the activity be independent of {math}`r` and stationary: its mean, its covariance {math}`\Sigma` and the
# covariance {math}`C` of successive values stay the same. The expected path energy of a step is
# {math}`\tfrac{k}{m}\, \mathrm{tr}(\Sigma - C)`, whatever the mean. If all modes have the same correlation
# {math}`\rho` from one step to the next, {math}`C = \rho\Sigma`, and the activity is *centred*, it is
# {math}`2(1-\rho)` times the level energy. If principal component (mode) {math}`i` has its own {math}`\rho_i`, it is
# {math}`\tfrac{k}{m} \sum_i \lambda_i (1-\rho_i)`.
# ```

# %% tags=["hide-input"]
rho = symbols("rho_0", real=True)
tr_C = named(r"\operatorname{tr}(C)", Sum(C[i, i], units))
difference = by_m | {M[i, l]: 2 * S[i, l] - C[i, l] - C[l, i]}
same_rho = difference | {C[i, l]: rho * S[i, l]}
own_rho = {C[i, l]: own[i] * lam[i] * KroneckerDelta(i, l)}
own_rho |= difference | {S[i, l]: lam[i] * KroneckerDelta(i, l)}
with evaluate(False):
    gap = k / m * (tr_S - tr_C)
    factor = 2 * (1 - rho) * (k / (2 * m) * tr_S)
    by_mode = k / m * Sum(lam[i] * (1 - own[i]), units)
differences = Derivation("Two energies that are not the same", "supplement 1")
words = "variances less covariances of successive values"
differences.equal(moments, gap, words, given=difference)
words = "one correlation ρ₀ of all modes: the level energy times 2(1 - ρ₀)"
differences.equal(moments, factor, words, given=same_rho)
words = "each mode with its own correlation"
differences.equal(moments, by_mode, words, given=own_rho)
display(differences)
slip = Derivation("Words of section 1 about energy", "supplement 1")
slip.remark(
    "the squared magnitude of the differences between successive points",
    "one word, energy, for two quantities: half of this sum is the path energy, "
    "the energy of 2.5 is half the mean squared length of z",
    line="ResNetVAE/helpers.py",
)
slip

# %% [markdown]
# ```{prf:proof}
# A step of the projected path is the projection of a step of the activity, so {prf:ref}`thm-level-energy` applies to
# the differences. Their mean is 0, and the variance of a difference is twice the variance less twice the covariance.
# ```
#
# A mean that is not 0 adds to the level energy and to no step, so centre before you compare the two.
#
# A step of an uncorrelated series costs two level energies, and four if the code leaves the half out; at
# {math}`\rho = 0.9` it costs a fifth of one. To see it happen, let every unit follow an autoregression, whose only
# memory is its last value.


# %%
def autoregression(rho, s=1.5, m=32, steps=40, runs=2_000):
    """Path energy a step of projected AR(1) activity: (mean, standard error)."""
    std = np.arange(1, m + 1) ** (-s / 2)
    x = np.empty((runs, steps, m))
    x[:, 0] = std * rng.normal(size=(runs, m))
    for t in range(1, steps):
        noise = std * rng.normal(size=(runs, m))
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * noise
    r = rng.normal(size=(runs, m, 3)) / np.sqrt(m)
    per_step = en.path_energy(x @ r) / (steps - 1)
    return per_step.mean(), per_step.std() / np.sqrt(runs)


base = en.power_law_energy(1.5, 32)
walks = Derivation("Autoregressions by Monte Carlo", "this book")
for rho_ in (-0.5, 0.0, 0.5, 0.9):
    value = 2 * (1 - rho_) * base
    walks.sampled(value, *autoregression(rho_), f"ρ = {rho_}, level {base:.3f}")
walks

# %% [markdown]
# All four series have the same spectrum and the same level energy. Their path energies differ by a factor of fifteen.
# So a low path energy need not say anything about the exponent: it may say that the stimulus moved slowly.

# %% [markdown]
# (sec-zeta-smooth)=
# ## Smooth and rough paths
#
# If the correlations {math}`\rho_i` were arbitrary, nothing more could be said. But the supplement moves a *dot on a
# circle*, and then they are not. A population that answers to an angle {math}`\theta`, with no angle preferred, has
# sines and cosines as its modes, two of equal variance at each frequency. We count the pair as one, the {math}`i`-th,
# and say that it has variance {math}`i^{-s}`. (Counted singly, the modes follow the same power law with another
# constant.) A step of {math}`\delta` radians turns the pair by {math}`i\delta`, its correlation is
# {math}`\cos i\delta`, and {prf:ref}`thm-path-energy` gives a sum that is a zeta function after all, less a
# polylogarithm {math}`\mathrm{Li}_s(z) = \sum_i z^i / i^s`.
#
# Where should the path turn smooth? Differentiating multiplies the variance of frequency {math}`i` by {math}`i^2`. So
# the variance of the derivative is the sum of {math}`i^{2-s}`, which has a limit for {math}`s > 3` only. But a code of
# {math}`m` units has {math}`m` modes, so at most {math}`m/2` frequencies. Its sums are finite for every {math}`s`, and
# close enough its path is smooth. The exponent shows between two lengths: above the finest frequency and below the
# circle.
#
# ```{prf:theorem} Path energy on a circle
# :label: thm-circle
# Let {math}`m` units answer to an angle with frequencies {math}`i \le m/2`, a sine and a cosine each, of variance
# {math}`i^{-s}`. A step of {math}`\delta` costs {math}`k/m` times {math}`\sum_{i \le m/2} i^{-s}(1 - \cos i\delta)`;
# for {math}`s > 1` the sum tends to {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})` as
# {math}`m \to \infty`.
#
# *Inside the window* {math}`1/m \ll \delta \ll 1`, that is, as {math}`\delta \to 0` and {math}`m\delta \to \infty`, it
# falls like {math}`\delta^{s-1}` if {math}`1 < s < 3`, like {math}`\delta^2 \log(1/\delta)` if {math}`s = 3`, and like
# {math}`\delta^2` if {math}`s > 3`. For {math}`1 < s < 3` the relative error is at most of the order of
# {math}`\delta^{3-s} + (m\delta)^{1-s}`. *Below the window*, as {math}`m\delta \to 0`, it falls like {math}`\delta^2`
# whatever {math}`s` is.
# ```
#
# ````{prf:proof}
# If {math}`i\delta` is small for every {math}`i \le m/2`, then {math}`1 - \cos i\delta` is {math}`i^2\delta^2/2`, which
# is the last claim. Inside the window, add the frequencies above {math}`m/2`: at most twice the tail
# {math}`\sum_{i > m/2} i^{-s}`, which is of the order of {math}`m^{1-s}`. The endless sum is known. The expansion of
# the polylogarithm at 1 gives, for {math}`0 < \delta < 2\pi` and {math}`s` that is not a whole odd number,
#
# ```{math}
# \zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})
# = \frac{\pi\, \delta^{s-1}}{2\,\Gamma(s) \sin(\pi(s-1)/2)} + \frac{\zeta(s-2)}{2} \delta^2
# - \frac{\zeta(s-4)}{24} \delta^4 + \dots
# ```
#
# If {math}`s < 3` the first term leads and the second is smaller by {math}`\delta^{3-s}`; if {math}`s > 3` the second
# leads. At {math}`s = 3` both are infinite, and their sum tends to {math}`\delta^2 (\log(1/\delta) + 3/2)/2`. (Whole
# odd {math}`s > 3` put such a logarithm into a later term.) Beside each of these {math}`m^{1-s}` vanishes as
# {math}`m\delta \to \infty`.
# ````
#
# For even {math}`s` the expansion ends, and the whole sum is a polynomial in {math}`\delta`.

# %% tags=["hide-input"]
from scipy.special import gamma


def direct_sum(s, step, n=4_000_000):
    """The first n terms, one by one, and the mean of the others."""
    i = np.arange(n, 0, -1.0)
    return (i**-s * 2 * np.sin(i * step / 2) ** 2).sum() + n ** (1 - s) / (s - 1)


def expansion(s, d):
    """Two terms of it, or their limit at s = 3."""
    if s == 3:
        return d**2 / 2 * (np.log(1 / d) + 1.5)
    first = np.pi * d ** (s - 1) / (2 * gamma(s) * np.sin(np.pi * (s - 1) / 2))
    return first + en.power_law_energy_printed(s - 2) * d**2


def polynomial(s, d):
    if s == 2:
        return np.pi * d / 2 - d**2 / 4
    return np.pi**2 * d**2 / 12 - np.pi * d**3 / 12 + d**4 / 48


# %% tags=["hide-input"]
circle = Derivation("Path energy on a circle", "this book")
steps_d = (1e-4, 0.01, 0.1, 1.0, 3.0, 6.0)
circle.agrees(
    circle_code.step_energy,
    polynomial,
    [(s_, d) for s_ in (2, 4) for d in steps_d],
    1e-9,
    "πδ/2 - δ²/4 for s = 2, π²δ²/12 - πδ³/12 + δ⁴/48 for s = 4",
)
circle.agrees(
    circle_code.step_energy,
    direct_sum,
    [(s_, d) for s_ in (1.5, 2.5, 3.0) for d in (0.01, 0.1, 3.0)],
    1e-6,
    "polylogarithm against four million terms",
)
circle.agrees(
    circle_code.step_energy,
    expansion,
    [(s_, d) for s_ in (1.2, 2.2, 2.8, 3, 3.5, 4, 6) for d in (1e-6, 1e-3)],
    1e-6,
    "two terms of the expansion, or the logarithm at s = 3",
)
i_ = np.arange(1, n_frequencies + 1)
start = rng.uniform(0, 2 * np.pi, (4_000, n_frequencies))
moved = np.sqrt(2) / i_ * (np.cos(start + i_ * 0.1) - np.cos(start))
seen = (moved * rng.normal(size=moved.shape)).sum(1) ** 2 / 2
error = seen.std() / np.sqrt(len(seen))
words = "simulated steps of every frequency, s = 2, δ = 0.1"
value = circle_code.step_energy(2, 0.1, n_frequencies)
circle.sampled(value, seen.mean(), error, words)
circle


# %% mystnb={"figure": {"caption": "Codes of 1,600 units on a circle. Left: path energy of one step against its length. Right: the exponent read off a step and its double. Thin: the same for endless frequencies.", "name": "fig-slopes"}, "image": {"alt": "Two panels against steps from a ten-thousandth of a radian to one. Left, six rising lines on log-log axes, one an exponent, that meet near one radian; below a thousandth of a radian all are parallel. Right, the readings. From about a hundredth to a tenth of a radian they lie near the true exponents 1.5, 2 and 2.5, and at 2.7, 2.9 and 3 for 2.8, 3.2 and 4. Towards shorter steps all rise to 3, while thin lines, for endless frequencies, stay level; towards one radian all fall."}} tags=["hide-input"]
def reading(s, step, units=None):
    """The exponent read off a step and its double."""
    pair = np.stack([step, 2 * np.asarray(step)], axis=-1)
    cost = circle_code.step_energy(s, pair, units and units // 2)
    return circle_code.exponent_from_steps(pair, cost)[..., 0]


d_axis = np.logspace(-4, 0, 41)
fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
for index, s_ in enumerate((1.5, 2.0, 2.5, 2.8, 3.2, 4.0)):
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    cost = circle_code.step_energy(s_, d_axis, n_units // 2)
    left.loglog(d_axis, cost, label=f"s = {s_:g}", **style)
    right.semilogx(d_axis, reading(s_, d_axis, n_units), **style)
    right.semilogx(d_axis, reading(s_, d_axis), linewidth=0.6, **style)
left.set(xlabel="step δ (radians)", ylabel="path energy of a step (k/m)")
right.set(xlabel="step δ (radians)", ylabel="exponent read off δ and 2δ")
left.legend()
plt.show()

# %% [markdown]
# The level energy moves if the activity becomes louder. The *slope* of these lines does not. So measure the path energy
# at a step {math}`\delta` and at its double: one plus the base-2 logarithm of their ratio reads {math}`s`, with no unit
# of energy, **if {math}`1 < s < 3` and the step is inside the window**. This is what a random projection *can* tell about
# the exponent, and the right panel shows where it does not. On its left side every code reads 3, because there the
# finest frequency has been reached. On its right side the first few frequencies decide. The second table below gives
# the window in which the reading is within 0.1 of the exponent: {math}`m` times the shortest step, the longest step, and
# the units that leave two octaves between them.

# %%
d = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
print(f"exponent read by {n_units:,} units at a step of      endless frequencies")
print(" true" + "".join(f"{x:7g}" for x in d) + f"{d[0]:16g}{d[2]:7g}")
for s_ in (1.5, 2.0, 2.5, 2.8, 3.0, 3.2, 4.0):
    here, there = reading(s_, d, n_units), reading(s_, d[[0, 2]])
    print(f"{s_:5.1f}" + "".join(f"{x:7.2f}" for x in here), end=" " * 9)
    print("".join(f"{x:7.2f}" for x in there))
print("\nwithin 0.1: m step from   step up to   for two octaves")
finest, d_axis = 20_000, np.logspace(-3, 0.3, 60)
for s_ in (1.2, 1.5, 2.0, 2.5, 2.7, 2.8):
    longest = d_axis[np.abs(reading(s_, d_axis) - s_) < 0.1].max()
    short = np.logspace(0, 2.4, 100) / finest
    high = reading(s_, short, 2 * finest) > s_ + 0.1
    shortest = 2 * finest * short[high].max()
    m_ = 2 * int(np.ceil(2 * shortest / longest))
    window = np.geomspace(longest / 4, longest, 20)
    assert (np.abs(reading(s_, window, m_) - s_) < 0.1).all()
    line = f"{s_:9.1f}{shortest:14.0f}{longest:13.2g}"
    print(line + f"{float(f'{m_:.2g}'):12,.0f} units")
window = np.geomspace(40 / n_units, 0.09, 20)
errors = [reading(x, window, n_units) - x for x in np.linspace(1.5, 2.5, 11)]
print(
    f"{n_units:,} units, s from 1.5 to 2.5, steps from 40/m = {window[0]:.3f} to 0.09:"
)
print(f"farthest off {np.abs(errors).max():.2f}")

# %% [markdown]
# A true 1.5 reads 2.90 at a thousandth of a radian, 2.23 at three and 1.69 at ten, and anyone who saw the first number
# alone would call the path smooth. More units open the window to the left. Nothing opens it to the right, and near 3 it
# closes: the correction falls only like {math}`\delta^{|3-s|}`. Even endless codes with 2.8, 3.0 and 3.2 read 2.71,
# 2.83 and 2.91 at a hundredth of a radian. So a reading between 2.7 and 3 says "about 3, or above", and shorter steps
# help little. As a rule, steps from {math}`40/m` to 0.09 radians read any exponent from 1.5 to 2.5 to within 0.1.
#
# Now look again at the four paths with which the chapter opens. At 1.5 and 2.5 they are rough down to the finest
# step drawn, six thousandths of a radian. With endless frequencies they would have no velocity at all; with these 1,024
# they would look smooth if enlarged much further. At 4 the path keeps a velocity in the limit, but no curvature:
# the second derivative needs {math}`s > 5`. At 6 it keeps both.
#
# ### Why three?
#
# Close stimuli have close answers, on average, for every {math}`s > 1`: the path energy of a step vanishes with the
# step. A *derivative* asks for more. {cite:t}`stringer2019` found how much, for stimuli that fill {math}`d` dimensions.
# There the {math}`i`-th eigenfunction has a frequency near {math}`i^{1/d}`, and differentiating multiplies its variance
# by the square of that. The variance of the derivative is the sum of {math}`i^{2/d - s}`, with a limit only for
# {math}`s > 1 + 2/d`. A circle has {math}`d = 1`, and the critical exponent is 3. No finite code is on one side or the
# other; what it has is a range of steps over which its paths look smooth.

# %% [markdown]
# (sec-zeta-dot)=
# ## A dot on a circle
#
# So far the codes were made up. Now something that computes: a Gaussian blob moves on a circle in a small image, and
# the images pass through layers of random weights. With *ReLU* units such a layer is a network before training. With
# *threshold* units, which answer 0 or 1, it is the same network with a hard edge.
#
# We centre the features over the path and predict: the mean level energy over projections is {math}`k/2m` times the
# trace, for both networks. The path energy is what {prf:ref}`thm-path-energy` says, and the level alone does
# not fix it. For random ReLU features the theory of kernels predicts, for features in infinite number, eigenvalues that
# fall like {math}`i^{-4}` on a circle, at any depth {cite:p}`bietti2021`: above the critical exponent. A threshold
# unit jumps, so its exponent should be 2, below it. Our dot is not a point on a sphere of inputs, but the path on
# which it moves is a circle.
#
# A power law of the theory is a law of the tail. The first few ranks say more about the size of the dot than about the
# network, and the last ones about the number of units. So we fit two windows, with the estimator of
# {ref}`sec-power-exponent`: ranks 5 to 30, which hold most of what the first four leave, and ranks 30 to 100, as far
# out as a few hundred units can show the tail.


# %% tags=["hide-input"]
def dot_images(n):
    """A Gaussian dot at n places of a circle: array (n, pixels)."""
    angle = 2 * np.pi * np.arange(n)[:, None] / n
    x, y = dot_radius * np.cos(angle), dot_radius * np.sin(angle)
    grid = np.arange(image_size) - (image_size - 1) / 2
    rows, columns = (
        np.exp(-((grid - u) ** 2) / 2 / dot_width**2) for u in (y, x)
    )
    return (rows[:, :, None] * columns[:, None, :]).reshape(n, -1)


# %%
def random_features(x, layers, activation, draw=seed, width=feature_width):
    """Activity (time, units) after random layers, mean square 1, then centred."""
    generator = np.random.default_rng(draw)
    for _ in range(layers):
        weights = generator.normal(size=(x.shape[1], width))
        x = activation(x @ weights)
        x /= np.sqrt((x**2).mean())
    return x - x.mean(0)


def energy_of_a_step(paths, stride=1):
    """Path energy a step of closed paths (..., time, dim), over all starts."""
    steps = np.roll(paths, -stride, axis=-2) - paths
    return (steps**2).sum(axis=(-2, -1)) / (2 * paths.shape[-2])


def projected_step(activity, stride=1, n_dims=3):
    """Its mean over random projections of the activity."""
    return n_dims / activity.shape[1] * energy_of_a_step(activity, stride)


relu, threshold = (lambda x: np.maximum(x, 0)), (lambda x: np.sign(x) / 2 + 0.5)
frames = dot_images(n_steps)

# %% mystnb={"figure": {"caption": "Eight of the images that the networks see: a dot that moves on a circle.", "name": "fig-dot"}, "image": {"alt": "A row of eight small dark images. In each there is one blurred bright dot, which moves from the right of the image around a circle and back in eight steps."}} tags=["hide-input"]
fig, axes = plt.subplots(1, 8, figsize=(7.2, 1.1))
for ax, frame in zip(axes, frames[:: n_steps // 8], strict=True):
    ax.imshow(frame.reshape(image_size, image_size), cmap="gray", origin="lower")
    ax.set_axis_off()
plt.show()


# %%
from polylib.representation import eigenspectrum, fit_power_law

leading, in_tail = (5, 30), (30, 100)  # ranks


def spectrum_of(activity):
    """Eigenvalues of the covariance; the path is all there is, so over n, not n - 1."""
    return (1 - 1 / len(activity)) * eigenspectrum(activity)


def predict(activity, n_dims=3):
    """Two exponents, level, path energy, share beyond rank 30, first eigenvalue."""
    lam = spectrum_of(activity)
    fits = [fit_power_law(lam, ranks=ranks).alpha for ranks in (leading, in_tail)]
    energies = (
        en.projected_energy(lam, n_dims),
        projected_step(activity, 1, n_dims),
    )
    return *fits, *energies, lam[30:].sum() / lam.sum(), lam[0]


# %%
def project(activity):
    """Paths (projections, time, 3) through random projections to 3 dimensions."""
    r = en.random_projection(activity.shape[1], 3 * n_projections, rng=rng)
    z = (activity @ r).reshape(len(activity), n_projections, 3)
    return z.transpose(1, 0, 2)


kinds = {"ReLU": relu, "threshold": threshold}
shallow = {name: random_features(frames, 1, f) for name, f in kinds.items()}
paths = {name: project(activity) for name, activity in shallow.items()}

# %% tags=["hide-input"]
dot = Derivation("A dot before random features", "this book")
predicted = {name: predict(activity) for name, activity in shallow.items()}
for name, z in paths.items():
    levels = (z**2).sum(-1).mean(-1) / 2
    for kind, value, energies in zip(
        ("level", "path"),
        predicted[name][2:4],
        (levels, energy_of_a_step(z)),
        strict=True,
    ):
        error = energies.std() / np.sqrt(n_projections)
        words = f"{kind} energy, {name} units"
        dot.sampled(value, energies.mean(), error, words)
    PR_ = en.participation_ratio(spectrum_of(shallow[name]))
    words = f"std over mean of level energies, {name} units, PR = {PR_:.1f}"
    dot.sampled(np.sqrt(2 / (3 * PR_)), *relative_spread(levels), words)
display(dot)

# %% [markdown]
# All three theorems hold for both networks, to within the noise of the projections. Now the energies themselves, at steps
# of one place of the dot and more, in several networks: {prf:ref}`thm-circle` predicts that the exponent read off a short
# step is 3 for ReLU units, and for threshold units that of their spectrum.


# %%
def over_networks(compute, layers, activation, count=n_networks, **options):
    """`compute` of the activity of networks of other weights: (networks, ...)."""
    draws = range(seed, seed + count)
    features = (
        random_features(frames, layers, activation, j, **options) for j in draws
    )
    return np.array([compute(x) for x in features])


def with_range(values, digits=2):
    """Mean, lowest and highest of the networks."""
    low, high = values.min(), values.max()
    return f"{values.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


strides = 2 ** np.arange(7)
step = 2 * np.pi * strides / n_steps


def by_step(activity):
    return [projected_step(activity, stride) for stride in strides]


# %% tags=["hide-input"]
costs = {name: over_networks(by_step, 1, f) for name, f in kinds.items()}
read = {
    name: circle_code.exponent_from_steps(step, x) for name, x in costs.items()
}
found = {name: over_networks(predict, 1, f) for name, f in kinds.items()}
ratio = costs["threshold"] / costs["ReLU"]
levels = found["threshold"][:, 2] / found["ReLU"][:, 2]
print(f"mean (lowest to highest) of {n_networks} networks")
print(
    "        path energies, threshold    exponent read off a step and its double"
)
print("  step                 over ReLU              ReLU             threshold")
for j in range(len(step) - 1):
    row = [with_range(ratio[:, j], 1)]
    row += [with_range(read[name][:, j]) for name in kinds]
    print(
        f"{step[j]:6.3f}" + f"{row[0]:>26}" + "".join(f"{x:>22}" for x in row[1:])
    )
print(f"level energies, ratio: {with_range(levels)}")
for name, x in found.items():
    print(f"{name} spectrum, exponent at ranks 30 to 100: {with_range(x[:, 1])}")
wide = spectrum_of(random_features(frames, 1, relu, width=2_048))
exponent = fit_power_law(wide, ranks=(50, 200)).alpha
print(f"ReLU, 2,048 units, ranks 50 to 200: {exponent:.2f}")
assert (np.abs(read["threshold"][:, :4] - 2) < 0.05).all()
assert (read["ReLU"][:, 0] > 2.95).all() and abs(exponent - 4) < 0.15
assert found["threshold"][:, 1].max() < en.critical_exponent(1) < 4
assert ratio[:, 0].min() > 40 and ratio[:, 5].max() < 2 and levels.max() < 1

# %% [markdown]
# The level energies differ by a quarter. The path energies differ by a factor that is the step's: almost fifty at 0.006
# radians, twelve at 0.025, less than two at 0.2. Halve a short step and it doubles, because one falls with the step and
# the other with its square. A ratio of path energies means nothing without its step.
#
# The readings do. The threshold networks give their exponent back, and no eigenvalue had to be computed. The ReLU
# networks say only "about 3, or above", which is true. (Their spectra give 4.2 and not 4 likely because 512 units are
# few: with four times as many, and farther out, it is nearly 4.) Here is what the paths look like.

# %% mystnb={"figure": {"caption": "The dot's path through one layer of random features, in a random projection to the plane: the same images, the same weights, the same projection. Each panel is scaled to its path.", "name": "fig-dot-paths"}, "image": {"alt": "Two panels. Left, ReLU units: a closed curve that sweeps smoothly through a few loops. Right, threshold units: an angular scribble of short straight jumps that covers the panel."}} tags=["hide-input"]
r_plane = en.random_projection(
    feature_width, 2, rng=np.random.default_rng(seed + 1)
)
fig, axes = plt.subplots(1, 2, figsize=(5.2, 2.6))
for ax, (name, activity) in zip(axes, shallow.items(), strict=True):
    z = np.vstack([activity, activity[:1]]) @ r_plane
    ax.plot(*z.T, color="0.1", linewidth=0.5)
    ax.text(0.5, 1.02, f"{name} units", ha="center", transform=ax.transAxes)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
plt.show()

# %% [markdown]
# These readings came from the features themselves. How many random projections does it take to see them? Each of the
# thousand projections above, of one network of either kind, gives its own, here off steps of one place and of eight.

# %%
lines = ["          read in one projection   projections for ± 0.05"]
for name, z in paths.items():
    pair = np.stack([energy_of_a_step(z, stride) for stride in (1, 8)], axis=-1)
    each = circle_code.exponent_from_steps(step[[0, 3]], pair)[:, 0]
    enough = int(np.ceil((1.96 * each.std() / 0.05) ** 2))
    exponent_ = f"{each.mean():.2f} ± {each.std():.2g}"
    lines.append(f"{name:>9}{exponent_:>23}{enough:25d}")
    assert enough <= 3 and abs(each.mean() - read[name][:, :3].mean()) < 0.03
lines.append(f"the level energy needs {needed[2.0]:,} at s = 2")
print(*lines, sep="\n")

# %% [markdown]
# One projection suffices, or two to be as strict as before. A power law of exponent 2 needs over a thousand if one goes
# by the level energy, and the first eigenvalue besides. The likely reason is that the ratio compares a path with
# itself: what a projection happens to magnify, it magnifies at both step lengths. And who has the activity needs no
# projection at all.
#
# How many *units*? A code whose units share {math}`m/2` frequencies needs as many as the table above says. Random layers
# do not: every unit has a kink or a jump, with all frequencies in it, and units are independent draws from one
# population, so that the mean squared step has the same mean however many there are. Fewer units only add noise.

# %%
print(f"exponent read, mean ± std over {4 * n_networks} networks of one layer")
print("units   ReLU, first step   threshold, first step   fifth step")
for width in (8, 32, 128, 512):
    rows = []
    for f in kinds.values():
        cost_ = over_networks(by_step, 1, f, count=4 * n_networks, width=width)
        rows.append(circle_code.exponent_from_steps(step, cost_)[:, [0, 4]].T)
    (smooth, _), (short, longer) = rows
    cells = [f"{x.mean():.2f} ± {x.std():.3f}" for x in (smooth, short, longer)]
    print(f"{width:5d}{cells[0]:>19}{cells[1]:>24}{cells[2]:>13}")
    assert abs(short.mean() - 2) < 0.03 and abs(smooth.mean() - 3) < 0.03

# %% [markdown]
# ### A recipe
#
# Which steps, and how many units, for a layer of your own?
#
# 1. Move the input along a closed path in many equal steps, and record the activity, or one projection of it. Take the
#    mean squared difference over 1, 2, 4, 8, … places and give it to `circle_code.exponent_from_steps`.
# 2. Look at all its readings. A plateau below 2.6 over two octaves or more is the exponent: the threshold units have one
#    from 0.006 to 0.1 radians. If the units share their frequencies, expect it between {math}`40/m` and 0.09 radians,
#    so have two thousand of them. If the law starts at a high frequency, as with fine detail in the input, the longest
#    step shrinks with it.
# 3. Readings that rise to 3 at short steps have reached the finest frequency, of the units, the pixels, or the rounding
#    of the input. Below that step the path is smooth. If no plateau is left above it, take more units and finer images.
# 4. Readings between 2.7 and 3 say "about 3, or above", and no more.
# 5. Repeat with other draws or training runs before you say anything about networks. In deeper layers the layers below
#    must be wide, too: {ref}`ex-zeta-depth`.
#
# ### Deeper networks
#
# Section 1 describes a plot of all layers, the energy of the projection against the exponent of the spectrum. What
# happens to the two, and to the path energy, along a stack of random ReLU layers?


# %%
by_depth = np.array(
    [over_networks(predict, int(n), relu) for n in depths.split()]
)
half = np.ptp(by_depth, axis=1) / 2
print(f"ReLU layers, mean ± half the range of {n_networks} networks")
print("           exponent at ranks     % beyond          energy")
print("layers      5-30      30-100      rank 30      level   1e4 path  % varies")
for depth, mean, spread_ in zip(
    depths.split(), by_depth.mean(1), half, strict=True
):
    lead_, tail_, level_, path_, rest, _ = zip(mean, spread_, strict=True)
    shown = [(*lead_, 1, 2), (*tail_, 1, 2), (*rest, 100, 1), (*level_, 1, 2)]
    shown += [(*path_, 1e4, 1), (*level_, 200 / 3, 0)]
    cells = [f"{x * by:.{n}f} ± {y * by:.{n}f}" for x, y, by, n in shown]
    print(f"{depth:>6}" + "".join(f"{cell:>12}" for cell in cells))
leads, tails, level_by_depth, path_by_depth, rests, firsts = by_depth.mean(1).T
per_unit = projected_step(frames / np.sqrt((frames**2).mean())) / 1.5
print(f"mean squared step per unit: images {per_unit:.1e}")
first, last = path_by_depth[[0, -1]] / 1.5
print(f"  first layer {first:.1e}, last layer {last:.1e}")
assert (np.abs(path_by_depth / 1.5 / per_unit - 1) < 0.3).all()
assert level_by_depth[0] > 2 * level_by_depth[-1] and rests.max() < 0.05
assert np.ptp(tails) < 0.5 and leads[0] > 1.5 * leads[-1]
for falls in (level_by_depth, leads, firsts):
    assert (np.diff(falls) < 0).all()

# %% [markdown]
# In the tail, ranks 30 to 100, the exponent hardly changes, as the theory has it: deep is no different from shallow.
# Among the leading ranks, 5 to 30, it halves. Which of the two a plot shows depends on where one fits, and the tail
# holds no more than a hundredth or so of the variance. The level energy falls to less than a third. Deep random ReLU
# layers answer to all inputs more and more alike. The mean square is held at 1 in every layer, so what falls is how
# much of the activity varies at all: the last column is the share of the mean square that does.
#
# So the level energy falls together with the leading exponent. By the link it should rise as that exponent falls, or
# stay put with the tail's. It does neither: the link's unit is the first eigenvalue, and that falls from layer to
# layer. The path energy, meanwhile, hardly moves. With the mean square held, a wide random ReLU layer keeps the length
# of a short step; the lines below the table have it for the images, the first layer and the last.
#
# In these networks, then, a plot of the layers' energies against their exponents shows how much of the activity varies,
# and how strongly depends on the window of the fit; there is no zeta in it. Whether that explains a plot of trained
# layers cannot be told from one dot and random weights; {ref}`nb-resnet-vae` has the trained ones.

# %% [markdown]
# ## Summary
#
# - **The energy of a random projection is {math}`k/2m` of the trace**, not half of it. The printed derivation splits the
#   trace of a product, which no rule allows. Entries of variance {math}`1/k` would give half the trace.
# - **The link to zeta holds exactly at finite width**, with Hurwitz's zeta function, for every exponent but 1 (there
#   as a limit). The infinite sum is a fair approximation for {math}`s` well above 1, as printed for {math}`\alpha < -1`;
#   it fails near 1 and has no meaning below.
# - **Backwards, the printed link has no solution** above 1 for any energy below one half. The repaired one works if the
#   first eigenvalue is known to be 1. To find the exponent to within 0.05 it takes a hundred projections at
#   {math}`s = 1.5`, over a thousand at 2, tens of thousands at 3; the trace itself is cheaper.
# - **The code computes another energy.** Successive differences of centred activity cost {math}`2(1-\rho)` times the
#   level energy, or, on a circle, {math}`k/m` times {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})` in a
#   wide layer. Its slope against the step gives {math}`s` without a unit of energy, if {math}`1 < s < 3` and
#   {math}`1/m \ll \delta \ll 1`. At shorter steps every code reads 3, and near 3 no practical step tells the two
#   sides apart. One or two projections are enough for the slope.
# - Random ReLU features answer to a moving dot with a smooth path, threshold features with a rough one. Their level
#   energies differ by a quarter, their path energies by a factor of almost fifty at steps of 0.006 radians and less than
#   two at 0.2.
# - **Along a stack of random ReLU layers** the exponent of the tail hardly changes and that of the leading ranks halves.
#   The level energy falls to less than a third, and the path energy stays.
#
# **What it means for reading a network.** A picture of a random projection is honest about the smoothness of the path,
# which the energy of 2.5 cannot show. If each halving of the step quarters the path energy, over the steps that one can
# take, fine detail holds little of the variance, and the spectrum is steep over that range. If it only halves, the path
# is rough there, and the spectrum flatter. How many directions matter is another question, on which the leading ranks
# decide: the participation ratio was 7.6 for one smooth path and 11.2 for one rough path, more than three dimensions
# show in either case. To tell smooth from rough, do not compare energies between layers, which differ first of all in
# how much of their activity varies. Move the input in smaller and smaller steps, and look at how fast the path energy
# falls, step by step.
#
# What this does not show: anything about trained networks, or about inputs without a parameter that can be moved at
# will, such as text. There the time axis has correlations of its own, and the path of a sentence has no smaller
# steps; {ref}`nb-trajectories` goes there. Nor does a smooth path mean that units are easy to name. What comes next, in
# {ref}`nb-resnet-vae`, is the experiment that this chapter imitates, with a trained network in place of a random one.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-zeta-depth
# Two layers of threshold units instead of one: is the path rougher? Predict the slope first. (The probability that a
# threshold unit of the first layer flips is proportional to the step, so the squared distance between two answers of
# that layer is, too. What does the next layer make of the square root of that?)
# ```
#
# ````{solution} ex-zeta-depth
# :class: dropdown
# A unit of the second layer flips with a probability proportional to the distance of its inputs, not its square:
# {math}`\delta^{1/2}`. So the slope halves with every layer, and the exponent falls towards 1. The folded cell below
# measures it. Five hundred units are few for this, likely because a short step then flips but a handful in the first
# layer, and a square root averages badly over so few; four thousand agree with the prediction.
# ````

# %% tags=["hide-cell"]
lines = ["layers   predicted slope   measured"]
for width in (feature_width, 4_096):
    for depth in (1, 2, 3):
        activity = random_features(frames, depth, threshold, width=width)
        pair = [energy_of_a_step(activity, stride) for stride in (1, 4)]
        slope = circle_code.exponent_from_steps(step[[0, 2]], pair)[0] - 1
        halved = 2.0 ** (1 - depth)
        line = f"{depth:6d}{halved:18.2f}{slope:11.2f} with {width:,d} units"
        lines.append(line)
        assert abs(slope - halved) < (0.2 if width < 4_096 else 0.03)
print(*lines, sep="\n")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
