# %% [markdown]
# (nb-use-image-model)=
# # Your image model
#
# This page points the instruments of the book at a network of yours. Hand over a model and some images, and it tells
# how each layer varies over the images: how fast its spectrum falls, in how many dimensions, how many bits it takes to
# describe, how much of that holds on images that were not used to find it, how it moves from one image to another, and,
# if the model has dropout, what two masks agree on.
#
# Every one of these numbers is large or small before anything has been learnt. A convolution alone makes neighbours
# alike, a wide layer has more dimensions than a narrow one, and few images make any spectrum steep. So beside each
# number stands that of *untrained twins*, the same architecture with new random weights and with its normalisation
# measured over the same images. And the sentence at the end is not typed, it is computed: it knows how many networks
# stand behind it.

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
# - {ref}`sec-use-image-given`: what goes in, as it is, and what is refused.
# - {ref}`sec-use-image-survey`: one call, and two tables.
# - {ref}`sec-use-image-pictures`: the same in two figures.
# - {ref}`sec-use-image-one`: what one network can carry.
# - {ref}`sec-use-image-many`: three networks or more, here or on other machines.
# - {ref}`sec-use-image-cost`: seconds and memory, beside sizes.
# - {ref}`sec-use-image-say`: what you may say, what you may not.
#
# You need to have a model. {ref}`sec-power-exponent` says how an exponent is measured, {ref}`nb-resnet-vae` what the
# instruments found on networks of the book.

# %% tags=["parameters"]
seed: int = 0  # which images, twins and masks
models: str = ""  # torchvision names, module:function; "" trains a small one
weights: str = ""  # files, or names of published weights, one a model; "" random
images: str = "mnist-5k"  # or a folder of pictures
image_size: int = 28  # pixels a side; 0 leaves pictures as they are
n_images: int = 300  # to measure on; as many as you can wait for
imagenet: bool = False  # normalise as most published networks expect
layers: str = ""  # names of layers; "" chooses up to eight
windows: str = ""  # ranks of exponents, "1-10 1-20"; "" chooses three
parts: int = 5  # of the images, each with a draw of the twin
reading: str = "pooled"  # a channel's mean is a unit; or "flattened"
measured_anew: bool = False  # measure the model's normalisation over these images
n_networks: int = 5  # of the small one, each from weights of its own
n_train: int = 440  # other images, which the small one is trained on
device: str = "cpu"  # or "cuda"
progress: bool = False  # show bars
runs_folder: str = ""  # keeps finished pairs of models by name, to go on
scheduler: str = ""  # address of a Dask scheduler, with a whole path above
save_as: str = ""  # "mine" saves the numbers under that name
results_folder: str = ""  # where; "" is the book's own place
compare_with: str = "vit-b-16 convnext-tiny regnet-x-400mf"  # saved runs to show

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# (sec-use-image-given)=
# ## What goes in
#
# Without the page it is a few lines:
#
# ```python
# import numpy as np
# from polylib.representation import pictures, survey
#
# rng = np.random.default_rng(0)
# shown = pictures("photos", size=224, n=500, imagenet=True, rng=rng)
# found = survey(my_model, shown)  # or "resnet18", or a function that makes one
# found.exponents(), found.others()  # tables: the layers, beside untrained twins
# found.finding("exponent")  # a sentence, with what it rests on
# ```
#
# *Images* are a folder, with a folder of pictures for each class or with pictures alone; a tensor or an array; a data
# set or a loader of torch, with its own transforms. Pictures may differ in size and be grey, in colour or with a
# palette, as long as a size is given. A folder without pictures, one with a single class (most often a path that ends
# one level too high), damaged files, 16 bits a channel and images that are all alike are refused here, before anything
# runs.
#
# A *model* is an object, a function or class that makes one, `"package.module:function"`, or a name of torchvision,
# whose weights are random unless you name a file of a state dict or published ones. (A module is looked for where the
# notebook runs and on `PYTHONPATH`; a name that comes twice has other random weights.) Published weights are fetched if
# there is a network; if not, and for a name on a hub, the answer says what to do. Give the function where you can: it
# also makes the twins. Without it a twin is drawn by torch's rule for each layer, and a model with weights that no
# layer knows how to draw, a class token for instance, is refused until you do.

# %%
import time
from pathlib import Path

import numpy as np
import torch
from polylib.representation import pictures, subject, survey, survey_by_name
from polylib.representation.ranks import ranks_of
from polylib.tables import table

if scheduler and not (models and Path(runs_folder).is_absolute()):
    said = (
        "models by name and runs_folder, a whole path, must come with a scheduler"
    )
    raise ValueError(f"{said}, got {models!r} and {runs_folder!r}")
torch.manual_seed(seed)
names, size = models.split(), image_size or None
rng, n = np.random.default_rng(seed), n_images + (0 if names else n_train)
shown = pictures(images, size=size, n=n, imagenet=imagenet, rng=rng)
shown, known = shown[:n_images], shown[n_images:]
files = weights.split() or [""] * len(names)
networks = [
    subject(name, weights=file, size=size, seed=seed + place)
    for place, (name, file) in enumerate(zip(names, files, strict=True))
]
print(f"{len(shown)} images of {images}, {tuple(shown.shape[1:])} each")

# %% [markdown]
# With no model named, the page makes one: three blocks of a convolution, batch normalisation, a ReLU and dropout. It
# learns to tell by which quarter turns an image was turned, for which no labels are needed, so that it can do so with
# your images too. The images that it is trained on are others than those that everything is measured on.


# %%
def block(given, made):
    """A convolution and all that follows it."""
    convolution = torch.nn.Conv2d(given, made, 3, stride=2, padding=1)
    rest = torch.nn.ReLU(), torch.nn.Dropout(0.1)
    return torch.nn.Sequential(convolution, torch.nn.BatchNorm2d(made), *rest)


def small_network():
    """Three blocks and a linear layer, in double precision."""
    mean = torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten()
    blocks = block(3, 32), block(32, 40), block(40, 48)
    return torch.nn.Sequential(*blocks, *mean, torch.nn.Linear(192, 4)).double()


# %%
TURNS = torch.arange(4)


def turned(batch):
    """Every image in its four turns, and which turn each is."""
    four = [torch.rot90(batch.double(), int(k), (2, 3)) for k in TURNS]
    return torch.cat(four).to(device), TURNS.repeat_interleave(len(batch)).to(
        device
    )


def trained(number):
    """The small network, trained to tell quarter turns."""
    torch.manual_seed(seed + number)
    network = small_network().to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=4e-3)
    for batch in known[torch.randperm(len(known))].split(20):
        inputs, turns = turned(batch)
        loss = torch.nn.functional.cross_entropy(network(inputs), turns)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


# %%
if not names:
    networks = [
        subject(small_network, seed=seed).with_model(trained(j), "trained here")
        for j in range(n_networks)
    ]
    with torch.no_grad():
        for one in networks:
            inputs, turns = turned(shown)
            right = (one.model(inputs).argmax(1) == turns).double().mean()
            print(f"{one.said}: {right:.0%} of the turns right, on unseen images")
            assert right > 0.5, "a quarter is chance"
for one in networks:
    print(
        f"{one.said}, {sum(p.numel() for p in one.model.parameters()):,} weights"
    )

# %% [markdown]
# (sec-use-image-survey)=
# ## One call
#
# Which layers, which ranks? Unless you say, up to eight blocks of one depth that can be read without being told an axis,
# and three windows of ranks that *all* of them have: an exponent over more ranks in a wide layer than in a narrow one
# follows the width. A window ends at seven tenths of the narrowest layer's units or a third of the images, whichever is
# less, since the last ranks of a small sample are too small.
#
# The images are divided into {math}`k` parts, and each part is shown to the network and to a new draw of its twin. So a
# difference varies with the images and with the draw, as it should.

# %%
began = time.process_time()
settings = {"parts": parts, "reading": reading, "measured_anew": measured_anew}
settings |= {"layers": layers.split() or None, "seed": seed, "device": device}
settings["windows"] = ranks_of(windows)
found = survey(networks[0], shown, progress=progress, **settings)
seconds = time.process_time() - began
for said, norm in zip(found.said, found.normalisation, strict=True):
    print(f"{said}; normalisation {norm}")
table(found.exponents(), "Mean exponents, of the network / of its twins")

# %% [markdown]
# Read a row from left to right. If the exponent changes with the window, there is no *the* exponent: the spectrum
# bends, and a number is a summary of a curve. The last column counts the spectra that a rival law, a broken power law
# or an exponential, describes better by Akaike's criterion; windows shorter than a factor of 16 in rank cannot tell. A
# few units of the criterion are no evidence ({ref}`sec-power-exponent`), so look for all or nearly all.

# %%
table(found.others(), "Means of the other numbers, of the network / of its twins")

# %% [markdown]
# - *dimensions*: the participation ratio; *bits*: what a Gaussian layer with this spectrum takes at a step of which the
#   first component fills 16. Both grow with the number of units, so compare a layer with its twin and not with another
#   layer.
# - *inside* and *held out*: the share of the variance in the ten first components, found in one half of the images,
#   measured in the same half and in the other. On average the true share lies between the two. Where they are far apart
#   the images are too few for this layer, and so they are for its spectrum.
# - *path*: the first image fades into the second and back (one pair, so try others), and this is the energy of a step
#   over that of the distance from the middle. The less, the more slowly the layer moves, in units of how far it gets.
# - *reliability*: with dropout on, the share of the variance that two masks agree on.

# %% [markdown]
# (sec-use-image-pictures)=
# ## Two figures

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Spectra of the last of the layers, eigenvalues over the largest: means over parts of the images, with bands from the least to the largest, of the network and of draws of its twin. Dotted: where the windows of the exponents begin and end.", "name": "fig-use-image-spectra"}, "image": {"alt": "Two falling curves of eigenvalue against rank on logarithmic axes, a solid one for the network and a dashed one for its untrained twins, each with a grey band, and dotted vertical lines at the ends of the windows."}}
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
last = found.how.layers[-1]
both = zip(found.spectra(last), ("network", "untrained twins"), strict=True)
for index, (values, label) in enumerate(both):
    ranks = np.arange(1, values.shape[1] + 1)
    style = {"color": f"C{index}", "linestyle": figures.DASHES[index]}
    ax.plot(ranks, values.mean(0), label=label, **style)
    ax.fill_between(ranks, values.min(0), values.max(0), color="0.85")
for end in sorted({end for window in found.how.windows for end in window}):
    ax.axvline(end, color="0.5", linestyle=":", linewidth=1)
least = max(found.spectra(last)[0][:, -1].min(), 1e-6)
ax.set(xscale="log", yscale="log", xlabel="rank i", ylim=(least / 2, 2))
ax.set(ylabel=f"eigenvalue / largest, layer {last}")
ax.legend()
plt.show()

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Dimensions (left) and the share of variance in the first ten components on held-out images (right), by layer: means over parts of the images and their ranges, of the network and of draws of its twin.", "name": "fig-use-image-layers"}, "image": {"alt": "Two panels with the layers on the horizontal axis: the participation ratio, and the held-out share of the first components, each with a marked line for the network and another for its untrained twins."}}
_, axes = plt.subplots(1, 2, figsize=(8, 3.4))
found.draw(axes[0], "dimensions", "participation ratio (dimensions)")
found.draw(axes[1], "held out", "share of variance, held out")
axes[0].legend()
plt.show()

# %% [markdown]
# (sec-use-image-one)=
# ## What one network can carry
#
# Even if training did nothing, a network would differ from the mean of its twins, since draws differ. So with fewer
# than three networks the interval is that of *one more draw*: it leaves out zero where another untrained twin would
# seldom lie as far from the others as this network does.

# %%
found.finding("exponent")

# %%
found.finding("dimensions")

# %%
found.finding("held out")

# %%
found.finding("path")

# %% [markdown]
# A box says *on one network*. It is about this network, these images and these draws. Whether training does it in
# general is another sentence, and needs other networks.

# %% [markdown]
# (sec-use-image-many)=
# ## Three networks or more
#
# From three on the networks are what is repeated: each stands beside one twin of its own, and all images are shown to
# both. They must have the same layers: seeds of one architecture, checkpoints of several runs. Write `survey([first,
# second, third], shown)`, or give their names above.
#
# Named models can be measured elsewhere. With `runs_folder` every finished pair is kept and read again by a later run;
# with the address of a Dask `scheduler` its workers share the pairs. They load networks and images themselves, so a
# relative path is refused: each of them would look for it in a place of its own.

# %%
together = None
if names and runs_folder:
    how = settings | {"size": size, "n": n_images, "imagenet": imagenet}
    where = {"folder": runs_folder, "scheduler": scheduler or None}
    together = survey_by_name(names, images, weights=files, **where, **how)
elif len(networks) > 1:
    together = survey(networks, shown, progress=progress, **settings)
if together:
    claims = ("exponent", "dimensions", "bits", "held out", "path")
    claims += ("reliability",) * bool(together.how.masked)
    print("Of the mean over layers:")
    for number in claims:
        record = together.finding(number).record()
        print(f"{record['title']}: {record['verdict']}")

# %% [markdown]
# The small networks have dropout, whose masks the stored statistics of normalisation saw. Does the answer stay without?

# %%
if together and not (names or measured_anew):
    anew = survey(networks, shown, **settings | {"measured_anew": True})
    for number in claims:
        both = [one.finding(number).verdict for one in (together, anew)]
        print(f"{number}: {both[0]}; measured anew: {both[1]}")

# %%
together.finding("exponent", by_layer=True) if together else None

# %%
together.finding("dimensions", by_layer=True) if together else None

# %%
if save_as:
    import resource

    size_of = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    values = {"survey": found.record(), "seconds": seconds, "memory": size_of}
    values |= {"all": together.record() if together else None}
    values |= {"images": list(shown.shape)}
    folder = Path(results_folder).expanduser() if results_folder else None
    own = parameters | {"results_folder": ""}
    results.save(f"use-image-model-{save_as}", values, own, folder=folder)

# %% [markdown]
# (sec-use-image-cost)=
# ## Seconds and memory
#
# A survey passes all images through the network once, and as often through twins; normalisation is measured once for
# each twin; and with dropout everything passes twice more. The saved runs below were made by this page, with the files
# of parameters of the same names, on the processors that they name. They have random weights, so a twin is what they
# are.

# %%
saved = [results.load(f"use-image-model-{run}") for run in compare_with.split()]
cost = {"network": [], "images": [], "pixels": [], "layers": []}
cost |= {"core seconds": [], "peak memory (GB)": []}
for run in saved:
    kept = run["values"]
    cost["network"].append(kept["survey"]["networks"][0].split(",")[0])
    cost["images"].append(kept["images"][0])
    cost["pixels"].append(f"{kept['images'][2]} x {kept['images'][3]}")
    cost["layers"].append(len(kept["survey"]["layers"]))
    cost["core seconds"].append(f"{kept['seconds']:.0f}")
    cost["peak memory (GB)"].append(f"{kept['memory']:.1f}")
for run in saved:
    print(results.describe(run))
table(cost, "What saved runs took, survey of one network") if saved else None

# %% [markdown]
# (sec-use-image-say)=
# ## What you may say, what you may not
#
# You may say, with its box beside it:
#
# - **In this network, on images like these, a number is above or below that of its untrained twins**, if the box says
#   *seen*. With three networks or more the sentence is about networks of this kind and training.
# - **An exponent, with its ranks**, if the windows agree and no rival is ahead in nearly all spectra. Otherwise say
#   that the spectrum bends, and show it.
# - **A share of variance as the pair of inside and held out.**
#
# You may not say:
#
# - **what training does, from one network**, however narrow its intervals: parts of the images repeat the images and
#   not the training;
# - **that a layer has more dimensions or bits than another**, if it has more channels;
# - **that there is no difference**, where the box says *not decided*: that is what too few parts, images or networks
#   look like;
# - **how a network tested without its dropout varies, from stored statistics alone**: measure its normalisation anew
#   (`measured_anew`) and see whether the answer stays ({ref}`sec-vae-tests`);
# - **what the network uses.** A direction of little variance can be read by a later layer with a large weight. How much
#   a layer tells about its input is {doc}`another page <use-arrays>`, and where a spectrum alone is at hand,
#   {ref}`nb-use-spectrum`.

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
