# %% [markdown]
# (nb-trajectories)=
# # Trajectories: how a language model's activity moves through a text
#
# A language model reads a text token by token, and after every block it holds a vector for each token. Choose one
# direction among the hundreds that such a vector has, and the text becomes a curve: one number a token. Section 1 of
# the supplement to {cite:t}`marshall2024` describes a script that draws many such curves, from random directions in
# every layer, keeps the one that moves least, and offers it as a look at "how the language model processes various
# sequences of text inputs". The script was never released. This chapter writes it, on a real model that runs on a
# laptop.
#
# Then it asks what a smooth curve would mean, and the answers are not the ones that the pictures suggest. The search
# for the smoothest curve can be done exactly, and a thousand random draws come nowhere near it. For a single text the
# smoothest curve is half a cosine, whatever the text and whatever the network, at any layer above the embeddings that
# has more units than the text has tokens. Over many texts it is real, and for two thirds of the depth it is a ruler: it
# counts how far into the text we are, also when the words stand in random order. And how smooth the paths of a network
# are that has learnt nothing depends on the size of its random weights.

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
# - {ref}`sec-traj-stream`: a model, its passages, and the first token, which is not like the others.
# - {ref}`sec-traj-energy`: the energy of a trajectory, and what a random direction sees on average.
# - {ref}`sec-traj-search`: the least energy, exactly, and how rarely chance finds it.
# - {ref}`sec-traj-words`: minimum trajectories with their words, and whether they turn when the subject does.
# - {ref}`sec-traj-null`: how much of the smoothness is the text's, and how smooth random weights are.
# - {ref}`sec-traj-depth`: the other way to move, from layer to layer.
# - {ref}`sec-traj-scale`: records for the next chapter, and the same on all passages.
#
# You need the {term}`path energy` of {ref}`sec-zeta-steps`, covariance matrices, and the idea of a transformer: a stack
# of blocks, each of which reads a vector for every token, the {term}`residual stream`, and adds to it. Symbols are
# those of {doc}`../book/notation`. Type a sentence of your own into the cell below, and the chapter draws it.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = "smollm2-135m"  # from a package; or any causal model of Hugging Face
device: str = "cpu"  # or "cuda", or "auto"
corpus: str = "lee"  # 300 news passages; or a data set by name
corpus_config: str = ""  # which part of a data set, if it has parts
least_characters: int = 1  # shorter passages are left out
n_passages: int = 106  # read by the trained model; copies are left out
n_null: int = 32  # held-out ones, read again with their words in random order
n_draws: int = 5  # of random weights
n_draw: int = 3  # passages that each draw reads, every one others
dial: str = "0.02 0.03 own divided even"  # what the draws are scaled to
long_tokens: int = 256  # of longer texts, of which each draw reads one
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
n_directions: int = 1_000  # random directions a layer
every: int = 3  # layers between those whose covariance is kept
batch_size: int = 10  # passages a forward pass
passage: int = 3  # the one that is drawn: an odd number, so that it is held out
sentence: str = "My grandmother grows beans, herbs and roses in a small garden behind the house. Meanwhile the central bank raised its interest rate by half a point."  # type your own
save_in: str = ""  # a folder for figures (SVG, PDF) and trajectories (npz)
save_as: str = ""  # "300" saves this run under that name
compare_with: str = ""  # saved runs to show beside this one

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-traj-stream)=
# ## A text becomes a bundle of paths
#
# The model is SmolLM2 with 135 million weights {cite:p}`benallal2025`, which is small, but a real one: 30 blocks, 576
# units, trained on two trillion tokens. This copy was then taught to follow instructions, and its weights are rounded
# to four bits: it is the one that comes in a Python package, so that nothing is downloaded. The passages are short
# news items, known as the Lee corpus, cut after 64 tokens. It prints some articles twice, whole or in part; copies are
# left out, so that what is fitted on some passages can be judged on others.

# %%
import numpy as np
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone

lm = language.load(model, device=device)
which = {"config": corpus_config or None, "least": least_characters}
texts = passages.texts(corpus, n_passages, **which)
every_one = passages.tokenize(texts, lm.tokenizer, n_tokens)
some = passages.without_copies(every_one)
assert some.mask.all(), "every passage must have n_tokens tokens"
depth = lm.n_layers
print(f"{lm.name}: {depth} blocks, {lm.n_units} units")
copies = len(every_one) - len(some)
print(f"{len(some)} passages, {int(some.mask.sum()):,} tokens", end=" ")
print(f"({copies} copies left out)")
print("passage", passage, "begins", "|".join(some.tokens[passage][:16]))

# %% [markdown]
# *Layer 0* is what enters the first block, and layer {math}`l` is what leaves block {math}`l`, before the norm that
# stands at the end of the network. One pass over the passages is enough for the whole chapter: each batch of
# activations is looked at by several collectors, and dropped. (What each one collects is said where it is used.)

# %%
from polylib.language import (
    LayerEnergies,
    PathMoments,
    residual_stream,
    trajectory,
)

rng = np.random.default_rng(seed)
layers = sorted({*range(0, depth + 1, every), depth})
directions = trajectory.random_directions(
    depth + 1, lm.n_units, n_directions, rng=rng
)
random_ones = trajectory.DirectionEnergies(directions, skip)
moments = PathMoments(layers, groups=6, skip=skip)
trained, with_first, without_first = map(LayerEnergies, (skip, 0, 1))
collectors = trained, with_first, without_first, random_ones, moments

# %%
sizes, ends, held_out = [], [], []
for batch in residual_stream(lm, some, batch_size):
    for collector in collectors:
        collector.add(batch)
    sizes.append(batch.activations.norm(dim=-1).cpu().numpy())
    ends.append(batch.activations[:, :, -1].double().cpu().numpy())
    odd = batch.activations[layers][:, 1 - batch.rows.start % 2 :: 2]
    held_out.append(odd.cpu().numpy())
parts = (np.concatenate(part, 1) for part in (sizes, ends, held_out))
sizes, ends, held_out = parts
n_held = held_out.shape[1]

# %% [markdown]
# ### The first token
#
# Before any curve is drawn, look at how long the vectors are. In most trained transformers a few vectors are enormous:
# the network uses the first token as a place for attention to rest, and gives it {term}`massive activations`
# {cite:p}`sun2024`.

# %% mystnb={"figure": {"caption": "Length of the residual stream by layer: the first token, and the median, least and greatest of all later ones.", "name": "fig-traj-first"}, "image": {"alt": "Logarithmic plot of length against layer. The later tokens' median rises from 3 to nearly 900. The first token lies ten times above it at layer 3 and five times at layer 9, joins it at layers 10 and 11, then jumps to 23,000 and stays there until the last two layers, at first more than a hundred times the median, at layer 28 thirty times and at the end six. The band of later tokens reaches up from layer 12 on to 6,000, because in one passage the second token is an outlier too."}}
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats

set_matplotlib_formats("png", metadata={"Software": None})
plt.rcParams["figure.dpi"] = 100  # words need room: wider figures here
depths = np.arange(depth + 1)
later = sizes[:, :, 1:].reshape(depth + 1, -1)
fig, ax = plt.subplots()
ax.semilogy(depths, sizes[:, :, 0].mean(1), marker="s", color="C1")
ax.semilogy(depths, np.median(later, 1), marker="o", color="C0", linestyle="-")
ax.fill_between(depths, later.min(1), later.max(1), color="C0", alpha=0.2)
ax.text(16, 3.2e4, "first token", color="C1", va="bottom")
ax.text(16, 110, "later tokens, median and range", color="C0", va="top")
ax.set(xlabel="layer", ylabel="length of the vector (activity)", ylim=(1, 1e5))
plt.show()

# %%
middle = depth // 2
ratio = sizes[:, :, 0].mean(1) / np.median(later, 1)
long = sizes[middle] > 10 * np.median(later, 1)[middle]
tall = np.flatnonzero(ratio > 40)
print(f"layers {tall[0]} to {tall[-1]}: the first token is", end=" ")
range_of = (float(f"{x:.2g}") for x in (ratio[tall].min(), ratio[tall].max()))
print("{:.0f} to {:.0f} times as long".format(*range_of))
print("passages with such a token, by place in the passage:")
print({int(t): int(long[:, t].sum()) for t in np.flatnonzero(long.any(0))})
loud = later[6] / np.median(later[6])
share, most = (loud > 4).mean(), loud.max()
print(f"layer 6: {share:.0%} of later tokens are over 4 times as long", end=", ")
print(f"up to {most:.0f} times")
assert long[:, 0].all() and not long[:, skip:].any() and share > 0.01

# %% [markdown]
# The first token of every passage is such an outlier, and in one passage the second is, too. What does an outlier do
# to an energy? That depends on where it stands. In the middle of a path it makes two long steps, one there and one
# back. At the start it makes only one. The next box says what follows; its energies are relative to the variance of
# the path, as they will be from now on.
#
# ```{prf:definition} Relative energy
# :label: def-relative-energy
# The relative energy of a set of trajectories is their mean path energy a step, half the mean squared step, divided by
# the variance of all their values about the common mean.
# ```
#
# It is half of the ratio that {cite:t}`vonneumann1941` introduced to tell noise from drift.
#
# ```{prf:theorem} What a relative energy says
# :label: thm-relative-energy
# Averaged over all orders of a path's values, its energy is its number of steps times their sample variance, so
# noise without memory has relative energy 1. A stationary sequence whose neighbours have correlation {math}`\rho` has
# {math}`1 - \rho`. A path of {math}`T` values, all equal but one, has nearly 1 if the one stands inside and nearly one
# half if it stands at an end. And no path of {math}`T` values has less than {math}`T/(T-1)` times
# {math}`1 - \cos(\pi/T)`, or more than {math}`T/(T-1)` times {math}`1 + \cos(\pi/T)`.
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
    spread = a**2 / (n + 1) - a**2 / (n + 1) ** 2
    end_ratio = a**2 / 2 / n / spread
    end_right = (n + 1) ** 2 / (2 * n**2)


def from_the_outlier(steps):
    """Energy of the steps on one side of the value z_0, outwards."""
    return Sum((z[i + 1] - z[i]) ** 2 / 2, (i, 0, steps - 1))


# %% tags=["hide-input"]
from sympy import Limit, Rational, cos, oo, pi


def by_cosine(length):
    cosine = np.cos(np.pi / length)
    return np.array([1 - cosine, 1 + cosine]) * length / (length - 1)


T = symbols("T", integer=True, positive=True)
wave = named("f", lambda place: cos(pi * j / T * (place - Rational(1, 2))))
with evaluate(False):
    curved = (2 * wave(i) - wave(i - 1) - wave(i + 1)) / 2
    multiple = (1 - cos(pi * j / T)) * wave(i)
noise = Derivation("What a relative energy says", "this book")
words = "n steps; (n - 1)! of (n + 1)! orders put two values at two places"
noise.equal(orders, n * s_2, words)
words = "neighbours with correlation ρ, variance σ²"
noise.equal(one_step, sigma**2 * (1 - rho), words)
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
# them. Leaving the first token out is not enough where the second is an outlier, too. The last column leaves out the
# first four. (At layer 0 it is a little above 1: a word hardly ever follows itself, and so neighbours differ more than
# any two tokens do.)

# %%
skipped = [c.energies() for c in (with_first, without_first, trained)]
print("relative energy, left out at the start of a passage:")
print(f"{'nothing':>20}{'one token':>12}{f'{skip} tokens':>12}")
for layer in (0, 6, 12, middle, 21, depth):
    line = "".join(f"{e[layer]:12.2f}" for e in skipped)
    print(f"layer {layer:2d}{line}")
kept = skipped[-1]
assert abs(skipped[0][middle] - 0.5) < 0.02
assert skipped[0][middle] < skipped[1][middle] < kept[middle]

# %% [markdown]
# With the first token in, the middle layers all have an energy of one half: the number that
# {prf:ref}`thm-relative-energy` gives to any path that consists of one outlier and nothing else. Anybody who plots this
# by layer will see a sudden calm that has nothing to do with the text. And one such token at the second place, in one
# passage of a hundred, still costs up to a tenth, at layer 12. We leave out the first four tokens in everything that
# follows.

# %% [markdown]
# (sec-traj-energy)=
# ## What a random direction sees
#
# A trajectory is the projection of the residual stream of one layer on a unit vector {math}`u`, drawn uniformly from
# the sphere. What energy should one expect?
#
# ```{prf:theorem} Random directions
# :label: thm-random-direction
# Let {math}`D` be the *step moment* of a layer: half the mean product {math}`\Delta x\,\Delta x^\top` of differences
# between neighbouring tokens, which is half of {math}`\Sigma_\Delta`. The energy a step along a random direction,
# {math}`u^\top D u`, has the trace of {math}`D` over the number of units {math}`m` as its mean. Its variance is
# {math}`2/m(m+2)` times the trace of {math}`D^2` less the square of the trace of {math}`D` over {math}`m`.
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
mean_u = Sum(w[i] * C[i], each)
tr_D = named(r"\operatorname{tr}(D)", Sum(w[i], each))
tr_D2 = named(r"\operatorname{tr}(D^2)", Sum(w[i] ** 2, each))
tr_delta = named(r"\operatorname{tr}(\Sigma_{\Delta})", 2 * Sum(w[i], each))
with evaluate(False):
    var_u = Sum(w[i] * w[j] * F[i, j], *pairs) - mean_u**2
    mean_right, k_right = tr_D / m, k / (2 * m) * tr_delta
    var_right = 2 / (m * (m + 2)) * (tr_D2 - tr_D**2 / m)

# %% tags=["hide-input"]
step, covariance = moments.moments()
units, traces = lm.n_units, np.trace(step, axis1=1, axis2=2)
squares, expected = (step**2).sum((1, 2)), traces / lm.n_units
spread = np.sqrt(2 / units / (units + 2) * (squares - traces**2 / units))
measured = random_ones.per_step()[layers]

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
    ratio = round(float(measured[at].mean() / expected[at]), 3)
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
off = (measured.mean(1) - expected) / (spread / np.sqrt(n_directions))
beyond = (abs(off) > 1.96).sum()
print(f"outside the 95 % interval: {beyond} of {len(layers)} layers")
widths = measured.std(1) / spread
print("scatter of directions, measured over predicted:", end=" ")
print(f"{widths.min():.1f} to {widths.max():.1f}")
assert np.abs(off).max() < 4 and np.abs(widths - 1).max() < 0.15

# %% [markdown]
# The layer's own moments predict what a thousand random trajectories do on average, and how they scatter. There is no
# need to draw any to find the mean, and the figure below uses the exact one, for every layer.
#
# ### Energy by layer

# %% mystnb={"figure": {"caption": "Relative energy by layer, all directions together: SmolLM2 on 100 passages, 95 % interval of a bootstrap over passages. Dashed: the same vectors in random order within each passage, exactly.", "name": "fig-traj-energy"}, "image": {"alt": "Relative energy against layer with a narrow band. It is 1.0 at layer 0, stays above 0.94 until layer 9, falls to 0.84 at layer 11 and 0.74 at layer 14, then slowly to about 0.66 and ends at 0.61. A dashed line for vectors in random order stays near 1 and falls to 0.85 at the end."}}
from polylib.language.smoothness import interval

low, high = interval(trained.bootstrap(400, rng=np.random.default_rng(seed)))
any_order = trained.energies(any_order=True)
fig, ax = plt.subplots()
ax.plot(depths, kept, marker="o", color="C0", linestyle="-")
ax.fill_between(depths, low, high, color="C0", alpha=0.3, linewidth=0)
ax.plot(depths, any_order, color="C1", linestyle="--")
ax.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
ax.text(depth, 1.01, "white noise", color="0.3", va="bottom", ha="right")
ax.text(depth * 0.6, 0.93, "in random order", color="C1", va="top", ha="right")
ax.text(depth * 0.6, 0.75, "in the order of the text", color="C0")
ax.set(xlabel="layer", ylabel="energy a step / variance", ylim=(0.5, 1.1))
plt.show()

# %%
early = np.flatnonzero(high < 0.9)[0]
print(f"half-width of the interval: at most {(high - low).max() / 2:.2f}")
print(f"layers 0 to {early - 1}: at least {kept[:early].min():.2f}")
for layer in (0, depth):
    print(f"layer {layer}: {kept[layer]:.2f}, in random order", end=" ")
    print(f"{any_order[layer]:.2f}")
assert kept[:early].min() > 0.8 and 0.5 < kept[-1] < 0.7 < any_order[-1]

# %% [markdown]
# In the first third of the network a trajectory is as rough as noise. Neighbouring tokens are different words, and
# their vectors say so. Only from layer 11 on do neighbours share much, and even at the end they share less than
# half. Part of that is not a matter of neighbours at all: at the end, random order would still leave an energy of 0.85,
# because passages differ. Their means lie apart, which adds to the variance, and no path crosses from one to another.
#
# ### Exponent and dimension by layer
#
# How does this go together with the exponent of the spectrum? {ref}`nb-zeta-energy` repaired a link from the exponent
# to the *level* energy, and found the *path* energy to be another matter. Here are both for a trained network.

# %%
from polylib.representation import fit_power_law

spectra = np.linalg.eigvalsh(covariance)[:, ::-1]
fits = [fit_power_law(values) for values in spectra]
alpha = np.array([fit.alpha for fit in fits])
PR = [en.participation_ratio(values) for values in spectra]
print("                   level energy by exponent, over measured:  dimen-  path")
print("layer   exponent   finite width   zeta, as printed         sions  energy")
for at, layer in enumerate(layers):
    trace, fit = spectra[at].sum(), fits[at]
    finite = fit.scale * en.partial_zeta(fit.alpha, units) / trace
    printed = fit.scale * en.power_law_energy_printed(fit.alpha) * units / trace
    line = f"{layer:5d}{fit.alpha:11.1f}{finite:15.1f}"
    line = f"{line}{float(f'{2 * printed:.1g}'):19,.0f}"
    print(f"{line}{PR[at]:14.0f}{kept[layer]:8.2f}")
    assert 0.8 < finite < 1.15 and (printed < 0) == (fit.alpha < 1)
sides = [fit.interval[0] < 1 < fit.interval[1] for fit in fits]
print(f"exponent below 1: {(alpha < 1).sum()} of {len(layers)} layers", end="; ")
print(f"1 is inside the interval: {sum(sides)}")

# %% [markdown]
# At finite width the link holds to within a sixth, with the exponent and the scale of the fit (which says that a power
# law describes the spectrum, since both were fitted to the spectrum whose trace they return). As printed, it is off by
# hundreds, the missing {math}`1/m`, and by thousands near the pole; and where the exponent is below 1, in 6 of the 11
# layers, it predicts a negative energy. And the path energy does not follow the exponent: between layers 12
# and 27 the exponent stays where it is, and the relative path energy falls from 0.81 to about 0.68.
#
# The participation ratio likely tells of outliers again, other ones. Early on, a few of a hundred tokens have vectors
# up to nine times as long as the rest, and one direction holds most of the variance. A projection then shows little
# else. From layer 12 on many dimensions share it, and fewer again at the end.

# %% [markdown]
# (sec-traj-search)=
# ## The smoothest direction
#
# The script "then finds the {term}`minimum trajectory`". It is described no further, and two questions decide what it
# found. The minimum of *what*? A direction in which little happens has little energy. Over unit vectors the least
# energy is the least eigenvalue of {math}`D`, and a network has directions in which next to nothing happens, so that
# minimum says only where. To mean smoothness, the energy must be relative to the variance, or, which is the same, the
# variance must be held at 1. And the minimum over *what*? Over a set of random draws, it is an upper bound of the
# minimum over all directions, which is an eigenvalue.
#
# ```{prf:theorem} The direction of least energy
# :label: thm-least-energy
# Let {math}`\Sigma` be the covariance. Among directions of variance 1, the least energy a step is the least generalised
# eigenvalue {math}`\lambda` of {math}`Dv = \lambda \Sigma v`, and its eigenvector attains it. Where {math}`\Sigma` is
# singular, directions without variance are left out and the problem is solved in its range. For a single path of
# {math}`T` tokens in general position, with {math}`m \ge T - 1` units, the trajectory of least energy is half a period
# of a cosine, and its relative energy is the least of {prf:ref}`thm-relative-energy`, whatever the activity.
# ```

# %% tags=["hide-input"]
from itertools import combinations, pairwise

from polylib.language import slow_directions as slow

c, d = IndexedBase("c", real=True), IndexedBase("d", positive=True)
lam_1 = symbols("lambda_1", real=True)
length = Sum(c[i] ** 2, (i, 1, m))
energy = lam_1 * c[1] ** 2 + Sum((lam_1 + d[i]) * c[i] ** 2, (i, 2, m))


def half_cosine(length, width):
    return by_cosine(length)[0]


def least_of_noise(length, width):
    activity = np.random.default_rng(length).normal(size=(length, width))
    return slow.minimum_energy_direction(activity)[1] / (length - 1)


def expected_best(n):
    return float(slow.expected_best(range(1, 10), n)[0])


def best_of_subsets(n):
    return np.mean([min(few) for few in combinations(range(1, 10), n)])


def in_the_plane(energy):
    """Chernoff's bound for energies 0.1 and 1 on two axes, by calculus."""
    down, up = energy - 0.1, 1 - energy
    return 2 * np.sqrt(down * up) / (down + up)


# %% tags=["hide-input"]
search = Derivation("The least energy, and chance", "supplement 1")
words = "eigenvalues of whitened D, written as gaps d above the least"
gap = Sum(d[i] * c[i] ** 2, (i, 2, m))
search.at_most(lam_1 * length, energy, {}, words, by=gap)
cases = [(8, 20), (64, 64), (64, 300)]
words = "relative energy of one path of noise, T tokens and m units"
search.agrees(half_cosine, least_of_noise, cases, 1e-9, words)
cases = [(1,), (2,), (5,)]
words = "expected best of N, over all subsets of nine"
search.agrees(expected_best, best_of_subsets, cases, 1e-9, words)
plane = np.diag([0.1, 1.0]), np.eye(2)


def chance_of_one_draw(energy):
    return 10 ** -slow.log10_rarity(*plane, energy)


words, cases = "a bound, two units", [(0.15,), (0.3,), (0.5,)]
search.agrees(chance_of_one_draw, in_the_plane, cases, 1e-9, words)
draws = np.random.default_rng(seed).normal(size=(2, 40_000))
share = (slow.relative_energy(*plane, draws) <= 0.3).mean()
exact = 2 / np.pi * np.arctan(np.sqrt(0.2 / 0.7))
error = np.sqrt(exact * (1 - exact) / 40_000)
words = f"its exact chance of 0.3 or less; the bound is {in_the_plane(0.3):.2f}"
search.sampled(exact, share, error, words)
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
# The first half is known as slow feature analysis {cite:p}`wiskott2002`. The second half is a warning: with fewer
# tokens than units, and no vector twice, the minimum trajectory is the same for Shakespeare, for noise, and for a
# trained network. (At layer 0 a word that comes twice has the same vector twice, and the minimum lies higher. The
# principal components of a long random walk are cosines for a similar reason {cite:p}`antognini2018`.)

# %% tags=["hide-input"]
wording = Derivation("Words about the minimum", "supplement 1")
words = (
    "the least of the draws, an upper bound; the minimum over all directions is an "
    "eigenvalue, and it means smoothness only at fixed variance"
)
wording.remark(
    "then finds the minimum trajectory", words, line="generate_trajectory.py"
)
wording

# %% [markdown]
# ### Fitted, held out, and on shuffled words
#
# A minimum is fitted, and what is fitted must be judged elsewhere. Directions are fitted on the passages with even
# numbers. Their energy *held out* is that on the others, and the energy on *shuffled words* is that on the others with
# the tokens of each in random order, read by the same network: what the direction is worth where there is no text.

# %%
from polylib.language.least_energy import least_energy

odd_ones = some[1::2]
mixed = passages.shuffled(odd_ones[:n_null], rng=np.random.default_rng(seed))
jumbled, shuffled = [], LayerEnergies(skip)
mixed_moments = PathMoments(layers, groups=1, skip=skip)
for batch in residual_stream(lm, mixed, batch_size):
    shuffled.add(batch)
    mixed_moments.add(batch)
    jumbled.append(batch.activations[layers].cpu().numpy())
jumbled = np.concatenate(jumbled, 1)
even, uneven = [0, 2, 4], [1, 3, 5]
fit_on, test_on = moments.moments(even), moments.moments(uneven)
slow_ones, n_fitted = [], moments.n_tokens(even)
for i in range(len(layers)):
    three = fit_on, test_on, mixed_moments.moments()
    fit, test, mix = ((steps[i], spreads[i]) for steps, spreads in three)
    where = {"held_out": test, "shuffled": mix}
    slow_ones.append(least_energy(fit, **where, n_tokens=n_fitted))

# %% [markdown]
# ### Four trajectories of one passage
#
# The figure has one passage and one layer in it. From the top: a random direction, the best of a thousand random
# directions for this passage, the exact minimum for this passage alone, and the exact minimum over *other* passages,
# fitted on those with even numbers while this one is odd.

# %%
chosen = layers[int(0.7 * len(layers))]  # 21 of 30 blocks
at = layers.index(chosen)
print(f"layer {chosen}: {slow_ones[at]}")
one = some[passage : passage + 1]
(words_of,) = residual_stream(lm, one)
activity = words_of.activations[chosen, 0, skip:].double().cpu().numpy()
tokens = one.tokens[0][skip:]
draws = activity @ directions[chosen]
relative = en.path_energy(draws.T[..., None]) / len(activity) / draws.var(0)
own, _ = slow.minimum_energy_direction(activity)
curves = {
    "a random direction": draws[:, 0],
    f"the best of {n_directions:,} here": draws[:, relative.argmin()],
    "the exact minimum here": activity @ own,
    "the exact minimum for other passages": activity @ slow_ones[at].direction,
}


# %% mystnb={"figure": {"caption": "Four trajectories of one passage at one layer, each in units of its own standard deviation; e is its relative energy in this passage.", "name": "fig-traj-four"}, "image": {"alt": "Four curves over the same sixty tokens, with the words under the lowest. A random direction jumps up and down at every token. The best of a thousand jumps less but is still ragged. The exact minimum for this passage is a perfect half cosine. The minimum for other passages wavers and drifts steadily from one side to the other."}} tags=["hide-input"]
def own_energy(path):
    steps = len(path) - 1
    return en.path_energy(path[:, None]) / steps / path.var()


fig_four, axes = plt.subplots(4, 1, figsize=(7.2, 6.4), sharex=True)
for index, (ax, (label, path_)) in enumerate(
    zip(axes, curves.items(), strict=True)
):
    scaled = (path_ - path_.mean()) / path_.std()
    scaled *= np.sign(scaled[-5:].mean())
    ax.plot(scaled, color=f"C{index}", marker=".", linestyle="-", linewidth=1)
    label = f"{label}, e = {own_energy(path_):.2g}"
    ax.text(0.01, 1.02, label, transform=ax.transAxes, color=f"C{index}")
    ax.set(ylim=(-3.2, 3.2), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], tokens)
fig_four.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %%
found = {label: own_energy(path_) for label, path_ in curves.items()}
for label, value in found.items():
    print(f"{label:42s}{value:9.2g}")
cosine = 1 - np.cos(np.pi / len(activity))
assert np.isclose(list(found.values())[2] * (1 - 1 / len(activity)), cosine)

# %% [markdown]
# The third curve is the perfect minimum and perfectly empty: half a cosine, as the theorem says, with an energy two
# hundred times below that of the best draw. It would look the same for any passage and any network, above layer 0. The
# fourth is the one with content. Its direction was found on other passages, so here it could have failed, and it did
# not.
#
# ### How far is the best of a thousand?
#
# Over half of the passages there are more tokens than units, and the minimum is no longer a matter of course. Random
# search is fitted, too, but to a choice among a thousand.

# %%
print("              best of 1,000           exact minimum       of white")
print("layer   mean  fitted  held out  fitted  held out  shuffled   noise")
size = min(n_held, 200), n_tokens - skip, units
noise_like = np.random.default_rng(seed).normal(size=size)
flat, jumps = noise_like.reshape(-1, units), np.diff(noise_like, axis=1)
jumps = jumps.reshape(-1, units)
floor = slow.slowest(jumps.T @ jumps / 2 / len(jumps), np.cov(flat.T))[0][0]
ways = []
for i, layer in enumerate(layers):
    pair, test = (fit_on[0][i], fit_on[1][i]), (test_on[0][i], test_on[1][i])
    e_fit = slow.relative_energy(*pair, directions[layer])
    e_held = slow.relative_energy(*test, directions[layer])[e_fit.argmin()]
    one_of = slow_ones[i]
    least, mean = one_of.in_sample, e_fit.mean()
    ways.append((mean - e_fit.min()) / (mean - least))
    line = f"{layer:5d}{mean:7.2f}{e_fit.min():8.2f}{e_held:10.2f}{least:8.2f}"
    print(f"{line}{one_of.held_out:10.2f}{one_of.shuffled:10.2f}{floor:8.2f}")
    assert one_of.held_out < 0.6 * e_held and least < one_of.held_out
print(f"of the way, by the best of 1,000: {min(ways):.0%} to {max(ways):.0%}")
fitted = np.array([one_of.in_sample for one_of in slow_ones])
held = np.array([one_of.held_out for one_of in slow_ones])
low, high = (fitted / held).min(), (fitted / held).max()
print(f"in sample, of what they are held out: {low:.1f} to {high:.1f}")

# %% [markdown]
# Everywhere the exact minimum is far below the best of a thousand, also on the other passages. Fitting counts: white
# noise of the same size has a minimum of 0.41 where the truth is 1, and in sample the text's minima are a third to
# three fifths of what they are held out. And above layer 0 what is slow held out is slow on shuffled words, too.
#
# How many draws would it take? The chance that one random direction reaches an energy {math}`e` is the chance that a
# quadratic form is negative, since {math}`u^\top D u \le e\, u^\top \Sigma u` says so. Chernoff's inequality
# {cite:p}`chernoff1952` bounds that chance, and {math}`N` draws have at most {math}`N` times as much.

# %%
D, S = fit_on[0][at], fit_on[1][at]
many = np.random.default_rng(seed).standard_normal((units, 20_000))
energies = slow.relative_energy(D, S, many)
least = fitted[at]
thousand = float(slow.expected_best(energies, 1_000)[0])
print(f"layer {chosen}: mean {energies.mean():.2f}", end=", ")
print(f"best of 1,000 {thousand:.2f}, minimum {least:.2f}")
covered = (energies.mean() - thousand) / (energies.mean() - least)
print(f"a thousand draws go {covered:.0%} of the way")
for way in (0.5, 0.75, 0.9):
    target = energies.mean() - way * (energies.mean() - least)
    digits = slow.log10_rarity(D, S, target) - np.log10(2)
    whole = int(digits - 0.5)  # well inside the bound
    print(f"{way:.0%} of the way: more than 10^{whole} draws")
    assert digits > (5 if way == 0.5 else 15)
assert covered < 0.5

# %% [markdown]
# A thousand draws go less than a third of the way. Half way takes more than a million, and nine tenths more draws than
# there are atoms in the universe. Random search does not find special directions in a space of so many dimensions. An
# eigenproblem of 576 units takes a fraction of a second.

# %% [markdown]
# (sec-traj-words)=
# ## What the smoothest direction reads
#
# The script drew its minimum trajectories over the tokens. Here are the exact ones, by layer, fitted on the even
# passages and drawn for the odd one that we know.

# %% mystnb={"figure": {"caption": "Minimum trajectories of one passage at five layers, each along the slowest direction of its layer, fitted on other passages. Units of the standard deviation over the passages on which the direction was fitted; e is the relative energy on all held-out passages.", "name": "fig-traj-layers"}, "image": {"alt": "Five curves over the same sixty tokens. At layers 3 and 18 the curves climb from minus three and minus two over the first third, fall back by one to two units, and climb again to about plus one at the last words; at layer 9 the curve climbs from minus two to one over the first third only, and then wavers about a half. At layers 24 and 30 the curves hardly climb; they waver on one side of zero."}} tags=["hide-input"]
v = np.array([one_of.direction for one_of in slow_ones])


def along(activations):
    """Trajectories (layers, passages, tokens) along the slowest directions."""
    return np.einsum("lptu,lu->lpt", activations[:, :, skip:], v)


z = along(held_out)
upwards = np.sign(z[:, :, -20:].mean((1, 2)) - z.mean((1, 2)))
v *= upwards[:, None]  # so that all rise with the text
centre = along(held_out).mean((1, 2))[:, None, None]
shown = np.unique(np.linspace(1, len(layers) - 1, 5).round().astype(int))
fig_layers, axes = plt.subplots(5, 1, figsize=(7.2, 7.4), sharex=True)
for ax, i in zip(axes, shown, strict=True):
    x = words_of.activations[layers[i], 0, skip:].double().cpu().numpy()
    ax.axhline(0, color="0.6", linewidth=0.8)
    path_ = x @ v[i] - centre[i, 0, 0]
    ax.plot(path_, color="C0", marker=".", linestyle="-", linewidth=1)
    label = f"layer {layers[i]}, e = {held[i]:.2f}"
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.2, 3.2), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], tokens)
fig_layers.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %% [markdown]
# Up to layer 18 the curve climbs, not without falling back, and at layer 9 over its first third only. It does so on
# average over passages, too: the direction seems to count tokens. In the later layers it has hardly a trend, but stays
# mostly on one side of zero, and there it seems to say which passage this is. Both can be measured. The variance of a
# trajectory over all passages splits into a part that the place in the passage explains, a part that the passage
# explains, and a rest.


# %%
def shares(z):
    """Of the variance at each layer, what the place and the passage explain."""
    return z.mean(1).var(1) / z.var((1, 2)), z.mean(2).var(1) / z.var((1, 2))


z, z_mixed = along(held_out) - centre, along(jumbled) - centre
of_place, of_passage = shares(z)
place_mixed, passage_mixed = shares(z_mixed)
print("share of the variance that is explained by")
print("           the place            the passage")
print("layer   held out  shuffled   held out  shuffled")
for i, layer in enumerate(layers):
    line = f"{layer:5d}{of_place[i]:11.1f}{place_mixed[i]:10.1f}"
    print(f"{line}{of_passage[i]:11.1f}{passage_mixed[i]:10.1f}")
late = [i for i, layer in enumerate(layers) if layer > 0.75 * depth]
assert min(of_place[1 : late[0]]) > 0.4 > max(of_place[late])
assert (of_passage[late] > of_place[late] + 0.2).all()

# %%
from polylib.finding import Finding
from scipy.stats import rankdata


def climb(z):
    """Rank correlation of every trajectory with the place, (layers, passages)."""
    ranks = rankdata(z, axis=-1) - (z.shape[-1] + 1) / 2
    place = np.arange(z.shape[-1]) - (z.shape[-1] - 1) / 2
    return ranks @ place / np.sqrt((ranks**2).sum(-1) * (place**2).sum())


clock = Finding(
    "The slowest direction climbs with the place, rank correlation above 0.5",
    source="this book",
    replicates="held-out passages",
    networks=1,
    about="this network",
    unit="rank correlation with the place",
)
for words, climbs in {"in order": climb(z), "shuffled": climb(z_mixed)}.items():
    for i in shown:
        clock.more(climbs[i], 0.5, layer=layers[i], words=words)
clock

# %% [markdown]
# So the smoothest thing that this network says about a text, for two thirds of its depth, is how much of it there has
# been, and it says so of a jumble nearly as well. Nothing tells the network so directly, since its positions are
# rotations inside attention; a likely way is that every token can attend to the first one, and finds more and more
# others beside it. Only the last quarter has a slow direction that depends on the content, and it, too, is slow on
# shuffled words: likely because a jumble of the words of a passage still says what it is about. Neither is a failure
# of the method: a ruler *is* the slowest thing in a text. But whoever reads a minimum trajectory as "how the model
# processes" this text should know that in most layers, by half to four fifths of its variance, the curve would look
# the same for another text.
#
# ### Your own sentence
#
# The same directions, and the best random one, on the sentence of the parameters cell.

# %% mystnb={"figure": {"caption": "The sentence of the parameters cell along the slowest direction of three layers, fitted on the passages, and along the best of the random directions for this sentence at the first of these layers. The first curve in units of its own standard deviation, the others as before.", "name": "fig-traj-sentence"}, "image": {"alt": "Four curves over the words of a sentence about a grandmother's garden that turns to a central bank half way. The random one is ragged. At layer 21 the slowest curve climbs slowly from below minus one to above zero. At layer 24 it stays a little below zero for the whole first sentence, crosses it at Meanwhile, the, central, and jumps to one and a half at the word bank, where it stays. At the last layer it stays at zero, and jumps to minus one at the same word."}} tags=["hide-input"]
own_text = passages.tokenize([sentence], lm.tokenizer, n_tokens)
if len(own_text.tokens[0]) < skip + 3:
    raise ValueError(f"sentence must have {skip + 3} tokens, got {sentence!r}")
(own_batch,) = residual_stream(lm, own_text)
stream = own_batch.activations[:, 0, skip:].double().cpu().numpy()
many = stream[chosen] @ directions[chosen]
rough = np.square(np.diff(many, axis=0)).sum(0) / many.var(0)
best_one = many[:, rough.argmin()]
lines = {f"layer {chosen}, best of {n_directions:,}": best_one - best_one.mean()}
lines[f"layer {chosen}, best of {n_directions:,}"] /= best_one.std()
for i in (at, at + 1, len(layers) - 1):
    own_line = stream[layers[i]] @ v[i] - centre[i, 0, 0]
    lines[f"layer {layers[i]}, slowest"] = own_line
fig_own, axes = plt.subplots(len(lines), 1, figsize=(7.2, 6), sharex=True)
for ax, (label, values) in zip(axes, lines.items(), strict=True):
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.plot(values, color="C0", marker=".", linestyle="-", linewidth=1)
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.5, 3.5), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], own_text.tokens[0][skip:], size=8)
fig_own.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %% [markdown]
# The committed sentence changes its subject half way, and at layer 24 the curve jumps at the word that settles what the
# second half is about. It is one sentence, written for the purpose. Does that happen in texts that nobody wrote for it?
#
# ### Two halves of two texts
#
# Here is a test with as many texts as were held out: the first half of each passage, followed by the second half of the
# next one, so that the subject changes at a known place and every token keeps its own. What is compared is the same
# first half with its own second half. If a direction follows the subject, its largest step should come within five
# tokens of the *seam* more often, and its mean level should shift more from before the seam to after it.

# %%
import torch

half = n_tokens // 2
joined = [odd_ones.ids[:, :half], odd_ones.ids[:, half:].roll(-1, 0)]
pieces = [a[:half] for a in odd_ones.tokens]
seconds = odd_ones.tokens[1:] + odd_ones.tokens[:1]
spliced = passages.Passages(
    torch.cat(joined, 1),
    odd_ones.mask,
    [a + b[half:] for a, b in zip(pieces, seconds, strict=True)],
)
stream_of = residual_stream(lm, spliced, batch_size)
read = [batch.activations[layers].cpu() for batch in stream_of]
z_spliced = along(np.concatenate(read, 1)) - centre


def at_seam(z):
    """Of each path: is its largest step near the seam, and the shift there."""
    cut = half - skip
    step = np.abs(np.diff(z, axis=-1)).argmax(-1) + 1
    before, after = z[..., :cut].mean(-1), z[..., cut:].mean(-1)
    return abs(step - cut) <= 5, abs(after - before)


# %%
about_seams = {
    "source": "this book",
    "replicates": "pairs of held-out passages",
    "networks": 1,
    "about": "this network",
    "null": "the same first halves with their own second halves",
}
shift = Finding(
    "The level of the slowest direction shifts more where the subject changes",
    unit="shift of the mean, in standard deviations",
    **about_seams,
)
jump = Finding(
    "The largest step of the slowest direction stands where the subject changes",
    unit="share within five tokens of the seam",
    **about_seams,
)
whole, seam = at_seam(z), at_seam(z_spliced)
tested = [i for i, layer in enumerate(layers) if layer >= chosen - 2 * every]
for i in tested:
    jump.more(seam[0][i], whole[0][i], layer=layers[i])
    shift.more(seam[1][i], whole[1][i], layer=layers[i])
shift

# %%
jump

# %% [markdown]
# In the last quarter the direction does keep a level: where the subject changes, it shifts further than within one
# text, by a fifth to a third of a standard deviation. In the layers of the clock it shifts less far, since the second
# half of another text goes on with the count less well. But the largest step does not tell *where*: whether it stands
# at the seam more often than without one, fifty pairs do not decide. The jump at one word in the sentence above is what
# one would like to see, not what is usual.

# %% [markdown]
# (sec-traj-null)=
# ## Whose smoothness is it?
#
# A smooth trajectory may be smooth because the text is, because any text is to this network, or because any network of
# this shape makes everything smooth. *Shuffled words* take away the order of the text. *Random weights* take away the
# training: a network of the same shape as it is before the first step. White noise has energy 1 and needs no run.
#
# How large random weights are is a choice, and a null model must make the one that the network itself began with.
# SmolLM2's published configuration (`initializer_range` of HuggingFaceTB/SmolLM2-135M) starts from a standard deviation
# of 1/24, one over the root of its 576 units; the file in the package does not say, and transformers would take its
# default of 0.02, which is half as much. The program that trained it, nanotron, by its standard rule divides the
# matrices that write to the residual stream by the root of twice the number of blocks besides: *divided* below. We turn the scale like a dial, and in one case force attention to weigh all earlier
# tokens evenly (*even*, at 1/24). Every draw of weights reads passages of its own and is compared with the trained
# network on the same ones, so that an interval over draws is one over passages, too.

# %%
from fractions import Fraction

from polylib.language import twins

scale = twins.initial_scale(lm)
settings = dial.split()
start = "divided" if "divided" in settings else "own"  # as training starts


def turned(setting, network):
    """A draw of random weights at another setting of the dial."""
    if setting == "even":
        return twins.evened(network)
    if setting == "own":
        return network
    if setting == "divided":
        return twins.scaled(network, 1.0, divided=True)
    return twins.scaled(network, float(setting) / scale)


# %%
def energies_of(network, words_read):
    """Relative energy by layer, and vectors of last tokens."""
    collector, last = LayerEnergies(skip), []
    for batch in residual_stream(network, words_read, batch_size):
        collector.add(batch)
        last.append(batch.activations[:, :, -1].double().cpu().numpy())
    return collector.energies(), np.concatenate(last, 1)


# %%
lengths = map(len, lm.tokenizer(texts)["input_ids"])
pairs = zip(texts, lengths, strict=True)
enough = [text for text, length in pairs if length >= long_tokens]
longer = passages.tokenize(enough, lm.tokenizer, long_tokens)
longer = passages.without_copies(longer)[:n_draws]
assert len(longer) == n_draws and n_draws * n_draw <= len(some)
random = {setting: [] for setting in settings}
random_ends, random_long, beside_long = [], [], []
for draw in range(n_draws):
    fresh = language.untrained(lm, seed=seed + draw)
    own_long = longer[draw : draw + 1]
    mine = some[draw * n_draw : (draw + 1) * n_draw]
    beside_long.append(energies_of(lm, own_long)[0])
    for setting in settings:
        network = turned(setting, fresh)
        found, last = energies_of(network, mine)
        random[setting].append(found)
        if setting == start:
            random_ends.append(last)
            random_long.append(energies_of(network, own_long)[0])

# %%
from scipy.stats import t as student


def over(values):
    """Mean over replicates, and half-width of its 95 % interval (Student's t)."""
    values, n = np.array(values), len(values)
    error = values.std(0, ddof=1) / np.sqrt(n)
    return values.mean(0), student.ppf(0.975, n - 1) * error


of_draw = np.zeros((n_draws, len(some)))
for draw in range(n_draws):
    of_draw[draw, draw * n_draw : (draw + 1) * n_draw] = 1
beside = trained.energies(of_draw)
groups = (np.arange(n_null) % 8 == np.arange(8)[:, None]).astype(float)
of_odd = np.zeros((8, len(some)))
of_odd[:, 1 : 2 * n_null : 2] = groups
in_order, in_disorder = trained.energies(of_odd), shuffled.energies(groups)

# %% mystnb={"figure": {"caption": "Relative energy by layer. Left, five draws of random weights at four initial scales, and at 1/24 with attention made even, beside the trained network on the same passages. Right, the trained network on held-out passages and on the same words in random order. Bands: 95 % intervals, over draws on the left and over eight groups of passages on the right.", "name": "fig-traj-null"}, "image": {"alt": "Two panels, energy against layer. Left: the trained network stays near 1 up to layer 9, is below 0.8 from layer 13 on and ends at 0.64. Random weights of scale 0.02 fall to 0.1 at layer 3 and 0.02 at the end, those of 0.03 to 0.3 and 0.16. Those of 1/24 fall to 0.75 at once and then slowly to 0.7, with divided outputs to 0.9 and 0.75: they start below the trained network and end above it. With even attention they lie near 0.15. Right: in order the energy falls from 0.95 at layer 10 to 0.75 at layer 15; with shuffled words it stays a tenth above that, drops after layer 27 and ends below it."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 4), sharey=True)
own = str(Fraction(scale).limit_denominator(1_000))
names = {"own": own, "divided": f"{own}, divided", "even": f"{own}, even"}
curves = {"trained": beside} | random
for index, (setting, values) in enumerate(curves.items()):
    mean, wide = over(values)
    style = {"color": f"C{index % 6}", "linestyle": figures.DASHES[index % 6]}
    left.plot(depths, mean, label=names.get(setting, setting), **style)
    band = {"alpha": 0.25, "linewidth": 0, "color": f"C{index % 6}"}
    left.fill_between(depths, mean - wide, mean + wide, **band)
for values, label in ((in_order, "in order"), (in_disorder, "shuffled")):
    mean, wide = over(values)
    style = "--" if label == "shuffled" else "-"
    right.plot(depths, mean, label=label, linestyle=style)
    right.fill_between(depths, mean - wide, mean + wide, alpha=0.25, linewidth=0)
left.set(xlabel="layer", ylabel="energy a step / variance", ylim=(0, 1.15))
right.set_xlabel("layer")
left.legend(fontsize=8, loc="center right", bbox_to_anchor=(1, 0.42))
right.legend(fontsize=8, loc="lower left")
plt.show()

# %%
early = depth // 5
places = early, middle, depth
print(f"relative energy: mean of {n_draws} draws ± half its 95 % interval")
print(f"{'':24s}" + "".join(f"{f'layer {layer}':>16s}" for layer in places))
tables = {f"{n_tokens} tokens": curves}
tables[f"{long_tokens} tokens"] = {"trained": beside_long, start: random_long}
for length, table in tables.items():
    print(length)
    for setting, values in table.items():
        mean, wide = over(values)
        line = "".join(f"{mean[i]:9.2f} ± {wide[i]:.2f} " for i in places)
        print(f"  {names.get(setting, setting):22s}{line}")

# %%
scales = Finding(
    "Random weights draw smoother paths than the trained network",
    source="this book",
    replicates="draws of the weights, each on passages of its own",
    networks=n_draws,
    null=f"{lm.name} on the same passages",
    unit="relative energy",
)
scaled_to = [setting for setting in settings if setting != "even"]
tried = [(random[one], beside, one, n_tokens) for one in scaled_to]
tried += [(random_long, beside_long, start, long_tokens)]
for values, than, setting, length in tried:
    for layer in places:
        pair = np.array(values)[:, layer], np.array(than)[:, layer]
        said = {"layer": layer, "tokens": length}
        scales.less(*pair, scale=names.get(setting, setting), **said)
scales

# %%
order = Finding(
    "Words in their order make the paths of this network smoother",
    source="this book",
    replicates="groups of held-out passages",
    networks=1,
    about="this network",
    null="the same words in random order",
    unit="relative energy",
)
for i in (1, 3, len(layers) // 2, len(layers) - 4, -1):
    layer = layers[i]
    order.less(in_order[:, layer], in_disorder[:, layer], layer=layer)
order

# %%
gain = over(in_disorder)[0] - over(in_order)[0]
of_noise = gain / (1 - over(in_order)[0])
third = of_noise[depth // 3 : 2 * depth // 3]
print("of what separates the network on text from white noise, due to order:")
print(f"layers {depth // 3} to {2 * depth // 3 - 1}", end=": ")
print(f"{third.min():.1f} to {third.max():.1f}", end=", ")
print(f"layer {chosen}: {of_noise[chosen]:.1f}")

# %% [markdown]
# How smooth a network is that knows nothing depends on how large its random weights are. At a scale of 0.02 the energy
# falls to a few hundredths; at the scale that this network itself began with, to seven or eight tenths. The likely
# reason is attention. Where all earlier tokens are weighed evenly, each output is a running average, which is smooth:
# even at 1/24 that gives 0.17. Small queries and keys weigh nearly evenly; those of 1/24 choose, at random. So "as
# smooth as random weights" says nothing without the scale. At the network's own start, in texts of 64 tokens, there is
# little between random weights and trained ones: undivided, the random ones are smoother early; divided, they are
# rougher at the end; of the rest five draws do not decide.
#
# What is the text's share? Take what separates the trained network on text from white noise, which has energy 1. In
# the middle layers half of that or more is due to the order of the words: shuffled words are rougher. Early there is
# hardly anything to share. At the end the sign turns, and shuffled words have the *smoother* trajectories. A likely
# reason: the last layers hold predictions, and after a jumble the network predicts much the same at every token.
#
# ### Longer texts
#
# Are 64 tokens special? For random weights they are. A running average moves less and less, and in 256 tokens little of
# the variance is left to it: in the table above random weights are then nearly as rough as noise, and the trained
# network is not. So here is the sentence with the right null, at both lengths.

# %%
learnt = Finding(
    "After training, paths are smoother than at the start that its recipe gives",
    source="this book",
    replicates="draws of the weights, each on passages of its own",
    networks=1,
    about="this network",
    null=f"random weights of the same shape, {names[start]}",
    unit="relative energy",
)
for values, than, length in (
    (beside, random[start], n_tokens),
    (beside_long, random_long, long_tokens),
):
    for layer in places:
        pair = np.array(values)[:, layer], np.array(than)[:, layer]
        learnt.less(*pair, layer=layer, tokens=length)
learnt

# %% [markdown]
# And the clock? Its directions have seen no place beyond the sixty-fourth. Here is what they read in the longer texts.

# %%
(long_stream,) = (
    batch.activations[layers].cpu().numpy()
    for batch in residual_stream(lm, longer, len(longer))
)
z_long = along(long_stream) - centre
ticks = [skip + 1, n_tokens // 2, n_tokens, long_tokens // 2, long_tokens]
print("mean along the slowest direction, up to each token from the one before:")
print("layer" + "".join(f"{tick:9d}" for tick in ticks[1:]))
for i in tested[:3]:
    spans = pairwise(ticks)
    means_of = [z_long[i][:, a - skip : b - skip].mean() for a, b in spans]
    print(f"{layers[i]:5d}" + "".join(f"{mean:9.1f}" for mean in means_of))

# %% [markdown]
# The clock goes on for another 64 tokens, and then it stands. It is a ruler for the start of a text.

# %% [markdown]
# (sec-traj-depth)=
# ## The other way to move
#
# There is a second time in a network: depth. Follow the last token of a passage through the blocks.
# {cite:t}`sarfati2024` call these paths lines of thought, and describe them as a drift with noise. How do they compare
# with the trajectories along a text?

# %%
moves = np.diff(ends, axis=0)  # what each block adds to the last token
energy_share = (moves**2).sum(2).mean(1)
energy_share /= energy_share.sum()


def cosine(x, y):
    """Mean cosine over passages of vectors (layers, passages, units)."""
    return (
        (x * y).sum(2) / np.linalg.norm(x, axis=2) / np.linalg.norm(y, axis=2)
    ).mean(1)


def along_depth(ends):
    """Cosines before and after each block, and of successive steps."""
    moves = np.diff(ends, axis=0)
    return cosine(ends[1:], ends[:-1]), cosine(moves[1:], moves[:-1])


stay, turn = along_depth(ends)
common = (moves.mean(1) ** 2).sum(1) / (moves**2).sum(2).mean(1)

# %%
inner = slice(2, depth - 1)
print(f"before and after a block: cosine {np.median(stay[inner]):.2f} (median)")
size = abs(np.median(turn))
print(f"two successive steps: median {size:.1f} (unsigned),", end=" ")
end = turn[-(3 * depth // 10) :]
print(f"all {turn.min():.1f} to {turn.max():.1f}, the last {len(end)}:", end=" ")
print(f"{end.min():.1f} to {end.max():.1f}")
two_of = map(along_depth, random_ends)
both = [[np.median(part[inner]) for part in pair] for pair in two_of]
(mean_stay, mean_turn), (wide, wider) = over(both)
print(f"random weights, {names[start]}: {mean_stay:.2f} ± {wide:.2f},", end=" ")
print(f"successive steps {mean_turn:.2f} ± {wider:.2f}")
print(f"share of the path energy in the last block: {energy_share[-1]:.0%}")
print(f"in the first half of the blocks: {energy_share[:middle].sum():.0%}")
for top in common.argsort()[:-3:-1]:
    print(f"block {top + 1}: {common[top]:.0%} of the squared length in common")
assert np.median(stay[inner]) > 0.9 and abs(np.median(turn)) < 0.2
assert energy_share[-1] > 0.3 and energy_share[:middle].sum() < 0.1

# %% [markdown]
# Along the layers a trajectory is as smooth as it is rough along the text: each block turns the vector by some fifteen
# degrees. And up to block 21 successive steps are nearly at right angles on average, but for the first few, as in a sum
# of unrelated contributions, a random walk. Both are gifts of the architecture, which adds what each block puts out:
# random weights do the same. What training adds comes late: where the steps are long, all cosines are positive, up to
# 0.4. (Half of the path energy is spent in the last block.) One block stands out: of the mean squared length of what
# block 25 adds, 78 % is that of its mean over passages, which all have in common. (Block 2 has two thirds.)

# %% [markdown]
# (sec-traj-scale)=
# ## Records, and all passages
#
# {doc}`08-explanations` asks whether words can explain what a direction does. For that it needs *records*: for each
# direction, layer and passage, the tokens and one value for each of them, the outliers at the start included.
# `activation_records.record` makes them in one pass for as many directions as there are, and `save` writes them to
# one file of plain arrays, which nothing but NumPy is needed to read. With `save_in` the figures are written as SVG and
# PDF and the trajectories as npz. (How much one pass saves, against one direction or one trajectory at a time, is
# measured by `benchmarks/language`.) Here are two passages along the slowest direction of two layers and a random
# one.

# %%
from polylib.language import activation_records

few = [at, len(layers) - 1]
kept_layers = [layers[i] for i in few]
both = np.stack([v[few].T, directions[kept_layers, :, 0].T], axis=2)
records = activation_records.record(
    lm,
    some[passage : passage + 2],
    both.transpose(1, 0, 2),
    layers=kept_layers,
    names=["slowest", "random"],
)
one_record = records[0, 0, 0]
shape = "directions, layers, passages, tokens"
print(f"({shape}) = {records.values.shape}")
print(f"{records.names[0]}, layer {records.layers[0]}, a few tokens:")
pieces = zip(one_record.tokens[8:13], one_record.values[8:13], strict=True)
print(", ".join(f"{token!r} {value:.1f}" for token, value in pieces))


# %% tags=["hide-input"]
summary = {
    "layers": layers,
    "n_passages": len(some),
    "random": {one: np.array(found).tolist() for one, found in random.items()},
    "beside": beside.tolist(),
    "random_long": np.array(random_long).tolist(),
    "beside_long": np.array(beside_long).tolist(),
    "in_order": in_order.tolist(),
    "shuffled": in_disorder.tolist(),
    "held_out": held.tolist(),
    "held_out_shuffled": [one_of.shuffled for one_of in slow_ones],
    "in_sample": fitted.tolist(),
    "best_of_random": random_ones.relative()[layers].min(1).tolist(),
    "place": of_place.tolist(),
    "shift": [[float(x) for x in (seam[1][i] - whole[1][i])] for i in tested],
    "near": [[int(seam[0][i].sum()), int(whole[0][i].sum())] for i in tested],
    "exponent": alpha.tolist(),
    "participation": [float(ratio) for ratio in PR],
}
if save_as:
    results.save(f"07-trajectories-{save_as}", summary, parameters, device=device)
if save_in:
    from pathlib import Path

    target = Path(save_in) / "trajectories.npz"
    activation_records.save(target, records)
    drawn_here = {"four": fig_four, "layers": fig_layers, "sentence": fig_own}
    for name, figure in drawn_here.items():
        for kind in ("svg", "pdf"):
            figure.savefig(target.with_name(f"trajectories-{name}.{kind}"))

# %% [markdown]
# The chapter has looked at a hundred passages. With the parameters of `07-trajectories-300` the same notebook reads all
# 300 of the corpus, and more of them with more draws of random weights; a run that was saved is shown beside this one
# if `compare_with` names it. The file of parameters for GPT-2 XL, the network of the supplement, is with the others in
# {doc}`../book/reproduce`. It has not been run: its weights need a network.

# %%
saved = [results.load(f"07-trajectories-{run}") for run in compare_with.split()]
for run in saved:
    print(results.describe(run))
    kept_run = run["values"]
    tables = {"trained": kept_run["beside"]} | kept_run["random"]
    for setting, values in tables.items():
        mean, wide = over(values)
        line = "".join(f"{mean[i]:9.2f} ± {wide[i]:.2f} " for i in places)
        print(f"  {names.get(setting, setting):22s}{line}")
    tests = zip(tested, kept_run["near"], kept_run["shift"], strict=True)
    for i, (near, alone), shifts in tests:
        (mean, wide), n = over(shifts), len(shifts)
        print(f"  layer {layers[i]}, {n} pairs: shift {mean:.2f} ± {wide:.2f}")
        print(f"    near the seam {near / n:.0%}, without a seam {alone / n:.0%}")

# %% [markdown]
# ## Summary
#
# - **The first token is an outlier**, in layers 12 to 27 dozens of times as long as the others or more. There a path
#   that contains it has relative energy one half whatever the text, because one value is all its variance. One must
#   leave the first tokens out, and more than one.
# - **The mean over random directions is a trace**, as in chapter 5: the layer's own moments predict what a thousand
#   trajectories do, and how they scatter. The repaired zeta link holds for the level energy; the printed one gives a
#   negative number for 6 of 11 layers.
# - **The minimum is an eigenvalue.** The best of a thousand random directions goes a third of the way at best; at layer
#   21 nine tenths of the way takes more than {math}`10^{97}` draws.
# - **For one passage the exact minimum is half a cosine**, whatever the text and the network, above layer 0 and with
#   fewer tokens than units. It means nothing unless it is fitted on many passages and judged on others.
# - **The smoothest direction is a clock** in two thirds of the layers: it counts tokens, on shuffled words nearly as
#   well, up to about the 128th ({finding}`seen if <The slowest direction climbs with the place, rank correlation above
#   0.5>`). In the last quarter it reads which passage this is.
# - **Random weights have no smoothness of their own**: at layer 15 their energy is 0.03 to 0.80 by their initial scale,
#   and 0.97 in longer texts. Against the start that its recipe gives, this network's paths are smoother in texts of 256
#   tokens; in texts of 64 they are so only at the end, and early they are rougher ({finding}`seen in <After
#   training, paths are smoother than at the start that its recipe gives>`).
# - **The order of the words** makes half of what smoothness there is in the middle layers, and none early; at the end
#   shuffled words are smoother ({finding}`seen if <Words in their order make the paths of this network smoother>`).
# - **Late directions keep a level that shifts where the subject changes** ({finding}`seen if <The level of the slowest
#   direction shifts more where the subject changes>`), but whether their largest step says where is {finding}`not decided
#   <The largest step of the slowest direction stands where the subject changes>`.
#
# **What it means for reading a network.** A minimum trajectory is the winner of a search for smoothness, and it should
# be shown with what the search finds where there is nothing: in noise, in shuffled words, in weights at the scale that
# training began with. Here those nulls explain most of the picture. What they leave is worth having: late directions
# that tell passages apart, also within one spliced text.
#
# What this does not show: how larger models behave, or whether the model *uses* its clock. One trained network and one
# corpus of news are not all there are. The energies are those of the residual stream, in which a large unit counts for
# more than a small one. What comes next is the question that the directions were made for: can words predict them?

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
# At token {math}`t` the mean moves by {math}`(x_t - \bar x_{t-1})/t`, of variance {math}`1/t(t-1)`. Those sum to
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
assert e < 0.05
mean, wide = over(random[settings[-1]])
print(f"random weights, {names.get(settings[-1])}, layers 1, 3, 15:", end=" ")
print(*(f"{mean[i]:.2f} ± {wide[i]:.2f}" for i in (1, 3, 15)), sep=", ")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
