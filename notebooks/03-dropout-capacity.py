# %% [markdown]
# (nb-dropout-capacity)=
# # Channel capacity of a dropout layer
#
# Dropout sets a neuron to 0 at random. How much can a layer still say? Section 2.3 of the supplement to
# {cite:t}`marshall2024` answers with a theorem: about a fraction {math}`1-D` of what it could say without, where
# {math}`D` is the dropout rate. To come near that number a layer has to spread what it knows over many neurons, as an
# error-correcting code does, and this is the paper's reason to expect neurons that answer to several things.
#
# The theorem sandwiches the capacity between two bounds. This chapter checks the proof line by line and then removes the
# sandwich. The exact capacity is a short formula, and for a neuron of eight bits, at any dropout rate above half a per cent, it
# *equals* the lower bound that the proof reaches, a little above the one in print. Two surprises follow. For neurons that are noisy before dropout, which the theorem
# seems to include, the bound can be false. And a stack of dropout layers keeps the fraction {math}`1-D` only if something
# happens between the layers: we ask what. At the end real codes go through eight layers of `torch.nn.Dropout`, and we look at
# the best of them with the eyes of somebody who reads one neuron at a time.

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
# - {ref}`sec-dropout-neuron`: dropout as a channel that confuses "off" with "dropped".
# - {ref}`sec-dropout-theorem`: each printed line of Theorem 3 checked, and repaired where it fails.
# - {ref}`sec-dropout-exact`: the exact capacity in both of its regimes, and the line between them.
# - {ref}`sec-dropout-noisy`: a neuron for which the theorem's lower bound is false.
# - {ref}`sec-dropout-many`: independent masks, and masks that are only uncorrelated.
# - {ref}`sec-dropout-series`: what it takes between dropout layers to keep {math}`1-D`.
# - {ref}`sec-dropout-codes`: copies against the best codes, at the width of a real layer.
# - {ref}`sec-dropout-measured`: codes sent through eight layers of `torch.nn.Dropout`, failures counted.
# - {ref}`sec-dropout-reading`: what such codes look like, neuron by neuron.
#
# You need {term}`mutual information` and the idea of a {term}`channel`'s {term}`capacity`; {cite:t}`cover2006`, chapters 2 and 7, has both.
# Symbols are those of {doc}`../book/notation`: a neuron has {math}`K` levels, one of which is 0, and {math}`C=\log_2 K`
# bits if it is noiseless; a level that is used as a message we call a *letter*. {math}`h_2` is the entropy of a coin, {math}`D` the dropout rate, {math}`m` the number of neurons, {math}`L` the number of layers.

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

# %% [markdown]
# (sec-dropout-neuron)=
# ## A neuron under dropout
#
# Take a neuron with four levels, 0 to 3. Under dropout a value other than 0 survives with probability
# {math}`1-D` and turns into 0 otherwise; 0 stays 0. Rows of the matrix are what was sent, columns what arrives.

# %%
import numpy as np
from polylib.theory import channel as ch

print(ch.dropout_transition(4, 0.3))

# %% [markdown]
# If dropout wrote a fifth symbol, "erased", this would be the {term}`erasure channel`, and its capacity is
# {math}`(1-D)\log_2 K`: the receiver knows which values were lost, and loses nothing else. But dropout writes 0, and 0 is
# also something that a neuron may want to say. Everything in this chapter comes from that confusion. It is why the
# exact answer is less than {math}`(1-D)C`, and why a good code avoids the value 0.
#
# Frameworks also divide the survivors by {math}`1-D` to keep the mean. That renames the levels and changes no
# information, as long as the renamed levels still fit into the neuron's range; we return to this at the end.
#
# We need a judge that knows nothing of our formulas. The algorithm of {cite:t}`arimoto1972` and {cite:t}`blahut1972`
# takes any channel matrix and encloses its capacity between two rigorous bounds that close in on each other.

# %%
capacity = ch.blahut_arimoto(ch.dropout_transition(4, 0.3), tol=1e-9)
print(f"between {capacity.lower:.6f} and {capacity.upper:.6f} bits a use")
print("best input:", capacity.p_input.round(3))
print(f"erasure channel: {ch.erasure_capacity(4, 0.3):.6f} bits")

# %% [markdown]
# The best input uses 0 less than the other levels, but does use it. Remember that number: with more levels it will
# drop to nothing.

# %% [markdown]
# (sec-dropout-theorem)=
# ## Theorem 3, line by line
#
# ```{prf:theorem} Capacity under dropout (supplement, Theorem 3, with its conditions)
# :label: thm-dropout-bounds
# Let each of {math}`m` noiseless neurons of {math}`K` levels, one of them 0, lose its value with probability {math}`D` in every
# use anew. Let the losses be independent of the values sent; on one another they may depend in any way. Then the
# capacity {math}`C^m` of the layer is
#
# $$m\,(1-D)\log_2(K-1) \;\le\; C^m \;\le\; m\,(1-D)\log_2 K,$$
#
# between {math}`m` times that of an erasure channel on {math}`K-1` letters and {math}`m` times that of one on {math}`K`.
# ```
#
# **The lower bound** is a construction: never send 0. Then every 0 that arrives is an erasure, and the receiver is as well
# off as with an erasure channel on the remaining {math}`K-1` letters. In the box {math}`P` is the distribution of the input over
# the {math}`K-1` letters other than 0, and {math}`Q` that of the output, so {math}`Q_0 = D`.

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
    H_X,
    log2(K - 1),
    "most for letters that are equally likely",
    where={K: (2, oo)},
    given={P[k]: 1 / (K - 1)},
)
lower

# %% [markdown]
# Every line holds. **The upper bound** compares with the erasure channel: whoever has one can imitate dropout by
# writing 0 for "erased", so dropout cannot carry more. The argument is sound, although the supplement wraps it into a
# proof by contradiction and takes {math}`K` for a power of 2, which is not needed. The capacity of the erasure channel, on the way, has a sign wrong; as printed, the channel would deliver more bits than went in.
#
# In the box {math}`P` is any law of the {math}`K` letters, with a share {math}`p` other than 0. The erasure channel shows the mask {math}`E`; its output has the law
# {math}`Q`, with {math}`Q_{-1}` for the erasure symbol. Dropout's output has the law {math}`R`. The last line proves the comparison for every {math}`P` that leaves no letter out, and so in the limit for every {math}`P`: what dropout
# tells less is what a 0 leaves open of the mask.

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

# %% tags=["hide-input"]
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

# %% tags=["hide-input"]
by_mask = p * D**2 * gap(zero / D) + (1 - p) * D * gap(zero)
by_mask += (1 - p) ** 2 * (1 - D) * gap(zero / (1 - p))
by_mask += p * (1 - p) * D * (1 - D)
upper.at_most(
    I_dropout,
    survives,
    levels_rates | {p: (0, 1)},
    "dropout tells no more than erasure",
    by=by_mask / (zero * log(2)),
    given=dropped,
)
upper

# %% [markdown]
# The imitation itself is one matrix product, erasure followed by "write 0 for erased". A receiver who merges symbols
# loses information or keeps it, but never gains any; the same argument will serve for noisy neurons.

# %%
erasure_channel = np.c_[0.7 * np.eye(4), np.full(4, 0.3)]
merge = np.vstack([np.eye(4), [1, 0, 0, 0]])
assert np.allclose(erasure_channel @ merge, ch.dropout_transition(4, 0.3))

# %% [markdown]
# **The statement** is weaker than its own proof. The proof ends at an *absolute* loss of {math}`\varepsilon` bits
# for each value that survives. The theorem prints a *relative* one, with the same {math}`\varepsilon`. For neurons of at least one bit the relative form follows, since it
# gives away more; at one bit it says that the capacity is at least 0. Inside the proof {math}`\varepsilon` then
# means a third thing, the gap of the contradiction. And the logarithm has to be to base 2, as {math}`2^{-C}` says, or
# else the construction does not give the bound for a neuron of one bit, although it happens to be true there as well.

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

# %% tags=["hide-input"]
statement = Derivation(
    "Theorem 3, the statement",
    "supplement 2.3, Theorem 3",
    holds_if="the neuron is noiseless",
)
statement.equal(eps, per_letter, "read to base 2", where={K: (2, oo)})
statement.at_most(
    relative,
    absolute,
    levels_rates,
    "the print gives away more than the proof",
    by=(1 - D) * per_letter * log2(K / 2),
)
statement.equal(vanishing, Integer(0), "fine neurons lose nothing")
statement.equal(speed, 1 / log(2), "and the loss halves with every bit")
statement.equal(
    nats_give, nats_sign, "base e asks for less too, from three levels on"
)
power = statement.at_most(
    Integer(-1), half_power, {D: (0, 1)}, "a tangent", by=gap(D) / (1 - D)
)

# %% tags=["hide-input"]
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
# Two bounds {math}`(1-D)\,\varepsilon` apart suggest that the truth lies somewhere between. It does for small
# {math}`K`. For larger {math}`K` it lies exactly on the lower bound.
#
# ```{prf:theorem} Exact capacity of a neuron under dropout
# :label: thm-dropout-exact
# Let {math}`0 < D < 1`. The capacity of a noiseless neuron of {math}`K \ge 2` levels under dropout is
#
# $$C^1 = \log_2(1+w), \quad w = (K-1)(1-D)\,D^{D/(1-D)}, \qquad\text{if}\quad K-1 \le D^{-1/(1-D)},$$
#
# and {math}`C^1 = (1-D)\log_2(K-1)` otherwise. Below the *phase line* {math}`K-1 = D^{-1/(1-D)}` the best input sends 0 now and then,
# and {math}`w` is the weight of all other letters against the letter 0. On it and above, the best input never sends 0, and the
# lower bound of {prf:ref}`thm-dropout-bounds` is exact.
# ```
#
# In the box the law of the input is any law that leaves no letter out (others are limits of such). {math}`Q` is that of the output, and {math}`u = 1-Q_0` the probability that something other than 0 arrives: a share
# {math}`u/(1-D)` of the inputs, each of which meets {math}`h_2(D)` bits of noise.

# %% tags=["hide-input"]
w = named("w", (K - 1) * (1 - D) * D ** (D / (1 - D)))
inside = levels_rates | {u: (0, 1)}
arrives = {Q[0]: 1 - u, Sum(Q[k], (k, 1, K - 1)): u}
evenly = {Q[0]: 1 - u, Q[k]: u / (K - 1)}
with evaluate(False):
    I_u = named("I(X; Y)", H_Y - u / (1 - D) * h2(D))
    discounted = log2(K - 1) - h2(D) / (1 - D)
    even = h2(u) + u * discounted
    coin, u_star = h2(u) + u * log2(x), x / (1 + x)
    best_coin = h2(u_star) + u_star * log2(x)
    allowed = log2(w * D / (1 - D))
    phase = log2((K - 1) / D ** (-1 / (1 - D)))
    mixture = u * log2(K - 1) + (1 - u / (1 - D)) * log2(1 / D)
share, top_share = u / (K - 1), (1 - D) / (K - 1)
by_letters = Sum(share * gap(Q[k] / share), (k, 1, K - 1))
by_coin = u_star * gap(u / u_star)
by_coin += (1 - u_star) * gap((1 - u) / (1 - u_star))
by_top = D * gap((1 - u) / D)
by_top += Sum(top_share * gap(Q[k] / top_share), (k, 1, K - 1))


# %% tags=["hide-input"]
def capacity_by_blahut_arimoto(levels, rate):
    """Capacity under dropout, from the channel matrix."""
    w = ch.dropout_transition(int(levels), rate)
    return ch.blahut_arimoto(w, tol=1e-10).lower


def active_share_by_blahut_arimoto(levels, rate):
    """P(X != 0) of the input that Blahut-Arimoto finds."""
    w = ch.dropout_transition(int(levels), rate)
    return 1 - ch.blahut_arimoto(w, tol=1e-12).p_input[0]


rates = [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99]
grid = [(K, D) for K in (2, 3, 4, 5, 8, 16, 64, 256) for D in rates]

# %% tags=["hide-input"]
exact = Derivation("The exact capacity under dropout", source="this book")
even_is_best = "letters other than 0 do best with equal shares"
below = "below the line: never more than the weight allows"
exact.at_most(
    I_u, even, inside, even_is_best, by=by_letters / log(2), given=arrives
)
exact.equal(I_u, even, "which do attain it", where=inside, given=evenly)
exact.equal(
    log2(w), discounted, "a letter's weight against 0", where=levels_rates
)
exact.at_most(
    coin, log2(1 + x), {u: (0, 1), x: (0, oo)}, below, by=by_coin / log(2)
)
exact.equal(best_coin, log2(1 + x), "and so much at u = x/(1 + x)")

# %% tags=["hide-input"]
exact.equal(
    allowed, phase, "the phase line: that u is at most 1 - D", where=levels_rates
)
exact.at_most(
    I_u,
    mixture,
    inside,
    "above it: a mean of what a letter and a 0 tell",
    by=by_top / log(2),
    given=arrives,
)
exact.agrees(
    ch.dropout_capacity,
    capacity_by_blahut_arimoto,
    grid,
    1e-8,
    "eight neurons, ten rates",
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
# ```{prf:proof}
# By the first three lines of the box the mutual information is at most {math}`h_2(u) + u \log_2 w`, whatever the input, and equal shares of the letters other
# than 0 attain it. By the next two, with {math}`x = w`, this is at most {math}`\log_2(1+w)`, attained at {math}`u^* = w/(1+w)`, if that
# {math}`u` can be had. It can if {math}`u^* \le 1-D`, since a share {math}`u/(1-D)` of the inputs is at most 1. This says
# {math}`wD/(1-D) \le 1`, the phase line.
#
# Above it {math}`\log_2(1/D) \le (1-D)\log_2(K-1)`. The last line bounds the mutual information by a mean of these two, with weights {math}`1-u/(1-D)` and {math}`u/(1-D)`, so by the larger.
# The input that never sends 0 attains it, {prf:ref}`thm-dropout-bounds`.
# ```

# %% [markdown]
# What does the phase line say about neurons as they are? The smallest rate at which the lower bound is exact falls fast
# with the number of levels.

# %%
print("levels   critical D   capacity at D = 0.2     lower     upper")
for levels in (2, 3, 4, 5, 8, 16, 256, 4096):
    critical, low_high = (
        ch.critical_dropout_rate(levels),
        ch.dropout_capacity_bounds(levels, 0.2),
    )
    exact_bits = ch.dropout_capacity(levels, 0.2)
    shown = "none" if np.isnan(critical) else f"{critical:.6f}"
    print(f"{levels:6d}   {shown:>10s}   {exact_bits:19.4f}", end="")
    print(f"   {low_high[0]:7.4f}   {low_high[1]:7.4f}")
    assert low_high[0] <= exact_bits < low_high[1]
assert np.isclose(ch.critical_dropout_rate(5), 0.5, rtol=1e-12)
assert ch.critical_dropout_rate(256) < 0.0041
proved, printed = np.log2(255), 8 * (1 + np.log2(1 - 2**-8))
print("bits a surviving value at 256 levels:", end=" ")
print(f"{proved:.3f} by the proof, {printed:.3f} in print")

# %% [markdown]
# A neuron of eight bits is on the far side of the line for every dropout rate above 0.00401. For such a
# neuron the {math}`\ge` of the lower bound in Theorem 3's proof can be read as {math}`=`; the bound in print is below it. Neurons of two or three levels never
# get there: for them 0 is too large a part of the alphabet to give up.

# %% mystnb={"figure": {"caption": "The two regimes. Thin lines: capacity as a share of the erasure channel's, (1 − D) log₂ K. Thick line: the phase line K − 1 = D^(−1/(1−D)). Above it the best input never sends 0 and the proved lower bound is exact.", "name": "fig-phase"}, "image": {"alt": "A map over dropout rate, 0 to 1, and number of levels, 2 to 1024 on a log scale. A thick line falls steeply from the top left, passes 5 levels at rate one half, and flattens to just below 4 levels at the right. The shaded area below it says: send 0 now and then. Above it: never send 0. Contours of the share of the erasure capacity run level at the right, 99 percent near 32 levels, 95 percent near 10, and reach down to 60 percent at the bottom."}}
import matplotlib.pyplot as plt

d_axis = np.linspace(0.002, 0.998, 250)
k_axis = np.unique(np.geomspace(2, 1024, 250).round())[:, None]
share = ch.dropout_capacity(k_axis, d_axis) / ch.erasure_capacity(k_axis, d_axis)
phase_line = 1 + d_axis ** (-1 / (1 - d_axis))

fig, ax = plt.subplots()
ax.fill_between(d_axis, 2, phase_line, color="0.9")
lines = [0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
thin = ax.contour(
    d_axis, k_axis[:, 0], share, lines, colors="0.4", linewidths=0.8
)
ax.clabel(thin, fmt=lambda x: f"{x:.1%}".replace(".0", ""), fontsize=8)
ax.plot(d_axis, phase_line, color="C1", linewidth=3)
ax.text(0.35, 80, "never send 0: the lower bound is exact")
box = {"facecolor": "0.9", "edgecolor": "none"}
ax.text(0.03, 2.3, "send 0\nnow and then", bbox=box)
ax.set_yscale("log", base=2)
ax.set_yticks(2 ** np.arange(1, 11), 2 ** np.arange(1, 11))
ax.set(xlim=(0, 1), ylim=(2, 1024))
ax.set(xlabel="dropout rate D", ylabel="levels K of a neuron")
plt.show()

# %% [markdown]
# The map also corrects the section's opening claim that capacity is about {math}`(1-D)C`. For fine neurons it is. A
# binary neuron, which is either silent or active, falls short by a seventh at {math}`D = 0.1`, by a third at one half, and by
# almost a half when nearly everything is dropped. Such a neuron is the
# *Z-channel* of the textbooks, and Theorem 3's lower bound says nothing about it at all.

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
print("  D     a binary neuron falls short of (1-D) C by")
for d, least, most in ((0.1, 0.14, 0.16), (0.5, 0.35, 0.37), (0.999, 0.46, 0.48)):
    shortfall = 1 - ch.dropout_capacity(2, d) / (1 - d)
    print(f"{d:5.3f}   {shortfall:.1%}")
    assert least < shortfall < most
print(f"limit   {1 - np.log2(np.e) / np.e:.1%}")

# %% [markdown]
# (sec-dropout-noisy)=
# ## Noisy neurons: where the theorem fails
#
# Theorem 3 speaks of "neurons, each with capacity {math}`C_{base}`", which invites us to put in a neuron that is noisy
# before dropout, with whatever capacity it has. The upper bound survives: tell the receiver the mask, and what is left is
# the neuron's own channel for a fraction {math}`1-D` of the time. The proof of the lower bound, however, needs {math}`2^C` clean
# letters to choose from, and the bound can be false: for a neuron in which reading a 0 *means* something.
#
# Let it have some *clean* letters, and besides them some *unsure* ones that come out right with probability {math}`a` and
# read as 0 otherwise, like a unit that often fails to fire. The two groups never look alike, since only the second can
# read as 0. With {math}`n` clean letters and {math}`n'` unsure ones, an erasure channel, the neuron carries
# {math}`C = \log_2(n + n'^{\,a})` bits: capacities of channels that never look alike add as powers of 2
# {cite:p}`cover2006`. Now add dropout. A 0 used to mean "unsure group"; after dropout, zeros come from both, and what was said
# by the choice of the group is damaged.


# %%
def under_dropout(channel, rate):
    """A channel whose output is set to symbol 0 with probability rate."""
    return (1 - rate) * channel + rate * np.eye(channel.shape[1])[0]


def unsure_neuron(clean, unsure, right):
    """Clean letters, and unsure ones that read as symbol 0 unless right."""
    clean_rows = np.c_[np.zeros(clean), np.eye(clean), np.zeros((clean, unsure))]
    wrong, silent = np.full(unsure, 1 - right), np.zeros((unsure, clean))
    return np.vstack([clean_rows, np.c_[wrong, silent, right * np.eye(unsure)]])


eight = unsure_neuron(5, 3, 0.2)
base = ch.blahut_arimoto(eight)
found = ch.blahut_arimoto(under_dropout(eight, 0.5))
assert abs(base.lower - np.log2(5 + 3**0.2)) < 1e-8
claimed = 0.5 * np.log2(2**base.lower - 1)
print(f"eight letters, C = {base.lower:.4f} bits; at D = 0.5: {found.upper:.4f}")
print(f"the bound asks for {claimed:.4f}, {claimed - found.upper:.4f} more")
assert claimed - found.upper > 0.016

# %% mystnb={"figure": {"caption": "The neuron of eight letters, before dropout and under dropout at D = 0.5. What is sent stands on the left, what arrives on the right; the wider the line, the more probable.", "name": "fig-unsure"}, "image": {"alt": "Two diagrams of lines from letters sent on the left to symbols that arrive on the right. Before dropout the five clean letters each have one wide line to their own symbol; the three unsure letters have a thin line to their own symbol and a wide one to symbol 0. Under dropout all eight letters have a wide line to symbol 0 and a thinner one to their own symbol, thinnest for the unsure ones."}}
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
for ax, channel, title in (
    (axes[0], eight, "before dropout"),
    (axes[1], under_dropout(eight, 0.5), "under dropout"),
):
    for sent, arrives in np.argwhere(channel > 0):
        shade = {"color": "0.5" if arrives else "C1", "linestyle": "-"}
        width = 4 * channel[sent, arrives]
        ax.plot([0, 1], [sent + 1, arrives], linewidth=width, **shade)
    ax.set(xlim=(-0.2, 1.2), title=title)
    ax.set_xticks([0, 1], ["sent", "arrives"])
    ax.grid(False)
names = ["0", *["clean"] * 5, *["unsure"] * 3]
axes[0].set_yticks(range(9), names)
axes[0].set_ylabel("letter of the neuron")
plt.show()

# %% [markdown]
# The bound is missed by little here. To miss it at every rate, let the groups grow: {math}`M` clean letters, and {math}`M^2` that are right
# half of the time. Each group alone carries {math}`\log_2 M` bits, the choice between them is worth one more,
# {math}`C = \log_2 2M`, and it is this one bit that dropout damages, however many letters there are.


# %%
def half_sure(M):
    """M clean letters and M^2 that read as 0 half of the time."""
    return unsure_neuron(M, M * M, 0.5)


for M_levels in (2, 4, 8, 16):
    found = ch.blahut_arimoto(half_sure(M_levels))
    assert abs(found.lower - np.log2(2 * M_levels)) < 1e-8

# %% [markdown]
# ```{prf:theorem} Theorem 3 for noisy neurons
# :label: thm-dropout-noisy-fails
# Let a neuron have {math}`M` clean letters and {math}`M^2` that come out right or read as 0 with probability one half each,
# and let it lose its value with probability {math}`D`, {math}`0 < D < 1`, independently of what was sent. Its
# capacity is {math}`(1-D)\,C - \lambda(D)` with {math}`C = \log_2 2M`, where {math}`\lambda(D)` is positive and does not depend on {math}`M`. So
# at every such rate the lower bound of Theorem 3, as proved and as printed, fails once {math}`C` is large enough.
# ```
#
# Every output distribution {math}`q` bounds the capacity from above by the largest divergence from {math}`q` among the rows
# of the channel {cite:p}`cover2006`, and the best {math}`q` attains it. By symmetry the best {math}`q` is the output for an input that gives a share
# {math}`\beta` to the unsure group, spread evenly within each group. Then there are two divergences, {math}`d_1` for the clean letters and
# {math}`d_2` for the others; {math}`q_0` is the mass of {math}`q` at 0.

# %% tags=["hide-input"]
M = symbols("M", integer=True, positive=True)
beta = symbols("beta", positive=True)
q0 = named("q_0", D + (1 - D) * beta / 2)
with evaluate(False):
    base_rate, hit = (1 - D) * log2(M), 1 - D
    clean = base_rate - hit * log2(1 - beta) + D * log2(D / q0)
    unsure = base_rate - hit / 2 * log2(beta)
    unsure += (1 + D) / 2 * log2((1 + D) / (2 * q0))
    clean_mass, unsure_mass = hit * (1 - beta) / M, hit * beta / (2 * M**2)
    d_1 = hit * log2(hit / clean_mass) + D * log2(D / q0)
    d_2 = hit / 2 * log2(hit / 2 / unsure_mass)
    d_2 += (1 - hit / 2) * log2((1 - hit / 2) / q0)
    d_1, d_2 = named("d_1", d_1), named("d_2", d_2)
    ceiling, C_M = Max(d_1, d_2), named("C", log2(2 * M))
    proved = (1 - D) * (log2(1 - 2 ** (-C_M)) + C_M)
    printed = (1 + log2(1 - 2 ** (-C_M))) * (1 - D) * C_M

# %% tags=["hide-input"]
noise = Derivation("Theorem 3 for noisy neurons", "supplement 2.3, Theorem 3")
ranges = {D: (0, 1), beta: (0, 1)}
noise.equal(d_1, clean, "divergence of a clean letter's row from q", where=ranges)
noise.equal(d_2, unsure, "and of an unsure letter's", where=ranges)
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
# {math}`M` enters {math}`d_1` and {math}`d_2` through the
# same term {math}`(1-D)\log_2 M`, so it enters the capacity in this way too, and {math}`\lambda(D)` does not depend on it.
#
# It is positive. Let {math}`Z` be the neuron's output before dropout, {math}`E` the mask, and {math}`Y` what arrives. By the chain rule
# {math}`I(X; Y) = I(X; Y, E) - I(X; E \mid Y) = (1-D)\,I(X; Z) - I(X; E \mid Y)`. If the best input uses both groups, the last
# term is positive: where {math}`Y = 0` a clean letter was certainly dropped, and an unsure one perhaps not. If it uses one
# group only, {math}`I(X; Z)` is at most {math}`\log_2 M = C-1`. In both cases {math}`I(X; Y)` is less than {math}`(1-D)\,C`.
#
# What the theorem allows, {math}`\varepsilon` or {math}`\varepsilon C` per surviving use, tends to 0 as {math}`C` grows.
# ```

# %% [markdown]
# How large is the loss, and from which precision on are the bounds false? The judge finds the loss per surviving use,
# {math}`\lambda(D)/(1-D)`, for two and for sixteen clean letters; the two must agree.

# %%
from scipy.optimize import brentq

print("  D    loss per surviving use    false from C =")
print("       M = 2       M = 16        proved   printed")
for d in (0.01, 0.1, 0.3, 0.5, 0.8):
    loss = {}
    for M_levels in (2, 16):
        found = ch.blahut_arimoto(under_dropout(half_sure(M_levels), d), tol=1e-9)
        loss[M_levels] = np.log2(2 * M_levels) - found.lower / (1 - d)
    from_proved = -np.log2(1 - 2 ** -loss[2])
    from_printed = brentq(
        lambda C, allowed=loss[2]: -C * np.log2(1 - 2**-C) - allowed, 1.5, 30
    )
    print(f"{d:.2f}   {loss[2]:.5f}     {loss[16]:.5f}", end="")
    print(f"       {from_proved:6.2f}   {from_printed:7.2f}")
    assert abs(loss[2] - loss[16]) < 1e-7 and 0 < loss[2] < 0.25

# %% [markdown]
# At {math}`D = 0.3`, a common rate, the bound that the proof ends with is false for such neurons of four bits, and the printed one for six.
# So Theorem 3 is a statement about *noiseless* neurons, and {prf:ref}`thm-dropout-bounds` states it that way. For a noisy
# neuron of any kind there is a weaker floor that is safe.
#
# ```{prf:theorem} A floor for noisy neurons
# :label: thm-dropout-noisy
# A neuron of capacity {math}`C`, noisy or not, carries at least {math}`(1-D)C - h_2(D)` bits under dropout, if losses are
# independent of what was sent.
# ```
#
# In the box letter {math}`i` is sent and the neuron says {math}`Z = j` with probability {math}`T_{ij}`; for {math}`j = 0` that is {math}`J_i`. {math}`R` is the law of {math}`Z`, with a mass {math}`r` at 0. Dropout makes {math}`Y` of {math}`Z`.

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
# ```{prf:proof}
# Take the input that attains {math}`C = I(X; Z)`. A receiver who sees output and mask gets {math}`(1-D)C`. Without the mask the
# receiver loses {math}`I(X; E \mid Y)`. That is at most {math}`h_2(D)`, the mask's entropy; the rest of it is what {math}`Y` shows of the mask and what {math}`X` and {math}`Y` leave unknown,
# the two parts of the difference in the box. (Where a letter never says 0, or all do, let a probability tend to 0.)
# ```

# %% [markdown]
# (sec-dropout-many)=
# ## Many neurons
#
# From one neuron to {math}`m` the supplement multiplies, "due to the chain rule of entropy and the independence of
# channels", and its theorem calls the masks *uncorrelated*. For two neurons with independent masks the judge confirms the
# product. But uncorrelated is less than independent. Take three neurons of which always an even number survives, and
# let the four ways to do that be equally likely. Each neuron survives half of the time. Any two of them are independent of
# each other. The three together are not, since the third is the exclusive or of the first two.


# %%
from itertools import combinations, product


def layer(levels, masks):
    """Channel of a layer: each mask (1 = survives) is equally likely."""
    states = list(product(range(levels), repeat=len(masks[0])))
    index = {state: i for i, state in enumerate(states)}
    w = np.zeros((len(states), len(states)))
    for state in states:
        for mask in masks:
            seen = tuple(x * alive for x, alive in zip(state, mask, strict=True))
            w[index[state], index[seen]] += 1 / len(masks)
    return w


# %%
masks = {
    "independent": list(product((0, 1), repeat=3)),
    "pairwise only": [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)],
    "all or none": [(0, 0, 0), (1, 1, 1)],
}
print("three binary neurons at D = 0.5: capacity in bits")
for name, equally_likely in masks.items():
    found = ch.blahut_arimoto(layer(2, equally_likely)).lower
    print(f"  {name:13s} {found:.4f}")
print(f"  upper bound   {3 * 0.5:.4f}")

# %% [markdown]
# To refute the product it is enough to show one input that does better. Of forty uses, send no 1 twice, each word with a single 1
# nine times, and three 1s eleven times. In the box {math}`R` lists what arrives: 000, the three single ones, the three pairs.

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
# So the product needs independence. The theorem does not. Both of its bounds survive any dependence: the upper one because a receiver who is told the mask gets what
# the survivors hold, and their mean number is {math}`(1-D)m`; the lower one because never sending 0 *shows* the mask. Dependence never
# hurts. With independent inputs the uncertainty about all neurons is at most the sum of the uncertainties about each, so a layer
# carries at least {math}`m` times what a neuron does; and it helps by at most the distance between the bounds.
#
# All this is for losses that do not depend on the values. Let two neurons send 1 or 2, and let each be lost exactly when the *other* sends 1. For a uniform input each is lost half of the
# time, yet what arrives tells all four words apart: two bits, where the upper bound of {prf:ref}`thm-dropout-bounds` would allow 1.58.

# %%
pairs = list(product((1, 2), repeat=2))
arrived = {(x * (y > 1), y * (x > 1)) for x, y in pairs}
print(f"two bits: {len(arrived)} of 4 words told apart;", end=" ")
print(f"upper bound {2 * ch.erasure_capacity(3, 0.5):.3f} bits")
assert len(arrived) == len(pairs)

# %% [markdown]
# What dependence on one another does destroy is reliability in a *single* use. If the whole layer dies at once, as with dropped channels or residual
# branches, no code within the layer helps on that occasion. Capacity is an average over many uses, and a forward pass is one. We will count this below.

# %% [markdown]
# (sec-dropout-series)=
# ## Layers in series
#
# The section opens with "a neural network with {math}`n` dropout layers" (here {math}`L`), and claims for it the capacity
# of one. But the theorem treats a single layer. If nothing happens between the layers, a value has to survive all of them:
# {math}`L` layers act as one layer of rate {math}`D_L = 1-(1-D)^L`. The box writes {math}`C_L` for what an input that never uses 0 gets through, {prf:ref}`thm-dropout-bounds` at rate
# {math}`D_L`; above the phase line that is the capacity.

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
# What would keep {math}`1-D`? One way is for each layer to *recover* the message from what survived and encode it again for the
# next. Then no layer ever sees more than its own losses.
#
# ```{prf:theorem} Layers that decode and encode again
# :label: thm-dropout-reencode
# Let all losses be independent, of one another and of what is sent. With fewer bits a neuron than the one-layer capacity, {math}`L` layers of {math}`m` neurons with a
# suitable code in each fail with a probability that vanishes as {math}`m` grows, for every fixed {math}`L`.
# With more bits a neuron than that they fail with a probability that tends to one.
# ```
#
# ```{prf:proof}
# One layer fails with a probability that vanishes, by the coding theorem, and {math}`L` layers with at most {math}`L`
# times that. Above capacity the strong converse {cite:p}`arimoto1973` applies to the first layer already.
# ```
#
# That is a strong demand on a network. But there is a second way, which asks for no decoding at all: *mix*.
#
# ```{prf:theorem} Layers that mix
# :label: thm-dropout-mix
# Let levels be the elements of a field with {math}`q` of them. Let every layer multiply its {math}`m` neurons by a random matrix over
# the field, uniform and known to the receiver, before dropout, with all losses independent, of one another and of what is sent. For fixed {math}`q` and {math}`L`
# and growing {math}`m` the stack carries, on average over the matrices, at least
#
# $$(1-D)\log_2 q - (L-1)\,h_2(D) - (D+z)\,h_2\!\left(\frac{z}{D+z}\right), \qquad z = \frac{1-D}{q},$$
#
# bits a neuron, less a part that vanishes. The last term, of order {math}`(\log q)/q`, vanishes as {math}`q` grows.
# ```
#
# ```{prf:proof}
# Tell the receiver all masks. Then the stack is one linear map, and a uniform input sends the rank of that map through, times {math}`\log_2 q`.
# Let {math}`r` dimensions reach a layer in which {math}`s` neurons survive. The random matrix makes of them a uniform {math}`s \times r` matrix, by which a
# vector other than 0 goes to 0 with probability {math}`q^{-s}`. If {math}`r \le s`, then of the {math}`q^r - 1` such vectors fewer than one goes to 0 on average, and to fall
# short of rank {math}`r` by {math}`d` it takes {math}`q^d-1 \ge d` of them. For {math}`r > s` transpose. So the stack falls short of the smallest number of survivors in any layer, about {math}`(1-D)m`, by
# fewer than {math}`L` on average.
#
# As in {prf:ref}`thm-dropout-noisy`, taking the masks away costs at most what is then unknown of them. That is {math}`m\,h_2(D)` for each layer but the last,
# whose mask the receiver all but sees: a neuron arrives as 0 if it is dropped, or alive with the value 0, which has probability {math}`z`. (If all values
# before the last matrix are 0, so are all after it; the chance of that vanishes as {math}`m` grows.)
# ```
#
# The price {math}`(L-1)\,h_2(D)` does not grow with precision, so for fine neurons the fraction is {math}`1-D` again. We count ranks.

# %%
from flint import nmod_mat

rng = np.random.default_rng(seed)


def rank_and_survivors(width, layers, rate, q):
    """Rank of a stack of random matrices and masks, and its fewest survivors."""
    stack, fewest = None, width
    for _ in range(layers):
        alive = rng.random(width) > rate
        matrix = rng.integers(0, q, size=(width, width)) * alive[:, None]
        matrix = nmod_mat(width, width, matrix.ravel().tolist(), q)
        stack = matrix if stack is None else matrix * stack
        fewest = min(fewest, int(alive.sum()))
    return stack.rank(), fewest


pairs = [rank_and_survivors(64, 8, 0.1, 65_521) for _ in range(20)]
same = sum(rank == fewest for rank, fewest in pairs)
print(
    f"8 layers of 64 neurons, 16 bits each: rank = fewest survivors: {same} of 20"
)
assert same == 20

# %% mystnb={"figure": {"caption": "Bits a neuron through L dropout layers at D = 0.1, for neurons of 16 bits and wide layers: the capacity with decoding in every layer and with nothing between the layers, and the proved floor for mixing.", "name": "fig-series"}, "image": {"alt": "Bits a neuron against number of layers from 1 to 24. A level line at 14.4 bits for layers that decode. A straight line that falls from 14.4 to 3.6 for the floor of layers that mix. A curve that falls from 14.4 to 6.9 at 8 layers and 1.3 at 24 for layers with nothing between them. The straight line lies above the curve from 2 layers on."}}
from polylib.theory.entropy import binary_entropy

depth, levels, d = np.arange(1, 25), 2**16, 0.1
untouched = ch.serial_dropout_capacity(levels, d, depth)
decoded = np.full(depth.size, ch.dropout_capacity(levels, d))
z = (1 - d) / levels
last_mask = (d + z) * binary_entropy(z / (d + z))
mixed = (1 - d) * 16 - (depth - 1) * binary_entropy(d) - last_mask

fig, ax = plt.subplots()
for values, label in (
    (decoded, "decoding in every layer"),
    (mixed, "mixing, at least"),
    (untouched, "nothing in between"),
):
    ax.plot(depth, values, label=label)
ax.set(xlabel="dropout layers L", ylabel="bits a neuron", ylim=(0, 16))
ax.legend(loc="lower left")
plt.show()
print("8 layers:", *(f"{v[7]:.2f}" for v in (decoded, mixed, untouched)), "bits")
assert abs(ch.serial_dropout_capacity(256, 0.1, 8) - 3.441307) < 1e-6
assert (mixed > untouched)[1:].all() and last_mask < 2e-4

# %% [markdown]
# So the fraction {math}`1-D` can be kept without decoding, for a reason that the supplement's proof does not give. This is shown for random matrices over a
# field. The weights of a network are real, rounded and followed by nonlinearities, and of these the theorem says nothing. What mixing preserves is information for a reader with
# unlimited means: nothing has been decoded, and the message lies ever deeper in the product of the layers.

# %% [markdown]
# (sec-dropout-codes)=
# ## Codes of finite width
#
# Capacity speaks of infinite width. What can a layer of a few dozen or a few thousand neurons do? Two codes mark the ends.
#
# *Repetition*: {math}`r` neurons hold the same value. The value is lost if all of them are, so a group acts as one neuron of
# rate {math}`D^r` and costs {math}`r` neurons. It is the simplest code, and the one in which every neuron stands for one thing.
#
# *Maximum distance separable* (MDS) codes, such as those of {cite:t}`reed1960`: {math}`k` values are spread over {math}`m`
# neurons so that *any* {math}`k` survivors determine them all. No code of that size does better against erasures.
#
# First what repetition costs in capacity, which means with an ideal code around it; a single group is never quite reliable. One copy is
# that ideal code alone, and every further copy is waste.

# %%
print("bits a neuron at K = 257, D = 0.5\ncopies r   repetition   best code")
best = ch.dropout_capacity(257, 0.5)
for r in (1, 2, 3, 4):
    repeated_bits = ch.repetition_capacity(257, 0.5, r)
    print(f"{r:8d}   {repeated_bits:10.3f}   {best:9.3f}")
assert np.isclose(ch.repetition_capacity(257, 0.5, 3), 7 / 3)

# %% [markdown]
# Now reliability at a given width. An MDS code fails when fewer than {math}`k` of {math}`m` neurons survive, a binomial tail; {math}`L` layers fail if one
# of them does. For one failure in a thousand the share {math}`k/m` that can be used is below {math}`1-D` by a few
# standard deviations of the mask, of order {math}`1/\sqrt m`.
#
# These MDS codes need a field of about as many letters as there are neurons, and 0 must stay unused: 257 levels for 256 neurons, one too many for eight bits.
# The table lists the bits of a neuron that each row calls for. Eight-bit neurons can use a random linear code instead, which comes as close as one likes: {math}`s` survivors
# leave it undetermined with a probability below {math}`q^{k-s}/(q-1)`. The last column is its usable share with 251 letters.

# %%
from scipy.stats import binom, norm


def random_code_failure(width, k, rate, q):
    """A random k by s matrix over the field of q has rank below k, s ~ Bin."""
    survivors = np.arange(k, width + 1)
    full_rank = [
        np.prod(1 - float(q) ** -np.arange(s - k + 1, s + 1)) for s in survivors
    ]
    return 1 - binom.pmf(survivors, width, 1 - rate) @ full_rank


print("one layer, D = 0.3, one failure in 1000: usable share k/m")
print("neurons   bits      MDS   normal approximation   random linear code")
for width in (64, 256, 1024, 4096):
    sizes = np.arange(1, width + 1)
    fails = ch.mds_failure_probability(width, sizes, 0.3, 1)
    k = int(sizes[fails <= 1e-3].max())
    rule = 0.7 - np.sqrt(0.3 * 0.7 / width) * norm.isf(1e-3)
    random_k = k if random_code_failure(width, k, 0.3, 251) <= 1e-3 else k - 1
    assert random_code_failure(width, random_k, 0.3, 251) <= 1e-3
    print(f"{width:7d}   {np.ceil(np.log2(width + 1)):4.0f}", end="")
    print(f"   {k / width:.4f}   {rule:20.4f}   {random_k / width:18.4f}")
    assert abs(k / width - rule) < 1 / width

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
# So far dropout was a matrix. Now it is the module that networks use. We take 64 neurons of eight bits, encode random data, send the
# activations through `torch.nn.Dropout`, decode, encode again, and so on for eight layers. Data symbols are numbers
# modulo the prime 251, the activation is the symbol plus one, and the module's factor {math}`1/(1-D)` is divided out. A word has failed when
# what is decoded differs from what was sent, or cannot be decoded. The codes are in `polylib.theory.erasure_codes`; the
# arithmetic of the field is python-flint's.

# %%
import torch
from polylib.theory.erasure_codes import ReedSolomon, Repetition, relay

torch.manual_seed(seed)
dropout = torch.nn.Dropout(rate)


def drop(activations):
    """Through the module and back to whole levels."""
    seen = dropout(torch.tensor(activations, dtype=torch.float64)).numpy()
    return np.rint(seen * (1 - rate)).astype(np.int64)


sent = rng.integers(1, field + 1, size=(1, 12))
print("sent:   ", sent[0])
print("arrives:", drop(sent)[0])

# %%
from scipy.stats import binomtest


def measure(code):
    """Share of words lost after all layers, with a 95 % Wilson interval."""
    data = rng.integers(0, field, size=(n_words, code.n_data))
    lost = int((relay(code, data, drop, n_layers) < n_layers).sum())
    interval = binomtest(lost, n_words).proportion_ci(method="wilson")
    return lost / n_words, interval.low, interval.high


shares = np.linspace(0.625, 1.07, 11) * (1 - rate)  # up to the limit and past it
sizes = np.unique(np.rint(shares * n_neurons).clip(1, n_neurons).astype(int))
divisors = [k for k in range(1, n_neurons + 1) if n_neurons % k == 0]
spread_out = {k: measure(ReedSolomon(n_neurons, int(k), field)) for k in sizes}
repeated = {k: measure(Repetition(n_neurons, k, field)) for k in divisors[2:]}


# %%
def repetition_failure(k):
    """Some group of n_neurons / k copies is wiped out in some layer."""
    return 1 - (1 - rate ** (n_neurons / k)) ** (k * n_layers)


def reed_solomon_failure(k):
    """Fewer than k neurons survive in some layer."""
    return ch.mds_failure_probability(n_neurons, k, rate, n_layers)


inside = []
for name, table, formula in (
    ("Reed-Solomon", spread_out, reed_solomon_failure),
    ("repetition", repeated, repetition_failure),
):
    print(f"{name}\n  data    lost   95 % interval    predicted")
    for k, (lost, low, high) in sorted(table.items()):
        print(f"{k:6d}   {lost:.3f}   {low:.3f} to {high:.3f}", end="")
        print(f"   {formula(k):9.4f}")
        inside.append(low - 1e-9 <= formula(k) <= high + 1e-9)
print(f"predicted values inside: {sum(inside)} of {len(inside)}")
assert sum(inside) >= 0.75 * len(inside)

# %% mystnb={"figure": {"caption": "Words lost after eight dropout layers, D = 0.3, 64 neurons: measured through torch.nn.Dropout (markers, 95 % intervals) and predicted (lines; for repetition drawn through group sizes that are no whole numbers too).", "name": "fig-measured"}, "image": {"alt": "Share of words lost against data symbols per neuron. The Reed-Solomon curve stays at 0 up to one half, rises steeply around 0.62 and reaches 1 at about 0.7, where a dotted line is labelled 1 minus D. The repetition curve leaves 0 near 0.12, passes 0.65 at one quarter and is at 1 from about 0.33 on. Measured points lie on both curves."}}
fig, ax = plt.subplots()
k_line = np.arange(1, n_neurons + 1)
ax.plot(k_line / n_neurons, reed_solomon_failure(k_line), label="Reed–Solomon")
k_line = np.linspace(1, n_neurons, 200)
ax.plot(k_line / n_neurons, repetition_failure(k_line), label="repetition")
for index, table in enumerate((spread_out, repeated)):
    ks, (lost, low, high) = list(table), np.array(list(table.values())).T
    style = {"fmt": figures.MARKERS[index], "color": f"C{index}", "capsize": 2}
    bars = np.abs([lost - low, high - lost])
    ax.errorbar(np.array(ks) / n_neurons, lost, bars, **style)
ax.axvline(1 - rate, color="0.3", linestyle=":")
ax.text(1 - rate + 0.01, 0.3, "1 − D")
after = f"share of words lost after {n_layers} layers"
ax.set(xlabel="data symbols per neuron, k/m", ylabel=after)
ax.legend(loc="center right")
plt.show()

# %% [markdown]
# Both codes do what the formulas say, to within sampling error. With 32 values on 64 neurons the formula gives Reed–Solomon one
# loss in five hundred words, and we saw none in four hundred. Repetition, with the same neurons and the same values, lost
# every word. How many copies of each value would it take to be as safe? And what if there is no code at all, or if the mask drops the whole layer at once?

# %%
k = n_neurons // 2
target = reed_solomon_failure(k)
copies = np.arange(1, 60)
safe_copies = copies[1 - (1 - rate**copies) ** (k * n_layers) <= target].min()
print(f"as safe for {k} values: {safe_copies} copies, {safe_copies * k} neurons")

# %%
activations = rng.integers(1, field + 1, size=(n_words, n_neurons))
for _ in range(n_layers):
    activations = drop(activations)
left, predicted = (activations > 0).mean(), (1 - rate) ** n_layers
print(f"uncoded values left: {left:.3f}, predicted {predicted:.3f}")
spread = np.sqrt(predicted * (1 - predicted) / activations.size)
assert abs(left - predicted) < 5 * spread

data = rng.integers(0, field, size=(n_words, k))
whole_layer = relay(
    ReedSolomon(n_neurons, k, field),
    data,
    lambda a: a * (drop(a[:, :1]) > 0),
    n_layers,
)
lost = (whole_layer < n_layers).mean()
print(
    f"whole layers dropped: {lost:.2f} of words lost, predicted {1 - predicted:.2f}"
)
assert abs(lost - 1 + predicted) < 5 * np.sqrt(predicted / n_words)

# %% [markdown]
# Ten copies of each value, five times as many neurons, buy what Reed–Solomon has at once. Without a code a twentieth of the values gets through. And against a mask that takes the whole layer the
# best code is worth nothing in a single use, although the capacity of that layer is, if anything, higher.
#
# ### The factor 1/(1-D), and a range that ends
#
# The module divides by {math}`1-D`. That is harmless as long as nothing saturates. Suppose the next thing that holds the value has a range that ends at the top level
# {math}`K-1`, as when activations are stored in eight bits. Then every value above {math}`(1-D)(K-1)` is scaled to the same end point, and these values can no longer be
# told apart. What remains is a neuron with {math}`1+\lceil (1-D)(K-1) \rceil` levels.


# %%
def saturating(levels, rate):
    """Dropout, survivors scaled by 1/(1-D), cut off at the top level."""
    scaled = np.minimum(np.arange(levels) / (1 - rate), levels - 1)
    names, column = np.unique(scaled.round(9), return_inverse=True)
    w = (1 - rate) * np.eye(len(names))[column]
    w[:, 0] += rate
    return w


def saturated_capacity(levels, rate):
    """Exact dropout capacity with the levels that the cut-off leaves."""
    return ch.dropout_capacity(
        1 + np.ceil(round((1 - rate) * (levels - 1), 9)), rate
    )


for d in (0.1, 0.5, 0.9):
    cut, uncut = saturated_capacity(256, d), ch.dropout_capacity(256, d)
    print(
        f"D = {d}: {cut:.4f} bits with the cut-off, {uncut:.4f} without,", end=" "
    )
    print(f"{1 - cut / uncut:.0%} less")


# %% tags=["hide-input"]
def saturated_by_blahut_arimoto(levels, rate):
    """The same by Blahut-Arimoto."""
    return ch.blahut_arimoto(saturating(levels, rate), tol=1e-10).lower


cut_off = Derivation("Scaling into a range that ends", source="this book")
cut_off.agrees(
    saturated_capacity,
    saturated_by_blahut_arimoto,
    [(256, 0.5), (256, 0.9), (16, 0.3), (17, 0.5), (5, 0.2)],
    1e-8,
    "levels that remain, against the channel matrix",
)
cut_off

# %% [markdown]
# An eighth of the capacity at {math}`D = 0.5` for eight bits, and nothing for a neuron that keeps its activations small.

# %% [markdown]
# (sec-dropout-reading)=
# ## What it means for reading a network
#
# The paper's thought is that dropout pushes a network towards good codes, and that good codes are polysemantic. We can now
# look at one. Take three features with seven values each, on six neurons, and three codes. *Repetition* keeps two copies of each feature. A *systematic* Reed–Solomon
# code keeps one copy of each and fills the other three neurons with checks, sums in which all features enter. A plain *Reed–Solomon* code takes the features for the coefficients of a polynomial, and each neuron holds the
# polynomial's value at a point. We ask every group of neurons what it tells about each feature, and about all three together, in bits, when all
# values are equally likely.


# %%
def numbered(columns):
    """One number for each different row."""
    return np.unique(columns, axis=0, return_inverse=True)[1].ravel()


def bits_told(features, seen):
    """I(feature; what is seen) over equally likely words, in bits."""
    joint = np.zeros((features.max() + 1, seen.max() + 1))
    np.add.at(joint, (features, seen), 1 / len(features))
    rows = joint.sum(axis=1)
    return ch.mutual_information(rows, joint / rows[:, None])


tiny = {
    "repetition": Repetition(6, 3, 7),
    "Reed–Solomon, systematic": ReedSolomon(6, 3, 7, systematic=True),
    "Reed–Solomon": ReedSolomon(6, 3, 7),
}
words = np.array(list(product(range(7), repeat=3)))

# %%
told, together, apart = {}, {}, {}
for name, code in tiny.items():
    neurons = code.encode(words)
    told[name] = [[bits_told(f, n) for n in neurons.T] for f in words.T]
    together[name], apart[name] = [], []
    for size in range(1, 7):
        groups = [numbered(neurons[:, g]) for g in combinations(range(6), size)]
        whole = [bits_told(numbered(words), g) for g in groups]
        parts = [sum(bits_told(f, g) for f in words.T) for g in groups]
        together[name].append(np.mean(whole))
        apart[name].append(np.mean(parts))


# %%
def losses_survived(code):
    """The largest number of losses that is harmless whichever neurons are lost."""
    word = code.encode([[1, 2, 3]])
    for lost in range(1, code.n_neurons + 1):
        for gone in combinations(range(code.n_neurons), lost):
            alive = ~np.isin(np.arange(code.n_neurons), gone)
            if not code.decode(word * alive)[1].all():
                return lost - 1


survives = {name: losses_survived(code) for name, code in tiny.items()}
for name, losses in survives.items():
    print(f"{name}: survives the loss of any {losses}")
assert list(survives.values()) == [1, 3, 3]

# %% mystnb={"figure": {"caption": "Bits that a group of neurons tells, mean over all groups of a size, for three codes of three features on six neurons: about the three features together, and about each feature by itself, added up.", "name": "fig-tells"}, "image": {"alt": "Three panels of bits against group size from 1 to 6. Repetition: both curves coincide and rise from 2.8 to 8.4, which they reach at 5 neurons. Systematic Reed-Solomon: the curve for the features together rises in a straight line from 2.8 to 8.4 at 3 neurons and stays; the one for features by themselves starts at 1.4 and meets it at 3. Reed-Solomon: the first curve is the same, the second is 0 at 1 neuron, 0.6 at 2 and 8.4 from 3 on."}}
fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.2), sharey=True)
for ax, name in zip(axes, tiny, strict=True):
    ax.plot(range(1, 7), together[name], "o-", label="together")
    ax.plot(range(1, 7), apart[name], "s--", label="each by itself, added")
    ax.set_title(f"{name}\nany {survives[name]} may be lost", fontsize=9)
    ax.set_xlabel("neurons in the group")
axes[0].set_ylabel("bits about the three features")
axes[0].legend(loc="lower right", fontsize=8)
plt.show()

# %%
all_bits, one_feature = 3 * np.log2(7), np.log2(7) * np.eye(3)
print(f"{'neurons in the group':41s}", "    ".join("123456"))
for name in tiny:
    for row, bits in (("together", together), ("each by itself", apart)):
        cells = "  ".join(f"{abs(b):.1f}" for b in bits[name])
        print(f"{name:25s} {row:15s} {cells}")
assert np.allclose(told["repetition"], np.repeat(one_feature, 2, axis=1))
assert np.allclose(
    told["Reed–Solomon, systematic"], np.c_[one_feature, 0 * one_feature]
)
assert np.allclose(told["Reed–Solomon"], 0)
assert np.allclose([together[n][2] for n in list(tiny)[1:]], all_bits)

# %% [markdown]
# Repetition is {term}`monosemantic`: every neuron stands for one
# feature. It survives any single loss. The other two survive any three losses, the most possible. In the systematic
# variant three neurons still stand for one feature each, and the checks say nothing about any feature by themselves. In
# the third code no neuron says anything about any feature at all, although any three neurons together say everything: the mechanism
# of secret sharing {cite:p}`shamir1979`, where one coefficient is the secret and the others are random.
#
# ```{prf:theorem} How many neurons can stand for one feature
# :label: thm-dropout-pure
# Let {math}`k \ge 2` features take all combinations of their values, and let a feature be lost when all neurons that depend on it are.
#
# *Mixed neurons.* Let each feature have {math}`q` values and each of {math}`m` neurons at most {math}`q` letters, and let any {math}`k` neurons determine all features, as in an
# MDS code. Then at most {math}`k` neurons are functions of a single feature, one for each; at least {math}`m-k` are not, and the
# systematic code attains this.
#
# *Pure neurons.* Let losses be independent, at a rate {math}`0<D<1`, and let *every* neuron be a function of a single feature. If all
# features survive together with probability at least {math}`1-\delta`, then
#
# $$m \ge k \log_{1/D}\frac{k}{\delta'}, \qquad \delta' = -\ln(1-\delta).$$
#
# If each feature by itself survives with probability at least {math}`1-\delta`, then {math}`m \ge k\,r` with {math}`r = \lceil \log_{1/D}(1/\delta) \rceil`, and {math}`r` copies of each do it.
# ```
#
# ```{prf:proof}
# Let two neurons of the first code be functions of the same feature. Complete them to {math}`k` neurons. The two take at most {math}`q` joint values and the
# others at most {math}`q^{k-2}`, so together the {math}`k` neurons take at most {math}`q^{k-1}` values, too few to determine {math}`q^k`
# messages.
#
# If all neurons are functions of one feature, feature {math}`i` is lost when its {math}`r_i` neurons are, with probability {math}`D^{r_i}`. This is at most {math}`\delta` if and only
# if {math}`r_i \ge r`. All features survive with probability
# {math}`\prod_i (1-D^{r_i}) \le \exp(-\sum_i D^{r_i})`. For this to be at least {math}`1-\delta` the sum must be at most {math}`\delta'`; by convexity
# it is at least {math}`k D^{m/k}`, since the {math}`r_i` sum to {math}`m`.
# ```
#
# Two of the conditions are easily overlooked, so we break them. Let two features have two copies each, at {math}`D = 1/2`, and let exactly one copy of
# each pair survive: the losses depend on one another, and nothing is ever lost. And let three binary features {math}`f_1, f_2, f_3` sit in neurons of
# four letters, which hold {math}`f_1`, {math}`f_1`, {math}`(f_2, f_3)` and {math}`(f_2, f_3)`: the features are narrower than the neurons.

# %%
at_most_once = -np.log1p(-1e-3)
least = 2 * np.log2(2 / at_most_once)
one_of_each = product([(0, 1), (1, 0)], repeat=2)
lost = [not (any(first) and any(second)) for first, second in one_of_each]
print(f"one of each pair survives: a feature lost in {sum(lost)} of 4 masks")
print(f"  with independent losses the bound is {least:.1f} neurons, not 4")

bits = np.array(list(product(range(2), repeat=3)))
wide = np.c_[bits[:, 0], bits[:, 0], *[2 * bits[:, 1] + bits[:, 2]] * 2]
trios = [numbered(wide[:, trio]) for trio in combinations(range(4), 3)]
decided = [len(np.unique(trio)) == len(bits) for trio in trios]
print(f"wide neurons: {sum(decided)} of {len(decided)} trios tell all features")
print("  although two neurons are functions of the same one")
assert not any(lost) and all(decided) and least > 21.9

# %% [markdown]
# Which criterion is asked for makes the difference between a factor that grows and one that does not.

# %%
delta, d = 1e-3, 0.3
copies_each = np.ceil(np.log(delta) / np.log(d))
print("neurons a feature, D = 0.3, failures at most one in 1000")
print("           every neuron stands for one feature     MDS code")
print("features   all survive, at least   each survives   all survive")
for k in (10, 100, 1000, 10_000):
    all_survive = np.log(k / -np.log1p(-delta)) / np.log(1 / d)
    sizes = np.arange(k, 4 * k)
    fails = ch.mds_failure_probability(sizes, k, d, 1)
    mds = sizes[fails <= delta].min() / k
    print(f"{k:8,d}   {all_survive:21.1f}   {copies_each:13.0f}   {mds:11.2f}")
assert copies_each == 6

# %% [markdown]
# If *all* features must survive, a layer in which every neuron stands for one feature pays a factor that grows with the logarithm of the number of
# features, and its efficiency tends to 0. If it is enough that *each* survives nearly always, six copies do at this rate, however many features there
# are: its efficiency stays at one sixth, where a code comes near {math}`1-D = 0.7`. A network whose next layer can miss a feature now and then is
# in the second case, and then pure neurons cost a constant factor and no more.
#
# So the paper's thought has a precise core, with conditions. An MDS code whose features are as wide as its neurons, run at capacity, {math}`k/m = 1-D`, *must* have a fraction {math}`D` of *mixed* neurons, which depend on several features. But it need
# not have more: of two equally good codes one can be read at {math}`k` of its neurons, the other at none. If trained networks turn out as polysemantic as the second kind,
# efficiency alone does not explain it.

# %% [markdown]
# ## Summary
#
# - **Theorem 3 holds for noiseless neurons** and losses that do not depend on the values, whatever their dependence on one another. Its statement is weaker than its proof (a relative
#   {math}`\varepsilon` where an absolute one was shown), the erasure channel's capacity has a sign slip, and the proof's product
#   {math}`C^m = m\,C^1` needs independent masks, where "uncorrelated" is not enough.
# - **The exact capacity** is {math}`\log_2(1+w)` below the phase line and equals the proved lower bound above it, where every
#   neuron of four levels or more arrives at a large enough rate, and an eight-bit neuron at nearly every rate.
# - **For noisy neurons the theorem can be false**, both as proved and as printed. If a 0 already
#   means something, dropout destroys more than the theorem allows: at every rate, once the neuron is precise enough, and
#   at {math}`D = 1/2` with eight letters.
# - **A stack of layers with nothing in between keeps {math}`(1-D)^L`**, not {math}`1-D`. Decoding in every layer keeps
#   {math}`1-D` in the limit of wide layers; mixing by random matrices over a large field keeps it too,
#   without decoding, in the limit of wide layers and high precision.
# - Real codes through `torch.nn.Dropout` do what the formulas say. Where a Reed–Solomon code lost none of 400 words, repetition of the same
#   size lost all.
# - If every neuron stands for one feature and all features must survive together, efficiency tends to 0 as features are added; if each may fail with a small
#   probability, it stays at a constant, one sixth in our example. A best code for features as wide as its neurons has a fraction {math}`D` of mixed neurons, and need not have more.
#
# For reading a network this means: dropout is a reason to expect redundancy, and efficient redundancy is a reason to expect some mixed
# neurons. It is no reason to expect that *all* neurons are mixed. A network that survives dropout by simple copies can be
# read at once, and wastes neurons. What tells a code from copies is joint: how much a group of neurons says beyond what
# its members say.
#
# What this does not show: that gradient descent finds codes of either kind. {ref}`nb-resnet-vae` looks at what dropout
# does to a trained network, and {ref}`sec-mine-code` asks whether one learns a code, and how near it comes to the capacity.
# Here a neuron had a given number of levels, and dropout took some of its values. In the next chapter,
# {ref}`nb-power-law-information`, nothing is taken, but neurons differ in width, and narrow ones have few levels.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-dropout-width
# How wide must a layer be to run an MDS code at 95 % of {math}`1-D` through eight layers of rate 0.3 with at most one failure
# in a thousand words?
# ```
#
# ````{solution} ex-dropout-width
# :class: dropdown
# By the normal approximation the gap of five per cent must be a few standard deviations of the mask, so the width grows with
# the square of its inverse. The folded cell searches the exact formula. (A code with that many letters needs neurons of 12 bits.)
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
# The features are the coefficients of a polynomial {math}`f`, and neuron {math}`x` holds {math}`f(x)`. What the pair
# {math}`x, y` leaves open is a multiple of {math}`(t-x)(t-y)`. Its coefficient of {math}`t` is {math}`-(x+y)`, so the middle feature is
# left open unless {math}`x+y` is 0 modulo 7. Three pairs add up to 7, and each of these determines the middle feature. The other two coefficients,
# {math}`xy` and 1, never vanish.
# ````

# %% tags=["hide-cell"]
for x, y in combinations(range(6), 2):
    pair = numbered(neurons[:, (x, y)])
    for number, feature in enumerate(words.T, 1):
        if (told_by_pair := bits_told(feature, pair)) > 1e-9:
            print(
                f"neurons {x + 1} and {y + 1}: {told_by_pair:.2f}", end=" bits "
            )
            print(f"about feature {number}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark("cpu")
