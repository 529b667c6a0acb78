# %% [markdown]
# (nb-zeta-energy)=
# # Exponent and energy of a random projection
#
# The last chapter measured the exponent of a spectrum from all of its eigenvalues. (Its trained layer was no power law;
# here a power law is assumed.) Could one glance do? Take the activity of a few thousand neurons, multiply it by a random
# matrix with three columns, and watch the point that it traces in space. Some networks draw smooth loops, others a scribble. {cite:t}`marshall2024` compute an *energy* from such
# pictures; section 2.5 of their supplement links it to the exponent through Riemann's zeta function. If that worked, one
# cheap random projection would tell how a network spreads its variance over directions.

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
# The derivation loses a factor of {math}`m/k`, hundreds for a real layer, and replaces a finite sum by an infinite one;
# both can be repaired exactly. What cannot be repaired is what it is for: the repaired energy is a trace, so it knows the
# sum of the eigenvalues and nothing else. But the experiments compute *another* energy, that of successive differences,
# and how it falls with the step does give an exponent: between 1 and 3 in theory; from 1.5 to 2.5, to within 0.1, by
# 1,600 units and the steps of a window that this chapter finds. No trained network is read.
#
# - {ref}`sec-zeta-trace`: the printed lines, and the factor that is lost.
# - {ref}`sec-zeta-link`: exactly at finite width, and exponents near one.
# - {ref}`sec-zeta-back`: how many projections an exponent takes.
# - {ref}`sec-zeta-steps`: successive differences in place of levels.
# - {ref}`sec-zeta-smooth`: the window of steps, and the exponent at which a path gets a velocity.
# - {ref}`sec-zeta-dot`: random networks, both energies, and a recipe for a network of your own.
#
# You need covariance matrices, the trace, and the idea of a {term}`power law`. Symbols are those of
# {doc}`../book/notation`: {math}`m` units, {math}`k` dimensions of the projection, eigenvalues
# {math}`\lambda_i = i^{-s}` of the covariance {math}`\Sigma`; {math}`s` is the {math}`\alpha` of the last chapter. The
# supplement writes {math}`i^{\alpha}`, with a negative {math}`\alpha` in this section.

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
# Four such paths, in the plane, of made-up *codes*: activity that answers to a stimulus, which goes once around a
# circle. Only the exponent differs.

# %% mystnb={"figure": {"caption": "One turn of a circle of stimuli, seen through a random projection to the plane, for codes of exponent s and equal mean square, from the same random numbers. Each panel is scaled to its path. The critical exponent, derived below, is 3.", "name": "fig-paths"}, "image": {"alt": "Four panels, two by two, each with one closed curve. At exponent 1.5 a dense scribble of straight jumps. At 2.5 a crumpled line, jagged at every scale. At 4 a wiggly loop with a small inner loop. At 6 a clean, round loop with one dent."}} tags=["hide-input"]
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


def draw(ax, path, title):
    """A path in the plane, scaled to the panel."""
    ax.plot(*path.T, color="0.1", linewidth=0.5)
    ax.text(0.5, 1.02, title, ha="center", transform=ax.transAxes)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


fig, axes = plt.subplots(2, 2, figsize=(4.8, 5.0))
for ax, s_ in zip(axes.flat, (1.5, 2.5, 4.0, 6.0), strict=True):
    std = i_axis[:, None] ** (-s_ / 2)
    z = waves[0] @ (std * r_cos) + waves[1] @ (std * r_sin)
    side = "rough" if s_ < en.critical_exponent(1) else "smooth"
    draw(ax, z / np.sqrt((z**2).mean()), f"s = {s_:g}, {side}")
plt.show()

# %% [markdown]
# (sec-zeta-trace)=
# ## The trace, step by step
#
# The activity {math}`A` is a row of {math}`m` numbers with mean 0 and covariance {math}`\Sigma`. The projection
# {math}`r` has {math}`k = 3` columns, and its entries have variance {math}`1/m`. These are the printed lines, where
# "action" is the energy:
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
# >
# > […] we rewrite the expected action as a sum over the power law,
# >
# > ```{math}
# > \langle E[z] \rangle = \frac{1}{2} \sum_i \lambda_i = \frac{1}{2} \sum_i i^\alpha
# > \approx \frac{1}{2} \sum_{i=1}^{\infty} i^\alpha
# > = \frac{1}{2} \sum_{i=1}^{\infty} \frac{1}{i^{-\alpha}} = \frac{1}{2} \zeta(-\alpha).
# > ```
#
# ```{prf:definition} Level energy (the supplement's energy, or action)
# :label: def-level-energy
# The level energy is the mean {math}`\langle E\rangle` of half the squared length of the projected activity
# {math}`z = Ar`, {math}`E = \tfrac12 |Ar|^2`.
# ```
#
# For three columns {math}`|Ar|^2` is the trace of {math}`r^T A^T A r`; for one the first display stands. What fails on
# either reading is the next step, which splits the trace of a product into a product of traces.

# %% tags=["hide-input"]
from polylib.derivation import Derivation, named
from sympy import (
    IndexedBase,
    KroneckerDelta,
    Rational,
    Sum,
    cos,
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
both_agree = KroneckerDelta(i, l) * KroneckerDelta(j, q)

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
traces

# %%
one, other = np.diag([2, 0]), np.diag([0, 3])
print(f"trace of the product {np.trace(one @ other)}", end=", ")
print(f"product of the traces {np.trace(one) * np.trace(other)}")

# %% [markdown]
# Such a rule gives 6 for 0. The mean of {math}`r r^T` *is* a multiple of the identity, but what comes out is the
# multiple, {math}`k/m`, and not the trace, {math}`k`.
#
# ```{prf:theorem} Energy of a random projection
# :label: thm-level-energy
# Let {math}`A` and {math}`r` be independent with finite second moments, and let the entries of {math}`r` be
# uncorrelated with mean 0 and variance {math}`v`. With {math}`M = \langle A^T A\rangle`
#
# $$\langle E\rangle = \frac{v k \operatorname{tr}(M)}{2}$$
#
# and for {math}`v = 1/m` and centred activity
#
# $$\langle E\rangle = \frac{k \operatorname{tr}(\Sigma)}{2 m}$$
# ```

# %% tags=["hide-input"]
lam = IndexedBase("lambda", positive=True)
v = symbols("v", positive=True)
length = named("|A r|^2", Sum(Sum(A[i] * r[i, j], units) ** 2, columns))
multiplied = Sum(r[i, j] * A[i] * A[l] * r[l, j], units, others, columns)
trace_gram = named(r"\operatorname{tr}(r^T A^T A r)", multiplied)
half, section = Rational(1, 2), "supplement 2.5"
moments = Sum(M[i, l] * R[i, j, l, j], units, others, columns) / 2
half_square = named(r"\langle E\rangle", moments)
tr_M = named(r"\operatorname{tr}(M)", Sum(M[i, i], units))
entries_of_r = {R[i, j, l, q]: v * both_agree}
of_r = named(
    r"\langle\operatorname{tr}(r^T r)\rangle", Sum(1 / m, units, columns)
)
of_A = named(r"\operatorname{tr}(\langle A^T A\rangle)", Sum(lam[i], units))
tr_L = named(r"\operatorname{tr}(\Sigma)", Sum(lam[i], units))
level = named(r"\langle E[z]\rangle", k / (2 * m) * Sum(lam[i], units))
with evaluate(False):
    split, split_right = half * of_r * of_A, of_r * of_A / (2 * m)
    half_trace, unsplit = half * tr_L, k / 2 * tr_L
decay = {1: Rational(4, 7), 2: Rational(2, 7), 3: Rational(1, 7)}
decay = {m: 3, k: 2, lam: decay}

# %% tags=["hide-input"]
steps = Derivation("The energy is k/2m of the trace", source=section)
steps.equal(length, trace_gram, "the squared length is the trace")
words = "its mean is vk/2 of the trace; R: second moments of r"
steps.equal(half_square, v * k / 2 * tr_M, words, given=entries_of_r)
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
# and take the mean. By independence, each term is a second moment {math}`M_{il}` of {math}`A` times one of {math}`r`,
# {math}`R_{ijlq}`, and the latter is {math}`v` if both indices agree and 0 if not. What is left of the column is
# {math}`v` times the sum of {math}`\langle A_i^2 \rangle`, the trace.
# ```
#
# Two steps in print are wrong: the first makes the result {math}`m` times too large and the second {math}`k` times too
# small. Read for one column, only the first is. A simulation agrees; its last line has random signs in place of
# Gaussians.

# %% tags=["hide-input"]
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


drawn = Derivation("The energy by Monte Carlo", source="this book")
for s_, m_, k_ in ((2.0, 8, 3), (1.5, 64, 3), (1.5, 64, 1), (1.5, 64, 64)):
    what = f"m = {m_}, k = {k_}, s = {s_}"
    drawn.sampled(en.power_law_energy(s_, m_, k_), *simulate(s_, m_, k_), what)
signs = simulate(1.5, 64, 3, signs=True)
drawn.sampled(en.power_law_energy(1.5, 64), *signs, "m = 64, k = 3, random signs")
drawn

# %%
for m_ in (64, n_units):
    wrong = en.partial_zeta(1.5, m_) / 2
    times = wrong / en.power_law_energy(1.5, m_)
    print(f"m = {m_:,}, k = 3: half the trace is {times:.0f} times too much")
    assert np.isclose(times, m_ / 3)

# %% [markdown]
# The supplement's result is right for entries of variance {math}`1/k`, and for {math}`k = m`. Activity that is not centred
# adds the square of its mean; ReLU activity has a large one.

# %% tags=["hide-input"]
tr_S = named(r"\operatorname{tr}(\Sigma)", Sum(S[i, i], units))
mu_2 = named(r"|\mu|^2", Sum(mu[i] ** 2, units))
by_m, by_k = ({R[i, j, l, q]: both_agree / x} for x in (m, k))
centred = {M[i, l]: S[i, l]}
not_centred = {M[i, l]: S[i, l] + mu[i] * mu[l]}
full = Sum(M[i, l] * R[i, j, l, j], units, others, (j, 1, m)) / 2
with evaluate(False):
    half_S, as_printed = half * tr_S, k / (2 * m) * tr_S
    with_mean = k / (2 * m) * (tr_S + mu_2)
normal = Derivation("Normalisation and mean", source="this book")
words = "entries of variance 1/m, as in print: k/2m of the trace"
normal.equal(half_square, as_printed, words, given=by_m | centred)
normal.equal(half_square, half_S, "entries of variance 1/k", given=by_k | centred)
words = "as many dimensions as units"
normal.equal(full, half_S, words, given=by_m | centred)
words = "a mean adds its square"
normal.equal(half_square, with_mean, words, given=by_m | not_centred)
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
# The supplement takes the first eigenvalue to be 1, and the sum to be endless, because the later terms vanish. But it is
# their *sum* that has to be small, and near an exponent of one, which {cite:t}`stringer2019` measured in visual cortex,
# it is not. What is left out is a zeta function itself, that of Hurwitz,
# {math}`\zeta(s, m+1) = \sum_{i>m} i^{-s}`.
#
# ```{prf:theorem} The link at finite width
# :label: thm-finite-link
# Let centred activity have eigenvalues {math}`i^{-s}`, {math}`i \le m`, with real {math}`s \ne 1`. Its level energy is
#
# $$\langle E[z]\rangle = \frac{k \sum_{i=1}^{m} i^{- s}}{2 m}$$
#
# and the sum is that of two zeta functions,
#
# $$\sum_{i=1}^{m} i^{- s} = \zeta\left(s\right) - \zeta\left(s, m + 1\right)$$
#
# For {math}`s > 1` the infinite sum is too large by {math}`\zeta(s, m+1)`, which lies between
# {math}`(m+1)^{1-s}/(s-1)` and {math}`m^{1-s}/(s-1)`.
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
link.equal(energy, link_right, "the energy is k/2m of it")
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

# %% [markdown]
# ```{prf:proof}
# For {math}`s > 1` the box has it all. Below 1, too, {math}`\zeta(s, m)` loses {math}`m^{-s}` from {math}`m` to
# {math}`m + 1`, and {math}`\zeta(s, 1)` is {math}`\zeta(s)`; add up. For the tail let {math}`n \to \infty` in the next
# box: {math}`i^{-s}` lies between the integrals of {math}`x^{-s}` over the unit interval after and before {math}`i`.
# ```

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
# The constant must be repaired anyway. With it, how wrong is the infinite sum?

# %% mystnb={"figure": {"caption": "Relative error of the infinite sum, ζ(s) divided by the sum of m terms, less one, over exponent and number of units. Right of a line the error is smaller than its label.", "name": "fig-error-map"}, "image": {"alt": "Contour map over exponents from 1 to 3 and 16 to 65,536 units. The lines of 0.01, 0.1, 1, 10 and 100 percent fall from the upper left to the lower right, the 100 percent line almost upright at the left edge: even at 65,536 units the error exceeds 100 percent below an exponent of about 1.06, and one percent is reached only above 1.4."}} tags=["hide-input"]
s_axis, widths = np.linspace(1.001, 3, 400), 2.0 ** np.arange(4, 16.1, 0.25)
sums = en.partial_zeta(s_axis, widths[:, None].round())
error = 2 * en.power_law_energy_printed(s_axis) / sums - 1
fig, ax = plt.subplots(figsize=(5.2, 4.2))
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
ax.clabel(lines, fmt=labels, fontsize=11, manual=where)
ax.set_yscale("log", base=2)
ax.set(xlabel="exponent s", ylabel="number of units m", xlim=(1, 3))
ax.set_xticks([1, 1.5, 2, 2.5, 3])
plt.show()


# %%
def zeta_of(s):
    """zeta(s), continued below its pole at 1."""
    return 2 * en.power_law_energy_printed(s) if s != 1 else np.nan


# %% tags=["hide-input"]
from polylib.tables import table

some = [2.0, 1.5, 1.2, 1.04, 1.0, 0.5, -1.5, -2.0]
sums, zetas = en.partial_zeta(some, 1_024), [zeta_of(s_) for s_ in some]
shown = {"s": some, "sum": sums}
shown["ζ(s)"] = ["pole" if x != x else f"{x:.3f}" for x in zetas]
over = zip(some, zetas / sums - 1, strict=True)
shown["error"] = [f"{x:.2g}" if s_ > 1 else "" for s_, x in over]
caption = "Sum of 1,024 terms, ζ(s), and the relative error of the infinite sum."
table(shown, caption, {"sum": ",.3f"})

# %% tags=["hide-input"]
from scipy.optimize import brentq


def excess(log_m, s):
    """Log of the infinite sum over that of so many terms, less one per cent."""
    total = en.partial_zeta(s, np.round(np.exp(log_m)))
    return np.log(zeta_of(s) / total / 1.01)


for s_ in (2.0, 1.5, 1.2):
    enough = np.exp(brentq(excess, 0, 40, args=(s_,)))
    print(f"s = {s_}: one per cent takes {float(f'{enough:.2g}'):,.0f} units")
assert 5e9 < enough < 7e9

# %% [markdown]
# The tail is about {math}`m^{1-s}/(s-1)`: at {math}`s = 2` sixty units will do, at 1.2 it takes six thousand million,
# and at 1.04 a thousand units leave the infinite sum almost four times too large. At 1 and below the infinite sum
# diverges. Below 1 the zeta function is still defined, by continuation, but may be negative, which no energy can be.
# The last two rows are a trap: an exponent of 1.5 is {math}`\alpha = +1.5` in the supplement's Theorem 4; put into
# {math}`\zeta(-\alpha)`, it gives a negative energy, and 2 gives 0.

# %% tags=["hide-input"]
slips = Derivation("Words of section 2.5", source=section)
words = "power law exponent: no power series is meant"
slips.remark("power series decay parameters", words, line="first sentence")
words = r"its trace; as it stands a $k \times k$ matrix, unless $r$ is one column"
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
# Could one measure an energy and infer the exponent? The repaired energy falls with {math}`s`, from infinity to
# {math}`k/2m`, where only the first eigenvalue is left. So every energy above that limit belongs to exactly one real
# {math}`s`, and `energy.exponent_from_energy` finds it.


# %% tags=["hide-input"]
def from_zeta(total):
    """The s > 1 with zeta(s) = total, if there is one."""
    if total <= 1:
        return None
    return brentq(
        lambda s: 2 * en.power_law_energy_printed(s) - total, 1 + 1e-9, 60
    )


layers = ((64, 1.5), (1024, 1.5), (4096, 1.04), (4096, 1.2), (4096, 2.0))
energies = [en.power_law_energy(s_, m_) for m_, s_ in layers]

# %% tags=["hide-input"]
shown = {"m": [m_ for m_, _ in layers], "true s": [s_ for _, s_ in layers]}
shown["as printed"] = [from_zeta(2 * e) or "none" for e in energies]
infinite = [
    from_zeta(2 * m_ * e / 3) for (m_, _), e in zip(layers, energies, strict=True)
]
shown["infinite sum"] = infinite
back = [
    en.exponent_from_energy(e, m_)
    for (m_, _), e in zip(layers, energies, strict=True)
]
shown["finite sum"] = back
assert set(shown["as printed"]) == {"none"}
assert np.allclose(back, shown["true s"]) and (infinite > np.array(back)).all()
caption = "Exponent above 1 inferred from the exact energy by three links."
table(shown, caption, {"infinite sum": ".3f", "finite sum": ".3f"})

# %% [markdown]
# The printed link has no answer above 1: there {math}`\zeta(s)/2` is never below one half, and the energies are. With
# the right constant the infinite sum errs upwards, from a tenth near one to nothing at 2.
#
# Two things stand between this and a measurement. The first is the unit of energy: the link assumes a first eigenvalue of
# 1, so a layer that is merely louder looks as if its spectrum were flatter.

# %%
e = en.power_law_energy(1.5, n_units)
for gain in (0.8, 1.0, 1.25, 2.0):
    seen = en.exponent_from_energy(gain**2 * e, n_units)
    print(f"activity times {gain:4.2f}: inferred exponent {seen:.2f}")
assert seen < 1 < 1.5

# %% [markdown]
# Who divides by the first eigenvalue usually has the others, too. The second thing is chance.
#
# ```{prf:theorem} Spread over projections
# :label: thm-spread
# Let the entries of {math}`r` be independent Gaussians of mean 0 and variance {math}`1/m`. The energy {math}`E_r` of one
# projection, averaged over centred activity, is then a weighted sum of independent chi-squares: one with {math}`k`
# degrees of freedom for each eigenvalue, weighted by {math}`\lambda_i / 2m`. Its variance over the square of its mean is
#
# $$\frac{\operatorname{Var}(E_r)}{{\langle E_r\rangle}^{2}} = \frac{2}{k PR}$$
#
# where {math}`PR = (\sum_i \lambda_i)^2 / \sum_i \lambda_i^2` is the {term}`participation ratio` of the spectrum.
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


def relative_spread(energies):
    """Standard deviation over mean, and the standard error of that."""
    scaled = energies / energies.mean()
    fourth, seen = ((scaled - 1) ** 4).mean(), scaled.std()
    return seen, np.sqrt((fourth - seen**4) / len(energies)) / (2 * seen)


# %% tags=["hide-input"]
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
# variance {math}`2k`. (In the box {math}`V_{ijlq}` is the covariance of {math}`r_{ij}^2` and {math}`r_{lq}^2`.)
# ```
#
# Steep spectra have few dimensions that matter. A single three-dimensional projection of a layer with {math}`s = 2` scatters by half its
# energy (standard deviation), however wide the layer.


# %% mystnb={"figure": {"caption": "Exponents inferred from the exact finite-width link at the first eigenvalue 1, 95 % of all outcomes, when the energy is averaged over 10, 100 or 1,000 random projections to three dimensions. Energies below k/2m fit no exponent; a band that meets the top goes on above it.", "name": "fig-inferred"}, "image": {"alt": "Three nested bands around the diagonal, inferred against true exponent from 1 to 3. All are narrow at exponent one. The band of ten projections widens fast, reaches from 1.6 to above 3 at exponent two, and leaves the picture at 2.1; the band of a hundred leaves the picture at about 2.9; that of a thousand stays within a third of the diagonal."}} tags=["hide-input"]
def mean_of_projections(s, n, draws=400):
    """Energies averaged over n projections: chi-squares with 3 n degrees."""
    spectrum = np.arange(1, n_units + 1) ** -s
    chi = rng.chisquare(3 * n, (draws, n_units))
    return chi @ spectrum / (2 * n_units * n)


s_true = np.linspace(1, 3, 11)
floor = 3 / (2 * n_units) * 1.001  # at lower energies no exponent fits
fig, ax = plt.subplots(figsize=(5.6, 4.2))
for index, n_ in enumerate((10, 100, 1_000)):
    energies = [mean_of_projections(s_, n_) for s_ in s_true]
    band = np.quantile(energies, [0.025, 0.975], axis=1).clip(floor)
    high, low = en.exponent_from_energy(band, n_units)
    style = {"color": f"C{index}", "alpha": 0.25 + 0.1 * index, "linewidth": 0}
    ax.fill_between(s_true, low, high, **style)
    edges = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(s_true, low, label=f"{n_:,} projections", **edges)
    ax.plot(s_true, high, **edges)
ax.plot(s_true, s_true, color="0.1", linewidth=1)
ax.set(xlabel="true exponent s", ylabel="inferred exponent", ylim=(0.8, 4))
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# How many projections give the exponent to within 0.05, nineteen times in twenty? A small relative error of the energy
# moves {math}`s` by that error over the slope of log energy; a simulation counts how often the number suffices.


# %%
def projections_needed(s):
    """How many give the exponent to within 0.05, by the slope of log energy."""
    ends = np.log(en.partial_zeta(np.array([s - 1e-4, s + 1e-4]), n_units))
    ratio = en.participation_ratio(np.arange(1, n_units + 1) ** -s)
    slope = (ends[0] - ends[1]) / 2e-4
    return int(np.ceil(2 / (3 * ratio) * (1.96 / (0.05 * slope)) ** 2))


# %% tags=["hide-input"]
s_some = [1.04, 1.2, 1.5, 2.0, 3.0]
shown = {"s": s_some, "PR": [], "PR, m = ∞": [], "projections": [], "within": []}
for s_ in s_some:
    needed = projections_needed(s_)
    several_ = mean_of_projections(s_, needed, 1_000)
    off = np.abs(en.exponent_from_energy(several_, n_units) - s_)
    ends = en.power_law_energy_printed(s_), en.power_law_energy_printed(2 * s_)
    shown["PR"].append(en.participation_ratio(np.arange(1, n_units + 1) ** -s_))
    shown["PR, m = ∞"].append(2 * ends[0] ** 2 / ends[1])
    shown["projections"].append(needed)
    shown["within"].append(f"{(off < 0.05).mean():.0%}")
    assert (off < 0.05).mean() > 0.92
caption = (
    f"Projections that give the exponent of {n_units:,} units to within 0.05, "
    "and how often they do; their participation ratio, and that of endless ones."
)
digits = {"PR": ".1f", "PR, m = ∞": ".1f", "projections": ",d"}
table(shown, caption, digits)

# %% [markdown]
# All of this noise is home-made: the average approaches
# {math}`k/2m` times the mean of {math}`|A|^2`, which needs no projection. Random projections estimate a trace *when the matrix cannot be had* {cite:p}`hutchinson1990`. Here it can.

# %% [markdown]
# (sec-zeta-steps)=
# ## The energy that the program computes
#
# In the supplement's section 1, on the program behind the figures, the energy of a set of points is "the squared
# magnitude of the differences between successive points". That is not {prf:ref}`def-level-energy`.
#
# ```{prf:definition} Path energy (what the program computes, up to the half)
# :label: def-path-energy
# The path energy is half the sum, over the steps of a path, of the squared length of the step. Per step we write
# {math}`E_\Delta`.
# ```
#
# The level energy does not know in which order the points come. The path energy is about nothing else.
#
# ```{prf:theorem} Path energy of a random projection
# :label: thm-path-energy
# Let the activity be independent of {math}`r` and stationary: its mean, its covariance {math}`\Sigma` and the
# covariance {math}`C` of successive values stay the same. Whatever the mean, the expected path energy of a step is
#
# $$E_\Delta = \frac{k \left(\operatorname{tr}(\Sigma) - \operatorname{tr}(C)\right)}{m}$$
#
# If all modes have the same correlation {math}`c` from one step to the next, {math}`C = c\Sigma`, it is, of
# activity that is *centred*, {math}`2(1-c)` times the level energy,
#
# $$E_\Delta = 2 \left(1 - c\right) \frac{k \operatorname{tr}(\Sigma)}{2 m}$$
#
# If principal component (mode) {math}`i` has its own {math}`\rho_i`, it is
#
# $$E_\Delta = \frac{k \sum_{i=1}^{m} \lambda_{i} \left(1 - \rho_{i}\right)}{m}$$
# ```

# %% tags=["hide-input"]
tr_C = named(r"\operatorname{tr}(C)", Sum(C[i, i], units))
E_step = named(r"E_\Delta", moments)
difference = by_m | {M[i, l]: 2 * S[i, l] - C[i, l] - C[l, i]}
same_rho = difference | {C[i, l]: c * S[i, l]}
own_rho = {C[i, l]: own[i] * lam[i] * KroneckerDelta(i, l)}
own_rho |= difference | {S[i, l]: lam[i] * KroneckerDelta(i, l)}
with evaluate(False):
    gap = k / m * (tr_S - tr_C)
    factor = 2 * (1 - c) * (k / (2 * m) * tr_S)
    by_mode = k / m * Sum(lam[i] * (1 - own[i]), units)
differences = Derivation("Two energies that are not the same", "supplement 1")
words = "variances less covariances of successive values"
differences.equal(E_step, gap, words, given=difference)
words = "one correlation c of all modes: the level energy times 2(1 - c)"
differences.equal(E_step, factor, words, given=same_rho)
words = "each mode with its own correlation"
differences.equal(E_step, by_mode, words, given=own_rho)
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
# A step of an uncorrelated series costs two level energies; at {math}`c = 0.9` it costs a fifth of one, whatever
# the spectrum. So a low path energy need not say anything about the exponent: the stimulus may have moved slowly.

# %% [markdown]
# (sec-zeta-smooth)=
# ## Smooth and rough paths
#
# The supplement moves a *dot on a circle*. A population that answers to an angle, with no angle preferred, has sines and
# cosines as its modes, two of equal variance at each frequency. Let the {math}`i`-th pair have variance {math}`i^{-s}`. A
# step of {math}`\delta` radians turns the pair by {math}`i\delta`, its correlation is {math}`\cos i\delta`, and
# {prf:ref}`thm-path-energy` gives a sum that is, endless, a zeta function after all, less a polylogarithm
# {math}`\mathrm{Li}_s(z) = \sum_i z^i / i^s`.
#
# Where should the path turn smooth? Differentiating multiplies the variance of frequency {math}`i` by {math}`i^2`. So
# the variance of the derivative is the sum of {math}`i^{2-s}`, which has a limit for {math}`s > 3` only: 3 is the
# *critical* exponent. But {math}`m` units have at most {math}`m/2` frequencies, and steps far below the finest wavelength
# see a smooth path whatever {math}`s` is. The exponent shows above that length, and below one radian.
#
# ```{prf:theorem} Path energy on a circle
# :label: thm-circle
# Let {math}`m` units answer to an angle with {math}`n = m/2` frequencies, a sine and a cosine each, together of variance
# {math}`i^{-s}`. A step of {math}`\delta` costs
#
# $$E_\Delta = \frac{k \sum_{i=1}^{n} i^{- s} \left(1 - \cos{\left(i \delta \right)}\right)}{m}$$
#
# For {math}`s > 1` the sum tends to {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})` as
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
# If {math}`i\delta` is small for every {math}`i \le m/2`, then {math}`1 - \cos i\delta` is {math}`i^2\delta^2/2`: the last
# claim. Inside the window the frequencies above {math}`m/2` add at most the order of {math}`m^{1-s}`. The expansion of
# the polylogarithm at 1 gives, for {math}`0 < \delta < 2\pi` and {math}`s` that is not a whole odd number,
#
# ```{math}
# \zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})
# = {} & \frac{\pi\, \delta^{s-1}}{2\,\Gamma(s) \sin(\pi(s-1)/2)} \\
# & + \frac{\zeta(s-2)}{2} \delta^2 - \frac{\zeta(s-4)}{24} \delta^4 + \dots
# ```
#
# If {math}`s < 3` the first term leads and the second is smaller by {math}`\delta^{3-s}`; if {math}`s > 3` the sum is like {math}`\zeta(s-2)\delta^2/2`, as that series converges. At {math}`s = 3` both are infinite, and their sum tends to {math}`\delta^2 (\log(1/\delta) + 3/2)/2`. Beside each
# of these {math}`m^{1-s}` vanishes as {math}`m\delta \to \infty`.
# ````

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
delta, code = symbols("delta", positive=True), circle_code.step_energy
var = IndexedBase("lambda", real=True)
on_circle = named(r"E_\Delta", k / m * Sum(var[i] * (1 - own[i]), (i, 1, n)))
with evaluate(False):
    turned = k / m * Sum(i ** (-s) * (1 - cos(i * delta)), (i, 1, n))
pairs = {var[i]: i ** (-s), own[i]: cos(i * delta)}
circle = Derivation("Path energy on a circle", "this book")
words = "pairs of variance i⁻ˢ, which a step turns by iδ"
circle.equal(on_circle, turned, words, given=pairs)
steps_d = (1e-4, 0.01, 0.1, 1.0, 3.0, 6.0)
grid = [(s_, d) for s_ in (2, 4) for d in steps_d]
words = "endless: πδ/2 - δ²/4 for s = 2, π²δ²/12 - πδ³/12 + δ⁴/48 for s = 4"
circle.agrees(code, polynomial, grid, 1e-9, words)
grid = [(s_, d) for s_ in (1.5, 2.5, 3.0) for d in (0.01, 0.1, 3.0)]
words = "polylogarithm against four million terms"
circle.agrees(code, direct_sum, grid, 1e-6, words)
grid = [(s_, d) for s_ in (1.2, 2.2, 2.8, 3, 3.5, 4, 6) for d in (1e-6, 1e-3)]
words = "two terms of the expansion, or the logarithm at s = 3"
circle.agrees(code, expansion, grid, 1e-6, words)
start = rng.uniform(0, 2 * np.pi, (4_000, n_frequencies))
moved = np.sqrt(2) / i_axis * (np.cos(start + i_axis * 0.1) - np.cos(start))
seen = (moved * rng.normal(size=moved.shape)).sum(1) ** 2 / 2
error = seen.std() / np.sqrt(len(seen))
words = "simulated steps of every frequency, s = 2, δ = 0.1"
circle.sampled(code(2, 0.1, n_frequencies), seen.mean(), error, words)
circle

# %% [markdown]
# On logarithmic axes the *slope* of the path energy against the step has no unit. So
# measure it at a step {math}`\delta` and at its double: one plus the base-2 logarithm of their ratio *reads*
# {math}`s`, if {math}`1 < s < 3` and the step is inside the window.


# %% mystnb={"figure": {"caption": "Codes of 1,600 units on a circle. Top: path energy of one step against its length. Bottom: the exponent read off a step and its double; grey, the window of the recipe below, where 1.5 to 2.5 are read to 0.1. Thin: the same for endless frequencies, which have no sharp end and so no bumps near 0.01.", "name": "fig-slopes"}, "image": {"alt": "Two panels, one above the other, against steps from a ten-thousandth of a radian to one. Top, six rising lines on log-log axes, one an exponent, that meet near one radian; below a thousandth of a radian all are parallel. Bottom, the readings. From about a hundredth to a tenth of a radian they lie near the true exponents 1.5, 2 and 2.5, and at 2.7, 2.9 and 3 for 2.8, 3.2 and 4; a grey band covers two hundredths to nine. Towards shorter steps all rise to 3, while thin lines, for endless frequencies, stay level; towards one radian all fall."}} tags=["hide-input"]
def reading(s, step, units=None):
    """The exponent read off a step and its double."""
    pair = np.stack([step, 2 * np.asarray(step)], axis=-1)
    cost = circle_code.step_energy(s, pair, units and units // 2)
    return circle_code.exponent_from_steps(pair, cost)[..., 0]


d_axis = np.logspace(-4, 0, 41)
fig, (top, below) = plt.subplots(2, figsize=(5.2, 6.4), sharex=True)
for index, s_ in enumerate((1.5, 2.0, 2.5, 2.8, 3.2, 4.0)):
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    cost = circle_code.step_energy(s_, d_axis, n_units // 2)
    top.loglog(d_axis, cost, label=f"s = {s_:g}", **style)
    below.semilogx(d_axis, reading(s_, d_axis, n_units), **style)
    below.semilogx(d_axis, reading(s_, d_axis), linewidth=0.6, **style)
below.axvspan(40 / n_units, 0.09, color="0.9")
top.set(ylabel="path energy of a step (k/m)")
below.set(xlabel="step δ (radians)", ylabel="exponent read off δ and 2δ")
fig.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% tags=["hide-input"]
from polylib.derivation import Dot, Level, Line, Slider, explore, named
from sympy import sin

mode = 2 * i ** (-s) * sin(i * delta / 2) ** 2  # 1 - cos, small steps exact
cost = named("E_n", lambda d: Sum(mode.subs(delta, d), (i, 1, n)))
read_off = 1 + log(cost(2 * delta) / cost(delta), 2)
explore(
    [
        Line(read_off, "exponent read off δ and 2δ"),
        Level(s, "true exponent"),
        Level(20 / n, "window: 40/m, m = 2n units", upright=True),
        Level(0.09, "window: 0.09", upright=True),
        Dot(delta, read_off, "your step"),
    ],
    x=(delta, 1e-3, 1),
    y=(1, 3.5),
    log="x",
    sliders={
        s: (1.2, 3.4, 2, 0.1),
        n: Slider(10, 1000, 800, log=True),
        delta: Slider(1e-3, 1, 0.03, log=True),
    },
    labels=("step δ (radians)", "exponent read"),
    names={s: "true exponent s", n: "frequencies n", delta: "step δ"},
    readouts={"read at your step": (read_off, ".2f")},
    points=60,
    caption="Which steps tell the exponent? From 223 frequencies on, where the "
    "upright lines meet, an exponent from 1.5 to 2.5 is read to 0.1 between them.",
    alt="The reading for s = 2 and 800 frequencies falls from 2.9 to 2 before "
    "the upright lines, stays, and ends at 1.7; a dot lies between them.",
)


# %%
endless_ = [f"{reading(s_, 0.01):.2f}" for s_ in (2.8, 3.0, 3.2)]
print("endless frequencies, at a step of 0.01: 2.8, 3 and 3.2 read", *endless_)

# %% [markdown]
# At short steps every code reads 3, because the finest frequency has been reached; at long ones the first few frequencies
# decide. More units open the window to the left. Nothing opens it to the right, and near 3 it closes: even endless codes
# with 2.8, 3.0 and 3.2 read 2.71, 2.83 and 2.91 at a hundredth of a radian.
#
# For stimuli that fill {math}`d` dimensions, not a circle, frequency goes with {math}`i^{1/d}`, and a derivative asks for
# {math}`s > 1 + 2/d`, the {term}`critical exponent` of {cite:t}`stringer2019`.

# %% [markdown]
# (sec-zeta-dot)=
# ## A dot on a circle
#
# A Gaussian blob moves on a circle in a small image, and the images pass through layers of
# random weights, of *ReLU* units, as in a network before training, or of *threshold* units, which answer 0 or 1.
#
# For endlessly many random ReLU features the theory of kernels predicts eigenvalues that fall like {math}`i^{-4}` on a
# circle, at any depth {cite:p}`bietti2021`. A threshold unit jumps, so its exponent should be 2. So {prf:ref}`thm-circle`
# predicts that a short step reads 3 for ReLU units, and 2 for threshold units.


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


def random_features(x, layers, activation, draw=seed, width=feature_width):
    """Activity (time, units) after random layers, mean square 1, then centred."""
    generator = np.random.default_rng(draw)
    for _ in range(layers):
        x = activation(x @ generator.normal(size=(x.shape[1], width)))
        x /= np.sqrt((x**2).mean())
    return x - x.mean(0)


relu, threshold = (lambda x: np.maximum(x, 0)), (lambda x: np.sign(x) / 2 + 0.5)
kinds = {"ReLU": relu, "threshold": threshold}
frames = dot_images(n_steps)

# %% mystnb={"figure": {"caption": "Top: one of the images that the networks see, with the circle on which the dot moves. Bottom: its path through one layer of random features, in a random projection to the plane: the same images, weights and projection. Each path is scaled to its panel.", "name": "fig-dot-paths"}, "image": {"alt": "Three panels. Top, a dark square with a blurred bright dot at the right of a thin circle. Bottom left, ReLU units: a closed curve that sweeps smoothly through a few loops. Bottom right, threshold units: an angular scribble of short straight jumps that covers the panel."}} tags=["hide-input"]
shallow = {name: random_features(frames, 1, f) for name, f in kinds.items()}
r_plane = en.random_projection(
    feature_width, 2, rng=np.random.default_rng(seed + 1)
)
fig, axes = plt.subplot_mosaic(
    [["image"] * 2, [*shallow]], figsize=(4.8, 4.8), height_ratios=[2, 3]
)
edge = image_size / 2
seen = frames[0].reshape(image_size, image_size)
top = axes["image"]
top.imshow(seen, cmap="gray", origin="lower", extent=[-edge, edge] * 2)
circle_ = plt.Circle((0, 0), dot_radius, fill=False, color="0.6", linewidth=0.7)
top.add_patch(circle_)
top.set_axis_off()
top.set_title("an image", fontsize=10)
for name, activity in shallow.items():
    path = np.vstack([activity, activity[:1]]) @ r_plane
    draw(axes[name], path, f"{name} units")
plt.show()

# %%
from polylib.representation import eigenspectrum, fit_power_law

strides = 2 ** np.arange(7)
step = 2 * np.pi * strides / n_steps


def spectrum_of(activity):
    """Eigenvalues of the covariance, over n: the path is all there is."""
    return (1 - 1 / len(activity)) * eigenspectrum(activity)


def step_costs(activity):
    """Mean path energy of steps of 1, 2, 4, ... places, over projections."""
    return 3 / activity.shape[1] * circle_code.step_costs(activity, strides)


# %% tags=["hide-input"]
dot = Derivation("A dot before random features", "this book")
read_once = {}
for name, activity in shallow.items():
    r = en.random_projection(feature_width, 3 * n_projections, rng=rng)
    z = (activity @ r).reshape(n_steps, n_projections, 3).transpose(1, 0, 2)
    costs = circle_code.step_costs(z, strides)
    read_once[name] = circle_code.exponent_from_steps(
        strides[[0, 3]], costs[:, [0, 3]]
    )
    levels, lam_ = (z**2).sum(-1).mean(-1) / 2, spectrum_of(activity)
    for kind, value, energies in (
        ("level", en.projected_energy(lam_, 3), levels),
        ("path", step_costs(activity)[0], costs[:, 0]),
    ):
        error = energies.std() / np.sqrt(n_projections)
        words = f"{kind} energy, {name} units"
        dot.sampled(value, energies.mean(), error, words)
    PR_ = en.participation_ratio(lam_)
    words = f"std over mean of level energies, {name} units, PR = {PR_:.1f}"
    dot.sampled(np.sqrt(2 / (3 * PR_)), *relative_spread(levels), words)
dot

# %% [markdown]
# {prf:ref}`thm-level-energy`, {prf:ref}`thm-spread` and {prf:ref}`thm-path-energy` hold for both.


# %%
def over_networks(compute, layers, activation, count=n_networks, **options):
    """`compute` of the activity of networks of other weights: (networks, ...)."""
    draws = range(seed, seed + count)
    features = (
        random_features(frames, layers, activation, j, **options) for j in draws
    )
    return np.array([compute(x) for x in features])


costs = {name: over_networks(step_costs, 1, f) for name, f in kinds.items()}
read = {k_: circle_code.exponent_from_steps(step, x) for k_, x in costs.items()}

# %%
ratio = (costs["threshold"] / costs["ReLU"]).mean(0)[:-1]
shown = {"step": step[:-1], "energy ratio": ratio}
shown |= {name: x.mean(0) for name, x in read.items()}
caption = (
    "Path energy of threshold over ReLU units, and exponents read off a step and "
)
caption += f"its double; means over {n_networks} draws of the weights."
digits = {"step": ".3f", "energy ratio": ".1f", "ReLU": ".2f", "threshold": ".2f"}
table(shown, caption, digits)


# %%
def tail_exponent(activity):
    """Exponent of the spectrum over ranks 30 to 100."""
    return fit_power_law(spectrum_of(activity), ranks=(30, 100)).alpha


for name, f in kinds.items():
    fits = over_networks(tail_exponent, 1, f)
    print(f"{name}: exponent of the spectrum, ranks 30 to 100, {fits.mean():.1f}")

# %% tags=["hide-input"]
from polylib.finding import Finding

rougher = Finding(
    "Threshold features draw rougher paths than ReLU features",
    source="this book",
    replicates="networks",
    networks=n_networks,
    null="ReLU features of the same images with the same random weights",
    unit="logarithm of a step's path energy, mean square, mean included, 1",
)
for at, length in enumerate(step):
    both = (np.log(costs[name][:, at]) for name in ("threshold", "ReLU"))
    rougher.more(*both, step=float(f"{length:.2g}"))
rougher

# %%
own = [
    np.log(x[:, -1] / over_networks(np.var, 1, kinds[k_]))
    for k_, x in costs.items()
]
apart = own[1] - own[0]
print(f"step {step[-1]:.2f} in units of the layer's own level energy:", end=" ")
print(f"{apart.min():.2f} to {apart.max():.2f} in each network")

# %% [markdown]
# The ratio of path energies depends on the step: almost fifty at 0.006 radians, less than two at 0.2; at 0.39 on the unit
# of energy, too. The readings need no unit: the threshold networks give their exponent back;
# the ReLU networks say only "about 3, or above", which is true.
#
# How many projections does a reading take?

# %%
for name, each in read_once.items():
    one = each[:, 0]
    enough = int(np.ceil((1.96 * one.std() / 0.05) ** 2))
    print(
        f"{name}: one projection reads {one.mean():.2f} ± {one.std():.2g}",
        end=", ",
    )
    print(f"for ± 0.05 it takes {enough}")
    assert enough <= 3

# %% [markdown]
# One or two suffice for steps of one and eight places; by the level energy a power law of exponent 2 needs over a thousand.
#
# ### A recipe

# %%
window = np.geomspace(40 / n_units, 0.09, 20)
errors = [reading(x, window, n_units) - x for x in np.linspace(1.5, 2.5, 11)]
print(f"{n_units:,} units, steps from 40/m = {window[0]:.3f} to 0.09", end=", ")
print(f"s from 1.5 to 2.5: farthest off {np.abs(errors).max():.2f}")

# %% [markdown]
# 1. As a rule, steps from {math}`40/m` to 0.09 radians read any exponent from 1.5 to 2.5 to within 0.1; for one exponent the
#    window is wider (the second table below). Move the input evenly along a loop, record the activity, or one
#    projection, and give it to `circle_code.step_costs` with steps of 1, 2, 4, 8, … places, and what comes out to
#    `circle_code.exponent_from_steps`.
# 2. A plateau between 1.2 and 2.6 over two octaves or more is the exponent of the frequencies along the path; one near 1
#    says "1 or below", as noise does. The first is also the spectrum's if no place of the path is preferred and the units are many draws of one kind; a few loud units can
#    make the spectrum steeper. If each unit answers to one frequency, that table says which steps to use; if each answers to
#    all, as random features do, few units suffice.
# 3. Readings that rise to 3 at short steps have reached the finest frequency: take more units and finer images. Rounded input, such as whole grey values, makes them fall instead, to 2 for ReLU units, and that
#    plateau is no exponent: move the input in floating point.
# 4. Readings between 2.7 and 3 say "2.7, or above".
# 5. Repeat with other draws or trainings. Below deep layers others must be wide, too: {ref}`ex-zeta-depth`.


# %% tags=["hide-input"]
def read_at_one_place(n, activation, greys):
    """Exponent read off steps of one place of n and of two, by 128 units."""
    seen = dot_images(n)
    if greys:
        seen = np.round(greys * seen) / greys
    x = random_features(seen, 1, activation, width=128)
    return circle_code.exponent_from_steps(
        [1, 2], circle_code.step_costs(x, [1, 2])
    )[0]


shown = {"places": [1_024, 4_096, 16_384]}
for name, f in kinds.items():
    for greys, words in ((0, name), (255, f"{name}, whole greys")):
        read_off = [read_at_one_place(n_, f, greys) for n_ in shown["places"]]
        shown[words] = read_off
caption = (
    "Exponent read off a step of one place and its double, one network each."
)
table(shown, caption, {"places": ",d"} | dict.fromkeys([*shown][1:], ".2f"))


# %%
def trusted(s, units=40_000):
    """Shortest step, times units, and longest that read s to within 0.1."""
    short, long = np.logspace(0, 2.4, 400) * 2 / units, np.logspace(-3, 0.3, 60)
    last = np.flatnonzero(reading(s, short, units) > s + 0.1)[-1]
    right = abs(reading(s, long) - s) < 0.1
    return np.ceil(units * short[last + 1]), long[right].max()


# %%
some = {s_: trusted(s_) for s_ in (1.2, 1.5, 2.0, 2.5, 2.7, 2.8)}
shown = {"s": list(some), "from, times 1/m": [low for low, _ in some.values()]}
shown["up to"] = [high for _, high in some.values()]
least = [2 * np.ceil(2 * low / high) for low, high in some.values()]
shown["units"] = [float(f"{m_:.2g}") for m_ in least]
caption = (
    "Steps, in radians, that read s to within 0.1, and the units that leave two "
    "octaves between them, where each unit answers to one frequency."
)
table(shown, caption, {"from, times 1/m": ".0f", "up to": ".2g", "units": ",.0f"})

# %% [markdown]
# ### Deeper networks
#
# The supplement's section 1 describes a plot of all layers, energy against exponent. Along a stack of random ReLU layers
# we fit two windows: ranks 5 to 30, which hold most of what the first four leave, and ranks 30 to 100, the tail, of which
# the theory speaks.


# %%
def by_depth(activity):
    """Two exponents, two energies, share beyond rank 30, trace over first."""
    lam = spectrum_of(activity)
    fits = [fit_power_law(lam, ranks=w).alpha for w in ((5, 30), (30, 100))]
    energies = en.projected_energy(lam, 3), step_costs(activity)[0]
    return *fits, *energies, lam[30:].sum() / lam.sum(), lam.sum() / lam[0]


stacks = {int(n): over_networks(by_depth, int(n), relu) for n in depths.split()}

# %% tags=["hide-input"]
lead, in_tail, level_, path_, rest, own_unit = np.array(
    [x.mean(0) for x in stacks.values()]
).T
shown = {"layers": list(stacks), "ranks 5-30": lead, "ranks 30-100": in_tail}
shown |= {"% beyond 30": 100 * rest, "level": level_, "10⁴ path": 1e4 * path_}
shown["trace / λ₁"] = own_unit
caption = (
    "Exponents over two windows, share of the variance beyond rank 30, level and "
)
caption += (
    f"path energy, trace over first eigenvalue; means over {n_networks} draws."
)
formats = {name: ".1f" for name in shown if name not in ("layers", "level")}
table(shown, caption, formats | {"level": ".2f"})

# %% tags=["hide-input"]
deeper = Finding(
    "Deeper random ReLU layers have flatter leading spectra, less level energy",
    source="this book",
    replicates="networks",
    networks=n_networks,
    null="one layer, the first of the same stack",
    unit="logarithm of what is measured",
)
first, *others_ = stacks
for at, name in ((0, "exponent, ranks 5 to 30"), (2, "level energy")):
    for depth in others_:
        both = (np.log(stacks[layers_][:, at]) for layers_ in (depth, first))
        deeper.less(*both, of=name, layers=depth)
deeper

# %% [markdown]
# Among the leading ranks the exponent halves; in the tail, a hundredth of the variance or so at most, it hardly changes, as the
# theory has it. The level energy falls to less than a third: deep random ReLU layers answer to all inputs more and more
# alike. (The box has logarithms of both.) By the link level energy should rise as the leading exponent falls; even divided
# by the first eigenvalue, it hardly changes. Nor does the path energy: with the mean square held, a wide random ReLU layer
# keeps the length of a short step.
#
# In these networks a plot of energies against exponents shows how much of the activity varies, and the window of the fit
# decides how strong that looks; there is no zeta in it.

# %% [markdown]
# ## Summary
#
# - **The energy of a random projection is {math}`k/2m` of the trace**, not half of it
#   ({claim}`repaired <The energy is k/2m of the trace>`): the trace of a product is no product of traces
#   ({claim}`The trace of a product`). Entries of variance {math}`1/k` would give half the trace
#   ({claim}`Normalisation and mean`).
# - **The link to zeta holds exactly at finite width**, with Hurwitz's zeta function, for every exponent but 1
#   ({claim}`repaired <From the trace to zeta>`). The infinite sum is fair for {math}`s` well above 1, as printed for
#   {math}`\alpha < -1`; it fails near 1 and diverges at 1 and below ({claim}`The tail lies between two integrals`).
# - **Backwards, the printed link has no solution** above 1 for any energy below one half. The repaired one needs the first
#   eigenvalue, and a hundred projections at {math}`s = 1.5`, tens of thousands at 3
#   ({claim}`The spread over projections`).
# - **The program computes another energy**, {math}`2(1-c)` times the level energy in the simplest case
#   ({claim}`Two energies that are not the same`). On a circle, with no angle preferred, its slope against the step gives
#   {math}`s` without a unit of energy, if {math}`1 < s < 3` and {math}`1/m \ll \delta \ll 1`
#   ({claim}`Path energy on a circle`). At shorter steps every code reads 3.
# - **Threshold features draw rougher paths than ReLU features** of the same dot, at short steps
#   ({finding}`seen if <Threshold features draw rougher paths than ReLU features>`). Steps read 2 and about 3.
# - **Along a stack of random ReLU layers** the exponent of the leading ranks and the level energy fall
#   ({finding}`Deeper random ReLU layers have flatter leading spectra, less level energy`).
#
# **What it means for reading a network.** A picture of a random projection is honest about the smoothness of the path,
# which the energy of 2.5 cannot show. Do not compare energies between layers, which differ first of all in how much of
# their activity varies. Move the input in smaller and smaller steps, and look at how fast the path energy falls.
#
# What this does not show: anything about trained networks, or about inputs without a parameter that can be moved at
# will, such as text; {ref}`nb-trajectories` goes there. Next, in {ref}`nb-resnet-vae`, comes the experiment that this
# chapter imitates, with a trained network in place of a random one.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-zeta-depth
# Two layers of threshold units instead of one: is the path rougher? Predict the slope first. (The probability that a
# threshold unit of the first layer flips is proportional to the step, so the squared distance between two answers of
# that layer is, too.)
# ```
#
# ````{solution} ex-zeta-depth
# :class: dropdown
# A unit of the second layer flips with a probability proportional to the distance of its inputs, not its square:
# {math}`\delta^{1/2}`. So the slope halves with every layer, and the exponent falls towards 1. Five hundred units are few
# for this, likely because a short step then flips but a handful in the first layer; four thousand agree.
# ````

# %% tags=["hide-cell"]
shown = {"units": [], "layers": [], "predicted slope": [], "measured": []}
for width in (feature_width, 4_096):
    for depth in (1, 2, 3):
        activity = random_features(frames, depth, threshold, width=width)
        pair = circle_code.step_costs(activity, strides[[0, 2]])
        slope = circle_code.exponent_from_steps(strides[[0, 2]], pair)[0] - 1
        half = 2.0 ** (1 - depth)
        for name, value in zip(shown, (width, depth, half, slope), strict=True):
            shown[name].append(value)
        assert abs(slope - half) < (0.2 if width < 4_096 else 0.03)
caption = "Slope of log path energy against log step, a network each."
digits = {"units": ",d", "predicted slope": ".2f", "measured": ".2f"}
table(shown, caption, digits)

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
