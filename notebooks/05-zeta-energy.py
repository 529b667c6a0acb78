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
# 3 at which loops turn into scribbles, and let a dot run in circles before two random networks to see both.

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
# - {ref}`sec-zeta-dot`: a moving dot, random ReLU features, and both energies.
#
# You need covariance matrices, the trace, and the idea of a {term}`power law`. Symbols are those of {doc}`../book/notation`:
# {math}`m` units, {math}`k` dimensions of the projection, eigenvalues {math}`\lambda_i = i^{-s}` of the covariance
# {math}`\Sigma`. The supplement writes {math}`i^{\alpha}`, so its {math}`\alpha` is negative in this section; the
# bound of its section 2.4, {prf:ref}`thm-power-entropy`, needs a positive one. Here the exponent is {math}`s > 0`.

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
# The level energy is the mean of half the squared length of the projected activity {math}`z = Ar`.
# ```
#
# The supplement calls it the action and computes it in three lines. The action is a scalar, so it equals its trace:
# true, and a good start. But for three columns {math}`r^T A^T A r` is a {math}`3 \times 3` matrix, and {math}`|Ar|^2`
# is its trace. Read with one column {math}`r \in \mathbb{R}^m`, the first line stands, and so does the last one's
# {math}`\langle \mathrm{tr}(r^T r)\rangle = 1`. What fails on either reading is the step between them, which splits
# the trace of a product into a product of traces. No such rule exists.

# %% tags=["hide-input"]
from polylib.derivation import Derivation, named
from sympy import Matrix, Poly, Rational, Sum, evaluate, eye, oo, symbols, zeta

i, m, k = symbols("i m k", integer=True, positive=True)
c = symbols("c", real=True)
M, N = (Matrix(2, 2, symbols(f"{x}_11 {x}_12 {x}_21 {x}_22")) for x in "MN")
tr_N = named(r"\operatorname{tr}(N)", N.trace())
tr_MN = named(r"\operatorname{tr}(M N)", (M * N).trace())
scaled = named(r"\operatorname{tr}(c I N)", (c * eye(2) * N).trace())
with evaluate(False):
    entries = M[0] * N[0] + M[1] * N[2]
    entries = entries + M[2] * N[1] + M[3] * N[3]
traces = Derivation("The trace of a product", source="this book")
traces.equal(tr_MN, entries, "every entry of one meets an entry of the other")
traces.equal(scaled, c * tr_N, "if one is a multiple of I, not its trace")
display(traces)
one, other = Matrix.diag(2, 0), Matrix.diag(0, 3)
print(f"trace of the product {(one * other).trace()}", end=", ")
print(f"product of the traces {one.trace() * other.trace()}")

# %% [markdown]
# With {math}`M = \mathrm{diag}(2, 0)` and {math}`N = \mathrm{diag}(0, 3)` the two live in different corners, and
# the rule gives 6 for 0. The last line of the box shows the way out. The mean of
# {math}`r r^T` *is* a multiple of the identity, so the trace can be taken, but what comes out is the multiple,
# {math}`k/m`, and not the trace of that matrix, {math}`k`. The two differ by a factor {math}`m`.
#
# ```{prf:theorem} Energy of a random projection
# :label: thm-level-energy
# Let {math}`A` and {math}`r` be independent, and let the entries of {math}`r` be uncorrelated with mean 0 and
# variance {math}`v`. Then the level energy is {math}`vk/2` times the trace of the second moments of {math}`A`. For
# {math}`v = 1/m` and centred activity that is {math}`k/2m` times the trace of {math}`\Sigma`.
# ```
#
# ```{prf:proof}
# The squared length is a sum over the {math}`k` columns of squares {math}`(\sum_i A_i r_{ij})^2`. Multiply one out
# and take the mean. By independence, each term is a second moment of {math}`A` times one of {math}`r`, and the latter
# is {math}`v` if both indices agree and 0 if not. What is left of the column is {math}`v` times the sum of
# {math}`\langle A_i^2 \rangle`, the trace. Nothing was said about Gaussians.
# ```
#
# The box does this literally, on three units and two dimensions, with a symbol for every entry. It multiplies
# {math}`|Ar|^2` out and replaces each {math}`A_i A_l` by {math}`\Sigma_{il}` and each {math}`r_{ij} r_{lj}` by its
# mean.

# %%
a = symbols("A_1:4")
r = Matrix(3, 2, symbols("r_1:4_1:3"))
spread = Matrix(
    3, 3, lambda i, j: symbols(f"Sigma_{min(i, j) + 1}{max(i, j) + 1}")
)


def mean_energy(r, variance, moments, a=a):
    """Exact mean of |A r|^2 / 2: second moments put in for products of entries."""
    total, width = 0, len(a)
    z = Matrix([a]) * r
    for powers, factor in Poly(z.dot(z) / 2, *a, *r).terms():
        one, other = (j for j, n in enumerate(powers[:width]) for _ in range(n))
        same_entry = max(powers[width:]) == 2
        total += factor * moments[one, other] * (variance if same_entry else 0)
    return total


print("on three units:", mean_energy(r, Rational(1, 3), spread))

# %% tags=["hide-input"]
section, size, half = "supplement 2.5", {m: 3, k: 2}, Rational(1, 2)
row = Matrix([a])
gram = r.T * row.T * row * r
length = named("|A r|^2", (row * r).dot(row * r))
trace_gram = named(r"\operatorname{tr}(r^T A^T A r)", gram.trace())
cyclic = named(r"\operatorname{tr}(A^T A r r^T)", (row.T * row * r * r.T).trace())
level = named(r"\langle E[z]\rangle", mean_energy(r, Rational(1, 3), spread))
column = mean_energy(r[:, :1], Rational(1, 3), spread)
column = named(r"\langle E[z]\rangle_{k = 1}", column)
tr_S = named(r"\operatorname{tr}(\Sigma)", spread.trace())
of_r = named(r"\langle\operatorname{tr}(r^T r)\rangle", Rational(len(r), 3))
of_A = named(r"\operatorname{tr}(\langle A^T A\rangle)", spread.trace())
with evaluate(False):
    split, split_right = half * of_r * of_A, of_r * of_A / (2 * m)
    half_trace, right = half * tr_S, k / (2 * m) * tr_S
    unsplit, column_right = k / 2 * tr_S, tr_S / (2 * m)
decay = {spread[0, 0]: 1, spread[1, 1]: half, spread[2, 2]: half**2}

# %% tags=["hide-input"]
steps = Derivation("The energy is k/2m of the trace", source=section)
words = "power law exponent: no power series is meant"
steps.remark("power series decay parameters", words, line="first sentence")
words = r"its trace; as it stands this is a $k \times k$ matrix, unless $r$ is one column"
steps.remark(r"$r^T A^T A r$", words, line="first display, last term")
steps.equal(length, trace_gram, "the squared length is the trace")
steps.equal(trace_gram, cyclic, "cyclic order")
steps.refutes(
    *(level, split, decay),
    repaired=(level, split_right),
    why="the mean of r rᵀ is k/m times I: only the multiple leaves the trace",
    on=size,
    line="second display, first equation",
)
steps.refutes(
    *(split, half_trace, decay),
    repaired=(split, unsplit),
    why="m k entries of variance 1/m: the trace of rᵀr is k, or 1 for one column",
    on=size,
    line="second display, second equation",
)
steps.equal(level, right, "both repaired", on=size)
steps.equal(column, column_right, "of one column: 1/2m, not 1/2", on={m: 3})
steps

# %% [markdown]
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
# are preserved on average, as in a random projection after Johnson and Lindenstrauss, and the energy is half the
# trace. The same holds if the projection does not reduce the dimension, {math}`k = m`. And activity that is not
# centred adds the square of its mean, times {math}`k/2m`, to the energy; ReLU activity has a large one, so "centred around zero" is not a formality.

# %% tags=["hide-input"]
mu = Matrix(symbols("mu_1:4"))
square = Matrix(3, 3, symbols("r_1:4_1:4"))
by_k = named(r"\langle E[z]\rangle_{v = 1/k}", mean_energy(r, half, spread))
same = mean_energy(square, Rational(1, 3), spread)
full = named(r"\langle E[z]\rangle_{k = m}", same)
off_centre = mean_energy(r, Rational(1, 3), spread + mu * mu.T)
shifted = named(r"\langle E[z]\rangle_{\mu}", off_centre)
mu_2 = named(r"|\mu|^2", mu.dot(mu))
with evaluate(False):
    with_mean = k / (2 * m) * (tr_S + mu_2)
normal = Derivation("Normalisation and mean", source="this book")
normal.equal(by_k, half_trace, "entries of variance 1/k", on={m: 3, k: 2})
normal.equal(full, half_trace, "as many dimensions as units", on={m: 3, k: 3})
normal.equal(shifted, with_mean, "a mean adds its square", on=size)
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
# The trace is the sum of the eigenvalues. If they follow a power law and the first is 1, the sum is
# {math}`1 + 2^{-s} + 3^{-s} + \dots`, with {math}`m` terms. The supplement lets {math}`m` go to infinity, "As the
# later terms of the sum rapidly approach zero", and has a zeta function. But it is the *sum* of the later terms that
# has to be small, and for an exponent near one, which {cite:t}`stringer2019` measured in visual cortex, terms that
# vanish add up to as much as one likes.
#
# There is no need to approximate. What is left out is a zeta function itself, that of Hurwitz,
# {math}`\zeta(s, m+1) = \sum_{i>m} i^{-s}`. Continued in {math}`s`, the identity holds for every {math}`s` but 1,
# below 1 too.
#
# ```{prf:theorem} The link at finite width
# :label: thm-finite-link
# For {math}`s \ne 1` and eigenvalues {math}`i^{-s}`, {math}`i \le m`, the level energy is {math}`k/2m` times the difference of Riemann's
# zeta at {math}`s` and Hurwitz's zeta at {math}`s` from {math}`m+1` on. For {math}`s > 1` the infinite sum is too
# large by the integral of {math}`x^{-s}` to infinity, from somewhere between {math}`m` and {math}`m+1`.
# ```
#
# ```{prf:proof}
# For {math}`s > 1`, Hurwitz's sum is the tail of Riemann's. Both sides are analytic in {math}`s` except at 1, where
# the poles cancel, so the identity extends. And {math}`x^{-s}` falls, so each term of the tail lies between the
# integrals over the unit interval after and before it.
# ```

# %% tags=["hide-input"]
import mpmath

s, positive = symbols("s alpha", positive=True)
s_real, alpha = symbols("s", real=True), symbols("alpha", negative=True)
with evaluate(False):
    finite = Sum(i ** (-s_real), (i, 1, m))
    endless = Sum(i**alpha, (i, 1, oo))
    falling = Sum(i ** (-positive), (i, 1, m))
    falling_right = zeta(positive) - zeta(positive, m + 1)
    exact = zeta(s_real) - zeta(s_real, m + 1)
    tail, s_1 = zeta(s_real, m + 1), s_real - 1
    tail_low, tail_high = (m + 1) ** (-s_1) / s_1, m ** (-s_1) / s_1
    link_right, printed_link = k / (2 * m) * exact, zeta(s_real) / 2
energy = named(r"\langle E[z]\rangle", k / (2 * m) * finite)
around = {s_real: (-3, 4)}


def sum_of_powers(s, m):
    return en.partial_zeta(s, m)


def summed_by_mpmath(s, m):
    return mpmath.nsum(lambda i: i**-s, [1, m])


# %% tags=["hide-input"]
link = Derivation("From the trace to zeta", source=section)
link.refutes(
    *(falling, zeta(-positive), {positive: Rational(3, 2), m: 64}),
    repaired=(falling, falling_right),
    why="α > 0 as the bound of Theorem 4 needs; its proof has the sign used here",
    where={positive: (0.1, 4)},
    line="third display, with the α of the bound of Theorem 4",
    implied=True,
)
link.equal(endless, zeta(-alpha), "if α < -1", where={alpha: (-6, -1.1)})
link.refutes(
    *(finite, zeta(s_real), {m: 1024, s_real: Rational(6, 5)}),
    repaired=(finite, exact),
    why="the tail is Hurwitz's zeta function",
    where=around,
    line="third display, ≈ read as =",
    implied=True,
)
cases = [(x, n) for x in (-2.5, 0.0, 0.5, 1.0, 1.2, 3.0) for n in (1, 64, 1024)]
words = "the sum as the library has it, also at s = 1 and below"
link.agrees(sum_of_powers, summed_by_mpmath, cases, 1e-9, words)
box = {m: (1, 4), s_real: (1.1, 3)}
words = "the first widths by ball arithmetic; the proof above is for all"
link.at_most(tail_low, tail, box, f"the tail is at least an integral: {words}")
link.at_most(tail, tail_high, box, "and at most another")
# %% tags=["hide-input"]
link.remark(
    "As the later terms of the sum rapidly approach zero",
    r"their sum must be small, about $m^{1-s}/(s-1)$ for $s = -\alpha > 1$; "
    r"for $s \le 1$ it is infinite, however small the terms",
    line="after the third display",
)
link.refutes(
    *(energy, printed_link, {m: 1024, k: 3, s_real: 3}),
    repaired=(energy, link_right),
    why="k/2m; at this point the infinite sum itself errs by 4e-7 only",
    where=around,
    line="last display, its two ends, ≈ read as =",
    implied=True,
)
link

# %% [markdown]
# The first line of the box is about signs. The proof of Theorem 4 has eigenvalues {math}`i^{\alpha}`, as here, but
# its bound is one only for {math}`\alpha > 0`. Whoever carries an exponent of 1.5 from that bound to
# {math}`\zeta(-\alpha)` gets a negative energy, and with an exponent of 2 gets exactly 0. The last line is the end
# result. It is tested where the infinite sum is excellent, so that only the factor {math}`k/2m` is to blame.
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
for s_ in (1.2, 1.0, 0.9, 0.5, 0.0):
    total = en.partial_zeta(s_, 1024)
    continued = (
        "pole" if s_ == 1 else f"{2 * en.power_law_energy_printed(s_):.3f}"
    )
    print(f"{s_:4.1f}   {total:18.3f}   {continued:>17}")
    assert s_ > 1 or continued == "pole" or float(continued) < 0 < total

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
# The printed link has no answer above 1 in any row: there {math}`\zeta(s)/2` is never below one half, and the energies are. With
# the right constant the infinite sum answers with a bias, always upwards, from a tenth at {math}`s` near one to
# nothing at 2.
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
# For Gaussian {math}`r`, the energy of one projection, averaged over the activity, is a weighted sum of independent
# chi-squares: one with {math}`k` degrees of freedom for each eigenvalue, weighted by {math}`\lambda_i / 2m`. Relative
# to the square of its mean, its variance is {math}`2/k` divided by the {term}`participation ratio` {math}`PR` of the
# spectrum, which is the square of the sum of the eigenvalues over the sum of their squares.
# ```
#
# ```{prf:proof}
# In the eigenbasis of {math}`\Sigma`, which does not change the law of {math}`r`, the average of {math}`|Ar|^2` over
# the activity is the sum over units of {math}`\lambda_i` times the squared length of row {math}`i` of {math}`r`, and
# that is {math}`1/m` times a chi-square. Chi-squares with {math}`k` degrees of freedom have mean {math}`k` and
# variance {math}`2k`.
# ```
#
# The participation ratio is the effective number of dimensions: {math}`m` if all eigenvalues are equal, 1 if one is
# alone. For {math}`s` well above 1 and a wide layer it is {math}`\zeta(s)^2/\zeta(2s)`, which is small: steep spectra
# have few dimensions that matter, so a projection of thousands of units averages over few of them. The box tests this
# with real random projections of correlated units, whose covariance has random eigenvectors.

# %%
rows = symbols("r_1:4_1:3")
lam = symbols("lambda_1:4", positive=True)


def mean_over_r(polynomial):
    """Exact mean over Gaussian entries of variance 1/3: moments 1/3 and 3/9."""
    gaussian = {0: 1, 2: Rational(1, 3), 4: Rational(3, 9)}
    return sum(
        factor * np.prod([gaussian.get(power, 0) for power in powers])
        for powers, factor in Poly(polynomial, *rows).terms()
    )


one_r = sum(lam[j // 2] * x**2 for j, x in enumerate(rows)) / 2
variance = mean_over_r(one_r**2) - mean_over_r(one_r) ** 2
print("variance on three units:", variance.simplify())

# %% tags=["hide-input"]
var_E = named(r"\operatorname{Var}(E_r)", variance)
mean_E = named(r"\langle E_r\rangle", mean_over_r(one_r))
squares, total = sum(x**2 for x in lam), sum(lam)
PR = named("PR", total**2 / squares)
with evaluate(False):
    var_right = k / (2 * m**2) * (lam[0] ** 2 + lam[1] ** 2 + lam[2] ** 2)
    relative, relative_right = var_E / mean_E**2, 2 / (k * PR)
    steep = zeta(2) ** 2 / zeta(4)


def relative_spread(energies):
    """Standard deviation over mean, and the standard error of that."""
    scaled = energies / energies.mean()
    fourth, seen = ((scaled - 1) ** 4).mean(), scaled.std()
    return seen, np.sqrt((fourth - seen**4) / len(energies)) / (2 * seen)


several = Derivation("The spread over projections", "this book")
several.equal(var_E, var_right, "variances of chi-squares add", on=size)
several.equal(relative, relative_right, "the square of std over mean", on=size)
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
# Let the activity be stationary in time. The expected path energy of a step is {math}`k/m` times the sum over units
# of the variance less the covariance of two successive values. If all modes have the same correlation {math}`\rho`
# from one step to the next, it is {math}`2(1-\rho)` times the level energy. If principal component (mode) {math}`i` has
# its own {math}`\rho_i`, each eigenvalue counts {math}`1 - \rho_i` times.
# ```
#
# ```{prf:proof}
# A step of the projected path is the projection of a step of the activity, so {prf:ref}`thm-level-energy` applies to
# the differences. The variance of a difference is twice the variance less twice the covariance.
# ```

# %% tags=["hide-input"]
rho = symbols("rho", real=True)
rho_i = symbols("rho_1:4", real=True)
lag = Matrix(3, 3, lambda i, j: symbols(f"C_{i + 1}{j + 1}"))


def step_energy(now, lagged):
    """Exact mean of |D r|^2 / 2 for the step D of the activity."""
    difference = Matrix(
        3, 3, lambda i, j: 2 * now[i, j] - lagged[i, j] - lagged[j, i]
    )
    return mean_energy(r, Rational(1, 3), difference)


path = r"\langle E_{\Delta}\rangle"
one_step = named(path, step_energy(spread, lag))
same_rho = named(path + r"_{\rho}", step_energy(spread, rho * spread))
diagonal = (
    Matrix.diag(*lam),
    Matrix.diag(*(x * y for x, y in zip(rho_i, lam, strict=True))),
)
own_rho = named(path + r"_{\rho_i}", step_energy(*diagonal))
tr_C = named(r"\operatorname{tr}(C)", lag.trace())
with evaluate(False):
    gap = k / m * (tr_S - tr_C)
    factor = 2 * (1 - rho) * (k / (2 * m) * tr_S)
    modes = [x * (1 - y) for x, y in zip(lam, rho_i, strict=True)]
    by_mode = k / m * (modes[0] + modes[1] + modes[2])

# %% tags=["hide-input"]
differences = Derivation("Two energies that are not the same", "supplement 1")
differences.remark(
    "the squared magnitude of the differences between successive points",
    "one word, energy, for two quantities: half of this sum is the path energy, "
    "the energy of 2.5 is half the mean squared length of z",
    line="ResNetVAE/helpers.py",
)
words = "C is the covariance of successive values"
differences.equal(one_step, gap, words, on=size)
words = "one correlation ρ of all modes: the level energy times 2(1 - ρ)"
differences.equal(same_rho, factor, words, on=size)
differences.equal(own_rho, by_mode, "each mode with its own correlation", on=size)
differences

# %% [markdown]
# In the box {math}`C` is the covariance between activity now and a step later. A step of an uncorrelated series costs two level energies, and four if the code leaves the half out; at
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
# the variance of the derivative is the sum of {math}`i^{2-s}`, and that is finite for {math}`s > 3` only.
#
# ```{prf:theorem} Path energy on a circle
# :label: thm-circle
# In a wide layer, a step of {math}`\delta` costs {math}`k/m` times
# {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})`. For small steps this falls like {math}`\delta^{s-1}` if
# {math}`1 < s < 3`, like {math}`\delta^2 \log(1/\delta)` if {math}`s = 3`, and like {math}`\delta^2` if
# {math}`s > 3`.
# ```
#
# ```{prf:proof}
# The sum is that of {math}`i^{-s}(1 - \cos i\delta)`. Frequencies far below {math}`1/\delta` contribute
# {math}`i^{2-s}\delta^2/2` each. If {math}`s > 3` these add up to {math}`\zeta(s-2)\,\delta^2/2` however small
# {math}`\delta` is, and the rest is of smaller order. At {math}`s = 3` they add up to the harmonic sum as far as
# {math}`1/\delta`, whose logarithm outgrows the rest. If {math}`s < 3` the sum of {math}`i^{2-s}` is dominated by its
# upper end, the frequencies near {math}`1/\delta`; there the sum is {math}`\delta^{s-1}` times a Riemann sum of
# {math}`x^{-s}(1 - \cos x)`, whose integral converges at both ends.
# ```
#
# The integral is a gamma function, so all constants are known; the box names them. For even {math}`s` the whole sum is
# a polynomial in {math}`\delta`.

# %% tags=["hide-input"]
from scipy.special import gamma


def direct_sum(s, step, n=4_000_000):
    """The first n terms, one by one, and the mean of the others."""
    i = np.arange(n, 0, -1.0)
    return (i**-s * 2 * np.sin(i * step / 2) ** 2).sum() + n ** (1 - s) / (s - 1)


def path_energy_over_its_leading_term(s, d):
    """The path energy over its leading term, which at s = 3 is nearly a square."""
    if s > 3:
        leading = en.power_law_energy_printed(s - 2) * d**2
    elif s == 3:
        leading = d**2 / 2 * (np.log(1 / d) + 1.5)
    else:
        constant = np.pi / (2 * gamma(s) * np.sin(np.pi * (s - 1) / 2))
        leading = constant * d ** (s - 1)
    return en.circle_path_energy(s, d) / leading


def one(s, d):
    return 1.0


def polynomial(s, d):
    if s == 2:
        return np.pi * d / 2 - d**2 / 4
    return np.pi**2 * d**2 / 12 - np.pi * d**3 / 12 + d**4 / 48


# %% tags=["hide-input"]
circle = Derivation("Path energy on a circle", "this book")
steps_d = (1e-4, 0.01, 0.1, 1.0, 3.0, 6.0)
circle.agrees(
    en.circle_path_energy,
    polynomial,
    [(s_, d) for s_ in (2, 4) for d in steps_d],
    1e-9,
    "πδ/2 - δ²/4 for s = 2, π²δ²/12 - πδ³/12 + δ⁴/48 for s = 4",
)
circle.agrees(
    en.circle_path_energy,
    direct_sum,
    [(s_, d) for s_ in (1.5, 2.5, 3.0) for d in (0.01, 0.1, 3.0)],
    1e-6,
    "polylogarithm against four million terms",
)
for exponents, words in (
    ((1.5, 2.0, 2.5), "s < 3: δˢ⁻¹ π/(2 Γ(s) sin(π(s-1)/2)), at δ = 1e-8"),
    ((3.0,), "s = 3: δ² (log(1/δ) + 3/2)/2, at δ = 1e-8"),
    ((3.5, 4.0, 6.0), "s > 3: δ² ζ(s-2)/2, at δ = 1e-8"),
):
    cases = [(s_, 1e-8) for s_ in exponents]
    circle.agrees(path_energy_over_its_leading_term, one, cases, 1e-3, words)
i_ = np.arange(1, n_frequencies + 1)
start = rng.uniform(0, 2 * np.pi, (4_000, n_frequencies))
moved = np.sqrt(2) / i_ * (np.cos(start + i_ * 0.1) - np.cos(start))
seen = (moved * rng.normal(size=moved.shape)).sum(1) ** 2 / 2
error = seen.std() / np.sqrt(len(seen))
words = "simulated steps of every frequency, s = 2, δ = 0.1"
circle.sampled(en.circle_path_energy(2, 0.1), seen.mean(), error, words)
circle

# %% mystnb={"figure": {"caption": "Path energy of one step on a circle, in units of k/m, against the length of the step. The slope is s − 1 until it reaches 2.", "name": "fig-slopes"}, "image": {"alt": "Log-log lines for six exponents that lie within a factor of five at a step of one radian and fan out towards small steps. At a step of a ten-thousandth of a radian the line of exponent 1.5 has fallen to a few hundredths, that of 2 to about a ten-thousandth, that of 2.5 to about a millionth, that of 3 to less than a ten-millionth, and those of 4 and 6, parallel and close, to a hundred-millionth."}} tags=["hide-input"]
d_axis = np.logspace(-4, 0, 41)
fig, ax = plt.subplots()
for index, s_ in enumerate((1.5, 2.0, 2.5, 3.0, 4.0, 6.0)):
    ax.loglog(
        d_axis,
        en.circle_path_energy(s_, d_axis),
        color=f"C{index}",
        linestyle=figures.DASHES[index],
        label=f"s = {s_:g}",
    )
ax.set(xlabel="step δ (radians)", ylabel="path energy of a step (k/m)")
ax.legend()
plt.show()

# %% [markdown]
# This is what a random projection *can* tell about the exponent. The level energy moves if the activity becomes
# louder. The *slope* of these lines does not: measure the path energy at two step lengths, and their ratio gives
# {math}`s`, with no unit of energy, as long as {math}`s < 3`. Above 3 all paths are alike, in that they are smooth.
#
# Now look again at the four paths with which the chapter opens. At 1.5 and 2.5 the path has no velocity, however close
# one looks. At 4 it has one, but no curvature: the second derivative needs {math}`s > 5`. At 6 it has both.
#
# ### Why three?
#
# {cite:t}`stringer2019` asked when a neural code can be smooth, such that close stimuli have close answers. The
# answer depends on the dimension {math}`d` of the set of stimuli, because in {math}`d` dimensions the {math}`i`-th
# eigenfunction has a frequency near {math}`i^{1/d}`, and differentiating multiplies its variance by the square of
# that. The variance of the derivative is the sum of {math}`i^{2/d - s}`, finite only for {math}`s > 1 + 2/d`. A circle
# has {math}`d = 1`, and the critical exponent is 3.

# %% tags=["hide-input"]
print("d = 2: partial sums of the variance of the derivative")
print("   s     10^2     10^4     10^6     10^8    limit")
for s_ in (1.9, 2.1):
    parts = en.partial_zeta(s_ - 1, 10.0 ** np.arange(2, 9, 2))
    converges = s_ > en.critical_exponent(2)
    limit = 2 * en.power_law_energy_printed(s_ - 1) if converges else np.inf
    print(f"{s_:4.1f}", *(f"{part:8.2f}" for part in parts), f"{limit:8.2f}")
    gains = np.diff(parts)
    assert (np.diff(gains) < 0).all() == converges and parts[-1] < limit

# %% [markdown]
# The criterion is sharp in the limit and blunt in practice. At {math}`s = 2.1` the sum has a limit, 10.58, and a
# hundred million terms have not reached it. No finite network is on one side or the other; what it has is a range of
# scales over which its paths look smooth.

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


def energy_of_a_step(paths):
    """Path energy a step of closed paths, an array (..., time, dim)."""
    closed = np.concatenate([paths, paths[..., :1, :]], axis=-2)
    return en.path_energy(closed) / paths.shape[-2]


def projected_step(activity, n_dims=3):
    """Its mean over random projections of the activity."""
    return n_dims / activity.shape[1] * energy_of_a_step(activity)


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
    """Two exponents, and level and path energy a step by the theorems."""
    lam = spectrum_of(activity)
    fits = [fit_power_law(lam, ranks=ranks).alpha for ranks in (leading, in_tail)]
    level = en.projected_energy(lam, n_dims)
    return *fits, level, projected_step(activity, n_dims)


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
        predicted[name][2:],
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
lines = [
    "            exponent   level energy   over path energy   at twice the step"
]
for name, (_, s_, level_, path_) in predicted.items():
    twice = projected_step(shallow[name][::2])
    line = f"{name:>9}{s_:11.1f}{level_:15.2f}{level_ / path_:19,.0f}"
    lines.append(f"{line}{level_ / twice:20,.0f}")
print(*lines, sep="\n")
(_, s_1, level_1, path_1), (_, s_2, level_2, path_2) = predicted.values()
assert s_2 < en.critical_exponent(1) < s_1
assert 1.2 < level_1 / level_2 < 1.5 and 30 < path_2 / path_1 < 60

# %% [markdown]
# All three theorems hold for both networks, to within the noise of the projections. The level energies differ by a
# third. The path energies differ by a factor of almost fifty. At this step the path energy is about 51 times smaller
# than the level energy for threshold units and 3,249 times for ReLU units; halve the step and the ratios double and
# quadruple. Here is what the paths look like.

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
# The last test is the slope. We skip positions of the dot, so that its steps become longer, and take the path energy
# that {prf:ref}`thm-path-energy` gives for the features at hand. {prf:ref}`thm-circle` predicts {math}`\min(s-1, 2)`:
# a slope of 2 for ReLU units, and of 1 for threshold units.

# %% mystnb={"figure": {"caption": "Path energy of a step of the dot against the length of the step, one random layer of ReLU or threshold units. Dashed, in the same colours: their level energies, which know nothing of steps.", "name": "fig-dot-slopes"}, "image": {"alt": "Log-log plot with two straight rising lines, ReLU with slope two far below and threshold with slope one above it; at the longest steps they come within a factor of about two. Two dashed horizontal lines near the top, one in each network's colour, are the level energies."}} tags=["hide-input"]
strides = 2 ** np.arange(6)
fig, ax = plt.subplots()
slopes = {}
for index, (name, activity) in enumerate(shallow.items()):
    laps = [activity[::stride] for stride in strides]
    cost = np.array([projected_step(x) for x in laps])
    step = 2 * np.pi * strides / n_steps
    slopes[name] = np.log2(cost[3] / cost[0]) / 3
    style = {"color": f"C{index}", "marker": figures.MARKERS[index]}
    ax.loglog(step, cost, **style, linestyle=figures.DASHES[0])
    label = f"{name}: slope {slopes[name]:.1f}"
    ax.text(step[1] * 1.1, cost[1] * 0.6, label, color=f"C{index}")
    ax.axhline(predicted[name][2], color=f"C{index}", linestyle="--")
ax.text(step[0], 1.05, "level energies", va="bottom", color="0.3")
ax.set(xlabel="step of the dot (radians)", ylabel="energy (squared activity)")
plt.show()


# %%
def several_networks(layers, activation, draws=range(seed, seed + n_networks)):
    """(two exponents, level, path energy) of networks with other weights."""
    features = (random_features(frames, layers, activation, j) for j in draws)
    return np.array([predict(x) for x in features])


table = [f"            slope   exponent of {n_networks} networks"]
for name, slope in slopes.items():
    found = several_networks(1, kinds[name])[:, 1]
    span = f"{found.min():.2f} to {found.max():.2f}"
    table.append(f"{name:>9}:  {slope:5.2f}   {found.mean():.2f} ({span})")
wide = spectrum_of(random_features(frames, 1, relu, width=2_048))
exponent = fit_power_law(wide, ranks=(50, 200)).alpha
table.append(f"ReLU, 2,048 units, ranks 50 to 200: {exponent:.2f}")
print(*table, sep="\n")
assert abs(slopes["threshold"] - (found.mean() - 1)) < 0.15
assert abs(slopes["ReLU"] - 2) < 0.05 and abs(exponent - 4) < 0.15

# %% [markdown]
# The threshold network's slope gives its exponent back: one plus the slope, and no eigenvalue had to be computed. The
# ReLU network's slope only says "3 or more", which is true. (Its exponent is 4.2 and not 4 likely because 512 units are
# few: with four times as many, and farther out, it is nearly 4.)
#
# These slopes came from the features themselves. How many random projections does it take to see them? Each of the
# thousand projections above gives a slope of its own.

# %%
lines = ["           slope of one projection   projections for ± 0.05"]
for name, z in paths.items():
    ratio = energy_of_a_step(z[:, ::8]) / energy_of_a_step(z)
    each = np.log2(ratio) / 3
    enough = int(np.ceil((1.96 * each.std() / 0.05) ** 2))
    slope = f"{each.mean():.2f} ± {each.std():.2g}"
    lines.append(f"{name:>9}{slope:>25}{enough:25d}")
    assert enough <= 3 and abs(each.mean() - slopes[name]) < 0.02
lines.append(f"the level energy needs {needed[2.0]:,} at s = 2")
print(*lines, sep="\n")

# %% [markdown]
# One projection suffices, or two to be as strict as before. A power law of exponent 2 needs over a thousand if one goes
# by the level energy, and the first eigenvalue besides. The likely reason is that the ratio compares a path with
# itself: what a projection happens to magnify, it magnifies at both step lengths. Fairness demands to add that the
# path energy, too, can be had without any projection, from the activity. But where a picture of a projection is all
# there is, this number can be read off it.
#
# ### Deeper networks
#
# Section 1 describes a plot of all layers, the energy of the projection against the exponent of the spectrum. What
# happens to the two, and to the path energy, along a stack of random ReLU layers?

# %%
lines = [f"{'exponent at ranks':>24}{'beyond':>10}{'energy':>16}"]
lines.append("layers    5-30  30-100    rank 30     level     path  varies")
table = []
for depth in map(int, depths.split()):
    lead_, tail_, level_, path_ = several_networks(depth, relu).mean(0)
    lam = spectrum_of(random_features(frames, depth, relu))
    rest = lam[30:].sum() / lam.sum()
    table.append([lead_, tail_, level_, path_, rest, lam[0]])
    line = f"{depth:6d}{lead_:8.2f}{tail_:8.2f}{rest:11.1%}{level_:10.2f}"
    lines.append(f"{line}{path_:9.1e}{2 / 3 * level_:8.0%}")
leads, tails, level_by_depth, path_by_depth, rests, firsts = np.array(table).T
per_unit = projected_step(frames / np.sqrt((frames**2).mean())) / 1.5
first, last = path_by_depth[[0, -1]] / 1.5
lines.append(f"mean squared step per unit: images {per_unit:.1e}")
lines.append(f"  first layer {first:.1e}, last layer {last:.1e}")
print(*lines, sep="\n")
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
# of a short step; the line below the table has it for the images, the first layer and the last.
#
# A correlation between energies of layers and their exponents, found in whichever direction, is a fact about the
# window of the fit and about how much of the activity varies before it is one about zeta.

# %% [markdown]
# ## Summary
#
# - **The energy of a random projection is {math}`k/2m` of the trace**, not half of it. The printed derivation splits the
#   trace of a product, which no rule allows. Entries of variance {math}`1/k` would give half the trace.
# - **The link to zeta holds exactly at finite width**, with Hurwitz's zeta function, for every exponent but 1 (there
#   as a limit). The infinite sum is an approximation for {math}`s` well above 1 and meaningless at 1 and below.
# - **Backwards, the printed link has no solution** above 1 for any energy below one half. The repaired one works if the first
#   eigenvalue is known to be 1. To find the exponent to within 0.05 it takes a hundred projections at
#   {math}`s = 1.5`, over a thousand at 2, tens of thousands at 3; the trace itself is cheaper.
# - **The code computes another energy.** Successive differences cost {math}`2(1-\rho)` times the level energy, or, on a
#   circle, {math}`k/m` times {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})`. It depends on the exponent through smoothness,
#   and its slope against the step gives {math}`s` below the critical exponent {math}`1 + 2/d`. One or two projections
#   are enough for that slope.
# - Random ReLU features answer to a moving dot with a smooth path, threshold features with a rough one. Their level
#   energies differ by a third, their path energies by a factor of almost fifty.
# - **Along a stack of random ReLU layers** the exponent of the tail hardly changes and that of the leading ranks halves.
#   The level energy falls to less than a third, and the path energy stays.
#
# **What it means for reading a network.** A picture of a random projection is honest about one thing, the smoothness
# of the path, and that is the one thing that the energy of 2.5 leaves out. If nearby inputs give nearby points at
# every zoom, the tail of the spectrum is steep, and fine detail holds little of the variance. If the path stays rough
# however finely the input moves, the tail is flat. How many directions matter is another question, on which the leading
# ranks decide: the participation ratio was 7.6 for the smooth path and 11.2 for the rough one, more than three dimensions
# show in either case. To tell smooth from rough, do not compare energies between layers,
# which differ first of all in how much of their activity varies. Move the input in smaller and smaller steps, and look at how fast the path
# energy falls.
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
        ratio = energy_of_a_step(activity[::4]) / energy_of_a_step(activity)
        slope, halved = np.log2(ratio) / 2, 2.0 ** (1 - depth)
        line = f"{depth:6d}{halved:18.2f}{slope:11.2f} with {width:,d} units"
        lines.append(line)
        assert abs(slope - halved) < (0.2 if width < 4_096 else 0.03)
print(*lines, sep="\n")

# %% [markdown]
# ```{exercise}
# :label: ex-zeta-scale
# Show that the ratio of the path energies at two small steps gives {math}`s` without knowing the first eigenvalue.
# How well does it work on a circle code with {math}`s = 2.2` and steps of 0.01 and 0.02 radians?
# ```
#
# ````{solution} ex-zeta-scale
# :class: dropdown
# Both energies are multiplied by the first eigenvalue, which cancels. The base-2 logarithm of the ratio is
# {math}`s - 1` up to terms that vanish like {math}`\delta^{3-s}`, so the estimate is good far below 3 and poor near
# it.
# ````

# %% tags=["hide-cell"]
for s_ in (1.5, 2.2, 2.8):
    one, two = en.circle_path_energy(s_, np.array([0.01, 0.02]))
    print(f"s = {s_}: inferred {1 + np.log2(two / one):.2f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
