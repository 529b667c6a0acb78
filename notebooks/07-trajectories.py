# %% [markdown]
# (nb-trajectories)=
# # Trajectories: how a language model's activity moves through a text
#
# {ref}`nb-resnet-vae` followed a dot through the layers of an image network. Here a text moves. A language model reads
# it token by token, and after every block it holds a vector for each token. Choose a direction, and the text becomes a
# curve: one number a token. Section 1 of the supplement to {cite:t}`marshall2024` describes a script that draws many
# such curves, from random directions in every layer, keeps the one that moves least, and offers it as a look at "how
# the language model processes various sequences of text inputs". It was never released. This chapter writes it, on a
# real model that runs on a laptop, and asks what a smooth curve would mean.

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
# For a single text the smoothest curve is half a cosine, if it has fewer tokens than units, in general position. Fitted
# on many texts it stays smooth on others, and for two thirds of the depth it is a *clock*: it counts how far into the
# text we are, also when the words stand in random order. In the last quarter it depends on the content: its level shifts further where the subject changes than at a cut within one article. And how smooth the paths of a network
# are that has learnt nothing depends on the size of its random weights. Against the size at which its recipe starts
# (1/24, *divided*), this network's paths are smoother at the last layer and mostly rougher early.
#
# - {ref}`sec-traj-stream`: a model, its passages, and the first token, unlike the others.
# - {ref}`sec-traj-energy`: the energy of a trajectory, on average.
# - {ref}`sec-traj-search`: the least energy, exactly, and how rarely chance finds it.
# - {ref}`sec-traj-words`: minimum trajectories with their words.
# - {ref}`sec-traj-null`: how much of the smoothness is the text's.
# - {ref}`sec-traj-scale`: what is handed on.
#
# You need the {term}`path energy` of {ref}`sec-zeta-steps`, covariance matrices, and the idea of a transformer: a stack
# of blocks, each of which reads a vector for every token, the {term}`residual stream`, and adds to it. Type a sentence
# of your own into the cell below, and the chapter draws it.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = "smollm2-135m"  # from a package; or any causal model of Hugging Face
device: str = "cpu"  # or "cuda", or "auto"
corpus: str = "lee"  # 300 news passages; or a data set by name
corpus_config: str = ""  # which part of a data set, if it has parts
least_characters: int = 1  # shorter passages are left out
n_passages: int = 42  # read by the trained model; copies are left out
n_null: int = 8  # held-out ones, read again with their words in random order
n_draws: int = 1  # of random weights; 3 or more where no kept run is shown
n_draw: int = 1  # passages that each draw reads, every one others
dial: str = "own divided"  # what the draws are scaled to
long_tokens: int = 256  # of longer texts, of which a draw reads as many
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
n_directions: int = 1_000  # random directions a layer
every: int = 3  # layers between those whose covariance is kept
batch_size: int = 10  # passages a forward pass
passage: int = 3  # the one that is drawn: an odd number, so that it is held out
sentence: str = "My grandmother grows beans, herbs and roses in a small garden behind the house. Meanwhile the central bank raised its interest rate by half a point."  # type your own
save_in: str = ""  # a folder for figures (SVG, PDF) and trajectories (npz)
save_as: str = ""  # "300" saves this run under that name
compare_with: str = "300"  # kept runs: the evidence, where they fit

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# What the chapter claims rests on a run over all passages that is kept with the book, where it fits what is read here,
# and so does this figure.

# %% tags=["hide-input"]
import matplotlib.pyplot as plt
import numpy as np

SAME = "model", "n_tokens", "skip", "every"
saved = [results.load(f"07-trajectories-{run}") for run in compare_with.split()]
fits = [[one["parameters"][k] == parameters[k] for k in SAME] for one in saved]
kept = next((one for one, fit in zip(saved, fits, strict=True) if all(fit)), None)
assert kept or n_draws >= 3, "no kept run fits: set n_draws to 3 or more"
if kept:
    print(results.describe(kept).partition(",\n")[0])

# %% mystnb={"figure": {"caption": "How smooth is the path of a text? Energy, half the mean squared step from token to token, over variance, by layer; white noise has 1. Top: SmolLM2 as trained, and networks of its shape with random weights of several standard deviations, on the same news passages. Its recipe starts at 1/24, divided: what the blocks write is divided besides. Even: attention weighs all earlier tokens alike. Bottom: the trained network on passages and on the same words in random order. Bands: 95 % intervals, over draws of the weights at the top, over groups of passages at the bottom.", "name": "fig-traj-null"}, "image": {"alt": "Two panels, one above the other, energy against layer. Top: the trained network stays near 1 up to layer 9, falls below 0.8 at layer 13 and ends near 0.6. Random weights of scale 0.02 fall to nearly 0 within a few layers, those of 0.03 to 0.2. Those of 1/24 fall to 0.75 at once and then slowly to 0.7, with divided outputs to 0.9 and 0.75: they start below the trained network and end above it. With even attention they lie near 0.15. Bottom: in order the energy falls from 0.95 at layer 10 to 0.75 at layer 15; with shuffled words it stays a tenth above that, drops after layer 27 and ends below it."}} tags=["hide-input"]
from matplotlib_inline.backend_inline import set_matplotlib_formats
from scipy.stats import ttest_1samp

set_matplotlib_formats("png", metadata={"Software": None})
plt.rcParams["figure.dpi"] = 100  # words need room: wider figures here


def with_band(ax, values, label, index):
    """Mean over replicates by layer, and its 95 % interval (Student's t)."""
    values = np.array(values)[:, 0]  # about the mean of all passages
    low, high = ttest_1samp(values, 0).confidence_interval()
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(np.mean(values, 0), label=label, **style)
    ax.fill_between(range(len(low)), low, high, **style, alpha=0.2, linewidth=0)


if kept:
    was = kept["values"]
    _, (top, bottom) = plt.subplots(2, figsize=(5.2, 7.4), sharex=True)
    order = "own divided even".find
    shown = sorted(was["random"], key=lambda one: (order(one), one))
    with_band(top, was["beside"], "trained", 0)
    for index, one in enumerate(shown, 1):
        label = f"random, {was['labels'].get(one, one)}"
        with_band(top, was["random"][one], label, index)
    with_band(bottom, was["in_order"], "trained, in order", 0)
    with_band(bottom, was["shuffled_words"], "trained, shuffled", 1)
    plt.setp([top, bottom], ylabel="energy a step / variance", ylim=(0, 1.15))
    bottom.set_xlabel("layer")
    top.legend(fontsize=9, loc="center right", bbox_to_anchor=(1, 0.39))
    bottom.legend(fontsize=9, loc="lower left")
    plt.show()

# %% [markdown]
# (sec-traj-stream)=
# ## A text becomes a bundle of paths
#
# The model is SmolLM2 with 135 million weights {cite:p}`benallal2025`, small but real: 30 blocks, 576
# units, trained on two trillion tokens, then taught to follow instructions; its weights are rounded to four bits. The
# passages are short news items, the Lee corpus, cut after 64 tokens. It prints some articles twice, whole or in part;
# copies are left out, so that what is fitted on some passages can be judged on others.

# %%
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone
lm = language.load(model, device=device)
print(f"{lm.name}: {lm.n_layers} blocks, {lm.n_units} units")

# %%
which = {"config": corpus_config or None, "least": least_characters}
texts = passages.texts(corpus, n_passages, **which)
every_one = passages.tokenize(texts, lm.tokenizer, n_tokens)
some = passages.without_copies(every_one)
assert some.mask.all(), "every passage must have n_tokens tokens"
print(f"{len(some)} passages,", len(every_one) - len(some), "copies left out")
print("passage", passage, "begins", "|".join(some.tokens[passage][:16]))

# %% [markdown]
# *Layer 0* is what enters the first block, and layer {math}`l` is what leaves block {math}`l`, before the norm that
# stands at the end of the network. So few passages show how it is done. Where a claim needs more, the function
# `evidence` gives what the kept run measured, in place of what was measured here.

# %%
from polylib.language import Each, LayerEnergies, PathMoments, collect

depth = lm.n_layers
layers = sorted({*range(0, depth + 1, every), depth})
moments = PathMoments(layers, groups=2, skip=skip)
trained, with_first, without_first = map(LayerEnergies, (skip, 0, 1))
lengths = Each(lambda x: x.norm(dim=-1))
stream = Each(lambda x: x[layers, :, skip:])
collectors = trained, with_first, without_first, moments, lengths, stream
collect(lm, some, *collectors, batch_size=batch_size)

# %%
measured = {"layers": layers, "n_passages": len(some)}


def evidence(name, values):
    """What the kept run has under this name, else these values."""
    measured[name] = np.round(np.asarray(values, dtype=float), 7).tolist()
    return np.array((kept["values"] if kept else measured)[name])


# %% [markdown]
# ### The first token
#
# In most trained transformers a few vectors are enormous: the first token is a place for attention to rest, and gets
# {term}`massive activations` {cite:p}`sun2024`.

# %% mystnb={"figure": {"caption": "Length of the residual stream by layer, in units of activity: the first token's, and the median, least and greatest of all later ones. From layer 12 on the greatest is the second token of one passage.", "name": "fig-traj-first"}, "image": {"alt": "Logarithmic plot of length against layer. The later tokens' median rises from 3 to nearly 900. The first token lies ten times above it at layer 3, joins it at layers 10 and 11, then jumps to 23,000 and stays there until the last two layers, at first more than a hundred times the median, at the end six times. The band of later tokens reaches up from layer 12 on to several thousand, because in one passage the second token is an outlier too, and at layers 3 to 9 nearly to 1,000."}} tags=["hide-input"]
depths = np.arange(depth + 1)
first, later = lengths.values[:, :, 0], lengths.values[:, :, 1:]
median = np.median(later, (1, 2))
fig, ax = plt.subplots(figsize=(5.2, 4))
ax.semilogy(depths, first.mean(1), marker="s", color="C1")
ax.semilogy(depths, median, marker="o", color="C0", linestyle="-")
ends_of = later.min((1, 2)), later.max((1, 2))
ax.fill_between(depths, *ends_of, color="C0", alpha=0.2)
ax.text(16, 3.2e4, "first token", color="C1", va="bottom")
ax.text(12, 60, "later tokens, median and range", color="C0", va="top")
ax.set(xlabel="layer", ylabel="length of the vector (activity)", ylim=(1, 1e5))
plt.show()

# %%
middle = depth // 2
ratio = first.mean(1) / median
tall = np.flatnonzero(ratio > 40)
low, high = (float(f"{x:.1g}") for x in (ratio[tall].min(), ratio[tall].max()))
print(
    f"layers {tall[0]} to {tall[-1]}: first {low:.0f} to {high:.0f} times as long"
)

# %%
long = lengths.values[middle] > 10 * median[middle]
print("passages with such a token, by place in the passage:")
print({int(t): int(long[:, t].sum()) for t in np.flatnonzero(long.any(0))})
assert not kept or (long[:, 0].all() and not long[:, skip:].any())

# %% [markdown]
# What does an outlier do to an energy? In the middle of a path it makes two long steps, one there and one back; at the
# start only one. From now on energies are relative to the variance.
#
# ```{prf:definition} Relative energy
# :label: def-relative-energy
# The relative energy of a set of trajectories is their mean path energy a step {math}`E_\Delta`, half the mean squared
# step, over the variance {math}`\sigma^2` of all their values about the common mean:
#
# $$r_\Delta = \frac{E_\Delta}{\sigma^{2}}$$
# ```
#
# It is half of the ratio that {cite:t}`vonneumann1941` introduced to tell noise from drift.
#
# ```{prf:theorem} What a relative energy says
# :label: thm-relative-energy
# Averaged over all orders of a path's values, its energy is its number of steps times their sample variance, so noise
# has relative energy 1 in the mean over many paths. A stationary sequence whose neighbours have correlation
# {math}`\rho` has
#
# $$r_\Delta = 1 - \rho$$
#
# A path of {math}`n` steps, all of whose values are equal but one at an end, has
#
# $$r_0 = \frac{\left(n + 1\right)^{2}}{2 n^{2}}$$
#
# nearly one half, and twice as much if the one stands inside. And no path of {math}`T` values has less than
# {math}`T/(T-1)` times {math}`1 - \cos(\pi/T)`, or more than {math}`T/(T-1)` times {math}`1 + \cos(\pi/T)`.
# ```

# %% tags=["hide-input"]
from polylib.derivation import Derivation, named
from sympy import IndexedBase, Sum, evaluate, factorial, symbols

i, j, l = symbols("i j l", integer=True)
n, n_2 = symbols("n n_2", integer=True, positive=True)  # steps
sigma, a = symbols("sigma a", positive=True)
rho = symbols("rho", real=True)
z = IndexedBase("z", real=True)
everywhere = (i, 0, n), (j, 0, n), (l, 1, n)
placed = factorial(n - 1) / factorial(n + 1)  # share of orders: z_i, then z_j
mean_z = Sum(z[j], (j, 0, n)) / (n + 1)
orders = Sum(placed * (z[i] - z[j]) ** 2 / 2, *everywhere)
s_2 = named("s^2", Sum((z[i] - mean_z) ** 2, (i, 0, n)) / n)
with evaluate(False):
    one_step = (sigma**2 - 2 * rho * sigma**2 + sigma**2) / 2
    relative, by_rule = (
        named(r"r_\Delta", one_step / sigma**2),
        named(r"E_\Delta", one_step) / sigma**2,
    )
    spread = a**2 / (n + 1) - a**2 / (n + 1) ** 2
    end_ratio = named("r_0", a**2 / 2 / n / spread)
    end_right = (n + 1) ** 2 / (2 * n**2)


def from_the_outlier(steps):
    """Energy of the steps on one side of the value z_0, outwards."""
    return Sum((z[i + 1] - z[i]) ** 2 / 2, (i, 0, steps - 1))


# %% tags=["hide-input"]
from sympy import Limit, Rational, cos, oo, pi

T = symbols("T", integer=True, positive=True)
wave = named("f", lambda place: cos(pi * j / T * (place - Rational(1, 2))))
with evaluate(False):
    curved = (2 * wave(i) - wave(i - 1) - wave(i + 1)) / 2
    multiple = (1 - cos(pi * j / T)) * wave(i)
noise = Derivation("What a relative energy says", "this book")
words = "n steps; (n - 1)! of (n + 1)! orders put two values at two places"
noise.equal(orders, n * s_2, words)
noise.equal(relative, by_rule, "neighbours with correlation ρ, variance σ²")
noise.equal(relative, 1 - rho, "of which this is left")
outlier = {z[0]: a, z[i]: 0}
at_end, inside = from_the_outlier(n), from_the_outlier(n) + from_the_outlier(n_2)
words = "one value a among zeros, at an end"
noise.equal(at_end, a**2 / 2, words, given=outlier)
words = "and inside, twice as much: n steps to one side, n_2 to the other"
noise.equal(inside, a**2, words, given=outlier)
noise.equal(end_ratio, end_right, "a step, relative to the variance, at an end")
noise.equal(Limit(end_right, n, oo), Rational(1, 2), "of a long path")
words = "T values: cosines f are eigenvectors of half the path's Laplacian,"
noise.equal(curved, multiple, words)
noise.equal(wave(T + 1), wave(T), "also at its end, with no neighbour beyond")
noise

# %% [markdown]
# ```{prf:proof}
# In a random order any two values are neighbours equally often, so the mean squared step is the mean over pairs, which
# is twice the sample variance. The second statement is {prf:ref}`thm-path-energy`. The third is a sum of one or two
# squares. For the last, energy is a quadratic form, whose matrix is half the Laplacian of a path, with eigenvalues
# {math}`1 - \cos(\pi j/T)` for {math}`j = 0` to {math}`T - 1`, by the last two lines of the box, where
# {math}`f(i) = \cos(\pi j (i - \tfrac12)/T)` (at the start {math}`f(0) = f(1)`); {math}`j = 0` belongs to constant
# paths, which have no variance.
# ```
#
# So an outlier at the start pulls the energy of every direction that it touches towards one half, and it touches all of
# them.

# %% tags=["hide-input"]
from polylib.tables import table

rows = [0, 6, 12, middle, 21, depth] if depth == 30 else [0, middle, depth]
skipped = [c.energies()[rows] for c in (with_first, without_first, trained)]
columns = ["nothing left out", "the first", f"the first {skip}"]
table(
    {"layer": rows} | dict(zip(columns, skipped, strict=True)),
    "Relative energy by what is left out at the start of each passage.",
    dict.fromkeys(columns, ".2f"),
)

# %% [markdown]
# With the first token in, the middle layers all have an energy of one half: a sudden calm that has nothing to do with
# the text. We leave out the first four tokens in everything that follows.

# %% [markdown]
# (sec-traj-energy)=
# ## What a random direction sees
#
# A trajectory is the projection of the residual stream of one layer on a unit vector {math}`u`, drawn uniformly from
# the sphere. What energy should one expect?
#
# ```{prf:theorem} Random directions
# :label: thm-random-direction
# Let {math}`D` be the *step moment* of a layer: half of {math}`\Sigma_\Delta`, the mean product {math}`\Delta x\,\Delta
# x^\top` of differences between neighbouring tokens. Over random directions {math}`u` of {math}`m` units the energy a
# step, {math}`u^\top D u`, has
#
# $$\operatorname{mean}(u^\top D u) = \frac{\operatorname{tr}(D)}{m}$$
#
# $$\operatorname{var}(u^\top D u) = \frac{2 \left(\operatorname{tr}(D^2) - \frac{{\operatorname{tr}(D)}^{2}}{m}\right)}{m \left(m + 2\right)}$$
# ```

# %% tags=["hide-input"]
from polylib.theory import energy as en
from sympy import KroneckerDelta

m, k = symbols("m k", integer=True, positive=True)
w, C, F, G = (IndexedBase(name, real=True) for name in "wCFG")
each, pairs = (i, 1, m), ((i, 1, m), (j, 1, m))
gauss = {G[i, j]: 1 + 2 * KroneckerDelta(i, j)}
uniform = {C[i]: 1 / m}
sphere = uniform | {F[i, j]: (1 + 2 * KroneckerDelta(i, j)) / (m * (m + 2))}
mean_u = named(r"\operatorname{mean}(u^\top D u)", Sum(w[i] * C[i], each))
tr_D = named(r"\operatorname{tr}(D)", Sum(w[i], each))
tr_D2 = named(r"\operatorname{tr}(D^2)", Sum(w[i] ** 2, each))
tr_delta = named(r"\operatorname{tr}(\Sigma_{\Delta})", 2 * Sum(w[i], each))
with evaluate(False):
    var_u = Sum(w[i] * w[j] * F[i, j], *pairs) - Sum(w[i] * C[i], each) ** 2
    var_u = named(r"\operatorname{var}(u^\top D u)", var_u)
    mean_right, k_right = tr_D / m, k / (2 * m) * tr_delta
    var_right = 2 / (m * (m + 2)) * (tr_D2 - tr_D**2 / m)

# %% tags=["hide-input"]
from polylib.language import trajectory

step, covariance = moments.moments()
units, rng = lm.n_units, np.random.default_rng(seed)
traces, squares = np.trace(step, axis1=1, axis2=2), (step**2).sum((1, 2))
expected = traces / units
spread = np.sqrt(2 / units / (units + 2) * (squares - traces**2 / units))
shape = len(layers), units, n_directions
directions = trajectory.random_directions(*shape, rng=rng)
drawn = (directions * (step @ directions)).sum(1)  # their energies a step
chance = Derivation("Random directions", "this book")
words = "fourth moments G of a Gaussian vector: of its length"
chance.equal(Sum(G[i, j], *pairs), m * (m + 2), words, given=gauss)
words = "mean squares C of a unit vector; w, eigenvalues of D"
chance.equal(mean_u, mean_right, words, given=uniform)
words = "its fourth moments F: those of a Gaussian, less the length's"
chance.equal(var_u, var_right, words, given=sphere)
words = "k directions, in the words of 2.5"
chance.equal(k * mean_u, k_right, words, given=uniform)
for at in range(0, len(layers), 2):
    ratio = round(float(drawn[at].mean() / expected[at]), 3)
    error = float(spread[at] / expected[at] / np.sqrt(n_directions))
    words = f"layer {layers[at]}: {n_directions:,} directions over tr(D)/m"
    chance.sampled(1.0, ratio, round(error, 4), words)
chance

# %% [markdown]
# ```{prf:proof}
# The mean is {prf:ref}`thm-path-energy` for {math}`k = 1`: a random unit vector has uncorrelated entries of mean
# square {math}`1/m`, and nothing else was used. For the variance, write a Gaussian vector as its length times an
# independent direction. Its fourth moments are 3 and 1, and the mean fourth power of its length is {math}`m(m+2)`, so
# a direction has 3 and 1 over {math}`m(m+2)`. In the eigenbasis of {math}`D` no others are needed.
# ```

# %%
widths = drawn.std(1) / spread
print("scatter of directions, drawn over predicted:", end=" ")
print(f"{widths.min():.1f} to {widths.max():.1f}")
assert n_directions < 1_000 or np.abs(widths - 1).max() < 0.15

# %% [markdown]
# The layer's own moments predict what random trajectories do on average, and how they scatter. The figure below uses
# the exact mean.
#
# ### Energy by layer

# %%
again = trained.bootstrap(400, rng=np.random.default_rng(seed))
kept_energy = evidence("energy", trained.energies())
low, high = evidence(
    "energy_interval", np.quantile(again, [0.025, 0.975], axis=0)
)
any_order = evidence("any_order", trained.energies(any_order=True))

# %% mystnb={"figure": {"caption": "Relative energy by layer, all directions together: SmolLM2 on all passages of the kept run, 95 % interval of a bootstrap over passages. Dashed: the same vectors in random order within each passage, exactly.", "name": "fig-traj-energy"}, "image": {"alt": "Relative energy against layer with a band so narrow that it hardly shows. It is 1.0 at layer 0, stays above 0.94 until layer 9, falls to 0.84 at layer 11 and 0.74 at layer 14, then slowly to about 0.66 and ends at 0.60. A dashed line for vectors in random order stays near 1 and falls to 0.85 at the end."}} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(5.2, 4))
ax.plot(depths, kept_energy, marker="o", color="C0", linestyle="-")
ax.fill_between(depths, low, high, color="C0", alpha=0.3, linewidth=0)
ax.plot(depths, any_order, color="C1", linestyle="--")
ax.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
ax.text(depth, 1.01, "white noise", color="0.3", va="bottom", ha="right")
ax.text(depth * 0.7, 0.935, "in random order", color="C1", va="top", ha="right")
ax.text(depth * 0.5, 0.77, "in the order of the text", color="C0")
ax.set(xlabel="layer", ylabel="energy a step / variance", ylim=(0.5, 1.1))
plt.show()

# %%
early = np.argmax(high < 0.9)
print(f"half-width of the interval: at most {(high - low).max() / 2:.2f}")
print(f"layers 0 to {early - 1}: at least {kept_energy[:early].min():.2f}")
print(f"layer {depth}: {kept_energy[-1]:.2f},", end=" ")
print(f"in random order {any_order[-1]:.2f}")
assert not kept or any_order[-1] > 0.8 > kept_energy[-1] + 0.1

# %% [markdown]
# In the first third a trajectory is nearly as rough as noise (at layer 0 a little rougher, likely because a word seldom
# follows itself). Only from layer 11 on do neighbours share much, and even at the end less than half. Part of that is
# no matter of neighbours: passages have different means, which add to the variance but to no step, so that at the end
# even random order leaves 0.85. And part of the noise is one word.


# %%
def long_vectors(x):
    """Shares of vectors (passages, tokens, units) over twice the median length."""
    size, the = np.linalg.norm(x, axis=-1), words_read == " the"
    long, spread = size > 2 * np.median(size), np.square(x - x.mean((0, 1)))
    of_variance = spread[long].sum() / spread.sum()
    return long.mean(), of_variance, (long & the).sum() / max(long.sum(), 1)


# %% tags=["hide-input"]
words_read = np.array([tokens[skip:] for tokens in some.tokens])
long_ones = evidence("long", [long_vectors(x) for x in stream.values])
axis = np.linalg.eigh(covariance)[1][:, :, -1]
along_axis = [
    (axis * (x @ axis[..., None])[..., 0]).sum(1) for x in (step, covariance)
]
rest = [np.trace(x, axis1=1, axis2=2) for x in (step, covariance)]
rest = [whole - one for whole, one in zip(rest, along_axis, strict=True)]
without_axis = evidence("without_axis", rest[0] / rest[1])

# %% tags=["hide-input"]
shown = [i for i, layer in enumerate(layers) if layer <= 0.4 * depth]
columns = dict(
    zip(["long", "of the variance", '" the"'], long_ones[shown].T, strict=True)
)
columns |= {
    "energy": kept_energy[layers][shown],
    "without the axis": without_axis[shown],
}
said = (
    "Vectors over twice the median length: their share of all, of the variance, and "
    'how many of them are the word " the"; relative energy, and that without the '
    "first principal axis."
)
table(
    {"layer": np.array(layers)[shown]} | columns,
    said,
    dict.fromkeys(columns, ".2f"),
)

# %% [markdown]
# At layers 3 to 9 long vectors, nearly all of "the", hold about half of the variance or more, and a lone outlier has
# energy 1. Without the axis on which they lie the energy would be 0.93 to 0.87.

# %% [markdown]
# (sec-traj-search)=
# ## The smoothest direction
#
# The script "then finds the {term}`minimum trajectory`". The minimum of *what*? A direction in which next to nothing
# happens has little energy. To mean smoothness, the energy must be relative to the variance, or, which is the same, the
# variance must be held at 1. And over *what*? Over random draws, it is an upper bound of the minimum over all
# directions, which is an eigenvalue.
#
# ```{prf:theorem} The direction of least energy
# :label: thm-least-energy
# Rescale so that the covariance {math}`\Sigma` becomes the identity: directions become {math}`c`, the step moment
# {math}`D` becomes {math}`W`, with least eigenvalue {math}`\lambda_1`. Then for every direction
#
# $$\lambda_{1} c^\top c \le c^\top W c$$
#
# so that among directions of variance 1 the least energy a step is {math}`\lambda_1`, and the {math}`v` with
# {math}`Dv = \lambda_1 \Sigma v` attains it.
# Where {math}`\Sigma` is singular, directions without variance are left out. For a single path of
# {math}`T` tokens in general position, with {math}`m \ge T - 1` units, the trajectory of least energy is half a period
# of a cosine, and its relative energy is the least of {prf:ref}`thm-relative-energy`, whatever the activity.
# ```

# %% tags=["hide-input"]
from itertools import combinations, pairwise

from polylib.language import slow_directions as slow

c, d = IndexedBase("c", real=True), IndexedBase("d", positive=True)
lam_1 = symbols("lambda_1", real=True)
length = named(r"c^\top c", Sum(c[i] ** 2, (i, 1, m)))
energy = lam_1 * c[1] ** 2 + Sum((lam_1 + d[i]) * c[i] ** 2, (i, 2, m))


def half_cosine(length, width):
    return (1 - np.cos(np.pi / length)) * length / (length - 1)


def least_of_noise(length, width):
    activity = np.random.default_rng(length).normal(size=(length, width))
    return slow.minimum_energy_direction(activity)[1] / (length - 1)


def expected_best(n):
    return float(slow.expected_best(range(1, 10), n)[0])


def best_of_subsets(n):
    return np.mean([min(few) for few in combinations(range(1, 10), n)])


# %% tags=["hide-input"]
search = Derivation("The least energy, and chance", "supplement 1")
words = "eigenvalues of W, written as gaps d above the least"
gap = Sum(d[i] * c[i] ** 2, (i, 2, m))
search.at_most(lam_1 * length, named(r"c^\top W c", energy), {}, words, by=gap)
cases = [(8, 20), (64, 64), (64, 300)]
words = "relative energy of one path of noise, T tokens and m units"
search.agrees(half_cosine, least_of_noise, cases, 1e-9, words)
cases = [(1,), (2,), (5,)]
words = "expected best of N, over all subsets of nine"
search.agrees(expected_best, best_of_subsets, cases, 1e-9, words)
plane = np.diag([0.1, 1.0]), np.eye(2)


def in_the_plane(energy):
    """Chernoff's bound for energies 0.1 and 1 on two axes, by calculus."""
    down, up = energy - 0.1, 1 - energy
    return 2 * np.sqrt(down * up) / (down + up)


def chance_of_one_draw(energy):
    return 10 ** -slow.log10_rarity(*plane, energy)


words, cases = "a bound, two units", [(0.15,), (0.3,), (0.5,)]
search.agrees(chance_of_one_draw, in_the_plane, cases, 1e-9, words)
search

# %% [markdown]
# ```{prf:proof}
# In the range of {math}`\Sigma` put {math}`v = \Sigma^{-1/2} c`. Then the relative energy is the Rayleigh quotient of
# a symmetric matrix at {math}`c`: a weighted mean of its eigenvalues. It is least when all weight is on the least. For
# the last statement, {math}`T` centred vectors in general position span {math}`T - 1` dimensions, so projections on
# directions make *every* path of mean 0. The smoothest of these is the first eigenvector of the path's Laplacian, the
# cosine of {prf:ref}`thm-relative-energy`.
# ```
#
# The first half is known as slow feature analysis {cite:p}`wiskott2002`, so we also call the smoothest direction the
# *slowest*; its curve is the minimum trajectory. The second half is a warning: {math}`T`
# vectors, centred, span at most {math}`T - 1` dimensions, and with as many units some direction gives any curve that
# one likes, the smoothest too. With fewer tokens than units, in general position (not at layer 0, where a word that
# comes twice has one vector), the minimum trajectory is the same for Shakespeare, for noise, and for a trained network.

# %% tags=["hide-input"]
wording = Derivation("Words about the minimum", "supplement 1")
words = (
    "the least of the draws, an upper bound; the minimum over all directions is "
    "an eigenvalue, and it means smoothness only at fixed variance"
)
wording.remark(
    "then finds the minimum trajectory", words, line="generate_trajectory.py"
)
wording

# %% [markdown]
# ### Fitted, held out, and on shuffled words
#
# What is fitted must be judged elsewhere. Directions are fitted on the passages with even numbers. Their energy *held
# out* is that on the others, and the energy on *shuffled words* is that on the others with the tokens of each in random
# order, read by the same network: what the direction is worth where there is no text.

# %%
odd_ones = some[1::2]
mixed = passages.shuffled(odd_ones[:n_null], rng=np.random.default_rng(seed))
shuffled, mixed_moments = LayerEnergies(skip), PathMoments(layers, 1, skip)
jumbled = Each(lambda x: x[layers, :, skip:])
collect(lm, mixed, shuffled, mixed_moments, jumbled, batch_size=batch_size)

# %%
from polylib.language import readings
from polylib.language.least_energy import least_energy

three = moments.moments([0]), moments.moments([1]), mixed_moments.moments()
slow_ones = []
for at in range(len(layers)):
    fit, test, mix = ((steps[at], spreads[at]) for steps, spreads in three)
    where = {"held_out": test, "shuffled": mix}
    count = moments.n_tokens([0])
    slow_ones.append(least_energy(fit, **where, n_tokens=count))

# %%
chosen = layers[int(0.7 * len(layers))]  # 21 of 30 blocks
at = layers.index(chosen)
print(f"layer {chosen}, from {len(some[::2])} passages: {slow_ones[at]}")

# %% [markdown]
# So few passages make a fit that is too good to be true, and it says so. Below stand the directions of the kept run.
#
# ### Four trajectories of one passage
#
# From the top: a random direction, the best of a thousand for this passage, the exact minimum for this passage alone,
# and the exact minimum over *other* passages, those with even numbers, while this one is odd.


# %%
def along(activations):
    """Trajectories (layers, passages, tokens) along the slowest directions."""
    return np.einsum("lptu,lu->lpt", activations, v)


# %%
v = np.array([one.direction for one in slow_ones])
v *= np.sign(readings.climb(along(stream.values[:, ::2])).mean(1))[
    :, None
]  # rising
v = evidence("directions", v)

# %%
activity = stream.values[at, passage].astype(float)
tokens = some.tokens[passage][skip:]
draws = activity @ directions[at]
relative = en.path_energy(draws.T[..., None]) / (len(draws) - 1) / draws.var(0)
curves = {
    "a random direction": draws[:, 0],
    f"the best of {n_directions:,} here": draws[:, relative.argmin()],
    "the exact minimum here": activity
    @ slow.minimum_energy_direction(activity)[0],
    "the exact minimum for other passages": activity @ v[at],
}


# %% mystnb={"figure": {"caption": "Four trajectories of one passage at layer 21, each in units of its own standard deviation; e is its relative energy in this passage.", "name": "fig-traj-four"}, "image": {"alt": "Four curves over the same sixty tokens. A random direction jumps up and down at every token. The best of a thousand jumps less but is still ragged. The exact minimum for this passage is a perfect half cosine. The minimum for other passages wavers and drifts steadily from one side to the other."}} tags=["hide-input"]
def own_energy(path):
    return en.path_energy(path[:, None]) / (len(path) - 1) / path.var()


fig_four, axes = plt.subplots(4, 1, figsize=(5.2, 6.4), sharex=True)
for index, (ax, (label, path_)) in enumerate(
    zip(axes, curves.items(), strict=True)
):
    scaled = (path_ - path_.mean()) / path_.std()
    scaled *= np.sign(scaled[-5:].mean())
    ax.plot(scaled, color=f"C{index}", marker=".", linestyle="-", linewidth=1)
    label = f"{label}, e = {own_energy(path_):.2g}"
    ax.text(0.01, 1.02, label, transform=ax.transAxes, color=f"C{index}")
    ax.set(ylim=(-3.2, 3.2), yticks=[-2, 0, 2])
axes[-1].set_xlabel(f"token, the first {skip} left out")
fig_four.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %%
found = {label: own_energy(path_) for label, path_ in curves.items()}
cosine = 1 - np.cos(np.pi / len(activity))
assert np.isclose([*found.values()][2] * (1 - 1 / len(activity)), cosine)
heads = {"curve": found, "relative energy": found.values()}
table(heads, "The four curves.", {"relative energy": ".2g"})

# %% [markdown]
# The third curve is the perfect minimum and perfectly empty: half a cosine, as the theorem says. The fourth is the one
# with content: its direction was found on other passages, so here it could have failed. Draw more directions for the
# second one:

# %% tags=["hide-input"]
from polylib.derivation import Kept, Line, explore
from sympy import sqrt

N, place = symbols("N", positive=True), symbols("t", integer=True)
tries, T = [1, 10, 100, 1000], len(draws)
best = [relative[:count].argmin() for count in tries]
paths = (draws[:, best] - draws[:, best].mean(0)) / draws[:, best].std(0)
paths *= np.sign(paths[-5:].mean(0))
half_cosine = -sqrt(2) * cos(pi * (place - Rational(1, 2)) / T)
least_here = T * (1 - np.cos(np.pi / T)) / (T - 1)
of_N = Kept(
    np.arange(1.0, T + 1),
    paths.T.round(1),
    "smoothest of N random directions",
    (N,),
    joined=True,
)

# %% tags=["hide-input"]
explore(
    [of_N, Line(half_cosine, "exact minimum: half a cosine")],
    x=(place, 1, T),
    y=(-3.2, 3.2),
    sliders={N: tries},
    labels=("token", "value / standard deviation"),
    names={N: "directions drawn, N"},
    readouts={
        "relative energy of the draw": (relative[best].round(2), ".2f", (N,)),
        "of the half cosine": (least_here, ".4f"),
    },
    caption="One passage, one layer: the smoothest of N random directions, and "
    "the exact minimum, the same for any text. No N comes near.",
    alt="A ragged line over sixty tokens between −3 and 3, and half a period of "
    "a cosine that rises smoothly from −1.4 to 1.4.",
)

# %% [markdown]
# ### How far is the best of a thousand?
#
# The half of the passages that serves for the fit has more tokens than units, and the minimum is no longer forced.
# Random search also fits, but only by choosing among a thousand.

# %%
best = []
for at_, u in enumerate(directions):
    pairs = [(steps[at_], spreads[at_]) for steps, spreads in three[:2]]
    here, there = (slow.relative_energy(*pair, u) for pair in pairs)
    best.append([here.mean(), here.min(), there[here.argmin()]])
mean_of, *best_of = evidence("best_of_random", best).T
least = [[x.in_sample, x.held_out, x.shuffled] for x in slow_ones]
fitted, held, on_jumble = evidence("least", least).T
ways = (mean_of - best_of[0]) / (mean_of - fitted)
assert not kept or (held < 0.6 * best_of[1]).all()

# %% tags=["hide-input"]
columns = dict(zip(["best, fitted", "best, held out"], best_of, strict=True))
columns |= {
    "exact, fitted": fitted,
    "exact, held out": held,
    "shuffled": on_jumble,
}
print(f"of the way, by the best of 1,000: {min(ways):.0%} to {max(ways):.0%}")
low, high = (fitted / held).min(), (fitted / held).max()
print(f"in sample, of what they are held out: {low:.1f} to {high:.1f}")
said = (
    "Relative energy of the best of 1,000 random directions, and of the "
    "exact minimum, on the passages of the fit, on others, and on these "
    "with shuffled words."
)
table({"layer": layers} | columns, said, dict.fromkeys(columns, ".2f"))

# %% [markdown]
# Everywhere the exact minimum is far below the best of a thousand, also on the other passages; and above layer 0 what
# is slow held out is slow on shuffled words, too.
#
# How many draws would it take? A direction reaches an energy {math}`\varepsilon` if {math}`u^\top D u \le \varepsilon\,
# u^\top \Sigma u`. Chernoff's inequality {cite:p}`chernoff1952` bounds the chance of it; {math}`N` draws have at most
# {math}`N` times as much.

# %%
pair = three[0][0][at], three[0][1][at]
many = np.random.default_rng(seed).standard_normal((units, 20_000))
energies = slow.relative_energy(*pair, many)
average, floor = energies.mean(), slow.slowest(*pair)[0][0]
numbers = [1, 10, 100, 1_000]
expected_of = [average, floor, *slow.expected_best(energies, numbers)]
ways_of = 0.5, 0.75, 0.9
targets = [average - way * (average - floor) for way in ways_of]
digits = [slow.log10_rarity(*pair, e) - np.log10(2) for e in targets]

# %%
average, floor, *bests = evidence("expected_best", expected_of)
digits = evidence("digits", digits)
print(f"layer {chosen}: mean {average:.2f}, minimum {floor:.2f}")
for number, value in zip(numbers[1:], bests[1:], strict=True):
    covered = (average - value) / (average - floor)
    print(f"best of {number:,}: {value:.2f}, {covered:.0%} of the way")
for way, digit in zip(ways_of, digits, strict=True):
    print(f"{way:.0%} of the way: more than 10^{int(digit - 0.5)} draws")
assert not kept or (covered < 0.5 and digits[0] > 5 and digits[1] > 15)

# %% [markdown]
# Nine tenths of the way take more draws than there are atoms in the universe. An eigenproblem of 576 units takes a
# fraction of a second.

# %% [markdown]
# (sec-traj-words)=
# ## What the smoothest direction reads
#
# Here are the exact minimum trajectories by layer, fitted on the even passages and drawn for the odd one that we know.

# %%
held_out = stream.values[:, 1::2]
centre = evidence("centre", along(held_out).mean((1, 2)))[:, None, None]
z, z_mixed = along(held_out) - centre, along(jumbled.values) - centre

# %% mystnb={"figure": {"caption": "Minimum trajectories of one passage at five layers, each along the slowest direction of its layer, fitted on other passages. Units of the standard deviation over the passages on which the direction was fitted; e is the relative energy on all held-out passages.", "name": "fig-traj-layers"}, "image": {"alt": "Five curves over the same sixty tokens. At layers 3 and 18 they climb from minus three and minus two to about plus one and a half, at layer 18 with a fall in between; at layer 9 the curve climbs from minus two to one over the first third only, and then wavers about a half. At layers 24 and 30 the curves do not climb; they waver near zero."}} tags=["hide-input"]
drawn_at = np.unique(np.linspace(1, len(layers) - 1, 5).round().astype(int))
fig_layers, axes = plt.subplots(len(drawn_at), 1, figsize=(5.2, 7), sharex=True)
for ax, i in zip(axes, drawn_at, strict=True):
    ax.axhline(0, color="0.6", linewidth=0.8)
    path_ = z[i, passage // 2]
    ax.plot(path_, color="C0", marker=".", linestyle="-", linewidth=1)
    label = f"layer {layers[i]}, e = {held[i]:.2f}"
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.2, 3.2), yticks=[-2, 0, 2])
axes[-1].set_xlabel(f"token, the first {skip} left out")
fig_layers.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %% [markdown]
# Up to layer 18 the curve climbs, not without falling back: the direction seems to count tokens. In the later layers it
# has hardly a trend; there it seems to say which passage this is. Both can be measured: the variance over all passages
# splits into a part that the place in the passage explains, a part that the passage explains, and a rest.

# %%
by_text = evidence("explained", readings.explained(z))
by_jumble = evidence("explained_shuffled", readings.explained(z_mixed))

# %% tags=["hide-input"]
columns = {"place": by_text[0], "place, shuffled": by_jumble[0]}
columns |= {"passage": by_text[1], "passage, shuffled": by_jumble[1]}
late = [i for i, layer in enumerate(layers) if layer > 0.75 * depth]
assert not kept or min(by_text[0][1 : late[0]]) > max(by_text[0][late])
assert not kept or (by_text[1][late] > by_text[0][late] + 0.2).all()
said = (
    "Share of the variance along the slowest direction that the place in "
    "the passage explains, and the passage; held-out passages."
)
table({"layer": layers} | columns, said, dict.fromkeys(columns, ".1f"))

# %% tags=["hide-input"]
from polylib.finding import Finding


def finding(title, **said):
    """A finding about one trained network, and the run that it rests on."""
    made = Finding(
        title, "this book", **{"networks": 1, "about": "this network"} | said
    )
    if kept:
        made.rests_on(kept)
    return made


clock = finding(
    "The slowest direction climbs with the place, rank correlation above 0.5",
    replicates="held-out passages",
    unit="rank correlation with the place",
)
both = {"in order": ("climb", z), "shuffled": ("climb_shuffled", z_mixed)}
for words, (name, paths) in both.items():
    for i, climbs in zip(
        drawn_at, evidence(name, readings.climb(paths[drawn_at])), strict=True
    ):
        clock.more(climbs, 0.5, layer=layers[i], words=words)
clock

# %% [markdown]
# So the smoothest thing that this network says about a text, for two thirds of its depth, is how much of it there has
# been, and it says so of a jumble, too, if from layer 6 to 15 less well. (Why it fades after two thirds
# of the depth we do not know.) Only the last quarter has a slow direction that depends on the content, and it, too, is slow on
# shuffled words, likely because a jumble still says what it is about. In most layers, by half to four fifths of its
# variance, a minimum trajectory would look the same for another text.
#
# ### Your own sentence
#
# The same directions, and the best random one, on the sentence of the parameters cell.

# %% mystnb={"figure": {"caption": "The sentence of the parameters cell, from its fifth token on, along the slowest direction of three layers, fitted on the passages, and along the best of the random directions for this sentence at the first of these layers. The first curve in units of its own standard deviation, the others in that of the passages on which the direction was fitted.", "name": "fig-traj-sentence"}, "image": {"alt": "Four curves over the words of a sentence about a grandmother's garden that turns to a central bank half way. The random one is ragged. At layer 21 the slowest curve climbs slowly from below minus one to about plus a half. At layer 24 it stays near one for the whole first sentence and falls within two words, central and bank, to minus two, where it stays. At the last layer it stays near zero and rises at the same words to one and a half."}} tags=["hide-input"]
own_text = passages.tokenize([sentence], lm.tokenizer, n_tokens)
if len(own_text.tokens[0]) < skip + 3:
    raise ValueError(f"sentence must have {skip + 3} tokens, got {sentence!r}")
own_stream = Each(lambda x: x[layers, :, skip:])
collect(lm, own_text, own_stream)
read = own_stream.values[:, 0].astype(float)
many = read[at] @ directions[at]
many = (many - many.mean(0)) / many.std(0)
rough = np.square(np.diff(many, axis=0)).sum(0)
lines = {f"layer {chosen}, best of {n_directions:,}": many[:, rough.argmin()]}
for i in sorted({at, min(at + 1, len(layers) - 1), len(layers) - 1}):
    lines[f"layer {layers[i]}, slowest"] = read[i] @ v[i] - centre[i, 0, 0]
fig_own, axes = plt.subplots(len(lines), 1, figsize=(5.2, 6.4), sharex=True)
for ax, (label, values) in zip(axes, lines.items(), strict=True):
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.plot(values, color="C0", marker=".", linestyle="-", linewidth=1)
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.5, 3.5), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], own_text.tokens[0][skip:])
fig_own.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %% [markdown]
# The committed sentence changes its subject half way, and at layer 24 the curve jumps at the words that settle what the
# second half is about. It was written for the purpose. Does that happen in other texts?
#
# ### Two halves of two texts
#
# The first half of each held-out passage is followed by the second half of the next one, so that the subject changes at
# a known place, the *seam*. Since a seam cuts a sentence, too, it is compared with a cut: the same first half, then a
# later piece of its own article. If a direction follows the subject, its mean level should shift more at the seam, and
# its largest step should more often stand near it. How near is a choice, and we make several.

# %%
half, windows = n_tokens // 2, [3, 4, 5, 6, 8]
articles = passages.tokenize(texts, lm.tokenizer, 2 * n_tokens)
few = odd_ones if save_as else odd_ones[:n_null]
few, later = passages.continued(few, articles)
seams = {"seam": None, "cut": later}
near, shifts = {}, {}
for name, then in seams.items():
    joined = Each(lambda x: x[layers, :, skip:])
    collect(lm, passages.spliced(few, half, then), joined, batch_size=batch_size)
    paths = along(joined.values) - centre
    found = [readings.at_seam(paths, half - skip, near=w) for w in windows]
    near[name] = evidence(f"near_{name}", [one for one, _ in found])
    shifts[name] = evidence(f"shift_{name}", found[0][1])

# %% tags=["hide-input"]
about_seams = {
    "replicates": "held-out passages",
    "null": "the same first halves with a later piece of their own article",
}
shift = finding(
    "The level of the slowest direction shifts more where the subject changes",
    unit="shift of the mean, in standard deviations",
    **about_seams,
)
jump = finding(
    "The largest step of the slowest direction stands where the subject changes",
    unit="share within so many tokens of the seam",
    **about_seams,
)
for i, layer in enumerate(layers):
    if layer >= chosen - 2 * every:
        shift.more(shifts["seam"][i], shifts["cut"][i], layer=layer)
    for w, window in enumerate(windows if layer > 0.75 * depth else ()):
        pair = near["seam"][w][i], near["cut"][w][i]
        if window == 5 or len(pair[0]) > 30:  # fewer give the same for several
            jump.more(*pair, layer=layer, tokens=window)
shift

# %% [markdown]
# In the last quarter the level shifts further where the subject changes, by 0.15 to 0.22 standard deviations. In the
# layers of the clock it shifts less far: there the same article goes on with the count better. And does the largest
# step say *where*?

# %%
for i in late:
    shares = [near[name][2][i].mean() for name in ("seam", "cut")]
    print(f"layer {layers[i]}: within five tokens {shares[0]:.0%},", end=" ")
    print(f"in the same article {shares[1]:.0%}")
jump

# %% [markdown]
# These texts, with this choice of second halves, do not decide it, at any of the five distances: at layers 24 and 27 the largest step stands within five
# tokens of the seam in about three texts of ten, and of a cut within one article in two. The jump at one word in the
# sentence above is not what is usual.

# %% [markdown]
# (sec-traj-null)=
# ## Whose smoothness is it?
#
# A smooth trajectory may be smooth because the text is, because any text is to this network, or because any network of
# this shape makes everything smooth. *Shuffled words* take away the order of the text, *random weights* the training.
# How large these are is a choice, and a null model must make the one that the network itself began with, its *first
# weights*, as in {ref}`nb-resnet-vae`. SmolLM2's
# published configuration (`initializer_range` of HuggingFaceTB/SmolLM2-135M) starts from a standard deviation of 1/24,
# one over the root of its 576 units; the file in the package does not say, and transformers would take 0.02. The
# program that trained it, nanotron, by its standard rule also divides the matrices that write to the residual stream by
# the root of twice the number of blocks: *divided*. We turn the scale like a dial, and in one case force attention to
# weigh all earlier tokens evenly (*even*, at 1/24). Every draw of weights reads passages of its own, the same as the
# trained network beside it, so that an interval over draws is one over passages, too.

# %%
from polylib.language import twins

settings = dial.split()
start = "divided" if "divided" in settings else "own"  # as training starts
own = f"1/{1 / twins.initial_scale(lm):.3g}"
names = {"own": own, "divided": f"{own}, divided", "even": f"{own}, even"}
measured["labels"] = names


# %%
def energies_of(energies, weights=None):
    """Relative energy by layer, and that about each passage's own mean."""
    found = energies.energies(weights)
    no_order = energies.energies(weights, any_order=True)
    return np.stack([found, found / no_order], -2)


def read_by(network, what):
    energies = LayerEnergies(skip)
    collect(network, what, energies, batch_size=batch_size)
    return energies_of(energies)


# %%
random = {setting: [] for setting in settings}
of_draw = np.zeros((n_draws, len(some)))
for draw in range(n_draws):
    fresh = language.untrained(lm, seed=seed + draw)
    mine = slice(draw * n_draw, (draw + 1) * n_draw)
    of_draw[draw, mine] = 1
    for setting in settings:
        found = read_by(twins.turned(fresh, setting), some[mine])
        random[setting].append(found)

# %%
n_groups = min(8, n_null)
groups = np.arange(n_null) % n_groups == np.arange(n_groups)[:, None]
of_odd = np.zeros((n_groups, len(some)))
of_odd[:, 1 : 2 * n_null : 2] = groups
measured_here = {
    "in_order": energies_of(trained, of_odd),
    "shuffled_words": energies_of(shuffled, groups.astype(float)),
    "beside": energies_of(trained, of_draw),
}

# %% tags=["hide-input"]
pairs = [evidence(*one).swapaxes(0, 1) for one in measured_here.items()]
in_order, in_order_own = pairs[0]
shuffled_words, shuffled_own = pairs[1]
beside, beside_own = pairs[2]
measured["random"] = {
    one: np.round(found, 7).tolist() for one, found in random.items()
}
random = kept["values"]["random"] if kept else measured["random"]
in_turn = sorted(random, key=lambda one: ("own divided even".find(one), one))
dialled = {one: np.array(random[one]) for one in in_turn}
about_own = {one: x[:, 1] for one, x in dialled.items()}  # each passage's mean
dialled = {one: x[:, 0] for one, x in dialled.items()}

# %% tags=["hide-input"]
places = depth // 5, middle, depth
rows = {"trained": beside} | {
    names.get(one, one): x for one, x in dialled.items()
}
columns = {
    f"layer {at_}": [x[:, at_].mean() for x in rows.values()] for at_ in places
}
own_rows = [beside_own, *about_own.values()]
columns[f"layer {middle}, own mean"] = [x[:, middle].mean() for x in own_rows]
said = (
    f"Relative energy on texts of {n_tokens} tokens: mean over "
    f"{len(beside)} draws of the weights, and the trained network on the "
    "same passages; last, about each passage's own mean."
)
table({"weights": rows} | columns, said, dict.fromkeys(columns, ".2f"))

# %% [markdown]
# How smooth a network is that knows nothing depends on how large its random weights are. At a scale of 0.02 the energy
# falls to a few hundredths; at 1/24 to about seven tenths, and divided to somewhat more. At 1/24 most of this is
# passages lying apart: about each passage's own mean random weights have 0.91, divided 0.95, and the trained network
# 0.77 at layer 15. Why are small weights smooth? Likely by their attention. Where all earlier tokens are weighed
# evenly, each output is a running average, which is smooth: even at 1/24 that gives 0.16. Small queries and keys weigh
# nearly evenly; those of 1/24 choose, at random.

# %% tags=["hide-input"]
from polylib.derivation import Choice

size = symbols("sigma")
scales_shown = [setting for setting in dialled if setting != "even"]
at_layers = np.arange(0, depth + 1, 3)
words = [names.get(setting, setting) for setting in scales_shown]
by_scale = [np.round(dialled[one].mean(0)[at_layers], 2) for one in scales_shown]
explore(
    [
        Kept(
            at_layers,
            np.round(beside.mean(0)[at_layers], 2),
            "trained",
            joined=True,
        ),
        Kept(at_layers, by_scale, "random weights", by=(size,), joined=True),
    ],
    x=(symbols("l"), 0, depth),
    y=(0, 1.15),
    sliders={size: Choice(range(len(by_scale)), words)},
    labels=("layer", "energy a step / variance"),
    names={size: "scale of the first weights"},
    readouts={
        "at the last layer": ([row[-1] for row in by_scale], ".2f", (size,))
    },
    caption="Turn the scale of random weights: from far smoother than the trained "
    "network to rougher at the end. Means over draws, on the same passages.",
    alt="The trained network falls from 1 to about 0.6; random weights of the "
    "smallest scale fall to nearly 0 within a few layers.",
)

# %% [markdown]
# ### Longer texts
#
# Are 64 tokens special? Each draw reads as many longer texts as short ones, so that differences between passage means
# count equally in both. Each comparison is made twice: with variance about the common mean, and about each passage's own.

# %%
whole_corpus = passages.texts(corpus, None if corpus == "lee" else n_passages)
longer = passages.tokenize(whole_corpus, lm.tokenizer, long_tokens)
rows = longer.mask.all(1).nonzero()[:, 0].tolist()
strings = [longer.tokens[row] for row in rows]
longer = passages.Passages(longer.ids[rows], longer.mask[rows], strings)
longer = passages.without_copies(longer)[: n_draws * n_draw]
assert len(longer) == n_draws * n_draw, "too few long texts for so many draws"

# %%
random_long, beside_long = [], []
for draw in range(n_draws):
    fresh = twins.turned(language.untrained(lm, seed=seed + draw), start)
    part = longer[draw * n_draw : (draw + 1) * n_draw]
    random_long.append(read_by(fresh, part))
    beside_long.append(read_by(lm, part))
random_long = evidence("random_long", random_long)
beside_long = evidence("beside_long", beside_long)

# %% tags=["hide-input"]
tries = {
    "shared": [(x, beside, one, n_tokens) for one, x in dialled.items()],
    "own": [(x, beside_own, one, n_tokens) for one, x in about_own.items()],
}
for i, rows in enumerate(tries.values()):
    rows += [(random_long[:, i], beside_long[:, i], start, long_tokens)]
tries = [(mean, *row) for mean, rows in tries.items() for row in rows]
scales = finding(
    "Random weights draw smoother paths than the trained network",
    replicates="draws of the weights, each on passages of its own",
    networks=len(beside),
    about="networks",
    null=f"{lm.name} on the same passages",
    unit="relative energy",
)
for mean, values, than, setting, length in tries:
    for layer in places if setting != "even" else ():
        said = {"layer": layer, "tokens": length, "mean": mean}
        said["scale"] = names.get(setting, setting)
        scales.less(values[:, layer], than[:, layer], **said)
scales

# %% tags=["hide-input"]
learnt = finding(
    "After training, paths are smoother than at the start that its recipe gives",
    replicates="draws of the weights, each on passages of its own",
    null=f"random weights of the same shape, {names[start]}",
    unit="relative energy",
)
for mean, values, than, setting, length in tries:
    for layer in places if setting == start else ():
        pair = than[:, layer], values[:, layer]
        learnt.less(*pair, layer=layer, tokens=length, mean=mean)
learnt

# %% [markdown]
# Of what separates the trained network on text from white noise, how much does shuffling take
# away?

# %% tags=["hide-input"]
order = finding(
    "Words in their order make the paths of this network smoother",
    replicates="groups of held-out passages",
    null="the same words in random order",
    unit="relative energy",
)
for layer in (layers[i] for i in drawn_at):
    order.less(in_order[:, layer], shuffled_words[:, layer], layer=layer)
order

# %%
gain = (shuffled_words - in_order).mean(0)
of_noise = gain / (1 - in_order.mean(0))
third = of_noise[depth // 3 : 2 * depth // 3]
print("of what separates the network on text from white noise, due to order:")
print(f"layers {depth // 3} to {2 * depth // 3 - 1}", end=": ")
print(f"{third.min():.1f} to {third.max():.1f}", end=", ")
print(f"layer {chosen}: {of_noise[chosen]:.1f}")
ends_own = [x[:, -1].mean() for x in (in_order_own, shuffled_own)]
print(f"layer {depth}, about own means: in order {ends_own[0]:.2f},", end=" ")
print(f"shuffled {ends_own[1]:.2f}")

# %% [markdown]
# In the middle layers about half of that is due to the order of the words. Early there is hardly anything to share. At
# the end shuffled words have the *smoother* trajectories, largely because shuffled passages lie further apart: about
# its own mean each is hardly smoother.
#
# So the smoothness is partly the text's, in the middle layers, where about half of it needs the order of the words; the
# rest any words have in this network; and some random weights have more of it.
#
# And the clock? Its directions have seen no place beyond the sixty-fourth. In longer texts they read:

# %%
long_stream = Each(lambda x: x[layers, :, skip:])
collect(lm, longer, long_stream, batch_size=batch_size)
z_long = (along(long_stream.values) - centre).mean(1)
bounds = sorted({0, n_tokens // 2, n_tokens, long_tokens // 2, long_tokens})
spans = [slice(max(a - skip, 0), b - skip) for a, b in pairwise(bounds)]
means_of = evidence("clock", [z_long[:, span].mean(1) for span in spans])

# %% tags=["hide-input"]
columns = dict(zip((f"to {end}" for end in bounds[1:]), means_of, strict=True))
said = (
    "Mean along the slowest direction, in standard deviations, up to each "
    "token from the one before."
)
table({"layer": layers} | columns, said, dict.fromkeys(columns, ".1f"))

# %% [markdown]
# At layers 12 to 21 the clock goes on for another 64 tokens, then stands; at layers 3 to 9 it climbs on, more slowly. It
# is a clock for the start of a text.

# %% [markdown]
# (sec-traj-scale)=
# ## Records for the next chapter
#
# {doc}`08-explanations` needs *records*: for each direction, layer and passage, the tokens and one value for each.

# %%
from polylib.language import activation_records

few = [at, len(layers) - 1]
two = np.stack([v[few].T, directions[few, :, 0].T], axis=2).transpose(1, 0, 2)
where = {"layers": [layers[i] for i in few], "names": ["slowest", "random"]}
mine = some[passage : passage + 1]
records = activation_records.record(lm, mine, two, **where)
print(f"(directions, layers, passages, tokens) = {records.values.shape}")

# %% tags=["hide-input"]
if save_as:
    results.save(
        f"07-trajectories-{save_as}", measured, parameters, device=device
    )
if save_in:
    from pathlib import Path

    target = Path(save_in) / "trajectories.npz"
    activation_records.save(target, records)
    drawn_here = {"four": fig_four, "layers": fig_layers, "sentence": fig_own}
    for name, figure in drawn_here.items():
        for kind in ("svg", "pdf"):
            figure.savefig(target.with_name(f"trajectories-{name}.{kind}"))

# %% [markdown]
# The parameters `07-trajectories-300` make the kept run, with all 300 passages. Those for GPT-2 XL, the network of the
# supplement, are in {doc}`../book/reproduce`, and were not run.

# %% [markdown]
# ## Summary
#
# - **For one passage the minimum means nothing**: it is half a cosine, with fewer tokens than units, in general position
#   ({claim}`The least energy, and chance`); the script's words about it need repair
#   ({claim}`repaired <Words about the minimum>`).
# - **Random search does not find it**: its mean and scatter are those of a trace ({claim}`Random directions`), and the
#   best of a thousand goes two fifths of the way at best.
# - **A path with an outlier at its start has relative energy one half** ({claim}`What a relative energy says`). So
#   leave out the first few tokens, not the first alone.
# - **The smoothest direction is a clock** in two thirds of the layers, on shuffled words too ({finding}`seen if <The
#   slowest direction climbs with the place, rank correlation above 0.5>`).
# - **The level of late directions shifts where the subject changes** ({finding}`seen if <The level of the slowest
#   direction shifts more where the subject changes>`), further than at
#   a cut within one article; whether their largest step stands there more often is open ({finding}`not decided <The
#   largest step of the slowest direction stands where the subject changes>`).
# - **Random weights draw smoother paths than the trained network, or rougher ones**, by their initial scale, the layer
#   and the mean about which one looks ({finding}`seen in <Random weights draw smoother paths than the trained network>`).
# - **Against the start that its recipe gives, this network's paths are smoother** at the last layer, at the middle one
#   but for one setting, and mostly rougher early ({finding}`seen in <After training, paths are smoother than at the
#   start that its recipe gives>`).
# - **The order of the words** makes about half of what smoothness there is in layers 10 to 19 ({finding}`seen if <Words
#   in their order make the paths of this network smoother>`).
#
# **What it means for reading a network.** Show a minimum trajectory with what the same search finds where there is
# nothing: in noise, in shuffled words, in weights at the scale that training began with. Here shuffled words keep most of
# the picture: the clock, and how far passages lie apart. What they leave is worth having: a level that follows the subject
# within one spliced text.
#
# **What this does not show.** How larger models behave, or whether the model *uses* its clock: this is one trained
# network and one corpus of news, and in the residual stream large units count for more. Next comes the question: can words predict such directions?

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-traj-average
# A running average that weighs all earlier tokens evenly turns noise into a smooth path. What is the relative energy of
# the running mean of 60 values of white noise? Compare it with the random network whose attention is even.
# ```
#
# ````{solution} ex-traj-average
# :class: dropdown
# At token {math}`t` the mean moves by {math}`(x_t - \bar x_{t-1})/t`, of variance {math}`1/(t(t-1))`. Those sum to
# almost 1 over the path, so the energy is about one half in all, or 0.008 a step. The variance of the means is
# {math}`1/t`, and the relative energy is 0.11. Most of the energy is spent at the first steps:
# of 64 values, without the first four means, it is 0.04, and that is the one to compare with the network. The cell
# below draws both. A random network with even attention is rougher, likely because each token also adds itself.
# ````

# %% tags=["hide-cell"]
noise_paths = np.random.default_rng(seed).normal(size=(2_000, n_tokens))
means = noise_paths.cumsum(1) / np.arange(1, n_tokens + 1)
for path_means in (means[:, : n_tokens - skip], means[:, skip:]):
    steps_of = np.diff(path_means, axis=1)
    a_step, spread_of = (steps_of**2).mean() / 2, path_means.var()
    e = a_step / spread_of
    first = "first" if path_means[0, 0] == means[0, 0] else "last"
    print(f"running mean of noise, the {first} {path_means.shape[1]}:", end=" ")
    print(f"{a_step:.3f} a step, variance {spread_of:.3f}, relative {e:.2f}")
assert n_tokens < 64 or e < 0.05
if "even" in dialled:
    even = dialled["even"].mean(0)
    print(f"random weights, {names['even']}, layers 1, 3, 15:", end=" ")
    print(*(f"{even[i]:.2f}" for i in (1, 3, 15)), sep=", ")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
