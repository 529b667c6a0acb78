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
# has more units than the text has tokens. Over many texts it is real, and for two
# thirds of the depth it is a ruler: it counts how far into the text we are, also when the words stand in random order.
# And a network that has learnt nothing draws the smoothest curves of all.

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
# - {ref}`sec-traj-words`: minimum trajectories with their words, and a sentence of your own.
# - {ref}`sec-traj-null`: how much of the smoothness is the text's, and how much the network's.
# - {ref}`sec-traj-depth`: the other way to move, from layer to layer.
# - {ref}`sec-traj-scale`: records for the next chapter, and the same on all passages.
#
# You need the {term}`path energy` of {ref}`sec-zeta-steps`, covariance matrices, and the idea of a transformer: a stack of
# blocks, each of which reads a vector for every token, the {term}`residual stream`, and adds to it. Symbols are those of
# {doc}`../book/notation`. Type a sentence of your own into the cell below, and the chapter draws it.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
model: str = "smollm2-135m"  # from a package; or any causal model of Hugging Face
device: str = "cpu"  # or "cuda", or "auto"
corpus: str = "lee"  # 300 news passages; or a data set by name
corpus_config: str = ""  # which part of a data set, if it has parts
least_characters: int = 1  # shorter passages are left out
n_passages: int = 100  # read by the trained model
n_null: int = 40  # of them, read again by each null model
n_tokens: int = 64  # of each passage
skip: int = 4  # tokens at the start that no statistic uses
n_directions: int = 1_000  # random directions a layer
every: int = 3  # layers between those whose covariance is kept
batch_size: int = 10  # passages a forward pass
passage: int = 3  # the one that is drawn: an odd number, so that it is held out
sentence: str = "My grandmother grows beans, herbs and roses in a small garden behind the house. Meanwhile the central bank raised its interest rate by half a point."  # type your own
save_in: str = ""  # a folder for figures (SVG, PDF) and trajectories (npz)
save_as: str = ""  # "300" saves this run under that name
compare_with: str = "300"  # saved run to show beside this one

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
# news items, known as the Lee corpus, cut after 64 tokens.

# %%
import numpy as np
from polylib import language
from polylib.language import passages
from threadpoolctl import threadpool_limits

threadpool_limits(1, user_api="blas")  # two threads help the network alone

lm = language.load(model, device=device)
which = {"config": corpus_config or None, "least": least_characters}
texts = passages.texts(corpus, n_passages, **which)
some = passages.tokenize(texts, lm.tokenizer, n_tokens)
assert some.mask.all(), "every passage must have n_tokens tokens"
depth = lm.n_layers
print(f"{lm.name}: {depth} blocks, {lm.n_units} units")
print(f"{len(some)} passages, {int(some.mask.sum()):,} tokens")
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
sizes, ends, places = [], [], 0
for batch in residual_stream(lm, some, batch_size):
    for collector in collectors:
        collector.add(batch)
    sizes.append(batch.activations.norm(dim=-1).cpu().numpy())
    ends.append(batch.activations[:, :, -1].double().cpu().numpy())
    held_out = batch.activations[layers][:, 1 - batch.rows.start % 2 :: 2]
    places = places + held_out.double().sum(1).cpu().numpy()
sizes, ends = np.concatenate(sizes, 1), np.concatenate(ends, 1)

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
times = float(f"{ratio[middle]:.1g}")
print(f"layer {middle}: the first token is {times:.0f} times as long")
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
# {math}`f(i) = \cos(\pi j (i - \tfrac12)/T)` (at the start {math}`f(0) = f(1)`); {math}`j = 0` belongs to constant paths,
# which have no variance.
# ```
#
# So an outlier at the start pulls the energy of every direction that it touches towards one half, and it touches all of
# them. Leaving the first token out is not enough where the second is an outlier, too. The last column leaves out the
# first four.

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
# passage of a hundred, still costs up to a tenth, at layer 12. We leave out the first four tokens in everything that follows.

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
print(f"last layer: {kept[-1]:.2f}, in random order {any_order[-1]:.2f}")
assert kept[:early].min() > 0.8 and 0.5 < kept[-1] < 0.7 < any_order[-1]

# %% [markdown]
# In the first third of the network a trajectory is as rough as noise. Neighbouring tokens are different words, and
# their vectors say so. Only from layer 11 on do neighbours share much, and even at the end they share less than
# half. Part of that is not a matter of neighbours at all: at the end, random order would still leave an energy of 0.85,
# because passages differ. Their means lie apart, which adds to the variance, and no path crosses from one to another.
#
# ### Exponent and dimension by layer
#
# How does this go together with the exponent of the spectrum? {ref}`nb-zeta-energy` repaired a link from the exponent to the
# *level* energy, and found the *path* energy to be another matter. Here are both for a trained network.

# %%
from polylib.language.smoothness import jackknife
from polylib.representation import fit_power_law


def dimensions(spread):
    """Participation ratios of covariances (layers, units, units)."""
    total = np.trace(spread, axis1=1, axis2=2)
    return total**2 / (spread**2).sum((1, 2))


spectra = np.linalg.eigvalsh(covariance)[:, ::-1]
fits = [fit_power_law(values) for values in spectra]
alpha = np.array([fit.alpha for fit in fits])
ranges = np.array([fit.interval for fit in fits])
others = [[g for g in range(6) if g != out] for out in range(6)]
PR, PR_half = jackknife(
    np.array([dimensions(moments.moments(five)[1]) for five in others])
)
exactly = [en.participation_ratio(values) for values in spectra]
assert np.allclose(PR, exactly, rtol=0.1)

# %% mystnb={"figure": {"caption": "Exponent of the spectrum (left, nominal 95 % interval of the fit) and participation ratio (right, 95 % interval of a jackknife over six groups of passages) by layer. Dotted: exponent 1, where the infinite sum of section 2.5 has its pole.", "name": "fig-traj-spectrum"}, "image": {"alt": "Two panels against layer. Left, the exponent: 1.05 at layer 0, 1.5 at layer 3, falling to about 0.85 from layer 12 to 27 and 1.05 at the end, with intervals of a tenth to a third. Right, the participation ratio: 10 at layer 0, 2 to 4 at layers 3 to 9, then 54 to 70 from layer 12 on, 27 at the end."}}
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2))
bars = {"marker": "o", "color": "C0", "linestyle": "-", "capsize": 3}
axes[0].errorbar(layers, alpha, np.abs(ranges.T - alpha), **bars)
axes[0].axhline(1, color="0.3", linewidth=0.8, linestyle=":")
axes[0].set(xlabel="layer", ylabel="exponent of the spectrum", ylim=(0, 2))
axes[1].errorbar(layers, PR, PR_half, **bars)
axes[1].set(xlabel="layer", ylabel="participation ratio (dimensions)")
axes[1].set_ylim(0, None)
plt.show()

# %%
print("                   level energy by the exponent, over measured:")
print("layer   exponent   finite width   zeta, as printed")
for at, layer in enumerate(layers):
    trace, fit = spectra[at].sum(), fits[at]
    finite = fit.scale * en.partial_zeta(fit.alpha, units) / trace
    printed = fit.scale * en.power_law_energy_printed(fit.alpha) * units / trace
    line = f"{layer:5d}{fit.alpha:11.1f}{finite:15.1f}"
    print(f"{line}{float(f'{2 * printed:.1g}'):19,.0f}")
    assert 0.8 < finite < 1.15 and (printed < 0) == (fit.alpha < 1)

# %% [markdown]
# At finite width the link holds to within a sixth, with the exponent and the scale of the fit (which says that a power
# law describes the spectrum, since both were fitted to the spectrum whose trace they return). As printed, it is off by
# hundreds, the missing {math}`1/m`, and by thousands near the pole; and where the exponent is below 1, in more than
# half of the layers, it predicts a negative energy. And the path energy does not follow the exponent: between layers 12
# and 27 the exponent stays where it is, and the relative path energy falls from 0.81 to about 0.68.
#
# The participation ratio likely tells of outliers again, other ones. Early on, a few of a hundred tokens have vectors
# up to nine times as long as the rest, and one direction holds most of the variance. A projection then shows little
# else. From layer 12 to 27, between 54 and 70 dimensions share it; at the end, 27.

# %% [markdown]
# (sec-traj-search)=
# ## The smoothest direction
#
# The script "then finds the {term}`minimum trajectory`". It is described no further, and two questions decide what it found.
# The minimum of *what*? A direction in which little happens has little energy. Over unit vectors the least energy is
# the least eigenvalue of {math}`D`, and a network has directions in which next to nothing happens, so that minimum
# says only where. To mean smoothness, the energy must be relative to the variance, or, which is the same, the variance
# must be held at 1. And the minimum over *what*? Over a set of random draws, it is an upper bound of the minimum over
# all directions, which is an eigenvalue.
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
from itertools import combinations

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
# ### Four trajectories of one passage
#
# The figure has one passage and one layer in it. From the top: a random direction, the best of a thousand random
# directions for this passage, the exact minimum for this passage alone, and the exact minimum over *other* passages,
# fitted on those with even numbers while this one is odd.

# %%
chosen = layers[int(0.7 * len(layers))]  # 21 of 30 blocks
at = layers.index(chosen)
fit_on, test_on = moments.moments([0, 2, 4]), moments.moments([1, 3, 5])
(least,), slowest = slow.slowest(fit_on[0][at], fit_on[1][at])
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
    "the exact minimum for other passages": activity @ slowest[:, 0],
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
# The third curve is the perfect minimum and perfectly empty: half a cosine, as the theorem says, with an energy
# two hundred times below that of the best draw. It would look the same for any passage and any network, above layer 0. The fourth
# is the one with content. Its direction was found on other passages, so here it could have failed, and it did not.
#
# ### How far is the best of a thousand?
#
# Over fifty passages there are five times as many tokens as units, and the minimum is no longer a matter of course.
# Still it is fitted, so we judge it on the other fifty. Random search is fitted, too, but to a choice among a
# thousand.

# %%
print("                best of 1,000        exact minimum   white noise:")
print("layer   mean  fitted  held out    fitted  held out   its minimum")
size = min(n_passages // 2, 200), n_tokens - skip, units
noise_like = np.random.default_rng(seed).normal(size=size)
flat, jumps = noise_like.reshape(-1, units), np.diff(noise_like, axis=1)
jumps = jumps.reshape(-1, units)
floor = slow.slowest(jumps.T @ jumps / 2 / len(jumps), np.cov(flat.T))[0][0]
fitted, held, slow_ones, ways = [], [], [], []
for i, layer in enumerate(layers):
    pair, test = (fit_on[0][i], fit_on[1][i]), (test_on[0][i], test_on[1][i])
    e_fit = slow.relative_energy(*pair, directions[layer])
    e_held = slow.relative_energy(*test, directions[layer])[e_fit.argmin()]
    (least,), v = slow.slowest(*pair)
    fitted.append(least)
    ways.append((e_fit.mean() - e_fit.min()) / (e_fit.mean() - least))
    slow_ones.append(v[:, 0])
    held.append(slow.relative_energy(*test, v)[0])
    line = f"{layer:5d}{e_fit.mean():7.2f}{e_fit.min():8.2f}{e_held:10.2f}"
    print(f"{line}{least:10.2f}{held[-1]:10.2f}{floor:14.2f}")
    assert held[-1] < 0.6 * e_held and least < held[-1]
print(f"of the way, by the best of 1,000: {min(ways):.0%} to {max(ways):.0%}")

# %% [markdown]
# Everywhere the exact minimum is far below the best of a thousand, also on the other fifty passages. Fitting
# counts: white noise of the same size has a minimum of 0.4 where the truth is 1, and the fitted minima of the text are
# a third to three fifths of what they are worth on other passages. But even those are, from layer 12 on, five to
# fourteen times below the mean.
#
# One thing could flatter it. The corpus prints some articles twice, whole or in part, as {doc}`08-explanations` will
# find, and then a passage to judge on has been fitted after all. So here are the held-out minima without such passages.

# %%
apart = passages.without_copies(some[1::2], of=some[::2])
unseen = PathMoments(layers, groups=1, skip=skip)
for batch in residual_stream(lm, apart, batch_size):
    unseen.add(batch)
pairs = zip(*unseen.moments(), slow_ones, strict=True)
stricter = [float(slow.relative_energy(*pair, one)) for *pair, one in pairs]
higher = np.array(stricter) - held
n_held = len(some[1::2])
print(f"{n_held - len(apart)} of {n_held} passages repeat others;", end=" ")
print(f"without them the minima move by {higher.min():.2f} to {higher.max():.2f}")
assert np.abs(higher).max() < 0.02

# %% [markdown]
# They hardly differ.
#
# How many draws would it take? The chance that one random direction reaches an energy {math}`e` is the chance that a
# quadratic form is negative, since {math}`u^\top D u \le e\, u^\top \Sigma u` says so. Chernoff's inequality
# {cite:p}`chernoff1952` bounds that chance, and {math}`N` draws have at most {math}`N` times as much. The figure shows
# what draws find, and then what no number of draws below the line can be expected to find.

# %%
D, S = fit_on[0][at], fit_on[1][at]
many = np.random.default_rng(seed).standard_normal((units, 20_000))
energies = slow.relative_energy(D, S, many)
counts = np.unique(np.geomspace(1, 10_000, 30).round()).astype(int)
best = slow.expected_best(energies, counts)
least = fitted[at]
targets = np.geomspace(2 * least, energies.mean(), 30)
rarity = np.array([slow.log10_rarity(D, S, e) for e in targets])

# %% mystnb={"figure": {"caption": "Expected relative energy of the best of N random directions at one layer, measured with 20,000 draws, and a bound: to the left of the dashed line the chance of reaching that energy is below one in two. Dotted, the exact minimum of the same passages. On the horizontal axis 4 is ten thousand.", "name": "fig-traj-search"}, "image": {"alt": "Relative energy against N as a power of ten, from 0 to 100. A short solid curve falls from 0.72 at one draw to 0.5 at ten thousand, power four. A dashed curve below it and to its right falls ever more slowly: to 0.33 at power ten, 0.2 at thirty, and it still lies at 0.1, three times the dotted exact minimum, at a hundred."}}
fig, ax = plt.subplots()
ax.plot(np.log10(counts), best, color="C0", linestyle="-", linewidth=2.5)
ax.plot(rarity - np.log10(2), targets, color="C1", linestyle="--")
ax.axhline(least, color="0.3", linewidth=0.8, linestyle=":")
ax.annotate("best of N, drawn", (3, best[counts > 900][0]), (9, 0.62), color="C0")
ax.text(22, 0.25, "no N to the left of this line will do", color="C1")
ax.text(60, least + 0.01, "exact minimum", color="0.3")
ax.set(xlabel="N, as a power of ten", ylabel="relative energy", xlim=(0, 100))
ax.set_ylim(0, None)
plt.show()

# %%
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
middle_places = places[:, skip:].mean(1)
drift = places[:, -20:].mean(1) - middle_places
v = np.array(slow_ones)
v *= np.sign((drift * v).sum(1))[:, None]  # so that all rise with the text
centre = middle_places / (n_passages // 2)
shown = np.unique(np.linspace(1, len(layers) - 1, 5).round().astype(int))
fig_layers, axes = plt.subplots(5, 1, figsize=(7.2, 7.4), sharex=True)
for ax, i in zip(axes, shown, strict=True):
    x = words_of.activations[layers[i], 0, skip:].double().cpu().numpy()
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.plot(
        (x - centre[i]) @ v[i], color="C0", marker=".", linestyle="-", linewidth=1
    )
    label = f"layer {layers[i]}, e = {held[i]:.2f}"
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.2, 3.2), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], tokens)
fig_layers.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %% [markdown]
# Up to layer 18 the curve climbs, not without falling back, and at layer 9 over its first third only. It does so on average over passages, too: the
# direction seems to count tokens. In the later layers it has hardly a trend, but stays mostly on one side of zero, and there it
# seems to say which passage this is. Both can be measured. The variance of a trajectory over all passages splits into a
# part that the place in the passage explains, a part that the passage explains, and a rest.

# %%
by_place = np.einsum("ltu,lu->lt", places[:, skip:], v) / (n_passages // 2)
by_passage = np.einsum("lpu,lu->lp", trained.passage_means()[layers][:, 1::2], v)
variance = np.einsum("lu,luv,lv->l", v, test_on[1], v)
of_place = by_place.var(1) / variance
of_passage = by_passage.var(1) / variance
print("share of the held-out variance that is explained by")
print("layer   the place   the passage")
for i, layer in enumerate(layers):
    print(f"{layer:5d}{of_place[i]:12.1f}{of_passage[i]:14.1f}")
late = [i for i, layer in enumerate(layers) if layer > 0.75 * depth]
assert min(of_place[1 : late[0]]) > 0.4 > max(of_place[late])
assert (of_passage[late] > of_place[late] + 0.2).all()

# %% [markdown]
# So the smoothest thing that this network says about a text, for two thirds of its depth, is how much of it there has
# been. Nothing tells the network so directly, since its positions are rotations inside attention. That it makes a clock
# for itself is likely because every token can attend to the first one, and finds more and more others beside it. Only
# the last quarter has a slow direction that depends on the content. Neither is a failure of the method: a ruler *is*
# the slowest thing in a text. But whoever reads a minimum trajectory as "how the model processes" this text should know
# that in most layers, by half to four fifths of its variance, the curve would look the same for another text.
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
z = stream[chosen] @ directions[chosen]
best_one = z[:, (np.square(np.diff(z, axis=0)).sum(0) / z.var(0)).argmin()]
lines = {f"layer {chosen}, best of {n_directions:,}": best_one - best_one.mean()}
lines[f"layer {chosen}, best of {n_directions:,}"] /= best_one.std()
for i in (at, at + 1, len(layers) - 1):
    lines[f"layer {layers[i]}, slowest"] = (stream[layers[i]] - centre[i]) @ v[i]
fig_own, axes = plt.subplots(len(lines), 1, figsize=(7.2, 6), sharex=True)
for ax, (label, values) in zip(axes, lines.items(), strict=True):
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.plot(values, color="C0", marker=".", linestyle="-", linewidth=1)
    ax.text(0.01, 1.02, label, transform=ax.transAxes)
    ax.set(ylim=(-3.5, 3.5), yticks=[-2, 0, 2])
figures.word_axis(axes[-1], own_text.tokens[0][skip:], size=8)
fig_own.supylabel("value / standard deviation", fontsize=10)
plt.show()

# %%
words_in = [token.strip() for token in own_text.tokens[0][skip:]]
turned = lines[f"layer {layers[at + 1]}, slowest"]
jump = int(np.abs(np.diff(turned)).argmax()) + 1
print(
    f"layer {layers[at + 1]}: the largest step is at {words_in[jump]!r}, from",
    end=" ",
)
print(f"{turned[:jump].mean():.1f} before it to {turned[jump:].mean():.1f} after")

# %% [markdown]
# The committed sentence changes its subject half way. At layer 21 the clock hardly notices. At layer 24 the curve is
# level, jumps at the word that settles what the second half is about, and is level again. One sentence proves nothing,
# but here a minimum trajectory shows what it was meant to show.

# %% [markdown]
# (sec-traj-null)=
# ## Whose smoothness is it?
#
# A smooth trajectory may be smooth because the text is, because any text is to this network, or because any network of
# this shape makes everything smooth. Null models tell these apart. *Shuffled words*: the same tokens of each passage
# in random order, read by the trained network. *Random weights*: a network of the same shape as it is before training,
# on the text and on shuffled words. *Permuted weights*: the trained network with the entries of each matrix in random
# order, which keeps their sizes. White noise has energy 1 and needs no run.
#
# What to expect? If smoothness were understanding, the trained network on text should be the smoothest of all.

# %%
part = some[:n_null]
mixed = passages.shuffled(part, rng=np.random.default_rng(seed))
fresh = language.untrained(lm, seed=seed)
cases = {
    "trained, shuffled words": (lm, mixed),
    "random weights": (fresh, part),
    "random weights, shuffled words": (fresh, mixed),
    "permuted weights": (language.permuted(lm, seed=seed), part),
}
nulls = {label: LayerEnergies(skip) for label in cases}
shuffled_moments = PathMoments(layers, groups=1, skip=skip)
shuffled_places = 0  # sums over passages, by place
for label, (network, words_read) in cases.items():
    for batch in residual_stream(network, words_read, batch_size):
        nulls[label].add(batch)
        if label == "trained, shuffled words":
            shuffled_moments.add(batch)
            added = batch.activations[layers].double().sum(1)
            shuffled_places = shuffled_places + added.cpu().numpy()

# %%
drawn = np.random.default_rng(seed).multinomial(
    n_null, np.full(n_null, 1 / n_null), 400
)
rest = np.zeros((400, n_passages - n_null))
boot = {"trained": trained.energies(np.hstack([drawn, rest]))}
boot |= {
    label: null.energies(drawn.astype(float)) for label, null in nulls.items()
}
value = {"trained": trained.energies(np.hstack([np.ones(n_null), rest[0]]))}
value |= {label: null.energies() for label, null in nulls.items()}

# %% mystnb={"figure": {"caption": "Relative energy by layer of the trained network and of its null models, on the same 40 passages, with 95 % intervals of a bootstrap over passages.", "name": "fig-traj-null"}, "image": {"alt": "Five curves against layer. Both curves of random weights, for text and for shuffled words, lie on one another and fall steeply to 0.1 at layer 3 and 0.02 at the end. Permuted weights decline slowly from 1.0 to 0.75. The trained network falls to 0.75 at layer 14 and 0.6 at the end; with shuffled words it stays about a tenth above that from layer 11 to 26, then falls below and ends at 0.5."}}
fig, ax = plt.subplots()
for index, (label, replicates) in enumerate(boot.items()):
    low, high = interval(replicates)
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(depths, value[label], label=label, **style)
    ax.fill_between(depths, low, high, color=f"C{index}", alpha=0.25, linewidth=0)
ax.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
ax.legend(loc="center left", bbox_to_anchor=(0.15, 0.33))
ax.set(xlabel="layer", ylabel="energy a step / variance", ylim=(0, 1.08))
plt.show()


# %%
def with_interval(replicates, central):
    """A value and its 95 % interval, to two digits, without minus zero."""
    three = np.round([central, *interval(replicates)], 2) + 0.0
    return "{:5.2f} ({:5.2f} to {:5.2f})".format(*three)


shuffled_key, random_key = "trained, shuffled words", "random weights"
print("layer   words in order, lowers e by   trained, raises e by")
for layer in (3, 9, middle, 21, depth):
    gain = boot[shuffled_key][:, layer] - boot["trained"][:, layer]
    cost = boot["trained"][:, layer] - boot[random_key][:, layer]
    by_order = value[shuffled_key][layer] - value["trained"][layer]
    by_training = value["trained"][layer] - value[random_key][layer]
    line = f"{layer:5d}{with_interval(gain, by_order):>30}"
    print(f"{line}{with_interval(cost, by_training):>26}")
assert value[random_key][middle] < 0.1 < value["permuted weights"][middle]
order_gain = value[shuffled_key] - value["trained"]
assert order_gain[middle] > 0.05 and order_gain[-1] < -0.05

# %%
of_noise = order_gain / (1 - value["trained"])
third = of_noise[depth // 3 : 2 * depth // 3]
print("share of the order in what separates the trained network from noise:")
print(f"layers {depth // 3} to {2 * depth // 3 - 1}", end=": ")
print(f"{third.min():.1f} to {third.max():.1f}, layer 21: {of_noise[21]:.1f}")
rougher = value["permuted weights"] - value["trained"]
print("permuted weights smoother than trained, layers", end=" ")
print(*np.flatnonzero(rougher < -0.01))
print("and rougher, layers", *np.flatnonzero(rougher > 0.03))

# %% [markdown]
# The answer is the opposite of what one would hope. **The network that knows nothing is the smoothest.** With random
# weights the energy falls to a few hundredths, and the order of the words hardly matters: with 150 passages, in the
# kept run below, shuffled ones are smoother by less than a tenth. The likely reason is attention that cannot yet
# choose: it averages all earlier tokens evenly, and a running average is smooth. Permuted weights are of the trained
# size, their attention is likely sharp, at random, and that network is smoother than the trained one at layers 3 to 9
# and rougher from layer 11 on. So how smooth "the architecture" is depends on the scale of its weights, and only in the
# last two thirds does the trained network lie between the two.
#
# What is the text's share? In the middle layers, reading words in their order lowers the energy by a tenth or more: of
# what separates the network from noise about half at layers 10 to 19, and a bit over a third at 21. In the first third
# of the network it lowers it by nothing, or nearly. At the end the sign turns: shuffled words have the *smoother*
# trajectories. A likely reason: the last layers hold predictions, and after a jumble the network predicts much the same
# at every token.
#
# And the clock? Its directions were fitted on text. Here they are on shuffled words, with the share of the place.

# %%
step_mixed, covariance_mixed = shuffled_moments.moments()
on_mixed = [
    slow.relative_energy(step_mixed[i], covariance_mixed[i], v[i][:, None])[0]
    for i in range(len(layers))
]
ruler = np.einsum("ltu,lu->lt", shuffled_places[:, skip:], v) / n_null
variance_mixed = np.einsum("lu,luv,lv->l", v, covariance_mixed, v)
place_mixed = ruler.var(1) / variance_mixed
counting = slice(1, late[0])  # where the place explains most on text
alike = [np.corrcoef(*two)[0, 1] for two in zip(by_place, ruler, strict=True)]
print("the slowest direction of the text, on held-out text and shuffled words")
print("          energy          share of the place")
print("layer   text  shuffled      text  shuffled")
for i, layer in enumerate(layers):
    line = f"{layer:5d}{held[i]:7.2f}{on_mixed[i]:10.2f}{of_place[i]:10.1f}"
    print(f"{line}{place_mixed[i]:10.1f}")
print(f"mean curves up to layer {layers[late[0] - 1]}: correlation", end=" ")
print(f"{min(alike[counting]):.2f} or more")
assert min(place_mixed[counting]) > 0.25 and min(alike[counting]) > 0.9
assert on_mixed[at] < 0.2 and max(on_mixed[late[0] :]) < 0.5

# %% [markdown]
# The clock runs on nonsense nearly as well as on news: on shuffled words the place still explains a third to seven
# tenths of the variance, and the mean curve is the same. What a reader of minimum trajectories would have taken for the
# model's progress through an argument is its progress through a number of tokens. The late directions, which tell
# passages apart, are slow on shuffled words, too: likely because a jumble of the words of a passage still says what it
# is about.

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


stay, turn = cosine(ends[1:], ends[:-1]), cosine(moves[1:], moves[:-1])
common = (moves.mean(1) ** 2).sum(1) / (moves**2).sum(2).mean(1)

# %% mystnb={"figure": {"caption": "The last token of 100 passages along the layers. Left, the direction of its vector, seen in the plane of the two leading principal components of all directions; the paths of twelve passages as lines, and all passages after the first block (squares) and the last (dots). Right, cosines between the stream before and after a block, and between what two successive blocks add; and the squared length of a block's mean step over passages, as a share of the mean squared length of its steps.", "name": "fig-traj-depth"}, "image": {"alt": "Left, squares spread along a vertical line at zero; from there crooked lines run a little to the left, crowd together, turn, and run far to the right, where all but a few dots form one cloud. Right, three lines against the block: the cosine before and after stays near 0.96, dipping at blocks 2, 25 and the last; the cosine of successive steps is 0.3 at blocks 2 and 3, then wavers about 0 up to block 21, and is between 0.1 and 0.4 after it; the common share is between 0.05 and 0.25 in most blocks, with spikes to 0.67 at block 2 and 0.8 at block 25, and about 0.5 near the end."}} tags=["hide-input"]
heading = ends / np.linalg.norm(ends, axis=2, keepdims=True)
flat = heading[1:].reshape(-1, units)
axes_of = np.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][:2]
axes_of *= np.sign(axes_of.sum(1))[:, None]
plane = (heading[1:] - flat.mean(0)) @ axes_of.T
fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
for p in range(12):
    left.plot(*plane[:, p].T, color="0.5", linewidth=0.7, linestyle="-")
left.plot(*plane[-1].T, "o", color="C1", markersize=3, linestyle="none")
left.plot(*plane[0].T, "s", color="C2", markersize=2, linestyle="none")
left.set(xlabel="first component", ylabel="second component")
blocks = np.arange(1, depth + 1)
right.plot(blocks[1:], stay[1:], label="before and after a block", color="C0")
right.plot(blocks[1:], turn, label="two successive steps", color="C1")
right.plot(blocks, common, label="share common to all passages", color="C2")
right.axhline(0, color="0.3", linewidth=0.8, linestyle=":")
right.set(xlabel="block", ylabel="cosine, or share", ylim=(-0.3, 1.6))
right.legend(loc="upper left", fontsize=8)
plt.show()

# %%
inner = slice(2, depth - 1)
print(f"before and after a block: cosine {np.median(stay[inner]):.2f} (median)")
size = abs(np.median(turn))
print(f"two successive steps: median {size:.1f} (unsigned),", end=" ")
end = turn[-(3 * depth // 10) :]
print(f"all {turn.min():.1f} to {turn.max():.1f}, the last {len(end)}:", end=" ")
print(f"{end.min():.1f} to {end.max():.1f}")
print(f"share of the path energy in the last block: {energy_share[-1]:.0%}")
print(f"in the first half of the blocks: {energy_share[:middle].sum():.0%}")
for top in common.argsort()[:-3:-1]:
    print(f"block {top + 1}: {common[top]:.0%} of the squared length in common")
assert np.median(stay[inner]) > 0.9 and abs(np.median(turn)) < 0.2
assert energy_share[-1] > 0.3 and energy_share[:middle].sum() < 0.1

# %% [markdown]
# Along the layers a trajectory is as smooth as it is rough along the text: each block turns the vector by some fifteen
# degrees. But up to block 21 successive steps are nearly at right angles on average, but for the first few, as in a sum of
# unrelated contributions, a random walk. After that, where the steps are long, all cosines are positive, up to 0.4: the
# contributions go on in part in the same direction. The architecture, which adds each block's output to the stream, may
# well give such a picture alone: we did not look at other networks. (Half of the path energy is spent in the last block, so an
# unnormalised energy along the layers would speak of that one alone.) One block stands out: of the mean squared length
# of what block 25 adds, 78 % is that of its mean over passages, which all have in common. (Block 2 has two thirds.)

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
    "energy": {label: value[label].tolist() for label in value},
    "low": {label: interval(boot[label])[0].tolist() for label in boot},
    "high": {label: interval(boot[label])[1].tolist() for label in boot},
    "held_out_minimum": [float(x) for x in held],
    "fitted_minimum": [float(x) for x in fitted],
    "best_of_random": random_ones.relative()[layers].min(1).tolist(),
    "place": of_place.tolist(),
    "passage": of_passage.tolist(),
    "exponent": alpha.tolist(),
    "participation": PR.tolist(),
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
# The chapter has looked at a hundred passages. The same notebook has read all 300 of the corpus, and 150 with each
# null model; that run is kept, and drawn here beside the fresh one. The file of parameters for GPT-2 XL, the network
# of the supplement, is with the others in {doc}`../book/reproduce`. It has not been run: its weights need a network.

# %% mystnb={"figure": {"caption": "Held-out energy of the slowest direction (left), and the share of its variance that the place explains (right), by layer: this run with 100 passages, and the kept run with all 300.", "name": "fig-traj-scale"}, "image": {"alt": "Two panels with two curves each that lie close together, that of the kept run lower at the left end. Left, the energy starts above 0.3, is below 0.2 from layer 3 on and least near layer 18. Right, the share of the place is near 0 at layer 0, between 0.5 and 0.8 from layer 3 to 21, and near 0 from layer 24 on, but 0.2 there in the kept run."}}
saved = [results.load(f"07-trajectories-{run}") for run in compare_with.split()]
curves = {f"{n_passages} passages, this run": (layers, held, of_place)}
for run in saved:
    kept_run, n = run["values"], run["parameters"]["n_passages"]
    shares = kept_run["held_out_minimum"], kept_run["place"]
    curves[f"{n} passages, kept"] = (kept_run["layers"], *shares)
fig, panels = plt.subplots(1, 2, figsize=(7.2, 3.2))
for index, (label, (x, *sides)) in enumerate(curves.items()):
    for panel, y in zip(panels, sides, strict=True):
        style = {"marker": figures.MARKERS[index], "label": label}
        panel.plot(x, y, linestyle=figures.DASHES[index], **style)
panels[0].set(xlabel="layer", ylabel="energy a step / variance", ylim=(0, None))
panels[1].set(xlabel="layer", ylabel="share of the place", ylim=(0, 1))
panels[0].legend()
plt.show()

# %%
for run in saved:
    print(results.describe(run))
    e, low, high = (run["values"][key] for key in ("energy", "low", "high"))
    print("                               energy in the middle   at the end")
    for label in e:
        line = f"  {label:31s}"
        for at_layer in (len(e[label]) // 2, -1):
            ends_ = low[label][at_layer], high[label][at_layer]
            line += (
                f"{e[label][at_layer]:6.2f} ({ends_[0]:.2f} to {ends_[1]:.2f})"
            )
        print(line)
    minima, best_ones = (
        np.array(run["values"][key])
        for key in ("held_out_minimum", "best_of_random")
    )
    gap = (best_ones / minima)[1:]
    print(f"  best of 1,000 over the minimum: {gap.min():.0f} to {gap.max():.0f}")
    smoother = 1 - np.array(e[f"{random_key}, shuffled words"]) / e[random_key]
    print(f"  random weights, shuffled smoother by at most {smoother.max():.0%}")
    assert gap.min() > 3 and e[random_key][-1] < 0.05
    assert e[shuffled_key][-1] < e["trained"][-1] < e["permuted weights"][-1]

# %% [markdown]
# With three times as many passages the held-out minima fall, because directions are fitted on more, and at layer 24 the
# slowest direction mixes place and passage. The null models keep their order, with narrower intervals.

# %% [markdown]
# ## Summary
#
# - **The first token is an outlier**, in the middle layers a hundred times as long as the others. There a path that
#   contains it has relative energy one half whatever the text, because one value is all its variance. One must leave
#   the first tokens out, and more than one.
# - **The mean over random directions is a trace**, as in chapter 5: the layer's own moments predict what a thousand
#   trajectories do, and how they scatter. The repaired zeta link holds for the level energy; the printed one gives a
#   negative number for more than half of the layers.
# - **The minimum is an eigenvalue.** The best of a thousand random directions goes a third of the way at best; at layer
#   21 nine tenths of the way takes more than {math}`10^{90}` draws.
# - **For one passage the exact minimum is half a cosine**, whatever the text and the network, above layer 0 and with
#   fewer tokens than units. It means nothing unless
#   it is fitted on many passages and judged on others.
# - **The smoothest direction is a clock** in two thirds of the layers: it reads the number of tokens, on shuffled
#   words nearly as well. In the last quarter it reads which passage this is.
# - **A random network is smoother than the trained one**, by far. At layers 10 to 19 about half of the trained
#   network's smoothness is due to the order of the words, and a bit over a third at layer 21; early there is hardly
#   any smoothness to share, and at the end shuffled words are smoother still.
#
# **What it means for reading a network.** A minimum trajectory is the winner of a search for smoothness, and it should
# be shown with what the search finds where there is nothing: in noise, in shuffled words, in a network that has not
# learnt. Here those nulls explain most of the picture. What they leave is worth having: late directions that tell
# passages apart and, in the one sentence that we tried, change when the subject does.
#
# What this does not show: how larger models behave, or longer texts, or whether the model *uses* its clock. One corpus
# of news, one model, and two ways to draw random weights are not all there are. The energies are those of the residual
# stream, in which a large unit counts for more than a small one. What comes next is the question that the directions
# were made for: can words predict them?

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-traj-average
# A running average that weighs all earlier tokens evenly turns noise into a smooth path. What is the relative energy of
# the running mean of 60 values of white noise? Compare it with the random network.
# ```
#
# ````{solution} ex-traj-average
# :class: dropdown
# At token {math}`t` the mean moves by {math}`(x_t - \bar x_{t-1})/t`, of variance {math}`1/t(t-1)`. Those sum to
# almost 1 over the path, so the energy is about one half in all, or 0.008 a step. The variance of the means is
# {math}`1/t`, 0.078 on average, and the relative energy is 0.11. Most of the energy is spent at the first steps:
# of 64 values, without the first four means, it is 0.04, and that is the one to compare with the network. The cell
# below draws both. A random network with one block is rougher, likely because each token also sees itself, and with
# many blocks it is smoother, likely because averages are averaged.
# ````

# %% tags=["hide-cell"]
noise_paths = np.random.default_rng(seed).normal(size=(2_000, n_tokens))
means = noise_paths.cumsum(1) / np.arange(1, n_tokens + 1)
for path_means in (means[:, : n_tokens - skip], means[:, skip:]):
    steps_of = np.diff(path_means, axis=1)
    e = (steps_of**2).mean() / 2 / path_means.var()
    first = "first" if path_means[0, 0] == means[0, 0] else "last"
    print(f"running mean of noise, the {first} {path_means.shape[1]}: {e:.2f}")
assert e < 0.05
print("random weights, layers 1, 3, 10:", end=" ")
print(*(f"{value[random_key][i]:.2f}" for i in (1, 3, 10)), sep=", ")

# %% [markdown]
# ```{exercise}
# :label: ex-traj-next
# Is the second slowest direction a clock, too? Slow features of a clock alone would be cosines of rising frequency.
# How much of the second one's variance does the place explain at the layers where the first is a clock?
# ```
#
# ````{solution} ex-traj-next
# :class: dropdown
# Hardly any. In layers 15 to 21 the second direction already tells passages apart, and before that it follows neither.
# The network has one clock hand, not a dial.
# ````

# %% tags=["hide-cell"]
for i in range(1, late[0]):
    _, two = slow.slowest(fit_on[0][i], fit_on[1][i], 2)
    second = two[:, 1]
    spread_2 = second @ test_on[1][i] @ second
    by_place_2 = (places[i, skip:] @ second / (n_passages // 2)).var() / spread_2
    by_text_2 = (trained.passage_means()[layers[i], 1::2] @ second).var()
    line = f"layer {layers[i]:2d}: place {by_place_2:.1f}"
    print(f"{line}, passage {by_text_2 / spread_2:.1f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
