# %% [markdown]
# (nb-resnet-vae)=
# # A network dissected
#
# The experiments behind {cite:t}`marshall2024` begin with one network: a variational autoencoder with a ResNet for an
# encoder, trained at five rates of dropout. A dot moves in a circle before it. Random projections show the path that
# each layer's activity takes in space, and two plots are to set the exponent of every layer's spectrum against the
# energy of that path, and against how well it keeps the distances between the images. The supplement describes the
# plots. They were never released, and neither was the program that draws them.
#
# Here they are, with everything needed to draw them for another network: the network itself, as described to the last
# parameter, its training with the loss on one scale, the dot, and the dissection. And with the controls without which
# such plots cannot be read. A network that was trained with masks and is tested without them has the wrong
# normalisation, and much of what looks like an effect of dropout may be that. An untrained network whose normalisation
# was never measured is no network at all. An exponent that is fitted over more ranks in a wide layer than in a narrow one
# follows the width. And a dot is a picture that the network has never seen. So every network below is
# tested in three ways, stands beside its own first weights, is fitted over the same ranks everywhere, and is shown
# real images that move as well.

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
# - {ref}`sec-vae-model`: the network as described, and what the description leaves open.
# - {ref}`sec-vae-loss`: the two terms of the loss, the floor under it, and a factor of 50.
# - {ref}`sec-vae-training`: two networks trained here, and the runs that the evidence comes from.
# - {ref}`sec-vae-tests`: masks off, masks on, and normalisation measured anew.
# - {ref}`sec-vae-spectra`: how the layers vary over images: width first, then training, dropout and depth.
# - {ref}`sec-vae-masks`: what two dropout masks agree on.
# - {ref}`sec-vae-dot`: the dot's path through the layers, and a real image's beside it.
# - {ref}`sec-vae-promised`: the promised plots, with the width of the layers held fixed.
# - {ref}`sec-vae-yours`: a network of your choice.
#
# You need convolutional networks, the variational autoencoder of {cite:t}`kingma2014`, and {ref}`nb-zeta-energy`,
# whose terms this chapter uses: level and path energy, the exponent of a spectrum, the critical exponent. Symbols are
# those of {doc}`../book/notation`; {math}`D` is the dropout rate.

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
# (sec-vae-model)=
# ## The network as described
#
# Images enter a ResNet-18 {cite:p}`he2016` without its last layer. Two fully connected layers follow, and two heads give the mean and
# the log variance of a code of 256 Gaussian numbers. Two more fully connected layers and three transposed convolutions
# lead from the code to an image of 39 by 39 pixels, which is stretched to the size of the input. The scale in print is
# 224 pixels and 1,024 units in each fully connected layer.
#
# Dropout follows every ReLU of the ResNet, and nothing else: neither the fully connected layers nor the decoder have
# any. There are nine ReLU modules, but a residual block uses its one ReLU twice. How often does a signal meet dropout
# on its way? We count instead of reading.

# %%
import torch
from polylib.resnet_vae import STAGES, ResNetVAE

described = ResNetVAE()
applied = []
for module in described.modules():
    if isinstance(module, torch.nn.Dropout):
        module.register_forward_hook(lambda *_: applied.append(1))
with torch.no_grad():
    described.eval()(torch.zeros(1, 3, 224, 224))
n_parameters = sum(p.numel() for p in described.parameters())
n_modules = sum(isinstance(m, torch.nn.Dropout) for m in described.modules())
print(f"{n_parameters:,} parameters, {len(STAGES)} stages")
print(f"dropout: {n_modules} modules, applied {len(applied)} times a pass")
# the last use of each module lies on the way that all signals take
odds = [0.8**-n for n in (len(applied), n_modules)]
print("at D = 0.2 a bit survives the long way once in", end=" ")
print("{:.0f}, the short one once in {:.0f}".format(*odds))
assert (n_parameters, n_modules, len(applied)) == (14_618_265, 9, 17)

# %% [markdown]
# Seventeen times in a pass. A signal that takes every residual branch meets all of them; one that keeps to the skip
# connections meets nine. {ref}`nb-dropout-capacity` says what that means for a code that is never written anew: a
# bit that a single neuron carries survives with probability {math}`(1-D)^{17}` on the long way, and {math}`(1-D)^9`
# on the short one: at {math}`D = 0.2` one in 44 and one in seven. The way out, there and here, is to say things
# more than once.
#
# A *stage* will be a place where we look: the stem, the eight residual blocks, the pooled output, and each step of the
# rest. On the axes 3.1 is the second block of layer 3 (the ResNet has four layers of two blocks), fc a fully connected
# layer, mean the mean of the code, deconv a transposed convolution.

# %% [markdown]
# (sec-vae-loss)=
# ## What the loss measures
#
# The loss of an image is a cross-entropy between its pixels {math}`x` and their reconstructions {math}`p`, summed over
# all 150,528 of them in print, and a divergence between the code's Gaussian, with mean {math}`\mu` and variance
# {math}`v` for each of its numbers, and the standard normal. The first is meant for pixels that are black or white.
# These are grey. Is the number then a length of any code?
#
# It is, of one that nobody sends. Let each pixel throw a coin that shows white with probability {math}`x`. The
# cross-entropy is the mean number of nats in which a reconstruction {math}`p` encodes the coins. It follows that it has
# a floor above 0, the entropy of the coins, and no network can go below it. (What the loss is *not* is the likelihood
# of a grey image: {cite:t}`loaiza2019` give the density that it would need.)

# %% tags=["hide-input"]
import numpy as np
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


# %% tags=["hide-input"]
def by_integral(mu, v):
    """Divergence of N(mu, v) from N(0, 1) in nats, integrated."""
    q = norm(mu, np.sqrt(v))

    def integrand(z):
        return q.pdf(z) * (q.logpdf(z) - norm.logpdf(z))

    return quad(integrand, *q.ppf([1e-14, 1 - 1e-14]), epsabs=1e-12, limit=200)[0]


def from_the_moments(mu, v):
    return (mu**2 + v - 1 - np.log(v)) / 2


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
# Divided by {math}`\ln 2` and by the number of values, the sum of both terms is the usual {term}`bits per dimension`. It is
# the scale on which a training batch and the test images, and images of any size, can be compared. The released
# program has no such scale. Its two curves, which go to a web service under the names train and test loss, differ by a
# factor that has nothing to do with learning.

# %% tags=["hide-input"]
wording = Derivation("Words about the network", source="supplement 1")
wording.remark(
    "uses a pre-trained ResNet18 model for encoding",
    "the released program starts from random weights",
    line="ResNetVAE/modules.py",
)
wording.remark(
    "record the loss metrics throughout the training process",
    "what the released program records for training is a sum over a batch of 50 images, and for testing a mean for "
    "one image: a factor of 50 between the curves",
    line="ResNetVAE/ResNetVAE_cifar10.py",
)
wording

# %% [markdown]
# One more thing about the test loss. Outside of training the network decodes the *mean* of the code, so what the
# program reports is not the bound: the bound is a mean over codes drawn from the Gaussian. We report both.
#
# (sec-vae-training)=
# ## Training
#
# Two sizes stand side by side. What trains on this page is a sketch that shows how: handwritten digits
# {cite:p}`lecun1998`, a quarter of the channels, two rates, less than a minute. (Its batches have 20 images and its
# learning rate is ten times the one in print. The last layer of the decoder is a batch normalisation before a sigmoid,
# whose gain grows by about one learning rate a step: at 0.001 a few hundred steps do not get it to a black background.)
# No sentence about networks rests on it.
#
# The evidence comes from kept runs on the paper's own images, CIFAR-10 (Krizhevsky 2009), colour photographs of
# ten kinds of things, at their 32 pixels, with the printed learning rate and batch. The networks are tasks of a sweep:
# they train one after another, or, with the address of a Dask scheduler, on its workers, and one that is killed at
# any moment goes on from its checkpoint to the same weights. Each leaves its losses as CSV, and the networks without
# dropout their weights after every epoch. With a `runs_folder` whatever has finished is only loaded, so
# `papermill -f book/parameters/06-resnet-vae-cifar-32.yml` may be stopped and started as often as one likes.

# %%
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from polylib import images
from polylib.resnet_vae import Settings, train
from polylib.runs import sweep
from threadpoolctl import threadpool_limits

if device == "cpu":  # small matrices wait for threads longer than they compute
    torch.set_num_threads(1)
    threadpool_limits(1)
torch.backends.cudnn.allow_tf32 = False  # the tails of spectra need the digits
folder = Path(data_folder).expanduser() if data_folder else None
sizes = {"n_train": n_train or None, "n_test": n_test or None, "seed": seed}
pictures = images.load(dataset, folder, **sizes)
names = ("image_size", "width", "epochs", "batch", "learning_rate", "device")
common = Settings(compile=compiled, **{name: parameters[name] for name in names})
asked = {
    (int(s), float(rate)): replace(common, seed=int(s), dropout=float(rate))
    for s in seeds.split()
    for rate in rates.split()
}


# %%
def place(runs, settings):
    """The folder of one network."""
    return runs / f"seed-{settings.seed}" / f"dropout-{settings.dropout:g}"


def to_its_end(settings, run):
    """Train one network in its folder, wherever a worker is; or load it."""
    found = images.load(dataset, folder, **sizes)
    more = {"wandb_project": wandb_project, "every_epoch": not settings.dropout}
    return {"epochs": len(train(found, settings, run, **more)[1].rows)}


# %%
def finished(settings, run):
    """Whether the history in this folder has all epochs."""
    history = run / "history.csv"
    return history.is_file() and len(history.open().readlines()) > settings.epochs


def trained(runs):
    """Networks with their histories, by seed and rate."""
    ready = {k: s for k, s in asked.items() if finished(s, place(runs, s))}
    if not finished_only:
        for s in {s.seed for s in asked.values()}:
            of_seed = {k: v for k, v in asked.items() if k[0] == s}
            tasks = {f"dropout-{k[1]:g}": v for k, v in of_seed.items()}
            sweep(to_its_end, tasks, runs / f"seed-{s}", scheduler or None)
        ready = asked
    return {k: train(pictures, s, place(runs, s)) for k, s in ready.items()}


# %%
scratch = TemporaryDirectory()
runs = Path(runs_folder).expanduser() if runs_folder else Path(scratch.name)
networks = trained(runs)

# %% [markdown]
# ### What is measured
#
# All of a network is measured in one place, so that it can be kept, a file a network, and done to another.
# Activity is read at all stages by hooks that keep copies, because the network's ReLUs overwrite what they are given.
# The *untrained twin* of a network has the weights that its training began with, and the means and variances of its
# batch normalisation measured over 2,000 training images; *recalibrated* networks have theirs measured over the same
# images, with the masks off.

# %%
import copy

from polylib.representation import (
    along_the_path,
    layer_spectra,
    many_projections,
    path_activity,
    random_paths,
)
from polylib.resnet_vae import STAGES, recalibrated, twin
from polylib.resnet_vae import evaluate as measure

window = tuple(int(rank) for rank in ranks.split())
calibration = pictures.train[:2_000]
test_images = images.prepare(pictures.test.to(device), image_size)


# %%
def spectra(model, reading="pooled", masks=False, shown=test_images):
    """Of every stage: what its spectrum over images says; with masks, of two."""
    torch.manual_seed(seed)
    shown = shown if reading == "pooled" else shown[:300]
    how = {
        "reading": reading,
        "dropout": masks,
        "repeats": masks,
        "ranks": window,
    }
    found = layer_spectra(
        model, shown.split(100), STAGES, allow_constant=True, **how
    )
    records = {}
    for name, one in found.items():
        records[name] = {"units": len(one.eigenvalues), "bits": one.bits}
        records[name] |= {"alpha": one.fit and one.fit.alpha}
        records[name] |= {"dims": one.participation}
        if masks:
            fit = one.shared_fit
            records[name] |= {"shared": fit and fit.alpha}
            records[name] |= {"reliability": one.reliability}
    return records


# %%
dot = images.dot_frames(n_frames, image_size, channels=3, dtype=torch.float64)
dot = dot.to(device)


def moves(model, frames, n=None):
    """Of every stage: the energy of its path, and the distances it keeps."""
    same = copy.deepcopy(model).to(frames.dtype)  # in double for short steps
    activity = path_activity(same, frames, STAGES)
    rng = np.random.default_rng(seed)
    seen = many_projections(activity, frames, n or n_projections, rng=rng)
    records = along_the_path(activity)
    for record, kept in zip(records.values(), seen.correlation, strict=True):
        ends = np.quantile(kept, [0.025, 0.975]).tolist()
        ring, still = record.pop("ring_alpha"), not np.isfinite(kept).all()
        record["ring"] = ring and ring[0]
        record["kept"] = None if still else [float(kept.mean()), *ends]
    return records


# %%
from polylib.resnet_vae import interpolation, translation


def within_the_data(model, n=2):
    """Paths of real images: relative energies and kept distances, means over n."""
    x = test_images[: 2 * n]
    paths = {
        "fade": [interpolation(*pair, n_frames) for pair in x.split(2)],
        "shift": [translation(one, n_frames, image_size / 8) for one in x[:n]],
    }
    return {kind: average(model, frames) for kind, frames in paths.items()}


def average(model, several):
    """Over paths: path energy, that over level energy, distances kept."""
    each, records = [moves(model, frames, 50) for frames in several], {}
    for name in STAGES:
        found = [one[name] for one in each if one[name]["kept"]]
        if len(found) == len(each):
            path = float(np.mean([r["path"] for r in found]))
            share = float(np.mean([r["path"] / r["level"] for r in found]))
            kept = float(np.mean([r["kept"][0] for r in found]))
            records[name] = {"path": path, "share": share, "kept": kept}
    return records


# %%
def dissected(model, noisy=None):
    """Everything about a network that is at rest, and one that has its masks on."""
    record = {reading: spectra(model, reading) for reading in READINGS}
    record |= {"dot": moves(model, dot)} | within_the_data(model)
    return record | ({"masked": spectra(noisy, masks=True)} if noisy else {})


READINGS = ("pooled", "flattened", "per position")
COLUMNS = [
    "epoch",
    "seconds",
    "train_bits",
    "test_bits",
    "test_kl",
    "active_units",
]


# %%
def everything(settings, run, model, history):
    """What this chapter measures of one network."""
    test, quiet = pictures.test.to(device), recalibrated(model, calibration)
    record = {"history": {k: history.column(k).tolist() for k in COLUMNS}}
    torch.manual_seed(seed)
    record["test"] = {
        "off": measure(model, test),
        "on": measure(model, test, masks=True),
        "recalibrated": measure(quiet, test),
        "drawn": measure(model, test, draws=4),
    }
    record |= dissected(quiet, model if settings.dropout else None)
    record["stored"] = {"pooled": spectra(model), "dot": moves(model, dot)}
    if settings.dropout:
        return record | {"equal": at_equal_bits(settings, run, record["test"])}
    return record | {"jpeg": compressed_again(quiet)}


# %%
from polylib.resnet_vae import after_epoch, nearest_epoch, recompressed


def at_equal_bits(settings, run, test):
    """The network without dropout after the epoch with the nearest test bits."""
    plain, beside = replace(settings, dropout=0.0), run.parent / "dropout-0"
    if not (beside / "epoch-01.safetensors").is_file():
        return {}
    past = train(pictures, plain, beside)[1].column("test_bits").tolist()
    epoch = nearest_epoch(past, test["recalibrated"]["bits"])
    model = recalibrated(after_epoch(plain, beside, epoch), calibration)
    found = {"epoch": epoch, "bits": past[epoch - 1]}
    return found | {"pooled": spectra(model), "dot": moves(model, dot)}


# %%
def compressed_again(model):
    """The same numbers for test images that are JPEG files once more."""
    if pictures.test.shape[1] != 3:
        return {}
    record = {}
    for name, shift in (("same blocks", 0), ("other blocks", 4)):
        again = recompressed(pictures.test, shift=shift).to(device)
        bits = measure(model, again)["bits"]
        shown = images.prepare(again, image_size)
        record[name] = {"bits": bits, "pooled": spectra(model, shown=shown)}
    return record


# %%
def kept_or_made(name, make, own):
    """A measurement by its name; made, if none has the same settings."""
    what = {
        k: v for k, v in parameters.items() if k not in ("finished_only", *WHERE)
    }
    place, name = Path(results_folder) if results_folder else None, NAME + name
    if save_as and ((place or results.folder()) / f"{name}.json").is_file():
        found = results.load(name, folder=place)
        then = found["parameters"]
        if all(then.get(k) == v for k, v in (what | own).items()):
            return found["values"]
    values = make()
    if save_as:
        results.save(name, values, what | own, device=device, folder=place)
    return values


# %%
NAME = f"06-resnet-vae-{save_as}"
WHERE = {"seeds", "rates", "runs_folder", "results_folder", "data_folder"}
WHERE |= {"compare_with", "scheduler", "wandb_project", "torchvision_model"}
fresh = {}
for (s, rate), (model, history) in networks.items():
    settings = asked[s, rate]
    run = place(runs, settings)
    fresh[s, f"{rate:g}"] = kept_or_made(
        f"-seed-{s}-dropout-{rate:g}",
        lambda: everything(settings, run, model, history),  # noqa: B023
        {"seed": s, "rates": f"{rate:g}"},
    )


# %%
def untrained(s):
    """What the twin of a seed's networks shows, at rest and with masks on."""
    settings = replace(common, seed=s, dropout=0.4)
    quiet = twin(settings, calibration)
    noisy = twin(settings, calibration, masks=True)
    return dissected(quiet, noisy)


for s in sorted({s for s, _ in networks}):
    fresh[s, "untrained"] = kept_or_made(
        f"-seed-{s}-untrained",
        lambda: untrained(s),  # noqa: B023
        {"seed": s, "rates": "untrained"},
    )
print(f"{len(networks)} trained networks and their twins measured")

# %% [markdown]
# (sec-vae-tests)=
# ## Three ways to test
#
# Dropout off, batch normalisation as stored: that is how a network is tested. But what training stored was measured
# with the masks on. A mask of rate {math}`D` leaves the mean of an activity as it is and raises its mean square by
# {math}`1/(1-D)`; with the masks off the variance is smaller than the stored one, layer after layer, a *variance shift*
# {cite:p}`li2019`. Two controls tell it from what the network has learnt: test with the masks *on*, as it was trained; or
# switch them off and measure the statistics anew, *recalibrated*. The table has all three, in bits per dimension, as means
# over the networks that were kept, with those that stop this page from being a table of one seed. The posterior has
# *collapsed* if no unit of the code is active, that is, if none has a mean that varies over images by more than 0.01; then
# the decoder draws one picture for all.

# %%
where = Path(results_folder) if results_folder else results.folder()
kept = {"this page": fresh}
for name in compare_with.split():
    kept[name] = {}
    for path in sorted(where.glob(f"06-resnet-vae-{name}-seed-*.json")):
        of_one = path.stem.removeprefix(f"06-resnet-vae-{name}-seed-")
        s, _, who = of_one.partition("-")
        record = results.load(path.stem, folder=where)
        kept[name][int(s), who.removeprefix("dropout-")] = record["values"]


# %%
def rates_of(run):
    """Rates of dropout that a run has, as they are written."""
    return sorted({who for _, who in kept[run] if who != "untrained"}, key=float)


def seeds_of(run, *whos):
    """Seeds for which a run has all of these."""
    return [s for s in range(99) if all((s, who) in kept[run] for who in whos)]


for name in [run for run in kept if run != "this page"]:  # two networks at least
    few = [who for who in rates_of(name) if len(seeds_of(name, who)) < 2]
    kept[name] = {k: v for k, v in kept[name].items() if k[1] not in few}
    if not rates_of(name):
        del kept[name]
evidence = [name for name in kept if name != "this page"] or ["this page"]

# %%
WAYS = ("off", "on", "recalibrated", "drawn")
print("run, D, networks    off      on  recalibrated  drawn   KL  active units")
for run in kept:
    for who in rates_of(run):
        found = [kept[run][s, who]["test"] for s in seeds_of(run, who)]
        row = [np.mean([t[way]["bits"] for t in found]) for way in WAYS]
        kl = np.mean([t["off"]["kl"] for t in found])
        active = " ".join(f"{t['off']['active_units']:.0f}" for t in found)
        print(f"{run:16}{who:>4}{len(found):2d}", end="")
        print(
            "{:8.3f}{:8.3f}{:10.3f}{:11.3f}".format(*row), f"{kl:6.1f}  {active}"
        )

# %% [markdown]
# Without dropout, too, statistics measured anew test better: what a network stores is a running average over its last
# batches, which lags behind weights that move, above all in a training of a hundred steps like the one on this page. So
# what the masks do is the difference of two differences, and the first box asks for that.
#
# *Drawn* is the bound with drawn codes; the logged test loss, with the code at its mean, is close to it. Now the two
# questions that a table of means leaves open, as sentences with their intervals. Networks with the same seed saw the
# same images in the same order from the same first weights, so differences are taken pair by pair. Where a box says
# "on 2 networks", it speaks of these two.


# %%
from polylib.finding import Finding

ABOUT = {1: "this network", 2: "these networks"}
masked = [(run, who) for run in evidence for who in rates_of(run) if float(who)]
fewest = min(
    len(seeds_of(run, who, "untrained"))
    for run in evidence
    for who in rates_of(run)
)
about = {
    "source": "this book",
    "replicates": "networks",
    "networks": fewest,
    "about": ABOUT.get(fewest, "networks"),
}


def over(run, read, *whos):
    """A number of each network, of the first `fewest` seeds, for each of these."""
    found = seeds_of(run, *whos)[:fewest]
    return [[read(kept[run][s, who]) for s in found] for who in whos]


# %%
def gain(record):
    """Bits that a test with statistics measured anew saves."""
    return record["test"]["off"]["bits"] - record["test"]["recalibrated"]["bits"]


shifted = Finding(
    "Normalisation measured anew saves more where there was dropout",
    null="the same saving of networks trained without dropout",
    unit="bits per dimension saved by measuring statistics anew, masks off",
    **about,
)
for run, who in masked:
    shifted.more(*over(run, gain, who, "0"), run=run, rate=float(who))
shifted

# %%
pays = Finding(
    "Trained with dropout, and recalibrated, a network still pays more",
    null="networks trained without dropout for as many epochs, recalibrated",
    unit="bits per dimension",
    **about,
)
for run, who in masked:
    read = lambda r: r["test"]["recalibrated"]["bits"]  # noqa: E731
    pays.more(*over(run, read, who, "0"), run=run, rate=float(who))
pays

# %% [markdown]
# Equal epochs are not equal training, as the left panel shows: a network with more dropout is earlier on its way. So whatever is compared
# between rates below is compared twice, at equal epochs, and with the network without dropout as it was after the
# epoch in which its test bits were closest. On the right, posterior collapse as a curve.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Test bits as stored (left) and active units of the code (right) by epoch, a line a network of the smallest kept run.", "name": "fig-vae-training"}, "image": {"alt": "Left, lines of bits per dimension against the epoch, a colour and dash for each rate of dropout, falling most where there is none. Right, numbers of active units between 0 and 256 against the epoch."}}
import matplotlib.pyplot as plt

figures.use_palette()
main = evidence[0]


def colour(index):
    """One colour, marker and dash a rate of dropout."""
    marks = {"marker": figures.MARKERS[index], "markersize": 3}
    return {"color": f"C{index}", "linestyle": figures.DASHES[index]} | marks


_, axes = plt.subplots(1, 2, figsize=(8.4, 3.2))
for index, who in enumerate(rates_of(main)):
    for number, s in enumerate(seeds_of(main, who)):
        past = kept[main][s, who]["history"]
        style = colour(index) | {"label": f"D = {who}" if not number else None}
        axes[0].plot(past["epoch"], past["test_bits"], **style)
        axes[1].plot(past["epoch"], past["active_units"], **style)
axes[0].set(xlabel="epoch", ylabel="test bits per dimension, masks off")
axes[1].set(xlabel="epoch", ylabel="active units of the code", ylim=(0, 270))
axes[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# (sec-vae-spectra)=
# ## How layers vary over images
#
# The {term}`decay coefficient` of the described program is the exponent of a layer's spectrum over images; we take it
# with the estimator of {ref}`sec-power-exponent`. Three choices are not in the description.
#
# *The window.* An exponent depends on the ranks that it is fitted over. Every exponent of this chapter is fitted over
# the same ranks at all stages, those that the narrowest stages of the encoder have; stages with fewer channels have none.
#
# *The reading.* A convolution gives a map. *Pooled*: a unit is a channel's mean over positions. *Flattened*: each
# channel at each position is a unit. *Per position*: a unit is a channel, a sample is a position of an image.
#
# *The statistics.* Unless it says otherwise, masks are off and networks are recalibrated, twins too.
#
# And before any sentence on depth: an encoder's blocks get wider as they get deeper. What follows depth may follow width.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Pooled readings of all stages against their number of channels, one point a stage and network: exponent over common ranks, participation ratio, and bits to a 4-bit step of the first component.", "name": "fig-vae-width"}, "image": {"alt": "Three scatter plots with a logarithmic horizontal axis of channels, for networks without dropout, with the most dropout, and for untrained twins in grey: decay coefficients, participation ratios and bits."}}
def chosen(run):
    """Whom figures show: no dropout, the most, and the twins; with their marks."""
    few = [rates_of(run)[0], rates_of(run)[-1], "untrained"]
    marks = [colour(0), colour(1), {"color": "0.5", "marker": "x"}]
    words = [f"D = {few[0]}", f"D = {few[1]}", "untrained"]
    return list(zip(few, words, marks, strict=True))


_, axes = plt.subplots(1, 3, figsize=(8.4, 3.0))
for who, words, mark in chosen(main):
    for ax, key in zip(axes, ("alpha", "dims", "bits"), strict=True):
        found = [
            r
            for s in seeds_of(main, who)
            for r in kept[main][s, who]["pooled"].values()
            if r[key]
        ]
        x, y = ([r[name] for r in found] for name in ("units", key))
        style = mark | {"linestyle": "", "label": words, "alpha": 0.7}
        ax.plot(x, y, **style)
        ax.set(xlabel="channels", xlim=(1.5, 1_500))
        figures.log_ticks(ax)
        ax.xaxis.set_major_locator(plt.LogLocator())
axes[0].set(ylabel=f"exponent, ranks {window[0]} to {window[1]}")
axes[1].set(ylabel="participation ratio (dimensions)", yscale="log")
axes[2].set(ylabel="bits", yscale="log")
axes[0].legend(fontsize=8)
plt.show()

# %%
from scipy.stats import spearmanr

STEPS = [name for name in STAGES if name.startswith("encoder.layer")]


def rho_with_width(key):
    """Of one network: rank correlation of a number with channels, over stages."""

    def read(record):
        found = [r for r in record["pooled"].values() if r[key]]
        return spearmanr([r["units"] for r in found], [r[key] for r in found])[0]

    return read


# %%
wider = Finding(
    "Wider stages vary in more dimensions",
    unit="rank correlation of participation ratio and channels over stages",
    **about,
)
for run in evidence:
    for who in (*rates_of(run), "untrained"):
        wider.more(
            over(run, rho_with_width("dims"), who)[0], 0, run=run, network=who
        )
wider

# %% [markdown]
# ### Training, and dropout
#
# What does training do, against the network's own first weights? And dropout? For the second question the table of rows
# has the three ways to compare: statistics as stored and measured anew, both at equal epochs, and at equal test bits. A
# number of a network is the median over the eight blocks of its encoder.


# %%
def middle(record, key="alpha"):
    """Median over the encoder's blocks."""
    values = [
        record[name][key] for name in STEPS if record[name][key] is not None
    ]
    return float(np.median(values))


trained_more = Finding(
    "Training makes the encoder's spectra steeper",
    null="their own first weights, normalisation measured over training images",
    unit="median exponent of the encoder's blocks, common ranks",
    **about,
)
for run in evidence:
    for reading in READINGS:
        read = lambda r, reading=reading: middle(r[reading])  # noqa: E731
        pair = over(run, read, "0", "untrained")
        trained_more.more(*pair, run=run, reading=reading)
trained_more

# %%
steeper = Finding(
    "Dropout makes the encoder's spectra steeper",
    null="networks of the same seed trained without dropout",
    unit="median exponent of the encoder's blocks, pooled, common ranks",
    **about,
)
for run, who in masked:
    quiet, plain = over(run, lambda r: middle(r["pooled"]), who, "0")
    stored, plainly = over(run, lambda r: middle(r["stored"]["pooled"]), who, "0")
    equal = over(run, lambda r: middle(r["equal"]["pooled"]), who)[0]
    here = {"run": run, "rate": float(who)}
    steeper.more(stored, plainly, compared="as stored", **here)
    steeper.more(quiet, plain, compared="recalibrated", **here)
    if equal != plain:  # else the last epoch is the nearest, in all
        steeper.more(quiet, equal, compared="equal bits", **here)
steeper


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Exponents by stage in three readings, over common ranks: means over the networks of the smallest kept run, bars from the least to the largest. Masks off, recalibrated; grey, untrained twins. Stages with too few channels for the window have no point.", "name": "fig-vae-decay"}, "image": {"alt": "Three panels, pooled, flattened and per position, of exponents over the stages of the network: without dropout, with the most dropout, and untrained in grey."}}
def short(stage):
    """A stage's name on an axis: layer3.1 is 3.1, the second block of layer 3."""
    name = stage.removeprefix("encoder.").removeprefix("layer")
    return name.replace("relu", "stem").replace("avgpool", "pool")


def by_stage(ax, run, who, read, mark, label):
    """Mean over networks at every stage, and the range."""
    whole = [
        [read(kept[run][s, who], st) for st in STAGES] for s in seeds_of(run, who)
    ]
    heights = np.array(whole, dtype=float)
    x, mean = np.arange(len(STAGES)), heights.mean(0)
    ax.plot(x, mean, **mark, linewidth=1, label=label)
    ax.vlines(x, heights.min(0), heights.max(0), color=mark["color"], linewidth=1)
    ax.set_xticks(x, [short(st) for st in STAGES], rotation=90, fontsize=7)


_, axes = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True)
for ax, reading in zip(axes, READINGS, strict=True):
    for who, words, mark in chosen(main):
        read = lambda r, st, reading=reading: r[reading][st]["alpha"]  # noqa: E731
        by_stage(ax, main, who, read, mark, words)
    ax.set(title=reading, ylim=(0, None))
axes[0].set(ylabel="exponent")
axes[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# ### Images that are JPEG files
#
# The kept runs read CIFAR-10 from JPEG copies, of quality 75 with the colours at half resolution, so that fine
# detail, above all of colour, is coarser than in the published arrays. How much can that change? We compress the test
# images once more and measure again: on the same blocks of eight pixels, where JPEG hardly changes what it has written
# itself, and on blocks that are moved by four pixels, which costs about as much as the first time.

# %%
for run in evidence:
    found = [kept[run][s, "0"] for s in seeds_of(run, "0")]
    for way in ("same blocks", "other blocks") if found[0]["jpeg"] else ():
        bits, alpha, dims = (
            np.array([read(r["jpeg"][way]) - read(r) for r in found])
            for read in (
                lambda r: (r if "bits" in r else r["test"]["recalibrated"])[
                    "bits"
                ],
                lambda r: middle(r["pooled"]),
                lambda r: middle(r["pooled"], "dims"),
            )
        )
        print(
            f"{run}, {way}: largest change over {len(found)} networks:", end=" "
        )
        most = [np.abs(change).max() for change in (bits, alpha, dims)]
        print("bits {:.4f}, exponent {:.2f}, dimensions {:.2f}".format(*most))

# %% [markdown]
# (sec-vae-masks)=
# ## What two masks agree on
#
# With the masks on activity is noisy, and part of its spectrum is the spectrum of the noise. Two passes of the same
# images under different masks tell the parts apart, as two repeats of a stimulus do for {cite:t}`stringer2019`: take
# the principal directions of one pass, and ask how much variance along them both passes share. This is the
# cross-validated PCA of {ref}`sec-power-exponent`, and the share of the total is a stage's {term}`reliability`. It
# also answers what dropout does to spectra without any test with the masks off.
#
# In the first stage one can say in advance what comes out, because nothing before it is masked. A mask
# of rate {math}`D` multiplies each activity {math}`a_i` by {math}`0` or by {math}`1/(1-D)`. Pooling averages over
# positions afterwards.
#
# ```{prf:theorem} Masks before a mean
# :label: thm-mask-mean
# The mean over {math}`P` positions of masked activity has the mean of the activity itself as its expectation over masks.
# Its variance over masks is {math}`D/(1-D)` times the sum of squares of the activity over {math}`P^2`.
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
moments = {C[i, j]: 1 + KroneckerDelta(i, j) * D / (1 - D)}
with evaluate(False):
    mask_variance = (1 - D) * (1 / (1 - D)) ** 2 - 1
    spread = D / (1 - D) * Sum(a[i] ** 2, (i, 1, P)) / P**2
masks = Derivation("Masks before a mean", source="this book")
words = "a mask M has mean 1"
masks.equal(z_mean, mean_of_a, words, given={M[i]: 1})
words = "its variance: a coin of height 1/(1 - D)"
masks.equal(mask_variance, D / (1 - D), words)
words = "C, the mean of M_i M_j: 1 if i and j differ, as masks are independent"
masks.equal(z_square - mean_of_a**2, spread, words, given=moments)
masks

# %% [markdown]
# ```{prf:proof}
# The masks are independent, so variances add. That of one masked activity is {math}`a_i^2` times that of a coin of
# height {math}`1/(1-D)` and probability {math}`1-D`, which is {math}`1/(1-D) - 1 = D/(1-D)`.
# ```
#
# So the noise of a pooled channel falls with the number of positions: pooling is a repetition code, with the positions
# as copies. Does a trained network's stem obey?

# %%
from polylib.representation import stream

most = max(networks, key=lambda k: k[1]) if networks else None
noise, theory = 0.0, 0.0
both = {"dropout": True, "passes": 2}
STEM = ["encoder.relu"]
if most and most[1]:
    torch.manual_seed(seed)
    model, odds = networks[most][0], most[1] / (1 - most[1])
    parts = test_images.split(200)
    for pair, quiet in zip(
        stream(model, parts, STEM, **both),
        stream(model, parts, STEM, reading="flattened"),
        strict=True,
    ):
        one, two = pair[STEM[0]].double().chunk(2, dim=1)
        noise += float((one - two).square().sum() / 2)
        positions = quiet[STEM[0]].shape[1] / width
        squares = float(quiet[STEM[0]].double().square().sum())
        theory += odds * squares / positions**2
    ratio = noise / theory
    print(f"{positions:.0f} positions: noise over its prediction {ratio:.1f}")

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Left: reliability, the share of variance that two masks have in common. Right: exponents over common ranks, with the masks on as they are and as what two masks share. Means over the networks of the smallest kept run, bars from the least to the largest.", "name": "fig-vae-masks"}, "image": {"alt": "Two panels over the stages. Left, reliabilities for each rate of dropout and for untrained twins in grey, masks of rate 0.4. Right, exponents with masks on and of what masks share."}}
_, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
whom = [who for who in rates_of(main) if float(who)]
for index, who in enumerate(whom):
    read = lambda r, st: r["masked"][st]["reliability"]  # noqa: E731
    by_stage(axes[0], main, who, read, colour(index + 1), f"D = {who}")
    for key, words, fade in (
        ("alpha", "masks on", 0.35),
        ("shared", "shared", 1),
    ):
        read = lambda r, st, key=key: r["masked"][st][key]  # noqa: E731
        mark = colour(index + 1) | {"alpha": fade}
        by_stage(axes[1], main, who, read, mark, f"D = {who}, {words}")
read = lambda r, st: r["masked"][st]["reliability"]  # noqa: E731
by_stage(axes[0], main, "untrained", read, {"color": "0.5"}, "untrained, D = 0.4")
axes[0].set(ylabel="reliability", ylim=(0, 1))
axes[1].set(ylabel="exponent", ylim=(0, None))
for ax in axes:
    ax.legend(fontsize=7)
plt.show()

# %% [markdown]
# It does, to within a tenth here. The reliability begins high, and falls from block to block: masks add up, and there are fewer positions to average
# over. In the fully connected layers, which have no masks, it rises, because each unit reads all channels and takes a
# mean over what several of them say. The twin says how much of that is the architecture's.

# %%
noise_flat = Finding(
    "With masks on, what is shared is steeper than what is there",
    null="the whole spectrum of the same passes, masks on",
    unit="median exponent of the encoder's blocks, pooled, common ranks",
    **about,
)
for run, who in masked:
    common_part, whole = (
        over(run, lambda r, key=key: middle(r["masked"], key), who)[0]
        for key in ("shared", "alpha")
    )
    noise_flat.more(common_part, whole, run=run, rate=float(who))
noise_flat

# %% [markdown]
# Noise is spread over all directions, so a spectrum taken with the masks on measures the masks. Whoever plots decay
# coefficients against dropout must say in which mode they were taken.
#
# (sec-vae-dot)=
# ## A dot moves, and an image
#
# Now the dot. It goes around a circle in steps that are a small part of a pixel, and its edge is soft enough for the
# image to change smoothly with it. At every stage, all channels at all positions make one long vector, and a random
# matrix with three columns takes it to a point in space. Energies and distances are taken every eight frames, at fifty
# places of the circle: *a step* below is eight frames.
#
# A white dot on black is like no photograph, and what a network does with it need not be what it does with those. So two
# paths *within the data* go beside it: one real image fades into another and back, and a real image moves around a circle
# of an eighth of its size, mirrored at its edges.

# %% tags=["hide-input"] mystnb={"figure": {"caption": "Once around, seen in one random projection to three dimensions of five stages (columns) of the network with the most dropout that was trained on this page: the dot with masks off and with masks on, new ones for every frame, a fading and a moving image. Each panel is scaled to its path.", "name": "fig-vae-paths"}, "image": {"alt": "Grid of small three-dimensional plots. Closed curves for the dot with masks off and for a moving image, arcs that return on themselves for the fading one, and dense, spiky scribbles with the masks on."}}
shown = [
    "encoder.relu",
    "encoder.layer2.1",
    "encoder.layer4.1",
    "mean",
    "deconv8",
]
bare = {
    "projection": "3d",
    "xticklabels": [],
    "yticklabels": [],
    "zticklabels": [],
}
network = networks[most][0] if networks else twin(common, calibration)
fade = interpolation(test_images[0], test_images[1], n_frames)
shift = translation(test_images[0], n_frames, image_size / 8)
lines = {"dot": (dot.float(), False), "dot, masks on": (dot.float(), True)}
lines |= {"fade": (fade, False), "shift": (shift, False)}
size = {"figsize": (8.4, 1.7 * len(lines)), "subplot_kw": bare}
_, axes = plt.subplots(len(lines), len(shown), **size)
torch.manual_seed(seed)
for line, (name, (movie, noisy)) in zip(axes, lines.items(), strict=True):
    activity = path_activity(network, movie, shown, dropout=noisy)
    paths = random_paths(activity, 1, rng=np.random.default_rng(seed))[:, 0].cpu()
    for ax, path in zip(line, paths, strict=True):
        whole = torch.cat([path, path[:1]])
        ax.plot(*whole.T, color="0.1", linewidth=0.3 if noisy else 0.8)
    about_row = {"rotation": 90, "va": "center", "transform": line[0].transAxes}
    line[0].text2D(-0.15, 0.5, name, **about_row)
for ax, stage in zip(axes[0], shown, strict=True):
    ax.text2D(0.5, 1.0, short(stage), ha="center", transform=ax.transAxes)
plt.show()

# %% [markdown]
# ### A thousand projections at once
#
# One projection is one draw, and chapter 5 counted how many it takes. To have a thousand of each of eighteen stages,
# one need not draw a thousand matrices with as many rows as a stage has units, which are thousands here and
# 800,000 in the stem at the size in print.
#
# ```{prf:theorem} A Gaussian projection sees products only
# :label: thm-products
# Let the rows of {math}`A` be the activity at {math}`T` times, and let {math}`r` have independent Gaussian entries of
# mean 0 and variance {math}`1/m`. The law of the path {math}`Ar` depends on {math}`A` only through the {math}`T \times T` matrix
# of products {math}`A A^{\mathsf T}/m`.
# ```
#
# ```{prf:proof}
# The columns of {math}`Ar` are independent and Gaussian, with mean 0 and covariance {math}`A A^{\mathsf T}/m`.
# ```
#
# So take any {math}`T \times T` matrix with these products, from one QR decomposition a stage, and multiply it by
# {math}`T` Gaussian rows: `polylib.representation.random_paths` does that for all stages and projections in one batch
# of matrix products. The closed forms for the mean energies are those of {ref}`nb-zeta-energy`. The box tests them on the
# images of the dot themselves, the stage before the first.

# %% tags=["hide-input"]

pixels = {"pixels": dot.cpu().flatten(1)}
plain_rng = np.random.default_rng(seed)
shot = many_projections(pixels, dot.cpu(), 1_000, rng=plain_rng)
by_theory = along_the_path(pixels)["pixels"]
projected = Derivation("Projections of the dot's images", "this book")
for name, value, energies in (
    ("level energy", by_theory["level"], shot.level[0]),
    ("path energy of a step", by_theory["path"], shot.path[0]),
):
    error = energies.std() / np.sqrt(len(energies))
    projected.sampled(value, energies.mean(), error, f"mean {name}")
projected

# %%
from polylib.representation import path_statistics

coarse = {"pixels": pixels["pixels"][:: n_frames // 50]}
T = len(coarse["pixels"])
between_images = torch.cdist(coarse["pixels"], coarse["pixels"]).numpy()
for name, distances in (("images", between_images), ("places", images.chords(T))):
    again = np.random.default_rng(seed)
    found = path_statistics(coarse, 1_000, distances=distances, rng=again)
    low, high = np.quantile(found.correlation, [0.025, 0.975])
    print(
        f"pixels, projected: correlation with distances between {name}", end=" "
    )
    print(f"{found.correlation.mean():.2f}, 95 % from {low:.2f} to {high:.2f}")

# %% [markdown]
# A projection of the bare images keeps no more: two dots that do not overlap are equally far apart wherever they are, and
# most of what is lost is lost in going from thousands of dimensions to three. *One* projection, as in the described
# experiment, can come out anywhere in the middle 95 %.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "Path energy of a step over level energy, by stage: the dot (left), and within the data, a fading (middle) and a moving image (right). Means over the networks of the smallest kept run, bars from the least to the largest; masks off, recalibrated; grey, untrained twins.", "name": "fig-vae-energies"}, "image": {"alt": "Three panels on a logarithmic axis over the stages of the network: relative path energies without dropout, with the most dropout, and untrained in grey."}}
def share_of(record, stage, kind):
    """Path energy over level energy; nan where a stage does not answer."""
    r = record[kind].get(stage)
    if kind != "dot":
        return r["share"] if r else np.nan
    return (
        r["path"] / r["level"] if r["level"] > 1e-9 * r["mean_square"] else np.nan
    )


_, axes = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True)
for ax, kind in zip(axes, ("dot", "fade", "shift"), strict=True):
    for who, words, mark in chosen(main):
        read = lambda r, st, kind=kind: share_of(r, st, kind)  # noqa: E731
        by_stage(ax, main, who, read, mark, words)
    ax.set(title=kind, yscale="log")
axes[0].set(ylabel="path energy over level energy")
axes[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# A path's own length decides most of this energy: a step of the dot is a larger part of its circle than a step of a
# fading image is of its way. What can be compared is a network with its twin, on the same path.


# %%
def slow(kind):
    """Of one network: mean over stages of the logarithm of the relative energy."""
    return lambda r: np.nanmean([np.log(share_of(r, st, kind)) for st in STEPS])


slower = Finding(
    "Training slows paths down, in units of their own level energy",
    null="their own first weights, normalisation measured over training images",
    unit="mean logarithm of path energy over level energy, encoder's blocks",
    **about,
)
for run in evidence:
    for kind in ("dot", "fade", "shift"):
        slower.less(*over(run, slow(kind), "0", "untrained"), run=run, path=kind)
slower

# %% [markdown]
# ### Smooth or rough
#
# The dot has one parameter, its angle, so {ref}`nb-zeta-energy` gives a critical exponent of 3: eigenvalues over the
# circle that fall faster than {math}`i^{-3}` mean that the path has a velocity. A network of this kind passes that test
# before anything is measured. A convolution is linear and a ReLU has a kink; kinks along a smooth path make
# eigenvalues that fall like {math}`i^{-4}`, whatever the weights (for kernels of wide networks see
# {cite:t}`bietti2021`), in the limit of many ranks. So in the limit the criterion of {cite:t}`stringer2019` tells nothing
# apart. Over ranks 10 to 100 it may come out on either side, and the cell counts: there it parts the trained networks
# from most stages of their twins. With new masks for every frame the activity jumps, however small the step, and the path is rough.

# %%
for run in kept:
    for who in (*rates_of(run), "untrained"):
        found = [kept[run][s, who]["dot"] for s in seeds_of(run, who)]
        rings = np.array(
            [r["ring"] for one in found for r in one.values() if r["ring"]]
        )
        print(
            f"{run:16}{who:>10}: exponents over ranks 10 to 100 above 3", end=" "
        )
        print(f"at {np.sum(rings > 3)} of {len(rings)} stages where there is one")

# %% [markdown]
# (sec-vae-promised)=
# ## The promised plots
#
# Here is what `make_plots.py` was to draw: one point a stage, the decay coefficient against the energy of the projection
# and against the correlation, in a colour and a marker for each rate. The middle panel has the energy in units of
# the stage's own level energy.


# %% tags=["hide-input"] mystnb={"figure": {"caption": "The promised plots, one point a stage and network of the smallest kept run: exponent over common ranks against the path energy of the dot's step (left), against that in units of the level energy (middle), and against the correlation of distances (right).", "name": "fig-vae-promised"}, "image": {"alt": "Three scatter plots with a marker for each rate of dropout; in the left one points spread over several powers of ten of energy."}}
def promised(record):
    """Columns over stages: exponent, channels, energy, relative energy, distances."""
    rows = []
    for name in STAGES:
        r, d = record["pooled"][name], record["dot"][name]
        if r["alpha"] and d["kept"] and d["level"] > 1e-9 * d["mean_square"]:
            share = d["path"] / d["level"]
            rows.append([r["alpha"], r["units"], d["path"], share, d["kept"][0]])
    return np.array(rows).T


AXES = {"path energy": 2, "over level energy": 3, "distance correlation": 4}
_, axes = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True)
for index, who in enumerate(rates_of(main)):
    columns = [promised(kept[main][s, who]) for s in seeds_of(main, who)]
    together = np.concatenate(columns, axis=1)
    for ax, (name, place_) in zip(axes, AXES.items(), strict=True):
        style = colour(index) | {"linestyle": "", "label": f"D = {who}"}
        ax.plot(together[place_], together[0], **style)
        ax.set(xlabel=name)
axes[0].set(xscale="log", ylabel="exponent over common ranks")
axes[2].legend(fontsize=8)
plt.show()

# %% [markdown]
# Eighteen stages of one network are no independent sample, so the correlation over stages is *one* number of a
# network, and the interval is one over networks. And as exponent and width go together, the question is what is left
# with the width held fixed: the partial rank correlation given the number of channels.


# %%
from scipy.stats import rankdata


# %%
def partial_rho(which):
    """Of one network: rank correlation of exponent and an axis, given channels."""

    def read(record):
        columns = promised(record)
        x, y, given = (rankdata(columns[i]) for i in (which, 0, 1))
        basis = np.column_stack([given, np.ones(len(given))])
        x, y = (v - basis @ np.linalg.lstsq(basis, v)[0] for v in (x, y))
        return float(np.corrcoef(x, y)[0, 1])

    return read


related = Finding(
    "Given their width, stages with steeper spectra have the higher axis",
    unit="partial rank correlation over stages, given channels",
    **about,
)
for run in evidence:
    for who in rates_of(run):
        for name, which in AXES.items():
            rho = over(run, partial_rho(which), who)[0]
            related.more(rho, 0, run=run, rate=float(who), axis=name)
related

# %% [markdown]
# (sec-vae-yours)=
# ## A network of your choice
#
# Nothing in this dissection knows about variational autoencoders. The next cell does it to a network of
# torchvision, by name, with random weights as it comes without a network connection; put the name of another one into the cell of
# parameters, or load your own and name its layers. An unknown name is answered with the ones there are.

# %%
from polylib.representation import dissect
from torchvision.models import get_model


@torch.no_grad()
def measured(model, shown):
    """The model, its normalisation measured over these images in one pass."""
    for module in model.train().modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None
    model(shown)
    return model.eval()


# %%
torch.manual_seed(seed)
some_images = images.prepare(pictures.test[:300], 64)
yours = measured(get_model(torchvision_model, weights=None), some_images)
norms = (torch.nn.BatchNorm2d, torch.nn.LayerNorm)
named_layers = [n for n, m in yours.named_modules() if isinstance(m, norms)]
every = max(1, len(named_layers) // 6)
chosen_layers = named_layers[
    every - 1 :: every
]  # the first is by far the largest
circle = images.dot_frames(400, 64, channels=3)
rng = np.random.default_rng(0)
how = {"n_projections": 200, "ranks": (4, 40), "rng": rng}


# %%
found = dissect(yours, some_images, circle, chosen_layers, **how)
print(f"{torchvision_model}, random weights     units  exponent    PR  slope")
for name, r in found.items():
    alpha = f"{r['alpha'][0]:9.1f}" if r["alpha"] else f"{'-':>9}"
    numbers = f"{alpha}{r['participation']:7.0f}{r['slope']:7.1f}"
    print(f"{name:28}{r['units']:6d}{numbers}")

# %% [markdown]
# Without the pass that measures it, the normalisation of a network from the shelf is switched off, and everything above
# would describe another network. Exponents are over ranks 4 to 40 at all layers.

# %% [markdown]
# ## Summary
#
# - **The network is the described one**: 14,618,265 parameters, nine dropout modules, applied seventeen times a
#   pass, so that a signal meets nine to seventeen masks. The encoder is not pre-trained in the released program,
#   and its two logged losses differ by a factor of 50.
# - **The loss has a floor**, the entropy of the pixels, and the logged test loss, with the code at its mean, is not the
#   bound.
# - **Say how it was tested.** Masks off with stored statistics, masks on, and recalibrated are three networks; the first
#   table has them all. Trained with dropout and recalibrated, a network still pays more
#   ({finding}`Trained with dropout, and recalibrated, a network still pays more`), and measuring normalisation anew saves
#   more than without dropout at the strongest rate
#   ({finding}`seen if <Normalisation measured anew saves more where there was dropout>`).
# - **Say over which ranks, in which reading, in which mode.** Exponents depend on all three; each box of
#   {ref}`sec-vae-spectra` compares networks over common ranks, with their own first weights, at equal epochs and at
#   equal bits. Training makes pooled spectra steeper
#   ({finding}`seen if <Training makes the encoder's spectra steeper>`); whether dropout does is
#   {finding}`not decided <Dropout makes the encoder's spectra steeper>`.
# - **Width first.** Participation ratios and bits follow the number of channels, which rises with depth
#   ({finding}`Wider stages vary in more dimensions`).
# - **A Gaussian projection sees products only**, so a thousand projections of all layers cost one QR decomposition a layer
#   and one batch of matrix products.
# - **Smoothness is a matter of ranks**: in the limit every ReLU network takes smooth paths to smooth paths, whatever
#   its weights; over the ranks that can be measured, trained networks do at more stages than their twins, and training
#   slows paths down ({finding}`Training slows paths down, in units of their own level energy`).
# - **The promised plots** have the loudness of a stage in one axis and its width in the other; what is left with both
#   taken out is {finding}`not decided <Given their width, stages with steeper spectra have the higher axis>`, on three
#   networks a rate.
#
# What this does not show: anything at the size in print, which was not run. The kept networks are three a rate and a
# quarter as wide as in print, their images JPEG copies, and their test bits have not stopped falling. Whether what a network keeps under dropout is a
# code is asked where it can be counted, in {ref}`sec-mine-code`. Next come projections again, of a language model, in
# {ref}`nb-trajectories`.

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
# {math}`D = PV/(q + PV)`, which is one third here. The folded cell simulates it.
# ````

# %% tags=["hide-cell"]
half_rate = 4 * 0.25 / (2 + 4 * 0.25)
dice = np.random.default_rng(seed)
activity = dice.gamma(1.0, 1.0, (200_000, 4))  # mean 1, mean square 2, V = 1/4
kept = dice.random(activity.shape) > half_rate
noisy_means = (activity * kept / (1 - half_rate)).mean(1)
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
# step falls. The folded cell shows the slope between one and four frames a step. At 1,024 frames the path is hardly
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
