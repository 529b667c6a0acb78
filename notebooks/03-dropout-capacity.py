# %% [markdown]
# (nb-dropout-capacity)=
# # Channel capacity of a dropout layer
#
# The last chapter asked who can read a code; this one, how much a layer can say when dropout sets its neurons to 0 at
# random. Section 2.3 of the supplement to {cite:t}`marshall2024` answers: about a fraction
# {math}`1-D` of what it could say without, where {math}`D` is the dropout rate. To come near that, a layer has to spread what it
# knows over many neurons, and this is the paper's reason to expect neurons that answer to several things.

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
# The answer is the supplement's Theorem 3 (ours begin with the chapter), a bound from below and one from above. It holds for noiseless neurons;
# from 14 levels and rate 0.1 up, the lower bound in its proof is their exact capacity. For noisy neurons it
# can be false, and a stack of dropout layers keeps {math}`1-D` only if something happens between the layers. A best code
# whose features are as wide as its neurons, with as many values as these have levels other than 0, needs a fraction {math}`D` of neurons
# that depend on several features, and it need not have more.
#
# - {ref}`sec-dropout-neuron`: a loss that looks like a value.
# - {ref}`sec-dropout-theorem`: checked and repaired.
# - {ref}`sec-dropout-exact`: when to send 0.
# - {ref}`sec-dropout-noisy`, and a floor that is safe.
# - {ref}`sec-dropout-many`: masks that depend on one another.
# - {ref}`sec-dropout-series`: decode, or mix.
# - {ref}`sec-dropout-codes`: copies, and better.
# - {ref}`sec-dropout-measured`: formulas against PyTorch.
# - {ref}`sec-dropout-reading`: pure and mixed neurons.
#
# You need {term}`mutual information` and a {term}`channel`'s {term}`capacity` {cite:p}`cover2006`. A neuron has {math}`K` levels, one
# of which is 0, and {math}`C=\log_2 K` bits if it is noiseless; a level used as a message is a *letter*. {math}`h_2` is the entropy of
# a coin, {math}`m` the number of neurons, {math}`L` of layers; the rest is in {doc}`../book/notation`.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
rate: float = 0.3  # D, the dropout rate of the measured layers
n_layers: int = 8  # L, dropout layers in series
n_neurons: int = 64  # m, neurons of a layer
field: int = 251  # values of a data symbol, a prime that 8 bits hold
n_words: int = 400  # words sent through the layers for each code

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "How much a neuron can say under dropout, by its rate D and its number of levels K. Thin lines: exact capacity as a share of (1 − D) log₂ K, which the receiver would have if lost values were marked. Thick line: the phase line K − 1 = D^(−1/(1−D)). Above it the best input never sends 0, and the lower bound that Theorem 3 proves is exact; below it, in grey, the best input sends 0 now and then. Dots: a binary neuron and neurons of 4 and 8 bits, at D = 0.1 and 0.5.", "name": "fig-phase"}, "image": {"alt": "A map over dropout rate, 0 to 1, and number of levels, 2 to 1024 on a log scale. A thick line falls steeply from the top left, passes 5 levels at rate one half, and flattens to just below 4 levels at the right. The shaded area below it says: send 0 now and then. Above it: never send 0. Contours of the share of the erasure capacity run level at the right, 99 percent near 32 levels, 95 percent near 10, and reach down to 60 percent at the bottom. The dots of the binary neuron lie at the bottom of the shaded area, that of 4 bits at rate 0.1 just above the line, the others far above it."}}
import matplotlib.pyplot as plt
import numpy as np
from polylib.theory import channel as ch

d_axis = np.linspace(0.002, 0.998, 250)
k_axis = np.unique(np.geomspace(2, 1024, 250).round())[:, None]
share = ch.dropout_capacity(k_axis, d_axis) / ch.erasure_capacity(k_axis, d_axis)
phase_line = 1 + d_axis ** (-1 / (1 - d_axis))

fig, ax = plt.subplots(figsize=(5.6, 4.4))
ax.fill_between(d_axis, 2, phase_line, color="0.9")
lines = [0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
thin = ax.contour(
    d_axis, k_axis[:, 0], share, lines, colors="0.4", linewidths=0.8
)
ax.clabel(thin, fmt=lambda x: f"{x:.1%}".replace(".0", ""), fontsize=10)
ax.plot(d_axis, phase_line, color="C1", linewidth=3)
dots = {"marker": "o", "linestyle": "", "color": "0.1", "clip_on": False}
ax.plot([0.1, 0.5] * 3, [2, 2, 16, 16, 256, 256], ms=6, **dots)
ax.text(0.45, 64, "never send 0:\nthe lower bound is exact")
ax.text(0.17, 4.1, "send 0 now and then")
ax.set_yscale("log", base=2)
ax.set_yticks(2 ** np.arange(1, 11), 2 ** np.arange(1, 11))
ax.set(xlim=(0, 1), ylim=(2, 1024))
ax.set(xlabel="dropout rate D", ylabel="levels K of a neuron")
plt.show()

# %% [markdown]
# (sec-dropout-neuron)=
# ## A neuron under dropout
#
# Take a neuron with four levels, 0 to 3. A value other than 0 survives with probability {math}`1-D` and turns into 0 otherwise;
# 0 stays 0. Rows of the matrix are what was sent, columns what arrives.

# %%
print(ch.dropout_transition(4, 0.3))

# %% [markdown]
# If dropout wrote a fifth symbol, "erased", this would be the {term}`erasure channel`, with capacity {math}`(1-D)\log_2 K`: the
# receiver knows which values were lost, and loses nothing else. But dropout writes 0, and 0 is also something that a neuron may
# want to say.
#
# A check that knows nothing of our formulas is the algorithm of {cite:t}`arimoto1972` and {cite:t}`blahut1972`: it
# encloses the capacity of any channel matrix between two bounds that close in.

# %%
capacity = ch.blahut_arimoto(ch.dropout_transition(4, 0.3), tol=1e-9)
print(f"between {capacity.lower:.6f} and {capacity.upper:.6f} bits a use")
print("best input:", capacity.p_input.round(3))
print(f"erasure channel: {ch.erasure_capacity(4, 0.3):.6f} bits")

# %% [markdown]
# The best input uses 0 less than the other levels. With more levels that will drop to nothing.

# %% [markdown]
# (sec-dropout-theorem)=
# ## Theorem 3, line by line
#
# ```{prf:theorem} Capacity under dropout (supplement, Theorem 3, with its conditions)
# :label: thm-dropout-bounds
# Let each of {math}`m` noiseless neurons of {math}`K` levels, one of them 0, lose its value with probability {math}`D` in every
# use anew. Let the losses be independent of the values sent; on one another they may depend in any way. Then a neuron
# {math}`X` that sends all letters but 0, equally often, gets through to {math}`Y`
#
# $$I(X;Y)=\left(1-D\right)\log_2(K-1)$$
#
# bits, and with any input at most
#
# $$I(X;Y)\le\left(1-D\right)\log_2K.$$
#
# The capacity {math}`C^m` of the layer lies between {math}`m` times the one and {math}`m` times the other.
# ```
#
# **The lower bound** is a construction: never send 0, so that every 0 that arrives is an erasure. In the box {math}`P` is the
# input's law over the other letters, and {math}`Q` the output's, so {math}`Q_0 = D`.

# %% tags=["hide-input"]
from polylib.derivation import Derivation, h2, log2, named
from sympy import (
    IndexedBase,
    Integer,
    Limit,
    Max,
    Rational,
    Sum,
    evaluate,
    exp,
    log,
    oo,
    symbols,
)

C, D, p, u, x = symbols("C D p u x", positive=True)
k = symbols("k", integer=True)
K, L = symbols("K L", integer=True, positive=True)
P, Q, R = (IndexedBase(name, positive=True) for name in "PQR")
levels_rates = {K: (2, oo), D: (0, 1)}
with evaluate(False):
    H_not_zero, split_off = log2(2**C - 1), log2(1 - 2 ** (-C)) + C
    H_X = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 1, K - 1)))
    H_Y = named("H(Y)", -Sum(Q[k] * log2(Q[k]), (k, 0, K - 1)))
    given_zero = D * P[k] / Q[0]
    H_given_zero = -Sum(given_zero * log2(given_zero), (k, 1, K - 1))
    through, kept = H_Y - h2(D), (1 - D) * H_X
    I_even, even_bits = named("I(X; Y)", H_Y - h2(D)), (1 - D) * log2(K - 1)
    at_most_bits = (1 - D) * log2(K)

# %% tags=["hide-input"]
law = {Q[0]: D, Q[k]: (1 - D) * P[k], Sum(P[k], (k, 1, K - 1)): 1}
lower = Derivation(
    "Theorem 3, lower bound",
    source="supplement 2.3, Theorem 3",
    holds_if="the neuron is noiseless and losses are independent of the values",
)
lower.equal(H_not_zero, split_off, "all letters but one, equally likely")
lower.equal(
    H_given_zero, H_X, "a 0 says nothing of what was lost", given={Q[0]: D}
)
lower.equal(
    through,
    kept,
    "so a share D is lost; the same from the output's side",
    where=levels_rates,
    given=law,
)
lower.equal(
    I_even,
    even_bits,
    "most for letters that are equally likely",
    where=levels_rates,
    given={Q[0]: D, Q[k]: (1 - D) / (K - 1)},
)
lower

# %% [markdown]
# **The upper bound** compares with the erasure channel: whoever has one can imitate dropout by writing 0 for
# "erased". That is sound, but the capacity of the erasure channel has a sign wrong, and would deliver more bits than went in.
#
# In the box {math}`P` is any law of the letters, with a share {math}`p` other than 0. The erasure channel shows the mask {math}`E`;
# its output has the law {math}`Q`, with {math}`Q_{-1}` for the erasure symbol. Dropout's has the law {math}`R`.

# %% tags=["hide-input"]
lost = P[k] * D / Q[-1]
with evaluate(False):
    H_all = named("H(X)", -Sum(P[k] * log2(P[k]), (k, 0, K - 1)))
    H_YE = -Sum(Q[k] * log2(Q[k]), (k, -1, K - 1))
    I_erasure = named("I(X; Y, E)", H_YE - h2(D))
    H_lost = -Q[-1] * Sum(lost * log2(lost), (k, 0, K - 1))
    H_lost = named(r"H(X \mid Y, E)", H_lost)
    gains, loses = H_all + H_lost, H_all - H_lost
    H_R = -Sum(R[k] * log2(R[k]), (k, 0, K - 1))
    I_dropout = named("I(X; Y)", H_R - p * h2(D))
    survives = (1 - D) * H_all
eighths = dict.fromkeys(range(8), Rational(1, 8))
uniform = {K: 8, D: Rational(1, 4), P: eighths}
uniform[Q] = {-1: Rational(1, 4)} | dict.fromkeys(range(8), Rational(3, 32))
erased = {Q[-1]: D, Q[k]: (1 - D) * P[k], Sum(P[k], (k, 0, K - 1)): 1}
zero = 1 - p + p * D  # a 0 was sent, or it was written
dropped = {R[0]: zero, R[k]: (1 - D) * P[k], P[0]: 1 - p}
dropped[Sum(P[k], (k, 1, K - 1))] = p
upper = Derivation("Theorem 3, upper bound", source="supplement 2.3, Theorem 3")
upper.refutes(
    I_erasure,
    gains,
    uniform,
    (I_erasure, loses),
    "what is lost is subtracted",
    where={D: (0, 1)},
    given=erased,
    line="proof, capacity of the n-bit erasure channel",
)

# %% tags=["hide-input"]
upper.equal(loses, survives, "an erased letter stays unknown", given=erased)
gap = upper.at_most(x - 1, x * log(x), {x: (0, oo)}, "a curve and its tangent")
upper.at_most(
    H_all,
    log2(K),
    {},
    "so no law of K letters has more than the uniform one",
    by=Sum(gap(K * P[k]) / K, (k, 0, K - 1)) / log(2),
    given={Sum(P[k], (k, 0, K - 1)): 1},
)
masked = p * D**2 * gap(zero / D) + (1 - p) * D * gap(zero)
masked += (1 - p) ** 2 * (1 - D) * gap(zero / (1 - p))
masked = (masked + p * (1 - p) * D * (1 - D)) / zero
uneven = gap(K * (1 - p)) / K + Sum(gap(K * P[k]) / K, (k, 1, K - 1))
for bits, by, why in (
    (survives, masked, "dropout tells no more than erasure"),
    (at_most_bits, masked + (1 - D) * uneven, "and so no more than this"),
):
    upper.at_most(
        I_dropout,
        bits,
        levels_rates | {p: (0, 1)},
        why,
        by=by / log(2),
        given=dropped,
    )
upper

# %% [markdown]
# **The statement** is weaker than its own proof, which ends at an *absolute* loss of {math}`\varepsilon = \log_2(K/(K-1))` bits for each value that
# survives. The theorem prints a *relative* one, which above one bit gives away more. (It writes {math}`C_{base}` for {math}`C`.)

# %% tags=["hide-input"]
t = symbols("t", nonnegative=True)
with evaluate(False):
    C_K = named("C", log2(K))
    eps = named(r"\varepsilon", -log2(1 - 2 ** (-C_K)))
    eps_nat = -log(1 - 2 ** (-C_K))
    relative, absolute = (1 - eps) * (1 - D) * C_K, (1 - D) * (C_K - eps)
    nats_give = absolute - (1 - eps_nat) * (1 - D) * C_K
    nats_sign = (1 - D) * eps * (C_K * log(2) - 1)
    per_letter = log2(K / (K - 1))
    vanishing, speed = Limit(per_letter, K, oo), Limit(K * per_letter, K, oo)
    half_power = D / (1 - D) * log(D)
    one_bit = log2(1 + (1 - D) * D ** (D / (1 - D)))
    one_bit_nats = (1 - log(2)) * (1 - D)
statement = Derivation(
    "Theorem 3, the statement",
    "supplement 2.3, Theorem 3",
    holds_if="the neuron is noiseless",
)
statement.equal(eps, per_letter, "read to base 2", where={K: (2, oo)})
_ = statement.at_most(
    relative,
    absolute,
    levels_rates,
    "the print gives away more than the proof",
    by=(1 - D) * per_letter * log2(K / 2),
)

# %% tags=["hide-input"]
statement.equal(vanishing, Integer(0), "fine neurons lose nothing")
statement.equal(speed, 1 / log(2), "and the loss halves with every bit")
statement.equal(
    nats_give, nats_sign, "base e asks for less too, from three levels on"
)
power = statement.at_most(
    Integer(-1), half_power, {D: (0, 1)}, "a tangent", by=gap(D) / (1 - D)
)
chord = statement.at_most(
    p * (1 - log(2)),
    log2(1 + p * exp(t - 1)),
    {p: (0, 1), t: (0, oo)},
    "and a chord",
)
statement.at_most(
    one_bit_nats,
    one_bit,
    {D: (0, 1)},
    "so base e is true at one bit too, by the exact capacity below",
    by=chord(1 - D, power(D)),
)
statement

# %% [markdown]
# **Slips of wording:**

# %% tags=["hide-input"]
wording = Derivation("Words of Theorem 3", "supplement 2.3, Theorem 3")
wording.remark(
    r"$(1-\varepsilon) \times (1-D) \times C_{base} \times m \le C_{dropout}^m$",
    r"true from one bit on, but not what the proof shows: it loses $\varepsilon$ bits a surviving value, not the fraction $\varepsilon$",
    line="statement",
)
wording.remark(
    r"$C_{dropout}^1 = (1-D)C_{base}^1 + \varepsilon$ for some fixed $\varepsilon > 0$",
    r"another $\varepsilon$ than the theorem's; it needs a letter of its own",
    line="proof, upper bound",
)
wording.remark(
    r"$\varepsilon = -\log(1 - 2^{-C_{base}})$",
    "to base 2; in base e the construction does not give the bound for a neuron of one bit, though it is true there too",
    line="statement",
)
wording

# %% [markdown]
# (sec-dropout-exact)=
# ## The exact capacity
#
# Where between the two bounds is the truth? But for small {math}`K`, on the lower one.
#
# ```{prf:theorem} Exact capacity of a neuron under dropout
# :label: thm-dropout-exact
# Let {math}`0 < D < 1`. The capacity of a noiseless neuron of {math}`K \ge 2` levels under dropout is
#
# $$C^1=\log_2(1+w)$$
#
# with
#
# $$w=\left(K-1\right)\left(1-D\right)D^{\frac{D}{1-D}}$$
#
# if {math}`K-1 \le D^{-1/(1-D)}`, and {math}`C^1 = (1-D)\log_2(K-1)` otherwise. Below the *phase line*
# {math}`K-1 = D^{-1/(1-D)}` the best input sends 0 now and then, and {math}`w` is the weight of all other letters against the
# letter 0. On it and above, the best input never sends 0, and the lower bound of {prf:ref}`thm-dropout-bounds` is exact.
# ```
#
# In the box {math}`Q` is the law of the output and {math}`u = 1-Q_0` the probability that something other than 0 arrives: a share
# {math}`u/(1-D)` of the inputs, each of which meets {math}`h_2(D)` bits of noise.

# %% tags=["hide-input"]
inside = levels_rates | {u: (0, 1)}
arrives = {Q[0]: 1 - u, Sum(Q[k], (k, 1, K - 1)): u}
evenly = {Q[0]: 1 - u, Q[k]: u / (K - 1)}
with evaluate(False):
    weight = (K - 1) * (1 - D) * D ** (D / (1 - D))
    w = named("w", weight)
    I_u = named("I(X; Y)", H_Y - u / (1 - D) * h2(D))
    discounted = log2(K - 1) - h2(D) / (1 - D)
    even = h2(u) + u * discounted
    coin, u_star = h2(u) + u * log2(x), x / (1 + x)
    C_1 = named("C^1", h2(w / (1 + w)) + w / (1 + w) * log2(w))
    C_exact = log2(1 + w)
    allowed = log2(w * D / (1 - D))
    phase = log2((K - 1) / D ** (-1 / (1 - D)))
    mixture = u * log2(K - 1) + (1 - u / (1 - D)) * log2(1 / D)
exact = Derivation("The exact capacity under dropout", source="this book")
exact.at_most(
    I_u,
    even,
    inside,
    "letters other than 0 do best with equal shares",
    by=Sum(u / (K - 1) * gap(Q[k] * (K - 1) / u), (k, 1, K - 1)) / log(2),
    given=arrives,
)
exact.equal(I_u, even, "which do attain it", where=inside, given=evenly)
exact.equal(w, weight, "all other letters against 0")
exact.equal(
    log2(w), discounted, "so that a share u has u log w", where=levels_rates
)

# %% tags=["hide-input"]
at_best = u_star * gap(u / u_star) + (1 - u_star) * gap((1 - u) / (1 - u_star))
exact.at_most(
    coin,
    log2(1 + x),
    {u: (0, 1), x: (0, oo)},
    "below the line: never more than the weight allows",
    by=at_best / log(2),
)
words = "and so much at u = w/(1 + w)"
exact.equal(C_1, C_exact, words, where=levels_rates)
words = "the phase line: that u is at most 1 - D"
exact.equal(allowed, phase, words, where=levels_rates)
top = (1 - D) / (K - 1)
_ = exact.at_most(
    I_u,
    mixture,
    inside,
    "above it: a mean of what a letter and a 0 tell",
    by=(D * gap((1 - u) / D) + Sum(top * gap(Q[k] / top), (k, 1, K - 1)))
    / log(2),
    given=arrives,
)

# %% [markdown]
# ```{prf:proof}
# By the first four lines of the box the mutual information is at most {math}`h_2(u) + u \log_2 w`, and equal shares of the letters
# other than 0 attain it. By the next two this is at most {math}`\log_2(1+w)`, attained at {math}`u^* = w/(1+w)`, if that {math}`u`
# can be had: if {math}`u^* \le 1-D`, which is the phase line.
#
# Above it {math}`\log_2(1/D) \le (1-D)\log_2(K-1)`. The last inequality bounds the mutual information by a
# mean of these two, so by the larger, which the input that never sends 0 attains.
# ```

# %% tags=["hide-input"]
rates = [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99]
grid = [(K, D) for K in (2, 3, 4, 5, 8, 16, 64, 256) for D in rates]


def capacity_by_blahut_arimoto(levels, rate):
    """Capacity under dropout, from the channel matrix."""
    matrix = ch.dropout_transition(int(levels), rate)
    return ch.blahut_arimoto(matrix, tol=1e-10).lower


def active_share_by_blahut_arimoto(levels, rate):
    """P(X != 0) of the input that Blahut-Arimoto finds."""
    matrix = ch.dropout_transition(int(levels), rate)
    return 1 - ch.blahut_arimoto(matrix, tol=1e-12).p_input[0]


by_judge = capacity_by_blahut_arimoto
exact.agrees(
    ch.dropout_capacity, by_judge, grid, 1e-8, "eight neurons, ten rates"
)
exact.agrees(
    ch.dropout_active_probability,
    active_share_by_blahut_arimoto,
    grid,
    1e-3,
    "and their best inputs",
)
exact

# %% [markdown]
# Move a neuron over the map:

# %% tags=["hide-input"]
from polylib.derivation import Area, Dot, Line, Slider, explore
from sympy import Min, Piecewise

phase_of_D = 1 + D ** (-1 / (1 - D))
C_best = Piecewise(((1 - D) * log2(K - 1), phase_of_D < K), (C_exact, True))
zeros = Piecewise((0, phase_of_D < K), (1 - w / (1 + w) / (1 - D), True))
explore(
    [
        Area(Integer(2), Min(phase_of_D, 1024), "send 0 now and then"),
        Line(phase_of_D, "phase line"),
        Dot(D, K, "your neuron"),
    ],
    x=(D, 0, 1),
    y=(1.9, 1024),
    log="y",
    sliders={K: Slider(2, 1024, 8, log=True), D: (0.01, 0.99, 0.1, 0.01)},
    labels=("dropout rate D", "levels K of a neuron"),
    names={K: "levels K", D: "dropout rate D"},
    readouts={
        "capacity, bits": (C_best, ".3f"),
        "of (1 − D) log₂ K": (C_best / ((1 - D) * log2(K)), ".1%"),
        "zeros in the best input": (zeros, ".1%"),
    },
    notes=[(0.45, 90, "never send 0")],
    ticks={"y": {2**n: f"{2**n:,}" for n in range(1, 11)}},
    caption="Move a neuron over the map. Below the phase line its best input "
    "has zeros; above it none, and the capacity is the lower bound that Theorem 3 "
    "proves.",
    alt="A map of dropout rate and levels. A line falls steeply from the top "
    "left to 5 levels at rate one half; a dot marks 8 levels at 0.1, in the "
    "shade below.",
)

# %%
from polylib.tables import table

levels = np.array([2, 3, 4, 5, 8, 14, 256, 4096])
exact_bits = ch.dropout_capacity(levels, 0.2)
low, high = ch.dropout_capacity_bounds(levels, 0.2)
critical = [ch.critical_dropout_rate(K) if K > 3 else None for K in levels]
assert (low <= exact_bits).all() and (exact_bits < high).all()
assert np.isclose(critical[3], 0.5, rtol=1e-12) and critical[6] < 0.0041

# %% tags=["hide-input"]
columns = {
    "levels K": levels,
    "exact from D =": [f"{d:.4f}" if d else "never" for d in critical],
    "bound": low,
    "capacity": exact_bits,
    "erasure": high,
}
formats = dict.fromkeys(("bound", "capacity", "erasure"), ".3f")
table(
    columns,
    "Rate from which the lower bound is exact, and bits at a rate of 0.2.",
    formats,
)

# %%
proved, printed = np.log2(255), 8 * (1 + np.log2(1 - 2**-8))
print(f"256 levels, bits a surviving value: {proved:.3f} by the proof,", end=" ")
print(f"{printed:.3f} in print")

# %% [markdown]
# A neuron of eight bits is above the line at every rate beyond 0.004; there the bound in print is below the capacity. Those of
# two or three levels never get there. A fine ReLU that often sends 0 is no best input: of the bounds only the upper is sure for it. How many levels
# trained units use is not measured here. A binary neuron, the *Z-channel* of the textbooks,
# falls short of {math}`(1-D)C` by a seventh at {math}`D = 0.1`, by a third at one half, and by almost a half when nearly everything
# is dropped.

# %% tags=["hide-input"]
w_2 = (1 - D) * D ** (D / (1 - D))
with evaluate(False):
    best_u = w_2 / (1 + w_2)
    C_dropout = named("C_{dropout}", h2(best_u) - best_u * h2(D) / (1 - D))
    lossless_bit, z_channel = (1 - D) * log2(Integer(2)), log2(1 + w_2)
    floor = (1 - D) * log2(Integer(2) - 1)
binary = Derivation(
    "A binary neuron under dropout", "supplement 2.3, first paragraph"
)
binary.refutes(
    C_dropout,
    lossless_bit,
    {D: Rational(1, 2)},
    (C_dropout, z_channel),
    "a binary neuron is a Z-channel",
    where={D: (0, 1)},
    line="“~ C(1 − D)”, for neurons of low precision",
    implied=True,
)
binary.equal(floor, Integer(0), "and the proved lower bound is empty")
binary

# %%
d = np.array([0.1, 0.5, 0.999])
short = 1 - ch.dropout_capacity(2, d) / (1 - d)
print(
    "falls short by",
    ", ".join(f"{s:.1%} at {r}" for s, r in zip(short, d, strict=True)),
)
print(f"in the limit by {1 - np.log2(np.e) / np.e:.1%}")
assert (np.abs(short - [0.15, 0.36, 0.47]) < 0.01).all()

# %% [markdown]
# (sec-dropout-noisy)=
# ## Noisy neurons: where the theorem fails
#
# Theorem 3 speaks of "neurons, each with capacity {math}`C_{base}`", which invites noisy ones. But the proof of the lower bound
# needs {math}`2^C` clean letters, and the bound can be false where reading a 0 *means* something.
#
# Let a neuron have {math}`M` *clean* letters, and {math}`M^2` *half-sure* ones that come out right or read as 0, with probability one
# half each, like a unit that often fails to fire. Each group alone carries {math}`\log_2 M` bits, and the choice between them one
# more {cite:p}`cover2006`. A 0 used to mean "half-sure"; under dropout zeros come from both groups, and that one bit is damaged,
# however many letters there are.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "The half-sure neuron with M = 2, before dropout and under dropout at D = 0.5. Arrows go from the letter that is sent to the symbol that arrives; the wider, the more probable. The 0 is never sent, and only arrives. Before dropout a 0 says that the letter was half-sure; afterwards it says little.", "name": "fig-unsure"}, "image": {"alt": "Two diagrams of arrows from six letters on the left to seven symbols on the right. Before dropout the two clean letters each have one wide arrow to their own symbol; the four half-sure letters have one arrow to their own symbol and one, as wide, to symbol 0. Under dropout all six letters have an arrow to symbol 0 and one to their own: equally wide for the clean letters, for the half-sure ones three times as wide to 0."}}
from polylib.theory import dropout_layers as dl

half_sure = dl.unsure_neuron(2, 4, 0.5)
fig, axes = plt.subplots(2, 1, figsize=(5.4, 6), sharex=True)
for ax, channel, title in (
    (axes[0], half_sure, "before dropout"),
    (axes[1], dl.under_dropout(half_sure, 0.5), "under dropout, D = 0.5"),
):
    for sent, got in np.argwhere(channel > 0):
        style = {"color": "0.45" if got else "C1", "shrinkA": 0, "shrinkB": 0}
        style |= {"arrowstyle": "-|>", "lw": 7 * channel[sent, got]}
        ax.annotate("", (1, got), (0, sent + 1), arrowprops=style)
    ax.set(xlim=(-0.1, 1.1), ylim=(-0.5, 6.5), title=title)
    ax.set_xticks([0, 1], ["letter\nsent", "symbol\nthat arrives"])
    ax.grid(visible=False)
names = ["0 (arrives only)", "clean", "clean", *["half-sure"] * 4]
for ax in axes:
    ax.set_yticks(range(7), names)
plt.show()

# %% [markdown]
# ```{prf:theorem} The supplement's Theorem 3 can fail for noisy neurons
# :label: thm-dropout-noisy-fails
# Let a neuron have {math}`M` clean letters and {math}`M^2` that come out right or read as 0 with probability one half each,
# and let it lose its value with probability {math}`D`, {math}`0 < D < 1`, independently of the letter and of how it is read. If the half-sure
# group is sent with probability {math}`\beta`, and each letter of a group equally often, a clean letter tells
# {math}`(1-D)\,C - \lambda_1` bits and a half-sure one {math}`(1-D)\,C - \lambda_2`, with {math}`C = 1 + \log_2 M`,
#
# $$\lambda_1=\left(1-D\right)\left(1+\log_2(1-\beta)\right)-D\log_2\!\left(\frac{D}{Q_0}\right)$$
#
# $$\lambda_2=\left(1-D\right)\left(1+\frac{\log_2\beta}{2}\right)-\frac{\left(1+D\right)\log_2\!\left(\frac{1+D}{2Q_0}\right)}{2}$$
#
# and {math}`Q_0 = D + (1-D)\beta/2`. The capacity is {math}`(1-D)\,C - \lambda(D)`, where
# {math}`\lambda(D) = \max_\beta \min(\lambda_1, \lambda_2)` is positive and does not depend on {math}`M`. So at every such rate the lower bound of
# Theorem 3, as proved and as printed, fails once {math}`C` is large enough.
# ```
#
# What a letter *tells* is the Kullback–Leibler divergence of its row from the output law {math}`Q`, and the capacity is the least, over {math}`Q`, of the
# largest {cite:p}`cover2006`. In the box {math}`d_1` and {math}`d_2` are those of a clean and a half-sure letter.

# %% tags=["hide-input"]
M = symbols("M", integer=True, positive=True)
beta = symbols("beta", positive=True)
q0 = named("Q_0", D + (1 - D) * beta / 2)
with evaluate(False):
    hit = 1 - D
    clean_mass, unsure_mass = hit * (1 - beta) / M, hit * beta / (2 * M**2)
    d_1 = hit * log2(hit / clean_mass) + D * log2(D / q0)
    d_2 = hit / 2 * log2(hit / 2 / unsure_mass)
    d_2 += (1 - hit / 2) * log2((1 - hit / 2) / q0)
    d_1, d_2 = named("d_1", d_1), named("d_2", d_2)
    ceiling, C_M = Max(d_1, d_2), named("C", log2(2 * M))
    lambda_1 = named(r"\lambda_1", hit * C_M - d_1)
    lambda_2 = named(r"\lambda_2", hit * C_M - d_2)
    clean = (1 - D) * (1 + log2(1 - beta)) - D * log2(D / q0)
    unsure = (1 - D) * (1 + log2(beta) / 2)
    unsure -= (1 + D) / 2 * log2((1 + D) / (2 * q0))
    losses = (hit * C_M - d_1, lambda_1), (hit * C_M - d_2, lambda_2)
    proved = (1 - D) * (log2(1 - 2 ** (-C_M)) + C_M)
    printed = (1 + log2(1 - 2 ** (-C_M))) * (1 - D) * C_M

# %% tags=["hide-input"]
noise = Derivation("Theorem 3 for noisy neurons", "supplement 2.3, Theorem 3")
ranges = {D: (0, 1), beta: (0, 1)}
for loss, name in losses:
    noise.equal(name, loss, "what a letter tells less than (1 - D) C")
noise.equal(lambda_1, clean, "a clean one: M cancels", where=ranges)
noise.equal(lambda_2, unsure, "a half-sure one: M cancels", where=ranges)
noise.refutes(
    proved,
    ceiling,
    {M: 8, D: Rational(1, 5), beta: Rational(53, 100)},
    why="the capacity of a neuron of 4 bits is at most the larger; noiseless ones obey the print",
    relation="<=",
    line="proof, last line of the lower bound, if the neuron is noisy",
    implied=True,
)
noise.refutes(
    printed,
    ceiling,
    {M: 32, D: Rational(1, 2), beta: Rational(11, 20)},
    why="the same for a neuron of 6 bits; noiseless neurons obey the print",
    relation="<=",
    line="statement, if the neuron is noisy",
    implied=True,
)
noise

# %% [markdown]
# ```{prf:proof}
# {math}`M` occurs in neither {math}`\lambda`. Now let {math}`Z` be the neuron's output before dropout, {math}`E` the mask, and {math}`Y` what arrives. By the
# chain rule {math}`I(X; Y) = I(X; Y, E) - I(X; E \mid Y) = (1-D)\,I(X; Z) - I(X; E \mid Y)`. If the best input uses both groups, the last
# term is positive: where {math}`Y = 0` a clean letter was certainly dropped, a half-sure one perhaps not. If it uses one only,
# {math}`I(X; Z)` is at most {math}`\log_2 M = C-1`. So {math}`\lambda` is positive. What the theorem allows, {math}`\varepsilon` or
# {math}`\varepsilon C` for each value that survives, tends to 0 as {math}`C` grows.
# ```
#
# How large is the loss? Blahut–Arimoto finds it for each value that survives, {math}`\lambda(D)/(1-D)`, with two and with
# sixteen clean letters; the two must agree.

# %%
from scipy.optimize import brentq


def loss_a_use(M_levels, rate):
    """lambda(D) / (1 - D) of a half-sure neuron, in bits."""
    neuron = dl.unsure_neuron(M_levels, M_levels**2, 0.5)
    under = ch.blahut_arimoto(dl.under_dropout(neuron, rate), tol=1e-9)
    return np.log2(2 * M_levels) - under.lower / (1 - rate)


def printed_allows(C):
    """epsilon C, what the printed bound allows for a surviving use."""
    return -C * np.log2(1 - 2**-C)


# %%
noisy_rates = [0.01, 0.1, 0.3, 0.5, 0.8]
loss = np.array([[loss_a_use(M, d) for d in noisy_rates] for M in (2, 16)])
ends = [brentq(lambda C, e=e: printed_allows(C) - e, 1.5, 30) for e in loss[0]]
assert np.ptp(loss, axis=0).max() < 1e-7 and loss.min() > 0

# %% tags=["hide-input"]
columns = {
    "rate D": noisy_rates,
    "loss, M = 2": loss[0],
    "loss, M = 16": loss[1],
    "proof fails from C =": -np.log2(1 - 2 ** -loss[0]),
    "print fails from C =": ends,
}
digits = dict.fromkeys(list(columns)[1:3], ".4f")
digits |= dict.fromkeys(list(columns)[3:], ".2f")
caption = "Bits lost, for each value that survives; and the capacities C without dropout, in bits, from which the proved and the printed bound are false."
table(columns, caption, digits)

# %% [markdown]
# For a noisy neuron of any kind there is a weaker floor that is safe.
#
# ```{prf:theorem} A floor for noisy neurons
# :label: thm-dropout-noisy
# Let a neuron turn a letter {math}`X` into {math}`Z`, with noise or without, and dropout turn {math}`Z` into {math}`Y`, by losses of rate {math}`D` that
# are independent of {math}`X` and {math}`Z`. Then
#
# $$\left(1-D\right)I(X;Z)-h_2(D)\le I(X;Y),$$
#
# so that a neuron of capacity {math}`C` carries at least {math}`(1-D)\,C - h_2(D)` bits under dropout.
# ```
#
# In the box the neuron says {math}`j` for the letter {math}`i` with probability {math}`T_{ij}`, and 0 with {math}`J_i`; {math}`R` is the
# law of {math}`Z`, with a mass {math}`r` at 0.

# %% tags=["hide-input"]
i, j = symbols("i j", integer=True)
n, m = symbols("n m", integer=True, positive=True)
r = symbols("r", positive=True)
J, T = (IndexedBase(name, positive=True) for name in "JT")
silent, quiet = D * P[i] + (1 - D) * J[i], D + (1 - D) * r
with evaluate(False):
    others = Sum(T[i, j] * log2(T[i, j] / (P[i] * R[j])), (i, 1, n), (j, 1, m))
    I_XZ = Sum(J[i] * log2(J[i] / (P[i] * r)), (i, 1, n)) + others
    I_XZ = named("I(X; Z)", I_XZ)
    I_XY = Sum(silent * log2(silent / (P[i] * quiet)), (i, 1, n))
    I_XY = named("I(X; Y)", I_XY + (1 - D) * others)
    safe = (1 - D) * I_XZ - h2(D)
off, on = D * P[i], (1 - D) * J[i]
unknown = off * log(silent / off) + on * log(silent / on)
shown = D * log(1 / quiet) + (1 - D) * quiet * gap(r / quiet)
shown += (1 - D) ** 2 * (1 - r) * gap(1 / (1 - D))
floor = Derivation("A floor for noisy neurons", source="this book")
floor.at_most(
    safe,
    I_XY,
    {D: (0, 1), r: (0, 1)},
    "what the output shows of the mask, and what it and the input leave unknown",
    by=(shown + Sum(unknown, (i, 1, n))) / log(2),
    given={Sum(P[i], (i, 1, n)): 1, Sum(J[i], (i, 1, n)): r},
)
floor

# %% [markdown]
# A receiver who sees the mask too gets {math}`(1-D)\,I(X; Z)`, and the mask is worth at most its entropy {math}`h_2(D)`.

# %% [markdown]
# (sec-dropout-many)=
# ## Many neurons
#
# From one neuron to {math}`m` the supplement multiplies, by "the independence of channels", and its theorem calls the masks
# *uncorrelated*. That is less. Take three neurons of which always an even number survives, in four ways that are equally
# likely. Each survives half of the time, and any two of them independently; but the third is the exclusive or of the others.

# %%
from itertools import product

masks = {
    "independent": list(product((0, 1), repeat=3)),
    "pairwise only": [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)],
    "all or none": [(0, 0, 0), (1, 1, 1)],
}
found = [ch.blahut_arimoto(dl.masked_layer(2, m)).lower for m in masks.values()]
assert 3 * ch.dropout_capacity(2, 0.5) < found[1] < found[2] <= 1.5
caption = "Capacity of three binary neurons at D = 0.5; the upper bound is 1.5."
table({"masks": masks, "bits": found}, caption, {"bits": ".4f"})

# %% [markdown]
# One input that does better refutes the product: in forty uses send `000` twice, `100`, `010` and `001` nine times each, `111`
# eleven times.

# %% tags=["hide-input"]
fortieth = Rational(1, 40)
none = (2 + Rational(27, 2) + Rational(11, 4)) * fortieth
arrives = [none, *[9 * fortieth / 2] * 3, *[11 * fortieth / 4] * 3]
law = {R: dict(enumerate(arrives))}
C_one = named(r"C^1", log2(Rational(5, 4)))
output = -Sum(R[k] * log2(R[k]), (k, 0, 6))
with evaluate(False):
    # a single 1 meets one bit of noise, 111 two
    I_three = named("I(X^3; Y^3)", output - 27 * fortieth - 22 * fortieth)
    three_times = 3 * C_one


def twice_one_neuron(levels, rate):
    """2 C^1, by the exact formula."""
    return 2 * ch.dropout_capacity(levels, rate)


def two_neurons_by_blahut_arimoto(levels, rate):
    """Capacity of a pair with independent masks, by Blahut-Arimoto."""
    one = ch.dropout_transition(int(levels), rate)
    return ch.blahut_arimoto(np.kron(one, one)).lower


# %% tags=["hide-input"]
many = Derivation(
    "Capacity of a layer",
    "supplement 2.3, Theorem 3",
    holds_if="masks are independent of one another",
)
many.agrees(
    twice_one_neuron,
    two_neurons_by_blahut_arimoto,
    [(2, 0.5), (3, 0.4), (4, 0.1), (5, 0.8)],
    1e-8,
    "two independent neurons carry twice as much as one",
)
many.refutes(
    I_three,
    three_times,
    law,
    why="masks that are independent only in pairs let three binary neurons carry more than three times one",
    relation="<=",
    line="proof, first line, for an “uncorrelated dropout layer”",
    implied=True,
)
many

# %% [markdown]
# So the product needs independence. The theorem does not: told the mask, a receiver gets what the survivors hold, on average
# {math}`(1-D)m` values; and never sending 0 *shows* the mask. What it does need is that losses do not depend on the values. Let two
# neurons send 1 or 2, and let each be lost exactly when the *other* sends 1. What arrives
# tells all four words apart: two bits, where {prf:ref}`thm-dropout-bounds` would allow 1.58.

# %%
pairs = list(product((1, 2), repeat=2))
arrived = {(x * (y > 1), y * (x > 1)) for x, y in pairs}
print(f"two bits: {len(arrived)} of 4 words told apart;", end=" ")
print(f"upper bound {2 * ch.erasure_capacity(3, 0.5):.3f} bits")
assert len(arrived) == len(pairs)

# %% [markdown]
# Capacity averages over many uses. In a *single* one dependence can harm: if the whole layer dies, nothing arrives.

# %% [markdown]
# (sec-dropout-series)=
# ## Layers in series
#
# The section opens with "a neural network with {math}`n` dropout layers" (here {math}`L`), and claims for it the capacity of one.
# But if nothing happens between the layers, a value has to survive all of them: they act as one layer of rate
# {math}`D_L = 1-(1-D)^L`. {math}`C_L` is what an input that never uses 0 gets through.

# %% tags=["hide-input"]
D_L, D_more = (
    named(f"D_{{{name}}}", 1 - (1 - D) ** n)
    for name, n in (("L", L), ("next", L + 1))
)
with evaluate(False):
    one_more = D_L + (1 - D_L) * D
    C_L = named("C_L", (1 - D_L) * log2(K - 1))
    of_one_layer, of_all = (1 - D) * log2(K), (1 - D) ** L * log2(K - 1)


def stack_by_blahut_arimoto(levels, rate, layers):
    """Capacity of a product of channel matrices."""
    one = ch.dropout_transition(int(levels), rate)
    return ch.blahut_arimoto(np.linalg.matrix_power(one, layers), tol=1e-10).lower


# %% tags=["hide-input"]
series = Derivation(
    "Dropout layers in series",
    "supplement 2.3, first paragraph",
    holds_if="something between the layers restores what was lost",
)
series.equal(D_more, one_more, "one more layer takes a share D of what is left")
series.refutes(
    C_L,
    of_one_layer,
    {K: 256, D: Rational(1, 10), L: 8},
    (C_L, of_all),
    "layers with nothing between them, above the phase line",
    where=levels_rates,
    line="“a neural network with n dropout layers”",
    implied=True,
)
series.agrees(
    ch.serial_dropout_capacity,
    stack_by_blahut_arimoto,
    [(2, 0.3, 8), (4, 0.3, 4), (16, 0.1, 3), (256, 0.1, 8)],
    1e-8,
    "both regimes, against the product of the matrices",
)
series

# %% [markdown]
# What would keep {math}`1-D`? One way is for each layer to *recover* the message and encode it again. With fewer bits a neuron than
# the one-layer capacity, and independent losses, {math}`L` wide layers then fail at most {math}`L` times as often as one, which by the
# coding theorem is as seldom as one likes; with more bits they fail nearly always {cite:p}`arimoto1973`. A second way asks for no
# decoding: *mix*.
#
# ```{prf:theorem} Layers that mix
# :label: thm-dropout-mix
# Let levels be the elements of a field with {math}`q` of them. Let every layer multiply its {math}`m` neurons by a random matrix
# over the field, uniform and known to the receiver, before dropout, with all losses independent. As {math}`m` grows the stack
# carries, on average over the matrices and less a part that vanishes, at least
#
# $$I_{mix}=\left(1-D\right)\log_2q-\left(L-1\right)h_2(D)-\left(D+z\right)h_2\!\left(\frac{z}{D+z}\right)$$
#
# bits a neuron, where {math}`z = (1-D)/q`. The last term vanishes as {math}`q` grows.
# ```

# %% tags=["hide-input"]
q = symbols("q", integer=True, positive=True)
z = named("z", (1 - D) / q)
with evaluate(False):
    H_mask = -D * log2(D / (D + z)) - z * log2(z / (D + z))
    H_mask = named(r"H(E \mid Y)", H_mask)
    H_last = (D + z) * h2(z / (D + z))
    rank_less_masks = (1 - D) * log2(q) - (L - 1) * h2(D)
    I_mix = named("I_{mix}", rank_less_masks - H_mask)
    mixed_bits = rank_less_masks - H_last
mixing = Derivation("Layers that mix", source="this book")
words = "the last mask, of which a neuron shows whether it is 0"
mixing.equal(H_mask, H_last, words, where={D: (0, 1)})
words = "what the rank carries, less what is unknown of the masks"
mixing.equal(I_mix, mixed_bits, words, where={D: (0, 1)})
mixing

# %% [markdown]
# ```{prf:proof}
# Tell the receiver all masks. Then the stack is one linear map, and a uniform input sends its rank through, times
# {math}`\log_2 q`. Let {math}`r` dimensions reach a layer with {math}`s` survivors. On them it acts as a uniform
# {math}`s \times r` matrix, which sends a given vector other than 0 to 0 with probability {math}`q^{-s}`. For
# {math}`r \le s` fewer than one such vector goes to 0 on average; rank {math}`r - d` needs {math}`q^d-1 \ge d`: {math}`d` averages below one. For {math}`r > s` transpose. So the stack falls short of the fewest survivors in any layer, about {math}`(1-D)m`, by fewer
# than {math}`L` on average.
#
# Taking the masks away costs at most what is then unknown of them: {math}`m\,h_2(D)` for each layer but the last, whose mask is
# known but for neurons that arrive as 0: dropped, or alive with the value 0, with probability {math}`z`.
# ```
#
# The price {math}`(L-1)\,h_2(D)` does not grow with precision, so for fine neurons the fraction is {math}`1-D` again.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits a neuron through L dropout layers at D = 0.1, for neurons of 16 bits and wide layers: the capacity with decoding in every layer and with nothing between the layers, and the proved floor for mixing.", "name": "fig-series"}, "image": {"alt": "Bits a neuron against number of layers from 1 to 24. A level line at 14.4 bits for layers that decode. A straight line that falls from 14.4 to 3.6 for the floor of layers that mix. A curve that falls from 14.4 to 6.9 at 8 layers and 1.3 at 24 for layers with nothing between them. The straight line lies above the curve from 2 layers on."}}
from polylib.theory.entropy import binary_entropy

depth, levels, d = np.arange(1, 25), 2**16, 0.1
untouched = ch.serial_dropout_capacity(levels, d, depth)
decoded = np.full(depth.size, ch.dropout_capacity(levels, d))
alive_0 = (1 - d) / levels
last_mask = (d + alive_0) * binary_entropy(alive_0 / (d + alive_0))
mixed = (1 - d) * 16 - (depth - 1) * binary_entropy(d) - last_mask

fig, ax = plt.subplots(figsize=(5.6, 3.8))
for values, label in (
    (decoded, "decoding in every layer"),
    (mixed, "mixing, at least"),
    (untouched, "nothing in between"),
):
    ax.plot(depth, values, label=label)
ax.set(xlabel="dropout layers L", ylabel="bits a neuron", ylim=(0, 16))
ax.legend(loc="lower left")
plt.show()
eighth = [f"{v[7]:.2f}" for v in (decoded, mixed, untouched)]
print(
    "8 layers, bits: decoding {}, mixing {} or more, neither {}".format(*eighth)
)
assert abs(ch.serial_dropout_capacity(256, 0.1, 8) - 3.441307) < 1e-6
assert (mixed > untouched)[1:].all() and last_mask < 2e-4

# %% [markdown]
# The proof counts ranks. So do we, in eight layers of 64 neurons that lose a tenth each, over fields of three sizes; the box's 0.8 is our choice.

# %% tags=["hide-input"]
from polylib.finding import Finding

rng = np.random.default_rng(seed)
full = Finding(
    "Random matrices pass as much as the layer with fewest survivors",
    source="this book",
    replicates="stacks of eight random matrices and masks",
    about="methods",
    null="a share of 0.8 of the stacks",
)
for q_levels in (2, 251, 65_521):
    stacks = [dl.mixing_rank(64, 8, 0.1, q_levels, rng) for _ in range(40)]
    passed = sum(rank == fewest for rank, fewest in stacks)
    full.share(passed, len(stacks), more_than=0.8, field=q_levels)
full

# %% [markdown]
# So {math}`1-D` can be kept without decoding. But the weights of a network are real, rounded and followed by nonlinearities, and of
# these the theorem says nothing.

# %% [markdown]
# (sec-dropout-codes)=
# ## Codes of finite width
#
# Capacity speaks of infinite width. For a real one, two codes mark the ends. *Repetition*: {math}`r` neurons hold the same value, and
# act as one neuron of rate {math}`D^r`. *Maximum distance separable* (MDS) codes, such as those of
# {cite:t}`reed1960`: {math}`k` values are spread over {math}`m` neurons so that *any* {math}`k` survivors determine them all. No code of
# that size does better against erasures.


# %% [markdown]
# An MDS code fails when fewer than {math}`k` of {math}`m` neurons survive, a binomial tail. So the share {math}`k/m`
# that can be used is below {math}`1-D` by a few standard deviations of the mask, of order {math}`1/\sqrt m`. As far as is
# known these codes need a field of {math}`m - 2` letters at least, for {math}`1 < k < m - 1`, and 0 unused besides: 256 neurons take 257 levels, one too many for eight bits, which can use a random
# linear code instead.

# %%
from polylib.theory.erasure_codes import random_code_failure
from scipy.stats import norm

widths, largest, linear = np.array([64, 256, 1024, 4096]), [], []
for m in map(int, widths):
    sizes = np.arange(1, m + 1)
    fails = ch.mds_failure_probability(m, sizes, 0.3, 1)
    k = int(sizes[fails <= 1e-3].max())
    one_less = random_code_failure(m, k, 0.3, 251) > 1e-3
    assert random_code_failure(m, k - one_less, 0.3, 251) <= 1e-3
    largest.append(k)
    linear.append(k - one_less)
rule = 0.7 - np.sqrt(0.3 * 0.7 / widths) * norm.isf(1e-3)
assert (np.abs(largest / widths - rule) < 1 / widths).all()

# %% tags=["hide-input"]
columns = {
    "neurons": widths,
    "levels it takes": widths + 1,
    "MDS": largest / widths,
    "MDS, by a normal law": rule,
    "random, 251 letters": linear / widths,
}
digits = dict.fromkeys(list(columns)[2:], ".4f")
caption = "Share k/m that one layer can use, D = 0.3, one failure in 1000, and the levels that an MDS code takes for it."
table(columns, caption, digits)

# %% tags=["hide-input"]
drawn = rng.binomial(64, 0.7, size=(20_000, 8)).min(axis=1) < 40
finite = Derivation("Failure of an MDS code in series", source="this book")
finite.sampled(
    ch.mds_failure_probability(64, 40, 0.3, 8),
    drawn.mean(),
    np.sqrt(drawn.mean() * (1 - drawn.mean()) / drawn.size),
    "40 values on 64 neurons, eight layers: masks drawn 20,000 times",
)
finite

# %% [markdown]
# (sec-dropout-measured)=
# ## Measured: eight layers of torch.nn.Dropout
#
# We encode random data on 64 neurons of eight bits, send the
# activations through `torch.nn.Dropout`, decode, encode again, for eight layers. Data symbols are numbers modulo the prime 251,
# the activation is the symbol plus one, and the module's factor {math}`1/(1-D)` is divided out. A word is lost when what is decoded
# differs from what was sent, or cannot be decoded.

# %%
import torch
from polylib.theory.erasure_codes import ReedSolomon, Repetition, relay

torch.manual_seed(seed)
dropout = torch.nn.Dropout(rate)


def drop(activations):
    """Through the module and back to whole levels."""
    seen = dropout(torch.tensor(activations, dtype=torch.float64)).numpy()
    return np.rint(seen * (1 - rate)).astype(np.int64)


# %%
sent = rng.integers(1, field + 1, size=(1, 12))
print("sent:   ", sent[0])
print("arrives:", drop(sent)[0])


# %%
def lost(code):
    """Which of n_words random words are lost on their way, array (n_words,)."""
    data = rng.integers(0, field, size=(n_words, code.n_data))
    return relay(code, data, drop, n_layers) < n_layers


shares = np.linspace(0.625, 1.07, 11) * (1 - rate)  # up to the limit and past it
sizes = np.unique(np.rint(shares * n_neurons).clip(1, n_neurons).astype(int))
divisors = [k for k in range(3, n_neurons + 1) if n_neurons % k == 0]
spread_out = {int(k): lost(ReedSolomon(n_neurons, int(k), field)) for k in sizes}
repeated = {k: lost(Repetition(n_neurons, k, field)) for k in divisors}


# %%
def repetition_failure(k):
    """Some group of n_neurons / k copies is wiped out in some layer."""
    return 1 - (1 - rate ** (n_neurons / k)) ** (k * n_layers)


def reed_solomon_failure(k):
    """Fewer than k neurons survive in some layer."""
    return ch.mds_failure_probability(n_neurons, k, rate, n_layers)


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Words lost after eight dropout layers, D = 0.3, 64 neurons: measured through torch.nn.Dropout (markers, 95 % Wilson intervals of 400 words each) and predicted (lines; that of repetition is drawn for fractional group sizes too).", "name": "fig-measured"}, "image": {"alt": "Share of words lost against data symbols per neuron. The Reed-Solomon curve stays at 0 up to one half, rises steeply around 0.62 and reaches 1 at about 0.7, where a dotted line is labelled 1 minus D. The repetition curve leaves 0 near 0.12, passes 0.65 at one quarter and is at 1 from about 0.33 on. Measured points lie on both curves."}}
from scipy.stats import binomtest

fig, ax = plt.subplots()
inside = []
k_lines = np.arange(1, n_neurons + 1), np.linspace(1, n_neurons, 200)
for index, (name, found, formula) in enumerate(
    (
        ("Reed–Solomon", spread_out, reed_solomon_failure),
        ("repetition", repeated, repetition_failure),
    )
):
    ax.plot(k_lines[index] / n_neurons, formula(k_lines[index]), label=name)
    for k, failed in found.items():
        result = binomtest(int(failed.sum()), n_words)
        low, high = result.proportion_ci(method="wilson")
        bars = np.abs([[failed.mean() - low], [high - failed.mean()]])
        style = {"fmt": figures.MARKERS[index], "color": f"C{index}"}
        ax.errorbar(k / n_neurons, failed.mean(), bars, capsize=2, **style)
        inside.append(low - 1e-9 <= formula(k) <= high + 1e-9)
ax.axvline(1 - rate, color="0.3", linestyle=":")
ax.text(1 - rate + 0.01, 0.3, "1 − D")
after = f"share of words lost after {n_layers} layers"
ax.set(xlabel="data symbols per neuron, k/m", ylabel=after)
ax.legend(loc="center right")
plt.show()
print(f"predicted values inside: {sum(inside)} of {len(inside)}")
assert sum(inside) >= 0.75 * len(inside)

# %% [markdown]
# To compare the codes, count the words that only one of them loses.

# %% tags=["hide-input"]
better = Finding(
    "A Reed–Solomon code loses fewer words than copies of each value",
    source="this book",
    replicates="words that one of the two codes lost",
    about="methods",
    null="copies on as many neurons, for words and masks of their own",
)
for k in (16, 32):
    ours, theirs = spread_out.get(k), repeated[k]
    ours = lost(ReedSolomon(n_neurons, k, field)) if ours is None else ours
    only_one = ours != theirs
    better.share(
        int(theirs[only_one].sum()), int(only_one.sum()), more_than=0.5, data=k
    )
better

# %% [markdown]
# How many copies of 32 values would be as safe?

# %%
k = n_neurons // 2
target = reed_solomon_failure(k)
copies = np.arange(1, 60)
safe = copies[1 - (1 - rate**copies) ** (k * n_layers) <= target].min()
print(f"{k} values: Reed–Solomon fails once in {1 / target:.0f} words")
print(f"  as safe: {safe} copies, on {safe * k} neurons")

# %% [markdown]
# (sec-dropout-reading)=
# ## What it means for reading a network
#
# In the paper's thought dropout pushes a network towards good codes, and good codes are polysemantic. Take three features with seven values each, on six neurons. *Repetition* keeps two copies of each. A *systematic*
# Reed–Solomon code keeps one copy of each and fills the other neurons with checks, in which all features enter. In a plain
# *Reed–Solomon* code the features are the coefficients of a polynomial, and each neuron holds its value at a point.

# %%
from polylib.theory import code_reading

tiny = {
    "repetition": Repetition(6, 3, 7),
    "Reed–Solomon, systematic": ReedSolomon(6, 3, 7, systematic=True),
    "Reed–Solomon": ReedSolomon(6, 3, 7),
}
words = np.array(list(product(range(7), repeat=3)))
told = {
    n: code_reading.group_bits(words, c.encode(words)) for n, c in tiny.items()
}
harmless = {name: code_reading.losses_survived(c) for name, c in tiny.items()}
assert list(harmless.values()) == [1, 3, 3]

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Bits that a group of neurons tells, mean over all groups of a size, for three codes of three features on six neurons: about the three features together, and about each feature by itself, added up. Each feature has seven values, so all three are 8.4 bits. For repetition the two curves coincide.", "name": "fig-tells"}, "image": {"alt": "Three panels of bits against group size from 1 to 6. Repetition: both curves coincide and rise from 2.8 to 8.4, which they reach at 5 neurons. Systematic Reed-Solomon: the curve for the features together rises in a straight line from 2.8 to 8.4 at 3 neurons and stays; the one for features by themselves starts at 1.4 and meets it at 3. Reed-Solomon: the first curve is the same, the second is 0 at 1 neuron, 0.6 at 2 and 8.4 from 3 on."}}
fig, axes = plt.subplots(3, 1, figsize=(5, 7), sharex=True, sharey=True)
for ax, name in zip(axes, tiny, strict=True):
    together, apart = told[name]
    ax.plot(range(1, 7), together, "o-", label="together")
    ax.plot(range(1, 7), apart, "s--", label="each by itself, added")
    ax.set_title(f"{name}: any {harmless[name]} may be lost", fontsize=10)
    ax.set_ylabel("bits about features")
axes[2].set_xlabel("neurons in the group")
axes[0].legend(loc="lower right")
plt.show()

# %% [markdown]
# Repetition is {term}`monosemantic`: every neuron stands for one feature. In the systematic variant three neurons still stand for one feature each, and a check by itself says
# nothing of a feature. In the third code no neuron says anything about any feature, although any three together say everything: the mechanism
# of secret sharing {cite:p}`shamir1979`.

# %% tags=["hide-input"]
one_feature = np.log2(7) * np.eye(3)
own = {"repetition": np.repeat(one_feature, 2, axis=1)}
own["Reed–Solomon, systematic"] = np.c_[one_feature, 0 * one_feature]
own["Reed–Solomon"] = np.zeros((3, 6))
for name, code in tiny.items():
    neurons = code.encode(words)
    bits = [[code_reading.bits_told(f, n) for n in neurons.T] for f in words.T]
    assert np.allclose(bits, own[name], atol=1e-9)

# %% [markdown]
# ```{prf:theorem} How many neurons can stand for one feature
# :label: thm-dropout-pure
# Let {math}`k \ge 2` features take all combinations of their values, and let a feature be lost when all neurons that depend on it
# are.
#
# *Mixed neurons.* Let each feature have {math}`v \ge 2` values and each of {math}`m` neurons at most {math}`v` letters, and let any {math}`k`
# neurons determine all features, as in an MDS code. Then at most {math}`k` neurons are functions of a single feature, one for each; the systematic code attains this.
#
# *Pure neurons.* Let losses be independent, at a rate {math}`0<D<1`, and let *every* neuron be a function of a single feature,
# {math}`r_i` of them of feature {math}`i`. All features survive together with probability {math}`\prod_i (1 - D^{r_i})`, for which
#
# $$\sum_{i=1}^{k}\ln{\left(1-D^{r_{i}}\right)}\le-kD^{\frac{m}{k}}.$$
#
# So for a probability of at least {math}`1-\delta` it takes {math}`m \ge k \log_{1/D}(k/\delta')` neurons, {math}`\delta' = -\ln(1-\delta)`.
# If each feature by itself survives with probability at least {math}`1-\delta`, then {math}`m \ge k\,r` with
# {math}`r = \lceil \log_{1/D}(1/\delta) \rceil`, and {math}`r` copies of each do it.
# ```

# %% tags=["hide-input"]
features, neurons = symbols("k m", integer=True, positive=True)
held_by, y = IndexedBase("r", positive=True), symbols("y", real=True)
mean_held = D ** (neurons / features)
with evaluate(False):
    all_survive = Sum(log(1 - D ** held_by[i]), (i, 1, features))
    at_best = -features * mean_held
pure = Derivation("Pure neurons under dropout", source="this book")
tangent = pure.at_most(1 + y, exp(y), {}, "a curve and its tangent")
below = pure.at_most(log(1 - x), -x, {x: (0, 1)}, "the same for the logarithm")
uneven = tangent((neurons / features - held_by[i]) * log(1 / D))
pure.at_most(
    all_survive,
    at_best,
    {D: (0, 1)},
    "best for features that are held equally often",
    by=Sum(below(D ** held_by[i]) + mean_held * uneven, (i, 1, features)),
    given={Sum(held_by[i], (i, 1, features)): neurons},
)
pure

# %% [markdown]
# ```{prf:proof}
# Let two neurons of the first code be functions of the same feature. Complete them to {math}`k` neurons. The two take at most
# {math}`v` joint values and the others at most {math}`v^{k-2}`, together too few to determine {math}`v^k` messages.
#
# If all neurons are functions of one feature, feature {math}`i` is lost when its {math}`r_i` neurons are, with probability
# {math}`D^{r_i}`. This is at most {math}`\delta` if and only if {math}`r_i \ge r`. For all of them together the box has the bound.
# ```
#
# Both conditions, independent losses and features as wide as neurons, are needed: the folded cell breaks them.

# %% tags=["hide-input"]
from itertools import combinations

# two features, two copies each, of which always exactly one survives
one_of_each = list(product([(0, 1), (1, 0)], repeat=2))
lost_masks = [not (any(first) and any(second)) for first, second in one_of_each]
least = 2 * np.log2(2 / -np.log1p(-1e-3))
print(f"one of each pair survives: lost in {sum(lost_masks)} of 4 masks")
print(f"  with 4 neurons; if independent, 1 in 1000 takes {least:.1f} neurons")
# three binary features in wider neurons: f1, f1, (f2, f3), (f2, f3)
bits = np.array(list(product(range(2), repeat=3)))
wide = np.c_[bits[:, 0], bits[:, 0], *[2 * bits[:, 1] + bits[:, 2]] * 2]
trios = [wide[:, trio] for trio in combinations(range(4), 3)]
decided = [len(np.unique(trio, axis=0)) == len(bits) for trio in trios]
print("two wide neurons, two pure ones of one feature: all features are told")
print(f"  by {sum(decided)} of {len(decided)} groups of three neurons")
assert not any(lost_masks) and all(decided) and least > 21.9

# %% [markdown]
# How many neurons does a feature cost?


# %%
def mds_neurons(k):
    """Neurons a feature at which an MDS code fails at most once in 1000."""
    sizes = np.arange(k, 4 * k)
    fails = ch.mds_failure_probability(sizes, k, 0.3, 1)
    return sizes[fails <= 1e-3].min() / k


counts = np.array([10, 100, 1000, 10_000])
together = np.log(counts / -np.log1p(-1e-3)) / np.log(1 / 0.3)
each = np.ceil(np.log(1e-3) / np.log(0.3))
assert each == 6

# %% tags=["hide-input"]
columns = {
    "features": counts,
    "all survive": together,
    "each survives": np.repeat(each, 4),
    "MDS code": [mds_neurons(k) for k in counts],
}
digits = dict(zip(columns, ("", ".1f", ".0f", ".2f"), strict=True))
caption = "Neurons a feature, D = 0.3, one failure in 1000: pure neurons if all features must survive together (at least) or each by itself, and an MDS code, for all."
table(columns, caption, digits)

# %% [markdown]
# If *all* features must survive, pure neurons as wide as their features pay a factor that grows with the logarithm of the number of features. If
# it is enough that *each* survives nearly always, six copies do.
#
# So the paper's thought has a precise core. An MDS code whose features are as wide as its neurons has at most {math}`k` pure
# neurons. At capacity {math}`k = (1-D)m`, so {math}`Dm` neurons *must* be *mixed*. But it need not have more: of two equally good codes one can be
# read at {math}`k` of its neurons, the other at none. If trained networks turn out as {term}`polysemantic` as the second kind,
# efficiency alone does not explain it.

# %% [markdown]
# ## Summary
#
# - **Claimed: dropout leaves a layer about {math}`1-D` of its capacity.** That holds for noiseless neurons
#   ({claim}`holds if <Theorem 3, lower bound>`, {claim}`repaired <Theorem 3, upper bound>`). The print is weaker than its proof
#   ({claim}`holds if <Theorem 3, the statement>`, {claim}`repaired <Words of Theorem 3>`), and its product over neurons needs
#   independent masks ({claim}`refuted <Capacity of a layer>`).
# - **The exact capacity** is {math}`\log_2(1+w)` below the phase line and the proved bound above it
#   ({claim}`The exact capacity under dropout`). Binary neurons fall far short
#   ({claim}`repaired <A binary neuron under dropout>`).
# - **For noisy neurons the theorem can be false** ({claim}`refuted <Theorem 3 for noisy neurons>`). A weaker floor is safe
#   ({claim}`A floor for noisy neurons`).
# - **A stack with nothing in between keeps {math}`(1-D)^L`** ({claim}`repaired <Dropout layers in series>`). Decoding in every layer
#   keeps {math}`1-D`; so does mixing, if {math}`(L-1)h_2(D)` is small beside {math}`(1-D)\log_2 q` ({claim}`Layers that mix`). To a
#   receiver who knows the masks hardly anything more is lost over large fields
#   ({finding}`seen if <Random matrices pass as much as the layer with fewest survivors>`).
# - **Codes fail as often as the formulas say**, with sampled masks ({claim}`Failure of an MDS code in series`) and through
#   `torch.nn.Dropout`; copies waste neurons ({finding}`A Reed–Solomon code loses fewer words than copies of each value`).
# - **If every neuron stands for one feature** as wide as itself, losses are independent and all features must survive together,
#   at a fixed chance of failure, efficiency tends to 0 as features grow in number ({claim}`Pure neurons under dropout`).
#
# **What it means for reading a network.** Dropout is a reason to expect redundancy, and efficient redundancy, where features are as
# narrow as neurons, a reason to expect some mixed neurons, and not that *all* are mixed. What tells a code from copies is what a group of neurons says beyond its members. So look at groups.
#
# **What this does not show.** That gradient descent finds codes of either kind: {ref}`nb-resnet-vae` looks at a trained network, and
# {ref}`sec-mine-code` asks whether one learns a code. In the next chapter, {ref}`nb-power-law-information`, neurons differ in width,
# and narrow ones have few levels.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-dropout-width
# How wide must a layer be to run an MDS code at 95 % of {math}`1-D` through eight layers of rate 0.3 with at most one failure in a
# thousand words?
# ```
#
# ````{solution} ex-dropout-width
# :class: dropdown
# The gap of five per cent must be a few standard deviations of the mask, so the width grows with the square of its inverse.
# ````

# %% tags=["hide-cell"]
widths = np.arange(100, 8001, 20)
usable = np.floor(0.95 * 0.7 * widths)
reliable = ch.mds_failure_probability(widths, usable, 0.3, 8) <= 1e-3
first = widths[np.flatnonzero(~reliable).max() + 1]
print(f"about {first:,} neurons")

# %% [markdown]
# ```{exercise}
# :label: ex-dropout-pairs
# No single neuron of the third code above tells anything about a feature. Does a pair of neurons?
# ```
#
# ````{solution} ex-dropout-pairs
# :class: dropdown
# Neuron {math}`x` holds {math}`f(x)`. What the pair {math}`x, y` leaves open is a multiple of {math}`(t-x)(t-y)`, with coefficients
# {math}`xy`, {math}`-(x+y)` and 1. So the middle feature is determined where {math}`x+y` is 0 modulo 7, as for three pairs, and nothing
# else is.
# ````

# %% tags=["hide-cell"]
seen = tiny["Reed–Solomon"].encode(words)
for x, y in combinations(range(6), 2):
    for number, feature in enumerate(words.T, 1):
        known = code_reading.bits_told(feature, seen[:, (x, y)])
        if known > 1e-9:
            print(f"neurons {x + 1} and {y + 1}: {known:.2f} bits", end=" ")
            print(f"about feature {number}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
