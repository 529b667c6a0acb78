# %% [markdown]
# (nb-resnet-vae)=
# # A network dissected
#
# The last chapter took random layers apart. Here is a trained network, the one with which the experiments of
# {cite:t}`marshall2024` begin: a variational autoencoder with a ResNet for an encoder, trained at five rates of dropout.
# A dot moves in a circle before it, random projections show the path that each layer's activity takes in space, and two
# plots are to set the exponent of every layer's spectrum against the energy of that path, and against how well it keeps
# the distances between the images. The plots were never released, and neither was the program that draws them.
#
# Here they are, with the controls that they need. A network that was
# trained with masks and is tested without them has the wrong normalisation; an untrained one whose normalisation was never
# measured is no network at all. An exponent that is fitted over more ranks in a wide layer may follow the width. And a dot
# is a picture that the network has never seen.

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
# How a network is tested decides much of what one sees in it: at equal epochs, masks off, strong dropout leaves a narrow
# encoder fewer dimensions, with masks on noise adds some, and with the stored normalisation it
# hardly answers at all. Training without dropout makes pooled spectra steeper and paths slower than those of the weights
# that training began with, the network's *first weights*. Dropout of 0.4 makes them steeper still in networks of full width,
# pooled or flattened; narrow ones do not decide it. And in the promised plots of trained networks next to nothing is
# decided, once the width of the layers is held fixed.
#
# - {ref}`sec-vae-model`: a ResNet-18, and seventeen masks on the way.
# - {ref}`sec-vae-loss`: two terms, the floor under them, and a factor of 50.
# - {ref}`sec-vae-training`: what trains here, and the runs that the evidence comes from.
# - {ref}`sec-vae-tests`: masks off, masks on, and normalisation measured anew.
# - {ref}`sec-vae-spectra`: width first, then training and dropout.
# - {ref}`sec-vae-masks`: signal apart from the masks' noise.
# - {ref}`sec-vae-dot`: their paths through the layers, smooth or rough.
# - {ref}`sec-vae-promised`: what is left of them with the width of the layers held fixed.
# - {ref}`sec-vae-yours`: the same instruments, in a few lines.
#
# You need convolutional networks, the variational autoencoder of {cite:t}`kingma2014`, and {ref}`nb-zeta-energy`,
# whose terms are used: level and {term}`path energy`, the {term}`critical exponent`, and the
# {term}`participation ratio`. Symbols are those of {doc}`../book/notation`; {math}`D` is the dropout rate.

# %% tags=["parameters"]
seed: int = 0  # which images, masks and projections
dataset: str = "mnist-5k"  # or "folder", "cifar-10", "fashion-mnist"
data_folder: str = ""  # where the files of a data set lie; "" is its usual place
n_train: int = 1_000  # images to train on; 0 takes all
n_test: int = 300  # images to test and to dissect on; 0 takes all
image_size: int = 32  # pixels on a side, as the network sees them; 224 in print
width: int = 16  # channels of the first layer; 64 in print
rates: str = "0 0.4"  # dropout, 0 first; "0 0.2 0.4 0.6 0.8" in print
seeds: str = "0"  # of weights and training, one network each a rate
epochs: int = 2  # 200 in print
batch: int = 20  # images a step; 50 in print
learning_rate: float = 0.01  # of Adam; 0.001 in print
device: str = "cpu"  # or "cuda"
compiled: bool = False  # torch.compile on CUDA: a minute a rate, then faster
runs_folder: str = ""  # where checkpoints are kept, to go on; "" keeps none
finished_only: bool = False  # measure networks that are trained, train no other
scheduler: str = ""  # address of a Dask scheduler to train on; "" trains here
wandb_project: str = ""  # of Weights & Biases, to follow a training in; "": none
ranks: str = "3 11"  # window of exponents over images; "4 40" at full width
n_frames: int = 400  # places of the dot, a multiple of 8, at least 400
n_projections: int = 200  # random projections of every stage
save_as: str = ""  # "cifar-32" keeps what is measured, a file a network
results_folder: str = ""  # where it is kept; "" is the book's own place
compare_with: str = "cifar-32-narrow cifar-32"  # kept runs that are shown
torchvision_model: str = "resnet18"  # for the last section

# %% tags=["hide-input"]
from polylib import figures, validate
from polylib.runs import results

parameters = validate.parameters(globals())
figures.use_style()

# %% [markdown]
# First the picture that the rest explains, from a kept run.

# %% tags=["hide-input"]
from pathlib import Path

import numpy as np

BLOCKS = [f"encoder.layer{i}.{j}" for i in (1, 2, 3, 4) for j in (0, 1)]
where = Path(results_folder) if results_folder else results.folder()


def of_run(name):
    """What was kept of a run's networks, by seed and rate, or "untrained"."""
    found = {}
    for path in sorted(where.glob(f"06-resnet-vae-{name}-seed-*.json")):
        s, _, who = path.stem.partition("-seed-")[2].partition("-")
        values = results.load(path.stem, folder=where)["values"]
        found[int(s), who.removeprefix("dropout-")] = values
    return found


def number(record, key):
    """Of a stage: the number, without the ends of its interval."""
    return record[key][0] if isinstance(record[key], list) else record[key]


def middle(records, key):
    """Of a network: the median over its encoder's eight blocks."""
    found = [number(records[name], key) for name in BLOCKS]
    return float(np.median([value for value in found if value is not None]))


kept = {name: of_run(name) for name in compare_with.split()}
kept = {run: found for run, found in kept.items() if found}

# %%
for run, found in kept.items():
    print(f"{run}: {len(found)} files, one a network or its first weights")


# %% tags=["hide-input"]
import matplotlib.pyplot as plt

WORDS = {"off": "as stored", "on": "masks on", "recalibrated": "recalibrated"}
SPECTRA = {"off": "stored", "on": "masked", "recalibrated": "pooled"}
ENOUGH = 3  # networks a rate, from which on something is said of networks


def rates_of(run):
    """Rates of dropout that a run has, as they are written."""
    return sorted({who for _, who in kept[run] if who != "untrained"}, key=float)


def seeds_of(run, *whos):
    """Seeds for which a run has all of these."""
    return [s for s in range(99) if all((s, who) in kept[run] for who in whos)]


def colour(index):
    """One colour, marker and dash a rate of dropout."""
    marks = {"marker": figures.MARKERS[index], "markersize": 4}
    return {"color": f"C{index}", "linestyle": figures.DASHES[index]} | marks


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Networks of the narrow kept run tested in three ways, one mark a network, its seeds side by side: as stored (masks off, normalisation as training left it), with the masks on, and recalibrated (masks off, normalisation measured anew). Left: the loss, in bits a pixel value. Right: in how many directions the encoder's blocks vary over images (participation ratio of channels averaged over positions, median of the eight blocks); the grey band is the range of their own first weights, the hatched one with masks on at D = 0.4. Where marks stand at 0 directions, the median block does not vary.", "name": "fig-vae-ways"}, "image": {"alt": "Two panels against the rate of dropout, 0, 0.4 and 0.8, with three marks for each of three ways to test. Left, all ways read about 0.92 bits without dropout; as stored they rise to 0.97 to 1.01, with masks on or recalibrated to 0.94 and then 0.98. Right, about two directions without dropout; recalibrated they fall to 1.3 and to 1, with masks on they rise to 3 and to 12, and as stored they fall to 0 at the rate 0.8. The grey band of first weights lies between 6 and 8, the hatched one of first weights with masks on between 24 and 31."}}
shown_run = next(iter(kept), None)
_, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.2))
for index, (way, place_) in enumerate(SPECTRA.items()):
    style = colour(index) | {"linestyle": ""}
    for spot, who in enumerate(rates_of(shown_run) if shown_run else ()):
        found = [kept[shown_run][s, who] for s in seeds_of(shown_run, who)]
        x = spot + 0.22 * (index - 1) + 0.05 * np.arange(len(found))
        label = None if spot else WORDS[way]
        left.plot(
            x, [r["test"][way]["bits"] for r in found], label=label, **style
        )
        # without dropout there are no masks
        spectra_ = [r.get(place_, r["stored"]) for r in found]
        right.plot(x, [middle(r, "participation") for r in spectra_], **style)
if shown_run:
    twins = [
        kept[shown_run][s, "untrained"] for s in seeds_of(shown_run, "untrained")
    ]
    for place_, hatch in (("pooled", ""), ("masked", "////")):
        dims = [middle(r[place_], "participation") for r in twins]
        look = {"facecolor": "0.85", "edgecolor": "0.5", "hatch": hatch}
        right.axhspan(min(dims), max(dims), linewidth=0, **look)
    right.set_yscale("symlog", linthresh=1)
    right.set_yticks([0, 1, 2, 5, 10, 20], ["0", "1", "2", "5", "10", "20"])
    for ax in (left, right):
        ax.set_xticks(range(len(rates_of(shown_run))), rates_of(shown_run))
        ax.set(xlabel="rate of dropout D in training")
left.set(ylabel="test bits a pixel value")
left.legend()
right.set(ylabel="participation ratio (directions)")
plt.show()

# %%
if shown_run:
    print(
        f"first weights, masks on: {min(dims):.0f} to {max(dims):.0f} dimensions"
    )

# %% [markdown]
# One network, three answers. On the right even the sense differs: dropout empties the encoder or fills it. With masks on
# even
# first weights reach 24 to 31 dimensions: the masks fill the encoder, not the training.
#
# (sec-vae-model)=
# ## The network as described
#
# Images enter a ResNet-18 {cite:p}`he2016` without its last layer. Two fully connected layers follow, and two heads for
# the mean and
# the log variance of a code of 256 Gaussian numbers. Two more fully connected layers and three transposed convolutions
# lead from the code to a small image, which is stretched to the size of the input. The size in print is that of the
# images of ImageNet, with 1,024 units in each fully connected layer.
#
# Dropout follows every ReLU of the ResNet, and nothing else. There are nine ReLU modules, but a residual block uses its
# one ReLU twice. How often does a signal meet dropout on its way?

# %%
import torch
from polylib.resnet_vae import STAGES, ResNetVAE

described, applied = ResNetVAE(), []
modules = [m for m in described.modules() if isinstance(m, torch.nn.Dropout)]
for module in modules:
    module.register_forward_hook(lambda *_: applied.append(1))
with torch.no_grad():
    described.eval()(torch.zeros(1, 3, 224, 224))
n_parameters = sum(p.numel() for p in described.parameters())
print(f"{n_parameters:,} parameters, {len(STAGES)} stages")
print(f"dropout: {len(modules)} modules, applied {len(applied)} times a pass")
assert (n_parameters, len(modules), len(applied)) == (14_618_265, 9, 17)

# %%
# the last use of each module lies on the way that all signals take
long, short = (0.8**-n for n in (len(applied), len(modules)))
print(f"at D = 0.2 a bit survives the long way once in {long:.0f}", end=", ")
print(f"the short one once in {short:.0f}")

# %% [markdown]
# A signal that takes every residual branch meets all seventeen masks; one that keeps to the skip connections meets nine.
# {ref}`nb-dropout-capacity` says what that means for a code that is never written anew: a bit that a single neuron
# carries survives with probability {math}`(1-D)^{17}` on the long way, and {math}`(1-D)^9` on the short one.
#
# A *stage* will be a place where we look: the stem, the eight residual blocks, the pooled output, and each step of the
# rest. On the axes 3.1 is the second block of layer 3 (the ResNet has four layers of two blocks), fc a fully connected
# layer, mean the mean of the code, deconv a transposed convolution.

# %% [markdown]
# (sec-vae-loss)=
# ## What the loss measures
#
# The loss of an image is a cross-entropy between its pixels {math}`x` and their reconstructions {math}`p`, summed over
# all of them, and a divergence between the code's Gaussian, with mean {math}`\mu` and variance
# {math}`v` for each of its numbers, and the standard normal. The first is meant for pixels that are black or white.
# These are grey. Is the number then a length of any code?
#
# It is, of one that nobody sends. Let each pixel throw a coin that shows white with probability {math}`x`. The
# cross-entropy is the mean number of nats in which a reconstruction {math}`p` encodes the coins. So it has a floor above
# 0, the entropy of the coins, and no network can go below it. (A likelihood of grey images needs another density
# {cite:p}`loaiza2019`.)

# %% tags=["hide-input"]
from polylib.derivation import Derivation, named
from scipy.integrate import quad
from scipy.stats import norm
from sympy import evaluate, log, pi, symbols

mu = symbols("mu", real=True)
v, x, p, t = symbols("v x p t", positive=True)
with evaluate(False):
    log_q = -(log(2 * pi * v) + v / v) / 2  # means over q
    log_p = -(log(2 * pi) + (mu**2 + v)) / 2
    nats = (mu**2 + v - 1 - log(v)) / 2
    coin = -x * log(p) - (1 - x) * log(1 - p)
    of_coins = -x * log(x) - (1 - x) * log(1 - x)
KL = named(r"D_{\mathrm{KL}}", log_q - log_p)
BCE = named(r"\mathrm{BCE}(x, p)", coin)


def by_integral(mu, v):
    """Divergence of N(mu, v) from N(0, 1) in nats, integrated."""
    q = norm(mu, np.sqrt(v))

    def integrand(z):
        return q.pdf(z) * (q.logpdf(z) - norm.logpdf(z))

    return quad(integrand, *q.ppf([1e-14, 1 - 1e-14]), epsabs=1e-12, limit=200)[0]


def from_the_moments(mu, v):
    return (mu**2 + v - 1 - np.log(v)) / 2


# %% tags=["hide-input"]
terms = Derivation("The two terms of the loss", "supplement 1")
terms.equal(KL, nats, "moments of a Gaussian put in; in nats")
cases = [(m, s) for m in (-2.0, 0.0, 0.5) for s in (0.01, 0.5, 1.0, 3.0)]
terms.agrees(from_the_moments, by_integral, cases, 1e-8, "against the integral")
words = "the logarithm lies below its tangent"
log_gap = terms.at_most(log(t), t - 1, {}, words)
divergence = x * log_gap(p / x) + (1 - x) * log_gap((1 - p) / (1 - x))
words = "the entropy of a coin is the floor; what lies above it is a divergence"
terms.at_most(of_coins, BCE, {x: (0, 1), p: (0, 1)}, words, by=divergence)
terms

# %% [markdown]
# Divided by {math}`\ln 2` and by the number of pixel values, the sum of both terms is the usual {term}`bits per dimension`,
# in which batches and images of any size can be compared. The released program has no such scale: its two curves differ
# by a factor that has nothing to do with learning. Nor is its test loss the bound. Outside of training the network decodes
# the *mean* of the code, and the bound is a mean over codes drawn from the Gaussian. We report both.

# %% tags=["hide-input"]
wording = Derivation("Words about the network", source="supplement 1")
wording.remark(
    "uses a pre-trained ResNet18 model for encoding",
    "the released program starts from random weights",
    line="ResNetVAE/modules.py",
)
wording.remark(
    "record the loss metrics throughout the training process",
    "what the released program records for training is a sum over a batch of 50 "
    "images, and for testing a mean for one image: a factor of 50 between the "
    "curves",
    line="ResNetVAE/ResNetVAE_cifar10.py",
)
wording

# %% [markdown]
# (sec-vae-training)=
# ## Training
#
# What trains on this page is a sketch that shows how, on handwritten digits {cite:p}`lecun1998`, with a learning rate
# that gets to a
# black background in a few hundred steps. No sentence about networks rests on it. The evidence comes
# from two kept runs on the paper's own images, CIFAR-10 (Krizhevsky 2009), colour photographs of ten kinds of things, three
# networks a rate: a *narrow* one, which the pictures show, and one of full width, with four times the images, two
# rates, and a network of a third.

# %% tags=["hide-input"]
from polylib.tables import table

asked_for = {"print": (50_000, 224, 64, "0 0.2 0.4 0.6 0.8", 200, 50, 0.001)}
names = ("n_train", "image_size", "width", "rates", "epochs", "batch")
names += ("learning_rate",)
for run in kept:
    one = sorted(where.glob(f"06-resnet-vae-{run}-seed-*.json"))[0].stem
    record = results.load(one, folder=where)
    of_it = record["parameters"] | {"rates": " ".join(rates_of(run))}
    asked_for[run] = [of_it[name] for name in names]
    print(results.describe(record, of_it))
asked_for["this page"] = [parameters[name] for name in names]
heads = ("training images", "pixels on a side", "channels of the first layer")
heads += ("rates of dropout", "epochs", "images a step", "learning rate")
asked_for = {k: [f"{x}" for x in v] for k, v in asked_for.items()}
table({"": heads} | asked_for, "What the networks were trained on, and how.")

# %%
from dataclasses import replace
from functools import partial
from tempfile import TemporaryDirectory

import torch
from polylib import images
from polylib.resnet_vae import Settings, place, train_many
from threadpoolctl import threadpool_limits

if device == "cpu":  # small matrices wait for threads longer than they compute
    torch.set_num_threads(1)
    threadpool_limits(1)
torch.backends.cudnn.allow_tf32 = False  # the tails of spectra need the digits

# %%
folder = Path(data_folder).expanduser() if data_folder else None
sizes = {"n_train": n_train or None, "n_test": n_test or None, "seed": seed}
load = partial(images.load, dataset, folder, **sizes)
names = ("image_size", "width", "epochs", "batch", "learning_rate", "device")
common = Settings(compile=compiled, **{name: parameters[name] for name in names})
pairs = [(int(s), float(rate)) for s in seeds.split() for rate in rates.split()]
asked = {pair: replace(common, seed=pair[0], dropout=pair[1]) for pair in pairs}

# %%
scratch = TemporaryDirectory()
runs = Path(runs_folder).expanduser() if runs_folder else Path(scratch.name)
how = {"scheduler": scheduler or None, "wandb_project": wandb_project}
how |= {"finished_only": finished_only}
networks = train_many(load, list(asked.values()), runs, **how)

# %% [markdown]
# ### What is measured
#
# Activity is read at all stages by hooks that keep copies, because the network's ReLUs overwrite what they are given. The
# *untrained twin* of a network
# has the weights that its training began with, and the means and variances of its batch normalisation measured over
# two thousand training images; *recalibrated* networks have theirs measured over the same images, with the masks off.

# %% tags=["hide-input"]
from polylib.representation import over_frames, over_images
from polylib.resnet_vae import STAGES, interpolation, recalibrated, translation

pictures = load()
calibration = pictures.train[:2_000]
test_images = images.prepare(pictures.test.to(device), image_size)
dot = images.dot_frames(n_frames, image_size, channels=3, dtype=torch.float64)
KEPT = ("units", "alpha", "participation", "bits", "reliability", "shared_alpha")


def spectra(model, reading="pooled", masks=False, shown=test_images):
    """Of every stage, how it varies over images; unless pooled, over 300."""
    torch.manual_seed(seed)
    parts = (shown if reading == "pooled" else shown[:300]).split(100)
    window = tuple(int(rank) for rank in ranks.split())
    how = {"reading": reading, "dropout": masks, "ranks": window}
    found = over_images(model, parts, STAGES, **how)
    return {n: {k: r[k] for k in KEPT if k in r} for n, r in found.items()}


def moves(model, frames, **how):
    """Of every stage, the path that its activity takes along these frames."""
    rng = np.random.default_rng(seed)
    how |= {"n_projections": n_projections, "rng": rng}
    return over_frames(model, frames.to(device), STAGES, **how)


# %% tags=["hide-input"]
READINGS = ("pooled", "flattened", "per position")


def at_rest(model, masks):
    """A network with its masks off: three readings, the dot, real images."""
    pairs, short = test_images[:4].double().split(2), {"stride": 1}
    fades = [interpolation(*pair, 50) for pair in pairs]
    shifts = [translation(pair[0], 50, image_size / 8) for pair in pairs]
    short |= {"ring_ranks": (3, 12)}
    record = {reading: spectra(model, reading) for reading in READINGS}
    record["dot"] = moves(model, dot, dropout=masks)
    record["fade"] = [moves(model, frames, **short) for frames in fades]
    record["shift"] = [moves(model, frames, **short) for frames in shifts]
    return record


# %% [markdown]
# Also at equal test bits, and with test images that are compressed once more.

# %% tags=["hide-input"]
from polylib.resnet_vae import after_epoch, nearest_epoch, recompressed
from polylib.resnet_vae import evaluate as tested

COLUMNS = ("epoch", "seconds", "train_bits", "test_bits", "active_units")


def at_equal_bits(settings, bits):
    """The network without dropout after the epoch with the nearest test bits."""
    plain = replace(settings, dropout=0.0)
    if (plain.seed, 0.0) not in networks:
        return {}
    past = networks[plain.seed, 0.0][1].column("test_bits").tolist()
    epoch = nearest_epoch(past, bits)
    then = recalibrated(
        after_epoch(plain, place(runs, plain), epoch), calibration
    )
    return {"epoch": epoch, "bits": past[epoch - 1], "pooled": spectra(then)}


def compressed_again(model):
    """The same numbers for test images that are JPEG files once more."""
    if pictures.test.shape[1] != 3:
        return {}
    record = {}
    for name, shift in (("same blocks", 0), ("other blocks", 4)):
        again = recompressed(pictures.test, shift=shift).to(device)
        shown = images.prepare(again, image_size)
        record[name] = {"bits": tested(model, again)["bits"]}
        record[name] |= {"pooled": spectra(model, shown=shown)}
    return record


# %%
def measured(settings, model, history):
    """What this chapter says of one network, as JSON holds it."""
    quiet, masks = recalibrated(model, calibration), settings.dropout > 0
    torch.manual_seed(seed)
    ways = {"off": (model, {}), "on": (model, {"masks": True})}
    ways |= {"recalibrated": (quiet, {}), "drawn": (model, {"draws": 4})}
    test = {k: tested(m, pictures.test, **how) for k, (m, how) in ways.items()}
    record = {"history": {k: history.column(k).tolist() for k in COLUMNS}}
    record |= {"test": test, "stored": spectra(model), **at_rest(quiet, masks)}
    if masks:
        equal = at_equal_bits(settings, test["recalibrated"]["bits"])
        return record | {"masked": spectra(model, masks=True), "equal": equal}
    return record | {"jpeg": compressed_again(quiet)}


# %%
from polylib.resnet_vae import twin


def untrained(settings):
    """The same of a network's first weights; its masks have the rate 0.4."""
    start = replace(settings, dropout=0.4)
    record = at_rest(twin(start, calibration), masks=True)
    noisy = twin(start, calibration, masks=True)
    return record | {"masked": spectra(noisy, masks=True)}


# %% tags=["hide-input"]
NOT_ASKED = "seeds rates runs_folder results_folder data_folder finished_only"
NOT_ASKED += " compare_with scheduler wandb_project torchvision_model"


def kept_or_made(settings, who, make):
    """A measurement by its name; made, if none has the same settings."""
    what = {k: v for k, v in parameters.items() if k not in NOT_ASKED.split()}
    what |= {"seed": settings.seed, "rates": who.removeprefix("dropout-")}
    name = f"06-resnet-vae-{save_as}-seed-{settings.seed}-{who}"
    if save_as and (where / f"{name}.json").is_file():
        found = results.load(name, folder=where)
        if all(found["parameters"].get(k) == v for k, v in what.items()):
            return found["values"]
    values = make()
    if save_as:
        results.save(name, values, what, device=device, folder=where)
    return values


# %%
fresh = {}
for (s, rate), (model, history) in networks.items():
    make = partial(measured, asked[s, rate], model, history)
    who = f"{rate:g}"
    fresh[s, who] = kept_or_made(asked[s, rate], f"dropout-{who}", make)
for s in {s for s, _ in networks}:
    of_seed = replace(common, seed=s)
    make = partial(untrained, of_seed)
    fresh[s, "untrained"] = kept_or_made(of_seed, "untrained", make)
print(f"{len(networks)} trained networks and their twins measured")

# %%
grey = images.prepare(pictures.test, image_size)  # the coins of the loss
same = images.prepare(pictures.train, image_size).mean(0).clamp(1e-3, 0.999)
cost = torch.nn.functional.binary_cross_entropy
alone = {"floor": cost(grey, grey), "blank": cost(same.expand_as(grey), grey)}
alone = {name: float(nats) / np.log(2) for name, nats in alone.items()}
if save_as:
    name = f"06-resnet-vae-{save_as}-pixels"
    results.save(name, alone, parameters, device=device, folder=where)

# %% [markdown]
# (sec-vae-tests)=
# ## Three ways to test
#
# Dropout off, batch normalisation as stored: that is how a network is tested. But what training stored was measured
# with the masks on. A mask of rate {math}`D` leaves the mean of an activity as it is and raises its mean square to
# {math}`1/(1-D)` times what it was; with the masks off the variance is smaller than the stored one, layer after layer,
# a *variance shift*
# {cite:p}`li2019`. Two controls tell it from what the network has learnt: test with the masks *on*, as it was trained; or
# switch them off and measure the statistics anew, *recalibrated*.
#
# A unit of the code is *active* if its mean varies over images by more than 0.01. If none is, the posterior has
# *collapsed*, and the decoder draws one picture for all. So put beside the bits their floor, and a *blank* answer: the mean
# training image, for every image.

# %%
if save_as or not kept:  # what is measured here is evidence then
    kept[save_as or "this page"] = fresh
else:
    kept["sketch"] = fresh


# %% tags=["hide-input"]
def beside(run):
    """Floor and blank answer for the test images of a run."""
    name = f"06-resnet-vae-{run}-pixels"
    if run in ("sketch", "this page", save_as):
        return alone
    if not (where / f"{name}.json").is_file():
        return dict.fromkeys(alone, np.nan)
    return results.load(name, folder=where)["values"]


def means_of(records, way, key):
    """Mean over networks of what a test says."""
    return float(np.mean([record["test"][way][key] for record in records]))


groups = {
    (run, who): [kept[run][s, who] for s in seeds_of(run, who)]
    for run in kept
    for who in rates_of(run)
}
columns = {"run, D": [f"{run}, {who}" for run, who in groups]}
columns["networks"] = [len(records) for records in groups.values()]
for name in alone:
    columns[name] = [beside(run)[name] for run, _ in groups]
for way, words in WORDS.items():
    columns[words] = [means_of(r, way, "bits") for r in groups.values()]
of_bits = dict.fromkeys([*alone, *WORDS.values()], ".3f")
caption = (
    "Test bits per dimension: floor, blank answer, and three ways, means. "
    "The sketch is what this page trained; the kept runs saw CIFAR-10."
)
table(columns, caption, of_bits)

# %% tags=["hide-input"]
codes = {"run, D": columns["run, D"]}
for way, words in (("off", "as stored"), ("recalibrated", "recalibrated")):
    codes[f"active, {words}"] = [
        " ".join(f"{r['test'][way]['active_units']:.0f}" for r in records)
        for records in groups.values()
    ]
codes["KL, nats"] = [means_of(r, "recalibrated", "kl") for r in groups.values()]
drawn = [means_of(r, "drawn", "bits") for r in groups.values()]
codes["drawn less mean"] = np.subtract(drawn, columns[WORDS["off"]])
caption = (
    "Active units of the code, of 256, one number a network; the divergence, "
    "recalibrated; and, as stored, bits with drawn codes less those with means."
)
table(codes, caption, {"KL, nats": ".1f", "drawn less mean": "+.3f"})

# %% [markdown]
# As stored, the networks of the strongest dropout pay more than a blank answer. Without dropout, too, statistics measured
# anew test better: what a network stores is a running average over its last batches, which may lag behind weights that
# move. So the first box subtracts what recalibrating saves without dropout from what it saves with it. Networks with the
# same
# seed saw the same images in the same order from the same first weights, so differences are taken pair by pair.

# %% tags=["hide-input"]
from polylib.finding import Finding


def enough(run):
    """Rates of which a run has enough networks, with their twins."""
    return [
        w for w in rates_of(run) if len(seeds_of(run, w, "untrained")) >= ENOUGH
    ]


evidence = {run: whos for run in kept if (whos := enough(run))}
evidence = evidence or {run: rates_of(run) for run in [*kept][:1]}
each = [
    seeds_of(run, who, "untrained") for run in evidence for who in evidence[run]
]
fewest, main = min(map(len, each)), next(iter(evidence))
masked = [(run, who) for run in evidence for who in evidence[run] if float(who)]


# %%
def about(title, unit, null=""):
    """A finding about as many networks as all of its rows have."""
    kind = {1: "this network", 2: "these networks"}.get(fewest, "networks")
    return Finding(title, "this book", "networks", fewest, kind, null, unit)


def over(run, read, *whos):
    """A number of each of the first `fewest` networks, for each of these."""
    found = seeds_of(run, *whos)[:fewest]
    return [[read(kept[run][s, who]) for s in found] for who in whos]


# %%
def bits(way):
    """A reader of the bits of a network, tested in this way."""
    return lambda record: record["test"][way]["bits"]


def active(way):
    """A reader of its active units."""
    return lambda record: record["test"][way]["active_units"]


# %% tags=["hide-input"]
shifted = about(
    "Normalisation measured anew saves more where there was dropout",
    "bits per dimension saved by measuring statistics anew, masks off",
    "the same saving of networks trained without dropout",
)
for run, who in masked:
    stored, anew = (
        over(run, bits(way), who, "0") for way in ("off", "recalibrated")
    )
    shifted.more(*np.subtract(stored, anew), run=run, rate=float(who))
shifted

# %% tags=["hide-input"]
pays = about(
    "Trained with dropout, and recalibrated, a network still pays more",
    "bits per dimension",
    "networks trained without dropout for as many epochs, recalibrated",
)
for run, who in masked:
    both = over(run, bits("recalibrated"), who, "0")
    pays.more(*both, run=run, rate=float(who))
pays

# %% [markdown]
# And the code that looks collapsed?

# %% tags=["hide-input"]
woken = about(
    "Normalisation measured anew makes more of the code active",
    "active units of the code, masks off",
    "the same networks with their stored statistics",
)
answer = "as many units woke in every network"
for run, who in masked:
    anew, stored = (
        over(run, active(way), who)[0] for way in ("recalibrated", "off")
    )
    if np.ptp(np.subtract(anew, stored)):  # else as many woke in all of them
        woken.more(anew, stored, run=run, rate=float(who))
        answer = woken
answer

# %% [markdown]
# Measured anew, the codes of the narrow networks trained at the strongest rate do tell images apart: the collapse was one of
# the test. At full width a rate of 0.4 leaves three units of 256 active either way, no dropout 8 to 103.
#
# Equal epochs are not equal training: a network with dropout may be earlier on its way. So what is compared between
# rates below is compared at equal epochs and, besides, with the network without dropout as it was after the epoch in
# which its test bits were closest.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Training of the narrow kept run's networks, a line each: test bits, masks off and statistics as stored (left), and active units of the code in the same test (right), by epoch.", "name": "fig-vae-training"}, "image": {"alt": "Left, without dropout three lines fall from 1.0 to 0.92, ever more slowly; at D = 0.4 two rise to 1.1 before they fall, and all end between 0.97 and 1.0; at 0.8 all stay at 1.0. Right, without dropout about 250 units are active from the second epoch on; at 0.4 none until the fourth, then more and more, up to 180; at 0.8 none throughout."}}
figures.use_palette()
_, axes = plt.subplots(1, 2, figsize=(8.4, 3.2))
for index, who in enumerate(evidence[main]):
    for count, s in enumerate(seeds_of(main, who)):
        past = kept[main][s, who]["history"]
        style = colour(index) | {"label": None if count else f"D = {who}"}
        axes[0].plot(past["epoch"], past["test_bits"], **style)
        axes[1].plot(past["epoch"], past["active_units"], **style)
axes[0].set(xlabel="epoch", ylabel="test bits per dimension, as stored")
axes[1].set(xlabel="epoch", ylabel="active units, as stored", ylim=(-5, 270))
axes[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# (sec-vae-spectra)=
# ## How layers vary over images
#
# The {term}`decay coefficient` of the described program is the exponent of a layer's spectrum over images; we take it
# with the estimator of {ref}`sec-power-exponent`. Three choices are not in the description.
#
# *The window.* An exponent depends on the ranks that it is fitted over. The exponents of a kept run share one window of
# ranks that all stages of the encoder have,
# 3 to 11 in narrow networks and 4 to 40 at full width; stages with fewer channels have none.
#
# *The reading.* A convolution gives a map. *Pooled*: a unit is a channel's mean over positions. *Flattened*: each
# channel at each position is a unit. *Per position*: units are channels, samples are positions (of which layer 4 has one
# an image).
#
# *The statistics.* Unless it says otherwise, masks are off and networks are recalibrated, twins too.
#
# And before any sentence on depth: an encoder's blocks get wider as they get deeper. What follows depth may follow width.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Pooled readings of all stages against their number of channels, one point a stage and network of the narrow kept run: exponent over common ranks, participation ratio, and bits (the Gaussian rate of chapter 4, at the step that gives the first component 4 bits). Masks off, recalibrated; the rate between is left out.", "name": "fig-vae-width"}, "image": {"alt": "Three scatter plots, one above the other, over 2 to 256 channels. Exponents of the first weights fall from 3 at 16 channels to below 0.5 at 256; those of trained networks lie between 1.6 and 3.8, and up to 5 at 256 channels. Participation ratios rise from 1 to 50 for first weights, to 6 without dropout, and hardly above 1 at D = 0.8. Bits rise likewise, to 300, to 35, and to 8."}}
def chosen(run):
    """Whom figures show: no dropout, the most, the twins; with their marks."""
    few = [evidence[run][0], evidence[run][-1], "untrained"]
    marks = [colour(0), colour(1), {"color": "0.5", "marker": "x"}]
    words = [f"D = {few[0]}", f"D = {few[1]}", "untrained"]
    return list(zip(few, words, marks, strict=True))


_, axes = plt.subplots(3, figsize=(5.2, 7.6), sharex=True)
for who, words, mark in chosen(main):
    stages = [
        r
        for s in seeds_of(main, who)
        for r in kept[main][s, who]["pooled"].values()
    ]
    for ax, key in zip(axes, ("alpha", "participation", "bits"), strict=True):
        found = [(r["units"], number(r, key)) for r in stages if r[key]]
        ax.plot(*np.transpose(found), label=words, **mark | {"linestyle": ""})
        ax.set(xlim=(1.5, 400))
        figures.log_ticks(ax)
        ax.xaxis.set_major_locator(plt.LogLocator(base=2))
axes[0].set(ylabel=f"exponent, ranks {ranks.replace(' ', ' to ')}")
axes[1].set(ylabel="participation ratio", yscale="log")
axes[2].set(xlabel="channels", ylabel="bits", yscale="log")
axes[0].legend()
plt.show()


# %%
def by_doubling(record):
    """Of one network: doublings of dimensions a doubling of channels."""
    found = [record["pooled"][name] for name in BLOCKS]
    x, y = (np.log2([r[k] for r in found]) for k in ("units", "participation"))
    return float(np.polyfit(x, y, 1)[0])


# %% tags=["hide-input"]
wider = about(
    "Wider stages vary in more dimensions",
    "doublings of the participation ratio a doubling of channels, by block",
)
for run in evidence:
    for who in (*evidence[run], "untrained"):
        of = "first" if who == "untrained" else f"D = {who}"
        wider.more(over(run, by_doubling, who)[0], 0, run=run, weights=of)
wider

# %% [markdown]
# ### Training, and dropout
#
# What does training do, against the network's own first weights? And dropout? A number of a network is the median over the
# eight blocks of its encoder. Steepness and dimensions may part: the largest eigenvalues weigh most in the
# participation ratio, and the exponent's window leaves out the first.

# %% tags=["hide-input"]
trained_more = about(
    "Training without dropout makes the encoder's spectra steeper",
    "median exponent of the encoder's blocks, common ranks",
    "their own first weights, normalisation measured over training images",
)
for run in evidence:
    for reading in READINGS:
        read = lambda r, name=reading: middle(r[name], "alpha")  # noqa: E731
        pair = over(run, read, "0", "untrained")
        trained_more.more(*pair, run=run, reading=reading)
trained_more

# %% [markdown]
# Block by block, and rate by rate:

# %% tags=["hide-input"]
from polylib.derivation import Choice, Kept, explore

D, how, block = symbols("D reading i")
whos = evidence[main]
seeds_ = seeds_of(main, *whos, "untrained")


def exponents(s, who):
    """Of a kept network, in every reading: the exponents of the blocks."""
    stages = (kept[main][s, who][reading] for reading in READINGS)
    return [[number(of[name], "alpha") for name in BLOCKS] for of in stages]


found = np.array([[exponents(s, w) for w in whos] for s in seeds_], dtype=float)
first = np.array([exponents(s, "untrained") for s in seeds_], dtype=float)
marks = [
    Kept(np.arange(1.0, 9) + 0.08 * at, x, f"seed {s}", by=(D, how), digits=3)
    for at, (s, x) in enumerate(zip(seeds_, found, strict=True))
]
line = Kept(np.arange(1.0, 9), first.mean(0), "first weights, mean", (how,), True)

# %% tags=["hide-input"]
explore(
    [line, *marks],
    x=(block, 0.6, 8.4),
    y=(0, 4),
    sliders={
        D: Choice([float(w) for w in whos], whos),
        how: Choice(range(3), READINGS),
    },
    labels=("block of the encoder", "exponent of its spectrum"),
    names={D: "dropout rate D in training", how: "reading of a map"},
    readouts={
        "median of the blocks": (np.nanmedian(found, -1).mean(0), ".1f", (D, how))
    },
    ticks={"x": {i: str(i) for i in range(1, 9)}},
    caption="Exponents of the encoder's blocks, three networks a rate, and of "
    "their first weights (mean), in three readings of a map. Whether dropout "
    "makes them steeper, these narrow networks do not decide.",
    alt="Dots of three networks over eight blocks, between exponents of 1.7 and "
    "3.0, and the line of the first weights, which falls from 2.4 to 0.5.",
)

# %% [markdown]
# We compare in three ways: as stored; recalibrated, at equal epochs; recalibrated, against the epoch without dropout whose
# stored bits are nearest to those of the recalibrated network.


# %%
def in_ways(read, run, who):
    """With dropout and without, recalibrated; equal epochs, equal bits."""
    quiet, plain = over(run, read, who, "0")
    yield "equal epochs", quiet, plain
    equal = over(run, lambda r: read(r["equal"]), who)[0]
    if equal != plain:  # else the last epoch is the nearest, in all
        yield "equal bits", quiet, equal


# %% tags=["hide-input"]
steeper = about(
    "Dropout makes the encoder's spectra steeper",
    "median exponent of the encoder's blocks, common ranks",
    "networks of the same seed trained without dropout",
)
for run, who in masked:
    here = {"run": run, "rate": float(who)}
    stored = over(run, lambda r: middle(r["stored"], "alpha"), who, "0")
    steeper.more(*stored, compared="as stored", reading="pooled", **here)
    for way, *both in in_ways(lambda r: middle(r["pooled"], "alpha"), run, who):
        steeper.more(*both, compared=way, reading="pooled", **here)
    here["compared"] = "equal epochs"
    for reading in READINGS[1:]:
        read = lambda r, name=reading: middle(r[name], "alpha")  # noqa: E731
        steeper.more(*over(run, read, who, "0"), reading=reading, **here)
steeper

# %% tags=["hide-input"]
fewer = about(
    "With the masks off, dropout leaves the encoder fewer dimensions",
    "logarithm of the blocks' median participation ratio, pooled",
    "networks of the same seed trained without dropout",
)
log_dims = lambda r: np.log(middle(r["pooled"], "participation"))  # noqa: E731
for run, who in masked:
    for way, *both in in_ways(log_dims, run, who):
        fewer.less(*both, compared=way, run=run, rate=float(who))
fewer

# %% [markdown]
# With the masks on, the noise is in the spectrum, too.

# %% tags=["hide-input"]
flatter = about(
    "With the masks on, dropout makes the encoder's spectra flatter",
    "median exponent of the encoder's blocks, pooled, common ranks",
    "networks of the same seed trained without dropout, which have no masks",
)
for run, who in masked:
    noisy = over(run, lambda r: middle(r["masked"], "alpha"), who)[0]
    plain = over(run, lambda r: middle(r["stored"], "alpha"), "0")[0]
    flatter.less(noisy, plain, run=run, rate=float(who))
flatter

# %% [markdown]
# Noise is spread over many directions.
#
# The kept runs read CIFAR-10 from JPEG copies, with the colours at half resolution. Compressed once more, on the same blocks
# of eight pixels or on others, its test images give nearly the same numbers.

# %%
plain = [kept[main][s, "0"] for s in seeds_of(main, "0")]
again = [(a, r) for r in plain for a in r["jpeg"].values()]
changes = {"bits": [a["bits"] - bits("recalibrated")(r) for a, r in again]}
for key, name in (("alpha", "exponent"), ("participation", "dimensions")):
    both = [[middle(r["pooled"], key) for r in pair] for pair in again]
    changes[name] = np.diff(both)
for name, x in changes.items():
    print(f"largest change of {name}: {np.max(np.abs(x), initial=0):.3f}")


# %% tags=["hide-input"]
def short(stage):
    """A stage's name on an axis: layer3.1 is 3.1, the second block of layer 3."""
    name = stage.removeprefix("encoder.").removeprefix("layer")
    return name.replace("relu", "stem").replace("avgpool", "pool")


def by_stage(ax, who, read, mark, label, centre=np.mean):
    """Mean, or else, over the main run's networks at every stage, and range."""
    heights = np.array(
        [
            [read(kept[main][s, who], st) for st in STAGES]
            for s in seeds_of(main, who)
        ],
        dtype=float,
    )
    x = np.arange(len(STAGES))
    if centre is not np.mean:  # of those networks that have a number
        heights = np.ma.masked_invalid(heights)
    middles = centre(heights, axis=0)
    ax.plot(x, middles, **mark, linewidth=1, label=label)
    ax.vlines(x, heights.min(0), heights.max(0), color=mark["color"], linewidth=1)
    ax.set_xticks(x, [short(st) for st in STAGES], rotation=90)


# %% [markdown]
# (sec-vae-masks)=
# ## What two masks agree on
#
# With the masks on activity is noisy, and part of its spectrum is the spectrum of the noise. Two passes of the same
# images under different masks tell the parts apart, as two repeats of a stimulus do for {cite:t}`stringer2019`: take
# the principal directions of one pass, and ask how much variance along them both passes share. This is the
# cross-validated PCA of {ref}`sec-power-exponent`, and the share of the total is a stage's {term}`reliability`.
#
# In the first stage one can say what comes out, as nothing before it is masked. A mask
# of rate {math}`D` multiplies each activity {math}`a_i` by {math}`0` or by {math}`1/(1-D)`. Pooling averages over
# positions afterwards.
#
# ```{prf:theorem} Masks before a mean
# :label: thm-mask-mean
# Let {math}`z = \frac1P \sum_i a_i M_i` be the mean over {math}`P` positions of masked activity, with independent masks
# {math}`M_i` of rate {math}`D`. Over masks its mean is that of the activity itself, and its variance is
#
# $$\operatorname{Var}(z) = \frac{D \sum_{i=1}^{P} a_{i}^{2}}{\left(1 - D\right) P^{2}}$$
# ```

# %% tags=["hide-input"]
from sympy import IndexedBase, KroneckerDelta, Sum

i, j = symbols("i j", integer=True)
P = symbols("P", integer=True, positive=True)
D = symbols("D", positive=True)
a, M, C = (IndexedBase(name, real=True) for name in "aMC")
mean_of_a = Sum(a[i], (i, 1, P)) / P
z_mean = named(r"\langle z\rangle", Sum(a[i] * M[i], (i, 1, P)) / P)
positions = (i, 1, P), (j, 1, P)
z_square = Sum(a[i] * a[j] * C[i, j], *positions) / P**2
z_var = named(r"\operatorname{Var}(z)", z_square - mean_of_a**2)
moments = {C[i, j]: 1 + KroneckerDelta(i, j) * D / (1 - D)}
with evaluate(False):
    mask_variance = (1 - D) * (1 / (1 - D)) ** 2 - 1
    spread = D / ((1 - D) * P**2) * Sum(a[i] ** 2, (i, 1, P))
masks = Derivation("Masks before a mean", source="this book")
words = "a mask M has mean 1"
masks.equal(z_mean, mean_of_a, words, given={M[i]: 1})
words = "its variance: a coin of height 1/(1 - D)"
masks.equal(mask_variance, D / (1 - D), words)
words = "C, the mean of M_i M_j: 1 if i and j differ, as masks are independent"
masks.equal(z_var, spread, words, given=moments)
masks

# %% [markdown]
# ```{prf:proof}
# The masks are independent, so variances add. That of one masked activity is {math}`a_i^2` times that of a coin of
# height {math}`1/(1-D)` and probability {math}`1-D`, which is {math}`1/(1-D) - 1 = D/(1-D)`.
# ```
#
# So the noise of a pooled channel falls with the number of positions: pooling is a repetition code, with the positions
# as copies. Does the sketch's stem obey?

# %% tags=["hide-input"]
from polylib.representation import stream

STEM = "encoder.relu"
noisy_ones = [pair for pair in networks if pair[1]]
most = max(noisy_ones, key=lambda pair: pair[1], default=None)


def noise_over_theory(model, rate):
    """Variance of the stem's channels between two masks, over the theorem's."""
    torch.manual_seed(seed)
    twice = stream(model, [test_images], [STEM], dropout=True, passes=2)
    one, two = next(twice)[STEM].double().chunk(2, dim=1)
    maps = next(stream(model, [test_images], [STEM], reading="flattened"))[STEM]
    P = maps.shape[1] / width
    theory = rate / (1 - rate) * maps.double().square().sum() / P**2
    return P, float((one - two).square().sum() / 2 / theory)


# %%
if most:
    P, ratio = noise_over_theory(networks[most][0], most[1])
    print(f"{P:.0f} positions: noise over its prediction {ratio:.1f}")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Top: reliability, the share of variance that two masks have in common. Bottom: at D = 0.4, exponents over common ranks with the masks on, of all that is there (pale) and of what two masks share. Means (top) and medians (bottom) over the networks of the narrow kept run, bars from the least to the largest; fits that fail (an interval wider than 10) are left out.", "name": "fig-vae-masks"}, "image": {"alt": "Two panels over the stages, one above the other. Top, reliability is near 1 at the stem and falls along the encoder, at D = 0.4 to 0.26, at 0.8 and for first weights to 0.02; behind it it rises again to 0.9, to 0.5, and for first weights to 0.3 at the end only. Bottom, at D = 0.4: exponents of all that is there fall below 1 in the encoder; those of what is shared fall from 3 to about 1, with wide bars and a gap, and rise to 7 in the fully connected layers."}}
_, axes = plt.subplots(2, figsize=(5.4, 7.2), sharex=True)
whom = [who for who in evidence[main] if float(who)]
reliable = lambda r, st: r["masked"][st]["reliability"]  # noqa: E731


def fitted(record, stage, key):
    """An exponent; nan where the fit failed: an interval wider than 10."""
    value, low, high = record["masked"][stage][key] or [np.nan] * 3
    return value if high - low <= 10 else np.nan


for index, who in enumerate(whom):
    by_stage(axes[0], who, reliable, colour(index + 1), f"D = {who}")
for key, words, fade in (("alpha", "all", 0.35), ("shared_alpha", "shared", 1)):
    read, mark = partial(fitted, key=key), colour(1) | {"alpha": fade}
    label = f"D = {whom[0]}, {words}"
    by_stage(axes[1], whom[0], read, mark, label, np.ma.median)
by_stage(axes[0], "untrained", reliable, {"color": "0.5"}, "untrained, D = 0.4")
axes[0].set(ylabel="reliability", ylim=(0, 1))
axes[1].set(ylabel="exponent", ylim=(0, None))
axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
axes[1].legend()
plt.show()

# %% [markdown]
# The stem does, to within a tenth. Reliability begins high and falls from block to block: masks add up, and there are
# fewer positions to average over. In the fully connected layers, which have no masks, it rises in trained networks; in
# the twins, whose units read all channels as well, it stays low.


# %%
def of_fits(key):
    """Of a network: the median over the encoder's blocks whose fits hold."""
    return lambda r: float(np.nanmedian([fitted(r, st, key) for st in BLOCKS]))


# %% tags=["hide-input"]
noise_flat = about(
    "With masks on, what is shared is steeper than what is there",
    "median exponent of the encoder's blocks, pooled, common ranks",
    "the whole spectrum of the same passes, masks on",
)
for run, who in masked:
    shared, whole = (
        over(run, of_fits(key), who)[0] for key in ("shared_alpha", "alpha")
    )
    noise_flat.more(shared, whole, run=run, rate=float(who))
noise_flat

# %% [markdown]
# (sec-vae-dot)=
# ## A dot moves, and an image
#
# Now the dot. It goes around a circle in steps that are a small part of a pixel, and its edge is soft. At every stage, all
# channels at all positions make one long vector, and a random matrix with three columns takes it to a point in space.
# Energies and distances are taken every eight frames, at fifty places of the circle: *a step* below is eight frames.
#
# A white dot on black is like no photograph. So two
# paths *within the data* go beside it: one real image fades into another and back, and a real image moves around a circle
# of an eighth of its size, mirrored at its edges.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Once around, seen in one random projection to three dimensions of five stages (columns) of the network with the most dropout that was trained on this page: the dot with masks off and with masks on, new ones for every frame, a fading (fade) and a moving image (shift). Each panel is scaled to its path; a picture only, of the sketch.", "name": "fig-vae-paths"}, "image": {"alt": "Grid of small three-dimensional plots, four rows of five. Closed curves with a few sharp turns for the dot with masks off and for the moving image, open arcs that are walked to and fro for the fading one, and dense, spiky scribbles with the masks on, which the last two stages squeeze to a line."}}
from polylib.representation import path_activity, random_paths

columns_ = [
    "encoder.relu",
    "encoder.layer2.1",
    "encoder.layer4.1",
    "mean",
    "deconv8",
]
bare = {"projection": "3d"} | {f"{axis}ticklabels": [] for axis in "xyz"}
network = networks[most][0] if most else twin(common, calibration)
fade = interpolation(test_images[0], test_images[1], 200)
shift = translation(test_images[0], 200, image_size / 8)
fewer_frames = dot[:: max(1, n_frames // 200)].float().to(device)
lines = {"dot": (fewer_frames, False), "dot, masks on": (fewer_frames, True)}
lines |= {"fade": (fade, False), "shift": (shift, False)}
size = {"figsize": (8.4, 1.7 * len(lines)), "subplot_kw": bare}
_, axes = plt.subplots(len(lines), len(columns_), **size)
torch.manual_seed(seed)
for line, (name, (movie, noisy)) in zip(axes, lines.items(), strict=True):
    activity = path_activity(network, movie, columns_, dropout=noisy)
    paths = random_paths(activity, 1, rng=np.random.default_rng(seed))[:, 0].cpu()
    for ax, path in zip(line, paths, strict=True):
        whole = torch.cat([path, path[:1]])
        ax.plot(*whole.T, color="0.1", linewidth=0.3 if noisy else 0.8)
    about_row = {"rotation": 90, "va": "center", "transform": line[0].transAxes}
    line[0].text2D(-0.15, 0.5, name, **about_row)
for ax, stage in zip(axes[0], columns_, strict=True):
    ax.text2D(0.5, 1.0, short(stage), ha="center", transform=ax.transAxes)
plt.show()

# %% [markdown]
# ### A thousand projections at once
#
# One projection is one draw. A thousand of each of eighteen stages need not mean a thousand matrices with as many rows as a
# stage has units.
#
# ```{prf:theorem} A Gaussian projection sees products only
# :label: thm-products
# Let the rows of {math}`A` be the activity at {math}`T` times, and let {math}`r` have independent Gaussian entries of
# mean 0 and variance {math}`1/m`. The law of the path {math}`z = Ar` depends on {math}`A` only through the
# {math}`T \times T` matrix of products {math}`A A^{\mathsf T}/m`: the columns of {math}`z` are independent and Gaussian with
#
# $$\langle z_{u k} z_{w k}\rangle = \frac{\sum_{i=1}^{m} A_{u, i} A_{w, i}}{m}$$
# ```

# %% tags=["hide-input"]
from polylib.representation import along_the_path, path_statistics

m = symbols("m", integer=True, positive=True)
u, w, k = symbols("u w k", integer=True, positive=True)  # two times, a column
A, R = IndexedBase("A", real=True), IndexedBase("R", real=True)
both = Sum(A[u, i] * A[w, j] * R[i, j], (i, 1, m), (j, 1, m))
products = Derivation("A Gaussian projection sees products only", "this book")
products.equal(
    named(r"\langle z_{u k} z_{w k}\rangle", both),
    Sum(A[u, i] * A[w, i], (i, 1, m)) / m,
    "R, the mean of r_ik r_jk: 1/m if i and j agree, else 0",
    given={R[i, j]: KroneckerDelta(i, j) / m},
)
pixels = dot.flatten(1).cpu()
shot = path_statistics(
    {"dot": pixels[::8]}, 1_000, rng=np.random.default_rng(seed)
)
by_theory = along_the_path({"dot": pixels})["dot"]
for name, value, energies in (
    ("level energy", by_theory["level"], shot.level[0]),
    ("path energy of a step", by_theory["path"], shot.path[0]),
):
    error = energies.std() / np.sqrt(len(energies))
    words = f"mean {name} of projections of the dot's images"
    products.sampled(value, energies.mean(), error, words)
products

# %% [markdown]
# So one QR decomposition a stage serves all. The box tests the mean
# energies of {ref}`nb-zeta-energy` on the bare images of the dot. How well does a projection of these keep the distances
# between them?

# %%
coarse = {"pixels": pixels[::8]}
apart = torch.cdist(coarse["pixels"], coarse["pixels"]).numpy()
chords = images.chords(len(apart))
for name, distances in (("images", apart), ("places", chords)):
    again = np.random.default_rng(seed)
    found = path_statistics(coarse, 1_000, distances=distances, rng=again)
    low, high = np.quantile(found.correlation, [0.025, 0.975])
    mean = found.correlation.mean()
    print(f"distances between {name}: correlation {mean:.2f}", end=", ")
    print(f"95 % of projections from {low:.2f} to {high:.2f}")

# %% [markdown]
# Not very: two dots that do not overlap are equally far apart wherever they are, and most of what is lost is lost in
# going from thousands of dimensions to three. *One* projection can come out anywhere in
# the middle 95 %.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Path energy of a step over level energy, by stage: the dot (top), and within the data, a fading (middle) and a moving image (bottom). Means over the networks of the narrow kept run, bars from the least to the largest; masks off, recalibrated; grey, untrained twins. A stage that does not answer in one of the networks has no point; the rate between is left out.", "name": "fig-vae-energies"}, "image": {"alt": "Three panels on a logarithmic axis over the stages, one above the other. First weights rise along the stages, for the dot and the moving image from 0.15 to above 1, for the fading one from 0.02 to 0.5. Without dropout the line falls from 0.1 to 0.03 for the dot, from 0.06 to 0.03 for the moving image and stays at 0.02 for the fading one. At D = 0.8 it lies near the first weights for the fading image and below them for the moving one, at 0.2 against 0.65, has long bars for the dot, and ends where stages no longer answer."}}
def shares(record, stage, kind):
    """Path energy over level energy; nan where a stage does not answer."""
    found = record[kind] if isinstance(record[kind], list) else [record[kind]]
    found = [one[stage] for one in found]
    if any(r["level"] <= 1e-9 * r["mean_square"] for r in found):
        return np.nan
    return float(np.mean([r["path"] / r["level"] for r in found]))


def log_share(record, kind):
    """Mean over the encoder's blocks of its logarithm."""
    return np.nanmean([np.log(shares(record, name, kind)) for name in BLOCKS])


fig, axes = plt.subplots(3, figsize=(5.4, 8.4), sharex=True, sharey=True)
for ax, kind in zip(axes, ("dot", "fade", "shift"), strict=True):
    for who, words, mark in chosen(main):
        read = lambda r, st, kind=kind: shares(r, st, kind)  # noqa: E731
        by_stage(ax, who, read, mark, words)
    ax.set(ylabel=f"{kind}: path over level energy", yscale="log")
fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)
plt.show()

# %% [markdown]
# A path's own length decides most of this energy: a step of the dot is a larger part of its circle than a step of a
# fading image is of its way. What can be compared is a network with its twin, on the same path: the *slower* one has less
# path energy for its level energy.

# %% tags=["hide-input"]
slower = about(
    "Training without dropout slows paths down, against their own level energy",
    "mean logarithm of path energy over level energy, encoder's blocks",
    "their own first weights, normalisation measured over training images",
)
for run in evidence:
    for kind in ("dot", "fade", "shift"):
        both = over(run, partial(log_share, kind=kind), "0", "untrained")
        slower.less(*both, run=run, path=kind)
slower

# %% [markdown]
# ### Smooth or rough
#
# The dot has one parameter, its angle, so {ref}`nb-zeta-energy` gives a critical exponent of 3: eigenvalues over the
# circle that fall faster than {math}`i^{-3}` mean that the path has a velocity. A network of this kind passes that test
# before anything is measured: kinks of ReLUs along a smooth path make eigenvalues that fall like {math}`i^{-4}`, whatever
# the weights, in the limit of many ranks (for kernels of wide networks see {cite:t}`bietti2021`). At steps that can be
# taken they may differ. As in chapter 5 we read an exponent off two steps, of one frame and of four; a path that is
# smooth at
# these reads 3.

# %% tags=["hide-input"]
readings = {"networks": [], "masks off": [], "masks on": []}
for who in (*evidence[main], "untrained"):
    readings["networks"].append(who if who == "untrained" else f"D = {who}")
    for name, key in (("masks off", "slope"), ("masks on", "noisy_slope")):
        found = [kept[main][s, who]["dot"] for s in seeds_of(main, who)]
        found = [1 + middle(r, key) for r in found if key in r[BLOCKS[0]]]
        ends = (f"{end:.2f}" for end in (min(found), max(found))) if found else ()
        readings[name].append(" to ".join(ends) or "no masks")
caption = (
    "Exponent read off steps of one and of four frames of the dot, "
    "median of narrow encoders' blocks: lowest and highest network."
)
table(readings, caption)

# %% tags=["hide-input"]
smoother = about(
    "Training makes the dot's path smoother at the step taken",
    "exponent read off steps of one and four frames, median of the blocks",
    "their own first weights, normalisation measured over training images",
)
for run in evidence:
    for who in evidence[run]:
        read = lambda r: 1 + middle(r["dot"], "slope")  # noqa: E731
        both = over(run, read, who, "untrained")
        smoother.more(*both, run=run, rate=float(who))
smoother

# %% [markdown]
# These readings compare a step; as exponents they say "about 3, or above", all of them. With new masks for every frame the
# activity jumps, however small the step, and the path is rough.
#
# (sec-vae-promised)=
# ## The promised plots
#
# Here is what `make_plots.py` was to draw: one point a stage, the decay coefficient against the energy of the projection
# and against the correlation, in a colour and a marker for each rate. The middle panel has the energy in units of
# the stage's own level energy.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "The promised plots, one point a stage and network of the narrow kept run: exponent over common ranks against the path energy of the dot's step (left), against that in units of the level energy (middle), and against the correlation of a projection's distances with those of the images (right).", "name": "fig-vae-promised"}, "image": {"alt": "Three scatter plots with a marker for each rate. Left, energies spread over nine powers of ten, all near the top without dropout, with exponents from 1.6 to 6. Middle, relative energies from 0.02 to 1, the smallest without dropout, the largest at D = 0.8. Right, correlations from 0.05 to 0.65. Points lie in clouds by rate; at D = 0.4 exponents fall as energies rise on the left, and as correlations rise on the right; the others lie on no line."}}
def promised(record):
    """Over stages: exponent, channels, energy, relative energy, distances."""
    rows = []
    for name in STAGES:
        r, d = record["pooled"][name], record["dot"][name]
        moving = d["correlation"] and d["level"] > 1e-9 * d["mean_square"]
        if r["alpha"] and moving:
            share, distances = d["path"] / d["level"], number(d, "correlation")
            rows.append(
                [number(r, "alpha"), r["units"], d["path"], share, distances]
            )
    return np.array(rows).T


AXES = {"path energy": 2, "over level energy": 3, "distance correlation": 4}
_, axes = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True)
for index, who in enumerate(evidence[main]):
    columns = [promised(kept[main][s, who]) for s in seeds_of(main, who)]
    together = np.concatenate(columns, axis=1)
    for ax, (name, place_) in zip(axes, AXES.items(), strict=True):
        style = colour(index) | {"linestyle": "", "label": f"D = {who}"}
        ax.plot(together[place_], together[0], **style)
        ax.set(xlabel=name)
axes[0].set(xscale="log", ylabel="exponent over common ranks")
axes[1].set(xscale="log")
axes[2].legend(fontsize=8)
plt.show()

# %% [markdown]
# The stages of one network are no independent sample (fifteen points, as transposed convolutions have no exponent; pool's
# repeats the last block's), so each network gives one correlation, and intervals are over networks. And as exponent and
# width mostly go together or, as in first weights, apart, the question is what is left with the width held fixed: the
# partial rank correlation given the number of
# channels. If steep spectra made smooth paths, as on the circle of chapter 5, energies would fall with the exponent, and a
# smooth path should keep distances better. (Energies of different layers have no common unit but the level energy.)


# %% tags=["hide-input"]
from scipy.stats import rankdata


def partial_rho(which, held=True):
    """Of one network: rank correlation with the exponent, given channels."""

    def read(record):
        x, y, given = (rankdata(promised(record)[c]) for c in (which, 0, 1))
        given *= held
        basis = np.column_stack([given, np.ones(len(given))])
        x, y = (v - basis @ np.linalg.lstsq(basis, v)[0] for v in (x, y))
        return float(np.corrcoef(x, y)[0, 1])

    return read


# %%
rho = {"networks": [*evidence[main], "untrained"]}
for name, which in ({"channels": 1} | AXES).items():
    for held in (False, True) if which > 1 else (False,):
        read = partial_rho(which, held)
        means = [np.mean(over(main, read, who)) for who in rho["networks"]]
        rho[name + ", held" * held] = means
caption = (
    "Rank correlation with exponents over stages, mean over narrow networks; "
    "held: given channels."
)
table(rho, caption, {name: "+.2f" for name in rho if name != "networks"})

# %% tags=["hide-input"]
quieter = about(
    "Given their width, steeper stages have the lower path energy",
    "partial rank correlation with the exponent over stages, given channels",
)
for run in evidence:
    for who in evidence[run]:
        for name in ("path energy", "over level energy"):
            rho = over(run, partial_rho(AXES[name]), who)[0]
            at = {"axis": name, "run": run, "rate": float(who)}
            quieter.less(rho, 0, how="fisher", **at)
quieter

# %% tags=["hide-input"]
closer = about(
    "Given their width, steeper stages keep distances better",
    "partial rank correlation with the exponent over stages, given channels",
)
for run in evidence:
    for who in evidence[run]:
        rho = over(run, partial_rho(AXES["distance correlation"]), who)[0]
        closer.more(rho, 0, how="fisher", run=run, rate=float(who))
closer

# %% [markdown]
# (sec-vae-yours)=
# ## A network of your choice
#
# Nothing here knows about autoencoders. The next cells dissect a network of torchvision with random weights; name another in
# the cell of parameters. For a trained network of your own, with
# what you may then say, there is {ref}`nb-use-image-model`.

# %%
from polylib.representation import dissect
from torchvision.models import get_model


@torch.no_grad()
def calibrated(model, shown):
    """The model, its normalisation measured over these images in one pass."""
    for module in model.train().modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None
    model(shown)
    return model.eval()


# %%
torch.manual_seed(seed)
some_images = images.prepare(pictures.test[:200], 64)
yours = calibrated(get_model(torchvision_model, weights=None), some_images)
norms = (torch.nn.BatchNorm2d, torch.nn.LayerNorm)
named_layers = [n for n, m in yours.named_modules() if isinstance(m, norms)]
every = max(1, len(named_layers) // 6)
layers = named_layers[every - 1 :: every]  # the first is by far the largest

# %%
circle = images.dot_frames(200, 64, channels=3)
how = {"n_projections": 200, "ranks": (4, 40), "ring_ranks": (5, 50)}
how["rng"] = np.random.default_rng(seed)
found = dissect(yours, some_images, circle, layers, **how)

# %% tags=["hide-input"]
columns = {"layer": list(found), "units": [r["units"] for r in found.values()]}
alphas = [number(r, "alpha") for r in found.values()]
columns["exponent"] = ["-" if a is None else f"{a:.1f}" for a in alphas]
columns["dimensions"] = [r["participation"] for r in found.values()]
columns["reading"] = [1 + r["slope"] for r in found.values()]
caption = (
    f"{torchvision_model} with random weights: exponent over ranks 4 to 40, "
    "participation ratio, and the exponent read off the dot's steps."
)
table(columns, caption, {"dimensions": ".0f", "reading": ".1f"})

# %% [markdown]
# With random weights, and without the pass that measures it, normalisation is switched off, and everything above would
# describe another network. Readings below 3 do not contradict the limit: a step may be too long for so
# many kinks.

# %% [markdown]
# ## Summary
#
# - **The network is the described one**: 14,618,265 parameters, nine dropout modules, applied seventeen times a
#   pass. The encoder is not pre-trained in the released program, and its two logged losses differ by a factor of 50
#   ({claim}`repaired <Words about the network>`). The loss has a floor, the entropy of the pixels
#   ({claim}`The two terms of the loss`).
# - **Say how it was tested.** Trained with dropout and recalibrated, a network still pays more at equal epochs
#   ({finding}`Trained with dropout, and recalibrated, a network still pays more`); measuring normalisation anew saves more
#   than without dropout at full width
#   ({finding}`seen if <Normalisation measured anew saves more where there was dropout>`), and a code that looks collapsed
#   as stored may not be, in narrow networks ({finding}`Normalisation measured anew makes more of the code active`).
# - **Dropout and spectra.** At full width dropout of 0.4 raises exponents by about 0.5, pooled or
#   flattened ({finding}`seen if <Dropout makes the encoder's spectra steeper>`). With the masks off strong dropout leaves
#   narrow encoders fewer
#   dimensions at equal epochs ({finding}`seen if <With the masks off, dropout leaves the encoder fewer dimensions>`),
#   with the masks on its
#   spectra are flatter ({finding}`With the masks on, dropout makes the encoder's spectra flatter`), and what two masks share
#   is steeper than what is there ({finding}`seen if <With masks on, what is shared is steeper than what is there>`).
#   Pooling averages the noise of masks away, as a repetition code does ({claim}`Masks before a mean`).
# - **Training and spectra.** Training makes pooled spectra steeper
#   ({finding}`seen in <Training without dropout makes the encoder's spectra steeper>`); dimensions may follow the number
#   of channels, which
#   rises with depth ({finding}`seen if <Wider stages vary in more dimensions>`).
# - **A thousand projections** of all layers cost one QR decomposition a layer and one batch of matrix products
#   ({claim}`A Gaussian projection sees products only`).
# - **Smoothness is a matter of the step**: in the limit every ReLU network takes smooth paths to smooth paths. At the step
#   taken trained networks do so more than their twins
#   ({finding}`seen in <Training makes the dot's path smoother at the step taken>`), and training without dropout slows
#   paths down ({finding}`Training without dropout slows paths down, against their own level energy`); at rate 0.8, in
#   narrow networks, not every path.
# - **The promised plots** have the loudness of a stage in one axis and, in part, its width in the other. With the
#   width held fixed,
#   lower energies at steeper stages are
#   {finding}`seen in <Given their width, steeper stages have the lower path energy>` one setting of ten, not in units of the
#   level energy, and distances kept better
#   {finding}`not decided <Given their width, steeper stages keep distances better>`.
#
# **What it means for reading a network.** Before you compare networks trained with dropout, measure their
# normalisation anew, say in which mode and over which ranks you read them, and put their own first weights beside them.
#
# What this does not show: anything at the size in print, which was not run. Kept networks are three a rate or one,
# trained for 12 or 15 epochs (200 in print); their images are small JPEG copies, and most training bits still fall.
# Whether what a
# network keeps under dropout is a code is asked where it can be counted, in {ref}`sec-mine-code`. Next come projections
# again, of a language model, in {ref}`nb-trajectories`.

# %% [markdown]
# ## Exercises
#
# ```{exercise}
# :label: ex-vae-mask
# At which rate {math}`D` has a channel that is pooled over {math}`P` positions half of its variance from masks? Take
# activity that is positive at all positions, with a mean of 1 over positions and images, a variance of
# {math}`V` of the pooled mean over images, and a mean square of {math}`q` over all. What is it for {math}`P = 4`,
# {math}`V = 1/4` and {math}`q = 2`?
# ```
#
# ````{solution} ex-vae-mask
# :class: dropdown
# By {prf:ref}`thm-mask-mean` the noise is {math}`qD/(P(1-D))`. It equals {math}`V` at
# {math}`D = PV/(q + PV)`, which is one third here.
# ````

# %% tags=["hide-cell"]
half_rate = 4 * 0.25 / (2 + 4 * 0.25)
dice = np.random.default_rng(seed)
activity = dice.gamma(1.0, 1.0, (200_000, 4))  # mean 1, mean square 2, V = 1/4
alive = dice.random(activity.shape) > half_rate
noisy_means = (activity * alive / (1 - half_rate)).mean(1)
share = activity.mean(1).var() / noisy_means.var()
print(f"D = {half_rate:.2f}: share of the variance that is not noise {share:.2f}")
assert abs(share - 0.5) < 0.01

# %% [markdown]
# ```{exercise}
# :label: ex-vae-frames
# Save the frames as whole grey values, 0 to 255, as a picture file would. At which number of frames does the images'
# own path look rough?
# ```
#
# ````{solution} ex-vae-frames
# :class: dropdown
# Rounding adds an error of up to half a grey value to every pixel that changes. Its energy stays while the energy of a
# step falls. At 1,024 frames the path is hardly
# affected; at 4,096 the slope is 1.82 instead of 2.00, and it begins to look rough.
# ````

# %% tags=["hide-cell"]
for n in (64, 256, 1_024, 4_096):
    sharp = images.dot_frames(n, 32, dtype=torch.float64).flatten(1)
    rounded = (
        images.dot_frames(n, 32, dtype=torch.uint8).flatten(1).double() / 255
    )
    found = along_the_path({"a": sharp, "b": rounded}, ranks=(3, 16))
    one, two = (found[name]["slope"] for name in "ab")
    print(f"{n:5d} frames: slope {one:.2f}, rounded {two:.2f}")

# %% tags=["nbval-ignore-output", "hide-input"]
results.Watermark(device)
