# %% [markdown]
# (nb-zeta-energy)=
# # Exponent and energy of a random projection
#
# Take the activity of a few thousand neurons, multiply it by a random matrix with three columns, and watch the point
# that it traces in space. Some networks draw smooth loops, others a scribble. {cite:t}`marshall2024` would like to
# read a number off that picture: section 2.5 of their supplement links the *energy* of the projection to the exponent
# of the activity's power-law spectrum, through Riemann's zeta function. If that worked, one cheap random projection
# would tell how a network spreads its variance over directions, and with it how hard it is to read.
#
# We follow the link in both directions. The derivation loses a factor of {math}`m/k`, hundreds for a real layer, and
# then replaces a finite sum by an infinite one where that matters most. Both can be repaired exactly. What cannot be
# repaired is the use: the repaired energy is a trace, so it knows the sum of the eigenvalues and nothing else.
#
# Then comes the surprise. The experiments compute *another* energy, that of successive differences. The two are not
# proportional, and the second is the better one: it knows whether the path is smooth. We derive it, find the exponent
# 3 at which loops turn into scribbles, and let a dot run in circles before two random networks to see both.

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
# You need covariance matrices, the trace, and the idea of a power law. Symbols are those of {doc}`../book/notation`:
# {math}`m` units, {math}`k` dimensions of the projection, eigenvalues {math}`\lambda_i = i^{-s}` of the covariance
# {math}`\Sigma`. The supplement writes {math}`i^{\alpha}` with a negative {math}`\alpha` in this section and with a
# positive one in the section before; here the exponent is {math}`s > 0`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
n_draws: int = 8_000  # of activity and projection, for each Monte Carlo check
n_units: int = 1_600  # m of a layer whose exponent is to be found, as in GPT-2 XL
n_frequencies: int = 1_024  # of the synthetic codes on a circle
image_size: int = 24  # pixels on a side
dot_radius: float = 6.0  # pixels, of the circle on which the dot moves
dot_width: float = 2.0  # pixels, standard deviation of the dot
n_steps: int = 1_024  # positions of the dot on its circle, a multiple of 64
feature_width: int = 512  # units of each random layer
depths: str = "1 2 4 8"  # numbers of random layers
n_networks: int = 5  # draws of the random weights
n_projections: int = 1_000  # random projections of a network

# %% tags=["hide-input"]
from polylib import figures, results, validate

validate.parameters(globals())
figures.use_style()

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
# The supplement computes it in three lines. The first writes the squared length as {math}`r^T A^T A r` and calls it a
# scalar. It is a {math}`k \times k` matrix; the scalar is its trace. The second splits the trace of a product into a
# product of traces. No such rule exists.

# %% tags=["hide-input"]
from polylib.derivation import Derivation
from polylib.notation import named
from sympy import Matrix, Poly, Rational, Sum, evaluate, eye, oo, symbols, zeta

i, m, k = symbols("i m k", integer=True, positive=True)
c = symbols("c", real=True)
M, N = (Matrix(2, 2, symbols(f"{x}_11 {x}_12 {x}_21 {x}_22")) for x in "MN")
tr_M, tr_N = (
    named(r"\operatorname{tr}(M)", M.trace()),
    named(r"\operatorname{tr}(N)", N.trace()),
)
tr_MN = named(r"\operatorname{tr}(M N)", (M * N).trace())
scaled = named(r"\operatorname{tr}(c I N)", (c * eye(2) * N).trace())
corners = dict(zip([*M, *N], [2, 0, 0, 0, 0, 0, 0, 3], strict=True))
with evaluate(False):
    product, entries = tr_M * tr_N, M[0] * N[0] + M[1] * N[2]
    entries = entries + M[2] * N[1] + M[3] * N[3]

# %% tags=["hide-input"]
section = "supplement 2.5"
traces = Derivation("The trace of a product", source=section)
traces.refutes(
    tr_MN,
    product,
    corners,
    (tr_MN, entries),
    "every entry of one meets an entry of the other",
    line="second display, “the trace trick”",
    implied=True,
)
traces.equal(scaled, c * tr_N, "unless one factor is a multiple of I: no trace")
traces

# %% [markdown]
# With {math}`M = \mathrm{diag}(2, 0)` and {math}`N = \mathrm{diag}(0, 3)` the two live in different corners. Their
# product is 0, and the product of their traces is 6. The last line of the box shows the way out. The mean of
# {math}`r r^T` *is* a multiple of the identity, so the trace can be taken, but it leaves the multiple and not the
# trace of the identity. The two differ by a factor {math}`m`.
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
size = {m: 3, k: 2}
row = Matrix([a])
gram = r.T * row.T * row * r
length = named("|A r|^2", (row * r).dot(row * r))
corner = named("(r^T A^T A r)_{11}", gram[0, 0])
trace_gram = named(r"\operatorname{tr}(r^T A^T A r)", gram.trace())
cyclic = named(r"\operatorname{tr}(A^T A r r^T)", (row.T * row * r * r.T).trace())
level = named(r"\langle E[z]\rangle", mean_energy(r, Rational(1, 3), spread))
tr_S = named(r"\operatorname{tr}(\Sigma)", spread.trace())
of_r = named(
    r"\langle\operatorname{tr}(r^T r)\rangle", Rational(len(r), 3)
)  # 6 variances
of_A = named(r"\operatorname{tr}(\langle A^T A\rangle)", spread.trace())
half = Rational(1, 2)
with evaluate(False):
    split, split_right = half * of_r * of_A, of_r * of_A / (2 * m)
    half_trace, right = half * tr_S, k / (2 * m) * tr_S
    unsplit = k / 2 * tr_S
somewhere = {x: 1 for x in [*a, *r]}
decay = {spread[0, 0]: 1, spread[1, 1]: half, spread[2, 2]: half**2}

# %% tags=["hide-input"]
steps = Derivation("The energy is k/2m of the trace", source=section)
steps.refutes(
    length,
    corner,
    somewhere,
    (length, trace_gram),
    "a k × k matrix is no scalar, and no entry of it will do: its trace does",
    line="first display, last term",
    implied=True,
)
steps.equal(trace_gram, cyclic, "cyclic order")
steps.refutes(
    level,
    split,
    decay,
    (level, split_right),
    "the mean of r rᵀ is k/m times I, whose trace must not be taken",
    on=size,
    line="second display, first equation",
)
# %% tags=["hide-input"]
steps.refutes(
    split,
    half_trace,
    decay,
    (split, unsplit),
    "m k entries of variance 1/m: the trace of rᵀr is k, not 1",
    on=size,
    line="second display, second equation",
)
last = "second display, its two ends"
steps.refutes(
    level,
    half_trace,
    decay,
    (level, right),
    "both slips together",
    on=size,
    line=last,
)
steps

# %% [markdown]
# Two wrong steps, of which the first makes the result {math}`m` times too large and the second {math}`k` times too
# small. They do not cancel. It makes no difference whether {math}`r_i` is read as a row or a column of the matrix;
# all entries have variance {math}`1/m` either way.
#
# Does a simulation agree? Each draw takes new activity and a new projection, at several widths and dimensions; the last
# one has random signs in place of Gaussians, in {math}`r` and in {math}`A`.

# %%
import numpy as np
from polylib import energy as en

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
drawn = Derivation("The energy by Monte Carlo", source=section)
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
# centred adds its mean to the energy; ReLU activity has a large one, so "centred around zero" is not a formality.

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
normal = Derivation("Normalisation and mean", section, "A has mean zero")
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
# {math}`1 + 2^{-s} + 3^{-s} + \dots`, with {math}`m` terms. The supplement lets {math}`m` go to infinity, "as the
# later terms of the sum rapidly approach zero", and has a zeta function. But it is the *sum* of the later terms that
# has to be small, and for an exponent near one, which {cite:t}`stringer2019` measured in visual cortex, terms that
# vanish add up to as much as one likes.
#
# There is no need to approximate. What is left out is a zeta function itself, that of Hurwitz, whose sum starts at
# {math}`m+1`, and the identity holds for every {math}`s` but 1, below 1 too.
#
# ```{prf:theorem} The link at finite width
# :label: thm-finite-link
# For eigenvalues {math}`i^{-s}`, {math}`i \le m`, the level energy is {math}`k/2m` times the difference of Riemann's
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
s, first = symbols("s lambda_1", positive=True)
s_real = symbols("s", real=True)
alpha = symbols("alpha", negative=True)
with evaluate(False):
    finite = Sum(i ** (-s_real), (i, 1, m))
    unit = Sum(first * i ** (-s_real), (i, 1, m)), first * finite
    endless = Sum(i**alpha, (i, 1, oo))
    exact = zeta(s_real) - zeta(s_real, m + 1)
    tail, s_1 = zeta(s_real, m + 1), s_real - 1
    tail_low, tail_high = (m + 1) ** (-s_1) / s_1, m ** (-s_1) / s_1
    link_right = k / (2 * m) * exact
    printed_link, no_less = zeta(s_real) / 2, Rational(1, 2)
energy = named(r"\langle E[z]\rangle", k / (2 * m) * finite)
around = {s_real: (-3, 4)}
layer = {m: 64, k: 3, s_real: Rational(3, 2)}

# %% tags=["hide-input"]
link = Derivation("From the trace to zeta", source=section)
link.equal(*unit, "λ₁ is the unit in which energy is measured", where=around)
link.equal(
    endless, zeta(-alpha), "if α < -1", where={alpha: (-6, Rational(-11, 10))}
)
link.refutes(
    finite,
    zeta(s_real),
    {m: 1024, s_real: Rational(6, 5)},
    (finite, exact),
    "the tail is Hurwitz's zeta function",
    where=around,
    line="third display, ≈ read as =",
    implied=True,
)
box = {m: (1, 4), s_real: (1.1, 3)}
link.at_most(tail_low, tail, box, "so the tail is at least an integral")
link.at_most(tail, tail_high, box, "and at most another")
ends = "third display, its two ends, ≈ read as ="
link.refutes(
    energy,
    printed_link,
    layer,
    (energy, link_right),
    "k/2m, and m terms",
    where=around,
    line=ends,
)
link

# %% [markdown]
# How wrong is the infinite sum? The map below shows by how much {math}`\zeta(s)` exceeds the sum of {math}`m` terms,
# with the constant already repaired. Each line is one relative error. Think of your favourite layer as a point on it.

# %% mystnb={"figure": {"caption": "Relative error of the infinite sum, ζ(s) divided by the sum of m terms, less one. Right of a line the error is smaller than its label.", "name": "fig-error-map"}, "image": {"alt": "Contour map over exponents from 1 to 3 and 16 to 65,536 units. The lines of 0.01, 0.1, 1, 10 and 100 percent fall from the upper left to the lower right, the 100 percent line almost upright at the left edge: even at 65,536 units the error exceeds 100 percent below an exponent of about 1.06, and one percent is reached only above 1.4."}}
import matplotlib.pyplot as plt

s_axis, widths = np.linspace(1.01, 3, 200), 2.0 ** np.arange(4, 16.1, 0.25)
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
ax.set(xlabel="exponent s", ylabel="number of units m")
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

# %% tags=["hide-input"]
import mpmath

positive = symbols("alpha", positive=True)
with evaluate(False):
    falling = Sum(i ** (-positive), (i, 1, m))
    falling_right = zeta(positive) - zeta(positive, m + 1)

# %% tags=["hide-input"]
below = Derivation("At and below exponent one, and with the other sign", section)
point = {s_real: half, m: 1024}
below.refutes(
    finite,
    zeta(s_real),
    point,
    (finite, exact),
    "the series diverges, and its continuation is not the sum",
    where=around,
    line="third display, for -1 ≤ α < 0",
    implied=True,
)
below.refutes(
    falling,
    zeta(-positive),
    {positive: Rational(3, 2), m: 64},
    (falling, falling_right),
    "α > 0, as in Theorem 4, makes the printed energy negative",
    where={positive: (0.1, 4)},
    line="third display, with the α of Theorem 4",
    implied=True,
)
below.agrees(
    en.partial_zeta,
    lambda s, m: mpmath.nsum(lambda i: i**-s, [1, m]),
    [(x, n) for x in (-2.5, 0.0, 0.5, 1.0, 1.2, 3.0) for n in (1, 64, 1024)],
    1e-9,
    "the library's sum against mpmath's",
)
below

# %% [markdown]
# The second line of the box is about signs. Theorem 4 has eigenvalues that fall with a positive exponent, this
# section writes {math}`\zeta(-\alpha)` for a negative one. Whoever carries an exponent of 1.5 from there to here gets
# a negative energy, and with an exponent of 2 gets exactly 0.

# %% [markdown]
# (sec-zeta-back)=
# ## Using the link backwards
#
# The point of the link is to measure an energy and infer an exponent. The repaired energy falls with {math}`s`, from
# infinity to {math}`k/2m`, where only the first eigenvalue is left. So every energy above that limit belongs to
# exactly one real {math}`s`, and `polylib.energy.exponent_from_energy` finds it. What do the other links say?


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
# The printed link has no answer in any row: {math}`\zeta(s)/2` is never below one half, and the energies are. With
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
# For Gaussian {math}`r`, the energy of one projection, averaged over the activity, is a mixture of independent
# chi-squares: one with {math}`k` degrees of freedom for each eigenvalue, weighted by {math}`\lambda_i / 2m`. Relative
# to its mean, its variance is {math}`2/k` divided by the *participation ratio* {math}`PR` of the spectrum.
# ```
#
# ```{prf:proof}
# In the eigenbasis of {math}`\Sigma`, which does not change the law of {math}`r`, the average of {math}`|Ar|^2` over
# the activity is the sum over units of {math}`\lambda_i` times the squared length of row {math}`i` of {math}`r`, and
# that is {math}`1/m` times a chi-square. Chi-squares with {math}`k` degrees of freedom have mean {math}`k` and
# variance {math}`2k`.
# ```
#
# The participation ratio is the effective number of dimensions. For a wide power law it is
# {math}`\zeta(s)^2/\zeta(2s)`, which is small: steep spectra have few dimensions that matter, so a projection of
# thousands of units averages over few of them.

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
several = Derivation("The spread over projections", "this book")
several.equal(var_E, var_right, "variances of chi-squares add", on=size)
several.equal(relative, relative_right, "the square of std over mean", on=size)
several.equal(
    steep, Rational(5, 2), "the participation ratio of i⁻² in a wide layer"
)
for s_, m_ in ((1.2, 256), (2.0, 256), (3.0, 256)):
    spectrum = np.arange(1, m_ + 1) ** -s_
    drawn_E = rng.chisquare(3, (20_000, m_)) @ spectrum / (2 * m_)
    seen = drawn_E.std() / drawn_E.mean()
    fourth = ((drawn_E / drawn_E.mean() - 1) ** 4).mean()
    blur = np.sqrt((fourth - seen**4) / 20_000) / (2 * seen)  # of a deviation
    value = np.sqrt(2 / (3 * en.participation_ratio(spectrum)))
    several.sampled(value, seen, blur, f"std over mean, s = {s_}, m = 256, k = 3")
several

# %% [markdown]
# A single three-dimensional projection of a layer with {math}`s = 2` is off by half of its energy, whatever its
# width. What that does to the exponent is shown next: we draw energies from the mixture, invert each exactly, and
# show where the middle 95 % fall, if one averages over ten, a hundred or a thousand projections.


# %% mystnb={"figure": {"caption": "Exponents inferred from the exact finite-width link at the first eigenvalue 1, 95 % of all outcomes, when the energy is averaged over 10, 100 or 1,000 random projections to three dimensions.", "name": "fig-inferred"}, "image": {"alt": "Three nested bands around the diagonal, inferred against true exponent from 1 to 3. All are narrow at exponent one. The band of ten projections widens fast, reaches from 1.6 to 3 at exponent two, and leaves the picture at the top from 2.2 on; the band of a hundred leaves it at about 2.8; that of a thousand stays within a few tenths of the diagonal."}}
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
# How many projections give the exponent to within 0.05, nineteen times in twenty? The energy has to be known to 0.05
# times the slope of its logarithm.

# %%
table = [f"m = {n_units:,}   PR   projections to three dimensions"]
for s_ in (1.04, 1.2, 1.5, 2.0, 3.0):
    total = en.partial_zeta(s_, n_units)
    ratio = total**2 / en.partial_zeta(2 * s_, n_units)
    ends = np.log(en.partial_zeta(np.array([s_ - 1e-4, s_ + 1e-4]), n_units))
    slope = (ends[0] - ends[1]) / 2e-4
    needed = 2 / (3 * ratio) * (1.96 / (0.05 * slope)) ** 2
    table.append(f"s = {s_:4.2f}  {ratio:6.1f}  {needed:7,.0f}")
    drawn_E = mean_of_projections(s_, int(np.ceil(needed)))
    off = np.abs(en.exponent_from_energy(drawn_E, n_units) - s_)
    assert 0.9 < (off < 0.05).mean() < 0.99
print(*table, sep="\n")
assert 3 * needed > n_units

# %% [markdown]
# A simulation confirms each row: about 95 % of the inferred exponents fall within 0.05. The flat spectra, for which
# the infinite sum fails, are the easy ones here; a steep one needs thousands of projections, more dimensions than the
# layer has. And all of this noise is home-made. What the average over projections approaches is {math}`k/2m` times
# the mean of {math}`|A|^2`, which can be computed without any projection. Random projections are a way to estimate a
# trace *when the matrix cannot be had* {cite:p}`hutchinson1990`. Here it can.

# %% [markdown]
# (sec-zeta-steps)=
# ## The energy that the code computes
#
# Section 1 of the supplement describes the code behind the figures. There the energy of a set of points is "the
# squared magnitude of the differences between successive points". That is not {prf:ref}`def-level-energy`.
#
# ```{prf:definition} Path energy (what the code computes, up to the half)
# :label: def-path-energy
# The path energy is half the sum, over the steps of a path, of the squared length of the step.
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
# from one step to the next, it is {math}`2(1-\rho)` times the level energy. If mode {math}`i` has its own
# {math}`\rho_i`, each eigenvalue counts {math}`1 - \rho_i` times.
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
differences = Derivation("Two energies that are not the same", source=section)
differences.equal(
    one_step, gap, "C is the covariance of successive values", on=size
)
slow = decay | {rho: Rational(9, 10), m: 3, k: 2}
differences.refutes(
    same_rho,
    right,
    slow,
    (same_rho, factor),
    "the code's energy, for one correlation ρ of all modes",
    on=size,
    line="section 1, helpers.py, taken for the energy of 2.5",
    implied=True,
)
differences.equal(own_rho, by_mode, "each mode with its own correlation", on=size)
differences.remark(
    "the squared magnitude of the differences between successive points",
    "half of it, if it is to be compared with an energy that has a half",
    line="section 1, helpers.py",
)
differences

# %% [markdown]
# In the box {math}`E_\Delta` is the path energy of one step, and {math}`C` the covariance between activity now and a
# step later. A step of an uncorrelated series costs two level energies, and four if the code leaves the half out; at
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
# So a low path energy, which the supplement reads as a statement about the exponent, may say that the stimulus moved
# slowly.

# %% [markdown]
# (sec-zeta-smooth)=
# ## Smooth and rough paths
#
# If the correlations {math}`\rho_i` were arbitrary, nothing more could be said. But the supplement moves a *dot on a
# circle*, and then they are not. A population that answers to an angle {math}`\theta`, with no angle preferred, has
# the Fourier modes as its principal components. Say mode {math}`i` follows frequency {math}`i` with variance
# {math}`i^{-s}`. A step of {math}`\delta` radians turns it by {math}`i\delta`, its correlation is
# {math}`\cos i\delta`, and {prf:ref}`thm-path-energy` gives a sum that is a zeta function after all, less a
# polylogarithm:
#
# ```{prf:theorem} Path energy on a circle
# :label: thm-circle
# In a wide layer, a step of {math}`\delta` costs {math}`k/m` times
# {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})`. For small steps this falls like {math}`\delta^{s-1}` if
# {math}`1 < s < 3`, and like {math}`\delta^2` if {math}`s > 3`.
# ```
#
# ```{prf:proof}
# The sum is that of {math}`i^{-s}(1 - \cos i\delta)`. Frequencies far below {math}`1/\delta` contribute
# {math}`i^{2-s}\delta^2/2` each. If {math}`s > 3` these add up to {math}`\zeta(s-2)\,\delta^2/2` however small
# {math}`\delta` is, and the rest is of smaller order. If {math}`s < 3` the sum of {math}`i^{2-s}` is dominated by its
# upper end, the frequencies near {math}`1/\delta`; there the sum is {math}`\delta^{s-1}` times a Riemann sum of
# {math}`x^{-s}(1 - \cos x)`, whose integral converges at both ends.
# ```
#
# The integral is a gamma function, so both constants are known. For even {math}`s` the whole sum is a polynomial in
# {math}`\delta`.

# %% tags=["hide-input"]
from scipy.special import gamma


def direct_sum(s, step, n=4_000_000):
    """The first n terms, one by one, and the mean of the others."""
    i = np.arange(n, 0, -1.0)
    return (i**-s * 2 * np.sin(i * step / 2) ** 2).sum() + n ** (1 - s) / (s - 1)


def path_energy_over_its_leading_term(s, d):
    """The path energy over its leading term."""
    if s > 3:
        return en.circle_path_energy(s, d) / (
            en.partial_zeta(s - 2, 10**15) * d**2 / 2
        )
    constant = np.pi / (2 * gamma(s) * np.sin(np.pi * (s - 1) / 2))
    return en.circle_path_energy(s, d) / (constant * d ** (s - 1))


def one(s, d):
    return 1.0


def polynomial(s, d):
    if s == 2:
        return np.pi * d / 2 - d**2 / 4
    return np.pi**2 * d**2 / 12 - np.pi * d**3 / 12 + d**4 / 48


# %% tags=["hide-input"]
def walk_round(s, d, n=2_000):
    """Path energy of one step, times m/k, over random starts and directions."""
    i = np.arange(1, n_frequencies + 1)
    start = rng.uniform(0, 2 * np.pi, (n, n_frequencies))
    step = np.sqrt(2) * i ** (-s / 2) * (np.cos(start + i * d) - np.cos(start))
    energy = (step * rng.normal(size=(n, n_frequencies))).sum(1) ** 2 / 2
    return energy.mean(), energy.std() / np.sqrt(n)


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
circle.agrees(
    path_energy_over_its_leading_term,
    one,
    [(s_, 1e-8) for s_ in (1.5, 2.0, 2.5, 3.5, 4.0, 6.0)],
    1e-3,
    "δ = 1e-8: powers s - 1 and 2, with constants from the integral",
)
circle.sampled(
    en.circle_path_energy(2, 0.1),
    *walk_round(2, 0.1),
    "simulated steps, s = 2, δ = 0.1",
)
circle

# %% mystnb={"figure": {"caption": "Path energy of one step on a circle, in units of k/m, against the length of the step. The slope is s − 1 until it reaches 2.", "name": "fig-slopes"}, "image": {"alt": "Log-log lines for six exponents that fan out from a common point at large steps. At a step of a ten-thousandth of a radian the line of exponent 1.5 has fallen to a few hundredths, that of 2 to about a ten-thousandth, that of 2.5 to about a millionth, that of 3 to less than a ten-millionth, and those of 4 and 6, parallel and close, to a hundred-millionth."}}
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
# ### Why three?
#
# {cite:t}`stringer2019` asked when a neural code can be smooth, such that close stimuli have close answers. The
# answer depends on the dimension {math}`d` of the set of stimuli, because in {math}`d` dimensions the {math}`i`-th
# eigenfunction has a frequency near {math}`i^{1/d}`, and differentiating multiplies its variance by the square of
# that. The variance of the derivative is finite only for {math}`s > 1 + 2/d`. A circle has {math}`d = 1`, and the
# critical exponent is 3.

# %% tags=["hide-input"]
d_sym = symbols("d", integer=True, positive=True)
with evaluate(False):
    roughness = Sum(i ** (-s) * i ** (2 / d_sym), (i, 1, oo))
    roughness_right = zeta(s - 2 / d_sym)
smooth = Derivation(
    "The variance of the derivative", "Stringer et al. 2019", "s exceeds 1 + 2/d"
)
smooth.equal(
    roughness,
    roughness_right,
    "finite if the argument is above 1",
    where={s: (3.1, 6), d_sym: (1, 6)},
)
smooth

# %%
print("d = 2: partial sums of the variance of the derivative")
print("   s     10^2     10^4     10^6     10^8    limit")
for s_ in (1.9, 2.0, 2.1, 2.5):
    parts = en.partial_zeta(s_ - 1, 10.0 ** np.arange(2, 9, 2))
    converges = s_ > en.critical_exponent(2)
    limit = 2 * en.power_law_energy_printed(s_ - 1) if converges else np.inf
    print(f"{s_:4.1f}", *(f"{part:8.2f}" for part in parts), f"{limit:8.2f}")
    assert parts[-1] < limit

# %% [markdown]
# The criterion is sharp in the limit and blunt in practice. At {math}`s = 2.1` the sum has a limit, 10.58, and a
# hundred million terms have not reached it. No finite network is on one side or the other; what it has is a range of
# scales over which its paths look smooth.
#
# Here are four such paths. All four codes have the same level energy, and are drawn with the same random numbers.
# Only the exponent differs.

# %% mystnb={"figure": {"caption": "One turn of a circle of stimuli, seen through a random projection to the plane, for codes of exponent s and equal level energy. The same random numbers are used in all four. The critical exponent is 3.", "name": "fig-paths"}, "image": {"alt": "Four square panels with closed curves. At exponent 1.5 a dense scribble that fills its area. At 2.5 a crumpled line, jagged at every scale. At 4 a loop with a few soft bends. At 6 a clean smooth loop."}}
theta = np.linspace(0, 2 * np.pi, 2_048)
i_axis = np.arange(1, n_frequencies + 1)
waves = np.cos(np.outer(theta, i_axis)), np.sin(np.outer(theta, i_axis))
r_cos, r_sin = (
    en.random_projection(n_frequencies, 2, rng=np.random.default_rng(seed + j))
    for j in (1, 2)
)
fig, axes = plt.subplots(2, 2, figsize=(5.6, 5.6))
for ax, s_ in zip(axes.flat, (1.5, 2.5, 4.0, 6.0), strict=True):
    std = i_axis[:, None] ** (-s_ / 2) / np.sqrt(
        en.partial_zeta(s_, n_frequencies)
    )
    z = waves[0] @ (std * r_cos) + waves[1] @ (std * r_sin)
    ax.plot(*(z / np.sqrt((z**2).mean())).T, color="0.1", linewidth=0.7)
    side = "rough" if s_ < en.critical_exponent(1) else "smooth"
    ax.text(0.5, 1.02, f"s = {s_:g}, {side}", ha="center", transform=ax.transAxes)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
plt.show()

# %% [markdown]
# (sec-zeta-dot)=
# ## A dot on a circle
#
# So far the codes were made up. Now something that computes: a Gaussian blob moves on a circle in a small image, and
# the images pass through layers of random weights. With *ReLU* units such a layer is a network before training. With
# *threshold* units, which answer 0 or 1, it is the same network with a hard edge.
#
# We centre the features over the path and predict: the mean level energy over projections is {math}`k/2m` times the
# trace, for both networks. The path energy is what {prf:ref}`thm-path-energy` says, and has nothing to do with the
# level. For random ReLU features the theory of kernels predicts, for features in infinite number, eigenvalues that
# fall like {math}`i^{-4}` on a circle, at any depth {cite:p}`bietti2021`: above the critical exponent. A threshold
# unit jumps, so its exponent should be 2, below it. Our dot is not a point on a sphere of inputs, but the path on
# which it moves is a circle.


# %%
def dot_images(n):
    """A Gaussian dot at n places of a circle: array (n, pixels)."""
    angle = 2 * np.pi * np.arange(n)[:, None] / n
    x, y = dot_radius * np.cos(angle), dot_radius * np.sin(angle)
    grid = np.arange(image_size) - (image_size - 1) / 2
    rows, columns = (
        np.exp(-((grid - u) ** 2) / 2 / dot_width**2) for u in (y, x)
    )
    return (rows[:, :, None] * columns[:, None, :]).reshape(n, -1)


def random_features(x, layers, activation, draw=seed):
    """Activity (time, units) after random layers, mean square 1, then centred."""
    generator = np.random.default_rng(draw)
    for _ in range(layers):
        weights = generator.normal(size=(x.shape[1], feature_width))
        x = activation(x @ weights)
        x /= np.sqrt((x**2).mean())
    return x - x.mean(0)


relu, threshold = (lambda x: np.maximum(x, 0)), (lambda x: np.sign(x) / 2 + 0.5)
frames = dot_images(n_steps)

# %% mystnb={"figure": {"caption": "Eight of the images that the networks see: a dot that moves on a circle.", "name": "fig-dot"}, "image": {"alt": "A row of eight small dark images. In each there is one blurred bright dot, which moves from the right of the image around a circle and back in eight steps."}}
fig, axes = plt.subplots(1, 8, figsize=(7.2, 1.1))
for ax, frame in zip(axes, frames[:: n_steps // 8], strict=True):
    ax.imshow(frame.reshape(image_size, image_size), cmap="gray", origin="lower")
    ax.set_axis_off()
plt.show()


# %%
from polylib.power_law import fit_power_law


def predict(activity, n_dims=3):
    """Exponent, level energy and path energy a step, by the theorems."""
    m = activity.shape[1]
    lam = np.linalg.eigvalsh(activity.T @ activity / len(activity))[::-1]
    lag = (activity * np.roll(activity, 1, axis=0)).sum(1).mean()
    exponent = fit_power_law(lam, ranks=(30, 100)).alpha
    level = en.projected_energy(lam.clip(0), n_dims)
    return exponent, level, n_dims / m * (lam.sum() - lag)


def project(activity):
    """Level and path energy a step of each random projection to 3 dimensions."""
    closed = np.vstack([activity, activity[:1]])
    r = en.random_projection(activity.shape[1], 3 * n_projections, rng=rng)
    z = (closed @ r).reshape(len(closed), n_projections, 3)
    levels = (z[1:] ** 2).sum(-1).mean(0) / 2
    return levels, en.path_energy(z.transpose(1, 0, 2)) / n_steps


kinds = {"ReLU": relu, "threshold": threshold}
shallow = {name: random_features(frames, 1, f) for name, f in kinds.items()}

# %% tags=["hide-input"]
dot = Derivation("A dot before random features", "this book")
predicted = {name: predict(activity) for name, activity in shallow.items()}
for name, activity in shallow.items():
    for kind, value, energies in zip(
        ("level", "path"), predicted[name][1:], project(activity), strict=True
    ):
        error = energies.std() / np.sqrt(n_projections)
        words = f"{kind} energy, {name} units"
        dot.sampled(value, energies.mean(), error, words)
display(dot)
for name, (s_, level_, path_) in predicted.items():
    print(f"{name:>9}: exponent {s_:.1f}", end=", ")
    print(f"level energy is {level_ / path_:,.0f} path energies of a step")
    assert level_ > 10 * path_
assert predicted["threshold"][0] < en.critical_exponent(1) < predicted["ReLU"][0]

# %% [markdown]
# Both theorems hold for both networks, to within the noise of the projections. The level energies are alike. The path
# energies are not, and neither is within a factor of fifty of what the level formula would say. Here is what they
# look like.

# %% mystnb={"figure": {"caption": "The dot's path through one layer of random features, in a random projection to the plane: the same images, the same weights, the same projection.", "name": "fig-dot-paths"}, "image": {"alt": "Two panels. Left, ReLU units: a closed curve that sweeps smoothly through a few loops. Right, threshold units: an angular scribble of short straight jumps that covers an area of similar size."}}
r_plane = en.random_projection(
    feature_width, 2, rng=np.random.default_rng(seed + 1)
)
fig, axes = plt.subplots(1, 2, figsize=(5.6, 3.0))
for ax, (name, activity) in zip(axes, shallow.items(), strict=True):
    z = np.vstack([activity, activity[:1]]) @ r_plane
    ax.plot(*z.T, color="0.1", linewidth=0.8)
    ax.text(0.5, 1.02, f"{name} units", ha="center", transform=ax.transAxes)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
plt.show()

# %% [markdown]
# The last test is the slope. We skip positions of the dot, so that its steps become longer, and take the path energy
# that {prf:ref}`thm-path-energy` gives for the features at hand. {prf:ref}`thm-circle` predicts {math}`\min(s-1, 2)`:
# a slope of 2 for ReLU units, and of 1 for threshold units.

# %% mystnb={"figure": {"caption": "Path energy of a step of the dot against the length of the step, one random layer of ReLU or threshold units. Dashed grey: their level energies, which know nothing of steps.", "name": "fig-dot-slopes"}, "image": {"alt": "Log-log plot with two straight rising lines, ReLU with slope two far below and threshold with slope one above it; at the longest steps they come within a factor of about two. Two dashed horizontal lines near the top are the level energies."}}
strides = 2 ** np.arange(6)
fig, ax = plt.subplots()
slopes = {}
for index, (name, activity) in enumerate(shallow.items()):
    laps = [activity[::stride] for stride in strides]
    jumps = [((x - np.roll(x, 1, axis=0)) ** 2).sum(1).mean() for x in laps]
    cost = 3 / (2 * feature_width) * np.array(jumps)
    step = 2 * np.pi * strides / n_steps
    slopes[name] = np.log2(cost[3] / cost[0]) / 3
    style = {"color": f"C{index}", "marker": figures.MARKERS[index]}
    ax.loglog(step, cost, **style, linestyle=figures.DASHES[0])
    label = f"{name}: slope {slopes[name]:.1f}"
    ax.text(step[1] * 1.1, cost[1] * 0.6, label, color=f"C{index}")
    ax.axhline(predicted[name][1], color="0.5", linestyle="--")
ax.text(step[0], 1.05, "level energies", va="bottom", color="0.3")
ax.set(xlabel="step of the dot (radians)", ylabel="energy (squared activity)")
plt.show()


# %%
def several_networks(layers, activation):
    """(exponent, level, path energy) of networks with other weights."""
    draws = range(seed, seed + n_networks)
    features = (random_features(frames, layers, activation, j) for j in draws)
    return np.array([predict(x) for x in features])


table = [f"            slope   exponent of {n_networks} networks"]
for name, slope in slopes.items():
    found = several_networks(1, kinds[name])[:, 0]
    span = f"{found.min():.2f} to {found.max():.2f}"
    table.append(f"{name:>9}:  {slope:5.2f}   {found.mean():.2f} ({span})")
    assert abs(slope - min(found.mean() - 1, 2)) < 0.15
print(*table, sep="\n")

# %% [markdown]
# The threshold network's slope gives its exponent back: one plus the slope, and no eigenvalue had to be computed. The
# ReLU network's slope only says "3 or more", which is true.
#
# ### Deeper networks
#
# The supplement's code plots, layer by layer, the energy of the projection against the exponent of the spectrum. What
# happens to the three along a stack of random ReLU layers?

# %%
lines = ["layers   exponent (range)      level energy   path energy   varies"]
table = []
for depth in map(int, depths.split()):
    found = several_networks(depth, relu)
    (s_, level_, path_), low, high = found.mean(0), found.min(0), found.max(0)
    table.append([s_, level_, path_])
    row_ = f"{depth:6d}   {s_:.2f} ({low[0]:.2f} to {high[0]:.2f})"
    lines.append(f"{row_}{level_:15.2f}   {path_:11.1e}   {2 / 3 * level_:6.0%}")
print(*lines, sep="\n")
exponents, level_by_depth, path_by_depth = np.array(table).T
assert path_by_depth.max() < 1.3 * path_by_depth.min()
assert level_by_depth.max() > 2 * level_by_depth.min()
assert np.ptp(exponents) < 0.5 and (np.diff(level_by_depth) < 0).all()

# %% [markdown]
# The exponent hardly changes, as the theory of kernels has it: deep is no different from shallow. By the link the
# energy should then stay what it is. It falls to less than a third. Deep random ReLU layers answer to all inputs more
# and more alike, so that less of their activity varies at all; the last column is the share of the mean square that
# does. The trace shrinks, and the unit of energy with it. The path energy, meanwhile, stays put. Across the layers of
# this stack the level energy moves without the exponent, and the path energy moves with neither.
#
# The supplement's code plots energies of layers against their exponents. A correlation found that way, in whichever
# direction, is a fact about how loud and how fast the layers are before it is one about zeta.

# %% [markdown]
# ## Summary
#
# - **The energy of a random projection is {math}`k/2m` of the trace**, not half of it. The printed derivation takes a
#   matrix for a scalar and splits the trace of a product. Entries of variance {math}`1/k` would give half the trace.
# - **The link to zeta holds exactly at finite width**, with Hurwitz's zeta function, for every exponent. The infinite
#   sum is an approximation for {math}`s` well above 1 and meaningless at 1 and below.
# - **Backwards, the printed link has no solution** for any energy below one half. The repaired one works if the first
#   eigenvalue is known to be 1, and needs hundreds to thousands of projections for a steep spectrum; the trace itself
#   is cheaper.
# - **The code computes another energy.** Successive differences cost {math}`2(1-\rho)` of the level energy, or, on a
#   circle, {math}`\zeta(s) - \mathrm{Re}\,\mathrm{Li}_s(e^{i\delta})`. It depends on the exponent through smoothness,
#   and its slope against the step gives {math}`s` below the critical exponent {math}`1 + 2/d`.
# - Random ReLU features answer to a moving dot with a smooth path, threshold features with a rough one, at nearly the
#   same level energy.
#
# **What it means for reading a network.** A picture of a random projection is honest about one thing, the smoothness
# of the path, and that is the one thing that the energy of 2.5 leaves out. If nearby inputs give nearby points at
# every zoom, the spectrum of a code like those above is steep, few directions matter, and a reader who follows the
# path in three dimensions loses little. If the path stays rough however finely the input moves, variance reaches into
# many directions, and three of them show a shadow. To tell the two apart, do not compare energies between layers,
# which differ in loudness first of all. Move the input in smaller and smaller steps, and look at how fast the path
# energy falls.
#
# What this does not show: anything about trained networks, or about inputs without a parameter that can be moved at
# will, such as text. There the time axis has correlations of its own, and the path of a sentence has no smaller
# steps. Nor does a smooth path mean that units are easy to name. What comes next is the experiment that this chapter
# imitates, with a trained network in place of a random one.

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
# measures it.
# ````

# %% tags=["hide-cell"]
lines = []
for depth in (1, 2, 3):
    activity = random_features(frames, depth, threshold)
    jumps = [
        ((x - np.roll(x, 1, axis=0)) ** 2).sum(1).mean()
        for x in (activity, activity[::4])
    ]
    slope = np.log2(jumps[1] / jumps[0]) / 2
    lines.append(
        f"{depth} layers: slope {slope:.2f}, {2.0 ** (1 - depth):.2f} predicted"
    )
    assert abs(slope - 2.0 ** (1 - depth)) < 0.15
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
